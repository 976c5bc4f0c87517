//! `messages`: the conversation over a WebSocket, step by step.

use std::time::Duration;

use indexmap::IndexMap;

use super::keys::{CLOSE, PAYLOAD, STEP, STEP_OPTIONS};
use super::{Data, Entry, Node, Problems, Spanned, Table, check_keys, request, wrong_type};
use crate::source::Diagnostic;
use crate::template::{Document, Template};

/// What is said over a WebSocket.
#[derive(Debug, Clone, Default)]
pub struct Conversation {
    /// The sub-protocols that are offered.
    pub subprotocols: Vec<String>,
    /// The steps, in order.
    pub messages: Vec<Spanned<Message>>,
}

/// A step of a conversation as written.
#[derive(Debug, Clone)]
pub enum Message {
    /// Sends something.
    Send {
        /// What.
        payload: Spanned<Payload>,
        /// The largest frame in bytes.
        fragment: Option<usize>,
    },
    /// Waits for something.
    Expect {
        /// What, as written: `check` compiles it.
        expect: Node,
        /// The most that waiting may take.
        within: Option<Duration>,
        /// Whether messages that are not like it are passed over.
        skip_others: bool,
        /// Values to take from it, as written: `check` compiles them.
        captures: IndexMap<String, Entry>,
    },
    /// Waits, and no message may come.
    Silence(Duration),
    /// Closes.
    Close {
        /// The code.
        code: u16,
        /// The reason.
        reason: Option<Spanned<Template>>,
    },
}

/// What is sent.
#[derive(Debug, Clone)]
pub enum Payload {
    /// A text.
    Text(Template),
    /// A document, as a text.
    Json(Document),
    /// Bytes, in base64.
    Base64(Template),
    /// A ping.
    Ping(Template),
}

/// Decodes `messages`.
pub(super) fn decode(node: &Node, problems: &mut Problems) -> Vec<Spanned<Message>> {
    let Data::Array(items) = &node.data else {
        problems.push(wrong_type(
            node,
            "a list of steps such as `{ send = \"…\" }`",
        ));
        return Vec::new();
    };
    items
        .iter()
        .filter_map(|item| Some(Spanned::new(&item.span, step(item, problems)?)))
        .collect()
}

fn step(node: &Node, problems: &mut Problems) -> Option<Message> {
    let table = node.table(
        "a step such as `{ send = \"…\" }` or `{ expect = { … } }`",
        problems,
    )?;
    check_keys(
        table,
        &[STEP, STEP_OPTIONS],
        "a step of `messages`",
        problems,
    );
    let written: Vec<_> = STEP
        .iter()
        .filter_map(|key| Some((key.name, table.get(key.name)?)))
        .collect();
    let [(key, value)] = written.as_slice() else {
        if written.is_empty()
            && table
                .iter()
                .any(|(key, _)| !STEP_OPTIONS.iter().any(|known| known.name == key))
        {
            return None; // what is misspelt is told already
        }
        return problems.refuse(Diagnostic::error(
            &node.span,
            "a step has one of `send`, `expect`, `silence` and `close`",
        ));
    };
    check_options(key, table, problems);
    match *key {
        "send" => Some(Message::Send {
            payload: payload(value, problems)?,
            fragment: fragment(table, problems),
        }),
        "expect" => Some(Message::Expect {
            expect: (*value).clone(),
            within: table.get("within").and_then(|node| node.duration(problems)),
            skip_others: table
                .get("skip_others")
                .and_then(|node| node.boolean(problems))
                .unwrap_or(false),
            captures: table
                .get("capture")
                .map(|node| request::captures(node.clone(), problems))
                .unwrap_or_default(),
        }),
        "silence" => value.duration(problems).map(Message::Silence),
        _ => close(value, problems),
    }
}

/// What stands beside a step that has no use for it.
fn check_options(step: &str, table: &Table, problems: &mut Problems) {
    for key in STEP_OPTIONS {
        let of = if key.name == "fragment" {
            "send"
        } else {
            "expect"
        };
        if let Some(entry) = table.entry(key.name).filter(|_| of != step) {
            problems.push(Diagnostic::error(
                &entry.key,
                format!("`{}` belongs to `{of}`, not to `{step}`", key.name),
            ));
        }
    }
}

fn fragment(table: &Table, problems: &mut Problems) -> Option<usize> {
    let node = table.get("fragment")?;
    match node.count(problems)? {
        0 => problems.refuse(Diagnostic::error(
            &node.span,
            "a frame has at least one byte",
        )),
        size => usize::try_from(size).ok(),
    }
}

fn payload(node: &Node, problems: &mut Problems) -> Option<Spanned<Payload>> {
    let Some(table) = node.as_table() else {
        return Some(Spanned::new(
            &node.span,
            Payload::Text(node.scalar_template(problems)?),
        ));
    };
    check_keys(table, &[PAYLOAD], "`send`", problems);
    let mut entries = table
        .iter()
        .filter(|(key, _)| PAYLOAD.iter().any(|known| known.name == *key));
    let (Some((key, entry)), None) = (entries.next(), entries.next()) else {
        return problems.refuse(Diagnostic::error(
            &node.span,
            "`send` has one of `text`, `json`, `base64` and `ping`",
        ));
    };
    let value = &entry.value;
    let payload = match key {
        "text" => Payload::Text(value.scalar_template(problems)?),
        "json" => Payload::Json(value.document(problems)?),
        "base64" => Payload::Base64(super::body::base64(value, problems)?),
        _ => Payload::Ping(value.template(problems)?),
    };
    Some(Spanned::new(&value.span, payload))
}

fn close(node: &Node, problems: &mut Problems) -> Option<Message> {
    let Some(table) = node.as_table() else {
        return Some(Message::Close {
            code: code(node, problems)?,
            reason: None,
        });
    };
    check_keys(table, &[CLOSE], "`close`", problems);
    let reason = table
        .get("reason")
        .map(|node| Some(Spanned::new(&node.span, node.template(problems)?)));
    let code = table
        .get("code")
        .map_or(Some(1000), |node| code(node, problems))?;
    Some(Message::Close {
        code,
        reason: reason.flatten(),
    })
}

/// A code that may be sent (RFC 6455 section 7.4): 1005, 1006 and 1015 never go over the wire.
fn code(node: &Node, problems: &mut Problems) -> Option<u16> {
    let code = node.count(problems)?;
    if let Ok(code @ (1000..=1003 | 1007..=1014 | 3000..=4999)) = u16::try_from(code) {
        return Some(code);
    }
    let problem = Diagnostic::error(
        &node.span,
        format!("{code} is not a close code that can be sent"),
    );
    problems.refuse(problem.hint("1000 is the normal one; 3000 to 4999 are an application's own"))
}
