//! Placeholders of other tools in variables: sent in a URL, a header or credentials, they stay as they are written.

use indexmap::IndexSet;

use super::{Collection, Step, uses};
use crate::syntax::{Origin, Problems, check_placeholders};
use crate::template::Document;
use crate::value::Value;

/// Warns of them in each variable that reaches such a place, also through other variables.
pub(super) fn check(collection: &Collection, steps: &[Step], problems: &mut Problems) {
    let mut seen = IndexSet::new();
    let of_stage = uses::of_stage(collection.stage.as_ref()).names;
    let mut open: Vec<String> = of_stage.into_iter().map(|used| used.name).collect();
    let running = steps
        .iter()
        .filter(|step| (step.selected || step.needed) && step.skip.is_none());
    for step in running {
        open.extend(uses::of_wire(step).names.into_iter().map(|used| used.name));
        while let Some(name) = open.pop() {
            let own = step.vars.get(&name);
            let Some(definition) = own.or_else(|| collection.definitions.get(&name)) else {
                continue;
            };
            if !seen.insert((own.map(|_| step.index), name)) {
                continue;
            }
            let (Origin::Value(document) | Origin::Env(_, Some(document))) = &definition.origin
            else {
                continue;
            };
            for text in texts(document) {
                check_placeholders(text, &definition.span, problems);
            }
            let mut inner = uses::Uses::default();
            inner.definition(definition);
            open.extend(inner.names.into_iter().map(|used| used.name));
        }
    }
}

/// What is written in a document, outside of expressions.
fn texts(document: &Document) -> Vec<&str> {
    fn of_value(value: &Value) -> Vec<&str> {
        match value {
            Value::String(text) => vec![text],
            Value::Array(items) => items.iter().flat_map(of_value).collect(),
            Value::Object(members) => members.values().flat_map(of_value).collect(),
            Value::Null | Value::Bool(_) | Value::Number(_) => Vec::new(),
        }
    }
    match document {
        Document::Literal(value) => of_value(value),
        Document::Template(template) => template.written().collect(),
        Document::Array(items) => items.iter().flat_map(texts).collect(),
        Document::Object(members) => members.values().flat_map(texts).collect(),
    }
}
