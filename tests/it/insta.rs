//! Pending snapshots are listed and accepted by the real `cargo insta`, and what it writes is read again.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use crate::peer as the_peer;

use the_peer::peer;

fn apitest(folder: &Path, mode: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_apitest"));
    command
        .args(["run", "o.toml", "--snapshots", mode])
        .current_dir(folder)
        .output()
        .unwrap()
}

#[test]
#[ignore = "needs INSTA_PROGRAM"]
fn what_is_pending_here_is_accepted_there() {
    let Some(insta) = peer("INSTA_PROGRAM") else {
        return;
    };
    let server = crate::support::Server::start();
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    // It looks for a Rust project.
    fs::write(
        folder.join("Cargo.toml"),
        "[package]\nname = \"x\"\nversion = \"0.1.0\"\n[lib]\npath = \"lib.rs\"\n[workspace]\n",
    )
    .unwrap();
    fs::write(folder.join("lib.rs"), "").unwrap();
    let collection = format!(
        "base_url = \"{}\"\n\n[[request]]\nname = \"it's: \\\"quoted\\\" # so\"\nget = \"/hello\"\n\
         expect.snapshot = {{ status = true, headers = [\"content-type\"] }}\n\n[[request]]\nname = \"text\"\n\
         get = \"/respond?body=one%0D%0Atwo%20%0A%0A\"\nexpect.snapshot = true\n",
        server.url("")
    );
    fs::write(folder.join("o.toml"), collection).unwrap();
    assert_eq!(apitest(folder, "review").status.code(), Some(1));
    let run = |command: &str| {
        Command::new(&insta)
            .arg(command)
            .current_dir(folder)
            .output()
            .unwrap()
    };
    let listed = run("pending-snapshots");
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned()
        + &String::from_utf8_lossy(&listed.stderr);
    for name in ["o__it-s-quoted-so.snap", "o__text.snap"] {
        assert!(listed.contains(name), "{listed}");
    }
    assert!(run("accept").status.success());
    assert!(
        folder.join("snapshots/o__text.snap").exists()
            && !folder.join("snapshots/o__text.snap.new").exists()
    );
    let checked = apitest(folder, "check");
    assert!(
        checked.status.success(),
        "{}",
        String::from_utf8_lossy(&checked.stdout)
    );
}
