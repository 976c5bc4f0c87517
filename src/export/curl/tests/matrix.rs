//! Every kind of body with every way to log in and every option: request line, headers and body that arrive from the real curl are
//! those that arrive from this program.

use std::sync::Arc;

use super::bodies::{file, form, text, with};
use super::connections::{HERE, run, send};
use proptest::test_runner::RngSeed;

use super::*;
use crate::http::auth::{Credentials, Digest};
use crate::http::{Body, Coding, Content, Multipart, Part, PartContent, Upload};

/// The bodies by name; those that curl cannot send byte for byte are compared as a server reads them.
const BODIES: [(&str, bool); 22] = [
    ("none", true),
    ("empty", true),
    ("text", true),
    ("at", true),
    ("lines", true),
    ("nul", true),
    ("not utf-8", true),
    ("large", true),
    ("chunked", true),
    ("gzip", true),
    ("deflate", true),
    ("gzip chunked", true),
    ("file", true),
    ("file chunked", true),
    ("file gzip", false),
    ("form", false),
    ("form with file", false),
    ("form chunked", false),
    ("own boundary", true),
    ("own boundary, file", true),
    ("own boundary, chunked", true),
    ("mixed", true),
];
const LOGINS: [&str; 7] = [
    "none",
    "basic",
    "empty password",
    "no user",
    "colon",
    "bearer",
    "digest",
];
const OPTIONS: [&str; 12] = [
    "plain",
    "compressed",
    "close",
    "http/1.1",
    "redirects",
    "dropped",
    "empty header",
    "repeated",
    "cookies",
    "target",
    "host",
    "as is",
];

fn body_of(kind: &str, url: Url, method: &str, upload: &Arc<Upload>) -> Request {
    let bytes = |bytes: &[u8]| Body::from(Bytes::copy_from_slice(bytes));
    let from_file = || Body::new(Content::File(Arc::clone(upload)));
    let coded = |body: Body, coding: Coding| {
        with(url.clone(), method, body.compressed(coding).unwrap())
            .header("content-encoding", coding.name())
    };
    match kind {
        "none" => Request::new(method, url),
        "empty" => Request::new(method, url).body(""),
        "text" => Request::new(method, url).body("it's \"a\" $text !"),
        "at" => with(url, method, bytes(b"@/etc/hostname")),
        "lines" => with(url, method, bytes(b"\r\na\r\n\tb\n\n")),
        "nul" => with(url, method, bytes(b"a\0b")),
        "not utf-8" => with(url, method, bytes(b"\xff\xfe%s\\")),
        "large" => with(url, method, bytes(&vec![b'l'; 60_000])),
        "chunked" => with(url, method, bytes(b"piece").chunked()),
        "gzip" => coded(bytes(b"it's \xff hello"), Coding::Gzip),
        "deflate" => coded(bytes(b"hello"), Coding::Deflate),
        "gzip chunked" => chunked(coded(bytes(b"hello"), Coding::Gzip)),
        "file" => with(url, method, from_file()),
        "file chunked" => with(url, method, from_file().chunked()),
        "file gzip" => coded(from_file(), Coding::Gzip),
        _ => form_of(kind, &url, method, upload),
    }
}

/// The bodies that are forms.
fn form_of(kind: &str, url: &Url, method: &str, upload: &Arc<Upload>) -> Request {
    let attached = || Part {
        filename: Some("a=b.bin".into()),
        // A file always has one: by its ending if none is written.
        content_type: Some("application/octet-stream".into()),
        content: PartContent::File(Arc::clone(upload)),
        ..text("f", "")
    };
    let texts = || vec![text("a", "1"), text("b", "@x")];
    let with_file = || vec![text("a", "it's"), attached(), text("b", "")];
    let own = |kind: &str, parts: Vec<Part>| {
        let mut request = Request::new(method, url.clone())
            .header("content-type", format!("{kind}; boundary=\"own line\""));
        let form = Multipart::new("own line", parts).chosen_boundary();
        request.body = Some(Body::new(Content::Multipart(Arc::new(form))));
        request
    };
    let curls = |parts: Vec<Part>| {
        let mut request = form(url.clone(), "multipart/form-data", parts);
        request.method = method.to_owned();
        request
    };
    match kind {
        "form" => curls(texts()),
        "form with file" => curls(with_file()),
        "form chunked" => chunked(curls(texts())),
        "own boundary" => own("multipart/form-data", texts()),
        "own boundary, file" => own("multipart/form-data", with_file()),
        "own boundary, chunked" => chunked(own("multipart/form-data", texts())),
        "mixed" => own("multipart/mixed", with_file()),
        _ => unreachable!("{kind}"),
    }
}

fn chunked(mut request: Request) -> Request {
    request.body = request.body.map(Body::chunked);
    request
}

fn log_in(request: Request, login: &str) -> Request {
    let basic = |user: &str, password: &str| {
        request
            .clone()
            .header("authorization", auth::basic(user, password))
    };
    match login {
        "basic" => basic("ada", "lovelace"),
        "empty password" => basic("ada", ""),
        "no user" => basic("", "lovelace"),
        "colon" => basic("ada", "a:b"),
        "bearer" => request.header("Authorization", "Bearer lovelace"),
        "digest" => request.auth(Arc::new(Credentials::new(Digest::new("ada", "lovelace")))),
        _ => request,
    }
}

fn with_option(mut request: Request, option: &str) -> (Request, Options) {
    let mut options = plain();
    let settings = Arc::make_mut(&mut options.settings);
    match option {
        "compressed" => options.compressed = true,
        "close" => settings.close = true,
        "http/1.1" => settings.http = Some(HttpVersion::Http11),
        "redirects" => options.follow_redirects = 3,
        "dropped" => request.dropped = vec!["user-agent".into(), "accept".into()],
        "empty header" => request = request.header("x-empty", "").header("User-Agent", ""),
        "repeated" => {
            request = request
                .header("X-A", "1")
                .header("x-a", "2")
                .header("accept", "*/*")
                .header("accept", "a/b");
        }
        "cookies" => request = request.header("cookie", "a=b"),
        "host" => request = request.header("host", "elsewhere.example:81"),
        "as is" => request.raw_target = Some("/a/../b|^\"<>`//.?x={y}[1]".to_owned()),
        "target" => request.raw_target = Some("/a b/é?x=#y".to_owned()),
        _ => {}
    }
    if request.raw_target.is_some() {
        settings.verbatim_target = true;
    }
    (request, options)
}

/// The last request of an exchange: one that digest asks for is challenged first.
fn last_of(listener: &TcpListener, is_challenged: bool) -> Received {
    let challenge =
        "HTTP/1.1 401 No\r\nwww-authenticate: Digest realm=\"r\", nonce=\"n\", qop=\"auth\"";
    let next = |answer: &str| {
        let (stream, _) = listener.accept().unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(10)))
            .unwrap();
        receive_over(stream, answer)
    };
    if is_challenged {
        next(challenge);
    }
    next("HTTP/1.1 204 No Content")
}

/// Without what is chosen anew each time.
fn settled(mut received: Received, is_exact: bool) -> Received {
    for (name, value) in &mut received.headers {
        if name == "authorization" && value.starts_with("Digest ") {
            let pairs = value
                .trim_start_matches("Digest ")
                .split(',')
                .map(|pair| pair.trim().replace('"', ""));
            let mut pairs: Vec<_> = pairs
                .filter(|pair| !pair.starts_with("cnonce=") && !pair.starts_with("response="))
                .collect();
            pairs.sort();
            *value = pairs.join(",");
        }
        if name == "accept-encoding" {
            let mut codings: Vec<_> = value.split(',').map(str::trim).collect();
            codings.sort_unstable();
            *value = codings.join(",");
        }
    }
    if is_exact { received } else { normal(received) }
}

/// What no curl line can repeat: curl asks for the challenge with the head of a chunked form and no chunk, and its proof is of
/// the URL's path, not of `--request-target`.
fn is_beyond_curl(kind: &str, login: &str, option: &str) -> bool {
    login == "digest" && (kind == "form chunked" || ["target", "as is"].contains(&option))
}

fn assert_same(
    (kind, is_exact): (&str, bool),
    method: &str,
    login: &str,
    option: &str,
    upload: &Arc<Upload>,
) {
    if is_beyond_curl(kind, login, option) {
        return;
    }
    let listener = TcpListener::bind((HERE, 0)).unwrap();
    let url = at(&format!("http://{}/a?b=c", listener.local_addr().unwrap()));
    let (request, options) = with_option(log_in(body_of(kind, url, method, upload), login), option);
    let is_challenged = login == "digest";
    let server = std::thread::spawn(move || [(); 2].map(|()| last_of(&listener, is_challenged)));
    let described = format!("{kind}, {method}, {login}, {option}");
    let exchange = send(&request, &options);
    assert!(
        exchange.result.is_ok(),
        "{described}: {:?}",
        exchange.result
    );
    let command = curl(&request, &options, &Redactor::default());
    let password = if login == "colon" {
        "a:b"
    } else if login == "empty password" {
        ""
    } else {
        "lovelace"
    };
    run(&format!(
        "PASSWORD='{password}'\nAUTHORIZATION=lovelace\nCOOKIE=b\n{command}"
    ));
    let [ours, curls] = server
        .join()
        .unwrap()
        .map(|received| settled(received, is_exact));
    assert_eq!(curls, ours, "{described}\n{command}");
}

#[test]
fn every_body_with_every_login_and_option_arrives_as_it_was_sent() {
    if shells().is_empty() {
        return;
    }
    let (_folder, upload) = file("it's.bin", b"content of \xff a file\r\n");
    for body in BODIES {
        for login in LOGINS {
            assert_same(body, "POST", login, "plain", &upload);
        }
        for option in OPTIONS.into_iter().skip(1) {
            assert_same(body, "PUT", "none", option, &upload);
        }
        for method in ["GET", "PATCH", "DELETE", "OPTIONS"] {
            assert_same(body, method, "none", "plain", &upload);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { rng_seed: RngSeed::Fixed(7), failure_persistence: None, ..ProptestConfig::with_cases(24) })]
    #[test]
    fn any_combination_arrives_as_it_was_sent(
        body in proptest::sample::select(&BODIES[..]),
        method in proptest::sample::select(&["GET", "POST", "PUT", "PATCH", "DELETE", "PURGE"][..]),
        login in proptest::sample::select(&LOGINS[..]),
        option in proptest::sample::select(&OPTIONS[..]),
    ) {
        if !shells().is_empty() {
            let (_folder, upload) = file("a.bin", b"content");
            assert_same(body, method, login, option, &upload);
        }
    }
}
