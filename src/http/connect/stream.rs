//! An open connection as bytes, read on when writing fails: a server may respond before it has read the whole request and then
//! close or reset the connection.

use std::fmt;
use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::super::first_bytes::FirstBytes;
use super::super::{HttpVersion, Peer, Proxy};
use super::interim::{Frames, Heads};
use super::io::Io;

/// How many bytes are read over HTTP/2 before timers and signals get their turn.
const READ_AT_ONCE: usize = 64 * 1024;

/// An open connection to the server of a URL, behind proxy and TLS if there are any.
pub struct Stream {
    io: Io,
    /// The other end.
    pub peer: Peer,
    /// The version of HTTP that both ends agreed on by TLS, if so.
    pub(in crate::http) agreed: Option<HttpVersion>,
    /// The proxy that wants whole requests, not a tunnel.
    pub(in crate::http) forwards: Option<Proxy>,
    /// The first bytes of what the other end says.
    pub(in crate::http) heard: FirstBytes,
    protocol: Protocol,
    /// Why writing failed, while reading goes on.
    failed: Option<io::ErrorKind>,
}

/// The protocol that a stream carries, with the state that bounds its interim responses.
enum Protocol {
    /// Bytes that are not looked at.
    Raw,
    /// HTTP/1 whose connection may be taken over: a failed write is reported.
    Handshake(Heads),
    /// HTTP/1.
    Http1(Heads),
    /// HTTP/2, and how many bytes were read since the last pause.
    Http2(Frames, usize),
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stream")
            .field("peer", &self.peer)
            .finish_non_exhaustive()
    }
}

impl Stream {
    pub(super) fn new(
        io: Io,
        peer: Peer,
        agreed: Option<HttpVersion>,
        forwards: Option<Proxy>,
    ) -> Self {
        Self {
            io,
            peer,
            agreed,
            forwards,
            heard: FirstBytes::default(),
            protocol: Protocol::Raw,
            failed: None,
        }
    }

    /// Carries HTTP/1 from here on; after a handshake the connection may carry another protocol.
    pub(in crate::http) fn speak_http1(&mut self, is_handshake: bool) {
        let heads = Heads::default();
        self.protocol = if is_handshake {
            Protocol::Handshake(heads)
        } else {
            Protocol::Http1(heads)
        };
    }

    /// Carries HTTP/2 from here on.
    pub(in crate::http) fn speak_http2(&mut self) {
        self.protocol = Protocol::Http2(Frames::default(), 0);
    }

    /// Notes that writing failed. `None` if reading has no use any more.
    fn survive(&mut self, error: &io::Error, context: &Context<'_>) -> Option<()> {
        let is_http = matches!(self.protocol, Protocol::Http1(_) | Protocol::Http2(..));
        let is_gone = matches!(
            error.kind(),
            io::ErrorKind::BrokenPipe
                | io::ErrorKind::ConnectionReset
                | io::ErrorKind::ConnectionAborted
        );
        (is_http && is_gone).then(|| {
            self.failed = Some(error.kind());
            // Whatever came before the connection broke is read now.
            context.waker().wake_by_ref();
        })
    }

    /// Writing after it failed. Over HTTP/1 the rest of an upload is not asked for any more, while over HTTP/2 a frame that
    /// cannot be written would keep others from being read.
    fn discard<T>(&self, written: T) -> Poll<io::Result<T>> {
        if matches!(self.protocol, Protocol::Http2(..)) {
            Poll::Ready(Ok(written))
        } else {
            Poll::Pending
        }
    }

    fn write<T>(
        &mut self,
        context: &mut Context<'_>,
        all: T,
        write: impl FnOnce(Pin<&mut Io>, &mut Context<'_>) -> Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if self.failed.is_some() {
            return self.discard(all);
        }
        match write(Pin::new(&mut self.io), context) {
            Poll::Ready(Err(error)) => match self.survive(&error, context) {
                Some(()) => self.discard(all),
                None => Poll::Ready(Err(error)),
            },
            other => other,
        }
    }

    /// Bounds what comes before a response.
    fn look(&mut self, bytes: &[u8]) -> io::Result<()> {
        match &mut self.protocol {
            Protocol::Raw => Ok(()),
            Protocol::Handshake(heads) | Protocol::Http1(heads) => heads.look(bytes),
            Protocol::Http2(frames, read) => {
                *read += bytes.len();
                frames.look(bytes)
            }
        }
    }

    /// Whether so much was read that others have their turn.
    fn pauses(&mut self) -> bool {
        match &mut self.protocol {
            Protocol::Http2(_, read) if *read >= READ_AT_ONCE => {
                *read = 0;
                true
            }
            _ => false,
        }
    }

    fn request_goes_out(&mut self) {
        if let Protocol::Handshake(heads) | Protocol::Http1(heads) = &mut self.protocol {
            heads.request_goes_out();
        }
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.pauses() {
            // The first poll hands over to the runtime, which looks at timers and signals before it comes back.
            return pin!(tokio::task::yield_now()).poll(context).map(Ok);
        }
        let before = buffer.filled().len();
        std::task::ready!(Pin::new(&mut self.io).poll_read(context, buffer))?;
        let came = buffer.filled().get(before..).unwrap_or_default();
        if came.is_empty() && self.failed == Some(io::ErrorKind::ConnectionReset) {
            // The system reports a reset once, and writing was told: this is not the end of a response.
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        self.heard.note(came);
        Poll::Ready(self.look(came))
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.request_goes_out();
        self.write(context, bytes.len(), |io, context| {
            io.poll_write(context, bytes)
        })
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.request_goes_out();
        let all = pieces.iter().map(|piece| piece.len()).sum();
        self.write(context, all, |io, context| {
            io.poll_write_vectored(context, pieces)
        })
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.write(context, (), AsyncWrite::poll_flush)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.failed.is_some() {
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.io).poll_shutdown(context)
    }
}
