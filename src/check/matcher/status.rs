//! Statuses: numbers, strings of digits that mean them, and classes such as `2xx`.

use crate::value::{Number, Value};

/// The first digit of a class such as `2xx`.
pub(in crate::check) fn class(text: &str) -> Option<i64> {
    let digit = text
        .strip_suffix("xx")
        .or_else(|| text.strip_suffix("XX"))?;
    digit.parse().ok().filter(|digit| (1..=5).contains(digit))
}

/// The number that a string of digits means.
pub(in crate::check) fn digits(text: &str) -> Option<Number> {
    let only_digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    only_digits
        .then(|| text.parse::<i64>().ok().map(Number::from))
        .flatten()
}

/// Whether a value may be a status: of three digits, as a number or a string, or a class.
pub(in crate::check) fn is_one(value: &Value) -> bool {
    let number = match value {
        Value::Number(number) => Some(number.clone()),
        Value::String(text) if class(text).is_some() => return true,
        Value::String(text) => digits(text),
        _ => None,
    };
    number
        .and_then(|number| number.as_i64())
        .is_some_and(|status| (100..=999).contains(&status))
}

/// Whether a status is the one that is wanted, of that class, or one of a list.
pub(in crate::check) fn fits(wanted: &Value, status: &Number) -> bool {
    match wanted {
        Value::Number(number) => number == status,
        Value::String(text) => match (class(text), digits(text)) {
            (Some(class), _) => status.as_i64().is_some_and(|status| status / 100 == class),
            (None, number) => number.is_some_and(|number| number == *status),
        },
        Value::Array(items) => items.iter().any(|item| fits(item, status)),
        _ => false,
    }
}
