//! Tells minijinja's errors in our words, without the values of anything.

use std::fmt;
use std::ops::Range;

use minijinja::{Error, ErrorKind};

use super::rewrite::Rewritten;

/// What went wrong in an expression, and in which of its bytes.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) message: String,
    pub(super) range: Range<usize>,
    pub(super) hint: Option<String>,
}

/// An error of ours, carried through minijinja as it is.
#[derive(Debug)]
struct Told {
    message: String,
    hint: Option<String>,
    /// What is said instead where a secret was used, if the message quotes a value.
    plain: Option<&'static str>,
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Told {}

/// An error that a function or filter of ours gives.
pub(super) fn told(message: String, hint: Option<String>) -> Error {
    tell(Told { message, hint, plain: None })
}

/// An error that quotes a value; `plain` says the same without it, for secrets.
pub(super) fn told_quoting(message: String, hint: Option<String>, plain: &'static str) -> Error {
    tell(Told { message, hint, plain: Some(plain) })
}

fn tell(told: Told) -> Error {
    Error::new(ErrorKind::InvalidOperation, told.message.clone()).with_source(told)
}

/// Where an error came from.
pub(super) struct Origin<'a> {
    /// The expression as written.
    pub(super) source: &'a str,
    /// What minijinja got.
    pub(super) rewritten: &'a Rewritten,
    /// Whether a secret was used, so that no value may be quoted.
    pub(super) secret: bool,
}

/// The error in our words.
pub(super) fn fault(error: &Error, origin: &Origin<'_>) -> Fault {
    let source = origin.source;
    let range = error.range().map(|range| origin.rewritten.original(range));
    let fits = |range: &Range<usize>| range.start < range.end && source.get(range.clone()).is_some();
    let range = range.filter(fits).unwrap_or(0..source.len());
    if let Some(told) = find_told(error) {
        return match told.plain.filter(|_| origin.secret) {
            Some(plain) => Fault { message: plain.to_owned(), range, hint: None },
            None => Fault { message: told.message.clone(), range, hint: told.hint.clone() },
        };
    }
    let part = source.get(range.clone()).unwrap_or(source).trim();
    let (message, hint) = words(error, part, origin.secret);
    Fault { message, range, hint: hint.map(str::to_owned) }
}

fn find_told(error: &Error) -> Option<&Told> {
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        if let Some(told) = inner.downcast_ref::<Told>() {
            return Some(told);
        }
        cause = inner.source();
    }
    None
}

/// The expression that an error calls undefined.
pub(super) fn undefined_part(error: &Error) -> Option<&str> {
    let detail = error.detail()?;
    let (before, _) = detail.split_once("` is undefined")?;
    before.rsplit_once('`').map(|(_, part)| part)
}

fn words(error: &Error, part: &str, secret: bool) -> (String, Option<&'static str>) {
    let detail = error.detail().unwrap_or_default();
    if let Some(name) = undefined_part(error) {
        return (format!("`{name}` has no value"), None);
    }
    match error.kind() {
        ErrorKind::UndefinedError => (format!("`{part}` has no value"), Some("`default(…)` gives one where there is none")),
        ErrorKind::OutOfFuel => ("the expression does too much".into(), None),
        ErrorKind::TooManyArguments => (format!("too many arguments{}", about(detail)), None),
        ErrorKind::MissingArgument => (format!("`{part}` lacks an argument"), None),
        ErrorKind::UnknownMethod => ("values have no methods".into(), Some("use a filter: `x | length`")),
        ErrorKind::BadEscape => ("a string has an escape that is unknown".into(), None),
        ErrorKind::InvalidOperation => (operation(if secret { shown(detail) } else { detail }, part), None),
        ErrorKind::SyntaxError => (syntax(detail), None),
        _ => (if detail.is_empty() { error.kind().to_string() } else { detail.to_owned() }, None),
    }
}

/// Of minijinja's details those that are known to quote no value.
fn shown(detail: &str) -> &str {
    let known = ["unable to calculate", "tried to use", "cannot convert", "value is not", "unknown keyword", "cannot calculate"];
    if known.iter().any(|known| detail.starts_with(known)) { detail } else { "" }
}

fn about(detail: &str) -> String {
    if detail.is_empty() { String::new() } else { format!(": {}", backticks(detail)) }
}

fn syntax(detail: &str) -> String {
    match detail {
        "" => "this is not an expression".into(),
        "unexpected end of input, expected expression" => "an expression is missing".into(),
        "template exceeds maximum recursion limits" => "the expression nests too deep".into(),
        other => backticks(other),
    }
}

/// minijinja's words for an operation that does not fit; those that quote values are replaced.
fn operation(detail: &str, part: &str) -> String {
    if detail.starts_with("unable to calculate") {
        return format!("`{part}` cannot be calculated: it divides by zero, or the result is too large");
    }
    let kinds = detail.strip_prefix("tried to use ").and_then(|rest| rest.split_once(" operator on unsupported types "));
    if let Some((operator, kinds)) = kinds {
        let (one, two) = kinds.split_once(" and ").unwrap_or((kinds, ""));
        let (one, two) = (article(one), article(two));
        return match operator {
            "+" => format!("cannot add {one} and {two}"),
            "-" => format!("cannot subtract {two} from {one}"),
            "*" => format!("cannot multiply {one} and {two}"),
            "/" | "//" => format!("cannot divide {one} by {two}"),
            other => format!("cannot use `{other}` on {one} and {two}"),
        };
    }
    if detail.is_empty() { format!("`{part}` cannot be done with these values") } else { backticks(detail) }
}

/// Literals in backticks, as everywhere.
fn backticks(text: &str) -> String {
    text.replace(['\'', '"'], "`")
}

/// A kind of minijinja's with its article, in JSON's words.
pub(super) fn article(kind: &str) -> String {
    match kind {
        "bool" => "a boolean".into(),
        "none" => "null".into(),
        "sequence" | "iterator" => "an array".into(),
        "plain object" => "a pattern".into(),
        "map" => "an object".into(),
        "undefined" => "nothing".into(),
        other => format!("a {other}"),
    }
}
