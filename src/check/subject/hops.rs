//! `redirects`, hop by hop: a list of tables, one for each response that redirected.

use super::exchange::{are_of_time, time};
use super::header::{is_no_name, is_no_text};
use super::{ReadResult, Subject, typed};
use crate::check::compile::Compiler;
use crate::check::expectation::EvalContext;
use crate::check::matcher::Domain;
use crate::check::part::ExchangePart;
use crate::http::Hop;
use crate::source::{Diagnostic, did_you_mean};
use crate::syntax::{Data, Key, Node, unknown_key};

/// A part of one of the responses that redirected.
#[derive(Debug)]
struct Part {
    /// Which, from 0.
    index: usize,
    what: What,
}

#[derive(Debug)]
enum What {
    /// The URL that was asked.
    Url,
    /// The URL that it led to.
    To,
    Status,
    Header(String),
    Time,
}

const fn key(name: &'static str, shape: &'static str, about: &'static str) -> Key {
    Key { name, shape, about }
}

/// What can be expected of a hop.
pub const HOP: &[Key] = &[
    key("url", "#matcher", "the URL that was requested"),
    key("to", "#matcher", "the URL that it redirected to"),
    key("status", "#matcher", "the status of its response"),
    key(
        "headers",
        "#matchers",
        "header name of its response → literal or matcher",
    ),
    key("time", "#operators", "how long it took"),
];

/// Compiles the tables of a list; their number is expected as well.
pub(super) fn compile(compiler: &mut Compiler<'_>, items: &[Node]) {
    for (index, item) in items.iter().enumerate() {
        let hop = |compiler: &mut Compiler<'_>, what, node: &Node| {
            compiler.matched(Part { index, what }, node);
        };
        compiler.each(
            item,
            "a table of expectations on a redirect",
            |compiler, name, span, node| match name {
                "url" => hop(compiler, What::Url, node),
                "to" => hop(compiler, What::To, node),
                "status" => hop(compiler, What::Status, node),
                "headers" => compiler.each(
                    node,
                    "a table of header names",
                    |compiler, name, key, node| {
                        if let Some(problem) =
                            is_no_name(name, key).or_else(|| is_no_text(name, node))
                        {
                            return compiler.problems.push(problem);
                        }
                        hop(compiler, What::Header(name.to_ascii_lowercase()), node);
                    },
                ),
                "time" => match &node.data {
                    Data::Table(table) if are_of_time(compiler, table, "time") => {
                        hop(compiler, What::Time, node);
                    }
                    Data::Table(_) => {}
                    _ => {
                        let problem = Diagnostic::error(
                            &node.span,
                            "no two responses take exactly the same time",
                        );
                        compiler
                            .problems
                            .push(problem.hint("write `{ lt = \"2s\" }`"));
                    }
                },
                _ => compiler.problems.push(unknown_key(
                    span,
                    name,
                    "a hop",
                    HOP.iter().map(|key| key.name),
                )),
            },
        );
    }
}

impl Part {
    fn hop<'a>(&self, eval: EvalContext<'a>) -> Option<&'a Hop> {
        eval.exchange.hops.get(self.index)
    }
}

impl Subject for Part {
    fn label(&self) -> String {
        let what = match &self.what {
            What::Url => "url",
            What::To => "to",
            What::Status => "status",
            What::Header(name) => return format!("redirects[{}] header {name}", self.index),
            What::Time => "time",
        };
        format!("redirects[{}] {what}", self.index)
    }

    fn about(&self) -> ExchangePart {
        ExchangePart::Redirects
    }

    fn read<'a>(&'a self, eval: EvalContext<'a>) -> ReadResult<'a> {
        let Some(hop) = self.hop(eval) else {
            return ReadResult::Missing;
        };
        match &self.what {
            What::Url => typed(hop.url.as_str()),
            What::To => {
                let next = eval
                    .exchange
                    .hops
                    .get(self.index + 1)
                    .map_or(&eval.exchange.url, |hop| &hop.url);
                typed(next.as_str())
            }
            What::Status => super::status::read(hop.status),
            What::Time => time(hop.timing.total),
            What::Header(name) => super::header::lines(&hop.headers, name),
        }
    }

    fn domain(&self) -> Domain {
        match self.what {
            What::Url | What::To => Domain::URL.or_missing(),
            What::Status => Domain::STATUS.or_missing(),
            What::Header(_) => Domain::LINES,
            What::Time => Domain::DURATION,
        }
    }

    fn missing(&self, eval: EvalContext<'_>) -> (String, Option<String>) {
        if let (What::Header(name), Some(hop)) = (&self.what, self.hop(eval)) {
            let hint = did_you_mean(name, hop.headers.iter().map(|(name, _)| name.as_str()));
            return (format!("there is no header `{name}`"), hint);
        }
        let count = eval.exchange.hops.len();
        let hint =
            (count == 0).then(|| "`follow_redirects` says whether they are followed".to_owned());
        (format!("there were only {count} redirects"), hint)
    }
}
