//! `headers`: the set of a header's lines.

use std::borrow::Cow;

use super::{ReadResult, Subject};
use crate::check::compile::Compiler;
use crate::check::expectation::EvalContext;
use crate::check::matcher::{Domain, Interpretation};
use crate::check::part::ExchangePart;
use crate::source::{Diagnostic, Span, did_you_mean};
use crate::syntax::{Data, Node};
use crate::value::Value;

/// A header of the response.
#[derive(Debug)]
pub(in crate::check) struct Header(pub(in crate::check) String);

pub(super) fn compile(compiler: &mut Compiler<'_>, node: &Node) {
    compiler.each(
        node,
        "a table of header names",
        |compiler, name, key, node| {
            if let Some(problem) = is_no_name(name, key).or_else(|| is_no_text(name, node)) {
                return compiler.problems.push(problem);
            }
            compiler.matched(Header(name.to_ascii_lowercase()), node);
        },
    );
}

/// The problem of a name that no header can have, so that there never is one. Placeholders are another's to refuse.
pub(in crate::check) fn is_no_name(name: &str, key: &Span) -> Option<Diagnostic> {
    let error = crate::http::check_header(name, "")
        .err()
        .filter(|_| !name.contains("{{"))?;
    Some(Diagnostic::error(key, error.message))
}

/// The problem of a header that is expected to be a boolean.
pub(super) fn is_no_text(name: &str, node: &Node) -> Option<Diagnostic> {
    let Data::Bool(value) = node.data else {
        return None;
    };
    let hint = if value {
        "for a header that must exist, write `{ exists = true }`"
    } else {
        "for a header that must not exist, write `{ exists = false }`"
    };
    Some(
        Diagnostic::error(
            &node.span,
            format!("the header `{name}` is a string, not a boolean"),
        )
        .hint(hint),
    )
}

/// The lines of a header or trailer, without regard to case.
pub(super) fn lines<'a>(headers: &[crate::http::Header], name: &str) -> ReadResult<'a> {
    let lines = headers
        .iter()
        .filter(|(line, _)| line.eq_ignore_ascii_case(name));
    let lines: Vec<_> = lines
        .map(|(_, value)| Value::from(value.as_str()))
        .collect();
    if lines.is_empty() {
        ReadResult::Missing
    } else {
        ReadResult::Found(Cow::Owned(Value::Array(lines)), Interpretation::Lines)
    }
}

impl Subject for Header {
    fn label(&self) -> String {
        format!("header {}", self.0)
    }

    fn about(&self) -> ExchangePart {
        ExchangePart::Headers
    }

    fn read<'a>(&'a self, eval: EvalContext<'a>) -> ReadResult<'a> {
        let Some(response) = eval.response() else {
            return ReadResult::Missing;
        };
        lines(&response.headers, &self.0)
    }

    fn domain(&self) -> Domain {
        Domain::LINES
    }

    fn missing(&self, eval: EvalContext<'_>) -> (String, Option<String>) {
        let names: Vec<_> = eval
            .response()
            .into_iter()
            .flat_map(|response| &response.headers)
            .collect();
        let hint = did_you_mean(&self.0, names.iter().map(|(name, _)| name.as_str()));
        (format!("there is no header `{}`", self.0), hint)
    }
}
