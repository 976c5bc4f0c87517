//! Signed statements: JSON Web Tokens (RFC 7519) in the compact form of RFC 7515.
//!
//! The signatures are those of the TLS library, which knows RSA and ECDSA keys in all their PEM forms.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use rustls::SignatureScheme;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject as _;
use sha2::{Sha256, Sha384, Sha512};

use crate::clock::Clock;
use crate::secret::Secret;
use crate::value::{Object, Value};

/// How long a statement holds where it does not say.
const LIFE: i64 = 300;

/// What is stated, and what signs it.
#[derive(Debug, Clone, PartialEq)]
pub struct Claims {
    /// The key: PEM text, or the text of an HMAC key.
    pub key: Secret,
    /// The algorithm, by its name in RFC 7518; `None`: the one that goes with the key.
    pub algorithm: Option<String>,
    /// The key's id.
    pub key_id: Option<String>,
    /// What is stated; `iat`, `exp` and `jti` are added where they are not there.
    pub claims: Object,
}

impl Claims {
    /// The signed statement.
    ///
    /// # Errors
    /// Where the key is none, or does not go with the algorithm.
    pub(super) fn sign(&self, clock: Clock) -> Result<String, String> {
        let key = Key::read(&self.key)?;
        let algorithm = self
            .algorithm
            .as_deref()
            .map_or_else(|| key.algorithm(), Ok)?;
        let mut header = Object::default();
        header.insert("alg".to_owned(), algorithm.into());
        header.insert("typ".to_owned(), "JWT".into());
        header.extend(
            self.key_id
                .as_deref()
                .map(|id| ("kid".to_owned(), id.into())),
        );
        let mut claims = self.claims.clone();
        let now = clock.now().as_second();
        claims.entry("iat".to_owned()).or_insert_with(|| now.into());
        claims
            .entry("exp".to_owned())
            .or_insert_with(|| (now + LIFE).into());
        claims
            .entry("jti".to_owned())
            .or_insert_with(|| uuid::Uuid::new_v4().to_string().as_str().into());
        let part = |members: Object| URL_SAFE_NO_PAD.encode(Value::Object(members).to_json());
        let signed = format!("{}.{}", part(header), part(claims));
        let signature = key.sign(algorithm, signed.as_bytes())?;
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}

/// A key.
enum Key<'a> {
    Pair(PrivateKeyDer<'static>),
    Shared(&'a [u8]),
}

impl<'a> Key<'a> {
    /// PEM text is a private key, anything else the text that both sides know.
    fn read(key: &'a Secret) -> Result<Self, String> {
        let text = key.expose();
        if !text.contains("-----BEGIN") {
            return Ok(Self::Shared(text.as_bytes()));
        }
        // In an environment variable line ends are often written out.
        let text = if text.contains('\n') {
            text.to_owned()
        } else {
            text.replace("\\n", "\n")
        };
        let pair = PrivateKeyDer::from_pem_slice(text.as_bytes());
        pair.map(Self::Pair).map_err(|_| {
            "the `key` is PEM text without a private key that is not encrypted".to_owned()
        })
    }

    /// The algorithm that goes with it.
    fn algorithm(&self) -> Result<&'static str, String> {
        let Self::Pair(pair) = self else {
            return Ok("HS256");
        };
        let key = signing_key(pair)?;
        let known = [
            ("RS256", SignatureScheme::RSA_PKCS1_SHA256),
            ("ES256", SignatureScheme::ECDSA_NISTP256_SHA256),
        ];
        let more = [("ES384", SignatureScheme::ECDSA_NISTP384_SHA384)];
        let fits = |scheme: SignatureScheme| key.choose_scheme(&[scheme]).is_some();
        let found = known
            .into_iter()
            .chain(more)
            .find(|(_, scheme)| fits(*scheme));
        found
            .map(|(name, _)| name)
            .ok_or_else(|| "the `key` is of a kind that cannot sign a JWT".to_owned())
    }

    fn sign(&self, algorithm: &str, text: &[u8]) -> Result<Vec<u8>, String> {
        let mismatch = || format!("the `key` cannot be used with the algorithm `{algorithm}`");
        match self {
            Self::Shared(key) => shared(algorithm, key, text).ok_or_else(mismatch),
            Self::Pair(pair) => {
                let (scheme, width) = scheme(algorithm).ok_or_else(mismatch)?;
                let signer = signing_key(pair)?
                    .choose_scheme(&[scheme])
                    .ok_or_else(mismatch)?;
                let signature = signer
                    .sign(text)
                    .map_err(|error| format!("the `key` cannot sign: {error}"))?;
                match width {
                    None => Ok(signature),
                    Some(width) => two_numbers(&signature, width).ok_or_else(mismatch),
                }
            }
        }
    }
}

fn signing_key(
    pair: &PrivateKeyDer<'_>,
) -> Result<std::sync::Arc<dyn rustls::sign::SigningKey>, String> {
    rustls::crypto::ring::sign::any_supported_type(pair)
        .map_err(|_| "the `key` is neither an RSA key of at least 2048 bits nor a key on the curves P-256 and P-384".to_owned())
}

/// The signature of an algorithm, and for ECDSA the width of each of its two numbers.
fn scheme(algorithm: &str) -> Option<(SignatureScheme, Option<usize>)> {
    Some(match algorithm {
        "RS256" => (SignatureScheme::RSA_PKCS1_SHA256, None),
        "RS384" => (SignatureScheme::RSA_PKCS1_SHA384, None),
        "RS512" => (SignatureScheme::RSA_PKCS1_SHA512, None),
        "ES256" => (SignatureScheme::ECDSA_NISTP256_SHA256, Some(32)),
        "ES384" => (SignatureScheme::ECDSA_NISTP384_SHA384, Some(48)),
        _ => return None,
    })
}

fn shared(algorithm: &str, key: &[u8], text: &[u8]) -> Option<Vec<u8>> {
    macro_rules! code {
        ($hash:ty) => {
            Hmac::<$hash>::new_from_slice(key)
                .ok()
                .map(|code| code.chain_update(text).finalize().into_bytes().to_vec())
        };
    }
    match algorithm {
        "HS256" => code!(Sha256),
        "HS384" => code!(Sha384),
        "HS512" => code!(Sha512),
        _ => None,
    }
}

/// An ECDSA signature as RFC 7518 section 3.4 has it, from the DER in which TLS does: `SEQUENCE { r, s }`, both short.
fn two_numbers(der: &[u8], width: usize) -> Option<Vec<u8>> {
    let (&[0x30, length], rest) = der.split_first_chunk::<2>()? else {
        return None;
    };
    let rest = rest.get(..usize::from(length))?;
    let (first, rest) = number(rest)?;
    let (second, _) = number(rest)?;
    let mut both = Vec::with_capacity(2 * width);
    for number in [first, second] {
        let leading = number.iter().take_while(|byte| **byte == 0).count();
        let number = number.get(leading..)?;
        both.resize(both.len() + width.checked_sub(number.len())?, 0);
        both.extend_from_slice(number);
    }
    Some(both)
}

fn number(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (&[0x02, length], rest) = der.split_first_chunk::<2>()? else {
        return None;
    };
    rest.split_at_checked(usize::from(length))
}

#[cfg(test)]
mod tests;
