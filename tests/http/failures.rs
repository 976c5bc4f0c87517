//! Each way to get no answer, in words.
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
    fails("/bad-header", ErrorKind::Protocol, &format!("{begin}: invalid HTTP header parsed"));
    fails("/many-headers", ErrorKind::Protocol, &format!("{begin}: message head is too large"));
}

#[test]
fn a_body_that_is_cut() {
    let begin = "the body of the answer of `127.0.0.1:PORT`";
    fails("/cut", ErrorKind::Body, &format!("{begin} was cut after 10 of 100 bytes"));
    fails("/cut-chunked", ErrorKind::Body, &format!("{begin} was cut after 10 bytes"));
    fails("/reset-body", ErrorKind::Body, &format!("{begin} was cut by a reset of the connection after 10 of 100 bytes"));
    fails(
        "/bad-chunk",
        ErrorKind::Body,
        &format!("{begin} is broken (Invalid chunk size line: missing size digit) after 0 bytes"),
    );
}

#[test]
fn more_than_the_length_says_is_not_looked_at() {
    let server = Server::start();
    assert_eq!(answer(&server.url("/too-long")).text().unwrap().as_ref(), "hello");
}

#[test]
fn a_coding_that_is_wrong() {
    let begin = "the body of the answer of `127.0.0.1:PORT` cannot be decoded as gzip";
    fails("/bad-gzip", ErrorKind::Body, &format!("{begin}: invalid gzip header"));
    fails("/short-gzip", ErrorKind::Body, &format!("{begin}: it ends too early"));
    let header = "/respond?body=x&header=Content-Encoding:";
    for coding in ["br", "zstd", "deflate"] {
        let server = Server::start();
        let error = error(&server.url(&format!("{header}{coding}")));
        assert!(words(&server, &error).contains(&format!("cannot be decoded as {coding}: ")), "{}", error.message);
    }
    let server = Server::start();
    let error = error(&server.url(&format!("{header}gzip,gzip,gzip,gzip,gzip")));
    assert!(error.message.ends_with("is encoded more than 4 times"), "{}", error.message);
}

#[test]
fn a_body_that_is_too_large() {
    let server = Server::start();
    let small = Options { max_body: 1_000_000, ..options() };
    for path in ["/bytes/1000001", "/chunked/1000001", "/bomb/4", "/endless"] {
        let error = send_with(get(&server.url(path)), &small, None).result.unwrap_err();
        let message = "the body of the answer of `127.0.0.1:PORT` is larger than the limit of 1 MB";
        assert_eq!((words(&server, &error).as_str(), error.kind), (message, ErrorKind::Body), "{path}");
    }
    let response = send_with(get(&server.url("/bomb/1")), &small, None).result.unwrap();
    assert_eq!(response.body.len(), 1_000_000);
    assert!(response.size_on_wire < 10_000);
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
    let drip = "timed out after 250ms while reading the body of the answer of `127.0.0.1:PORT`, after 2 bytes";
    assert_eq!(waits("/drip/9/100"), drip);
    assert!(waits("/endless").contains("while reading the body"));
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
