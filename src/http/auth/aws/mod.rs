//! Signatures for AWS (SigV4): what is signed for, whose keys sign, and what both sides made of a request.

mod curl;
mod explain;
mod host;
mod keys;
mod profile;
mod sign;
mod source;
mod sts;

pub use keys::AwsCredentials;
pub use source::Source;

use std::any::Any;
use std::sync::Arc;

use sha2::Sha256;
use url::Url;

use super::AuthServices;
use super::call::{AuthResponse, Call};
use super::context::AuthContext;
use super::curl::CurlAuth;
use super::scheme::{Pending, Scheme};
use crate::http::url::authority;
use crate::http::{Error, Header, Request, Response};
use keys::CredentialCache;
use sign::{ALGORITHM, Paths, Scope, Signed, signature, string_to_sign};

/// Signs requests for a service in a region.
#[derive(Debug)]
pub struct Signer {
    service: String,
    region: String,
    world: AuthServices,
    ring: CredentialCache,
}

impl Scheme for Signer {
    fn preview(&self) -> &'static str {
        "AWS4-HMAC-SHA256 ***"
    }

    fn header_names(&self) -> &'static [&'static str] {
        &[
            "authorization",
            "x-amz-date",
            "x-amz-security-token",
            "x-amz-content-sha256",
        ]
    }

    fn is_same(&self, other: &dyn Any) -> bool {
        let same = |other: &Self| {
            self.service == other.service
                && self.region == other.region
                && self.ring.source() == other.ring.source()
        };
        other.downcast_ref().is_some_and(same)
    }

    fn prepare<'a>(&'a self, context: AuthContext<'a>) -> Pending<'a, ()> {
        Box::pin(self.ring.ready(context))
    }

    /// The headers of a signature.
    fn auth_headers(&self, call: &Call<'_>) -> Result<Vec<Header>, Error> {
        let Some(keys) = self.ring.keys() else {
            return Ok(Vec::new());
        };
        let time = self
            .world
            .clock
            .now()
            .strftime("%Y%m%dT%H%M%SZ")
            .to_string();
        let payload = call.body_hash::<Sha256>()?;
        let own = self.own_headers(&keys, &time, &payload);
        let signed = self.signed(call, &own, &payload);
        let scope = Scope {
            time: &time,
            region: &self.region,
            service: &self.service,
        };
        let signature = signature(
            keys.secret.expose(),
            &string_to_sign(&signed.canonical(), &scope),
            &scope,
        );
        let credential = format!("{}/{}", keys.id, scope.credential());
        let names = signed.names();
        let value = format!(
            "{ALGORITHM} Credential={credential}, SignedHeaders={names}, Signature={signature}"
        );
        Ok(own
            .into_iter()
            .chain([("authorization".to_owned(), value)])
            .collect())
    }

    fn on_response<'a>(
        &'a self,
        response: AuthResponse<'a>,
        context: AuthContext<'a>,
    ) -> Pending<'a, bool> {
        Box::pin(self.renew_expired(response, context))
    }

    fn explain(&self, request: &Request, response: &Response) -> Option<String> {
        let is_refused = response.status == 403;
        is_refused.then(|| self.difference(request, response))?
    }

    fn curl(&self, request: &Request) -> CurlAuth {
        self.curl_options(request)
    }

    fn curl_signs(&self) -> bool {
        true
    }
}

impl Signer {
    /// Signs with keys from a source.
    #[must_use]
    pub fn new(
        service: impl Into<String>,
        region: impl Into<String>,
        source: Source,
        world: AuthServices,
    ) -> Self {
        let ring = CredentialCache::new(source, world.clone());
        Self {
            service: service.into(),
            region: region.into(),
            world,
            ring,
        }
    }

    /// What is signed for, by its name in signatures.
    fn service(&self) -> &str {
        &self.service
    }

    /// Where that is.
    fn region(&self) -> &str {
        &self.region
    }

    /// The keys, where they are known.
    fn keys(&self) -> Option<Arc<AwsCredentials>> {
        let given = || {
            if let Source::Given(keys) = self.ring.source() {
                Some(Arc::new(keys.clone()))
            } else {
                None
            }
        };
        self.ring.keys().or_else(given)
    }

    /// Path and query as they are signed, and whether the path is another for it: without its dots and double slashes.
    fn target(&self, target: &str) -> (String, bool) {
        let (path, query) = target
            .split_once('?')
            .map_or((target, None), |(path, query)| (path, Some(query)));
        let canonical = sign::path(path, self.paths());
        let query = query.map(|query| format!("?{}", sign::query(query)));
        (
            canonical + &query.unwrap_or_default(),
            self.paths().normalized && sign::normalized(path) != path,
        )
    }

    fn paths(&self) -> Paths {
        // S3 alone sees the path as it is sent.
        let s3 = self.service == "s3";
        Paths {
            normalized: !s3,
            encoded_twice: !s3,
        }
    }

    /// Keys that AWS says have expired are fetched again, once.
    async fn renew_expired(
        &self,
        answered: AuthResponse<'_>,
        context: AuthContext<'_>,
    ) -> Result<bool, Error> {
        let kind = answered
            .response
            .header_lines("x-amzn-errortype")
            .next()
            .unwrap_or_default();
        if answered.round > 0 || !kind.starts_with("ExpiredToken") || !self.ring.drop_expiring() {
            return Ok(false);
        }
        self.ring.ready(context).await.map(|()| true)
    }

    /// The headers that a signature adds besides itself.
    fn own_headers(&self, keys: &AwsCredentials, time: &str, payload: &str) -> Vec<Header> {
        let mut own = vec![("x-amz-date".to_owned(), time.to_owned())];
        own.extend(
            keys.session
                .as_ref()
                .map(|token| ("x-amz-security-token".to_owned(), token.expose().to_owned())),
        );
        own.extend(
            (self.service == "s3").then(|| ("x-amz-content-sha256".to_owned(), payload.to_owned())),
        );
        own
    }

    /// What is signed of a request: its host, its type, and all that AWS reads.
    fn signed<'a>(&self, call: &Call<'a>, own: &[Header], payload: &'a str) -> Signed<'a> {
        let mut headers: Vec<Header> = own.to_vec();
        for (name, value) in &call.headers {
            let name = name.to_ascii_lowercase();
            let read = name == "host" || name == "content-type" || name.starts_with("x-amz-");
            if read && !own.iter().any(|(known, _)| *known == name) {
                headers.push((name, value.clone()));
            }
        }
        if !headers.iter().any(|(name, _)| name == "host") {
            headers.push(("host".to_owned(), authority(call.url)));
        }
        let (path, query) = call.target().split_once('?').unwrap_or((call.target(), ""));
        Signed {
            method: call.method,
            path,
            query,
            headers,
            payload,
            paths: self.paths(),
        }
    }
}

/// The service and the region of a URL: as they are given, else as the host names them; the region else as environment and
/// profile do.
///
/// # Errors
/// Where one of them cannot be told; the text says where it was sought.
pub fn scope(
    url: &Url,
    (service, region): (Option<String>, Option<String>),
    profile: Option<&str>,
    world: &AuthServices,
) -> Result<(String, String), String> {
    let host = url.host_str().unwrap_or_default();
    let (of_host, region_of_host) = host::read(host);
    let service = service.or(of_host).ok_or_else(|| {
        format!("the host `{host}` does not tell the service that is signed for (write `service = \"execute-api\"`, say)")
    })?;
    let elsewhere = || {
        ["AWS_REGION", "AWS_DEFAULT_REGION"]
            .iter()
            .find_map(|name| world.variable(name))
    };
    let region = region
        .or(region_of_host)
        .or_else(elsewhere)
        .or_else(|| profile::Profiles::read(world).region(profile));
    let region = region.ok_or_else(|| {
        format!("the host `{host}` does not tell the region (write `region`, or set `AWS_REGION`; the profile has none either)")
    })?;
    Ok((service, region))
}
/// What is secret in the profiles of the AWS tools, with its name.
#[must_use]
pub fn profile_secrets(world: &AuthServices) -> Vec<(&'static str, String)> {
    profile::Profiles::read(world).secrets()
}
