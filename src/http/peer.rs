//! The other end of a connection.

use std::net::{IpAddr, SocketAddr};

use jiff::Timestamp;
use rustls::pki_types::CertificateDer;
use sha2::{Digest, Sha256};
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer, X509Certificate};

use super::TlsVersion;

/// The other end of a connection.
#[derive(Debug, Clone, Default)]
pub struct Peer {
    /// The address that was connected to, which is the proxy's where there is one; `None` for a unix socket.
    pub address: Option<SocketAddr>,
    /// What TLS told; `None` where the connection is not secure.
    pub tls: Option<PeerTls>,
}

/// What TLS told of the other end.
#[derive(Debug, Clone)]
pub struct PeerTls {
    /// The version that is spoken.
    pub version: TlsVersion,
    /// Its certificate, as bytes (DER); those of its issuers follow.
    pub chain: Vec<CertificateDer<'static>>,
}

impl Peer {
    /// The server's certificate.
    #[must_use]
    pub fn certificate(&self) -> Option<Certificate> {
        Certificate::read(self.tls.as_ref()?.chain.first()?)
    }
}

/// What a certificate says (RFC 5280).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// Whom it is issued to: `CN=example.org, O=Example`.
    pub subject: String,
    /// Who issued it.
    pub issuer: String,
    /// The names and addresses that it is for.
    pub san: Vec<String>,
    /// Its number, in hex.
    pub serial: String,
    /// From when it holds.
    pub not_before: Timestamp,
    /// Until when it holds.
    pub not_after: Timestamp,
    /// The SHA-256 of its bytes, in hex.
    pub fingerprint: String,
}

impl Certificate {
    /// Reads a certificate (DER); `None` where the bytes are none.
    #[must_use]
    pub fn read(der: &[u8]) -> Option<Self> {
        let (_, found) = X509Certificate::from_der(der).ok()?;
        let moment = |seconds: i64| {
            Timestamp::from_second(seconds).unwrap_or(if seconds < 0 {
                Timestamp::MIN
            } else {
                Timestamp::MAX
            })
        };
        let names = found.subject_alternative_name().ok().flatten();
        let names = names
            .iter()
            .flat_map(|extension| &extension.value.general_names);
        let serial = found.tbs_certificate.raw_serial();
        let serial = if let [0, rest @ ..] = serial {
            rest
        } else {
            serial
        };
        Some(Self {
            subject: found.subject().to_string(),
            issuer: found.issuer().to_string(),
            san: names.filter_map(name).collect(),
            serial: hex::encode(serial),
            not_before: moment(found.validity().not_before.timestamp()),
            not_after: moment(found.validity().not_after.timestamp()),
            fingerprint: hex::encode(Sha256::digest(der)),
        })
    }
}

fn name(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(name) | GeneralName::RFC822Name(name) | GeneralName::URI(name) => {
            Some((*name).to_owned())
        }
        GeneralName::IPAddress(bytes) => address(bytes).map(|address| address.to_string()),
        _ => None,
    }
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    let four = <[u8; 4]>::try_from(bytes).map(IpAddr::from);
    four.or_else(|_| <[u8; 16]>::try_from(bytes).map(IpAddr::from))
        .ok()
}
