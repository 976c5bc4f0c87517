//! Connections that end before the response, at each point; connections that had been idle; and floods before a response.
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};

use apitest::http::{Proxies, Proxy};

use super::*;

/// A server that does this with each connection, which then ends; `number` counts them from 1.
fn raw(serve: impl Fn(TcpStream, usize) + Send + Sync + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let serve = std::sync::Arc::new(serve);
    std::thread::spawn(move || {
        for (before, stream) in listener.incoming().map_while(Result::ok).enumerate() {
            let serve = std::sync::Arc::clone(&serve);
            std::thread::spawn(move || serve(stream, before + 1));
        }
    });
    address
}

fn read_head(stream: &mut TcpStream) -> bool {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        if stream.read_exact(&mut byte).is_err() {
            return false;
        }
        head.push(byte[0]);
    }
    true
}

fn reset(stream: &TcpStream) {
    socket2::SockRef::from(stream)
        .set_linger(Some(Duration::ZERO))
        .unwrap();
}

/// How a connection ends: after what was read and written, and whether by a reset.
fn ends(reads: bool, writes: &'static str, by_reset: bool) -> SocketAddr {
    raw(move |mut stream, _| {
        if reads {
            read_head(&mut stream);
        }
        let _ = stream.write_all(writes.as_bytes());
        std::thread::sleep(Duration::from_millis(20));
        if by_reset {
            reset(&stream);
        }
    })
}

fn post(address: SocketAddr) -> Request {
    Request::new(
        "POST",
        Url::parse(&format!("http://{address}/orders")).unwrap(),
    )
    .body("{}")
}

#[test]
fn each_point_at_which_a_connection_ends_has_its_class() {
    let refused = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let table = [
        ("refused", refused, ErrorKind::Connect),
        ("closed at once", ends(false, "", false), ErrorKind::Reset),
        ("reset at once", ends(false, "", true), ErrorKind::Reset),
        (
            "closed after the request",
            ends(true, "", false),
            ErrorKind::Reset,
        ),
        (
            "reset after the request",
            ends(true, "", true),
            ErrorKind::Reset,
        ),
        (
            "closed in the status line",
            ends(true, "HTTP/1.1 2", false),
            ErrorKind::Reset,
        ),
        (
            "reset in the headers",
            ends(true, "HTTP/1.1 200 OK\r\ncontent-le", true),
            ErrorKind::Reset,
        ),
        (
            "closed after an interim response",
            ends(true, "HTTP/1.1 102 Processing\r\n\r\n", false),
            ErrorKind::Reset,
        ),
        (
            "closed in the body",
            ends(
                true,
                "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc",
                false,
            ),
            ErrorKind::Body,
        ),
        (
            "not HTTP",
            ends(true, "SSH-2.0-OpenSSH_9.6\r\n", false),
            ErrorKind::Protocol,
        ),
    ];
    for (name, address, kind) in table {
        let exchange = send(post(address));
        assert!(exchange.resends.is_empty(), "{name}");
        if let Err(error) = exchange.result {
            assert_eq!(error.kind, kind, "{name}: {error:?}");
        } else {
            assert_eq!(kind, ErrorKind::Body, "{name}: the head came");
        }
    }
}

#[test]
fn behind_a_proxy_and_a_handshake_it_is_the_same() {
    let through = |proxy: SocketAddr, url: &str| {
        let proxy = Proxy::parse(&format!("http://{proxy}")).unwrap();
        let settings = Settings {
            proxies: Proxies::all(proxy, Vec::new()),
            ..Settings::default()
        };
        let options = Options {
            settings: settings.into(),
            ..options()
        };
        send_with(get(url), &options, None).result.unwrap_err().kind
    };
    // Without a tunnel there is no connection to the server.
    assert_eq!(
        through(ends(true, "", true), "https://h.test/"),
        ErrorKind::Connect
    );
    assert_eq!(
        through(ends(true, "", true), "http://h.test/"),
        ErrorKind::Reset
    );
    let tunnel = "HTTP/1.1 200 Connected\r\n\r\n";
    assert_eq!(
        through(ends(true, tunnel, true), "https://h.test/"),
        ErrorKind::Tls
    );
    for by_reset in [false, true] {
        let request = get(&format!("http://{}/ws", ends(true, "", by_reset)));
        let (exchange, socket) =
            block_on(ConnectionPool::new().open_websocket(request, &options(), None));
        assert!(socket.is_none());
        assert_eq!(exchange.result.unwrap_err().kind, ErrorKind::Reset);
    }
}

/// Responds to the first request of each connection as given, and ends it so long afterwards, whatever comes.
fn ends_idle(head: &'static str, after: Duration) -> SocketAddr {
    raw(move |mut stream, _| {
        if read_head(&mut stream) {
            let _ = stream.write_all(
                format!("HTTP/1.1 200 OK\r\n{head}content-length: 0\r\n\r\n").as_bytes(),
            );
            std::thread::sleep(after);
        }
    })
}

/// A server that reads the second request of each connection, and then resets it.
fn resets_reused() -> SocketAddr {
    raw(move |mut stream, _| {
        if read_head(&mut stream) {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
            read_head(&mut stream);
            reset(&stream);
        }
    })
}

/// Sends two requests with a pause between them.
fn two(address: SocketAddr, method: &str, pause: Duration) -> Exchange {
    block_on(async {
        let clients = ConnectionPool::new();
        let request =
            |method: &str| Request::new(method, Url::parse(&format!("http://{address}/")).unwrap());
        clients
            .send(request("GET"), &options(), None)
            .await
            .result
            .unwrap();
        // The thread sleeps, and the runtime with it: nobody hears of what the server does meanwhile.
        std::thread::sleep(pause);
        clients.send(request(method), &options(), None).await
    })
}

#[test]
fn the_end_of_an_idle_connection_is_seen_before_the_request() {
    for method in ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "POST", "PATCH"] {
        let exchange = two(
            ends_idle("", Duration::from_millis(20)),
            method,
            Duration::from_millis(80),
        );
        assert_eq!(exchange.result.unwrap().status, 200, "{method}");
        assert!(
            exchange.resends.is_empty(),
            "{method}: {:?}",
            exchange.resends
        );
    }
}

#[test]
fn a_connection_that_was_idle_for_too_long_is_not_used_again() {
    // The server reads what comes and does not respond: whoever used the connection again would wait.
    let silent = |head: &'static str| {
        raw(move |mut stream, _| {
            if read_head(&mut stream) {
                let _ = stream.write_all(
                    format!("HTTP/1.1 200 OK\r\n{head}content-length: 0\r\n\r\n").as_bytes(),
                );
                let _ = std::io::copy(&mut stream, &mut std::io::sink());
            }
        })
    };
    let used_again = |head: &'static str, method: &str, pause: u64| {
        let address = silent(head);
        let short = Options {
            timeout: Some(Duration::from_millis(400)),
            ..options()
        };
        block_on(async {
            let clients = ConnectionPool::new();
            let request = |method: &str| {
                Request::new(method, Url::parse(&format!("http://{address}/")).unwrap())
            };
            clients
                .send(request("GET"), &short, None)
                .await
                .result
                .unwrap();
            tokio::time::sleep(Duration::from_millis(pause)).await;
            clients
                .send(request(method), &short, None)
                .await
                .result
                .is_err()
        })
    };
    let table = [
        ("", "GET", 300, true),
        ("", "POST", 300, true),
        ("", "POST", 1_100, false),
        ("", "GET", 1_100, true),
        ("", "GET", 4_100, false),
        ("keep-alive: timeout=5\r\n", "POST", 1_100, true),
        (
            "Keep-Alive: max=100, Timeout = \"2\"\r\n",
            "GET",
            1_100,
            false,
        ),
        ("keep-alive: timeout=1\r\n", "GET", 600, false),
        ("keep-alive: timeout=0\r\n", "GET", 0, false),
        ("keep-alive: timeout=soon\r\n", "GET", 300, true),
        ("connection: close\r\n", "GET", 0, false),
    ];
    std::thread::scope(|threads| {
        for (head, method, pause, expected) in table {
            threads.spawn(move || {
                assert_eq!(
                    used_again(head, method, pause),
                    expected,
                    "{head:?} {method} after {pause} ms"
                );
            });
        }
    });
}

#[test]
fn a_reused_connection_that_is_closed_says_so() {
    for method in ["POST", "PATCH"] {
        let error = two(resets_reused(), method, Duration::from_millis(300))
            .result
            .unwrap_err();
        assert_eq!(error.kind, ErrorKind::Reset);
        let (begin, end) = error.message.split_once("idle for ").unwrap();
        assert!(
            begin.starts_with("a reused connection to `127.0.0.1:"),
            "{method}: {}",
            error.message
        );
        let (idle, end) = end.split_once(" ms, ").unwrap();
        assert!(
            (300..2000).contains(&idle.parse::<u32>().unwrap()),
            "{idle}"
        );
        assert_eq!(end, "was closed before the response");
        assert!(error.hint.unwrap().contains("keep_alive"));
    }
}

#[test]
fn what_was_sent_twice_is_reported() {
    for method in ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE"] {
        let exchange = two(resets_reused(), method, Duration::from_millis(10));
        assert_eq!(exchange.result.unwrap().status, 200, "{method}");
        let [resend] = exchange.resends.as_slice() else {
            panic!("{method}: {:?}", exchange.resends)
        };
        assert_eq!(resend.came, Err(ErrorKind::Reset));
        assert!(
            resend.reason.starts_with("a reused connection to "),
            "{}",
            resend.reason
        );
    }
    let exchange = send(get(&format!("http://{}/", ends_idle("", Duration::ZERO))));
    assert!(exchange.resends.is_empty());
}

/// How long a request takes that is answered by these bytes over and over, and how it fails.
fn flood(bytes: &'static [u8], options: &Options) -> (Duration, Error) {
    let address = raw(move |mut stream, _| {
        let block = bytes.repeat(2_000);
        read_head(&mut stream);
        while stream.write_all(&block).is_ok() {}
    });
    let started = std::time::Instant::now();
    let error = send_with(get(&format!("http://{address}/")), options, None)
        .result
        .unwrap_err();
    (started.elapsed(), error)
}

#[test]
fn endless_interim_responses_end() {
    let second = Options {
        timeout: Some(Duration::from_secs(1)),
        ..options()
    };
    let listening = Options {
        interim: true,
        ..second.clone()
    };
    let written = Settings {
        header_case: apitest::http::HeaderCase::Written,
        ..Settings::default()
    };
    let written = Options {
        settings: written.into(),
        ..second.clone()
    };
    let table: [&[u8]; 4] = [
        b"HTTP/1.1 102 Processing\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n",
        b"HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n",
        b"HTTP/1.1 103 x\nA: b\n\n",
    ];
    for bytes in table {
        for options in [&second, &listening, &written] {
            let (time, error) = flood(bytes, options);
            assert!(time < Duration::from_millis(1_500), "{time:?}: {error:?}");
            assert_eq!(error.kind, ErrorKind::Protocol, "{error:?}");
            assert!(
                error.message.contains("more than 1000 interim responses"),
                "{}",
                error.message
            );
        }
    }
}

#[test]
fn some_interim_responses_are_no_flood() {
    let address = raw(|mut stream, _| {
        read_head(&mut stream);
        let interim = "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n".repeat(300);
        let _ = write!(
            stream,
            "{interim}HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
        );
    });
    let listening = Options {
        interim: true,
        ..options()
    };
    let response = send_with(get(&format!("http://{address}/")), &listening, None)
        .result
        .unwrap();
    assert_eq!((response.status, response.interim.len()), (200, 300));
}

/// The response with so many header lines, and trailers.
fn with_lines(heads: usize, trailers: usize) -> Result<Response, Error> {
    let address = raw(move |mut stream, _| {
        read_head(&mut stream);
        let lines = |count: usize| {
            (0..count)
                .map(|number| format!("x-{number}: {number}\r\n"))
                .collect::<Vec<_>>()
                .concat()
        };
        let body = format!(
            "transfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n{}\r\n",
            lines(trailers)
        );
        let _ = write!(stream, "HTTP/1.1 200 OK\r\n{}{body}", lines(heads));
        let _ = std::io::copy(&mut stream, &mut std::io::sink());
    });
    send(get(&format!("http://{address}/"))).result
}

#[test]
fn many_header_lines_are_read_and_too_many_are_our_limit() {
    for (lines, trailers) in [
        (99, 0),
        (101, 0),
        (500, 0),
        (3_900, 0),
        (0, 101),
        (0, 3_900),
    ] {
        let response = with_lines(lines, trailers).unwrap();
        assert_eq!(
            (response.headers.len(), response.trailers.len()),
            (lines + 1, trailers)
        );
    }
    let error = with_lines(5_000, 0).unwrap_err();
    assert!(
        error
            .message
            .ends_with(" has more than 4000 header lines or 400 kB of headers"),
        "{}",
        error.message
    );
    assert_eq!(
        (error.kind, error.hint.as_deref()),
        (
            ErrorKind::Protocol,
            Some("this is a limit of apitest, not of HTTP")
        )
    );
}

/// Whether anything of a request can have reached the server decides whether `retry` may send a POST again.
#[test]
fn what_cannot_have_reached_a_server_is_known() {
    let refused = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let silent = |reads: bool| {
        raw(move |mut stream, _| {
            let _ = reads && read_head(&mut stream);
            std::thread::sleep(Duration::from_secs(2));
        })
    };
    let answers = |text: &'static str| ends(true, text, false);
    let table = [
        ("refused", "http", refused, true),
        ("no handshake", "https", silent(false), true),
        ("not TLS", "https", ends(false, "hello", false), true),
        ("no response", "http", silent(true), false),
        ("nothing was read", "http", silent(false), false),
        ("closed", "http", answers(""), false),
        (
            "cut",
            "http",
            answers("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc"),
            false,
        ),
    ];
    for (name, scheme, address, unsent) in table {
        let request = Request::new(
            "POST",
            Url::parse(&format!("{scheme}://{address}/")).unwrap(),
        )
        .body("{}");
        let exchange = send_with(
            request,
            &Options {
                timeout: Some(Duration::from_millis(300)),
                ..options()
            },
            None,
        );
        assert!(exchange.error().is_some(), "{name}");
        assert_eq!(exchange.unsent, unsent, "{name}");
    }
}
