//! The JSON Schema of the files that users write, for editors: made from the tables of keys by which the files are read,
//! so that the two cannot part.
//!
//! A [`Key`](crate::syntax::Key) says its shape in a few words (`shape`); what has a name of its own is a definition
//! (`collection`, `expect`, `gateway`). Expressions inside texts are beyond a schema: `apitest check` reads those.

mod auth;
mod collection;
mod expect;
mod gateway;
mod shape;

use serde_json::{Map, Value, json};

use crate::gateway::FILE_KEYS;
use crate::syntax::keys::{COLLECTION, PROJECT};
use shape::closed;

/// The files that have a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A collection.
    Collection,
    /// The project file, `apitest.toml`.
    Project,
    /// A gateway file.
    Gateway,
}

/// A schema by the name that it has after `#`.
type Definition = (&'static str, fn() -> Value);

/// The JSON Schema (2020-12) of a kind of file, as JSON text.
#[must_use]
pub fn text(kind: Kind) -> String {
    format!("{:#}\n", schema(kind))
}

/// The JSON Schema (2020-12) of a kind of file.
#[must_use]
pub fn schema(kind: Kind) -> Value {
    let one_place = json!({ "not": { "required": ["base_url", "stages"] } });
    let (title, root) = match kind {
        Kind::Collection => (
            "a collection of apitest",
            shape::with(closed(&[COLLECTION]), one_place),
        ),
        Kind::Project => (
            "the project file of apitest",
            shape::with(closed(&[PROJECT]), one_place),
        ),
        Kind::Gateway => (
            "a gateway file of apitest",
            shape::with(closed(&[FILE_KEYS]), gateway::file()),
        ),
    };
    let definitions = definitions(&root);
    let mut whole = Map::new();
    whole.insert(
        "$schema".to_owned(),
        json!("https://json-schema.org/draft/2020-12/schema"),
    );
    whole.insert("title".to_owned(), json!(title));
    let whole = shape::with(Value::Object(whole), root);
    shape::with(whole, json!({ "$defs": definitions }))
}

/// The definitions that a schema leads to, in the order in which it does.
fn definitions(root: &Value) -> Map<String, Value> {
    let known = || {
        [
            collection::DEFINITIONS,
            expect::DEFINITIONS,
            gateway::DEFINITIONS,
        ]
        .into_iter()
        .flatten()
    };
    let mut found = Map::new();
    let mut open = references(root);
    while !open.is_empty() {
        let mut next = Vec::new();
        for name in open {
            if found.contains_key(&name) {
                continue;
            }
            let known = known().find(|(known, _)| *known == name);
            let Some(definition) = known
                .map(|(_, make)| make())
                .or_else(|| auth::definition(&name))
            else {
                continue;
            };
            next.extend(references(&definition));
            found.insert(name, definition);
        }
        open = next;
    }
    found
}

/// The names of the definitions that a schema refers to.
fn references(schema: &Value) -> Vec<String> {
    match schema {
        Value::Object(members) => {
            let own = members
                .get("$ref")
                .and_then(Value::as_str)
                .and_then(|text| text.strip_prefix("#/$defs/"));
            own.map(str::to_owned)
                .into_iter()
                .chain(members.values().flat_map(references))
                .collect()
        }
        Value::Array(items) => items.iter().flat_map(references).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every shape that a key names has a definition, and every definition is led to.
    #[test]
    fn definitions_and_references_meet() {
        let mut used = indexmap::IndexSet::new();
        for kind in [Kind::Collection, Kind::Project, Kind::Gateway] {
            let schema = schema(kind);
            let defined = schema["$defs"].as_object().unwrap();
            for name in references(&schema) {
                assert!(defined.contains_key(&name), "{kind:?}: {name}");
            }
            used.extend(defined.keys().cloned());
        }
        let tables = [
            collection::DEFINITIONS,
            expect::DEFINITIONS,
            gateway::DEFINITIONS,
        ]
        .concat();
        let names = tables.into_iter().map(|(name, _)| name);
        for name in names.chain(auth::names()) {
            assert!(used.contains(name), "{name} is not used");
        }
    }

    #[test]
    fn a_time_is_held_against_durations() {
        let time = &schema(Kind::Collection)["$defs"]["time"]["properties"];
        let names: Vec<_> = time.as_object().unwrap().keys().collect();
        let phases = ["dns", "connect", "tls", "first_byte", "download", "total"];
        assert_eq!(
            names,
            [
                &["gt", "gte", "lt", "lte", "between", "close_to", "message"][..],
                &phases
            ]
            .concat()
        );
    }
}
