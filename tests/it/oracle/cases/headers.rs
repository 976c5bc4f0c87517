//! Header fields, and credentials.

use crate::oracle::case::{Auth, Case};

pub(super) fn all() -> Vec<Case> {
    let mut cases = fields();
    cases.extend(credentials());
    cases
}

fn fields() -> Vec<Case> {
    let one = |name, value: &str| {
        let short: String = value.chars().take(30).collect();
        Case::get(format!("header: {name}: {}", short.escape_debug()), "/echo").header(name, value)
    };
    vec![
        one("x-a", ""),
        one("x-a", "1").header("x-b", "2"),
        one("x-a", "two words, a comma; a semicolon"),
        one("x-a", "한글"),
        one("x-a", "caf\u{e9}"),
        one("x-a", "a\tb"),
        one("x-a", "  spaces around  "),
        one("X-Upper-Case", "1"),
        one("x-lines", "1")
            .header("x-lines", "2")
            .header("x-other", "3")
            .header("X-Lines", "4"),
        one("x-long", &"v".repeat(5000)),
        one("x-a", "a\nb").fails(),
        one("x-a", "a\u{0}b").fails(),
        one("x a", "1").fails(),
        one("host", "api.example"),
        one("host", "api.example:8080"),
        one("user-agent", "mine/1.0"),
        one("user-agent", ""),
        one("accept", "application/json"),
        one("accept", "text/html").header("accept", "text/plain"),
        one("accept-encoding", "identity"),
        one("accept-encoding", "gzip"),
        one("accept-encoding", ""),
        one("connection", "close"),
        one("connection", "keep-alive"),
        one("te", "trailers"),
        one("range", "bytes=0-4"),
        one("if-none-match", "\"x\""),
        one("if-modified-since", "Sun, 01 Jan 2023 00:00:00 GMT"),
        one("cookie", "a=1; b=2"),
        one("cookie", "a=1").header("cookie", "b=2"),
        one("referer", "http://a.example/"),
        one("origin", "http://a.example"),
        one("expect", "100-continue"),
        one("content-type", "text/plain"),
        one("content-length", "0"),
        one("upgrade-insecure-requests", "1"),
        one(
            "traceparent",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        ),
        one("proxy-authorization", "Basic eDp5"),
    ]
}

fn credentials() -> Vec<Case> {
    let basic = |user, password| {
        Case::get(format!("auth: basic {user:?} {password:?}"), "/echo")
            .auth(Auth::Basic(user, password))
    };
    vec![
        basic("Aladdin", "open sesame"),
        basic("ada", ""),
        basic("", "secret"),
        basic("ada", "a:b"),
        basic("t\u{e9}st", "123£"),
        Case::get("auth: bearer", "/echo").auth(Auth::Bearer("mF_9.B5f-4.1JqM")),
        Case::get("auth: by hand", "/echo").header("authorization", "Custom x=1"),
        Case::get(
            "auth: by hand and in the URL",
            "http://ada:secret@{plain}/echo",
        )
        .header("authorization", "Bearer x"),
        Case::get("auth: HTTP/2", "http://{http2}/echo")
            .auth(Auth::Basic("ada", "secret"))
            .http2(),
        Case::get(
            "auth: the server says no",
            "/respond?status=401&header=WWW-Authenticate:Basic%20realm=x",
        )
        .auth(Auth::Basic("ada", "secret")),
    ]
}
