//! How one request is sent.

use std::sync::Arc;
use std::time::Duration;

use url::Url;

use super::Settings;
use super::url::host_port;
use crate::secret::Redactor;

/// How one request is sent.
#[derive(Debug, Clone)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "they are what a request says, each by itself"
)]
pub struct Options {
    /// How the connection is made.
    pub settings: Arc<Settings>,
    /// The limit for the whole exchange, redirects included.
    pub timeout: Option<Duration>,
    /// How many redirects are followed; with 0 the response that redirects is the response.
    pub follow_redirects: u32,
    /// Where redirects may take secrets.
    pub secrets: SecretPolicy,
    /// Largest response body to read, in bytes after decoding.
    pub max_body: u64,
    /// Asks for compressed responses, where the request does not say itself what it accepts.
    pub compressed: bool,
    /// Asks by `expect: 100-continue` whether a body may come, and waits for the response to that.
    pub expect_continue: bool,
    /// Keeps the statuses of what comes before the response, in `Response::interim`.
    pub interim: bool,
    /// Whether cookies are kept and sent, where there is a jar.
    pub cookies: bool,
}

impl Default for Options {
    fn default() -> Self {
        let timeout = Some(Duration::from_secs(35));
        Self {
            settings: Arc::default(),
            timeout,
            follow_redirects: 0,
            secrets: SecretPolicy::default(),
            max_body: 100_000_000,
            compressed: true,
            expect_continue: false,
            interim: false,
            cookies: true,
        }
    }
}

/// Where redirects may take the secrets of a body.
#[derive(Debug, Clone, Default)]
pub struct SecretPolicy {
    /// The secrets of the run.
    pub secrets: Redactor,
    /// Hosts, or `host:port`, that may have them.
    pub hosts: Option<Arc<[String]>>,
}

impl SecretPolicy {
    pub(super) fn allows(&self, url: &Url) -> bool {
        let (host, host_port) = (url.host_str().unwrap_or_default(), host_port(url));
        let port = url
            .port_or_known_default()
            .map(|port| format!("{host}:{port}"))
            .unwrap_or_default();
        self.hosts
            .iter()
            .flat_map(|hosts| hosts.iter())
            .any(|allowed| {
                [host, &*host_port, &*port]
                    .iter()
                    .any(|known| known.eq_ignore_ascii_case(allowed))
            })
    }
}
