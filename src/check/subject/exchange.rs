//! `time`, `redirects`, `url`, `http`, `error`: of the exchange as a whole.

use std::borrow::Cow;
use std::time::Duration;

use super::hops;
use super::{ReadResult, Subject, always, typed};
use crate::check::compile::Compiler;
use crate::check::expectation::EvalContext;
use crate::check::matcher::{Domain, Interpretation, Matcher, Operation, Written};
use crate::check::part::ExchangePart;
use crate::event::SubjectKind;
use crate::http::{ErrorKind, Exchange, Phase};
use crate::source::Diagnostic;
use crate::syntax::{Data, Node, Table, names_hint};
use crate::value::Value;

/// A part of the exchange.
#[derive(Debug, Clone, Copy)]
enum Part {
    Time,
    /// A phase of the last request's time.
    TimeOf(Phase),
    Redirects,
    /// The URLs that the redirects led to.
    RedirectedTo,
    Url,
    Version,
    Error,
}

/// The operators that say something about a time.
const TIME_OPERATORS: [&str; 7] = ["gt", "gte", "lt", "lte", "between", "close_to", "message"];

pub(super) fn compile_time(compiler: &mut Compiler<'_>, node: &Node) {
    let Data::Table(table) = &node.data else {
        let problem = Diagnostic::error(&node.span, "no two responses take exactly the same time");
        return compiler
            .problems
            .push(problem.hint("write `{ lt = \"2s\" }`"));
    };
    let phase = |name: &str| Phase::ALL.into_iter().find(|phase| phase.name() == name);
    let mut whole = table.clone();
    whole.entries.retain(|(name, _)| phase(name).is_none());
    for (name, entry) in table.iter() {
        if let Some(phase) = phase(name) {
            compile_phase(compiler, phase, &entry.value);
        }
    }
    if (!whole.entries.is_empty() || table.entries.is_empty())
        && are_of_time(compiler, &whole, "time")
    {
        compiler.matched(
            Part::Time,
            &Node {
                span: node.span.clone(),
                data: Data::Table(whole),
            },
        );
    }
}

fn compile_phase(compiler: &mut Compiler<'_>, phase: Phase, node: &Node) {
    let Data::Table(table) = &node.data else {
        let problem =
            Diagnostic::error(&node.span, "no two measurements take exactly the same time");
        return compiler
            .problems
            .push(problem.hint("write `{ lt = \"300ms\" }`"));
    };
    let mut operators = table.clone();
    operators.entries.retain(|(name, _)| name != "exists");
    if are_of_time(compiler, &operators, &format!("time.{}", phase.name())) {
        compiler.matched(Part::TimeOf(phase), node);
    }
}

/// Whether all operators say something about a time, with operands that are times; else the first problem is kept.
pub(super) fn are_of_time(compiler: &mut Compiler<'_>, table: &Table, what: &str) -> bool {
    for (name, entry) in table.iter() {
        let problem = if TIME_OPERATORS.contains(&name) {
            match entry
                .value
                .one_or_many()
                .iter()
                .find(|operand| matches!(operand.data, Data::Number(_)))
            {
                Some(number) => Diagnostic::error(&number.span, "a time needs a unit")
                    .hint("write `\"500ms\"` or `\"2s\"`"),
                None => continue,
            }
        } else {
            let phases = Phase::ALL
                .iter()
                .map(|phase| phase.name())
                .filter(|_| what == "time");
            let hint = names_hint(name, TIME_OPERATORS.into_iter().chain(phases));
            Diagnostic::error(&entry.key, format!("`{what}` has no operator `{name}`")).hint(hint)
        };
        compiler.problems.push(problem);
        return false;
    }
    true
}

pub(super) fn compile_redirects(compiler: &mut Compiler<'_>, node: &Node) {
    match &node.data {
        Data::Array(items) if items.iter().any(|item| matches!(item.data, Data::Table(_))) => {
            let count = Node {
                span: node.span.clone(),
                data: Data::Number((items.len() as u64).into()),
            };
            compiler.matched(Part::Redirects, &count);
            hops::compile(compiler, items);
        }
        Data::Array(_) => compiler.matched(Part::RedirectedTo, node),
        Data::Table(table) if !table.entries.is_empty() => {
            let (number, list): (Vec<_>, Vec<_>) = table
                .entries
                .iter()
                .cloned()
                .partition(|(name, entry)| is_about_number(name, &entry.value));
            for (part, entries) in [(Part::Redirects, number), (Part::RedirectedTo, list)] {
                if entries.iter().any(|(name, _)| name != "message") {
                    let message = table
                        .entries
                        .iter()
                        .filter(|(name, _)| name == "message" && matches!(part, Part::Redirects));
                    let entries = entries.iter().chain(message).cloned().collect();
                    compiler.matched(
                        part,
                        &Node {
                            span: node.span.clone(),
                            data: Data::Table(Table { entries }),
                        },
                    );
                }
            }
        }
        _ => compiler.matched(Part::Redirects, node),
    }
}

/// Whether an operator of `redirects` is about how many there are, not about the list of URLs.
fn is_about_number(operator: &str, operand: &Node) -> bool {
    match (operator, &operand.data) {
        ("one_of", Data::Array(items)) => items
            .iter()
            .all(|item| !matches!(item.data, Data::Array(_))),
        ("gt" | "gte" | "lt" | "lte" | "between" | "close_to" | "type" | "one_of", _)
        | ("equals" | "not_equals" | "not", Data::Number(_) | Data::String(_)) => true,
        ("not", Data::Table(table)) => table
            .iter()
            .all(|(name, entry)| is_about_number(name, &entry.value)),
        _ => false,
    }
}

pub(super) fn compile_url(compiler: &mut Compiler<'_>, node: &Node) {
    compiler.matched(Part::Url, node);
}

pub(super) fn compile_version(compiler: &mut Compiler<'_>, node: &Node) {
    let versions = ["1.0", "1.1", "2"];
    let text = node.as_str().unwrap_or("{{");
    let other = !matches!(node.data, Data::String(_) | Data::Table(_));
    if other || !(text.contains("{{") || versions.contains(&text)) {
        let hint = match node.data {
            Data::Array(_) => "for one of several write `{ one_of = [\"1.1\", \"2\"] }`",
            _ => "write `\"1.0\"`, `\"1.1\"` or `\"2\"`",
        };
        let hint = Some(hint.to_owned());
        return compiler
            .decoder()
            .refuse(Written::Node(node), "this is not a version of HTTP", hint)
            .unwrap_or_default();
    }
    compiler.matched(Part::Version, node);
}

pub(super) fn compile_error(compiler: &mut Compiler<'_>, node: &Node) {
    let kinds = || ErrorKind::ALL.iter().map(|kind| kind.name());
    if node.one_or_many().is_empty() {
        return compiler.says_nothing(&node.span);
    }
    for text in node.one_or_many().iter().filter_map(Node::as_str) {
        if !text.contains("{{") && !kinds().any(|kind| kind == text) {
            let problem =
                Diagnostic::error(&node.span, format!("there is no error class `{text}`"));
            return compiler
                .problems
                .push(problem.hint(names_hint(text, kinds())));
        }
    }
    let exists = node.as_table().and_then(|table| table.get("exists"));
    if let Some(node) = exists.filter(|node| matches!(node.data, Data::Bool(false))) {
        let problem = Diagnostic::error(
            &node.span,
            "a response is expected anyway unless `error` is set",
        );
        return compiler
            .problems
            .push(problem.hint("remove `error`, and expect a `status`"));
    }
    if !matches!(node.data, Data::Array(_)) {
        return compiler.matched(Part::Error, node);
    }
    if let Some(wanted) = compiler.decoder().wanted(Written::Node(node)) {
        compiler.held(
            Part::Error,
            Matcher::of(Operation::OneOf(wanted)),
            &node.span,
        );
    }
}

pub(super) fn time<'a>(duration: Duration) -> ReadResult<'a> {
    let micros = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
    ReadResult::Found(Cow::Owned(micros.into()), Interpretation::Time)
}

fn no_such_phase(phase: Phase, exchange: &Exchange) -> (String, Option<String>) {
    match phase {
        Phase::Tls if exchange.url.scheme() == "http" => {
            ("`http://` has no handshake".to_owned(), None)
        }
        Phase::Dns | Phase::Connect | Phase::Tls if exchange.timing.first_byte.is_some() => (
            "this phase did not happen: the connection was reused, or the address needed no lookup"
                .to_owned(),
            None,
        ),
        _ => ("the request did not reach this phase".to_owned(), None),
    }
}

/// What tells two classes of errors apart that are easily confused.
fn other_class(kind: ErrorKind, expected: &str) -> Option<String> {
    let hint = match kind {
        ErrorKind::Reset if expected.contains("connect") => {
            "the connection was made, and closed or reset before the response: that is `reset`"
        }
        ErrorKind::Reset if expected.contains("protocol") => {
            "nothing was received that is not HTTP: a connection that is closed or reset before the response is `reset`"
        }
        ErrorKind::Connect if expected.contains("reset") => {
            "no connection was made: that is `connect`; `reset` is a connection that is closed or reset before the response"
        }
        _ => return None,
    };
    Some(hint.to_owned())
}

/// The URLs that were asked after the first one.
fn targets(exchange: &Exchange) -> Value {
    if exchange.hops.is_empty() {
        return Value::Array(Vec::new());
    }
    let later = exchange
        .hops
        .iter()
        .skip(1)
        .map(|hop| &hop.url)
        .chain(std::iter::once(&exchange.url));
    Value::Array(later.map(|url| Value::from(url.as_str())).collect())
}

impl Subject for Part {
    fn label(&self) -> String {
        let name = match self {
            Self::TimeOf(phase) => return format!("time {}", phase.name()),
            Self::Time => "time",
            Self::Redirects | Self::RedirectedTo => "redirects",
            Self::Url => "url",
            Self::Version => "http",
            Self::Error => "error",
        };
        name.to_owned()
    }

    fn kind(&self) -> SubjectKind {
        match self {
            Self::Error => SubjectKind::Error,
            _ => SubjectKind::Other,
        }
    }

    fn about(&self) -> ExchangePart {
        match self {
            Self::Time | Self::TimeOf(_) => ExchangePart::Time,
            Self::Redirects | Self::RedirectedTo => ExchangePart::Redirects,
            Self::Url => ExchangePart::Url,
            Self::Version => ExchangePart::Head,
            Self::Error => ExchangePart::Error,
        }
    }

    fn read<'a>(&'a self, eval: EvalContext<'a>) -> ReadResult<'a> {
        let exchange = eval.exchange;
        match self {
            Self::Time => time(exchange.time),
            Self::TimeOf(phase) => exchange
                .timing
                .phase(*phase)
                .map_or(ReadResult::Missing, time),
            Self::Redirects => typed(exchange.hops.len() as u64),
            Self::RedirectedTo => {
                ReadResult::Found(Cow::Owned(targets(exchange)), Interpretation::Nodes)
            }
            Self::Url => typed(exchange.url.as_str()),
            Self::Version => exchange.response().map_or(ReadResult::Missing, |response| {
                typed(response.version.name())
            }),
            Self::Error => exchange
                .error()
                .map_or(ReadResult::Missing, |error| typed(error.kind.name())),
        }
    }

    fn domain(&self) -> Domain {
        match self {
            Self::Time => Domain::DURATION,
            Self::TimeOf(_) => Domain::DURATION.or_missing(),
            Self::Redirects => Domain::COUNT,
            Self::RedirectedTo => Domain::ARRAY,
            Self::Url => Domain::URL,
            Self::Version => Domain::VERSION,
            Self::Error => Domain::ERROR,
        }
    }

    fn hint(&self, eval: EvalContext<'_>, expected: &str) -> Option<String> {
        match (self, &eval.exchange.result) {
            (Self::Error, Err(error)) => other_class(error.kind, expected),
            _ => None,
        }
    }

    fn missing(&self, eval: EvalContext<'_>) -> (String, Option<String>) {
        match self {
            Self::TimeOf(phase) => return no_such_phase(*phase, eval.exchange),
            Self::RedirectedTo => {
                let hint = "`follow_redirects` says whether they are followed".to_owned();
                return ("no redirect was followed".to_owned(), Some(hint));
            }
            _ => {}
        }
        match eval.response() {
            Some(response) => (
                format!("there is a response, with status {}", response.status),
                None,
            ),
            None => always(),
        }
    }
}
