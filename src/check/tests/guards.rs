//! Errors behind a 2xx: GraphQL, Lambda functions.

use super::super::testing::{answer, holds, json, judge, problems};

/// Bodies that a non-proxy integration passes on with status 200, and documents that only look like them.
#[test]
fn failed_functions_are_told_from_documents() {
    let failed = [
        r#"{"errorMessage":"2026-01-01T00:00:00.000Z 3f1c Task timed out after 3.00 seconds"}"#,
        r#"{"errorMessage":"Task timed out after 29.03 seconds"}"#,
        r#"{"errorMessage":"RequestId: 3f1c Error: Task timed out after 3.00 seconds"}"#,
        r#"{"errorMessage":"RequestId: 3f1c Error: Runtime exited with error: exit status 1"}"#,
        r#"{"errorMessage":"RequestId: 3f1c Error: Runtime exited without providing a reason"}"#,
        r#"{"errorMessage":"RequestId: 3f1c Process exited before completing request"}"#,
        r#"{"errorMessage":"Process exited before completing request"}"#,
        r#"{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: 3f1c Error: Task timed out after 3.00 seconds"}"#,
        r#"{"errorMessage":"","errorType":"Exception","requestId":"","stackTrace":[]}"#,
        r#"{"errorMessage":"boom","stackTrace":[]}"#,
        r#"{"statusCode":500,"body":"boom"}"#,
        r#"{"statusCode":400,"body":""}"#,
        r#"{"statusCode":"500","body":"boom"}"#,
        r#"{"statusCode":502.0,"body":{"message":"boom"}}"#,
        r#"{"isBase64Encoded":false,"statusCode":404,"headers":{"a":"b"},"body":"{}"}"#,
        r#"{"statusCode":403,"headers":{}}"#,
        r#"{"statusCode":500,"body":null}"#,
        "\u{feff} {\"statusCode\":500,\"body\":\"boom\"}",
    ];
    for body in failed {
        assert_eq!(judge("", &json(body)).len(), 1, "{body}");
        assert_eq!(
            judge("lambda_error = false", &json(body)).len(),
            1,
            "{body}"
        );
        assert!(
            crate::check::diagnose(&json(body))
                .unwrap()
                .contains("non-proxy"),
            "{body}"
        );
        holds("allow = 'lambda_error'", &json(body));
        holds("lambda_error = true", &json(body));
    }
    let passed = [
        r#"{"errorMessage":"a field"}"#,
        r#"{"errorMessage":"Task timed out after lunch"}"#,
        r#"{"errorMessage":"the upload: Task timed out after 30 seconds"}"#,
        r#"{"errorMessage":"RequestId: is missing"}"#,
        r#"{"errorMessage":null,"errorType":null,"stackTrace":null}"#,
        r#"{"errorMessage":7}"#,
        r#"{"job":{"errorMessage":"Task timed out after 3.00 seconds"}}"#,
        r#"[{"statusCode":500,"body":"boom"}]"#,
        r#"{"statusCode":200,"body":"\"Hello from Lambda!\""}"#,
        r#"{"statusCode":"200","body":"{}"}"#,
        r#"{"statusCode":399,"body":""}"#,
        r#"{"statusCode":500}"#,
        r#"{"statusCode":"E500","body":"x"}"#,
        r#"{"statusCode":null,"body":"x"}"#,
        r#"{"statusCode":[500],"body":"x"}"#,
        r#"{"id":7,"url":"/hook","statusCode":500,"body":"a delivery that failed"}"#,
        "",
    ];
    for body in passed {
        holds("", &json(body));
        holds("lambda_error = false", &json(body));
        assert_eq!(judge("lambda_error = true", &json(body)).len(), 1, "{body}");
    }
}

#[test]
fn errors_of_functions_are_expected_refused_or_allowed() {
    let crash = json(r#"{"errorMessage": "boom", "errorType": "KeyError", "stackTrace": []}"#);
    assert_eq!(
        judge("", &crash),
        ["lambda_error: expected no Lambda error in a 2xx response, got KeyError: boom"]
    );
    holds("allow = 'lambda_error'", &crash);
    holds("lambda_error = true", &crash);
    assert_eq!(
        judge("lambda_error = false", &crash),
        ["lambda_error: expected no Lambda error, got KeyError: boom"]
    );
    assert_eq!(
        judge("lambda_error = true", &json("{}")),
        ["lambda_error: expected a Lambda error, got none"]
    );
    let down = answer(500, &[], r#"{"errorMessage": "x", "errorType": "y"}"#);
    holds("status = 500\nlambda_error = true", &down);
    assert_eq!(judge("status = 500\nlambda_error = false", &down).len(), 1);
    holds("", &json(r#"{"errorMessage": "a plain field"}"#));
    assert_eq!(
        judge(
            "",
            &answer(500, &[], r#"{"errorMessage": "x", "errorType": "y"}"#)
        )
        .len(),
        1
    );
}

const REFUSED: &str = r#"{"data": null, "errors": [{"message": "no such field"}, {"code": 1}]}"#;

#[test]
fn errors_of_graphql_are_expected_refused_or_allowed() {
    let refused = json(REFUSED);
    assert_eq!(
        judge("# graphql", &refused),
        ["graphql_errors: expected no GraphQL errors, got no such field; {\"code\":1}"]
    );
    let placed = json(
        r#"{"errors": [{"message": "no such user", "path": ["users", 0, "name"], "extensions": {"code": "NOT_FOUND"}}]}"#,
    );
    let told =
        "graphql_errors: expected no GraphQL errors, got no such user (at users.0.name, NOT_FOUND)";
    assert_eq!(judge("# graphql", &placed), [told]);
    for graphql in ["", " # graphql"] {
        holds(&format!("allow = ['graphql_errors']{graphql}"), &refused);
        holds(&format!("graphql_errors = true{graphql}"), &refused);
        assert_eq!(
            judge(&format!("graphql_errors = false{graphql}"), &refused).len(),
            1
        );
        for none in [
            "{}",
            r#"{"data": {}, "errors": []}"#,
            r#"{"errors": null}"#,
            "[{}, {}]",
        ] {
            holds(&format!("graphql_errors = false{graphql}"), &json(none));
            assert_eq!(
                judge(&format!("graphql_errors = true{graphql}"), &json(none)).len(),
                1,
                "{none}"
            );
        }
        for some in [
            r#"{"errors": {"name": "is empty"}}"#,
            r#"{"errors": "boom"}"#,
            r#"[{"data": 1}, {"errors": [{}]}]"#,
        ] {
            holds(&format!("graphql_errors = true{graphql}"), &json(some));
        }
        for unreadable in ["", "<p>login</p>"] {
            assert_eq!(
                judge(
                    &format!("graphql_errors = true{graphql}"),
                    &answer(200, &[], unreadable)
                )
                .len(),
                1
            );
            assert_eq!(
                judge(
                    &format!("graphql_errors = false{graphql}"),
                    &answer(200, &[], unreadable)
                )
                .len(),
                1
            );
        }
    }
}

/// No responses of GraphQL, and members that stand twice.
#[test]
fn what_is_no_response_of_graphql_fails() {
    for wrong in [
        "null",
        "[]",
        "[1]",
        "[{}, null]",
        "\"x\"",
        "5",
        "true",
        r#"{"errors": [{"m": 1}], "errors": []}"#,
        r#"[{"data": {}}, {"errors": [{"m": 1}], "errors": []}]"#,
    ] {
        for expect in [
            "# graphql",
            "graphql_errors = false",
            "graphql_errors = true",
        ] {
            assert_eq!(judge(expect, &json(wrong)).len(), 1, "{expect} {wrong}");
        }
    }
    holds("", &json(REFUSED));
    holds("# graphql", &json(r#"{"data": {}, "errors": []}"#));
    assert_eq!(
        judge("# graphql", &answer(200, &[], "<p>login</p>")).len(),
        1,
        "not a GraphQL response"
    );
    holds(
        "# graphql",
        &answer(
            200,
            &[("content-type", "multipart/mixed; boundary=-")],
            "--",
        ),
    );
    holds("status = 401 # graphql", &answer(401, &[], "unauthorized"));
    let told = problems("allow = ['graphql_error', 'lambda_error']\nlambda_error = false");
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(
        told[0].contains("did you mean `graphql_errors`?"),
        "{told:?}"
    );
}
