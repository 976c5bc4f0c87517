//! How tokens and keys are fetched: over the connections of the request that needs them.
//!
//! This is where sending comes back to itself: a request needs a token, which another request fetches.

use std::cell::RefCell;
use std::sync::Arc;
use std::time::Duration;

use url::Url;

use crate::http::url::same_origin;
use crate::http::{ConnectionPool, Error, Exchange, Options, Proxies, Request, Settings};

/// No answer with a token or with keys is as large as this.
const LARGEST: u64 = 1 << 20;

/// How long the service may take that tells a machine of itself; the AWS tools wait as long.
const MACHINE: Duration = Duration::from_secs(1);

/// The exchanges in which tokens or keys were fetched, in order.
pub(in crate::http) type AuthExchanges = RefCell<Vec<Arc<Exchange>>>;

/// What a scheme fetches tokens and keys with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AuthContext<'a> {
    /// The connections.
    pub(in crate::http) clients: &'a ConnectionPool,
    /// How the request that needs them is sent.
    pub(in crate::http) options: &'a Options,
    /// The URL of that request.
    pub(in crate::http) origin: &'a Url,
    /// The exchanges in which something was fetched, which are noted here.
    pub(in crate::http) exchanges: &'a AuthExchanges,
}

/// Why a token or keys could not be had, and over which connections.
#[derive(Debug)]
pub(super) struct FetchFailure {
    error: Error,
    settings: Arc<Settings>,
}

impl FetchFailure {
    /// It failed in this context.
    pub(super) fn new(error: &Error, context: AuthContext<'_>) -> Self {
        Self {
            error: error.clone(),
            settings: Arc::clone(&context.options.settings),
        }
    }

    /// The error, if the connections are the same: over others the fetch may succeed.
    pub(super) fn on(&self, context: AuthContext<'_>) -> Option<Error> {
        (self.settings == context.options.settings).then(|| self.error.clone())
    }
}

impl AuthContext<'_> {
    /// Fetches a token or keys.
    pub(super) async fn fetch(self, request: Request) -> Arc<Exchange> {
        let options = fetch_options(self.options, self.origin, &request.url);
        self.fetch_with(request, &options).await
    }

    /// Fetches from a host next to this machine: no proxy leads there.
    pub(super) async fn fetch_nearby(self, request: Request) -> Arc<Exchange> {
        let options = fetch_options(self.options, self.origin, &request.url);
        let settings = Settings {
            proxies: Proxies::default(),
            ..Settings::clone(&options.settings)
        };
        self.fetch_with(
            request,
            &Options {
                settings: Arc::new(settings),
                ..options
            },
        )
        .await
    }

    /// Fetches from the metadata service of an EC2 machine: it responds at once, or there is none.
    pub(super) async fn fetch_from_machine(self, request: Request) -> Arc<Exchange> {
        let timeout = self
            .options
            .timeout
            .map_or(MACHINE, |timeout| timeout.min(MACHINE));
        let options = Options {
            timeout: Some(timeout),
            ..self.options.clone()
        };
        AuthContext {
            options: &options,
            ..self
        }
        .fetch_nearby(request)
        .await
    }

    async fn fetch_with(self, request: Request, options: &Options) -> Arc<Exchange> {
        let exchange = Arc::new(Box::pin(self.clients.send(request, options, None)).await);
        self.exchanges.borrow_mut().push(Arc::clone(&exchange));
        exchange
    }
}

/// The options for fetching a token or keys from `url` that a request to `origin` needs, which is sent with these options.
pub(crate) fn fetch_options(options: &Options, origin: &Url, url: &Url) -> Options {
    Options {
        settings: settings(&options.settings, origin, url),
        follow_redirects: 0,
        max_body: LARGEST,
        expect_continue: false,
        interim: false,
        cookies: false,
        ..options.clone()
    }
}

/// The settings of the connection: those of the request, without what is about the request's own server if this is another.
fn settings(own: &Arc<Settings>, origin: &Url, url: &Url) -> Arc<Settings> {
    if same_origin(url, origin) {
        return Arc::clone(own);
    }
    Arc::new(own.elsewhere())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::{HttpVersion, Tls};

    #[test]
    fn what_is_about_the_requests_own_server_stays_there() {
        let tls = Tls {
            server_name: Some("other".into()),
            insecure: true,
            ..Tls::default()
        };
        let settings = Arc::new(Settings {
            http: Some(HttpVersion::Http2),
            unix_socket: Some("/run/api.sock".into()),
            interface: Some("127.0.0.1".into()),
            tls,
            ..Settings::default()
        });
        let origin = Url::parse("https://api.example.org/orders").unwrap();
        assert!(Arc::ptr_eq(
            &super::settings(&settings, &origin, &origin.join("/token").unwrap()),
            &settings
        ));
        let elsewhere = super::settings(
            &settings,
            &origin,
            &Url::parse("https://login.example.org/token").unwrap(),
        );
        assert_eq!(
            (
                elsewhere.http,
                &elsewhere.unix_socket,
                &elsewhere.tls.server_name
            ),
            (None, &None, &None)
        );
        assert!(elsewhere.tls.insecure && elsewhere.interface.is_some());
    }
}
