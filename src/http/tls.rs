//! TLS: the configuration of connections, and its failures in plain words.

use std::sync::{Arc, OnceLock};

use jiff::Timestamp;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    AlertDescription, CertificateError, ClientConfig, DigitallySignedStruct, OtherError, RootCertStore, SignatureScheme,
};
use url::Url;

use super::client::{HttpVersion, Settings};
use super::send::host_port;
use super::{Error, ErrorKind};

/// So many names of a certificate are shown.
const MOST_NAMES: usize = 5;

/// The machine's root certificates, read when the first `https://` URL is asked for.
static ROOTS: OnceLock<Arc<RootCertStore>> = OnceLock::new();

/// The configuration for connections with these settings. Where none of them will be secure, no certificate file is read.
pub(super) fn config(settings: &Settings, secure: bool) -> Result<ClientConfig, rustls::Error> {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions()?;
    let mut config = if settings.insecure {
        let verifier = Arc::new(AnyCertificate(provider));
        builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth()
    } else {
        let roots = if secure { Arc::clone(ROOTS.get_or_init(native_roots)) } else { Arc::new(RootCertStore::empty()) };
        builder.with_root_certificates(roots).with_no_client_auth()
    };
    config.alpn_protocols = match settings.http {
        None => vec![b"h2".to_vec(), b"http/1.1".to_vec()],
        Some(HttpVersion::Http11) => vec![b"http/1.1".to_vec()],
        Some(HttpVersion::Http2) => vec![b"h2".to_vec()],
    };
    Ok(config)
}

/// Whether the machine has no root certificates at all, which makes every issuer unknown.
pub(super) fn has_no_roots() -> bool {
    ROOTS.get().is_some_and(|roots| roots.is_empty())
}

/// As OpenSSL's variables `SSL_CERT_FILE` and `SSL_CERT_DIR` have it, else from where the system keeps them.
fn native_roots() -> Arc<RootCertStore> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    Arc::new(roots)
}

/// For `insecure`: takes every certificate, but still wants the handshake signed by its key.
#[derive(Debug)]
struct AnyCertificate(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

/// Why no secure connection stands.
pub(super) fn failure(reason: &rustls::Error, url: &Url, settings: &Settings) -> Error {
    let at = host_port(url);
    let (why, hint) = told(reason, url, settings);
    let error = Error::new(ErrorKind::Tls, format!("no secure connection to `{at}`: {why}"));
    if let Some(hint) = hint { error.hint(hint) } else { error }
}

type Told = (String, Option<&'static str>);

fn told(reason: &rustls::Error, url: &Url, settings: &Settings) -> Told {
    match reason {
        rustls::Error::InvalidCertificate(problem) => certificate(problem, url),
        rustls::Error::InvalidMessage(_) => {
            ("what it answers is not TLS".to_owned(), Some("does it speak plain HTTP? then the URL starts with `http://`"))
        }
        rustls::Error::AlertReceived(alert) => alert_received(*alert, settings),
        rustls::Error::NoApplicationProtocol => (no_protocol(settings).to_owned(), None),
        rustls::Error::PeerIncompatible(_) => ("it speaks no version or cipher of TLS that is safe".to_owned(), None),
        other => (other.to_string(), None),
    }
}

fn alert_received(alert: AlertDescription, settings: &Settings) -> Told {
    match alert {
        AlertDescription::NoApplicationProtocol => (no_protocol(settings).to_owned(), None),
        AlertDescription::ProtocolVersion => ("it speaks neither TLS 1.2 nor TLS 1.3".to_owned(), None),
        AlertDescription::UnrecognisedName => ("it does not serve that name".to_owned(), None),
        AlertDescription::CertificateRequired => ("it wants a certificate of the client".to_owned(), None),
        other => (format!("it refused the handshake ({other:?})"), None),
    }
}

fn no_protocol(settings: &Settings) -> &'static str {
    match settings.http {
        Some(HttpVersion::Http11) => "it does not speak HTTP/1.1",
        Some(HttpVersion::Http2) => "it does not speak HTTP/2",
        None => "it speaks neither HTTP/1.1 nor HTTP/2",
    }
}

fn certificate(problem: &CertificateError, url: &Url) -> Told {
    let host = url.host_str().unwrap_or_default();
    let bare = |text: &str| (text.to_owned(), None);
    match problem {
        CertificateError::Expired => bare("its certificate has expired"),
        CertificateError::ExpiredContext { not_after, .. } => (format!("its certificate expired on {}", day(*not_after)), None),
        CertificateError::NotValidYet => bare("its certificate is not valid yet"),
        CertificateError::NotValidYetContext { not_before, .. } => {
            (format!("its certificate is valid from {} only", day(*not_before)), Some("is the clock of this machine right?"))
        }
        CertificateError::NotValidForName => (format!("its certificate is not for `{host}`"), None),
        CertificateError::NotValidForNameContext { presented, .. } => (wrong_name(host, presented), None),
        CertificateError::UnknownIssuer if has_no_roots() => {
            ("this machine has no root certificates".to_owned(), Some("install them, or name a file in `SSL_CERT_FILE`"))
        }
        CertificateError::UnknownIssuer => (
            "nobody whom this machine trusts issued its certificate".to_owned(),
            Some("`SSL_CERT_FILE` names a file of trusted certificates"),
        ),
        CertificateError::Revoked => bare("its certificate was revoked"),
        CertificateError::BadSignature => bare("its certificate is not signed by the issuer that it names"),
        CertificateError::BadEncoding => bare("its certificate cannot be read"),
        CertificateError::Other(OtherError(other)) if other.to_string().contains("CaUsedAsEndEntity") => {
            bare("its certificate is that of an authority, not of a server")
        }
        other => (format!("its certificate is refused: {other}"), None),
    }
}

fn wrong_name(host: &str, presented: &[String]) -> String {
    let names: Vec<String> = presented.iter().take(MOST_NAMES).map(|name| format!("`{}`", plain_name(name))).collect();
    let more = if presented.len() > MOST_NAMES { " and others" } else { "" };
    if names.is_empty() {
        return format!("its certificate is not for `{host}`, it has no name");
    }
    format!("its certificate is not for `{host}` but for {}{more}", names.join(", "))
}

/// webpki writes `DnsName("example.org")` and `IpAddress(127.0.0.1)`.
fn plain_name(name: &str) -> &str {
    let inner = name.split_once('(').and_then(|(_, rest)| rest.strip_suffix(')'));
    inner.unwrap_or(name).trim_matches('"')
}

fn day(moment: UnixTime) -> String {
    let seconds = i64::try_from(moment.as_secs()).unwrap_or(i64::MAX);
    Timestamp::from_second(seconds).map_or_else(|_| "an unknown day".to_owned(), |moment| moment.strftime("%Y-%m-%d").to_string())
}
