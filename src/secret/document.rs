//! Secrets in documents.

use std::borrow::Cow;

use crate::value::{Number, Object, Value};

/// A text without secrets; owned only where there were any.
type Redact<'a> = &'a dyn Fn(&str) -> Cow<'_, str>;

/// The document without secrets; `None` where there are none: nearly always, so nothing is made before one is found.
pub(super) fn redact(value: &Value, redact_text: Redact<'_>) -> Option<Value> {
    holds_secret(value, redact_text).then(|| without_secrets(value, redact_text))
}

fn holds_secret(value: &Value, redact_text: Redact<'_>) -> bool {
    let is_secret = |text: &str| matches!(redact_text(text), Cow::Owned(_));
    match value {
        Value::Null => false,
        Value::String(text) => is_secret(text),
        Value::Bool(_) => is_secret(&value.to_json()),
        Value::Number(number) => number_without(number, redact_text).is_some(),
        Value::Array(items) => items.iter().any(|item| holds_secret(item, redact_text)),
        Value::Object(members) => members.iter().any(|(name, value)| is_secret(name) || holds_secret(value, redact_text)),
    }
}

fn without_secrets(value: &Value, redact_text: Redact<'_>) -> Value {
    let or_as_it_is = |text: Option<String>| text.map_or_else(|| value.clone(), Value::String);
    match value {
        Value::Null => Value::Null,
        Value::String(text) => Value::String(redact_text(text).into_owned()),
        Value::Bool(_) => or_as_it_is(changed(redact_text(&value.to_json()))),
        Value::Number(number) => or_as_it_is(number_without(number, redact_text)),
        Value::Array(items) => Value::Array(items.iter().map(|item| without_secrets(item, redact_text)).collect()),
        Value::Object(members) => {
            let mut redacted = Object::default();
            redacted.reserve(members.len());
            for (name, value) in members {
                let name = free_name(&redacted, redact_text(name).into_owned());
                redacted.insert(name, without_secrets(value, redact_text));
            }
            Value::Object(redacted)
        }
    }
}

fn changed(redacted: Cow<'_, str>) -> Option<String> {
    if let Cow::Owned(text) = redacted { Some(text) } else { None }
}

/// A number is looked at as written, and as the integer that it is.
fn number_without(number: &Number, redact_text: Redact<'_>) -> Option<String> {
    let written = number.to_string();
    let as_integer = || {
        let is_other = written.contains(['.', 'e', 'E']) || written == "-0";
        let integer = is_other.then(|| number.as_i128()).flatten()?.to_string();
        changed(redact_text(&integer))
    };
    changed(redact_text(&written)).or_else(as_integer)
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
