//! One `{{ expression }}`: compiled when it is read, evaluated as often as asked.

use std::ops::Range;
use std::sync::Arc;

use indexmap::IndexMap;

use super::evaluate::{Bound, Evaluator, Names};
use super::fault::Fault;
use super::item::{Item, Run, is_flat_enough};
use super::path::NamePath;
use super::scan::{Kind, Token, tokens};
use super::scope::{Lookup, Scope};
use super::tree::{Node, Part};
use super::uses::{Uses, uses};
use super::{Binding, EvalError, Evaluated, TemplateError, parser};
use crate::value::{MAX_DEPTH, Value};

/// How long an expression may be, how deep its brackets nest, and how many operators it has: parsing and evaluating recurse
/// over them.
const LONGEST: usize = 64 * 1024;
const DEEPEST: usize = 24;
const MOST_OPERATORS: usize = 300;

/// A compiled placeholder.
#[derive(Debug)]
pub(super) struct Placeholder {
    source: String,
    /// The bytes of the template's text, braces included.
    range: Range<usize>,
    code: Code,
    uses: Uses,
}

#[derive(Debug)]
enum Code {
    Constant(Arc<Value>),
    Path(NamePath),
    Compiled(Node),
}

/// What a placeholder gives.
pub(super) struct Given {
    pub(super) evaluated: Evaluated,
    pub(super) secret: bool,
}

impl Placeholder {
    /// Compiles the expression that stands in `range` (braces included) of a text.
    pub(super) fn parse(source: &str, range: Range<usize>) -> Result<Self, TemplateError> {
        compile(source)
            .map(|(code, uses)| Self {
                source: source.to_owned(),
                range: range.clone(),
                code,
                uses,
            })
            .map_err(|error| {
                let inside = shifted(error.range, range.start + 2);
                TemplateError {
                    range: if inside.is_empty() { range } else { inside },
                    ..error
                }
            })
    }

    pub(super) fn uses(&self) -> &Uses {
        &self.uses
    }

    pub(super) fn source(&self) -> &str {
        self.source.trim()
    }

    pub(super) fn evaluate(&self, scope: &dyn Scope) -> Result<Given, EvalError> {
        let given = match &self.code {
            Code::Constant(value) => Ok(given(Arc::clone(value), false)),
            Code::Path(path) => Self::look_up(path, scope),
            Code::Compiled(node) => self.run(node, scope),
        };
        given.map_err(|fault| self.error(fault))
    }

    /// The error, at its place in the template's text.
    pub(super) fn error(&self, fault: Fault) -> EvalError {
        let range = fault.range.unwrap_or_else(|| self.trimmed());
        EvalError {
            message: fault.message,
            range: shifted(range, self.range.start + 2),
            hint: fault.hint,
        }
    }

    /// An error about the placeholder as a whole.
    pub(super) fn whole_error(&self, message: String, hint: Option<String>) -> EvalError {
        EvalError {
            message,
            range: self.range.clone(),
            hint,
        }
    }

    fn look_up(path: &NamePath, scope: &dyn Scope) -> Result<Given, Fault> {
        match scope.look_up(&path.name) {
            Lookup::Found(Binding { value, secret }) if path.is_plain() => Ok(given(value, secret)),
            Lookup::Found(Binding { value, secret }) => {
                let found = path
                    .walk(&value)
                    .map_err(|missing| missing.into_fault().redacted(secret))?;
                Ok(given(Arc::new(found), secret))
            }
            Lookup::Unset => Err(Fault::new(format!("`{}` has no value", path.name))),
            Lookup::Unknown => Err(undeclared(&path.name)),
            Lookup::Failed(reason) => Err(Fault::new(reason)),
        }
    }

    fn run(&self, node: &Node, scope: &dyn Scope) -> Result<Given, Fault> {
        let run = Run::new(scope.context());
        let names = self.bind(scope)?;
        let item = Evaluator {
            source: &self.source,
            names: &names,
            run: &run,
        }
        .evaluate(node);
        let evaluated = item.and_then(|item| match item {
            Item::Pattern(pattern) => Ok(Evaluated::Pattern(pattern)),
            other => {
                let value = Arc::new(other.value()?.into_owned());
                if !is_flat_enough(&value, MAX_DEPTH + 1) {
                    return Err(Fault::new("the result is nested too deep"));
                }
                if run.is_secret() {
                    scope.made_secret(&value);
                }
                Ok(Evaluated::Value(Binding {
                    value,
                    secret: run.is_secret(),
                }))
            }
        });
        let secret = run.is_secret();
        evaluated
            .map(|evaluated| Given { evaluated, secret })
            .map_err(|fault| fault.redacted(secret))
    }

    /// How the two sides of a comparison differ, if they look alike.
    pub(super) fn alike(&self, scope: &dyn Scope) -> Option<String> {
        let Code::Compiled(node) = &self.code else {
            return None;
        };
        let (run, names) = (Run::new(scope.context()), self.bind(scope).ok()?);
        let how = Evaluator {
            source: &self.source,
            names: &names,
            run: &run,
        }
        .alike(node);
        how.filter(|_| !run.is_secret())
    }

    fn bind(&self, scope: &dyn Scope) -> Result<Names, Fault> {
        let mut names = IndexMap::with_capacity(self.uses.names.len());
        for name in &self.uses.names {
            let bound = match scope.look_up(name) {
                Lookup::Found(binding) => Bound::Value(binding.value, binding.secret),
                Lookup::Failed(reason) => Bound::Failed(reason),
                Lookup::Unset => Bound::Unset,
                Lookup::Unknown => return Err(undeclared(name).at(&self.place_of(name))),
            };
            names.insert(name.clone(), bound);
        }
        Ok(names)
    }

    /// The paths of the expression with their values, or why they have none.
    pub(super) fn values(&self, scope: &dyn Scope) -> IndexMap<String, Result<Binding, String>> {
        let mut values = IndexMap::new();
        for (path, range) in self.paths() {
            let text = self.source.get(range).unwrap_or_default().to_owned();
            values
                .entry(text)
                .or_insert_with(|| match Self::look_up(&path, scope) {
                    Ok(Given {
                        evaluated: Evaluated::Value(binding),
                        ..
                    }) => Ok(binding),
                    Ok(_) => Err("a pattern".into()),
                    Err(fault) => Err(fault.message),
                });
        }
        values
    }

    /// The paths that stand in the expression, each where it stands.
    fn paths(&self) -> Vec<(NamePath, Range<usize>)> {
        let tokens = tokens(&self.source);
        let starts = tokens.iter().enumerate().filter(|(index, token)| {
            let after_dot = index
                .checked_sub(1)
                .and_then(|before| tokens.get(before))
                .is_some_and(|before| before.is("."));
            !after_dot && self.uses.names.contains(token.text)
        });
        let place = |(index, token): (usize, &Token<'_>)| {
            let (path, rest) = NamePath::read_front(tokens.get(index..)?)?;
            let last = tokens.get(tokens.len().checked_sub(rest.len() + 1)?)?;
            Some((path, token.start..last.range().end))
        };
        starts.filter_map(place).collect()
    }

    fn trimmed(&self) -> Range<usize> {
        let start = self.source.len() - self.source.trim_start().len();
        start..start + self.source.trim().len()
    }

    fn place_of(&self, name: &str) -> Range<usize> {
        tokens(&self.source)
            .iter()
            .find(|token| token.is_word(name))
            .map_or_else(|| self.trimmed(), Token::range)
    }
}

fn given(value: Arc<Value>, secret: bool) -> Given {
    Given {
        evaluated: Evaluated::Value(Binding { value, secret }),
        secret,
    }
}

fn undeclared(name: &str) -> Fault {
    Fault::new(format!("`{name}` is not declared"))
}

fn shifted(range: Range<usize>, by: usize) -> Range<usize> {
    range.start + by..range.end + by
}

/// Compiles an expression; the range of an error is in bytes of the expression.
fn compile(source: &str) -> Result<(Code, Uses), TemplateError> {
    let error = |message: &str, range| TemplateError {
        message: message.into(),
        range,
        hint: None,
    };
    if source.len() > LONGEST {
        return Err(error("the expression is too long", 0..0));
    }
    let tokens = tokens(source);
    if tokens.is_empty() {
        return Err(error("an expression is missing", 0..0));
    }
    check_size(&tokens).map_err(|range| {
        error(
            "the expression is too large: split it up, with names for its parts",
            range,
        )
    })?;
    let uses = uses(&tokens)?;
    if let Some(path) = NamePath::read(&tokens).filter(|path| uses.names.contains(&path.name)) {
        return Ok((Code::Path(path), uses));
    }
    match parser::parse(&tokens) {
        Ok(Node {
            part: Part::Constant(value),
            ..
        }) => Ok((Code::Constant(Arc::new(value)), uses)),
        Ok(node) => Ok((Code::Compiled(node), uses)),
        Err(Fault {
            message,
            range,
            hint,
            ..
        }) => Err(TemplateError {
            message,
            range: range.unwrap_or(0..0),
            hint,
        }),
    }
}

/// Bounds what parsing and evaluating recurse over; the error is the place where it is too much.
fn check_size(tokens: &[Token<'_>]) -> Result<(), Range<usize>> {
    let (mut depth, mut operators) = (0_usize, 0_usize);
    for token in tokens {
        match (token.kind, token.text) {
            (Kind::Symbol, "(" | "[" | "{") => depth += 1,
            (Kind::Symbol, ")" | "]" | "}") => depth = depth.saturating_sub(1),
            (Kind::Symbol, "," | ":" | "=") => {}
            (Kind::Symbol, _)
            | (Kind::Name, "and" | "or" | "not" | "in" | "is" | "if" | "else") => operators += 1,
            _ => {}
        }
        if depth > DEEPEST || operators > MOST_OPERATORS {
            return Err(token.range());
        }
    }
    Ok(())
}
