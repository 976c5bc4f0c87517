//! A WebSocket that is open: the handshake, then messages both ways.

use std::cell::Cell;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::{SinkExt as _, StreamExt as _};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Error as Broken;
use tokio_tungstenite::tungstenite::error::{CapacityError, ProtocolError};
use tokio_tungstenite::tungstenite::protocol::frame::coding::{CloseCode, Data, OpCode};
use tokio_tungstenite::tungstenite::protocol::frame::{CloseFrame, Frame as RawFrame};
use tokio_tungstenite::tungstenite::protocol::{Message as Wire, Role, WebSocketConfig};

use super::super::send::BodyMode;
use super::super::url::host_port;
use super::super::wording;
use super::super::{
    ConnectionPool, Error, ErrorKind, Exchange, HttpVersion, Jar, Options, Request, Settings,
};
use super::transcript::Frame;
use super::{close, handshake};

/// A connection on which both sides send messages.
#[derive(Debug)]
pub struct WebSocket {
    stream: WebSocketStream<TokioIo<Upgraded>>,
    at: String,
    limit: u64,
    /// Whether we have asked for its end.
    closing: bool,
}

impl ConnectionPool {
    /// Makes the handshake. Where the server refuses it, the exchange has its response and there is no WebSocket.
    pub async fn open_websocket(
        &self,
        mut request: Request,
        options: &Options,
        jar: Option<&Jar>,
    ) -> (Exchange, Option<WebSocket>) {
        let mut options = request.effective_options(options).into_owned();
        // The handshake of RFC 6455 is one of HTTP/1.1.
        if options.settings.http != Some(HttpVersion::Http11) {
            let settings = Settings {
                http: Some(HttpVersion::Http11),
                ..Settings::clone(&options.settings)
            };
            options.settings = Arc::new(settings);
        }
        request.settings = Some(Arc::clone(&options.settings));
        let upgraded = Cell::new(None);
        let mut exchange = self
            .exchange(request, &options, jar, BodyMode::Upgrade(&upgraded))
            .await;
        let Some(upgraded) = upgraded.take() else {
            return (exchange, None);
        };
        let refused = exchange
            .result
            .as_ref()
            .ok()
            .and_then(|response| handshake::refused(&exchange.request, response));
        if let Some(reason) = refused {
            let message = format!(
                "`{}` accepted the WebSocket incorrectly: {reason}",
                host_port(&exchange.url)
            );
            exchange.result = Err(Error::new(ErrorKind::Protocol, message));
            return (exchange, None);
        }
        let most = usize::try_from(options.max_body).unwrap_or(usize::MAX);
        let mut config = WebSocketConfig::default();
        (config.max_message_size, config.max_frame_size) = (Some(most), Some(most));
        // The buffer grows where larger messages come.
        config.read_buffer_size = 8 * 1024;
        let stream =
            WebSocketStream::from_raw_socket(TokioIo::new(upgraded), Role::Client, Some(config))
                .await;
        let socket = WebSocket {
            stream,
            at: host_port(&exchange.url),
            limit: options.max_body,
            closing: false,
        };
        (exchange, Some(socket))
    }
}

impl WebSocket {
    /// Sends a frame; a text or bytes in fragments of so many bytes, where that is asked for.
    ///
    /// # Errors
    /// Where the connection is closed or breaks.
    pub async fn send(&mut self, frame: Frame, fragment: Option<usize>) -> Result<(), Error> {
        self.closing |= matches!(frame, Frame::Close(..));
        let sent = match (frame, fragment) {
            (Frame::Text(text), Some(size)) => {
                self.send_in_fragments(Data::Text, Bytes::from(text), size)
                    .await
            }
            (Frame::Binary(bytes), Some(size)) => {
                self.send_in_fragments(Data::Binary, bytes, size).await
            }
            (frame, _) => self.stream.send(wire(frame)).await,
        };
        sent.map_err(|error| self.broken(&error))
    }

    async fn send_in_fragments(
        &mut self,
        kind: Data,
        mut bytes: Bytes,
        size: usize,
    ) -> Result<(), Broken> {
        let mut kind = kind;
        loop {
            let piece = bytes.split_to(size.max(1).min(bytes.len()));
            let frame = RawFrame::message(piece, OpCode::Data(kind), bytes.is_empty());
            self.stream.feed(Wire::Frame(frame)).await?;
            if bytes.is_empty() {
                return self.stream.flush().await;
            }
            kind = Data::Continue;
        }
    }

    /// Waits for the next frame; `None` where the connection is closed in good order. A ping is answered by itself.
    ///
    /// # Errors
    /// Where the connection breaks, what comes is no WebSocket protocol, or a message is larger than the limit.
    pub async fn receive(&mut self) -> Result<Option<Frame>, Error> {
        match self.stream.next().await {
            Some(Ok(Wire::Close(Some(close)))) if !self.closing && is_stand_in(&close) => {
                Err(self.wrong_close())
            }
            Some(Ok(message)) => Ok(Some(frame(message))),
            None | Some(Err(Broken::ConnectionClosed | Broken::AlreadyClosed)) => Ok(None),
            Some(Err(error)) => Err(self.broken(&error)),
        }
    }

    fn wrong_close(&self) -> Error {
        let why = "a close code that must not be sent, such as 1005, or none of 1000 to 4999";
        Error::new(
            ErrorKind::Protocol,
            format!("`{}` violates the WebSocket protocol: {why}", self.at),
        )
    }

    /// The error where a frame could not be sent in time.
    #[must_use]
    pub fn not_taken(&self) -> Error {
        let message = format!(
            "timed out while sending to `{}`, which does not read",
            self.at
        );
        Error::new(ErrorKind::Timeout, message).hint("`timeout` sets the limit")
    }

    fn broken(&self, error: &Broken) -> Error {
        let at = &self.at;
        let protocol = |message: String| Error::new(ErrorKind::Protocol, message);
        match error {
            Broken::ConnectionClosed
            | Broken::AlreadyClosed
            | Broken::Protocol(ProtocolError::SendAfterClosing) => {
                protocol(format!("the WebSocket to `{at}` is closed already"))
            }
            Broken::Io(_) | Broken::Protocol(ProtocolError::ResetWithoutClosingHandshake) => {
                let message = format!(
                    "`{at}` ended the connection without a close frame ({})",
                    close::told(1006)
                );
                protocol(message).hint(
                    "did the server crash, or does a proxy in between close idle connections?",
                )
            }
            Broken::Capacity(CapacityError::MessageTooLong { .. }) => {
                let limit = wording::size(self.limit);
                let message = format!("`{at}` sent a message larger than the limit of {limit}");
                Error::new(ErrorKind::Body, message).hint("`max_body` sets the limit")
            }
            Broken::Utf8(_) => protocol(format!("`{at}` sent a text message that is not UTF-8")),
            Broken::Protocol(why) => {
                protocol(format!("`{at}` violates the WebSocket protocol: {why}"))
            }
            other => protocol(format!("the WebSocket to `{at}` broke: {other}")),
        }
    }
}

/// Whether the library gives this in the place of a close frame whose code must not be sent (RFC 6455 section 7.4).
fn is_stand_in(close: &CloseFrame) -> bool {
    close.code == CloseCode::Protocol && close.reason == "Protocol violation"
}

fn wire(frame: Frame) -> Wire {
    match frame {
        Frame::Text(text) => Wire::text(text),
        Frame::Binary(bytes) => Wire::Binary(bytes),
        Frame::Ping(bytes) => Wire::Ping(bytes),
        Frame::Pong(bytes) => Wire::Pong(bytes),
        Frame::Close(code, reason) => Wire::Close(code.map(|code| CloseFrame {
            code: code.into(),
            reason: reason.into(),
        })),
    }
}

fn frame(message: Wire) -> Frame {
    match message {
        Wire::Text(text) => Frame::Text(text.as_str().to_owned()),
        Wire::Binary(bytes) => Frame::Binary(bytes),
        Wire::Ping(bytes) => Frame::Ping(bytes),
        Wire::Pong(bytes) => Frame::Pong(bytes),
        Wire::Close(None) => Frame::Close(None, String::new()),
        Wire::Close(Some(close)) => {
            Frame::Close(Some(close.code.into()), close.reason.as_str().to_owned())
        }
        // The reader gives whole messages only.
        Wire::Frame(raw) => Frame::Binary(raw.into_payload()),
    }
}
