//! What a part of an expression gives: a value, nothing, or a pattern.

use std::borrow::Cow;
use std::cell::Cell;
use std::sync::Arc;

use super::fault::Fault;
use super::pattern::{Argument, Pattern};
use super::scope::Context;
use crate::value::Value;

/// What a part of an expression gives.
///
/// A value that is undefined goes through members and indexes, conditions and `default(…)`; `is defined` and
/// `is undefined` ask for it. Everything else takes [`Item::value`], where it becomes an error.
#[derive(Debug, Clone)]
pub(super) enum Item<'a> {
    /// There is nothing: the fault says what is missing.
    Undefined(Box<Fault>),
    Value(Cow<'a, Value>),
    Pattern(Arc<Pattern>),
    /// A list of which some item is a pattern, to be an argument of another one.
    Patterns(Vec<Argument>),
}

impl<'a> Item<'a> {
    /// The value.
    ///
    /// # Errors
    /// If there is nothing, or a pattern.
    pub(super) fn value(self) -> Result<Cow<'a, Value>, Fault> {
        match self {
            Self::Value(value) => Ok(value),
            Self::Undefined(fault) => Err(*fault),
            Self::Pattern(_) | Self::Patterns(_) => {
                let hint = "put each part of the document in a placeholder of its own".to_owned();
                Err(
                    Fault::new("a pattern is used alone, or as an argument of another `any.…`")
                        .with_hint(hint),
                )
            }
        }
    }

    /// As an argument of a pattern.
    pub(super) fn argument(self) -> Result<Argument, Fault> {
        match self {
            Self::Pattern(pattern) => Ok(Argument::Pattern(Pattern::clone(&pattern))),
            Self::Patterns(items) => Ok(Argument::List(items)),
            other => Ok(Argument::Value(other.value()?.into_owned())),
        }
    }

    /// The same item without a copy of its value.
    pub(super) fn by_ref(&self) -> Item<'_> {
        match self {
            Self::Value(value) => Item::Value(Cow::Borrowed(value)),
            other => other.clone(),
        }
    }

    /// Nothing, because of that.
    pub(super) fn undefined(fault: Fault) -> Self {
        Self::Undefined(Box::new(fault))
    }
}

impl<T: Into<Value>> From<T> for Item<'static> {
    fn from(value: T) -> Self {
        Self::Value(Cow::Owned(value.into()))
    }
}

/// How much one evaluation may do: an item costs one, as do so many bytes.
const MOST_WORK: usize = 10_000_000;
const BYTES_FOR_ONE: usize = 32;
const MUCH_WORK: usize = 1000;

/// What one evaluation carries: the run's context, whether a secret was used, and how much work is left.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) context: Arc<Context>,
    secret: Cell<bool>,
    left: Cell<usize>,
}

impl Run {
    pub(super) fn new(context: &Arc<Context>) -> Self {
        Self {
            context: Arc::clone(context),
            secret: Cell::new(false),
            left: Cell::new(MOST_WORK),
        }
    }

    /// Notes that a secret was used.
    pub(super) fn taint(&self) {
        self.secret.set(true);
    }

    pub(super) fn is_secret(&self) -> bool {
        self.secret.get()
    }

    /// Pays for so many items.
    pub(super) fn spend(&self, items: usize) -> Result<(), Fault> {
        match self.left.get().checked_sub(items) {
            // Much work in one step: the time is looked at before it.
            Some(_) if items > MUCH_WORK && crate::budget::is_spent() => {
                Err(Fault::new(crate::budget::reason().unwrap_or_default()))
            }
            Some(left) => {
                self.left.set(left);
                Ok(())
            }
            None => Err(Fault::new(
                "the expression does too much, or its result is too large",
            )),
        }
    }

    /// Pays for a text of so many bytes, before it is made.
    pub(super) fn spend_bytes(&self, bytes: usize) -> Result<(), Fault> {
        self.spend(bytes / BYTES_FOR_ONE)
    }

    /// Pays for so many copies of a value, before they are made.
    pub(super) fn spend_on(&self, value: &Value, copies: usize) -> Result<(), Fault> {
        self.spend(weight(value).saturating_mul(copies))
    }
}

/// Whether a value nests no deeper than a document may.
pub(super) fn is_flat_enough(value: &Value, levels: usize) -> bool {
    let Some(inner) = levels.checked_sub(1) else {
        return false;
    };
    match value {
        Value::Array(items) => items.iter().all(|item| is_flat_enough(item, inner)),
        Value::Object(members) => members.values().all(|member| is_flat_enough(member, inner)),
        _ => true,
    }
}

fn weight(value: &Value) -> usize {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => 1,
        Value::String(text) => 1 + text.len() / BYTES_FOR_ONE,
        Value::Array(items) => items
            .iter()
            .fold(1, |sum, item| sum.saturating_add(weight(item))),
        Value::Object(members) => members
            .values()
            .fold(1, |sum, member| sum.saturating_add(weight(member))),
    }
}
