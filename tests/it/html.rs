//! The HTML report in a real browser: it runs from disk without a complaint, and is used by keyboard.
//!
//! ```sh
//! export $(tests/peers/chromium.sh start); cargo test --test it html:: -- --ignored
//! ```
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may panic"
)]

use crate::peer;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::Server;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::Digest as _;

const COLLECTION: &str = r#"
base_url = "$URL"

[[request]]
name = "wrong status"
get = "/hello"
expect.status = 201

[[request]]
name = "wrong status too"
get = "/hello"
expect.status = 201

[[request]]
name = "the order differs"
post = "/mirror"
json = { order = { id = 12345678901234567890, qty = 1, "a b" = true } }
expect.json = { order = { id = 12345678901234567890, qty = 3, "a b" = true } }

[[request]]
name = "echo evil"
post = "/mirror"
text = "</script><b class='evil'>x</b><img src=x onerror=alert(1)>\u001B[31m needle-in-the-body"

[[request]]
name = "a cookie for others"
get = "/respond?header=set-cookie%3Asid%3D1%3B%20Domain%3Dother.example"

[[request]]
name = "a conversation"
websocket = "/ws/greet"
messages = [{ expect = {} }, { send = "<i>hello</i>" }, { expect = {} }, { close = 1000 }]

[[request]]
name = "flaky"
get = "/fail/2/503"
retry = { times = 3, delay = "1ms" }

[[request]]
name = "many"
get = "/hello"
rows = [$ROWS]
"#;

/// Many requests make sure that not every row is drawn.
const ROWS: usize = 400;

/// A folder with the page of a run.
fn page() -> (tempfile::TempDir, PathBuf) {
    let (server, folder) = (Server::start(), tempfile::tempdir().unwrap());
    let rows = vec!["{ n = 1 }"; ROWS].join(", ");
    let text = COLLECTION
        .replace("$URL", &server.url(""))
        .replace("$ROWS", &rows);
    fs::write(folder.path().join("a.toml"), text).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_apitest"));
    let output = command
        .args(["run", "a.toml", "--report", "html=r.html"])
        .current_dir(folder.path())
        .env_clear()
        .output()
        .unwrap();
    assert_eq!(
        output.status.code(),
        Some(1),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let page = folder.path().join("r.html");
    (folder, page)
}

/// What the browser makes of the page, and what it complains about.
fn browse(chromium: &str, page: &Path) -> (String, Vec<String>) {
    let profile = tempfile::tempdir().unwrap();
    let mut command = Command::new(chromium);
    command.args([
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--no-first-run",
    ]);
    command.args([
        "--enable-logging=stderr",
        "--virtual-time-budget=20000",
        "--window-size=1200,800",
        "--dump-dom",
    ]);
    command.arg(format!("--user-data-dir={}", profile.path().display()));
    let output = command
        .arg(format!("file://{}", page.display()))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    let complaints = said
        .lines()
        .filter(|line| line.contains("CONSOLE"))
        .map(str::to_owned)
        .collect();
    (
        String::from_utf8_lossy(&output.stdout).into_owned(),
        complaints,
    )
}

#[test]
#[ignore = "needs chromium"]
fn the_page_runs_from_disk_without_a_complaint() {
    let Some(chromium) = peer::peer("CHROMIUM") else {
        return;
    };
    let (_folder, page) = page();
    let (dom, complaints) = browse(&chromium, &page);
    assert_eq!(complaints, Vec::<String>::new());
    assert!(
        dom.contains("role=\"option\"") && dom.contains("✗ 3 failed"),
        "{}",
        dom.len()
    );
}

#[test]
#[ignore = "needs chromium"]
fn it_is_used_by_keyboard() {
    let Some(chromium) = peer::peer("CHROMIUM") else {
        return;
    };
    let (_folder, page) = page();
    // The page's policy lets nothing run but its own script, so that the driver has to be allowed in this copy.
    let driver = fs::read_to_string("tests/html/driver.js").unwrap();
    let text = fs::read_to_string(&page).unwrap();
    let allowed = format!(
        "script-src 'sha256-{}'",
        STANDARD.encode(sha2::Sha256::digest(&driver))
    );
    let (head, rest) = text.split_once("</head>").unwrap();
    let text = format!(
        "{}</head>{}",
        head.replace("script-src", &allowed),
        rest.replace("</body>", &format!("<script>{driver}</script></body>"))
    );
    fs::write(&page, text).unwrap();
    let (dom, complaints) = browse(&chromium, &page);
    assert_eq!(complaints, Vec::<String>::new());
    let seen = dom
        .split_once("<pre id=\"seen\">")
        .expect("the driver came to its end")
        .1
        .split_once("</pre>")
        .unwrap()
        .0;
    let all = ROWS + 7;
    let expected = format!(
        "verdict=✗ 3 failed, {passed} passed (1 flaky)
first=✗ failed: wrong status
focus=listbox
few rows drawn=true
j=✗ failed: wrong status too
selected=true
k=✗ failed: wrong status
End=✓ passed: many [{ROWS}]
Home=✗ failed: wrong status
Enter=detail
Escape=listbox
slash=true
search=1 of {all} requests
found=✓ passed: echo evil
no markup=0
control characters=true
not in names=0 of {all} requests
in bodies=1 of {all} requests
failed=3 of {all} requests true
cause=2 of {all} requests
all={all} requests
minus=−     \"qty\": 3
plus=+     \"qty\": 1,
timing=true
attempts=✗ 503 ✗ 503
refused=sid its domain `other.example` is not that of the host `127.0.0.1`
said=received {{\"hello\":\"you\",\"id\":7}} | sent &lt;i&gt;hello&lt;/i&gt; | received &lt;i&gt;hello&lt;/i&gt; | sent close 1000
theme=true
keys=true",
        passed = ROWS + 4
    );
    assert_eq!(seen, expected);
}
