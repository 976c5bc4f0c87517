//! Snapshots that cannot be written fail their own request, say why, and leave the others and what stood there alone.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may panic"
)]

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use crate::support::Server;

/// A folder with a collection of a small answer, a large one, and a small one again.
fn folder(server: &Server) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let request = |name: &str, path: &str| {
        format!("\n[[request]]\nname = \"{name}\"\nget = \"{path}\"\nexpect.snapshot = true\n")
    };
    let requests = [
        ("first", "/hello"),
        ("large", "/bytes/300000"),
        ("last", "/hello"),
    ]
    .map(|(name, path)| request(name, path));
    fs::write(
        folder.path().join("o.toml"),
        format!("base_url = \"{}\"\n{}", server.url(""), requests.concat()),
    )
    .unwrap();
    folder
}

/// Runs it by a shell, which sets the scene before; exit code and what was shown.
fn run(folder: &Path, scene: &str, mode: &str) -> (Option<i32>, String) {
    let line = format!(
        "{scene}; exec '{}' run o.toml --color never --snapshots {mode}",
        env!("CARGO_BIN_EXE_apitest")
    );
    let output = Command::new("sh")
        .args(["-c", &line])
        .current_dir(folder)
        .env_remove("CI")
        .output()
        .unwrap();
    (
        output.status.code(),
        String::from_utf8([output.stdout, output.stderr].concat()).unwrap(),
    )
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder)
        .map(|entries| entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()));
    let mut names: Vec<_> = entries.into_iter().flatten().collect();
    names.sort();
    names
}

#[test]
fn a_disk_that_is_full_fails_that_snapshot_alone() {
    let server = Server::start();
    let folder = folder(&server);
    // No file may grow beyond 64 blocks; to a program that ignores the signal this is an error as any other.
    for (mode, ending) in [("review", ".snap.new"), ("accept", ".snap")] {
        let (code, shown) = run(folder.path(), "trap '' XFSZ; ulimit -f 64", mode);
        assert_eq!(code, Some(1), "{shown}");
        let file = format!("snapshots/o__large{ending}");
        assert!(
            shown.contains(&format!(
                "expected `{file}` to be written, but file too large"
            )),
            "{shown}"
        );
        let written = names(&folder.path().join("snapshots"));
        assert_eq!(
            written,
            [format!("o__first{ending}"), format!("o__last{ending}")],
            "whole or not at all\n{shown}"
        );
        if mode == "accept" {
            assert!(shown.contains("✗ 1 failed, 2 passed"), "{shown}");
        }
    }
}

#[test]
fn what_is_read_only_fails_alone_and_stays_as_it_was() {
    let server = Server::start();
    let folder = folder(&server);
    assert_eq!(run(folder.path(), ":", "accept").0, Some(0));
    let path = folder.path().join("snapshots/o__last.snap");
    let old = fs::read_to_string(&path)
        .unwrap()
        .replace("hello", "it was so");
    for name in ["o__first.snap", "o__last.snap"] {
        fs::write(folder.path().join("snapshots").join(name), &old).unwrap();
    }
    fs::set_permissions(&path, Permissions::from_mode(0o444)).unwrap();
    let (code, shown) = run(folder.path(), ":", "accept");
    assert_eq!(code, Some(1), "{shown}");
    assert!(
        shown.contains("`snapshots/o__last.snap` to be written, but permission denied"),
        "{shown}"
    );
    assert!(shown.contains("✗ 1 failed, 2 passed"), "{shown}");
    assert_eq!(fs::read_to_string(&path).unwrap(), old);
    assert!(
        fs::read_to_string(folder.path().join("snapshots/o__first.snap"))
            .unwrap()
            .contains("hello")
    );
}

#[test]
fn a_file_where_the_folder_should_be_is_told_for_each() {
    let server = Server::start();
    let folder = folder(&server);
    fs::write(folder.path().join("snapshots"), "in the way").unwrap();
    let (code, shown) = run(folder.path(), ":", "review");
    assert_eq!(code, Some(1), "{shown}");
    assert!(shown.contains("✗ 3 failed"), "{shown}");
    assert_eq!(
        fs::read_to_string(folder.path().join("snapshots")).unwrap(),
        "in the way"
    );
}
