//! The collections that are shipped run, each against its own local stage.

use std::process::{Command, Output};

use crate::docs::blocks::root;

/// Runs the program in the project's folder.
pub(crate) fn apitest(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_apitest"))
        .args(arguments)
        .env("CI", "1")
        .current_dir(root())
        .output()
        .unwrap()
}

#[test]
fn all_of_them_pass() {
    let run = apitest(&["run", "collections", "--color", "never"]);
    let told = String::from_utf8(run.stdout).unwrap();
    assert_eq!(run.status.code(), Some(0), "{told}");
    for path in crate::docs::blocks::files("collections", "toml") {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        assert!(
            name.ends_with(".gateway.toml") || told.contains(&format!("collections/{name}")),
            "{name} did not run\n{told}"
        );
    }
    assert!(
        !told.contains("flaky") && !told.contains("skipped"),
        "{told}"
    );
}
