//! The words in which a key says its shape, and the schemas that they stand for.

use serde_json::{Map, Value, json};

use crate::syntax::Key;

/// A duration, as [`parse_duration`](crate::syntax::parse_duration) reads it.
const DURATION: &str = r"^\s*([0-9]+(\.[0-9]*)?(us|µs|ms|s|min|m|h|d)\s*)+$";
/// The start of a placeholder.
const PLACEHOLDER: &str = r"\{\{";
const SIZE: &str = r"^[0-9]+\s*(B|kB|KB|MB|GB|KiB|MiB|GiB)?\s*$";
/// A text that is one placeholder and nothing else.
const EXPRESSION: &str = r"^\{\{[^}]*[\s\S]*\}\}$";

/// The schema of a shape: a word, or several of which one fits.
pub(super) fn shape(text: &str) -> Value {
    let mut words: Vec<_> = text.split('|').map(word).collect();
    if words.len() > 1 {
        json!({ "anyOf": words })
    } else {
        words.pop().unwrap_or_else(|| json!({}))
    }
}

fn word(word: &str) -> Value {
    match word {
        // Taken as it is written, so that a placeholder in it is a mistake; a template is evaluated.
        "string" => json!({ "type": "string", "not": { "pattern": PLACEHOLDER } }),
        "template" => json!({ "type": "string" }),
        "number" | "boolean" | "object" | "array" => json!({ "type": word }),
        "strings" | "templates" => {
            let one = shape(word.trim_end_matches('s'));
            json!({ "anyOf": [one, { "type": "array", "items": one }] })
        }
        "count" => json!({ "type": "integer", "minimum": 0 }),
        "positive" => json!({ "type": "integer", "minimum": 1 }),
        "factor" => json!({ "type": "number", "minimum": 1 }),
        "rate" => json!({ "type": "number", "minimum": 0 }),
        "scalar" => json!({ "type": ["string", "number", "boolean"] }),
        "true" | "false" => json!({ "const": word == "true" }),
        "duration" => json!({ "type": "string", "pattern": DURATION }),
        "size" => {
            json!({ "anyOf": [{ "type": "integer", "minimum": 0 }, { "type": "string", "pattern": SIZE }] })
        }
        "expression" => json!({ "type": "string", "pattern": EXPRESSION }),
        // Anything.
        "any" => json!({}),
        named => json!({ "$ref": format!("#/$defs/{}", named.trim_start_matches('#')) }),
    }
}

/// A table with these keys and no others.
pub(super) fn closed(keys: &[&[Key]]) -> Value {
    closed_by(keys.iter().copied().flatten().copied())
}

/// A table with these keys and no others.
pub(super) fn closed_by(keys: impl Iterator<Item = Key>) -> Value {
    let properties: Map<_, _> = keys
        .map(|key| (key.name.to_owned(), property(&key)))
        .collect();
    json!({ "type": "object", "properties": properties, "additionalProperties": false })
}

/// The schema of a key's value, with what the key is for.
pub(super) fn property(key: &Key) -> Value {
    with(json!({ "description": key.about }), shape(key.shape))
}

/// A schema with the members of another.
pub(super) fn with(mut schema: Value, more: Value) -> Value {
    if let (Value::Object(members), Value::Object(more)) = (&mut schema, more) {
        members.extend(more);
    }
    schema
}

/// A table of any names, whose values are of one shape. Names are taken as they are written.
pub(super) fn table_of(text: &str) -> Value {
    with(
        table_of_templates(text),
        json!({ "propertyNames": { "not": { "pattern": PLACEHOLDER } } }),
    )
}

/// A table whose values are of one shape, and whose names are evaluated.
pub(super) fn table_of_templates(text: &str) -> Value {
    json!({ "type": "object", "additionalProperties": shape(text) })
}

/// Exactly one of these keys is there.
pub(super) fn one_of<'a>(names: impl Iterator<Item = &'a str>) -> Vec<Value> {
    names.map(|name| json!({ "required": [name] })).collect()
}
