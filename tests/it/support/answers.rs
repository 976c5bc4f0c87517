//! The standard behaviours, by path.
//!
//! | path | answer |
//! | --- | --- |
//! | `/hello` | 200, a small JSON object |
//! | `/echo` | what came, as JSON: method, path, query, headers (pairs in order and case), body |
//! | `/count` | how many connections and requests there were, this one included |
//! | `/status/418` | that status |
//! | `/respond?status=&header=&body=` | that answer; `header=name:value` may repeat, all percent-encoded |
//! | `/respond?…&length=200` | the same with another `content-length`, and the connection is closed behind the body |
//! | `/bytes/100` | so many bytes; `/chunked/100` the same in chunks of ten |
//! | `/delay/500` | `/hello` after so many milliseconds; `/silent` never answers |
//! | `/drip/5/100` | so many bytes, one each so many milliseconds |
//! | `/redirect/3` | 302 to `/redirect/2`, …, to `/hello`; `/loop` for ever |
//! | `/redirect-to?status=&url=` | that redirect, percent-encoded |
//! | `/gzip` `/deflate` `/raw-deflate` `/zstd` `/br` `/twice` | `/hello` in that coding (`/twice`: gzip in zstd) |
//! | `/bad-gzip` `/short-gzip` `/bomb/20` | not gzip; gzip without its end; so many megabytes of zeros |
//! | `/mirror` | 200, the request's body and content type |
//! | `/fail/2/503` | that status the first two times that this target is asked for, then `/hello`; `/fail/2/0` resets instead |
//! | `/deploy/2/404` | the first two times what API Gateway returns while a deployment is not everywhere: 404 of an HTTP API, 403 or 500 of a REST API; then `/hello` |
//! | `/close` `/reset` | no response, the connection closed or reset |
//! | `/cut` `/cut-chunked` `/reset-body` | the body ends after 10 bytes, of 100 where it says so |
//! | `/too-long` | `content-length` of 5 before 11 bytes |
//! | `/endless` | a body without end |
//! | `/garbage` `/bad-header` `/many-headers` `/bad-chunk` | what is not HTTP |
//! | `/cut-events` | one Server-Sent Event and the beginning of another, then the connection is closed |
//! | `/events` | three Server-Sent Events; `/events/20` then one each so many milliseconds, without end |
//! | `/ws/echo` `/ws/greet` `/ws/close` | a WebSocket: what is sent comes back; `{"hello":"you"}` first; closes with 4001 |
//! | `/ws/drop` `/ws/not-utf8` `/ws/garbage` `/ws/deaf` | one that misbehaves: gone without a close frame, broken frames, never closes |
//! | `/ws/wrong-accept` `/ws/extension` `/ws/protocol` | a handshake that is accepted wrongly |
//! | `/latin1` `/utf16` `/not-utf8` `/bad-charset` | text in that charset, or in none |

use std::fmt::Write as _;
use std::io::{self, Write};
use std::thread;
use std::time::Duration;

use super::{After, Counts, Received, Wire};

/// The body of `/hello` and its encoded forms.
pub const HELLO: &str = r#"{"message":"hello"}"#;
/// [`HELLO`] in Brotli, as the reference encoder writes it.
const HELLO_BROTLI: &[u8] = b"\x0b\x09\x80{\"message\":\"hello\"}\x03";

/// Answers by path; an unknown path is a 404.
pub fn answer(received: &Received, wire: &mut dyn Wire, counts: &Counts) -> io::Result<After> {
    let mut parts = received.path().split('/').skip(1);
    let (name, first, second) = (parts.next().unwrap_or_default(), parts.next(), parts.next());
    let number = |text: Option<&str>| text.and_then(|text| text.parse::<u64>().ok()).unwrap_or(1);
    let (first, second) = (number(first), number(second));
    if let Some(after) = misbehave(name, wire)? {
        return Ok(after);
    }
    match name {
        "echo" => json(wire, &echo(received))?,
        "count" => {
            json(
                wire,
                &format!(
                    r#"{{"connections":{},"requests":{}}}"#,
                    counts.connections(),
                    counts.requests()
                ),
            )?;
        }
        "status" => respond(wire, u16::try_from(first).unwrap(), &[], b"")?,
        "respond" => return as_asked(received, wire),
        "bytes" => respond(wire, 200, &[], &vec![b'x'; usize::try_from(first).unwrap()])?,
        "chunked" => chunked(wire, usize::try_from(first).unwrap())?,
        "delay" => {
            thread::sleep(Duration::from_millis(first));
            json(wire, HELLO)?;
        }
        "silent" => {
            wait_for_the_end(counts);
            return Ok(After::Close);
        }
        "drip" => drip(wire, first, Duration::from_millis(second))?,
        "redirect" if first > 1 => respond(
            wire,
            302,
            &[("Location", &format!("/redirect/{}", first - 1))],
            b"on",
        )?,
        "redirect" => respond(wire, 302, &[("Location", "/hello")], b"on")?,
        "loop" => respond(wire, 302, &[("Location", "/loop")], b"")?,
        "redirect-to" => {
            let (status, url) = (parameter(received, "status"), parameter(received, "url"));
            let status = status.map_or(302, |status| status.parse().unwrap());
            respond(wire, status, &[("Location", &url.unwrap_or_default())], b"")?;
        }
        "gzip" | "deflate" | "raw-deflate" | "zstd" | "br" | "twice" | "bad-gzip"
        | "short-gzip" | "bomb" => {
            encoded(name, first, wire)?;
        }
        "latin1" => text(wire, "text/plain; charset=ISO-8859-1", b"caf\xe9")?,
        "utf16" => text(wire, "text/plain; charset=utf-16le", b"h\0i\0")?,
        "not-utf8" => text(wire, "text/plain", b"caf\xe9")?,
        "bad-charset" => text(wire, "text/plain; charset=klingon", b"qapla")?,
        "cut-events" => {
            events_begin(wire)?;
            return Ok(After::Close);
        }
        "events" => events(
            wire,
            received
                .path()
                .split('/')
                .nth(2)
                .map(|_| Duration::from_millis(first)),
        )?,
        "ws" => return super::websocket::talk(received, wire),
        "hello" => json(wire, HELLO)?,
        "mirror" => text(
            wire,
            received
                .header("content-type")
                .unwrap_or("application/octet-stream"),
            &received.body,
        )?,
        "fail" | "deploy"
            if counts.asked_for(&received.target) > usize::try_from(first).unwrap() =>
        {
            json(wire, HELLO)?;
        }
        "deploy" => deploying(wire, second)?,
        "fail" if second == 0 => return Ok(After::Reset),
        "fail" => respond(wire, u16::try_from(second).unwrap(), &[], b"")?,
        _ => respond(
            wire,
            404,
            &[("Content-Type", "application/json")],
            br#"{"message":"Not Found"}"#,
        )?,
    }
    Ok(After::Keep)
}

/// What a server should not do; `None` where the path asks for nothing of the kind.
fn misbehave(name: &str, wire: &mut dyn Wire) -> io::Result<Option<After>> {
    let (bytes, after): (&[u8], After) = match name {
        "close" => (b"", After::Close),
        "reset" => (b"", After::Reset),
        "cut" => (
            b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n0123456789",
            After::Close,
        ),
        "cut-chunked" => (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\na\r\n0123456789\r\n",
            After::Close,
        ),
        "reset-body" => (
            b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n0123456789",
            After::Reset,
        ),
        "too-long" => (
            b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello world",
            After::Close,
        ),
        "garbage" => (b"SSH-2.0-OpenSSH_9.6\r\n\r\n", After::Close),
        "bad-header" => (b"HTTP/1.1 200 OK\r\nno colon here\r\n\r\n", After::Close),
        "bad-chunk" => (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            After::Close,
        ),
        "many-headers" => {
            wire.write_all(b"HTTP/1.1 200 OK\r\n")?;
            (0..2000).try_for_each(|number| write!(wire, "X-{number}: {number}\r\n"))?;
            (b"Content-Length: 0\r\n\r\n", After::Close)
        }
        "endless" => {
            wire.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")?;
            // Ends when the client has had enough and closes.
            loop {
                wire.write_all(b"400\r\n")?;
                wire.write_all(&[b'x'; 1024])?;
                wire.write_all(b"\r\n")?;
            }
        }
        _ => return Ok(None),
    };
    wire.write_all(bytes)?;
    wire.flush()?;
    if after == After::Reset && !bytes.is_empty() {
        // A reset overtakes what was sent before it.
        thread::sleep(Duration::from_millis(100));
    }
    Ok(Some(after))
}

/// What API Gateway returns for a route that it does not know yet.
fn deploying(wire: &mut dyn Wire, status: u64) -> io::Result<()> {
    let (header, body) = match status {
        404 => (("apigw-requestid", "Q1x="), r#"{"message": "Not Found"}"#),
        403 => (
            ("x-amzn-errortype", "MissingAuthenticationTokenException"),
            r#"{"message":"Missing Authentication Token"}"#,
        ),
        _ => (
            ("x-amzn-errortype", "InternalServerErrorException"),
            r#"{"message": "Internal server error"}"#,
        ),
    };
    respond(
        wire,
        u16::try_from(status).unwrap(),
        &[("Content-Type", "application/json"), header],
        body.as_bytes(),
    )
}

/// Writes a whole answer.
pub fn respond(
    wire: &mut dyn Wire,
    status: u16,
    headers: &[(&str, &str)],
    body: &[u8],
) -> io::Result<()> {
    let mut head = format!("HTTP/1.1 {status} Test\r\n");
    for (name, value) in headers {
        write!(head, "{name}: {value}\r\n").unwrap();
    }
    if !matches!(status, 204 | 304) {
        write!(head, "Content-Length: {}\r\n", body.len()).unwrap();
    }
    head.push_str("\r\n");
    wire.write_all(&[head.as_bytes(), body].concat())
}

fn json(wire: &mut dyn Wire, body: &str) -> io::Result<()> {
    text(wire, "application/json", body.as_bytes())
}

fn text(wire: &mut dyn Wire, content_type: &str, body: &[u8]) -> io::Result<()> {
    respond(wire, 200, &[("Content-Type", content_type)], body)
}

fn echo(received: &Received) -> String {
    let json = serde_json::json!({
        "method": received.method,
        "path": received.path(),
        "query": received.query(),
        "headers": received.headers,
        "body": String::from_utf8_lossy(&received.body),
    });
    json.to_string()
}

/// The percent-decoded values of a parameter of the query.
fn parameters(received: &Received, name: &str) -> Vec<String> {
    let pairs = url::form_urlencoded::parse(received.query().as_bytes());
    pairs
        .filter(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
        .collect()
}

fn parameter(received: &Received, name: &str) -> Option<String> {
    parameters(received, name).into_iter().next()
}

fn as_asked(received: &Received, wire: &mut dyn Wire) -> io::Result<After> {
    let status = parameter(received, "status").map_or(200, |status| status.parse().unwrap());
    let lines = parameters(received, "header");
    let headers: Vec<_> = lines
        .iter()
        .filter_map(|line| line.split_once(':'))
        .collect();
    let body = parameter(received, "body").unwrap_or_default();
    let Some(length) = parameter(received, "length") else {
        respond(wire, status, &headers, body.as_bytes())?;
        return Ok(After::Keep);
    };
    write!(wire, "HTTP/1.1 {status} Test\r\n")?;
    headers
        .iter()
        .try_for_each(|(name, value)| write!(wire, "{name}: {value}\r\n"))?;
    write!(wire, "Content-Length: {length}\r\n\r\n{body}")?;
    Ok(After::Close)
}

fn chunked(wire: &mut dyn Wire, length: usize) -> io::Result<()> {
    wire.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")?;
    for chunk in vec![b'x'; length].chunks(10) {
        write!(wire, "{:x}\r\n", chunk.len())?;
        wire.write_all(chunk)?;
        wire.write_all(b"\r\n")?;
    }
    wire.write_all(b"0\r\n\r\n")
}

/// Three events, with all that a stream may hold; then one each so often.
/// A stream that breaks off behind its first event.
fn events_begin(wire: &mut dyn Wire) -> io::Result<()> {
    wire.write_all(
        b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n",
    )?;
    wire.write_all(b"f\r\ndata: 1\n\ndata: \r\n")?;
    wire.flush()
}

fn events(wire: &mut dyn Wire, every: Option<Duration>) -> io::Result<()> {
    wire.write_all(
        b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n",
    )?;
    let mut send = |text: &str| {
        write!(wire, "{:x}\r\n{text}\r\n", text.len())?;
        wire.flush()
    };
    send("\u{feff}: hello\nretry: 2500\nevent: queued\nid: 1\ndata: {\"job\":7}\n\n")?;
    send("data: two\r\ndata:lines\r\n\r")?;
    // So that who has enough by now is not given more.
    thread::sleep(Duration::from_millis(50));
    send("\nid: 2\nevent: done\ndata: {\"result\":\"ok\"}\n\n")?;
    if let Some(every) = every {
        // Ends when the client has had enough and closes.
        for number in 1.. {
            thread::sleep(every);
            send(&format!("event: tick\ndata: {number}\n\n"))?;
        }
    }
    send("data: never finished")?;
    wire.write_all(b"0\r\n\r\n")
}

fn drip(wire: &mut dyn Wire, bytes: u64, every: Duration) -> io::Result<()> {
    write!(wire, "HTTP/1.1 200 OK\r\nContent-Length: {bytes}\r\n\r\n")?;
    for _ in 0..bytes {
        wire.flush()?;
        thread::sleep(every);
        wire.write_all(b"x")?;
    }
    Ok(())
}

fn wait_for_the_end(counts: &Counts) {
    while !counts.is_stopped() {
        thread::sleep(Duration::from_millis(20));
    }
}

fn encoded(name: &str, megabytes: u64, wire: &mut dyn Wire) -> io::Result<()> {
    let hello = HELLO.as_bytes();
    let (coding, body) = match name {
        "gzip" => ("gzip", gzip(hello)),
        "deflate" => ("deflate", zlib(hello)),
        "raw-deflate" => ("deflate", raw_deflate(hello)),
        "zstd" => ("zstd", zstd::encode_all(hello, 3)?),
        "br" => ("br", HELLO_BROTLI.to_vec()),
        "twice" => ("gzip, zstd", zstd::encode_all(&gzip(hello)[..], 3)?),
        "bad-gzip" => ("gzip", hello.to_vec()),
        "short-gzip" => ("gzip", gzip(hello)[..20].to_vec()),
        _ => (
            "gzip",
            gzip(&vec![0; usize::try_from(megabytes).unwrap() * 1_000_000]),
        ),
    };
    respond(
        wire,
        200,
        &[
            ("Content-Type", "application/json"),
            ("Content-Encoding", coding),
        ],
        &body,
    )
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn raw_deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder =
        flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}
