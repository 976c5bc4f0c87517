//! The connections of a worker: made when they are first needed, kept open between requests.

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rustls::ClientConfig;
use url::Url;

use super::connect::{self, Stream, Use};
use super::wire::{Connection, Purpose};
use super::{Error, HttpVersion, Settings, tls};
use crate::lock::IgnorePoison as _;
use crate::secret::Redactor;

/// A connection that was idle for so long is not used again: servers close idle connections without a word, many after five
/// seconds, and a request that meets the end is lost.
const LONGEST_IDLE: Duration = Duration::from_secs(4);
/// The same if the request must not be sent twice, and the server does not say how long it leaves the connection open.
const LONGEST_IDLE_ONCE: Duration = Duration::from_secs(1);
/// So much earlier than the server says it closes an idle connection, that connection is not used any more.
const MARGIN: Duration = Duration::from_secs(1);
/// A connection that was idle for less is not asked whether the server has hung up, unless the request must not be sent twice.
const JUST_USED: Duration = Duration::from_millis(1);

/// The connections of a worker, each made when it is first needed; they stay open between requests.
///
/// Connections belong to the runtime in which they are made.
#[derive(Default)]
pub struct ConnectionPool {
    idle: Mutex<Vec<PooledConnection>>,
    /// What secure connections are made with, by their settings.
    configs: Mutex<Vec<(Arc<Settings>, Arc<ClientConfig>)>>,
    /// What must not stand in messages that quote a part of what came.
    pub(super) secrets: Redactor,
}

/// A connection, and whose requests it may be used for.
pub(super) struct PooledConnection {
    settings: Arc<Settings>,
    origin: Arc<Origin>,
    /// When it was used last.
    since: Instant,
    /// How long the server leaves it open while it is idle, if it says so.
    kept_for: Option<Duration>,
    /// How long it had been idle when it was used again; `None` if it is new.
    pub(super) idle: Option<Duration>,
    /// The connection.
    pub(super) connection: Connection,
}

impl PooledConnection {
    fn of(connection: Connection, url: &Url, settings: &Arc<Settings>) -> Self {
        let (settings, origin) = (Arc::clone(settings), Arc::new(Origin::of(url)));
        Self {
            settings,
            origin,
            since: Instant::now(),
            kept_for: None,
            idle: None,
            connection,
        }
    }

    /// The same connection once more, where several requests may use it at a time.
    fn shared(&self) -> Option<Self> {
        let connection = self.connection.shared()?;
        let (settings, origin) = (Arc::clone(&self.settings), Arc::clone(&self.origin));
        Some(Self {
            settings,
            origin,
            since: self.since,
            kept_for: self.kept_for,
            idle: None,
            connection,
        })
    }

    /// How long it may be idle and still be used again.
    fn longest_idle(&self, wanted: ReusePolicy) -> Duration {
        match self.kept_for {
            Some(kept) => kept.saturating_sub(MARGIN.min(kept / 2)).min(LONGEST_IDLE),
            None if wanted == ReusePolicy::Probed => LONGEST_IDLE_ONCE,
            None => LONGEST_IDLE,
        }
    }
}

/// What a connection must be for a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ReusePolicy {
    /// Any that is open.
    Any,
    /// One that is open and was just asked whether the server has hung up: the request may not be repeated.
    Probed,
    /// A new one.
    Fresh,
}

/// What a connection leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Origin {
    secure: bool,
    host: String,
    port: u16,
}

impl Origin {
    fn of(url: &Url) -> Self {
        Self {
            secure: is_secure(url),
            host: url.host_str().unwrap_or_default().to_owned(),
            port: port(url),
        }
    }

    fn is_of(&self, url: &Url) -> bool {
        self.port == port(url)
            && self.secure == is_secure(url)
            && url.host_str() == Some(&self.host)
    }
}

fn port(url: &Url) -> u16 {
    url.port_or_known_default().unwrap_or_default()
}

fn is_secure(url: &Url) -> bool {
    matches!(url.scheme(), "https" | "wss")
}

fn same(one: &Arc<Settings>, other: &Arc<Settings>) -> bool {
    Arc::ptr_eq(one, other) || one == other
}

impl fmt::Debug for ConnectionPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let idle = self.idle.lock().ignore_poison();
        f.debug_list()
            .entries(idle.iter().map(|lease| &lease.origin))
            .finish()
    }
}

impl ConnectionPool {
    /// No connection yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// No connection yet; messages that quote a part of what came show none of these secrets, nor a part of one.
    #[must_use]
    pub fn hiding(secrets: Redactor) -> Self {
        Self {
            secrets,
            ..Self::default()
        }
    }

    /// Opens a connection to the server of a URL (`http`, `https`, `ws` or `wss`), for a protocol that begins with a request over
    /// HTTP/1.1. Proxies are asked for a tunnel.
    ///
    /// # Errors
    /// Where it cannot be made; the error says which step failed, and why.
    pub async fn open(&self, url: &Url, settings: &Arc<Settings>) -> Result<Stream, Error> {
        let settings = match settings.http {
            Some(HttpVersion::Http11) => Arc::clone(settings),
            _ => Arc::new(Settings {
                http: Some(HttpVersion::Http11),
                ..Settings::clone(settings)
            }),
        };
        self.dial(url, &settings, Use::Anything).await
    }

    async fn dial(&self, url: &Url, settings: &Arc<Settings>, to: Use) -> Result<Stream, Error> {
        let config = self.config(url, settings)?;
        connect::open(url, settings, config, to, &self.secrets).await
    }

    /// A connection for a request: as it should be, one that is open already or one made `anew`.
    pub(super) async fn connection(
        &self,
        url: &Url,
        settings: &Arc<Settings>,
        wanted: ReusePolicy,
    ) -> Result<PooledConnection, Error> {
        while let Some(mut lease) = (wanted != ReusePolicy::Fresh)
            .then(|| self.take(url, settings, wanted))
            .flatten()
        {
            if wanted == ReusePolicy::Probed || lease.idle > Some(JUST_USED) {
                // Lets the runtime ask the system what came, so that the connection's own task hears of a hang-up first.
                tokio::task::yield_now().await;
            }
            if lease.connection.is_ready().await {
                // Others may share it only now: one that the server has closed would be found again and again.
                self.idle.lock().ignore_poison().extend(lease.shared());
                return Ok(lease);
            }
        }
        // Boxed, so that the many requests that find an open connection do not carry the room for this.
        Box::pin(self.make(url, settings)).await
    }

    /// A connection to the server itself that no other request uses.
    pub(super) async fn connection_of_its_own(
        &self,
        url: &Url,
        settings: &Arc<Settings>,
    ) -> Result<PooledConnection, Error> {
        let stream = self.open(url, settings).await?;
        let connection = Connection::start(stream, url, settings, Purpose::Handshake).await?;
        Ok(PooledConnection::of(connection, url, settings))
    }

    async fn make(&self, url: &Url, settings: &Arc<Settings>) -> Result<PooledConnection, Error> {
        let stream = self.dial(url, settings, Use::Requests).await?;
        let connection = Connection::start(stream, url, settings, Purpose::Requests).await?;
        let lease = PooledConnection::of(connection, url, settings);
        self.idle
            .lock()
            .ignore_poison()
            .extend(lease.shared().filter(|lease| !lease.settings.close));
        Ok(lease)
    }

    /// Takes a connection back whose response was read whole; `kept_for` is how long the server leaves it open now.
    pub(super) fn keep(&self, lease: PooledConnection, kept_for: Option<Duration>) {
        let since = Instant::now();
        if lease.connection.is_http2() {
            // It is among the open ones already.
            let same = |other: &&mut PooledConnection| {
                Arc::ptr_eq(&other.connection.peer, &lease.connection.peer)
            };
            if let Some(open) = self.idle.lock().ignore_poison().iter_mut().find(same) {
                (open.since, open.kept_for) = (since, kept_for.or(open.kept_for));
            }
        } else if !lease.settings.close && lease.connection.is_idle() {
            self.idle.lock().ignore_poison().push(PooledConnection {
                since,
                kept_for: kept_for.or(lease.kept_for),
                ..lease
            });
        }
    }

    fn take(
        &self,
        url: &Url,
        settings: &Arc<Settings>,
        wanted: ReusePolicy,
    ) -> Option<PooledConnection> {
        let mut idle = self.idle.lock().ignore_poison();
        let now = Instant::now();
        let idle_for = |lease: &PooledConnection| now.saturating_duration_since(lease.since);
        idle.retain(|lease| idle_for(lease) < lease.longest_idle(ReusePolicy::Any));
        let is_fresh = |lease: &PooledConnection| idle_for(lease) < lease.longest_idle(wanted);
        let fits = |lease: &PooledConnection| {
            lease.origin.is_of(url) && same(&lease.settings, settings) && is_fresh(lease)
        };
        let at = idle.iter().rposition(fits)?;
        let lease = idle.swap_remove(at);
        Some(PooledConnection {
            idle: Some(idle_for(&lease)),
            since: now,
            ..lease
        })
    }

    /// What a secure connection is made with; `None` where it is not to be secure, so that nothing is read for it.
    fn config(
        &self,
        url: &Url,
        settings: &Arc<Settings>,
    ) -> Result<Option<Arc<ClientConfig>>, Error> {
        if !is_secure(url) {
            return Ok(None);
        }
        let mut configs = self.configs.lock().ignore_poison();
        if let Some((_, config)) = configs.iter().find(|(known, _)| same(known, settings)) {
            return Ok(Some(Arc::clone(config)));
        }
        let config = Arc::new(tls::config(settings)?);
        configs.push((Arc::clone(settings), Arc::clone(&config)));
        Ok(Some(config))
    }
}
