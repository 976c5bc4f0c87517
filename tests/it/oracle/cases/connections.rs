//! Secure connections, HTTP/2, proxies.

use crate::oracle::case::{Auth, Case};

const HANDED: &str = "http://{other}";
const HANDED_WITH_LOGIN: &str = "http://ada:se%20cret@{other}";
const TUNNEL: &str = "http://{tunnels}";
const TUNNEL_WITH_LOGIN: &str = "http://ada:se%20cret@{tunnels}";
const SOCKS: &str = "socks5://{tunnels}";
const SOCKS_BY_NAME: &str = "socks5h://{tunnels}";
const SOCKS_WITH_LOGIN: &str = "socks5h://ada:se%20cret@{tunnels}";

pub(super) fn all() -> Vec<Case> {
    let mut cases = secure();
    cases.extend(handed());
    cases.extend(tunnels());
    cases
}

fn secure() -> Vec<Case> {
    vec![
        Case::get("TLS: HTTP/1.1", "https://{secure}/echo"),
        Case::new("TLS: a body", "POST", "https://{secure}/echo").text("hello"),
        Case::get("TLS: by name", "https://localhost{:secure}/hello"),
        Case::get(
            "TLS: the wrong name",
            "https://www.example.com{:secure}/hello",
        )
        .fails(),
        Case::get("TLS: to a server without", "https://{plain}/hello").fails(),
        Case::get("TLS: without, to a server with", "http://{secure}/hello").fails(),
        Case::get(
            "TLS: to HTTP",
            "https://{secure}/redirect-to?url=http://{plain}/echo",
        )
        .follow(5),
        Case::get("TLS: HTTP/2", "https://{secure2}/echo"),
        Case::new("TLS: HTTP/2 with a body", "PUT", "https://{secure2}/echo").text("hello"),
        Case::get(
            "TLS: HTTP/2, then HTTP/1.1",
            "https://{secure2}/redirect-to?url=https://{secure}/hello",
        )
        .follow(5),
        Case::get("HTTP/2: host", "http://{http2}/echo")
            .header("host", "api.example")
            .http2(),
        Case::get("HTTP/2: connection", "http://{http2}/echo")
            .header("connection", "close")
            .http2(),
        Case::get("HTTP/2: te", "http://{http2}/echo")
            .header("te", "trailers")
            .http2(),
        Case::get("HTTP/2: lines", "http://{http2}/echo")
            .header("x-a", "1")
            .header("x-a", "2")
            .http2(),
        Case::get("HTTP/2: two requests", "http://{http2}/hello")
            .then("http://{http2}/echo")
            .http2(),
        Case::get("HTTP/2: without prior knowledge", "http://{http2}/hello").fails(),
        Case::get("HTTP/2: to a server of HTTP/1.1", "http://{plain}/hello")
            .http2()
            .fails(),
    ]
}

fn handed() -> Vec<Case> {
    let get = |name: &str, url: &str| Case::get(format!("proxy: {name}"), url).proxy(HANDED);
    vec![
        get("GET", "http://{plain}/echo?a=1"),
        get("by name", "http://far.invalid/echo"),
        get("by name and port", "http://far.invalid:8080/echo"),
        get("a target with escapes", "http://far.invalid/a%20b|c?d={e}"),
        get("no path", "http://far.invalid"),
        get("a fragment", "http://far.invalid/a#b"),
        get("login in the URL", "http://ada:secret@far.invalid/echo"),
        get("host by hand", "http://far.invalid/echo").header("host", "api.example"),
        get("two requests", "http://far.invalid/echo").then("http://near.invalid/echo"),
        get("a status of the proxy", "http://far.invalid/status/502"),
        get("a redirect", "http://far.invalid/redirect-to?url=/echo").follow(5),
        get(
            "a redirect elsewhere",
            "http://far.invalid/redirect-to?url=http://near.invalid/echo",
        )
        .follow(5),
        get("credentials", "http://far.invalid/echo").auth(Auth::Basic("ada", "secret")),
        get("credentials of its own", "http://far.invalid/echo").proxy(HANDED_WITH_LOGIN),
        get("credentials of its own, by hand", "http://far.invalid/echo")
            .proxy(HANDED_WITH_LOGIN)
            .header("proxy-authorization", "Basic eDp5"),
        get(
            "credentials of its own, after a redirect",
            "http://far.invalid/redirect-to?url=http://near.invalid/echo",
        )
        .proxy(HANDED_WITH_LOGIN)
        .follow(5),
        Case::new("proxy: POST", "POST", "http://far.invalid/mirror")
            .text("hello")
            .proxy(HANDED),
        Case::new("proxy: HEAD", "HEAD", "http://far.invalid/hello").proxy(HANDED),
        Case::new("proxy: OPTIONS", "OPTIONS", "http://far.invalid/echo").proxy(HANDED),
    ]
}

fn tunnels() -> Vec<Case> {
    let get = |name: &str, url: &str| Case::get(format!("tunnel: {name}"), url).proxy(TUNNEL);
    vec![
        get("GET", "https://{secure}/echo"),
        get("by name", "https://localhost{:secure}/echo"),
        get("HTTP/2", "https://{secure2}/echo"),
        get("two requests", "https://{secure}/echo").then("https://{secure}/hello"),
        get("credentials", "https://{secure}/echo").auth(Auth::Bearer("secret")),
        get("credentials of its own", "https://{secure}/echo").proxy(TUNNEL_WITH_LOGIN),
        get("a user agent", "https://{secure}/echo").header("user-agent", "mine"),
        get("host by hand", "https://{secure}/echo").header("host", "api.example"),
        get("refused with 403", "https://403.invalid/").fails(),
        get("refused with 407", "https://407.invalid/").fails(),
        get("refused with 502", "https://502.invalid/")
            .proxy(TUNNEL_WITH_LOGIN)
            .fails(),
        get("the wrong certificate", "https://www.example.com{:secure}/").fails(),
        Case::new("tunnel: POST", "POST", "https://{secure}/mirror")
            .text("hello")
            .proxy(TUNNEL),
        get("SOCKS", "http://{plain}/echo").proxy(SOCKS),
        get(
            "SOCKS, name looked up here",
            "http://www.example.com{:plain}/echo",
        )
        .proxy(SOCKS),
        get(
            "SOCKS, name looked up there",
            "http://www.far.invalid{:plain}/echo",
        )
        .proxy(SOCKS_BY_NAME),
        get("SOCKS with a login", "http://{plain}/echo").proxy(SOCKS_WITH_LOGIN),
        get("SOCKS and TLS", "https://localhost{:secure}/echo").proxy(SOCKS_BY_NAME),
    ]
}
