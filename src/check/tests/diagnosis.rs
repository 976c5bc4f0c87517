use super::super::testing::{answer, json};
use crate::check::{diagnose, request_ids};
use crate::http::Exchange;

fn gateway(status: u16, error_type: &str, body: &str) -> Exchange {
    answer(status, &[("x-amzn-RequestId", "r-1"), ("x-amzn-ErrorType", error_type), ("x-amz-apigw-id", "g-1")], body)
}

#[test]
fn the_gateways_own_answers_are_explained() {
    let cases = [
        (403, "MissingAuthenticationTokenException", r#"{"message":"Missing Authentication Token"}"#, "no such path or method"),
        (403, "ForbiddenException", r#"{"message":"Forbidden"}"#, "API key"),
        (429, "TooManyRequestsException:http://internal/", "{}", "throttled"),
        (429, "LimitExceededException", "{}", "quota"),
        (502, "InternalServerErrorException", r#"{"message": "Internal server error"}"#, "{statusCode, body}"),
        (504, "InternalServerErrorException", "{}", "29 s"),
        (500, "InternalServerErrorException", "{}", "may not invoke"),
        (403, "InvalidSignatureException", r#"{"message":"Signature expired: x"}"#, "clock"),
        (403, "AccessDeniedException", r#"{"Message":"explicit deny"}"#, "denies"),
    ];
    for (status, kind, body, part) in cases {
        let told = diagnose(&gateway(status, kind, body)).unwrap();
        assert!(told.contains(part), "{kind}: {told}");
    }
}

#[test]
fn without_the_type_the_words_tell() {
    let told = |status, headers: &[(&str, &str)], body| diagnose(&answer(status, headers, body));
    let missing = told(403, &[], r#"{"message": "Missing Authentication Token"}"#).unwrap();
    assert!(missing.contains("IAM"), "{missing}");
    assert!(told(404, &[("apigw-requestid", "x")], r#"{"message":"Not Found"}"#).unwrap().contains("HTTP API"));
    assert!(told(413, &[], "HTTP content length exceeded 10485760 bytes.").unwrap().contains("10 MB"));
    assert!(told(502, &[], "<html>").unwrap().starts_with("502"));
    for (status, body) in [(404, r#"{"message":"Not Found"}"#), (403, r#"{"message":"Forbidden"}"#), (400, "{}"), (200, "{}")] {
        assert_eq!(told(status, &[], body), None, "{status} {body}");
    }
}

#[test]
fn a_function_without_proxy_integration_is_seen() {
    let crash = diagnose(&json(r#"{"errorMessage": "boom", "errorType": "KeyError"}"#)).unwrap();
    assert_eq!(crash, "200 with `errorMessage`: the function failed behind a non-proxy integration (KeyError: boom)");
    let shape = diagnose(&json(r#"{"statusCode": 200, "body": "\"Hello from Lambda!\""}"#)).unwrap();
    assert!(shape.contains("proxy integration is off"), "{shape}");
}

#[test]
fn request_ids_keep_the_names_that_were_received() {
    let ids = request_ids(&gateway(403, "ForbiddenException", "{}"));
    assert_eq!(ids, [("x-amzn-RequestId".to_owned(), "r-1".to_owned()), ("x-amz-apigw-id".to_owned(), "g-1".to_owned())]);
    assert!(request_ids(&json("{}")).is_empty());
}
