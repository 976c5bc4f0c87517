//! Whom we believe that they are who they say: the system's authorities, those of a file, and servers of that file.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::verify_server_name;
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, RootCertStore, SignatureScheme};

use super::super::{Certificate, Error, ErrorKind, Tls};
use crate::output::plain;

/// The machine's authorities, read when a certificate is first asked about that no file vouches for. `None`: it has none.
static SYSTEM: OnceLock<Option<Arc<WebPkiServerVerifier>>> = OnceLock::new();

/// What decides about servers' certificates.
pub(super) fn verifier(
    tls: &Tls,
    provider: Arc<CryptoProvider>,
) -> Result<Arc<dyn ServerCertVerifier>, Error> {
    if tls.insecure {
        return Ok(Arc::new(AnyCertificate(provider)));
    }
    let known = tls.ca.as_deref().map(read).transpose()?.unwrap_or_default();
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(known.iter().cloned());
    Ok(Arc::new(Trust {
        authorities: web_pki(roots, &provider),
        known,
        provider,
    }))
}

/// Whether the file of certificates can be used.
pub(super) fn check(tls: &Tls) -> Result<(), Error> {
    tls.ca.as_deref().map(read).transpose().map(drop)
}

/// Whether the machine has no authorities at all, which makes every issuer unknown.
pub(super) fn has_no_roots() -> bool {
    SYSTEM.get().is_some_and(Option::is_none)
}

fn read(path: &Path) -> Result<Vec<CertificateDer<'static>>, Error> {
    let refused = |why: &str| {
        let error = Error::new(
            ErrorKind::Request,
            format!(
                "the certificates `{}` cannot be used: {why}",
                path.display()
            ),
        );
        error.hint("`ca` names a file with blocks `-----BEGIN CERTIFICATE-----`")
    };
    let bytes = std::fs::read(path).map_err(|error| refused(&plain(&error)))?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&bytes).collect();
    match found {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        Ok(_) if Certificate::read(&bytes).is_some() => Ok(vec![CertificateDer::from(bytes)]),
        Ok(_) => Err(refused("it holds no certificate")),
        Err(_) => Err(refused("it is not PEM")),
    }
}

/// As OpenSSL's variables `SSL_CERT_FILE` and `SSL_CERT_DIR` have it, else from where the system keeps them.
fn system() -> Option<Arc<WebPkiServerVerifier>> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    web_pki(roots, &Arc::new(ring::default_provider()))
}

fn web_pki(
    roots: RootCertStore,
    provider: &Arc<CryptoProvider>,
) -> Option<Arc<WebPkiServerVerifier>> {
    let builder =
        WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider));
    // Fails only where there are no authorities.
    builder.build().ok()
}

/// Authorities, and servers that are known themselves.
#[derive(Debug)]
struct Trust {
    /// Those of a file; `None` where it holds none.
    authorities: Option<Arc<WebPkiServerVerifier>>,
    /// The certificates of that file, servers' own among them.
    known: Vec<CertificateDer<'static>>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Trust {
    /// The file is asked first: where it knows the issuer, the system's many authorities need not be read.
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        if self.known.iter().any(|known| known == end_entity) {
            return verify_known(end_entity, name, now);
        }
        if let Some(authorities) = &self.authorities {
            let verified =
                authorities.verify_server_cert(end_entity, intermediates, name, ocsp, now);
            if !matches!(
                verified,
                Err(rustls::Error::InvalidCertificate(
                    CertificateError::UnknownIssuer
                ))
            ) {
                return verified;
            }
        }
        match SYSTEM.get_or_init(system) {
            Some(system) => system.verify_server_cert(end_entity, intermediates, name, ocsp, now),
            None => Err(CertificateError::UnknownIssuer.into()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(
            message,
            certificate,
            signature,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(
            message,
            certificate,
            signature,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

/// A server whose own certificate is known needs no issuer, but the right name and day.
fn verify_known(
    end_entity: &CertificateDer<'_>,
    name: &ServerName<'_>,
    now: UnixTime,
) -> Result<ServerCertVerified, rustls::Error> {
    let Some(certificate) = Certificate::read(end_entity) else {
        return Err(CertificateError::BadEncoding.into());
    };
    let seconds = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
    let moment = |seconds: i64| {
        UnixTime::since_unix_epoch(std::time::Duration::from_secs(
            seconds.try_into().unwrap_or(0),
        ))
    };
    if seconds > certificate.not_after.as_second() {
        let not_after = moment(certificate.not_after.as_second());
        return Err(CertificateError::ExpiredContext {
            time: now,
            not_after,
        }
        .into());
    }
    if seconds < certificate.not_before.as_second() {
        let not_before = moment(certificate.not_before.as_second());
        return Err(CertificateError::NotValidYetContext {
            time: now,
            not_before,
        }
        .into());
    }
    verify_server_name(&ParsedCertificate::try_from(end_entity)?, name)?;
    Ok(ServerCertVerified::assertion())
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
        verify_tls12_signature(
            message,
            certificate,
            signature,
            &self.0.signature_verification_algorithms,
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(
            message,
            certificate,
            signature,
            &self.0.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
