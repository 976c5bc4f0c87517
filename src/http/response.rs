//! What came back.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;

use super::{Error, EventReader, Header, ServerEvent, SetCookie, charset};
use crate::value::{
    ParseError, Parsed, Path, Value, duplicates, parse_bytes, parse_with_duplicates,
};

/// The protocol version of a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the protocol's")]
pub enum Version {
    Http10,
    Http11,
    Http2,
}

impl Version {
    /// `1.0`, `1.1` or `2`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Http10 => "1.0",
            Self::Http11 => "1.1",
            Self::Http2 => "2",
        }
    }
}

/// The document of a body, and its first duplicate member.
type Json = Result<(Arc<Value>, Option<Path>), ParseError>;

/// A response.
#[derive(Debug)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// The protocol version.
    pub version: Version,
    /// The headers as received, in order, `content-encoding` among them.
    pub headers: Vec<Header>,
    /// The body, decoded from its content encoding.
    pub body: Bytes,
    /// How many bytes of body came over the wire.
    pub size_on_wire: u64,
    /// What came behind the body (RFC 9110 section 6.5).
    pub trailers: Vec<Header>,
    /// The statuses that came before the response, such as 103, where they were asked for ([`Options::interim`](super::Options)).
    pub interim: Vec<u16>,
    /// Whether the body was read to its end: not so where enough of it had come before.
    pub complete: bool,
    /// Why the body is not what was sent: it is cut, late, too large, or cannot be decoded. [`Response::body`] is the part of
    /// it that came, or that could be decoded.
    pub body_error: Option<Box<Error>>,
    text: OnceLock<Result<Arc<str>, String>>,
    json: OnceLock<Json>,
    duplicates: OnceLock<Vec<Path>>,
    events: OnceLock<(Vec<ServerEvent>, Option<u64>)>,
}

impl Response {
    /// A response from its parts.
    #[must_use]
    pub fn new(status: u16, headers: Vec<Header>, body: impl Into<Bytes>) -> Self {
        let body = body.into();
        let size_on_wire = body.len() as u64;
        Self {
            status,
            version: Version::Http11,
            headers,
            body,
            size_on_wire,
            trailers: Vec::new(),
            interim: Vec::new(),
            complete: true,
            body_error: None,
            text: OnceLock::new(),
            json: OnceLock::new(),
            duplicates: OnceLock::new(),
            events: OnceLock::new(),
        }
    }

    /// The values of all header lines of that name (without regard to case), in order.
    pub fn header_lines<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let lines = self
            .headers
            .iter()
            .filter(move |(line, _)| line.eq_ignore_ascii_case(name));
        lines.map(|(_, value)| value.as_str())
    }

    /// What is wrong with how the response says where its body ends, though it could be read (RFC 9112 sections 6.1 and 6.3).
    #[must_use]
    pub fn framing_warning(&self) -> Option<String> {
        let lines = self
            .header_lines("transfer-encoding")
            .flat_map(|line| line.split(','));
        let codings: Vec<&str> = lines
            .map(str::trim)
            .filter(|coding| !coding.is_empty())
            .collect();
        let known = |coding: &str| {
            ["chunked", "identity"]
                .iter()
                .any(|known| coding.eq_ignore_ascii_case(known))
        };
        if let Some(unknown) = codings.iter().find(|coding| !known(coding)) {
            let shown: String = unknown.chars().take(40).collect();
            return Some(format!(
                "the response has the unsupported transfer coding `{shown}`: its body is shown as received"
            ));
        }
        let both = !codings.is_empty() && self.header_lines("content-length").next().is_some();
        both.then(|| {
            "the response has `content-length` beside `transfer-encoding`: servers and proxies may disagree where its body ends"
                .to_owned()
        })
    }

    /// The media type of the body without its parameters, as in `application/json`, in the case in which it came.
    #[must_use]
    pub fn content_type(&self) -> Option<&str> {
        let line = self.header_lines("content-type").next()?;
        Some(line.split(';').next().unwrap_or(line).trim())
    }

    /// The `Set-Cookie` lines that are cookies, in order.
    #[must_use]
    pub fn set_cookies(&self) -> Vec<SetCookie> {
        self.header_lines("set-cookie")
            .filter_map(SetCookie::parse)
            .collect()
    }

    /// The body as text, decoded once: by its byte order mark, else by the charset of its content type, else by what an
    /// HTML or XML document says of itself, else as UTF-8.
    ///
    /// # Errors
    /// Where the body is not text in that charset; the message says why.
    pub fn text(&self) -> Result<&Arc<str>, &str> {
        let read =
            || charset::decode(&self.body, self.header_lines("content-type").next()).map(Arc::from);
        self.text.get_or_init(read).as_ref().map_err(String::as_str)
    }

    /// The body as Server-Sent Events, read once.
    #[must_use]
    pub fn events(&self) -> &[ServerEvent] {
        &self.stream().0
    }

    /// The time after which a stream of events asks to be connected to again, in milliseconds.
    #[must_use]
    pub fn retry(&self) -> Option<u64> {
        self.stream().1
    }

    fn stream(&self) -> &(Vec<ServerEvent>, Option<u64>) {
        self.events.get_or_init(|| {
            let mut reader = EventReader::new();
            (reader.read(&self.body), reader.retry())
        })
    }

    /// The body as JSON, parsed once; its charset is UTF-8 (RFC 8259 section 8.1) unless the content type or a byte order
    /// mark names another.
    ///
    /// # Errors
    /// Where the body is not JSON.
    pub fn json(&self) -> Result<&Arc<Value>, &ParseError> {
        self.parsed().as_ref().map(|(value, _)| value)
    }

    /// The first member of the JSON body whose name stands twice in its object: such a document means one thing to one
    /// reader and another to the next (RFC 8259 section 4). `None` without any, and if the body is not JSON.
    pub fn duplicate_member(&self) -> Option<&Path> {
        self.parsed().as_ref().ok()?.1.as_ref()
    }

    /// All members of the JSON body whose names stand twice in their objects; the root alone if they are too many to be listed.
    pub fn duplicate_members(&self) -> &[Path] {
        self.duplicates
            .get_or_init(|| match (self.duplicate_member(), self.text()) {
                (None, _) => Vec::new(),
                (Some(_), Ok(text)) => duplicates(text.strip_prefix('\u{feff}').unwrap_or(text)),
                (Some(_), Err(_)) => vec![Path::root()],
            })
    }

    fn parsed(&self) -> &Json {
        self.json.get_or_init(|| {
            self.read_json()
                .map(|parsed| (Arc::new(parsed.value), parsed.duplicate))
        })
    }

    fn read_json(&self) -> Result<Parsed, ParseError> {
        if !charset::is_foreign(&self.body, self.header_lines("content-type").next()) {
            return parse_bytes(&self.body);
        }
        match self.text() {
            Ok(text) => parse_with_duplicates(text),
            Err(message) => Err(ParseError {
                message: message.to_owned(),
                offset: 0,
                line: 1,
                column: 1,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(content_type: &str, body: &'static [u8]) -> Response {
        Response::new(
            200,
            vec![("Content-Type".into(), content_type.into())],
            body,
        )
    }

    #[test]
    fn the_media_type_stands_without_parameters() {
        assert_eq!(
            answer("application/json ; charset=utf-8", b"").content_type(),
            Some("application/json")
        );
        assert_eq!(Response::new(200, Vec::new(), "").content_type(), None);
    }

    #[test]
    fn an_unsound_end_of_the_body_is_a_warning() {
        let warning = |lines: &[(&str, &str)]| {
            let headers = lines
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            Response::new(200, headers.collect(), "").framing_warning()
        };
        for sound in [
            &[][..],
            &[("content-length", "1")],
            &[("transfer-encoding", "Chunked")],
            &[("transfer-encoding", "identity")],
        ] {
            assert_eq!(warning(sound), None, "{sound:?}");
        }
        let coding = |name: &str| {
            format!(
                "the response has the unsupported transfer coding `{name}`: its body is shown as received"
            )
        };
        for (line, name) in [
            ("gzip", "gzip"),
            ("gzip, chunked", "gzip"),
            ("xchunked", "xchunked"),
            ("chunked, x", "x"),
        ] {
            assert_eq!(
                warning(&[("Transfer-Encoding", line)]).unwrap(),
                coding(name)
            );
        }
        let both = warning(&[("Content-Length", "5"), ("Transfer-Encoding", "chunked")]).unwrap();
        assert!(
            both.starts_with("the response has `content-length` beside `transfer-encoding`"),
            "{both}"
        );
    }

    #[test]
    fn json_is_utf8_unless_the_answer_says_otherwise() {
        assert_eq!(
            answer("application/json", "{\"a\":\"é\"}".as_bytes())
                .json()
                .unwrap()
                .get("a"),
            Some(&"é".into())
        );
        assert_eq!(
            answer("application/json; charset=latin1", b"\"\xe9\"")
                .json()
                .unwrap()
                .as_str(),
            Some("é")
        );
        assert_eq!(
            answer("application/json", b"\xff\xfe1\0")
                .json()
                .unwrap()
                .to_json(),
            "1"
        );
        let refused = answer("application/json", b"\"\xe9\"");
        assert_eq!(
            refused.json().unwrap_err().to_string(),
            "bytes that are not UTF-8 at line 1 column 2"
        );
        let unknown = answer("text/plain; charset=klingon", b"1");
        assert_eq!(
            unknown.json().unwrap_err().message,
            "the charset `klingon` is not known"
        );
    }

    #[test]
    fn cookies_are_read_line_by_line() {
        let line = |text: &str| ("set-cookie".to_owned(), text.to_owned());
        let response = Response::new(200, vec![line("a=1; Secure"), line(""), line("b=2")], "");
        let names: Vec<_> = response
            .set_cookies()
            .into_iter()
            .map(|cookie| (cookie.name, cookie.secure))
            .collect();
        assert_eq!(names, [("a".to_owned(), true), ("b".to_owned(), false)]);
    }
}
