//! The wire against httpbin, a server that nobody here wrote. `tests/peers/httpbin.sh` starts one:
//!
//! ```sh
//! export $(tests/peers/httpbin.sh start); cargo test --test it httpbin:: -- --ignored
//! ```
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

use crate::peer;
use std::time::Duration;

use apitest::http::{
    ConnectionPool, ErrorKind, Exchange, Jar, Options, Request, Response, auth, url,
};

/// httpbin's URL; where it is not there, the test passes over.
macro_rules! httpbin {
    () => {
        match peer::peer("HTTPBIN_URL") {
            Some(url) => url,
            None => return,
        }
    };
}

fn to(base: &str, method: &str, path: &str) -> Request {
    Request::new(method, url::join(&url::base(base).unwrap(), path).unwrap())
}

fn send(request: Request, options: &Options, jar: Option<&Jar>) -> Exchange {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(ConnectionPool::new().send(request, options, jar))
}

fn following() -> Options {
    Options {
        follow_redirects: 10,
        ..Options::default()
    }
}

fn answer(request: Request) -> Response {
    send(request, &Options::default(), None).result.unwrap()
}

/// A member of the JSON body, as JSON.
fn member(response: &Response, name: &str) -> String {
    response.json().unwrap().get(name).unwrap().to_json()
}

#[test]
#[ignore = "needs httpbin"]
fn compressed_answers() {
    let base = &httpbin!();
    for (path, flag) in [
        ("/gzip", "gzipped"),
        ("/deflate", "deflated"),
        ("/brotli", "brotli"),
    ] {
        let response = answer(to(base, "GET", path));
        assert_eq!(member(&response, flag), "true", "{path}");
        assert!(response.header_lines("content-encoding").next().is_some());
    }
}

#[test]
#[ignore = "needs httpbin"]
fn redirects() {
    let base = &httpbin!();
    for path in [
        "/redirect/3",
        "/relative-redirect/3",
        "/absolute-redirect/3",
    ] {
        let exchange = send(to(base, "GET", path), &following(), None);
        assert_eq!(
            (exchange.hops.len(), exchange.url.path()),
            (3, "/get"),
            "{path}"
        );
        assert_eq!(exchange.result.unwrap().status, 200);
    }
    for (status, method) in [(302, "GET"), (303, "GET"), (307, "POST"), (308, "POST")] {
        let path = format!("/redirect-to?url=%2Fanything&status_code={status}");
        let exchange = send(to(base, "POST", &path).body("hi"), &following(), None);
        assert_eq!(
            member(&exchange.result.unwrap(), "method"),
            format!("\"{method}\""),
            "{status}"
        );
    }
    let short = Options {
        follow_redirects: 2,
        ..Options::default()
    };
    assert_eq!(
        send(to(base, "GET", "/redirect/3"), &short, None)
            .error()
            .unwrap()
            .kind,
        ErrorKind::Protocol
    );
}

#[test]
#[ignore = "needs httpbin"]
fn cookies() {
    let base = &httpbin!();
    let jar = Jar::default();
    let exchange = send(
        to(base, "GET", "/cookies/set?a=1&b=2"),
        &following(),
        Some(&jar),
    );
    assert_eq!(
        member(&exchange.result.unwrap(), "cookies"),
        r#"{"a":"1","b":"2"}"#
    );
    let exchange = send(
        to(base, "GET", "/cookies/delete?a"),
        &following(),
        Some(&jar),
    );
    assert_eq!(member(&exchange.result.unwrap(), "cookies"), r#"{"b":"2"}"#);
    assert_eq!(jar.cookies().len(), 1);
}

#[test]
#[ignore = "needs httpbin"]
fn authentication() {
    let base = &httpbin!();
    let basic = |password: &str| {
        to(base, "GET", "/basic-auth/me/secret")
            .header("authorization", auth::basic("me", password))
    };
    assert_eq!(answer(basic("secret")).status, 200);
    assert_eq!(answer(basic("wrong")).status, 401);
    let response =
        answer(to(base, "GET", "/bearer").header("authorization", auth::bearer("t0ken")));
    assert_eq!(member(&response, "token"), "\"t0ken\"");
}

#[test]
#[ignore = "needs httpbin"]
fn statuses() {
    let base = &httpbin!();
    for status in [200, 201, 204, 301, 304, 400, 404, 418, 429, 500, 503] {
        assert_eq!(
            answer(to(base, "GET", &format!("/status/{status}"))).status,
            status
        );
    }
}

#[test]
#[ignore = "needs httpbin"]
fn what_is_sent_arrives() {
    let base = &httpbin!();
    let request = to(base, "PUT", "/anything/a%20b?x=1&x=2")
        .header("X-Caf", "1")
        .header("content-type", "application/json");
    let response = answer(request.body(r#"{"n":12345678901234567890}"#));
    assert_eq!(member(&response, "method"), "\"PUT\"");
    assert_eq!(member(&response, "args"), r#"{"x":["1","2"]}"#);
    assert_eq!(
        member(&response, "data"),
        r#""{\"n\":12345678901234567890}""#
    );
    let headers = response.json().unwrap().get("headers").unwrap();
    assert_eq!(headers.get("X-Caf").unwrap().as_str(), Some("1"));
    assert_eq!(
        headers.get("User-Agent").unwrap().as_str(),
        Some(concat!("apitest/", env!("CARGO_PKG_VERSION")))
    );
}

#[test]
#[ignore = "needs httpbin"]
fn bodies() {
    let base = &httpbin!();
    assert!(
        answer(to(base, "GET", "/encoding/utf8"))
            .text()
            .unwrap()
            .contains("Οὐχὶ ταὐτὰ")
    );
    assert_eq!(
        answer(to(base, "GET", "/bytes/5000?seed=1")).body.len(),
        5000
    );
    assert_eq!(
        answer(to(base, "GET", "/stream-bytes/5000?chunk_size=100"))
            .body
            .len(),
        5000
    );
    assert_eq!(
        answer(to(base, "GET", "/stream/3"))
            .text()
            .unwrap()
            .lines()
            .count(),
        3
    );
    let limited = Options {
        max_body: 4999,
        ..Options::default()
    };
    let response = send(to(base, "GET", "/bytes/5000"), &limited, None)
        .result
        .unwrap();
    assert_eq!(response.body_error.unwrap().kind, ErrorKind::Body);
}

#[test]
#[ignore = "needs httpbin"]
fn slow_answers() {
    let base = &httpbin!();
    let exchange = send(
        to(base, "GET", "/drip?duration=0.5&numbytes=5&delay=0"),
        &Options::default(),
        None,
    );
    assert!(
        exchange.time >= Duration::from_millis(350),
        "{:?}",
        exchange.time
    );
    assert_eq!(exchange.result.unwrap().body.len(), 5);
    let short = Options {
        timeout: Some(Duration::from_millis(300)),
        ..Options::default()
    };
    let error = send(to(base, "GET", "/delay/2"), &short, None)
        .result
        .unwrap_err();
    assert_eq!(error.kind, ErrorKind::Timeout);
    assert!(
        error
            .message
            .starts_with("timed out after 300ms while waiting for the response"),
        "{}",
        error.message
    );
}
