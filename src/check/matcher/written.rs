//! What is written where a matcher or an operand stands.

use crate::syntax::{Data, Node};
use crate::template::{Argument, Pattern};
use crate::value::{Kind, Value};

/// Something written that an operand is made of.
#[derive(Debug, Clone, Copy)]
pub(in crate::check) enum Written<'a> {
    /// A part of a collection.
    Node(&'a Node),
    /// A value inside an expression.
    Value(&'a Value),
    /// A pattern inside an expression.
    Pattern(&'a Pattern),
    /// A list inside an expression, with patterns in it.
    List(&'a [Argument]),
}

impl<'a> Written<'a> {
    /// An argument of a pattern.
    pub(super) fn of(argument: &'a Argument) -> Self {
        match argument {
            Argument::Value(value) => Self::Value(value),
            Argument::Pattern(pattern) => Self::Pattern(pattern),
            Argument::List(items) => Self::List(items),
        }
    }

    /// The items of a list.
    pub(super) fn items(self) -> Option<Vec<Self>> {
        match self {
            Self::Node(node) => match &node.data {
                Data::Array(items) => Some(items.iter().map(Self::Node).collect()),
                _ => None,
            },
            Self::Value(value) => Some(value.as_array()?.iter().map(Self::Value).collect()),
            Self::List(items) => Some(items.iter().map(Self::of).collect()),
            Self::Pattern(_) => None,
        }
    }

    pub(super) fn as_str(self) -> Option<&'a str> {
        match self {
            Self::Node(node) => node.as_str(),
            Self::Value(value) => value.as_str(),
            Self::Pattern(_) | Self::List(_) => None,
        }
    }

    pub(super) fn as_bool(self) -> Option<bool> {
        match self {
            Self::Node(node) => {
                if let Data::Bool(value) = node.data {
                    Some(value)
                } else {
                    None
                }
            }
            Self::Value(value) => value.as_bool(),
            Self::Pattern(_) | Self::List(_) => None,
        }
    }

    pub(super) fn described(self) -> &'static str {
        match self {
            Self::Node(node) => node.described(),
            Self::Value(value) => value.kind().with_article(),
            Self::Pattern(_) => "a pattern",
            Self::List(_) => Kind::Array.with_article(),
        }
    }
}
