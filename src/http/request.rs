//! What is sent.

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;
use url::{Position, Url};

use super::auth::Credentials;
use super::header::headers_value;
use super::{Body, Header, Options, Settings};
use crate::value::{Object, Value};

/// How much of a body that is read from files expressions may see.
const LARGEST_VALUE: u64 = 16_000_000;

/// A request, ready for the wire.
#[derive(Debug, Clone)]
pub struct Request {
    /// The method, as written.
    pub method: String,
    /// The whole URL.
    pub url: Url,
    /// The headers, in the order in which they go out; lines of one name go out together.
    pub headers: Vec<Header>,
    /// The body, where there is one.
    pub body: Option<Body>,
    /// The names of headers that no other origin may see, besides `authorization`, `cookie` and `proxy-authorization`:
    /// a redirect to another origin drops them.
    pub sensitive: Vec<String>,
    /// Headers that every request has, and this one goes out without: names in lower case.
    pub dropped: Vec<String>,
    /// Path and query as they are to go out, where the URL's would not do: it resolves dots and encodes characters.
    pub raw_target: Option<String>,
    /// How its connection is made, where that is not as the options say.
    pub settings: Option<Arc<Settings>>,
    /// What proves who sends it, where no header written beforehand does.
    pub auth: Option<Arc<Credentials>>,
}

impl Request {
    /// A request without headers and body.
    #[must_use]
    pub fn new(method: impl Into<String>, url: Url) -> Self {
        Self {
            method: method.into(),
            url,
            headers: Vec::new(),
            body: None,
            sensitive: Vec::new(),
            dropped: Vec::new(),
            raw_target: None,
            settings: None,
            auth: None,
        }
    }

    /// With one more header line.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// With these bytes as its body.
    #[must_use]
    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = Some(Body::from(body.into()));
        self
    }

    /// With what proves who sends it.
    #[must_use]
    pub fn auth(mut self, credentials: Arc<Credentials>) -> Self {
        self.auth = Some(credentials);
        self
    }

    /// The URL as it is sent: path and query as they are written, if they go out so.
    #[must_use]
    pub fn sent_url(&self) -> Cow<'_, str> {
        match &self.raw_target {
            Some(raw) => Cow::Owned(format!("{}{raw}", &self.url[..Position::BeforePath])),
            None => Cow::Borrowed(self.url.as_str()),
        }
    }

    /// How it is sent: by these options, with the settings that it has of its own.
    pub(crate) fn effective_options<'a>(&self, options: &'a Options) -> Cow<'a, Options> {
        match &self.settings {
            Some(settings) => Cow::Owned(Options {
                settings: Arc::clone(settings),
                ..options.clone()
            }),
            None => Cow::Borrowed(options),
        }
    }

    /// Whether there is a header line of that name, without regard to case.
    #[must_use]
    pub fn has_header(&self, name: &str) -> bool {
        self.headers
            .iter()
            .any(|(line, _)| line.eq_ignore_ascii_case(name))
    }

    /// The value of the first header line of that name.
    pub(super) fn header_value(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(line, _)| line.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// With this `cookie` line in the place of those that are there.
    pub fn set_cookie_line(&mut self, line: String) {
        let is_cookie = |name: &str| name.eq_ignore_ascii_case("cookie");
        let first = self
            .headers
            .iter()
            .position(|(name, _)| is_cookie(name))
            .unwrap_or(self.headers.len());
        self.headers.retain(|(name, _)| !is_cookie(name));
        self.headers
            .insert(first.min(self.headers.len()), ("cookie".to_owned(), line));
    }

    /// The object `request` of expressions: `method`, `url`, `path`, `headers` (names in lower case; several lines are a
    /// list) and `body`, the bytes as they go out: empty where there are none, missing where they are not text, or more than
    /// is worth holding.
    #[must_use]
    pub fn as_value(&self) -> Arc<Value> {
        let mut members = Object::default();
        members.insert("method".into(), self.method.as_str().into());
        members.insert("url".into(), self.url.as_str().into());
        members.insert("path".into(), self.url.path().into());
        members.insert("headers".into(), headers_value(&self.headers));
        let body = self
            .body
            .as_ref()
            .map_or_else(|| Ok(Bytes::new()), |body| body.collect(LARGEST_VALUE));
        if let Some(body) = body
            .as_deref()
            .ok()
            .and_then(|body| std::str::from_utf8(body).ok())
        {
            members.insert("body".into(), body.into());
        }
        Arc::new(Value::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_see_what_goes_out() {
        let url = Url::parse("http://h/dev/a?b=1").unwrap();
        let request = Request::new("POST", url)
            .header("X-A", "1")
            .header("x-a", "2")
            .header("B", "3")
            .body("hi");
        let expected = r#"{"method":"POST","url":"http://h/dev/a?b=1","path":"/dev/a","headers":{"x-a":["1","2"],"b":"3"},"body":"hi"}"#;
        assert_eq!(request.as_value().to_json(), expected);
        let request = request.body(&b"\xff"[..]);
        assert_eq!(request.as_value().get("body"), None);
    }
}
