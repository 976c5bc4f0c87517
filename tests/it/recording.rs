//! `--record` and `--replay`: what was judged over the wire is judged the same without it, and no secret is in between.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may panic"
)]

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::support::{After, Server};

const SECRET: &str = "tok-3b1f9a77c2";
const COLLECTION: &str = r#"
name = "everything"

[stages.now]
base_url = "$URL"

[vars]
key = { env = "KEY", secret = true }
small = { env = "SMALL", secret = true }

[[setup]]
name = "log in"
post = "/mirror"
text = '{"token":"tok-3b1f9a77c2","n":1234567}'
headers.content-type = "application/json"
capture.token = { jsonpath = "$.token", secret = true }
capture.number = { jsonpath = "$.n", secret = true }

[[request]]
name = "uses the token"
get = "/echo/{{ token }}/x"
query = { token = "{{ token }}", day = "{{ key | base64 }}", id = "{{ uuid() }}" }
auth = { bearer = "{{ token }}" }
expect.jsonpath."$.method" = "GET"
expect.jsonpath."$.query" = { contains = "id=" }

[[request]]
name = "a secret in the body"
post = "/mirror"
json = { key = "{{ key }}", digest = "{{ key | sha256 }}", number = "{{ number }}", small = "{{ small }}" }
expect.jsonpath."$.key" = { type = "string" }

[[request]]
name = "redirects"
get = "/redirect/3"
follow_redirects = true
expect.json = { message = "hello" }
expect.redirects = 3

[[request]]
name = "polls"
get = "/fail/2/503"
poll = { every = "300ms", timeout = "10s" }
expect.status = 200

[[request]]
name = "tries again"
get = "/fail/1/500?retried"
retry = { times = 3, delay = "200ms" }
expect.status = 200

[[request]]
name = "rounds"
get = "/count"
repeat = { until = "{{ response.json.requests % 2 == 0 }}", max = 4, every = "100ms" }

[[request]]
name = "rows"
rows = [{ path = "status/404", status = 404 }, { path = "hello", status = 200 }]
get = "/{{ path }}"
delay = "100ms"
expect.status = "{{ status }}"

[[request]]
name = "bytes"
get = "/not-utf8"
expect.size = 4
expect.bytes = "Y2Fm6Q=="

[[request]]
name = "compressed"
get = "/gzip"
expect.headers.content-encoding = "gzip"
expect.json = { message = "hello" }

[[request]]
name = "cookies"
get = "/respond?status=200&header=set-cookie:sid%3Dsecret-session%3B%20HttpOnly"
expect.cookies."sid.http_only" = true

[[request]]
name = "no response"
get = "/close"
keep_alive = false
expect.error = "reset"

[[request]]
name = "takes its time"
get = "/delay/150"
expect.time = { gte = "150ms", lt = "20s" }

[[request]]
name = "elsewhere"
get = "$OTHER/hello"
"#;

/// What is no simple answer: streams, conversations, tokens that are fetched, forms.
const STREAMS: &str = r#"
name = "streams"
base_url = "$URL"

[vars]
key = { env = "KEY", secret = true }

[[request]]
name = "events"
get = "/events/20"
expect.events = { first = [{ event = "queued" }], until = { event = "tick", text = "3" }, within = "10s" }

[[request]]
name = "events that do not end in time"
get = "/events/20"
expect.events = { count = { gte = 3 }, within = "300ms" }

[[request]]
name = "a conversation"
websocket = "/ws/greet"
messages = [
  { expect = { json_contains = { hello = "you" } }, capture.id = "$.id" },
  { silence = "150ms" },
  { send = { json = { key = "{{ key }}", id = "{{ id }}" } } },
  { expect = { jsonpath."$.id" = 7 } },
  { send = { ping = "there?" } },
  { expect = { pong = "there?" } },
  { send = { base64 = "AAH/" } },
  { send = "last", fragment = 1 },
  { expect = "last", skip_others = true },
  { close = 1000 },
]
expect.time = { gte = "150ms" }

[[request]]
name = "what was captured from a message is there"
get = "/echo/{{ id }}"
expect.jsonpath."$.path" = "/echo/7"

[[request]]
name = "it closes"
websocket = "/ws/close"
messages = [{ expect = { close = 4001, reason = "bye" } }]

[[request]]
name = "a handshake alone"
websocket = "/ws/echo"

[[request]]
name = "a handshake that is refused for a while"
websocket = "/fail/1/503"
retry = { times = 1, delay = "10ms" }
expect.status = 200

[[request]]
name = "a token"
get = "/echo"
auth.oauth2 = { token_url = "/respond?body=%7B%22access_token%22:%22tok-3b1f9a77c2%22%7D", client_id = "me", client_secret = "{{ key }}" }
expect.status = 200

[[request]]
name = "a conversation with a token"
websocket = "/ws/echo"
auth.oauth2 = { token_url = "/respond?body=%7B%22access_token%22:%22tok-3b1f9a77c2%22%7D", client_id = "you", client_secret = "{{ key }}" }
messages = [{ send = "hello" }, { expect = "hello" }]

[[request]]
name = "forms"
rows = ["one", "two"]
post = "/mirror"
multipart = { field = "{{ row }}", key = "{{ key }}" }
expect.text = { contains = "{{ row }}" }
"#;

struct Ran {
    code: i32,
    shown: String,
}

fn apitest(folder: &Path, arguments: &[&str]) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_apitest"));
    command
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .env("KEY", "key-77aa88bb99")
        .env("SMALL", "abc-9");
    let output = command.output().unwrap();
    let shown = [output.stdout, output.stderr].concat();
    Ran {
        code: output.status.code().unwrap(),
        shown: String::from_utf8(shown).unwrap(),
    }
}

/// What became of each request: everything of the events but what two runs never share.
fn verdicts(folder: &Path, file: &str) -> Vec<(String, String, String, String)> {
    let events = fs::read_to_string(folder.join(file)).unwrap();
    let events = events
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let finished = events.filter(|event| event["event"] == "request_finished");
    let told = finished.map(|event| {
        (
            event["name"].to_string(),
            event["status"].to_string(),
            event["sent"].to_string(),
            event["duration_s"].to_string(),
        )
    });
    told.collect()
}

fn record_and_replay(collection: &str, file: &str) {
    let folder = tempfile::tempdir().unwrap();
    let (server, other) = (Server::start(), Server::start());
    let text = collection
        .replace("$URL", &server.url("/"))
        .replace("$OTHER", &other.url(""));
    fs::write(folder.path().join("a.toml"), &text).unwrap();
    let recorded = apitest(
        folder.path(),
        &[
            "run",
            "a.toml",
            "--record",
            file,
            "--report",
            "json=wire.jsonl",
        ],
    );
    assert_eq!(recorded.code, 0, "{}", recorded.shown);

    let kept = fs::read_to_string(folder.path().join(file)).unwrap();
    for secret in [
        SECRET,
        "key-77aa88bb99",
        "a2V5LTc3YWE4OGJiOTk",
        "1234567",
        "abc-9",
    ] {
        assert!(!kept.contains(secret), "{secret} is in {kept}");
    }
    assert!(
        !collection.contains("sid%3D") || kept.contains("sid=***; HttpOnly"),
        "{kept}"
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(
            fs::metadata(folder.path().join(file))
                .unwrap()
                .permissions()
                .mode()
                & 0o777,
            0o600
        );
    }

    // Another stage, where nobody listens any more.
    drop((server, other));
    let started = Instant::now();
    let base = ["--base-url", "https://stage.invalid/v2"];
    let arguments = [
        &[
            "run",
            "a.toml",
            "--replay",
            file,
            "--report",
            "json=replay.jsonl",
        ][..],
        &base,
    ]
    .concat();
    let replayed = apitest(folder.path(), &arguments);
    assert_eq!(replayed.code, 0, "{}", replayed.shown);
    assert!(
        started.elapsed() < Duration::from_secs(5),
        "nothing is waited for"
    );
    let (wire, replay) = (
        verdicts(folder.path(), "wire.jsonl"),
        verdicts(folder.path(), "replay.jsonl"),
    );
    assert_eq!(wire.len(), replay.len());
    for (wire, replay) in wire.iter().zip(&replay) {
        assert_eq!(
            (&wire.0, &wire.1, &wire.2),
            (&replay.0, &replay.1, &replay.2)
        );
        let seconds = |text: &str| text.parse::<f64>().unwrap();
        assert!(
            (seconds(&wire.3) - seconds(&replay.3)).abs() < 1e-6,
            "{wire:?} {replay:?}"
        );
    }
}

#[test]
fn lines_of_our_own_are_replayed_without_a_network() {
    record_and_replay(COLLECTION, "kept/recording.jsonl");
    record_and_replay(STREAMS, "kept/recording.jsonl");
}

#[test]
fn har_is_replayed_without_a_network() {
    record_and_replay(COLLECTION, "recording.har");
    record_and_replay(STREAMS, "recording.har");
}

#[test]
fn messages_and_tokens_are_in_a_recording_that_other_tools_read() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start();
    fs::write(
        folder.path().join("a.toml"),
        STREAMS.replace("$URL", &server.url("/")),
    )
    .unwrap();
    let ran = apitest(
        folder.path(),
        &[
            "run",
            "a.toml",
            "--record",
            "a.har",
            "--report",
            "har=report.har",
        ],
    );
    assert_eq!(ran.code, 0, "{}", ran.shown);
    let read = |file: &str| -> Vec<serde_json::Value> {
        let text = fs::read_to_string(folder.path().join(file)).unwrap();
        let archive: serde_json::Value = serde_json::from_str(&text).unwrap();
        archive["log"]["entries"].as_array().unwrap().clone()
    };
    for file in ["a.har", "report.har"] {
        let entries = read(file);
        let talked = entries
            .iter()
            .find(|entry| {
                entry["request"]["url"]
                    .as_str()
                    .unwrap()
                    .ends_with("/ws/greet")
            })
            .unwrap();
        assert_eq!(talked["_resourceType"], "websocket");
        let messages = talked["_webSocketMessages"].as_array().unwrap();
        let told = |at: usize| {
            (
                messages[at]["type"].as_str(),
                messages[at]["opcode"].as_u64(),
                messages[at]["data"].as_str(),
            )
        };
        assert_eq!(
            told(0),
            (
                Some("receive"),
                Some(1),
                Some("{\"hello\":\"you\",\"id\":7}")
            )
        );
        assert_eq!(
            told(1),
            (Some("send"), Some(1), Some("{\"key\":\"***\",\"id\":7}")),
            "{file}"
        );
        assert!(
            messages[1]["time"].as_f64().unwrap() > messages[0]["time"].as_f64().unwrap() + 0.1
        );
        assert_eq!(
            told(messages.len() - 1),
            (Some("receive"), Some(8), Some(""))
        );
    }
    let asked: Vec<_> = read("a.har")
        .into_iter()
        .filter(|entry| entry["_apitest"]["auth"] == true)
        .collect();
    assert_eq!(asked.len(), 2, "one of each client");
    assert!(
        asked
            .iter()
            .all(|entry| entry["response"]["content"]["text"] == "{\"access_token\":\"***\"}"),
        "{asked:?}"
    );
}

#[test]
fn a_replay_opens_no_socket() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start();
    fs::write(
        folder.path().join("a.toml"),
        STREAMS.replace("$URL", &server.url("/")),
    )
    .unwrap();
    let ran = apitest(folder.path(), &["run", "a.toml", "--record", "a.jsonl"]);
    assert_eq!(ran.code, 0, "{}", ran.shown);
    let sockets = |arguments: &[&str]| -> Option<usize> {
        let mut strace = Command::new("strace");
        strace
            .args(["-f", "-qq", "-e", "trace=socket,connect", "-o", "trace"])
            .arg(env!("CARGO_BIN_EXE_apitest"));
        let output = strace
            .args(arguments)
            .current_dir(folder.path())
            .env("KEY", "key-77aa88bb99")
            .output()
            .ok()?;
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stdout)
        );
        Some(
            fs::read_to_string(folder.path().join("trace"))
                .unwrap()
                .lines()
                .filter(|call| call.contains("AF_INET"))
                .count(),
        )
    };
    let Some(wire) = sockets(&["run", "a.toml::a token"]) else {
        let _ = std::io::stderr().write_all(
            b"\n!!!! SKIPPED: strace is not there, what a replay opens was NOT counted\n",
        );
        return;
    };
    assert!(wire > 0, "the trace shows nothing");
    assert_eq!(sockets(&["run", "a.toml", "--replay", "a.jsonl"]), Some(0));
}

#[test]
fn a_recording_is_there_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start();
    fs::write(
        folder.path().join("a.toml"),
        format!(
            "base_url = \"{}\"\n[[request]]\nget = \"/hello\"\n",
            server.url("")
        ),
    )
    .unwrap();
    fs::write(folder.path().join("old.jsonl"), "old").unwrap();
    let ran = apitest(
        folder.path(),
        &["run", "a.toml", "--record", "a.toml/x.jsonl"],
    );
    assert_eq!(ran.code, 2, "{}", ran.shown);
    assert!(
        ran.shown
            .contains("the recording `a.toml/x.jsonl` cannot be written"),
        "{}",
        ran.shown
    );
    assert!(
        server.requests().is_empty(),
        "nothing is sent whose answer could not be kept"
    );
    let ran = apitest(folder.path(), &["run", "a.toml", "--record", "/dev/full"]);
    assert_eq!(ran.code, 2, "{}", ran.shown);
    assert!(
        ran.shown.contains("the recording could not be written"),
        "{}",
        ran.shown
    );
    let ran = apitest(
        folder.path(),
        &["run", "a.toml", "--record", "old.jsonl", "--dry-run"],
    );
    assert_eq!(
        (
            ran.code,
            fs::read_to_string(folder.path().join("old.jsonl")).unwrap()
        ),
        (0, "old".to_owned())
    );
}

/// The ways in which a body breaks: the path, what stands behind the head, what is told, and the part that is kept.
const BROKEN: [(&str, &str, &str, &str); 4] = [
    (
        "cut",
        "Content-Length: 200\r\n\r\npart-of-cut",
        "body cut after 11 of 200 bytes",
        "part-of-cut",
    ),
    (
        "garbled",
        "Content-Encoding: gzip\r\nContent-Length: 15\r\n\r\npart-of-garbled",
        "body cannot be decoded as gzip: it begins with `part-of-garbled`",
        "part-of-garbled",
    ),
    (
        "late",
        "Content-Length: 200\r\n\r\npart-of-late",
        "body timed out after 12 of 200 bytes (timeout: 1s)",
        "part-of-late",
    ),
    (
        "large",
        "Transfer-Encoding: chunked\r\n\r\n14\r\npart-of-large-123456\r\n14\r\npart-of-large-123456\r\n0\r\n\r\n",
        "body larger than the limit of 30 bytes",
        "part-of-large",
    ),
];

/// A request of such a body that fails, and one that expects it.
fn broken_request(name: &str, class: &str, get: &str) -> String {
    format!(
        "[[request]]\nname = \"{name}\"\n{get}\nexpect.status = 503\nexpect.headers.x-trace = \"trace-7\"\n\
         [[request]]\nname = \"{name} is expected\"\n{get}\n\
         expect = {{ error = \"{class}\", status = 503, headers = {{ x-trace = \"trace-7\" }} }}\n"
    )
}

fn broken_bodies() -> (Server, String) {
    let server = Server::with(|received, wire, counts| {
        let broken = BROKEN
            .iter()
            .find(|(name, ..)| received.path() == format!("/{name}"));
        let (name, rest, ..) = broken.unwrap();
        write!(wire, "HTTP/1.1 503 No\r\nX-Trace: trace-7\r\n{rest}")?;
        wire.flush()?;
        while *name == "late" && !counts.is_stopped() {
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(After::Close)
    });
    let mut text = format!(
        "base_url = \"{}\"\n[defaults]\ntimeout = \"1s\"\n",
        server.url("")
    );
    for (name, ..) in BROKEN {
        let class = if name == "late" { "timeout" } else { "body" };
        let get = match name {
            "large" => "get = \"/large\"\nmax_body = 30".to_owned(),
            name => format!("get = \"/{name}\""),
        };
        text.push_str(&broken_request(name, class, &get));
    }
    (server, text)
}

/// The events of requests, without what no two runs share.
fn judged(folder: &Path, file: &str) -> Vec<serde_json::Value> {
    let events = fs::read_to_string(folder.join(file)).unwrap();
    let events = events
        .lines()
        .map(|line| serde_json::from_str(line).unwrap());
    let mut finished: Vec<serde_json::Value> = events
        .filter(|event: &serde_json::Value| event["event"] == "request_finished")
        .collect();
    for event in &mut finished {
        for name in ["start_s", "time", "curl", "facts", "rerun"] {
            event.as_object_mut().unwrap().remove(name);
        }
    }
    finished
}

/// Status, headers, the part of the body and the failure are in every report, and in a replay of either recording.
#[test]
fn a_broken_body_is_in_every_report_and_replayed() {
    let (server, text) = broken_bodies();
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.toml"), text).unwrap();
    let kinds: Vec<&str> = apitest::report::KINDS
        .iter()
        .map(|kind| kind.name)
        .collect();
    let reports: Vec<String> = kinds
        .iter()
        .flat_map(|kind| ["--report".to_owned(), format!("{kind}={kind}")])
        .collect();
    let mut arguments = vec!["run", "a.toml", "--record", "r.jsonl"];
    arguments.extend(reports.iter().map(String::as_str));
    let ran = apitest(folder.path(), &arguments);
    assert_eq!(ran.code, 1, "{}", ran.shown);
    fs::write(folder.path().join("terminal"), &ran.shown).unwrap();
    let ran = apitest(folder.path(), &["run", "a.toml", "--record", "r.har"]);
    assert_eq!(ran.code, 1, "{}", ran.shown);
    let wire = judged(folder.path(), "json");
    assert_eq!(
        wire.iter()
            .filter(|event| event["status"] == "passed")
            .count(),
        BROKEN.len()
    );
    for file in ["r.jsonl", "r.har"] {
        let ran = apitest(
            folder.path(),
            &[
                "run",
                "a.toml",
                "--replay",
                file,
                "--report",
                "json=replayed",
                "--report",
                "html=html2",
            ],
        );
        assert_eq!(ran.code, 1, "{}", ran.shown);
        for (wire, replayed) in wire.iter().zip(judged(folder.path(), "replayed")) {
            for name in ["name", "status", "code", "error", "failures", "sent"] {
                assert_eq!(wire[name], replayed[name], "{file}");
            }
            for name in ["error", "response"] {
                assert_eq!(wire["exchange"][name], replayed["exchange"][name], "{file}");
            }
        }
    }
    drop(server);
    let mut missing = Vec::new();
    for kind in kinds.iter().chain([&"terminal"]) {
        let report = fs::read_to_string(folder.path().join(kind)).unwrap();
        let report = report.split_whitespace().collect::<Vec<_>>().join(" ");
        for (name, _, told, part) in BROKEN {
            // A list of what is wrong has one line for each, and metrics have no requests.
            let wanted = match *kind {
                "prometheus" => continue,
                "gitlab" => vec![told.trim_start_matches("body ")],
                _ => vec!["503", "trace-7", told, part],
            };
            let lacks = wanted.iter().filter(|wanted| !report.contains(*wanted));
            missing.extend(lacks.map(|wanted| format!("{kind}: {name}: {wanted}")));
        }
    }
    assert_eq!(missing, Vec::<String>::new());
}
