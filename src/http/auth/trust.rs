//! Where credentials may go that this program finds itself: in netrc files, and where the AWS tools find keys.
//!
//! A collection says where requests go, and by which way; without this it could send the user's own credentials anywhere.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use url::{Host, Url};

use super::Environment;
use crate::http::Settings;
use crate::http::url::same_origin;

/// What the user's own command line, configuration and environment say.
#[derive(Clone, Default)]
pub struct Trust {
    /// The process's environment, in which credentials are sought; `None`: that of the request.
    pub environment: Option<Environment>,
    /// How connections are made as far as the user says.
    pub settings: Arc<Settings>,
    /// Hosts, with or without port, to which credentials may go by any way.
    pub hosts: Vec<String>,
    /// The URL of the stage, if the user gave it.
    pub base_url: Option<Url>,
}

impl fmt::Debug for Trust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trust")
            .field("hosts", &self.hosts)
            .field("base_url", &self.base_url)
            .finish_non_exhaustive()
    }
}

/// A host, or `host:port`, to which credentials may go, in lower case.
///
/// # Errors
/// If the text is something else.
pub fn host_and_port(text: &str) -> Result<String, String> {
    let url = Url::parse(&format!("http://{text}/"));
    let fits = url.as_ref().is_ok_and(|url| {
        let rest = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        rest && url.username().is_empty() && url.password().is_none()
    });
    if fits && !text.contains(['/', '@', '*']) {
        Ok(text.to_ascii_lowercase())
    } else {
        Err(format!("`{text}` is not a host, or `host:port`"))
    }
}

impl Trust {
    /// Checks that an entry of a netrc file may go to a URL; `of_host` says that the entry names the URL's host.
    ///
    /// # Errors
    /// If it may not; the text says why.
    pub fn check_netrc(&self, url: &Url, settings: &Settings, of_host: bool) -> Result<(), String> {
        if self.is_allowed(url) {
            return Ok(());
        }
        let why = match () {
            () if !of_host => "the entry `default` names no host".to_owned(),
            () if is_loopback(url) => return self.check_way(url, settings, "the entry"),
            () if url.scheme() != "https" => {
                "a password is only sent over `https://` or to this machine".to_owned()
            }
            () => return self.check_way(url, settings, "the entry"),
        };
        Err(refused(url, &format!("the netrc entry is not sent: {why}")))
    }

    /// Checks that a request to a URL may be signed with keys that were found.
    ///
    /// # Errors
    /// If it may not; the text says why.
    pub fn check_aws(&self, url: &Url, settings: &Settings) -> Result<(), String> {
        if self.is_allowed(url) {
            return Ok(());
        }
        let given = self
            .base_url
            .as_ref()
            .is_some_and(|base| same_origin(base, url));
        let amazon = url.scheme() == "https" && is_amazon(url);
        if given || amazon || is_loopback(url) {
            return self.check_way(url, settings, "the signature");
        }
        let places = "AWS keys from the environment or a profile sign requests to `https://*.amazonaws.com`, to this machine, and to \
                      `--base-url`";
        Err(refused(url, places))
    }

    /// Whether the user named the host.
    fn is_allowed(&self, url: &Url) -> bool {
        let host = url.host_str().unwrap_or_default();
        let with_port = url
            .port_or_known_default()
            .map(|port| format!("{host}:{port}"));
        self.hosts
            .iter()
            .any(|allowed| allowed == host || Some(allowed) == with_port.as_ref())
    }

    /// Checks that what goes to a URL arrives there: the server proves who it is, or nothing but the user's own settings leads
    /// elsewhere.
    fn check_way(&self, url: &Url, settings: &Settings, what: &str) -> Result<(), String> {
        let (own, port) = (
            &self.settings,
            url.port_or_known_default().unwrap_or_default(),
        );
        let (tls, own_tls) = (&settings.tls, &own.tls);
        let proven = url.scheme() == "https"
            && (!tls.insecure || own_tls.insecure)
            && (tls.ca.is_none() || tls.ca == own_tls.ca)
            && (tls.server_name.is_none() || tls.server_name == own_tls.server_name);
        if proven {
            return Ok(());
        }
        let host = url.host_str().unwrap_or_default();
        let renamed = settings
            .resolve
            .iter()
            .any(|entry| entry.is_for(host, port) && !own.resolve.contains(entry));
        let way = match () {
            () if settings.unix_socket != own.unix_socket => "`unix_socket`",
            () if renamed => "`resolve`",
            () if settings.proxies.of(url) != own.proxies.of(url) => "`proxy`",
            // Without a proof, the user's own settings must lead there too.
            () if url.scheme() == "https" && !is_loopback(url) => "`tls`",
            () => return Ok(()),
        };
        Err(refused(
            url,
            &format!("{way} of the collection may lead {what} to another server"),
        ))
    }
}

fn refused(url: &Url, why: &str) -> String {
    let host = url.host_str().unwrap_or_default();
    format!("credentials do not go to `{host}`: {why} (`--allow-credentials {host}` allows it)")
}

fn is_amazon(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_end_matches('.');
    [".amazonaws.com", ".amazonaws.com.cn"]
        .iter()
        .any(|end| host.ends_with(end))
}

/// Whether a URL's host is this machine, whatever a name server says.
fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => IpAddr::from(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::from(address).is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::{Proxies, Proxy, Resolve, Tls};

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    /// Every way by which a collection can lead a request elsewhere, and whether TLS finds out.
    fn ways() -> Vec<(&'static str, Settings, bool)> {
        let proxy = || Proxies {
            spares_loopback: false,
            ..Proxies::all(Proxy::parse("http://127.0.0.1:3128").unwrap(), Vec::new())
        };
        let resolve = |host: &str| vec![Resolve::parse(host, "127.0.0.1:9").unwrap()];
        let tls = |tls: Tls| Settings {
            tls,
            ..Settings::default()
        };
        vec![
            ("plain", Settings::default(), true),
            (
                "proxy",
                Settings {
                    proxies: proxy(),
                    ..Settings::default()
                },
                true,
            ),
            (
                "resolve",
                Settings {
                    resolve: resolve("h.test"),
                    ..Settings::default()
                },
                true,
            ),
            (
                "unix_socket",
                Settings {
                    unix_socket: Some("/run/x".into()),
                    ..Settings::default()
                },
                true,
            ),
            (
                "insecure",
                tls(Tls {
                    insecure: true,
                    ..Tls::default()
                }),
                false,
            ),
            (
                "ca",
                tls(Tls {
                    ca: Some("ca.pem".into()),
                    ..Tls::default()
                }),
                false,
            ),
            (
                "server_name",
                tls(Tls {
                    server_name: Some("x.test".into()),
                    ..Tls::default()
                }),
                false,
            ),
        ]
    }

    #[test]
    fn netrc_entries_go_to_their_own_host_alone() {
        let trust = Trust::default();
        for (name, settings, proven) in ways() {
            let check = |text: &str| trust.check_netrc(&url(text), &settings, true).is_ok();
            assert_eq!(check("https://h.test/"), proven, "{name}");
            assert!(!check("http://h.test/"), "{name}");
            assert!(
                trust
                    .check_netrc(&url("https://h.test/"), &settings, false)
                    .is_err(),
                "{name}: default"
            );
            let reaches_loopback = !["proxy", "unix_socket"].contains(&name);
            assert_eq!(check("http://127.0.0.1:8080/"), reaches_loopback, "{name}");
            let allowed = Trust {
                hosts: vec!["h.test".into()],
                ..Trust::default()
            };
            assert!(
                allowed
                    .check_netrc(&url("http://h.test:81/"), &settings, false)
                    .is_ok(),
                "{name}"
            );
            // What the user says is no detour.
            let own = Trust {
                settings: Arc::new(settings.clone()),
                ..Trust::default()
            };
            assert!(
                own.check_netrc(&url("http://localhost/"), &settings, true)
                    .is_ok(),
                "{name}"
            );
        }
    }

    #[test]
    fn found_keys_sign_for_aws_this_machine_and_the_users_own_stage() {
        let trust = Trust {
            base_url: Some(url("http://stage.test:8080/v1")),
            ..Trust::default()
        };
        let cases = [
            ("https://x.execute-api.eu-west-1.amazonaws.com/", true),
            ("https://x.amazonaws.com.cn/", true),
            ("https://x.amazonaws.com./", true),
            ("http://x.amazonaws.com/", false),
            ("https://amazonaws.com.evil.test/", false),
            ("https://evilamazonaws.com/", false),
            ("https://x.lambda-url.eu-west-1.on.aws/", false),
            ("http://localhost:9000/", true),
            ("http://[::1]/", true),
            ("http://127.8.8.8/", true),
            ("http://localhost.evil.test/", false),
            ("http://stage.test:8080/other", true),
            ("http://stage.test/", false),
            ("http://169.254.169.254/", false),
        ];
        for (text, wanted) in cases {
            assert_eq!(
                trust.check_aws(&url(text), &Settings::default()).is_ok(),
                wanted,
                "{text}"
            );
        }
        for (name, settings, proven) in ways() {
            let check = |text: &str| trust.check_aws(&url(text), &settings).is_ok();
            assert_eq!(check("https://x.amazonaws.com/"), proven, "{name}");
            let renamed = Settings {
                resolve: vec![Resolve::parse("stage.test", "127.0.0.1").unwrap()],
                ..settings
            };
            assert!(
                trust
                    .check_aws(&url("http://stage.test:8080/"), &renamed)
                    .is_err(),
                "{name}"
            );
        }
    }

    #[test]
    fn hosts_are_written_with_or_without_a_port() {
        for text in ["h.test", "H.test", "h.test:8443", "[::1]:80", "127.0.0.1"] {
            assert!(host_and_port(text).is_ok(), "{text}");
        }
        for text in [
            "",
            "http://h.test",
            "h.test/x",
            "user@h.test",
            "*.test",
            "h test",
            "h?x",
            "h#x",
        ] {
            assert!(host_and_port(text).is_err(), "{text}");
        }
    }
}
