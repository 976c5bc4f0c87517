//! Secrets in documents.

use std::borrow::Cow;

use super::STARS;
use crate::value::{Number, Object, Value};

/// What is known of secrets, as a document is searched for them.
#[derive(Clone, Copy)]
pub(super) struct Search<'a> {
    /// A text without secrets; owned only if there were any.
    pub(super) text: &'a dyn Fn(&str) -> Cow<'_, str>,
    /// Whether a part of the document is a secret as a whole.
    pub(super) is_secret: &'a dyn Fn(&Value) -> bool,
}

/// The document without secrets; `None` if there are none: nearly always, so nothing is made before one is found.
pub(super) fn redact(value: &Value, search: Search<'_>) -> Option<Value> {
    holds_secret(value, search).then(|| without_secrets(value, search))
}

fn holds_secret(value: &Value, search: Search<'_>) -> bool {
    let is_secret = |text: &str| matches!((search.text)(text), Cow::Owned(_));
    match value {
        Value::Null => false,
        Value::String(text) => is_secret(text),
        Value::Bool(_) => is_secret(&value.to_json()),
        Value::Number(number) => number_without(number, search).is_some(),
        Value::Array(items) => {
            (search.is_secret)(value) || items.iter().any(|item| holds_secret(item, search))
        }
        Value::Object(members) => {
            let inside =
                |(name, value): (&String, &Value)| is_secret(name) || holds_secret(value, search);
            (search.is_secret)(value) || members.iter().any(inside)
        }
    }
}

fn without_secrets(value: &Value, search: Search<'_>) -> Value {
    let or_as_it_is = |text: Option<String>| text.map_or_else(|| value.clone(), Value::String);
    match value {
        Value::Null => Value::Null,
        Value::String(text) => Value::String((search.text)(text).into_owned()),
        Value::Bool(_) => or_as_it_is(changed((search.text)(&value.to_json()))),
        Value::Number(number) => or_as_it_is(number_without(number, search)),
        Value::Array(_) | Value::Object(_) if (search.is_secret)(value) => {
            Value::String(STARS.to_owned())
        }
        Value::Array(items) => Value::Array(
            items
                .iter()
                .map(|item| without_secrets(item, search))
                .collect(),
        ),
        Value::Object(members) => {
            let mut redacted = Object::default();
            redacted.reserve(members.len());
            for (name, value) in members {
                let name = free_name(&redacted, (search.text)(name).into_owned());
                redacted.insert(name, without_secrets(value, search));
            }
            Value::Object(redacted)
        }
    }
}

fn changed(redacted: Cow<'_, str>) -> Option<String> {
    if let Cow::Owned(text) = redacted {
        Some(text)
    } else {
        None
    }
}

/// A number is looked at as written, and as the integer that it is.
fn number_without(number: &Number, search: Search<'_>) -> Option<String> {
    let written = number.to_string();
    let as_integer = || {
        let is_other = written.contains(['.', 'e', 'E']) || written == "-0";
        let integer = is_other.then(|| number.as_i128()).flatten()?.to_string();
        changed((search.text)(&integer))
    };
    changed((search.text)(&written)).or_else(as_integer)
}

/// Two names may look the same once their secrets are gone.
fn free_name(taken: &Object, name: String) -> String {
    if !taken.contains_key(&name) {
        return name;
    }
    // Later names count from how many there are already, so that many alike stay cheap.
    (taken.len()..=2 * taken.len())
        .map(|count| format!("{name} ({count})"))
        .find(|name| !taken.contains_key(name))
        .unwrap_or(name)
}

/// The texts of a document that is a secret itself, such as a service account's key: a server may send back one of them alone. Not
/// those that tell nothing: URLs, addresses, words, and what is short.
pub(super) fn secret_leaves(value: &Value) -> Vec<&str> {
    let mut leaves = Vec::new();
    collect("", value, &mut leaves);
    leaves
}

fn collect<'a>(name: &str, value: &'a Value, leaves: &mut Vec<&'a str>) {
    match value {
        Value::String(text) if is_secret_leaf(name, text) => leaves.push(text),
        Value::Array(items) => items.iter().for_each(|item| collect(name, item, leaves)),
        Value::Object(members) => members
            .iter()
            .for_each(|(name, value)| collect(name, value, leaves)),
        _ => {}
    }
}

fn is_secret_leaf(name: &str, text: &str) -> bool {
    const SHORTEST: usize = 8;
    let name = name.to_ascii_lowercase();
    let is_word = || {
        text.chars()
            .all(|sign| sign.is_alphabetic() || matches!(sign, '_' | '-' | '.' | ' '))
    };
    let is_address = || text.contains("://") || (text.contains('@') && text.contains('.'));
    match text.chars().count() {
        count if count < SHORTEST => false,
        _ if ["password", "secret", "token", "private"]
            .iter()
            .any(|part| name.contains(part)) =>
        {
            !text.contains("://")
        }
        _ => !is_word() && !is_address(),
    }
}
