//! The server's side of TLS, with the certificates of `tests/data/tls`.

use std::io;
use std::net::TcpStream;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::ring::default_provider as provider;
use rustls::crypto::verify_tls13_signature_with_raw_key;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, SubjectPublicKeyInfoDer, UnixTime};
use rustls::server::WantsServerCert;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{
    ConfigBuilder, DigitallySignedStruct, DistinguishedName, ServerConfig, ServerConnection,
    SignatureScheme, StreamOwned, WantsVerifier,
};
use x509_parser::prelude::{FromDer, X509Certificate};

use super::Wire;

/// A file of `tests/data/tls`.
pub fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data/tls")
        .join(name)
}

/// A server's configuration with one of the certificates.
pub fn config(certificate: &str) -> Arc<ServerConfig> {
    with(
        certificate,
        ConfigBuilder::<ServerConfig, WantsVerifier>::with_no_client_auth,
    )
}

fn with(
    certificate: &str,
    clients: impl FnOnce(
        ConfigBuilder<ServerConfig, WantsVerifier>,
    ) -> ConfigBuilder<ServerConfig, WantsServerCert>,
) -> Arc<ServerConfig> {
    let chain = CertificateDer::pem_file_iter(file(&format!("{certificate}.pem")))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    let key = PrivateKeyDer::from_pem_file(file("server.key")).unwrap();
    let builder = ServerConfig::builder_with_provider(Arc::new(provider()));
    let builder = clients(builder.with_safe_default_protocol_versions().unwrap());
    let mut config = builder.with_single_cert(chain, key).unwrap();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Arc::new(config)
}

/// A configuration of a server that wants a certificate of the client, takes any that the client has the key of, and keeps it.
pub fn asking(certificate: &str) -> (Arc<ServerConfig>, Arc<AnyClient>) {
    let seen = Arc::new(AnyClient::default());
    (
        with(certificate, |builder| {
            builder.with_client_cert_verifier(seen.clone())
        }),
        seen,
    )
}

/// Takes every certificate of a client.
#[derive(Debug, Default)]
pub struct AnyClient(Mutex<Vec<Vec<u8>>>);

impl AnyClient {
    /// The certificates that came.
    pub fn seen(&self) -> Vec<Vec<u8>> {
        self.0.lock().unwrap().clone()
    }
}

impl ClientCertVerifier for AnyClient {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        self.0.lock().unwrap().push(end_entity.to_vec());
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let (_, certificate) = X509Certificate::from_der(certificate).unwrap();
        let key = SubjectPublicKeyInfoDer::from(certificate.public_key().raw);
        verify_tls13_signature_with_raw_key(
            message,
            &key,
            signature,
            &provider().signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        provider()
            .signature_verification_algorithms
            .supported_schemes()
    }
}

/// Takes a connection over TLS; the handshake happens with the first bytes.
pub fn accept(stream: TcpStream, config: &Arc<ServerConfig>) -> io::Result<Box<dyn Wire>> {
    let connection = ServerConnection::new(Arc::clone(config)).map_err(io::Error::other)?;
    Ok(Box::new(StreamOwned::new(connection, stream)))
}
