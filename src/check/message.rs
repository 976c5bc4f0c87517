//! A part of a conversation as a response of its own: a WebSocket's message, or an event of a stream, so that every
//! expectation and capture of a body is one of it too.

use super::Expectation;
use super::compile::{Compiler, Setting};
use super::subject;
use crate::http::{Exchange, Frame, Header, Request, Response, ServerEvent};
use crate::source::Span;
use crate::syntax::{Key, Node, Problems, Table, unknown_key, wrong_type};

/// The keys of `expect` that a message shares with a response.
const SHARED: [&str; 12] = [
    "text",
    "json",
    "json_text",
    "json_contains",
    "jsonpath",
    "schema",
    "xpath",
    "css",
    "bytes",
    "sha256",
    "size",
    "that",
];

/// What is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageKind {
    /// A message of a WebSocket.
    Message,
    /// An event of a stream.
    Event,
}

impl MessageKind {
    fn own(self) -> &'static [(Key, subject::Compile)] {
        match self {
            Self::Message => subject::OF_MESSAGE,
            Self::Event => subject::OF_EVENT,
        }
    }

    fn described(self) -> &'static str {
        match self {
            Self::Message => "a message",
            Self::Event => "an event",
        }
    }
}

/// The keys of what is expected of a message or event.
pub fn message_subjects(kind: MessageKind) -> impl Iterator<Item = Key> + Clone {
    let shared = subject::ALL
        .iter()
        .filter(|(key, _)| SHARED.contains(&key.name));
    kind.own().iter().chain(shared).map(|(key, _)| *key)
}

/// Compiles what is expected of a message or event: a text is what its data is, `{}` any will do.
pub fn compile_message(
    kind: MessageKind,
    node: &Node,
    setting: &Setting<'_>,
    problems: &mut Problems,
) -> Vec<Expectation> {
    let empty = Table::default();
    let Some(table) = node.as_table() else {
        if node.as_str().is_none() {
            problems.push(wrong_type(node, "a string, or a table of expectations"));
            return Vec::new();
        }
        let mut compiler = Compiler::new(&empty, setting, problems);
        subject::compile_text(&mut compiler, node);
        return compiler.finish();
    };
    let mut compiler = Compiler::new(table, setting, problems);
    for (name, entry) in table.iter() {
        let shared = || {
            subject::ALL
                .iter()
                .find(|(key, _)| key.name == name && SHARED.contains(&key.name))
        };
        if let Some((_, compile)) = kind
            .own()
            .iter()
            .find(|(key, _)| key.name == name)
            .or_else(shared)
        {
            compile(&mut compiler, &entry.value);
        } else {
            let known = message_subjects(kind).map(|key| key.name);
            compiler
                .problems
                .push(unknown_key(&entry.key, name, kind.described(), known));
        }
    }
    compiler.finish()
}

/// The setting of what is judged inside of a conversation.
pub(super) fn inner<'a>(place: &'a Span, setting: &Setting<'a>) -> Setting<'a> {
    Setting {
        place,
        defaults: false,
        ..*setting
    }
}

/// A frame as a response: its payload is the body.
#[must_use]
pub fn of_frame(request: &Request, frame: &Frame) -> Exchange {
    let payload = || String::from_utf8_lossy(frame.bytes()).into_owned();
    let header = |name: &str, value: String| (name.to_owned(), value);
    let headers = match frame {
        Frame::Text(_) | Frame::Binary(_) => vec![header("type", frame.kind().to_owned())],
        Frame::Ping(_) | Frame::Pong(_) => vec![header(frame.kind(), payload())],
        Frame::Close(code, reason) => {
            vec![
                header("close", code.unwrap_or(1005).to_string()),
                header("reason", reason.clone()),
            ]
        }
    };
    answer(request, headers, frame.bytes().to_vec())
}

/// An event as a response: its data is the body.
#[must_use]
pub fn of_event(request: &Request, event: &ServerEvent) -> Exchange {
    let headers = vec![
        ("event".to_owned(), event.event.clone()),
        ("id".to_owned(), event.id.clone()),
    ];
    answer(request, headers, event.data.clone().into_bytes())
}

fn answer(request: &Request, headers: Vec<Header>, body: Vec<u8>) -> Exchange {
    // The body of the request is nothing that a message is judged by.
    let request = Request {
        body: None,
        ..request.clone()
    };
    Exchange::of(request, Response::new(200, headers, body))
}
