//! The options of a `curl` command by which curl makes the proof of who sends the request itself.

use url::Position;

use super::login::user_word;
use super::shell::{Part, Variables, quote, word};
use crate::http::auth::{Credentials, Digest, OAuth2, aws, fetch_options};
use crate::http::{Options, Request};
use crate::secret::Redactor;

/// A request whose credentials become options.
struct Authenticated<'a> {
    request: &'a Request,
    options: &'a Options,
    redactor: &'a Redactor,
    auth: &'a Credentials,
}

/// The options of one scheme; `None` if the credentials are of another.
type Row = fn(&Authenticated<'_>, &mut Variables<'_>) -> Option<Vec<String>>;

/// The schemes that curl knows, or whose header can be written.
const SCHEMES: [Row; 3] = [digest, bearer, signature];

/// The options for a request's credentials, whose secrets are variables.
pub(super) fn arguments(
    request: &Request,
    options: &Options,
    redactor: &Redactor,
    variables: &mut Variables<'_>,
) -> Vec<String> {
    let Some(auth) = request.auth.as_deref() else {
        return Vec::new();
    };
    let authenticated = Authenticated {
        request,
        options,
        redactor,
        auth,
    };
    let known = SCHEMES
        .iter()
        .find_map(|scheme| scheme(&authenticated, variables));
    known.unwrap_or_default()
}

fn digest(sent: &Authenticated<'_>, variables: &mut Variables<'_>) -> Option<Vec<String>> {
    let digest = sent.auth.get::<Digest>()?;
    let user = user_word(digest.user(), digest.password().expose(), variables);
    Some(vec!["--digest".to_owned(), format!("--user {user}")])
}

/// The token is a variable; a comment is the command that fetches it.
fn bearer(sent: &Authenticated<'_>, variables: &mut Variables<'_>) -> Option<Vec<String>> {
    let oauth2 = sent.auth.get::<OAuth2>()?;
    let fetch = |fetched: &Request| {
        let options = fetch_options(sent.options, &sent.request.url, &fetched.url);
        super::line(fetched, &options, sent.redactor)
    };
    let from = oauth2.request(None).map_or_else(
        |_| oauth2.grant().token_url.to_string(),
        |fetched| fetch(&fetched),
    );
    let token = oauth2
        .token()
        .unwrap_or_else(|| oauth2.grant().token_url.to_string());
    let variable = variables.named(
        "access_token",
        &token,
        Some(&format!("the `access_token` that this gives: {from}")),
    );
    let value = word(&[Part::Text("authorization: Bearer ".to_owned()), variable]);
    Some(vec![format!("--header {value}")])
}

fn signature(sent: &Authenticated<'_>, variables: &mut Variables<'_>) -> Option<Vec<String>> {
    let signer = sent.auth.get::<aws::Signer>()?;
    Some(signed(signer, sent.request, variables))
}

/// Keys are the variables that the AWS tools know.
fn signed(signer: &aws::Signer, request: &Request, variables: &mut Variables<'_>) -> Vec<String> {
    let keys = signer.keys();
    let id = keys.as_ref().map_or("AWS_ACCESS_KEY_ID", |keys| &keys.id);
    let secret = keys
        .as_ref()
        .map_or("AWS_SECRET_ACCESS_KEY", |keys| keys.secret.expose());
    let pair = [
        variables.named("aws_access_key_id", id, None),
        Part::Text(":".to_owned()),
        variables.named("aws_secret_access_key", secret, None),
    ];
    let scope = format!("aws:amz:{}:{}", signer.region(), signer.service());
    let mut arguments = vec![
        format!("--aws-sigv4 {}", quote(&scope)),
        format!("--user {}", word(&pair)),
    ];
    if let Some(token) = keys.as_ref().and_then(|keys| keys.session.as_ref()) {
        let token = variables.named("aws_session_token", token.expose(), None);
        arguments.push(format!(
            "--header {}",
            word(&[Part::Text("x-amz-security-token: ".to_owned()), token])
        ));
    } else if keys.is_none() {
        variables.note(
            "keys for a time need a further --header \"x-amz-security-token: $AWS_SESSION_TOKEN\"",
        );
    }
    // S3 wants to see the hash of the body, which only newer versions of curl tell by themselves. The hash of a body with
    // secrets would tell of them.
    if signer.service() == "s3" && !request.has_header("x-amz-content-sha256") {
        let hash = if request.body.is_some() {
            "UNSIGNED-PAYLOAD"
        } else {
            HASH_OF_NOTHING
        };
        arguments.push(format!("--header 'x-amz-content-sha256: {hash}'"));
    }
    if let Some(doubt) = doubt(signer, request) {
        variables.note(doubt);
    }
    arguments
}

/// SHA-256 of no bytes.
const HASH_OF_NOTHING: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// Why a signature by curl may be another one than AWS makes.
fn doubt(signer: &aws::Signer, request: &Request) -> Option<&'static str> {
    let sent = request
        .raw_target
        .as_deref()
        .unwrap_or(&request.url[Position::BeforePath..Position::AfterQuery]);
    let (canonical, is_other_path) = signer.target(sent);
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
    (canonical != sent || repeats || is_empty || untyped)
        .then_some("old versions of curl sign this in another way than AWS and are refused (7.88 is, 8.23 is not)")
}
