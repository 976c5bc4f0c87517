//! JSON Schemas that an expectation names or holds.

use std::sync::Arc;

use super::Decoder;
use crate::check::matcher::Written;
use crate::check::schema::{Lint, Schema};
use crate::source::{Diagnostic, Span};
use crate::syntax::{Data, Node};

impl Decoder<'_> {
    /// A JSON Schema: the path of a file, or the schema itself.
    pub(in crate::check) fn schema(&mut self, written: Written<'_>) -> Option<Arc<Schema>> {
        let (Written::Node(node), Some(files)) = (written, self.files) else {
            return self.refuse(written, "a schema cannot be used in an expression", None);
        };
        if !node.check_literal(self.problems) {
            return None;
        }
        let mut lints = Vec::new();
        let schema = match &node.data {
            Data::String(path) => {
                Schema::from_file(&node.span.file.folder().join(path), path, files, &mut lints)
            }
            Data::Table(table) if table.entries.is_empty() => {
                return self.refuse(
                    written,
                    "an empty schema asserts nothing: every value is valid",
                    None,
                );
            }
            Data::Table(_) => {
                Schema::inline(&node.to_value(), node.span.file.folder(), files, &mut lints)
            }
            _ => {
                return self.wrong(
                    written,
                    "the path of a JSON Schema, or the schema as a table",
                );
            }
        };
        let broken = lints.iter().any(|(_, found)| found.is_error);
        for lint in lints {
            self.problems.push(schema_problem(node, lint));
        }
        match schema {
            Ok(_) if broken => None,
            Ok(schema) => Some(Arc::new(schema)),
            Err(message) => self.refuse(written, message, None),
        }
    }
}

/// Something that a schema says without effect, at its place: in the collection, or in a file that it names.
fn schema_problem(node: &Node, (file, found): Lint) -> Diagnostic {
    let (span, message) = match file {
        None => (inside(node, &found.path), found.message),
        Some(file) if found.path.is_empty() => {
            (node.span.clone(), format!("`{file}`: {}", found.message))
        }
        Some(file) => (
            node.span.clone(),
            format!("`{file}` at `/{}`: {}", found.path.join("/"), found.message),
        ),
    };
    let problem = if found.is_error {
        Diagnostic::error(&span, message)
    } else {
        Diagnostic::warning(&span, message)
    };
    problem.maybe_hint(found.hint)
}

/// Where a path leads inside of a table: to the key of its last step.
fn inside(node: &Node, path: &[String]) -> Span {
    let Some((step, rest)) = path.split_first() else {
        return node.span.clone();
    };
    match &node.data {
        Data::Table(table) => match table.iter().find(|(name, _)| name == step) {
            Some((_, entry)) if rest.is_empty() => entry.key.clone(),
            Some((_, entry)) => inside(&entry.value, rest),
            None => node.span.clone(),
        },
        Data::Array(items) => {
            let item = step.parse().ok().and_then(|index: usize| items.get(index));
            item.map_or_else(|| node.span.clone(), |item| inside(item, rest))
        }
        _ => node.span.clone(),
    }
}
