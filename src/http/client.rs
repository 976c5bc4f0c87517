//! The clients of a worker, one for each way to connect.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use url::Url;

use super::progress::WatchConnections;
use super::{Error, ErrorKind, tls};

/// The version of HTTP that is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HttpVersion {
    /// HTTP/1.1 alone.
    Http11,
    /// HTTP/2 alone, over `http://` without asking first.
    Http2,
}

/// How connections are made. Requests whose settings are equal share connections.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// The limit for making a connection: name, TCP and TLS together.
    pub connect_timeout: Option<Duration>,
    /// The version of HTTP; `None`: what server and client agree on.
    pub http: Option<HttpVersion>,
    /// Takes any certificate.
    pub insecure: bool,
}

/// The clients of a worker, each made when it is first needed; their connections stay open between requests.
///
/// Clients belong to the runtime in which they are first used.
#[derive(Debug, Default)]
pub struct Clients {
    known: Mutex<Vec<Known>>,
}

#[derive(Debug)]
struct Known {
    settings: Settings,
    secure: bool,
    client: reqwest::Client,
}

impl Clients {
    /// No client yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The client for a URL. `http://` has its own, which knows no root certificates.
    pub(super) fn client(&self, settings: &Settings, url: &Url) -> Result<reqwest::Client, Error> {
        let secure = url.scheme() == "https";
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = known.iter().find(|known| known.secure == secure && known.settings == *settings) {
            return Ok(found.client.clone());
        }
        let client = make(settings, secure)?;
        known.push(Known { settings: settings.clone(), secure, client: client.clone() });
        Ok(client)
    }
}

fn make(settings: &Settings, secure: bool) -> Result<reqwest::Client, Error> {
    let failed = |error: &dyn std::error::Error| Error::new(ErrorKind::Request, format!("no client can be made: {error}"));
    let tls = tls::config(settings, secure).map_err(|error| failed(&error))?;
    let mut builder = reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .connector_layer(WatchConnections);
    if let Some(limit) = settings.connect_timeout {
        builder = builder.connect_timeout(limit);
    }
    builder = match settings.http {
        None => builder,
        Some(HttpVersion::Http11) => builder.http1_only(),
        Some(HttpVersion::Http2) => builder.http2_prior_knowledge(),
    };
    builder.build().map_err(|error| failed(&error))
}
