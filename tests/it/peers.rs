//! The program against servers that nobody here wrote: the collections of `tests/peers`, every request of them green, and what
//! only such a server shows. `tests/peers/NAME.sh` starts them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::disallowed_methods,
    reason = "a test may panic, and hands on where its peers are"
)]

use std::process::Command;

mod auth;
mod httpbin;
mod websockets;
mod wire;

/// The beginnings of the names by which collections find their peers.
const PEERS: [&str; 3] = ["PROXIES_", "SIGV4_", "TLS_"];

/// Runs collections, with these variables and what the environment says of the peers; what was printed, and the exit code.
fn run(target: &str, arguments: &[&str], environment: &[(&str, &str)]) -> (String, Option<i32>) {
    let peers =
        std::env::vars().filter(|(name, _)| PEERS.iter().any(|peer| name.starts_with(peer)));
    let output = Command::new(env!("CARGO_BIN_EXE_apitest"))
        .args(["run", target, "--color", "never"])
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env_clear()
        .env("PATH", std::env::var("PATH").unwrap_or_default())
        .env("COLUMNS", "400")
        .envs(peers)
        .envs(environment.iter().copied())
        .output()
        .unwrap();
    (
        String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap(),
        output.status.code(),
    )
}

/// Runs a collection of `tests/peers`, all of which is green; what was printed.
fn green(
    collection: &str,
    arguments: &[&str],
    environment: &[(&str, &str)],
    passed: &str,
) -> String {
    let (report, code) = run(&format!("tests/peers/{collection}"), arguments, environment);
    assert_eq!(code, Some(0), "{collection} {environment:?}: {report}");
    assert!(report.contains(passed), "{report}");
    report
}
