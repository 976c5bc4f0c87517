//! What was sent and received, as reports show it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A request and its answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Exchange {
    /// What was sent.
    pub request: Message,
    /// The answers that redirected.
    pub hops: Vec<Hop>,
    /// What came back; `None` where nothing did.
    pub response: Option<Message>,
    /// Why nothing came back.
    pub error: Option<String>,
}

/// A request or an answer.
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

/// An answer that redirected.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Hop {
    /// The URL that was asked.
    pub url: String,
    /// The status of its answer.
    pub status: u16,
    /// How long it took.
    #[serde(rename = "duration_s", with = "super::seconds")]
    pub duration: Duration,
}
