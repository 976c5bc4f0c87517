//! Connections in other ways than the usual one.
use apitest::http::{HeaderCase, Proxies, Proxy, Resolve};

use super::*;

fn with(settings: Settings) -> Options {
    Options {
        settings: settings.into(),
        ..options()
    }
}

#[test]
fn a_name_leads_where_it_is_told_to() {
    let server = Server::start();
    let resolve = vec![Resolve::parse("far.invalid:80", &server.address().to_string()).unwrap()];
    let exchange = send_with(
        get("http://far.invalid/echo"),
        &with(Settings {
            resolve,
            ..Settings::default()
        }),
        None,
    );
    assert_eq!(exchange.result.unwrap().status, 200);
    assert_eq!(exchange.peer.unwrap().address.unwrap(), server.address());
    assert_eq!(server.last().header("host"), Some("far.invalid"));
    assert_eq!(exchange.timing.dns, None);
}

#[test]
fn a_version_of_ip_that_a_host_does_not_have() {
    let settings = Settings {
        ip_version: Some(apitest::http::IpVersion::V6),
        ..Settings::default()
    };
    let error = send_with(get("http://127.0.0.1:1/"), &with(settings), None)
        .result
        .unwrap_err();
    assert_eq!(
        error.message,
        "`127.0.0.1` has no IPv6 address, and only those are allowed"
    );
}

#[test]
fn connections_leave_from_an_address_of_this_machine() {
    let server = Server::start();
    let from = |interface: &str| {
        let settings = Settings {
            interface: Some(interface.to_owned()),
            ..Settings::default()
        };
        send_with(get(&server.url("/hello")), &with(settings), None).result
    };
    assert_eq!(from("127.0.0.1").unwrap().status, 200);
    let error = from("192.0.2.1").unwrap_err();
    assert!(
        words(&server, &error).starts_with("cannot connect to `127.0.0.1:PORT` from `192.0.2.1`: "),
        "{}",
        error.message
    );
    assert_eq!(error.kind, ErrorKind::Connect);
}

#[test]
fn a_connection_may_end_with_its_request() {
    let server = Server::start();
    block_on(async {
        let clients = ConnectionPool::new();
        let closing = with(Settings {
            close: true,
            ..Settings::default()
        });
        for _ in 0..2 {
            clients
                .send(get(&server.url("/hello")), &closing, None)
                .await
                .result
                .unwrap();
        }
    });
    assert_eq!(
        (server.connections(), server.last().header("connection")),
        (2, Some("close"))
    );
}

#[test]
fn header_names_keep_their_case_where_that_is_asked() {
    let names = |header_case| {
        let server = Server::start();
        let request = get(&server.url("/hello"))
            .header("X-miXed-Case", "x-mixed-case: 1")
            .header("x-b", "2");
        block_on(async {
            let clients = ConnectionPool::new();
            for _ in 0..2 {
                let options = with(Settings {
                    header_case,
                    ..Settings::default()
                });
                clients
                    .send(request.clone(), &options, None)
                    .await
                    .result
                    .unwrap();
            }
        });
        assert_eq!(
            (server.connections(), server.last().header("x-mixed-case")),
            (1, Some("x-mixed-case: 1"))
        );
        let [one, two] = [0, 1].map(|at| server.requests()[at].header_names().join(" "));
        assert_eq!(one, two);
        one
    };
    assert!(names(HeaderCase::Written).starts_with("host X-miXed-Case x-b"));
    assert!(names(HeaderCase::Title).starts_with("Host X-Mixed-Case X-B"));
    assert!(names(HeaderCase::Lower).starts_with("host x-mixed-case x-b"));
}

#[test]
fn a_path_may_go_out_as_it_is() {
    let server = Server::start();
    let mut request = get(&server.url("/hello"));
    request.raw_target = Some("/a/../b/%2e/./?x=|".to_owned());
    send(request.clone()).result.unwrap();
    assert_eq!(server.last().target, "/a/../b/%2e/./?x=|");
    request.raw_target = Some("/a b".to_owned());
    let error = send(request).result.unwrap_err();
    assert_eq!(
        words(&server, &error),
        "the request to `127.0.0.1:PORT` cannot be sent: invalid uri character"
    );
}

#[test]
fn the_oldest_version_is_spoken_where_it_is_asked_for() {
    let server = Server::start();
    let old = with(Settings {
        http: Some(HttpVersion::Http10),
        ..Settings::default()
    });
    assert_eq!(
        send_with(get(&server.url("/hello")), &old, None)
            .result
            .unwrap()
            .status,
        200
    );
    assert_eq!(server.last().version, "HTTP/1.0");
}

/// Answers a request whose head has come: what comes before the answer, and what of the body had come by then.
fn hesitant(before: &'static str) -> (u16, std::thread::JoinHandle<(String, String)>) {
    use std::io::{Read, Write};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let serving = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut bytes = [0; 4096];
        let read = |stream: &mut std::net::TcpStream, bytes: &mut [u8]| {
            let count = stream.read(bytes).unwrap();
            String::from_utf8_lossy(&bytes[..count]).into_owned()
        };
        let head = read(&mut stream, &mut bytes);
        stream.write_all(before.as_bytes()).unwrap();
        let body = if before.contains("100") {
            read(&mut stream, &mut bytes)
        } else {
            String::new()
        };
        let answer =
            "Transfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n2\r\nhi\r\n0\r\nX-Sum: 7\r\n\r\n";
        stream
            .write_all(format!("HTTP/1.1 200 OK\r\n{answer}").as_bytes())
            .unwrap();
        (head, body)
    });
    (port, serving)
}

#[test]
fn a_body_waits_for_the_servers_word() {
    let (port, serving) =
        hesitant("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n");
    let asking = Options {
        expect_continue: true,
        ..options()
    };
    let request = Request::new(
        "POST",
        Url::parse(&format!("http://127.0.0.1:{port}/")).unwrap(),
    )
    .body("the body");
    let exchange = send_with(request, &asking, None);
    let response = exchange.result.unwrap();
    assert_eq!(
        (
            response.interim.as_slice(),
            response.text().unwrap().as_ref()
        ),
        ([103, 100].as_slice(), "hi")
    );
    assert_eq!(response.trailers, [("x-sum".to_owned(), "7".to_owned())]);
    let (head, body) = serving.join().unwrap();
    assert!(
        head.contains("expect: 100-continue\r\n") && head.ends_with("\r\n\r\n"),
        "{head}"
    );
    assert_eq!(body, "the body");
}

#[test]
fn a_body_that_the_server_refuses_first_is_not_sent() {
    let (port, serving) = hesitant("");
    let asking = Options {
        expect_continue: true,
        ..options()
    };
    let request = Request::new(
        "POST",
        Url::parse(&format!("http://127.0.0.1:{port}/")).unwrap(),
    )
    .body("the body");
    assert_eq!(
        send_with(request, &asking, None).result.unwrap().status,
        200
    );
    assert!(serving.join().unwrap().0.ends_with("\r\n\r\n"));
}

fn through(proxy: &Server) -> Options {
    let proxy = Proxy::parse(&format!("http://ada:se%20cret@{}", proxy.address())).unwrap();
    with(Settings {
        proxies: Proxies::all(proxy, vec!["spared.invalid".to_owned()]),
        ..Settings::default()
    })
}

#[test]
fn a_proxy_is_handed_requests_whole() {
    let proxy = Server::start();
    assert_eq!(
        send_with(get("http://far.invalid/hello?x"), &through(&proxy), None)
            .result
            .unwrap()
            .status,
        404
    );
    let received = proxy.last();
    assert_eq!(
        (received.target.as_str(), received.header("host")),
        ("http://far.invalid/hello?x", Some("far.invalid"))
    );
    assert_eq!(
        received.header("proxy-authorization"),
        Some("Basic YWRhOnNlIGNyZXQ=")
    );
    let written = get("http://far.invalid/hello").header("proxy-authorization", "Bearer x");
    send_with(written, &through(&proxy), None).result.unwrap();
    assert_eq!(
        proxy.last().header("proxy-authorization"),
        Some("Bearer x"),
        "what is written wins"
    );
    let error = send_with(get("http://spared.invalid/"), &through(&proxy), None)
        .result
        .unwrap_err();
    assert_eq!((error.kind, proxy.requests().len()), (ErrorKind::Dns, 2));
}

#[test]
fn a_proxy_that_opens_no_tunnel() {
    let told = |status: u16| {
        let proxy = Server::with(move |_, wire, _| {
            answers::respond(wire, status, &[], b"")?;
            Ok(After::Close)
        });
        let error = send_with(get("https://far.invalid/"), &through(&proxy), None)
            .result
            .unwrap_err();
        assert_eq!(
            (proxy.last().method.as_str(), proxy.last().target.as_str()),
            ("CONNECT", "far.invalid:443")
        );
        assert_eq!(error.kind, ErrorKind::Connect);
        words(&proxy, &error)
    };
    let proxy = "the proxy `127.0.0.1:PORT`";
    assert_eq!(told(407), format!("{proxy} rejected the user and password"));
    assert_eq!(
        told(403),
        format!("{proxy} refuses to connect to `far.invalid:443` (status 403)")
    );
    assert_eq!(
        told(502),
        format!("{proxy} cannot reach `far.invalid:443` (status 502)")
    );
}

#[test]
fn a_proxy_that_is_none() {
    let gone = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    for scheme in ["http", "socks5h"] {
        let proxy = Proxy::parse(&format!("{scheme}://{gone}")).unwrap();
        let options = with(Settings {
            proxies: Proxies::all(proxy, Vec::new()),
            ..Settings::default()
        });
        let error = send_with(get("https://far.invalid/"), &options, None)
            .result
            .unwrap_err();
        assert_eq!(
            error.message,
            format!("the proxy `{gone}` refused the connection")
        );
        assert!(
            error
                .hint
                .unwrap()
                .contains(&format!("is `{scheme}://{gone}` right"))
        );
    }
    let server = Server::start();
    let proxy = Proxy::parse(&format!("socks5h://{}", server.address())).unwrap();
    let options = Options {
        timeout: Some(Duration::from_secs(2)),
        ..with(Settings {
            proxies: Proxies::all(proxy, Vec::new()),
            ..Settings::default()
        })
    };
    let error = send_with(get("http://far.invalid/"), &options, None)
        .result
        .unwrap_err();
    assert!(
        error
            .message
            .contains("while the proxy connected to `far.invalid:80`"),
        "{}",
        error.message
    );
}

#[cfg(unix)]
#[test]
fn a_socket_of_this_machine_is_connected_to() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("daemon.sock");
    let ask = || {
        let settings = Settings {
            unix_socket: Some(path.clone()),
            ..Settings::default()
        };
        send_with(get("http://daemon/v1"), &with(settings), None).result
    };
    let error = ask().unwrap_err();
    assert_eq!(
        error.message,
        format!(
            "cannot connect to the socket `{}`: there is no such file",
            path.display()
        )
    );
    let listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
    let serving = std::thread::spawn(move || {
        use std::io::{Read, Write};
        let (mut stream, _) = listener.accept().unwrap();
        let mut bytes = [0; 4096];
        let count = stream.read(&mut bytes).unwrap();
        stream
            .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            .unwrap();
        String::from_utf8_lossy(&bytes[..count]).into_owned()
    });
    assert_eq!(ask().unwrap().status, 200);
    assert!(
        serving
            .join()
            .unwrap()
            .starts_with("GET /v1 HTTP/1.1\r\nhost: daemon\r\n")
    );
}
