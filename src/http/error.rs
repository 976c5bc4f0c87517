//! Why there is no answer.

use std::fmt;

/// The class of a failure on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// The host's name has no address.
    Dns,
    /// No connection was made: refused, unreachable.
    Connect,
    /// The connection was made, and closed or reset before the response: the server may have received the request.
    Reset,
    /// The TLS handshake failed.
    Tls,
    /// A time limit passed.
    Timeout,
    /// What came is not HTTP, or more than is accepted.
    Protocol,
    /// The body is cut, too large, or cannot be decoded.
    Body,
    /// The request cannot be sent as it is.
    Request,
    /// A token or keys, with which it would be proved who sends the request, cannot be had.
    Auth,
}

/// Why there is no answer, in words for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    /// The class; `expect.error` compares its name.
    pub kind: ErrorKind,
    /// What happened, with host and port.
    pub message: String,
    /// What to look at.
    pub hint: Option<String>,
}

impl Error {
    /// An error without a hint.
    #[must_use]
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            hint: None,
        }
    }

    /// With what to look at.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl ErrorKind {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Dns,
        Self::Connect,
        Self::Reset,
        Self::Tls,
        Self::Timeout,
        Self::Protocol,
        Self::Body,
        Self::Request,
        Self::Auth,
    ];

    /// The name that `expect.error` knows: `dns`, `connect`, `reset`, `tls`, `timeout`, `protocol`, `body`, `request`, `auth`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Dns => "dns",
            Self::Connect => "connect",
            Self::Reset => "reset",
            Self::Tls => "tls",
            Self::Timeout => "timeout",
            Self::Protocol => "protocol",
            Self::Body => "body",
            Self::Request => "request",
            Self::Auth => "auth",
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}
