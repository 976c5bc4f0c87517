//! What is most likely the matter with a response from behind API Gateway, in one line.
//!
//! The facts are AWS's: a response that the gateway itself made carries `x-amzn-ErrorType`, its absence says that the
//! backend spoke.

use super::subject::{FunctionError, lambda_error};
use crate::http::auth::aws;
use crate::http::{Exchange, Request, Response};
use crate::value::Value;

/// The headers whose values the stage's operators can look up in `CloudWatch`, or give to AWS support.
const REQUEST_IDS: [&str; 6] = [
    "x-amzn-requestid",
    "x-amz-apigw-id",
    "apigw-requestid",
    "x-amzn-trace-id",
    "x-amz-request-id",
    "x-request-id",
];

/// The ids that the response carries, header by header, under the names that it gave them.
#[must_use]
pub fn request_ids(exchange: &Exchange) -> Vec<(String, String)> {
    let headers = exchange
        .response()
        .map_or(&[][..], |response| &response.headers);
    let of = |id: &&str| {
        headers
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(id))
            .cloned()
    };
    REQUEST_IDS.iter().filter_map(of).collect()
}

/// What is most likely the matter with a response that was not what was expected; `None` where nothing is known.
#[must_use]
pub fn diagnose(exchange: &Exchange) -> Option<String> {
    let response = exchange.response()?;
    if let Some(told) = crate::http::auth::explain(exchange) {
        return Some(told);
    }
    let facts = Facts::of(&exchange.request, response);
    by_error_type(&facts)
        .or_else(|| by_status(&facts, response))
        .or_else(|| by_body(response))
        .map(|told| match told {
            Told::Plain(text) => text.to_owned(),
            Told::Made(text) => text,
        })
}

enum Told {
    Plain(&'static str),
    Made(String),
}

/// What a response says of itself.
struct Facts<'a> {
    status: u16,
    /// The error's type without its namespace and what AWS writes after a colon.
    error_type: Option<&'a str>,
    message: &'a str,
    /// The challenge of a 401 or 403.
    challenge: &'a str,
    /// Whether API Gateway is known to have had a hand in it.
    gateway: bool,
    /// Whether that is an HTTP API.
    http_api: bool,
    /// Whether the request carries an AWS signature.
    signed: bool,
}

impl<'a> Facts<'a> {
    fn of(request: &Request, response: &'a Response) -> Self {
        let header = |name: &'static str| response.header_lines(name).next();
        let document = if response.body.len() < 64 * 1024 {
            response.json().ok()
        } else {
            None
        };
        let message = document
            .and_then(|document| document.get("message").or_else(|| document.get("Message")));
        let rest = header("x-amz-apigw-id").is_some() || header("x-amzn-requestid").is_some();
        let of_http_api = header("apigw-requestid").is_some();
        Self {
            status: response.status,
            error_type: header("x-amzn-errortype").map(bare_type),
            message: message.and_then(Value::as_str).unwrap_or_default(),
            challenge: header("www-authenticate").unwrap_or_default(),
            gateway: rest || of_http_api,
            http_api: of_http_api && !rest,
            signed: is_signed(request),
        }
    }

    /// Whether the response says that a token, and not a signature, has expired.
    fn token_expired(&self) -> bool {
        let says = |text: &str| {
            let text = text.to_ascii_lowercase();
            text.contains("token") && text.contains("expired")
        };
        says(self.message) || (says(self.challenge) && self.challenge.contains("invalid_token"))
    }
}

/// `com.amazon#ForbiddenException:http://…` is `ForbiddenException`.
fn bare_type(written: &str) -> &str {
    let kind = written.split(':').next().unwrap_or(written);
    kind.rsplit('#').next().unwrap_or(kind).trim()
}

fn is_signed(request: &Request) -> bool {
    let by_header = |(name, value): &(String, String)| {
        name.eq_ignore_ascii_case("authorization") && value.starts_with("AWS4-") // AWS4-HMAC-SHA256, AWS4-ECDSA-P256-SHA256
    };
    let by_query = |name: &str| name.eq_ignore_ascii_case("x-amz-signature");
    let auth = request.auth.as_deref();
    auth.is_some_and(|auth| auth.get::<aws::Signer>().is_some())
        || request.headers.iter().any(by_header)
        || request.url.query_pairs().any(|(name, _)| by_query(&name))
}

/// By the type, which stays if a deployment customises the status and body of its gateway responses: no text relies on those.
fn by_error_type(facts: &Facts<'_>) -> Option<Told> {
    let kind = facts.error_type.filter(|kind| !kind.is_empty())?;
    let told = match kind {
        "MissingAuthenticationTokenException" | "IncompleteSignatureException" => {
            return Some(missing_route(facts, kind));
        }
        "ForbiddenException" => return Some(forbidden(facts)),
        "TooManyRequestsException" | "ThrottlingException" => THROTTLED,
        "LimitExceededException" => QUOTA,
        "RequestTooLargeException" | "RequestEntityTooLargeException" => TOO_LARGE,
        "BadRequestException" if is_too_long(facts) => TOO_LARGE,
        "BadRequestException" => "the gateway refused the request before the function saw it",
        "UnsupportedMediaTypeException" => {
            "the gateway has no mapping for this `content-type`: the function was not called"
        }
        "ExpiredTokenException" if facts.signed => EXPIRED_CREDENTIALS,
        "UnauthorizedException" | "ExpiredTokenException" if facts.token_expired() => EXPIRED_TOKEN,
        "ExpiredTokenException" => EXPIRED_CREDENTIALS,
        "UnauthorizedException" => UNAUTHORIZED,
        "AccessDeniedException"
            if facts
                .message
                .starts_with("Unable to determine service/operation name") =>
        {
            return Some(missing_route(facts, kind));
        }
        "AccessDeniedException" => ACCESS_DENIED,
        "AuthorizerConfigurationException" | "AuthorizerFailureException" => AUTHORIZER_FAILED,
        "InvalidSignatureException" if is_clock(facts.message) => {
            "the signature is expired or not yet valid: this machine's clock is more than 5 minutes off"
        }
        "InvalidSignatureException" => {
            "the AWS signature is wrong: another secret key, region, service, or a request changed on the way"
        }
        "UnrecognizedClientException" | "InvalidClientTokenId" => {
            "AWS does not know the access key or session token"
        }
        "InternalServerErrorException" => return Some(internal_error(facts)),
        _ => {
            return Some(Told::Made(format!(
                "`x-amzn-errortype: {kind}`: API Gateway or an AWS service made this response, \
                 the function did not"
            )));
        }
    };
    Some(Told::Plain(told))
}

const EXPIRED_TOKEN: &str = "the token has expired: fetch a new one";
const EXPIRED_CREDENTIALS: &str =
    "the AWS credentials have expired: their session token is too old, fetch new ones";
const UNAUTHORIZED: &str = "the authorizer found no token, or refused it";
const ACCESS_DENIED: &str = "the authorizer or a resource policy denies this call";
const AUTHORIZER_FAILED: &str = "the authorizer itself failed: it raised, timed out, returned a malformed policy, or may not be invoked";
const THROTTLED: &str =
    "throttled: more calls than the stage or usage plan allows at a time; `retry` on `429`";
const QUOTA: &str = "the API key's quota is used up";
const TOO_LARGE: &str = "the request is larger than the gateway (10 MB) or Lambda (6 MB) takes";
const TIMEOUT: &str = "504: the function took longer than the gateway waits (29 s)";
const BAD_PROXY: &str =
    "502: the function raised, was killed, or returned something other than `{statusCode, body}`";
const NOT_INVOKED: &str = "500 by the gateway: it may not invoke the function, or a mapping failed";

/// A route that is missing looks like one that needs a signature; a request that has one tells them apart.
fn missing_route(facts: &Facts<'_>, kind: &str) -> Told {
    let status = facts.status;
    Told::Made(match kind {
        "MissingAuthenticationTokenException" if !facts.signed => format!(
            "{status} Missing Authentication Token: no such path or method in this deployment, or an unsigned call to an IAM method"
        ),
        "IncompleteSignatureException" if !facts.signed => {
            "no such path or method in this deployment (the `Authorization` header was taken for a signature)".to_owned()
        }
        "IncompleteSignatureException" => {
            "the AWS signature is incomplete, or the header `authorization` is malformed".to_owned()
        }
        _ => format!("{status}: no such path or method in this deployment (the request is signed)"),
    })
}

fn forbidden(facts: &Facts<'_>) -> Told {
    let status = facts.status;
    Told::Made(if !facts.http_api {
        format!(
            "{status} Forbidden by the gateway: no such stage, the API key is missing or wrong, or a firewall rule"
        )
    } else if facts.challenge.contains("insufficient_scope") {
        format!("{status} by the HTTP API: the token lacks a scope that the route requires")
    } else {
        format!(
            "{status} Forbidden by the HTTP API: the authorizer denies this call, the token lacks a scope, or the route wants an \
             AWS signature that is missing or not allowed"
        )
    })
}

/// The status tells the three apart as long as nobody customised it.
fn internal_error(facts: &Facts<'_>) -> Told {
    Told::Made(match (facts.status, facts.message) {
        (_, "Endpoint request timed out") | (504, _) => TIMEOUT.to_owned(),
        (502, _) => BAD_PROXY.to_owned(),
        (500, _) => NOT_INVOKED.to_owned(),
        (status, _) => format!(
            "{status} by the gateway (a customised response): the function raised, took longer than 29 s, returned something other than `{{statusCode, body}}`, or may not be invoked"
        ),
    })
}

fn is_too_long(facts: &Facts<'_>) -> bool {
    facts.status == 413 || facts.message.eq_ignore_ascii_case("request too long")
}

fn is_clock(message: &str) -> bool {
    message.contains("expired") || message.contains("not yet current")
}

/// For responses without the type: by the words of the body.
fn by_status(facts: &Facts<'_>, response: &Response) -> Option<Told> {
    let told = match (facts.status, facts.message) {
        (403, "Missing Authentication Token") => {
            return Some(missing_route(facts, "MissingAuthenticationTokenException"));
        }
        (403, message) if message.starts_with("Unable to determine service/operation name") => {
            return Some(missing_route(facts, "AccessDeniedException"));
        }
        (403, "The security token included in the request is expired") => EXPIRED_CREDENTIALS,
        (401 | 403, _) if facts.token_expired() => EXPIRED_TOKEN,
        (403, "Forbidden") if facts.gateway => return Some(forbidden(facts)),
        (403, message) if message.contains("explicit deny") => ACCESS_DENIED,
        (403, message) if message.contains("is not authorized to perform: execute-api:") => {
            ACCESS_DENIED
        }
        (404, "Not Found") if facts.gateway => "no such route in this HTTP API",
        (401, "Unauthorized") if facts.gateway => UNAUTHORIZED,
        (429, "Limit Exceeded") => QUOTA,
        (429, _) => "throttled: more calls than the stage allows at a time; `retry` on `429`",
        (502, "Internal server error") => BAD_PROXY,
        (504, "Endpoint request timed out") => TIMEOUT,
        (503, "Service Unavailable") if facts.gateway => {
            "503: the function took longer than the HTTP API waits (30 s), or was throttled"
        }
        (500, "Internal Server Error") if facts.gateway => {
            "500 by the HTTP API: the function or its authorizer raised, timed out, or returned something malformed"
        }
        (413, message) if facts.gateway || is_request_too_long(message, response) => TOO_LARGE,
        (502..=504, _) => {
            let status = facts.status;
            return Some(Told::Made(format!(
                "{status}: the proxy or load balancer in front of the service could not get a response from it"
            )));
        }
        _ => return None,
    };
    Some(Told::Plain(told))
}

fn is_request_too_long(message: &str, response: &Response) -> bool {
    ["Request Too Long", "Request Entity Too Large"].contains(&message)
        || response.body.starts_with(b"HTTP content length exceeded")
}

/// For 2xx answers: a function behind a non-proxy integration.
fn by_body(response: &Response) -> Option<Told> {
    if let Some(error) = lambda_error(response) {
        let status = response.status;
        let FunctionError { member, text } = error;
        let text = crate::value::diff::show(&text.as_str().into());
        return Some(Told::Made(format!(
            "{status} with `{member}`: the function failed behind a non-proxy integration: {text}"
        )));
    }
    if !(200..300).contains(&response.status) || response.body.len() > 1024 * 1024 {
        return None;
    }
    let document = response.json().ok()?;
    let is_proxy = document
        .get("statusCode")
        .is_some_and(|code| code.as_number().is_some())
        && document.get("body").is_some();
    is_proxy.then_some(Told::Plain(
        "the body is `{statusCode, body}`: proxy integration is off, so the function's object is the body",
    ))
}
