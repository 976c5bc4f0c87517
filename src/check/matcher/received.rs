//! Received values, and how they are to be read.

use super::expected::Piece;
use super::{order, status};
use crate::value::diff::{self, Expect, View, show};
use crate::value::{Number, Value};

/// How a received value is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::check) enum Interpretation {
    /// As what it is.
    Typed,
    /// The set of what a JSONPath found, or of redirects: a list, which may be empty.
    Nodes,
    /// The set of the strings of what css or xpath found: a list, which may be empty.
    Markup,
    /// The set of the lines of a header or trailer: a list of at least one.
    Lines,
    /// A text of a cookie, xpath or regex: against a number it is read as one.
    Text,
    /// A number of microseconds, held against durations.
    Time,
    /// A status: a string of digits means a number, `2xx` a class.
    Status,
}

/// A value that was received.
#[derive(Debug, Clone, Copy)]
pub(in crate::check) struct Received<'a> {
    pub(in crate::check) value: &'a Value,
    pub(in crate::check) sort: Interpretation,
}

impl<'a> Received<'a> {
    /// A value to be read as what it is.
    pub(in crate::check) fn typed(value: &'a Value) -> Self {
        Self {
            value,
            sort: Interpretation::Typed,
        }
    }

    /// An item of it.
    pub(super) fn item(self, value: &Value) -> Received<'_> {
        let sort = match self.sort {
            Interpretation::Typed | Interpretation::Nodes => Interpretation::Typed,
            Interpretation::Markup | Interpretation::Lines | Interpretation::Text => {
                Interpretation::Text
            }
            Interpretation::Time => Interpretation::Time,
            Interpretation::Status => Interpretation::Status,
        };
        Received { value, sort }
    }

    /// The number, where it is or is to be read as one.
    pub(super) fn number(self) -> Option<Number> {
        match (self.sort, self.value) {
            (Interpretation::Time, _) => None,
            (_, Value::Number(number)) => Some(number.clone()),
            (Interpretation::Text, Value::String(text)) => Number::parse(text.trim()),
            _ => None,
        }
    }

    /// The value as a line of a failure shows it.
    pub(in crate::check) fn show(self) -> String {
        match (self.sort, self.value) {
            (Interpretation::Time, Value::Number(micros)) => order::show_micros(micros),
            _ => show(self.value),
        }
    }

    /// Whether it is what is wanted.
    pub(super) fn is<E: Expect>(self, wanted: &E) -> bool {
        if let (
            Interpretation::Status,
            View::Value(wanted @ Value::String(_)),
            Value::Number(status),
        ) = (self.sort, wanted.view(), self.value)
        {
            return status::fits(wanted, status);
        }
        if matches!(
            self.sort,
            Interpretation::Typed | Interpretation::Nodes | Interpretation::Time
        ) {
            return diff::matches(wanted, self.value);
        }
        match (wanted.view(), self.value) {
            (View::Value(Value::Number(wanted)), Value::String(_)) => {
                self.number().is_some_and(|number| number == *wanted)
            }
            (View::Pattern(pattern), _) => {
                pattern.holds(Some(self.value))
                    || self
                        .number()
                        .is_some_and(|number| pattern.holds(Some(&number.into())))
            }
            (View::Items(wanted), Value::Array(items)) => self.are(wanted, items),
            (View::Value(Value::Array(wanted)), Value::Array(items)) => self.are(wanted, items),
            _ => diff::matches(wanted, self.value),
        }
    }

    fn are<E: Expect>(self, wanted: &[E], items: &'a [Value]) -> bool {
        wanted.len() == items.len()
            && wanted
                .iter()
                .zip(items)
                .all(|(wanted, item)| self.item(item).is(wanted))
    }

    pub(super) fn is_piece(self, piece: Piece<'_>) -> bool {
        match piece {
            Piece::Value(value) => self.is(value),
            Piece::ResolvedExpected(target) => self.is(target),
        }
    }
}
