//! Bodies: from memory and from the disk, their length known or not, again and again.
use super::*;

use std::io::Write as _;
use std::sync::Arc;

use apitest::http::{Body, Coding, Content, Multipart, Part, PartContent, Upload};

fn on_disk(length: usize) -> (tempfile::NamedTempFile, Vec<u8>, Content) {
    let bytes: Vec<u8> = (0..length)
        .map(|at| u8::try_from(at % 251).unwrap())
        .collect();
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(&bytes).unwrap();
    let upload = Upload::find(file.path().to_owned(), "a.bin").unwrap();
    (file, bytes, Content::File(Arc::new(upload)))
}

fn post(url: &str, body: Body) -> Request {
    let mut request = Request::new("POST", Url::parse(url).unwrap());
    request.body = Some(body);
    request
}

#[test]
fn a_file_goes_out_with_its_length() {
    let server = Server::start();
    let (_file, bytes, content) = on_disk(300_000);
    assert_eq!(
        send(post(&server.url("/mirror"), Body::new(content)))
            .result
            .unwrap()
            .body,
        bytes
    );
    let received = server.last();
    assert_eq!(
        (
            received.header("content-length"),
            received.header("transfer-encoding")
        ),
        (Some("300000"), None)
    );
}

#[test]
fn chunks_where_they_are_asked_for() {
    let server = Server::start();
    let (_file, bytes, content) = on_disk(300_000);
    for (content, expected) in [
        (content, &bytes[..]),
        (Content::Bytes("hello".into()), &b"hello"[..]),
    ] {
        assert_eq!(
            send(post(&server.url("/mirror"), Body::new(content).chunked()))
                .result
                .unwrap()
                .body,
            expected
        );
        let received = server.last();
        assert_eq!(
            (
                received.header("content-length"),
                received.header("transfer-encoding")
            ),
            (None, Some("chunked"))
        );
    }
}

#[test]
fn an_empty_file_is_an_empty_body() {
    let server = Server::start();
    let (_file, _, content) = on_disk(0);
    send(post(&server.url("/echo"), Body::new(content)))
        .result
        .unwrap();
    assert_eq!(
        (server.last().header("content-length"), server.last().body),
        (Some("0"), Vec::new())
    );
}

#[test]
fn a_form_goes_out_with_its_length() {
    let server = Server::start();
    let (_file, bytes, content) = on_disk(1000);
    let Content::File(file) = content else {
        unreachable!()
    };
    let part = Part {
        name: "f".into(),
        filename: Some("a".into()),
        content_type: None,
        content: PartContent::File(file),
    };
    let form = Content::Multipart(Arc::new(Multipart::new("XX", vec![part])));
    send(post(&server.url("/echo"), Body::new(form)))
        .result
        .unwrap();
    let head = b"--XX\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a\"\r\n\r\n";
    let expected = [&head[..], &bytes, b"\r\n--XX--\r\n"].concat();
    assert_eq!(server.last().body, expected);
    assert_eq!(
        server.last().header("content-length"),
        Some(expected.len().to_string().as_str())
    );
}

#[test]
fn what_is_compressed_on_the_way_goes_out_in_chunks() {
    let server = Server::start();
    let (_file, bytes, content) = on_disk(100_000);
    for coding in Coding::ALL {
        let request = post(
            &server.url("/mirror"),
            Body::new(content.clone()).compressed(coding).unwrap(),
        );
        send(request.header("content-encoding", coding.name()))
            .result
            .unwrap();
        let received = server.last();
        assert_eq!(received.header("transfer-encoding"), Some("chunked"));
        assert!(received.body.len() < bytes.len(), "{}", coding.name());
    }
}

#[test]
fn a_body_from_the_disk_is_sent_again_after_a_redirect() {
    let server = Server::start();
    let (_file, bytes, content) = on_disk(200_000);
    let url = server.url("/redirect-to?status=307&url=/mirror");
    let exchange = send_with(post(&url, Body::new(content)), &following(3), None);
    assert_eq!(exchange.result.unwrap().body, bytes);
    assert_eq!(exchange.hops.len(), 1);
}

#[test]
fn a_file_that_is_gone_or_shorter_is_told() {
    let server = Server::start();
    let (file, _, content) = on_disk(200_000);
    file.as_file().set_len(70_000).unwrap();
    let error = send(post(&server.url("/mirror"), Body::new(content.clone())))
        .result
        .unwrap_err();
    let told = "the body of the request to `127.0.0.1:PORT` cannot be sent: `a.bin` became shorter while it was sent: 70000 bytes of 200000";
    assert_eq!(
        (words(&server, &error).as_str(), error.kind),
        (told, ErrorKind::Request)
    );
    drop(file);
    let error = send(post(&server.url("/mirror"), Body::new(content)))
        .result
        .unwrap_err();
    assert!(
        error.message.contains("`a.bin` can no longer be read"),
        "{}",
        error.message
    );
}
