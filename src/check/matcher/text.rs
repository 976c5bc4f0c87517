//! Values as text, for the operators that look into text.

use std::borrow::Cow;

use crate::value::Value;

/// The text of a scalar: texts as they are, numbers and booleans as written. `None` for null, arrays and objects.
pub(super) fn of(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::String(text) => Some(Cow::Borrowed(text)),
        Value::Number(_) | Value::Bool(_) => value.to_text().map(Cow::Owned),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}
