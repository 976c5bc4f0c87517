//! Why no secure connection stands, in plain words with what to do.

use std::error::Error as StdError;
use std::io;

use jiff::Timestamp;
use rustls::pki_types::UnixTime;
use rustls::{AlertDescription, CertificateError, OtherError, PeerIncompatible};
use url::Url;

use super::super::chain::{find, last};
use super::super::url::host_port;
use super::super::{Error, ErrorKind, HttpVersion, Settings, TlsVersion};
use super::{alert, trust};

/// So many names of a certificate are shown.
const MOST_NAMES: usize = 5;

/// The other end, as messages name it.
pub(in crate::http) struct Place {
    /// `` `host:443` ``, or ``the proxy `host:443` ``.
    pub(in crate::http) shown: String,
    /// The name that its certificate must have.
    pub(in crate::http) host: String,
}

impl Place {
    /// A URL's server.
    pub(in crate::http) fn of(url: &Url) -> Self {
        Self {
            shown: format!("`{}`", host_port(url)),
            host: url.host_str().unwrap_or_default().to_owned(),
        }
    }
}

/// Whether an error is one of TLS: a handshake may also fail after it was done, where the server looks at the client's
/// certificate only then.
pub(in crate::http) fn is_of_tls(
    error: &(dyn StdError + 'static),
    url: &Url,
    settings: &Settings,
) -> Option<Error> {
    let reason = find::<rustls::Error>(error)?;
    Some(told_at(reason, &Place::of(url), settings))
}

/// Why the handshake failed.
pub(super) fn of(error: &io::Error, at: &Place, settings: &Settings) -> Error {
    if let Some(reason) = find::<rustls::Error>(error) {
        return told_at(reason, at, settings);
    }
    let ended = |how: &str| {
        let error = Error::new(
            ErrorKind::Tls,
            format!("{} {how} the connection during the TLS handshake", at.shown),
        );
        error.hint("if it does not speak TLS, use `http://`")
    };
    match error.kind() {
        io::ErrorKind::UnexpectedEof => ended("closed"),
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe => ended("reset"),
        _ => Error::new(
            ErrorKind::Tls,
            format!("TLS handshake with {} failed: {}", at.shown, last(error)),
        ),
    }
}

fn told_at(reason: &rustls::Error, at: &Place, settings: &Settings) -> Error {
    let (why, hint) = told(reason, &at.host, settings);
    let error = Error::new(
        ErrorKind::Tls,
        format!("TLS handshake with {} failed: {why}", at.shown),
    );
    if let Some(hint) = hint {
        error.hint(hint)
    } else {
        error
    }
}

type Told = (String, Option<&'static str>);

const SELF_MADE: &str = "if it is your own, set `tls.ca` (`--cacert`) to its CA certificate, or to the certificate itself";
const NOT_TLS: &str = "if it speaks plain HTTP, use `http://`";
const RENEW: &str = "renew it on the server; is the clock of this machine right?";

fn told(reason: &rustls::Error, host: &str, settings: &Settings) -> Told {
    match reason {
        rustls::Error::InvalidCertificate(problem) => certificate(problem, host, settings),
        rustls::Error::InvalidMessage(_) => ("its response is not TLS".to_owned(), Some(NOT_TLS)),
        rustls::Error::AlertReceived(alert) => alert_received(*alert, settings),
        rustls::Error::NoApplicationProtocol => (no_protocol(settings).to_owned(), None),
        rustls::Error::PeerIncompatible(problem) => incompatible(problem, settings),
        rustls::Error::PeerMisbehaved(problem) => (
            format!("it violates TLS: {}", alert::spelt(&format!("{problem:?}"))),
            None,
        ),
        _ => (
            "the handshake failed".to_owned(),
            Some("`openssl s_client -connect HOST:PORT` may say more"),
        ),
    }
}

fn incompatible(problem: &PeerIncompatible, settings: &Settings) -> Told {
    match problem {
        PeerIncompatible::ServerDoesNotSupportTls12Or13
        | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig
        | PeerIncompatible::Tls12NotOffered
        | PeerIncompatible::Tls12NotOfferedOrEnabled => version(settings),
        other => (
            format!(
                "nothing that it offers is supported and safe: {}",
                alert::spelt(&format!("{other:?}"))
            ),
            None,
        ),
    }
}

/// The versions that were offered are none of the server's.
fn version(settings: &Settings) -> Told {
    let tls = &settings.tls;
    let old =
        "it only speaks TLS versions older than 1.2, which are broken (RFC 8996) and not supported";
    match (tls.min, tls.max) {
        (Some(TlsVersion::Tls13), _) => (
            "it does not speak TLS 1.3, and `tls.min` allows nothing older".to_owned(),
            Some("does it need `min = \"1.2\"`?"),
        ),
        (_, Some(TlsVersion::Tls12)) => (
            "it does not speak TLS 1.2, and `tls.max` allows nothing newer".to_owned(),
            Some("does it need `max = \"1.3\"`?"),
        ),
        _ => (old.to_owned(), Some("the server needs TLS 1.2 or 1.3")),
    }
}

fn alert_received(alert: AlertDescription, settings: &Settings) -> Told {
    let has_identity = settings.tls.cert.is_some();
    let identity = Some("`tls.cert` and `tls.key` name the client's certificate");
    match alert {
        AlertDescription::NoApplicationProtocol => (no_protocol(settings).to_owned(), None),
        AlertDescription::ProtocolVersion => version(settings),
        AlertDescription::InsufficientSecurity => {
            ("the offered parameters are too weak for it".to_owned(), None)
        }
        AlertDescription::UnrecognisedName => (
            "it does not serve that name (SNI) (SNI)".to_owned(),
            Some("`tls.server_name` asks for another one"),
        ),
        AlertDescription::CertificateRequired => {
            ("it requires a client certificate".to_owned(), identity)
        }
        // Before TLS 1.3 there was no word for a certificate that is missing.
        AlertDescription::HandshakeFailure if !has_identity => (
            "it refused the handshake: it requires a client certificate, or supports no common cipher"
                .to_owned(),
            identity,
        ),
        AlertDescription::BadCertificate
        | AlertDescription::UnsupportedCertificate
        | AlertDescription::CertificateUnknown
        | AlertDescription::UnknownCA
        | AlertDescription::AccessDenied
            if has_identity =>
        {
            (
                format!(
                    "it rejected the client certificate: {}",
                    alert::words(alert)
                ),
                Some("is it issued by a CA that the server trusts?"),
            )
        }
        AlertDescription::BadCertificate if !has_identity => (
            format!("it refused the handshake: {}", alert::words(alert)),
            identity,
        ),
        AlertDescription::CertificateExpired if has_identity => {
            ("the client's certificate has expired".to_owned(), None)
        }
        AlertDescription::CertificateRevoked if has_identity => {
            ("the client's certificate was revoked".to_owned(), None)
        }
        other => (
            format!("it refused the handshake: {}", alert::words(other)),
            None,
        ),
    }
}

fn no_protocol(settings: &Settings) -> &'static str {
    match settings.http {
        Some(HttpVersion::Http10 | HttpVersion::Http11) => "it does not speak HTTP/1.1",
        Some(HttpVersion::Http2) => "it does not speak HTTP/2",
        None => "it speaks neither HTTP/1.1 nor HTTP/2",
    }
}

fn certificate(problem: &CertificateError, host: &str, settings: &Settings) -> Told {
    let host = settings.tls.server_name.as_deref().unwrap_or(host);
    let bare = |text: &str| (text.to_owned(), None);
    match problem {
        CertificateError::Expired => ("its certificate has expired".to_owned(), Some(RENEW)),
        CertificateError::ExpiredContext { not_after, .. } => {
            (format!("its certificate expired on {}", day(*not_after)), Some(RENEW))
        }
        CertificateError::NotValidYet => bare("its certificate is not valid yet"),
        CertificateError::NotValidYetContext { not_before, .. } => {
            (format!("its certificate is valid from {} only", day(*not_before)), Some("is the clock of this machine right?"))
        }
        CertificateError::NotValidForName => (format!("its certificate is not for `{host}`"), Some(OTHER_NAME)),
        CertificateError::NotValidForNameContext { presented, .. } => (wrong_name(host, presented), Some(OTHER_NAME)),
        CertificateError::UnknownIssuer if trust::has_no_roots() => (
            "this machine has no root certificates".to_owned(),
            Some("install them, or name a file in `SSL_CERT_FILE` or `tls.ca`"),
        ),
        CertificateError::UnknownIssuer => ("its certificate is self-signed or issued by an unknown CA".to_owned(), Some(SELF_MADE)),
        CertificateError::Revoked => bare("its certificate was revoked"),
        CertificateError::BadSignature => {
            bare("its certificate is not signed by the issuer that it names, or by a key of fewer than 2048 bits")
        }
        CertificateError::BadEncoding => bare("its certificate cannot be read"),
        #[expect(deprecated, reason = "the library still says so without context")]
        CertificateError::UnsupportedSignatureAlgorithm
        | CertificateError::UnsupportedSignatureAlgorithmContext { .. }
        | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => {
            ("its certificate is signed in a way that is too weak, or is not known (SHA-1, a short key)".to_owned(), Some(WEAK))
        }
        CertificateError::Other(OtherError(other)) if other.to_string().contains("CaUsedAsEndEntity") => {
            ("its certificate is a CA certificate, not a server certificate".to_owned(), Some(SELF_MADE))
        }
        CertificateError::Other(OtherError(other)) if other.to_string().contains("EndEntityUsedAsCa") => (
            "its certificate is issued by another server certificate instead of a CA".to_owned(),
            Some(SELF_MADE),
        ),
        CertificateError::Other(OtherError(other)) if other.to_string().contains("PathLenConstraintViolated") => {
            bare("its certificate chain is longer than one of its CAs allows")
        }
        CertificateError::Other(OtherError(other)) if other.to_string().contains("NameConstraintViolation") => {
            bare("a CA in its chain does not allow this name (name constraints)")
        }
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            bare("its certificate is not for servers (extended key usage)")
        }
        CertificateError::UnhandledCriticalExtension => bare("its certificate has an unknown critical extension"),
        CertificateError::Other(OtherError(other)) if other.to_string().contains("UnsupportedCertVersion") => {
            ("its certificate has an old X.509 version, without server names".to_owned(), Some(SELF_MADE))
        }
        _ => bare("its certificate, or one above it, is not valid (`openssl verify` may say more)"),
    }
}

const OTHER_NAME: &str =
    "`tls.server_name` expects another name; `resolve` connects to a server under its real name";
const WEAK: &str =
    "the server needs a new one: RSA with at least 2048 bits or an elliptic curve, SHA-256";

fn wrong_name(host: &str, presented: &[String]) -> String {
    if presented
        .iter()
        .any(|name| plain_name(name) == host.trim_matches(['[', ']']))
    {
        return format!(
            "its certificate lists the address `{host}` as a DNS name, which is ignored; it must be an IP address entry"
        );
    }
    let names: Vec<String> = presented
        .iter()
        .take(MOST_NAMES)
        .map(|name| format!("`{}`", plain_name(name)))
        .collect();
    let more = if presented.len() > MOST_NAMES {
        " and others"
    } else {
        ""
    };
    if names.is_empty() {
        return format!(
            "its certificate has no subject alternative name (SAN), so it is not valid for `{host}`"
        );
    }
    format!(
        "its certificate is valid for {}{more}, not for `{host}`",
        names.join(", ")
    )
}

/// webpki writes `DnsName("example.org")` and `IpAddress(127.0.0.1)`.
fn plain_name(name: &str) -> &str {
    let inner = name
        .split_once('(')
        .and_then(|(_, rest)| rest.strip_suffix(')'));
    inner.unwrap_or(name).trim_matches('"')
}

fn day(moment: UnixTime) -> String {
    let seconds = i64::try_from(moment.as_secs()).unwrap_or(i64::MAX);
    Timestamp::from_second(seconds).map_or_else(
        |_| "an unknown day".to_owned(),
        |moment| moment.strftime("%Y-%m-%d").to_string(),
    )
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::http::Tls;

    fn why(reason: &rustls::Error, settings: &Settings) -> String {
        told(reason, "h", settings).0
    }

    #[test]
    fn what_a_server_says_of_a_clients_certificate_is_told() {
        let none = Settings::default();
        let tls = Tls {
            cert: Some(PathBuf::from("client.pem")),
            ..Tls::default()
        };
        let one = Settings {
            tls,
            ..Settings::default()
        };
        let alert = |alert: AlertDescription, settings: &Settings| {
            why(&rustls::Error::AlertReceived(alert), settings)
        };
        assert_eq!(
            alert(AlertDescription::CertificateRequired, &none),
            "it requires a client certificate"
        );
        let either = "it refused the handshake: it requires a client certificate, or supports no common cipher";
        assert_eq!(alert(AlertDescription::HandshakeFailure, &none), either);
        assert_eq!(
            alert(AlertDescription::UnknownCA, &one),
            "it rejected the client certificate: it does not know the authority that issued the client certificate (TLS alert 48)"
        );
        assert_eq!(
            alert(AlertDescription::CertificateExpired, &one),
            "the client's certificate has expired"
        );
        assert_eq!(
            alert(AlertDescription::CertificateRevoked, &one),
            "the client's certificate was revoked"
        );
        let missing =
            "it refused the handshake: the client certificate is damaged or missing (TLS alert 42)";
        assert_eq!(alert(AlertDescription::BadCertificate, &none), missing);
        assert_eq!(
            alert(AlertDescription::UnrecognisedName, &none),
            "it does not serve that name (SNI) (SNI)"
        );
        assert_eq!(
            alert(AlertDescription::InternalError, &none),
            "it refused the handshake: an internal error (TLS alert 80)"
        );
    }

    #[test]
    fn what_is_wrong_with_a_certificate_is_told() {
        let told = |problem: CertificateError| {
            why(
                &rustls::Error::InvalidCertificate(problem),
                &Settings::default(),
            )
        };
        assert_eq!(
            told(CertificateError::Revoked),
            "its certificate was revoked"
        );
        assert_eq!(
            told(CertificateError::BadEncoding),
            "its certificate cannot be read"
        );
        assert_eq!(
            told(CertificateError::NotValidYet),
            "its certificate is not valid yet"
        );
        assert_eq!(
            told(CertificateError::NotValidForName),
            "its certificate is not for `h`"
        );
        let many = (0..7)
            .map(|number| format!("DnsName(\"{number}.h\")"))
            .collect::<Vec<_>>();
        let names = "its certificate is valid for `0.h`, `1.h`, `2.h`, `3.h`, `4.h` and others, not for `h`";
        assert_eq!(wrong_name("h", &many), names);
        let address = wrong_name("127.0.0.1", &["DnsName(\"127.0.0.1\")".to_owned()]);
        assert_eq!(
            address,
            "its certificate lists the address `127.0.0.1` as a DNS name, which is ignored; it must be an IP address entry"
        );
        assert_eq!(
            wrong_name("h", &[]),
            "its certificate has no subject alternative name (SAN), so it is not valid for `h`"
        );
    }
}
