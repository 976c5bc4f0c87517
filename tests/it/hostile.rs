//! Stages that send what takes long, or never ends: every evaluation ends by itself and by one Ctrl-C, and memory is bounded.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::cast_precision_loss,
    reason = "a test may panic"
)]

use std::fmt::Write as _;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// The longest that a run may take: the limit of evaluation, and what a debug build on a busy machine takes for the rest.
const LONGEST: Duration = Duration::from_secs(45);
/// The most memory, in bytes. The JSON Schema library allocates for as long as it may evaluate.
const MEMORY: u64 = 4 << 30;

/// Answers every connection by the same function.
fn serve(answer: impl Fn(TcpStream) + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    thread::spawn(move || {
        thread::scope(|threads| {
            for stream in listener.incoming() {
                threads.spawn(|| answer(stream.unwrap()));
            }
        });
    });
    address
}

fn read_head(stream: &mut TcpStream) -> String {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|read| read == 1) {
        head.push(byte[0]);
    }
    String::from_utf8(head).unwrap()
}

/// A server with one body.
fn with_body(content_type: &'static str, body: String) -> String {
    serve(move |mut stream| {
        read_head(&mut stream);
        let length = body.len();
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: {content_type}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n"
        );
        let _ = stream
            .write_all(head.as_bytes())
            .and_then(|()| stream.write_all(body.as_bytes()));
    })
}

struct Run {
    folder: tempfile::TempDir,
    child: Child,
    started: Instant,
}

impl Run {
    fn start(text: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a.toml"), text).unwrap();
        let output = fs::File::create(folder.path().join("out")).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_apitest"));
        command
            .args(["run", "a.toml", "--report", "json=events.jsonl"])
            .current_dir(folder.path())
            .env_clear();
        let child = command
            .stdout(output)
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Self {
            folder,
            child,
            started: Instant::now(),
        }
    }

    /// The exit code, and the most memory that was used.
    fn end(&mut self, name: &str) -> (i32, u64) {
        let mut most = 0;
        loop {
            let status =
                fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
            let peak = status.lines().find_map(|line| {
                line.strip_prefix("VmHWM:")?
                    .trim()
                    .strip_suffix(" kB")?
                    .parse::<u64>()
                    .ok()
            });
            most = most.max(peak.unwrap_or_default() * 1024);
            if let Some(status) = self.child.try_wait().unwrap() {
                return (status.code().unwrap_or(-1), most);
            }
            if self.started.elapsed() > LONGEST {
                self.child.kill().unwrap();
                panic!("{name} did not end; it used {most} bytes");
            }
            thread::sleep(Duration::from_millis(20));
        }
    }

    fn shown(&self) -> String {
        fs::read_to_string(self.folder.path().join("out")).unwrap()
    }

    fn signal(&self, name: &str) {
        let status = Command::new("kill")
            .args([&format!("-{name}"), &self.child.id().to_string()])
            .status()
            .unwrap();
        assert!(status.success());
    }
}

fn collection(address: &str, expect: &str) -> String {
    format!("base_url = \"http://{address}\"\n[[request]]\nget = \"/\"\n{expect}\n")
}

fn numbered(count: usize, item: impl Fn(usize) -> String) -> String {
    (0..count).fold(String::new(), |mut all, number| {
        all.push_str(&item(number));
        all
    })
}

/// A case: its name, content type and body, what is expected, and whether that may pass.
type Case = (&'static str, &'static str, String, &'static str, bool);

#[expect(clippy::too_many_lines, reason = "it is a table")]
fn cases() -> Vec<Case> {
    let html = "text/html";
    let (xml, json) = ("application/xml", "application/json");
    let attributes = |count| numbered(count, |number| format!(" a{number}=''"));
    let list = format!(
        "[{}]",
        vec!["{\"a\":[1,2,3],\"b\":\"x\"}"; 60_000].join(",")
    );
    let deep = format!("{}1{}", "[".repeat(40), "]".repeat(40));
    let siblings = format!("<ul>{}</ul>", "<li class=x>t".repeat(60_000));
    let words = "lorem ipsum dolor ".repeat(300_000);
    let schema = "expect.schema = { '$ref' = '#/$defs/a', '$defs' = { a = { anyOf = [{ items = { '$ref' = '#/$defs/a' }, \
                  type = 'array' }, { items = { '$ref' = '#/$defs/a' }, type = 'array' }] } } }";
    vec![
        (
            "attributes, xpath",
            html,
            format!("<p{}>", attributes(100_000)),
            "expect.xpath.'//p' = 'x'",
            false,
        ),
        (
            "attributes, css",
            html,
            format!("<p{}>", attributes(100_000)),
            "expect.css.p = 'x'",
            false,
        ),
        (
            "attributes of xml",
            xml,
            format!("<p{}/>", attributes(100_000)),
            "expect.xpath.'//p' = 'x'",
            false,
        ),
        (
            "no attribute",
            html,
            format!("<p{}>", attributes(100_000)),
            "expect.css.q = { exists = false }",
            false,
        ),
        (
            "nesting, css",
            html,
            "<div>".repeat(200_000),
            "expect.css.div = { exists = true }",
            false,
        ),
        (
            "nesting, xpath",
            xml,
            "<a>".repeat(100_000) + &"</a>".repeat(100_000),
            "expect.xpath.'//*[.//*[.//*]]' = 'x'",
            false,
        ),
        (
            "texts of all that nests",
            xml,
            "<a>".repeat(50_000) + &"x".repeat(1_000_000) + &"</a>".repeat(50_000),
            "expect.xpath.'//*' = 'x'",
            false,
        ),
        (
            "unclosed",
            html,
            numbered(900, |number| format!("<b c={number}>")) + &"<p>x".repeat(100_000),
            "expect.css.p = 'x'",
            false,
        ),
        (
            "siblings",
            html,
            siblings.clone(),
            "expect.css.'li ~ li ~ li:nth-last-child(3n+1)' = 'x'",
            false,
        ),
        (
            "siblings, not",
            html,
            siblings.clone(),
            "expect.css.'li:not(:has(~ li ~ li.y))' = 'x'",
            false,
        ),
        (
            "siblings, xpath",
            html,
            siblings,
            "expect.xpath.'//li[preceding-sibling::li[following-sibling::li]]' = 'x'",
            false,
        ),
        (
            "namespaces",
            xml,
            format!(
                "<a{}>{}</a>",
                numbered(20_000, |number| format!(" xmlns:n{number}='u'")),
                "<b xmlns:x='y'/>".repeat(20_000)
            ),
            "expect.xpath.'//b' = 'x'",
            false,
        ),
        (
            "descents",
            json,
            list.clone(),
            "expect.jsonpath.'$..*..*..*..*..*' = { len = 1 }",
            false,
        ),
        (
            "filters in filters",
            json,
            list.clone(),
            "expect.jsonpath.'$[?count($[?@.b == \"x\"]) > 1]' = { len = 1 }",
            false,
        ),
        (
            "no filter",
            json,
            list.clone(),
            "expect.jsonpath.'$[?count($[?@.b == \"y\"]) > 1]' = { exists = false }",
            false,
        ),
        (
            "patterns",
            json,
            format!(
                "{{\"p\":\"a*\",\"t\":\"{}\",\"l\":{}}}",
                "a".repeat(2_000_000),
                list
            ),
            "expect.jsonpath.'$.l[?search($.t, \"(a{1,40}){1,40}b\")]' = 'x'",
            false,
        ),
        ("schema", json, deep, schema, false),
        (
            "unique",
            json,
            format!(
                "[{}]",
                numbered(200_000, |number| format!("{number},")) + "1"
            ),
            "expect.jsonpath.'$' = { unique = true }",
            false,
        ),
        (
            "sorted",
            json,
            format!("[{}1]", numbered(300_000, |number| format!("{number},"))),
            "expect.jsonpath.'$' = { sorted = 'asc' }",
            false,
        ),
        (
            "a large pattern",
            "text/plain",
            words.clone(),
            "expect.text = { matches = '^(([a-z]{1,30} ){1,30}){1,20}$' }",
            false,
        ),
        (
            "no large pattern",
            "text/plain",
            words.clone(),
            "expect.text = { not = { matches = '(([a-z]{1,30} ){1,30}){1,20}!$' } }",
            true,
        ),
        (
            "lines",
            "text/plain",
            numbered(300_000, |number| format!("{number}\n")),
            "expect.text = \"a\\nb\\n\"",
            false,
        ),
        (
            "loops",
            json,
            list.clone(),
            "expect.that = [\"{{ response.json | map(attribute='b') | list | length == 1 }}\"]",
            false,
        ),
        (
            "ranges",
            json,
            "{}".to_owned(),
            "expect.that = [\"{{ response.status == (range(100000) | list ~ 'x') | length }}\"]",
            false,
        ),
        (
            "a repeated string",
            json,
            "{}".to_owned(),
            "expect.that = [\"{{ (response.status ~ 'x') * 1000000000 == 'y' }}\"]",
            false,
        ),
        (
            "replaced",
            json,
            list,
            "expect.that = [\"{{ response.text | replace('', response.text) == 'y' }}\"]",
            false,
        ),
        (
            "events",
            "text/event-stream",
            "data: x\n\n".repeat(3_600_000),
            "expect.events.count = { gte = 1 }",
            false,
        ),
        (
            "an event without an end",
            "text/event-stream",
            "data: x\n".repeat(2_000_000),
            "expect.events.count = { gte = 1 }",
            false,
        ),
    ]
}

/// Those that are asked for, since all of them take a while: `CASE=part-of-a-name`.
#[expect(
    clippy::disallowed_methods,
    reason = "a test is steered by its environment"
)]
fn wanted() -> Vec<Case> {
    let wanted = std::env::var("CASE").unwrap_or_default();
    cases()
        .into_iter()
        .filter(|(name, ..)| name.contains(&wanted))
        .collect()
}

#[test]
fn every_evaluation_ends() {
    let (mut failures, mut log) = (String::new(), String::new());
    for (name, content_type, body, expect, passes) in wanted() {
        let address = with_body(content_type, body);
        let mut run = Run::start(&collection(&address, expect));
        let (code, memory) = run.end(name);
        let took = run.started.elapsed();
        writeln!(
            log,
            "{name}: code {code}, {took:.1?}, {} MB",
            memory / 1_000_000
        )
        .unwrap();
        if code != i32::from(!passes)
            && !(passes && code == 1 && run.shown().contains("the limit of apitest"))
        {
            writeln!(
                failures,
                "{name}: code {code}\n{}",
                run.shown().chars().take(1500).collect::<String>()
            )
            .unwrap();
        }
        if memory > MEMORY {
            writeln!(failures, "{name}: {memory} bytes").unwrap();
        }
    }
    assert!(failures.is_empty(), "{failures}\n{log}");
}

#[test]
fn one_signal_ends_an_evaluation() {
    let (json, html) = ("application/json", "text/html");
    let list = format!(
        "[{}]",
        vec!["{\"a\":[1,2,3],\"b\":\"x\"}"; 60_000].join(",")
    );
    // A schema's cost is bounded instead (`check/schema/cost.rs`).
    let cases = [
        (
            "jsonpath",
            json,
            list,
            "expect.jsonpath.'$[?count($[?@.b == \"x\"]) > 1]' = { len = 1 }",
        ),
        (
            "css",
            html,
            format!("<ul>{}</ul>", "<li class=x>t".repeat(60_000)),
            "expect.css.'li:not(:has(~ li ~ li.y))' = 'x'",
        ),
    ];
    for (name, content_type, body, expect) in cases {
        let address = with_body(content_type, body);
        let mut run = Run::start(&collection(&address, expect));
        thread::sleep(Duration::from_millis(2500));
        let sent = Instant::now();
        run.signal("INT");
        let (code, _) = run.end(name);
        assert_eq!(code, 130, "{name}: {}", run.shown());
        assert!(
            sent.elapsed() < Duration::from_secs(5),
            "{name}: {:?}",
            sent.elapsed()
        );
    }
}

/// A WebSocket that sends these bytes without end.
fn flood(frames: &'static [u8]) -> String {
    serve(move |mut stream| {
        let head = read_head(&mut stream);
        let key = head
            .lines()
            .find_map(|line| line.strip_prefix("sec-websocket-key: "))
            .unwrap_or_default();
        let accept = accept_key(key.trim());
        let answer = format!(
            "HTTP/1.1 101 x\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-accept: {accept}\r\n\r\n"
        );
        let _ = stream.write_all(answer.as_bytes());
        let many = frames.repeat(10_000);
        while stream.write_all(&many).is_ok() {}
    })
}

/// RFC 6455 section 4.2.2.
fn accept_key(key: &str) -> String {
    tokio_tungstenite::tungstenite::handshake::derive_accept_key(key.as_bytes())
}

#[test]
fn floods_over_a_websocket_end_and_are_not_kept() {
    let cases: [(&str, &[u8]); 5] = [
        ("pings", b"\x89\x04ping"),
        ("pongs", b"\x8a\x00"),
        ("texts", b"\x81\x01x"),
        ("empty texts", b"\x81\x00"),
        ("fragments", b"\x01\x00\x00\x00"),
    ];
    for (name, frames) in cases {
        let address = flood(frames);
        for step in [
            "{ expect = { text = \"never\" }, within = \"5s\", skip_others = true }",
            "{ silence = \"5s\" }",
        ] {
            let text = format!(
                "[[request]]\nwebsocket = \"ws://{address}/\"\ntimeout = \"10s\"\nmessages = [{step}]\n"
            );
            let mut run = Run::start(&text);
            let (code, memory) = run.end(name);
            assert_eq!(code, 1, "{name}: {}", run.shown());
            assert!(memory < 300 << 20, "{name}: {memory} bytes");
            assert!(
                run.started.elapsed() < Duration::from_secs(30),
                "{name}: {:?}",
                run.started.elapsed()
            );
        }
    }
}

/// A gigabyte of zeros as gzip.
fn bomb() -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let zeros = vec![0; 1 << 20];
    for _ in 0..1024 {
        encoder.write_all(&zeros).unwrap();
    }
    encoder.finish().unwrap()
}

fn sized(head: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 200 OK\r\n{head}Content-Length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

#[test]
fn what_is_too_large_ends_by_a_limit_that_is_told() {
    let cookies = numbered(100_000, |number| format!("Set-Cookie: a{number}=b\r\n"));
    let location = format!(
        "HTTP/1.1 302 Found\r\nLocation: /{}\r\nContent-Length: 0\r\n\r\n",
        "x".repeat(10_000_000)
    );
    let deep = |open: &str, close: &str| {
        let text = format!("{}1{}", open.repeat(1_000_000), close.repeat(1_000_000));
        sized("Content-Type: application/json\r\n", text.as_bytes())
    };
    let limit = "has more than 4000 header lines or 400 kB of headers";
    let cases = [
        (
            "bomb",
            sized("Content-Encoding: gzip\r\n", &bomb()),
            "larger than the limit of 100 MB",
        ),
        ("cookies", sized(&cookies, b""), limit),
        ("location", location.into_bytes(), limit),
        (
            "arrays",
            deep("[", "]"),
            "more than 256 levels of arrays and objects",
        ),
        (
            "objects",
            deep("{\"a\":", "}"),
            "more than 256 levels of arrays and objects",
        ),
    ];
    for (name, bytes, told) in cases {
        let address = serve(move |mut stream| {
            read_head(&mut stream);
            let _ = stream.write_all(&bytes);
        });
        let expect = "follow_redirects = true\nexpect.json = { a = 1 }\ncapture.a = \"$.a\"";
        let mut run = Run::start(&collection(&address, expect));
        let (code, memory) = run.end(name);
        let shown = run.shown();
        let words = shown.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(code, 1, "{name}: {shown}");
        assert!(words.contains(told), "{name}: {shown}");
        assert!(memory < 800 << 20, "{name}: {memory} bytes");
    }
}
