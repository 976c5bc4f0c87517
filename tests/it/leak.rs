//! No secret leaves the program but on the wire: every report and every command, with secrets everywhere they can be, and
//! a server that sends them back. No encoded form of them is found, and no start or end that a cut could leave.

#![expect(
    clippy::string_slice,
    clippy::format_collect,
    reason = "the texts are the test's own"
)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may panic"
)]

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use crate::support::{Received, Server, answers};
use apitest::report::KINDS;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::Digest as _;

/// How many characters of a start or an end are too many.
const PART: usize = 8;

/// Secrets by the name of the environment's variable.
fn secrets() -> Vec<(&'static str, String)> {
    let long: String = (0..60)
        .map(|number: u32| format!("L{:x}q", number * 7919 + 65_537))
        .collect::<Vec<_>>()
        .concat();
    vec![
        ("ODD", "p@ss \"w'örd\"/<&>+\\ 100% {x}".to_owned()),
        ("LONG", long),
        ("PLAIN", "tok-4711-ABCdefGHIjkl".to_owned()),
        ("DIGITS", "9071835264".to_owned()),
        ("FILED", "from-the-secret-file_Zz9".to_owned()),
        ("SERVED", "handed-Out~and=fresh".to_owned()),
        ("WRITTEN", "written-Into-the-file!".to_owned()),
        ("BEARER", "nobody-said-secret-77".to_owned()),
        ("KEYED", "by-the-name-of-its-header-31".to_owned()),
        ("COOKIE", "as-it-is-a-cookie-4096".to_owned()),
    ]
}

const COLLECTION: &str = include_str!("../leak/collection.toml");

/// The texts that must not be found, each with what it is.
fn forbidden(name: &str, secret: &str) -> Vec<(String, String)> {
    let mut all = Vec::new();
    let mut add = |form: &str, text: String| all.push((format!("{name} {form}"), text));
    let percent = utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string();
    let json = serde_json::to_string(secret).unwrap();
    add("percent", percent.to_lowercase());
    add(
        "form",
        url::form_urlencoded::byte_serialize(secret.as_bytes()).collect(),
    );
    add(
        "html",
        secret
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;")
            .replace('"', "&quot;"),
    );
    add("hex", hex::encode(secret));
    add("hex", hex::encode_upper(secret));
    for shift in 0..3 {
        let shifted = [&b"\0\0"[..shift], secret.as_bytes()].concat();
        for engine in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
            let encoded = engine.encode(&shifted);
            let decided = shifted.len() * 8 / 6;
            add(
                "base64",
                encoded.get([0, 2, 3][shift]..decided).unwrap().to_owned(),
            );
        }
    }
    for (form, text) in [
        ("raw", secret),
        ("json", &json[1..json.len() - 1]),
        ("percent", &percent),
    ] {
        let count = text.chars().count();
        add(form, text.to_owned());
        add(
            &format!("start of {form}"),
            text.chars().take(PART).collect(),
        );
        add(
            &format!("end of {form}"),
            text.chars().skip(count - PART).collect(),
        );
    }
    add("double percent", percent.replace('%', "%25"));
    add(
        "html numbers",
        secret
            .chars()
            .map(|sign| format!("&#{};", u32::from(sign)))
            .collect(),
    );
    add(
        "html hex numbers",
        secret
            .chars()
            .map(|sign| format!("&#x{:x};", u32::from(sign)))
            .collect(),
    );
    add("shell", secret.replace('\'', r"'\''"));
    add(
        "json in a page",
        json[1..json.len() - 1].replace('<', "\\u003c"),
    );
    add(
        "json in json",
        serde_json::to_string(&json[1..json.len() - 1])
            .unwrap()
            .trim_matches('"')
            .to_owned(),
    );
    // What expressions make of it, and servers.
    add("upper", secret.to_uppercase());
    add("lower", secret.to_lowercase());
    add("sha256", hex::encode(sha2::Sha256::digest(secret)));
    add("reversed", secret.chars().rev().collect());
    all
}

fn leaks(output: &str) -> String {
    let mut found = String::new();
    for (name, secret) in secrets() {
        for (form, text) in forbidden(name, &secret) {
            for (at, _) in output.match_indices(&text) {
                let from = (0..=at.saturating_sub(60))
                    .rev()
                    .find(|at| output.is_char_boundary(*at))
                    .unwrap();
                let around: String = output[from..]
                    .chars()
                    .take(160 + text.chars().count())
                    .collect();
                writeln!(found, "{form} `{text}` in: {around}\n").unwrap();
            }
        }
    }
    found
}

/// The standard behaviours, and a login that hands out a secret.
fn server() -> Server {
    Server::with(|received: &Received, wire, counts| {
        if received.path() == "/login" {
            let served = &secrets()[5].1;
            let body = serde_json::json!({ "token": served, "list": [served], "note": "welcome" })
                .to_string();
            let headers = [
                ("Content-Type", "application/json"),
                ("Set-Cookie", &*format!("sid={served}")),
                ("X-Token", served),
            ];
            answers::respond(wire, 200, &headers, body.as_bytes())?;
            return Ok(crate::support::After::Keep);
        }
        if received.path() == "/zipped" {
            let mut body =
                flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
            body.write_all(&received.body)?;
            let headers = [("Content-Type", "text/plain"), ("Content-Encoding", "gzip")];
            answers::respond(wire, 200, &headers, &body.finish()?)?;
            return Ok(crate::support::After::Keep);
        }
        answers::answer(received, wire, counts)
    })
}

struct Place {
    folder: tempfile::TempDir,
    server: Server,
}

impl Place {
    fn new() -> Self {
        let (folder, server) = (tempfile::tempdir().unwrap(), server());
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        let [written, bearer, keyed, cookie] = [6, 7, 8, 9].map(|at| secrets()[at].1.clone());
        let collection = COLLECTION
            .replace("$URL", &server.url(""))
            .replace("$WRITTEN", &written)
            .replace("$BEARER", &bearer)
            .replace("$KEYED", &keyed)
            .replace("$COOKIE", &cookie);
        write("a.toml", &collection);
        write("secrets.env", &format!("FILED={}\n", secrets()[4].1));
        // The same with mistakes on the lines of secrets.
        let broken = collection.replace("secret = true }  # here", "secret = true, sceret = 1 }");
        fs::create_dir(folder.path().join("broken")).unwrap();
        write("broken/b.toml", &broken);
        Self { folder, server }
    }

    fn run(&self, arguments: &[&str]) -> String {
        let mut command = Command::new(env!("CARGO_BIN_EXE_apitest"));
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env_clear();
        let secrets = secrets();
        for at in [0, 2] {
            command.args(["--secret", &format!("{}={}", secrets[at].0, secrets[at].1)]);
        }
        for at in [1, 3] {
            command.env(secrets[at].0, &secrets[at].1);
        }
        command.args(["--secret-env-file", "secrets.env"]);
        let output = command.output().unwrap();
        [output.stdout, output.stderr]
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .concat()
    }
}

fn holds(arguments: &[&str], mentions: &str) {
    let place = Place::new();
    let output = place.run(arguments);
    assert!(output.contains(mentions), "{arguments:?} says:\n{output}");
    let found = leaks(&output);
    assert!(found.is_empty(), "{arguments:?} leaks:\n{found}");
}

#[test]
fn secrets_do_reach_the_server() {
    let place = Place::new();
    place.run(&["run", "a.toml"]);
    let came: String = place
        .server
        .requests()
        .iter()
        .map(|request| {
            let body = String::from_utf8_lossy(&request.body).into_owned();
            format!("{} {:?} {body}", request.target, request.headers)
        })
        .collect();
    for (name, secret) in secrets().into_iter().filter(|(name, _)| *name != "ODD") {
        assert!(came.contains(&secret), "{name} was not sent: {came}");
    }
}

#[test]
fn the_report_of_a_run_holds_none() {
    holds(&["run", "a.toml"], "failed");
}

#[test]
fn nor_do_all_exchanges() {
    holds(&["run", "a.toml", "--verbose"], "< HTTP/1.1 200");
}

#[test]
fn nor_do_the_events() {
    holds(&["run", "a.toml", "--report", "json=-"], "run_finished");
}

#[test]
fn nor_a_run_with_retries_in_colour() {
    holds(
        &["run", "a.toml", "--retries", "1", "--color", "always", "-v"],
        "failed",
    );
}

#[test]
fn nor_what_is_shown_without_sending() {
    holds(&["run", "a.toml", "--dry-run"], "dry run");
    holds(&["list", "a.toml"], "requests");
    holds(&["list", "a.toml", "--json"], "method");
    holds(&["check", "a.toml"], "no problems");
    let names = Place::new().run(&["list", "a.toml", "--json"]);
    let names: Vec<String> = names
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .map(|line| format!("a.toml::{}", line["name"].as_str().unwrap()))
        .collect();
    let mut arguments = vec!["show"];
    arguments.extend(names.iter().map(String::as_str));
    holds(&arguments, "curl");
}

#[test]
fn nor_the_problems_of_a_broken_collection() {
    holds(&["check", "broken"], "sceret");
    holds(&["run", "broken"], "sceret");
    holds(&["run", "broken", "--report", "json=-"], "sceret");
}

#[test]
fn nor_the_events_in_a_file() {
    let place = Place::new();
    place.run(&["run", "a.toml", "--report", "json=events.jsonl"]);
    let found = leaks(&fs::read_to_string(place.folder.path().join("events.jsonl")).unwrap());
    assert!(found.is_empty(), "{found}");
}

/// Every kind that there is, so that a new one cannot escape: its file, and what the terminal says meanwhile.
#[test]
fn nor_any_kind_of_report_whatever_is_shown_beside_it() {
    let place = Place::new();
    let reports: Vec<_> = KINDS
        .iter()
        .map(|kind| format!("{0}=reports/{0}", kind.name))
        .collect();
    let mut arguments = vec!["run", "a.toml", "--verbose"];
    arguments.extend(reports.iter().flat_map(|report| ["--report", report]));
    let shown = leaks(&place.run(&arguments));
    assert!(shown.is_empty(), "{shown}");
    for kind in KINDS {
        let written = fs::read(place.folder.path().join("reports").join(kind.name)).unwrap();
        let found = leaks(&String::from_utf8_lossy(&written));
        assert!(
            !written.is_empty() && found.is_empty(),
            "`{}` leaks:\n{found}",
            kind.name
        );
    }
}

#[test]
fn secrets_are_shown_to_nobody_but_a_terminal() {
    let place = Place::new();
    let said = place.run(&["run", "a.toml", "--show-secrets"]);
    assert!(
        said.contains(
            "`--show-secrets` only works on a terminal, and standard output is not a terminal"
        ),
        "{said}"
    );
    assert!(place.server.requests().is_empty(), "nothing is sent");
}

#[test]
fn a_short_secret_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let text = "base_url = \"http://x.invalid\"\n[vars]\nk = { env = \"K\", secret = true }\n[[request]]\nget = \"/{{ k }}\"\n";
    fs::write(folder.path().join("a.toml"), text).unwrap();
    let run = |arguments: &[&str], folder: &Path| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_apitest"));
        let output = command
            .args(arguments)
            .current_dir(folder)
            .env_clear()
            .env("K", "abc")
            .output()
            .unwrap();
        (
            output.status.code(),
            String::from_utf8_lossy(&output.stderr).into_owned(),
        )
    };
    let (code, said) = run(&["run", "a.toml"], folder.path());
    assert!(
        code == Some(2) && said.contains("`k` has only 3 characters"),
        "{said}"
    );
    let (code, said) = run(&["run", "a.toml", "--secret", "K=abc"], folder.path());
    assert!(
        code == Some(2) && said.contains("fewer than 4 characters") && !said.contains("abc"),
        "{said}"
    );
}

/// Words that this program's own sentences, reports and commands are full of.
const WORDS: [&str; 21] = [
    "test",
    "true",
    "http",
    "user",
    "error",
    "status",
    "headers",
    "jsonpath",
    "name",
    "path",
    "missing",
    "value",
    "failed",
    "hint",
    "request",
    "expected",
    "response",
    "connection",
    "passed",
    "member",
    "collections",
];

/// What a run with a secret says: each report, the terminal, a recording, what is shown without sending, and the commands that are
/// named in it.
fn said_with(secret: &str) -> (Vec<(String, String)>, Vec<String>, Place) {
    let place = Place::new();
    let text = include_str!("../leak/short.toml").replace("$URL", &place.server.url(""));
    fs::create_dir(place.folder.path().join("collections")).unwrap();
    fs::write(place.folder.path().join("collections/user.toml"), text).unwrap();
    let path = "collections/user.toml";
    let mut said = Vec::new();
    let mut run = |name: &str, arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_apitest"));
        let output = command
            .args(arguments)
            .current_dir(place.folder.path())
            .env_clear()
            .env("S", secret)
            .output()
            .unwrap();
        let text = [output.stdout, output.stderr]
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .concat();
        said.push((name.to_owned(), text));
    };
    let reports: Vec<_> = KINDS
        .iter()
        .map(|kind| format!("{0}=reports/{0}", kind.name))
        .collect();
    let mut arguments = vec![
        "run",
        path,
        "--verbose",
        "--record",
        "reports/recording.jsonl",
    ];
    arguments.extend(reports.iter().flat_map(|report| ["--report", report]));
    run("run", &arguments);
    run(
        "har",
        &["run", path, "--quiet", "--record", "reports/recording.har"],
    );
    run("dry run", &["run", path, "--dry-run"]);
    run("list", &["list", path, "--json"]);
    run("show", &["show", path]);
    run("check", &["check", path]);
    let names = KINDS
        .iter()
        .map(|kind| kind.name)
        .chain(["recording.jsonl", "recording.har"]);
    said.extend(names.map(|name| {
        let written = fs::read(place.folder.path().join("reports").join(name)).unwrap();
        (
            name.to_owned(),
            String::from_utf8_lossy(&written).into_owned(),
        )
    }));
    let events = fs::read_to_string(place.folder.path().join("reports/json")).unwrap();
    let events = events
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let commands = events
        .filter_map(|event| event["rerun"].as_str().map(str::to_owned))
        .collect();
    (said, commands, place)
}

/// A secret that is a word of the program is removed wherever it comes from the collection or the network, and nowhere else: each
/// output has as many stars as with a secret that nobody could guess.
#[test]
fn a_secret_that_is_a_word_hides_itself_and_nothing_else() {
    let mut wrong = String::new();
    let mut unguessable = std::collections::BTreeMap::new();
    for word in WORDS {
        let (expected, commands, _) = unguessable
            .entry(word.len())
            .or_insert_with(|| said_with(&"zkwqvxjyzkwqvxjy"[..word.len()]));
        let (said, same_commands, place) = said_with(word);
        for ((name, text), (_, other)) in said.iter().zip(expected.iter()) {
            let stars = |text: &str| text.matches("***").count();
            if stars(text) != stars(other) {
                let lines = text
                    .lines()
                    .zip(other.lines())
                    .find(|(one, two)| stars(one) != stars(two));
                writeln!(
                    wrong,
                    "{word}: {name}: {} stars, not {}: {lines:?}",
                    stars(text),
                    stars(other)
                )
                .unwrap();
            }
            for (at, _) in text.match_indices(&format!("zq-{word}")) {
                let around: String = text[..at]
                    .chars()
                    .rev()
                    .take(80)
                    .collect::<Vec<_>>()
                    .into_iter()
                    .rev()
                    .collect();
                writeln!(wrong, "{word}: {name} shows it behind: {around}").unwrap();
            }
        }
        assert_eq!(same_commands, *commands, "{word}");
        assert!(
            commands.len() > 10 && commands[0].contains("collections/user.toml::"),
            "{commands:?}"
        );
        // The shell finds the program by its name.
        let script = commands[0].replacen("apitest", env!("CARGO_BIN_EXE_apitest"), 1);
        let again = Command::new("/bin/sh")
            .args(["-c", &script])
            .current_dir(place.folder.path())
            .env_clear()
            .env("S", word)
            .output();
        let again = String::from_utf8_lossy(&again.unwrap().stdout).into_owned();
        assert!(again.contains("1 failed"), "{script}: {again}");
    }
    assert!(wrong.is_empty(), "{wrong}");
}
