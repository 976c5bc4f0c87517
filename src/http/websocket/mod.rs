//! `WebSocket` (RFC 6455): the handshake over the same connections as any request, then messages both ways.
//!
//! Extensions are not offered, `permessage-deflate` among them: what is sent is what goes over the wire.

mod close;
mod handshake;
mod socket;
mod transcript;

pub use close::{MISSING, meaning};
pub use handshake::headers as handshake_headers;
pub use socket::WebSocket;
pub use transcript::{Frame, Transcript, TranscriptFrame};
