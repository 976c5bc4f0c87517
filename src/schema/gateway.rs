//! Definitions of gateway files.

use serde_json::{Value, json};

use super::Definition;
use super::shape::{closed, shape, with};
use crate::gateway::{METHODS, REQUIRED_KEYS, RESPOND_KEYS, ROUTE_KEYS, THROTTLE_KEYS};

pub(super) const DEFINITIONS: &[Definition] = &[
    ("kind", || json!({ "enum": ["rest", "http"] })),
    (
        "stage_name",
        || json!({ "type": "string", "pattern": r"^([A-Za-z0-9_-]+|\$default)$" }),
    ),
    (
        "routes",
        || json!({ "type": "array", "minItems": 1, "items": shape("#route") }),
    ),
    ("route", route),
    ("route_method", || json!({ "enum": METHODS })),
    (
        "route_path",
        || json!({ "type": "string", "pattern": r"^(/|\$default$)" }),
    ),
    ("required", || closed(&[REQUIRED_KEYS])),
    ("throttle", || {
        with(closed(&[THROTTLE_KEYS]), json!({ "required": ["rate"] }))
    }),
    ("respond", respond),
    (
        "answer_status",
        || json!({ "anyOf": [{ "type": "integer", "minimum": 200, "maximum": 599 }, shape("template")] }),
    ),
];

/// What holds for the file as a whole: a REST API has a stage.
pub(super) fn file() -> Value {
    let http = json!({ "required": ["kind"], "properties": { "kind": { "const": "http" } } });
    json!({ "required": ["route"], "if": { "not": http }, "then": { "required": ["stage"] } })
}

/// A route of `$default` takes every method.
fn route() -> Value {
    let default =
        json!({ "required": ["path"], "properties": { "path": { "const": "$default" } } });
    let rule = json!({ "required": ["path", "respond"], "if": { "not": default }, "then": { "required": ["method"] } });
    with(closed(&[ROUTE_KEYS]), rule)
}

fn respond() -> Value {
    let two = [["json", "text"], ["json", "file"], ["text", "file"]]
        .map(|names| json!({ "required": names }));
    with(closed(&[RESPOND_KEYS]), json!({ "not": { "anyOf": two } }))
}
