//! The program where servers, files and numbers are not as they should be: each thing is told in its own words, nothing
//! hides anything else, and the exit code is right.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test may panic, and says what it passes over"
)]

mod disk;
mod many;
mod permissions;
mod servers;

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

/// Runs the program in a folder, and nothing of the environment reaches it.
fn apitest(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_apitest"))
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .output()
        .unwrap()
}

/// The events of a run, as its JSON report on standard output has them, and its exit code.
fn events(folder: &Path, arguments: &[&str]) -> (Vec<Value>, Option<i32>) {
    let output = apitest(
        folder,
        &[&["run", "--report", "json=-"], arguments].concat(),
    );
    assert!(
        !String::from_utf8_lossy(&output.stderr).contains("panicked"),
        "{output:?}"
    );
    let text = String::from_utf8(output.stdout).unwrap();
    (
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect(),
        output.status.code(),
    )
}

/// The events that tell how requests ended.
fn finished(events: &[Value]) -> impl Iterator<Item = &Value> {
    events
        .iter()
        .filter(|event| event["event"] == "request_finished")
}
