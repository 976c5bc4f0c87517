//! What can be judged, one file a subject or group of them. A new one is a file here and a line in [`ALL`].

mod body;
mod connection;
mod cookie;
mod events;
mod exchange;
mod guard;
mod header;
mod hops;
mod json;
mod jsonpath;
mod markup;
mod member;
mod status;
mod that;

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use super::compile::Compiler;
use super::expectation::EvalContext;
use super::matcher::{Domain, Interpretation, Received};
use super::part::ExchangePart;
use crate::event::SubjectKind;
use crate::source::Span;
use crate::syntax::{Key, Node};
use crate::template::Template;
use crate::value::Value;

pub(super) use body::compile_text;
pub use connection::CERTIFICATE;
pub(super) use cookie::{Cookie, impossible, misspelt};
pub use events::Events;
pub(super) use guard::{FunctionError, Guard, Kind as GuardKind, lambda_error};
pub(super) use header::{Header, is_no_name};
pub use hops::HOP;
pub(super) use jsonpath::JsonPathQuery;
pub use jsonpath::Paths;
pub(super) use markup::{ByCss, ByXPath, namespaces};
pub(super) use member::{OF_EVENT, OF_MESSAGE};
pub(super) use status::default_status;

/// What reading a subject gives.
pub(super) enum ReadResult<'a> {
    /// A value, and how it is to be read.
    Found(Cow<'a, Value>, Interpretation),
    /// Nothing; [`Subject::missing`] says more.
    Missing,
    /// It cannot be said whether it exists: why, and what to do about it.
    Unreadable(String, Option<String>),
}

impl ReadResult<'_> {
    /// Whether there is nothing: neither a value nor a member of a set.
    pub(super) fn is_nothing(&self) -> bool {
        match self {
            Self::Found(value, sort) => Received { value, sort: *sort }.is_empty_set(),
            Self::Missing => true,
            Self::Unreadable(..) => false,
        }
    }
}

/// A part of an exchange that is read and held against a matcher.
pub(super) trait Subject: fmt::Debug + Send + Sync {
    /// What it is, as a report names it.
    fn label(&self) -> String;

    /// Its kind, if more than the text depends on it.
    fn kind(&self) -> SubjectKind {
        SubjectKind::Other
    }

    /// Reads it.
    fn read<'a>(&'a self, eval: EvalContext<'a>) -> ReadResult<'a>;

    /// Why there is nothing, and what to do about it.
    fn missing(&self, eval: EvalContext<'_>) -> (String, Option<String>);

    /// The values that it can have.
    fn domain(&self) -> Domain {
        Domain::ANYTHING
    }

    /// What may help if it was read and something else was `expected`.
    fn hint(&self, _moment: EvalContext<'_>, _expected: &str) -> Option<String> {
        None
    }

    /// Collects the templates that are filled to read it.
    fn templates<'a>(&'a self, _found: &mut Vec<&'a Template>) {}

    /// The part of the exchange that it is; what does not say so needs the whole body.
    fn about(&self) -> ExchangePart {
        ExchangePart::Body
    }
}

/// Compiles what stands under a subject's key.
pub(super) type Compile = fn(&mut Compiler<'_>, &Node);

/// The subjects, by the keys of `expect`.
pub(super) const ALL: &[(Key, Compile)] = &[
    (
        key(
            "status",
            "#status",
            "the status: a number, a list, `\"2xx\"`, or a matcher",
        ),
        status::compile,
    ),
    (
        key("headers", "#matchers", "header name → literal or matcher"),
        header::compile,
    ),
    (
        key(
            "cookies",
            "#matchers",
            "cookie name, or `name.attribute` → literal or matcher",
        ),
        cookie::compile,
    ),
    (
        key("json", "any", "the whole JSON document, exactly"),
        json::compile_exact,
    ),
    (
        key("json_contains", "any", "a part of the JSON document"),
        json::compile_contains,
    ),
    (
        key(
            "jsonpath",
            "#by_json_path",
            "RFC 9535 path → literal or matcher",
        ),
        jsonpath::compile,
    ),
    (
        key(
            "json_text",
            "template",
            "the whole JSON document, written as JSON with placeholders",
        ),
        json::compile_text,
    ),
    (
        key(
            "schema",
            "#schema",
            "a JSON Schema of the document: a file, or inline",
        ),
        json::compile_schema,
    ),
    (
        key("text", "#matcher", "the body as text"),
        body::compile_text,
    ),
    (
        key(
            "xpath",
            "#matchers",
            "XPath 1.0 → literal or matcher; HTML is read as HTML",
        ),
        markup::compile_xpath,
    ),
    (
        key(
            "css",
            "#matchers",
            "CSS selector → literal or matcher of the text",
        ),
        markup::compile_css,
    ),
    (
        key(
            "bytes",
            "#bytes",
            "the body's bytes: base64 text, or `{ file }`",
        ),
        body::compile_bytes,
    ),
    (
        key("sha256", "#sha256", "the SHA-256 of the body, in hex"),
        body::compile_sha256,
    ),
    (
        key("size", "#matcher", "the size of the decoded body in bytes"),
        body::compile_size,
    ),
    (
        key(
            "size_on_wire",
            "#matcher",
            "the size of the body as received (before decoding), in bytes",
        ),
        body::compile_size_on_wire,
    ),
    (
        key(
            "time",
            "#time",
            "from the first byte sent to the last received",
        ),
        exchange::compile_time,
    ),
    (
        key(
            "redirects",
            "#redirects",
            "the number of redirects followed, the list of URLs, or a table for each",
        ),
        exchange::compile_redirects,
    ),
    (
        key("url", "#matcher", "the URL of the last request"),
        exchange::compile_url,
    ),
    (
        key(
            "http",
            "#http",
            "the protocol version: `\"1.1\"` or `\"2\"`",
        ),
        exchange::compile_version,
    ),
    (
        key(
            "certificate",
            "#certificate",
            "the server's certificate: `{ subject, san, expires_in, … }`",
        ),
        connection::compile_certificate,
    ),
    (
        key(
            "tls",
            "#matcher",
            "the version of TLS: `\"1.2\"` or `\"1.3\"`",
        ),
        connection::compile_tls,
    ),
    (
        key("ip", "#matcher", "the IP address of the server"),
        connection::compile_ip,
    ),
    (
        key("trailers", "#matchers", "trailer name → literal or matcher"),
        connection::compile_trailers,
    ),
    (
        key(
            "interim",
            "#matcher",
            "the list of interim statuses before the response, such as `103`",
        ),
        connection::compile_interim,
    ),
    (
        key(
            "error",
            "#error",
            "why there is no response: `dns`, `connect`, `reset`, `tls`, `timeout` …",
        ),
        exchange::compile_error,
    ),
    (
        key(
            "events",
            "#events",
            "a stream of Server-Sent Events, read until the expectations are decided",
        ),
        events::compile,
    ),
    (
        key("that", "#expressions", "expressions that are true"),
        that::compile,
    ),
    (
        key(
            "lambda_error",
            "boolean",
            "whether the response is a Lambda error; `false` is the default",
        ),
        guard::compile_lambda,
    ),
    (
        key(
            "graphql_errors",
            "boolean",
            "whether the response has GraphQL `errors`; `false` is the default",
        ),
        guard::compile_graphql,
    ),
    (
        key(
            "allow",
            "#allow",
            "errors that are allowed but not required: `lambda_error`, `graphql_errors`",
        ),
        guard::compile_allow,
    ),
];

const fn key(name: &'static str, shape: &'static str, about: &'static str) -> Key {
    Key { name, shape, about }
}

/// An owned value that is read as what it is.
fn typed<'a>(value: impl Into<Value>) -> ReadResult<'a> {
    ReadResult::Found(Cow::Owned(value.into()), Interpretation::Typed)
}

/// The place of some bytes of a text; the whole place where it is written with escapes.
pub(super) fn inside(place: &Span, text: &str, range: Range<usize>) -> Span {
    match place.text().find(text) {
        Some(start) if !text.is_empty() => place.part(start + range.start..start + range.end),
        _ => place.clone(),
    }
}

/// For subjects that every exchange has.
fn always() -> (String, Option<String>) {
    ("there is none".to_owned(), None)
}
