//! What went wrong on the wire, found in the chain of errors below the client's and told in one sentence.

use std::io;
use std::time::Duration;

use url::Url;

use super::chain::{find, last};
use super::connect::{FLOOD, MOST_INTERIM, of_io};
use super::header::{MOST_HEAD, MOST_LINES};
use super::upload::Unreadable;
use super::url::host_port;
use super::wording::{count, quoted, size};
use super::{Error, ErrorKind, HttpVersion, Proxy, Settings, http2, tls};
use crate::output::plain;

/// How much is told of what a server says when it closes a connection.
const MOST_SAID: usize = 200;

/// Why there is no head of a response, though the connection stood.
pub(super) fn of_head(error: &hyper::Error, url: &Url, settings: &Settings) -> Error {
    let at = host_port(url);
    if let Some(told) = tls::is_of_tls(error, url, settings) {
        return told;
    }
    if let Some(reason) = find::<Unreadable>(error) {
        return Error::new(
            ErrorKind::Request,
            format!("the body of the request to `{at}` cannot be sent: {reason}"),
        );
    }
    if error.is_user() {
        return Error::new(
            ErrorKind::Request,
            format!("the request to `{at}` cannot be sent: {}", last(error)),
        );
    }
    if last(error) == FLOOD {
        let message = format!(
            "`{at}` sent more than {MOST_INTERIM} interim responses (1xx), or too many bytes of them, and no response"
        );
        return Error::new(ErrorKind::Protocol, message)
            .hint("this is a limit of apitest, to guard against endless ones");
    }
    if let Some(told) = find::<h2::Error>(error).and_then(|error| of_http2(error, &at)) {
        return told;
    }
    if let Some(found) =
        find::<io::Error>(error).filter(|found| found.kind() != io::ErrorKind::UnexpectedEof)
    {
        let broken = of_io(found, &format!("`{at}`"), "before it responded");
        // The connection stood: whatever the system calls it, the server may have received the request.
        let kind = if broken.kind == ErrorKind::Timeout {
            ErrorKind::Timeout
        } else {
            ErrorKind::Reset
        };
        return Error { kind, ..broken };
    }
    if error.is_parse() && settings.http != Some(HttpVersion::Http2) {
        return not_http(error, &at);
    }
    if settings.http == Some(HttpVersion::Http2) || find::<h2::Error>(error).is_some() {
        let told = format!("`{at}` does not respond in HTTP/2");
        return Error::new(ErrorKind::Protocol, told)
            .hint("use `http = \"1.1\"` for the older version");
    }
    // Over TLS an end without its last word is an error of the connection.
    let ended = || {
        find::<io::Error>(error).is_some_and(|found| found.kind() == io::ErrorKind::UnexpectedEof)
    };
    if error.is_incomplete_message() || error.is_canceled() || error.is_closed() || ended() {
        return Error::new(
            ErrorKind::Reset,
            format!("`{at}` closed the connection before it responded"),
        )
        .hint("did it crash, or run out of connections? its log may say");
    }
    Error::new(ErrorKind::Protocol, format!("no response came from `{at}`"))
        .hint("`curl --verbose` may show why")
}

/// The same for a connection that was open already and had been `idle`: the server may have closed it before the request came.
pub(super) fn of_reused(lost: &Error, idle: Duration, url: &Url) -> Error {
    let idle = crate::text::duration(idle);
    // What is said over HTTP/2 is about the request.
    let message = if lost.message.ends_with(')') {
        format!(
            "{}, on a reused connection that had been idle for {idle}",
            lost.message
        )
    } else {
        format!(
            "a reused connection to `{}`, which had been idle for {idle}, was closed before the response",
            host_port(url)
        )
    };
    let hint = "servers close idle connections, and this may have happened while the request was on its way; \
                `keep_alive = false` sends each request on a new connection";
    Error::new(lost.kind, message).hint(hint)
}

/// The same where a proxy was handed the request: nobody else was spoken to.
pub(super) fn by_proxy(told: Error, proxy: &Proxy) -> Error {
    let message = format!(
        "{}, asked through the proxy `{}`",
        told.message,
        proxy.host_port()
    );
    let hint = "the connection goes to the proxy: is it an HTTP proxy, and what does its log say?";
    Error { message, ..told }.hint(hint)
}

/// What ended a request over HTTP/2. `None` where the first frame was none: that is no HTTP/2.
fn of_http2(error: &h2::Error, at: &str) -> Option<Error> {
    let reason = error.reason()?;
    let why = why_http2(error, reason);
    let told =
        |message: String, hint: &str| Some(Error::new(ErrorKind::Protocol, message).hint(hint));
    let ended =
        |message: String, hint: &str| Some(Error::new(ErrorKind::Reset, message).hint(hint));
    match (error.is_remote(), reason) {
        (true, h2::Reason::HTTP_1_1_REQUIRED) => told(
            format!("`{at}` wants HTTP/1.1 for this request ({why})"),
            "use `http = \"1.1\"` for the older version",
        ),
        (true, _) if error.is_go_away() => ended(
            format!("`{at}` closed the connection before it responded ({why})"),
            "its log may say why",
        ),
        (true, h2::Reason::REFUSED_STREAM) => ended(
            format!("`{at}` refused the request ({why})"),
            "is it overloaded, or shutting down? `retry` asks again later",
        ),
        (true, _) => ended(
            format!("`{at}` ended the request before it responded ({why})"),
            "its log may say why",
        ),
        (false, h2::Reason::FRAME_SIZE_ERROR) => None,
        (false, h2::Reason::ENHANCE_YOUR_CALM) => Some(
            Error::new(
                ErrorKind::Protocol,
                format!("the response of `{at}` has {}", too_large()),
            )
            .hint(OUR_LIMIT),
        ),
        (false, h2::Reason::PROTOCOL_ERROR) if error.is_reset() => told(
            format!(
                "the response of `{at}` breaks the rules of HTTP/2, or has {} ({why})",
                too_large()
            ),
            "the number of bytes is a limit of apitest; use `http = \"1.1\"` for the older version",
        ),
        (false, _) => told(
            format!("the response of `{at}` violates HTTP/2 ({why})"),
            "use `http = \"1.1\"` for the older version",
        ),
    }
}

/// The reason by its name in RFC 9113 section 7 and in words, and what the server says beside it.
fn why_http2(error: &h2::Error, reason: h2::Reason) -> String {
    let (name, words) = http2::told(reason);
    let said = http2::said(&error.to_string());
    let said = match said.len() {
        0 => String::new(),
        1..=MOST_SAID => format!("; it says {}", quoted(&said, MOST_SAID)),
        // A part of it could be a part of a secret.
        more => format!("; it says more, in {}", count(more as u64)),
    };
    format!("{name}: {words}{said}")
}

/// Why the body ends before its end, after `received` bytes of those `expected`.
pub(super) fn of_body(error: &hyper::Error, received: u64, expected: Option<u64>) -> Error {
    let so_far = so_far(received, expected);
    let told = |message: String| Error::new(ErrorKind::Body, message);
    let cut = |why: &str| {
        told(format!("body cut {so_far}{why}"))
            .hint("did the server, or a proxy in between, close the connection?")
    };
    let broken = |why: &str| {
        told(format!("body broken {so_far}: {why}")).hint("`curl --raw` shows the raw body")
    };
    if let Some((error, reason)) =
        find::<h2::Error>(error).and_then(|error| Some((error, error.reason()?)))
    {
        let why = why_http2(error, reason);
        return match (error.is_remote(), error.is_go_away()) {
            (true, true) => cut(&format!(": the server closed the connection ({why})")),
            (true, false) => cut(&format!(": the server reset the stream ({why})")),
            (false, _) => broken(&format!("it breaks the rules of HTTP/2 ({why})")),
        };
    }
    let Some(found) = find::<io::Error>(error) else {
        return cut("");
    };
    match found.kind() {
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe => cut(": the connection was reset"),
        io::ErrorKind::InvalidData if last(error).starts_with("chunk trailers") => told(format!(
            "body broken {so_far}: its trailers have {}",
            too_large()
        ))
        .hint(OUR_LIMIT),
        io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => {
            broken(broken_chunk(&last(error)))
        }
        io::ErrorKind::UnexpectedEof if last(error).contains("close_notify") => {
            cut(": the TLS connection ended without close_notify")
        }
        io::ErrorKind::UnexpectedEof => cut(""),
        _ => cut(&format!(": {}", plain(found))),
    }
}

/// What is wrong with a body in chunks, by what the library says.
fn broken_chunk(said: &str) -> &'static str {
    let said = said.to_ascii_lowercase();
    let known = [
        (
            "chunk size: overflow",
            "the size of a chunk is larger than 64 bits hold",
        ),
        (
            "white space",
            "the line with the size of a chunk does not end in CR LF",
        ),
        (
            "chunk size lf",
            "the line with the size of a chunk does not end in CR LF",
        ),
        (
            "chunk size",
            "the size of a chunk is not a hexadecimal number",
        ),
        (
            "extension",
            "the extensions of a chunk are too long, or hold a line break",
        ),
        ("chunk body", "a chunk is longer than its size says"),
        (
            "trailer",
            "there are too many trailers, or they are too long, or do not end in CR LF",
        ),
        ("header", "a trailer is not a valid header line"),
    ];
    known
        .iter()
        .find(|(part, _)| said.contains(part))
        .map_or("its chunks are malformed", |(_, told)| told)
}

/// The time was over in the middle of a body.
pub(super) fn late_body(limit: Duration, received: u64, expected: Option<u64>) -> Error {
    let message = format!(
        "body timed out {} (timeout: {limit:?})",
        so_far(received, expected)
    );
    Error::new(ErrorKind::Timeout, message).hint("`timeout` sets the limit for the whole request")
}

/// Decoding a body took longer than the request may take.
pub(super) fn late_decoding(limit: Duration, coding: &str, decoded: u64) -> Error {
    let message = format!(
        "body timed out while it was decoded as {coding}, {} (timeout: {limit:?})",
        so_far(decoded, None)
    );
    Error::new(ErrorKind::Timeout, message).hint("`timeout` sets the limit for the whole request")
}

/// `after 18 of 200 bytes`
fn so_far(received: u64, expected: Option<u64>) -> String {
    match expected {
        Some(expected) => format!("after {received} of {}", count(expected)),
        None => format!("after {}", count(received)),
    }
}

/// Whether the server had closed the connection when the request came: nothing of a response was there.
pub(super) fn is_stale(error: &hyper::Error) -> bool {
    let gone = |kind: io::ErrorKind| {
        matches!(
            kind,
            io::ErrorKind::ConnectionReset
                | io::ErrorKind::BrokenPipe
                | io::ErrorKind::ConnectionAborted
        )
    };
    error.is_incomplete_message()
        || error.is_canceled()
        || error.is_closed()
        || find::<io::Error>(error).is_some_and(|found| gone(found.kind()))
        || find::<h2::Error>(error).is_some_and(|error| {
            error.is_remote() && error.is_go_away() && error.reason() == Some(h2::Reason::NO_ERROR)
        })
}

/// Whether the server says that it has not looked at the request (RFC 9113 section 8.7): it may go out again, whatever it does.
/// A request that ends with `GOAWAY` is one of those that the server does not process any more.
pub(super) fn is_untouched(error: &hyper::Error) -> bool {
    let refused =
        |error: &h2::Error| error.is_reset() && error.reason() == Some(h2::Reason::REFUSED_STREAM);
    let leaving =
        |error: &h2::Error| error.is_go_away() && error.reason() == Some(h2::Reason::NO_ERROR);
    find::<h2::Error>(error)
        .is_some_and(|error| error.is_remote() && (refused(error) || leaving(error)))
}

/// What is not HTTP although no byte of it says why; [`super::not_http`] knows the others.
fn not_http(error: &hyper::Error, at: &str) -> Error {
    if error.is_parse_too_large() {
        return Error::new(
            ErrorKind::Protocol,
            format!("the response of `{at}` has {}", too_large()),
        )
        .hint(OUR_LIMIT);
    }
    let message = format!("the response of `{at}` is not HTTP");
    Error::new(ErrorKind::Protocol, message).hint("`curl --verbose` may show the lines that came")
}

/// The limit of a head, which a response exceeds.
fn too_large() -> String {
    format!(
        "more than {MOST_LINES} header lines or {} of headers",
        size(MOST_HEAD as u64)
    )
}

const OUR_LIMIT: &str = "this is a limit of apitest, not of HTTP";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_of_a_late_body_is_told() {
        let late =
            |received, expected| late_body(Duration::from_secs(1), received, expected).message;
        assert_eq!(late(1, None), "body timed out after 1 byte (timeout: 1s)");
        assert_eq!(
            late(1, Some(9)),
            "body timed out after 1 of 9 bytes (timeout: 1s)"
        );
    }
}
