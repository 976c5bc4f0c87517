//! How connections are made.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use super::{Error, ErrorKind, Proxies};
use crate::secret::Redactor;

/// The version of HTTP that is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HttpVersion {
    /// HTTP/1.0, each request as that version writes it.
    Http10,
    /// HTTP/1.1 alone.
    Http11,
    /// HTTP/2 alone, over `http://` without asking first.
    Http2,
}

/// A version of the Internet Protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IpVersion {
    /// IPv4.
    V4,
    /// IPv6.
    V6,
}

/// A version of TLS. Older ones are broken (RFC 8996), and the library that is used here does not have them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TlsVersion {
    /// TLS 1.2.
    Tls12,
    /// TLS 1.3.
    Tls13,
}

/// In which case the names of headers go out over HTTP/1. Servers must not care (RFC 9110 section 5.1); some do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum HeaderCase {
    /// `x-request-id`, as HTTP/2 has them.
    #[default]
    Lower,
    /// `X-Request-Id`.
    Title,
    /// As written.
    Written,
}

/// How connections are made. Requests whose settings are equal share connections.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// The limit for making a connection: name, TCP, proxy and TLS together.
    pub connect_timeout: Option<Duration>,
    /// The version of HTTP; `None`: what server and client agree on.
    pub http: Option<HttpVersion>,
    /// How a secure connection is made.
    pub tls: Tls,
    /// The proxies.
    pub proxies: Proxies,
    /// Addresses that are taken instead of what a name server says.
    pub resolve: Vec<Resolve>,
    /// The socket of this machine that is connected to, whatever the URL's host is.
    pub unix_socket: Option<PathBuf>,
    /// The only version of IP that is used.
    pub ip_version: Option<IpVersion>,
    /// The network interface, or the address of this machine, that connections leave from.
    pub interface: Option<String>,
    /// Closes each connection after its request.
    pub close: bool,
    /// The case of header names.
    pub header_case: HeaderCase,
    /// Whether targets go out byte for byte, also with characters that the library refuses; over HTTP/1 alone.
    pub verbatim_target: bool,
}

impl Settings {
    /// Makes the passwords known to the redactor.
    pub fn hide_secrets(&self, secrets: &Redactor) {
        let proxies = [&self.proxies.http, &self.proxies.https];
        for proxy in proxies.into_iter().flatten() {
            proxy.hide_login(secrets);
        }
        if let Some(password) = &self.tls.key_password {
            secrets.add_whole("key_password", password);
        }
    }

    /// These for another server than that of the request: without what is about the request's own.
    pub(super) fn elsewhere(&self) -> Self {
        Self {
            http: None,
            unix_socket: None,
            header_case: HeaderCase::default(),
            verbatim_target: false,
            tls: Tls {
                server_name: None,
                ..self.tls.clone()
            },
            ..self.clone()
        }
    }

    /// These where nothing may go along that proves who we are, a certificate of the client neither.
    pub(super) fn of_a_stranger(&self) -> Self {
        let elsewhere = self.elsewhere();
        let tls = Tls {
            cert: None,
            key: None,
            key_password: None,
            ..elsewhere.tls
        };
        Self { tls, ..elsewhere }
    }
}

/// How a secure connection is made.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Tls {
    /// A file of certificates (PEM) that are trusted besides the system's: authorities, or a server's own.
    pub ca: Option<PathBuf>,
    /// The client's certificate: PEM, or PKCS#12 with its key.
    pub cert: Option<PathBuf>,
    /// The certificate's private key (PEM), where it does not stand in the certificate's file.
    pub key: Option<PathBuf>,
    /// What the key is encrypted with.
    pub key_password: Option<String>,
    /// Takes any certificate.
    pub insecure: bool,
    /// The oldest version that is spoken.
    pub min: Option<TlsVersion>,
    /// The newest version that is spoken.
    pub max: Option<TlsVersion>,
    /// The name that is asked for and that the certificate must have, instead of the URL's host.
    pub server_name: Option<String>,
}

/// The password is not shown.
impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls")
            .field("ca", &self.ca)
            .field("cert", &self.cert)
            .finish_non_exhaustive()
    }
}

/// An address that is taken instead of what a name server says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolve {
    /// The URL's host, in lower case.
    pub host: String,
    /// The URL's port; `None`: any.
    pub port: Option<u16>,
    /// The address.
    pub address: IpAddr,
    /// The port there; `None`: the URL's.
    pub to_port: Option<u16>,
}

impl Resolve {
    /// Reads `host` or `host:port`, and `address` or `address:port`; an IPv6 address with a port stands in brackets.
    ///
    /// # Errors
    /// Where either is something else; the text says what.
    pub fn parse(from: &str, to: &str) -> Result<Self, Error> {
        let refused = |message: String| Error::new(ErrorKind::Request, message);
        let (host, port) = match from.rsplit_once(':') {
            Some((host, port)) if !host.contains(':') || host.ends_with(']') => {
                let port = port
                    .parse()
                    .map_err(|_| refused(format!("`{from}` is not a host, or `host:port`")))?;
                (host, Some(port))
            }
            _ => (from, None),
        };
        if host.is_empty() || host.contains(['/', '@', ' ']) {
            return Err(refused(format!("`{from}` is not a host, or `host:port`")));
        }
        let whole = to
            .trim_start_matches('[')
            .trim_end_matches(']')
            .parse()
            .map(|address| (address, None));
        let with_port = || {
            to.parse::<std::net::SocketAddr>()
                .map(|to| (to.ip(), Some(to.port())))
        };
        let (address, to_port) = whole
            .or_else(|_| with_port())
            .map_err(|_| refused(format!("`{to}` is not an IP address, or `address:port`")))?;
        Ok(Self {
            host: host.trim_matches(['[', ']']).to_lowercase(),
            port,
            address,
            to_port,
        })
    }

    /// Whether it is about this host and port.
    pub(crate) fn is_for(&self, host: &str, port: u16) -> bool {
        host.trim_matches(['[', ']'])
            .eq_ignore_ascii_case(&self.host)
            && self.port.is_none_or(|own| own == port)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_mapped_to_addresses() {
        let read = |from: &str, to: &str| Resolve::parse(from, to).map_err(|error| error.message);
        let resolve = read("API.example.org:8443", "[::1]:9443").unwrap();
        assert_eq!(
            (resolve.host.as_str(), resolve.port, resolve.to_port),
            ("api.example.org", Some(8443), Some(9443))
        );
        assert!(resolve.is_for("api.example.org", 8443) && !resolve.is_for("api.example.org", 443));
        let any = read("h", "127.0.0.1").unwrap();
        assert!(any.is_for("H", 1) && any.to_port.is_none());
        assert_eq!(read("[::2]:80", "::1").unwrap().host, "::2");
        assert_eq!(
            read("h", "localhost"),
            Err("`localhost` is not an IP address, or `address:port`".to_owned())
        );
        assert_eq!(
            read("h:x", "::1"),
            Err("`h:x` is not a host, or `host:port`".to_owned())
        );
        assert_eq!(
            read("http://h", "::1"),
            Err("`http://h` is not a host, or `host:port`".to_owned())
        );
    }
}
