//! Text with `{{ expressions }}`: compiled once, evaluated to typed values.
//!
//! Expressions have Jinja's grammar, and JSON's values: one equality and one arithmetic, those of [`crate::value`]. The text
//! around them is only text: `{%` and `{#` mean nothing, nothing is trimmed or escaped. What names mean is the [`Scope`]'s
//! to say, what patterns mean is left to those who compare.

mod attribute;
mod call;
mod condition;
mod dates;
mod document;
mod encodings;
mod evaluate;
mod fault;
mod filters;
mod functions;
mod item;
mod json_text;
mod literal;
mod names;
mod numbers;
mod operators;
mod order;
mod parser;
mod path;
mod pattern;
mod placeholder;
mod predicates;
mod printf;
mod scan;
mod scope;
mod sequences;
mod slices;
#[cfg(test)]
mod strictness;
mod strings;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod tree;
mod uses;

pub use condition::Expression;
pub use document::{Document, Expected};
pub use json_text::parse_json_template;
pub use names::{FILTERS, FUNCTIONS, PATTERN_NAMES, RESERVED, TESTS, is_name};
pub use pattern::{Argument, Pattern};
pub use scope::{Binding, Context, EnvironmentVariable, Lookup, ReadEnvironment, Scope};
pub use uses::check_name;

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use indexmap::IndexSet;
use placeholder::Placeholder;
use scan::Part;
use uses::Uses;

use crate::value::Value;

/// A text with placeholders, compiled; clones share it.
#[derive(Clone)]
pub struct Template(Arc<Compiled>);

struct Compiled {
    text: Box<str>,
    /// `None`: the text stands for itself, as most do.
    filled: Option<Box<Filled>>,
}

/// What is to be filled in a text.
struct Filled {
    pieces: Vec<Piece>,
    /// Whether the value is a text also where the template is one placeholder alone.
    always_text: bool,
    uses: Uses,
}

enum Piece {
    Text(String),
    Placeholder(Box<Placeholder>),
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

/// A stretch of a rendered text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stretch {
    /// The text.
    pub text: String,
    /// Whether an expression came to it.
    pub evaluated: bool,
}

impl Template {
    /// Compiles a text.
    ///
    /// # Errors
    /// Where a placeholder does not end, its expression is not one, or names a function, filter, test or pattern that
    /// there is not.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        if !text.contains("{{") {
            return Ok(Self::verbatim(text));
        }
        let parts = scan::split(text)?.into_iter().map(|part| match part {
            Part::Text(plain) => Ok(Piece::Text(plain.to_owned())),
            Part::Placeholder { source, range } => {
                let placeholder = Placeholder::parse(source, range)?;
                Ok(Piece::Placeholder(Box::new(placeholder)))
            }
        });
        Ok(Self::new(
            text.to_owned(),
            parts.collect::<Result<_, _>>()?,
            false,
        ))
    }

    fn new(text: String, pieces: Vec<Piece>, always_text: bool) -> Self {
        let mut uses = Uses::default();
        for piece in &pieces {
            if let Piece::Placeholder(placeholder) = piece {
                uses.extend(placeholder.uses());
            }
        }
        let filled = Some(Box::new(Filled {
            pieces,
            always_text,
            uses,
        }));
        Self(Arc::new(Compiled {
            text: text.into(),
            filled,
        }))
    }

    /// A text that is taken as it is: what looks like a placeholder is none.
    #[must_use]
    pub fn verbatim(text: &str) -> Self {
        Self(Arc::new(Compiled {
            text: text.into(),
            filled: None,
        }))
    }

    fn pieces(&self) -> &[Piece] {
        self.0.filled.as_ref().map_or(&[], |filled| &filled.pieces)
    }

    fn always_text(&self) -> bool {
        self.0
            .filled
            .as_ref()
            .is_none_or(|filled| filled.always_text)
    }

    fn uses<T: Clone>(&self, of: impl Fn(&Uses) -> &IndexSet<T>) -> Vec<T> {
        self.0
            .filled
            .iter()
            .flat_map(|filled| of(&filled.uses))
            .cloned()
            .collect()
    }

    /// The text as written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0.text
    }

    /// The text, where it has no placeholder.
    #[must_use]
    pub fn literal(&self) -> Option<&str> {
        self.0.filled.is_none().then_some(&*self.0.text)
    }

    /// The names that the expressions take from the scope (`token`, `row`, `response`), each once, in order.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.uses(|uses| &uses.names)
    }

    /// The names with the member that is taken of each, where the text says which: `row.id` is `("row", Some("id"))`,
    /// `rows[i]` is `("rows", None)`.
    #[must_use]
    pub fn paths(&self) -> Vec<(String, Option<String>)> {
        self.uses(|uses| &uses.paths)
    }

    /// The environment variables that are named literally: `env('X')`.
    #[must_use]
    pub fn env_names(&self) -> Vec<String> {
        self.uses(|uses| &uses.env)
    }

    /// The files that are named literally: `file('x')`.
    #[must_use]
    pub fn files(&self) -> Vec<String> {
        self.uses(|uses| &uses.files)
    }

    /// The value: typed where the text is exactly one placeholder, else a text.
    ///
    /// # Errors
    /// Where a name has no value, an operation does not fit its operands, or a function fails.
    pub fn evaluate(&self, scope: &dyn Scope) -> Result<Evaluated, EvalError> {
        self.evaluate_tainted(scope).map(|(evaluated, _)| evaluated)
    }

    /// As [`Template::evaluate`], and whether a secret went in, which a pattern does not tell.
    ///
    /// # Errors
    /// As [`Template::evaluate`].
    pub fn evaluate_tainted(&self, scope: &dyn Scope) -> Result<(Evaluated, bool), EvalError> {
        if let [Piece::Placeholder(placeholder)] = self.pieces() {
            let given = placeholder.evaluate(scope)?;
            if !self.always_text() || matches!(given.evaluated, Evaluated::Pattern(_)) {
                return Ok((given.evaluated, given.secret));
            }
        }
        let Rendered { text, secret } = self.render(scope)?;
        Ok((
            Evaluated::Value(Binding {
                value: Arc::new(Value::String(text)),
                secret,
            }),
            secret,
        ))
    }

    /// The text.
    ///
    /// # Errors
    /// As [`Template::evaluate`], and where a placeholder is null or a pattern, which have no text.
    pub fn render(&self, scope: &dyn Scope) -> Result<Rendered, EvalError> {
        self.render_quoted(scope, &Value::to_text)
    }

    /// The text, with each placeholder's value written by `write`: quoted for JSON Path, percent-encoded for a URL.
    ///
    /// # Errors
    /// As [`Template::render`]; a value for which `write` gives nothing has no text.
    pub fn render_quoted(
        &self,
        scope: &dyn Scope,
        write: Write<'_>,
    ) -> Result<Rendered, EvalError> {
        if let Some(text) = self.literal() {
            return Ok(Rendered {
                text: text.to_owned(),
                secret: false,
            });
        }
        let mut rendered = Rendered {
            text: String::with_capacity(self.0.text.len()),
            secret: false,
        };
        for piece in self.pieces() {
            match piece {
                Piece::Text(text) => rendered.text.push_str(text),
                Piece::Placeholder(placeholder) => {
                    let given = placeholder.evaluate(scope)?;
                    rendered.secret |= given.secret;
                    rendered
                        .text
                        .push_str(&text_of(&given.evaluated, placeholder, write)?);
                }
            }
        }
        Ok(rendered)
    }

    /// The text in its stretches, which tell what is written from what expressions came to.
    ///
    /// # Errors
    /// As [`Template::render`].
    pub fn render_stretches(&self, scope: &dyn Scope) -> Result<Vec<Stretch>, EvalError> {
        if let Some(text) = self.literal() {
            return Ok(vec![Stretch {
                text: text.to_owned(),
                evaluated: false,
            }]);
        }
        let stretches = self.pieces().iter().map(|piece| match piece {
            Piece::Text(text) => Ok(Stretch {
                text: text.clone(),
                evaluated: false,
            }),
            Piece::Placeholder(placeholder) => {
                let given = placeholder.evaluate(scope)?;
                Ok(Stretch {
                    text: text_of(&given.evaluated, placeholder, &Value::to_text)?,
                    evaluated: true,
                })
            }
        });
        stretches.collect()
    }

    /// The text between placeholders.
    pub fn written(&self) -> impl Iterator<Item = &str> {
        let pieces = self.pieces().iter().filter_map(|piece| match piece {
            Piece::Text(text) => Some(text.as_str()),
            Piece::Placeholder(_) => None,
        });
        self.literal().into_iter().chain(pieces)
    }

    /// The text with the same stand-in for each placeholder, to see whether what is around them is well formed.
    #[must_use]
    pub fn with_stand_in(&self, stand_in: &str) -> String {
        if let Some(text) = self.literal() {
            return text.to_owned();
        }
        let pieces = self.pieces().iter().map(|piece| match piece {
            Piece::Text(text) => text,
            Piece::Placeholder(_) => stand_in,
        });
        pieces.collect()
    }
}

/// How a value is written into text; `None` where it has no text.
pub type Write<'a> = &'a dyn Fn(&Value) -> Option<String>;

fn text_of(
    evaluated: &Evaluated,
    placeholder: &Placeholder,
    write: Write<'_>,
) -> Result<String, EvalError> {
    let source = placeholder.source();
    let Evaluated::Value(Binding { value, .. }) = evaluated else {
        let message = format!(
            "`{source}` is a pattern, which has no text: it stands only where a value is expected"
        );
        return Err(placeholder.whole_error(message, None));
    };
    write(value).ok_or_else(|| {
        let kind = value.kind().with_article();
        let hint = matches!(**value, Value::Null)
            .then(|| "`default('', true)` is not supported where it is null".to_owned());
        placeholder.whole_error(
            format!("`{source}` is {kind}, which has no text here"),
            hint,
        )
    })
}

impl fmt::Debug for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Template").field(&self.0.text).finish()
    }
}

impl PartialEq for Template {
    fn eq(&self, other: &Self) -> bool {
        self.0.text == other.0.text
            && self.literal().is_some() == other.literal().is_some()
            && self.always_text() == other.always_text()
    }
}
