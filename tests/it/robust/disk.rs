//! A disk that is full: what cannot be written is told, each by itself, nothing is left half, and all else is as it should be.
#![cfg(target_os = "linux")]

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use crate::support::Server;

/// Fails, and has much to say about it.
fn collection(server: &Server, requests: usize) -> String {
    let mut text = format!("base_url = \"{}\"\n", server.url(""));
    for number in 0..requests {
        write!(text, "[[request]]\nname = \"number {number}\"\nget = \"/hello\"\nexpect.json.message = \"number {number}\"\n")
            .unwrap();
    }
    text
}

/// Runs a script in a folder whose `full` is a disk of a megabyte, which `fill` leaves no room on; what it says is what the script
/// says, behind it what the disk holds then. `None` where this system lets nobody mount one.
fn on_a_full_disk(folder: &Path, script: &str) -> Option<Output> {
    fs::create_dir(folder.join("full")).unwrap();
    let whole = format!(
        "mount -t tmpfs -o size=1m none full || exit 99\nfill() {{ dd if=/dev/zero of=full/ballast bs=4k 2>dd; }}\n{script}\n\
         code=$?; find full -type f | sort; exit $code"
    );
    let mut command = Command::new("unshare");
    command
        .args(["--mount", "sh", "-c", &whole])
        .current_dir(folder)
        .env_clear()
        .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
    command.env("APITEST", env!("CARGO_BIN_EXE_apitest"));
    let output = command.output().ok();
    let mounted = output.filter(|output| {
        let refused = String::from_utf8_lossy(&output.stderr).contains("unshare failed");
        !refused && output.status.code() != Some(99)
    });
    if mounted.is_none() {
        eprintln!("SKIPPED: no disk can be mounted, so none can be full");
    }
    mounted
}

/// Exit code, standard output, standard error.
fn told(output: Output) -> (Option<i32>, String, String) {
    (
        output.status.code(),
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

const KINDS: [&str; 10] = [
    "junit",
    "html",
    "json",
    "markdown",
    "github",
    "gitlab",
    "tap",
    "har",
    "ctrf",
    "prometheus",
];

#[test]
fn each_report_that_finds_no_room_is_told_and_the_others_are_whole() {
    let (server, folder) = (Server::start(), tempfile::tempdir().unwrap());
    fs::write(folder.path().join("a.toml"), collection(&server, 20)).unwrap();
    let lost = KINDS
        .map(|kind| format!("--report {kind}=full/r.{kind}"))
        .join(" ");
    let script = format!(
        "fill; $APITEST run a.toml -q {lost} --report tap=whole.tap --record full/tape.jsonl"
    );
    let Some(output) = on_a_full_disk(folder.path(), &script) else {
        return;
    };
    let (code, stdout, stderr) = told(output);
    assert_eq!(code, Some(2), "{stderr}");
    for kind in KINDS {
        let sentence = format!(
            "error: the report `{kind}=full/r.{kind}` could not be written: no space left on device\n"
        );
        assert_eq!(stderr.matches(&sentence).count(), 1, "{kind}: {stderr}");
    }
    assert!(
        stderr.contains("error: the recording could not be written: no space left on device\n"),
        "{stderr}"
    );
    assert!(
        stdout.ends_with("\nfull/ballast\n") && stdout.contains("20 failed"),
        "{stdout}"
    );
    assert!(
        fs::read_to_string(folder.path().join("whole.tap"))
            .unwrap()
            .ends_with("1..20\n")
    );
}

#[test]
fn what_stood_there_before_stays_where_the_new_finds_no_room() {
    let (server, folder) = (Server::start(), tempfile::tempdir().unwrap());
    fs::write(folder.path().join("a.toml"), collection(&server, 1)).unwrap();
    let script = "echo before > full/r.xml; fill; $APITEST run a.toml -q --report junit=full/r.xml; code=$?; cp full/r.xml .; (exit $code)";
    let Some(output) = on_a_full_disk(folder.path(), script) else {
        return;
    };
    let (code, stdout, _) = told(output);
    assert_eq!(
        (
            code,
            fs::read_to_string(folder.path().join("r.xml"))
                .unwrap()
                .as_str()
        ),
        (Some(2), "before\n")
    );
    assert!(stdout.ends_with("\nfull/ballast\nfull/r.xml\n"), "{stdout}");
}

#[test]
fn snapshots_that_find_no_room_fail_their_requests() {
    let (server, folder) = (Server::start(), tempfile::tempdir().unwrap());
    let request = |name: &str, more: &str| {
        format!("[[request]]\nname = \"{name}\"\nget = \"/hello\"\n{more}\n")
    };
    let text = request("kept", "expect.snapshot = true") + &request("plain", "");
    fs::write(
        folder.path().join("a.toml"),
        format!("base_url = \"{}\"\n{text}", server.url("")),
    )
    .unwrap();
    let script = "cp a.toml full; fill; $APITEST run full/a.toml --snapshots accept";
    let Some(output) = on_a_full_disk(folder.path(), script) else {
        return;
    };
    let (code, stdout, _) = told(output);
    assert_eq!(code, Some(1), "{stdout}");
    assert!(
        stdout.contains("no space left on device") && stdout.contains("1 failed, 1 passed"),
        "{stdout}"
    );
    assert!(
        stdout.ends_with("\nfull/a.toml\nfull/ballast\n"),
        "{stdout}"
    );
}

#[test]
fn a_run_is_none_the_worse_where_it_cannot_be_remembered() {
    let (server, folder) = (Server::start(), tempfile::tempdir().unwrap());
    fs::write(folder.path().join("a.toml"), collection(&server, 1)).unwrap();
    let script = "fill; XDG_CACHE_HOME=$PWD/full $APITEST run a.toml";
    let Some(output) = on_a_full_disk(folder.path(), script) else {
        return;
    };
    let (code, stdout, stderr) = told(output);
    assert_eq!(
        stderr,
        "warning: failures cannot be saved for `--last-failed`: no space left on device\n"
    );
    assert_eq!(code, Some(1), "{stdout}");
    assert!(stdout.ends_with("\nfull/ballast\n"), "{stdout}");
}

#[test]
fn a_first_collection_is_written_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    // Room for one of the two files.
    let script = "fill; truncate -s -4096 full/ballast; $APITEST init full";
    let Some(output) = on_a_full_disk(folder.path(), script) else {
        return;
    };
    let (code, stdout, stderr) = told(output);
    assert_eq!(
        stderr,
        "error: `full/hello.gateway.toml` cannot be written: no space left on device\n"
    );
    assert_eq!((code, stdout.as_str()), (Some(2), "full/ballast\n"));
}

#[test]
fn what_goes_to_standard_output_is_lost_loudly() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        folder.path().join("a.toml"),
        "base_url = \"http://127.0.0.1:1\"\n[[request]]\nname = \"one\"\nget = \"/\"\n",
    )
    .unwrap();
    fs::write(
        folder.path().join("e.jsonl"),
        include_str!("../../data/events/format-1.jsonl"),
    )
    .unwrap();
    let lines = [
        "run a.toml",
        "run a.toml --dry-run",
        "run a.toml --report json=-",
        "check a.toml",
        "list a.toml",
        "show a.toml::one",
        "diff a.toml --from http://127.0.0.1:1 --to http://127.0.0.1:1",
        "report e.jsonl",
        "report e.jsonl --report tap=-",
        "review --list",
        "schema",
        "man",
        "completions bash",
        "init new",
        "--help",
        "run --help",
        "--version",
    ];
    let run = |line: &str, to: &str| {
        let script = format!("{} {line} {to}", env!("CARGO_BIN_EXE_apitest"));
        let output = Command::new("bash")
            .args(["-o", "pipefail", "-c", &script])
            .current_dir(folder.path())
            .output()
            .unwrap();
        let _ = fs::remove_dir_all(folder.path().join("new"));
        (
            output.status.code().unwrap(),
            String::from_utf8(output.stderr).unwrap(),
        )
    };
    for line in lines {
        let (code, stderr) = run(line, "> /dev/full");
        let said = stderr.contains("no space left on device")
            || line.contains("help")
            || line.contains("version");
        assert!(code == 2 && said, "{line}: {code} {stderr}");
        assert_eq!(
            run(line, "| true"),
            run(line, "> /dev/null"),
            "{line}: a closed pipe is nobody's mistake"
        );
    }
}
