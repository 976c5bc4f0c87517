//! `status`: a number, a list of which it is one, a class such as `"2xx"`, or a matcher.

use std::borrow::Cow;
use std::sync::Arc;

use super::{ReadResult, Subject, always};
use crate::check::compile::Compiler;
use crate::check::expectation::{Assertion, EvalContext, LocatedMismatch};
use crate::check::matcher::status::{class, digits, fits, is_one};
use crate::check::matcher::{
    Domain, Evaluator, Expected, Interpretation, ResolvedExpected, Written,
};
use crate::check::outcome::Mismatch;
use crate::check::part::ExchangePart;
use crate::event::SubjectKind;
use crate::source::Diagnostic;
use crate::syntax::{Data, Node, wrong_type};
use crate::template::Template;
use crate::value::diff::show;
use crate::value::{Number, Value};

/// The status, for matchers.
#[derive(Debug)]
pub(in crate::check) struct Status;

impl Subject for Status {
    fn label(&self) -> String {
        "status".to_owned()
    }

    fn kind(&self) -> SubjectKind {
        SubjectKind::Status
    }

    fn about(&self) -> ExchangePart {
        ExchangePart::Status
    }

    fn read<'a>(&'a self, eval: EvalContext<'a>) -> ReadResult<'a> {
        eval.response()
            .map_or(ReadResult::Missing, |response| read(response.status))
    }

    fn missing(&self, _: EvalContext<'_>) -> (String, Option<String>) {
        always()
    }

    fn domain(&self) -> Domain {
        Domain::STATUS
    }
}

/// A status as it is read for matchers.
pub(super) fn read<'a>(status: u16) -> ReadResult<'a> {
    ReadResult::Found(Cow::Owned(i64::from(status).into()), Interpretation::Status)
}

/// A matcher as written, with numbers in place of strings of digits.
pub(super) fn with_numbers(node: &Node) -> Node {
    let mut node = node.clone();
    match &mut node.data {
        Data::String(text) => {
            if let Some(number) = digits(text) {
                node.data = Data::Number(number);
            }
        }
        Data::Array(items) => items.iter_mut().for_each(|item| *item = with_numbers(item)),
        Data::Table(table) => {
            let operators = table
                .entries
                .iter_mut()
                .filter(|(name, _)| name != "message");
            operators.for_each(|(_, entry)| entry.value = with_numbers(&entry.value));
        }
        _ => {}
    }
    node
}

/// A status, a class, or a list of them.
#[derive(Debug)]
struct StatusIs(Expected);

pub(super) fn compile(compiler: &mut Compiler<'_>, node: &Node) {
    if matches!(node.data, Data::Table(_)) {
        return compiler.matched(Status, &with_numbers(node));
    }
    let Some(wanted) = compiler.decoder().wanted(Written::Node(node)) else {
        return;
    };
    let items = node.one_or_many();
    let wrong = items
        .iter()
        .find(|item| !may_be(item))
        .or(items.is_empty().then_some(node));
    if let Some(wrong) = wrong {
        return compiler.problems.push(no_status(wrong));
    }
    match &wanted {
        Expected::Ready(ResolvedExpected::Pattern(_)) => return compiler.matched(Status, node),
        Expected::Ready(target) if target.as_value().is_some_and(is_any_status) => {
            return compiler
                .decoder()
                .refuse_vacuous(Written::Node(node), None)
                .unwrap_or_default();
        }
        _ => {}
    }
    compiler.push(&node.span, StatusIs(wanted));
}

/// Whether every status is as wanted.
fn is_any_status(wanted: &Value) -> bool {
    (100..=599_i64).all(|status| fits(wanted, &status.into()))
}

fn no_status(node: &Node) -> Diagnostic {
    let number = match &node.data {
        Data::Number(number) => Some(number.clone()),
        _ => node.as_str().and_then(digits),
    };
    if let Some(number) = number {
        return Diagnostic::error(
            &node.span,
            format!("`{number}` is not a status: a status has three digits"),
        );
    }
    wrong_type(
        node,
        "a status such as `200`, a list of them, `\"2xx\"`, or a matcher",
    )
}

/// Whether a literal may be a status; a template may.
fn may_be(node: &Node) -> bool {
    let in_range = |number: &Number| {
        number
            .as_i64()
            .is_some_and(|status| (100..=999).contains(&status))
    };
    match &node.data {
        Data::Number(number) => in_range(number),
        Data::String(text) => {
            class(text).is_some()
                || digits(text).as_ref().is_some_and(in_range)
                || text.contains("{{")
        }
        _ => false,
    }
}

/// What is expected where no status is: of a WebSocket's handshake, that it is accepted.
pub(in crate::check) fn default_status(websocket: bool) -> Arc<dyn Assertion> {
    Arc::new(StatusIs(if websocket {
        Expected::value(101_i64)
    } else {
        Expected::value("2xx")
    }))
}

fn describe(wanted: &Value) -> Cow<'_, str> {
    match wanted {
        Value::String(text) => Cow::Borrowed(text),
        Value::Array(items) => {
            let items: Vec<_> = items.iter().map(describe).collect();
            Cow::Owned(format!("one of {}", items.join(", ")))
        }
        other => Cow::Owned(other.to_json()),
    }
}

impl StatusIs {
    /// Why what came out of an expression is not held against the status.
    fn asserts_nothing(&self, wanted: &Value) -> Option<String> {
        if matches!(self.0, Expected::Ready(_)) {
            return None;
        }
        let items = wanted.as_array().unwrap_or(std::slice::from_ref(wanted));
        match items.iter().find(|item| !is_one(item)) {
            Some(item) => Some(format!("{} is not a status", show(item))),
            None if items.is_empty() => Some("the list is empty, so it asserts nothing".to_owned()),
            None => is_any_status(wanted)
                .then(|| "this holds for every value, so it asserts nothing".to_owned()),
        }
    }
}

impl Assertion for StatusIs {
    fn label(&self) -> String {
        Status.label()
    }

    fn kind(&self) -> SubjectKind {
        SubjectKind::Status
    }

    fn templates<'a>(&'a self, found: &mut Vec<&'a Template>) {
        self.0.templates(found);
    }

    fn about(&self) -> ExchangePart {
        ExchangePart::Status
    }

    fn expected(&self, eval: EvalContext<'_>) -> String {
        let wanted = self
            .0
            .resolve(eval.scope)
            .ok()
            .and_then(|target| target.as_value().cloned());
        wanted.map_or_else(
            || self.0.describe(&Evaluator::new(eval.scope)),
            |wanted| describe(&wanted).into_owned(),
        )
    }

    fn judge(&self, eval: EvalContext<'_>) -> Result<(), LocatedMismatch> {
        let status = eval.response().map_or(0, |response| response.status);
        let (wanted, error) = match self.0.resolve(eval.scope) {
            Ok(target) => (target.as_value().cloned(), None),
            Err(error) => (None, Some(error.message)),
        };
        let reason = error.or_else(|| self.asserts_nothing(wanted.as_ref()?));
        if reason.is_none()
            && wanted
                .as_ref()
                .is_some_and(|wanted| fits(wanted, &i64::from(status).into()))
        {
            return Ok(());
        }
        let expected = wanted.as_ref().map(|wanted| describe(wanted).into_owned());
        let mismatch = Mismatch {
            expected: expected.unwrap_or_else(|| self.0.describe(&Evaluator::new(eval.scope))),
            actual: Some(status.to_string()),
            reason,
            ..Mismatch::default()
        };
        Err(Box::new(mismatch).into())
    }
}
