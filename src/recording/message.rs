//! A frame of a WebSocket as our own format keeps it, and as Chrome writes it into HAR.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::entry::Body;
use super::har::WebSocketMessage;
use crate::http::{Frame, TranscriptFrame};
use crate::secret::Redactor;

/// What one side said over a WebSocket.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// Whether it was sent, not received.
    pub sent: bool,
    /// When, in seconds from the beginning of the handshake.
    pub at_s: f64,
    /// `text`, `binary`, `ping`, `pong` or `close`.
    pub kind: String,
    /// The code of a close frame.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<u16>,
    /// What it carries; of a close frame the reason.
    pub body: Body,
}

/// The kinds of frames, and their numbers on the wire (RFC 6455 section 5.2).
const OPCODES: [(&str, u8); 5] = [
    ("text", 1),
    ("binary", 2),
    ("close", 8),
    ("ping", 9),
    ("pong", 10),
];

impl Message {
    /// A frame as it may be written.
    pub(super) fn new(said: &TranscriptFrame, redactor: &Redactor) -> Self {
        let code = if let Frame::Close(code, _) = &said.frame {
            *code
        } else {
            None
        };
        let body = Body::of(said.frame.bytes(), redactor);
        Self {
            sent: said.sent,
            at_s: said.at.as_secs_f64(),
            kind: said.frame.kind().to_owned(),
            code,
            body,
        }
    }

    /// The frame as it was.
    ///
    /// # Errors
    /// Where its body cannot be read, or there is no such kind.
    pub(super) fn said(&self) -> Result<TranscriptFrame, String> {
        let bytes = self.body.bytes()?;
        let text = |bytes: Vec<u8>| {
            String::from_utf8(bytes).map_err(|_| format!("a {} is not UTF-8 text", self.kind))
        };
        let frame = match self.kind.as_str() {
            "text" => Frame::Text(text(bytes)?),
            "binary" => Frame::Binary(bytes.into()),
            "ping" => Frame::Ping(bytes.into()),
            "pong" => Frame::Pong(bytes.into()),
            "close" => Frame::Close(self.code, text(bytes)?),
            other => return Err(format!("`{other}` is not a kind of message")),
        };
        Ok(TranscriptFrame {
            sent: self.sent,
            frame,
            at: Duration::try_from_secs_f64(self.at_s).unwrap_or_default(),
        })
    }

    /// As Chrome has it, which knows texts and bytes only; times count from when the entry begins.
    pub(super) fn to_har(&self, begin: &str) -> WebSocketMessage {
        let opcode = OPCODES
            .iter()
            .find(|(kind, _)| *kind == self.kind)
            .map_or(1, |(_, opcode)| *opcode);
        let data = match &self.body {
            Body::Text(text) if self.kind == "binary" => Body::base64(text.as_bytes()),
            Body::Text(text) | Body::Base64(text) => text.clone(),
        };
        let kind = if self.sent { "send" } else { "receive" };
        WebSocketMessage {
            kind: kind.to_owned(),
            time: seconds(begin) + self.at_s,
            opcode,
            data,
            code: self.code,
        }
    }

    /// Of what Chrome wrote.
    pub(super) fn of_har(message: WebSocketMessage, begin: &str) -> Self {
        let kind = OPCODES
            .iter()
            .find(|(_, opcode)| *opcode == message.opcode)
            .map_or("text", |(kind, _)| kind);
        let body = if kind == "binary" {
            Body::Base64(message.data)
        } else {
            Body::Text(message.data)
        };
        // A microsecond is what a number of this size can tell.
        let at_s = ((message.time - seconds(begin)).max(0.0) * 1e6).round() / 1e6;
        Self {
            sent: message.kind == "send",
            at_s,
            kind: kind.to_owned(),
            code: message.code,
            body,
        }
    }
}

/// A moment in seconds since 1970.
fn seconds(time: &str) -> f64 {
    time.parse::<Timestamp>()
        .map_or(0.0, |time| time.as_duration().as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_of_every_kind_come_back_in_both_formats() {
        let begin = "2026-01-02T03:04:05.25Z";
        let frames = [
            Frame::Text("héllo \"you\"".into()),
            Frame::Binary((&b"\x00\xff"[..]).into()),
            Frame::Binary((&b"text"[..]).into()),
            Frame::Ping((&b"there?"[..]).into()),
            Frame::Pong((&b"there?"[..]).into()),
            Frame::Close(Some(4001), "bye".into()),
            Frame::Close(None, String::new()),
        ];
        for (index, frame) in frames.into_iter().enumerate() {
            let said = TranscriptFrame {
                sent: index % 2 == 0,
                frame,
                at: Duration::from_micros(1500 + index as u64),
            };
            let message = Message::new(&said, &Redactor::default());
            assert_eq!(message.said().as_ref(), Ok(&said));
            let har = serde_json::to_string(&message.to_har(begin)).unwrap();
            let read = Message::of_har(serde_json::from_str(&har).unwrap(), begin);
            assert_eq!(read.said(), Ok(said), "{har}");
        }
    }

    #[test]
    fn secrets_are_removed() {
        let redactor = Redactor::default();
        redactor.add("token", "tok-3b1f9a77c2").unwrap();
        let said = TranscriptFrame {
            sent: true,
            frame: Frame::Text("{\"token\":\"tok-3b1f9a77c2\"}".into()),
            at: Duration::ZERO,
        };
        let har = Message::new(&said, &redactor).to_har("2026-01-02T03:04:05Z");
        assert_eq!(
            (har.data.as_str(), har.time),
            ("{\"token\":\"***\"}", 1_767_323_045.0)
        );
    }
}
