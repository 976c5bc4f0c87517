//! Schemas and documents that were made to take time and memory.

use std::path::Path;

use super::Schema;
use crate::value::{Value, parse};

fn schema(text: &str) -> Schema {
    let files = |_: &Path| Err("there is no such file".to_owned());
    Schema::inline(
        &parse(text).unwrap(),
        Path::new(""),
        &files,
        &mut Vec::new(),
    )
    .unwrap()
}

/// Each list of the numbers in a list of its own, so deep.
fn nested(depth: usize) -> Value {
    (0..depth).fold(Value::from(1_i64), |inner, _| Value::Array(vec![inner]))
}

#[test]
fn violations_that_would_fill_the_memory_are_not_looked_for() {
    let numbers = Value::Array(vec![Value::from(1_i64); 400_000]);
    let first = schema(r#"{"items": {"type": "string", "minLength": 1, "maxLength": 9}}"#)
        .violations(&numbers);
    assert_eq!(first.len(), 1, "the first of them");
    let branches =
        schema(r#"{"anyOf": [{"items": {"type": "string"}}, {"contains": {"type": "string"}}]}"#);
    assert_eq!(branches.violations(&numbers).len(), 1);
    let doubled = r##"{"$ref": "#/$defs/a", "$defs": {"a": {"anyOf": [
        {"type": "array", "items": {"$ref": "#/$defs/a"}}, {"type": "array", "contains": {"$ref": "#/$defs/a"}}]}}}"##;
    assert_eq!(schema(doubled).violations(&nested(16)).len(), 1);
    // Each of twenty schemas asks for the next one twice.
    let next = |number: usize| {
        format!(
            r##""s{number}": {{"anyOf": [{{"$ref": "#/$defs/s{0}"}}, {{"$ref": "#/$defs/s{0}"}}]}}, "##,
            number + 1
        )
    };
    let laughs: String = (0..20).map(next).collect();
    let laughs =
        format!(r##"{{"$ref": "#/$defs/s0", "$defs": {{{laughs} "s20": {{"type": "string"}}}}}}"##);
    assert_eq!(schema(&laughs).violations(&Value::Null).len(), 1);
}

#[test]
fn violations_of_ordinary_documents_are_all_found() {
    let items = schema(r#"{"items": {"anyOf": [{"type": "string"}, {"type": "null"}]}}"#);
    assert_eq!(
        items
            .violations(&Value::Array(vec![Value::from(1_i64); 300]))
            .len(),
        300
    );
    let recursive = schema(
        r##"{"$ref": "#/$defs/a", "$defs": {"a": {"properties": {"id": {"type": "integer"}, "in": {"$ref": "#/$defs/a"}}}}}"##,
    );
    let document = parse(r#"{"id": "a", "in": {"id": "b", "in": {"id": 3}}}"#).unwrap();
    assert_eq!(recursive.violations(&document).len(), 2);
}

#[test]
fn a_document_of_too_many_values_is_not_copied() {
    let numbers = Value::Array(vec![Value::Null; 3_000_001]);
    assert_eq!(schema(r#"{"type": "array"}"#).violations(&numbers).len(), 1);
}
