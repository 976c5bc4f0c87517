//! Tests of the merge, for each key and each pair of layers, and of what is typed.

use super::*;
use crate::http;
use crate::secret::Redactor;
use crate::source::{File, Span};
use crate::syntax::{keys, read};

/// The layers from far to near, as they are called.
const LAYERS: [&str; 7] = [
    "environment",
    "project",
    "included",
    "collection",
    "stage",
    "request",
    "command line",
];

/// Two values of each option, that send a request in different ways.
const OPTIONS: [(&str, &str, &str); 27] = [
    ("timeout", "'1s'", "'2s'"),
    ("connect_timeout", "'1s'", "'2s'"),
    (
        "follow_redirects",
        "3",
        "{ max = 4, send_secrets_to = ['a.test'] }",
    ),
    ("http", "'1.0'", "'2'"),
    (
        "proxy",
        "'http://a.test:1'",
        "{ url = 'socks5://b.test:2', user = 'me', password = 'pw' }",
    ),
    ("proxy", "'http://a.test:1'", "false"),
    ("no_proxy", "'a.test'", "['b.test', 'c.test']"),
    ("tls.ca", "'a.pem'", "'b.pem'"),
    ("tls.cert", "'a.pem'", "'b.pem'"),
    ("tls.key", "'a.pem'", "'b.pem'"),
    ("tls.key_password", "'a'", "'b'"),
    ("tls.insecure", "true", "false"),
    ("tls.min", "'1.2'", "'1.3'"),
    ("tls.max", "'1.2'", "'1.3'"),
    ("tls.server_name", "'a.test'", "'b.test'"),
    (
        "resolve",
        "{ 'a.test' = '127.0.0.1' }",
        "{ 'a.test' = '127.0.0.2:80' }",
    ),
    ("unix_socket", "'a'", "'b'"),
    ("ip_version", "4", "6"),
    ("interface", "'a'", "'b'"),
    ("keep_alive", "true", "false"),
    ("header_case", "'title'", "'written'"),
    ("path_as_is", "true", "false"),
    ("expect_continue", "true", "false"),
    ("compressed", "true", "false"),
    ("compress", "'gzip'", "false"),
    ("chunked", "true", "false"),
    ("max_body", "1", "'2 kB'"),
];

/// A value for each flag.
const TYPED: [(&str, &str); 20] = [
    ("timeout", "2"),
    ("connect-timeout", "500ms"),
    ("follow-redirects", "3"),
    ("http", "1.1"),
    ("max-body", "99"),
    ("header", "x-a: b"),
    ("proxy", "socks5://p.test:1080"),
    ("no-proxy", "a.test,b.test"),
    ("cacert", "ca.pem"),
    ("cert", "c.p12"),
    ("key", "k.pem"),
    ("insecure", ""),
    ("tls-min", "1.2"),
    ("tls-max", "1.3"),
    ("resolve", "a.test:80=127.0.0.1:90"),
    ("unix-socket", "/tmp/s"),
    ("ipv4", ""),
    ("ipv6", ""),
    ("interface", "lo"),
    ("no-keep-alive", ""),
];

/// Settings as written in a file.
fn written(text: &str) -> Settings {
    let mut problems = Problems::default();
    let mut table = read(&File::new("a.toml", text), &mut problems);
    let settings = Settings::decode(&mut table, &mut problems);
    let problems = problems.into_vec();
    assert!(problems.is_empty(), "{text}: {problems:?}");
    settings
}

/// Settings as typed, with what is wrong with them.
fn typed(options: &[(&str, &str)]) -> (Settings, Vec<Diagnostic>) {
    let given = options.iter().map(|(name, value)| Given::new(name, *value));
    let given: Vec<_> = given.map(Option::unwrap).collect();
    let redactor = Redactor::default();
    redactor.add("token", "t0ken-known").unwrap();
    of_command_line(&given, &redactor)
}

fn sending(settings: &Settings) -> Sending {
    let text = |template: &Spanned<crate::template::Template>| {
        Ok::<_, Unusable>(template.literal().unwrap().to_owned())
    };
    let usual = Sending::default();
    let Some(options) = &settings.options else {
        return usual;
    };
    let (sending, faults) = options.apply(&usual, &mut { text });
    assert!(faults.is_empty(), "{faults:?}");
    sending
}

fn are_same(one: &Sending, other: &Sending) -> bool {
    let rest = |sending: &Sending| {
        let Sending {
            options,
            settings: _,
            coding,
            chunked,
            path_as_is,
        } = sending;
        format!("{options:?} {coding:?} {chunked} {path_as_is}")
    };
    one.settings == other.settings && rest(one) == rest(other)
}

/// All layers, with these settings at these places.
fn layers(of: &[(usize, &Settings)]) -> Settings {
    let empty = Settings::default();
    let find = |at: usize| of.iter().find(|(own, _)| *own == at).map(|(_, own)| *own);
    Settings::merged((0..LAYERS.len()).map(|at| find(at).unwrap_or(&empty)))
}

#[test]
fn each_option_of_a_nearer_layer_beats_that_of_a_farther_one() {
    for (key, one, other) in OPTIONS {
        for (far, near) in [(one, other), (other, one)] {
            let (far, near) = (
                written(&format!("{key} = {far}")),
                written(&format!("{key} = {near}")),
            );
            assert!(!are_same(&sending(&far), &sending(&near)), "{key}");
            for (below, farther) in LAYERS.iter().enumerate() {
                let inherited = sending(&layers(&[(below, &far)]));
                assert!(are_same(&inherited, &sending(&far)), "{key} of {farther}");
                for (above, nearer) in LAYERS.iter().enumerate().skip(below + 1) {
                    let merged = sending(&layers(&[(below, &far), (above, &near)]));
                    assert!(
                        are_same(&merged, &sending(&near)),
                        "{key}: {nearer} over {farther}"
                    );
                }
            }
        }
    }
}

#[test]
fn every_option_and_every_flag_is_tried_here() {
    let has = |name: &str| OPTIONS.iter().any(|(key, ..)| *key == name);
    for key in keys::OPTIONS.iter().filter(|key| key.name != "tls") {
        assert!(has(key.name), "{}", key.name);
    }
    for key in keys::TLS {
        assert!(has(&format!("tls.{}", key.name)), "{}", key.name);
    }
    let names: Vec<_> = flags().into_iter().map(|flag| flag.name).collect();
    assert_eq!(names, TYPED.map(|(name, _)| name));
}

#[test]
fn options_that_a_nearer_layer_does_not_name_stay() {
    let mut all: Vec<(&str, &str)> = Vec::new();
    for (key, one, _) in OPTIONS {
        if all.iter().all(|(known, _)| *known != key) {
            all.push((key, one));
        }
    }
    let text = |all: &[(&str, &str)]| {
        let lines = all.iter().map(|(key, value)| format!("{key} = {value}\n"));
        written(&lines.collect::<String>())
    };
    let whole = text(&all);
    // A certificate drops the key of another one: a test of its own.
    for (key, _, other) in OPTIONS.into_iter().filter(|(key, ..)| *key != "tls.cert") {
        let changed: Vec<_> = all
            .iter()
            .map(|(known, value)| (*known, if *known == key { other } else { value }))
            .collect();
        let own = written(&format!("{key} = {other}"));
        let merged = sending(&Settings::merged([&whole, &own]));
        assert!(are_same(&merged, &sending(&text(&changed))), "{key}");
    }
}

#[test]
fn tables_merge_by_name_and_switches_by_member() {
    let far = written(
        "headers = { a = '1', b = '2' }\nquery.a = 1\ncookies.a = '1'\nresolve = { 'a.test' = '::1', 'b.test' = '::2' }\n\
         retry = { times = 3, on = ['connect'] }\npoll = { every = '1s' }\ndelay = '1s'\nskip = 'far'\nexpect = { status = 200, headers = { a = '1' } }",
    );
    let near = written(
        "headers = { B = '3', c = false }\nquery.b = 2\ncookies.b = '2'\nresolve = { 'b.test' = '::3' }\n\
         retry = { times = 5 }\npoll = { timeout = '9s' }\nskip = false\nexpect = { headers = { b = '2' } }",
    );
    let merged = Settings::merged([&far, &near]);
    let text = |field: &Field| {
        field
            .values
            .as_ref()
            .map(|values| values[0].literal().unwrap().to_owned())
    };
    let headers: Vec<_> = merged
        .headers
        .iter()
        .map(|(name, field)| (name.as_str(), text(field)))
        .collect();
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(headers, [("a", some("1")), ("b", some("3")), ("c", None)]);
    assert!(merged.query.len() == 2 && merged.cookies.len() == 2);
    let retry = merged.retry.as_ref().unwrap().value.on().unwrap().clone();
    assert_eq!(
        (retry.times, retry.on.map(|on| on.len())),
        (Some(5), Some(1))
    );
    let poll = merged.poll.as_ref().unwrap().value.on().unwrap().clone();
    assert!(poll.every.is_some() && poll.timeout.is_some() && merged.delay.is_some());
    assert_eq!(merged.skip, Some(Skip::No));
    let members = |key: &str| {
        merged
            .expect
            .get(key)
            .and_then(Node::as_table)
            .map(|table| table.entries.len())
    };
    assert!(members("headers") == Some(2) && merged.expect.get("status").is_some());
    // The nearer address is taken first.
    let hosts: Vec<_> = sending(&merged)
        .settings
        .resolve
        .into_iter()
        .map(|resolve| resolve.host)
        .collect();
    assert_eq!(hosts, ["b.test", "a.test"]);
    let none = Settings::merged([&far, &written("cookies = false\nretry = false")]);
    assert!(none.cookies.is_empty() && none.jar == Some(false));
    assert!(none.retry.unwrap().value.on().is_none());
}

#[test]
fn a_certificate_comes_with_its_key() {
    let far = written("tls = { cert = 'a.pem', key = 'a.key', key_password = 'pw', min = '1.2' }");
    let tls = |near: &Settings| sending(&Settings::merged([&far, near])).settings.tls;
    let own = tls(&written("tls.cert = 'b.pem'"));
    assert_eq!((own.key, own.key_password), (None, None));
    assert!(own.min.is_some());
    let own = tls(&written("tls.insecure = true"));
    assert!(own.cert.is_some() && own.key.is_some() && own.key_password.is_some());
    // There is no flag for the password: it may stand in a collection.
    let given = tls(&typed(&[("cert", "c.pem")]).0);
    assert_eq!(
        (given.key, given.key_password.as_deref()),
        (None, Some("pw"))
    );
}

#[test]
fn what_a_flag_cannot_say_stays() {
    let far = written("follow_redirects = { max = 1, send_secrets_to = ['a.test'] }");
    let options = |near: &Settings| sending(&Settings::merged([&far, near])).options;
    let given = options(&typed(&[("follow-redirects", "7")]).0);
    assert!(given.follow_redirects == 7 && given.secrets.hosts.is_some());
    let own = options(&written("follow_redirects = 7"));
    assert!(own.follow_redirects == 7 && own.secrets.hosts.is_none());
}

#[test]
fn proxies_of_the_environment_are_the_farthest() {
    let proxies = http::Proxies::of_environment(|name| match name {
        "http_proxy" => Some("http://env.test:1".to_owned()),
        "no_proxy" => Some("spared.test".to_owned()),
        _ => None,
    });
    let options = Options {
        proxy: Some(Proxy::Environment(proxies.unwrap())),
        ..Options::default()
    };
    let environment = Settings {
        options: Some(Arc::new(options)),
        ..Settings::default()
    };
    let of = |near: &Settings| {
        sending(&Settings::merged([&environment, near]))
            .settings
            .proxies
    };
    assert!(of(&Settings::default()).spares_loopback);
    let excepted = of(&written("no_proxy = 'x.test'"));
    assert!(excepted.http.is_some() && excepted.except == ["x.test"]);
    let own = of(&typed(&[("proxy", "p.test:2")]).0);
    assert!(own.https.is_some() && own.except.is_empty() && !own.spares_loopback);
    assert_eq!(of(&written("proxy = false")), http::Proxies::default());
}

#[test]
fn every_flag_is_a_layer_of_its_key() {
    for (name, value) in TYPED {
        let (settings, problems) = typed(&[(name, value)]);
        assert!(problems.is_empty(), "{name}: {problems:?}");
        let is_header = settings.headers.get("x-a").is_some();
        let usual = are_same(&sending(&settings), &Sending::default());
        assert!(is_header || !usual, "{name}");
    }
    let (settings, _) = typed(&[
        ("header", "X-A: {{ one }}"),
        ("header", "x-a: {{ two }}"),
        ("interface", "{{ it }}"),
        ("resolve", "a.test=::1"),
        ("resolve", "a.test=::2"),
        ("timeout", "0.25"),
    ]);
    let values = settings.headers["x-a"].values.as_ref().unwrap();
    assert_eq!(values[0].literal(), Some("{{ two }}"));
    let sending = sending(&settings);
    assert_eq!(sending.settings.interface.as_deref(), Some("{{ it }}"));
    assert_eq!(sending.settings.resolve.len(), 2);
    assert_eq!(sending.options.timeout, Some(Duration::from_millis(250)));
}

/// Flags with a wrong value, what is shown of it, and what is said.
const WRONG: &[(&str, &str, &str, &str)] = &[
    ("timeout", "5x", "5x", "`5x` is not a duration"),
    (
        "connect-timeout",
        "0",
        "0",
        "a time limit of zero is not possible",
    ),
    ("timeout", "-1", "-1", "`-1` is not a duration"),
    (
        "follow-redirects",
        "x",
        "x",
        "expected a whole number from 0, found a string",
    ),
    (
        "follow-redirects",
        "5000000000",
        "5000000000",
        "no more than 4294967295 redirects can be followed",
    ),
    (
        "max-body",
        "lots",
        "lots",
        "expected a size such as `\"10 MB\"` or a number of bytes",
    ),
    (
        "resolve",
        "a.test",
        "a.test",
        "`--resolve` takes HOST[:PORT]=ADDRESS[:PORT]",
    ),
    // What is secret may stand anywhere in it.
    (
        "header",
        "Bearer abc",
        "***",
        "`--header` takes 'NAME: VALUE'",
    ),
    (
        "header",
        "authorization: a\u{7}b",
        "authorization: ***",
        r"the value of the header `authorization` holds the control character `\u{7}`",
    ),
    (
        "header",
        "x a: t0ken-known",
        "x a: ***",
        "`x a` is not a header name",
    ),
];

#[test]
fn what_is_typed_wrong_is_told_at_its_place() {
    for &(name, value, shown, message) in WRONG {
        let (_, problems) = typed(&[("insecure", ""), (name, value)]);
        let [problem] = &problems[..] else {
            panic!("{name} {value}: {problems:?}")
        };
        let span: &Span = problem.span.as_ref().unwrap();
        assert_eq!((problem.message.as_str(), span.text()), (message, shown));
        let column = name.len() + 4;
        assert_eq!(span.to_string(), format!("command line:2:{column}"));
        assert!(problem.is_of_command_line());
    }
}

#[test]
fn the_login_of_a_proxy_is_never_drawn() {
    for url in [
        "http://me:pass@h.test:1",
        "me:pa/ss@h.test",
        "ftp://me:p@ss@h.test",
    ] {
        let (settings, _) = typed(&[("proxy", url)]);
        let options = settings.options.unwrap();
        let Some(Proxy::Through { url: own, .. }) = &options.proxy else {
            panic!("{url}")
        };
        let line = own.span.file.line(1);
        assert!(
            !line.contains("pa") && line.contains("***@h.test"),
            "{line}"
        );
        assert_eq!(own.literal(), Some(url));
    }
}
