//! HTTP over an open connection.

use std::sync::Arc;

use http::uri::{Authority, PathAndQuery, Scheme, Uri};
use http::{Request, Response};
use hyper::body::Incoming;
use hyper::client::conn::{TrySendError, http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::AbortHandle;
use url::{Position, Url};

use super::connect::{HeaderCaseStream, Stream, Written};
use super::first_bytes::FirstBytes;
use super::header::{MOST_HEAD, MOST_LINES};
use super::outgoing::Outgoing;
use super::{Error, ErrorKind, HeaderCase, HttpVersion, Peer, Proxy, Settings, failure};

/// The bytes of headers that servers are told to send at most over HTTP/2, as the protocol counts them: 32 more a line.
const MOST_HEAD_HTTP2: u32 = 400_000 + 32 * 4_000;
const _: () = assert!(MOST_HEAD_HTTP2 as usize == MOST_HEAD + 32 * MOST_LINES);

/// The longest path with its query that the library knows, in bytes.
const LONGEST_TARGET: usize = 65_534;

/// A connection over which HTTP is spoken.
pub(super) struct Connection {
    sender: Sender,
    /// The other end.
    pub(super) peer: Arc<Peer>,
    /// The proxy that takes requests whole.
    pub(super) forwards: Option<Proxy>,
    /// How the next head is written, if not as the library writes it.
    pub(super) written: Option<Written>,
    /// The first bytes of what the other end says.
    pub(super) heard: FirstBytes,
    /// The task that reads and writes, where it may be ended.
    task: Option<AbortHandle>,
}

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Requests.
    Requests,
    /// A handshake, after which another protocol may be spoken.
    Handshake,
}

enum Sender {
    Http1(http1::SendRequest<Outgoing>),
    Http2(http2::SendRequest<Outgoing>),
}

/// What is known of a connection before HTTP is spoken over it.
fn known_of(stream: &Stream) -> (Arc<Peer>, Option<Proxy>, FirstBytes) {
    (
        Arc::new(stream.peer.clone()),
        stream.forwards.clone(),
        stream.heard.clone(),
    )
}

/// Speaks HTTP/1 over a stream, in a task of its own: what fails there is told to whoever waits for a response.
async fn handshake<T>(
    builder: &http1::Builder,
    stream: T,
) -> hyper::Result<(http1::SendRequest<Outgoing>, AbortHandle)>
where
    T: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let (sender, connection) = builder.handshake(TokioIo::new(stream)).await?;
    let task = tokio::spawn(async move { drop(connection.with_upgrades().await) });
    Ok((sender, task.abort_handle()))
}

impl Connection {
    /// Speaks HTTP over a stream: the version that was agreed on, or the one that is wanted.
    pub(super) async fn start(
        stream: Stream,
        url: &Url,
        settings: &Settings,
        purpose: Purpose,
    ) -> Result<Self, Error> {
        let wanted = settings.http.or(stream.agreed);
        if stream.peer.tls.is_some()
            && settings.http == Some(HttpVersion::Http2)
            && stream.agreed != Some(HttpVersion::Http2)
        {
            let at = super::url::host_port(url);
            return Err(Error::new(
                ErrorKind::Tls,
                format!("TLS handshake with `{at}` failed: it does not support HTTP/2"),
            ));
        }
        let started = if wanted == Some(HttpVersion::Http2) {
            Self::http2(stream).await
        } else {
            Self::http1(stream, settings, purpose).await
        };
        started.map_err(|error| failure::of_head(&error, url, settings))
    }

    async fn http2(mut stream: Stream) -> hyper::Result<Self> {
        let (peer, forwards, heard) = known_of(&stream);
        let mut builder = http2::Builder::new(TokioExecutor::new());
        builder.max_header_list_size(MOST_HEAD_HTTP2);
        stream.speak_http2();
        let (sender, connection) = builder.handshake(TokioIo::new(stream)).await?;
        tokio::spawn(async move { drop(connection.await) });
        Ok(Self {
            sender: Sender::Http2(sender),
            peer,
            forwards,
            written: None,
            task: None,
            heard,
        })
    }

    async fn http1(
        mut stream: Stream,
        settings: &Settings,
        purpose: Purpose,
    ) -> hyper::Result<Self> {
        let (peer, forwards, heard) = known_of(&stream);
        stream.speak_http1(purpose == Purpose::Handshake);
        let mut builder = http1::Builder::new();
        // A value that goes on in the next line is read as one (RFC 9112 section 5.2).
        builder.allow_obsolete_multiline_headers_in_responses(true);
        builder.title_case_headers(settings.header_case == HeaderCase::Title);
        builder.max_headers(MOST_LINES).max_header_size(MOST_HEAD);
        let written = (settings.header_case == HeaderCase::Written || settings.verbatim_target)
            .then(Written::default);
        let (sender, task) = match &written {
            None => handshake(&builder, stream).await?,
            Some(written) => {
                handshake(&builder, HeaderCaseStream::new(stream, written.clone())).await?
            }
        };
        Ok(Self {
            sender: Sender::Http1(sender),
            peer,
            forwards,
            written,
            task: Some(task),
            heard,
        })
    }

    /// Whether HTTP/2 is spoken, so that several requests may be on their way at a time.
    pub(super) fn is_http2(&self) -> bool {
        matches!(self.sender, Sender::Http2(_))
    }

    /// Waits until the next request may be sent; false where the other end has closed.
    pub(super) async fn is_ready(&mut self) -> bool {
        match &mut self.sender {
            Sender::Http1(sender) => sender.ready().await.is_ok(),
            Sender::Http2(sender) => sender.ready().await.is_ok(),
        }
    }

    /// Whether the next request may be sent without waiting: the last one was written whole, and its response read.
    pub(super) fn is_idle(&self) -> bool {
        match &self.sender {
            Sender::Http1(sender) => sender.is_ready(),
            Sender::Http2(sender) => sender.is_ready(),
        }
    }

    /// Ends the connection at once, whatever is still to be written.
    pub(super) fn abort(&self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }

    /// The same connection once more, where several may use it at a time.
    pub(super) fn shared(&self) -> Option<Self> {
        let Sender::Http2(sender) = &self.sender else {
            return None;
        };
        let sender = Sender::Http2(sender.clone());
        Some(Self {
            sender,
            peer: Arc::clone(&self.peer),
            forwards: self.forwards.clone(),
            written: None,
            task: None,
            heard: self.heard.clone(),
        })
    }

    /// Sends a request; its response's body comes later. Where nothing of the request went out, the error gives it back.
    pub(super) async fn send(
        &mut self,
        request: Request<Outgoing>,
    ) -> Result<Response<Incoming>, TrySendError<Request<Outgoing>>> {
        self.heard.restart();
        match &mut self.sender {
            Sender::Http1(sender) => sender.try_send_request(request).await,
            Sender::Http2(sender) => sender.try_send_request(request).await,
        }
    }

    /// What a request asks for, as this connection wants it: path and query alone for a server over HTTP/1, else all of it.
    pub(super) fn target(
        &self,
        url: &Url,
        raw: Option<&str>,
        authority: Option<&str>,
    ) -> Result<Uri, Error> {
        let refused = |why: &dyn std::fmt::Display| {
            Error::new(
                ErrorKind::Request,
                format!(
                    "the request to `{}` cannot be sent: {why}",
                    super::url::host_port(url)
                ),
            )
        };
        let path = raw.unwrap_or(&url[Position::BeforePath..Position::AfterQuery]);
        if path.len() > LONGEST_TARGET {
            return Err(refused(&format!(
                "its path and query have {} bytes; the limit is {LONGEST_TARGET}",
                path.len()
            )));
        }
        let path = PathAndQuery::try_from(path).map_err(|error| refused(&error))?;
        let mut parts = http::uri::Parts::default();
        parts.path_and_query = Some(path);
        if self.is_http2() || self.forwards.is_some() {
            let own = super::url::authority(url);
            parts.authority = Some(
                Authority::try_from(authority.unwrap_or(&own)).map_err(|error| refused(&error))?,
            );
            parts.scheme = Some(if url.scheme() == "https" {
                Scheme::HTTPS
            } else {
                Scheme::HTTP
            });
        }
        Uri::from_parts(parts).map_err(|error| refused(&error))
    }
}
