//! Where the peers are that `tests/peers/*.sh` starts.

use std::io::Write as _;

/// What a peer's script printed for a name, from the environment. Where it is not there, that is said loudly, past the test
/// runner's capture, and the test passes over: `let Some(url) = peer("HTTPBIN_URL") else { return };`
#[allow(
    clippy::disallowed_methods,
    dead_code,
    unreachable_pub,
    reason = "where a peer is, is told to the test alone"
)]
pub fn peer(name: &str) -> Option<String> {
    let found = std::env::var(name).ok().filter(|value| !value.is_empty());
    if found.is_none() {
        let script = name.split('_').next().unwrap_or(name).to_lowercase();
        let line =
            format!("!!!! SKIPPED: {name} is not set: `export $(tests/peers/{script}.sh start)`\n");
        let _ = std::io::stderr().write_all(line.as_bytes());
    }
    found
}
