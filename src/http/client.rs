//! The connections of a worker: made when they are first needed, kept open between requests.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rustls::ClientConfig;
use url::Url;

use super::connect::{self, Stream, Use};
use super::wire::Connection;
use super::{Error, HttpVersion, Settings, tls};

/// A connection that was not used for so long is not used again: who stands between may have forgotten it.
const LONGEST_IDLE: Duration = Duration::from_secs(90);

/// The connections of a worker, each made when it is first needed; they stay open between requests.
///
/// Connections belong to the runtime in which they are made.
#[derive(Default)]
pub struct Clients {
    idle: Mutex<Vec<Lease>>,
    /// What secure connections are made with, by their settings.
    configs: Mutex<Vec<(Arc<Settings>, Arc<ClientConfig>)>>,
}

/// A connection, and whose requests it may be used for.
pub(super) struct Lease {
    settings: Arc<Settings>,
    origin: Arc<Origin>,
    /// When it was used last.
    since: Instant,
    /// Whether it was open already.
    pub(super) reused: bool,
    /// The connection.
    pub(super) connection: Connection,
}

impl Lease {
    /// The same connection once more, where several requests may use it at a time.
    fn shared(&self) -> Option<Self> {
        let connection = self.connection.shared()?;
        let (settings, origin) = (Arc::clone(&self.settings), Arc::clone(&self.origin));
        Some(Self { settings, origin, since: self.since, reused: true, connection })
    }
}

/// What a connection must be for a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// Any that is open.
    Open,
    /// One that is open and was just asked whether the server has hung up: the request may not be repeated.
    Heard,
    /// A new one.
    Anew,
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
        Self { secure: is_secure(url), host: url.host_str().unwrap_or_default().to_owned(), port: port(url) }
    }

    fn is_of(&self, url: &Url) -> bool {
        self.port == port(url) && self.secure == is_secure(url) && url.host_str() == Some(&self.host)
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

impl fmt::Debug for Clients {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let idle = lock(&self.idle);
        f.debug_list().entries(idle.iter().map(|lease| &lease.origin)).finish()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Clients {
    /// No connection yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Opens a connection to the server of a URL (`http`, `https`, `ws` or `wss`), for a protocol that begins with a request over
    /// HTTP/1.1. Proxies are asked for a tunnel.
    ///
    /// # Errors
    /// Where it cannot be made; the error says which step failed, and why.
    pub async fn open(&self, url: &Url, settings: &Arc<Settings>) -> Result<Stream, Error> {
        let settings = match settings.http {
            Some(HttpVersion::Http11) => Arc::clone(settings),
            _ => Arc::new(Settings { http: Some(HttpVersion::Http11), ..Settings::clone(settings) }),
        };
        connect::open(url, &settings, self.config(url, &settings)?, Use::Anything).await
    }

    /// A connection for a request: as it should be, one that is open already or one made `anew`.
    pub(super) async fn connection(&self, url: &Url, settings: &Arc<Settings>, wanted: Wanted) -> Result<Lease, Error> {
        while let Some(mut lease) = (wanted != Wanted::Anew).then(|| self.take(url, settings)).flatten() {
            if wanted == Wanted::Heard {
                // Lets the runtime ask the system what came, so that the connection's own task hears of a hang-up first.
                tokio::task::yield_now().await;
            }
            if lease.connection.is_ready().await {
                // Others may share it only now: one that the server has closed would be found again and again.
                lock(&self.idle).extend(lease.shared());
                return Ok(lease);
            }
        }
        // Boxed, so that the many requests that find an open connection do not carry the room for this.
        Box::pin(self.make(url, settings)).await
    }

    /// A connection to the server itself that no other request uses.
    pub(super) async fn connection_of_its_own(&self, url: &Url, settings: &Arc<Settings>) -> Result<Lease, Error> {
        let stream = self.open(url, settings).await?;
        let connection = Connection::start(stream, url, settings).await?;
        let (settings, origin) = (Arc::clone(settings), Arc::new(Origin::of(url)));
        Ok(Lease { settings, origin, since: Instant::now(), reused: false, connection })
    }

    async fn make(&self, url: &Url, settings: &Arc<Settings>) -> Result<Lease, Error> {
        let stream = connect::open(url, settings, self.config(url, settings)?, Use::Requests).await?;
        let connection = Connection::start(stream, url, settings).await?;
        let (settings, origin) = (Arc::clone(settings), Arc::new(Origin::of(url)));
        let lease = Lease { settings, origin, since: Instant::now(), reused: false, connection };
        lock(&self.idle).extend(lease.shared().filter(|lease| !lease.settings.close));
        Ok(lease)
    }

    /// Takes a connection back whose answer was read whole.
    pub(super) fn keep(&self, lease: Lease) {
        if !lease.settings.close && !lease.connection.is_http2() {
            lock(&self.idle).push(Lease { since: Instant::now(), reused: true, ..lease });
        }
    }

    fn take(&self, url: &Url, settings: &Arc<Settings>) -> Option<Lease> {
        let mut idle = lock(&self.idle);
        idle.retain(|lease| lease.since.elapsed() < LONGEST_IDLE);
        let at = idle.iter().rposition(|lease| lease.origin.is_of(url) && same(&lease.settings, settings))?;
        let mut lease = idle.swap_remove(at);
        lease.since = Instant::now();
        Some(lease)
    }

    /// What a secure connection is made with; `None` where it is not to be secure, so that nothing is read for it.
    fn config(&self, url: &Url, settings: &Arc<Settings>) -> Result<Option<Arc<ClientConfig>>, Error> {
        if !is_secure(url) {
            return Ok(None);
        }
        let mut configs = lock(&self.configs);
        if let Some((_, config)) = configs.iter().find(|(known, _)| same(known, settings)) {
            return Ok(Some(Arc::clone(config)));
        }
        let config = Arc::new(tls::config(settings)?);
        configs.push((Arc::clone(settings), Arc::clone(&config)));
        Ok(Some(config))
    }
}
