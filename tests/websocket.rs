//! The program against `websockets` and `ws`, servers that nobody here wrote: every conversation of `tests/peers/websockets.toml` and
//! of `ws.toml` green.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

use std::process::Command;

#[path = "support/peer.rs"]
mod peer;

/// Runs a collection of `tests/peers`, all of which is green.
fn green(collection: &str, base: &str, passed: &str) {
    let output = Command::new(env!("CARGO_BIN_EXE_apitest"))
        .args(["run", &format!("tests/peers/{collection}.toml"), "--base-url", base])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env_clear()
        .output()
        .unwrap();
    let report = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{report}");
    assert!(report.contains(passed), "{report}");
}

#[test]
#[ignore = "needs websockets"]
fn the_conversations_with_websockets_are_green() {
    let Some(base) = peer::peer("WEBSOCKETS_URL") else { return };
    // The scheme of a WebSocket is as good as that of its server.
    green("websockets", &base, "10 passed");
    green("websockets", &base.replace("http://", "ws://"), "10 passed");
}

#[test]
#[ignore = "needs ws"]
fn the_conversations_with_ws_are_green() {
    let Some(base) = peer::peer("WS_URL") else { return };
    green("ws", &base, "36 passed (1 flaky)");
}
