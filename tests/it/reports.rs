//! Every report says what the terminal and the exit code say, and is valid to tools that nobody here wrote.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]

use crate::peer;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::support::Server;
use peer::peer;
use roxmltree::{Document, Node};
use serde_json::Value;

/// Each thing that can happen to a request.
const MIXED: &str = r#"
base_url = "$URL"
name = "mixed & <odd> | `names`"

[[setup]]
name = "log in"
get = "/hello"
capture.message = "$.message"

[[request]]
name = "passes [ok] # 100%"
tags = ["smoke", "a-b"]
get = "/hello"

[[request]]
name = "rows"
rows = [{ code = 200 }, { code = 404 }, { code = 201 }]
get = "/status/{{ code }}"
expect.status = { lt = 300 }

[[request]]
name = "flaky"
get = "/fail/1/503"
retry = { times = 2, delay = "1ms" }

[[request]]
name = "fails in two ways"
get = "/respond?status=500&body=%00%1b%5B2J%5D%5D%3E%26%3Cb%3E%0A::error::x%0A%EF%BF%BE"
expect.status = 200
expect.text = "two\nlines ]]> & <b>"

[[request]]
name = "makes nothing"
get = "/hello"
capture.id = "$.id"

[[request]]
name = "is blocked"
get = "/hello/{{ id }}"

[[request]]
name = "is skipped"
skip = "not today"
get = "/hello"

[[request]]
name = "gets no response"
get = "/close"

[[request]]
name = "is led on"
get = "/redirect/2"
follow_redirects = true

[[teardown]]
name = "cleans up"
get = "/status/500"
expect.status = 200
"#;

const BROKEN: &str =
    "base_url = \"http://127.0.0.1\"\n\n[[request]]\nget = \"/\"\nexpect.statsu = 200\n";

const KINDS: [(&str, &str); 9] = [
    ("json", "events.jsonl"),
    ("junit", "junit.xml"),
    ("html", "page.html"),
    ("markdown", "summary.md"),
    ("github", "annotations.txt"),
    ("gitlab", "quality.json"),
    ("tap", "report.tap"),
    ("ctrf", "ctrf.json"),
    ("prometheus", "metrics.prom"),
];

struct Place {
    folder: tempfile::TempDir,
    server: Server,
}

impl Place {
    fn new(files: &[(&str, &str)]) -> Self {
        let (server, folder) = (Server::start(), tempfile::tempdir().unwrap());
        for (name, text) in files {
            fs::write(
                folder.path().join(name),
                text.replace("$URL", &server.url("")),
            )
            .unwrap();
        }
        Self { folder, server }
    }

    fn apitest(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_apitest"));
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env_clear()
            .output()
            .unwrap()
    }

    /// Runs with every report.
    fn run(&self, arguments: &[&str]) -> Output {
        let reports = every_report();
        let mut all = arguments.to_vec();
        all.extend(reports.iter().map(String::as_str));
        self.apitest(&all)
    }

    fn path(&self, kind: &str) -> PathBuf {
        let (_, file) = all_kinds()
            .into_iter()
            .find(|(known, _)| *known == kind)
            .unwrap();
        self.folder.path().join(file)
    }

    fn read(&self, kind: &str) -> String {
        fs::read_to_string(self.path(kind)).unwrap_or_else(|error| panic!("{kind}: {error}"))
    }
}

fn all_kinds() -> Vec<(&'static str, &'static str)> {
    KINDS
        .into_iter()
        .chain([("har", "exchanges.har")])
        .collect()
}

fn every_report() -> Vec<String> {
    all_kinds()
        .into_iter()
        .flat_map(|(kind, file)| ["--report".to_owned(), format!("{kind}={file}")])
        .collect()
}

/// What each report says of the same.
#[derive(Debug, Default, PartialEq, Eq)]
struct Told {
    passed: usize,
    failed: usize,
    blocked: usize,
    skipped: usize,
    /// Problems of files, and the run itself.
    others: usize,
}

fn count(text: &str, what: &str) -> usize {
    text.matches(what).count()
}

fn of_terminal(stdout: &str) -> Told {
    let last = stdout
        .lines()
        .rev()
        .find(|line| line.starts_with(['✗', '✓']))
        .unwrap();
    let number = |word: &str| {
        let part = last.split([',', ':']).find(|part| part.contains(word));
        part.and_then(|part| part.split(' ').find_map(|word| word.parse().ok()))
            .unwrap_or(0)
    };
    Told {
        passed: number("passed"),
        failed: number("failed"),
        blocked: number("blocked"),
        skipped: number("skipped") + number("not run"),
        others: 0,
    }
}

fn of_events(text: &str) -> Told {
    let events: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let counts = &events.last().unwrap()["counts"];
    let number = |name: &str| usize::try_from(counts[name].as_u64().unwrap()).unwrap();
    let problems = events
        .iter()
        .filter(|event| event["event"] == "problem" && event["severity"] == "error")
        .count();
    Told {
        passed: number("passed"),
        failed: number("failed"),
        blocked: number("blocked"),
        skipped: number("skipped") + number("not_run"),
        others: problems,
    }
}

fn of_junit(text: &str) -> Told {
    let document = Document::parse(text).unwrap();
    let errors = |blocked: bool| {
        let is_blocked = |node: &Node<'_, '_>| node.attribute("type") == Some("blocked");
        document
            .descendants()
            .filter(|node| node.has_tag_name("error") && is_blocked(node) == blocked)
            .count()
    };
    let elements = |tag: &str| {
        document
            .descendants()
            .filter(|node| node.has_tag_name(tag))
            .count()
    };
    let (failed, skipped) = (elements("failure"), elements("skipped"));
    let tests: usize = document
        .root_element()
        .attribute("tests")
        .unwrap()
        .parse()
        .unwrap();
    assert_eq!(tests, elements("testcase"));
    let (blocked, others) = (errors(true), errors(false));
    Told {
        passed: tests - failed - skipped - blocked - others,
        failed,
        blocked,
        skipped,
        others,
    }
}

fn of_tap(text: &str) -> Told {
    let (blocked, problems) = (
        count(text, "severity: \"blocked\""),
        count(text, "severity: \"problem\""),
    );
    let skipped = count(text, " # SKIP");
    Told {
        passed: count(text, "\nok ") - skipped,
        failed: count(text, "\nnot ok ") - blocked - problems,
        blocked,
        skipped,
        others: problems,
    }
}

fn of_ctrf(text: &str) -> Told {
    let read: Value = serde_json::from_str(text).unwrap();
    let summary = &read["results"]["summary"];
    let number = |name: &str| usize::try_from(summary[name].as_u64().unwrap()).unwrap();
    let is_other = |test: &&Value| test["rawStatus"].is_null();
    let others = read["results"]["tests"]
        .as_array()
        .unwrap()
        .iter()
        .filter(is_other)
        .count();
    Told {
        passed: number("passed"),
        failed: number("failed") - others,
        blocked: number("other"),
        skipped: number("skipped") + number("pending"),
        others,
    }
}

fn of_prometheus(text: &str) -> Told {
    let number = |status: &str| {
        let name = format!("apitest_run_requests{{status=\"{status}\"}} ");
        text.lines()
            .find_map(|line| line.strip_prefix(&name)?.parse::<usize>().ok())
            .unwrap()
    };
    Told {
        passed: number("passed") + number("flaky"),
        failed: number("failed"),
        blocked: number("blocked"),
        skipped: number("skipped") + number("not_run"),
        others: 0,
    }
}

fn of_markdown(text: &str) -> Told {
    of_terminal(&text.lines().next().unwrap().replace("## ", ""))
}

/// One line is enough for each of these to say how many there are.
fn of_gitlab(text: &str) -> (usize, usize) {
    let read: Value = serde_json::from_str(text).unwrap();
    let entries = read.as_array().unwrap();
    let blocked = entries
        .iter()
        .filter(|entry| entry["check_name"] == "blocked")
        .count();
    let prints: std::collections::BTreeSet<_> = entries
        .iter()
        .map(|entry| entry["fingerprint"].as_str().unwrap())
        .collect();
    assert_eq!(prints.len(), entries.len(), "fingerprints are unique");
    (entries.len() - blocked, blocked)
}

#[test]
fn every_report_says_what_the_terminal_and_the_exit_code_say() {
    let place = Place::new(&[("a.toml", MIXED), ("broken.toml", BROKEN)]);
    let output = place.run(&["run", "a.toml", "broken.toml"]);
    let stdout = String::from_utf8(output.stdout).unwrap();
    let expected = Told {
        passed: 5,
        failed: 5,
        blocked: 1,
        skipped: 1,
        others: 0,
    };
    assert_eq!(of_terminal(&stdout), expected, "{stdout}");
    assert_eq!(output.status.code(), Some(2), "a file is broken");
    let with_problem = |told: Told| Told { others: 1, ..told };
    assert_eq!(of_markdown(&place.read("markdown")), expected);
    assert_eq!(of_prometheus(&place.read("prometheus")), expected);
    let expected = with_problem(expected);
    assert_eq!(of_events(&place.read("json")), expected);
    assert_eq!(of_junit(&place.read("junit")), expected);
    assert_eq!(of_tap(&place.read("tap")), expected);
    assert_eq!(of_ctrf(&place.read("ctrf")), expected);
    // Two expectations of one request, one of each other, and the problem.
    assert_eq!(of_gitlab(&place.read("gitlab")), (5 + 1 + 1, 1));
    let annotations = place.read("github");
    assert_eq!(
        (count(&annotations, "::error "), annotations.lines().count()),
        (5 + 1, 5 + 1 + 1),
        "{annotations}"
    );
    // Each answer is an entry, and so is the request that got none: setup, 3 rows, 2 redirects and where they led …
    let har: Value = serde_json::from_str(&place.read("har")).unwrap();
    let statuses: Vec<_> = har["log"]["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| &entry["response"]["status"])
        .collect();
    assert_eq!(statuses.len(), 13, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 302).count(), 2);
}

#[test]
fn reports_of_kept_events_are_the_same() {
    let place = Place::new(&[("a.toml", MIXED), ("broken.toml", BROKEN)]);
    place.run(&["run", "a.toml", "broken.toml"]);
    let before: Vec<_> = all_kinds()
        .into_iter()
        .map(|(kind, _)| (kind, place.read(kind)))
        .collect();
    fs::rename(place.path("json"), place.folder.path().join("kept.jsonl")).unwrap();
    let reports = every_report();
    let mut arguments = vec!["report", "kept.jsonl"];
    arguments.extend(reports.iter().map(String::as_str));
    let output = place.apitest(&arguments);
    assert_eq!(
        output.status.code(),
        Some(2),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    for (kind, text) in before {
        assert!(place.read(kind) == text, "{kind} differs");
    }
}

#[test]
fn a_run_that_proves_nothing_is_red_in_every_report() {
    let skipped = "base_url = \"$URL\"\n[[request]]\nget = \"/hello\"\nskip = true\n";
    let place = Place::new(&[("a.toml", skipped)]);
    let output = place.run(&["run", "a.toml"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        place
            .read("tap")
            .contains("\nBail out! every request was skipped")
    );
    assert_eq!(
        (
            of_junit(&place.read("junit")).others,
            of_ctrf(&place.read("ctrf")).others
        ),
        (1, 1)
    );
    assert!(place.read("prometheus").contains("apitest_run_success 0\n"));
    assert!(place.read("markdown").starts_with("## ✗ "));
    assert!(place.read("github").starts_with("::error title="));
    assert_eq!(of_gitlab(&place.read("gitlab")), (1, 0));
}

#[test]
fn one_that_cannot_be_written_leaves_the_others_whole_and_the_run_red() {
    if !Path::new("/dev/full").exists() {
        return;
    }
    let place = Place::new(&[(
        "a.toml",
        "base_url = \"$URL\"\n[[request]]\nget = \"/hello\"\n",
    )]);
    for (kind, _) in all_kinds() {
        let full = format!("{kind}=/dev/full");
        let other = if kind == "tap" {
            "junit=other"
        } else {
            "tap=other"
        };
        let output = place.apitest(&["run", "a.toml", "--report", &full, "--report", other]);
        let stderr = String::from_utf8(output.stderr).unwrap();
        // Nothing failed, so that there is nothing to annotate.
        let code = if kind == "github" { 0 } else { 2 };
        assert_eq!(output.status.code(), Some(code), "{kind}: {stderr}");
        assert!(
            code == 0
                || stderr.contains(&format!(
                    "the report `{full}` could not be written: no space left"
                )),
            "{stderr}"
        );
        let written = fs::read_to_string(place.folder.path().join("other")).unwrap();
        assert!(
            written.ends_with("1..1\n") || written.ends_with("</testsuites>\n"),
            "{kind}: {written}"
        );
    }
}

/// A run that SIGTERM ended half-way, while a request hung.
#[cfg(unix)]
fn killed() -> (Place, Output) {
    let text = format!(
        "{}\n[[request]]\nname = \"hangs\"\nget = \"/silent\"\n\n[[request]]\nname = \"never\"\nget = \"/hello\"\n",
        MIXED.split("\n[[teardown]]").next().unwrap()
    );
    let place = Place::new(&[("a.toml", &text)]);
    let mut command = Command::new(env!("CARGO_BIN_EXE_apitest"));
    command
        .args(["run", "a.toml", "--record", RECORDED])
        .args(every_report())
        .current_dir(place.folder.path())
        .env_clear();
    let child = command
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let started = std::time::Instant::now();
    let hangs = || {
        place
            .server
            .requests()
            .iter()
            .any(|request| request.path() == "/silent")
    };
    while !hangs() {
        assert!(started.elapsed() < std::time::Duration::from_secs(20));
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    assert!(
        Command::new("kill")
            .args(["-TERM", &child.id().to_string()])
            .status()
            .unwrap()
            .success()
    );
    let output = child.wait_with_output().unwrap();
    (place, output)
}

#[cfg(unix)]
#[test]
fn what_was_known_is_written_when_the_run_is_killed() {
    let known: Vec<_> = all_kinds().into_iter().map(|(kind, _)| kind).collect();
    let all: Vec<_> = apitest::report::KINDS
        .iter()
        .map(|kind| kind.name)
        .collect();
    assert!(
        all.iter().all(|kind| known.contains(kind)),
        "a kind is not looked at here: {all:?}"
    );
    let (place, output) = killed();
    assert_eq!(output.status.code(), Some(130));
    let names = fs::read_dir(place.folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert_eq!(
        names.filter(|name| name.starts_with(".apitest-")).count(),
        0
    );
    let told = of_events(&place.read("json"));
    assert_eq!(
        (told.passed, told.blocked, told.skipped),
        (5, 1, 3),
        "{told:?}"
    );
    let junit = of_junit(&place.read("junit"));
    assert_eq!(junit, Told { others: 1, ..told });
    assert!(
        place
            .read("tap")
            .ends_with("\nBail out! the run was interrupted\n")
    );
    assert_eq!(of_ctrf(&place.read("ctrf")), junit);
    assert!(
        place
            .read("prometheus")
            .contains("apitest_run_exit_code 130\n")
    );
    let har: Value = serde_json::from_str(&place.read("har")).unwrap();
    // As many answers as of the whole run, but for redirects and teardown, which were not come to.
    assert_eq!(har["log"]["entries"].as_array().unwrap().len(), 12);
    assert_eq!(of_gitlab(&place.read("gitlab")), (5 + 1, 1));
    assert_eq!(count(&place.read("github"), "::error "), 5);
    let markdown = place.read("markdown");
    assert!(
        markdown.starts_with("## ✗ the run was interrupted") || markdown.starts_with("## ✗ "),
        "{markdown}"
    );
    assert_eq!(of_markdown(&markdown), told);
    assert_eq!(
        count(&markdown, "<details>"),
        count(&markdown, "</details>")
    );
    let html = place.read("html");
    assert!(html.ends_with("</html>\n") && html.contains("interrupted"));
}

fn runs_well(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let said = [output.stdout, output.stderr]
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        .concat();
    assert!(output.status.success(), "{command:?}\n{said}");
    said
}

/// What `--record` keeps beside the reports.
const RECORDED: &str = "recorded.har";

fn mixed() -> Place {
    let place = Place::new(&[("a.toml", MIXED), ("broken.toml", BROKEN)]);
    place.run(&["run", "a.toml", "broken.toml", "--record", RECORDED]);
    place
}

/// The reports of a run that came to its end, and of one that was killed.
fn whole_and_killed() -> Vec<Place> {
    let mut places = vec![mixed()];
    #[cfg(unix)]
    places.push(killed().0);
    places
}

#[test]
#[ignore = "needs validators"]
fn junit_is_valid() {
    let Some(xsd) = peer("VALIDATORS_XSD") else {
        return;
    };
    for place in whole_and_killed() {
        runs_well(
            Command::new("xmllint")
                .args(["--noout", "--schema", &xsd])
                .arg(place.path("junit")),
        );
    }
}

/// Runs a script of node beside the packages, with the report's path behind it.
fn node(folder: &str, script: &str, path: &Path) -> String {
    let script = format!(
        "const path = process.argv[1]; const read = () => require('fs').readFileSync(path, 'utf8');\n{script}"
    );
    runs_well(
        Command::new("node")
            .args(["-e", &script, "--"])
            .arg(path)
            .current_dir(folder),
    )
}

#[test]
#[ignore = "needs validators"]
fn tap_is_read_as_it_is_meant() {
    let Some(folder) = peer("VALIDATORS_NODE") else {
        return;
    };
    let place = mixed();
    let script = "
        const { Parser } = require('tap-parser');
        const seen = [];
        const parser = new Parser({ strict: true }, results => console.log(JSON.stringify({ ...results, seen })));
        parser.on('assert', test => seen.push({ ok: test.ok, name: test.name, diag: test.diag }));
        parser.end(read());";
    let read: Value = serde_json::from_str(&node(&folder, script, &place.path("tap"))).unwrap();
    let numbers = ["count", "fail", "skip", "bailout"].map(|name| read[name].clone());
    assert_eq!(
        numbers,
        [Value::from(13), 7.into(), 1.into(), false.into()],
        "{read:#}"
    );
    assert_eq!(
        read["failures"].as_array().unwrap().len(),
        7,
        "no complaints of the parser among them: {read:#}"
    );
    let seen = read["seen"].as_array().unwrap();
    assert!(
        seen.iter()
            .any(|test| test["name"] == "mixed & <odd> | `names` › passes [ok] # 100%"),
        "{read:#}"
    );
    assert!(
        seen.iter()
            .filter(|test| test["ok"] == false)
            .all(|test| test["diag"]["details"].is_string())
    );

    let nothing = "base_url = \"$URL\"\n[[request]]\nget = \"/hello\"\nskip = true\n";
    let place = Place::new(&[("a.toml", nothing)]);
    place.run(&["run", "a.toml"]);
    let read: Value = serde_json::from_str(&node(&folder, script, &place.path("tap"))).unwrap();
    assert_eq!(read["ok"], false, "{read:#}");
}

#[test]
#[ignore = "needs validators"]
fn ctrf_is_valid() {
    let Some(folder) = peer("VALIDATORS_NODE") else {
        return;
    };
    let script = "const found = require('ctrf').validate(JSON.parse(read())); console.log(found); process.exit(found.valid ? 0 : 1)";
    for place in whole_and_killed() {
        node(&folder, script, &place.path("ctrf"));
    }
}

#[test]
#[ignore = "needs validators"]
fn har_is_valid() {
    let Some(folder) = peer("VALIDATORS_NODE") else {
        return;
    };
    let script = "require('har-validator').har(JSON.parse(read())).catch(error => { console.log(error.errors); process.exit(1) })";
    for place in whole_and_killed() {
        node(&folder, script, &place.path("har"));
        node(&folder, script, &place.folder.path().join(RECORDED));
    }
}

#[test]
#[ignore = "needs validators"]
fn metrics_are_valid_in_both_formats() {
    let Some(python) = peer("VALIDATORS_PYTHON") else {
        return;
    };
    let script = "
import sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as classic
text = open(sys.argv[1], encoding='utf-8').read()
names = [[sample.name for family in parse(text) for sample in family.samples] for parse in (openmetrics, classic)]
assert names[0] == names[1] and len(names[0]) > 20, names
";
    for place in whole_and_killed() {
        runs_well(
            Command::new(&python)
                .args(["-c", script])
                .arg(place.path("prometheus")),
        );
    }
}

#[test]
#[ignore = "needs validators"]
fn metrics_are_to_the_taste_of_prometheus_itself() {
    let Some(promtool) = peer("VALIDATORS_PROMTOOL") else {
        return;
    };
    for place in whole_and_killed() {
        let metrics = fs::File::open(place.path("prometheus")).unwrap();
        let said = runs_well(
            Command::new(&promtool)
                .args(["check", "metrics"])
                .stdin(metrics),
        );
        assert_eq!(said, "", "not even advice");
    }
}
