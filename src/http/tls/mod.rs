//! TLS: the configuration of connections, and the handshake.

mod alert;
mod failure;
mod identity;
mod trust;

use std::io;
use std::sync::Arc;

use rustls::crypto::ring;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, SupportedProtocolVersion, version};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use url::Url;

use super::connect::Io;
use super::{Error, ErrorKind, HttpVersion, Settings, Tls, TlsVersion};

pub(super) use failure::{Place, is_of_tls};

/// A member of the settings that cannot be used, and why.
#[derive(Debug)]
pub struct TlsFault {
    /// `min`, `ca`, `cert` or `key`, as collections write it.
    pub member: &'static str,
    /// Why.
    pub error: Error,
}

impl TlsFault {
    fn new(member: &'static str, error: Error) -> Self {
        Self { member, error }
    }
}

impl Tls {
    /// What of it cannot be used: files that are not there or do not hold what they should, versions that leave none.
    #[must_use]
    pub fn faults(&self) -> Vec<TlsFault> {
        let versions = versions(self)
            .err()
            .map(|error| TlsFault::new("min", error));
        let authorities = trust::check(self)
            .err()
            .map(|error| TlsFault::new("ca", error));
        versions
            .into_iter()
            .chain(authorities)
            .chain(identity::read(self).err())
            .collect()
    }

    /// Which of its files cannot be used by themselves, whatever else is said: they are not there, or no file of authorities.
    #[must_use]
    pub fn unreadable(&self) -> Vec<TlsFault> {
        let authorities = trust::check(self)
            .err()
            .map(|error| TlsFault::new("ca", error));
        authorities
            .into_iter()
            .chain(identity::unreadable(self))
            .collect()
    }
}

/// The configuration for secure connections with these settings.
pub(super) fn config(settings: &Settings) -> Result<ClientConfig, Error> {
    let tls = &settings.tls;
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider));
    let builder = builder
        .with_protocol_versions(versions(tls)?)
        .map_err(|error| unusable(&error.to_string()))?;
    let builder = builder
        .dangerous()
        .with_custom_certificate_verifier(trust::verifier(tls, provider)?);
    let mut config = match identity::read(tls).map_err(|fault| fault.error)? {
        Some(identity) => identity.give(builder),
        None => builder.with_no_client_auth(),
    };
    config.alpn_protocols = match settings.http {
        None => vec![b"h2".to_vec(), b"http/1.1".to_vec()],
        Some(HttpVersion::Http10 | HttpVersion::Http11) => vec![b"http/1.1".to_vec()],
        Some(HttpVersion::Http2) => vec![b"h2".to_vec()],
    };
    Ok(config)
}

fn unusable(why: &str) -> Error {
    Error::new(ErrorKind::Request, format!("TLS cannot be set up: {why}"))
}

static ONLY_TLS12: [&SupportedProtocolVersion; 1] = [&version::TLS12];
static ONLY_TLS13: [&SupportedProtocolVersion; 1] = [&version::TLS13];

fn versions(tls: &Tls) -> Result<&'static [&'static SupportedProtocolVersion], Error> {
    match (tls.min, tls.max) {
        (Some(TlsVersion::Tls13), Some(TlsVersion::Tls12)) => Err(Error::new(
            ErrorKind::Request,
            "the oldest version of TLS, 1.3, is newer than the newest, 1.2",
        )),
        (Some(TlsVersion::Tls13), _) => Ok(&ONLY_TLS13),
        (_, Some(TlsVersion::Tls12)) => Ok(&ONLY_TLS12),
        _ => Ok(rustls::ALL_VERSIONS),
    }
}

/// The name that is asked for, and that the certificate must have.
fn server_name(url: &Url, tls: &Tls) -> Result<ServerName<'static>, Error> {
    let host = tls
        .server_name
        .as_deref()
        .or_else(|| url.host_str())
        .unwrap_or_default();
    let name = ServerName::try_from(host.trim_matches(['[', ']']).to_owned());
    name.map_err(|_| {
        Error::new(
            ErrorKind::Request,
            format!("`{host}` is not a valid TLS server name"),
        )
    })
}

/// The handshake over a connection that stands.
pub(super) async fn handshake(
    config: Arc<ClientConfig>,
    io: Io,
    url: &Url,
    settings: &Settings,
) -> Result<TlsStream<Io>, Error> {
    let name = server_name(url, &settings.tls)?;
    TlsConnector::from(config)
        .connect(name, io)
        .await
        .map_err(|error| failure::of(&error, &Place::of(url), settings))
}

/// The handshake with a proxy. Whatever is said of the server's certificate is not said of the proxy's.
pub(super) async fn handshake_with_proxy(
    io: Io,
    host: &str,
    at: &Place,
    settings: &Settings,
) -> Result<TlsStream<Io>, Error> {
    let tls = Tls {
        ca: settings.tls.ca.clone(),
        ..Tls::default()
    };
    let own = Settings {
        tls,
        http: Some(HttpVersion::Http11),
        ..Settings::default()
    };
    let config = Arc::new(self::config(&own)?);
    let name =
        ServerName::try_from(host.to_owned()).map_err(|_| unusable("the proxy's name is none"))?;
    TlsConnector::from(config)
        .connect(name, io)
        .await
        .map_err(|error: io::Error| failure::of(&error, at, &own))
}
