//! Each way to get no response, in words.
use apitest::http::{Proxies, Proxy};

use super::*;

#[test]
fn no_such_host() {
    let error = error("http://nothing.invalid/");
    assert_eq!(
        (error.kind, error.message.as_str()),
        (ErrorKind::Dns, "no such host: `nothing.invalid`")
    );
}

#[test]
fn refused() {
    let gone = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let error = error(&format!("http://{gone}/"));
    assert_eq!(
        (error.kind, error.message),
        (
            ErrorKind::Connect,
            format!("`{gone}` refused the connection")
        )
    );
    assert_eq!(error.hint.as_deref(), Some("is the server running?"));
}

#[test]
fn no_answer() {
    fails(
        "/close",
        ErrorKind::Reset,
        "`127.0.0.1:PORT` closed the connection before it responded",
    );
    fails(
        "/reset",
        ErrorKind::Reset,
        "`127.0.0.1:PORT` reset the connection before it responded",
    );
}

/// What a server says to a request, and then closes the connection; the error.
fn says(bytes: &'static [u8]) -> Error {
    let server = Server::with(move |_, wire, _| {
        wire.write_all(bytes)?;
        Ok(After::Close)
    });
    let error = error(&server.url("/"));
    Error {
        message: words(&server, &error).replace("127.0.0.1:PORT", "AT"),
        ..error
    }
}

#[test]
fn not_http() {
    let known: [(&[u8], &str); 12] = [
        (
            b"SSH-2.0-OpenSSH_9.6\r\n",
            "`AT` is an SSH server, not an HTTP server: it begins with `SSH-2.0-OpenSSH_9.6`",
        ),
        (
            b"HTTP/0.9 200 OK\r\n\r\n",
            "`AT` responds in HTTP/0.9, which is not supported: it begins with `HTTP/0.9 200 OK`",
        ),
        (
            b"HTTP/3.0 200 OK\r\n\r\n",
            "`AT` responds in an unsupported HTTP version (1.0, 1.1 and 2 are supported): it begins with `HTTP/3.0 200 OK`",
        ),
        (
            b"ICY 200 OK\r\n\r\n",
            "`AT` responds in the SHOUTcast protocol, not HTTP: it begins with `ICY 200 OK`",
        ),
        (
            b"220 mx ESMTP\r\n",
            "`AT` is an SMTP server, not an HTTP server: it begins with `220 mx ESMTP`",
        ),
        (
            b"-ERR unknown command\r\n",
            "`AT` is a Redis server, not an HTTP server: it begins with `-ERR unknown command`",
        ),
        (
            b"\x15\x03\x01\0\x02\x02\x46",
            "`AT` responds with a TLS alert: it begins with `\\x15\\x03\\x01\\x00\\x02\\x02F`",
        ),
        (
            b"J\0\0\0\x0a8.0.36\0",
            "`AT` is a MySQL server, not an HTTP server: it begins with `J\\x00\\x00\\x00\\n8.0.36\\x00`",
        ),
        (
            b"<html>hi</html>",
            "`AT` sends a document without a response head, as HTTP/0.9 did: it begins with `<html>hi</html>`",
        ),
        (
            b"hello\r\n",
            "`AT` sends what is not HTTP: it begins with `hello`",
        ),
        (
            b"HTTP/1.1 20",
            "`AT` closed the connection in the middle of the response head, after `HTTP/1.1 20`",
        ),
        (
            b"HTTP/1.1 200 OK\r\nA: b\r\n",
            "`AT` closed the connection in the middle of the response head, after `HTTP/1.1 200 OK\\r\\nA: b\\r\\n`",
        ),
    ];
    for (bytes, told) in known {
        let error = says(bytes);
        let kind = if told.contains("in the middle") {
            ErrorKind::Reset
        } else {
            ErrorKind::Protocol
        };
        assert_eq!((error.message.as_str(), error.kind), (told, kind));
        assert!(error.hint.is_some(), "{told}");
    }
    assert_eq!(
        says(b"\x15\x03\x01\0\x02\x02\x46").hint.unwrap(),
        "if it speaks TLS, use `https://`"
    );
}

#[test]
fn a_head_that_is_broken() {
    let known: [(&[u8], &str); 13] = [
        (b"1.1\r\n\r\n", "its first line has no status: `HTTP/1.1`"),
        (
            b"1.1 99 No\r\n\r\n",
            "its status `99` is not a number from 100 to 999",
        ),
        (
            b"1.1 1000 No\r\n\r\n",
            "its status `1000` is not a number from 100 to 999",
        ),
        (
            b"1.1 200 O\x1bK\r\n\r\n",
            "its first line has the control character `\\x1b`",
        ),
        (
            b"1.1 200 OK\r\nno colon here\r\n\r\n",
            "header line 1 has no colon: it begins with `no`",
        ),
        (
            b"1.1 200 OK\r\nx y: b\r\n\r\n",
            "the header name `x y` has a space in it",
        ),
        (
            b"1.1 200 OK\r\nx: a\0b\r\n\r\n",
            "the value of the header `x` has the control character `\\x00`",
        ),
        (
            b"1.1 200 OK\r\nContent-Length: 0x5\r\n\r\nhello",
            "`content-length: 0x5` is not a number of bytes",
        ),
        (
            b"1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello",
            "`content-length: -5` is not a number of bytes",
        ),
        (
            b"1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 5\r\n\r\nhello",
            "it has two values of `content-length`, `3` and `5`",
        ),
        (
            b"1.1 200 OK\r\nContent-Length: 3, 5\r\n\r\nhello",
            "it has two values of `content-length`, `3` and `5`",
        ),
        (
            b"1.1 200 OK\r\nContent-Length: 18446744073709551615\r\n\r\nhello",
            "`content-length: 18446744073709551615` is larger than any body can be",
        ),
        (
            b"1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
            "it has a `transfer-encoding`, which HTTP/1.0 does not know",
        ),
    ];
    for (head, told) in known {
        let error = says([b"HTTP/", head].concat().leak());
        let message = format!("the response of `AT` breaks the rules of HTTP: {told}");
        assert_eq!((error.message, error.kind), (message, ErrorKind::Protocol));
        assert_eq!(
            error.hint.as_deref(),
            Some("`curl --verbose` may show the lines that came")
        );
    }
}

#[test]
fn a_header_that_goes_on_in_the_next_line_is_one() {
    let server = Server::with(|_, wire, _| {
        wire.write_all(b"HTTP/1.1 200 OK\r\nX-A: a\r\n  b\r\nContent-Length: 0\r\n\r\n")?;
        Ok(After::Keep)
    });
    let value = answer(&server.url("/"))
        .header_lines("x-a")
        .collect::<Vec<_>>()
        .concat();
    assert_eq!(
        value.split_whitespace().collect::<Vec<_>>(),
        ["a", "b"],
        "{value:?}"
    );
}

#[test]
fn more_than_the_length_says_is_not_looked_at() {
    let server = Server::start();
    assert_eq!(
        answer(&server.url("/too-long")).text().unwrap().as_ref(),
        "hello"
    );
}

#[test]
fn time_limits_say_what_was_waited_for() {
    let server = Server::start();
    let short = Options {
        timeout: Some(Duration::from_millis(250)),
        max_body: u64::MAX,
        ..options()
    };
    let waits = |path: &str| {
        let exchange = send_with(get(&server.url(path)), &short, None);
        assert!(
            exchange.time >= Duration::from_millis(250) && exchange.time < Duration::from_secs(5)
        );
        let error = exchange.result.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Timeout);
        words(&server, &error)
    };
    assert_eq!(
        waits("/silent"),
        "timed out after 250ms while waiting for the response from `127.0.0.1:PORT`"
    );
}

#[test]
fn a_connection_that_never_stands() {
    // The backlog of a listener that never accepts fills up, after which nothing is answered.
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    socket
        .bind(&std::net::SocketAddr::from(([127, 0, 0, 1], 0)).into())
        .unwrap();
    socket.listen(0).unwrap();
    let address = socket.local_addr().unwrap().as_socket().unwrap();
    let _filling: Vec<_> = (0..4)
        .map(|_| {
            let filler =
                socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
            filler.set_nonblocking(true).unwrap();
            let _ = filler.connect(&address.into());
            filler
        })
        .collect();
    std::thread::sleep(Duration::from_millis(50));
    let limit = Some(Duration::from_millis(250));
    let whole = Options {
        timeout: limit,
        ..options()
    };
    let settings = Settings {
        connect_timeout: limit,
        ..Settings::default()
    }
    .into();
    for options in [
        whole,
        Options {
            settings,
            ..options()
        },
    ] {
        let error = send_with(get(&format!("http://{address}/")), &options, None)
            .result
            .unwrap_err();
        assert_eq!(
            error.message,
            format!("timed out after 250ms while connecting to `{address}`")
        );
        assert_eq!(error.kind, ErrorKind::Timeout);
    }
}

/// A server that does this with each connection, once the client said something.
fn raw(serve: impl Fn(std::net::TcpStream) + Send + 'static) -> std::net::SocketAddr {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || listener.incoming().map_while(Result::ok).for_each(serve));
    address
}

/// Takes what the client says first, and then resets the connection.
fn reset(mut stream: std::net::TcpStream) {
    use std::io::Read as _;
    let _ = stream.read(&mut [0; 4096]);
    socket2::SockRef::from(&stream)
        .set_linger(Some(Duration::ZERO))
        .unwrap();
}

#[test]
fn a_handshake_that_does_not_end() {
    let told = |address: std::net::SocketAddr| {
        let limit = Options {
            timeout: Some(Duration::from_millis(300)),
            ..options()
        };
        let error = send_with(get(&format!("https://{address}/")), &limit, None)
            .result
            .unwrap_err();
        (
            error.message.replace(&address.to_string(), "AT"),
            error.kind,
            error.hint.unwrap(),
        )
    };
    let hint = "if it does not speak TLS, use `http://`".to_owned();
    let closes = raw(|mut stream| drop(std::io::Read::read(&mut stream, &mut [0; 4096])));
    assert_eq!(
        told(closes),
        (
            "`AT` closed the connection during the TLS handshake".into(),
            ErrorKind::Tls,
            hint.clone()
        )
    );
    assert_eq!(
        told(raw(reset)),
        (
            "`AT` reset the connection during the TLS handshake".into(),
            ErrorKind::Tls,
            hint
        )
    );
    let silent = raw(std::mem::forget);
    let hint = "does it speak TLS at that port?".to_owned();
    let timed_out = "timed out after 300ms during the TLS handshake with `AT`".to_owned();
    assert_eq!(told(silent), (timed_out, ErrorKind::Timeout, hint));
}

#[test]
fn a_proxy_that_breaks_off() {
    let told = |scheme: &str, address: std::net::SocketAddr| {
        let proxy = Proxy::parse(&format!("{scheme}://{address}")).unwrap();
        let settings = Settings {
            proxies: Proxies::all(proxy, Vec::new()),
            ..Settings::default()
        };
        let options = Options {
            settings: settings.into(),
            timeout: Some(Duration::from_millis(300)),
            ..options()
        };
        let error = send_with(get("https://far.invalid/"), &options, None)
            .result
            .unwrap_err();
        (
            error.message.replace(&address.to_string(), "AT"),
            error.kind,
        )
    };
    let says = |words: &'static [u8]| {
        raw(move |mut stream| {
            let _ = std::io::Read::read(&mut stream, &mut [0; 4096]);
            let _ = std::io::Write::write_all(&mut stream, words);
        })
    };
    let connect = |text: &str| (format!("the proxy `AT` {text}"), ErrorKind::Connect);
    assert_eq!(
        told("http", says(b"")),
        connect("closed the connection without a response")
    );
    assert_eq!(
        told("socks5h", says(b"")),
        connect("closed the connection without a response")
    );
    assert_eq!(
        told("socks5h", says(b"HTTP/1.1 400 Bad\r\n\r\n")).0,
        "the response of the proxy `AT` is not SOCKS 5: it begins with `HTTP/1.1 400 Bad\\r\\n\\r\\n`"
    );
    assert_eq!(
        told("http", says(b"SSH-2.0-x\r\n\r\n")).0,
        "the proxy `AT` is an SSH server, not an HTTP server: it begins with `SSH-2.0-x`"
    );
    let reply = "cannot be used: its reply is not known to SOCKS 5 (RFC 1928)";
    assert_eq!(
        told("socks5h", says(b"\x05\0\x05\x99\0\x01\0\0\0\0\0\0")),
        connect(reply)
    );
    assert_eq!(
        told("http", says(b"HTTP/1.1 407 No\r\n\r\n")),
        connect("requires a user and password")
    );
    let digest =
        says(b"HTTP/1.1 407 No\r\nProxy-Authenticate: Digest realm=\"x\", nonce=\"y\"\r\n\r\n");
    assert_eq!(
        told("http", digest),
        connect("requires `Digest` authentication, and only `Basic` is supported")
    );
    assert_eq!(
        told("socks5h", says(b"\x05\xff")),
        connect("requires a user and password")
    );
    assert_eq!(
        told("https", says(b"")).0,
        "the proxy `AT` closed the connection during the TLS handshake"
    );
    let silent = raw(std::mem::forget);
    let timed_out =
        "timed out after 300ms while the proxy connected to `far.invalid:443`".to_owned();
    assert_eq!(told("http", silent), (timed_out, ErrorKind::Timeout));
}

#[test]
fn a_proxy_that_is_handed_a_request_is_named() {
    let proxy = raw(drop);
    let proxies = Proxies::all(
        Proxy::parse(&format!("http://{proxy}")).unwrap(),
        Vec::new(),
    );
    let options = Options {
        settings: Settings {
            proxies,
            ..Settings::default()
        }
        .into(),
        ..options()
    };
    let error = send_with(get("http://far.invalid/"), &options, None)
        .result
        .unwrap_err();
    assert!(
        error.message.starts_with("`far.invalid:80` "),
        "{}",
        error.message
    );
    assert!(
        error
            .message
            .ends_with(&format!(", asked through the proxy `{proxy}`")),
        "{}",
        error.message
    );
}
