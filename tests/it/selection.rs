//! `--last-failed` and `--shard`: what is chosen by more than the command line.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may panic"
)]

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::support::Server;

struct Ran {
    code: i32,
    shown: String,
}

fn apitest(folder: &Path, arguments: &[&str]) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_apitest"));
    command
        .args(arguments)
        .current_dir(folder.join("project"))
        .env_clear()
        .env("XDG_CACHE_HOME", folder.join("cache"));
    let output = command.output().unwrap();
    let shown = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    Ran {
        code: output.status.code().unwrap(),
        shown,
    }
}

/// A project of two collections, of which each has one request that fails.
fn project(server: &Server) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let project = folder.path().join("project");
    fs::create_dir(&project).unwrap();
    fs::write(
        project.join("apitest.toml"),
        format!("base_url = \"{}\"\n", server.url("")),
    )
    .unwrap();
    for name in ["a", "b"] {
        let setup = "[[setup]]\nname = \"login\"\npost = \"/mirror\"\njson = { t = 1 }\ncapture.t = \"$.t\"\n";
        let text = format!(
            "{setup}[[request]]\nname = \"good {name}\"\nget = \"/hello\"\n\
             [[request]]\nname = \"bad {name}\"\ntags = [\"{name}\"]\nget = \"/status/500\"\nheaders.t = \"{{{{ t }}}}\"\n"
        );
        fs::write(project.join(format!("{name}.toml")), text).unwrap();
    }
    folder
}

/// The requests that were sent since the last time, setup left out.
fn sent(server: &Server, seen: &mut usize) -> Vec<String> {
    let all = server.requests();
    let new = all
        .iter()
        .skip(*seen)
        .map(|request| request.target.clone())
        .filter(|target| target != "/mirror")
        .collect();
    *seen = all.len();
    new
}

#[test]
fn only_what_failed_last_time_runs_again_until_nothing_does() {
    let (server, mut seen) = (Server::start(), 0);
    let folder = project(&server);
    let run = |arguments: &[&str]| {
        apitest(
            folder.path(),
            &[&["run", "--jobs", "1"], arguments].concat(),
        )
    };
    let none = run(&["--last-failed"]);
    assert_eq!(none.code, 2, "{}", none.shown);
    assert!(
        none.shown
            .contains("none of these requests failed last time"),
        "{}",
        none.shown
    );
    assert_eq!(run(&[]).code, 1);
    assert_eq!(sent(&server, &mut seen).len(), 4);
    let again = run(&["--last-failed"]);
    assert_eq!(
        (again.code, sent(&server, &mut seen)),
        (1, vec!["/status/500".to_owned(); 2]),
        "{}",
        again.shown
    );
    assert!(again.shown.contains("setup: login"), "{}", again.shown);
    let narrowed = run(&["--last-failed", "--tag", "b"]);
    assert_eq!(
        (narrowed.code, sent(&server, &mut seen).len()),
        (1, 1),
        "{}",
        narrowed.shown
    );
    // One is mended; a run that does not look at the other leaves it known.
    let mended = folder.path().join("project/a.toml");
    fs::write(
        &mended,
        fs::read_to_string(&mended)
            .unwrap()
            .replace("/status/500", "/hello?mended"),
    )
    .unwrap();
    assert_eq!(run(&["a.toml"]).code, 0);
    sent(&server, &mut seen);
    assert_eq!(
        (run(&["--last-failed"]).code, sent(&server, &mut seen)),
        (1, vec!["/status/500".to_owned()])
    );
    // From another folder, and with another path, it is the same project.
    let path = folder.path().join("project/b.toml");
    assert_eq!(
        (
            run(&["--last-failed", path.to_str().unwrap()]).code,
            sent(&server, &mut seen).len()
        ),
        (1, 1)
    );
    fs::write(
        &path,
        fs::read_to_string(&path)
            .unwrap()
            .replace("/status/500", "/hello?mended"),
    )
    .unwrap();
    assert_eq!(run(&["--last-failed"]).code, 0);
    assert_eq!(run(&["--last-failed"]).code, 2);
    let inside: Vec<_> = fs::read_dir(folder.path().join("project"))
        .unwrap()
        .collect();
    assert_eq!(inside.len(), 3, "nothing is written into the project");
}

#[test]
fn a_broken_memory_says_so_and_is_written_anew() {
    let server = Server::start();
    let folder = project(&server);
    assert_eq!(apitest(folder.path(), &["run"]).code, 1);
    let memory = folder.path().join("cache/apitest/last-failed");
    let file = fs::read_dir(&memory)
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    fs::write(&file, "{\"project\":").unwrap();
    let ran = apitest(folder.path(), &["run", "--last-failed"]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.shown.contains("the last failures cannot be read"),
        "{}",
        ran.shown
    );
    assert_eq!(apitest(folder.path(), &["run"]).code, 1);
    assert!(
        apitest(folder.path(), &["run", "--last-failed"])
            .shown
            .contains("2 failed")
    );
}

#[test]
fn every_request_is_in_exactly_one_shard() {
    let server = Server::start();
    let folder = project(&server);
    let names = |shard: &str| {
        let listed = apitest(folder.path(), &["list", "--json", "--shard", shard]).shown;
        let lines = listed.lines().filter(|line| line.starts_with('{'));
        let lines = lines.map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        let chosen = lines.filter(|line| line["part"] == "request" && line["needed"] == false);
        chosen
            .map(|line| line["name"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let all = ["good a", "bad a", "good b", "bad b"];
    for of in 1..=6 {
        let parts: Vec<Vec<String>> = (1..=of)
            .map(|number| names(&format!("{number}/{of}")))
            .collect();
        assert_eq!(parts.concat(), all, "{parts:?}");
        let sizes: Vec<usize> = parts.iter().map(Vec::len).collect();
        assert!(
            sizes.iter().max().unwrap() - sizes.iter().min().unwrap() <= 1,
            "{sizes:?}"
        );
    }
    let ran = apitest(folder.path(), &["run", "--shard", "2/4"]);
    assert_eq!(ran.code, 1, "{}", ran.shown);
    let targets: Vec<String> = server
        .requests()
        .iter()
        .map(|request| request.target.clone())
        .collect();
    assert_eq!(targets, ["/mirror", "/status/500"]);
    for wrong in ["0/2", "3/2", "1", "a/b", "1/0", "-1/2"] {
        let ran = apitest(folder.path(), &["run", &format!("--shard={wrong}")]);
        assert_eq!(ran.code, 2, "{}", ran.shown);
        assert!(
            ran.shown.contains(&format!("`--shard {wrong}` is not K/N")),
            "{}",
            ran.shown
        );
    }
    assert_eq!(
        apitest(folder.path(), &["run", "--shard", "1/9"]).code,
        2,
        "nothing is green that proved nothing"
    );
}
