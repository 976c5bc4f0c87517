//! JSONPath (RFC 9535) over [`Value`].
//!
//! Our own, since numbers are ours: a filter compares them exactly, at any size, and a literal of any size is one. Patterns
//! in filters are compiled with the path, problems have places, and what walks the document does not recurse.

mod ast;
mod eval;
mod filter;
mod lexis;
mod nearest;
mod parse;
mod regexp;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use super::QueryError;
use crate::value::{Path, Segment as Step, Value};
use ast::{Segment, Selector};
use eval::{Eval, Node, Trail};

/// A JSONPath, compiled.
#[derive(Debug, Clone)]
pub struct JsonPath {
    text: Arc<str>,
    segments: Arc<[Segment]>,
    singular: bool,
}

impl JsonPath {
    /// Compiles a path such as `$.items[?@.qty > 2].name`.
    ///
    /// # Errors
    /// Where the text is no path of RFC 9535, or an ill-typed one, with the bytes that are meant.
    pub fn compile(text: &str) -> Result<Self, QueryError> {
        let segments = parse::parse(text)?;
        let singular = segments.iter().all(Segment::is_singular);
        Ok(Self {
            text: text.into(),
            segments: segments.into(),
            singular,
        })
    }

    /// The path as written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it consists of names and indexes only, and so can give one value at most.
    #[must_use]
    pub fn is_singular(&self) -> bool {
        self.singular
    }

    /// The first value that the path gives; for a singular path the only one, found without allocation.
    #[must_use]
    pub fn get<'v>(&self, document: &'v Value) -> Option<&'v Value> {
        if self.singular {
            eval::walk(&self.segments, document)
        } else {
            self.select(document).first().copied()
        }
    }

    /// All values that the path gives, in RFC 9535's order.
    #[must_use]
    pub fn select<'v>(&self, document: &'v Value) -> Vec<&'v Value> {
        if self.singular {
            return self.get(document).into_iter().collect();
        }
        let nodes = Eval::new(document).nodes(
            &self.segments,
            Node {
                value: document,
                place: (),
            },
        );
        nodes.into_iter().map(|node| node.value).collect()
    }

    /// All values that the path gives, each with its place.
    #[must_use]
    pub fn select_paths<'v>(&self, document: &'v Value) -> Vec<(Path, &'v Value)> {
        let nodes = Eval::new(document).nodes(
            &self.segments,
            Node {
                value: document,
                place: Trail::default(),
            },
        );
        nodes
            .into_iter()
            .map(|node| (node.place.to_path(), node.value))
            .collect()
    }

    /// Whether it is the whole document, or all that is in it.
    #[must_use]
    pub fn is_of_everything(&self) -> bool {
        self.segments.iter().all(|segment| {
            segment
                .selectors
                .iter()
                .any(|selector| matches!(selector, ast::Selector::Wildcard))
        })
    }

    /// Whether what the path starts with, its names and indexes up to the first other selector, leads to something that
    /// can have members: `$.warnings` of `$.warnings[*]`. Null stands for no members.
    #[must_use]
    pub fn has_prefix(&self, document: &Value) -> bool {
        let singular = self
            .segments
            .iter()
            .take_while(|segment| segment.is_singular())
            .count();
        let prefix = eval::walk(self.segments.get(..singular).unwrap_or_default(), document);
        matches!(
            prefix,
            Some(Value::Array(_) | Value::Object(_) | Value::Null)
        )
    }

    /// Whether what the path gives may depend on the value at a place: it leads through it or beyond it, or compares it.
    #[must_use]
    pub fn depends_on(&self, place: &Path) -> bool {
        // A filter may look at any place from the root.
        if self.text.get(1..).is_some_and(|rest| rest.contains('$')) {
            return true;
        }
        for (segment, step) in self.segments.iter().zip(place.segments()) {
            let takes = |selector: &Selector| match (selector, step) {
                (Selector::Name(name), Step::Name(taken)) => name == taken,
                (Selector::Index(index), Step::Index(taken)) => {
                    *index < 0 || usize::try_from(*index).is_ok_and(|index| index == *taken)
                }
                (Selector::Slice(_), Step::Index(_))
                | (Selector::Wildcard | Selector::Filter(_), _) => true,
                _ => false,
            };
            if segment.descend
                || segment
                    .selectors
                    .iter()
                    .any(|selector| matches!(selector, Selector::Filter(_)))
            {
                return true;
            }
            if !segment.selectors.iter().any(takes) {
                return false;
            }
        }
        true
    }

    /// Where the path finds nothing: a sentence that says what is there instead, such as ``did you mean `$.request.uuid`?``.
    #[must_use]
    pub fn nearest(&self, document: &Value) -> Option<String> {
        nearest::nearest(&self.text, &self.segments, document)
    }
}

/// A value as a literal inside a path, quoted where it is a text: what `{{ x }}` in a path becomes. `None` for lists and
/// objects, which have no literal.
#[must_use]
pub fn quote(value: &Value) -> Option<String> {
    match value {
        Value::Array(_) | Value::Object(_) => None,
        Value::String(text) => {
            let json = Value::from(text.as_str()).to_json();
            Some(json)
        }
        scalar => Some(scalar.to_json()),
    }
}
