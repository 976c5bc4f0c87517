//! What was sent and received, as reports show it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A request and its response.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Exchange {
    /// What was sent.
    pub request: Message,
    /// The responses that redirected.
    pub hops: Vec<Hop>,
    /// What came back; `None` where nothing did. Its body is the part that came, if it is broken.
    pub response: Option<Message>,
    /// Why nothing came back, or why the body of what came is broken.
    pub error: Option<String>,
    /// Cookies that responses set on the way and that were not kept: the name of each, and why.
    #[serde(default)]
    pub refused_cookies: Vec<(String, String)>,
    /// Where the time of the last request went.
    #[serde(default)]
    pub timing: Timing,
    /// What was said over a WebSocket; of a long conversation its beginning and its end.
    #[serde(default)]
    pub messages: Vec<Frame>,
}

/// What one side said over a WebSocket.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Frame {
    /// Whether it was sent, not received.
    pub sent: bool,
    /// `text`, `binary`, `ping`, `pong` or `close`.
    pub kind: String,
    /// The code of a close frame.
    pub code: Option<u16>,
    /// What it carries; of a close frame the reason.
    pub body: Body,
    /// When, in seconds from the beginning of the handshake.
    #[serde(rename = "at_s", with = "super::seconds")]
    pub at: Duration,
}

/// A request or a response.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// `GET https://… HTTP/1.1` or `HTTP/1.1 200 OK`.
    pub line: String,
    /// The headers in their order; values that are secret or sensitive hidden.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Option<Body>,
}

/// A body, bounded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Body {
    /// How many bytes it has in all.
    pub size: usize,
    /// Its text, cut where it is long; `None` for bytes that are not text.
    pub text: Option<String>,
    /// Whether the text was cut.
    pub cut: bool,
}

/// A response that redirected.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Hop {
    /// The URL that was asked.
    pub url: String,
    /// The status of its response.
    pub status: u16,
    /// The headers of its response, as in a message.
    #[serde(default)]
    pub headers: Vec<(String, String)>,
    /// How long it took.
    #[serde(rename = "duration_s", with = "super::seconds")]
    pub duration: Duration,
    /// Where that time went.
    #[serde(default)]
    pub timing: Timing,
}

/// Where the time of a request went; `None` where there was no such phase, as on a connection that was open already.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timing {
    /// The name was looked up.
    #[serde(rename = "dns_s", default, with = "super::seconds::maybe")]
    pub dns: Option<Duration>,
    /// The connection was made.
    #[serde(rename = "connect_s", default, with = "super::seconds::maybe")]
    pub connect: Option<Duration>,
    /// The TLS handshake.
    #[serde(rename = "tls_s", default, with = "super::seconds::maybe")]
    pub tls: Option<Duration>,
    /// From the connection that stands to the head of the response.
    #[serde(rename = "first_byte_s", default, with = "super::seconds::maybe")]
    pub first_byte: Option<Duration>,
    /// From the head of the response to the end of its body.
    #[serde(rename = "download_s", default, with = "super::seconds::maybe")]
    pub download: Option<Duration>,
    /// All of it.
    #[serde(rename = "total_s", with = "super::seconds")]
    pub total: Duration,
}
