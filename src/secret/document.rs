//! Secrets in documents.

use std::borrow::Cow;

use crate::value::{Number, Object, Value};

/// The document without secrets; `None` where there are none.
pub(super) fn redact(value: &Value, redact_text: &dyn Fn(&str) -> Cow<'_, str>) -> Option<Value> {
    match value {
        Value::Null => None,
        Value::String(text) => text_of(redact_text(text)),
        Value::Bool(_) => text_of(redact_text(&value.to_json())),
        Value::Number(number) => redact_number(number, redact_text),
        Value::Array(items) => {
            let changed: Vec<_> = items.iter().map(|item| redact(item, redact_text)).collect();
            let any = changed.iter().any(Option::is_some);
            let all = items.iter().zip(changed).map(|(item, changed)| changed.unwrap_or_else(|| item.clone()));
            any.then(|| Value::Array(all.collect()))
        }
        Value::Object(members) => redact_members(members, redact_text),
    }
}

fn text_of(redacted: Cow<'_, str>) -> Option<Value> {
    if let Cow::Owned(text) = redacted { Some(Value::String(text)) } else { None }
}

/// A number is looked at as written, and as the integer that it is.
fn redact_number(number: &Number, redact_text: &dyn Fn(&str) -> Cow<'_, str>) -> Option<Value> {
    let written = number.to_string();
    text_of(redact_text(&written)).or_else(|| {
        let integer = number.as_i128().map(|integer| integer.to_string()).filter(|integer| *integer != written)?;
        text_of(redact_text(&integer))
    })
}

fn redact_members(members: &Object, redact_text: &dyn Fn(&str) -> Cow<'_, str>) -> Option<Value> {
    let changed: Vec<_> = members.iter().map(|(name, value)| (redact_text(name), redact(value, redact_text))).collect();
    if !changed.iter().any(|(name, value)| matches!(name, Cow::Owned(_)) || value.is_some()) {
        return None;
    }
    let mut redacted = Object::with_capacity(members.len());
    for ((_, value), (name, changed)) in members.iter().zip(changed) {
        let name = free_name(&redacted, name.into_owned());
        redacted.insert(name, changed.unwrap_or_else(|| value.clone()));
    }
    Some(Value::Object(redacted))
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
