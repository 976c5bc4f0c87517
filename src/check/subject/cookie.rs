//! `cookies`: the value of a cookie that the response sets, and its attributes as `name.attribute`.

use std::borrow::Cow;

use super::{ReadResult, Subject};
use crate::check::compile::Compiler;
use crate::check::expectation::EvalContext;
use crate::check::matcher::{Domain, Interpretation, operators};
use crate::check::part::ExchangePart;
use crate::query::{COOKIE_ATTRIBUTES, CookiePath};
use crate::source::{Diagnostic, Span};
use crate::syntax::Node;

/// A cookie that the response sets, or an attribute of it.
#[derive(Debug)]
pub(in crate::check) struct Cookie(CookiePath);

pub(super) fn compile(compiler: &mut Compiler<'_>, node: &Node) {
    compiler.each(
        node,
        "a table of cookie names",
        |compiler, name, key, node| match impossible(name, key)
            .or_else(|| misspelt(name, key))
            .or_else(|| attribute_inside(name, node))
        {
            Some(problem) => compiler.problems.push(problem),
            None => compiler.matched(Cookie::named(name), node),
        },
    );
}

/// The problem of a name that no cookie can have, so that there never is one. Placeholders are another's to refuse.
pub(in crate::check) fn impossible(name: &str, place: &Span) -> Option<Diagnostic> {
    let wrong = name
        .chars()
        .find(|character| matches!(character, '=' | ';') || character.is_control());
    let trimmed = name.trim_matches([' ', '\t']);
    let message = match wrong {
        _ if name.contains("{{") => return None,
        Some(character) => format!("no cookie has `{}` in its name", character.escape_default()),
        None if name.is_empty() => return None,
        None if trimmed != name => "no cookie has white space around its name".to_owned(),
        None => return None,
    };
    Some(Diagnostic::error(place, message))
}

/// The problem of an attribute that no cookie has, such as `sid.httponly`.
pub(in crate::check) fn misspelt(name: &str, place: &Span) -> Option<Diagnostic> {
    let meant = CookiePath::new(name).misspelt()?;
    let written = name.rsplit_once('.').map_or(name, |(_, written)| written);
    let problem = Diagnostic::error(place, format!("no cookie has an attribute `{written}`"));
    Some(problem.hint(format!("did you mean `{meant}`?")))
}

/// `cookies.sid.secure = true` without quotes is a table under `sid`: says how to write it.
fn attribute_inside(cookie: &str, node: &Node) -> Option<Diagnostic> {
    let mut keys = node
        .as_table()
        .into_iter()
        .flat_map(crate::syntax::Table::iter);
    let is_attribute =
        |key: &str| COOKIE_ATTRIBUTES.contains(&key) && !operators().any(|known| known.name == key);
    let (attribute, entry) = keys.find(|(key, _)| is_attribute(key))?;
    let problem = Diagnostic::error(
        &entry.key,
        format!("`{attribute}` is an attribute of the cookie, not an operator"),
    );
    Some(problem.hint(format!("write `cookies.\"{cookie}.{attribute}\"`")))
}

impl Cookie {
    /// A cookie by its name, or an attribute by `name.attribute`.
    pub(in crate::check) fn named(text: &str) -> Self {
        Self(CookiePath::new(text))
    }
}

impl Subject for Cookie {
    fn label(&self) -> String {
        format!("cookie {}", self.0.text())
    }

    fn about(&self) -> ExchangePart {
        ExchangePart::Cookies
    }

    fn read<'a>(&'a self, eval: EvalContext<'a>) -> ReadResult<'a> {
        let value = eval.response().and_then(|response| self.0.find(response));
        value.map_or(ReadResult::Missing, |value| {
            ReadResult::Found(Cow::Owned(value), Interpretation::Text)
        })
    }

    fn domain(&self) -> Domain {
        match self
            .0
            .text()
            .rsplit_once('.')
            .map(|(_, attribute)| attribute)
        {
            Some("secure" | "http_only" | "partitioned") => Domain::BOOLEAN,
            Some("max_age") => Domain::NUMBER,
            Some("expires") => Domain::MOMENT,
            _ => Domain::COOKIE,
        }
    }

    fn missing(&self, eval: EvalContext<'_>) -> (String, Option<String>) {
        let hint = eval.response().and_then(|response| self.0.hint(response));
        (format!("there is no cookie `{}`", self.0.text()), hint)
    }
}
