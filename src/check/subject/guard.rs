//! `lambda_error`, `graphql_errors`: whether a response is an error although its status is 2xx. There must be none by
//! default; `allow` takes either.

use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::json::{ambiguous, document};
use crate::check::compile::Compiler;
use crate::check::expectation::{Assertion, EvalContext, LocatedMismatch};
use crate::check::outcome::Mismatch;
use crate::http::Response;
use crate::source::Diagnostic;
use crate::syntax::{Node, names_hint};
use crate::template::Template;
use crate::value::diff::{cut, show};
use crate::value::{Path, Segment, Value};

/// Whether there must be such an error.
#[derive(Debug)]
pub(in crate::check) struct Guard {
    pub(in crate::check) kind: Kind,
    /// As written; `None` is the default, that a successful response has none.
    pub(in crate::check) wanted: Option<bool>,
}

/// Which one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::check) enum Kind {
    Lambda,
    Graphql,
}

pub(super) fn compile_lambda(compiler: &mut Compiler<'_>, node: &Node) {
    compile(compiler, Kind::Lambda, node);
}

pub(super) fn compile_graphql(compiler: &mut Compiler<'_>, node: &Node) {
    compile(compiler, Kind::Graphql, node);
}

fn compile(compiler: &mut Compiler<'_>, kind: Kind, node: &Node) {
    if let Some(wanted) = node.boolean(compiler.problems) {
        compiler.guard(kind);
        compiler.push(
            &node.span,
            Guard {
                kind,
                wanted: Some(wanted),
            },
        );
    }
}

/// `allow`: the errors that may be there or not.
pub(super) fn compile_allow(compiler: &mut Compiler<'_>, node: &Node) {
    for node in node.one_or_many() {
        let Some(name) = node.string(compiler.problems) else {
            continue;
        };
        let Some(kind) = Kind::ALL.into_iter().find(|kind| kind.name() == name) else {
            let hint = names_hint(name, Kind::ALL.into_iter().map(Kind::name));
            compiler.problems.push(
                Diagnostic::error(&node.span, format!("`allow` does not take `{name}`")).hint(hint),
            );
            continue;
        };
        if let Some(written) = compiler.table.entry(name) {
            let problem =
                Diagnostic::error(&node.span, format!("`{name}` is both allowed and expected"));
            compiler.problems.push(
                problem
                    .related(&written.key, "here")
                    .hint("keep one of the two"),
            );
        }
        compiler.guard(kind);
    }
}

impl Kind {
    pub(in crate::check) const ALL: [Self; 2] = [Self::Lambda, Self::Graphql];

    /// The key of `expect`, and the name that `allow` takes.
    fn name(self) -> &'static str {
        match self {
            Self::Lambda => "lambda_error",
            Self::Graphql => "graphql_errors",
        }
    }
}

/// The error of a Lambda function that a response hands on as its body.
pub(in crate::check) struct FunctionError {
    /// The member that shows it.
    pub(in crate::check) member: &'static str,
    /// What it says, shortened.
    pub(in crate::check) text: String,
}

/// The error of a Lambda function in a 2xx response: a non-proxy integration passes the function's error on with status 200.
pub(in crate::check) fn lambda_error(response: &Response) -> Option<FunctionError> {
    if is_success(response) {
        error_of_function(response)
    } else {
        None
    }
}

/// As [`lambda_error`], of a response with any status.
fn error_of_function(response: &Response) -> Option<FunctionError> {
    let document = small_json(response)?;
    raised(document).or_else(|| failed_proxy_object(document))
}

/// `errorMessage` with `errorType` or `stackTrace`, as the runtimes write it, or in the words of Lambda itself, which writes
/// neither.
fn raised(document: &Value) -> Option<FunctionError> {
    let message = document.get("errorMessage")?;
    let kind = document.get("errorType").and_then(Value::as_str);
    let has_trace = document
        .get("stackTrace")
        .is_some_and(|trace| !matches!(trace, Value::Null));
    if kind.is_none() && !has_trace && !message.as_str().is_some_and(is_by_lambda) {
        return None;
    }
    let message = message.to_text().unwrap_or_default();
    let text = cut(&kind.map_or_else(|| message.clone(), |kind| format!("{kind}: {message}")));
    Some(FunctionError {
        member: "errorMessage",
        text,
    })
}

/// Whether a message is Lambda's own, of a function that timed out, was killed or exited. A message of an application that
/// mentions such an event is none: Lambda's begins with the id of the request, or ends with the time to two decimals.
fn is_by_lambda(message: &str) -> bool {
    let message = message.trim();
    let of_request = message
        .strip_prefix("RequestId: ")
        .and_then(|rest| rest.split_once(' '));
    of_request.is_some_and(|(_, rest)| rest.starts_with("Error: "))
        || message.ends_with("Process exited before completing request")
        || is_timeout(message)
}

/// Whether it ends with `Task timed out after 3.00 seconds`.
fn is_timeout(message: &str) -> bool {
    let seconds = message
        .strip_suffix(" seconds")
        .and_then(|text| text.rsplit_once("Task timed out after "));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let parts = seconds.and_then(|(_, seconds)| seconds.split_once('.'));
    parts.is_some_and(|(whole, decimals)| digits(whole) && digits(decimals) && decimals.len() == 2)
}

/// The members of the object that a function returns to a proxy integration.
const OF_PROXY: [&str; 7] = [
    "statusCode",
    "body",
    "headers",
    "multiValueHeaders",
    "isBase64Encoded",
    "cookies",
    "statusDescription",
];

/// `{"statusCode": 500, "body": …}`: a function's response to a proxy integration, passed on as a body. Only an object that
/// has no other members: what lists a `statusCode` among its own data is a document.
fn failed_proxy_object(document: &Value) -> Option<FunctionError> {
    let members = document.as_object()?;
    let status = document
        .get("statusCode")?
        .to_text()?
        .trim()
        .parse::<f64>()
        .ok()?;
    if !(400.0..1000.0).contains(&status)
        || members.len() < 2
        || !members.keys().all(|name| OF_PROXY.contains(&&**name))
    {
        return None;
    }
    let body = document
        .get("body")
        .and_then(Value::to_text)
        .map(|body| format!(": {body}"))
        .unwrap_or_default();
    Some(FunctionError {
        member: "statusCode",
        text: cut(&format!("statusCode {status}{body}")),
    })
}

/// Refuses a document that is no response of GraphQL: nothing in it says that there are no errors.
fn is_graphql(document: &Value) -> Result<(), String> {
    let wrong = |value: &Value| {
        format!(
            "this is {}, and a GraphQL response is an object",
            value.kind().with_article()
        )
    };
    match document {
        Value::Object(_) => Ok(()),
        Value::Array(batch) if batch.is_empty() => {
            Err("this is an empty array, and a GraphQL response is an object".to_owned())
        }
        Value::Array(batch) => match batch.iter().find(|one| one.as_object().is_none()) {
            Some(other) => Err(wrong(other)),
            None => Ok(()),
        },
        other => Err(wrong(other)),
    }
}

/// What the errors of a GraphQL response say, or of any response that has `errors`; of a batch, those of each.
fn graphql_errors(document: &Value) -> Option<String> {
    let responses = document
        .as_array()
        .unwrap_or(std::slice::from_ref(document));
    let errors = responses
        .iter()
        .filter_map(|response| response.get("errors"))
        .filter(|errors| !is_none(errors));
    let items: Vec<_> = errors
        .flat_map(|errors| errors.as_array().unwrap_or(std::slice::from_ref(errors)))
        .collect();
    if items.is_empty() {
        return None;
    }
    let messages: Vec<_> = items.iter().take(3).map(|error| message(error)).collect();
    let more = items.len().saturating_sub(3);
    let tail = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    Some(messages.join("; ") + &tail)
}

/// Whether `errors` says that there are none.
fn is_none(errors: &Value) -> bool {
    match errors {
        Value::Null | Value::Bool(false) => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        Value::String(text) => text.is_empty(),
        Value::Number(number) => number.as_i64() == Some(0),
        Value::Bool(true) => false,
    }
}

/// What it says, at which field of the response, and its code: `no such user (at user.name, NOT_FOUND)`.
fn message(error: &Value) -> String {
    let Some(message) = error.get("message").and_then(Value::as_str) else {
        return show(error);
    };
    let steps = error
        .get("path")
        .and_then(Value::as_array)
        .unwrap_or_default();
    let steps: Vec<_> = steps.iter().filter_map(Value::to_text).collect();
    let at = (!steps.is_empty()).then(|| format!("at {}", steps.join(".")));
    let code = error
        .get("extensions")
        .and_then(|extensions| extensions.get("code"))
        .and_then(Value::to_text);
    let details: Vec<_> = at.into_iter().chain(code).collect();
    let details = if details.is_empty() {
        String::new()
    } else {
        format!(" ({})", cut(&details.join(", ")))
    };
    cut(message) + &details
}

/// A body that is larger is no error of a function.
const MOST_BYTES: usize = 1024 * 1024;

/// The members, one of which a Lambda error has; looked for in each response.
static MEMBERS: LazyLock<[Finder<'static>; 2]> = LazyLock::new(|| {
    [
        Finder::new("\"errorMessage\""),
        Finder::new("\"statusCode\""),
    ]
});

/// The document of a response, parsed only if it can be a Lambda error: an object with one of the members that show it.
fn small_json(response: &Response) -> Option<&Value> {
    let body = &response.body;
    let text = body
        .strip_prefix(b"\xef\xbb\xbf")
        .unwrap_or(body)
        .trim_ascii_start();
    let may_be = text.first() == Some(&b'{') && body.len() <= MOST_BYTES;
    let shows_one = |member: &Finder<'_>| member.find(text).is_some();
    (may_be && MEMBERS.iter().any(shows_one))
        .then(|| response.json().ok().map(|value| &**value))
        .flatten()
}

impl Guard {
    /// The member that says whether there is an error, if it stands twice.
    fn ambiguous_member<'r>(&self, response: &'r Response) -> Option<&'r Path> {
        let (members, may_be): (&[&str], _) = match self.kind {
            Kind::Graphql => (&["errors"], true),
            Kind::Lambda => {
                let asked = self.wanted.is_some() || is_success(response);
                (
                    &["errorMessage", "errorType", "statusCode"],
                    asked && small_json(response).is_some(),
                )
            }
        };
        let decides = |path: &&Path| match path.segments() {
            [Segment::Name(name)] => members.contains(&name.as_str()),
            // Of a batch.
            [Segment::Index(_), Segment::Name(name)] => {
                self.kind == Kind::Graphql && members.contains(&name.as_str())
            }
            _ => false,
        };
        if may_be {
            response.duplicate_members().iter().find(decides)
        } else {
            None
        }
    }

    /// What the error says, if there is one.
    fn find(&self, response: &Response) -> Result<Option<String>, String> {
        if let Some(path) = self.ambiguous_member(response) {
            return Err(ambiguous(path));
        }
        match (self.kind, self.wanted) {
            (Kind::Lambda, None) => Ok(lambda_error(response).map(|error| error.text)),
            (Kind::Lambda, Some(_)) => Ok(error_of_function(response).map(|error| error.text)),
            (Kind::Graphql, None) if !is_success(response) || is_stream(response) => {
                Ok(response.json().ok().and_then(|json| graphql_errors(json)))
            }
            (Kind::Graphql, _) => {
                let document = document(response)?;
                is_graphql(document)?;
                Ok(graphql_errors(document))
            }
        }
    }

    fn expected(&self) -> &'static str {
        match (self.kind, self.wanted) {
            (Kind::Lambda, None) => "no Lambda error in a 2xx response",
            (Kind::Lambda, Some(false)) => "no Lambda error",
            (Kind::Lambda, Some(true)) => "a Lambda error",
            (Kind::Graphql, Some(true)) => "GraphQL errors",
            (Kind::Graphql, _) => "no GraphQL errors",
        }
    }

    fn hint(&self) -> Option<String> {
        let allow = || {
            format!(
                "`expect.allow = [\"{0}\"]` lets it pass, `expect.{0} = true` expects it",
                self.kind.name()
            )
        };
        match (self.kind, self.wanted) {
            (_, Some(true)) => None,
            (Kind::Lambda, _) => Some(format!(
                "the function failed behind a non-proxy integration; {}",
                allow()
            )),
            (Kind::Graphql, _) => Some(allow()),
        }
    }
}

/// Whether a GraphQL response comes in parts: incremental delivery, or a subscription.
fn is_stream(response: &Response) -> bool {
    let kind = response
        .content_type()
        .unwrap_or_default()
        .to_ascii_lowercase();
    kind.starts_with("multipart/") || kind == "text/event-stream"
}

fn is_success(response: &Response) -> bool {
    (200..300).contains(&response.status)
}

impl Assertion for Guard {
    fn label(&self) -> String {
        self.kind.name().to_owned()
    }

    fn templates<'a>(&'a self, _: &mut Vec<&'a Template>) {}

    fn judge(&self, eval: EvalContext<'_>) -> Result<(), LocatedMismatch> {
        let Some(response) = eval.response() else {
            return Ok(());
        };
        let found = self.find(response);
        if found
            .as_ref()
            .is_ok_and(|found| found.is_some() == self.wanted.unwrap_or(false))
        {
            return Ok(());
        }
        let mismatch = Mismatch {
            expected: self.expected().to_owned(),
            hint: self.hint().filter(|_| found.is_ok()),
            reason: found.as_ref().err().cloned(),
            actual: found
                .ok()
                .map(|found| found.unwrap_or_else(|| "none".to_owned())),
            ..Mismatch::default()
        };
        Err(Box::new(mismatch).into())
    }
}
