//! The opening handshake (RFC 6455 section 4): what asks for a WebSocket, and whether the response is a sound yes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use super::super::{Header, Request, Response};

const KEY: &str = "sec-websocket-key";
const PROTOCOL: &str = "sec-websocket-protocol";

/// The headers that ask for a WebSocket; the nonce is the caller's, so that a seed repeats it.
#[must_use]
pub fn headers(nonce: [u8; 16]) -> [Header; 4] {
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    [
        header("connection", "Upgrade"),
        header("upgrade", "websocket"),
        header("sec-websocket-version", "13"),
        header(KEY, &STANDARD.encode(nonce)),
    ]
}

/// Why a response of 101 is none to this request (section 4.1).
pub(super) fn refused(request: &Request, response: &Response) -> Option<String> {
    let sent = |name: &str| {
        request
            .headers
            .iter()
            .find(|(line, _)| line.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    };
    let came = |name: &'static str| response.header_lines(name).next();
    if !came("upgrade").is_some_and(|value| value.eq_ignore_ascii_case("websocket")) {
        return Some("the header `upgrade: websocket` is missing".to_owned());
    }
    let switches = |line: &str| {
        line.split(',')
            .any(|option| option.trim().eq_ignore_ascii_case("upgrade"))
    };
    if !response.header_lines("connection").any(switches) {
        return Some("the header `connection: upgrade` is missing".to_owned());
    }
    let key = sent(KEY).map_or("", String::as_str);
    if came("sec-websocket-accept")
        .is_none_or(|value| value.trim() != derive_accept_key(key.as_bytes()))
    {
        return Some("its `sec-websocket-accept` does not match the key that was sent".to_owned());
    }
    if let Some(extension) =
        came("sec-websocket-extensions").filter(|extension| !extension.is_empty())
    {
        return Some(format!(
            "it uses the extension `{extension}`, which was not offered"
        ));
    }
    let chosen = came(PROTOCOL)?.trim();
    if response.header_lines(PROTOCOL).count() > 1 {
        return Some("it chose more than one sub-protocol".to_owned());
    }
    let offered = sent(PROTOCOL)
        .is_some_and(|offered| offered.split(',').any(|protocol| protocol.trim() == chosen));
    (!offered).then(|| format!("it chose the sub-protocol `{chosen}`, which was not offered"))
}
