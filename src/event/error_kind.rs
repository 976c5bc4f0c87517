//! The classes of transport errors.

use serde::{Deserialize, Serialize};

/// The class of a failure on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
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

    /// Their names.
    pub const NAMES: [&str; 9] = {
        let mut names = [""; 9];
        let mut at = 0;
        while at < names.len() {
            names[at] = Self::ALL[at].name();
            at += 1;
        }
        names
    };

    /// The name that `expect.error` knows: `dns`, `connect`, `reset`, `tls`, `timeout`, `protocol`, `body`, `request`, `auth`.
    #[must_use]
    pub const fn name(self) -> &'static str {
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

    /// The class of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Whether no request can have reached the server.
    #[must_use]
    pub fn is_unreachable(self) -> bool {
        matches!(self, Self::Dns | Self::Connect | Self::Tls)
    }
}
