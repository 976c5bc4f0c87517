//! The way to the places where tokens and keys come from: that of the request which needs them.

use std::cell::RefCell;
use std::sync::Arc;
use std::time::Duration;

use url::Url;

use crate::http::url::same_origin;
use crate::http::{Clients, Error, Exchange, Options, Proxies, Request, Settings};

/// No answer with a token or with keys is as large as this.
const LARGEST: u64 = 1 << 20;

/// How long the service may take that tells a machine of itself; the AWS tools wait as long.
const MACHINE: Duration = Duration::from_secs(1);

/// What was asked on the way, in order.
pub(in crate::http) type Errands = RefCell<Vec<Arc<Exchange>>>;

/// The way to the places where tokens and keys come from.
#[derive(Debug, Clone, Copy)]
pub(in crate::http) struct Way<'a> {
    /// The clients.
    pub(in crate::http) clients: &'a Clients,
    /// How the request that needs them is sent.
    pub(in crate::http) options: &'a Options,
    /// Where that request goes.
    pub(in crate::http) home: &'a Url,
    /// Where it is noted what was asked.
    pub(in crate::http) errands: &'a Errands,
}

/// Why a token or keys could not be had, and over which connections.
#[derive(Debug)]
pub(super) struct Failed {
    error: Error,
    settings: Arc<Settings>,
}

impl Failed {
    /// On this way.
    pub(super) fn new(error: &Error, way: Way<'_>) -> Self {
        Self {
            error: error.clone(),
            settings: Arc::clone(&way.options.settings),
        }
    }

    /// The error, where a way is the same: on another they may be had all the same.
    pub(super) fn on(&self, way: Way<'_>) -> Option<Error> {
        (self.settings == way.options.settings).then(|| self.error.clone())
    }
}

impl Way<'_> {
    /// Asks for a token or for keys.
    pub(super) async fn ask(self, request: Request) -> Arc<Exchange> {
        let options = errand(self.options, self.home, &request.url);
        self.ask_by(request, &options).await
    }

    /// Asks a host that is next to this machine: no proxy leads there.
    pub(super) async fn ask_near(self, request: Request) -> Arc<Exchange> {
        let options = errand(self.options, self.home, &request.url);
        let settings = Settings {
            proxies: Proxies::default(),
            ..Settings::clone(&options.settings)
        };
        self.ask_by(
            request,
            &Options {
                settings: Arc::new(settings),
                ..options
            },
        )
        .await
    }

    /// Asks the service that tells a machine of EC2's of itself: it answers at once, or there is none.
    pub(super) async fn ask_machine(self, request: Request) -> Arc<Exchange> {
        let timeout = self
            .options
            .timeout
            .map_or(MACHINE, |timeout| timeout.min(MACHINE));
        let options = Options {
            timeout: Some(timeout),
            ..self.options.clone()
        };
        Way {
            options: &options,
            ..self
        }
        .ask_near(request)
        .await
    }

    async fn ask_by(self, request: Request, options: &Options) -> Arc<Exchange> {
        let exchange = Arc::new(Box::pin(self.clients.send(request, options, None)).await);
        self.errands.borrow_mut().push(Arc::clone(&exchange));
        exchange
    }
}

/// How a place at `url` is asked for a token or keys that a request to `home` needs, which is sent by these options.
pub(crate) fn errand(options: &Options, home: &Url, url: &Url) -> Options {
    Options {
        settings: settings(&options.settings, home, url),
        follow_redirects: 0,
        max_body: LARGEST,
        expect_continue: false,
        interim: false,
        cookies: false,
        ..options.clone()
    }
}

/// How the connection is made: as that of the request, without what is about the request's own server where another is asked.
fn settings(own: &Arc<Settings>, home: &Url, url: &Url) -> Arc<Settings> {
    if same_origin(url, home) {
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
        let home = Url::parse("https://api.example.org/orders").unwrap();
        assert!(Arc::ptr_eq(
            &super::settings(&settings, &home, &home.join("/token").unwrap()),
            &settings
        ));
        let elsewhere = super::settings(
            &settings,
            &home,
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
