//! How the request is sent, as options of `curl`.

use std::time::Duration;

use super::connection::other_name;
use crate::http::url::authority;
use crate::http::{HttpVersion, Options, Request};

/// Adds the headers that options are to a server.
pub(super) fn complete(request: &mut Request, options: &Options) {
    if options.settings.close && !request.has_header("connection") {
        request
            .headers
            .push(("connection".to_owned(), "close".to_owned()));
    }
    // Over HTTP/2 nothing is asked beforehand.
    let asks = options.expect_continue
        && options.settings.http != Some(HttpVersion::Http2)
        && request
            .body
            .as_ref()
            .is_some_and(|body| body.length() != Some(0));
    if asks && !request.has_header("expect") {
        request
            .headers
            .push(("expect".to_owned(), "100-continue".to_owned()));
    }
    if other_name(&request.url, &options.settings).is_some() && !request.has_header("host") {
        request
            .headers
            .push(("host".to_owned(), authority(&request.url)));
    }
}

pub(super) fn arguments(request: &Request, options: &Options) -> Vec<String> {
    let settings = &options.settings;
    let mut arguments = Vec::new();
    match settings.http {
        Some(HttpVersion::Http10) => arguments.push("--http1.0".to_owned()),
        Some(HttpVersion::Http11) => arguments.push("--http1.1".to_owned()),
        Some(HttpVersion::Http2) => arguments.push("--http2-prior-knowledge".to_owned()),
        // The handshake of a WebSocket is one of HTTP/1.1, and curl would agree on HTTP/2 with a server that has it.
        None if request.url.scheme() == "https" && is_handshake(request) => {
            arguments.push("--http1.1".to_owned());
        }
        None => {}
    }
    if options.follow_redirects > 0 {
        arguments.push(format!(
            "--location --max-redirs {}",
            options.follow_redirects
        ));
    }
    if settings.tls.insecure {
        arguments.push("--insecure".to_owned());
    }
    // The usual limit is no part of what is to be repeated.
    let timeout = options
        .timeout
        .filter(|_| options.timeout != Options::default().timeout);
    for (name, limit) in [
        ("--connect-timeout", settings.connect_timeout),
        ("--max-time", timeout),
    ] {
        arguments.extend(limit.map(|limit| format!("{name} {}", seconds(limit))));
    }
    arguments
}

/// Whether a WebSocket is asked for.
pub(super) fn is_handshake(request: &Request) -> bool {
    request
        .headers
        .iter()
        .any(|(name, value)| name == "upgrade" && value == "websocket")
}

fn seconds(limit: Duration) -> String {
    let text = format!("{}.{:03}", limit.as_secs(), limit.subsec_millis());
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
