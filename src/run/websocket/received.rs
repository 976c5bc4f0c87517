//! What comes over a `WebSocket`, and how it is described.

use crate::http::{Error, Frame, close_meaning};

/// What came, or did not.
pub(super) enum Received {
    Frame(Frame),
    /// The connection is closed in good order.
    Closed,
    Broken(Error),
    TimedOut,
}

/// What came instead, in words.
pub(super) fn told(heard: &Received) -> String {
    match heard {
        Received::TimedOut => "nothing came".to_owned(),
        Received::Closed => "the connection is closed".to_owned(),
        Received::Broken(error) => error.message.clone(),
        Received::Frame(Frame::Close(code, reason)) => {
            let code = code.unwrap_or(1005);
            let meaning = close_meaning(code)
                .map(|meaning| format!(", {meaning}"))
                .unwrap_or_default();
            let reason = if reason.is_empty() {
                String::new()
            } else {
                format!(": {}", crate::value::diff::show(&reason.as_str().into()))
            };
            format!("the server closed with {code}{meaning}{reason}")
        }
        Received::Frame(Frame::Text(text)) => format!(
            "a message arrived: {}",
            crate::value::diff::show(&text.as_str().into())
        ),
        Received::Frame(frame) => format!(
            "a {} message of {} arrived",
            frame.kind(),
            crate::text::size(frame.bytes().len() as u64)
        ),
    }
}

pub(super) fn hint(heard: &Received) -> Option<String> {
    let text = match heard {
        Received::Frame(Frame::Close(Some(1009), _)) => {
            "`fragment = 32000` sends it in smaller frames; API Gateway accepts 32 KB per frame and 128 KB per message"
        }
        Received::Frame(Frame::Close(Some(1003), _)) => {
            "API Gateway does not accept binary messages: send text"
        }
        Received::Broken(error) => return error.hint.clone(),
        _ => return None,
    };
    Some(text.to_owned())
}
