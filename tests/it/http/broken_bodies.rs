//! Each way in which a body breaks after the head: head, trailers and the part that came are kept.
use super::*;

/// What a server sends behind the head of a response, and what is kept and told of it.
struct Case {
    /// The header lines that say how long the body is, or how it is encoded.
    headers: &'static str,
    body: Vec<u8>,
    after: After,
    told: &'static str,
    /// The part of the body that is kept.
    kept: &'static [u8],
}

const CHUNKED: &str = "Transfer-Encoding: chunked\r\n";

fn case(
    headers: &'static str,
    body: impl Into<Vec<u8>>,
    after: After,
    told: &'static str,
    kept: &'static [u8],
) -> Case {
    Case {
        headers,
        body: body.into(),
        after,
        told,
        kept,
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut encoder, bytes).unwrap();
    encoder.finish().unwrap()
}

fn cases() -> Vec<Case> {
    use After::{Close, Reset};
    let ten: &[u8] = b"0123456789";
    let chunk = |text: &str| format!("a\r\n0123456789\r\n{text}");
    let not_gzip = "body cannot be decoded as gzip: it begins with `<html>502</html>`";
    let behind =
        "body cannot be decoded as gzip: 3 bytes follow the end of the gzip stream: `\\x00\\r\\n`";
    let huge = "body broken after 10 bytes: the size of a chunk is larger than 64 bits hold";
    let trailer = "body broken after 10 bytes: a trailer is not a valid header line";
    let size = "body broken after 10 bytes: the size of a chunk is not a hexadecimal number";
    let encoded = |headers, body, told, kept| case(headers, body, Close, told, kept);
    let mut cases = vec![
        case(
            "Content-Length: 200\r\n",
            ten,
            Close,
            "body cut after 10 of 200 bytes",
            ten,
        ),
        case(
            "Content-Length: 200\r\n",
            "",
            Close,
            "body cut after 0 of 200 bytes",
            b"",
        ),
        case(
            "Content-Length: 200\r\n",
            ten,
            Reset,
            "body cut after 10 of 200 bytes: the connection was reset",
            ten,
        ),
        case(CHUNKED, chunk(""), Close, "body cut after 10 bytes", ten),
        case(CHUNKED, chunk("5"), Close, "body cut after 10 bytes", ten),
        case(
            CHUNKED,
            chunk("0\r\n"),
            Close,
            "body cut after 10 bytes",
            ten,
        ),
        case(
            CHUNKED,
            chunk("14\r\nabc"),
            Close,
            "body cut after 13 bytes",
            b"0123456789abc",
        ),
        case(CHUNKED, chunk("zz\r\n"), Close, size, ten),
        case(CHUNKED, chunk("-1\r\n"), Close, size, ten),
        case(CHUNKED, chunk("fffffffffffffffff\r\n"), Close, huge, ten),
        case(
            CHUNKED,
            "3\r\nabcdef\r\n",
            Close,
            "body broken after 3 bytes: a chunk is longer than its size says",
            b"abc",
        ),
        case(CHUNKED, chunk("0\r\nno colon\r\n\r\n"), Close, trailer, ten),
        encoded(
            "Content-Encoding: gzip\r\n",
            b"<html>502</html>".to_vec(),
            not_gzip,
            b"<html>502</html>",
        ),
        encoded(
            "Content-Encoding: gzip\r\n",
            [gzip(b"hello"), b"\0\r\n".to_vec()].concat(),
            behind,
            b"hello",
        ),
        encoded(
            "Content-Encoding: gzip\r\n",
            gzip(b"hello")[..20].to_vec(),
            "body cannot be decoded as gzip: it ends too early",
            b"hello",
        ),
        encoded(
            "Content-Encoding: gzip,gzip,gzip,gzip,gzip\r\n",
            b"x".to_vec(),
            "body has more than 4 content encodings",
            b"x",
        ),
        encoded(
            "Content-Encoding: gzip, gzip\r\n",
            gzip(b"hello"),
            "body cannot be decoded as gzip: it begins with `hello`",
            b"hello",
        ),
    ];
    for (coding, told) in [
        (
            "Content-Encoding: br\r\n",
            "body cannot be decoded as br: its data is damaged",
        ),
        (
            "Content-Encoding: deflate\r\n",
            "body cannot be decoded as deflate: its data is damaged",
        ),
        (
            "Content-Encoding: zstd\r\n",
            "body cannot be decoded as zstd: it begins with `<html>502</html>`",
        ),
    ] {
        cases.push(encoded(
            coding,
            b"<html>502</html>".to_vec(),
            told,
            b"<html>502</html>",
        ));
    }
    cases
}

#[test]
fn head_and_part_of_a_broken_body_are_kept() {
    for Case {
        headers,
        body,
        after,
        told,
        kept,
    } in cases()
    {
        let server = Server::with(move |_, wire, _| {
            write!(
                wire,
                "HTTP/1.1 500 No\r\nX-Trace: 7\r\nSet-Cookie: sid=1\r\n{headers}"
            )?;
            if headers.starts_with("Content-Encoding") {
                write!(wire, "Content-Length: {}\r\n", body.len())?;
            }
            wire.write_all(&[b"\r\n", &body[..]].concat())?;
            wire.flush()?;
            std::thread::sleep(Duration::from_millis(if after == After::Reset {
                100
            } else {
                0
            }));
            Ok(after)
        });
        let jar = Jar::default();
        let exchange = send_with(get(&server.url("/")), &options(), Some(&jar));
        let (error, response) = (
            exchange.error().expect(told),
            exchange.response().expect(told),
        );
        assert_eq!(
            (error.message.as_str(), error.kind),
            (told, ErrorKind::Body)
        );
        assert!(error.hint.is_some(), "{told}");
        assert_eq!(
            (response.status, response.header_lines("x-trace").next()),
            (500, Some("7")),
            "{told}"
        );
        assert_eq!(response.body, kept, "{told}");
        assert_eq!(
            jar.header(&Url::parse(&server.url("/")).unwrap())
                .as_deref(),
            Some("sid=1"),
            "{told}"
        );
        assert!(
            exchange.timing.download.is_some()
                && exchange.peer.is_some()
                && exchange.whole().is_err(),
            "{told}"
        );
    }
}

#[test]
fn a_body_that_is_too_large_is_kept_up_to_the_limit() {
    let server = Server::start();
    let small = Options {
        max_body: 1_000_000,
        ..options()
    };
    for (path, kept) in [
        ("/bytes/1000001", 0),
        ("/chunked/1000001", 1_000_000),
        ("/bomb/4", 1_000_000),
        ("/endless", 1_000_000),
    ] {
        let exchange = send_with(get(&server.url(path)), &small, None);
        let (error, response) = (
            exchange.error().expect(path),
            exchange.response().expect(path),
        );
        assert_eq!(
            (error.message.as_str(), error.kind),
            ("body larger than the limit of 1 MB", ErrorKind::Body),
            "{path}"
        );
        assert_eq!(
            (response.status, response.body.len()),
            (200, kept),
            "{path}"
        );
    }
    let response = send_with(get(&server.url("/bomb/1")), &small, None)
        .result
        .unwrap();
    assert_eq!(
        (response.body.len(), response.body_error),
        (1_000_000, None)
    );
    assert!(response.size_on_wire < 10_000);
}

#[test]
fn a_body_that_is_late_is_kept_as_far_as_it_came() {
    let server = Server::start();
    let short = Options {
        timeout: Some(Duration::from_millis(250)),
        max_body: u64::MAX,
        ..options()
    };
    for (path, told) in [
        (
            "/drip/9/100",
            "body timed out after 2 of 9 bytes (timeout: 250ms)",
        ),
        ("/endless", "body timed out after "),
    ] {
        let exchange = send_with(get(&server.url(path)), &short, None);
        assert!(
            exchange.time >= Duration::from_millis(250) && exchange.time < Duration::from_secs(5)
        );
        let (error, response) = (
            exchange.error().expect(path),
            exchange.response().expect(path),
        );
        assert!(
            error.message.starts_with(told) && error.kind == ErrorKind::Timeout,
            "{}",
            error.message
        );
        assert!(
            response.status == 200 && response.body.starts_with(b"xx"),
            "{path}"
        );
    }
}

#[test]
fn a_redirect_with_a_broken_body_is_not_followed() {
    let server = Server::with(|received, wire, counts| match received.path() {
        "/" => {
            wire.write_all(
                b"HTTP/1.1 302 Found\r\nLocation: /hello\r\nContent-Length: 9\r\n\r\nmov",
            )?;
            Ok(After::Close)
        }
        _ => answers::answer(received, wire, counts),
    });
    let exchange = send_with(get(&server.url("/")), &following(3), None);
    assert_eq!(
        exchange.response().map(|response| response.status),
        Some(302)
    );
    assert_eq!(
        exchange.error().unwrap().message,
        "body cut after 3 of 9 bytes"
    );
}

#[test]
fn trailers_of_a_body_that_cannot_be_decoded_are_kept() {
    let server = Server::with(|_, wire, _| {
        let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\nContent-Encoding: gzip\r\n\r\n";
        write!(wire, "{head}5\r\nhello\r\n0\r\nX-Sum: 7\r\n\r\n")?;
        Ok(After::Close)
    });
    let response = send(get(&server.url("/")).header("te", "trailers"))
        .result
        .unwrap();
    assert_eq!(response.trailers, [("x-sum".to_owned(), "7".to_owned())]);
    assert!(response.complete && response.body_error.is_some());
}
