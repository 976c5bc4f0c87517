//! Responses that come before the request was read: nothing of them is lost, whatever becomes of the connection then.
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use apitest::http::{Body, Content, HeaderCase, Upload};

use super::*;

/// What the server does after its response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Then {
    /// Resets the connection at once.
    Reset,
    /// Resets it after a moment.
    ResetLater,
    /// Closes it.
    Close,
    /// Leaves it open, and reads nothing more.
    Stay,
}

/// A server that reads the head of each request, responds and does no more with it; and how many connections there were.
struct Hasty {
    address: SocketAddr,
    scheme: &'static str,
    connections: Arc<AtomicUsize>,
}

impl Hasty {
    fn start(response: &str, then: Then, secure: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (address, connections) = (
            listener.local_addr().unwrap(),
            Arc::<AtomicUsize>::default(),
        );
        let config = secure.then(|| crate::support::tls::config("server"));
        let (response, counted) = (response.to_owned(), Arc::clone(&connections));
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                counted.fetch_add(1, Ordering::SeqCst);
                let (response, config) = (response.clone(), config.clone());
                std::thread::spawn(move || respond(&stream, &response, then, config.as_ref()));
            }
        });
        Self {
            address,
            scheme: if secure { "https" } else { "http" },
            connections,
        }
    }

    fn url(&self) -> Url {
        Url::parse(&format!("{}://{}/upload", self.scheme, self.address)).unwrap()
    }
}

fn respond(
    stream: &TcpStream,
    response: &str,
    then: Then,
    config: Option<&Arc<rustls::ServerConfig>>,
) {
    // What waits to be sent would be lost in the reset.
    stream.set_nodelay(true).unwrap();
    let own = stream.try_clone().unwrap();
    let mut wire: Box<dyn crate::support::Wire> = match config {
        Some(config) => crate::support::tls::accept(own, config).unwrap(),
        None => Box::new(own),
    };
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") && wire.read_exact(&mut byte).is_ok() {
        head.push(byte[0]);
    }
    if wire
        .write_all(response.as_bytes())
        .and_then(|()| wire.flush())
        .is_err()
    {
        return;
    }
    match then {
        Then::Reset | Then::ResetLater => {
            std::thread::sleep(Duration::from_millis(if then == Then::Reset {
                0
            } else {
                30
            }));
            socket2::SockRef::from(stream)
                .set_linger(Some(Duration::ZERO))
                .unwrap();
        }
        Then::Close => {}
        Then::Stay => std::thread::sleep(Duration::from_secs(20)),
    }
}

const SIZE: usize = 4_000_000;

fn response(status: u16) -> String {
    format!("HTTP/1.1 {status} Early\r\nContent-Length: 9\r\n\r\ntoo early")
}

static FILE: std::sync::LazyLock<tempfile::NamedTempFile> = std::sync::LazyLock::new(|| {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(&vec![b'x'; SIZE]).unwrap();
    file
});

/// The request in each way in which a body goes out.
fn uploads(url: &Url) -> Vec<(&'static str, Request)> {
    let bytes = || Body::from(bytes::Bytes::from(vec![b'x'; SIZE]));
    let path = FILE.path().to_owned();
    let file = Body::new(Content::File(Upload::find(path, "upload").unwrap().into()));
    let with = |body: Body| Request {
        body: Some(body),
        ..Request::new("POST", url.clone())
    };
    vec![
        ("bytes", with(bytes())),
        ("chunked", with(bytes().chunked())),
        ("file", with(file.clone())),
        ("chunked file", with(file.chunked())),
    ]
}

fn insecure(settings: Settings) -> Options {
    let tls = Tls {
        insecure: true,
        ..Tls::default()
    };
    Options {
        settings: Settings { tls, ..settings }.into(),
        ..options()
    }
}

/// Sends that often, and each response arrives.
#[track_caller]
fn all_arrive(times: usize, status: u16, then: Then, secure: bool, options: &Options) {
    let server = Hasty::start(&response(status), then, secure);
    for (name, request) in uploads(&server.url()) {
        for time in 1..=times {
            let result = send_with(request.clone(), options, None).result;
            let came = result.map(|response| (response.status, response.body.to_vec()));
            let expected = Ok((status, b"too early".to_vec()));
            assert_eq!(
                came, expected,
                "{status} to {name}, then {then:?}, secure: {secure}, time {time}"
            );
        }
    }
    assert_eq!(
        server.connections.load(Ordering::SeqCst),
        times * 4,
        "nothing is uploaded twice"
    );
}

#[test]
fn a_response_before_a_reset_arrives_every_time() {
    for then in [Then::Reset, Then::ResetLater, Then::Close] {
        all_arrive(15, 413, then, false, &insecure(Settings::default()));
    }
}

#[test]
fn a_response_before_a_reset_arrives_over_tls() {
    for then in [Then::Reset, Then::ResetLater, Then::Close] {
        all_arrive(5, 413, then, true, &insecure(Settings::default()));
    }
}

#[test]
fn every_status_arrives() {
    for status in [200, 301, 307, 400, 401, 403, 413, 417, 429, 500, 503] {
        all_arrive(
            3,
            status,
            Then::Reset,
            false,
            &insecure(Settings::default()),
        );
    }
}

#[test]
fn other_ways_to_speak_http1_lose_nothing() {
    let written = Settings {
        header_case: HeaderCase::Written,
        ..Settings::default()
    };
    let old = Settings {
        http: Some(HttpVersion::Http11),
        close: true,
        ..Settings::default()
    };
    for settings in [written, old] {
        all_arrive(3, 413, Then::Reset, false, &insecure(settings));
    }
    let asks = Options {
        expect_continue: true,
        ..insecure(Settings::default())
    };
    all_arrive(3, 417, Then::Reset, false, &asks);
    all_arrive(3, 413, Then::Stay, false, &asks);
}

#[test]
fn an_upload_that_nobody_reads_is_given_up() {
    let started = std::time::Instant::now();
    for status in [413, 303] {
        all_arrive(2, status, Then::Stay, false, &insecure(Settings::default()));
    }
    assert!(
        started.elapsed() < Duration::from_secs(8),
        "{:?}",
        started.elapsed()
    );
}

#[test]
fn without_a_response_it_is_a_reset() {
    for secure in [false, true] {
        let server = Hasty::start("", Then::Reset, secure);
        for (name, request) in uploads(&server.url()) {
            let error = send_with(request, &insecure(Settings::default()), None)
                .result
                .unwrap_err();
            assert_eq!(
                error.kind,
                ErrorKind::Reset,
                "{name}, secure: {secure}: {error:?}"
            );
        }
    }
}

#[test]
fn the_next_request_does_not_wait_for_an_upload() {
    // The server responds to an upload without reading it, and leaves the connection open.
    let server = Hasty::start(&response(413), Then::Stay, false);
    let times = block_on(async {
        let clients = ConnectionPool::new();
        let mut times = Vec::new();
        for _ in 0..2 {
            let request = Request::new("POST", server.url()).body(vec![b'x'; 40_000_000]);
            let exchange = clients.send(request, &options(), None).await;
            assert_eq!(exchange.result.unwrap().status, 413);
            times.push(exchange.time);
        }
        times
    });
    assert!(
        times.iter().all(|time| *time < Duration::from_secs(3)),
        "{times:?}"
    );
}
