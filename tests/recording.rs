//! `--record` and `--replay`: what was judged over the wire is judged the same without it, and no secret is in between.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may panic")]

mod support;

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use support::Server;

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
name = "no answer"
get = "/close"
expect.error = "protocol"

[[request]]
name = "takes its time"
get = "/delay/150"
expect.time = { gte = "150ms", lt = "20s" }

[[request]]
name = "elsewhere"
get = "$OTHER/hello"
"#;

struct Ran {
    code: i32,
    shown: String,
}

fn apitest(folder: &Path, arguments: &[&str]) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_apitest"));
    command.args(arguments).current_dir(folder).env_clear().env("KEY", "key-77aa88bb99").env("SMALL", "abc-9");
    let output = command.output().unwrap();
    let shown = [output.stdout, output.stderr].concat();
    Ran { code: output.status.code().unwrap(), shown: String::from_utf8(shown).unwrap() }
}

/// What became of each request: everything of the events but what two runs never share.
fn verdicts(folder: &Path, file: &str) -> Vec<(String, String, String, String)> {
    let events = fs::read_to_string(folder.join(file)).unwrap();
    let events = events.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let finished = events.filter(|event| event["event"] == "request_finished");
    let told = finished.map(|event| {
        (event["name"].to_string(), event["status"].to_string(), event["sent"].to_string(), event["duration_s"].to_string())
    });
    told.collect()
}

fn record_and_replay(file: &str) {
    let folder = tempfile::tempdir().unwrap();
    let (server, other) = (Server::start(), Server::start());
    let text = COLLECTION.replace("$URL", &server.url("/")).replace("$OTHER", &other.url(""));
    fs::write(folder.path().join("a.toml"), &text).unwrap();
    let recorded = apitest(folder.path(), &["run", "a.toml", "--record", file, "--report", "json=wire.jsonl"]);
    assert_eq!(recorded.code, 0, "{}", recorded.shown);

    let kept = fs::read_to_string(folder.path().join(file)).unwrap();
    for secret in [SECRET, "key-77aa88bb99", "a2V5LTc3YWE4OGJiOTk", "1234567", "abc-9"] {
        assert!(!kept.contains(secret), "{secret} is in {kept}");
    }
    assert!(kept.contains("sid=***; HttpOnly"), "{kept}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(fs::metadata(folder.path().join(file)).unwrap().permissions().mode() & 0o777, 0o600);
    }

    // Another stage, where nobody listens any more.
    drop((server, other));
    let started = Instant::now();
    let base = ["--base-url", "https://stage.invalid/v2"];
    let arguments = [&["run", "a.toml", "--replay", file, "--report", "json=replay.jsonl"][..], &base].concat();
    let replayed = apitest(folder.path(), &arguments);
    assert_eq!(replayed.code, 0, "{}", replayed.shown);
    assert!(started.elapsed() < Duration::from_secs(5), "nothing is waited for");
    let (wire, replay) = (verdicts(folder.path(), "wire.jsonl"), verdicts(folder.path(), "replay.jsonl"));
    assert_eq!(wire.len(), replay.len());
    for (wire, replay) in wire.iter().zip(&replay) {
        assert_eq!((&wire.0, &wire.1, &wire.2), (&replay.0, &replay.1, &replay.2));
        let seconds = |text: &str| text.parse::<f64>().unwrap();
        assert!((seconds(&wire.3) - seconds(&replay.3)).abs() < 1e-6, "{wire:?} {replay:?}");
    }
}

#[test]
fn lines_of_our_own_are_replayed_without_a_network() {
    record_and_replay("kept/recording.jsonl");
}

#[test]
fn har_is_replayed_without_a_network() {
    record_and_replay("recording.har");
}

#[test]
fn a_recording_is_there_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start();
    fs::write(folder.path().join("a.toml"), format!("base_url = \"{}\"\n[[request]]\nget = \"/hello\"\n", server.url("")))
        .unwrap();
    fs::write(folder.path().join("old.jsonl"), "old").unwrap();
    let ran = apitest(folder.path(), &["run", "a.toml", "--record", "a.toml/x.jsonl"]);
    assert_eq!(ran.code, 2, "{}", ran.shown);
    assert!(ran.shown.contains("the recording `a.toml/x.jsonl` cannot be written"), "{}", ran.shown);
    assert!(server.requests().is_empty(), "nothing is sent whose answer could not be kept");
    let ran = apitest(folder.path(), &["run", "a.toml", "--record", "/dev/full"]);
    assert_eq!(ran.code, 2, "{}", ran.shown);
    assert!(ran.shown.contains("the recording could not be written"), "{}", ran.shown);
    let ran = apitest(folder.path(), &["run", "a.toml", "--record", "old.jsonl", "--dry-run"]);
    assert_eq!((ran.code, fs::read_to_string(folder.path().join("old.jsonl")).unwrap()), (0, "old".to_owned()));
}
