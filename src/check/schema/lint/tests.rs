//! Typos, unknown keywords and formats, and schemas that assert nothing.

use serde_json::json;

use super::*;

/// `error`, `warning` or nothing for each finding, with its place.
fn found(draft: Draft, schema: &Value) -> String {
    let line = |found: Finding| {
        let kind = if found.is_error { "error" } else { "warning" };
        let hint = found
            .hint
            .map(|hint| format!(" ({hint})"))
            .unwrap_or_default();
        format!("{kind} /{}: {}{hint}", found.path.join("/"), found.message)
    };
    lint(schema, draft)
        .into_iter()
        .map(line)
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn typos_are_errors_and_unknown_keywords_are_warnings() {
    for (keyword, meant) in [
        ("requird", "required"),
        ("propertis", "properties"),
        ("Required", "required"),
        ("minlength", "minLength"),
        ("additionalproperties", "additionalProperties"),
        ("tpye", "type"),
        ("enm", "enum"),
        ("ref", "$ref"),
        ("patern", "pattern"),
        ("maximun", "maximum"),
        ("itmes", "items"),
        ("anyof", "anyOf"),
        ("defintions", "definitions"),
        ("descripton", "description"),
    ] {
        let schema =
            json!({ "type": "object", "properties": { "a": { "type": "string", keyword: 1 } } });
        let wanted = format!(
            "error /properties/a/{keyword}: there is no keyword `{keyword}` in JSON Schema (did you mean `{meant}`?)"
        );
        assert_eq!(found(Draft::Draft202012, &schema), wanted);
    }
    for keyword in ["unit", "since", "maskedInLogs", "uiWidget"] {
        let wanted = format!(
            "warning /{keyword}: there is no keyword `{keyword}` in JSON Schema, so it has no effect"
        );
        assert_eq!(
            found(
                Draft::Draft202012,
                &json!({ "type": "string", keyword: "x" })
            ),
            wanted
        );
    }
    for keyword in [
        "x-internal",
        "nullable",
        "example",
        "discriminator",
        "xml",
        "externalDocs",
        "title",
        "$comment",
        "deprecated",
    ] {
        assert_eq!(
            found(
                Draft::Draft202012,
                &json!({ "type": "string", keyword: "x" })
            ),
            "",
            "{keyword}"
        );
    }
}

#[test]
fn every_keyword_that_holds_schemas_is_walked() {
    let inner = json!({ "type": "string", "requird": 1 });
    for Keyword(name, holds, first, last) in ASSERTING {
        let values = match holds {
            Holds::Plain => continue,
            Holds::Schemas => vec![inner.clone(), json!([inner])],
            Holds::Named => vec![json!({ "requird": inner })],
        };
        for value in values {
            let draft = if *last < LAST { *last } else { *first };
            let text = found(draft, &json!({ "type": "object", *name: value }));
            assert_eq!(
                text.matches("did you mean `required`?").count(),
                1,
                "{name}: {text}"
            );
        }
    }
    for name in ["$defs", "definitions"] {
        let text = found(
            Draft::Draft7,
            &json!({ "type": "object", name: { "requird": inner } }),
        );
        assert_eq!(text.matches("did you mean").count(), 1, "{name}: {text}");
    }
    let schema = json!({ "$ref": "#/schemas/a", "schemas": { "a": { "$ref": "#/schemas/a", "type": "string", "patern": "" } } });
    assert!(
        found(Draft::Draft7, &schema).contains("error /schemas/a/patern: "),
        "{}",
        found(Draft::Draft7, &schema)
    );
    // Data, and names of members, are no keywords.
    let data = json!({ "type": "object", "enum": [{ "requird": 1 }], "const": { "requird": 1 }, "default": { "requird": 1 } });
    assert_eq!(found(Draft::Draft7, &data), "");
    assert_eq!(
        found(
            Draft::Draft7,
            &json!({ "properties": { "requird": { "type": "string" } } })
        ),
        ""
    );
}

#[test]
fn formats_are_known_or_told() {
    let of = |format: &str| {
        found(
            Draft::Draft202012,
            &json!({ "type": "string", "format": format }),
        )
    };
    for format in ASSERTED.iter().chain(&OF_OPENAPI) {
        assert_eq!(of(format), "");
    }
    for (format, meant) in [
        ("datetime", "date-time"),
        ("uid", "uuid"),
        ("url", "uri"),
        ("UUID", "uuid"),
        ("emial", "email"),
        ("ipv5", "ipv4"),
    ] {
        assert_eq!(
            of(format),
            format!("error /format: there is no format `{format}` (did you mean `{meant}`?)")
        );
    }
    assert_eq!(
        of("phone"),
        "warning /format: there is no format `phone`, so it has no effect"
    );
}

#[test]
fn keywords_of_other_drafts_have_no_effect() {
    use Draft::{Draft4, Draft6, Draft7, Draft201909, Draft202012};
    for (draft, keyword, value, is_error) in [
        (Draft4, "const", json!(1), true),
        (Draft6, "const", json!(1), false),
        (Draft6, "if", json!({}), true),
        (Draft7, "if", json!({}), false),
        (Draft7, "dependentRequired", json!({ "a": ["b"] }), true),
        (Draft201909, "prefixItems", json!([]), true),
        (Draft202012, "additionalItems", json!(false), true),
        (Draft7, "additionalItems", json!(false), false),
        (Draft202012, "id", json!("x"), true),
        (Draft4, "id", json!("x"), false),
        (Draft202012, "dependencies", json!({ "a": ["b"] }), false),
    ] {
        let text = found(draft, &json!({ "type": "object", keyword: value }));
        assert_eq!(
            text.contains("has no effect"),
            is_error,
            "{draft:?} {keyword}: {text}"
        );
    }
}

#[test]
fn a_root_that_every_value_fits_is_refused() {
    for nothing in [
        json!({}),
        json!(true),
        json!({ "title": "x", "description": "y" }),
        json!({ "$schema": "http://json-schema.org/draft-07/schema#", "definitions": { "a": { "type": "string" } } }),
        json!({ "$defs": { "a": { "type": "string" } } }),
        json!({ "properties": {} }),
        json!({ "properties": { "a": {} } }),
        json!({ "required": [] }),
        json!({ "minLength": 0 }),
        json!({ "allOf": [{}] }),
        json!({ "anyOf": [{}, { "type": "string" }] }),
        json!({ "items": true }),
        json!({ "additionalProperties": true }),
        json!({ "uniqueItems": false }),
        json!({ "then": { "type": "string" } }),
        json!({ "if": { "type": "string" } }),
        json!({ "format": "int64" }),
        json!({ "type": ["null", "boolean", "number", "string", "array", "object"] }),
        json!({ "$ref": "#/definitions/a", "definitions": { "a": {} } }),
        json!({ "$ref": "#/definitions/a", "definitions": { "a": { "$ref": "#/definitions/b" }, "b": true } }),
        json!({ "$ref": "#" }),
        json!({ "$ref": "#/definitions/a", "type": "string", "definitions": { "a": {} } }),
        json!({ "allOf": [{ "$ref": "#/definitions/a" }], "definitions": { "a": { "title": "a" } } }),
        json!({ "properties": { "next": { "$ref": "#" } } }),
        json!({ "anyOf": [{ "$ref": "#" }, { "type": "string" }] }),
        json!({ "not": false }),
        json!({ "not": { "not": {} } }),
        json!({ "not": { "enum": [] } }),
        json!({ "propertyNames": { "type": "string" } }),
        json!({ "propertyNames": { "type": ["string", "null"] } }),
        json!({ "propertyNames": { "maximum": 3, "required": ["a"] } }),
        json!({ "propertyNames": {} }),
        json!({ "patternProperties": { "^a": {} } }),
        json!({ "dependencies": { "a": [] } }),
        json!({ "dependencies": { "a": {} } }),
        json!({ "allOf": [{ "anyOf": [true] }, {}] }),
        json!({ "anyOf": [true, { "type": "string" }] }),
        json!({ "anyOf": [{ "type": "null" }, { "type": ["boolean", "number", "string"] }, { "type": "array" }, { "type": "object" }] }),
        json!({ "oneOf": [{}, false] }),
        json!({ "oneOf": [{ "title": "a" }, { "not": {} }] }),
        json!({ "if": {}, "else": { "type": "string" } }),
        json!({ "if": false, "then": { "type": "string" } }),
        json!({ "pattern": ".*" }),
        json!({ "pattern": "" }),
        json!({ "properties": { "a": { "pattern": "^.*$" } } }),
        json!({ "$ref": "#a", "definitions": { "x": { "$id": "#a", "title": "a" } } }),
        json!({ "$id": "http://h/s.json", "$ref": "http://h/s.json#/definitions/a", "definitions": { "a": {} } }),
        json!({ "$ref": "#/definitions/a%20b", "definitions": { "a b": {} } }),
        json!({ "$ref": "http://h/a.json", "definitions": { "x": { "$id": "http://h/a.json" } } }),
    ] {
        assert!(
            found(Draft::Draft7, &nothing).contains("asserts nothing"),
            "{nothing}"
        );
    }
}

#[test]
fn a_root_that_some_value_does_not_fit_is_accepted() {
    for something in [
        json!(false),
        json!({ "$ref": "#/definitions/a", "definitions": { "a": { "type": "string" } } }),
        json!({ "not": {} }),
        json!({ "not": { "type": "string" } }),
        json!({ "$ref": "other.json#/a" }),
        json!({ "propertyNames": { "pattern": "^a" } }),
        json!({ "propertyNames": { "type": "integer" } }),
        json!({ "propertyNames": false }),
        json!({ "properties": { "next": { "$ref": "#" } }, "required": ["id"] }),
        json!({ "dependencies": { "a": ["b"] } }),
        json!({ "properties": { "a": { "type": "string" } } }),
        json!({ "oneOf": [{}, {}] }),
        json!({ "contains": {} }),
        json!({ "additionalProperties": false }),
        json!({ "if": { "type": "string" }, "then": { "minLength": 1 } }),
        json!({ "enum": [] }),
        json!({ "maximum": 0 }),
    ] {
        assert_eq!(found(Draft::Draft7, &something), "", "{something}");
    }
    let both = json!({ "$ref": "#/$defs/a", "type": "string", "$defs": { "a": {} } });
    assert_eq!(found(Draft::Draft202012, &both), "");
}

#[test]
fn references_by_anchor_and_branches_are_followed() {
    for (nothing, is_error) in [
        (
            json!({ "$ref": "#a", "$defs": { "x": { "$anchor": "a" } } }),
            true,
        ),
        (
            json!({ "$dynamicRef": "#a", "$defs": { "x": { "$dynamicAnchor": "a" } } }),
            true,
        ),
        (
            json!({ "$dynamicRef": "#/$defs/x", "$defs": { "x": true } }),
            true,
        ),
        (
            json!({ "$dynamicAnchor": "a", "properties": { "b": { "$dynamicRef": "#a" } } }),
            true,
        ),
        (
            json!({ "$ref": "#a", "$defs": { "x": { "$anchor": "a", "type": "object" } } }),
            false,
        ),
        (
            json!({ "$dynamicRef": "#a", "$defs": { "x": { "$dynamicAnchor": "a", "minimum": 1 } } }),
            false,
        ),
        (
            json!({ "anyOf": [{ "type": "string" }, { "type": "null" }] }),
            false,
        ),
        (json!({ "oneOf": [{ "type": "string" }, false] }), false),
        (
            json!({ "if": { "type": "string" }, "else": { "minimum": 1 } }),
            false,
        ),
        (json!({ "pattern": "." }), false),
    ] {
        let told = found(Draft::Draft202012, &nothing);
        assert_eq!(
            told.contains("asserts nothing"),
            is_error,
            "{nothing}: {told}"
        );
    }
}

#[test]
fn schemas_that_refer_to_each_other_end_and_other_documents_are_named() {
    // Each refers to the next one twice.
    let many: serde_json::Map<_, _> = (0..64)
        .map(|at| {
            let next = json!({ "$ref": format!("#/$defs/a{}", at + 1) });
            (format!("a{at}"), json!({ "allOf": [next, next] }))
        })
        .collect();
    found(
        Draft::Draft202012,
        &json!({ "$ref": "#/$defs/a0", "$defs": many }),
    );
    for (member, name) in [
        ("openapi", "OpenAPI"),
        ("swagger", "OpenAPI"),
        ("asyncapi", "AsyncAPI"),
    ] {
        let text = found(
            Draft::Draft7,
            &json!({ member: "3.0.0", "info": {}, "paths": {} }),
        );
        assert!(
            text.starts_with(&format!("error /: this is an {name} document")),
            "{text}"
        );
    }
}
