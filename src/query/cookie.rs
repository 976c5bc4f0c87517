//! Looking up cookies that a response sets: `sid` is the value, `sid.same_site` an attribute.

use crate::http::{Response, SetCookie};
use crate::source::{did_you_mean, nearest};
use crate::value::Value;

/// What can stand behind a cookie's name.
pub const COOKIE_ATTRIBUTES: [&str; 8] = [
    "secure",
    "http_only",
    "same_site",
    "max_age",
    "expires",
    "path",
    "domain",
    "partitioned",
];

/// The name of a cookie, or of one of its attributes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CookiePath {
    text: String,
}

impl CookiePath {
    /// Takes a name such as `sid`, `connect.sid` or `sid.secure`: a cookie of exactly that name is meant first, then the
    /// attribute after the last dot.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self {
            text: text.to_owned(),
        }
    }

    /// The path as written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The path that is probably meant: what stands behind the last dot is like an attribute, and is none. A cookie whose own
    /// name has dots is not meant by that.
    #[must_use]
    pub fn misspelt(&self) -> Option<String> {
        let (name, of) = self
            .text
            .rsplit_once('.')
            .filter(|(name, of)| !name.is_empty() && !COOKIE_ATTRIBUTES.contains(of))?;
        let plain = |text: &str| text.to_lowercase().replace(['_', '-', ' '], "");
        let same = COOKIE_ATTRIBUTES
            .into_iter()
            .find(|known| plain(known) == plain(of));
        same.or_else(|| nearest(of, COOKIE_ATTRIBUTES))
            .map(|meant| format!("{name}.{meant}"))
    }

    /// What the last cookie of that name says: its value as text; of its attributes `secure`, `http_only`, `partitioned` as
    /// booleans, `max_age` as a number of seconds, `expires` as an RFC 3339 date, the others as text where they are given.
    #[must_use]
    pub fn find(&self, response: &Response) -> Option<Value> {
        let cookies = response.set_cookies();
        let named = |name: &str| cookies.iter().rfind(|cookie| cookie.name == name);
        if let Some(cookie) = named(&self.text) {
            return Some(Value::from(cookie.value.as_str()));
        }
        let (name, of) = self.text.rsplit_once('.')?;
        attribute(named(name)?, of)
    }

    /// Why nothing was found: a cookie or an attribute of a similar name, else the cookies that there are.
    #[must_use]
    pub fn hint(&self, response: &Response) -> Option<String> {
        let cookies = response.set_cookies();
        let names = || cookies.iter().map(|cookie| cookie.name.as_str());
        if let Some((name, of)) = self
            .text
            .rsplit_once('.')
            .filter(|(name, _)| names().any(|known| known == *name))
        {
            let meant = nearest(of, COOKIE_ATTRIBUTES)
                .map(|meant| format!("did you mean `{name}.{meant}`?"));
            let known = COOKIE_ATTRIBUTES.contains(&of);
            return meant
                .filter(|_| !known)
                .or_else(|| Some(format!("the cookie `{name}` comes without `{of}`")));
        }
        if cookies.is_empty() {
            return Some("the response sets no cookies".to_owned());
        }
        let list = || {
            format!(
                "the response sets {}",
                names()
                    .map(|name| format!("`{name}`"))
                    .collect::<Vec<_>>()
                    .join(", ")
            )
        };
        Some(did_you_mean(&self.text, names()).unwrap_or_else(list))
    }
}

fn attribute(cookie: &SetCookie, name: &str) -> Option<Value> {
    let text = |text: &Option<String>| text.as_deref().map(Value::from);
    match name {
        "secure" => Some(Value::Bool(cookie.secure)),
        "http_only" => Some(Value::Bool(cookie.http_only)),
        "partitioned" => Some(Value::Bool(cookie.partitioned)),
        "same_site" => text(&cookie.same_site),
        "path" => text(&cookie.path),
        "domain" => text(&cookie.domain),
        "max_age" => cookie.max_age.map(Value::from),
        "expires" => cookie.expires.map(|moment| Value::from(moment.to_string())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer() -> Response {
        let line = |text: &str| ("Set-Cookie".to_owned(), text.to_owned());
        let sid = "sid=abc; Path=/; Secure; SameSite=Lax; Max-Age=60; Expires=Wed, 21 Oct 2026 07:28:00 GMT";
        Response::new(
            200,
            vec![
                line("sid=old"),
                line(sid),
                line("connect.sid=1; HttpOnly; Domain=.a.b"),
            ],
            "",
        )
    }

    #[test]
    fn values_and_attributes_are_found_by_path() {
        let find = |path: &str| {
            CookiePath::new(path)
                .find(&answer())
                .map(|value| value.to_json())
        };
        let cases = [
            ("sid", Some("\"abc\"")),
            ("sid.secure", Some("true")),
            ("sid.http_only", Some("false")),
            ("sid.same_site", Some("\"Lax\"")),
            ("sid.max_age", Some("60")),
            ("sid.expires", Some("\"2026-10-21T07:28:00Z\"")),
            ("sid.path", Some("\"/\"")),
            ("sid.domain", None),
            ("connect.sid", Some("\"1\"")),
            ("connect.sid.http_only", Some("true")),
            ("connect.sid.domain", Some("\"a.b\"")),
            ("session", None),
        ];
        for (path, expected) in cases {
            assert_eq!(find(path).as_deref(), expected, "{path}");
        }
    }

    #[test]
    fn what_is_not_there_is_explained() {
        let hint = |path: &str| CookiePath::new(path).hint(&answer()).unwrap();
        assert_eq!(hint("sid.secur"), "did you mean `sid.secure`?");
        assert_eq!(
            hint("sid.domain"),
            "the cookie `sid` comes without `domain`"
        );
        assert_eq!(hint("sie"), "did you mean `sid`?");
        assert_eq!(
            hint("banana"),
            "the response sets `sid`, `sid`, `connect.sid`"
        );
        assert_eq!(
            CookiePath::new("x")
                .hint(&Response::new(200, Vec::new(), ""))
                .unwrap(),
            "the response sets no cookies"
        );
    }
}
