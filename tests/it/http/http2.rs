//! HTTP/2 with a server that writes its frames by hand (RFC 9113 section 4).
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use super::*;

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RESET: u8 = 3;
const SETTINGS: u8 = 4;
const GO_AWAY: u8 = 7;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;
/// `:status: 200`, the eighth of the static table (RFC 7541 appendix A).
const OK: &[u8] = b"\x88";

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

fn hello(stream: u32) -> Vec<u8> {
    [
        frame(HEADERS, END_HEADERS, stream, OK),
        frame(DATA, END_STREAM, stream, b"hello"),
    ]
    .concat()
}

fn code(code: u32) -> [u8; 4] {
    code.to_be_bytes()
}

fn go_away(code: u32, said: &[u8]) -> Vec<u8> {
    frame(
        GO_AWAY,
        0,
        0,
        &[&[0; 4], &code.to_be_bytes()[..], said].concat(),
    )
}

/// A server, and its requests: the number of each one's connection.
struct ByHand {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<usize>>>,
}

impl ByHand {
    /// `answer` says for the request of that number, from 1, and its stream what goes out, and whether the connection stays.
    fn start(answer: impl Fn(usize, u32) -> (Vec<u8>, bool) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::<Mutex<Vec<usize>>>::default();
        let (shared, answer) = (Arc::clone(&requests), Arc::new(answer));
        std::thread::spawn(move || {
            for (before, stream) in listener.incoming().map_while(Result::ok).enumerate() {
                let (shared, answer) = (Arc::clone(&shared), Arc::clone(&answer));
                let next = move || {
                    let mut requests = shared.lock().unwrap();
                    requests.push(before + 1);
                    requests.len()
                };
                // A client that goes away is no failure of the server.
                std::thread::spawn(move || drop(serve(stream, next, &*answer)));
            }
        });
        Self { address, requests }
    }

    fn url(&self) -> Url {
        Url::parse(&format!("http://{}/", self.address)).unwrap()
    }

    fn error(answer: impl Fn(u32) -> Vec<u8> + Send + Sync + 'static) -> Error {
        let server = Self::start(move |_, stream| (answer(stream), true));
        let error = send_with(Request::new("POST", server.url()), &asked(), None)
            .error()
            .unwrap()
            .clone();
        Error {
            message: error.message.replace(&server.address.to_string(), "AT"),
            ..error
        }
    }
}

fn serve(
    mut stream: TcpStream,
    next: impl Fn() -> usize,
    answer: &impl Fn(usize, u32) -> (Vec<u8>, bool),
) -> io::Result<()> {
    stream.read_exact(&mut [0; 24])?;
    stream.write_all(&frame(SETTINGS, 0, 0, &[]))?;
    loop {
        let mut head = [0; 9];
        stream.read_exact(&mut head)?;
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        io::copy(&mut (&mut stream).take(length.into()), &mut io::sink())?;
        if head[3] == HEADERS {
            let (bytes, stays) = answer(
                next(),
                u32::from_be_bytes([head[5], head[6], head[7], head[8]]),
            );
            stream.write_all(&bytes)?;
            if !stays {
                return Ok(());
            }
        }
    }
}

fn asked() -> Options {
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
fn a_connection_that_the_server_closed_is_made_anew() {
    for end in [Vec::new(), go_away(0, b"")] {
        let server = ByHand::start(move |_, stream| ([hello(stream), end.clone()].concat(), false));
        block_on(async {
            let clients = ConnectionPool::new();
            for method in ["GET", "POST", "GET"] {
                let exchange = clients
                    .send(Request::new(method, server.url()), &asked(), None)
                    .await;
                assert_eq!(
                    exchange.result.unwrap().text().unwrap().as_ref(),
                    "hello",
                    "{method}"
                );
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        });
        assert_eq!(*server.requests.lock().unwrap(), [1, 2, 3]);
    }
}

#[test]
fn a_request_that_was_refused_unseen_goes_out_again() {
    let server = ByHand::start(|number, stream| match number {
        1 => (frame(RESET, 0, stream, &code(7)), true),
        _ => (hello(stream), true),
    });
    let exchange = send_with(Request::new("POST", server.url()).body("x"), &asked(), None);
    let resends: Vec<_> = exchange
        .resends
        .iter()
        .map(|resend| (resend.came, resend.reason.contains("REFUSED_STREAM")))
        .collect();
    assert_eq!(
        resends,
        [(Err(ErrorKind::Reset), true)],
        "it is never sent again silently"
    );
    let response = exchange.result.unwrap();
    assert_eq!(
        (
            response.text().unwrap().as_ref(),
            server.requests.lock().unwrap().len()
        ),
        ("hello", 2)
    );
}

#[test]
fn each_way_to_end_a_stream_has_its_words() {
    let reset =
        |reason: u32| ByHand::error(move |stream| frame(RESET, 0, stream, &code(reason))).message;
    assert_eq!(
        reset(2),
        "`AT` ended the request before it responded (INTERNAL_ERROR: an internal error)"
    );
    let unseen = "`AT` refused the request (REFUSED_STREAM: the request was not processed)";
    assert_eq!(reset(7), unseen);
    assert_eq!(
        reset(13),
        "`AT` wants HTTP/1.1 for this request (HTTP_1_1_REQUIRED: HTTP/1.1 is required)"
    );
    let calm = ByHand::error(|_| go_away(11, b"too_many_pings")).message;
    assert!(
        calm.starts_with("`AT` closed the connection before it responded (ENHANCE_YOUR_CALM: "),
        "{calm}"
    );
    assert!(
        calm.ends_with(
            "(ENHANCE_YOUR_CALM: too much load from this client; it says `too_many_pings`)"
        ),
        "{calm}"
    );
    let broken = ByHand::error(|_| frame(DATA, 0, 0, b"x")).message;
    assert!(
        broken.starts_with("the response of `AT` violates HTTP/2 (PROTOCOL_ERROR: "),
        "{broken}"
    );
    let cut = ByHand::error(|stream| {
        [
            frame(HEADERS, END_HEADERS, stream, OK),
            frame(DATA, 0, stream, b"hel"),
            frame(RESET, 0, stream, &code(2)),
        ]
        .concat()
    });
    let words =
        "body cut after 3 bytes: the server reset the stream (INTERNAL_ERROR: an internal error)";
    assert_eq!((cut.message.as_str(), cut.kind), (words, ErrorKind::Body));
}

#[test]
fn a_head_may_be_as_large_as_over_http1() {
    let line = [&b"\0\x03x-a\x64"[..], &[b'v'; 100]].concat();
    let head = [OK, &line.repeat(150)].concat();
    let server = ByHand::start(move |_, stream| {
        (
            frame(HEADERS, END_HEADERS | END_STREAM, stream, &head),
            true,
        )
    });
    let response = send_with(Request::new("GET", server.url()), &asked(), None)
        .result
        .unwrap();
    assert_eq!(response.header_lines("x-a").count(), 150);
}

/// `:status: 413`, with its value as a text.
const TOO_LARGE: &[u8] = b"\x08\x03413";

#[test]
fn a_response_before_the_upload_was_read_arrives() {
    let early = |stream: u32| {
        [
            frame(HEADERS, END_HEADERS, stream, TOO_LARGE),
            frame(DATA, END_STREAM, stream, b"no"),
        ]
        .concat()
    };
    for (name, end, stays) in [
        ("reset", true, true),
        ("reset and closed", true, false),
        ("closed", false, false),
    ] {
        for number in 0..15 {
            let server = ByHand::start(move |_, stream| {
                let reset = if end {
                    frame(RESET, 0, stream, &code(0))
                } else {
                    Vec::new()
                };
                ([early(stream), reset].concat(), stays)
            });
            let exchange = send_with(
                Request::new("POST", server.url()).body(vec![b'x'; 4_000_000]),
                &asked(),
                None,
            );
            let response = exchange
                .result
                .unwrap_or_else(|error| panic!("{name}, run {number}: {error:?}"));
            assert_eq!(
                (response.status, response.text().unwrap().as_ref()),
                (413, "no"),
                "{name}"
            );
            assert_eq!(
                server.requests.lock().unwrap().len(),
                1,
                "{name}: nothing is uploaded twice"
            );
        }
    }
}

#[test]
fn a_request_that_a_leaving_server_did_not_take_goes_out_again() {
    let server = ByHand::start(|number, stream| match number {
        1 => (go_away(0, b""), true),
        _ => (hello(stream), true),
    });
    let exchange = send_with(Request::new("POST", server.url()).body("x"), &asked(), None);
    assert_eq!(exchange.resends.len(), 1);
    assert_eq!(exchange.result.unwrap().text().unwrap().as_ref(), "hello");
}

#[test]
fn the_classes_of_lost_requests() {
    let kind = |answer: fn(u32) -> Vec<u8>| ByHand::error(answer).kind;
    assert_eq!(
        kind(|stream| frame(RESET, 0, stream, &code(2))),
        ErrorKind::Reset
    );
    assert_eq!(
        kind(|stream| frame(RESET, 0, stream, &code(7))),
        ErrorKind::Reset
    );
    assert_eq!(
        kind(|stream| frame(RESET, 0, stream, &code(13))),
        ErrorKind::Protocol
    );
    assert_eq!(kind(|_| go_away(11, b"")), ErrorKind::Reset);
    assert_eq!(kind(|_| frame(DATA, 0, 0, b"x")), ErrorKind::Protocol);
    let closes = ByHand::start(|_, _| (Vec::new(), false));
    let error = send_with(Request::new("POST", closes.url()), &asked(), None)
        .result
        .unwrap_err();
    assert_eq!(error.kind, ErrorKind::Reset, "{error:?}");
}

#[test]
fn a_flood_before_a_response_ends_in_time() {
    // `:status: 103`, and frames that are answered or passed over.
    let interim = |stream: u32| frame(HEADERS, END_HEADERS, stream, b"\x08\x03103");
    let kinds: [fn(u32) -> Vec<u8>; 2] = [
        |_| frame(6, 0, 0, &[0; 8]),
        |stream| frame(8, 0, stream, &[0, 0, 0, 1]),
    ];
    for (number, flood) in [interim as fn(u32) -> Vec<u8>]
        .into_iter()
        .chain(kinds)
        .enumerate()
    {
        let server = ByHand::start(move |_, stream| (flood(stream).repeat(1_000_000), true));
        let second = Options {
            timeout: Some(Duration::from_secs(1)),
            ..asked()
        };
        let started = std::time::Instant::now();
        let error = send_with(Request::new("GET", server.url()), &second, None)
            .result
            .unwrap_err();
        assert!(
            started.elapsed() < Duration::from_secs(2),
            "{number}: {:?} {error:?}",
            started.elapsed()
        );
        let kind = if number == 0 {
            ErrorKind::Protocol
        } else {
            ErrorKind::Timeout
        };
        assert!(
            [kind, ErrorKind::Protocol, ErrorKind::Reset].contains(&error.kind),
            "{number}: {error:?}"
        );
    }
}

#[test]
fn more_headers_than_are_read_are_our_limit() {
    let line = [&b"\0\x03x-a\x64"[..], &[b'v'; 100]].concat();
    let error = ByHand::error(move |stream| {
        let mut frames = frame(HEADERS, 0, stream, OK);
        for _ in 0..60 {
            frames.extend(frame(9, 0, stream, &line.repeat(150)));
        }
        frames.extend(frame(9, END_HEADERS, stream, &[]));
        frames
    });
    assert_eq!(error.kind, ErrorKind::Protocol);
    assert!(
        error
            .message
            .contains("more than 4000 header lines or 400 kB of headers"),
        "{error:?}"
    );
    assert!(error.hint.unwrap().contains("limit of apitest"));
}
