//! The steps in which a connection is opened.

use std::sync::Arc;

use rustls::{ClientConfig, ProtocolVersion};
use tokio_rustls::client::TlsStream;
use url::Url;

use super::super::progress::{self, Stage};
use super::super::{Error, HttpVersion, Peer, PeerTls, Proxy, Settings, TlsVersion, tls};
use super::failure::timed_out;
use super::io::Io;
use super::stream::Stream;
use super::{tcp, tunnel};
use crate::secret::Redactor;

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
pub(in crate::http) enum Use {
    /// HTTP is spoken.
    Requests,
    /// Something else, to the server itself.
    Anything,
}

/// Opens a connection, within the limit for that.
pub(in crate::http) async fn open(
    url: &Url,
    settings: &Settings,
    config: Option<Arc<ClientConfig>>,
    to: Use,
    secrets: &Redactor,
) -> Result<Stream, Error> {
    progress::note(Stage::Connecting);
    let opening = establish(url, settings, config, to, secrets);
    let Some(limit) = settings.connect_timeout else {
        return opening.await;
    };
    let opened = tokio::time::timeout(limit, opening).await;
    opened.unwrap_or_else(|_| Err(timed_out(limit, progress::stage(), url)))
}

async fn establish(
    url: &Url,
    settings: &Settings,
    config: Option<Arc<ClientConfig>>,
    to: Use,
    secrets: &Redactor,
) -> Result<Stream, Error> {
    let route = match settings
        .proxies
        .of(url)
        .filter(|_| settings.unix_socket.is_none())
    {
        None => Route::Direct,
        Some(proxy) if config.is_none() && proxy.takes_requests() && to == Use::Requests => {
            Route::Forward(proxy)
        }
        Some(proxy) => Route::Tunnel(proxy),
    };
    let (io, address) = match (&route, &settings.unix_socket) {
        (Route::Direct, Some(path)) => (tcp::unix(path).await?, None),
        (Route::Direct, None) => tcp::to_server(url, settings).await?,
        (Route::Tunnel(proxy), _) => tunnel::through(proxy, url, settings, secrets).await?,
        (Route::Forward(proxy), _) => tunnel::to_proxy(proxy, settings).await?,
    };
    progress::note_time(|timing, elapsed| timing.connect = Some(elapsed));
    let forwards = if let Route::Forward(proxy) = route {
        Some(proxy.clone())
    } else {
        None
    };
    let Some(config) = config else {
        return Ok(Stream::new(io, Peer { address, tls: None }, None, forwards));
    };
    progress::note(Stage::Handshake);
    let stream = tls::handshake(config, io, url, settings).await?;
    progress::note_time(|timing, elapsed| timing.tls = Some(elapsed));
    let (agreed, tls) = told_by_tls(&stream);
    Ok(Stream::new(
        Box::new(stream),
        Peer {
            address,
            tls: Some(tls),
        },
        agreed,
        forwards,
    ))
}

fn told_by_tls(stream: &TlsStream<Io>) -> (Option<HttpVersion>, PeerTls) {
    let (_, session) = stream.get_ref();
    let agreed = match session.alpn_protocol() {
        Some(b"h2") => Some(HttpVersion::Http2),
        Some(_) => Some(HttpVersion::Http11),
        None => None,
    };
    let version = if session.protocol_version() == Some(ProtocolVersion::TLSv1_2) {
        TlsVersion::Tls12
    } else {
        TlsVersion::Tls13
    };
    let chain = session
        .peer_certificates()
        .unwrap_or_default()
        .iter()
        .map(|certificate| certificate.clone().into_owned());
    (
        agreed,
        PeerTls {
            version,
            chain: chain.collect(),
        },
    )
}
