//! Heads of messages: what every request has, and how text and the wire's bytes become each other.

use std::time::Duration;

use http::header::{CONTENT_LENGTH, HeaderMap, TRANSFER_ENCODING};
use hyper::body::Incoming;
use url::Url;

use super::header::{USER_AGENT, received_headers};
use super::{
    Body, Error, ErrorKind, HttpVersion, Options, Request, Response, Version, auth, wording,
};

/// The codings that are read.
pub(crate) const ACCEPT_ENCODING: &str = "gzip, deflate, br, zstd";

/// Adds what every request has: the user and password of its URL, and the default headers.
pub(crate) fn add_default_headers(request: &mut Request, options: &Options) {
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

/// Refuses what is written of the body's length where it is not so: half of the body would go out, or something else than what
/// is written.
pub(super) fn check_framing(
    headers: &HeaderMap,
    body: Option<&Body>,
    version: Option<HttpVersion>,
) -> Result<(), Error> {
    let length = body.map_or(Some(0), |body| body.length().filter(|_| !body.is_chunked()));
    let refused = |message: String| {
        let hint = "remove the header: `apitest` sends the right one";
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
                    wording::count(length)
                ));
            }
            None => {
                return refused(format!(
                    "`content-length: {written}` cannot be sent: the body is sent in chunks"
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
                "`transfer-encoding: {written}` cannot be sent: a body is sent whole, or `chunked`"
            ));
        }
    }
    Ok(())
}

/// The head of a response, and the body, which comes later.
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
