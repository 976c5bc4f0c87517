//! Where a response sends the client next, and what goes along (RFC 9110 section 15.4, the fetch standard).

use std::io;
use std::sync::Arc;

use http::Method;
use url::Url;

use super::auth::Call;
use super::head::take_login;
use super::method::{changes_method, wire_method};
use super::options::SecretPolicy;
use super::url::host_port;
use super::url::same_origin;
use super::{Body, Error, ErrorKind, Header, Jar, Options, Request, Response, Settings};
use crate::secret::Redactor;

/// Headers that describe a body, and go where it goes.
const OF_THE_BODY: [&str; 6] = [
    "content-type",
    "content-length",
    "content-encoding",
    "content-language",
    "content-location",
    "transfer-encoding",
];
/// Headers that are for the origin that they were written for.
const OF_THE_ORIGIN: [&str; 4] = ["authorization", "cookie", "proxy-authorization", "host"];
/// How much of a `Location` an error quotes.
const MOST_QUOTED: usize = 200;

/// One request of an exchange: what a redirect may change.
#[derive(Debug, Clone)]
pub(super) struct CurrentHop {
    /// The method.
    pub(super) method: Method,
    /// The URL.
    pub(super) url: Url,
    /// Whether the body goes along.
    pub(super) with_body: bool,
    /// Whether it is the request as written, not one that a response asked for.
    first: bool,
    /// Whether no other origin was asked on the way here.
    same_origin: bool,
    /// The headers that prove who sends it.
    pub(super) proof: Vec<Header>,
    /// Its cookies, where there is a jar: those written and the jar's.
    pub(super) cookie: Option<String>,
    /// How its connection is made.
    pub(super) settings: Arc<Settings>,
    /// The value of `authorization` that the redirect's own URL brought along.
    pub(super) login: Option<String>,
}

impl CurrentHop {
    /// The request as written.
    pub(super) fn first(request: &Request, settings: &Arc<Settings>) -> Result<Self, Error> {
        let url = request.url.clone();
        if !matches!(url.scheme(), "http" | "https") {
            let message = format!(
                "a request needs `http://` or `https://`, not `{}:`",
                url.scheme()
            );
            return Err(Error::new(ErrorKind::Request, message));
        }
        Ok(Self {
            method: wire_method(&request.method)?,
            url,
            with_body: true,
            first: true,
            same_origin: true,
            proof: Vec::new(),
            cookie: None,
            settings: Arc::clone(settings),
            login: None,
        })
    }

    /// Whether it may be proved who sends it: not to another origin.
    pub(super) fn is_at_home(&self) -> bool {
        self.same_origin
    }

    /// What a proof of who sends it is made of.
    pub(super) fn call<'a>(&'a self, request: &'a Request) -> Call<'a> {
        let body = request.body.as_ref().filter(|_| self.with_body);
        let headers = request
            .headers
            .iter()
            .filter(|(name, _)| self.sends(name, request))
            .collect();
        Call {
            method: self.method.as_str(),
            url: &self.url,
            raw_target: self.raw_target(request),
            headers,
            body,
        }
    }

    /// Whether a header of the request goes along.
    pub(super) fn sends(&self, name: &str, request: &Request) -> bool {
        let is = |known: &str| name.eq_ignore_ascii_case(known);
        let sensitive =
            || OF_THE_ORIGIN.into_iter().any(is) || request.sensitive.iter().any(|known| is(known));
        (self.with_body || !OF_THE_BODY.into_iter().any(is)) && (self.same_origin || !sensitive())
    }

    /// The cookies that go along: those that are written, and what the jar has for this URL.
    pub(super) fn cookies(&self, request: &Request, jar: Option<&Jar>) -> Option<String> {
        let is_sent =
            |(name, _): &&Header| name.eq_ignore_ascii_case("cookie") && self.sends(name, request);
        let written: Vec<&str> = request
            .headers
            .iter()
            .filter(is_sent)
            .map(|(_, value)| value.as_str())
            .collect();
        jar?.header_besides(&self.url, &written.join("; "))
    }

    /// The headers that were added to it on its way.
    pub(super) fn added(&mut self) -> Vec<Header> {
        let cookie = self.cookie.take().map(|line| ("cookie".to_owned(), line));
        std::mem::take(&mut self.proof)
            .into_iter()
            .chain(cookie)
            .collect()
    }

    /// Path and query as written, where they go out so.
    pub(super) fn raw_target<'a>(&self, request: &'a Request) -> Option<&'a str> {
        request.raw_target.as_deref().filter(|_| self.first)
    }

    /// Whether the method is about a body, so that a missing one is said to be empty (RFC 9110 section 8.6).
    pub(super) fn wants_a_body(&self) -> bool {
        matches!(self.method, Method::POST | Method::PUT | Method::PATCH)
    }

    /// Whether sending it twice does what sending it once does.
    pub(super) fn may_repeat(&self) -> bool {
        self.method.is_idempotent()
    }
}

/// Where the response to `leg` leads, if redirects are followed and its body is not broken; [`check_body`] decides then whether to go.
///
/// # Errors
/// If it must not be followed there. The response that redirects is the last one then.
pub(super) fn follow(
    leg: &CurrentHop,
    response: &Response,
    hops: usize,
    options: &Options,
) -> Result<Option<CurrentHop>, Error> {
    let limit = options.follow_redirects;
    if limit == 0 || response.body_error.is_some() {
        return Ok(None);
    }
    let Some(next) = next(leg, response, &options.secrets.secrets)? else {
        return Ok(None);
    };
    if u32::try_from(hops).unwrap_or(u32::MAX) >= limit {
        return Err(too_many(limit, &next.url));
    }
    Ok(Some(next))
}

/// The request that the response to `leg` asks for; `None` where it does not redirect.
fn next(
    leg: &CurrentHop,
    response: &Response,
    secrets: &Redactor,
) -> Result<Option<CurrentHop>, Error> {
    if !matches!(response.status, 301 | 302 | 303 | 307 | 308) {
        return Ok(None);
    }
    let changes_method = changes_method(leg.method.as_str(), response.status);
    let Some(location) = response.header_lines("location").next() else {
        return Ok(None);
    };
    if let Some(other) = response
        .header_lines("location")
        .find(|other| *other != location)
    {
        let message = format!(
            "`{}` redirects to two locations, `{}` and `{}`",
            host_port(&leg.url),
            quoted(secrets, location),
            quoted(secrets, other)
        );
        return Err(
            Error::new(ErrorKind::Protocol, message).hint("a response has one `location` header")
        );
    }
    let mut url = target(&leg.url, location, secrets)?;
    let login = take_login(&mut url);
    let same_origin = leg.same_origin && same_origin(&url, &leg.url);
    let leaves = leg.same_origin && !same_origin;
    let settings = if leaves {
        Arc::new(leg.settings.of_a_stranger())
    } else {
        Arc::clone(&leg.settings)
    };
    let method = if changes_method {
        Method::GET
    } else {
        leg.method.clone()
    };
    let with_body = leg.with_body && !changes_method;
    Ok(Some(CurrentHop {
        method,
        url,
        with_body,
        first: false,
        same_origin,
        proof: Vec::new(),
        cookie: None,
        settings,
        login,
    }))
}

/// Refuses a hop that would carry a known secret in the body to another origin, unless its host is allowed. All that goes out is
/// searched, files too, step by step: whoever asks may do something else between two steps.
///
/// # Errors
/// If the hop would carry one, or a file cannot be read any more.
pub(super) fn check_body<'a>(
    request: &'a Request,
    next: &'a CurrentHop,
    policy: &'a SecretPolicy,
) -> impl Iterator<Item = Result<(), Error>> + 'a {
    let leaves = !same_origin(&request.url, &next.url) && !policy.allows(&next.url);
    let body = request.body.as_ref().filter(|_| next.with_body && leaves);
    let searched = body.filter(|_| !policy.secrets.is_empty());
    let check = |window: io::Result<bytes::Bytes>| match window {
        Ok(bytes) if policy.secrets.is_in(&bytes) => Err(carries_secret(request, next)),
        Ok(_) => Ok(()),
        Err(error) => Err(Error::new(ErrorKind::Request, error.to_string())),
    };
    searched.into_iter().flat_map(Body::windows).map(check)
}

fn carries_secret(request: &Request, next: &CurrentHop) -> Error {
    let (from, to) = (host_port(&request.url), host_port(&next.url));
    let message = format!(
        "`{from}` redirects to `{to}`, which would send a secret in the request body to another origin"
    );
    let hint =
        format!("to allow it: `follow_redirects = {{ max = 5, send_secrets_to = [\"{to}\"] }}`");
    Error::new(ErrorKind::Protocol, message).hint(hint)
}

fn quoted(secrets: &Redactor, location: &str) -> String {
    secrets
        .redact(location)
        .chars()
        .take(MOST_QUOTED)
        .flat_map(char::escape_debug)
        .collect()
}

fn target(from: &Url, location: &str, secrets: &Redactor) -> Result<Url, Error> {
    let refused = |why: &str| {
        let message = format!(
            "`{}` redirects to `{}`, {why}",
            host_port(from),
            quoted(secrets, location)
        );
        Error::new(ErrorKind::Protocol, message)
    };
    let mut url = from
        .join(location)
        .map_err(|_| refused("which is not a URL"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(refused("and only `http://` and `https://` are followed"));
    }
    if url.fragment().is_none() {
        url.set_fragment(from.fragment());
    }
    Ok(url)
}

/// The error when one redirect more than the limit would have to be followed.
fn too_many(limit: u32, next: &Url) -> Error {
    let times = if limit == 1 { "redirect" } else { "redirects" };
    let message = format!(
        "gave up after {limit} {times}; the next one leads to `{}`",
        host_port(next)
    );
    Error::new(ErrorKind::Protocol, message).hint("is it a loop? `follow_redirects` sets the limit")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::{HttpVersion, Tls};

    #[test]
    fn what_is_about_the_first_server_and_who_we_are_stays_there() {
        let tls = Tls {
            cert: Some("client.pem".into()),
            key: Some("client.key".into()),
            key_password: Some("secret".to_owned()),
            server_name: Some("other".to_owned()),
            ca: Some("ca.pem".into()),
            insecure: true,
            ..Tls::default()
        };
        let (http, interface) = (Some(HttpVersion::Http2), Some("127.0.0.1".to_owned()));
        let own = Arc::new(Settings {
            tls,
            http,
            interface,
            unix_socket: Some("/run/api.sock".into()),
            ..Settings::default()
        });
        let leg = CurrentHop::first(
            &Request::new("GET", Url::parse("https://h/").unwrap()),
            &own,
        )
        .unwrap();
        let to = |leg: &CurrentHop, location: &str| {
            let headers = vec![("location".to_owned(), location.to_owned())];
            next(leg, &Response::new(302, headers, ""), &Redactor::default())
                .unwrap()
                .unwrap()
        };
        assert_eq!(to(&leg, "/x").settings, own);
        let away = to(&leg, "https://stranger/");
        let tls = Tls {
            ca: own.tls.ca.clone(),
            insecure: true,
            ..Tls::default()
        };
        assert_eq!(
            *away.settings,
            Settings {
                tls,
                interface: own.interface.clone(),
                ..Settings::default()
            }
        );
        // Nor does it come back on the way home.
        assert_eq!(to(&away, "https://h/").settings, away.settings);
    }
}
