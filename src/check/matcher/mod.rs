//! What a value is held against: a literal, a pattern, or a table of operators that must all hold.

mod contain;
mod decode;
mod describe;
mod domain;
mod evaluate;
mod expected;
mod format;
mod items;
mod order;
mod pairing;
mod pattern;
mod received;
mod regex;
mod resolve;
mod set;
pub(super) mod status;
mod text;
mod written;

pub(super) use decode::{Decoder, Files, operators};
pub(super) use domain::Domain;
pub(super) use evaluate::Evaluator;
pub(super) use expected::{Expected, ResolvedExpected};
pub(super) use format::{FORMATS, Format};
pub use pattern::in_text as pattern_in_text;
pub(super) use received::{Interpretation, Received};
pub(super) use regex::Search;
pub(super) use written::Written;

use std::sync::Arc;

use super::schema::Schema;
use crate::source::Span;
use crate::template::Template;
use crate::value::Kind;

/// A table of operators, all of which must hold.
#[derive(Debug, Clone, Default)]
pub(super) struct Matcher {
    /// In the order written.
    pub(super) operators: Vec<Operator>,
    /// Whether nothing is as good: `any.optional`.
    pub(super) optional: bool,
}

/// One operator, and where it is written; a pattern's operators have no place of their own.
#[derive(Debug, Clone)]
pub(super) struct Operator {
    pub(super) operation: Operation,
    pub(super) span: Option<Span>,
}

/// What an operator asks of a value.
#[derive(Debug, Clone)]
pub(super) enum Operation {
    Equals(Expected),
    NotEquals(Expected),
    Order(Relation, Expected),
    Between(Expected, Expected),
    CloseTo(Expected, Expected),
    Contains(Expected),
    NotContains(Expected),
    StartsWith(Expected),
    EndsWith(Expected),
    Matches(Search),
    OneOf(Expected),
    Type(Vec<Type>),
    Format(Format),
    Exists(bool),
    Empty(bool),
    Len(Box<Matcher>),
    Count(Box<Matcher>),
    Json(Expected),
    JsonContains(Expected),
    /// As `JsonContains`, of a document that is not read from a text.
    Covers(Expected),
    Schema(Arc<Schema>),
    All(Box<Matcher>),
    Any(Box<Matcher>),
    Unique,
    Sorted(Direction),
    Not(Box<Matcher>),
}

/// How a value stands to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Relation {
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
}

/// Which way a list is sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    Ascending,
    Descending,
}

/// A name that `type` knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    Kind(Kind),
    Integer,
}

/// The names that `type` knows.
pub(super) const TYPES: [(&str, Type); 7] = [
    ("string", Type::Kind(Kind::String)),
    ("number", Type::Kind(Kind::Number)),
    ("integer", Type::Integer),
    ("boolean", Type::Kind(Kind::Boolean)),
    ("null", Type::Kind(Kind::Null)),
    ("array", Type::Kind(Kind::Array)),
    ("object", Type::Kind(Kind::Object)),
];

impl Matcher {
    /// The matcher that a literal stands for.
    pub(super) fn literal(wanted: Expected) -> Self {
        match wanted {
            Expected::Ready(ResolvedExpected::Pattern(matcher)) => Arc::unwrap_or_clone(matcher),
            wanted => Self::of(Operation::Equals(wanted)),
        }
    }

    /// The matcher of one operation.
    pub(super) fn of(operation: Operation) -> Self {
        Self {
            operators: vec![Operator {
                operation,
                span: None,
            }],
            optional: false,
        }
    }

    /// Its templates.
    pub(super) fn templates<'a>(&'a self, found: &mut Vec<&'a Template>) {
        for operator in &self.operators {
            operator.operation.templates(found);
        }
    }
}

impl Operation {
    /// What it compares with.
    fn operands(&self) -> Vec<&Expected> {
        match self {
            Self::Equals(one)
            | Self::NotEquals(one)
            | Self::Order(_, one)
            | Self::Contains(one)
            | Self::NotContains(one)
            | Self::StartsWith(one)
            | Self::EndsWith(one)
            | Self::OneOf(one)
            | Self::Json(one)
            | Self::JsonContains(one)
            | Self::Covers(one) => vec![one],
            Self::Between(one, two) | Self::CloseTo(one, two) => vec![one, two],
            _ => Vec::new(),
        }
    }

    /// The matcher inside it.
    fn inner(&self) -> Option<&Matcher> {
        match self {
            Self::Len(inner)
            | Self::Count(inner)
            | Self::All(inner)
            | Self::Any(inner)
            | Self::Not(inner) => Some(inner),
            _ => None,
        }
    }

    fn templates<'a>(&'a self, found: &mut Vec<&'a Template>) {
        self.operands()
            .into_iter()
            .for_each(|operand| operand.templates(found));
        self.inner()
            .into_iter()
            .for_each(|inner| inner.templates(found));
        if let Self::Matches(search) = self {
            search.templates(found);
        }
    }
}
