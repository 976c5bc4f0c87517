//! What a message or an event has beside its data: `type`, `close`, `reason`, `ping`, `pong`; `event`, `id`, `data`.

use std::borrow::Cow;

use super::{Compile, ReadResult, Subject, key};
use crate::check::compile::Compiler;
use crate::check::expectation::EvalContext;
use crate::check::matcher::{Domain, Interpretation};
use crate::syntax::{Data, Key, Node};
use crate::value::Value;

/// What a message of a WebSocket has.
pub(in crate::check) const OF_MESSAGE: &[(Key, Compile)] = &[
    (
        key("type", "#matcher", "`\"text\"` or `\"binary\"`"),
        compile_type,
    ),
    (
        key("close", "#matcher|true", "the expected close code"),
        compile_close,
    ),
    (
        key("reason", "#matcher", "the expected close reason"),
        compile_reason,
    ),
    (
        key(
            "ping",
            "#matcher|true",
            "an expected ping: `true`, or its payload",
        ),
        compile_ping,
    ),
    (
        key(
            "pong",
            "#matcher|true",
            "an expected pong: `true`, or its payload",
        ),
        compile_pong,
    ),
];

/// What an event of a stream has.
pub(in crate::check) const OF_EVENT: &[(Key, Compile)] = &[
    (
        key(
            "event",
            "#matcher",
            "its type; `message` if the stream does not set one",
        ),
        compile_event,
    ),
    (key("id", "#matcher", "the last event id"), compile_id),
    (key("data", "#matcher", "its data, as text"), compile_data),
];

fn compile_type(compiler: &mut Compiler<'_>, node: &Node) {
    member("type", compiler, node);
}

fn compile_close(compiler: &mut Compiler<'_>, node: &Node) {
    member("close", compiler, node);
}

fn compile_reason(compiler: &mut Compiler<'_>, node: &Node) {
    member("reason", compiler, node);
}

fn compile_ping(compiler: &mut Compiler<'_>, node: &Node) {
    member("ping", compiler, node);
}

fn compile_pong(compiler: &mut Compiler<'_>, node: &Node) {
    member("pong", compiler, node);
}

fn compile_event(compiler: &mut Compiler<'_>, node: &Node) {
    member("event", compiler, node);
}

fn compile_id(compiler: &mut Compiler<'_>, node: &Node) {
    member("id", compiler, node);
}

fn compile_data(compiler: &mut Compiler<'_>, node: &Node) {
    compiler.matched(Text, node);
}

fn member(name: &'static str, compiler: &mut Compiler<'_>, node: &Node) {
    // `true` says that there is one, and that was waited for.
    if !matches!(node.data, Data::Bool(true)) {
        compiler.matched(Member(name), node);
    }
}

/// A member by its name.
#[derive(Debug)]
struct Member(&'static str);

impl Subject for Member {
    fn label(&self) -> String {
        self.0.to_owned()
    }

    fn read<'a>(&'a self, eval: EvalContext<'a>) -> ReadResult<'a> {
        let line = eval
            .response()
            .and_then(|response| response.header_lines(self.0).next());
        line.map_or(ReadResult::Missing, |text| {
            ReadResult::Found(Cow::Owned(Value::from(text)), Interpretation::Text)
        })
    }

    fn domain(&self) -> Domain {
        match self.0 {
            "type" => Domain::MESSAGE_TYPE,
            "close" => Domain::CLOSE_CODE,
            "event" | "id" => Domain::LINE,
            _ => Domain::STRING,
        }
    }

    fn missing(&self, _: EvalContext<'_>) -> (String, Option<String>) {
        (format!("it has no `{}`", self.0), None)
    }
}

/// The data of an event.
#[derive(Debug)]
struct Text;

impl Subject for Text {
    fn label(&self) -> String {
        "data".to_owned()
    }

    fn read<'a>(&'a self, eval: EvalContext<'a>) -> ReadResult<'a> {
        match eval.response().map(crate::http::Response::text) {
            Some(Ok(text)) => super::typed(&**text),
            _ => ReadResult::Missing,
        }
    }

    fn domain(&self) -> Domain {
        Domain::TEXT
    }

    fn missing(&self, _: EvalContext<'_>) -> (String, Option<String>) {
        super::always()
    }
}
