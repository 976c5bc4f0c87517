//! The library as a program uses it: from a test, from an async test, against a server on a free port.
#![expect(clippy::unwrap_used, reason = "a test")]

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use apitest::{ErrorKind, Project, Status};

/// A server on a free port that echoes the request's head as JSON, and its URL.
fn echo() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            thread::spawn(move || {
                let mut head = Vec::new();
                let mut byte = [0];
                while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap_or(0) == 1 {
                    head.push(byte[0]);
                }
                let head = String::from_utf8_lossy(&head).replace('"', "'");
                let lines: Vec<_> = head
                    .trim()
                    .lines()
                    .map(|line| format!("\"{line}\""))
                    .collect();
                let body = format!("{{\"head\":[{}]}}", lines.join(","));
                let response = format!(
                    "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
                    body.len()
                );
                drop(stream.write_all(response.as_bytes()));
            });
        }
    });
    url
}

/// A directory with one collection.
fn project(collection: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("c.toml"), collection).unwrap();
    folder
}

const TWO: &str = r#"
vars.user = "nobody"
[[request]]
name = "first"
get = "/{{ user }}"
expect.status = 200

[[request]]
name = "second"
get = "/x"
expect.status = 404
"#;

#[test]
fn a_report_says_of_every_request_how_it_ended() {
    let folder = project(TWO);
    let project = Project::discover(folder.path())
        .unwrap()
        .collection("c.toml")
        .base_url(echo())
        .var("user", "ada");
    let report = project.run().unwrap();
    assert!(!report.passed());
    assert_eq!(report.exit_code(), 1);
    assert_eq!((report.counts().passed, report.counts().failed), (1, 1));
    let [first, second] = report.requests() else {
        panic!("{report}")
    };
    assert_eq!(
        (first.name.as_str(), first.status, first.code),
        ("first", Status::Passed, Some(200))
    );
    assert!(first.url.ends_with("/ada"), "{}", first.url);
    assert_eq!(second.failures, ["status: expected 404, got 200"]);
    let panic = std::panic::catch_unwind(|| report.assert_passed()).unwrap_err();
    let text = panic.downcast_ref::<String>().unwrap();
    assert!(
        text.contains("second") && text.contains("expected 404"),
        "{text}"
    );
    assert!(!text.contains("first"), "only failures: {text}");

    // The same project runs again in the same process, with the same result.
    assert_eq!(project.run().unwrap().exit_code(), 1);
    project
        .clone()
        .filter("name(first)")
        .run()
        .unwrap()
        .assert_passed();
}

#[test]
fn what_the_command_line_hides_the_library_hides() {
    let folder = project(
        r#"
vars.token = { env = "API_TOKEN", secret = true }
[[request]]
name = "echo"
get = "/x"
headers.x-token = "{{ token }}"
expect.jsonpath."$.head[0]" = "no"
"#,
    );
    let secret = "s3cret-value-12345";
    let report = Project::discover(folder.path())
        .unwrap()
        .collection("c.toml")
        .base_url(echo())
        .env("API_TOKEN", secret)
        .run()
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut texts = vec![format!("{report}"), format!("{report:?}")];
    for kind in ["json", "junit", "html", "markdown", "har", "tap", "ctrf"] {
        let path = folder.path().join(kind);
        report.write(kind, &path).unwrap();
        texts.push(fs::read_to_string(path).unwrap());
    }
    for text in &texts {
        assert!(text.contains("echo"), "{text}");
        assert!(!text.contains(secret), "{text}");
    }
    assert!(
        texts[0].contains("x-token: ***") || texts[0].contains("***"),
        "{}",
        texts[0]
    );
    let unknown = report.write("junitt", folder.path().join("x")).unwrap_err();
    assert!(unknown.to_string().contains("junit"), "{unknown}");
}

#[test]
fn errors_have_the_kind_of_the_exit_code_and_say_all_problems_at_once() {
    let run = |collection: &str, url: &str| {
        let folder = project(collection);
        let project = Project::discover(folder.path()).unwrap().base_url(url);
        project.run().unwrap_err()
    };
    let broken = run(
        "[[request]]\ngett = \"/x\"\nexpect.statuss = 200\n",
        "http://127.0.0.1:1",
    );
    assert_eq!(broken.kind(), ErrorKind::Invalid);
    let text = broken.to_string();
    assert!(text.contains("gett") && text.contains("statuss"), "{text}");
    let dead = run("[[request]]\nget = \"/x\"\n", "http://127.0.0.1:1");
    assert_eq!(dead.kind(), ErrorKind::Unreachable, "{dead}");
    let empty = run("name = \"nothing\"\n", "http://127.0.0.1:1");
    assert_eq!(empty.kind(), ErrorKind::Invalid, "{empty}");
    assert_eq!(
        Project::discover("no such directory").unwrap_err().kind(),
        ErrorKind::Invalid
    );
    let waited = project("[[request]]\nget = \"/x\"\n");
    fs::write(
        waited.path().join("apitest.toml"),
        "wait.get = \"/ready\"\n",
    )
    .unwrap();
    let project = Project::discover(waited.path())
        .unwrap()
        .base_url("http://127.0.0.1:1");
    let not_ready = project
        .wait_ready(Duration::from_millis(200))
        .run()
        .unwrap_err();
    assert_eq!(not_ready.kind(), ErrorKind::NotReady, "{not_ready}");
}

#[test]
fn the_files_that_a_run_depends_on_are_named() {
    let folder = project(
        "include = [\"common.toml\"]\n[[request]]\npost = \"/x\"\njson_file = \"body.json\"\n",
    );
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("common.toml", "vars.a = 1\n");
    write("body.json", "{}");
    write("apitest.toml", "vars.p = 1\n");
    write("unrelated.txt", "");
    let report = Project::discover(folder.path())
        .unwrap()
        .collection("c.toml")
        .base_url(echo())
        .run()
        .unwrap();
    let names: Vec<_> = report
        .files()
        .iter()
        .filter_map(|path: &PathBuf| path.file_name()?.to_str())
        .collect();
    assert_eq!(
        names,
        ["apitest.toml", "body.json", "c.toml", "common.toml"]
    );
}

#[test]
fn a_blocking_run_inside_a_runtime_is_refused_with_a_hint() {
    let folder = project(TWO);
    let project = Project::discover(folder.path())
        .unwrap()
        .base_url(echo())
        .var("user", 1);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let error = runtime.block_on(async { project.run() }).unwrap_err();
    assert!(error.to_string().contains("run_async"), "{error}");
    let report = runtime.block_on(project.run_async()).unwrap();
    assert_eq!(report.exit_code(), 1);
}

#[test]
fn a_dropped_future_stops_the_run() {
    let folder = project("[[request]]\nget = \"/x\"\nrepeat = 100000\n");
    let project = Project::discover(folder.path()).unwrap().base_url(echo());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let started = Instant::now();
    let limit = Duration::from_millis(300);
    let late = runtime.block_on(async { tokio::time::timeout(limit, project.run_async()).await });
    assert!(late.is_err());
    drop(runtime);
    assert!(started.elapsed() < Duration::from_secs(10));
}

#[test]
fn requests_are_listed_and_run_one_by_one() {
    let folder = project(TWO);
    let project = Project::discover(folder.path())
        .unwrap()
        .base_url(echo())
        .var("user", "ada");
    let requests = project.requests().unwrap();
    let names: Vec<_> = requests
        .iter()
        .map(|request| request.name.as_str())
        .collect();
    assert_eq!(names, ["first", "second"]);
    let one = |name: &str| project.clone().request("c.toml", name).run().unwrap();
    one("first").assert_passed();
    assert!(!one("second").passed());
    assert!(Path::new(&requests[0].path).ends_with("c.toml"));
}
