//! Heads of messages: what every request has, and how text and the wire's bytes become each other.

use std::time::Duration;

use http::Method;
use http::header::{CONTENT_LENGTH, HeaderMap, HeaderName, HeaderValue, TRANSFER_ENCODING};
use hyper::body::Incoming;
use url::Url;

use super::exchange::Header;
use super::{
    Body, Error, ErrorKind, HttpVersion, Options, Request, Response, Version, auth, failure,
};

/// What goes out where a request has no `user-agent` of its own.
pub(super) const USER_AGENT: &str = concat!("apitest/", env!("CARGO_PKG_VERSION"));
/// How many header lines a response may have, and how many bytes: as many as other clients accept, and far more than servers send.
pub(super) const MOST_LINES: usize = 4_000;
pub(super) const MOST_HEAD: usize = 400_000;
/// The codings that are read.
pub(crate) const ACCEPT_ENCODING: &str = "gzip, deflate, br, zstd";

/// Adds what every request has: the user and password of its URL, and the default headers.
pub(crate) fn complete(request: &mut Request, options: &Options) {
    if let Some(login) =
        take_login(&mut request.url).filter(|_| !request.has_header("authorization"))
    {
        request.headers.push(("authorization".to_owned(), login));
    }
    let compressed = options
        .compressed
        .then_some(("accept-encoding", ACCEPT_ENCODING));
    for (name, value) in [("user-agent", USER_AGENT), ("accept", "*/*")]
        .into_iter()
        .chain(compressed)
    {
        if !request.has_header(name) && !request.dropped.iter().any(|dropped| dropped == name) {
            request.headers.push((name.to_owned(), value.to_owned()));
        }
    }
}

/// `https://user:password@host` is basic authentication, as in every client: takes that out of the URL, and gives the value of
/// `authorization`.
pub(super) fn take_login(url: &mut Url) -> Option<String> {
    if url.username().is_empty() && url.password().is_none() {
        return None;
    }
    let decode = |text: &str| {
        percent_encoding::percent_decode_str(text)
            .decode_utf8_lossy()
            .into_owned()
    };
    let login = auth::basic(
        &decode(url.username()),
        &decode(url.password().unwrap_or_default()),
    );
    // Both fail only for URLs that have no host, which have no user either.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    Some(login)
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

/// Refuses what is written of the body's length where it is not so: half of the body would go out, or something else than what
/// is written.
pub(super) fn check_framing(
    headers: &HeaderMap,
    body: Option<&Body>,
    version: Option<HttpVersion>,
) -> Result<(), Error> {
    let length = body.map_or(Some(0), |body| body.length().filter(|_| !body.is_chunked()));
    let refused = |message: String| {
        let hint = "leave the header out: `apitest` writes the right one";
        Err(Error::new(ErrorKind::Request, message).hint(hint))
    };
    let has_chunks = length.is_none() || headers.contains_key(TRANSFER_ENCODING);
    if has_chunks && version == Some(HttpVersion::Http10) {
        let message = "a body cannot be sent in chunks over HTTP/1.0";
        return Err(Error::new(ErrorKind::Request, message).hint("use HTTP/1.1"));
    }
    for written in headers.get_all(CONTENT_LENGTH) {
        let written = written.to_str().unwrap_or_default();
        match length {
            Some(length) if written != length.to_string() => {
                return refused(format!(
                    "`content-length: {written}` cannot be sent: the body has {}",
                    failure::count(length)
                ));
            }
            None => {
                return refused(format!(
                    "`content-length: {written}` cannot be sent: the body goes out in chunks"
                ));
            }
            Some(_) => {}
        }
    }
    for written in headers.get_all(TRANSFER_ENCODING) {
        let written = written.to_str().unwrap_or_default();
        if length == Some(0) {
            return refused(format!(
                "`transfer-encoding: {written}` cannot be sent: there is no body"
            ));
        }
        if headers.contains_key(CONTENT_LENGTH) {
            return refused(format!(
                "`transfer-encoding: {written}` cannot be sent beside `content-length`"
            ));
        }
        if !written.eq_ignore_ascii_case("chunked") {
            return refused(format!(
                "`transfer-encoding: {written}` cannot be sent: a body goes out whole, or `chunked`"
            ));
        }
    }
    Ok(())
}

/// The method as the wire knows it.
pub(super) fn wire_method(method: &str) -> Result<Method, Error> {
    let refused = |why: &str| {
        Error::new(
            ErrorKind::Request,
            format!("`{}` {why}", method.escape_debug()),
        )
    };
    match Method::from_bytes(method.as_bytes()) {
        Ok(Method::CONNECT) => Err(refused(
            "is a method for proxies, it cannot be sent to a server",
        )),
        Ok(method) => Ok(method),
        Err(_) => Err(refused("is not a method")),
    }
}

/// The head of an answer, and the body, which comes later.
pub(super) fn received_head(answer: http::Response<Incoming>) -> (Response, Incoming) {
    let (head, incoming) = answer.into_parts();
    let mut response = Response::new(head.status.as_u16(), received_headers(&head.headers), "");
    response.version = match head.version {
        http::Version::HTTP_2 => Version::Http2,
        http::Version::HTTP_11 => Version::Http11,
        _ => Version::Http10,
    };
    (response, incoming)
}

/// How long the server leaves the connection open while it is idle, if it says so: `keep-alive: timeout=5, max=100`.
pub(super) fn kept_for(response: &Response) -> Option<Duration> {
    let (_, line) = response
        .headers
        .iter()
        .find(|(name, _)| name == "keep-alive")?;
    let parameters = line
        .split(',')
        .filter_map(|parameter| parameter.split_once('='));
    let mut timeouts = parameters.filter(|(name, _)| name.trim().eq_ignore_ascii_case("timeout"));
    let seconds = timeouts.next()?.1.trim().trim_matches('"').parse().ok()?;
    Some(Duration::from_secs(seconds))
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
