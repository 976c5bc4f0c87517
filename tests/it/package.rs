//! What the package says of itself and of its dependencies: the Rust version, licences, sources (`deny.toml`).
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::process::Command;

use serde_json::Value;

/// The packages that are compiled on this platform, as `cargo metadata` lists them.
fn packages() -> Vec<Value> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked"])
        .args(["--filter-platform", &host()])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}");
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let nodes = metadata["resolve"]["nodes"].as_array().unwrap();
    let is_used = |package: &&Value| nodes.iter().any(|node| node["id"] == package["id"]);
    let packages = metadata["packages"].as_array().unwrap();
    let used: Vec<_> = packages.iter().filter(is_used).cloned().collect();
    assert!(used.len() > 100, "{}", used.len());
    used
}

/// The platform that the compiler runs on, `x86_64-unknown-linux-gnu`.
fn host() -> String {
    let output = Command::new("rustc").arg("-vV").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let host = text.lines().find_map(|line| line.strip_prefix("host: "));
    host.unwrap().to_owned()
}

fn denied() -> toml_edit::DocumentMut {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/deny.toml");
    std::fs::read_to_string(path).unwrap().parse().unwrap()
}

/// `1.89`, `1.89.0` as numbers.
fn version(text: &str) -> Vec<u32> {
    let mut parts: Vec<u32> = text.split('.').map(|part| part.parse().unwrap()).collect();
    parts.resize(3, 0);
    parts
}

#[test]
fn the_rust_version_is_that_of_the_most_demanding_dependency() {
    let needed = packages()
        .iter()
        .filter(|package| !package["source"].is_null())
        .filter_map(|package| package["rust_version"].as_str().map(version))
        .max();
    let own = version(env!("CARGO_PKG_RUST_VERSION"));
    assert_eq!(needed, Some(own), "`rust-version` in Cargo.toml");
}

#[test]
fn every_licence_and_source_is_allowed() {
    let denied = denied();
    let list = |table: &str, key: &str| {
        let items = denied[table][key].as_array().unwrap().iter();
        items
            .map(|item| item.as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let (licences, sources) = (list("licenses", "allow"), list("sources", "allow-registry"));
    for package in packages() {
        let name = &package["name"];
        if package["source"].is_null() {
            assert_eq!(name, "apitest");
            continue;
        }
        let source = package["source"].as_str().unwrap();
        let registry = source.strip_prefix("registry+");
        assert!(
            registry.is_some_and(|url| sources.iter().any(|allowed| allowed == url)),
            "{name} is from {source}"
        );
        let expression = package["license"].as_str().unwrap();
        assert!(
            is_allowed(expression, &licences),
            "{name} has the licence {expression}"
        );
        assert!(
            !list("bans", "deny")
                .iter()
                .any(|banned| name == banned.as_str()),
            "{name}"
        );
    }
}

/// Whether one alternative of each part of an SPDX expression is allowed; a `/` is an older form of `OR`.
fn is_allowed(expression: &str, allowed: &[String]) -> bool {
    let one = |alternatives: &str| {
        let alternatives = alternatives.trim().trim_matches(['(', ')']);
        let mut names = alternatives.split(" OR ").flat_map(|name| name.split('/'));
        names.any(|name| allowed.iter().any(|known| known == name.trim()))
    };
    expression.split(" AND ").all(one)
}

#[test]
fn an_unknown_licence_would_be_seen() {
    let allowed = ["MIT".to_owned(), "ISC".to_owned()];
    for (expression, expected) in [
        ("MIT", true),
        ("GPL-3.0", false),
        ("GPL-3.0 OR MIT", true),
        ("GPL-3.0/MIT", true),
        ("MIT AND GPL-3.0", false),
        ("(MIT OR GPL-3.0) AND ISC", true),
    ] {
        assert_eq!(is_allowed(expression, &allowed), expected, "{expression}");
    }
}
