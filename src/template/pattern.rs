//! What `any.…` in an expression makes: a pattern that stands where a literal may.

use crate::value::Value;

/// `any.string(matches='^a')`: a name and its arguments, as written; what they mean is `check`'s to say.
#[derive(Debug, Clone, PartialEq)]
pub struct Pattern {
    /// The name after `any.`.
    pub name: String,
    /// The arguments; one that is given by position has no name.
    pub arguments: Vec<(Option<String>, Argument)>,
}

/// An argument of a pattern.
#[derive(Debug, Clone, PartialEq)]
pub enum Argument {
    /// A value.
    Value(Value),
    /// Another pattern.
    Pattern(Pattern),
    /// A list in which some item is a pattern.
    List(Vec<Argument>),
}
