//! What is most likely the matter with an answer from behind API Gateway, in one line.
//!
//! The facts are AWS's: an answer that the gateway itself made carries `x-amzn-ErrorType`, its absence says that the
//! backend spoke.

use super::subject::lambda_error;
use crate::http::{Exchange, Response};
use crate::value::Value;

/// The headers whose values the stage's operators can look up in `CloudWatch`, or give to AWS support.
const REQUEST_IDS: [&str; 6] =
    ["x-amzn-requestid", "x-amz-apigw-id", "apigw-requestid", "x-amzn-trace-id", "x-amz-request-id", "x-request-id"];

/// The ids that the answer carries, header by header, under the names that it gave them.
#[must_use]
pub fn request_ids(exchange: &Exchange) -> Vec<(String, String)> {
    let headers = exchange.response().map_or(&[][..], |response| &response.headers);
    let of = |id: &&str| headers.iter().find(|(name, _)| name.eq_ignore_ascii_case(id)).cloned();
    REQUEST_IDS.iter().filter_map(of).collect()
}

/// What is most likely the matter with an answer that was not what was expected; `None` where nothing is known.
#[must_use]
pub fn diagnose(exchange: &Exchange) -> Option<String> {
    let response = exchange.response()?;
    if let Some(told) = crate::http::auth::explain(exchange) {
        return Some(told);
    }
    let facts = Facts::of(response);
    by_error_type(&facts).or_else(|| by_status(&facts, response)).or_else(|| by_body(response)).map(|told| match told {
        Told::Plain(text) => text.to_owned(),
        Told::Made(text) => text,
    })
}

enum Told {
    Plain(&'static str),
    Made(String),
}

/// What an answer says of itself.
struct Facts<'a> {
    status: u16,
    /// The error's type without what AWS writes after a colon.
    error_type: Option<&'a str>,
    message: &'a str,
    /// Whether API Gateway is known to have had a hand in it.
    gateway: bool,
}

impl<'a> Facts<'a> {
    fn of(response: &'a Response) -> Self {
        let header = |name: &'static str| response.header_lines(name).next();
        let document = if response.body.len() < 64 * 1024 { response.json().ok() } else { None };
        let message = document.and_then(|document| document.get("message").or_else(|| document.get("Message")));
        let ids = ["x-amz-apigw-id", "apigw-requestid", "x-amzn-requestid"];
        Self {
            status: response.status,
            error_type: header("x-amzn-errortype").map(|kind| kind.split(':').next().unwrap_or(kind)),
            message: message.and_then(Value::as_str).unwrap_or_default(),
            gateway: ids.iter().any(|name| response.header_lines(name).next().is_some()),
        }
    }
}

fn by_error_type(facts: &Facts<'_>) -> Option<Told> {
    let told = match facts.error_type? {
        "MissingAuthenticationTokenException" => MISSING_ROUTE,
        "IncompleteSignatureException" => {
            "no such path or method in this deployment (the `Authorization` header was taken for a signature)"
        }
        "ForbiddenException" => FORBIDDEN,
        "TooManyRequestsException" => "throttled: more calls than the stage or usage plan allows at a time; `retry` on `429`",
        "LimitExceededException" => "the API key's quota is used up",
        "BadRequestException" => "the gateway refused the request before the function saw it",
        "UnauthorizedException" => "the authorizer found no token, or refused it",
        "AccessDeniedException" => "the authorizer or a resource policy denies this call",
        "InvalidSignatureException" if facts.message.contains("expired") => {
            "the signature is expired: this machine's clock is more than 5 minutes off"
        }
        "InvalidSignatureException" => {
            "the AWS signature is wrong: another secret key, region, service, or a request changed on the way"
        }
        "UnrecognizedClientException" => "AWS does not know the access key or session token",
        "InternalServerErrorException" if facts.status == 504 => TIMEOUT,
        "InternalServerErrorException" if facts.status == 502 => BAD_PROXY,
        "InternalServerErrorException" => NOT_INVOKED,
        _ => return None,
    };
    Some(Told::Plain(told))
}

const MISSING_ROUTE: &str =
    "403 Missing Authentication Token: no such path or method in this deployment, or an unsigned call to an IAM method";
const FORBIDDEN: &str = "403 Forbidden by the gateway: no such stage, the API key is missing or wrong, or a firewall rule";
const TIMEOUT: &str = "504: the function took longer than the gateway waits (29 s)";
const BAD_PROXY: &str = "502: the function raised, was killed, or answered something else than `{statusCode, body}`";
const NOT_INVOKED: &str = "500 by the gateway: it may not invoke the function, or a mapping failed";

/// For answers without the type: what the body's words tell.
fn by_status(facts: &Facts<'_>, response: &Response) -> Option<Told> {
    let told = match (facts.status, facts.message) {
        (403, "Missing Authentication Token") => MISSING_ROUTE,
        (403, "Forbidden") if facts.gateway => FORBIDDEN,
        (403, message) if message.contains("explicit deny") => "the authorizer or a resource policy denies this call",
        (404, "Not Found") if facts.gateway => "no such route in this HTTP API",
        (401, "Unauthorized") if facts.gateway => "the authorizer found no token, or refused it",
        (429, "Limit Exceeded") => "the API key's quota is used up",
        (429, _) => "throttled: more calls than the stage allows at a time; `retry` on `429`",
        (502, "Internal server error") => BAD_PROXY,
        (504, "Endpoint request timed out") => TIMEOUT,
        (503, "Service Unavailable") if facts.gateway => {
            "503: the function took longer than the HTTP API waits (30 s), or was throttled"
        }
        (500, "Internal Server Error") if facts.gateway => "500 by the HTTP API: the function raised, or answered malformed",
        (413, _) if facts.gateway || response.body.starts_with(b"HTTP content length exceeded") => {
            "the request is larger than the gateway (10 MB) or Lambda (6 MB) takes"
        }
        (502..=504, _) => {
            let status = facts.status;
            return Some(Told::Made(format!("{status}: what stands before the service could not get an answer from it")));
        }
        _ => return None,
    };
    Some(Told::Plain(told))
}

/// For 2xx answers: a function behind a non-proxy integration.
fn by_body(response: &Response) -> Option<Told> {
    if let Some(error) = lambda_error(response) {
        let status = response.status;
        return Some(Told::Made(format!(
            "{status} with `errorMessage`: the function failed behind a non-proxy integration ({error})"
        )));
    }
    if !(200..300).contains(&response.status) || response.body.len() > 1024 * 1024 {
        return None;
    }
    let document = response.json().ok()?;
    let is_proxy = document.get("statusCode").is_some_and(|code| code.as_number().is_some()) && document.get("body").is_some();
    is_proxy.then_some(Told::Plain(
        "the body is `{statusCode, body}`: proxy integration is off, so the function's object is the body",
    ))
}
