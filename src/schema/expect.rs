//! Definitions of what is expected and captured.

use serde_json::{Value, json};

use super::Definition;
use super::collection::name;
use super::shape::{closed, closed_by, one_of, shape, table_of, table_of_templates, with};
use crate::check::{
    CAPTURE_OPTIONS, CAPTURE_SOURCES, CERTIFICATE, HOP, MessageKind, formats, message_subjects,
    operators, subjects, types,
};
use crate::http::{ErrorKind, Phase};
use crate::snapshot;
use crate::syntax::Key;
use crate::syntax::keys::EVENTS;

pub(super) const DEFINITIONS: &[Definition] = &[
    ("expect", || closed_by(subjects())),
    (
        "matcher",
        || json!({ "anyOf": [literal(), shape("#operators")] }),
    ),
    ("matchers", || table_of("#matcher")),
    ("by_json_path", || table_of_templates("#matcher")),
    ("operators", || {
        with(closed_by(operators()), says_something())
    }),
    ("ordered", || shape("number|template")),
    ("pair", || pair(&shape("#ordered"))),
    ("types", || {
        one_or_many(&json!({ "enum": types().collect::<Vec<_>>() }))
    }),
    ("format", format),
    ("direction", || json!({ "enum": ["asc", "desc"] })),
    ("schema", || shape("string|object")),
    ("status", status),
    ("sha256", || texts(&json!({ "pattern": "^[0-9a-f]{64}$" }))),
    ("http", || texts(&json!({ "enum": ["1.0", "1.1", "2"] }))),
    ("error", error),
    ("time", time),
    (
        "redirects",
        || json!({ "anyOf": [shape("#matcher"), { "type": "array", "items": shape("template|#hop") }] }),
    ),
    ("hop", || closed(&[HOP])),
    ("certificate", || closed(&[CERTIFICATE])),
    ("bytes", bytes),
    ("allow", || {
        one_or_many_or_none(&json!({ "enum": ["lambda_error", "graphql_errors"] }))
    }),
    ("snapshot", snapshot),
    ("redact", || table_of("template")),
    ("events", || {
        with(closed(&[EVENTS]), json!({ "minProperties": 1 }))
    }),
    ("events_wanted", || one_or_many(&shape("#event_wanted"))),
    ("event_wanted", || wanted(MessageKind::Event)),
    ("message_wanted", || wanted(MessageKind::Message)),
    ("names", || table_of("string")),
    ("templates_by_name", || table_of("template")),
    ("expressions", || one_or_many(&shape("expression"))),
    ("captures", || {
        with(table_of("#capture"), json!({ "propertyNames": name() }))
    }),
    ("capture", capture),
];

/// What a message or an event is: a string, or a table of expectations.
fn wanted(kind: MessageKind) -> Value {
    json!({ "anyOf": [shape("template"), closed_by(message_subjects(kind))] })
}

/// A text with a placeholder, which only the run knows.
fn placeholder() -> Value {
    json!({ "type": "string", "pattern": r"\{\{" })
}

fn literal() -> Value {
    json!({ "type": ["string", "number", "boolean", "array"] })
}

/// A matcher has an operator, not only a `message`.
fn says_something() -> Value {
    json!({ "minProperties": 1, "dependentSchemas": { "message": { "minProperties": 2 } } })
}

fn pair(item: &Value) -> Value {
    json!({ "type": "array", "items": item, "minItems": 2, "maxItems": 2 })
}

fn one_or_many(item: &Value) -> Value {
    json!({ "anyOf": [item, { "type": "array", "items": item, "minItems": 1 }] })
}

fn one_or_many_or_none(item: &Value) -> Value {
    json!({ "anyOf": [item, { "type": "array", "items": item }] })
}

fn format() -> Value {
    let other = formats()
        .filter(|name| name.contains('-'))
        .map(|name| name.replace('-', "_"));
    let names: Vec<_> = formats().map(str::to_owned).chain(other).collect();
    json!({ "enum": names })
}

fn status() -> Value {
    let text = json!({ "type": "string", "pattern": "^([1-5](xx|XX)|[1-9][0-9][0-9])$" });
    let one = json!({ "anyOf": [{ "type": "integer", "minimum": 100, "maximum": 999 }, text, placeholder()] });
    json!({ "anyOf": [one_or_many(&one), shape("#operators")] })
}

/// Texts of a certain kind, or a matcher.
fn texts(kind: &Value) -> Value {
    json!({ "anyOf": [with(json!({ "type": "string" }), kind.clone()), placeholder(), shape("#operators")] })
}

fn error() -> Value {
    let kinds: Vec<_> = ErrorKind::ALL.iter().map(|kind| kind.name()).collect();
    let one = json!({ "anyOf": [{ "enum": kinds }, placeholder()] });
    json!({ "anyOf": [one_or_many(&one), shape("#operators")] })
}

/// Operators that order, with durations for operands.
fn time() -> Value {
    let keys = operators()
        .filter(|key| ["#ordered", "#pair"].contains(&key.shape) || key.name == "message");
    let shaped = keys.map(|key| match key.shape {
        "#ordered" => Key {
            shape: "template",
            ..key
        },
        "#pair" => Key {
            shape: "array",
            ..key
        },
        _ => key,
    });
    let mut table = with(closed_by(shaped), says_something());
    for name in ["between", "close_to"] {
        if let Some(property) = table
            .get_mut("properties")
            .and_then(|properties| properties.get_mut(name))
        {
            *property = with(property.take(), pair(&shape("template")));
        }
    }
    let mut of_phase = table.clone();
    if let Some(operators) = of_phase
        .get_mut("properties")
        .and_then(Value::as_object_mut)
    {
        operators.insert("exists".to_owned(), shape("boolean"));
    }
    if let Some(properties) = table.get_mut("properties").and_then(Value::as_object_mut) {
        properties.extend(
            Phase::ALL
                .iter()
                .map(|phase| (phase.name().to_owned(), of_phase.clone())),
        );
    }
    table
}

/// `true`, a name, or a table.
fn snapshot() -> Value {
    json!({ "anyOf": [shape("boolean"), shape("string"), closed(&[snapshot::KEYS])] })
}

fn bytes() -> Value {
    let file = json!({ "type": "object", "properties": { "file": shape("string") }, "required": ["file"], "additionalProperties": false });
    json!({ "anyOf": [shape("template"), file] })
}

/// A path, an expression, or a table with one source; `regex` is one where it stands alone.
fn capture() -> Value {
    let short = json!({ "type": "string", "pattern": r"^\$|\{\{" });
    let others = || {
        CAPTURE_SOURCES
            .iter()
            .map(|key| key.name)
            .filter(|name| *name != "regex")
    };
    let mut sources = one_of(others());
    sources.push(json!({ "required": ["regex"], "not": { "anyOf": one_of(others()) } }));
    let table = with(
        closed(&[CAPTURE_SOURCES, CAPTURE_OPTIONS]),
        json!({ "oneOf": sources }),
    );
    let table = with(
        table,
        json!({ "dependentRequired": { "attribute": ["css"] } }),
    );
    json!({ "anyOf": [short, table] })
}
