//! Redirects: methods, bodies and headers on their way, and where they lead.

use crate::oracle::case::{Auth, Case, Payload};

pub(super) fn all() -> Vec<Case> {
    let mut cases = methods();
    cases.extend(places());
    cases.extend(credentials());
    cases.extend(limits());
    cases
}

fn methods() -> Vec<Case> {
    let mut cases = Vec::new();
    for status in [301, 302, 303, 307, 308] {
        let target = format!("/redirect-to?status={status}&url=/echo");
        for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "PROPFIND"] {
            let case = Case::new(format!("redirect: {status} of {method}"), method, &target);
            cases.push(case.header("x-a", "1").follow(5));
        }
        for method in ["POST", "PUT", "PATCH", "DELETE"] {
            let case = Case::new(
                format!("redirect: {status} of {method} with a body"),
                method,
                &target,
            );
            cases.push(
                case.text("hello")
                    .header("content-language", "en")
                    .follow(5),
            );
        }
        let name = format!("redirect: {status} of POST with chunks");
        let case = Case::new(name, "POST", &target);
        cases.push(case.payload(Payload::Chunked(b"hello".to_vec())).follow(5));
        let name = format!("redirect: {status} of POST with a form");
        cases.push(
            Case::new(name, "POST", &target)
                .payload(Payload::Form(&[("a", "b c")]))
                .follow(5),
        );
        let name = format!("redirect: {status}, not followed");
        cases.push(Case::get(name, &target));
    }
    let target = "http://{http2}/redirect-to?status=307&url=/echo";
    cases.push(
        Case::new("redirect: over HTTP/2", "POST", target)
            .text("hello")
            .follow(5)
            .http2(),
    );
    cases
}

/// A redirect to a place, whose special characters are escaped for the query.
fn to(place: &str) -> String {
    let place = place
        .replace('%', "%25")
        .replace('&', "%26")
        .replace('#', "%23");
    format!(
        "/redirect-to?url={}",
        place.replace('+', "%2B").replace(' ', "%20")
    )
}

fn places() -> Vec<Case> {
    let place = |place: &str| Case::get(format!("redirect to {place}"), &to(place)).follow(5);
    vec![
        place("echo"),
        place("./x/../echo"),
        place("?status=204"),
        place("//{plain}/echo"),
        place("http://{plain}/echo"),
        place("HTTP://{plain}/echo"),
        place("http://{other}/echo"),
        place("http://example.com{:plain}/echo"),
        place("https://{secure}/hello"),
        place("/echo#part"),
        place("#part").fails(),
        place("/echo?a=b c"),
        place("/a b"),
        place("/%zz"),
        place("/caf\u{e9}"),
        place("/a+b%20c"),
        place("/a/../b"),
        place("/{x}|<y>"),
        place("http://ada:secret@{plain}/echo"),
        place("http://ada:secret@{other}/echo"),
        place("").fails(),
        place(" /echo "),
        place("ftp://{plain}/echo").fails(),
        place("mailto:ada@example.com").fails(),
        place("http://[::x/"),
        place("http://"),
        place("\\echo"),
        place("/redirect/3"),
        Case::get(
            "redirect keeps a fragment",
            &format!("{}#mine", to("/echo")),
        )
        .follow(5),
        Case::get(
            "redirect replaces a fragment",
            &format!("{}#mine", to("/echo#theirs")),
        )
        .follow(5),
    ]
}

fn credentials() -> Vec<Case> {
    let place = |place: &str| {
        Case::get(format!("redirect with credentials to {place}"), &to(place))
            .auth(Auth::Bearer("secret"))
            .header("cookie", "a=1")
            .header("proxy-authorization", "Basic eDp5")
            .header("www-authenticate", "x")
            .header("x-api-key", "key")
            .follow(5)
    };
    vec![
        place("/echo"),
        place("http://{other}/echo"),
        place("http://example.com{:plain}/echo"),
        place("https://{secure}/hello"),
        place("http://{other}/redirect-to?url=http://{plain}/echo"),
        place("http://ada:secret@{other}/echo"),
        Case::get("redirect with a host to the same server", &to("/echo"))
            .header("host", "api.example")
            .follow(5),
        Case::get(
            "redirect with a host to another server",
            &to("http://{other}/echo"),
        )
        .header("host", "api.example")
        .follow(5),
        Case::get(
            "redirect with user and password in the URL",
            "http://ada:secret@{plain}/redirect-to?url=/echo",
        )
        .follow(5),
        Case::get(
            "redirect with user and password in the URL, to another server",
            "http://ada:secret@{plain}/redirect-to?url=http://{other}/echo",
        )
        .follow(5),
    ]
}

fn limits() -> Vec<Case> {
    vec![
        Case::get("redirect limit: just enough", "/redirect/3").follow(3),
        Case::get("redirect limit: one too many", "/redirect/4")
            .follow(3)
            .fails(),
        Case::get("redirect limit: a loop", "/loop")
            .follow(10)
            .fails(),
        Case::get("redirect without a place", "/status/302").follow(5),
        Case::get("redirect 300", "/redirect-to?status=300&url=/echo").follow(5),
        Case::get("redirect 304", "/redirect-to?status=304&url=/echo").follow(5),
        Case::get("redirect 305", "/redirect-to?status=305&url=/echo").follow(5),
        Case::get("redirect 200", "/redirect-to?status=200&url=/echo").follow(5),
        Case::get(
            "redirect to two places",
            "/respond?status=302&header=Location:/hello&header=Location:/echo",
        )
        .follow(5),
        Case::get(
            "redirect to one place twice",
            "/respond?status=302&header=Location:/echo&header=Location:/echo",
        )
        .follow(5),
    ]
}
