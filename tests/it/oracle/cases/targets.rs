//! Paths and queries.

use crate::oracle::case::Case;

const TARGETS: [&str; 38] = [
    "/",
    "//",
    "//a//b",
    "/a/./b/../c",
    "/a/..",
    "/../../a",
    "/%2e%2e/a",
    "/a%2Fb",
    "/a%2fb",
    "/a b",
    "/caf\u{e9}",
    "/caf%C3%A9",
    "/caf%E9",
    "/%zz",
    "/%",
    "/a;b=c",
    "/a:b@c",
    "/a,b!$&'()*+=",
    "/{id}",
    "/a|b",
    "/a\\b",
    "/a^b`c",
    "/<a>\"b\"",
    "/~a-b_c.d",
    "/a?",
    "/?",
    "/?a=1&a=2",
    "/?a=b c",
    "/?a=b+c%20d",
    "/?q=caf\u{e9}",
    "/?q='\"<>",
    "/?q={}|\\^`",
    "/?a=/b?c",
    "/?=&&",
    "/?a=%",
    "/a#part",
    "/a?b#c?d",
    "/a\tb\nc",
];

pub(super) fn all() -> Vec<Case> {
    let mut cases: Vec<Case> = TARGETS
        .iter()
        .map(|target| Case::get(format!("target: {}", target.escape_debug()), target))
        .collect();
    cases.extend(TARGETS.iter().skip(9).step_by(3).map(|target| {
        let url = format!("http://{{http2}}{target}");
        Case::get(format!("HTTP/2: target: {}", target.escape_debug()), &url).http2()
    }));
    let url = |name: &str, url: &str| Case::get(format!("URL: {name}"), url);
    cases.extend([
        Case::get("target: long", &format!("/{}", "x".repeat(6000))),
        url("without a path", "http://{plain}"),
        url("only a query", "http://{plain}?a=1"),
        url("upper case", "HTTP://WWW.EXAMPLE.COM{:plain}/Hello"),
        url(
            "a name beyond ASCII",
            "http://b\u{fc}cher.example{:plain}/echo",
        ),
        url(
            "a name with a final dot",
            "http://example.com.{:plain}/echo",
        ),
        url("a short address", "http://127.1{:plain}/echo"),
        url("a number as address", "http://2130706433{:plain}/echo"),
        url("user and password", "http://ada:secret@{plain}/echo"),
        url("user alone", "http://ada@{plain}/echo"),
        url("password alone", "http://:secret@{plain}/echo"),
        url(
            "escapes in user and password",
            "http://a%40b:c%2Fd%20e@{plain}/echo",
        ),
        url("neither user nor password", "http://@{plain}/echo"),
        url("user beyond ASCII", "http://\u{e9}:\u{e9}@{plain}/echo"),
        url("another scheme", "ftp://{plain}/echo").fails(),
        url("no host", "http:///").fails(),
        url("port 0", "http://127.0.0.1:0/").fails(),
        url("an unknown name", "http://nowhere.invalid/").fails(),
    ]);
    cases
}
