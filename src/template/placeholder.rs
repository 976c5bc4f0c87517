//! One `{{ expression }}`: compiled when it is read, evaluated as often as asked.

use std::ops::Range;
use std::sync::Arc;

use indexmap::IndexMap;

use super::bridge::{Bound, Frame, PatternValue, Run};
use super::message::{Fault, Origin, fault, undefined_part};
use super::path::NamePath;
use super::rewrite::{Rewritten, rewrite};
use super::scan::{Kind, Token, tokens};
use super::scope::{Lookup, Scope};
use super::uses::{Uses, uses};
use super::{Binding, EvalError, Evaluated, TemplateError, engine};
use crate::value::{Number, Value};

/// How long an expression may be, how deep its brackets nest, and how many operators it has: minijinja recurses over them.
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

type Compiled = minijinja::Expression<'static, 'static>;

#[derive(Debug)]
enum Code {
    Constant(Arc<Value>),
    Path(NamePath),
    Compiled(Compiled, Rewritten),
}

/// What a placeholder gives.
pub(super) struct Given {
    pub(super) evaluated: Evaluated,
    pub(super) secret: bool,
}

impl Placeholder {
    /// Compiles the expression that stands in `range` (braces included) of a text.
    pub(super) fn parse(source: &str, range: Range<usize>) -> Result<Self, TemplateError> {
        compile(source).map(|(code, uses)| Self { source: source.to_owned(), range: range.clone(), code, uses }).map_err(
            |error| {
                let inside = shifted(error.range, range.start + 2);
                TemplateError { range: if inside.is_empty() { range } else { inside }, ..error }
            },
        )
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
            Code::Path(path) => self.look_up(path, scope),
            Code::Compiled(expression, rewritten) => self.run(expression, rewritten, scope),
        };
        given.map_err(|fault| self.error(fault))
    }

    /// The error, at its place in the template's text.
    pub(super) fn error(&self, fault: Fault) -> EvalError {
        EvalError { message: fault.message, range: shifted(fault.range, self.range.start + 2), hint: fault.hint }
    }

    /// An error about the placeholder as a whole.
    pub(super) fn whole_error(&self, message: String, hint: Option<String>) -> EvalError {
        EvalError { message, range: self.range.clone(), hint }
    }

    fn look_up(&self, path: &NamePath, scope: &dyn Scope) -> Result<Given, Fault> {
        let fault = |message, hint| Fault { message, range: self.trimmed(), hint };
        match scope.look_up(&path.name) {
            Lookup::Found(Binding { value, secret }) if path.is_plain() => Ok(given(value, secret)),
            Lookup::Found(Binding { value, secret }) => {
                let found = path.walk(&value).map_err(|missing| fault(missing.message, missing.hint.filter(|_| !secret)))?;
                Ok(given(Arc::new(found), secret))
            }
            Lookup::Unset => Err(fault(format!("`{}` has no value", path.name), None)),
            Lookup::Unknown => Err(unknown(&path.name, self.trimmed())),
            Lookup::Failed(reason) => Err(fault(reason, None)),
        }
    }

    fn run(&self, expression: &Compiled, rewritten: &Rewritten, scope: &dyn Scope) -> Result<Given, Fault> {
        let run = Run::new(scope.context());
        let names = self.bind(scope)?;
        let frame = Frame { run: Arc::clone(&run), names };
        let result = expression.eval(minijinja::Value::from_object(frame));
        let result = run.take_failure().map_or(result, Err).and_then(|value| {
            if let Some(PatternValue(pattern)) = value.downcast_object_ref() {
                return Ok(Evaluated::Pattern(Arc::clone(pattern)));
            }
            let value = Arc::new(run.take(&value)?);
            if run.is_secret() {
                scope.made_secret(&value);
            }
            Ok(Evaluated::Value(Binding { value, secret: run.is_secret() }))
        });
        let secret = run.is_secret();
        result.map(|evaluated| Given { evaluated, secret }).map_err(|error| {
            let origin = Origin { source: &self.source, rewritten, secret };
            self.explained(&error, &origin, scope)
        })
    }

    fn bind(&self, scope: &dyn Scope) -> Result<IndexMap<String, Bound>, Fault> {
        let mut names = IndexMap::with_capacity(self.uses.names.len());
        for name in &self.uses.names {
            let bound = match scope.look_up(name) {
                Lookup::Found(binding) => Bound::Value(binding.value, binding.secret),
                Lookup::Failed(reason) => Bound::Failed(reason),
                Lookup::Unset => continue,
                Lookup::Unknown => return Err(unknown(name, self.place_of(name))),
            };
            names.insert(name.clone(), bound);
        }
        Ok(names)
    }

    /// The error in our words; of a path that leads nowhere, with where it ends.
    fn explained(&self, error: &minijinja::Error, origin: &Origin<'_>, scope: &dyn Scope) -> Fault {
        let fault = fault(error, origin);
        if undefined_part(error).is_none() && error.kind() != minijinja::ErrorKind::UndefinedError {
            return fault;
        }
        self.first_missing(undefined_part(error), scope).unwrap_or(fault)
    }

    /// The first path of the expression that leads to nothing; `part` is how minijinja names it, where it does.
    fn first_missing(&self, part: Option<&str>, scope: &dyn Scope) -> Option<Fault> {
        self.paths().into_iter().filter(|place| !place.served).find_map(|Place { path, range, .. }| {
            let text = self.source.get(range.clone())?;
            let meant = part.is_none_or(|part| text.starts_with(part));
            let fault = meant.then(|| self.look_up(&path, scope).err())??;
            Some(Fault { range, ..fault })
        })
    }

    /// The paths of the expression with their values, or why they have none.
    pub(super) fn values(&self, scope: &dyn Scope) -> IndexMap<String, Result<Binding, String>> {
        let mut values = IndexMap::new();
        for Place { path, range, .. } in self.paths() {
            let text = self.source.get(range).unwrap_or_default().to_owned();
            values.entry(text).or_insert_with(|| match self.look_up(&path, scope) {
                Ok(Given { evaluated: Evaluated::Value(binding), .. }) => Ok(binding),
                Ok(_) => Err("a pattern".into()),
                Err(fault) => Err(fault.message),
            });
        }
        values
    }

    /// The paths that stand in the expression, each where it stands.
    fn paths(&self) -> Vec<Place> {
        let tokens = tokens(&self.source);
        let starts = tokens.iter().enumerate().filter(|(index, token)| {
            let after_dot = index.checked_sub(1).and_then(|before| tokens.get(before)).is_some_and(|before| before.is("."));
            !after_dot && self.uses.names.contains(token.text)
        });
        let place = |(index, token): (usize, &Token<'_>)| {
            let (path, rest) = NamePath::read_front(tokens.get(index..)?)?;
            let last = tokens.get(tokens.len().checked_sub(rest.len() + 1)?)?;
            let served = rest.first().is_some_and(|next| next.is("|") || next.is_word("is"));
            Some(Place { path, range: token.start..last.range().end, served })
        };
        starts.filter_map(place).collect()
    }

    fn trimmed(&self) -> Range<usize> {
        let start = self.source.len() - self.source.trim_start().len();
        start..start + self.source.trim().len()
    }

    fn place_of(&self, name: &str) -> Range<usize> {
        tokens(&self.source).iter().find(|token| token.is_word(name)).map_or_else(|| self.trimmed(), Token::range)
    }
}

/// A path in an expression.
struct Place {
    path: NamePath,
    range: Range<usize>,
    /// Whether a filter or a test follows, which may make do with nothing.
    served: bool,
}

fn given(value: Arc<Value>, secret: bool) -> Given {
    Given { evaluated: Evaluated::Value(Binding { value, secret }), secret }
}

fn unknown(name: &str, range: Range<usize>) -> Fault {
    Fault { message: format!("`{name}` is not declared"), range, hint: None }
}

fn shifted(range: Range<usize>, by: usize) -> Range<usize> {
    range.start + by..range.end + by
}

/// Compiles an expression; the range of an error is in bytes of the expression.
fn compile(source: &str) -> Result<(Code, Uses), TemplateError> {
    let error = |message: &str, range| TemplateError { message: message.into(), range, hint: None };
    if source.len() > LONGEST {
        return Err(error("the expression is too long", 0..0));
    }
    let tokens = tokens(source);
    if tokens.is_empty() {
        return Err(error("an expression is missing", 0..0));
    }
    check_size(&tokens).map_err(|range| error("the expression is too large: split it up, with names for its parts", range))?;
    if let Some(value) = constant(&tokens) {
        return Ok((Code::Constant(Arc::new(value)), Uses::default()));
    }
    let uses = uses(&tokens)?;
    if let Some(path) = NamePath::read(&tokens).filter(|path| uses.names.contains(&path.name)) {
        return Ok((Code::Path(path), uses));
    }
    let rewritten = rewrite(source, &tokens);
    match engine::engine().compile_expression_owned(rewritten.source.clone()) {
        Ok(compiled) => Ok((Code::Compiled(compiled, rewritten), uses)),
        Err(error) => {
            let Fault { message, range, hint } = fault(&error, &Origin { source, rewritten: &rewritten, secret: false });
            Err(TemplateError { message, range, hint })
        }
    }
}

/// Bounds what the compiler recurses over; the error is the place where it is too much.
fn check_size(tokens: &[Token<'_>]) -> Result<(), Range<usize>> {
    let (mut depth, mut operators) = (0_usize, 0_usize);
    for token in tokens {
        match (token.kind, token.text) {
            (Kind::Symbol, "(" | "[" | "{") => depth += 1,
            (Kind::Symbol, ")" | "]" | "}") => depth = depth.saturating_sub(1),
            (Kind::Symbol, "," | ":" | "=") => {}
            (Kind::Symbol, _) | (Kind::Name, "and" | "or" | "not" | "in" | "is" | "if" | "else") => operators += 1,
            _ => {}
        }
        if depth > DEEPEST || operators > MOST_OPERATORS {
            return Err(token.range());
        }
    }
    Ok(())
}

/// The value of an expression that is a constant alone; a number keeps its digits.
fn constant(tokens: &[Token<'_>]) -> Option<Value> {
    match tokens {
        [minus, number] if minus.is("-") && number.kind == Kind::Number => {
            Number::parse(&format!("-{}", number.text)).map(Value::Number)
        }
        [token] => match (token.kind, token.text) {
            (Kind::Number, text) => Number::parse(text).map(Value::Number),
            (Kind::String, _) => token.plain_string().map(Value::from),
            (Kind::Name, "null" | "none" | "None") => Some(Value::Null),
            (Kind::Name, "true" | "True") => Some(Value::Bool(true)),
            (Kind::Name, "false" | "False") => Some(Value::Bool(false)),
            _ => None,
        },
        _ => None,
    }
}
