//! The conversation over a WebSocket, what is expected in it compiled.

use std::time::Duration;

use indexmap::IndexMap;

use crate::check::{self, Capture, Expectation, MessageKind};
use crate::source::Span;
use crate::syntax::{self, Message, Payload, Problems, Spanned};
use crate::template::Template;

/// How long a message is waited for where `within` does not say.
const WITHIN: Duration = Duration::from_secs(5);

/// What is said over a WebSocket.
#[derive(Debug, Default)]
pub struct Conversation {
    /// The sub-protocols that are offered.
    pub subprotocols: Vec<String>,
    /// The steps, in order.
    pub turns: Vec<Turn>,
}

/// A step of a conversation, and where it is written.
#[derive(Debug)]
pub struct Turn {
    /// Its place.
    pub span: Span,
    /// What is done.
    pub action: Action,
}

/// What a step of a conversation does.
#[derive(Debug)]
pub enum Action {
    /// Sends something, in frames of so many bytes at most.
    Send(Spanned<Payload>, Option<usize>),
    /// Waits for something.
    Expect(Awaited),
    /// Waits, and no message may come.
    Silence(Duration),
    /// Closes with a code and a reason.
    Close(u16, Option<Spanned<Template>>),
}

/// What is waited for.
#[derive(Debug)]
pub struct Awaited {
    /// What kind of frame.
    pub kind: Awaits,
    /// What is expected of it.
    pub expectations: Vec<Expectation>,
    /// Values to take from it.
    pub captures: IndexMap<String, Capture>,
    /// The most that waiting may take.
    pub within: Duration,
    /// Whether messages that are not like it are passed over.
    pub skip_others: bool,
}

/// The kind of frame that is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Awaits {
    /// A text or bytes.
    Message,
    /// A ping.
    Ping,
    /// The response to a ping.
    Pong,
    /// The end.
    Close,
}

/// Compiles a conversation.
pub(super) fn compile(
    written: syntax::Conversation,
    setting: &check::Setting<'_>,
    problems: &mut Problems,
) -> Conversation {
    let turns = written.messages.into_iter().map(|message| Turn {
        action: action(
            message.value,
            &check::Setting {
                place: &message.span,
                defaults: false,
                ..*setting
            },
            problems,
        ),
        span: message.span,
    });
    Conversation {
        turns: turns.collect(),
        subprotocols: written.subprotocols,
    }
}

fn action(message: Message, setting: &check::Setting<'_>, problems: &mut Problems) -> Action {
    match message {
        Message::Send { payload, fragment } => Action::Send(payload, fragment),
        Message::Silence(time) => Action::Silence(time),
        Message::Close { code, reason } => Action::Close(code, reason),
        Message::Expect {
            expect,
            within,
            skip_others,
            captures,
        } => {
            let has = |name: &str| {
                expect
                    .as_table()
                    .is_some_and(|table| table.get(name).is_some())
            };
            let kind = match () {
                () if has("close") => Awaits::Close,
                () if has("ping") => Awaits::Ping,
                () if has("pong") => Awaits::Pong,
                () => Awaits::Message,
            };
            Action::Expect(Awaited {
                kind,
                expectations: check::compile_message(
                    MessageKind::Message,
                    &expect,
                    setting,
                    problems,
                ),
                captures: super::compile::captures(&captures, problems),
                within: within.unwrap_or(WITHIN),
                skip_others,
            })
        }
    }
}

impl Awaits {
    /// What it is, with its article.
    #[must_use]
    pub fn described(self) -> &'static str {
        match self {
            Self::Message => "a message",
            Self::Ping => "a ping",
            Self::Pong => "a pong",
            Self::Close => "a close frame",
        }
    }
}

impl Conversation {
    /// Every message that is waited for.
    pub(crate) fn awaited(&self) -> impl Iterator<Item = &Awaited> {
        self.turns.iter().filter_map(|turn| {
            if let Action::Expect(awaited) = &turn.action {
                Some(awaited)
            } else {
                None
            }
        })
    }
}
