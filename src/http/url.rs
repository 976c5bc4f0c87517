//! Where a request goes: the stage's URL and a path, joined so that the stage's own path is never lost.
//!
//! `url::Url::join` follows RFC 3986, by which `/hello` replaces the `/dev` of `https://host/dev`: right for links, wrong
//! for stages. Dot segments are resolved and characters percent-encoded as browsers do (the URL standard).

use std::borrow::Cow;

use url::{ParseError, Url};

use super::{Error, ErrorKind};
use crate::secret::{Redactor, STARS};

/// Reads a base URL.
///
/// # Errors
/// Where the text is no `http://` or `https://` URL, in words that say what is wrong with it.
pub fn base(text: &str) -> Result<Url, Error> {
    if text.is_empty() {
        return Err(refused("the base URL is empty"));
    }
    if text
        .chars()
        .any(|character| character.is_whitespace() || character.is_control())
    {
        return Err(refused(format!(
            "the base URL `{}` holds white space",
            without_login(text).escape_debug()
        )));
    }
    read(text)
}

/// Reads a whole URL.
///
/// # Errors
/// As [`join`], and where the text is a path.
pub fn whole(text: &str) -> Result<Url, Error> {
    if text.chars().any(char::is_control) {
        return Err(refused(format!(
            "the URL `{}` holds a control character",
            without_login(text).escape_debug()
        )));
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
        return Err(refused(format!(
            "the path `{}` holds a control character",
            path.escape_debug()
        )));
    }
    if has_scheme(path) {
        return read(path);
    }
    let (path, _) = path.split_once('#').unwrap_or((path, ""));
    let (path, query) = path
        .split_once('?')
        .map_or((path, None), |(path, query)| (path, Some(query)));
    let mut url = base.clone();
    url.set_fragment(None);
    if !path.is_empty() {
        let stage = base.path().strip_suffix('/').unwrap_or(base.path());
        let path = path.strip_prefix('/').unwrap_or(path);
        url.set_path(&format!("{stage}/{path}"));
    }
    if let Some(query) = query {
        let before = base.query().filter(|before| !before.is_empty());
        url.set_query(Some(&before.map_or_else(
            || query.to_owned(),
            |before| format!("{before}&{query}"),
        )));
    }
    Ok(url)
}

/// Path and query as they are written, below the base's path: dots stay, nothing is encoded.
#[must_use]
pub fn as_is(base: Option<&Url>, path: &str) -> String {
    let path = path.split('#').next().unwrap_or_default();
    let stage = base.map_or("", |base| {
        base.path().strip_suffix('/').unwrap_or(base.path())
    });
    match path.split_once("://").filter(|_| has_scheme(path)) {
        Some((_, rest)) => rest
            .find(['/', '?'])
            .and_then(|start| rest.get(start..))
            .map_or_else(|| "/".to_owned(), rooted),
        None if path.is_empty() || path.starts_with('?') => rooted(&format!("{stage}{path}")),
        None => format!("{stage}/{}", path.strip_prefix('/').unwrap_or(path)),
    }
}

/// Whether the HTTP library takes a target as it is.
pub(crate) fn is_plain_target(target: &str) -> bool {
    http::uri::PathAndQuery::try_from(target).is_ok_and(|read| read.as_str() == target)
}

fn rooted(target: &str) -> String {
    if target.starts_with('/') {
        target.to_owned()
    } else {
        format!("/{target}")
    }
}

/// The URL as people write that of a WebSocket: `ws://` for `http://`, `wss://` for `https://`.
#[must_use]
pub fn of_websocket(url: &Url) -> String {
    url.as_str()
        .strip_prefix("http")
        .map_or_else(|| url.to_string(), |rest| format!("ws{rest}"))
}

/// Whether both lead to the same scheme, host and port. `Url::origin` says so too, but copies the host for it.
pub(crate) fn same_origin(one: &Url, two: &Url) -> bool {
    one.scheme() == two.scheme()
        && one.host_str() == two.host_str()
        && one.port_or_known_default() == two.port_or_known_default()
}

/// Whether the text starts as a whole URL does: `name://`.
pub(crate) fn has_scheme(text: &str) -> bool {
    let name = text.split_once("://").map_or("", |(name, _)| name);
    let legal =
        |character: char| character.is_ascii_alphanumeric() || matches!(character, '+' | '-' | '.');
    name.starts_with(|character: char| character.is_ascii_alphabetic()) && name.chars().all(legal)
}

/// What of a URL is never shown: its password, or the user that stands alone in its place; as it is written and as it is meant. `what`
/// is the URL's name in the variables that stand for it in commands.
pub(crate) fn hide_login(url: &Url, what: &str, secrets: &Redactor) {
    if let Some((role, written)) = secret_of(url) {
        hide(&format!("{what}_{role}"), role, written, secrets);
        let decoded = |text: &str| {
            percent_encoding::percent_decode_str(text)
                .decode_utf8_lossy()
                .into_owned()
        };
        let (user, password) = (
            decoded(url.username()),
            decoded(url.password().unwrap_or_default()),
        );
        hide_credentials(&format!("{what}_credentials"), &user, &password, secrets);
    }
}

/// Makes known what user and password are in a header: a server may send that back, whatever its parts look like.
pub(crate) fn hide_credentials(name: &str, user: &str, password: &str, secrets: &Redactor) {
    let header = super::auth::basic(user, password);
    header
        .strip_prefix("Basic ")
        .into_iter()
        .for_each(|credentials| secrets.add_whole(name, credentials));
}

/// A user that stands alone may be a key or just a name: it is a secret outside of its URL only if it is as long as a key.
const SHORTEST_KEY: usize = 12;

/// Hides a part of a URL as it is written and as it is meant: in the URL always, elsewhere if it is a password, or as long as a key.
pub(super) fn hide(name: &str, role: &str, written: &str, secrets: &Redactor) {
    let meant = percent_encoding::percent_decode_str(written).decode_utf8_lossy();
    let before = if role == "password" { ":" } else { "//" };
    for text in [&*meant, written] {
        secrets.add_between(name, (before, "@"), text);
        if role == "password" || text.chars().count() >= SHORTEST_KEY {
            secrets.add_whole(name, text);
        }
    }
}

/// What of a URL is secret, as it is written: the password, or the user that stands alone in its place.
fn secret_of(url: &Url) -> Option<(&'static str, &str)> {
    let user = Some(url.username()).filter(|user| !user.is_empty());
    url.password()
        .map(|password| ("password", password))
        .or_else(|| user.map(|user| ("user", user)))
}

/// A URL as it is told: its secret is not, however short it is.
pub(crate) fn without_secret(url: &Url) -> Url {
    let mut told = url.clone();
    // Both fail only for what has no host, which has no login either.
    let _ = match secret_of(url) {
        Some(("password", _)) => told.set_password(Some(STARS)),
        Some(_) => told.set_username(STARS),
        None => Ok(()),
    };
    told
}

/// Hides what is secret in the URLs that stand in a text, such as a collection's, whether or not they can be read.
pub(crate) fn hide_logins(text: &str, secrets: &Redactor) {
    let ends = |character: char| character.is_whitespace() || matches!(character, '"' | '\'' | '`');
    for rest in text.split("://").skip(1) {
        let Some(login) = login(rest.split(ends).next().unwrap_or_default())
            .filter(|login| !login.contains("{{"))
        else {
            continue;
        };
        let (role, written) = login
            .split_once(':')
            .map_or(("user", login), |(_, password)| ("password", password));
        hide(&format!("url_{role}"), role, written, secrets);
    }
}

/// A URL as it is told, whether or not it is one: without user and password, `http://***@host/`.
pub(crate) fn without_login(text: &str) -> Cow<'_, str> {
    // `http//user:password@host` and `//user:password@host` are slips of a scheme.
    let is_scheme = |head: &str| {
        has_scheme(text)
            || head
                .trim_end_matches(':')
                .chars()
                .all(char::is_alphanumeric)
    };
    let start = text
        .find("//")
        .filter(|at| text.get(..*at).is_some_and(is_scheme))
        .map_or(0, |at| at + 2);
    let (scheme, rest) = text.split_at(start);
    let host = login(rest).and_then(|login| rest.get(login.len()..));
    host.map_or(Cow::Borrowed(text), |host| {
        format!("{scheme}{STARS}{host}").into()
    })
}

/// User and password at the start of what follows the scheme. Where no port follows the colon of a host, it may be that of a
/// password with a slash in it.
fn login(rest: &str) -> Option<&str> {
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let is_port =
        |port: &str| port.ends_with(']') || port.contains('{') || port.parse::<u16>().is_ok();
    let has_password = || {
        authority
            .rsplit_once(':')
            .is_some_and(|(_, port)| !is_port(port))
    };
    let end = authority
        .rfind('@')
        .or_else(|| rest.rfind('@').filter(|_| has_password()))?;
    rest.get(..end)
}

fn read(text: &str) -> Result<Url, Error> {
    let shown = without_login(text);
    if !has_scheme(text) {
        return Err(refused(format!("the URL `{shown}` has no scheme"))
            .hint(format!("did you mean `{}`?", with_scheme(&shown))));
    }
    let url = Url::parse(text).map_err(|error| {
        let error = refused(format!("the URL `{shown}` {}", told(error)));
        let hint = "in a user or password `/` is written `%2F`, `@` `%40`, `:` `%3A` and `#` `%23`";
        if shown == text {
            error
        } else {
            error.hint(hint)
        }
    })?;
    match url.scheme() {
        "http" | "https" => Ok(url),
        "ws" | "wss" => of_server(&url, &shown),
        scheme => Err(refused(format!(
            "the URL `{shown}` has the scheme `{scheme}://`; only `http://` and `https://` are supported"
        ))),
    }
}

/// `https://` for what is out there, `http://` for this machine.
fn with_scheme(text: &str) -> String {
    let bare = ["http:", "https:", "http//", "https//"]
        .into_iter()
        .find_map(|scheme| text.strip_prefix(scheme))
        .unwrap_or(text);
    let rest = bare.trim_start_matches([':', '/', '\\']);
    let host = rest.split(['/', ':', '?']).next().unwrap_or(rest);
    let local = host == "localhost" || host.starts_with("127.") || rest.starts_with('[');
    format!("{}://{rest}", if local { "http" } else { "https" })
}

/// For a WebSocket's URL, the one of its server: the handshake is a request like others.
fn of_server(url: &Url, shown: &str) -> Result<Url, Error> {
    let rest = url.as_str().strip_prefix("ws").unwrap_or_default();
    Url::parse(&format!("http{rest}"))
        .map_err(|error| refused(format!("the URL `{shown}` {}", told(error))))
}

fn told(error: ParseError) -> &'static str {
    match error {
        ParseError::EmptyHost => "has no host",
        ParseError::InvalidPort => "has a port that is not a number up to 65535",
        ParseError::InvalidIpv4Address | ParseError::InvalidIpv6Address => {
            "has a host that is not an IP address"
        }
        ParseError::IdnaError | ParseError::InvalidDomainCharacter => {
            "has a host with invalid characters"
        }
        _ => "cannot be read",
    }
}

fn refused(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Request, message)
}

/// Host, and the port that is not the scheme's, as the `host` header has them.
pub(crate) fn authority(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port()
        .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// Host and port of a URL, as error messages name them.
pub(crate) fn host_port(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port_or_known_default()
        .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(base: &str, path: &str) -> String {
        match join(&Url::parse(base).unwrap(), path) {
            Ok(url) => url.into(),
            Err(error) => error.message,
        }
    }

    #[test]
    fn joining_never_loses_the_stage() {
        let cases = [
            ("https://h/dev", "/hello", "https://h/dev/hello"),
            ("https://h/dev/", "/hello", "https://h/dev/hello"),
            ("https://h/dev", "hello", "https://h/dev/hello"),
            ("https://h", "/hello", "https://h/hello"),
            ("https://h/dev", "", "https://h/dev"),
            ("https://h/dev/", "", "https://h/dev/"),
            ("https://h/dev", "/", "https://h/dev/"),
            ("https://h/dev/", "/", "https://h/dev/"),
            ("https://h/a/b", "/c/", "https://h/a/b/c/"),
            ("https://h/dev", "//c", "https://h/dev//c"),
            ("http://h:8080/dev", "/a:b", "http://h:8080/dev/a:b"),
        ];
        for (base, path, expected) in cases {
            assert_eq!(joined(base, path), expected, "{base} and {path}");
        }
    }

    #[test]
    fn queries_of_both_are_kept_and_fragments_of_neither() {
        let cases = [
            ("https://h/dev", "?a=1", "https://h/dev?a=1"),
            ("https://h/dev", "/x?a=1#part", "https://h/dev/x?a=1"),
            ("https://h/dev?code=k", "/x", "https://h/dev/x?code=k"),
            (
                "https://h/dev?code=k#part",
                "/x?a=1",
                "https://h/dev/x?code=k&a=1",
            ),
            ("https://h/dev?", "?", "https://h/dev?"),
            ("https://h/dev", "#part", "https://h/dev"),
            (
                "https://h/dev",
                "/x?u=http://y/z?q",
                "https://h/dev/x?u=http://y/z?q",
            ),
        ];
        for (base, path, expected) in cases {
            assert_eq!(joined(base, path), expected, "{base} and {path}");
        }
    }

    #[test]
    fn what_is_said_of_a_url_holds_no_password() {
        let cases = [
            (
                "http://me:pass@h:99999/x",
                "the URL `http://***@h:99999/x` has a port that is not a number up to 65535",
            ),
            (
                "http://me:p@ss@h:x",
                "the URL `http://***@h:x` has a port that is not a number up to 65535",
            ),
            (
                "ftp://pass@h",
                "the URL `ftp://***@h` has the scheme `ftp://`; only `http://` and `https://` are supported",
            ),
            ("me:pass@h/x", "the URL `***@h/x` has no scheme"),
            (
                "http://me:pass@h/ x",
                "the base URL `http://***@h/ x` holds white space",
            ),
            ("http//me:pass@h", "the URL `http//***@h` has no scheme"),
            ("//me:pass@h", "the URL `//***@h` has no scheme"),
            ("https//pass@h", "the URL `https//***@h` has no scheme"),
            // With one slash more it would have had a login.
            ("http:/me:pass@h", "the URL `***@h` has no scheme"),
        ];
        for (text, message) in cases {
            assert_eq!(base(text).unwrap_err().message, message);
        }
        assert_eq!(with_scheme("http//h:1/x"), "https://h:1/x");
        assert_eq!(without_login("h/a//b:c@d"), "h/a//b:c@d");
        assert_eq!(without_login("https://h/a@b?c@d"), "https://h/a@b?c@d");
        assert_eq!(without_login("https://h:80/a@b"), "https://h:80/a@b");
        assert_eq!(without_login("https://[::1]/a@b"), "https://[::1]/a@b");
        // A slash ends the authority, but not what was meant for a password.
        assert_eq!(without_login("https://me:pa/ss@h/x"), "https://***@h/x");
    }

    #[test]
    fn what_is_told_of_a_url_has_no_secret() {
        let told = |url: &str| without_secret(&Url::parse(url).unwrap()).to_string();
        assert_eq!(told("http://me:p@h/x"), "http://me:***@h/x");
        assert_eq!(told("http://k@h/x"), "http://***@h/x");
        assert_eq!(told("http://h/a@b"), "http://h/a@b");
        let secrets = Redactor::default();
        let file = "a = \"https://key-1@h/\" key-1\nb = 'http://me:pa/ss@h' # http://h/a@b http://h:80/c@d http://me:{{ p }}@h";
        hide_logins(file, &secrets);
        let shown = "a = \"https://***@h/\" key-1\nb = 'http://me:***@h' # http://h/a@b http://h:80/c@d http://me:{{ p }}@h";
        assert_eq!(secrets.redact(file), shown);
    }

    #[test]
    fn what_lets_into_a_url_is_hidden_as_written_and_as_meant() {
        let shown = |url: &str, text: &str| {
            let secrets = Redactor::default();
            hide_login(&Url::parse(url).unwrap(), "url", &secrets);
            secrets.redact(text).into_owned()
        };
        assert_eq!(
            shown("http://me:p%40ssword@h", "me p%40ssword p@ssword"),
            "me *** ***"
        );
        assert_eq!(
            shown("http://me:p%40ssword@h", "Basic bWU6cEBzc3dvcmQ="),
            "Basic ***"
        );
        assert_eq!(
            shown(
                "http://user@h",
                "user-agent http://user@h/ http%3A%2F%2Fuser%40h"
            ),
            "user-agent http://***@h/ http%3A%2F%2F***%40h"
        );
        assert_eq!(
            shown("http://sk-1234567890@h", "an sk-1234567890"),
            "an ***"
        );
        assert_eq!(
            shown("http://me:pw@h", "pw http://me:pw@h"),
            "pw http://me:***@h"
        );
        assert_eq!(shown("http://h/", "h"), "h");
    }

    #[test]
    fn a_whole_url_stands_for_itself() {
        assert_eq!(
            joined("https://h/dev", "http://other/x?y"),
            "http://other/x?y"
        );
        assert_eq!(joined("https://h/dev", "HTTP://other"), "http://other/");
        let message = "the URL `ftp://other` has the scheme `ftp://`; only `http://` and `https://` are supported";
        assert_eq!(joined("https://h/dev", "ftp://other"), message);
    }

    #[test]
    fn a_path_may_stay_as_it_is() {
        let base = Url::parse("https://h/dev/").unwrap();
        let cases = [
            ("/a/../b?x=|", "/dev/a/../b?x=|"),
            ("", "/dev"),
            ("?a", "/dev?a"),
            ("http://other/./x#part", "/./x"),
            ("http://other", "/"),
            ("http://other?q", "/?q"),
        ];
        for (path, expected) in cases {
            assert_eq!(as_is(Some(&base), path), expected, "{path}");
        }
        assert_eq!(as_is(None, "http://h/%2e%2e/"), "/%2e%2e/");
    }

    #[test]
    fn characters_and_dots_are_as_in_browsers() {
        assert_eq!(
            joined("https://h/dev", "/a b/한"),
            "https://h/dev/a%20b/%ED%95%9C"
        );
        assert_eq!(
            joined("https://h/dev", "/a%2Fb/./c/../d"),
            "https://h/dev/a%2Fb/d"
        );
        assert_eq!(
            joined("https://h/dev", "/x?q=a b&r=é\""),
            "https://h/dev/x?q=a%20b&r=%C3%A9%22"
        );
        assert_eq!(
            joined("https://h/dev", "/a\nb"),
            "the path `/a\\nb` holds a control character"
        );
    }

    #[test]
    fn a_wrong_base_url_says_what_is_wrong() {
        let told = |text: &str| {
            let error = base(text).unwrap_err();
            (error.message, error.hint.unwrap_or_default())
        };
        let hint = |text: &str| told(text).1;
        assert_eq!(told("").0, "the base URL is empty");
        assert_eq!(
            told("https://h /dev").0,
            "the base URL `https://h /dev` holds white space"
        );
        assert_eq!(
            told("h.example/dev").0,
            "the URL `h.example/dev` has no scheme"
        );
        assert_eq!(
            hint("h.example/dev"),
            "did you mean `https://h.example/dev`?"
        );
        assert_eq!(
            hint("localhost:3000"),
            "did you mean `http://localhost:3000`?"
        );
        assert_eq!(hint("127.0.0.1/x"), "did you mean `http://127.0.0.1/x`?");
        assert_eq!(hint("[::1]:80"), "did you mean `http://[::1]:80`?");
        assert_eq!(hint("//h/dev"), "did you mean `https://h/dev`?");
        assert_eq!(
            hint("http:/127.0.0.1:80/x"),
            "did you mean `http://127.0.0.1:80/x`?"
        );
        assert_eq!(base("wss://h/dev").unwrap().as_str(), "https://h/dev");
        assert_eq!(base("ws://h:81").unwrap().as_str(), "http://h:81/");
        assert_eq!(
            of_websocket(&base("https://h/dev?x=http://y").unwrap()),
            "wss://h/dev?x=http://y"
        );
        assert_eq!(
            told("file:///x").0,
            "the URL `file:///x` has the scheme `file://`; only `http://` and `https://` are supported"
        );
        assert_eq!(told("https://").0, "the URL `https://` has no host");
        assert_eq!(
            told("http://h:99999").0,
            "the URL `http://h:99999` has a port that is not a number up to 65535"
        );
        assert_eq!(
            told("http://[::x]").0,
            "the URL `http://[::x]` has a host that is not an IP address"
        );
        assert_eq!(
            told("http://a<b").0,
            "the URL `http://a<b` has a host with invalid characters"
        );
        assert_eq!(base("https://h/dev").unwrap().as_str(), "https://h/dev");
    }

    proptest::proptest! {
        #[test]
        fn no_path_leads_away_from_the_host(path in "\\PC{0,40}") {
            let url = Url::parse("https://h.example/dev").unwrap();
            if let Ok(joined) = join(&url, &path) && !has_scheme(&path) {
                proptest::prop_assert_eq!(joined.origin(), url.origin());
            }
        }
    }
}
