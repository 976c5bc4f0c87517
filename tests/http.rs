//! The wire against a server that answers well, and badly: what is sent, what is read, and each way to fail in words.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may panic"
)]

#[path = "http/answers_read.rs"]
mod answers_read;
#[path = "http/bodies.rs"]
mod bodies;
#[path = "http/broken_bodies.rs"]
mod broken_bodies;
#[path = "http/connections.rs"]
mod connections;
#[path = "http/cookies.rs"]
mod cookies;
#[path = "http/failures.rs"]
mod failures;
#[path = "http/http2.rs"]
mod http2;
#[path = "http/lost.rs"]
mod lost;
#[path = "http/redirects.rs"]
mod redirects;
#[path = "http/requests.rs"]
mod requests;
mod support;
#[path = "http/tls.rs"]
mod tls;
#[path = "http/uploads.rs"]
mod uploads;
#[path = "http/ways.rs"]
mod ways;
#[path = "http/websocket.rs"]
mod websocket;

use std::time::Duration;

use apitest::http::{
    Clients, Error, ErrorKind, Exchange, HttpVersion, Jar, Options, Request, Response, Settings,
    Timing, Tls, TlsVersion, Version,
};
use support::answers::HELLO;
use support::{After, Server, answers};
use url::Url;

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(future)
}

fn get(url: &str) -> Request {
    Request::new("GET", Url::parse(url).unwrap())
}

fn options() -> Options {
    Options {
        timeout: Some(Duration::from_secs(10)),
        ..Options::default()
    }
}

fn following(limit: u32) -> Options {
    Options {
        follow_redirects: limit,
        ..options()
    }
}

fn send_with(request: Request, options: &Options, jar: Option<&Jar>) -> Exchange {
    block_on(Clients::new().send(request, options, jar))
}

fn send(request: Request) -> Exchange {
    send_with(request, &options(), None)
}

fn answer(url: &str) -> Response {
    send(get(url)).result.unwrap()
}

fn error(url: &str) -> Error {
    send(get(url)).result.unwrap_err()
}

/// The message with the server's port written as `PORT`.
fn words(server: &Server, error: &Error) -> String {
    error
        .message
        .replace(&server.address().port().to_string(), "PORT")
}

#[track_caller]
fn fails(path: &str, kind: ErrorKind, message: &str) {
    let server = Server::start();
    let error = error(&server.url(path));
    assert_eq!(
        (words(&server, &error).as_str(), error.kind),
        (message, kind)
    );
}
