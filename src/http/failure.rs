//! What went wrong on the wire, found in the chain of errors below the client's and told in one sentence.

use std::error::Error as StdError;
use std::io;
use std::time::Duration;

use url::Url;

use super::client::{HttpVersion, Settings};
use super::progress::Stage;
use super::send::host_port;
use super::upload::Unreadable;
use super::{Error, ErrorKind, tls};

/// Why there is no head of an answer.
pub(super) fn of_head(error: &reqwest::Error, url: &Url, settings: &Settings) -> Error {
    let at = host_port(url);
    if let Some(reason) = find::<rustls::Error>(error) {
        return tls::failure(reason, url, settings);
    }
    if let Some(reason) = find::<Unreadable>(error) {
        return Error::new(ErrorKind::Request, format!("the body of the request to `{at}` cannot be sent: {reason}"));
    }
    if error.is_builder() {
        return Error::new(ErrorKind::Request, format!("the request to `{at}` cannot be sent: {}", last(error)));
    }
    if error.is_connect() {
        return of_connect(error, url, settings);
    }
    if let Some(found) = find::<io::Error>(error) {
        return of_io(found, &at, "before it answered");
    }
    match find::<hyper::Error>(error) {
        Some(found) if found.is_parse() => not_http(found, &at, url),
        Some(found) if found.is_incomplete_message() || found.is_canceled() || found.is_closed() => {
            Error::new(ErrorKind::Protocol, format!("`{at}` closed the connection without an answer"))
        }
        _ if settings.http == Some(HttpVersion::Http2) => {
            Error::new(ErrorKind::Protocol, format!("`{at}` does not answer in HTTP/2: {}", last(error)))
        }
        _ => Error::new(ErrorKind::Protocol, format!("no answer came from `{at}`: {}", last(error))),
    }
}

/// Why the body ends before its end, after `received` bytes of those `expected`.
pub(super) fn of_body(error: &reqwest::Error, received: u64, expected: Option<u64>, url: &Url) -> Error {
    let at = host_port(url);
    let so_far = match expected {
        Some(expected) => format!("after {received} of {}", count(expected)),
        None => format!("after {}", count(received)),
    };
    let cut = |what: &str| Error::new(ErrorKind::Body, format!("the body of the answer of `{at}` {what} {so_far}"));
    match find::<io::Error>(error).map(io::Error::kind) {
        Some(io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted) => cut("was cut by a reset of the connection"),
        Some(io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput) => cut(&format!("is broken ({})", last(error))),
        Some(io::ErrorKind::UnexpectedEof) => cut("was cut"),
        None if find::<hyper::Error>(error).is_some_and(hyper::Error::is_incomplete_message) => cut("was cut"),
        _ => cut(&format!("ended with an error ({})", last(error))),
    }
}

/// The limit for the whole exchange passed.
pub(super) fn timed_out(limit: Duration, stage: Stage, url: &Url) -> Error {
    let at = host_port(url);
    let during = match stage {
        Stage::Connecting => format!("while connecting to `{at}`"),
        Stage::Waiting => format!("while waiting for the answer of `{at}`"),
        Stage::Reading(bytes) => format!("while reading the body of the answer of `{at}`, after {}", count(bytes)),
    };
    Error::new(ErrorKind::Timeout, format!("timed out after {limit:?} {during}"))
}

/// Whether the server had closed the connection when the request came: nothing of an answer was there.
pub(super) fn is_stale(error: &reqwest::Error) -> bool {
    let gone = |kind: io::ErrorKind| {
        matches!(kind, io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionAborted)
    };
    find::<hyper::Error>(error).is_some_and(|found| found.is_incomplete_message() || found.is_canceled() || found.is_closed())
        || find::<io::Error>(error).is_some_and(|found| gone(found.kind()))
}

/// Bytes in the unit in which limits are written.
pub(super) fn size(bytes: u64) -> String {
    match bytes {
        1.. if bytes.is_multiple_of(1_000_000) => format!("{} MB", bytes / 1_000_000),
        1.. if bytes.is_multiple_of(1_000) => format!("{} kB", bytes / 1_000),
        _ => count(bytes),
    }
}

fn count(bytes: u64) -> String {
    if bytes == 1 { "1 byte".to_owned() } else { format!("{bytes} bytes") }
}

fn of_connect(error: &reqwest::Error, url: &Url, settings: &Settings) -> Error {
    let at = host_port(url);
    if error.is_dns() {
        return no_such_host(error, url);
    }
    let found = find::<io::Error>(error);
    if let (None | Some(io::ErrorKind::TimedOut), true) = (found.map(io::Error::kind), error.is_timeout()) {
        let after = settings.connect_timeout.map_or(String::new(), |limit| format!(" after {limit:?}"));
        return Error::new(ErrorKind::Timeout, format!("timed out{after} while connecting to `{at}`"));
    }
    match found {
        Some(found) if url.scheme() == "https" && found.kind() == io::ErrorKind::UnexpectedEof => {
            Error::new(ErrorKind::Tls, format!("`{at}` closed the connection during the TLS handshake"))
                .hint("does it speak TLS? if not, the URL starts with `http://`")
        }
        Some(found) => of_io(found, &at, "while connecting"),
        None => Error::new(ErrorKind::Connect, format!("cannot connect to `{at}`: {}", last(error))),
    }
}

fn no_such_host(error: &reqwest::Error, url: &Url) -> Error {
    let host = url.host_str().unwrap_or_default();
    let why = last(error);
    if why.contains("emporary failure") {
        let message = format!("the name `{host}` cannot be looked up: no name server answered");
        return Error::new(ErrorKind::Dns, message).hint("is the network there?");
    }
    Error::new(ErrorKind::Dns, format!("no such host: `{host}`")).hint("is the name spelt right, and deployed already?")
}

fn of_io(error: &io::Error, at: &str, when: &str) -> Error {
    let connect = |message: String| Error::new(ErrorKind::Connect, message);
    match error.kind() {
        io::ErrorKind::ConnectionRefused => connect(format!("`{at}` refused the connection")).hint("is the server running?"),
        io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted | io::ErrorKind::BrokenPipe => {
            connect(format!("`{at}` reset the connection {when}"))
        }
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => connect(format!("`{at}` cannot be reached")),
        io::ErrorKind::TimedOut => Error::new(ErrorKind::Timeout, format!("the connection to `{at}` timed out {when}")),
        _ => connect(format!("the connection to `{at}` failed {when}: {error}")),
    }
}

fn not_http(error: &hyper::Error, at: &str, url: &Url) -> Error {
    let message = format!("what `{at}` answered is not HTTP: {error}");
    let error = Error::new(ErrorKind::Protocol, message);
    if url.scheme() == "http" { error.hint("does it speak TLS? then the URL starts with `https://`") } else { error }
}

/// The first error of that type in the chain. An I/O error hides what it wraps from `source`, so it is opened.
fn find<'a, E: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a E> {
    chain(error).find_map(|link| link.downcast_ref::<E>())
}

fn chain<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), below)
}

fn below<'a>(link: &&'a (dyn StdError + 'static)) -> Option<&'a (dyn StdError + 'static)> {
    // Without this, `source` would be asked of the reference, which lives shorter.
    let link: &'a (dyn StdError + 'static) = *link;
    match link.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(inner) => Some(inner),
        None => link.source(),
    }
}

/// What the error at the end of the chain says.
fn last(error: &(dyn StdError + 'static)) -> String {
    chain(error).last().map(ToString::to_string).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_in_the_unit_in_which_they_are_written() {
        let told = [0, 1, 999, 1_000, 1_500, 2_000_000, 100_000_000].map(size);
        assert_eq!(told, ["0 bytes", "1 byte", "999 bytes", "1 kB", "1500 bytes", "2 MB", "100 MB"]);
    }

    #[test]
    fn an_error_inside_an_io_error_is_found() {
        let inner = rustls::Error::HandshakeNotComplete;
        let error = io::Error::other(io::Error::new(io::ErrorKind::InvalidData, inner.clone()));
        assert_eq!(find::<rustls::Error>(&error), Some(&inner));
        assert_eq!(last(&error), "handshake not complete");
        assert!(find::<hyper::Error>(&error).is_none());
    }
}
