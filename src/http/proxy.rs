//! Which requests go through a proxy, and how it is asked.

use std::fmt;
use std::net::IpAddr;

use base64::Engine as _;
use url::{Host, Url};

use super::{Error, ErrorKind};
use crate::secret::Redactor;

/// How a proxy is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProxyKind {
    /// HTTP: what is not secure is handed over, what is goes through a tunnel (`CONNECT`).
    Http,
    /// The same over TLS.
    Https,
    /// SOCKS 5 (RFC 1928); names are looked up here.
    Socks5,
    /// SOCKS 5; names are looked up by the proxy.
    Socks5h,
}

/// A proxy.
#[derive(Clone, PartialEq, Eq)]
pub struct Proxy {
    /// How it is spoken to.
    pub kind: ProxyKind,
    /// Its host.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// User and password.
    pub login: Option<(String, String)>,
}

/// User and password are not shown.
impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.url())
    }
}

impl ProxyKind {
    fn of_scheme(scheme: &str) -> Option<Self> {
        match scheme {
            "http" => Some(Self::Http),
            "https" => Some(Self::Https),
            "socks5" => Some(Self::Socks5),
            "socks5h" | "socks" => Some(Self::Socks5h),
            _ => None,
        }
    }
}

/// The port of a proxy whose URL has none, as in curl.
const USUAL_PORT: u16 = 1080;

/// The port that a proxy's URL has, also if it is the usual one of its scheme, which a parsed URL drops.
fn written_port(text: &str, url: &Url) -> Option<u16> {
    let rest = text.split_once("://").map_or("", |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    let end = host.rsplit(']').next().unwrap_or_default();
    end.contains(':').then(|| url.port_or_known_default())?
}

/// The user and password of a proxy's URL.
fn login(url: &Url) -> Option<(String, String)> {
    let decode = |text: &str| {
        percent_encoding::percent_decode_str(text)
            .decode_utf8_lossy()
            .into_owned()
    };
    let has_login = !url.username().is_empty() || url.password().is_some();
    has_login.then(|| {
        let password = url.password().unwrap_or_default();
        (decode(url.username()), decode(password))
    })
}

impl Proxy {
    /// Reads `http://host:port`, `https://…`, `socks5://…` or `socks5h://…`, with `user:password@` where it wants them. Without
    /// a scheme it is HTTP; without a port it is 1080, as in curl.
    ///
    /// # Errors
    /// Where the text is none of these. It may hold a password, so it is not repeated.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let refused =
            |message: String, hint: &str| Error::new(ErrorKind::Request, message).hint(hint);
        let usual = "write `http://host:port`, `https://…`, `socks5://…` or `socks5h://…`";
        if text
            .chars()
            .any(|character| character.is_control() || character.is_whitespace())
        {
            return Err(refused(
                "the proxy is not a URL: it holds white space, or a control character".to_owned(),
                usual,
            ));
        }
        let with_scheme = if text.contains("://") {
            text.to_owned()
        } else {
            format!("http://{text}")
        };
        let url = Url::parse(&with_scheme)
            .map_err(|error| refused(format!("the proxy is not a URL: {error}"), usual))?;
        let Some(kind) = ProxyKind::of_scheme(url.scheme()) else {
            let scheme = url.scheme();
            let message = format!("`{scheme}://` proxies are not supported");
            return Err(refused(message, usual));
        };
        let Some(host) = url.host_str().filter(|host| !host.is_empty()) else {
            return Err(refused("the proxy's URL has no host".to_owned(), usual));
        };
        // `http//user:password@host` is a host `http` with a path: a typo, never a proxy.
        if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
            let message = "the proxy's URL has a path or query".to_owned();
            return Err(refused(message, usual));
        }
        Ok(Self {
            kind,
            host: host.trim_matches(['[', ']']).to_owned(),
            port: written_port(&with_scheme, &url).unwrap_or(USUAL_PORT),
            login: login(&url),
        })
    }

    /// Its URL without user and password.
    #[must_use]
    pub fn url(&self) -> String {
        format!("{}://{}", self.scheme(), self.host_port())
    }

    pub(super) fn scheme(&self) -> &'static str {
        match self.kind {
            ProxyKind::Http => "http",
            ProxyKind::Https => "https",
            ProxyKind::Socks5 => "socks5",
            ProxyKind::Socks5h => "socks5h",
        }
    }

    /// Host and port, as messages name them.
    pub(super) fn host_port(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }

    /// Makes its password, or a user that stands alone, known to the redactor.
    pub fn hide_login(&self, secrets: &Redactor) {
        let Some((user, password)) = &self.login else {
            return;
        };
        let (role, secret) = if password.is_empty() {
            ("user", user)
        } else {
            ("password", password)
        };
        super::url::hide(&format!("proxy_{role}"), role, secret, secrets);
        secrets.add_between(
            "proxy_user",
            ("", &format!("@{}", self.host)),
            if password.is_empty() { user } else { "" },
        );
    }

    /// The value of `proxy-authorization`.
    pub(super) fn authorization(&self) -> Option<String> {
        let (user, password) = self.login.as_ref()?;
        let encoded =
            base64::engine::general_purpose::STANDARD.encode(format!("{user}:{password}"));
        Some(format!("Basic {encoded}"))
    }

    /// Whether requests for `http://` are handed over to it as they are.
    pub(super) fn takes_requests(&self) -> bool {
        matches!(self.kind, ProxyKind::Http | ProxyKind::Https)
    }
}

/// The proxies of a request, and where none is used.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Proxies {
    /// For `http://`.
    pub http: Option<Proxy>,
    /// For `https://`.
    pub https: Option<Proxy>,
    /// Hosts that are reached without them: `example.org` (and all below it), an address, a block of addresses such as
    /// `10.0.0.0/8`, or `*`.
    pub except: Vec<String>,
    /// Whether this machine itself is reached without them.
    pub spares_loopback: bool,
}

impl Proxies {
    /// One proxy for everything.
    #[must_use]
    pub fn all(proxy: Proxy, except: Vec<String>) -> Self {
        Self {
            http: Some(proxy.clone()),
            https: Some(proxy),
            except,
            spares_loopback: false,
        }
    }

    /// What the variables `http_proxy`, `https_proxy`, `all_proxy` and `no_proxy` say, in lower or upper case. They do not
    /// reach this machine itself, whose local stages no proxy would find.
    ///
    /// # Errors
    /// Where one of them holds no proxy; the message names it.
    pub fn of_environment(variable: impl Fn(&str) -> Option<String>) -> Result<Self, Error> {
        let either = |name: &str| {
            let found = [name.to_owned(), name.to_uppercase()]
                .into_iter()
                .find_map(|name| Some((variable(&name)?, name)));
            found.filter(|(value, _)| !value.trim().is_empty())
        };
        let read = |name: &str| {
            let Some((value, name)) = either(name).or_else(|| either("all_proxy")) else {
                return Ok(None);
            };
            let wrong = |error: Error| Error {
                message: format!("`{name}`: {}", error.message),
                ..error
            };
            Proxy::parse(value.trim()).map(Some).map_err(wrong)
        };
        let except = either("no_proxy")
            .map(|(value, _)| exceptions(&value))
            .unwrap_or_default();
        Ok(Self {
            http: read("http_proxy")?,
            https: read("https_proxy")?,
            except,
            spares_loopback: true,
        })
    }

    /// The proxy for a URL.
    #[must_use]
    pub fn of(&self, url: &Url) -> Option<&Proxy> {
        let proxy = if matches!(url.scheme(), "https" | "wss") {
            &self.https
        } else {
            &self.http
        };
        proxy.as_ref().filter(|_| !self.spares(url))
    }

    fn spares(&self, url: &Url) -> bool {
        let Some(host) = url.host() else { return true };
        let address = match &host {
            Host::Domain(name) if self.spares_loopback && is_local(name) => return true,
            Host::Domain(_) => None,
            Host::Ipv4(address) => Some(IpAddr::V4(*address)),
            Host::Ipv6(address) => Some(IpAddr::V6(*address)),
        };
        if self.spares_loopback && address.is_some_and(|address| address.is_loopback()) {
            return true;
        }
        let name = url
            .host_str()
            .unwrap_or_default()
            .trim_matches(['[', ']'])
            .trim_end_matches('.')
            .to_lowercase();
        self.except
            .iter()
            .any(|except| matches(except, &name, address, url.port_or_known_default()))
    }
}

fn is_local(name: &str) -> bool {
    name.eq_ignore_ascii_case("localhost") || name.to_lowercase().ends_with(".localhost")
}

/// The entries of `no_proxy`, between commas or spaces.
#[must_use]
pub fn exceptions(text: &str) -> Vec<String> {
    text.split([',', ' '])
        .map(str::trim)
        .filter(|entry| !entry.is_empty())
        .map(str::to_lowercase)
        .collect()
}

/// Whether an entry of `no_proxy` is about a host.
fn matches(entry: &str, name: &str, address: Option<IpAddr>, port: Option<u16>) -> bool {
    if entry == "*" {
        return true;
    }
    if let Some((block, bits)) = entry.split_once('/') {
        return address.is_some_and(|address| is_in_block(address, block, bits));
    }
    let (host, entry_port) = match entry.rsplit_once(':') {
        Some((host, digits)) if !host.contains(':') || host.ends_with(']') => {
            (host, digits.parse().ok())
        }
        _ => (entry, None),
    };
    let host = host
        .trim_matches(['[', ']'])
        .trim_start_matches("*.")
        .trim_start_matches('.')
        .trim_end_matches('.');
    let below = || {
        address.is_none()
            && name
                .strip_suffix(host)
                .is_some_and(|rest| rest.ends_with('.'))
    };
    (name == host || below()) && entry_port.is_none_or(|own| port == Some(own))
}

fn is_in_block(address: IpAddr, block: &str, bits: &str) -> bool {
    let (Ok(block), Ok(bits)) = (block.parse::<IpAddr>(), bits.parse::<u32>()) else {
        return false;
    };
    match (address, block) {
        (IpAddr::V4(address), IpAddr::V4(block)) if bits <= 32 => {
            let mask = u32::MAX.checked_shl(32 - bits).unwrap_or(0);
            u32::from(address) & mask == u32::from(block) & mask
        }
        (IpAddr::V6(address), IpAddr::V6(block)) if bits <= 128 => {
            let mask = u128::MAX.checked_shl(128 - bits).unwrap_or(0);
            u128::from(address) & mask == u128::from(block) & mask
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_is_read() {
        let told = |text: &str| match Proxy::parse(text) {
            Ok(proxy) => format!("{} {:?}", proxy.url(), proxy.login),
            Err(error) => error.message,
        };
        let cases = [
            ("proxy:3128", "http://proxy:3128 None"),
            ("http://proxy", "http://proxy:1080 None"),
            ("http://proxy:80/", "http://proxy:80 None"),
            (
                "https://a%40b:p%3Aw@[::1]:8443",
                "https://[::1]:8443 Some((\"a@b\", \"p:w\"))",
            ),
            ("socks5h://127.0.0.1", "socks5h://127.0.0.1:1080 None"),
            ("socks4://h", "`socks4://` proxies are not supported"),
            (
                "http://a\r\nb",
                "the proxy is not a URL: it holds white space, or a control character",
            ),
            ("http://", "the proxy is not a URL: empty host"),
            ("http//me:secret@h", "the proxy's URL has a path or query"),
            ("http:/me:secret@h", "the proxy's URL has a path or query"),
            ("socks5//me:secret@h", "the proxy's URL has a path or query"),
            ("http://h:1/path", "the proxy's URL has a path or query"),
            ("h:1?x", "the proxy's URL has a path or query"),
            ("h:1#x", "the proxy's URL has a path or query"),
        ];
        for (text, expected) in cases {
            assert_eq!(told(text), expected, "{text}");
        }
        let secret = Proxy::parse("http://me:secret@h:1").unwrap();
        assert_eq!(format!("{secret:?}"), "http://h:1");
        assert_eq!(secret.authorization().unwrap(), "Basic bWU6c2VjcmV0");
    }

    #[test]
    fn the_environment_is_read() {
        let proxies = |pairs: &[(&str, &str)]| {
            let find = |name: &str| {
                pairs
                    .iter()
                    .find(|(known, _)| *known == name)
                    .map(|(_, value)| (*value).to_owned())
            };
            Proxies::of_environment(find)
        };
        let found = proxies(&[
            ("HTTP_PROXY", "a:1"),
            ("all_proxy", "socks5://b:2"),
            ("no_proxy", "x.test, 10.0.0.0/8"),
        ])
        .unwrap();
        let of = |url: &str| found.of(&Url::parse(url).unwrap()).map(Proxy::url);
        assert_eq!(of("http://h/").as_deref(), Some("http://a:1"));
        assert_eq!(of("wss://h/").as_deref(), Some("socks5://b:2"));
        for spared in [
            "http://x.test/",
            "http://a.x.test/",
            "http://10.1.2.3/",
            "http://localhost:80/",
            "http://[::1]/",
        ] {
            assert_eq!(of(spared), None, "{spared}");
        }
        assert!(of("http://ax.test/").is_some() && of("http://11.0.0.1/").is_some());
        assert_eq!(
            proxies(&[("HTTPS_PROXY", "ftp://x")]).unwrap_err().message,
            "`HTTPS_PROXY`: `ftp://` proxies are not supported"
        );
        assert_eq!(
            proxies(&[]).unwrap().of(&Url::parse("http://h/").unwrap()),
            None
        );
    }

    #[test]
    fn exceptions_are_hosts_blocks_and_ports() {
        let spares = |entry: &str, url: &str| {
            let proxies = Proxies::all(Proxy::parse("p").unwrap(), exceptions(entry));
            proxies.of(&Url::parse(url).unwrap()).is_none()
        };
        for (entry, url) in [
            ("*", "http://h/"),
            (".h.test", "http://h.test/"),
            ("*.h.test", "http://a.h.test/"),
            ("H.Test:8080", "http://h.test:8080/"),
            ("h.test.", "http://h.test/"),
            ("h.test", "http://h.test./"),
            ("[::1]:80", "http://[::1]/"),
            ("fe80::/10", "http://[fe80::1]/"),
            ("0.0.0.0/0", "http://1.2.3.4/"),
        ] {
            assert!(spares(entry, url), "{entry} and {url}");
        }
        for (entry, url) in [
            ("h.test:8080", "http://h.test/"),
            ("0.0.1", "http://10.0.0.1/"),
            ("1.2.3.4/99", "http://1.2.3.4/"),
        ] {
            assert!(!spares(entry, url), "{entry} and {url}");
        }
        assert!(
            !spares("", "http://localhost/"),
            "a proxy that is written is used for this machine too"
        );
    }
}
