//! Text with `{{ expressions }}`: compiled once, evaluated to typed values.

mod pattern;
mod scope;

pub use pattern::{Argument, Pattern};
pub use scope::{Binding, Context, EnvironmentVariable, Lookup, Scope};

use std::ops::Range;
use std::sync::Arc;

use indexmap::IndexMap;

use crate::value::Value;

/// A text with placeholders, compiled.
#[derive(Debug, Clone)]
pub struct Template {
    text: Arc<str>,
}

/// Why a text is not a template, and in which bytes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateError {
    /// What is wrong.
    pub message: String,
    /// The bytes of the text that are meant.
    pub range: Range<usize>,
    /// What to do about it.
    pub hint: Option<String>,
}

/// Why a template has no value now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvalError {
    /// What is wrong.
    pub message: String,
    /// The bytes of the template's text that are meant.
    pub range: Range<usize>,
    /// What to do about it.
    pub hint: Option<String>,
}

/// What a template gives: its value, or a pattern made by `any.…`.
#[derive(Debug, Clone)]
pub enum Evaluated {
    /// A value; a template of text around placeholders gives a text.
    Value(Binding),
    /// A pattern, for expectations alone.
    Pattern(Arc<Pattern>),
}

/// A text that a template was rendered to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// The text.
    pub text: String,
    /// Whether a secret went into it.
    pub secret: bool,
}

impl Template {
    /// Compiles a text.
    ///
    /// # Errors
    /// Where a placeholder does not end, or its expression is not one.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        Ok(Self { text: text.into() })
    }

    /// The text as written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text, where it has no placeholder.
    #[must_use]
    pub fn literal(&self) -> Option<&str> {
        Some(&self.text)
    }

    /// The names that the expressions take from the scope (`token`, `row`, `response`), each once, in order.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        Vec::new()
    }

    /// The value: typed where the text is exactly one placeholder, else a text.
    ///
    /// # Errors
    /// Where a name has no value, an operation does not fit its operands, or a function fails.
    pub fn evaluate(&self, _scope: &dyn Scope) -> Result<Evaluated, EvalError> {
        Ok(Evaluated::Value(Binding { value: Arc::new(Value::from(&*self.text)), secret: false }))
    }

    /// The text.
    ///
    /// # Errors
    /// As [`Template::evaluate`], and where a placeholder is null or a pattern, which have no text.
    pub fn render(&self, _scope: &dyn Scope) -> Result<Rendered, EvalError> {
        Ok(Rendered { text: self.text.to_string(), secret: false })
    }
}

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
    pub fn evaluate(&self, _scope: &dyn Scope) -> Result<(Expected, bool), EvalError> {
        Ok((Expected::Value(Arc::new(Value::Null)), false))
    }
}
