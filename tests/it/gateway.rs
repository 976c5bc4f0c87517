//! The local stage over loopback.
#![expect(clippy::unwrap_used, reason = "a test")]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use apitest::clock::Clock;
use apitest::gateway::{Gateway, Running};
use apitest::source::File;
use apitest::syntax::Problems;
use apitest::template::Context;

const ANY_PORT: ([u8; 4], u16) = ([127, 0, 0, 1], 0);

/// A stage, and a line for each request that it served.
fn start(text: &str) -> (Running, Arc<Mutex<Vec<String>>>) {
    let mut problems = Problems::default();
    let gateway = Arc::new(Gateway::decode(
        &File::new("collections/a.gateway.toml", text),
        &mut problems,
    ));
    assert_eq!(problems.into_vec(), []);
    let context = Context {
        clock: Clock::System,
        random: Mutex::new(fastrand::Rng::new()),
        environment: Arc::new(|_| None),
        folder: PathBuf::from("."),
        root: PathBuf::from("."),
    };
    let lines = Arc::new(Mutex::new(Vec::new()));
    let written = Arc::clone(&lines);
    let running = gateway.start(ANY_PORT.into(), Arc::new(context), move |served| {
        let problem = served
            .problem
            .as_ref()
            .map(|problem| format!(": {}", problem.message))
            .unwrap_or_default();
        written.lock().unwrap().push(format!(
            "{} {} {}{problem}",
            served.method, served.path, served.status
        ));
    });
    (running.unwrap(), lines)
}

fn address(running: &Running) -> SocketAddr {
    let host = running.url().strip_prefix("http://").unwrap();
    host.split('/').next().unwrap().parse().unwrap()
}

fn connect(running: &Running) -> TcpStream {
    let stream = TcpStream::connect(address(running)).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(10)))
        .unwrap();
    stream
}

/// One answer of a kept connection: its head and its body.
fn answer(stream: &mut TcpStream) -> (String, String) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).unwrap().to_lowercase();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).unwrap();
    (head, String::from_utf8(body).unwrap())
}

fn ask(stream: &mut TcpStream, request: &str) -> (String, String) {
    stream.write_all(request.as_bytes()).unwrap();
    answer(stream)
}

const HELLO: &str = include_str!("../../collections/hello.gateway.toml");

#[test]
fn the_tutorial_runs_on_one_kept_connection() {
    let (running, lines) = start(HELLO);
    assert!(running.url().starts_with("http://127.0.0.1:") && running.url().ends_with("/dev"));
    let mut stream = connect(&running);
    let (head, body) = ask(&mut stream, "GET /dev/hello HTTP/1.1\r\nHost: x\r\n\r\n");
    assert!(
        head.starts_with("http/1.1 200 ok\r\n")
            && head.contains("\r\ncontent-type: application/json\r\n"),
        "{head}"
    );
    assert_eq!(body, r#"{"message":"Hi from Lambda!"}"#);
    let post =
        "POST /dev/hello HTTP/1.1\r\nHost: x\r\nContent-Length: 15\r\n\r\n{\"key\":\"value\"}";
    assert_eq!(ask(&mut stream, post).1, r#"{"message":"Hello, value"}"#);
    let (head, body) = ask(&mut stream, "GET /dev HTTP/1.1\r\nHost: x\r\n\r\n");
    assert!(head.starts_with("http/1.1 403 "), "{head}");
    for id in [
        "x-amzn-requestid: ",
        "x-amz-apigw-id: ",
        "x-amzn-errortype: missingauthenticationtokenexception",
    ] {
        assert!(head.contains(id), "{head}");
    }
    assert_eq!(body, r#"{"message":"Missing Authentication Token"}"#);
    let (head, _) = ask(
        &mut stream,
        "POST /dev/hello HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}",
    );
    assert!(head.starts_with("http/1.1 502 "), "{head}");
    running.stop();
    let lines = lines.lock().unwrap();
    assert_eq!(*lines.first().unwrap(), "GET /dev/hello 200");
    assert!(
        lines.last().unwrap().starts_with("POST /dev/hello 502: "),
        "{lines:?}"
    );
    assert_eq!(lines.len(), 4);
}

#[test]
fn a_body_that_is_too_large_is_refused_and_the_client_hears_why() {
    let (running, _) = start(HELLO);
    let mut stream = connect(&running);
    let size = 11 * 1024 * 1024;
    let head = format!("POST /dev/hello HTTP/1.1\r\nHost: x\r\nContent-Length: {size}\r\n\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(&vec![b'x'; size]).unwrap();
    let (head, body) = answer(&mut stream);
    assert!(head.starts_with("http/1.1 413 "), "{head}");
    assert_eq!(body, "HTTP content length exceeded 10485760 bytes.");
}

#[test]
fn files_and_delays_are_served_as_written() {
    let (running, _) = start(
        r#"
stage = "dev"
[[route]]
method = "GET"
path = "/self"
respond = { file = "hello.gateway.toml", delay = "80ms", headers = { content-type = "application/toml" } }
[[route]]
method = "HEAD"
path = "/self"
respond.text = "four"
"#,
    );
    let mut stream = connect(&running);
    let before = Instant::now();
    let (head, body) = ask(&mut stream, "GET /dev/self HTTP/1.1\r\nHost: x\r\n\r\n");
    assert!(before.elapsed() >= Duration::from_millis(80));
    assert!(
        head.contains("\r\ncontent-type: application/toml\r\n") && body == HELLO,
        "{head}"
    );
    stream
        .write_all(b"HEAD /dev/self HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        .unwrap();
    let mut rest = String::new();
    stream.read_to_string(&mut rest).unwrap();
    assert!(
        rest.to_lowercase().contains("content-length: 4\r\n") && rest.ends_with("\r\n\r\n"),
        "{rest}"
    );
}

#[test]
fn stopping_waits_for_nobody_and_frees_the_port() {
    let slow = "stage = \"dev\"\n[[route]]\nmethod = \"GET\"\npath = \"/slow\"\nrespond = { text = \"x\", delay = \"20s\" }\n";
    let (running, _) = start(slow);
    let address = address(&running);
    let mut waiting = connect(&running);
    waiting
        .write_all(b"GET /dev/slow HTTP/1.1\r\nHost: x\r\n\r\n")
        .unwrap();
    let idle = connect(&running);
    std::thread::sleep(Duration::from_millis(50));
    let before = Instant::now();
    running.stop();
    assert!(before.elapsed() < Duration::from_secs(5));
    assert!(TcpStream::connect(address).is_err());
    drop(idle);
}

#[test]
fn what_is_no_http_ends_its_own_connection_alone() {
    let (running, _) = start(HELLO);
    let mut healthy = connect(&running);
    let long = format!("GET /dev/{} HTTP/1.1\r\n\r\n", "x".repeat(200_000));
    for garbage in [
        "\0\0\0\0\r\n\r\n",
        "GET\r\n\r\n",
        long.as_str(),
        "POST /dev/hello HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
    ] {
        let mut stream = connect(&running);
        // The stage may have hung up already.
        let _ = stream.write_all(garbage.as_bytes());
        let _ = stream.read_to_end(&mut Vec::new());
        let (head, _) = ask(&mut healthy, "GET /dev/hello HTTP/1.1\r\nHost: x\r\n\r\n");
        assert!(head.starts_with("http/1.1 200 "), "{garbage:?}: {head}");
    }
}

#[test]
fn a_taken_port_is_an_error() {
    let (running, _) = start(HELLO);
    let mut problems = Problems::default();
    let gateway = Arc::new(Gateway::decode(
        &File::new("a.gateway.toml", HELLO),
        &mut problems,
    ));
    let context = Context {
        clock: Clock::System,
        random: Mutex::new(fastrand::Rng::new()),
        environment: Arc::new(|_| None),
        folder: PathBuf::from("."),
        root: PathBuf::from("."),
    };
    let error = gateway
        .start(address(&running), Arc::new(context), |_| {})
        .unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::AddrInUse);
}
