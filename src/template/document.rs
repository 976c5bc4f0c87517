//! Documents with placeholders in their texts.

use std::sync::Arc;

use indexmap::IndexMap;

use super::pattern::Pattern;
use super::scope::Scope;
use super::{Binding, EvalError, Evaluated, Template};
use crate::value::Value;

/// A document with templates in it.
#[derive(Debug, Clone)]
pub enum Document {
    /// A part without placeholders.
    Literal(Arc<Value>),
    /// A text with placeholders.
    Template(Template),
    /// A list of which some item has placeholders.
    Array(Vec<Document>),
    /// An object of which some member has placeholders; names are as written.
    Object(IndexMap<String, Document>),
}

/// A document with its placeholders filled: values, and the patterns that stand in it.
#[derive(Debug, Clone)]
pub enum Expected {
    /// A part without patterns.
    Value(Arc<Value>),
    /// A pattern.
    Pattern(Arc<Pattern>),
    /// A list of which some item is or has a pattern.
    Array(Vec<Expected>),
    /// An object of which some member is or has a pattern.
    Object(IndexMap<String, Expected>),
}

impl Document {
    /// Fills the placeholders; the flag says whether a secret went in.
    ///
    /// # Errors
    /// As [`Template::evaluate`], for the first placeholder that has no value.
    pub fn evaluate(&self, scope: &dyn Scope) -> Result<(Expected, bool), EvalError> {
        match self {
            Self::Literal(value) => Ok((Expected::Value(Arc::clone(value)), false)),
            Self::Template(template) => {
                let (evaluated, secret) = template.evaluate_tainted(scope)?;
                Ok((evaluated.into(), secret))
            }
            Self::Array(items) => {
                let mut secret = false;
                let items = items
                    .iter()
                    .map(|item| item.evaluate_noting(scope, &mut secret))
                    .collect::<Result<Vec<_>, _>>()?;
                Ok((Expected::array(items), secret))
            }
            Self::Object(members) => {
                let mut secret = false;
                let members = members.iter().map(|(name, member)| {
                    Ok((name.clone(), member.evaluate_noting(scope, &mut secret)?))
                });
                Ok((Expected::object(members.collect::<Result<_, _>>()?), secret))
            }
        }
    }

    fn evaluate_noting(&self, scope: &dyn Scope, secret: &mut bool) -> Result<Expected, EvalError> {
        let (expected, tainted) = self.evaluate(scope)?;
        *secret |= tainted;
        Ok(expected)
    }

    /// The templates in the document, in order.
    #[must_use]
    pub fn templates(&self) -> Vec<&Template> {
        let mut found = Vec::new();
        self.collect(&mut found);
        found
    }

    fn collect<'a>(&'a self, found: &mut Vec<&'a Template>) {
        match self {
            Self::Literal(_) => {}
            Self::Template(template) => found.push(template),
            Self::Array(items) => items.iter().for_each(|item| item.collect(found)),
            Self::Object(members) => members.values().for_each(|member| member.collect(found)),
        }
    }

    /// A list; one without placeholders is a literal.
    #[must_use]
    pub fn array(items: Vec<Self>) -> Self {
        if items.iter().any(|item| item.literal().is_none()) {
            return Self::Array(items);
        }
        Self::Literal(Arc::new(Value::Array(
            items.into_iter().filter_map(Self::into_literal).collect(),
        )))
    }

    /// An object; one without placeholders is a literal.
    #[must_use]
    pub fn object(members: IndexMap<String, Self>) -> Self {
        if members.values().any(|member| member.literal().is_none()) {
            return Self::Object(members);
        }
        let values = members
            .into_iter()
            .filter_map(|(name, member)| Some((name, member.into_literal()?)));
        Self::Literal(Arc::new(Value::Object(values.collect())))
    }

    fn into_literal(self) -> Option<Value> {
        if let Self::Literal(value) = self {
            Some(Arc::unwrap_or_clone(value))
        } else {
            None
        }
    }

    /// The value, where there is no placeholder.
    #[must_use]
    pub fn literal(&self) -> Option<&Value> {
        if let Self::Literal(value) = self {
            Some(value)
        } else {
            None
        }
    }
}

impl Expected {
    fn array(items: Vec<Self>) -> Self {
        if items.iter().any(|item| item.value().is_none()) {
            return Self::Array(items);
        }
        Self::Value(Arc::new(Value::Array(
            items.into_iter().filter_map(Self::into_value).collect(),
        )))
    }

    fn object(members: IndexMap<String, Self>) -> Self {
        if members.values().any(|member| member.value().is_none()) {
            return Self::Object(members);
        }
        let values = members
            .into_iter()
            .filter_map(|(name, member)| Some((name, member.into_value()?)));
        Self::Value(Arc::new(Value::Object(values.collect())))
    }

    fn into_value(self) -> Option<Value> {
        if let Self::Value(value) = self {
            Some(Arc::unwrap_or_clone(value))
        } else {
            None
        }
    }

    /// The value, where there is no pattern.
    #[must_use]
    pub fn value(&self) -> Option<&Value> {
        if let Self::Value(value) = self {
            Some(value)
        } else {
            None
        }
    }
}

impl From<Evaluated> for Expected {
    fn from(evaluated: Evaluated) -> Self {
        match evaluated {
            Evaluated::Value(Binding { value, .. }) => Self::Value(value),
            Evaluated::Pattern(pattern) => Self::Pattern(pattern),
        }
    }
}
