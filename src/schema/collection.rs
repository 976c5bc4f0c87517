//! Definitions of collections and the project file: all but what is expected.

use serde_json::{Value, json};

use super::Definition;
use super::shape::{closed, closed_by, one_of, shape, table_of, with};
use crate::http::Coding;
use crate::report;
use crate::snapshot::{KINDS, Mode, PATTERN_KEYS, PROJECT_KEYS, Unreferenced};
use crate::syntax::Key;
use crate::syntax::keys::{
    BASE_URL, BODY, CLOSE, FILE, GRAPHQL, IDENTITY, PART, PASS, PAYLOAD, POLL, PROXY, REDIRECTS,
    REPEAT, RETRY, RUN, SETTINGS, STAGE, STEP, STEP_OPTIONS, TARGET, TLS, VARIABLE, WAIT,
};
use crate::template::RESERVED;

pub(super) const DEFINITIONS: &[Definition] = &[
    ("base_url", base_url),
    ("stages", || table_of("#stage")),
    ("stage", stage),
    ("settings", || closed(&[SETTINGS])),
    ("vars", vars),
    ("variable", variable),
    ("source", || {
        with(
            closed(&[VARIABLE]),
            json!({ "dependentRequired": { "timeout": ["command"] } }),
        )
    }),
    ("follow_redirects", || closed(&[REDIRECTS])),
    ("tags", tags),
    ("rows", rows),
    (
        "requests",
        || json!({ "type": "array", "items": shape("#request") }),
    ),
    ("request", request),
    ("fields", || table_of("#field")),
    (
        "field",
        || json!({ "anyOf": [shape("scalar"), { "type": "array", "items": shape("scalar") }] }),
    ),
    (
        "file",
        || json!({ "anyOf": [shape("template"), with(closed(&[FILE]), json!({ "required": ["path"] }))] }),
    ),
    ("graphql", || {
        with(
            closed(&[GRAPHQL]),
            json!({ "oneOf": one_of(["query", "query_file"].into_iter()) }),
        )
    }),
    ("request_name", || shape("template")),
    ("parts", || {
        with(
            table_of("#part"),
            json!({ "minProperties": 1, "propertyNames": { "minLength": 1, "not": { "pattern": r"\{\{" } } }),
        )
    }),
    (
        "part",
        || json!({ "anyOf": [shape("scalar|#one_part"), { "type": "array", "items": shape("scalar|#one_part") }] }),
    ),
    ("one_part", || {
        with(
            closed(&[PART]),
            json!({ "oneOf": one_of(["file", "text", "json"].into_iter()) }),
        )
    }),
    (
        "coding",
        || json!({ "enum": Coding::ALL.map(Coding::name) }),
    ),
    (
        "steps",
        || json!({ "type": "array", "items": shape("#step") }),
    ),
    ("step", step),
    (
        "payload",
        || json!({ "anyOf": [shape("scalar"), with(closed(&[PAYLOAD]), exactly_one(PAYLOAD))] }),
    ),
    (
        "close",
        || json!({ "anyOf": [shape("#close_code"), closed(&[CLOSE])] }),
    ),
    ("close_code", || {
        let codes = [(1000, 1003), (1007, 1014), (3000, 4999)];
        let range = |(low, high)| json!({ "type": "integer", "minimum": low, "maximum": high });
        json!({ "anyOf": codes.map(range) })
    }),
    ("version", || json!({ "enum": ["1.0", "1.1", "2"] })),
    ("proxy", || {
        with(closed(&[PROXY]), json!({ "required": ["url"] }))
    }),
    ("tls", || closed(&[TLS])),
    ("tls_version", || json!({ "enum": ["1.2", "1.3"] })),
    ("ip_version", || json!({ "enum": [4, 6] })),
    (
        "header_case",
        || json!({ "enum": ["lower", "title", "written"] }),
    ),
    ("retry", || closed(&[RETRY])),
    ("retry_on", retry_on),
    ("poll", || closed(&[POLL])),
    ("repeat", || {
        with(
            closed(&[REPEAT]),
            json!({ "anyOf": one_of(["max", "until"].into_iter()) }),
        )
    }),
    ("pass", || closed(&[PASS])),
    ("run", run),
    ("report", report),
    ("snapshots", || closed(&[PROJECT_KEYS])),
    ("volatile", volatile),
    ("pattern", || {
        with(
            closed(&[PATTERN_KEYS]),
            json!({ "required": ["matches", "with"] }),
        )
    }),
    (
        "snapshot_mode",
        || json!({ "enum": Mode::ALL.map(|(name, _)| name) }),
    ),
    (
        "unreferenced",
        || json!({ "enum": Unreferenced::ALL.map(|(name, _)| name) }),
    ),
    ("wait", || {
        with(
            closed(&[WAIT, IDENTITY, TARGET, BODY, SETTINGS]),
            target_and_body(),
        )
    }),
];

/// A file for each kind of report.
fn report() -> Value {
    closed_by(report::KINDS.iter().map(|kind| Key {
        name: kind.name,
        shape: "string",
        about: kind.about,
    }))
}

fn base_url() -> Value {
    let table = with(
        closed(&[BASE_URL]),
        json!({ "oneOf": one_of(["env", "file"].into_iter()) }),
    );
    let table = with(
        table,
        json!({ "dependentRequired": { "key": ["file"], "default": ["env"] } }),
    );
    json!({ "anyOf": [shape("template"), table] })
}

fn stage() -> Value {
    with(
        closed(&[STAGE, SETTINGS]),
        json!({ "not": { "required": ["base_url", "gateway"] } }),
    )
}

fn vars() -> Value {
    with(table_of("#variable"), json!({ "propertyNames": name() }))
}

/// What expressions can name.
pub(super) fn name() -> Value {
    json!({ "pattern": "^[A-Za-z_][A-Za-z0-9_]*$", "not": { "enum": RESERVED } })
}

/// A table is a source where it looks like one, else it is the value.
fn variable() -> Value {
    let names: Vec<_> = VARIABLE.iter().map(|key| key.name).collect();
    let sources = one_of(["env", "file", "command"].into_iter());
    let value = json!({ "required": ["value"], "propertyNames": { "enum": ["value", "secret"] } });
    let of_command = json!({ "timeout": ["command"] });
    let other = json!({
        "propertyNames": { "enum": names }, "oneOf": sources, "dependentRequired": of_command, "not": { "required": ["value"] },
    });
    let looks = json!({ "type": "object", "anyOf": [value, other] });
    json!({ "anyOf": [shape("#source"), {}], "if": looks, "then": shape("#source") })
}

fn volatile() -> Value {
    let one = json!({ "anyOf": [{ "enum": KINDS.map(|(name, _)| name) }, shape("#pattern")] });
    json!({ "anyOf": [one, { "type": "array", "items": one }] })
}

fn tags() -> Value {
    let tag =
        json!({ "type": "string", "pattern": r"^[^\s(),!]+$", "not": { "pattern": r"\{\{" } });
    json!({ "anyOf": [tag, { "type": "array", "items": tag }] })
}

fn rows() -> Value {
    json!({ "anyOf": [{ "type": "array", "minItems": 1 }, shape("template")] })
}

fn request() -> Value {
    with(
        closed(&[IDENTITY, TARGET, BODY, SETTINGS]),
        target_and_body(),
    )
}

/// A step of a conversation, with what may stand beside it.
fn step() -> Value {
    let others = json!({
        "fragment": ["send"], "within": ["expect"], "skip_others": ["expect"], "capture": ["expect"],
    });
    with(
        with(closed(&[STEP, STEP_OPTIONS]), exactly_one(STEP)),
        json!({ "dependentRequired": others }),
    )
}

fn exactly_one(keys: &[Key]) -> Value {
    json!({ "oneOf": one_of(keys.iter().map(|key| key.name)) })
}

/// Exactly one target, at most one body, `repeat` or `poll`.
fn target_and_body() -> Value {
    let short = TARGET
        .iter()
        .map(|key| key.name)
        .filter(|name| !["method", "url"].contains(name));
    let mut targets = one_of(short);
    targets.push(json!({ "required": ["method", "url"] }));
    let bodies = || one_of(BODY.iter().map(|key| key.name));
    let mut at_most_one = bodies();
    at_most_one.push(json!({ "not": { "anyOf": bodies() } }));
    let websocket = json!({ "required": ["websocket"] });
    let mut others = bodies();
    others.extend(one_of(
        ["poll", "repeat", "chunked", "compress"].into_iter(),
    ));
    let no_body = json!({ "if": websocket, "then": { "not": { "anyOf": others } } });
    let both =
        json!({ "required": ["repeat", "poll"], "properties": { "poll": { "type": "object" } } });
    json!({
        "allOf": [{ "oneOf": targets }, { "oneOf": at_most_one }, { "not": both }, no_body],
        "dependentRequired": {
            "method": ["url"], "url": ["method"], "messages": ["websocket"], "subprotocols": ["websocket"],
        },
    })
}

fn retry_on() -> Value {
    let word = json!({ "type": "string", "pattern": "^(connect|reset|timeout|propagation|[1-5]xx|[1-5][0-9][0-9])$" });
    json!({ "anyOf": [word, { "type": "array", "items": word }] })
}

/// The options by their names with `_`; those with `-` are the same.
fn run() -> Value {
    let dashed = RUN.iter().filter(|key| key.name.contains('_'));
    let dashed: serde_json::Map<_, _> = dashed
        .map(|key| {
            (
                format!("^{}$", key.name.replace('_', "-")),
                shape(key.shape),
            )
        })
        .collect();
    with(closed(&[RUN]), json!({ "patternProperties": dashed }))
}
