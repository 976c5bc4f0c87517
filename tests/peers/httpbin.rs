//! httpbin: `httpbin.toml`.

use super::{green, peer};

#[test]
#[ignore = "needs httpbin"]
fn the_collection_for_httpbin_is_green() {
    let Some(base) = peer::peer("HTTPBIN_URL") else { return };
    green("httpbin.toml", &["--base-url", &base], &[], "36 passed");
}
