//! HTTP over an open connection.

use std::sync::Arc;

use http::uri::{Authority, PathAndQuery, Scheme, Uri};
use http::{Request, Response};
use hyper::body::Incoming;
use hyper::client::conn::{TrySendError, http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use url::{Position, Url};

use super::connect::{Recase, Stream, Written};
use super::heard::Heard;
use super::outgoing::Outgoing;
use super::{Error, ErrorKind, HeaderCase, HttpVersion, Peer, Proxy, Settings, failure};

/// So many bytes of headers are read of an answer over HTTP/2: as many as over HTTP/1.
const MOST_HEAD: u32 = 400_000;

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
    pub(super) heard: Heard,
}

enum Sender {
    Http1(http1::SendRequest<Outgoing>),
    Http2(http2::SendRequest<Outgoing>),
}

impl Connection {
    /// Speaks HTTP over a stream: the version that was agreed on, or the one that is wanted.
    pub(super) async fn start(stream: Stream, url: &Url, settings: &Settings) -> Result<Self, Error> {
        let wanted = settings.http.or(stream.agreed);
        if stream.peer.tls.is_some() && settings.http == Some(HttpVersion::Http2) && stream.agreed != Some(HttpVersion::Http2) {
            let at = super::url::host_port(url);
            return Err(Error::new(ErrorKind::Tls, format!("no secure connection to `{at}`: it does not speak HTTP/2")));
        }
        let (peer, forwards, heard) = (Arc::new(stream.peer.clone()), stream.forwards.clone(), stream.heard.clone());
        let failed = |error: &hyper::Error| failure::of_head(error, url, settings);
        if wanted == Some(HttpVersion::Http2) {
            let mut builder = http2::Builder::new(TokioExecutor::new());
            builder.max_header_list_size(MOST_HEAD);
            let handshake = builder.handshake(TokioIo::new(stream)).await;
            let (sender, connection) = handshake.map_err(|error| failed(&error))?;
            tokio::spawn(async move { drop(connection.await) });
            return Ok(Self { sender: Sender::Http2(sender), peer, forwards, written: None, heard });
        }
        let mut builder = http1::Builder::new();
        // A value that goes on in the next line is read as one (RFC 9112 section 5.2).
        builder.allow_obsolete_multiline_headers_in_responses(true);
        builder.title_case_headers(settings.header_case == HeaderCase::Title);
        let written = (settings.header_case == HeaderCase::Written || settings.verbatim_target).then(Written::default);
        // What fails in a connection is told to whoever waits for its answer.
        let sender = match &written {
            None => {
                let (sender, connection) = builder.handshake(TokioIo::new(stream)).await.map_err(|error| failed(&error))?;
                tokio::spawn(async move { drop(connection.with_upgrades().await) });
                sender
            }
            Some(written) => {
                let io = TokioIo::new(Recase::new(stream, written.clone()));
                let (sender, connection) = builder.handshake(io).await.map_err(|error| failed(&error))?;
                tokio::spawn(async move { drop(connection.with_upgrades().await) });
                sender
            }
        };
        Ok(Self { sender: Sender::Http1(sender), peer, forwards, written, heard })
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

    /// The same connection once more, where several may use it at a time.
    pub(super) fn shared(&self) -> Option<Self> {
        let Sender::Http2(sender) = &self.sender else { return None };
        let sender = Sender::Http2(sender.clone());
        Some(Self {
            sender,
            peer: Arc::clone(&self.peer),
            forwards: self.forwards.clone(),
            written: None,
            heard: self.heard.clone(),
        })
    }

    /// Sends a request; its answer's body comes later. Where nothing of the request went out, the error gives it back.
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
    pub(super) fn target(&self, url: &Url, raw: Option<&str>, authority: Option<&str>) -> Result<Uri, Error> {
        let refused = |why: &dyn std::fmt::Display| {
            Error::new(ErrorKind::Request, format!("the request to `{}` cannot be sent: {why}", super::url::host_port(url)))
        };
        let path = raw.unwrap_or(&url[Position::BeforePath..Position::AfterQuery]);
        if path.len() > LONGEST_TARGET {
            return Err(refused(&format!("its path and query have {} bytes, and {LONGEST_TARGET} is the most", path.len())));
        }
        let path = PathAndQuery::try_from(path).map_err(|error| refused(&error))?;
        let mut parts = http::uri::Parts::default();
        parts.path_and_query = Some(path);
        if self.is_http2() || self.forwards.is_some() {
            let own = super::url::authority(url);
            parts.authority = Some(Authority::try_from(authority.unwrap_or(&own)).map_err(|error| refused(&error))?);
            parts.scheme = Some(if url.scheme() == "https" { Scheme::HTTPS } else { Scheme::HTTP });
        }
        Uri::from_parts(parts).map_err(|error| refused(&error))
    }
}
