//! How connections are made, kept and lost.
use super::*;

#[test]
fn one_connection_serves_many_requests() {
    let server = Server::start();
    block_on(async {
        let clients = ConnectionPool::new();
        for path in [
            "/hello",
            "/status/404",
            "/chunked/1000",
            "/gzip",
            "/redirect/3",
        ] {
            clients
                .send(get(&server.url(path)), &following(5), None)
                .await
                .result
                .unwrap();
        }
    });
    assert_eq!((server.connections(), server.requests().len()), (1, 8));
}

#[test]
fn other_settings_are_another_connection() {
    let server = Server::start();
    let settings = Settings {
        connect_timeout: Some(Duration::from_secs(3)),
        ..Settings::default()
    };
    let other = Options {
        settings: settings.into(),
        ..options()
    };
    block_on(async {
        let clients = ConnectionPool::new();
        for options in [&options(), &other, &options(), &other] {
            clients
                .send(get(&server.url("/hello")), options, None)
                .await
                .result
                .unwrap();
        }
    });
    assert_eq!(server.connections(), 2);
}

#[test]
fn a_connection_that_the_server_closed_meanwhile_is_not_a_failure() {
    // So late that the exchange is over, and while nobody listens: the thread sleeps, and the runtime with it.
    let hangs_up_late = |received: &crate::support::Received,
                         wire: &mut dyn crate::support::Wire,
                         counts: &crate::support::Counts| {
        answers::answer(received, wire, counts)?;
        std::thread::sleep(Duration::from_millis(50));
        Ok(After::Close)
    };
    let server = Server::with(hangs_up_late);
    block_on(async {
        let clients = ConnectionPool::new();
        for method in ["GET", "POST", "POST", "GET"] {
            let request = Request::new(method, Url::parse(&server.url("/hello")).unwrap());
            let exchange = clients.send(request, &options(), None).await;
            assert_eq!(exchange.result.unwrap().status, 200, "{method}");
            std::thread::sleep(Duration::from_millis(200));
        }
    });
    assert_eq!(server.connections(), 4);
}

#[test]
fn only_what_may_be_repeated_is_sent_again() {
    // The second request of a connection is read, and then the connection is closed.
    let answers_once = |received: &crate::support::Received,
                        wire: &mut dyn crate::support::Wire,
                        counts: &crate::support::Counts| {
        if counts.requests().is_multiple_of(2) {
            return Ok(After::Close);
        }
        answers::answer(received, wire, counts)
    };
    for (method, requests, answered) in [("GET", 3, true), ("PUT", 3, true), ("POST", 2, false)] {
        let server = Server::with(answers_once);
        let result = block_on(async {
            let clients = ConnectionPool::new();
            let request = || Request::new(method, Url::parse(&server.url("/hello")).unwrap());
            clients
                .send(request(), &options(), None)
                .await
                .result
                .unwrap();
            clients.send(request(), &options(), None).await.result
        });
        assert_eq!(
            (server.requests().len(), result.is_ok()),
            (requests, answered),
            "{method}: {result:?}"
        );
    }
}

#[test]
fn a_dropped_exchange_ends() {
    let server = Server::start();
    block_on(async {
        let clients = ConnectionPool::new();
        let unlimited = Options {
            timeout: None,
            ..options()
        };
        let exchange = clients.send(get(&server.url("/silent")), &unlimited, None);
        assert!(
            tokio::time::timeout(Duration::from_millis(100), exchange)
                .await
                .is_err()
        );
        let exchange = clients
            .send(get(&server.url("/hello")), &unlimited, None)
            .await;
        assert_eq!(exchange.result.unwrap().status, 200);
    });
    assert_eq!(server.connections(), 2);
}

fn http2() -> Options {
    Options {
        settings: Settings {
            http: Some(HttpVersion::Http2),
            ..Settings::default()
        }
        .into(),
        ..options()
    }
}

#[test]
fn http2_is_spoken_where_it_is_asked_for() {
    let response = block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let serve = async move {
            let io = hyper_util::rt::TokioIo::new(listener.accept().await.unwrap().0);
            let service = hyper::service::service_fn(
                async |request: hyper::Request<hyper::body::Incoming>| {
                    let body = format!("{} {:?}", request.uri(), request.version());
                    Ok::<_, std::convert::Infallible>(hyper::Response::new(
                        http_body_util::Full::new(bytes::Bytes::from(body)),
                    ))
                },
            );
            let builder =
                hyper::server::conn::http2::Builder::new(hyper_util::rt::TokioExecutor::new());
            let _ = builder.serve_connection(io, service).await;
        };
        let clients = ConnectionPool::new();
        let exchange = async {
            clients
                .send(get(&format!("http://{address}/a?b")), &http2(), None)
                .await
                .result
                .unwrap()
        };
        tokio::select! { response = exchange => response, () = serve => panic!("the server ended") }
    });
    assert_eq!(response.version, Version::Http2);
    assert!(
        response.text().unwrap().ends_with("/a?b HTTP/2.0"),
        "{:?}",
        response.text()
    );
}

#[test]
fn a_server_that_does_not_speak_http2_is_told() {
    let server = Server::start();
    let error = send_with(get(&server.url("/hello")), &http2(), None)
        .result
        .unwrap_err();
    let first = &server.requests()[0];
    assert_eq!(
        (first.method.as_str(), first.version.as_str()),
        ("PRI", "HTTP/2.0")
    );
    let message = words(&server, &error);
    assert!(
        message
            .starts_with("`127.0.0.1:PORT` does not respond in HTTP/2: it begins with `HTTP/1.1 "),
        "{message}"
    );
}

#[test]
fn names_below_localhost_are_this_machine() {
    let server = Server::start();
    assert_eq!(
        answer(&server.url_as("tenant.localhost", "/hello")).status,
        200
    );
}
