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
        error.hint("does it speak TLS? if not, the URL starts with `http://`")
    };
    match error.kind() {
        io::ErrorKind::UnexpectedEof => ended("closed"),
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe => ended("reset"),
        _ => Error::new(
            ErrorKind::Tls,
            format!("no secure connection to {}: {}", at.shown, last(error)),
        ),
    }
}

fn told_at(reason: &rustls::Error, at: &Place, settings: &Settings) -> Error {
    let (why, hint) = told(reason, &at.host, settings);
    let error = Error::new(
        ErrorKind::Tls,
        format!("no secure connection to {}: {why}", at.shown),
    );
    if let Some(hint) = hint {
        error.hint(hint)
    } else {
        error
    }
}

type Told = (String, Option<&'static str>);

const SELF_MADE: &str =
    "for one of your own, `tls.ca` names a file with its authority or with the certificate itself";
const NOT_TLS: &str = "does it speak plain HTTP? then the URL starts with `http://`";
const RENEW: &str = "whoever runs the server renews it; is the clock of this machine right?";

fn told(reason: &rustls::Error, host: &str, settings: &Settings) -> Told {
    match reason {
        rustls::Error::InvalidCertificate(problem) => certificate(problem, host, settings),
        rustls::Error::InvalidMessage(_) => {
            ("what it answers is not TLS".to_owned(), Some(NOT_TLS))
        }
        rustls::Error::AlertReceived(alert) => alert_received(*alert, settings),
        rustls::Error::NoApplicationProtocol => (no_protocol(settings).to_owned(), None),
        rustls::Error::PeerIncompatible(problem) => incompatible(problem, settings),
        rustls::Error::PeerMisbehaved(problem) => (
            format!(
                "it breaks the rules of TLS: {}",
                alert::spelt(&format!("{problem:?}"))
            ),
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
    let old = "it speaks only versions of TLS older than 1.2, which are broken (RFC 8996) and cannot be spoken here";
    match (tls.min, tls.max) {
        (Some(TlsVersion::Tls13), _) => (
            "it does not speak TLS 1.3, and `tls.min` allows nothing older".to_owned(),
            Some("does it need `min = \"1.2\"`?"),
        ),
        (_, Some(TlsVersion::Tls12)) => (
            "it does not speak TLS 1.2, and `tls.max` allows nothing newer".to_owned(),
            Some("does it need `max = \"1.3\"`?"),
        ),
        _ => (old.to_owned(), Some("the server must learn TLS 1.2 or 1.3")),
    }
}

fn alert_received(alert: AlertDescription, settings: &Settings) -> Told {
    let has_identity = settings.tls.cert.is_some();
    let identity = Some("`tls.cert` and `tls.key` name the client's certificate");
    match alert {
        AlertDescription::NoApplicationProtocol => (no_protocol(settings).to_owned(), None),
        AlertDescription::ProtocolVersion => version(settings),
        AlertDescription::InsufficientSecurity => {
            ("what is offered is too weak for it".to_owned(), None)
        }
        AlertDescription::UnrecognisedName => (
            "it does not serve that name".to_owned(),
            Some("`tls.server_name` asks for another one"),
        ),
        AlertDescription::CertificateRequired => {
            ("it wants a certificate of the client".to_owned(), identity)
        }
        // Before TLS 1.3 there was no word for a certificate that is missing.
        AlertDescription::HandshakeFailure if !has_identity => (
            "it refused the handshake: it wants a certificate of the client, or no cipher suits it"
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
                    "it does not take the client's certificate: {}",
                    alert::words(alert)
                ),
                Some("is it issued by whom the server trusts?"),
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
        CertificateError::UnknownIssuer => ("nobody whom this machine trusts issued its certificate".to_owned(), Some(SELF_MADE)),
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
            ("its certificate is that of an authority, not of a server".to_owned(), Some(SELF_MADE))
        }
        CertificateError::Other(OtherError(other)) if other.to_string().contains("EndEntityUsedAsCa") => (
            "its certificate is issued by another server's certificate, which is not that of an authority".to_owned(),
            Some(SELF_MADE),
        ),
        CertificateError::Other(OtherError(other)) if other.to_string().contains("PathLenConstraintViolated") => {
            bare("its certificate has more authorities above it than one of them allows")
        }
        CertificateError::Other(OtherError(other)) if other.to_string().contains("NameConstraintViolation") => {
            bare("an authority above its certificate does not allow its name")
        }
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            bare("its certificate is not for servers (its extended key usage)")
        }
        CertificateError::UnhandledCriticalExtension => bare("its certificate has a critical extension that is not known"),
        CertificateError::Other(OtherError(other)) if other.to_string().contains("UnsupportedCertVersion") => {
            ("its certificate is of an old version, that knows no names of servers".to_owned(), Some(SELF_MADE))
        }
        _ => bare("its certificate, or one above it, is not valid (`openssl verify` may say more)"),
    }
}

const OTHER_NAME: &str =
    "`tls.server_name` asks for another name; `resolve` reaches a server by its right one";
const WEAK: &str =
    "whoever runs the server needs a new one: RSA from 2048 bits or an elliptic curve, SHA-256";

fn wrong_name(host: &str, presented: &[String]) -> String {
    if presented
        .iter()
        .any(|name| plain_name(name) == host.trim_matches(['[', ']']))
    {
        return format!(
            "its certificate has the address `{host}` as if it were a name, where it does not count"
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
        return format!("its certificate is not for `{host}`, it has no name");
    }
    format!(
        "its certificate is not for `{host}` but for {}{more}",
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
            "it wants a certificate of the client"
        );
        let either =
            "it refused the handshake: it wants a certificate of the client, or no cipher suits it";
        assert_eq!(alert(AlertDescription::HandshakeFailure, &none), either);
        assert_eq!(
            alert(AlertDescription::UnknownCA, &one),
            "it does not take the client's certificate: it does not know the authority that issued the client certificate (TLS alert 48)"
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
            "it does not serve that name"
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
        let names =
            "its certificate is not for `h` but for `0.h`, `1.h`, `2.h`, `3.h`, `4.h` and others";
        assert_eq!(wrong_name("h", &many), names);
        let address = wrong_name("127.0.0.1", &["DnsName(\"127.0.0.1\")".to_owned()]);
        assert_eq!(
            address,
            "its certificate has the address `127.0.0.1` as if it were a name, where it does not count"
        );
        assert_eq!(
            wrong_name("h", &[]),
            "its certificate is not for `h`, it has no name"
        );
    }
}
