//! Where the time of one request went.

use std::time::Duration;

/// Where the time of one request went; together the phases are its `total`. `None` where there was no such phase: a
/// connection that was open already is neither looked up nor made, and without a response there is no first byte.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Timing {
    /// The name was looked up.
    pub dns: Option<Duration>,
    /// The connection was made, that of a proxy included.
    pub connect: Option<Duration>,
    /// The TLS handshake.
    pub tls: Option<Duration>,
    /// From the connection that stands to the head of the response.
    pub first_byte: Option<Duration>,
    /// From the head of the response to the end of its body.
    pub download: Option<Duration>,
    /// All of it.
    pub total: Duration,
}

/// A part of the time of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "they are the members of `Timing`")]
pub enum Phase {
    Dns,
    Connect,
    Tls,
    FirstByte,
    Download,
    Total,
}

impl Phase {
    /// All of them, in the order in which they happen.
    pub const ALL: [Self; 6] = [
        Self::Dns,
        Self::Connect,
        Self::Tls,
        Self::FirstByte,
        Self::Download,
        Self::Total,
    ];

    /// The name that `expect.time` knows: `dns`, `connect`, `tls`, `first_byte`, `download`, `total`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Dns => "dns",
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::FirstByte => "first_byte",
            Self::Download => "download",
            Self::Total => "total",
        }
    }
}

impl Timing {
    /// How long a phase took, where there was one.
    #[must_use]
    pub fn phase(&self, phase: Phase) -> Option<Duration> {
        match phase {
            Phase::Dns => self.dns,
            Phase::Connect => self.connect,
            Phase::Tls => self.tls,
            Phase::FirstByte => self.first_byte,
            Phase::Download => self.download,
            Phase::Total => Some(self.total),
        }
    }
}
