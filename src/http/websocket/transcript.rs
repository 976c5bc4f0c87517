//! What goes over a WebSocket, and what is kept of it.

use std::time::Duration;

use bytes::Bytes;

use super::super::Error;

/// What goes over a WebSocket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Frame {
    /// A text.
    Text(String),
    /// Bytes.
    Binary(Bytes),
    /// A ping, which is answered by itself.
    Ping(Bytes),
    /// The response to a ping.
    Pong(Bytes),
    /// The end, with its code where there is one, and the reason.
    Close(Option<u16>, String),
}

/// A frame of a conversation, as it is told afterwards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TranscriptFrame {
    /// Whether it was sent, not received.
    pub sent: bool,
    /// The frame.
    pub frame: Frame,
    /// When, from the beginning of the handshake.
    pub at: Duration,
}

/// A conversation that is over.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Transcript {
    /// What was said, in order.
    pub said: Vec<TranscriptFrame>,
    /// Why it broke off, where it did.
    pub broke: Option<Error>,
}

impl Frame {
    /// What it carries.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) | Self::Close(_, text) => text.as_bytes(),
            Self::Binary(bytes) | Self::Ping(bytes) | Self::Pong(bytes) => bytes,
        }
    }

    /// `text`, `binary`, `ping`, `pong` or `close`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) => "text",
            Self::Binary(_) => "binary",
            Self::Ping(_) => "ping",
            Self::Pong(_) => "pong",
            Self::Close(..) => "close",
        }
    }
}
