//! What is kept of a response to a request for a token or keys: what it is, and nothing that may be a secret in whatever form.
//!
//! A replay asks for no token, so that nothing is missing there.

use super::entry::{Answer, Body};
use crate::secret::STARS;
use crate::value::{Object, Value};

/// Headers that say nothing secret.
const HEADERS: [&str; 13] = [
    "cache-control",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "date",
    "expires",
    "keep-alive",
    "pragma",
    "retry-after",
    "server",
    "transfer-encoding",
    "vary",
];

/// Members whose value is a word or a number (RFC 6749 section 5).
const MEMBERS: [&str; 4] = ["error", "expires_in", "scope", "token_type"];

/// How long a name or a word may be.
const LONGEST: usize = 40;

/// Hides what was received, but for what cannot be a secret.
pub(super) fn hide(answer: &mut Answer) {
    for (name, value) in answer.headers.iter_mut().chain(&mut answer.trailers) {
        if !HEADERS.iter().any(|known| name.eq_ignore_ascii_case(known)) {
            STARS.clone_into(value);
        }
    }
    answer.body = match &answer.body {
        Body::Text(text) if text.is_empty() => return,
        Body::Text(text) => Body::Text(hidden_text(text)),
        Body::Base64(_) => Body::Text(STARS.to_owned()),
    };
}

fn hidden_text(text: &str) -> String {
    match crate::value::parse(text) {
        Ok(document @ (Value::Object(_) | Value::Array(_))) => hidden("", &document).to_json(),
        _ => STARS.to_owned(),
    }
}

/// A document with the names of its members, and none of its values.
fn hidden(name: &str, value: &Value) -> Value {
    match value {
        Value::Null | Value::Bool(_) => value.clone(),
        Value::Array(items) => items
            .iter()
            .map(|item| hidden(name, item))
            .collect::<Vec<_>>()
            .into(),
        Value::Object(members) => {
            let mut shown = Object::default();
            for (name, value) in members {
                let known = if is_name(name) { name.as_str() } else { STARS };
                shown.insert(known.to_owned(), hidden(name, value));
            }
            Value::Object(shown)
        }
        Value::Number(_) if MEMBERS.contains(&name) => value.clone(),
        Value::String(text) if text.is_empty() || (MEMBERS.contains(&name) && is_word(text)) => {
            value.clone()
        }
        _ => STARS.into(),
    }
}

fn is_word(text: &str) -> bool {
    let is_sign =
        |sign: char| sign.is_ascii_alphabetic() || matches!(sign, '_' | '-' | '.' | ' ' | ':');
    text.len() <= LONGEST && text.chars().all(is_sign)
}

/// Whether a name is one that people write; a token has digits and capitals.
fn is_name(name: &str) -> bool {
    let is_sign = |sign: char| sign.is_ascii_alphanumeric() || matches!(sign, '_' | '-' | '.');
    let has = |of: fn(&char) -> bool| name.chars().any(|sign| of(&sign));
    name.len() <= LONGEST
        && name.chars().all(is_sign)
        && !(has(char::is_ascii_digit) && has(char::is_ascii_uppercase))
}
