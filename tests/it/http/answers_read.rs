//! What is read of an answer.
use super::*;

#[test]
fn status_headers_version_and_body_are_as_sent() {
    let server = Server::start();
    let response = answer(
        &server.url("/respond?status=418&header=X-A:1&header=x-b:caf%C3%A9&header=X-A:2&body=tea"),
    );
    assert_eq!(
        (response.status, response.version, &response.body[..]),
        (418, Version::Http11, &b"tea"[..])
    );
    let pairs: Vec<_> = response
        .headers
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    assert_eq!(pairs, ["x-a=1", "x-a=2", "x-b=café", "content-length=3"]);
    assert_eq!(response.size_on_wire, 3);
}

#[test]
fn a_header_that_is_not_utf8_is_latin1() {
    let server = Server::with(|_, wire, _| {
        wire.write_all(b"HTTP/1.0 200 OK\r\nX-A: caf\xe9\r\n\r\nto the end")?;
        Ok(After::Close)
    });
    let response = answer(&server.url("/"));
    assert_eq!(response.header_lines("x-a").collect::<Vec<_>>(), ["café"]);
    assert_eq!(
        (response.version, &response.body[..]),
        (Version::Http10, &b"to the end"[..])
    );
}

#[test]
fn codings_are_undone_and_stay_visible() {
    let server = Server::start();
    for path in [
        "/gzip",
        "/deflate",
        "/raw-deflate",
        "/zstd",
        "/br",
        "/twice",
    ] {
        let response = answer(&server.url(path));
        assert_eq!(response.text().unwrap().as_ref(), HELLO, "{path}");
        assert_eq!(
            response.header_lines("content-encoding").count(),
            1,
            "{path}"
        );
        let length: u64 = response
            .header_lines("content-length")
            .next()
            .unwrap()
            .parse()
            .unwrap();
        assert_eq!(response.size_on_wire, length, "{path}");
    }
    assert_eq!(
        server.last().header("accept-encoding"),
        Some("gzip, deflate, br, zstd")
    );
}

#[test]
fn a_coding_that_is_not_known_leaves_the_body_alone() {
    let server = Server::start();
    let response = answer(&server.url("/respond?header=Content-Encoding:aws-chunked&body=hi"));
    assert_eq!(response.text().unwrap().as_ref(), "hi");
    let response = answer(&server.url("/respond?header=Content-Encoding:gzip&body="));
    assert_eq!(response.body.len(), 0);
}

#[test]
fn an_answer_without_a_body_has_none() {
    let server = Server::start();
    assert_eq!(answer(&server.url("/status/204")).body.len(), 0);
    let head = Server::with(|_, wire, _| {
        wire.write_all(
            b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\nContent-Encoding: gzip\r\n\r\n",
        )?;
        Ok(After::Keep)
    });
    let response = send(Request::new("HEAD", Url::parse(&head.url("/")).unwrap()))
        .result
        .unwrap();
    assert_eq!((response.status, response.body.len()), (200, 0));
}

#[test]
fn texts_are_read_in_their_charset() {
    let server = Server::start();
    assert_eq!(
        answer(&server.url("/latin1")).text().unwrap().as_ref(),
        "café"
    );
    assert_eq!(answer(&server.url("/utf16")).text().unwrap().as_ref(), "hi");
    let bad = answer(&server.url("/not-utf8"));
    assert_eq!(
        bad.text().unwrap_err(),
        "the body is not UTF-8 text: byte 4 is 0xE9"
    );
    assert_eq!(
        answer(&server.url("/bad-charset")).text().unwrap_err(),
        "the charset `klingon` is not known"
    );
}

#[test]
fn time_passes_until_the_last_byte() {
    let server = Server::start();
    let exchange = send(get(&server.url("/drip/3/50")));
    assert_eq!(exchange.result.unwrap().body.len(), 3);
    assert!(
        exchange.time >= Duration::from_millis(150),
        "{:?}",
        exchange.time
    );
}
