//! httpbin: `httpbin.toml`.

use std::process::Command;

use super::green;
use crate::peer;

#[test]
#[ignore = "needs httpbin"]
fn the_collection_for_httpbin_is_green() {
    let Some(base) = peer::peer("HTTPBIN_URL") else {
        return;
    };
    green("httpbin.toml", &["--base-url", &base], &[], "38 passed");
}

/// What `show` gives is taken where the request is: curl has the cookie of the challenge too.
#[test]
#[ignore = "needs httpbin"]
fn curl_brings_the_cookie_of_the_challenge() {
    let Some(base) = peer::peer("HTTPBIN_URL") else {
        return;
    };
    for (name, status) in [
        ("digest, with a cookie", "200"),
        ("digest, without the cookie that it wants", "401"),
    ] {
        let mut show = Command::new(env!("CARGO_BIN_EXE_apitest"));
        let shown = show
            .args([
                "show",
                "--curl",
                &format!("tests/peers/httpbin.toml::{name}"),
                "--base-url",
                &base,
            ])
            .output()
            .unwrap();
        let line = String::from_utf8(shown.stdout).unwrap();
        let shell = format!(
            "{} --silent --output /dev/null --write-out '%{{http_code}}'",
            line.trim_end()
        );
        let mut curl = Command::new("sh");
        let answer = curl
            .args(["-c", &shell])
            .env("PASSWORD", "right-one")
            .env("COOKIE", "1")
            .output()
            .unwrap();
        assert_eq!(String::from_utf8(answer.stdout).unwrap(), status, "{line}");
    }
}
