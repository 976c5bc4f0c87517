//! The program against httpbin, a server that nobody here wrote: `tests/peers/httpbin.toml`, every request of it green.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

use std::process::Command;

#[test]
#[ignore = "needs httpbin"]
#[expect(clippy::disallowed_methods, reason = "where the peer is, is told to the test alone")]
fn the_collection_for_httpbin_is_green() {
    let base = std::env::var("HTTPBIN_URL").expect("HTTPBIN_URL, as tests/peers/httpbin.sh prints it");
    let arguments = ["run", "tests/peers/httpbin.toml", "--base-url", &base];
    let output = Command::new(env!("CARGO_BIN_EXE_apitest"))
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env_clear()
        .output()
        .unwrap();
    let report = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{report}");
    assert!(report.contains("25 passed"), "{report}");
}
