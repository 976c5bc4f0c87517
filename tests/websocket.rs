//! The program against `websockets`, a server that nobody here wrote: every conversation of `tests/peers/websockets.toml` green.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

use std::process::Command;

#[path = "support/peer.rs"]
mod peer;

#[test]
#[ignore = "needs websockets"]
fn the_conversations_with_websockets_are_green() {
    let Some(base) = peer::peer("WEBSOCKETS_URL") else { return };
    // The scheme of a WebSocket is as good as that of its server.
    for base in [base.clone(), base.replace("http://", "ws://")] {
        let output = Command::new(env!("CARGO_BIN_EXE_apitest"))
            .args(["run", "tests/peers/websockets.toml", "--base-url", &base])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .env_clear()
            .output()
            .unwrap();
        let report = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(0), "{report}");
        assert!(report.contains("10 passed"), "{report}");
    }
}
