//! What holds if there is nothing, one or several of something: every kind of subject × every operator.

use super::super::testing::{answer, compiled, json, judge, names};
use crate::check::{Capture, evaluate};
use crate::http::Exchange;
use crate::source::File;
use crate::syntax::{Problems, read};

/// Exchanges by a letter: `m` the subject's place is missing, `z` zero members, `1`, `2`.
type States = Vec<(char, Exchange)>;

/// What no value of a subject can fail or can be is refused: it holds in no state.
const REFUSALS: [&str; 2] = ["this holds for every value", "no value can be "];

/// The letters of the states in which an expectation holds.
fn holding(subject: &str, matcher: &str, states: &States) -> String {
    let expect = format!("{subject} = {matcher}");
    let (expectations, problems) = compiled(&expect);
    if problems
        .iter()
        .any(|problem| REFUSALS.iter().any(|known| problem.starts_with(known)))
    {
        return String::new();
    }
    assert_eq!(problems, Vec::<String>::new(), "{expect}");
    let passes = |exchange: &Exchange| {
        let evaluation = evaluate(
            &expectations,
            exchange,
            &names(r#"{"no_items": [], "x": "x"}"#),
        );
        evaluation
            .outcomes
            .iter()
            .all(crate::check::Outcome::passed)
    };
    states
        .iter()
        .filter(|(_, exchange)| passes(exchange))
        .map(|(state, _)| *state)
        .collect()
}

#[track_caller]
fn check(subject: &str, states: &States, rows: &[(&str, &str)]) {
    let wrong: Vec<_> = rows
        .iter()
        .map(|(matcher, expected)| (matcher, expected, holding(subject, matcher, states)))
        .filter(|(_, expected, found)| **expected != found.as_str())
        .collect();
    assert!(wrong.is_empty(), "{subject}: {wrong:#?}");
}

/// Operators that see a set: the same for all sets.
const OF_SETS: [(&str, &str); 22] = [
    ("{ exists = true }", "12"),
    ("{ exists = false }", "mz"),
    ("{ empty = true }", "z"),
    ("[]", "z"),
    ("'{{ no_items }}'", "z"),
    ("{ equals = [] }", "z"),
    ("{ json_contains = [] }", "z"),
    ("{ count = 0 }", "z"),
    ("{ count = 1 }", "1"),
    ("{ count = 2 }", "2"),
    ("{ count = { lt = 3 } }", "z12"),
    ("{ count = { gte = 1 } }", "12"),
    ("{ not = { count = { gt = 1 } } }", "1"),
    ("['tea']", "1"),
    ("{ not_equals = ['tea'] }", "2"),
    ("{ all = { ends_with = 'ea' } }", "12"),
    ("{ all = { len = 3 } }", "12"),
    ("{ any = 'tea' }", "12"),
    ("{ unique = true }", "12"),
    ("{ sorted = 'desc' }", "12"),
    ("{ one_of = [['x'], ['tea']] }", "1"),
    ("'{{ any.array(each=any.string(len=3), len=2) }}'", "2"),
];

/// Operators that hold on no set without members.
const OF_MEMBERS: [&str; 22] = [
    "{ not = { exists = true } }",
    "{ not = { exists = false } }",
    "{ not = { empty = true } }",
    "{ not = 'x' }",
    "{ not = { contains = 'x' } }",
    "{ not_contains = 'x' }",
    "{ not_contains = '{{ x }}' }",
    "{ not_equals = 'x' }",
    "{ not_equals = [1] }",
    "{ one_of = [[], 'x'] }",
    "{ schema = { type = 'array' } }",
    "{ json = [] }",
    "{ all = 'x' }",
    "{ any = 'x' }",
    "{ not = { all = 'x' } }",
    "{ not = { any = 'x' } }",
    "{ unique = true }",
    "{ sorted = 'asc' }",
    "{ count = { gt = 0 } }",
    "{ len = { not = 0 } }",
    "{ empty = false }",
    "'{{ any.value }}'",
];

/// Operators that see one string, and cannot be judged of several.
const OF_STRINGS: [(&str, &str); 19] = [
    ("'tea'", "1"),
    ("'{{ any.string }}'", "1"),
    ("{ not_equals = 'x' }", "1"),
    ("{ not = 'x' }", "1"),
    ("{ not = { starts_with = 'x' } }", "1"),
    ("{ starts_with = 't' }", "1"),
    ("{ ends_with = 'a' }", "1"),
    ("{ matches = '^t' }", "1"),
    ("{ type = 'string' }", "1"),
    ("{ format = 'hostname' }", "1"),
    ("{ empty = false }", "1"),
    ("{ one_of = ['tea', 'x'] }", "1"),
    ("{ one_of = ['x', ['tea', 'pea']] }", "2"),
    ("{ gt = 1 }", ""),
    ("{ schema = { type = 'string' } }", "1"),
    ("{ contains = 'ea' }", "12"),
    ("{ contains = 'pe' }", "2"),
    ("{ not_contains = 'pe' }", "1"),
    ("{ not_contains = ['x', 'y'] }", "12"),
];

fn of_json() -> States {
    let bodies = [
        ('m', r#"{"tgas": ["tea"]}"#),
        ('z', r#"{"tags": []}"#),
        ('1', r#"{"tags": ["tea"]}"#),
        ('2', r#"{"tags": ["tea", "pea"]}"#),
    ];
    bodies
        .into_iter()
        .map(|(state, body)| (state, json(body)))
        .collect()
}

fn of_page() -> States {
    let bodies = [
        ('z', "<ul></ul>"),
        ('1', "<ul><li>tea</li></ul>"),
        ('2', "<ul><li>tea</li><li>pea</li></ul>"),
    ];
    bodies
        .into_iter()
        .map(|(state, body)| (state, answer(200, &[("content-type", "text/html")], body)))
        .collect()
}

fn of_headers(trailers: bool) -> States {
    let lines: [(char, &[(&str, &str)]); 3] = [
        ('m', &[("y", "tea")]),
        ('1', &[("X", "tea")]),
        ('2', &[("x", "tea"), ("X", "pea")]),
    ];
    let state = |(state, lines): (char, &[(&str, &str)])| {
        let mut exchange = answer(200, lines, "");
        if trailers {
            let response = exchange.result.as_mut().unwrap();
            response.trailers = std::mem::take(&mut response.headers);
        }
        (state, exchange)
    };
    lines.into_iter().map(state).collect()
}

#[test]
fn a_path_that_finds_no_member_is_nothing() {
    let states = of_json();
    for path in [
        "jsonpath.'$.tags[*]'",
        "jsonpath.'$.tags[?@ != \"x\"]'",
        "jsonpath.'$.tags[0:9]'",
        "jsonpath.'$[\"tags\"][*]'",
    ] {
        check(path, &states, &OF_SETS);
        check(
            path,
            &states,
            &[
                ("{ len = 0 }", "z"),
                ("{ len = { lt = 3 } }", "z12"),
                ("{ len = 1 }", "1"),
                ("{ not_contains = 'x' }", "12"),
            ],
        );
        check(
            path,
            &states,
            &[
                ("{ contains = 'tea' }", "12"),
                ("{ contains = 'te' }", ""),
                ("{ starts_with = 'te' }", ""),
                ("'tea'", ""),
            ],
        );
        let types = ["{ type = 'array' }", "{ type = ['null', 'array'] }"];
        for matcher in OF_MEMBERS.into_iter().chain(types) {
            let held = holding(path, matcher, &states);
            assert!(!held.contains(['m', 'z']), "{path} {matcher}: {held}");
        }
        check(
            path,
            &states,
            &[("'{{ any.optional(any.array(len=1)) }}'", "mz1")],
        );
    }
}

/// Whether all matchers of an empty set hold, or none of them.
fn passes_empty(body: &str, path: &str) -> bool {
    let all = [
        "{ empty = true }",
        "[]",
        "{ json_contains = [] }",
        "{ count = 0 }",
        "{ len = { lt = 3 } }",
    ];
    let held: Vec<_> = all
        .iter()
        .map(|matcher| judge(&format!("jsonpath.'{path}' = {matcher}"), &json(body)).is_empty())
        .collect();
    assert!(
        held.iter().all(|one| *one == held[0]),
        "{body} {path}: {held:?}"
    );
    assert!(
        judge(
            &format!("jsonpath.'{path}' = {{ exists = false }}"),
            &json(body)
        )
        .is_empty(),
        "{body} {path}"
    );
    held[0]
}

#[test]
fn the_place_of_a_set_must_be_there_and_be_able_to_have_members() {
    let there = [
        (r#"{"a": []}"#, "$.a[*]"),
        (r#"{"a": {}}"#, "$.a[*]"),
        (r#"{"a": {}}"#, "$.a.*"),
        (r#"{"a": null}"#, "$.a[*]"),
        (r#"{"a": [{"b": 1}]}"#, "$.a[*].c"),
        (r#"{"a": [{"b": 1}]}"#, "$.a[?@.b == 2]"),
        (r#"{"a": [[]]}"#, "$.a[0][*]"),
        (r#"{"a": 1}"#, "$..b"),
        ("[]", "$[*]"),
    ];
    let missing = [
        (r#"{"a": "x"}"#, "$.a[*]"),
        (r#"{"a": 3}"#, "$.a[*]"),
        (r#"{"a": []}"#, "$.b[*]"),
        (r#"{"a": []}"#, "$.a[0][*]"),
        (r#"{"a": []}"#, "$.a.b[*].c"),
        ("3", "$[*]"),
    ];
    for (body, path) in there {
        assert!(passes_empty(body, path), "{body} {path}");
    }
    for (body, path) in missing {
        assert!(!passes_empty(body, path), "{body} {path}");
    }
    let typo = judge(
        "jsonpath.'$.user[*].role' = { not_contains = 'admin' }",
        &json(r#"{"users": [{"role": "admin"}]}"#),
    );
    assert_eq!(
        typo,
        [
            "jsonpath $.user[*].role: expected something that does not contain \"admin\", but there is nothing at `$.user[*].role`"
        ]
    );
}

#[test]
fn nodes_are_a_set_also_if_there_is_one() {
    let states = of_page();
    for subject in ["css.li", "xpath.'//li'", "xpath.'//li/text()'"] {
        let of_sets =
            OF_SETS.map(|(matcher, expected)| (matcher, expected.trim_start_matches('m')));
        check(subject, &states, &of_sets);
        check(subject, &states, &OF_STRINGS);
        check(
            subject,
            &states,
            &[
                ("{ len = 0 }", "z"),
                ("{ len = 1 }", "1"),
                ("{ len = 2 }", "2"),
                ("{ len = 3 }", ""),
                ("{ len = { lte = 1 } }", "z1"),
            ],
        );
        for matcher in OF_MEMBERS {
            let held = holding(subject, matcher, &states);
            assert!(!held.contains('z'), "{subject} {matcher}: {held}");
        }
    }
    let told = judge("css.li = { len = 3 }", &states[1].1);
    assert_eq!(
        told,
        ["css li: expected a length of 3, got length 1: [\"tea\"]"]
    );
}

#[test]
fn lines_of_a_header_are_a_set_also_if_there_is_one() {
    for (subject, trailers) in [("headers.x", false), ("trailers.x", true)] {
        let states = of_headers(trailers);
        let of_sets = OF_SETS.map(|(matcher, expected)| {
            (
                matcher,
                if matcher == "{ exists = false }" {
                    "m"
                } else {
                    expected.trim_start_matches('z')
                },
            )
        });
        check(subject, &states, &of_sets);
        check(subject, &states, &OF_STRINGS);
        check(
            subject,
            &states,
            &[
                ("{ len = 3 }", "1"),
                ("{ len = 2 }", ""),
                ("{ len = { lt = 9 } }", "1"),
                ("'{{ any.optional(any.string(len=3)) }}'", "m1"),
            ],
        );
        for matcher in OF_MEMBERS {
            let held = holding(subject, matcher, &states);
            assert!(!held.contains('m'), "{subject} {matcher}: {held}");
        }
    }
}

#[test]
fn several_where_one_is_judged_have_a_hint() {
    let hint = |expect: &str, exchange: &Exchange| {
        let failed = super::super::testing::failures(expect, exchange, &names("{}"));
        failed[0].1.hint.clone().unwrap_or_default()
    };
    let (page, lines) = (&of_page()[2].1, &of_headers(false)[2].1);
    for matcher in [
        "'tea'",
        "{ not_equals = 'x' }",
        "{ not = 'x' }",
        "{ matches = 't' }",
        "{ empty = false }",
        "{ one_of = ['x'] }",
    ] {
        assert_eq!(
            hint(&format!("css.li = {matcher}"), page),
            "write `all = …` for every node, or `any = …` for one of them"
        );
        assert_eq!(
            hint(&format!("headers.x = {matcher}"), lines),
            "write `all = …` for every line, or `any = …` for one of them"
        );
    }
    assert!(hint("headers.x = { len = 3 }", lines).contains("`count`"));
    assert!(hint("css.li = { len = 3 }", &of_page()[1].1).contains("all = { len"));
    assert!(hint("jsonpath.'$.a' = { count = 3 }", &json(r#"{"a": "abc"}"#)).contains("`len`"));
}

#[test]
fn a_single_thing_that_is_missing_is_not_there_and_nothing_else() {
    let body = answer(200, &[("set-cookie", "a=1")], r#"{"other": 1}"#);
    let singular = [
        "jsonpath.'$.v'",
        "jsonpath.'$.v[0].w'",
        "headers.v",
        "trailers.v",
        "cookies.v",
        "cookies.'a.domain'",
        "certificate.subject",
        "certificate.san",
        "tls",
        "ip",
    ];
    let others = OF_MEMBERS.into_iter().chain([
        "[]",
        "{ empty = true }",
        "{ json_contains = [] }",
        "{ len = 0 }",
        "{ count = 0 }",
        "{ len = { lt = 3 } }",
    ]);
    let others: Vec<_> = others
        .chain([
            "'x'",
            "{ exists = true }",
            "{ starts_with = 'x' }",
            "{ format = 'uuid' }",
            "{ lt = 3 }",
        ])
        .collect();
    for subject in singular {
        let states = vec![('m', answer_of(&body))];
        check(
            subject,
            &states,
            &[
                ("{ exists = false }", "m"),
                ("'{{ any.optional(any.uuid) }}'", "m"),
                ("{ equals = '{{ any.optional(any.uuid) }}' }", "m"),
            ],
        );
        for matcher in &others {
            assert_eq!(
                holding(subject, matcher, &states),
                "",
                "{subject} {matcher}"
            );
        }
    }
}

fn answer_of(exchange: &Exchange) -> Exchange {
    let response = exchange.result.as_ref().unwrap();
    let headers: Vec<_> = response
        .headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    answer(200, &headers, std::str::from_utf8(&response.body).unwrap())
}

#[test]
fn redirects_are_a_set_and_their_number() {
    let with = |hops: usize| {
        let mut exchange = answer(200, &[], "");
        exchange.hops.extend((0..hops).map(|hop| crate::http::Hop {
            url: format!("http://stage.test/{hop}").parse().unwrap(),
            status: 302,
            headers: Vec::new(),
            timing: crate::http::Timing::default(),
            peer: None,
        }));
        exchange
    };
    let states = vec![('z', with(0)), ('1', with(1)), ('2', with(2))];
    check(
        "redirects",
        &states,
        &[
            ("0", "z"),
            ("1", "1"),
            ("[]", "z"),
            ("{ exists = false }", "z"),
            ("{ exists = true }", "12"),
            ("{ empty = true }", "z"),
            ("{ json_contains = [] }", "z"),
            ("{ equals = 0 }", "z"),
            ("{ lt = 2 }", "z1"),
            ("{ not = { gt = 1 } }", "z1"),
            ("{ count = { lt = 2 } }", "z1"),
            ("{ len = 0 }", "z"),
            ("{ not_equals = 1 }", "z2"),
            ("{ one_of = [0, 2] }", "z2"),
            ("{ lt = 2, all = { starts_with = 'http' } }", "1"),
            ("{ not_contains = 'http://evil.test/' }", "12"),
            ("{ not = { contains = 'http://evil.test/' } }", "12"),
            ("{ all = { contains = 'stage.test' } }", "12"),
            ("['http://stage.test/dev/hello']", "1"),
            ("{ not_equals = ['x'] }", "12"),
        ],
    );
}

#[test]
fn no_events_are_no_reason_to_pass() {
    let stream = |body: &str| answer(200, &[("content-type", "text/event-stream")], body);
    let states = vec![
        ('z', stream("")),
        ('1', stream("data: tea\n\n")),
        ('2', stream("data: tea\n\ndata: pea\n\n")),
    ];
    check(
        "events",
        &states,
        &[
            ("{ count = { equals = 0 } }", "z"),
            ("{ count = { lt = 2 } }", "z1"),
            ("{ count = 1 }", "12"),
            ("{ all = { text = { contains = 'ea' } } }", "12"),
            ("{ all = { text = { not_contains = 'x' } } }", "12"),
            (
                "{ all = { text = { not_contains = 'x' } }, count = { lt = 9 } }",
                "12",
            ),
            ("{ contains = [{ text = { not_contains = 'x' } }] }", "12"),
            ("{ contains = [{}] }", "12"),
            ("{ first = [{}, {}] }", "2"),
            ("{ first = ['tea'] }", "12"),
            ("{ until = { text = { not = 'x' } } }", "12"),
            ("{ all = { jsonpath.'$.a[*]' = { exists = false } } }", ""),
        ],
    );
}

/// Media types and bodies that have no nodes.
const NOT_MARKUP: [(&str, &str); 18] = [
    ("text/html", ""),
    ("application/xml", ""),
    ("text/html", "  \n "),
    ("application/json", r#"{"a": "<li>"}"#),
    ("text/html", r#"{"html": "<li>tea</li>"}"#),
    ("text/html", r#"["<li>tea</li>"]"#),
    ("text/html", r#""<li>tea</li>""#),
    ("text/html", "Service unavailable"),
    ("text/plain", "tea <b>and</b> more"),
    ("application/xml", "tea <b>and</b>"),
    ("image/png", "\u{89}PNG\r\n<"),
    ("image/gif", "<GIF89a"),
    ("image/png", "<svg/>"),
    ("Image/JPEG; q=1", "<html></html>"),
    ("audio/mpeg", "<a/>"),
    ("video/mp4", "<a/>"),
    ("font/woff2", "<a/>"),
    ("text/csv", "a,b\n1 < 2"),
];

#[test]
fn what_is_not_markup_has_no_nodes_to_be_missing() {
    let wanted = [
        "css.li = { exists = false }",
        "css.li = { count = 0 }",
        "css.li = []",
        "css.li = '{{ any.optional(any.uuid) }}'",
    ];
    let wanted: Vec<_> = wanted
        .into_iter()
        .chain([
            "xpath.'//li' = { exists = false }",
            "xpath.'count(//li)' = 0",
            "xpath.'boolean(//li)' = false",
        ])
        .collect();
    for (kind, body) in NOT_MARKUP {
        for expect in &wanted {
            let told = judge(expect, &answer(200, &[("content-type", kind)], body));
            assert_eq!(told.len(), 1, "{kind} {body} {expect}: {told:?}");
            assert!(told[0].contains("the body"), "{told:?}");
        }
        assert!(
            capture(
                "{ css = 'li', default = 'none' }",
                &answer(200, &[("content-type", kind)], body)
            )
            .is_err(),
            "{kind} {body}"
        );
    }
}

#[test]
fn an_empty_body_is_no_markup_and_markup_may_have_no_such_node() {
    let html = ("content-type", "text/html");
    for status in [200, 204, 304] {
        let told = judge(
            &format!("status = {status}\ncss.li = {{ exists = false }}"),
            &answer(status, &[html], ""),
        );
        assert_eq!(
            told,
            ["css li: expected nothing, but the body is empty, neither HTML nor XML"]
        );
    }
    for (kind, body) in [
        ("text/html", "<p>"),
        ("text/html", "\u{feff}\n <p>"),
        ("text/html", "Saved. <b>ok</b>"),
        ("text/plain", "<p>"),
    ] {
        for expect in [
            "css.li = { exists = false }",
            "css.li = { count = 0 }",
            "css.li = []",
            "css.li = { len = 0 }",
            "css.li = { empty = true }",
        ] {
            assert_eq!(
                judge(expect, &answer(200, &[("content-type", kind)], body)),
                Vec::<String>::new(),
                "{kind} {body} {expect}"
            );
        }
    }
    assert_eq!(
        judge(
            "xpath.'//li' = { exists = false }",
            &answer(200, &[("content-type", "image/svg+xml")], "<svg/>")
        ),
        Vec::<String>::new()
    );
    assert_eq!(
        judge(
            "xpath.'number(//p)' = { not_equals = 3 }",
            &answer(200, &[html], "<p>x")
        )
        .len(),
        1,
        "NaN is no number"
    );
}

fn capture(capture: &str, exchange: &Exchange) -> Result<String, String> {
    let file = File::new("c.toml", format!("x = {capture}"));
    let mut problems = Problems::default();
    let table = read(&file, &mut problems);
    let capture = Capture::compile("x", table.get("x").unwrap(), &mut problems).unwrap();
    capture
        .take(exchange, &names("{}"))
        .map(|taken| taken.value.to_json())
        .map_err(|failure| failure.summary())
}

#[test]
fn a_capture_of_nothing_fails_or_takes_its_default() {
    let (json, page, lines) = (of_json(), of_page(), of_headers(false));
    let cases: [(&str, &States); 6] = [
        ("jsonpath = '$.tags[*]'", &json),
        ("jsonpath = '$.tags[0]'", &json),
        ("css = 'li'", &page),
        ("xpath = '//li'", &page),
        ("header = 'x'", &lines),
        ("cookie = 'x'", &lines),
    ];
    for (source, states) in cases {
        for (state, exchange) in states.iter().filter(|(state, _)| "mz".contains(*state)) {
            for all in ["", ", all = true", ", all = false"] {
                assert!(
                    capture(&format!("{{ {source}{all} }}"), exchange).is_err(),
                    "{source}{all} {state}"
                );
                assert_eq!(
                    capture(&format!("{{ {source}{all}, default = 'd' }}"), exchange).unwrap(),
                    "\"d\"",
                    "{source}{all} {state}"
                );
            }
        }
    }
    for (source, states) in [
        ("jsonpath = '$.tags[*]'", &json),
        ("css = 'li'", &page),
        ("xpath = '//li'", &page),
        ("header = 'x'", &lines),
    ] {
        let one = &states.iter().find(|(state, _)| *state == '1').unwrap().1;
        assert_eq!(
            capture(&format!("{{ {source}, all = true }}"), one).unwrap(),
            "[\"tea\"]",
            "{source}"
        );
        assert_eq!(
            capture(&format!("{{ {source}, all = false }}"), one).unwrap(),
            "\"tea\"",
            "{source}"
        );
    }
}

/// A type that no string has: of everything that is one string, or a set of strings.
#[test]
fn types_that_no_string_has_are_refused_of_strings() {
    let subjects = [
        "css.li",
        "xpath.'//li'",
        "xpath.'string(//li)'",
        "headers.x",
        "trailers.x",
        "cookies.x",
    ];
    for subject in subjects {
        for matcher in [
            "{ type = 'array' }",
            "{ type = 'object' }",
            "{ type = ['null', 'array'] }",
            "{ not = { type = 'array' } }",
            "{ all = { type = 'array' } }",
            "'{{ any.array }}'",
            "{ not_equals = '{{ any.array }}' }",
            "{ one_of = ['{{ any.array }}', 'x'] }",
            "'{{ any.optional(any.array) }}'",
        ] {
            let problems = compiled(&format!("{subject} = {matcher}")).1;
            assert_eq!(problems.len(), 1, "{subject} {matcher} {problems:?}");
        }
        for matcher in [
            "{ type = 'string' }",
            "{ type = ['array', 'string'] }",
            "{ type = 'integer' }",
            "'{{ any.array(len=2) }}'",
        ] {
            let problems = compiled(&format!("{subject} = {matcher}")).1;
            assert_eq!(problems, Vec::<String>::new(), "{subject} {matcher}");
        }
    }
    // What only the run knows.
    for (subject, states) in [
        ("css.li", of_page()),
        ("headers.x", of_headers(false)),
        ("trailers.x", of_headers(true)),
    ] {
        let pattern = "'{{ any.array if x == \"x\" else any.string }}'";
        assert_eq!(holding(subject, pattern, &states), "", "{subject}");
    }
}

/// Every subject with few values × what an expression may give that none of them is.
#[test]
fn what_comes_out_of_an_expression_may_assert_nothing() {
    let exchange = answer(404, &[("set-cookie", "x=1; Secure")], "{}");
    for (expect, holds) in [
        ("status = { not_equals = '{{ \"foo\" ~ x }}' }", false),
        ("status = { not_equals = '{{ \"404 \" ~ x[1:] }}' }", false),
        ("status = { not_equals = '{{ 700 if x else x }}' }", false),
        ("status = { not = '{{ x }}' }", false),
        ("status = { not = { one_of = ['{{ x }}', 'y'] } }", false),
        ("status = { lt = '{{ 600 if x else x }}' }", false),
        ("status = { not_equals = '{{ 500 if x else x }}' }", true),
        (
            "status = { not_equals = '{{ \"5xx\" if x else x }}' }",
            true,
        ),
        ("status = { gte = '{{ 400 if x else x }}' }", true),
        ("http = { not_equals = '{{ x }}' }", false),
        ("http = { not_equals = '{{ \"1.0\" if x else x }}' }", true),
        ("cookies.'x.secure' = { not_equals = '{{ x }}' }", false),
        (
            "cookies.'x.secure' = { not_equals = '{{ false if x else x }}' }",
            true,
        ),
    ] {
        let (expectations, problems) = compiled(expect);
        assert_eq!(problems, Vec::<String>::new(), "{expect}");
        let evaluation = evaluate(&expectations, &exchange, &names(r#"{"x": "x"}"#));
        let mut written = evaluation
            .outcomes
            .iter()
            .filter(|outcome| !outcome.expectation.is_default());
        assert_eq!(
            written.all(crate::check::Outcome::passed),
            holds,
            "{expect}"
        );
    }
}

#[test]
fn interim_responses_are_a_set() {
    let states: States = [('z', vec![]), ('1', vec![103]), ('2', vec![100, 103])]
        .into_iter()
        .map(|(state, interim)| {
            let mut exchange = answer(200, &[], "");
            exchange.result.as_mut().unwrap().interim = interim;
            (state, exchange)
        })
        .collect();
    check(
        "interim",
        &states,
        &[
            ("{ exists = false }", "z"),
            ("{ empty = true }", "z"),
            ("[]", "z"),
            ("{ count = 0 }", "z"),
            ("{ len = { lt = 2 } }", "z1"),
            ("[103]", "1"),
            ("{ contains = 103 }", "12"),
            ("{ not_contains = 100 }", "1"),
            ("{ not_contains = 102 }", "12"),
            ("{ not_equals = [100] }", "12"),
            ("{ not = { contains = 100 } }", "1"),
            ("{ type = 'array' }", "12"),
            ("{ all = { gte = 100 } }", "12"),
            ("{ exists = true }", "12"),
        ],
    );
}

#[test]
fn names_that_no_cookie_can_have_are_refused() {
    for (name, problems) in [
        ("a=b", 1),
        ("a;b", 1),
        (" a", 1),
        ("a ", 1),
        ("a\\tb", 1),
        ("a=b.secure", 1),
        ("a", 0),
        ("a b", 0),
        ("a[b]:c@d", 0),
        ("connect.sid", 0),
        ("a.secure", 0),
    ] {
        let expect = format!("cookies.\"{name}\" = {{ exists = false }}");
        assert_eq!(compiled(&expect).1.len(), problems, "{expect}");
    }
}
