//! Connections: name, TCP or unix socket, proxy, TLS; each step noted, so that its time and its failure are known.

mod recase;
mod tcp;
mod tunnel;

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use rustls::{ClientConfig, ProtocolVersion};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_rustls::client::TlsStream;
use url::Url;

use super::heard::Heard;
use super::progress::{self, Stage};
use super::{Error, HttpVersion, Peer, PeerTls, Proxy, Settings, TlsVersion, failure, tls};

pub(super) use recase::{Head as WrittenHead, Recase, Written};
pub(super) use tunnel::secret;

/// Bytes to and from the other end.
pub(super) trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

/// A connection, whatever it is made of.
pub(super) type Io = Box<dyn Duplex>;

/// An open connection to the server of a URL, behind proxy and TLS where these are.
pub struct Stream {
    io: Io,
    /// The other end.
    pub peer: Peer,
    /// The version of HTTP that both ends agreed on by TLS, if so.
    pub(super) agreed: Option<HttpVersion>,
    /// The proxy that wants whole requests, not a tunnel.
    pub(super) forwards: Option<Proxy>,
    /// The first bytes of what the other end says.
    pub(super) heard: Heard,
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stream").field("peer", &self.peer).finish_non_exhaustive()
    }
}

/// How the server of a URL is reached.
enum Route<'a> {
    /// Straight.
    Direct,
    /// Through a proxy that opens a tunnel.
    Tunnel(&'a Proxy),
    /// Through a proxy that takes whole requests.
    Forward(&'a Proxy),
}

/// Whether a proxy may be given whole requests, or only asked for tunnels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// HTTP is spoken.
    Requests,
    /// Something else, to the server itself.
    Anything,
}

/// Opens a connection, within the limit for that.
pub(super) async fn open(url: &Url, settings: &Settings, config: Option<Arc<ClientConfig>>, to: Use) -> Result<Stream, Error> {
    progress::note(Stage::Connecting);
    let opening = establish(url, settings, config, to);
    let Some(limit) = settings.connect_timeout else { return opening.await };
    let opened = tokio::time::timeout(limit, opening).await;
    opened.unwrap_or_else(|_| Err(failure::timed_out(limit, progress::stage(), url)))
}

async fn establish(url: &Url, settings: &Settings, config: Option<Arc<ClientConfig>>, to: Use) -> Result<Stream, Error> {
    let route = match settings.proxies.of(url).filter(|_| settings.unix_socket.is_none()) {
        None => Route::Direct,
        Some(proxy) if config.is_none() && proxy.takes_requests() && to == Use::Requests => Route::Forward(proxy),
        Some(proxy) => Route::Tunnel(proxy),
    };
    let (io, address) = match (&route, &settings.unix_socket) {
        (Route::Direct, Some(path)) => (tcp::unix(path).await?, None),
        (Route::Direct, None) => tcp::to_server(url, settings).await?,
        (Route::Tunnel(proxy), _) => tunnel::through(proxy, url, settings).await?,
        (Route::Forward(proxy), _) => tunnel::to_proxy(proxy, settings).await?,
    };
    progress::note_time(|timing, elapsed| timing.connect = Some(elapsed));
    let forwards = if let Route::Forward(proxy) = route { Some(proxy.clone()) } else { None };
    let Some(config) = config else {
        return Ok(Stream { io, peer: Peer { address, tls: None }, agreed: None, forwards, heard: Heard::default() });
    };
    progress::note(Stage::Handshake);
    let stream = tls::handshake(config, io, url, settings).await?;
    progress::note_time(|timing, elapsed| timing.tls = Some(elapsed));
    let (agreed, tls) = told_by_tls(&stream);
    Ok(Stream { io: Box::new(stream), peer: Peer { address, tls: Some(tls) }, agreed, forwards, heard: Heard::default() })
}

fn told_by_tls(stream: &TlsStream<Io>) -> (Option<HttpVersion>, PeerTls) {
    let (_, session) = stream.get_ref();
    let agreed = match session.alpn_protocol() {
        Some(b"h2") => Some(HttpVersion::Http2),
        Some(_) => Some(HttpVersion::Http11),
        None => None,
    };
    let version =
        if session.protocol_version() == Some(ProtocolVersion::TLSv1_2) { TlsVersion::Tls12 } else { TlsVersion::Tls13 };
    let chain = session.peer_certificates().unwrap_or_default().iter().map(|certificate| certificate.clone().into_owned());
    (agreed, PeerTls { version, chain: chain.collect() })
}

impl AsyncRead for Stream {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<std::io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.io).poll_read(context, buffer);
        self.heard.note(buffer.filled().get(before..).unwrap_or_default());
        polled
    }
}

impl AsyncWrite for Stream {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[std::io::IoSlice<'_>],
    ) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.io).poll_write_vectored(context, pieces)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(context)
    }
}
