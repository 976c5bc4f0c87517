//! Responses: statuses, ways to end a body, and what is not HTTP.

use crate::oracle::case::Case;

const STATUSES: [u16; 22] = [
    200, 201, 202, 203, 204, 205, 206, 299, 304, 400, 401, 403, 404, 405, 409, 418, 422, 429, 500,
    503, 599, 999,
];

const TARGETS: [&str; 26] = [
    "/hello",
    "/bytes/0",
    "/bytes/100000",
    "/chunked/100",
    "/chunked/0",
    "/drip/5/1",
    "/latin1",
    "/utf16",
    "/not-utf8",
    "/bad-charset",
    "/events",
    "/until-close",
    "/http10",
    "/http10-length",
    "/trailers",
    "/chunk-extension",
    "/early-hints",
    "/no-reason",
    "/bare-newlines",
    "/folded",
    "/latin1-header",
    "/same-lengths",
    "/length-and-chunked",
    "/body-of-204",
    "/too-long",
    "/many-headers",
];

const BROKEN: [&str; 8] = [
    "/two-lengths",
    "/close",
    "/reset",
    "/cut",
    "/cut-chunked",
    "/garbage",
    "/bad-header",
    "/bad-chunk",
];

pub(super) fn all() -> Vec<Case> {
    let status =
        |status: &u16| Case::get(format!("response: {status}"), &format!("/status/{status}"));
    let mut cases: Vec<Case> = STATUSES.iter().map(status).collect();
    cases.extend(
        TARGETS
            .iter()
            .map(|target| Case::get(format!("response: {target}"), target)),
    );
    cases.extend(
        BROKEN
            .iter()
            .map(|target| Case::get(format!("response: {target}"), target).fails()),
    );
    for target in [
        "/hello",
        "/bytes/100",
        "/chunked/100",
        "/status/404",
        "/until-close",
    ] {
        cases.push(Case::new(
            format!("response: HEAD of {target}"),
            "HEAD",
            target,
        ));
    }
    for target in [
        "/hello",
        "/bytes/100000",
        "/status/204",
        "/status/304",
        "/status/500",
    ] {
        let url = format!("http://{{http2}}{target}");
        cases.push(Case::get(format!("response: HTTP/2: {target}"), &url).http2());
        cases.push(Case::new(format!("response: HTTP/2: HEAD of {target}"), "HEAD", &url).http2());
    }
    cases.extend([
        Case::get(
            "response: headers of one name",
            "/respond?header=X-A:1&header=X-B:2&header=x-a:3",
        ),
        Case::get("response: an empty header", "/respond?header=X-A:"),
        Case::get("response: three on one connection", "/hello")
            .then("/hello")
            .then("/hello"),
        Case::get(
            "response: closed by the server",
            "/respond?header=Connection:close",
        )
        .then("/hello"),
        Case::get("response: 204, then another", "/status/204").then("/hello"),
        Case::get("response: 304, then another", "/status/304").then("/hello"),
        Case::new("response: HEAD, then another", "HEAD", "/bytes/100").then("/hello"),
    ]);
    cases
}
