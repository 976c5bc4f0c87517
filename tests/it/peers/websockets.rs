//! `websockets` and `ws`: every conversation of `websockets.toml` and of `ws.toml`.

use super::green;
use crate::peer;

#[test]
#[ignore = "needs websockets"]
fn the_conversations_with_websockets_are_green() {
    let Some(base) = peer::peer("WEBSOCKETS_URL") else {
        return;
    };
    // The scheme of a WebSocket is as good as that of its server.
    for base in [base.clone(), base.replace("http://", "ws://")] {
        green("websockets.toml", &["--base-url", &base], &[], "10 passed");
    }
}

#[test]
#[ignore = "needs ws"]
fn the_conversations_with_ws_are_green() {
    let Some(base) = peer::peer("WS_URL") else {
        return;
    };
    green(
        "ws.toml",
        &["--base-url", &base],
        &[],
        "36 passed (1 flaky)",
    );
}
