//! A path, taken apart. What RFC 9535 section 2.4.3 asks of types holds by construction: an ill-typed filter has no form here.

use std::ops::Range;

use regex::Regex;

use crate::value::Value;

/// One step of a path: its selectors, applied to children or to all descendants.
#[derive(Debug, Clone)]
pub(super) struct Segment {
    /// Whether it stands after `..`.
    pub(super) descend: bool,
    /// At least one.
    pub(super) selectors: Vec<Selector>,
    /// Where it stands in the text.
    pub(super) range: Range<usize>,
}

#[derive(Debug, Clone)]
pub(super) enum Selector {
    Name(String),
    Index(i64),
    Wildcard,
    Slice(Slice),
    Filter(Logical),
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Slice {
    pub(super) start: Option<i64>,
    pub(super) end: Option<i64>,
    pub(super) step: i64,
}

/// A query inside a filter.
#[derive(Debug, Clone)]
pub(super) struct Query {
    /// From `$`, not from `@`.
    pub(super) absolute: bool,
    pub(super) segments: Vec<Segment>,
}

/// What is true or false of a node.
#[derive(Debug, Clone)]
pub(super) enum Logical {
    Any(Vec<Logical>),
    All(Vec<Logical>),
    Not(Box<Logical>),
    Exists(Query),
    Compare(Box<(Operand, Comparison, Operand)>),
    Matches(Box<Matches>),
}

/// `match(text, pattern)` and `search(text, pattern)`.
#[derive(Debug, Clone)]
pub(super) struct Matches {
    pub(super) text: Operand,
    pub(super) pattern: Pattern,
    /// `match`: the whole text, not a part of it.
    pub(super) whole: bool,
}

#[derive(Debug, Clone)]
pub(super) enum Pattern {
    /// Written in the path: compiled with it.
    Fixed(Regex),
    /// Taken from the document.
    Dynamic(Operand),
}

/// What gives one value, or nothing.
#[derive(Debug, Clone)]
pub(super) enum Operand {
    Literal(Value),
    /// A singular query.
    Query(Query),
    Length(Box<Operand>),
    Count(Query),
    Value(Query),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Segment {
    /// Whether it can give one node at most: a single name or index.
    pub(super) fn is_singular(&self) -> bool {
        !self.descend
            && matches!(
                self.selectors.as_slice(),
                [Selector::Name(_) | Selector::Index(_)]
            )
    }
}

impl Query {
    pub(super) fn is_singular(&self) -> bool {
        self.segments.iter().all(Segment::is_singular)
    }
}
