//! `WebSocket`s, with a server that keeps to the protocol and one that does not.
use super::*;

use apitest::http::{Frame, WebSocket, handshake_headers};

fn request(url: &str) -> Request {
    let mut request = get(url);
    request
        .headers
        .extend(handshake_headers(*b"sixteen bytes !!"));
    request
}

async fn open(url: &str) -> WebSocket {
    let (exchange, socket) = ConnectionPool::new()
        .open_websocket(request(url), &options(), None)
        .await;
    socket.unwrap_or_else(|| panic!("{:?}", exchange.result))
}

fn refused(path: &str) -> String {
    let server = Server::start();
    let (exchange, socket) = block_on(ConnectionPool::new().open_websocket(
        request(&server.url(path)),
        &options(),
        None,
    ));
    assert!(socket.is_none());
    let error = exchange.result.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Protocol);
    words(&server, &error)
}

fn broken(path: &str) -> Error {
    let server = Server::start();
    let error = block_on(async { open(&server.url(path)).await.receive().await }).unwrap_err();
    Error {
        message: words(&server, &error),
        ..error
    }
}

#[test]
fn frames_go_both_ways_whole_and_in_fragments() {
    let server = Server::start();
    block_on(async {
        let mut socket = open(&server.url("/ws/echo")).await;
        for size in [None, Some(1), Some(3), Some(1000)] {
            for frame in [
                Frame::Text("héllo ☃".into()),
                Frame::Binary((&b"\x00\xff"[..]).into()),
                Frame::Text(String::new()),
            ] {
                socket.send(frame.clone(), size).await.unwrap();
                assert_eq!(
                    socket.receive().await.unwrap(),
                    Some(frame),
                    "in fragments of {size:?}"
                );
            }
        }
        socket
            .send(Frame::Ping((&b"x"[..]).into()), None)
            .await
            .unwrap();
        assert_eq!(
            socket.receive().await.unwrap(),
            Some(Frame::Pong((&b"x"[..]).into()))
        );
        socket
            .send(Frame::Close(Some(3000), "bye".into()), None)
            .await
            .unwrap();
        assert_eq!(
            socket.receive().await.unwrap(),
            Some(Frame::Close(Some(3000), "bye".into()))
        );
        assert_eq!(socket.receive().await.unwrap(), None);
        assert!(
            socket
                .send(Frame::Text("late".into()), None)
                .await
                .unwrap_err()
                .message
                .ends_with("is closed already")
        );
    });
    let received = server.last();
    assert_eq!(
        (received.method.as_str(), received.header("upgrade")),
        ("GET", Some("websocket"))
    );
    assert_eq!(received.header("sec-websocket-extensions"), None);
}

#[test]
fn a_refused_handshake_is_an_answer() {
    let server = Server::start();
    let (exchange, socket) = block_on(ConnectionPool::new().open_websocket(
        request(&server.url("/hello")),
        &options(),
        None,
    ));
    assert!(socket.is_none());
    assert_eq!(&exchange.result.unwrap().body[..], HELLO.as_bytes());
}

#[test]
fn a_handshake_that_is_accepted_wrongly_is_none() {
    let begin = "`127.0.0.1:PORT` accepted the WebSocket incorrectly: ";
    assert_eq!(
        refused("/ws/wrong-accept"),
        format!("{begin}its `sec-websocket-accept` does not match the key that was sent")
    );
    assert_eq!(
        refused("/ws/extension"),
        format!("{begin}it uses the extension `permessage-deflate`, which was not offered")
    );
    assert_eq!(
        refused("/ws/no-connection"),
        format!("{begin}the header `connection: upgrade` is missing")
    );
    assert_eq!(
        refused("/ws/protocols"),
        format!("{begin}it chose more than one sub-protocol")
    );
    assert_eq!(
        refused("/ws/protocol"),
        format!("{begin}it chose the sub-protocol `unasked`, which was not offered")
    );
}

#[test]
fn each_way_to_break_has_its_words() {
    let dropped = broken("/ws/drop");
    assert_eq!(
        dropped.message,
        "`127.0.0.1:PORT` ended the connection without a close frame (1006, no close frame was received)"
    );
    assert_eq!(
        broken("/ws/not-utf8").message,
        "`127.0.0.1:PORT` sent a text message that is not UTF-8"
    );
    let close = "`127.0.0.1:PORT` violates the WebSocket protocol: a close code that must not be sent, such as 1005, or none of 1000 to 4999";
    assert_eq!(broken("/ws/close-5000").message, close);
    let garbage = broken("/ws/garbage").message;
    assert_eq!(
        garbage,
        "`127.0.0.1:PORT` violates the WebSocket protocol: Encountered invalid opcode: 15"
    );
}

#[test]
fn frames_go_over_a_secure_connection_too() {
    let server = Server::secure("server");
    let tls = apitest::http::Tls {
        ca: Some(crate::support::tls::file("ca.pem")),
        ..Default::default()
    };
    let settings = std::sync::Arc::new(apitest::http::Settings {
        tls,
        ..Default::default()
    });
    let options = Options {
        settings,
        ..options()
    };
    block_on(async {
        let (exchange, socket) = ConnectionPool::new()
            .open_websocket(request(&server.url("/ws/echo")), &options, None)
            .await;
        let mut socket = socket.unwrap_or_else(|| panic!("{:?}", exchange.result));
        assert!(exchange.peer.unwrap().tls.is_some());
        let frame = Frame::Text("hello".repeat(20_000));
        socket.send(frame.clone(), None).await.unwrap();
        assert_eq!(socket.receive().await.unwrap(), Some(frame));
    });
}

#[test]
fn a_message_is_bounded() {
    let server = Server::start();
    let options = Options {
        max_body: 10,
        ..options()
    };
    let error = block_on(async {
        let (_, socket) = ConnectionPool::new()
            .open_websocket(request(&server.url("/ws/greet")), &options, None)
            .await;
        socket.unwrap().receive().await.unwrap_err()
    });
    assert_eq!(
        words(&server, &error),
        "`127.0.0.1:PORT` sent a message larger than the limit of 10 bytes"
    );
}

#[test]
fn a_close_that_says_protocol_error_is_one() {
    let server = Server::start();
    let frame = block_on(async { open(&server.url("/ws/close-1002")).await.receive().await });
    assert_eq!(
        frame.unwrap(),
        Some(Frame::Close(Some(1002), String::new()))
    );
}
