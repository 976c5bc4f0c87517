//! The wire against a server that answers well, and badly: what is sent, what is read, and each way to fail in words.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may panic"
)]

mod answers_read;
mod bodies;
mod broken_bodies;
mod connections;
mod cookies;
mod failures;
mod http2;
mod lost;
mod quotes;
mod redirects;
mod requests;
mod tls;
mod uploads;
mod ways;
mod websocket;

use std::time::Duration;

use crate::support::answers::HELLO;
use crate::support::{After, Server, answers};
use apitest::http::{
    ConnectionPool, Error, ErrorKind, Exchange, HttpVersion, Jar, Options, Request, Response,
    Settings, Timing, Tls, TlsVersion, Version,
};
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
    block_on(ConnectionPool::new().send(request, options, jar))
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
