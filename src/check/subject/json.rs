//! `json`, `json_contains`, `schema`: the body as a JSON document, whole.

use std::borrow::Cow;

use super::{ReadResult, Subject, always};
use crate::check::compile::Compiler;
use crate::check::expectation::EvalContext;
use crate::check::matcher::{Interpretation, Matcher, Operation, Written};
use crate::http::Response;
use crate::syntax::{Node, template_problem};
use crate::template::parse_json_template;
use crate::value::{Path, Value};

/// The document; named after the key that asks for it.
#[derive(Debug)]
struct Json(&'static str);

pub(super) fn compile_exact(compiler: &mut Compiler<'_>, node: &Node) {
    if let Some(wanted) = compiler.decoder().wanted(Written::Node(node)) {
        compiler.held(
            Json("json"),
            Matcher::of(Operation::Equals(wanted)),
            &node.span,
        );
    }
}

pub(super) fn compile_text(compiler: &mut Compiler<'_>, node: &Node) {
    let Some(text) = node.any_string(compiler.problems) else {
        return;
    };
    let document = match parse_json_template(text) {
        Ok(document) => document,
        Err(error) => return compiler.problems.push(template_problem(node, error)),
    };
    if let Some(wanted) = compiler.decoder().document(document, node) {
        compiler.held(
            Json("json_text"),
            Matcher::of(Operation::Equals(wanted)),
            &node.span,
        );
    }
}

pub(super) fn compile_contains(compiler: &mut Compiler<'_>, node: &Node) {
    if let Some(wanted) = compiler.decoder().wanted(Written::Node(node)) {
        compiler.held(
            Json("json_contains"),
            Matcher::of(Operation::Covers(wanted)),
            &node.span,
        );
    }
}

pub(super) fn compile_schema(compiler: &mut Compiler<'_>, node: &Node) {
    if let Some(schema) = compiler.decoder().schema(Written::Node(node)) {
        compiler.held(
            Json("schema"),
            Matcher::of(Operation::Schema(schema)),
            &node.span,
        );
    }
}

/// The body as a document, or why it is none.
pub(super) fn document(response: &Response) -> Result<&Value, String> {
    if response.body.is_empty() {
        return Err("the body is empty, not JSON".to_owned());
    }
    response.json().map(|value| &**value).map_err(|error| {
        let kind = response
            .content_type()
            .map_or_else(String::new, |kind| format!(" (`{kind}`)"));
        format!("the body{kind} is not JSON: {error}")
    })
}

/// The body as a document in which every member stands once: of two members with one name, one reader takes the first and
/// the next one the last, so that such a document is not equal to any other.
fn unambiguous(response: &Response) -> Result<&Value, String> {
    let value = document(response)?;
    response
        .duplicate_member()
        .map_or(Ok(value), |path| Err(ambiguous(path)))
}

/// Why an object cannot be evaluated that has the member at the path twice.
pub(super) fn ambiguous(path: &Path) -> String {
    if path.segments().is_empty() {
        return "the body has many members twice, and parsers disagree on which ones count"
            .to_owned();
    }
    format!("the body has the member `{path}` twice, and parsers disagree on which one counts")
}

impl Subject for Json {
    fn label(&self) -> String {
        self.0.to_owned()
    }

    fn read<'a>(&'a self, eval: EvalContext<'a>) -> ReadResult<'a> {
        let Some(response) = eval.response() else {
            return ReadResult::Missing;
        };
        match unambiguous(response) {
            Ok(value) => ReadResult::Found(Cow::Borrowed(value), Interpretation::Typed),
            Err(reason) => ReadResult::Unreadable(reason, None),
        }
    }

    fn missing(&self, _: EvalContext<'_>) -> (String, Option<String>) {
        always()
    }
}
