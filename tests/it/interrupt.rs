//! Ctrl-C and SIGTERM: what runs is stopped, teardown runs, the report says what was not run.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test may panic, and says what it passes over"
)]

mod moments;

use std::fs;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::Server;

const COLLECTION: &str = r#"
base_url = "$URL"

[[request]]
name = "done"
get = "/hello"

[[request]]
name = "runs"
get = "/silent"

[[request]]
name = "waits"
get = "/hello/never"

[[teardown]]
name = "cleans up"
delete = "$CLEAN"
"#;

struct Run {
    child: Child,
    server: Server,
    folder: tempfile::TempDir,
}

struct Ended {
    code: Option<i32>,
    stdout: String,
    /// What was asked for, after the signal too.
    asked: Vec<String>,
    events: String,
    took: Duration,
}

impl Run {
    fn start(clean: &str) -> Self {
        let (server, folder) = (Server::start(), tempfile::tempdir().unwrap());
        let text = COLLECTION
            .replace("$URL", &server.url(""))
            .replace("$CLEAN", clean);
        fs::write(folder.path().join("a.toml"), text).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_apitest"));
        command
            .args(["run", "a.toml", "--report", "json=events.jsonl"])
            .current_dir(folder.path())
            .env_clear();
        let child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Self {
            child,
            server,
            folder,
        }
    }

    /// Waits until the server was asked so often.
    fn until_asked(&self, times: usize) {
        let started = Instant::now();
        while self.server.requests().len() < times {
            assert!(
                started.elapsed() < Duration::from_secs(20),
                "the server was asked {:?}",
                self.server.requests()
            );
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn signal(&self, name: &str) {
        let status = Command::new("kill")
            .args([&format!("-{name}"), &self.child.id().to_string()])
            .status()
            .unwrap();
        assert!(status.success());
    }

    fn end(self) -> Ended {
        let started = Instant::now();
        let output = self.child.wait_with_output().unwrap();
        let asked = self
            .server
            .requests()
            .iter()
            .map(|request| format!("{} {}", request.method, request.target))
            .collect();
        Ended {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            asked,
            events: fs::read_to_string(self.folder.path().join("events.jsonl")).unwrap_or_default(),
            took: started.elapsed(),
        }
    }
}

fn interrupted_by(signal: &str) {
    let run = Run::start("/clean");
    run.until_asked(2);
    run.signal(signal);
    let ended = run.end();
    assert_eq!(ended.code, Some(130), "{}", ended.stdout);
    assert!(ended.took < Duration::from_secs(10), "{:?}", ended.took);
    assert_eq!(ended.asked, ["GET /hello", "GET /silent", "DELETE /clean"]);
    assert!(ended.stdout.contains("2 not run"), "{}", ended.stdout);
    assert!(ended.stdout.contains("interrupted"), "{}", ended.stdout);
    let events: Vec<serde_json::Value> = ended
        .events
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let last = events.last().expect("events");
    assert_eq!(
        (last["event"].as_str(), last["interrupted"].as_bool()),
        (Some("run_finished"), Some(true))
    );
    assert_eq!(
        (
            last["counts"]["not_run"].as_i64(),
            last["exit_code"].as_i64()
        ),
        (Some(2), Some(130))
    );
    let told = |name: &str| {
        events
            .iter()
            .find(|event| event["event"] == "request_finished" && event["name"] == name)
            .unwrap()
    };
    assert_eq!(told("runs")["status"], "not_run");
    assert_eq!(told("waits")["status"], "not_run");
    assert_eq!(told("cleans up")["part"], "teardown");
}

#[test]
fn ctrl_c_ends_what_runs_and_cleans_up() {
    interrupted_by("INT");
}

#[test]
fn sigterm_does_the_same() {
    interrupted_by("TERM");
}

#[test]
fn a_second_ctrl_c_skips_the_cleaning() {
    let run = Run::start("/silent");
    run.until_asked(2);
    run.signal("INT");
    run.until_asked(3);
    run.signal("INT");
    let ended = run.end();
    assert_eq!(ended.code, Some(130), "{}", ended.stdout);
    assert!(ended.took < Duration::from_secs(10), "{:?}", ended.took);
    let last = ended.events.lines().last().expect("events");
    assert!(last.contains("run_finished"), "{last}");
}

/// What stands in a folder, in order.
fn names(folder: &std::path::Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn reports_of_kept_events_can_be_interrupted_and_leave_nothing() {
    use std::io::Write as _;
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("page.html"), "the one before").unwrap();
    for signal in ["INT", "TERM"] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_apitest"));
        command
            .args([
                "report",
                "-",
                "--report",
                "html=page.html",
                "--report",
                "junit=j.xml",
            ])
            .current_dir(folder.path())
            .env_clear();
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // It waits for the rest of the events, and has begun its files.
        child
            .stdin
            .as_mut()
            .unwrap()
            .write_all(b"{\"event\":")
            .unwrap();
        let started = Instant::now();
        while names(folder.path()).len() < 3 {
            assert!(
                started.elapsed() < Duration::from_secs(20),
                "{:?}",
                names(folder.path())
            );
            std::thread::sleep(Duration::from_millis(10));
        }
        let status = Command::new("kill")
            .args([&format!("-{signal}"), &child.id().to_string()])
            .status()
            .unwrap();
        assert!(status.success());
        let stdin = child.stdin.take();
        let output = child.wait_with_output().unwrap();
        drop(stdin);
        assert_eq!(output.status.code(), Some(130));
        assert_eq!(
            String::from_utf8_lossy(&output.stderr),
            "error: interrupted, no report was written\n"
        );
        assert_eq!(names(folder.path()), ["page.html"]);
    }
    assert_eq!(
        fs::read_to_string(folder.path().join("page.html")).unwrap(),
        "the one before"
    );
}

#[test]
fn a_run_that_is_killed_leaves_nothing_that_the_next_one_does_not_take_away() {
    let mut run = Run::start("/clean");
    run.until_asked(2);
    run.child.kill().unwrap();
    run.child.wait().unwrap();
    let left = names(run.folder.path());
    assert!(
        left.iter().any(|name| name.starts_with(".apitest-")),
        "{left:?}"
    );
    let mut command = Command::new(env!("CARGO_BIN_EXE_apitest"));
    command
        .args(["run", "a.toml::done", "--report", "json=events.jsonl"])
        .current_dir(run.folder.path())
        .env_clear();
    command.stdout(Stdio::null()).status().unwrap();
    assert_eq!(names(run.folder.path()), ["a.toml", "events.jsonl"]);
}

#[test]
fn a_reader_who_has_seen_enough_is_no_failure() {
    let server = Server::start();
    let folder = tempfile::tempdir().unwrap();
    let requests = "[[request]]\nget = \"/hello\"\n".repeat(300);
    fs::write(
        folder.path().join("a.toml"),
        format!("base_url = \"{}\"\n{requests}", server.url("")),
    )
    .unwrap();
    let binary = env!("CARGO_BIN_EXE_apitest");
    let script = format!("'{binary}' run a.toml -v; echo $? > code");
    let output = Command::new("sh")
        .args(["-c", &format!("({script}) | head -1")])
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(
        fs::read_to_string(folder.path().join("code"))
            .unwrap()
            .trim(),
        "0"
    );
    assert_eq!(server.requests().len(), 300);
}
