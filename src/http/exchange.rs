//! What was sent and what came back.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use url::Url;

use super::Error;
use crate::value::{ParseError, Value, parse};

/// A header line; the value as text, bytes that are not UTF-8 read as Latin-1.
pub type Header = (String, String);

/// The protocol version of an answer.
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

/// A request, ready for the wire.
#[derive(Debug, Clone)]
pub struct Request {
    /// The method, as written.
    pub method: String,
    /// The whole URL.
    pub url: Url,
    /// The headers, in the order in which they go out.
    pub headers: Vec<Header>,
    /// The body, where there is one.
    pub body: Option<Bytes>,
}

/// An answer.
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
    text: OnceLock<Result<Arc<str>, String>>,
    json: OnceLock<Result<Arc<Value>, ParseError>>,
}

/// One answer that redirected, on the way to the last one.
#[derive(Debug, Clone)]
pub struct Hop {
    /// The URL that was asked.
    pub url: Url,
    /// The status of its answer.
    pub status: u16,
    /// The headers of its answer.
    pub headers: Vec<Header>,
    /// From sending to the end of its answer.
    pub time: Duration,
}

/// A request and what became of it.
#[derive(Debug)]
pub struct Exchange {
    /// The request as it was sent first.
    pub request: Request,
    /// The answers that redirected, in order.
    pub hops: Vec<Hop>,
    /// The URL of the last request.
    pub url: Url,
    /// The last answer, or why there is none.
    pub result: Result<Response, Error>,
    /// From the first byte sent to the last byte received, all hops together.
    pub time: Duration,
}

impl Response {
    /// An answer from its parts.
    #[must_use]
    pub fn new(status: u16, headers: Vec<Header>, body: impl Into<Bytes>) -> Self {
        let body = body.into();
        let size_on_wire = body.len() as u64;
        Self { status, version: Version::Http11, headers, body, size_on_wire, text: OnceLock::new(), json: OnceLock::new() }
    }

    /// The values of all header lines of that name (without regard to case), in order.
    pub fn header_lines<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let lines = self.headers.iter().filter(move |(line, _)| line.eq_ignore_ascii_case(name));
        lines.map(|(_, value)| value.as_str())
    }

    /// The body as text, by the charset of its content type (UTF-8 where it names none), decoded once.
    ///
    /// # Errors
    /// Where the body is not text in that charset; the message says why.
    pub fn text(&self) -> Result<&Arc<str>, &str> {
        let read = || std::str::from_utf8(&self.body).map(Arc::from).map_err(|error| error.to_string());
        self.text.get_or_init(read).as_ref().map_err(String::as_str)
    }

    /// The body as JSON, parsed once.
    ///
    /// # Errors
    /// Where the body is not JSON.
    pub fn json(&self) -> Result<&Arc<Value>, &ParseError> {
        let read = || match self.text() {
            Ok(text) => parse(text).map(Arc::new),
            Err(message) => Err(ParseError { message: message.to_owned(), offset: 0, line: 1, column: 1 }),
        };
        self.json.get_or_init(read).as_ref()
    }
}
