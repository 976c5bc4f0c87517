//! The error codes of HTTP/2 (RFC 9113 section 7) in words.

use std::borrow::Cow;

/// Every error code, its name in the protocol, and what it means.
const CODES: [(u32, &str, &str); 14] = [
    (0, "NO_ERROR", "it closes the connection in good order"),
    (1, "PROTOCOL_ERROR", "a rule of HTTP/2 was broken"),
    (2, "INTERNAL_ERROR", "an internal error"),
    (
        3,
        "FLOW_CONTROL_ERROR",
        "more data than flow control allows",
    ),
    (
        4,
        "SETTINGS_TIMEOUT",
        "the settings were not acknowledged in time",
    ),
    (5, "STREAM_CLOSED", "a frame on a stream that was closed"),
    (6, "FRAME_SIZE_ERROR", "a frame of a wrong size"),
    (7, "REFUSED_STREAM", "the request was not processed"),
    (8, "CANCEL", "the response is not needed any more"),
    (
        9,
        "COMPRESSION_ERROR",
        "headers that cannot be decompressed",
    ),
    (
        10,
        "CONNECT_ERROR",
        "the connection behind the proxy was lost",
    ),
    (11, "ENHANCE_YOUR_CALM", "too much load from this client"),
    (12, "INADEQUATE_SECURITY", "TLS that is too weak for HTTP/2"),
    (13, "HTTP_1_1_REQUIRED", "HTTP/1.1 is required"),
];

/// The name of an error code, and what it means.
pub(super) fn told(reason: h2::Reason) -> (Cow<'static, str>, &'static str) {
    let code = u32::from(reason);
    let known = CODES.iter().find(|(known, ..)| *known == code);
    known.map_or_else(
        || (format!("error code {code:#x}").into(), "not one of HTTP/2"),
        |(_, name, words)| ((*name).into(), words),
    )
}

/// What the server says beside the error code, which the library shows as `(b"too_many_pings")`.
pub(super) fn said(shown: &str) -> Vec<u8> {
    let literal = shown
        .split_once(" (b\"")
        .and_then(|(_, rest)| rest.strip_suffix("\")"));
    let mut bytes = Vec::new();
    let mut rest = literal.unwrap_or_default().bytes();
    while let Some(byte) = rest.next() {
        bytes.push(if byte == b'\\' {
            escaped(&mut rest)
        } else {
            byte
        });
    }
    bytes
}

/// The byte that an escape of a byte string means.
fn escaped(rest: &mut impl Iterator<Item = u8>) -> u8 {
    match rest.next() {
        Some(b'n') => b'\n',
        Some(b'r') => b'\r',
        Some(b't') => b'\t',
        Some(b'0') => 0,
        Some(b'x') => {
            let digit = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16));
            let (high, low) = (digit(rest.next()), digit(rest.next()));
            u8::try_from(high.unwrap_or(0) * 16 + low.unwrap_or(0)).unwrap_or(b'?')
        }
        other => other.unwrap_or(b'\\'),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_code_has_its_name_and_words() {
        for (code, name, words) in CODES {
            let reason = h2::Reason::from(code);
            assert_eq!(
                format!("{reason:?}"),
                name,
                "the library's name is the protocol's"
            );
            assert_eq!(told(reason), (name.into(), words));
            assert_ne!(words, reason.description(), "{name}");
        }
        assert_eq!(
            told(14.into()),
            ("error code 0xe".into(), "not one of HTTP/2")
        );
    }

    #[test]
    fn what_the_server_says_is_found() {
        let told = |said: &'static [u8]| {
            let shown = bytes::Bytes::from_static(said);
            super::said(&format!("connection error received: x ({shown:?})"))
        };
        for said in [
            &b"too_many_pings"[..],
            b"a \"b\" (c)\\ \n\r\t\0\x1f\xff",
            b"",
        ] {
            assert_eq!(told(said), said);
        }
        assert_eq!(super::said("stream error received: x"), b"");
    }
}
