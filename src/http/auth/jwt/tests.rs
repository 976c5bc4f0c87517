use super::*;
use crate::value::parse;

const RSA: &str = include_str!("../../../../tests/data/jwt/rsa.pem");
const RSA_PKCS1: &str = include_str!("../../../../tests/data/jwt/rsa-pkcs1.pem");
const EC: &str = include_str!("../../../../tests/data/jwt/ec.pem");
const EC_SEC1: &str = include_str!("../../../../tests/data/jwt/ec-sec1.pem");

fn statement(key: &str) -> Claims {
    Claims {
        key: Secret::new(key),
        algorithm: None,
        key_id: None,
        claims: Object::default(),
    }
}

fn parts(token: &str) -> (Value, Value, Vec<u8>) {
    let parts: Vec<_> = token
        .split('.')
        .map(|part| URL_SAFE_NO_PAD.decode(part).unwrap())
        .collect();
    let json = |bytes: &[u8]| parse(std::str::from_utf8(bytes).unwrap()).unwrap();
    (json(&parts[0]), json(&parts[1]), parts[2].clone())
}

#[test]
fn signatures_are_those_of_others() {
    // The example of jwt.io.
    let text = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ";
    let signature = Key::Shared(b"your-256-bit-secret")
        .sign("HS256", text.as_bytes())
        .unwrap();
    assert_eq!(
        URL_SAFE_NO_PAD.encode(signature),
        "SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c"
    );
    // What OpenSSL made with the same key.
    for pem in [RSA, RSA_PKCS1, &RSA.replace('\n', "\\n")] {
        let key = Secret::new(pem);
        let signature = Key::read(&key)
            .unwrap()
            .sign("RS256", b"header.claims")
            .unwrap();
        assert_eq!(
            URL_SAFE_NO_PAD.encode(signature),
            include_str!("../../../../tests/data/jwt/rs256.txt")
        );
    }
}

#[test]
fn the_algorithm_goes_with_the_key_and_claims_are_completed() {
    let moment = "2030-01-02T03:04:05Z".parse().unwrap();
    for (key, algorithm, length) in [
        (RSA, "RS256", 256),
        (EC, "ES256", 64),
        (EC_SEC1, "ES256", 64),
        ("shared", "HS256", 32),
    ] {
        let (header, claims, signature) =
            parts(&statement(key).sign(Clock::Fixed(moment)).unwrap());
        assert_eq!(
            header.to_json(),
            format!(r#"{{"alg":"{algorithm}","typ":"JWT"}}"#)
        );
        assert_eq!(claims.get("iat").unwrap().to_json(), "1893553445");
        assert_eq!(claims.get("exp").unwrap().to_json(), "1893553745");
        assert_eq!(claims.get("jti").and_then(Value::as_str).unwrap().len(), 36);
        assert_eq!(signature.len(), length);
    }
    let claims = [("sub", Value::from("ada")), ("exp", 7_i64.into())]
        .map(|(name, value)| (name.to_owned(), value));
    let mut own = Claims {
        key_id: Some("k1".into()),
        claims: claims.into_iter().collect(),
        ..statement("shared")
    };
    own.algorithm = Some("HS512".into());
    let (header, claims, signature) = parts(&own.sign(Clock::Fixed(moment)).unwrap());
    assert_eq!(
        header.to_json(),
        r#"{"alg":"HS512","typ":"JWT","kid":"k1"}"#
    );
    assert_eq!(
        (
            claims.get("exp").unwrap().to_json().as_str(),
            signature.len()
        ),
        ("7", 64)
    );
}

#[test]
fn a_key_that_does_not_fit_is_told() {
    let told = |key: &str, algorithm: &str| {
        let own = Claims {
            algorithm: Some(algorithm.into()),
            ..statement(key)
        };
        own.sign(Clock::System).unwrap_err()
    };
    assert_eq!(
        told(RSA, "ES256"),
        "the `key` cannot be used with the algorithm `ES256`"
    );
    assert_eq!(
        told(EC, "HS256"),
        "the `key` cannot be used with the algorithm `HS256`"
    );
    assert_eq!(
        told("shared", "RS256"),
        "the `key` cannot be used with the algorithm `RS256`"
    );
    let broken = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
    assert!(
        told(broken, "RS256").starts_with("the `key` is neither an RSA key"),
        "{}",
        told(broken, "RS256")
    );
    let public = include_str!("../../../../tests/data/jwt/rsa.pub.pem");
    assert!(told(public, "RS256").starts_with("the `key` is PEM text without a private key"));
}

#[test]
fn two_numbers_are_cut_and_filled_to_their_width() {
    let der = [0x30, 9, 0x02, 3, 0, 0x80, 1, 0x02, 2, 0x11, 0x22];
    assert_eq!(
        two_numbers(&der, 4).unwrap(),
        [0, 0, 0x80, 1, 0, 0, 0x11, 0x22]
    );
    assert_eq!(two_numbers(&der, 1), None);
    assert_eq!(two_numbers(&[0x30, 4, 0x02, 9, 1], 4), None);
    assert_eq!(two_numbers(&[], 4), None);
}
