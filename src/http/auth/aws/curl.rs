//! How curl signs for AWS.

use url::Position;

use super::Signer;
use crate::http::Request;
use crate::http::auth::curl::{CurlAuth, CurlText};

/// SHA-256 of no bytes.
const HASH_OF_NOTHING: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

impl Signer {
    /// The options of curl. Keys are the variables that the AWS tools know.
    pub(super) fn curl_options(&self, request: &Request) -> CurlAuth {
        let keys = self.keys();
        let id = keys.as_ref().map_or("AWS_ACCESS_KEY_ID", |keys| &keys.id);
        let secret = keys
            .as_ref()
            .map_or("AWS_SECRET_ACCESS_KEY", |keys| keys.secret.expose());
        let scope = format!("aws:amz:{}:{}", self.region(), self.service());
        let pair = vec![
            CurlText::variable("aws_access_key_id", id),
            CurlText::literal(":"),
            CurlText::variable("aws_secret_access_key", secret),
        ];
        let mut curl = CurlAuth::default()
            .option("--aws-sigv4", vec![CurlText::literal(scope)])
            .option("--user", pair);
        if let Some(token) = keys.as_ref().and_then(|keys| keys.session.as_ref()) {
            let token = CurlText::variable("aws_session_token", token.expose());
            let value = vec![CurlText::literal("x-amz-security-token: "), token];
            curl = curl.option("--header", value);
        } else if keys.is_none() {
            curl = curl.note(Some(
                "keys for a time need a further --header \"x-amz-security-token: $AWS_SESSION_TOKEN\"",
            ));
        }
        // S3 wants to see the hash of the body, which only newer versions of curl tell by themselves. The hash of a body with
        // secrets would tell of them.
        if self.service() == "s3" && !request.has_header("x-amz-content-sha256") {
            let hash = if request.body.is_some() {
                "UNSIGNED-PAYLOAD"
            } else {
                HASH_OF_NOTHING
            };
            let value = CurlText::literal(format!("x-amz-content-sha256: {hash}"));
            curl = curl.option("--header", vec![value]);
        }
        curl.note(self.doubt(request))
    }

    /// Why a signature by curl may be another one than AWS makes.
    fn doubt(&self, request: &Request) -> Option<&'static str> {
        let sent = request
            .raw_target
            .as_deref()
            .unwrap_or(&request.url[Position::BeforePath..Position::AfterQuery]);
        let (canonical, is_other_path) = self.target(sent);
        if is_other_path {
            return Some(
                "curl signs the path as it stands, and AWS without its dots and double slashes: the signature is refused",
            );
        }
        let mut names: Vec<_> = request
            .headers
            .iter()
            .map(|(name, _)| name.to_ascii_lowercase())
            .collect();
        names.sort_unstable();
        let repeats = names.windows(2).any(|pair| pair.first() == pair.last());
        let is_empty = request
            .headers
            .iter()
            .any(|(_, value)| value.trim().is_empty());
        let untyped = request.body.is_some() && !request.has_header("content-type");
        (canonical != sent || repeats || is_empty || untyped).then_some(
            "old versions of curl sign this in another way than AWS and are refused (7.88 is, 8.23 is not)",
        )
    }
}
