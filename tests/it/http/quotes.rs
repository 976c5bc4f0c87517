//! What a message quotes of what came shows no secret, and no part of one.
use apitest::http::{Proxies, Proxy};
use apitest::secret::Redactor;

use super::*;

/// Longer than anything that is quoted.
fn secret() -> String {
    format!("tok-{}", "0123456789abcdef".repeat(20))
}

/// A server that answers every connection with these bytes.
fn says(bytes: Vec<u8>) -> Server {
    Server::with(move |_, wire, _| {
        wire.write_all(&bytes)?;
        Ok(After::Close)
    })
}

/// The error of a request to a server that says this, asked as a proxy if so.
fn told(says_what: &str, url: impl Fn(&Server) -> String, proxy: Option<&str>) -> Error {
    let server = says(says_what.replace("SECRET", &secret()).into_bytes());
    let proxies = proxy.map(|scheme| {
        let proxy = Proxy::parse(&format!("{scheme}://{}", server.address())).unwrap();
        Proxies::all(proxy, Vec::new())
    });
    let http = says_what.starts_with('!').then_some(HttpVersion::Http2);
    let settings = Settings {
        proxies: proxies.unwrap_or_default(),
        http,
        ..Settings::default()
    };
    let redactor = Redactor::default();
    redactor.add("token", &secret()).unwrap();
    let mut options = Options {
        settings: settings.into(),
        ..following(3)
    };
    options.secrets.secrets = redactor.clone();
    let exchange =
        block_on(ConnectionPool::hiding(redactor).send(get(&url(&server)), &options, None));
    exchange.error().unwrap().clone()
}

#[test]
fn no_part_of_a_secret_is_quoted() {
    let far = |_: &Server| "https://far.invalid/".to_owned();
    let own = |server: &Server| server.url("/");
    let head = "HTTP/1.1 200 OK\r\n";
    let table: [(String, Option<&str>, &str); 9] = [
        (
            "SSH-2.0-SECRET x\r\n".into(),
            None,
            "begins with `SSH-2.0-*** x`",
        ),
        ("hello SECRET\r\n".into(), None, "begins with `hello ***`"),
        (format!("{head}SECRET\r\n\r\n"), None, "begins with `***`"),
        (
            format!("{head}a SECRET: b\r\n\r\n"),
            None,
            "the header name `a ***` has",
        ),
        (
            format!("{head}x: SECRET"),
            None,
            "after `HTTP/1.1 200 OK\\r\\nx: ***`",
        ),
        (
            format!("{head}Content-Encoding: gzip\r\n\r\n<p>SECRET</p>"),
            None,
            "begins with `<p>***</p>`",
        ),
        (
            "HTTP/1.1 302 No\r\nLocation: ftp://SECRET/\r\nContent-Length: 0\r\n\r\n".into(),
            None,
            "redirects to `ftp://***/`",
        ),
        (
            "550 SECRET no\r\n".into(),
            Some("http"),
            "begins with `550 *** no`",
        ),
        ("!PRI SECRET\r\n".into(), None, "begins with `!PRI ***`"),
    ];
    for (bytes, proxy, wanted) in table {
        let error = told(&bytes, if proxy.is_some() { far } else { own }, proxy);
        assert!(error.message.contains(wanted), "{}", error.message);
        assert!(!error.message.contains("tok-"), "{}", error.message);
    }
}

#[test]
fn what_a_proxy_says_is_quoted() {
    let table = [
        (
            "http",
            "SSH-2.0-x\r\n",
            "is an SSH server, not an HTTP server: it begins with `SSH-2.0-x`",
        ),
        (
            "http",
            "hello\r\n",
            "sends what is not HTTP: it begins with `hello`",
        ),
        (
            "http",
            "HTTP/1.1 2x0 OK\r\n\r\n",
            "breaks the rules of HTTP: its status `2x0` is not a number",
        ),
        (
            "http",
            "HTTP/1.1 2",
            "closed the connection in the middle of the response head, after",
        ),
    ];
    for (scheme, bytes, wanted) in table {
        let error = told(bytes, |_| "https://far.invalid/".to_owned(), Some(scheme));
        assert!(
            error.message.contains("the proxy `127.0.0.1:"),
            "{}",
            error.message
        );
        assert!(error.message.contains(wanted), "{}", error.message);
        assert_eq!(error.kind, ErrorKind::Connect);
        assert!(error.hint.unwrap().starts_with("is it an HTTP proxy?"));
    }
}
