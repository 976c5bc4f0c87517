//! Start-up is part of every run: what a plain `http://` run does not need is not opened.
#![expect(clippy::unwrap_used, reason = "a test")]

use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use crate::support::Server;

/// The files that a run of one request opens, or tries to; `None` without strace.
fn opened(folder: &Path, scheme: &str) -> Option<Vec<String>> {
    let (collection, trace) = (folder.join("one.toml"), folder.join("trace"));
    let server = if scheme == "https" {
        Server::secure("server")
    } else {
        Server::start()
    };
    let text = format!(
        "base_url = \"{}\"\n[[request]]\nget = \"/hello\"\n",
        server.url("")
    );
    std::fs::write(&collection, text).unwrap();
    let mut strace = Command::new("strace");
    strace
        .args(["-f", "-qq", "-e", "trace=open,openat,openat2", "-o"])
        .arg(&trace)
        .arg(env!("CARGO_BIN_EXE_apitest"));
    let output = strace
        .arg("run")
        .arg(&collection)
        .env_remove("SSL_CERT_FILE")
        .env_remove("SSL_CERT_DIR")
        .output()
        .ok()?;
    let out = String::from_utf8_lossy(&output.stdout);
    // Nobody vouches for the server's certificate: a run over https fails, and one over http must not.
    assert_eq!(
        output.status.success(),
        scheme == "http",
        "{out}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let calls = std::fs::read_to_string(trace).unwrap();
    Some(
        calls
            .lines()
            .filter_map(|call| Some(call.split('"').nth(1)?.to_owned()))
            .collect(),
    )
}

/// Where systems keep their roots of trust.
fn is_of_tls(file: &str) -> bool {
    [
        "/ssl",
        "/certs",
        "/pki/",
        "ca-bundle",
        "ca-cert",
        ".pem",
        ".crt",
    ]
    .iter()
    .any(|part| file.contains(part))
}

#[test]
fn a_plain_run_opens_no_certificates_and_no_resolver() {
    let folder = tempfile::tempdir().unwrap();
    let Some(files) = opened(folder.path(), "http") else {
        // Written past the capture of the test harness, so that it is seen.
        let _ = std::io::stderr()
            .write_all(b"\n!!!! SKIPPED: strace is not there, what a run opens was NOT counted\n");
        return;
    };
    assert!(
        files.iter().any(|file| file.ends_with("one.toml")),
        "the trace shows nothing: {files:?}"
    );
    let needless: Vec<_> = files
        .iter()
        .filter(|file| is_of_tls(file) || file.contains("resolv.conf"))
        .collect();
    assert!(needless.is_empty(), "{needless:?}");
}

#[test]
fn an_https_run_would_be_seen() {
    let folder = tempfile::tempdir().unwrap();
    let Some(files) = opened(folder.path(), "https") else {
        return;
    };
    assert!(files.iter().any(|file| is_of_tls(file)), "{files:?}");
}
