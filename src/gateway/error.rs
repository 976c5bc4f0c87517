//! What API Gateway answers by itself: the cases that a local stage can meet.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::Kind;
use crate::value::{Object, Value};

/// The largest body that is taken.
pub(super) const MAX_BODY: usize = 10 * 1024 * 1024;

/// Why no route answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum GatewayError {
    /// No such resource, or it has no such method.
    NoRoute,
    /// The same, with an `Authorization` header that is no signature.
    NotSigned(String),
    NoStage,
    /// The API key is missing or wrong.
    NoKey,
    MissingParameters(Vec<String>),
    TooLarge,
    Throttled,
    /// The route's response could not be made.
    Failed,
    /// The route's response takes longer than is waited for.
    TimedOut,
}

/// A response of the gateway itself.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) content_type: &'static str,
    /// `x-amzn-ErrorType`, where the kind of API sends it.
    pub(super) error: Option<&'static str>,
    pub(super) body: String,
}

impl GatewayError {
    pub(super) fn answer(&self, kind: Kind) -> Answer {
        if *self == Self::TooLarge && kind == Kind::Rest {
            let body = format!("HTTP content length exceeded {MAX_BODY} bytes.");
            return Answer {
                status: 413,
                content_type: "text/plain",
                error: None,
                body,
            };
        }
        let (status, message, error) = match kind {
            Kind::Rest => self.rest(),
            Kind::Http => self.http(),
        };
        let body: Object = std::iter::once(("message".to_owned(), Value::from(message))).collect();
        Answer {
            status,
            content_type: "application/json",
            error,
            body: Value::Object(body).to_json(),
        }
    }

    fn rest(&self) -> (u16, String, Option<&'static str>) {
        let (status, message, error) = match self {
            Self::NoRoute => (
                403,
                "Missing Authentication Token".to_owned(),
                "MissingAuthenticationTokenException",
            ),
            Self::NotSigned(header) => (403, not_signed(header), "IncompleteSignatureException"),
            Self::NoStage | Self::NoKey => (403, "Forbidden".to_owned(), "ForbiddenException"),
            Self::MissingParameters(names) => {
                let message = format!(
                    "Missing required request parameters: [{}]",
                    names.join(", ")
                );
                (400, message, "BadRequestException")
            }
            Self::TooLarge => (413, "Request Too Long".to_owned(), "BadRequestException"),
            Self::Throttled => (
                429,
                "Too Many Requests".to_owned(),
                "TooManyRequestsException",
            ),
            Self::Failed => (
                502,
                "Internal server error".to_owned(),
                "InternalServerErrorException",
            ),
            Self::TimedOut => (
                504,
                "Endpoint request timed out".to_owned(),
                "InternalServerErrorException",
            ),
        };
        (status, message, Some(error))
    }

    fn http(&self) -> (u16, String, Option<&'static str>) {
        let (status, message) = match self {
            Self::NoRoute | Self::NotSigned(_) | Self::NoStage => (404, "Not Found"),
            Self::NoKey => (403, "Forbidden"),
            Self::MissingParameters(_) => (400, "Bad Request"),
            Self::TooLarge => (413, "Request Entity Too Large"),
            Self::Throttled => (429, "Too Many Requests"),
            Self::Failed => (500, "Internal Server Error"),
            Self::TimedOut => (503, "Service Unavailable"),
        };
        (status, message.to_owned(), None)
    }
}

/// The header goes back as a digest, not as it came.
fn not_signed(header: &str) -> String {
    let digest = STANDARD.encode(Sha256::digest(header.as_bytes()));
    let reason = "Invalid key=value pair (missing equal-sign) in Authorization header";
    format!("{reason} (hashed with SHA-256 and encoded with Base64): '{digest}'.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_those_of_the_table() {
        let rest = |refusal: GatewayError| {
            let answer = refusal.answer(Kind::Rest);
            format!(
                "{} {} {}",
                answer.status,
                answer.body,
                answer.error.unwrap_or("-")
            )
        };
        let missing = GatewayError::MissingParameters(vec!["q".to_owned(), "x-id".to_owned()]);
        let drawn = [
            rest(GatewayError::NoRoute),
            rest(GatewayError::NoStage),
            rest(GatewayError::NoKey),
            rest(missing),
            rest(GatewayError::TooLarge),
            rest(GatewayError::Throttled),
            rest(GatewayError::Failed),
            rest(GatewayError::TimedOut),
        ];
        insta::assert_snapshot!(drawn.join("\n"), @r#"
        403 {"message":"Missing Authentication Token"} MissingAuthenticationTokenException
        403 {"message":"Forbidden"} ForbiddenException
        403 {"message":"Forbidden"} ForbiddenException
        400 {"message":"Missing required request parameters: [q, x-id]"} BadRequestException
        413 HTTP content length exceeded 10485760 bytes. -
        429 {"message":"Too Many Requests"} TooManyRequestsException
        502 {"message":"Internal server error"} InternalServerErrorException
        504 {"message":"Endpoint request timed out"} InternalServerErrorException
        "#);
    }

    #[test]
    fn a_token_does_not_come_back() {
        let answer = GatewayError::NotSigned("Bearer t0psecret".to_owned()).answer(Kind::Rest);
        assert!(answer.body.contains("key=value pair") && !answer.body.contains("t0psecret"));
    }

    #[test]
    fn an_http_api_speaks_otherwise() {
        let answer = |refusal: GatewayError| {
            (
                refusal.answer(Kind::Http).status,
                refusal.answer(Kind::Http).body,
            )
        };
        assert_eq!(
            answer(GatewayError::NoRoute),
            (404, r#"{"message":"Not Found"}"#.to_owned())
        );
        assert_eq!(
            answer(GatewayError::Failed),
            (500, r#"{"message":"Internal Server Error"}"#.to_owned())
        );
        assert_eq!(answer(GatewayError::TimedOut).0, 503);
        assert_eq!(GatewayError::NoRoute.answer(Kind::Http).error, None);
    }
}
