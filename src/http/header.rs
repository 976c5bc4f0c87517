//! Header lines: as text, and as the wire has them.

use http::header::{HeaderMap, HeaderName, HeaderValue};
use indexmap::map::Entry;

use super::{Error, ErrorKind};
use crate::value::{Object, Value};

/// What goes out where a request has no `user-agent` of its own.
pub(super) const USER_AGENT: &str = concat!("apitest/", env!("CARGO_PKG_VERSION"));
/// How many header lines a response may have, and how many bytes: as many as other clients accept, and far more than servers send.
pub(super) const MOST_LINES: usize = 4_000;
pub(super) const MOST_HEAD: usize = 400_000;

/// A header line; the value as text, bytes that are not UTF-8 read as Latin-1.
pub type Header = (String, String);

/// Headers as an object: names in lower case, a name with several lines has the list of them.
pub(super) fn headers_value(headers: &[Header]) -> Value {
    let mut members = Object::default();
    members.reserve(headers.len());
    for (name, value) in headers {
        match members.entry(name.to_ascii_lowercase()) {
            Entry::Vacant(entry) => {
                entry.insert(value.as_str().into());
            }
            Entry::Occupied(mut entry) => match entry.get_mut() {
                Value::Array(lines) => lines.push(value.as_str().into()),
                first => *first = Value::Array(vec![std::mem::take(first), value.as_str().into()]),
            },
        }
    }
    Value::Object(members)
}

/// Whether a header can be sent.
///
/// # Errors
/// Where its name is none, or its value holds a control character.
pub(crate) fn check_header(name: &str, value: &str) -> Result<(), Error> {
    wire_header(name, value).map(drop)
}

/// A header as the wire has it.
pub(super) fn wire_header(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), Error> {
    let refused = |message: String| Error::new(ErrorKind::Request, message);
    let wire_name = HeaderName::from_bytes(name.as_bytes())
        .map_err(|_| refused(format!("`{}` is not a header name", name.escape_debug())))?;
    let wire_value = HeaderValue::from_bytes(value.as_bytes()).map_err(|_| {
        let control = value
            .chars()
            .find(char::is_ascii_control)
            .map_or(String::new(), |found| found.escape_default().to_string());
        refused(format!(
            "the value of the header `{name}` holds the control character `{control}`"
        ))
    })?;
    Ok((wire_name, wire_value))
}

/// Header lines as text.
pub(super) fn received_headers(headers: &HeaderMap) -> Vec<Header> {
    headers
        .iter()
        .map(|(name, value)| received_header(name, value))
        .collect()
}

fn received_header(name: &HeaderName, value: &HeaderValue) -> Header {
    let text = std::str::from_utf8(value.as_bytes());
    let text = text.map_or_else(
        |_| value.as_bytes().iter().copied().map(char::from).collect(),
        str::to_owned,
    );
    (name.as_str().to_owned(), text)
}

/// A header's value that is kept out of compression tables and debug output.
pub(super) fn secret(text: &str) -> Result<HeaderValue, Error> {
    let mut value = HeaderValue::from_str(text)
        .map_err(|_| Error::new(ErrorKind::Request, "a login is not a header value"))?;
    value.set_sensitive(true);
    Ok(value)
}
