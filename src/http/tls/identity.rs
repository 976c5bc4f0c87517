//! The client's own certificate: PEM files, or PKCS#12.

use std::path::Path;
use std::sync::Arc;

use p12_keystore::{KeyStore, Pkcs12ImportPolicy};
use pkcs8::EncryptedPrivateKeyInfoRef;
use rustls::client::WantsClientCert;
use rustls::crypto::ring;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{ClientConfig, ConfigBuilder};
use x509_parser::prelude::{FromDer, X509Certificate};
use x509_parser::x509::SubjectPublicKeyInfo;

use super::super::{Error, ErrorKind, Tls};
use super::TlsFault;
use crate::output::plain;

/// A certificate with its issuers, and its key.
pub(super) struct Identity(CertifiedKey);

impl Identity {
    /// A configuration that shows it to servers that ask, whatever issuers they name: the server decides.
    pub(super) fn give(
        self,
        builder: ConfigBuilder<ClientConfig, WantsClientCert>,
    ) -> ClientConfig {
        builder.with_client_cert_resolver(Arc::new(SingleCertAndKey::from(self.0)))
    }

    /// Of the certificate no more is read than its key: its version, its dates and its extensions are the server's business.
    fn new(
        chain: Vec<CertificateDer<'static>>,
        key: PrivateKeyDer<'static>,
    ) -> Result<Self, &'static str> {
        let key = ring::default_provider()
            .key_provider
            .load_private_key(key)
            .map_err(|_| UNKNOWN_KEY)?;
        let (_, certificate) = chain
            .first()
            .and_then(|first| X509Certificate::from_der(first).ok())
            .ok_or("it is not an X.509 certificate")?;
        // Not told by every kind of key: then the server notices.
        if let Some(public) = key.public_key() {
            let bits = SubjectPublicKeyInfo::from_der(&public)
                .map(|(_, public)| public.subject_public_key.data.to_vec());
            if bits.is_ok_and(|bits| *bits != *certificate.public_key().subject_public_key.data) {
                return Err("the key is not that of the certificate");
            }
        }
        Ok(Self(CertifiedKey::new(chain, key)))
    }
}

const UNKNOWN_KEY: &str = "its key is damaged or of an unsupported kind (RSA from 2048 bits, ECDSA with P-256 or P-384 and Ed25519 are supported)";

/// What the settings name; `None` where they name nothing.
pub(super) fn read(tls: &Tls) -> Result<Option<Identity>, TlsFault> {
    let Some(cert) = &tls.cert else {
        return match &tls.key {
            Some(key) => {
                let why = "there is a `key` and no `cert`";
                Err(TlsFault::new(
                    "key",
                    refused(&key.display().to_string(), why),
                ))
            }
            None => Ok(None),
        };
    };
    let shown = cert.display().to_string();
    let of_cert = |error| TlsFault::new("cert", error);
    let bytes = file(cert).map_err(of_cert)?;
    let (chain, key) = if is_pem(&bytes) {
        from_pem(&shown, &bytes, tls)?
    } else {
        pkcs12(&shown, &bytes, tls).map_err(of_cert)?
    };
    // A key that does not fit is better said before anything is sent.
    Identity::new(chain, key)
        .map(Some)
        .map_err(|why| of_cert(refused(&shown, why)))
}

/// Which of the files cannot be read.
pub(super) fn unreadable(tls: &Tls) -> impl Iterator<Item = TlsFault> {
    let cert = tls
        .cert
        .as_deref()
        .and_then(|path| file(path).err())
        .map(|error| TlsFault::new("cert", error));
    let key = tls
        .key
        .as_deref()
        .and_then(|path| key_file(path).err())
        .map(|error| TlsFault::new("key", error));
    cert.into_iter().chain(key)
}

fn refused(shown: &str, why: &str) -> Error {
    Error::new(
        ErrorKind::Request,
        format!("the client certificate `{shown}` cannot be used: {why}"),
    )
}

fn file(path: &Path) -> Result<Vec<u8>, Error> {
    std::fs::read(path).map_err(|error| refused(&path.display().to_string(), &plain(&error)))
}

fn is_pem(bytes: &[u8]) -> bool {
    bytes.windows(11).any(|window| window == b"-----BEGIN ")
}

type Parts = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

fn from_pem(shown: &str, bytes: &[u8], tls: &Tls) -> Result<Parts, TlsFault> {
    let in_cert = |why: &str| TlsFault::new("cert", refused(shown, why));
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(bytes).collect();
    let chain = chain.map_err(|error| in_cert(&error.to_string()))?;
    if chain.is_empty() {
        return Err(in_cert("it holds no certificate"));
    }
    if let Some(path) = &tls.key {
        let key = key_of(path, tls.key_password.as_deref())
            .map_err(|error| TlsFault::new("key", error))?;
        return Ok((chain, key));
    }
    match key(bytes, tls.key_password.as_deref()) {
        Ok(Some(key)) => Ok((chain, key)),
        Ok(None) => Err(TlsFault::new(
            "cert",
            refused(shown, "it holds no private key").hint("`key` names the key's file"),
        )),
        Err(why) => Err(in_cert(&why)),
    }
}

/// The private key that has a file of its own.
fn key_of(path: &Path, password: Option<&str>) -> Result<PrivateKeyDer<'static>, Error> {
    let bytes = key_file(path)?;
    let key = key(&bytes, password).map_err(|why| refused_key(path, &why))?;
    key.ok_or_else(|| {
        refused_key(path, "it holds no private key")
            .hint("it is a PEM file: `-----BEGIN PRIVATE KEY-----`")
    })
}

fn key_file(path: &Path) -> Result<Vec<u8>, Error> {
    std::fs::read(path).map_err(|error| refused_key(path, &plain(&error)))
}

fn refused_key(path: &Path, why: &str) -> Error {
    Error::new(
        ErrorKind::Request,
        format!("the private key `{}` cannot be used: {why}", path.display()),
    )
}

/// The private key of a PEM file; an encrypted one is opened with its password.
fn key(bytes: &[u8], password: Option<&str>) -> Result<Option<PrivateKeyDer<'static>>, String> {
    if let Some(der) = encrypted_block(bytes)? {
        return open(&der, password).map(Some);
    }
    let old = b"Proc-Type: 4,ENCRYPTED";
    if bytes.windows(old.len()).any(|window| window == old) {
        return Err("it is encrypted in OpenSSL's legacy format; `openssl pkcs8 -topk8 -in OLD -out NEW` converts it".to_owned());
    }
    match PrivateKeyDer::from_pem_slice(bytes) {
        Ok(key) => Ok(Some(key)),
        Err(pem::Error::NoItemsFound) => Ok(None),
        Err(error) => Err(error.to_string()),
    }
}

/// The bytes of an `ENCRYPTED PRIVATE KEY`, whose label the PEM reader passes over.
fn encrypted_block(bytes: &[u8]) -> Result<Option<Vec<u8>>, String> {
    use base64::Engine as _;
    let text = String::from_utf8_lossy(bytes);
    let Some((_, rest)) = text.split_once("-----BEGIN ENCRYPTED PRIVATE KEY-----") else {
        return Ok(None);
    };
    let block: String = rest
        .split("-----END")
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .collect();
    let decoded = base64::engine::general_purpose::STANDARD.decode(block);
    decoded
        .map(Some)
        .map_err(|error| format!("the key is not PEM: {error}"))
}

fn open(der: &[u8], password: Option<&str>) -> Result<PrivateKeyDer<'static>, String> {
    let password = password.ok_or("the key is encrypted, and there is no `key_password`")?;
    let encrypted = EncryptedPrivateKeyInfoRef::try_from(der).map_err(|error| error.to_string())?;
    let opened = encrypted
        .decrypt(password)
        .map_err(|_| "`key_password` does not open the key")?;
    Ok(PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(
        opened.as_bytes().to_vec(),
    )))
}

fn pkcs12(shown: &str, bytes: &[u8], tls: &Tls) -> Result<Parts, Error> {
    let password = tls.key_password.as_deref().unwrap_or_default();
    let store =
        KeyStore::from_pkcs12(bytes, password, Pkcs12ImportPolicy::Strict).map_err(|error| {
            let why = match error {
                p12_keystore::error::Error::MacError(_) => {
                    "`key_password` does not open it".to_owned()
                }
                other => format!("it is neither PEM nor PKCS#12 ({other})"),
            };
            refused(shown, &why)
        })?;
    let Some((_, chain)) = store.private_key_chain() else {
        return Err(refused(shown, "it holds no private key"));
    };
    let certificates = chain
        .certs()
        .iter()
        .map(|certificate| CertificateDer::from(certificate.as_der().to_vec()))
        .collect();
    Ok((
        certificates,
        PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(chain.key().as_der().to_vec())),
    ))
}
