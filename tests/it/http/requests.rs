//! What goes out.
use super::*;

#[test]
fn headers_go_out_in_the_order_written() {
    let server = Server::start();
    let mut request = get(&server.url("/echo"))
        .header("Zebra", "1")
        .header("accept", "x/y")
        .header("b", "한글");
    request = request
        .header("Zebra", "2")
        .header("a", "\u{e9}")
        .header("user-agent", "mine");
    let exchange = send(request);
    let received = server.last();
    let names = received.header_names();
    assert_eq!(
        names,
        [
            "host",
            "zebra",
            "zebra",
            "accept",
            "b",
            "a",
            "user-agent",
            "accept-encoding"
        ]
    );
    assert_eq!(
        (received.header("zebra"), received.header("b")),
        (Some("1"), Some("한글"))
    );
    assert_eq!(
        exchange.request.headers.len(),
        7,
        "what was added is seen: {:?}",
        exchange.request.headers
    );
}

#[test]
fn what_every_request_has() {
    let server = Server::start();
    let plain = Options {
        compressed: false,
        ..options()
    };
    send_with(get(&server.url("/echo")), &plain, None);
    let received = server.last();
    let version = concat!("apitest/", env!("CARGO_PKG_VERSION"));
    assert_eq!(received.header_names(), ["host", "user-agent", "accept"]);
    assert_eq!(
        (received.header("user-agent"), received.header("accept")),
        (Some(version), Some("*/*"))
    );
    assert_eq!(
        received.header("host"),
        Some(server.address().to_string().as_str())
    );
}

#[test]
fn bodies_and_methods_go_out_as_they_are() {
    let server = Server::start();
    for method in ["POST", "PUT", "PATCH", "DELETE", "GET", "OPTIONS", "PURGE"] {
        let url = Url::parse(&server.url("/echo?a=1&b=%20")).unwrap();
        let exchange = send(Request::new(method, url).body("h\u{e9}llo"));
        let echo = exchange.result.unwrap();
        let echo = echo.json().unwrap();
        assert_eq!(echo.get("method").unwrap().as_str(), Some(method));
        assert_eq!(echo.get("query").unwrap().as_str(), Some("a=1&b=%20"));
        assert_eq!(echo.get("body").unwrap().as_str(), Some("h\u{e9}llo"));
        assert_eq!(server.last().header("content-length"), Some("6"));
    }
    for (method, length) in [
        ("POST", Some("0")),
        ("PUT", Some("0")),
        ("PATCH", Some("0")),
        ("DELETE", None),
        ("GET", None),
    ] {
        send(Request::new(
            method,
            Url::parse(&server.url("/echo")).unwrap(),
        ));
        assert_eq!(server.last().header("content-length"), length, "{method}");
    }
}

#[test]
fn a_host_header_is_sent_as_written() {
    let server = Server::start();
    send(get(&server.url("/echo")).header("Host", "api.example"));
    let received = server.last();
    assert_eq!(
        received
            .headers
            .iter()
            .filter(|(name, _)| name == "host")
            .count(),
        1
    );
    assert_eq!(received.header("host"), Some("api.example"));
}

#[test]
fn user_and_password_of_a_url_are_basic_authentication() {
    let server = Server::start();
    let url = server
        .url("/echo")
        .replace("http://", "http://Aladdin:open%20sesame@");
    let exchange = send(get(&url));
    assert_eq!(
        server.last().header("authorization"),
        Some("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==")
    );
    assert_eq!(exchange.url.as_str(), server.url("/echo"));
    send(get(&url).header("authorization", "Bearer x"));
    assert_eq!(server.last().header("authorization"), Some("Bearer x"));
}

#[test]
fn what_cannot_be_sent_says_why() {
    let refused = |request: Request| {
        let error = send(request).result.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Request);
        error.message
    };
    let to = |url: &str| get(url);
    let here = "http://127.0.0.1:1/";
    let message = "the value of the header `x-a` holds the control character `\\n`";
    assert_eq!(refused(to(here).header("x-a", "1\n2")), message);
    assert_eq!(
        refused(to(here).header("x a", "1")),
        "`x a` is not a header name"
    );
    assert_eq!(
        refused(Request::new("GE T", Url::parse(here).unwrap())),
        "`GE T` is not a valid method"
    );
    let connect = "`CONNECT` is a method for proxies and cannot be sent to a server";
    assert_eq!(
        refused(Request::new("CONNECT", Url::parse(here).unwrap())),
        connect
    );
    assert_eq!(
        refused(to("ftp://h/")),
        "a request needs `http://` or `https://`, not `ftp:`"
    );
}

#[test]
fn a_wrong_content_length_does_no_harm() {
    let server = Server::start();
    let url = Url::parse(&server.url("/echo")).unwrap();
    let short = Options {
        timeout: Some(Duration::from_millis(300)),
        ..options()
    };
    for length in ["1", "100", "x"] {
        let request = Request::new("POST", url.clone())
            .header("content-length", length)
            .body("hello");
        // Whether it is sent is not promised; that nothing panics or hangs is.
        let _ = send_with(request, &short, None);
    }
}
