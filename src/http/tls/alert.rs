//! The alerts of TLS (RFC 8446 section 6, RFC 5246 section 7.2) in words.

use rustls::AlertDescription;

/// Every alert, and what it says; unlisted ones have a number only.
const ALERTS: [(AlertDescription, &str); 35] = [
    (AlertDescription::CloseNotify, "it closed the connection"),
    (
        AlertDescription::UnexpectedMessage,
        "a message came out of order",
    ),
    (AlertDescription::BadRecordMac, "a record arrived damaged"),
    (
        AlertDescription::DecryptionFailed,
        "a record could not be decrypted",
    ),
    (AlertDescription::RecordOverflow, "a record was too long"),
    (
        AlertDescription::DecompressionFailure,
        "a record could not be decompressed",
    ),
    (
        AlertDescription::HandshakeFailure,
        "no common version, cipher or certificate",
    ),
    (
        AlertDescription::NoCertificate,
        "there is no client certificate",
    ),
    (
        AlertDescription::BadCertificate,
        "the client certificate is damaged or missing",
    ),
    (
        AlertDescription::UnsupportedCertificate,
        "the client certificate is of a kind that it does not support",
    ),
    (
        AlertDescription::CertificateRevoked,
        "the client certificate was revoked",
    ),
    (
        AlertDescription::CertificateExpired,
        "the client certificate has expired",
    ),
    (
        AlertDescription::CertificateUnknown,
        "it does not accept the client certificate, and does not say why",
    ),
    (
        AlertDescription::IllegalParameter,
        "a value in the handshake is not allowed",
    ),
    (
        AlertDescription::UnknownCA,
        "it does not know the authority that issued the client certificate",
    ),
    (
        AlertDescription::AccessDenied,
        "the owner of the client certificate has no access",
    ),
    (
        AlertDescription::DecodeError,
        "a message could not be decoded",
    ),
    (
        AlertDescription::DecryptError,
        "a signature or a key in the handshake is wrong",
    ),
    (
        AlertDescription::ExportRestriction,
        "export rules forbid the key length",
    ),
    (
        AlertDescription::ProtocolVersion,
        "it does not speak this version of TLS",
    ),
    (
        AlertDescription::InsufficientSecurity,
        "the offered parameters are too weak for it",
    ),
    (AlertDescription::InternalError, "an internal error"),
    (
        AlertDescription::InappropriateFallback,
        "the connection was downgraded to an older version",
    ),
    (
        AlertDescription::UserCanceled,
        "the handshake was cancelled",
    ),
    (AlertDescription::NoRenegotiation, "it does not renegotiate"),
    (
        AlertDescription::MissingExtension,
        "an extension is missing in the handshake",
    ),
    (
        AlertDescription::UnsupportedExtension,
        "it received an extension that it did not request",
    ),
    (
        AlertDescription::CertificateUnobtainable,
        "it could not fetch the client certificate",
    ),
    (
        AlertDescription::UnrecognisedName,
        "it does not serve that name (SNI) (SNI)",
    ),
    (
        AlertDescription::BadCertificateStatusResponse,
        "the revocation status (OCSP) of a certificate is not valid",
    ),
    (
        AlertDescription::BadCertificateHashValue,
        "the hash of a certificate does not match",
    ),
    (
        AlertDescription::UnknownPSKIdentity,
        "it does not know the pre-shared key",
    ),
    (
        AlertDescription::CertificateRequired,
        "it wants a client certificate",
    ),
    (
        AlertDescription::NoApplicationProtocol,
        "it speaks none of the offered protocols",
    ),
    (
        AlertDescription::EncryptedClientHelloRequired,
        "it wants an encrypted ClientHello (ECH)",
    ),
];

/// What an alert says.
pub(super) fn words(alert: AlertDescription) -> String {
    let known = ALERTS.iter().find(|(known, _)| *known == alert);
    let number = u8::from(alert);
    known.map_or_else(
        || format!("TLS alert {number}, which is not a known one"),
        |(_, words)| format!("{words} (TLS alert {number})"),
    )
}

/// The name of an enumeration's value as words: `SelectedUnofferedPsk` is `selected unoffered psk`.
pub(super) fn spelt(debug: &str) -> String {
    let name = debug.split(['(', ' ', '{']).next().unwrap_or_default();
    let mut words = String::new();
    for character in name.chars() {
        if character.is_ascii_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.push(character.to_ascii_lowercase());
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_alert_has_words_that_are_not_the_librarys() {
        for number in 0..=255 {
            let alert = AlertDescription::from(number);
            let (debug, words) = (format!("{alert:?}"), words(alert));
            let is_known = !debug.starts_with("AlertDescription(");
            assert_eq!(
                ALERTS.iter().any(|(known, _)| *known == alert),
                is_known,
                "{debug}"
            );
            assert!(
                !words.contains(&debug) && words.contains(&number.to_string()),
                "{words}"
            );
            assert_eq!(words.ends_with("not a known one"), !is_known, "{words}");
        }
    }

    #[test]
    fn names_become_words() {
        assert_eq!(spelt("SelectedUnofferedPsk"), "selected unoffered psk");
        assert_eq!(
            spelt("ServerRejectedEncryptedClientHello(None)"),
            "server rejected encrypted client hello"
        );
    }
}
