//! Where redirects lead, and what goes along.
use super::*;

fn post(url: &str) -> Request {
    let request = Request::new("POST", Url::parse(url).unwrap()).body("{}");
    request
        .header("content-type", "application/json")
        .header("x-a", "1")
}

#[test]
fn each_hop_is_kept() {
    let server = Server::start();
    let exchange = send_with(get(&server.url("/redirect/3")), &following(3), None);
    let hops: Vec<_> = exchange
        .hops
        .iter()
        .map(|hop| (hop.url.path(), hop.status))
        .collect();
    assert_eq!(
        hops,
        [
            ("/redirect/3", 302),
            ("/redirect/2", 302),
            ("/redirect/1", 302)
        ]
    );
    assert_eq!(
        (exchange.url.path(), exchange.request.url.path()),
        ("/hello", "/redirect/3")
    );
    assert_eq!(
        exchange.hops[0].headers[0],
        ("location".to_owned(), "/redirect/2".to_owned())
    );
    assert!(
        exchange.time
            >= exchange
                .hops
                .iter()
                .map(|hop| hop.timing.total)
                .sum::<Duration>()
    );
    // The first hop makes the connection, the others use it again.
    let connected: Vec<_> = exchange
        .hops
        .iter()
        .map(|hop| hop.timing.connect.is_some())
        .collect();
    assert_eq!(connected, [true, false, false]);
    let Timing {
        connect,
        first_byte,
        download,
        total,
        ..
    } = exchange.timing;
    assert_eq!(connect, None);
    assert!(first_byte.unwrap() + download.unwrap() <= total);
    assert_eq!(exchange.result.unwrap().status, 200);
}

#[test]
fn without_leave_none_is_followed() {
    let server = Server::start();
    let exchange = send(get(&server.url("/redirect/1")));
    assert_eq!(
        (exchange.result.unwrap().status, exchange.hops.len()),
        (302, 0)
    );
}

/// Why a redirect was not followed. The response that redirects is kept, with its status and headers.
fn refused(exchange: &Exchange) -> Error {
    let response = exchange.response().unwrap();
    assert_eq!(response.status, 302);
    assert!(response.header_lines("location").next().is_some());
    assert!(!exchange.unsent && exchange.peer.is_some());
    exchange.error().unwrap().clone()
}

#[test]
fn one_more_than_the_limit_is_an_error() {
    let server = Server::start();
    let exchange = send_with(get(&server.url("/loop")), &following(4), None);
    let error = refused(&exchange);
    assert_eq!(
        words(&server, &error),
        "gave up after 4 redirects; the next one leads to `127.0.0.1:PORT`"
    );
    assert_eq!((exchange.hops.len(), server.requests().len()), (4, 5));
    let error = refused(&send_with(get(&server.url("/loop")), &following(1), None));
    assert!(
        error.message.starts_with("gave up after 1 redirect;"),
        "{}",
        error.message
    );
}

#[test]
fn methods_change_as_in_browsers() {
    let server = Server::start();
    let cases = [
        (301, "POST", "GET", false),
        (302, "POST", "GET", false),
        (303, "POST", "GET", false),
        (307, "POST", "POST", true),
        (308, "POST", "POST", true),
        (301, "PUT", "PUT", true),
        (302, "DELETE", "DELETE", true),
        (303, "PUT", "GET", false),
        (303, "HEAD", "HEAD", false),
        (301, "HEAD", "HEAD", false),
    ];
    for (status, method, then, with_body) in cases {
        let mut request = post(&server.url(&format!("/redirect-to?status={status}&url=/echo")));
        request.method = method.to_owned();
        if method == "HEAD" {
            request.body = None;
            request.headers.remove(0);
        }
        send_with(request, &following(5), None).result.unwrap();
        let last = server.last();
        assert_eq!(
            (last.path(), last.method.as_str()),
            ("/echo", then),
            "{status} {method}"
        );
        assert_eq!(
            (!last.body.is_empty(), last.header("content-type").is_some()),
            (with_body, with_body),
            "{status} {method}"
        );
        assert_eq!(last.header("x-a"), Some("1"));
    }
}

#[test]
fn other_statuses_and_missing_locations_are_answers() {
    let server = Server::start();
    for path in [
        "/respond?status=300&header=Location:/hello",
        "/status/302",
        "/status/304",
    ] {
        let exchange = send_with(get(&server.url(path)), &following(5), None);
        assert_eq!(exchange.hops.len(), 0, "{path}");
        exchange.result.unwrap();
    }
}

#[test]
fn locations_are_relative_to_where_they_came_from() {
    let server = Server::start();
    for (location, path) in [
        ("echo", "/echo"),
        ("./x/../echo", "/echo"),
        ("?status=204", "/redirect-to"),
        ("//127.0.0.1:PORT/echo", "/echo"),
    ] {
        let location = location.replace("PORT", &server.address().port().to_string());
        let encoded: String = url::form_urlencoded::byte_serialize(location.as_bytes()).collect();
        let exchange = send_with(
            get(&server.url(&format!("/redirect-to?url={encoded}"))),
            &following(1),
            None,
        );
        assert_eq!(
            exchange.url.path(),
            path,
            "{location}: {:?}",
            exchange.result
        );
    }
    let exchange = send_with(
        get(&server.url("/redirect-to?url=/echo%23part")),
        &following(1),
        None,
    );
    assert_eq!(
        (exchange.url.fragment(), server.last().target.as_str()),
        (Some("part"), "/echo")
    );
}

#[test]
fn a_bad_location_is_told() {
    let server = Server::start();
    let told = |location: &str| {
        let request = get(&server.url(&format!("/redirect-to?url={location}")));
        let error = refused(&send_with(request, &following(5), None));
        assert_eq!(error.kind, ErrorKind::Protocol);
        words(&server, &error)
    };
    assert_eq!(
        told("http://[::x/"),
        "`127.0.0.1:PORT` redirects to `http://[::x/`, which is not a URL"
    );
    let ftp =
        "`127.0.0.1:PORT` redirects to `ftp://h/x`, and only `http://` and `https://` are followed";
    assert_eq!(told("ftp://h/x"), ftp);
}

#[test]
fn credentials_stay_with_their_origin() {
    let (home, other) = (Server::start(), Server::start());
    let request = |url: &str| {
        let mut request = get(url)
            .header("authorization", "Bearer x")
            .header("Cookie", "a=b")
            .header("x-key", "k");
        request.headers.extend([
            ("host".to_owned(), "api.example".to_owned()),
            ("x-plain".to_owned(), "p".to_owned()),
        ]);
        request.sensitive.push("X-Key".to_owned());
        request
    };
    let seen = |server: &Server| {
        ["authorization", "cookie", "x-key", "x-plain"]
            .map(|name| server.last().header(name).is_some())
    };
    send_with(request(&home.url("/redirect/1")), &following(5), None)
        .result
        .unwrap();
    assert_eq!(seen(&home), [true; 4]);
    assert_eq!(home.last().header("host"), Some("api.example"));
    let away = home.url(&format!("/redirect-to?url={}", other.url("/echo")));
    send_with(request(&away), &following(5), None)
        .result
        .unwrap();
    assert_eq!(seen(&other), [false, false, false, true]);
    assert_eq!(
        other.last().header("host"),
        Some(other.address().to_string().as_str())
    );
    // Nor do they come back on the way home.
    let back = other.url(&format!("/redirect-to?url={}", home.url("/echo")));
    let there_and_back: String = url::form_urlencoded::byte_serialize(back.as_bytes()).collect();
    send_with(
        request(&home.url(&format!("/redirect-to?url={there_and_back}"))),
        &following(5),
        None,
    )
    .result
    .unwrap();
    assert_eq!(
        (home.last().path(), seen(&home)),
        ("/echo", [false, false, false, true])
    );
}

#[test]
fn two_places_are_none() {
    let server = Server::with(|received, wire, counts| match received.path() {
        "/two" => {
            wire.write_all(b"HTTP/1.1 302 Found\r\nLocation: /hello\r\nLocation: /echo\r\nContent-Length: 0\r\n\r\n")?;
            Ok(After::Keep)
        }
        "/same" => {
            wire.write_all(b"HTTP/1.1 302 Found\r\nLocation: /hello\r\nLocation: /hello\r\nContent-Length: 0\r\n\r\n")?;
            Ok(After::Keep)
        }
        _ => answers::answer(received, wire, counts),
    });
    let error = refused(&send_with(get(&server.url("/two")), &following(5), None));
    assert_eq!(
        words(&server, &error),
        "`127.0.0.1:PORT` redirects to two locations, `/hello` and `/echo`"
    );
    assert_eq!(
        send_with(get(&server.url("/same")), &following(5), None)
            .result
            .unwrap()
            .status,
        200
    );
}

#[test]
fn a_login_in_the_location_goes_where_it_leads() {
    let server = Server::start();
    let place = server.url("/echo").replace("://", "://ada:pass%20word@");
    let exchange = send_with(
        get(&server.url(&format!("/redirect-to?url={place}"))),
        &following(1),
        None,
    );
    assert_eq!(exchange.url.as_str(), server.url("/echo"));
    assert_eq!(
        server.last().header("authorization"),
        Some("Basic YWRhOnBhc3Mgd29yZA==")
    );
}
