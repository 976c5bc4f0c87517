use super::super::testing::{answer, json};
use crate::check::{diagnose, request_ids};
use crate::http::Exchange;

fn gateway(status: u16, error_type: &str, body: &str) -> Exchange {
    answer(
        status,
        &[
            ("x-amzn-RequestId", "r-1"),
            ("x-amzn-ErrorType", error_type),
            ("x-amz-apigw-id", "g-1"),
        ],
        body,
    )
}

/// Status, error type and body of a gateway's own response, and what the diagnosis says.
const OF_GATEWAYS: &[(u16, &str, &str, &str)] = &[
    (
        403,
        "MissingAuthenticationTokenException",
        r#"{"message":"Missing Authentication Token"}"#,
        "no such path or method",
    ),
    (
        403,
        "ForbiddenException",
        r#"{"message":"Forbidden"}"#,
        "API key",
    ),
    (
        429,
        "TooManyRequestsException:http://internal/",
        "{}",
        "throttled",
    ),
    (429, "LimitExceededException", "{}", "quota"),
    (
        502,
        "InternalServerErrorException",
        r#"{"message": "Internal server error"}"#,
        "{statusCode, body}",
    ),
    (504, "InternalServerErrorException", "{}", "29 s"),
    (500, "InternalServerErrorException", "{}", "may not invoke"),
    (
        403,
        "InvalidSignatureException",
        r#"{"message":"Signature expired: x"}"#,
        "clock",
    ),
    (
        403,
        "InvalidSignatureException",
        r#"{"message":"Signature not yet current: x"}"#,
        "clock",
    ),
    (
        403,
        "AccessDeniedException",
        r#"{"Message":"explicit deny"}"#,
        "denies",
    ),
    (
        403,
        "AccessDeniedException",
        r#"{"message":"Unable to determine service/operation name to be authorized"}"#,
        "no such path",
    ),
    (
        403,
        "ExpiredTokenException",
        r#"{"message":"The security token included in the request is expired"}"#,
        "expired",
    ),
    (
        401,
        "UnauthorizedException",
        r#"{"message":"The incoming token has expired"}"#,
        "the token has expired",
    ),
    (
        401,
        "UnauthorizedException",
        r#"{"message":"Unauthorized"}"#,
        "found no token",
    ),
    (
        500,
        "AuthorizerConfigurationException",
        r#"{"message":null}"#,
        "authorizer itself failed",
    ),
    (
        500,
        "AuthorizerFailureException",
        r#"{"message":"Internal server error"}"#,
        "authorizer itself failed",
    ),
    (
        413,
        "BadRequestException",
        r#"{"message": "Request Too Long"}"#,
        "6 MB",
    ),
    (
        413,
        "RequestEntityTooLargeException",
        r#"{"message": "Request Entity Too Large"}"#,
        "6 MB",
    ),
    (
        400,
        "BadRequestException",
        r#"{"message": "Invalid request body"}"#,
        "before the function saw it",
    ),
    // Customised: neither status nor body are the gateway's usual ones.
    (
        404,
        "MissingAuthenticationTokenException",
        "<h1>nothing here</h1>",
        "404 Missing Authentication Token: no such path",
    ),
    (
        200,
        "InternalServerErrorException",
        r#"{"ok":false}"#,
        "customised",
    ),
    (
        400,
        "InternalServerErrorException",
        r#"{"message":"Endpoint request timed out"}"#,
        "29 s",
    ),
    (418, "UnauthorizedException", "{}", "found no token"),
    (503, "TooManyRequestsException", "", "throttled"),
    (
        400,
        "aws#ForbiddenException:http://internal/",
        "",
        "400 Forbidden by the gateway",
    ),
    (
        400,
        "ValidationException",
        "{}",
        "`x-amzn-errortype: ValidationException`",
    ),
];

#[test]
fn the_gateways_own_answers_are_explained() {
    for &(status, kind, body, part) in OF_GATEWAYS {
        let told = diagnose(&gateway(status, kind, body)).unwrap();
        assert!(told.contains(part), "{kind}: {told}");
    }
}

#[test]
fn without_the_type_the_words_tell() {
    let told = |status, headers: &[(&str, &str)], body| diagnose(&answer(status, headers, body));
    let missing = told(403, &[], r#"{"message": "Missing Authentication Token"}"#).unwrap();
    assert!(missing.contains("IAM"), "{missing}");
    assert!(
        told(
            404,
            &[("apigw-requestid", "x")],
            r#"{"message":"Not Found"}"#
        )
        .unwrap()
        .contains("HTTP API")
    );
    assert!(
        told(413, &[], "HTTP content length exceeded 10485760 bytes.")
            .unwrap()
            .contains("10 MB")
    );
    assert!(
        told(413, &[], r#"{"message": "Request Too Long"}"#)
            .unwrap()
            .contains("6 MB")
    );
    assert!(told(502, &[], "<html>").unwrap().starts_with("502"));
    for (status, body) in [
        (404, r#"{"message":"Not Found"}"#),
        (403, r#"{"message":"Forbidden"}"#),
        (400, "{}"),
        (200, "{}"),
    ] {
        assert_eq!(told(status, &[], body), None, "{status} {body}");
    }
}

#[test]
fn an_http_api_is_known_by_the_id_of_its_requests() {
    let told = |status, headers: &[(&str, &str)], body| diagnose(&answer(status, headers, body));
    let id = ("apigw-requestid", "x");
    let denied = told(403, &[id], r#"{"message":"Forbidden"}"#).unwrap();
    assert!(
        denied.contains("HTTP API") && !denied.contains("API key"),
        "{denied}"
    );
    let scope = told(
        403,
        &[
            id,
            ("www-authenticate", "Bearer error=\"insufficient_scope\""),
        ],
        r#"{"message":"Forbidden"}"#,
    )
    .unwrap();
    assert!(scope.contains("scope"), "{scope}");
    let expired =
        "Bearer scope=\"\" error=\"invalid_token\" error_description=\"the token has expired\"";
    let expired = told(
        401,
        &[id, ("www-authenticate", expired)],
        r#"{"message":"Unauthorized"}"#,
    )
    .unwrap();
    assert!(expired.contains("the token has expired"), "{expired}");
    assert!(
        told(401, &[id], r#"{"message":"Unauthorized"}"#)
            .unwrap()
            .contains("no token")
    );
    assert!(
        told(500, &[id], r#"{"message":"Internal Server Error"}"#)
            .unwrap()
            .contains("authorizer")
    );
}

#[test]
fn a_signed_request_is_known_not_to_lack_a_signature() {
    let missing = r#"{"message":"Missing Authentication Token"}"#;
    let signed = |kind: &[(&str, &str)]| {
        let mut exchange = answer(403, kind, missing);
        exchange.request.headers.push((
            "Authorization".to_owned(),
            "AWS4-HMAC-SHA256 Credential=x".to_owned(),
        ));
        diagnose(&exchange).unwrap()
    };
    for kind in [
        &[][..],
        &[("x-amzn-errortype", "MissingAuthenticationTokenException")],
    ] {
        let told = signed(kind);
        assert!(
            told.contains("no such path or method") && !told.contains("unsigned"),
            "{told}"
        );
    }
    assert!(signed(&[("x-amzn-errortype", "IncompleteSignatureException")]).contains("incomplete"));
}

#[test]
fn a_function_without_proxy_integration_is_seen() {
    let crash = diagnose(&json(
        r#"{"errorMessage": "boom", "errorType": "KeyError"}"#,
    ))
    .unwrap();
    assert_eq!(
        crash,
        "200 with `errorMessage`: the function failed behind a non-proxy integration: \"KeyError: boom\""
    );
    let shape = diagnose(&json(
        r#"{"statusCode": 200, "body": "\"Hello from Lambda!\""}"#,
    ))
    .unwrap();
    assert!(shape.contains("proxy integration is off"), "{shape}");
}

#[test]
fn request_ids_keep_the_names_that_were_received() {
    let ids = request_ids(&gateway(403, "ForbiddenException", "{}"));
    assert_eq!(
        ids,
        [
            ("x-amzn-RequestId".to_owned(), "r-1".to_owned()),
            ("x-amz-apigw-id".to_owned(), "g-1".to_owned())
        ]
    );
    assert!(request_ids(&json("{}")).is_empty());
}
