//! The program against httpbin, a server that nobody here wrote: `tests/peers/httpbin.toml`, every request of it green.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

use std::process::Command;

#[path = "support/peer.rs"]
mod peer;

#[test]
#[ignore = "needs httpbin"]
fn the_collection_for_httpbin_is_green() {
    let Some(base) = peer::peer("HTTPBIN_URL") else { return };
    let arguments = ["run", "tests/peers/httpbin.toml", "--base-url", &base];
    let output = Command::new(env!("CARGO_BIN_EXE_apitest"))
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env_clear()
        .output()
        .unwrap();
    let report = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{report}");
    assert!(report.contains("36 passed"), "{report}");
}
