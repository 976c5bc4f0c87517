//! What a server sends that is not a response of HTTP, in one sentence: another protocol, or a head that breaks a rule.
//!
//! The bytes decide, not what the library says of them.

use std::borrow::Cow;

use url::Url;

use super::url::host_port;
use super::wording::quoted;
use super::{Error, ErrorKind};
use crate::secret::Redactor;

/// How much of what came is quoted.
const QUOTED: usize = 40;

const TLS: &str = "if it speaks TLS, use `https://`";
const PORT: &str = "is the port right?";
const RAW: &str = "`curl --verbose` may show the lines that came";
const HTTP2: &str = "`http = \"2\"` speaks HTTP/2 from the start";

/// What to look at if a proxy does not answer in HTTP.
pub(super) const PROXY: &str = "is it an HTTP proxy? others are `socks5://` or `https://`";

/// Why the head of a response could not be read, by the bytes of it that came. `None` if nothing can be said by them.
pub(super) fn told(
    error: &hyper::Error,
    heard: &[u8],
    url: &Url,
    secrets: &Redactor,
) -> Option<Error> {
    let hint = if url.scheme() == "http" { TLS } else { PORT };
    told_of(
        error,
        heard,
        (&format!("`{}`", host_port(url)), hint),
        secrets,
    )
}

/// The same of a proxy that was asked for a tunnel.
pub(super) fn told_of_proxy(
    error: &hyper::Error,
    heard: &[u8],
    shown: &str,
    secrets: &Redactor,
) -> Option<Error> {
    let told = told_of(error, heard, (shown, PROXY), secrets)?;
    Some(Error::new(ErrorKind::Connect, told.message).hint(PROXY))
}

/// The same where HTTP/2 was spoken: every server begins with the frame SETTINGS (RFC 9113 section 3.4).
pub(super) fn told_of_http2(heard: &[u8], url: &Url, secrets: &Redactor) -> Option<Error> {
    const SETTINGS: u8 = 4;
    if heard.len() < 9 || heard.get(3) == Some(&SETTINGS) {
        return None;
    }
    let message = format!(
        "`{}` does not respond in HTTP/2: it begins with {}",
        host_port(url),
        quoted(first_line(&without(secrets, heard)), QUOTED)
    );
    let hint = "use `http = \"1.1\"` for the older version";
    Some(Error::new(ErrorKind::Protocol, message).hint(hint))
}

/// What came without secrets, nor the part of one at its end: the server may have closed the connection inside of it.
fn without<'a>(secrets: &Redactor, heard: &'a [u8]) -> Cow<'a, [u8]> {
    match secrets.redact_bytes(heard) {
        Cow::Borrowed(heard) => secrets.redact_end_of_bytes(heard),
        Cow::Owned(clean) => Cow::Owned(secrets.redact_end_of_bytes(&clean).into_owned()),
    }
}

/// What is quoted has lost its secrets before it is cut: a half would be left of one.
fn told_of(
    error: &hyper::Error,
    heard: &[u8],
    (at, hint): (&str, &str),
    secrets: &Redactor,
) -> Option<Error> {
    if heard.is_empty() || !(error.is_parse() || error.is_incomplete_message()) {
        return None;
    }
    let clean = without(secrets, heard);
    let protocol =
        |message: String, hint: &str| Some(Error::new(ErrorKind::Protocol, message).hint(hint));
    if heard.starts_with(b"HTTP/1.0") || heard.starts_with(b"HTTP/1.1") {
        if error.is_incomplete_message() {
            let message = format!(
                "{at} closed the connection in the middle of the response head, after {}",
                quoted(&clean, QUOTED)
            );
            return Some(
                Error::new(ErrorKind::Reset, message).hint("did it crash? its log may say"),
            );
        }
        let rule = broken_rule(heard)?;
        let rule = match clean {
            Cow::Borrowed(_) => rule,
            Cow::Owned(clean) => broken_rule(&clean).unwrap_or_else(|| SECRET_LINE.to_owned()),
        };
        return protocol(
            format!("the response of {at} breaks the rules of HTTP: {rule}"),
            RAW,
        );
    }
    let (what, hint) = other_protocol(heard).unwrap_or(("sends what is not HTTP", hint));
    protocol(
        format!(
            "{at} {what}: it begins with {}",
            quoted(first_line(&clean), QUOTED)
        ),
        hint,
    )
}

/// The rule that is broken by a part of a head that is not shown.
const SECRET_LINE: &str = "in a line that holds a secret";

/// The first line, without its end; all of it if it is not text.
fn first_line(heard: &[u8]) -> &[u8] {
    let end = heard.iter().position(|byte| matches!(byte, b'\r' | b'\n'));
    let line = end.and_then(|end| heard.get(..end)).unwrap_or(heard);
    if line.is_empty() || line.iter().any(|byte| is_control(*byte)) {
        heard
    } else {
        line
    }
}

/// The protocol that the bytes are of.
fn other_protocol(heard: &[u8]) -> Option<(&'static str, &'static str)> {
    let known: [(&[u8], &str, &str); 17] = [
        (
            b"HTTP/0.9",
            "responds in HTTP/0.9, which is not supported",
            PORT,
        ),
        (
            b"HTTP/2",
            "responds in the format of HTTP/1 with the version HTTP/2",
            HTTP2,
        ),
        (
            b"HTTP/",
            "responds in an unsupported HTTP version (1.0, 1.1 and 2 are supported)",
            PORT,
        ),
        (
            b"ICY ",
            "responds in the SHOUTcast protocol, not HTTP",
            PORT,
        ),
        (b"SSH-", "is an SSH server, not an HTTP server", PORT),
        (b"RTSP/", "responds in RTSP, not HTTP", PORT),
        (b"SIP/", "responds in SIP, not HTTP", PORT),
        (
            b"+OK",
            "is a POP3 or Redis server, not an HTTP server",
            PORT,
        ),
        (b"* OK", "is an IMAP server, not an HTTP server", PORT),
        (b"-ERR", "is a Redis server, not an HTTP server", PORT),
        (b"-NOAUTH", "is a Redis server, not an HTTP server", PORT),
        (b"-DENIED", "is a Redis server, not an HTTP server", PORT),
        (
            b"ERROR\r\n",
            "is a memcached server, not an HTTP server",
            PORT,
        ),
        (b"RFB ", "is a VNC server, not an HTTP server", PORT),
        (b"AMQP", "is an AMQP server, not an HTTP server", PORT),
        (
            b"<",
            "sends a document without a response head, as HTTP/0.9 did",
            PORT,
        ),
        (b"{", "sends JSON without a response head", PORT),
    ];
    let text = known
        .into_iter()
        .find(|(begin, ..)| heard.starts_with(begin))
        .map(|(_, what, hint)| (what, hint));
    text.or_else(|| mail_or_file(heard))
        .or_else(|| binary(heard))
}

/// SMTP and FTP greet alike.
fn mail_or_file(heard: &[u8]) -> Option<(&'static str, &'static str)> {
    let [b'1'..=b'5', b'0'..=b'9', b'0'..=b'9', b' ' | b'-', ..] = heard else {
        return None;
    };
    let line = String::from_utf8_lossy(first_line(heard)).to_ascii_uppercase();
    Some(match () {
        () if line.contains("SMTP") => ("is an SMTP server, not an HTTP server", PORT),
        () if line.contains("FTP") => ("is an FTP server, not an HTTP server", PORT),
        () => ("is an SMTP or FTP server, not an HTTP server", PORT),
    })
}

fn binary(heard: &[u8]) -> Option<(&'static str, &'static str)> {
    Some(match heard {
        [0x15, 3, ..] => ("responds with a TLS alert", TLS),
        [0x16, 3, ..] => ("responds with a TLS handshake", TLS),
        // The frame SETTINGS of stream 0 (RFC 9113 section 6.5), which every server sends first.
        [0, 0, _, 4, 0 | 1, 0, 0, 0, 0, ..] => ("responds in HTTP/2", HTTP2),
        [_, _, _, 0, 0x0a | 0xff, ..] => ("is a MySQL server, not an HTTP server", PORT),
        [b'E', 0, 0, ..] => ("is a PostgreSQL server, not an HTTP server", PORT),
        _ => return None,
    })
}

/// The rule that a head breaks which began as one of HTTP/1.
fn broken_rule(heard: &[u8]) -> Option<String> {
    let mut lines = heard.split_inclusive(|byte| *byte == b'\n');
    let first = lines.next()?;
    if let Some(rule) = status_line(line_of(first)) {
        return Some(rule);
    }
    let whole = lines
        .filter(|line| line.ends_with(b"\n"))
        .map(line_of)
        .take_while(|line| !line.is_empty());
    let lines: Vec<&[u8]> = whole.collect();
    let broken = lines
        .iter()
        .enumerate()
        .find_map(|(at, line)| header_line(at, line));
    broken.or_else(|| framing(heard, &lines))
}

fn line_of(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

fn is_control(byte: u8) -> bool {
    (byte < b' ' && byte != b'\t') || byte == 0x7f
}

fn status_line(line: &[u8]) -> Option<String> {
    let rest = line.get(8..).unwrap_or_default();
    let rest = rest.strip_prefix(b" ").unwrap_or(rest);
    let status: Vec<u8> = rest
        .iter()
        .copied()
        .take_while(|byte| *byte != b' ')
        .collect();
    if status.is_empty() {
        return Some(format!(
            "its first line has no status: {}",
            quoted(line, QUOTED)
        ));
    }
    if status.len() != 3 || !status.iter().all(u8::is_ascii_digit) || status.first() == Some(&b'0')
    {
        return Some(format!(
            "its status {} is not a number from 100 to 999",
            quoted(&status, QUOTED)
        ));
    }
    let control = rest.iter().copied().find(|byte| is_control(*byte))?;
    Some(format!(
        "its first line has the control character `\\x{control:02x}`"
    ))
}

fn header_line(at: usize, line: &[u8]) -> Option<String> {
    if line.starts_with(b" ") || line.starts_with(b"\t") {
        // A value that goes on in the next line.
        return (at == 0).then(|| "its first header line begins with a space".to_owned());
    }
    let Some(colon) = line.iter().position(|byte| *byte == b':') else {
        // The first word is enough to find it; what follows may be a secret.
        let word = line
            .split(|byte| *byte == b' ' || *byte == b'=')
            .next()
            .unwrap_or_default();
        return Some(format!(
            "header line {} has no colon: it begins with {}",
            at + 1,
            quoted(word, QUOTED)
        ));
    };
    let (name, value) = line.split_at(colon);
    let token = |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte);
    if name.is_empty() {
        return Some(format!(
            "header line {} has no name before its colon",
            at + 1
        ));
    }
    if let Some(wrong) = name.iter().find(|byte| !token(byte)) {
        let what = if *wrong == b' ' {
            "a space".to_owned()
        } else {
            quoted(&[*wrong], 1)
        };
        return Some(format!(
            "the header name {} has {what} in it",
            quoted(name, QUOTED)
        ));
    }
    let control = value.iter().copied().find(|byte| is_control(*byte))?;
    Some(format!(
        "the value of the header {} has the control character `\\x{control:02x}`",
        quoted(name, QUOTED)
    ))
}

/// What the headers say of the body's length, where that cannot be.
fn framing(heard: &[u8], lines: &[&[u8]]) -> Option<String> {
    let values = |wanted: &str| {
        let found = lines.iter().filter_map(|line| {
            let (name, value) = std::str::from_utf8(line).ok()?.split_once(':')?;
            name.eq_ignore_ascii_case(wanted)
                .then(|| value.trim().to_owned())
        });
        found.collect::<Vec<String>>()
    };
    if heard.starts_with(b"HTTP/1.0") && !values("transfer-encoding").is_empty() {
        return Some("it has a `transfer-encoding`, which HTTP/1.0 does not know".to_owned());
    }
    let lengths = values("content-length");
    let lengths: Vec<&str> = lengths
        .iter()
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .collect();
    let shown = |length: &str| quoted(format!("content-length: {length}").as_bytes(), QUOTED);
    if let Some(wrong) = lengths
        .iter()
        .find(|length| length.is_empty() || !length.bytes().all(|byte| byte.is_ascii_digit()))
    {
        return Some(format!("{} is not a number of bytes", shown(wrong)));
    }
    if let Some(other) = lengths
        .iter()
        .find(|length| Some(*length) != lengths.first())
    {
        let (first, other) = (
            quoted(lengths.first()?.as_bytes(), QUOTED),
            quoted(other.as_bytes(), QUOTED),
        );
        return Some(format!(
            "it has two values of `content-length`, {first} and {other}"
        ));
    }
    let huge = lengths.iter().find(|length| {
        length
            .parse::<u64>()
            .is_ok_and(|length| length >= u64::MAX - 1)
            || length.len() > 19
    });
    huge.map(|length| format!("{} is larger than any body can be", shown(length)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// First bytes, and what is said of them.
    const PROTOCOLS: [(&[u8], &str); 22] = [
        (
            b"HTTP/0.9 200 OK\r\n",
            "responds in HTTP/0.9, which is not supported",
        ),
        (
            b"HTTP/2 200\r\n",
            "responds in the format of HTTP/1 with the version HTTP/2",
        ),
        (
            b"HTTP/3.0 200 OK\r\n",
            "responds in an unsupported HTTP version (1.0, 1.1 and 2 are supported)",
        ),
        (
            b"ICY 200 OK\r\n",
            "responds in the SHOUTcast protocol, not HTTP",
        ),
        (
            b"SSH-2.0-OpenSSH_9.6\r\n",
            "is an SSH server, not an HTTP server",
        ),
        (b"RTSP/1.0 400 Bad\r\n", "responds in RTSP, not HTTP"),
        (b"SIP/2.0 400 Bad\r\n", "responds in SIP, not HTTP"),
        (
            b"220 mail ESMTP Postfix\r\n",
            "is an SMTP server, not an HTTP server",
        ),
        (
            b"220 (vsFTPd 3.0)\r\n",
            "is an FTP server, not an HTTP server",
        ),
        (
            b"500 unknown command\r\n",
            "is an SMTP or FTP server, not an HTTP server",
        ),
        (
            b"+OK ready\r\n",
            "is a POP3 or Redis server, not an HTTP server",
        ),
        (
            b"* OK IMAP4rev1\r\n",
            "is an IMAP server, not an HTTP server",
        ),
        (
            b"-ERR wrong number of arguments\r\n",
            "is a Redis server, not an HTTP server",
        ),
        (b"RFB 003.008\n", "is a VNC server, not an HTTP server"),
        (b"AMQP\0\0\x09\x01", "is an AMQP server, not an HTTP server"),
        (
            b"<html>",
            "sends a document without a response head, as HTTP/0.9 did",
        ),
        (b"{\"a\":1}", "sends JSON without a response head"),
        (b"\x15\x03\x01\0\x02\x02\x46", "responds with a TLS alert"),
        (b"\x16\x03\x03\0\x40\x02", "responds with a TLS handshake"),
        (b"\0\0\x12\x04\0\0\0\0\0", "responds in HTTP/2"),
        (
            b"\x4a\0\0\0\x0a8.0.36\0",
            "is a MySQL server, not an HTTP server",
        ),
        (
            b"E\0\0\0\x65SFATAL",
            "is a PostgreSQL server, not an HTTP server",
        ),
    ];

    #[test]
    fn other_protocols_are_known_by_their_first_bytes() {
        for (bytes, told) in PROTOCOLS {
            assert_eq!(other_protocol(bytes).map(|(what, _)| what), Some(told));
        }
        assert_eq!(other_protocol(b"garbage"), None);
    }

    /// Heads, and the rule that each breaks.
    const BROKEN: [(&[u8], &str); 22] = [
        (
            b"HTTP/1.1\r\n\r\n",
            "its first line has no status: `HTTP/1.1`",
        ),
        (
            b"HTTP/1.1 99 No\r\n\r\n",
            "its status `99` is not a number from 100 to 999",
        ),
        (
            b"HTTP/1.1 1000 No\r\n\r\n",
            "its status `1000` is not a number from 100 to 999",
        ),
        (
            b"HTTP/1.1 099 No\r\n\r\n",
            "its status `099` is not a number from 100 to 999",
        ),
        (
            b"HTTP/1.1 OK\r\n\r\n",
            "its status `OK` is not a number from 100 to 999",
        ),
        (
            b"HTTP/1.1 200 O\x1bK\r\n\r\n",
            "its first line has the control character `\\x1b`",
        ),
        (
            b"HTTP/1.1 200 OK\r\n a: b\r\n\r\n",
            "its first header line begins with a space",
        ),
        (
            b"HTTP/1.1 200 OK\r\na: 1\r\nSet-Cookie sid=1\r\n\r\n",
            "header line 2 has no colon: it begins with `Set-Cookie`",
        ),
        (
            b"HTTP/1.1 200 OK\r\n: b\r\n\r\n",
            "header line 1 has no name before its colon",
        ),
        (
            b"HTTP/1.1 200 OK\r\nx y: b\r\n\r\n",
            "the header name `x y` has a space in it",
        ),
        (
            b"HTTP/1.1 200 OK\r\nname : b\r\n\r\n",
            "the header name `name ` has a space in it",
        ),
        (
            b"HTTP/1.1 200 OK\r\nx(y: b\r\n\r\n",
            "the header name `x(y` has `(` in it",
        ),
        (
            b"HTTP/1.1 200 OK\r\nx: a\0b\r\n\r\n",
            "the value of the header `x` has the control character `\\x00`",
        ),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 0x5\r\n\r\n",
            "`content-length: 0x5` is not a number of bytes",
        ),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
            "`content-length: -1` is not a number of bytes",
        ),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\n",
            "`content-length: ` is not a number of bytes",
        ),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\ncontent-length: 5\r\n\r\n",
            "it has two values of `content-length`, `3` and `5`",
        ),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 3, 5\r\n\r\n",
            "it has two values of `content-length`, `3` and `5`",
        ),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551615\r\n\r\n",
            "`content-length: 18446744073709551615` is larger than any body can be",
        ),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
            "`content-length: 99999999999999999999` is larger than any body can be",
        ),
        (
            b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
            "it has a `transfer-encoding`, which HTTP/1.0 does not know",
        ),
        (
            b"HTTP/1.1 200 OK\r\nx\ry: b\r\n\r\n",
            "the header name `x\\ry` has `\\r` in it",
        ),
    ];

    #[test]
    fn a_head_that_breaks_a_rule_says_which() {
        for (head, told) in BROKEN {
            assert_eq!(broken_rule(head).as_deref(), Some(told));
        }
        for sound in [
            "a: b\r\n c\r\n",
            "Content-Length: 5, 5\r\n",
            "Content-Length: 0\r\n",
            "",
        ] {
            assert_eq!(
                broken_rule(format!("HTTP/1.1 200 OK\r\n{sound}\r\n").as_bytes()),
                None
            );
        }
    }
}
