//! Where a request goes: the stage's URL and a path, joined so that the stage's own path is never lost.
//!
//! `url::Url::join` follows RFC 3986, by which `/hello` replaces the `/dev` of `https://host/dev`: right for links, wrong
//! for stages. Dot segments are resolved and characters percent-encoded as browsers do (the URL standard).

use url::{ParseError, Url};

use super::{Error, ErrorKind};

/// Reads a base URL.
///
/// # Errors
/// Where the text is no `http://` or `https://` URL, in words that say what is wrong with it.
pub fn base(text: &str) -> Result<Url, Error> {
    if text.is_empty() {
        return Err(refused("the base URL is empty"));
    }
    if text.chars().any(|character| character.is_whitespace() || character.is_control()) {
        return Err(refused(format!("the base URL `{}` holds white space", text.escape_debug())));
    }
    read(text)
}

/// Joins a path to a base URL: `…/dev` or `…/dev/` and `/hello` give `…/dev/hello`.
///
/// `/` gives `…/dev/`, an empty path the base itself. A query of the base stays, that of the path follows it. What is a whole
/// URL already stands for itself.
///
/// # Errors
/// Where the path is a whole URL that is wrong, or holds line breaks, tabs or other control characters.
pub fn join(base: &Url, path: &str) -> Result<Url, Error> {
    if path.chars().any(char::is_control) {
        return Err(refused(format!("the path `{}` holds a control character", path.escape_debug())));
    }
    if has_scheme(path) {
        return read(path);
    }
    let (path, _) = path.split_once('#').unwrap_or((path, ""));
    let (path, query) = path.split_once('?').map_or((path, None), |(path, query)| (path, Some(query)));
    let mut url = base.clone();
    url.set_fragment(None);
    if !path.is_empty() {
        let stage = base.path().strip_suffix('/').unwrap_or(base.path());
        let path = path.strip_prefix('/').unwrap_or(path);
        url.set_path(&format!("{stage}/{path}"));
    }
    if let Some(query) = query {
        let before = base.query().filter(|before| !before.is_empty());
        url.set_query(Some(&before.map_or_else(|| query.to_owned(), |before| format!("{before}&{query}"))));
    }
    Ok(url)
}

/// Whether the text starts as a whole URL does: `name://`.
fn has_scheme(text: &str) -> bool {
    let name = text.split_once("://").map_or("", |(name, _)| name);
    let legal = |character: char| character.is_ascii_alphanumeric() || matches!(character, '+' | '-' | '.');
    name.starts_with(|character: char| character.is_ascii_alphabetic()) && name.chars().all(legal)
}

fn read(text: &str) -> Result<Url, Error> {
    if !has_scheme(text) {
        return Err(refused(format!("the URL `{text}` has no scheme")).hint(format!("did you mean `{}`?", with_scheme(text))));
    }
    let url = Url::parse(text).map_err(|error| refused(format!("the URL `{text}` {}", told(error))))?;
    match url.scheme() {
        "http" | "https" => Ok(url),
        scheme => {
            let error = refused(format!("the URL `{text}` starts with `{scheme}://`, not with `http://` or `https://`"));
            Err(match meant_instead(&url) {
                Some(meant) => error.hint(format!("did you mean `{meant}`?")),
                None => error,
            })
        }
    }
}

/// `https://` for what is out there, `http://` for this machine.
fn with_scheme(text: &str) -> String {
    let rest = text.trim_start_matches([':', '/']);
    let host = rest.split(['/', ':', '?']).next().unwrap_or(rest);
    let local = host == "localhost" || host.starts_with("127.") || rest.starts_with('[');
    format!("{}://{rest}", if local { "http" } else { "https" })
}

/// For a WebSocket's URL, the one of its server.
fn meant_instead(url: &Url) -> Option<String> {
    let scheme = match url.scheme() {
        "ws" => "http",
        "wss" => "https",
        _ => return None,
    };
    url.as_str().split_once(':').map(|(_, rest)| format!("{scheme}:{rest}"))
}

fn told(error: ParseError) -> &'static str {
    match error {
        ParseError::EmptyHost => "has no host",
        ParseError::InvalidPort => "has a port that is not a number up to 65535",
        ParseError::InvalidIpv4Address | ParseError::InvalidIpv6Address => "has a host that is not an IP address",
        ParseError::IdnaError | ParseError::InvalidDomainCharacter => "has a host with characters that names do not have",
        _ => "cannot be read",
    }
}

fn refused(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Request, message)
}
