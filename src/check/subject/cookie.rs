//! `cookies`: the value of a cookie that the answer sets, and its attributes as `name.attribute`.

use std::borrow::Cow;

use super::{Reading, Subject};
use crate::check::compile::Compiler;
use crate::check::expectation::Moment;
use crate::check::matcher::{Sort, operators};
use crate::http::SetCookie;
use crate::source::{Diagnostic, Span, did_you_mean};
use crate::syntax::Node;
use crate::value::Value;

/// The attributes that may stand after the name.
const ATTRIBUTES: [&str; 9] =
    ["value", "domain", "path", "expires", "max_age", "secure", "http_only", "same_site", "partitioned"];

/// A cookie that the answer sets, or an attribute of it.
#[derive(Debug)]
pub(in crate::check) struct Cookie {
    name: String,
    attribute: Option<String>,
}

pub(super) fn compile(compiler: &mut Compiler<'_>, node: &Node) {
    compiler.each(node, "a table of cookie names", |compiler, name, key, node| {
        match Cookie::named(name, key).and_then(|cookie| no_attribute_inside(name, node).map(|()| cookie)) {
            Ok(cookie) => compiler.matched(cookie, node),
            Err(problem) => compiler.problems.push(*problem),
        }
    });
}

/// `cookies.sid.secure = true` without quotes is a table under `sid`: says how to write it.
fn no_attribute_inside(cookie: &str, node: &Node) -> Result<(), Box<Diagnostic>> {
    let mut keys = node.as_table().into_iter().flat_map(crate::syntax::Table::iter);
    let attribute = keys.find(|(key, _)| ATTRIBUTES.contains(key) && !operators().any(|known| known.name == *key));
    attribute.map_or(Ok(()), |(attribute, entry)| {
        let problem = Diagnostic::error(&entry.key, format!("`{attribute}` is an attribute of the cookie, not an operator"));
        Err(Box::new(problem.hint(format!("write `cookies.\"{cookie}.{attribute}\"`"))))
    })
}

impl Cookie {
    /// A cookie by its name, or an attribute by `name.attribute`.
    ///
    /// # Errors
    /// Where what stands after the last point is nearly an attribute.
    pub(in crate::check) fn named(text: &str, place: &Span) -> Result<Self, Box<Diagnostic>> {
        let whole = Self { name: text.to_owned(), attribute: None };
        let Some((name, attribute)) = text.rsplit_once('.') else { return Ok(whole) };
        let written = attribute.to_ascii_lowercase().replace('-', "_");
        if ATTRIBUTES.contains(&written.as_str()) {
            return Ok(Self { name: name.to_owned(), attribute: Some(written).filter(|name| name != "value") });
        }
        did_you_mean(&written, ATTRIBUTES).map_or(Ok(whole), |hint| {
            Err(Box::new(Diagnostic::error(place, format!("a cookie has no attribute `{attribute}`")).hint(hint)))
        })
    }
}

/// The cookie of that name; of several the last, which is the one that stays.
fn find(cookies: Vec<SetCookie>, name: &str) -> Option<SetCookie> {
    cookies.into_iter().rev().find(|cookie| cookie.name == name)
}

impl Subject for Cookie {
    fn label(&self) -> String {
        match &self.attribute {
            Some(attribute) => format!("cookie {}.{attribute}", self.name),
            None => format!("cookie {}", self.name),
        }
    }

    fn read<'a>(&'a self, moment: Moment<'a>) -> Reading<'a> {
        let cookies = moment.response().map(crate::http::Response::set_cookies).unwrap_or_default();
        let Some(cookie) = find(cookies, &self.name) else { return Reading::Missing };
        let value = match &self.attribute {
            Some(attribute) => cookie.attribute(attribute),
            None => Some(Value::from(cookie.value)),
        };
        value.map_or(Reading::Missing, |value| Reading::Found(Cow::Owned(value), Sort::Text))
    }

    fn missing(&self, moment: Moment<'_>) -> (String, Option<String>) {
        let cookies = moment.response().map(crate::http::Response::set_cookies).unwrap_or_default();
        let names: Vec<_> = cookies.iter().map(|cookie| cookie.name.clone()).collect();
        if let (Some(attribute), true) = (&self.attribute, names.contains(&self.name)) {
            return (format!("the cookie `{}` has no `{attribute}`", self.name), None);
        }
        let hint = did_you_mean(&self.name, names.iter().map(String::as_str));
        (format!("the answer sets no cookie `{}`", self.name), hint)
    }
}
