//! From documents to what libraries want, and back.

use super::{Number, Value};

impl From<&serde_json::Value> for Value {
    fn from(value: &serde_json::Value) -> Self {
        match value {
            serde_json::Value::Null => Self::Null,
            serde_json::Value::Bool(value) => Self::Bool(*value),
            serde_json::Value::Number(number) => {
                Number::parse(&number.to_string()).map_or(Self::Null, Self::Number)
            }
            serde_json::Value::String(text) => Self::String(text.clone()),
            serde_json::Value::Array(items) => Self::Array(items.iter().map(Self::from).collect()),
            serde_json::Value::Object(members) => Self::Object(
                members
                    .iter()
                    .map(|(name, value)| (name.clone(), Self::from(value)))
                    .collect(),
            ),
        }
    }
}

/// For libraries that know only `serde_json`: a number that fits neither 64-bit integers nor a float exactly becomes the
/// nearest float.
impl From<&Value> for serde_json::Value {
    fn from(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Bool(*value),
            Value::Number(number) => number_to_serde(number),
            Value::String(text) => Self::String(text.clone()),
            Value::Array(items) => Self::Array(items.iter().map(Self::from).collect()),
            Value::Object(members) => Self::Object(
                members
                    .iter()
                    .map(|(name, value)| (name.clone(), Self::from(value)))
                    .collect(),
            ),
        }
    }
}

fn number_to_serde(number: &Number) -> serde_json::Value {
    let integer = number.as_i128();
    if let Some(small) = integer.and_then(|integer| i64::try_from(integer).ok()) {
        return small.into();
    }
    if let Some(large) = integer.and_then(|integer| u64::try_from(integer).ok()) {
        return large.into();
    }
    let float = number.as_f64().clamp(f64::MIN, f64::MAX);
    serde_json::Number::from_f64(float).map_or(serde_json::Value::Null, serde_json::Value::Number)
}
