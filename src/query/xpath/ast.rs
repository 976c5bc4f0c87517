//! An expression, taken apart. XPath 1.0 without variables has static types: each expression knows its kind.

use super::functions::Function;

#[derive(Debug, Clone)]
pub(super) enum Expr {
    Number(f64),
    Text(String),
    Negate(Box<Expr>),
    /// Operators of one level, from left to right.
    Chain(Box<Expr>, Vec<(Operator, Expr)>),
    Union(Vec<Expr>),
    Call(Function, Vec<Expr>),
    Path(Box<Path>),
}

#[derive(Debug, Clone)]
pub(super) struct Path {
    pub(super) start: Start,
    pub(super) steps: Vec<Step>,
}

#[derive(Debug, Clone)]
pub(super) enum Start {
    Root,
    Current,
    /// An expression in brackets or a call, filtered.
    Of(Expr, Vec<Expr>),
}

#[derive(Debug, Clone)]
pub(super) struct Step {
    pub(super) axis: Axis,
    pub(super) test: Test,
    pub(super) predicates: Vec<Expr>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Axis {
    Ancestor,
    AncestorOrSelf,
    Attribute,
    Child,
    Descendant,
    DescendantOrSelf,
    Following,
    FollowingSibling,
    Parent,
    Preceding,
    PrecedingSibling,
    OneSelf,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Test {
    /// `*`.
    Any,
    /// `prefix:*`, by its namespace.
    Namespace(String),
    Name(Option<String>, String),
    Node,
    Text,
    Comment,
    Instruction(Option<String>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

/// What an expression gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    Nodes,
    Number,
    Text,
    Boolean,
}

/// The operators, loosest first; longer ones before those that they start with.
pub(super) const LEVELS: [&[(&str, Operator)]; 6] = [
    &[("or", Operator::Or)],
    &[("and", Operator::And)],
    &[("=", Operator::Equal), ("!=", Operator::NotEqual)],
    &[
        ("<=", Operator::LessOrEqual),
        (">=", Operator::GreaterOrEqual),
        ("<", Operator::Less),
        (">", Operator::Greater),
    ],
    &[("+", Operator::Add), ("-", Operator::Subtract)],
    &[
        ("*", Operator::Multiply),
        ("div", Operator::Divide),
        ("mod", Operator::Remainder),
    ],
];

pub(super) const AXES: [(&str, Axis); 12] = [
    ("ancestor", Axis::Ancestor),
    ("ancestor-or-self", Axis::AncestorOrSelf),
    ("attribute", Axis::Attribute),
    ("child", Axis::Child),
    ("descendant", Axis::Descendant),
    ("descendant-or-self", Axis::DescendantOrSelf),
    ("following", Axis::Following),
    ("following-sibling", Axis::FollowingSibling),
    ("parent", Axis::Parent),
    ("preceding", Axis::Preceding),
    ("preceding-sibling", Axis::PrecedingSibling),
    ("self", Axis::OneSelf),
];

impl Expr {
    pub(super) fn kind(&self) -> Type {
        match self {
            Self::Number(_) | Self::Negate(_) => Type::Number,
            Self::Text(_) => Type::Text,
            Self::Chain(_, rest) => rest
                .first()
                .map_or(Type::Number, |(operator, _)| operator.kind()),
            Self::Union(_) | Self::Path(_) => Type::Nodes,
            Self::Call(function, _) => function.gives,
        }
    }
}

impl Expr {
    /// Whether it looks at no node.
    pub(super) fn is_constant(&self) -> bool {
        match self {
            Self::Number(_) | Self::Text(_) => true,
            Self::Negate(inner) => inner.is_constant(),
            Self::Chain(first, rest) => {
                first.is_constant() && rest.iter().all(|(_, operand)| operand.is_constant())
            }
            Self::Call(function, arguments) => {
                !function.uses_context(arguments.len()) && arguments.iter().all(Self::is_constant)
            }
            Self::Union(_) | Self::Path(_) => false,
        }
    }
}

impl Operator {
    fn kind(self) -> Type {
        match self {
            Self::Add | Self::Subtract | Self::Multiply | Self::Divide | Self::Remainder => {
                Type::Number
            }
            _ => Type::Boolean,
        }
    }
}
