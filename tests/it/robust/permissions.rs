//! Files and folders that may not be read or written: each is told in one sentence that names it, and nothing is green.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

use crate::support::Server;

/// A user whom nothing is given to.
const NOBODY: u32 = 65534;

fn allow(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// Runs the program as somebody whom permissions hold for; root reads everything, so its rights are given up. Exit code and all
/// that was said, or `None` where this process may not do that.
fn as_nobody(folder: &Path, arguments: &str) -> Option<(Option<i32>, String)> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_apitest"));
    command
        .args(arguments.split_whitespace())
        .current_dir(folder)
        .env_clear();
    if fs::read(folder.join("closed")).is_ok() {
        command.uid(NOBODY).gid(NOBODY);
    }
    match command.output() {
        Ok(output) => {
            let said = [output.stdout, output.stderr]
                .map(|bytes| String::from_utf8(bytes).unwrap())
                .concat();
            Some((output.status.code(), said))
        }
        Err(error) => {
            eprintln!("SKIPPED: the program cannot be run as another user: {error}");
            None
        }
    }
}

/// A folder that everybody may read, in which `closed` is a file and `shut` a folder for nobody.
fn folder(server: &Server) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    allow(folder.path(), 0o755);
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    let base_url = format!(
        "base_url = \"{}\"\n[[request]]\nget = \"/hello\"\n",
        server.url("")
    );
    write("a.toml", &base_url);
    write(
        "snapshot.toml",
        &format!("{base_url}expect.snapshot = true\n"),
    );
    let named = [
        "include = [\"closed\"]\nbase_url = \"http://localhost\"\nvars.v = { file = \"closed\" }\n",
        "[[request]]\npost = \"/\"\nfile = \"closed\"\nrows = \"closed.csv\"\nquery.f = \"{{ file('closed') }}\"\nexpect.schema = \"closed\"\n",
        "[[request]]\npost = \"/\"\nmultipart.a = { file = \"closed\" }\nexpect.bytes = { file = \"closed\" }\n",
        "[[request]]\npost = \"/\"\njson_file = \"closed\"\ntls = { ca = \"closed\" }\n",
    ];
    write("names.toml", &named.concat());
    fs::create_dir(folder.path().join("shut")).unwrap();
    for name in ["closed", "closed.csv", "closed.toml", "shut/x.toml"] {
        write(name, "x");
    }
    for name in ["closed", "closed.csv", "closed.toml", "shut"] {
        allow(&folder.path().join(name), 0);
    }
    folder
}

#[test]
fn what_may_not_be_read_is_named() {
    let server = Server::start();
    let folder = folder(&server);
    let cases = [
        (
            "check closed.toml",
            "error: closed.toml: cannot be read: permission denied\n",
        ),
        (
            "check .",
            "error: shut: cannot be searched: permission denied\n",
        ),
        (
            "run shut/x.toml",
            "error: `shut/x.toml` cannot be read: permission denied\n",
        ),
        (
            "run a.toml --env-file closed",
            "error: `closed` cannot be read: permission denied\n",
        ),
        (
            "run a.toml --secret-env-file closed",
            "error: `closed` cannot be read: permission denied\n",
        ),
        (
            "run a.toml --cookies closed",
            "error: the cookies `closed` cannot be read: permission denied\n",
        ),
        (
            "run a.toml --cacert closed",
            "error: the certificates `closed` cannot be used: permission denied\n",
        ),
        (
            "run a.toml --replay closed",
            "error: the recording `closed`: it cannot be read: permission denied\n",
        ),
        (
            "report closed",
            "error: `closed` cannot be read: permission denied\n",
        ),
        (
            "gateway closed",
            "error: `closed` cannot be read: permission denied\n",
        ),
        (
            "review",
            "error: `./shut` cannot be searched: permission denied\n",
        ),
    ];
    for (arguments, sentence) in cases {
        let Some((code, said)) = as_nobody(folder.path(), arguments) else {
            return;
        };
        assert!(said.contains(sentence), "{arguments}: {said}");
        assert_eq!(code, Some(2), "{arguments}: {said}");
    }
    assert_eq!(server.requests().len(), 0, "nothing is sent");
}

#[test]
fn each_file_that_a_collection_names_is_told_at_its_place() {
    let server = Server::start();
    let folder = folder(&server);
    let Some((code, said)) = as_nobody(folder.path(), "check names.toml") else {
        return;
    };
    assert_eq!(code, Some(2), "{said}");
    for place in [
        "1:12", "3:6", "6:8", "7:8", "8:21", "9:17", "12:24", "13:25", "16:13", "17:14",
    ] {
        let told = said
            .split("\n\n")
            .find(|problem| problem.contains(&format!("names.toml:{place}\n")));
        assert!(
            told.is_some_and(|problem| problem.contains(": permission denied\n")),
            "{place}: {said}"
        );
    }
    assert!(said.starts_with("10 errors in 1 file\n"), "{said}");
}

#[test]
fn what_may_not_be_written_is_named() {
    let server = Server::start();
    let folder = folder(&server);
    let cases = [
        (
            "init new",
            2,
            "error: `new` cannot be written: permission denied\n",
        ),
        (
            "run a.toml --report junit=r.xml",
            2,
            "error: the report `junit=r.xml` cannot be written: permission denied\n",
        ),
        (
            "run a.toml --record shut/t.har",
            2,
            "error: the recording `shut/t.har` cannot be written: permission denied\n",
        ),
        (
            "run a.toml --cookie-jar jar.txt",
            2,
            "error: the cookies cannot be written to `jar.txt`: permission denied\n",
        ),
        (
            "run snapshot.toml --snapshots accept",
            1,
            "`snapshots/snapshot__get-hello.snap` to be written",
        ),
        (
            "run snapshot.toml --snapshots review",
            1,
            "`snapshots/snapshot__get-hello.snap.new` to be written",
        ),
    ];
    for (arguments, expected, sentence) in cases {
        let Some((code, said)) = as_nobody(folder.path(), arguments) else {
            return;
        };
        assert!(
            said.contains(sentence) && said.contains("permission denied\n"),
            "{arguments}: {said}"
        );
        assert_eq!(code, Some(expected), "{arguments}: {said}");
    }
}
