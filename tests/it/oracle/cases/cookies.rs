//! Cookies that a server sets, and where they go next.

use crate::oracle::case::Case;

/// A case in which these `Set-Cookie` lines are followed by a `GET`.
fn set(name: &str, lines: &[&str], next: &str) -> Case {
    set_at(name, "http://www.example.com{:plain}/respond", lines, next)
}

fn set_at(name: &str, url: &str, lines: &[&str], next: &str) -> Case {
    let escaped = |line: &&str| {
        let line = line
            .replace('%', "%25")
            .replace('&', "%26")
            .replace('+', "%2B");
        format!(
            "header=Set-Cookie:{}",
            line.replace(' ', "%20").replace('"', "%22")
        )
    };
    let lines: Vec<String> = lines.iter().map(escaped).collect();
    Case::get(
        format!("cookies: {name}"),
        &format!("{url}?{}", lines.join("&")),
    )
    .then(next)
}

const SAME: &str = "http://www.example.com{:plain}/echo";
const BELOW: &str = "http://www.example.com{:plain}/a/b/c";
const SIBLING: &str = "http://api.example.com{:plain}/echo";
const PARENT: &str = "http://example.com{:plain}/echo";

/// Attributes: a name, the lines, and the URL that is asked for next.
const ATTRIBUTES: [(&str, &[&str], &str); 28] = [
    ("one", &["a=1"], SAME),
    ("two", &["a=1", "b=2"], SAME),
    ("a new value", &["a=1", "a=2"], SAME),
    ("not to another port's host", &["a=1"], SIBLING),
    (
        "also to another port",
        &["a=1"],
        "http://www.example.com{:other}/echo",
    ),
    ("max-age", &["a=1; Max-Age=60"], SAME),
    ("max-age 0", &["a=1", "a=2; Max-Age=0"], SAME),
    ("negative max-age", &["a=1; Max-Age=-5"], SAME),
    ("broken max-age", &["a=1; Max-Age=soon"], SAME),
    ("huge max-age", &["a=1; Max-Age=99999999999999999999"], SAME),
    (
        "expired",
        &["a=1", "a=2; Expires=Thu, 01 Jan 1970 00:00:00 GMT"],
        SAME,
    ),
    (
        "expires later",
        &["a=1; Expires=Fri, 01 Jan 2100 00:00:00 GMT"],
        SAME,
    ),
    (
        "expires in asctime",
        &["a=1; Expires=Fri Jan 1 00:00:00 2100"],
        SAME,
    ),
    (
        "expired in two digits",
        &["a=1; Expires=Thu, 01-Jan-70 00:00:00 GMT"],
        SAME,
    ),
    ("broken expires", &["a=1; Expires=never"], SAME),
    (
        "max-age wins",
        &["a=1; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT"],
        SAME,
    ),
    ("secure over http", &["a=1; Secure"], SAME),
    ("http only", &["a=1; HttpOnly"], SAME),
    ("same site", &["a=1; SameSite=Strict"], SAME),
    ("path", &["a=1; Path=/echo", "b=2; Path=/other"], SAME),
    (
        "path below",
        &["a=1; Path=/a", "b=2; Path=/a/b", "c=3; Path=/a/b/c/d"],
        BELOW,
    ),
    (
        "path with a final slash",
        &["a=1; Path=/a/", "b=2; Path=/a/b/c/"],
        BELOW,
    ),
    ("path that is a beginning only", &["a=1; Path=/ech"], SAME),
    ("relative path", &["a=1; Path=echo"], SAME),
    ("empty path", &["a=1; Path="], SAME),
    (
        "one name, two paths",
        &["a=1; Path=/", "a=2; Path=/echo"],
        SAME,
    ),
    (
        "an unknown attribute",
        &["a=1; Whatever=x; Partitioned"],
        SAME,
    ),
    (
        "attributes in any case",
        &["a=1; PATH=/other; httponly"],
        SAME,
    ),
];

pub(super) fn all() -> Vec<Case> {
    let mut cases: Vec<Case> = ATTRIBUTES
        .iter()
        .map(|(name, lines, next)| set(name, lines, next))
        .collect();
    cases.extend(domains());
    cases.extend(values());
    cases.extend(ways());
    cases
}

fn domains() -> Vec<Case> {
    vec![
        set(
            "domain of the parent",
            &["a=1; Domain=example.com"],
            SIBLING,
        ),
        set(
            "domain with a dot in front",
            &["a=1; Domain=.example.com"],
            PARENT,
        ),
        set(
            "domain in upper case",
            &["a=1; Domain=EXAMPLE.COM"],
            SIBLING,
        ),
        set(
            "domain of a sibling",
            &["a=1; Domain=api.example.com"],
            SIBLING,
        ),
        set(
            "domain of another site",
            &["a=1; Domain=other.test"],
            "http://other.test{:plain}/echo",
        ),
        set("domain that is a public suffix", &["a=1; Domain=com"], SAME),
        set_at(
            "domain that is a public suffix of two parts",
            "http://shop.co.uk{:plain}/respond",
            &["a=1; Domain=co.uk"],
            "http://shop.co.uk{:plain}/echo",
        ),
        set("empty domain", &["a=1; Domain="], SAME),
        set(
            "own domain goes below too",
            &["a=1; Domain=www.example.com"],
            SAME,
        ),
        set_at("an address", "/respond", &["a=1"], "/echo"),
        set_at(
            "an address as domain",
            "/respond",
            &["a=1; Domain=127.0.0.1"],
            "/echo",
        ),
        set_at(
            "a part of an address as domain",
            "/respond",
            &["a=1; Domain=0.0.1"],
            "/echo",
        ),
        set_at(
            "another address",
            "/respond",
            &["a=1"],
            "http://127.0.0.2{:plain}/echo",
        )
        .fails(),
    ]
}

fn values() -> Vec<Case> {
    vec![
        set("quotes", &["a=\"1 2\""], SAME),
        set("equals signs", &["a=b=c=="], SAME),
        set("an empty value", &["a="], SAME),
        set("no name", &["=1"], SAME),
        set("no equals sign", &["a"], SAME),
        set("spaces around", &["  a  =  1  "], SAME),
        set("a comma", &["a=1,b=2"], SAME),
        set("escapes", &["a=%20%zz"], SAME),
        set("beyond ASCII", &["a=caf\u{e9}"], SAME),
        set("long", &[&format!("a={}", "x".repeat(3000))], SAME),
        set("too long", &[&format!("a={}", "x".repeat(5000))], SAME),
        set(
            "prefix __Host- over http",
            &["__Host-a=1; Path=/; Secure"],
            SAME,
        ),
        set("prefix __Secure- over http", &["__Secure-a=1"], SAME),
        set("upper and lower case", &["A=1", "a=2"], SAME),
        set("empty line", &[""], SAME),
    ]
}

fn ways() -> Vec<Case> {
    let redirect = "/respond?status=302&header=Location:/echo&header=Set-Cookie:sid=1;Path=/";
    let away = "/respond?status=302&header=Location:http://example.com{:plain}/echo&header=Set-Cookie:sid=1";
    let secure = "https://{secure}/respond?header=Set-Cookie:";
    vec![
        Case::get("cookies: set by a redirect", redirect).follow(5),
        Case::get("cookies: set by a redirect to another host", away).follow(5),
        Case::get("cookies: set by a redirect, written too", redirect)
            .header("cookie", "a=1")
            .follow(5),
        set("written besides", &["a=1", "b=2"], SAME).header("cookie", "a=mine"),
        Case::get(
            "cookies: default path",
            "http://www.example.com{:plain}/respond/x?header=Set-Cookie:a=1",
        )
        .then(SAME),
        Case::get("cookies: secure over https", &format!("{secure}a=1;Secure"))
            .then("https://{secure}/echo"),
        Case::get(
            "cookies: secure, then http",
            &format!("{secure}a=1;Secure;Path=/"),
        )
        .then("/echo"),
        Case::get(
            "cookies: not secure, then http",
            &format!("{secure}a=1;Path=/"),
        )
        .then("/echo"),
        Case::get(
            "cookies: prefix __Host- over https",
            &format!("{secure}__Host-a=1;Secure;Path=/"),
        )
        .then("https://{secure}/echo"),
        Case::get(
            "cookies: prefix __Host- without a path",
            &format!("{secure}__Host-a=1;Secure"),
        )
        .then("https://{secure}/respond/x"),
        Case::get(
            "cookies: over HTTP/2",
            "http://{http2}/respond?header=Set-Cookie:a=1&header=Set-Cookie:b=2",
        )
        .then("http://{http2}/echo")
        .http2(),
        Case::get(
            "cookies: set by an error",
            "/respond?status=500&header=Set-Cookie:a=1",
        )
        .then("/echo"),
    ]
}
