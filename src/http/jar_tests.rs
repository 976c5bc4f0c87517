use super::*;

/// github.com/abarth/http-state, see `tests/data/http-state/README.md`.
const CASES: &str = include_str!("../../tests/data/http-state/parser.json");

/// Where the jar differs from the cases of 2011, and what in RFC 6265bis justifies it.
fn known_difference(test: &str) -> Option<&'static str> {
    match test {
        "OPTIONAL_DOMAIN0042" => Some(
            "an empty `Domain` counts as the last one (section 5.7, step 7): the cookie is the host's own",
        ),
        "DISABLED_CHROMIUM0022" | "DISABLED_CHROMIUM0023" => {
            Some("control characters void the line (section 5.6, step 1)")
        }
        "DISABLED_PATH0029" => Some("disabled upstream: it expects a path to be percent-decoded"),
        _ => NAMELESS
            .contains(&test)
            .then_some("cookies without a name are kept (section 5.6, step 3)"),
    }
}

/// Cases with a line without a name.
const NAMELESS: [&str; 23] = [
    "0004",
    "0021",
    "0023",
    "0024",
    "0025",
    "0026",
    "0027",
    "0028",
    "CHROMIUM0009",
    "CHROMIUM0010",
    "CHROMIUM0012",
    "MOZILLA0012",
    "MOZILLA0014",
    "MOZILLA0015",
    "MOZILLA0016",
    "MOZILLA0017",
    "NAME0017",
    "NAME0023",
    "NAME0025",
    "NAME0028",
    "NAME0031",
    "NAME0032",
    "NAME0033",
];

fn header_of(case: &serde_json::Value) -> String {
    let host = "http://home.example.org:8888";
    let name = case["test"].as_str().unwrap().to_lowercase();
    let set_from = Url::parse(&format!("{host}/cookie-parser?{name}")).unwrap();
    let sent_to = case["sent-to"].as_str().map_or_else(
        || format!("{host}/cookie-parser-result?{name}"),
        str::to_owned,
    );
    let jar = Jar::new(Clock::Fixed("2011-01-01T00:00:00Z".parse().unwrap()));
    for line in case["received"].as_array().unwrap() {
        jar.store(&set_from, line.as_str().unwrap());
    }
    jar.header(&set_from.join(&sent_to).unwrap())
        .unwrap_or_default()
}

#[test]
fn the_cases_of_http_state_hold() {
    let cases: Vec<serde_json::Value> = serde_json::from_str(CASES).unwrap();
    assert!(cases.len() > 200, "only {} cases", cases.len());
    let mut wrong = Vec::new();
    for case in &cases {
        let pairs = case["sent"].as_array().unwrap().iter();
        let pairs: Vec<_> = pairs
            .map(|pair| {
                format!(
                    "{}={}",
                    pair["name"].as_str().unwrap(),
                    pair["value"].as_str().unwrap()
                )
            })
            .collect();
        let expected = pairs.join("; ");
        let found = header_of(case);
        let name = case["test"].as_str().unwrap();
        if (found == expected) == known_difference(name).is_some() {
            wrong.push(format!(
                "{name}: {} expected {expected:?}, found {found:?}",
                case["received"]
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn url(text: &str) -> Url {
    Url::parse(text).unwrap()
}

fn jar_with(from: &str, lines: &[&str]) -> Jar {
    let jar = Jar::default();
    for line in lines {
        jar.store(&url(from), line);
    }
    jar
}

fn sent(from: &str, line: &str, to: &str) -> Option<String> {
    jar_with(from, &[line]).header(&url(to))
}

#[test]
fn secure_cookies_go_over_secure_connections_and_to_this_machine() {
    assert_eq!(
        sent("https://h.example/", "a=1; Secure", "https://h.example/").as_deref(),
        Some("a=1")
    );
    assert_eq!(
        sent("https://h.example/", "a=1; Secure", "http://h.example/"),
        None
    );
    assert_eq!(
        sent("http://h.example/", "a=1; Secure", "https://h.example/"),
        None
    );
    for local in [
        "http://localhost:3000/",
        "http://api.localhost/",
        "http://127.0.0.1/",
        "http://[::1]/",
    ] {
        assert_eq!(
            sent(local, "a=1; Secure", local).as_deref(),
            Some("a=1"),
            "{local}"
        );
    }
}

#[test]
fn prefixes_promise_what_they_say() {
    let here = "https://h.example/x/y";
    let kept = |line: &str| sent(here, line, here).is_some();
    assert!(kept("__Secure-a=1; Secure") && !kept("__Secure-a=1"));
    assert!(kept("__Host-a=1; Secure; Path=/"));
    for line in [
        "__Host-a=1; Path=/",
        "__Host-a=1; Secure",
        "__Host-a=1; Secure; Path=/; Domain=h.example",
        "__host-a=1",
    ] {
        assert!(!kept(line), "{line}");
    }
    assert!(!kept("__Secure-a; Secure") && !kept("=__Host-a=1; Secure"));
    // A `Path` that is none is that of the page: here it is the whole host's.
    let root = "https://h.example/";
    assert!(
        sent(root, "__Host-a=1; Secure; Path=", root).is_some()
            && !kept("__Host-a=1; Secure; Path=x")
    );
}

/// The examples of section 5.4.
#[test]
fn prefixes_hold_in_any_case() {
    let host = "https://site.example/";
    let refused = [
        "__Secure-S=1; Domain=site.example",
        "__Host-S=1",
        "__Host-S=1; Secure",
        "__Host-S=1; Domain=site.example",
        "__Host-S=1; Domain=site.example; Path=/",
        "__Host-S=1; Secure; Domain=site.example; Path=/",
    ];
    let taken = [
        "__Secure-S=1; Domain=site.example; Secure",
        "__Host-S=1; Secure; Path=/",
    ];
    for (lines, is_kept) in [(&refused[..], false), (&taken[..], true)] {
        for line in lines {
            let pair = line.split(';').next().unwrap();
            for pair in [pair.to_owned(), pair.to_lowercase(), pair.to_uppercase()] {
                let line = line.replacen(line.split(';').next().unwrap(), &pair, 1);
                assert_eq!(sent(host, &line, host), is_kept.then_some(pair), "{line}");
            }
        }
    }
    let both = jar_with(host, &["__Secure-a=1; Secure", "__secure-a=2; Secure"]);
    assert_eq!(
        both.header(&url(host)).as_deref(),
        Some("__Secure-a=1; __secure-a=2")
    );
}

#[test]
fn a_cookie_for_other_sites_pages_is_secure() {
    let here = "https://h.example/";
    for value in ["None", "none", "NONE"] {
        assert_eq!(sent(here, &format!("a=1; SameSite={value}"), here), None);
        assert_eq!(
            sent(here, &format!("a=1; SameSite={value}; Secure"), here).as_deref(),
            Some("a=1")
        );
    }
    for line in [
        "a=1; SameSite=None; SameSite=Lax",
        "a=1; SameSite=Nonesuch",
        "a=1; SameSite",
        "a=1",
    ] {
        assert_eq!(sent(here, line, here).as_deref(), Some("a=1"), "{line}");
    }
}

#[test]
fn domains_are_the_host_or_above_it() {
    let from = "https://a.h.example/";
    assert_eq!(
        sent(from, "a=1; Domain=h.example", "https://b.h.example/").as_deref(),
        Some("a=1")
    );
    assert_eq!(sent(from, "a=1", "https://b.a.h.example/"), None);
    assert_eq!(
        sent(from, "a=1; Domain=b.h.example", "https://b.h.example/"),
        None
    );
    assert_eq!(
        sent(from, "a=1; Domain=example", "https://h.example/"),
        None
    );
    assert_eq!(
        sent(
            "https://127.0.0.1/",
            "a=1; Domain=0.0.1",
            "https://127.0.0.1/"
        ),
        None
    );
    assert_eq!(
        sent(
            "http://localhost/",
            "a=1; Domain=localhost",
            "http://localhost/"
        )
        .as_deref(),
        Some("a=1")
    );
    assert_eq!(
        sent(
            "http://localhost/",
            "a=1; Domain=localhost",
            "http://x.localhost/"
        ),
        None
    );
}

#[test]
fn an_insecure_answer_does_not_hide_a_secure_cookie() {
    let jar = jar_with(
        "https://h.example/",
        &["a=1; Secure; Domain=h.example; Path=/x"],
    );
    jar.store(&url("http://www.h.example/x/y"), "a=2; Path=/x/y");
    jar.store(&url("http://h.example/"), "a=3; Path=/z");
    assert_eq!(
        jar.header(&url("https://www.h.example/x/y")).as_deref(),
        Some("a=1")
    );
    assert_eq!(
        jar.header(&url("https://h.example/z")).as_deref(),
        Some("a=3")
    );
}

#[test]
fn a_clone_goes_its_own_way() {
    let jar = jar_with(
        "http://h.example/",
        &["a=1; Max-Age=60; HttpOnly; SameSite=Strict"],
    );
    let copy = jar.clone();
    copy.store(&url("http://h.example/"), "a=; Max-Age=0");
    copy.store(&url("http://h.example/"), "b=2");
    assert_eq!(
        jar.header(&url("http://h.example/")).as_deref(),
        Some("a=1")
    );
    assert_eq!(
        copy.header(&url("http://h.example/")).as_deref(),
        Some("b=2")
    );
    let kept = &jar.cookies()[0];
    assert_eq!(
        (
            kept.path.as_str(),
            kept.host_only,
            kept.http_only,
            kept.secure
        ),
        ("/", true, true, false)
    );
    assert_eq!(
        (kept.same_site.as_deref(), kept.expires.is_some()),
        (Some("Strict"), true)
    );
    assert_eq!(format!("{jar:?}"), r#"[("a", "h.example")]"#);
}

#[test]
fn a_server_cannot_fill_the_jar() {
    let jar = Jar::default();
    for number in 0..4000 {
        jar.store(
            &url(&format!("http://h{}.example/", number % 40)),
            &format!("c{number}=1"),
        );
    }
    assert_eq!(jar.cookies().len(), MOST_COOKIES);
    assert!(
        jar.cookies().iter().all(|cookie| cookie.name != "c999"),
        "the oldest went"
    );
    let one = Jar::default();
    (0..500).for_each(|number| one.store(&url("http://h.example/"), &format!("c{number}=1")));
    let cookies = one.cookies();
    assert_eq!(
        (cookies.len(), cookies[0].name.as_str()),
        (MOST_OF_A_DOMAIN, "c320")
    );
}

const PLAIN: &str = "http://h.example/";
const SECURE: &str = "https://h.example/";

/// The URL of a response, its `Set-Cookie`, and why that is refused.
const REFUSED: [(&str, &str, &str); 10] = [
    (
        PLAIN,
        "a=\u{1}",
        "its line holds the control character `\\u{1}`",
    ),
    (PLAIN, "=", "it has neither a name nor a value"),
    (
        PLAIN,
        "a=1; Domain=other.example",
        "its domain `other.example` is not that of the host `h.example`",
    ),
    (
        PLAIN,
        "a=1; Domain=example",
        "its domain `example` is a public suffix, below which anybody can have a name",
    ),
    (
        PLAIN,
        "a=1; Secure",
        "it is `Secure`, and came over an insecure connection",
    ),
    (
        SECURE,
        "__Secure-a=1",
        "a name that begins with `__Secure-` needs `Secure`",
    ),
    (
        SECURE,
        "__host-a=1; Secure; Path=/; Domain=h.example",
        "a name that begins with `__Host-` needs `Secure`, `Path=/` and no `Domain`",
    ),
    (
        SECURE,
        "a=1; SameSite=None",
        "`SameSite=None` needs `Secure`",
    ),
    (
        PLAIN,
        "a=1; Domain=h\u{e4}.example",
        "its domain `h\u{e4}.example` is not written in ASCII, as names on the wire are",
    ),
    (
        SECURE,
        "=__Host-a=1",
        "it has no name, and its value looks as if it had a name with a prefix",
    ),
];

#[test]
fn what_is_refused_says_why() {
    let refused = |from: &str, line: &str| Jar::default().keep(&url(from), line).unwrap_err();
    for (from, line, reason) in REFUSED {
        assert_eq!(refused(from, line), reason, "{line}");
    }
    assert_eq!(
        refused(PLAIN, &format!("a={}", "x".repeat(4096))),
        "its name and value have more than 4096 bytes"
    );
    let jar = jar_with(SECURE, &["sid=1; Secure"]);
    let overlaid = jar.keep(&url(PLAIN), "sid=2").unwrap_err();
    assert_eq!(
        overlaid,
        "it would hide a `Secure` cookie of that name, and came over an insecure connection"
    );
}

#[test]
fn a_public_suffix_is_nobodys_domain() {
    assert_eq!(
        sent("http://a.co.uk/", "a=1; Domain=co.uk", "http://a.co.uk/"),
        None
    );
    assert_eq!(
        sent(
            "http://a.co.uk/",
            "a=1; Domain=a.co.uk",
            "http://b.a.co.uk/"
        )
        .as_deref(),
        Some("a=1")
    );
    let (host, suffix) = (
        "https://x1.execute-api.eu-west-1.amazonaws.com/",
        "execute-api.eu-west-1.amazonaws.com",
    );
    assert_eq!(sent(host, &format!("a=1; Domain={suffix}"), host), None);
    // A host that is one itself keeps it for itself.
    assert_eq!(
        sent(
            "http://github.io/",
            "a=1; Domain=github.io",
            "http://github.io/"
        )
        .as_deref(),
        Some("a=1")
    );
    assert_eq!(
        sent(
            "http://github.io/",
            "a=1; Domain=github.io",
            "http://x.github.io/"
        ),
        None
    );
    // A name that no list knows is as good as any other.
    assert_eq!(
        sent(
            "http://a.b.internal/",
            "a=1; Domain=b.internal",
            "http://c.b.internal/"
        )
        .as_deref(),
        Some("a=1")
    );
}

#[test]
fn of_a_full_domain_those_go_first_that_are_not_secure() {
    let jar = jar_with("https://h.example/", &["first=1; Secure", "second=1"]);
    (2..=MOST_OF_A_DOMAIN)
        .for_each(|number| jar.store(&url("https://h.example/"), &format!("c{number}=1; Secure")));
    let names: Vec<_> = jar
        .cookies()
        .into_iter()
        .take(2)
        .map(|cookie| cookie.name)
        .collect();
    assert_eq!(names, ["first", "c2"]);
}

#[test]
fn what_is_sent_stays_when_the_jar_is_full() {
    let jar = jar_with(
        "http://h.example/",
        &["used=1; Path=/x", "unused=1; Path=/y"],
    );
    (2..MOST_OF_A_DOMAIN)
        .for_each(|number| jar.store(&url("http://h.example/"), &format!("c{number}=1; Path=/z")));
    assert_eq!(
        jar.header(&url("http://h.example/x")).as_deref(),
        Some("used=1")
    );
    jar.store(&url("http://h.example/"), "one=more");
    let names: Vec<_> = jar
        .cookies()
        .into_iter()
        .take(2)
        .map(|cookie| cookie.name)
        .collect();
    assert_eq!(names, ["used", "c2"]);
}

#[test]
fn a_public_suffix_of_a_file_leads_nowhere_below() {
    let of_file = |line: &str| {
        let jar = Jar::default();
        jar.extend(super::super::cookie_file::read(line).0);
        jar
    };
    let jar = of_file(
        ".co.uk\tTRUE\t/\tFALSE\t0\ta\t1\n.h.example\tTRUE\t/\tFALSE\t0\tb\t2\nlocalhost\tTRUE\t/\tFALSE\t0\tc\t3",
    );
    let header = |to: &str| jar.header(&url(to));
    assert_eq!(header("http://bank.co.uk/"), None);
    assert_eq!(header("http://x.h.example/").as_deref(), Some("b=2"));
    assert_eq!(
        (
            header("http://localhost/").as_deref(),
            header("http://x.localhost/")
        ),
        (Some("c=3"), None)
    );
}

#[test]
fn changes_are_carried_from_a_copy_to_another() {
    let start = jar_with("http://h.example/", &["kept=1", "changed=1", "deleted=1"]);
    let (one, two) = (start.clone(), start.clone());
    for line in ["changed=one", "new=one", "deleted=; Max-Age=0"] {
        one.store(&url("http://h.example/"), line);
    }
    two.store(&url("http://h.example/"), "changed=two");
    let merged = start.clone();
    merged.apply(one.changes_since(&start));
    merged.apply(two.changes_since(&start));
    assert_eq!(
        merged.header(&url("http://h.example/")).as_deref(),
        Some("kept=1; changed=two; new=one")
    );
}
