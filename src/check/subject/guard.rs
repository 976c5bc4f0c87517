//! What fails by default although the status is 2xx: a Lambda error, a GraphQL answer with errors.

use crate::check::compile::Compiler;
use crate::check::expectation::{Fault, Judge, Moment};
use crate::check::outcome::Complaint;
use crate::http::Response;
use crate::syntax::Node;
use crate::template::Template;
use crate::value::Value;
use crate::value::diff::{cut, show};

/// A guard that stands unless it is switched off.
#[derive(Debug)]
pub(in crate::check) struct Guard(pub(in crate::check) Kind);

/// Which one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::check) enum Kind {
    Lambda,
    Graphql,
}

pub(super) fn compile_lambda(compiler: &mut Compiler<'_>, node: &Node) {
    compiler.guard(Kind::Lambda, node);
}

pub(super) fn compile_graphql(compiler: &mut Compiler<'_>, node: &Node) {
    compiler.guard(Kind::Graphql, node);
}

/// What a Lambda function's error says, where a 2xx answer is one: `errorMessage` with `errorType` or `stackTrace`, as
/// the Lambda runtimes write it and a non-proxy integration hands it on.
pub(in crate::check) fn lambda_error(response: &Response) -> Option<String> {
    let document = small_json(response)?;
    let message = document.get("errorMessage")?;
    let kind = document.get("errorType").and_then(Value::as_str);
    if kind.is_none() && document.get("stackTrace").is_none() {
        return None;
    }
    let message = message.to_text().unwrap_or_default();
    Some(cut(&kind.map_or_else(|| message.clone(), |kind| format!("{kind}: {message}"))))
}

/// What the errors of a GraphQL answer say.
fn graphql_errors(response: &Response) -> Option<String> {
    let errors = response.json().ok()?.get("errors")?;
    let items = errors.as_array()?;
    if items.is_empty() {
        return None;
    }
    let messages: Vec<_> = items.iter().take(3).map(message).collect();
    let more = items.len().saturating_sub(3);
    let tail = if more > 0 { format!(" and {more} more") } else { String::new() };
    Some(messages.join("; ") + &tail)
}

/// What it says, at which field of the answer, and its code: `no such user (at user.name, NOT_FOUND)`.
fn message(error: &Value) -> String {
    let Some(message) = error.get("message").and_then(Value::as_str) else { return show(error) };
    let steps = error.get("path").and_then(Value::as_array).unwrap_or_default();
    let steps: Vec<_> = steps.iter().filter_map(Value::to_text).collect();
    let at = (!steps.is_empty()).then(|| format!("at {}", steps.join(".")));
    let code = error.get("extensions").and_then(|extensions| extensions.get("code")).and_then(Value::to_text);
    let details: Vec<_> = at.into_iter().chain(code).collect();
    let details = if details.is_empty() { String::new() } else { format!(" ({})", cut(&details.join(", "))) };
    cut(message) + &details
}

/// A body that is larger is no error of a function.
const MOST_BYTES: usize = 1024 * 1024;

/// The document of a 2xx answer, parsed only where it can be a Lambda error.
fn small_json(response: &Response) -> Option<&Value> {
    let is_success = (200..300).contains(&response.status) && response.body.len() <= MOST_BYTES;
    let may_be = is_success && memchr::memmem::find(&response.body, b"\"errorMessage\"").is_some();
    may_be.then(|| response.json().ok().map(|value| &**value)).flatten()
}

impl Judge for Guard {
    fn label(&self) -> String {
        match self.0 {
            Kind::Lambda => "lambda_error".to_owned(),
            Kind::Graphql => "graphql_errors".to_owned(),
        }
    }

    fn templates<'a>(&'a self, _: &mut Vec<&'a Template>) {}

    fn judge(&self, moment: Moment<'_>) -> Result<(), Fault> {
        let Some(response) = moment.response() else { return Ok(()) };
        let (found, expected, hint) = match self.0 {
            Kind::Lambda => (
                lambda_error(response),
                "no Lambda error in a 2xx answer",
                "the function failed behind a non-proxy integration; `expect.lambda_error = false` lets it pass",
            ),
            Kind::Graphql => (graphql_errors(response), "no GraphQL errors", "`expect.graphql_errors = false` lets them pass"),
        };
        let Some(actual) = found else { return Ok(()) };
        let complaint = Complaint {
            expected: expected.to_owned(),
            actual: Some(actual),
            hint: Some(hint.to_owned()),
            ..Complaint::default()
        };
        Err(Box::new(complaint).into())
    }
}
