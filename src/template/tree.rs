//! The tree of an expression.

use std::ops::Range;

use crate::value::Value;

/// A part of an expression, and its bytes.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) part: Part,
    pub(super) range: Range<usize>,
}

/// What a part of an expression is.
#[derive(Debug)]
pub(super) enum Part {
    Constant(Value),
    Name(String),
    List(Vec<Node>),
    Object(Vec<(Node, Node)>),
    /// `a.b`
    Member(Box<Node>, String),
    /// `a[b]`
    Index(Box<Node>, Box<Node>),
    /// `a[start:stop:step]`
    Slice(Box<Node>, Bounds),
    /// `any.name`, `any.name(…)`
    Pattern(String, Arguments),
    /// `name(…)`
    Function(String, Arguments),
    /// `a | name(…)`
    Filter(Box<Node>, String, Arguments),
    /// `a is name(…)`
    Test(Box<Node>, String, Arguments),
    Not(Box<Node>),
    Negative(Box<Node>),
    And(Box<Node>, Box<Node>),
    Or(Box<Node>, Box<Node>),
    If(Box<Condition>),
    Binary(Operator, Box<Node>, Box<Node>),
    /// `a < b <= c`
    Comparison(Box<Node>, Vec<(Comparison, Node)>),
}

/// `then if condition else otherwise`
#[derive(Debug)]
pub(super) struct Condition {
    pub(super) decides: Node,
    pub(super) then: Node,
    pub(super) otherwise: Option<Node>,
}

/// Start, stop and step of a slice.
pub(super) type Bounds = [Option<Box<Node>>; 3];

/// What stands between the parentheses of a call.
#[derive(Debug, Default)]
pub(super) struct Arguments {
    pub(super) positional: Vec<Node>,
    pub(super) named: Vec<(String, Node)>,
}

/// An operator between two values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    FloorDivide,
    Remainder,
    Power,
    Join,
}

/// An operator that compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
    NotIn,
}
