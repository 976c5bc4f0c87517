//! Credentials that are written out in a file, also where they stand in the wrong way: a message about them must not show them.

use std::sync::Arc;

use super::keys::{PROXY, TLS};
use super::{AUTH_SCHEMES, Data, Key, Node, Problems, Table, read};
use crate::source::File;
use crate::value::Value;

/// How many characters make a credential of the value of an unknown key.
const LEAST: usize = 8;

/// The lists of requests.
const LISTS: [&str; 3] = ["setup", "request", "teardown"];

/// A key below which credentials are written.
struct Place {
    key: &'static str,
    /// Whether a key below it has this name.
    is_name: fn(&str) -> bool,
    /// Whether the value of a key with this name is secret.
    is_secret: fn(&str) -> bool,
}

/// Where credentials are written.
const PLACES: &[Place] = &[
    Place {
        key: "auth",
        is_name: |name| {
            let mut schemes = AUTH_SCHEMES.iter();
            schemes.any(|scheme| scheme.key.name == name || is_among(name, scheme.members))
        },
        // A scheme with members has no value of its own, unless it is written wrongly.
        is_secret: |name| {
            let mut schemes = AUTH_SCHEMES.iter();
            name == "auth" || schemes.any(|scheme| scheme.secrets.contains(&name))
        },
    },
    Place {
        key: "proxy",
        is_name: |name| is_among(name, PROXY),
        is_secret: |name| name == "password",
    },
    Place {
        key: "tls",
        is_name: |name| is_among(name, TLS),
        is_secret: |name| name == "key_password",
    },
];

fn is_among(name: &str, keys: &[Key]) -> bool {
    keys.iter().any(|key| key.name == name)
}

/// The literal credentials of a file, each with its key. An unknown key counts as that of a credential: it may be a misspelt one.
#[must_use]
pub fn literal_credentials(file: &Arc<File>) -> Vec<(String, Value)> {
    let root = read(file, &mut Problems::default());
    let mut found = Vec::new();
    of_settings(&root, &mut found);
    for (key, entry) in root.iter() {
        match (key, &entry.value.data) {
            ("defaults", Data::Table(table)) => of_settings(table, &mut found),
            ("stages", Data::Table(stages)) => stages
                .iter()
                .filter_map(|(_, stage)| stage.value.as_table())
                .for_each(|stage| of_settings(stage, &mut found)),
            (list, Data::Array(items)) if LISTS.contains(&list) => items
                .iter()
                .filter_map(Node::as_table)
                .for_each(|request| of_settings(request, &mut found)),
            _ => {}
        }
    }
    found
}

fn of_settings(table: &Table, found: &mut Vec<(String, Value)>) {
    for place in PLACES {
        let Some(node) = table.get(place.key) else {
            continue;
        };
        let is_name = place.is_name;
        collect(place.key, node, &mut |key, value| {
            let text = value.to_text().unwrap_or_default();
            let least = if (place.is_secret)(key) {
                1
            } else if is_name(key) || key == place.key {
                return;
            } else {
                LEAST
            };
            // `type = "bearer"` says nothing secret.
            if text.chars().count() >= least && !is_name(&text) {
                found.push((key.to_owned(), value));
            }
        });
    }
}

fn collect(key: &str, node: &Node, found: &mut dyn FnMut(&str, Value)) {
    match &node.data {
        // What a token's endpoint is told besides is free, and has names of its own.
        Data::Table(_) if matches!(key, "claims" | "params") => {}
        Data::Table(table) => table
            .iter()
            .for_each(|(key, entry)| collect(key, &entry.value, found)),
        Data::Array(items) => items.iter().for_each(|item| collect(key, item, found)),
        Data::String(text) if text.contains("{{") => {}
        Data::Bool(_) => {}
        _ => found(key, node.to_value()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A line, and the credentials in it.
    const WRITTEN: [(&str, &str); 22] = [
        (r#"auth = { bearer = "abcd" }"#, r#"["abcd"]"#),
        (r#"auth = { bearer = ["abcd", 7] }"#, r#"["abcd",7]"#),
        (r#"auth = { beare = "abcd-efgh" }"#, r#"["abcd-efgh"]"#),
        (r#"auth = "abcd""#, r#"["abcd"]"#),
        (r#"auth = ["abcd"]"#, r#"["abcd"]"#),
        (r#"auth = { basic = "abcd" }"#, r#"["abcd"]"#),
        (r#"auth.basic = { user = "u", password = 1234 }"#, "[1234]"),
        (
            r#"auth.basic = { user = "u", pasword = "abcd-efgh" }"#,
            r#"["abcd-efgh"]"#,
        ),
        (
            r#"auth.digest = { user = "u", password = "abcd", x = 1 }"#,
            r#"["abcd"]"#,
        ),
        (
            r#"auth.api_key = { name = "n", value = "abcd", in = "body" }"#,
            r#"["abcd"]"#,
        ),
        (
            r#"auth.oauth2 = { token_url = "/t", client_id = "c", client_secret = "abcd", params = { a = "b" } }"#,
            r#"["abcd"]"#,
        ),
        (
            r#"auth.aws_sigv4 = { region = "r", access_key_id = "i", secret_access_key = "abcd", session_token = "t" }"#,
            r#"["abcd","t"]"#,
        ),
        ("auth = { netrc = true }", "[]"),
        ("auth = false", "[]"),
        (
            r#"auth = { type = "bearer", token = "abcd-efgh" }"#,
            r#"["abcd-efgh"]"#,
        ),
        (r#"auth = "basic""#, "[]"),
        (r#"auth = { bearer = "{{ env('X') }}" }"#, "[]"),
        (
            r#"proxy = { url = "http://h", user = "u", password = "abcd" }"#,
            r#"["abcd"]"#,
        ),
        (
            r#"proxy = { url = "http://h", user = "u", passwort = "abcd-efgh" }"#,
            r#"["abcd-efgh"]"#,
        ),
        (r#"proxy = "http://h""#, "[]"),
        (
            r#"tls = { key = "k.pem", key_password = "abcd" }"#,
            r#"["abcd"]"#,
        ),
        (r#"json = { auth = { role = "abcd" } }"#, "[]"),
    ];

    #[test]
    fn whatever_may_be_a_credential_is_found() {
        for (written, wanted) in WRITTEN {
            for head in [
                "",
                "[defaults]\n",
                "[stages.dev]\n",
                "[[setup]]\n",
                "[[request]]\n",
                "[[teardown]]\n",
            ] {
                let file = File::new("a.toml", format!("{head}{written}\n"));
                let values = literal_credentials(&file)
                    .into_iter()
                    .map(|(_, value)| value);
                assert_eq!(
                    Value::Array(values.collect()).to_json(),
                    wanted,
                    "{head}{written}"
                );
            }
        }
    }
}
