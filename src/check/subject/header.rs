//! `headers`: one line is a text, several are the list of them.

use std::borrow::Cow;

use super::{Reading, Subject};
use crate::check::about::About;
use crate::check::compile::Compiler;
use crate::check::expectation::Moment;
use crate::check::matcher::Sort;
use crate::source::{Diagnostic, did_you_mean};
use crate::syntax::{Data, Node};
use crate::value::Value;

/// A header of the answer.
#[derive(Debug)]
pub(in crate::check) struct Header(pub(in crate::check) String);

pub(super) fn compile(compiler: &mut Compiler<'_>, node: &Node) {
    compiler.each(node, "a table of header names", |compiler, name, _, node| {
        if let Some(problem) = is_no_text(name, node) {
            return compiler.problems.push(problem);
        }
        compiler.matched(Header(name.to_ascii_lowercase()), node);
    });
}

/// The problem of a header that is expected to be a boolean.
pub(super) fn is_no_text(name: &str, node: &Node) -> Option<Diagnostic> {
    let Data::Bool(value) = node.data else { return None };
    let hint = if value {
        "write `{ exists = true }` for one that must be there"
    } else {
        "write `{ exists = false }` for one that must not be there"
    };
    Some(Diagnostic::error(&node.span, format!("the header `{name}` is a text, not a boolean")).hint(hint))
}

impl Subject for Header {
    fn label(&self) -> String {
        format!("header {}", self.0)
    }

    fn about(&self) -> About {
        About::Headers
    }

    fn read<'a>(&'a self, moment: Moment<'a>) -> Reading<'a> {
        let Some(response) = moment.response() else { return Reading::Missing };
        let mut lines: Vec<_> = response.header_lines(&self.0).map(Value::from).collect();
        let value = match lines.len() {
            0 => return Reading::Missing,
            1 => lines.remove(0),
            _ => Value::Array(lines),
        };
        Reading::Found(Cow::Owned(value), Sort::Text)
    }

    fn missing(&self, moment: Moment<'_>) -> (String, Option<String>) {
        let names: Vec<_> = moment.response().into_iter().flat_map(|response| &response.headers).collect();
        let hint = did_you_mean(&self.0, names.iter().map(|(name, _)| name.as_str()));
        (format!("there is no header `{}`", self.0), hint)
    }
}
