//! Each way to get no answer, in words.
use apitest::http::{Proxies, Proxy};

use super::*;

#[test]
fn no_such_host() {
    let error = error("http://nothing.invalid/");
    assert_eq!((error.kind, error.message.as_str()), (ErrorKind::Dns, "no such host: `nothing.invalid`"));
}

#[test]
fn refused() {
    let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let error = error(&format!("http://{gone}/"));
    assert_eq!((error.kind, error.message), (ErrorKind::Connect, format!("`{gone}` refused the connection")));
    assert_eq!(error.hint.as_deref(), Some("is the server running?"));
}

#[test]
fn no_answer() {
    fails("/close", ErrorKind::Protocol, "`127.0.0.1:PORT` closed the connection without an answer");
    fails("/reset", ErrorKind::Connect, "`127.0.0.1:PORT` reset the connection before it answered");
}

#[test]
fn not_http() {
    let begin = "what `127.0.0.1:PORT` answered is not HTTP";
    fails("/garbage", ErrorKind::Protocol, &format!("{begin}: invalid HTTP version parsed"));
    let broken = "what `127.0.0.1:PORT` answered breaks the rules of HTTP";
    let line = "a header line has no colon, a space before it, or a character that headers do not have";
    fails("/bad-header", ErrorKind::Protocol, &format!("{broken}: {line}"));
    fails("/many-headers", ErrorKind::Protocol, &format!("{broken}: its head has more than 100 lines or 400 kB"));
}

#[test]
fn a_head_that_is_broken() {
    let says = |head: &'static str| {
        let server = Server::with(move |_, wire, _| {
            write!(wire, "HTTP/1.{head}\r\n\r\nhello")?;
            Ok(After::Close)
        });
        let error = error(&server.url("/"));
        assert_eq!(error.hint.as_deref(), Some("`curl --verbose` may show the lines that came"));
        words(&server, &error).replace("what `127.0.0.1:PORT` answered breaks the rules of HTTP: ", "")
    };
    let length = "its `content-length` is not a number, or there are several that differ";
    assert_eq!(says("1 200 OK\r\nContent-Length: 3\r\nContent-Length: 5"), length);
    assert_eq!(says("1 200 OK\r\nContent-Length: 0x5"), length);
    let status = "its status is not a number from 100 to 999, or a control character stands beside it";
    assert_eq!(says("1 099 No"), status);
    assert_eq!(says("1 200 O\x1bK"), status);
    assert_eq!(says("0 200 OK\r\nTransfer-Encoding: chunked"), "it has a `transfer-encoding`, which HTTP/1.0 does not know");
}

#[test]
fn a_header_that_goes_on_in_the_next_line_is_one() {
    let server = Server::with(|_, wire, _| {
        wire.write_all(b"HTTP/1.1 200 OK\r\nX-A: a\r\n  b\r\nContent-Length: 0\r\n\r\n")?;
        Ok(After::Keep)
    });
    let value = answer(&server.url("/")).header_lines("x-a").collect::<Vec<_>>().concat();
    assert_eq!(value.split_whitespace().collect::<Vec<_>>(), ["a", "b"], "{value:?}");
}

#[test]
fn more_than_the_length_says_is_not_looked_at() {
    let server = Server::start();
    assert_eq!(answer(&server.url("/too-long")).text().unwrap().as_ref(), "hello");
}

#[test]
fn time_limits_say_what_was_waited_for() {
    let server = Server::start();
    let short = Options { timeout: Some(Duration::from_millis(250)), max_body: u64::MAX, ..options() };
    let waits = |path: &str| {
        let exchange = send_with(get(&server.url(path)), &short, None);
        assert!(exchange.time >= Duration::from_millis(250) && exchange.time < Duration::from_secs(5));
        let error = exchange.result.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Timeout);
        words(&server, &error)
    };
    assert_eq!(waits("/silent"), "timed out after 250ms while waiting for the answer of `127.0.0.1:PORT`");
}

#[test]
fn a_connection_that_never_stands() {
    // The backlog of a listener that never accepts fills up, after which nothing is answered.
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    socket.bind(&std::net::SocketAddr::from(([127, 0, 0, 1], 0)).into()).unwrap();
    socket.listen(0).unwrap();
    let address = socket.local_addr().unwrap().as_socket().unwrap();
    let _filling: Vec<_> = (0..4)
        .map(|_| {
            let filler = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
            filler.set_nonblocking(true).unwrap();
            let _ = filler.connect(&address.into());
            filler
        })
        .collect();
    std::thread::sleep(Duration::from_millis(50));
    let limit = Some(Duration::from_millis(250));
    let whole = Options { timeout: limit, ..options() };
    let settings = Settings { connect_timeout: limit, ..Settings::default() }.into();
    for options in [whole, Options { settings, ..options() }] {
        let error = send_with(get(&format!("http://{address}/")), &options, None).result.unwrap_err();
        assert_eq!(error.message, format!("timed out after 250ms while connecting to `{address}`"));
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
    socket2::SockRef::from(&stream).set_linger(Some(Duration::ZERO)).unwrap();
}

#[test]
fn a_handshake_that_does_not_end() {
    let told = |address: std::net::SocketAddr| {
        let limit = Options { timeout: Some(Duration::from_millis(300)), ..options() };
        let error = send_with(get(&format!("https://{address}/")), &limit, None).result.unwrap_err();
        (error.message.replace(&address.to_string(), "AT"), error.kind, error.hint.unwrap())
    };
    let hint = "does it speak TLS? if not, the URL starts with `http://`".to_owned();
    let closes = raw(|mut stream| drop(std::io::Read::read(&mut stream, &mut [0; 4096])));
    assert_eq!(told(closes), ("`AT` closed the connection during the TLS handshake".into(), ErrorKind::Tls, hint.clone()));
    assert_eq!(told(raw(reset)), ("`AT` reset the connection during the TLS handshake".into(), ErrorKind::Tls, hint));
    let silent = raw(std::mem::forget);
    let hint = "does it speak TLS at that port?".to_owned();
    let timed_out = "timed out after 300ms during the TLS handshake with `AT`".to_owned();
    assert_eq!(told(silent), (timed_out, ErrorKind::Timeout, hint));
}

#[test]
fn a_proxy_that_breaks_off() {
    let told = |scheme: &str, address: std::net::SocketAddr| {
        let proxy = Proxy::parse(&format!("{scheme}://{address}")).unwrap();
        let settings = Settings { proxies: Proxies::all(proxy, Vec::new()), ..Settings::default() };
        let options = Options { settings: settings.into(), timeout: Some(Duration::from_millis(300)), ..options() };
        let error = send_with(get("https://far.invalid/"), &options, None).result.unwrap_err();
        (error.message.replace(&address.to_string(), "AT"), error.kind)
    };
    let says = |words: &'static [u8]| {
        raw(move |mut stream| {
            let _ = std::io::Read::read(&mut stream, &mut [0; 4096]);
            let _ = std::io::Write::write_all(&mut stream, words);
        })
    };
    let connect = |text: &str| (format!("the proxy `AT` {text}"), ErrorKind::Connect);
    assert_eq!(told("http", says(b"")), connect("closed the connection without an answer"));
    assert_eq!(told("socks5h", says(b"")), connect("closed the connection without an answer"));
    assert_eq!(told("socks5h", says(b"HTTP/1.1 400 Bad\r\n\r\n")).0, "what the proxy `AT` answered is not SOCKS 5");
    assert_eq!(
        told("http", says(b"SSH-2.0-x\r\n\r\n")).0,
        "what the proxy `AT` answered is not HTTP: invalid HTTP version parsed"
    );
    assert_eq!(told("http", says(b"HTTP/1.1 407 No\r\n\r\n")), connect("wants user and password"));
    let digest = says(b"HTTP/1.1 407 No\r\nProxy-Authenticate: Digest realm=\"x\", nonce=\"y\"\r\n\r\n");
    assert_eq!(told("http", digest), connect("wants to be shown who asks by `Digest`, and only `Basic` is spoken here"));
    assert_eq!(told("socks5h", says(b"\x05\xff")), connect("wants user and password"));
    assert_eq!(told("https", says(b"")).0, "the proxy `AT` closed the connection during the TLS handshake");
    let silent = raw(std::mem::forget);
    let timed_out = "timed out after 300ms while the proxy connected to `far.invalid:443`".to_owned();
    assert_eq!(told("http", silent), (timed_out, ErrorKind::Timeout));
}

#[test]
fn a_proxy_that_is_handed_a_request_is_named() {
    let proxy = raw(drop);
    let proxies = Proxies::all(Proxy::parse(&format!("http://{proxy}")).unwrap(), Vec::new());
    let options = Options { settings: Settings { proxies, ..Settings::default() }.into(), ..options() };
    let error = send_with(get("http://far.invalid/"), &options, None).result.unwrap_err();
    assert!(error.message.starts_with("`far.invalid:80` "), "{}", error.message);
    assert!(error.message.ends_with(&format!(", asked through the proxy `{proxy}`")), "{}", error.message);
}
