//! Placeholders: what a snapshot keeps instead of a volatile value.
//!
//! A placeholder keeps the type of the value, so that a number that becomes null is a change: `[id]` stands for a
//! string, `[id] (number)` for a number. Files from before this have placeholders without types; they are compared
//! without them.

use std::fmt;
use std::sync::Arc;

use super::volatile::Volatile;
use crate::value::diff::Predicate;
use crate::value::{Kind, Value};

/// A pattern that values are compared with before they are replaced.
pub type Pattern = Arc<dyn Predicate + Send + Sync>;

/// What is kept instead of a value.
#[derive(Clone)]
pub(super) struct Placeholder {
    text: String,
    pattern: Option<Pattern>,
}

impl fmt::Debug for Placeholder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Placeholder").field(&self.text).finish()
    }
}

impl Placeholder {
    /// A text, with the pattern that it is, if it is one.
    pub(super) fn new(text: impl Into<String>, pattern: Option<Pattern>) -> Self {
        Self {
            text: text.into(),
            pattern,
        }
    }

    /// Whether a value may be replaced; what was expected if not.
    pub(super) fn refuses(&self, value: &Value) -> Option<String> {
        self.pattern
            .as_ref()
            .filter(|pattern| !pattern.holds(Some(value)))
            .map(|pattern| pattern.describe())
    }

    /// What is kept instead of a value.
    pub(super) fn of(&self, value: &Value) -> Value {
        let text = if self.pattern.is_some() {
            self.text.clone()
        } else {
            typed(&self.text, value.kind())
        };
        Value::String(text)
    }

    /// Whether a value of a snapshot is this placeholder.
    pub(super) fn is(&self, value: &Value) -> bool {
        value
            .as_str()
            .is_some_and(|text| split(text).0 == self.text)
    }

    /// Whether a value is this placeholder without a type.
    fn is_bare(&self, value: &Value) -> bool {
        self.pattern.is_none() && value.as_str() == Some(&self.text)
    }
}

/// The kinds that a placeholder names.
const NAMED: [Kind; 5] = [
    Kind::Null,
    Kind::Boolean,
    Kind::Number,
    Kind::Array,
    Kind::Object,
];

/// `[id]` for a string, `[id] (number)` for a number.
pub(super) fn typed(placeholder: &str, kind: Kind) -> String {
    if kind == Kind::String {
        placeholder.to_owned()
    } else {
        format!("{placeholder} ({})", kind.name())
    }
}

/// A placeholder without its type, and whether it had one.
fn split(text: &str) -> (&str, bool) {
    let bare = NAMED.iter().find_map(|kind| {
        text.strip_suffix(')')?
            .strip_suffix(kind.name())?
            .strip_suffix(" (")
    });
    bare.map_or((text, false), |bare| (bare, true))
}

/// The placeholders of a snapshot that was written before they had types.
#[derive(Debug, Default)]
pub(super) struct Untyped<'r> {
    placeholders: Vec<&'r Placeholder>,
    everywhere: Option<&'r Volatile>,
}

impl<'r> Untyped<'r> {
    /// Those that a document has.
    pub(super) fn of(
        document: &Value,
        placeholders: impl Iterator<Item = &'r Placeholder>,
        everywhere: &'r Volatile,
    ) -> Self {
        let mut found = Self::default();
        let placeholders: Vec<_> = placeholders.collect();
        each_text(document, &mut |value, text| {
            let new = placeholders.iter().find(|one| {
                one.is_bare(value)
                    && !found
                        .placeholders
                        .iter()
                        .any(|known| known.text == one.text)
            });
            found.placeholders.extend(new);
            found.everywhere = found
                .everywhere
                .or_else(|| everywhere.stands_in(text).then_some(everywhere));
        });
        found
    }

    pub(super) fn is_empty(&self) -> bool {
        self.placeholders.is_empty() && self.everywhere.is_none()
    }

    /// A document with these placeholders without their types.
    pub(super) fn without_types(&self, mut document: Value) -> Value {
        self.strip(&mut document);
        document
    }

    fn strip(&self, value: &mut Value) {
        match value {
            Value::Array(items) => items.iter_mut().for_each(|item| self.strip(item)),
            Value::Object(members) => members.values_mut().for_each(|member| self.strip(member)),
            Value::String(text) => {
                let (bare, has_type) = split(text);
                let known = || {
                    self.placeholders
                        .iter()
                        .any(|placeholder| placeholder.text == bare)
                };
                if has_type
                    && (known()
                        || self
                            .everywhere
                            .is_some_and(|everywhere| everywhere.stands_in(bare)))
                {
                    text.truncate(bare.len());
                }
            }
            _ => {}
        }
    }
}

fn each_text<'v>(value: &'v Value, look: &mut dyn FnMut(&'v Value, &'v str)) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| each_text(item, look)),
        Value::Object(members) => members.values().for_each(|member| each_text(member, look)),
        Value::String(text) => look(value, text),
        _ => {}
    }
}
