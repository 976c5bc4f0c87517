//! What is a difference, what is volatile, what is left out.

use url::Url;

use super::*;
use crate::http::{Exchange, Request, Response};
use crate::recording::Identity;

fn rules(ignore: &[&str]) -> Rules {
    Rules {
        names: ("prod".to_owned(), "dev".to_owned()),
        ignore: ignore
            .iter()
            .map(|path| JsonPath::compile(path).unwrap())
            .collect(),
        ignore_headers: vec!["X-Ignored".to_owned()],
        redactor: Redactor::default(),
    }
}

fn entry(base: &str, headers: &[(&str, &str)], body: impl Into<Vec<u8>>) -> Entry {
    let base = Url::parse(base).unwrap();
    let of = Identity {
        path: "a".into(),
        collection: "a".into(),
        collection_row: None,
        name: "x".into(),
        row: None,
    };
    let headers = headers
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let exchange = Exchange::of(
        Request::new("GET", base.clone()),
        Response::new(200, headers, body.into()),
    );
    Entry::new(of, Some(&base), &exchange, &Redactor::default())
}

fn told(found: &Comparison) -> Vec<String> {
    let lines = found.failures.iter().flat_map(|failure| {
        let own = failure
            .reason
            .iter()
            .map(|reason| format!("{}: {reason}", failure.subject));
        let inside = failure
            .differences
            .iter()
            .map(|found| format!("{} {}", found.path, found.text).trim().to_owned());
        own.chain(inside).collect::<Vec<_>>()
    });
    lines.collect()
}

fn bodies(from: &str, again: &str, to: &str, ignore: &[&str]) -> (Vec<String>, Vec<String>) {
    let [from, again, to] = [from, again, to].map(|body| entry("http://h/", &[], body));
    let found = compare(
        Answers {
            from: &from,
            again: Some(&again),
            to: &to,
        },
        &rules(ignore),
    );
    (told(&found), found.volatile)
}

#[test]
fn what_the_first_stage_does_not_answer_the_same_twice_is_volatile() {
    let from = r#"{"at":1,"items":[{"id":1,"n":1},{"id":2,"n":1}]}"#;
    let again = r#"{"at":2,"items":[{"id":3,"n":1},{"id":2,"n":1}]}"#;
    let to = r#"{"at":9,"items":[{"id":7,"n":1},{"id":8,"n":2}]}"#;
    let (differ, volatile) = bodies(from, again, to, &[]);
    assert_eq!(differ, ["$.items[1].n 1 → 2"]);
    assert_eq!(volatile, ["$.at", "$.items[*].id"]);
}

#[test]
fn a_difference_behind_many_volatile_ones_is_found() {
    let document = |shift: usize, last: usize| {
        let ids: Vec<String> = (0..1000)
            .map(|number| format!(r#""k{number}":{}"#, number + shift))
            .collect();
        format!(r#"{{"last":{last},{}}}"#, ids.join(","))
    };
    let (differ, volatile) = bodies(&document(0, 1), &document(1, 1), &document(2, 2), &[]);
    assert_eq!(differ, ["$.last 1 → 2"]);
    assert_eq!(volatile.len(), 1000);
}

#[test]
fn what_is_to_be_ignored_is() {
    let (from, to) = (
        r#"{"a":{"id":1},"b":[{"id":1},{"id":2}],"c":1}"#,
        r#"{"a":{"id":2},"b":[{"id":3},{"id":4}],"c":2}"#,
    );
    assert_eq!(bodies(from, from, to, &["$..id"]).0, ["$.c 1 → 2"]);
    assert_eq!(
        bodies(from, from, to, &["$.b[0]", "$.c", "$.a"]).0,
        ["$.b[0].id 2 → 4"]
    );
    for all in [
        &["$"][..],
        &["$.*"],
        &["$..*"],
        &["$.a", "$.b", "$.c"],
        &["$..id", "$.c"],
    ] {
        assert_eq!(
            bodies(from, from, to, all).0,
            ["body: nothing was compared: `--ignore` excludes everything"],
            "{all:?}"
        );
    }
    assert_eq!(bodies("{}", "{}", "{}", &["$.a"]).0, Vec::<String>::new());
}

#[test]
fn a_link_to_the_own_stage_is_the_same_on_both() {
    let from = entry(
        "http://prod:1/v1",
        &[("location", "http://prod:1/v1/x")],
        r#"{"self":"http://prod:1/v1/x"}"#,
    );
    let to = entry(
        "http://dev:2/v2/",
        &[("location", "http://dev:2/v2/x")],
        r#"{"self":"http://dev:2/v2/x"}"#,
    );
    assert_eq!(
        compare(
            Answers {
                from: &from,
                again: None,
                to: &to
            },
            &rules(&[])
        ),
        Comparison::default()
    );
}

#[test]
fn headers_that_tell_answers_apart_are_not_compared() {
    let one = [
        ("Date", "a"),
        ("x-ignored", "1"),
        ("x-b", "1"),
        ("x-b", "2"),
        ("x-c", "1"),
        ("x-volatile", "1"),
    ];
    let from = entry("http://h/", &one, "");
    let again = entry(
        "http://h/",
        &[&one[..5], &[("x-volatile", "2")]].concat(),
        "",
    );
    let to = entry(
        "http://h/",
        &[
            ("date", "b"),
            ("X-B", "1"),
            ("X-D", "1"),
            ("x-volatile", "3"),
        ],
        "",
    );
    let found = compare(
        Answers {
            from: &from,
            again: Some(&again),
            to: &to,
        },
        &rules(&[]),
    );
    assert_eq!(
        told(&found),
        [
            "header x-b: 1, 2 → 1",
            "header x-c: only prod: 1",
            "header x-d: only dev: 1"
        ]
    );
    assert_eq!(found.volatile, ["header x-volatile"]);
}

#[test]
fn bytes_differ_by_their_digest_and_texts_by_their_lines() {
    let compared = |from: &[u8], to: &[u8]| {
        let (from, to) = (entry("http://h/", &[], from), entry("http://h/", &[], to));
        told(&compare(
            Answers {
                from: &from,
                again: Some(&from),
                to: &to,
            },
            &rules(&[]),
        ))
    };
    assert_eq!(compared(b"\xff", b"\xff"), Vec::<String>::new());
    assert_eq!(
        compared(b"\xff", b"\xfe\xfe"),
        ["body: 1 byte, sha256 a8100ae6aa1940d0… → 2 bytes, sha256 7674d479e8af7268…"]
    );
    assert_eq!(
        compared(b"a\nb\n", b"a\nc\n"),
        ["@@ -1,2 +1,2 @@", "a", "-b", "+c"]
    );
}

/// What is said of two bodies that have nothing in common.
const NOTHING: &str = "body: nothing was compared: two responses of `prod` have nothing in common";

/// A body, the same one asked for again, that of the other stage, and how it differs.
const VOLATILE: [(&str, &str, &str, &str); 26] = [
    // values of members
    (r#"{"id":"a1"}"#, r#"{"id":"b2"}"#, r#"{"id":"c3"}"#, ""),
    (
        r#"{"id":"a1"}"#,
        r#"{"id":"b2"}"#,
        r#"{"id":""}"#,
        "$.id 2 characters → 0 characters",
    ),
    (
        r#"{"id":"a1"}"#,
        r#"{"id":"b2"}"#,
        r#"{"id":null}"#,
        "$.id a string → null",
    ),
    (
        r#"{"id":"a1"}"#,
        r#"{"id":"b2"}"#,
        r#"{"id":3}"#,
        "$.id a string → a number",
    ),
    (
        r#"{"id":"a1"}"#,
        r#"{"id":"b2"}"#,
        "{}",
        "$.id only prod: a string",
    ),
    (r#"{"id":"a1"}"#, "{}", r#"{"id":"c3"}"#, ""),
    (r#"{"id":"a1"}"#, "{}", "{}", ""),
    (
        r#"{"id":"a1"}"#,
        "{}",
        r#"{"id":1}"#,
        "$.id a string → a number",
    ),
    ("{}", r#"{"id":"a1"}"#, r#"{"id":"c3"}"#, ""),
    (
        r#"{"a":{"n":1}}"#,
        r#"{"a":{"n":2}}"#,
        r#"{"a":{}}"#,
        "$.a.n only prod: a number",
    ),
    (
        r#"{"a":{"n":1}}"#,
        r#"{"a":{"n":2}}"#,
        r#"{"a":null}"#,
        "$.a {} → null",
    ),
    // items
    (
        r#"[{"id":1},{"id":2}]"#,
        r#"[{"id":3},{"id":4}]"#,
        r#"[{"id":5},{}]"#,
        "$[1].id only prod: a number",
    ),
    (
        r#"[{"id":1},{"id":2}]"#,
        r#"[{"id":3},{"id":4}]"#,
        r#"[{"id":5}]"#,
        "$[1] only prod: {}",
    ),
    (
        r#"{"l":["a"]}"#,
        r#"{"l":["a","b"]}"#,
        r#"{"l":[]}"#,
        "$.l 1 to 2 items → 0 items",
    ),
    (r#"{"l":["a"]}"#, r#"{"l":["a","b"]}"#, r#"{"l":["x"]}"#, ""),
    (
        r#"{"l":["a"]}"#,
        r#"{"l":["a","b"]}"#,
        r#"{"l":"x"}"#,
        r#"$.l [] → "x""#,
    ),
    (
        r#"{"l":["a"]}"#,
        r#"{"l":["a","b"]}"#,
        r#"{"l":[1]}"#,
        "$.l[0] a string → a number",
    ),
    // whole documents
    ("1", "2", "3", NOTHING),
    (r#"{"id":1}"#, r#"{"id":2}"#, "<html>", "body: JSON → text"),
    (
        r#"{"id":1}"#,
        r#"{"id":2}"#,
        "",
        "body: JSON → an empty body",
    ),
    (r#"{"id":1}"#, "<html>", r#"{"id":1}"#, NOTHING),
    ("pong 1", "pong 2", "pong 3", NOTHING),
    // texts
    ("a\nb\n", "a\nb\nc\n", "a\nb\nx\n", ""),
    (
        "a\nb\n",
        "a\nb\nc\n",
        "a\nx\n",
        "body: only prod: the line b",
    ),
    (
        "a\nb\n",
        "a\nb\nc\n",
        "a\nb\n1\n2\n",
        "body: 2 to 3 lines → 4 lines",
    ),
    ("a\n", "b\nc\n", "a\n", NOTHING),
];

#[test]
fn volatile_values_must_keep_presence_type_and_length() {
    for (from, again, to, wanted) in VOLATILE {
        assert_eq!(
            bodies(from, again, to, &[]).0.join("; "),
            wanted,
            "{from:?}, {again:?} → {to:?}"
        );
    }
}

#[test]
fn volatile_lines_must_keep_their_place() {
    let page = |line: &str| format!("<h1>Tea</h1>\n<p>{line}</p>\n");
    let (one, two) = (page("07:00"), page("07:01"));
    for (to, wanted) in [
        (page("07:02"), ""),
        (
            page(""),
            "@@ -1,2 +1,2 @@; <h1>Tea</h1>; -<p>07:00</p>; +<p></p>",
        ),
        (
            page("07:02").replace("Tea", "Cup"),
            "@@ -1,2 +1,2 @@; -<h1>Tea</h1>; +<h1>Cup</h1>; [volatile]",
        ),
    ] {
        assert_eq!(bodies(&one, &two, &to, &[]).0.join("; "), wanted, "{to:?}");
    }
}

fn entry_with(status: u16, headers: &[(&str, &str)]) -> Entry {
    let mut entry = entry("http://h/", headers, "");
    entry.response.as_mut().unwrap().status = status;
    entry
}

#[test]
fn a_volatile_status_must_be_among_what_was_seen() {
    for (to, wanted) in [(200, ""), (503, ""), (500, "status: 200 or 503 → 500")] {
        let (from, again, to) = (
            entry_with(200, &[]),
            entry_with(503, &[]),
            entry_with(to, &[]),
        );
        let found = compare(
            Answers {
                from: &from,
                again: Some(&again),
                to: &to,
            },
            &rules(&[]),
        );
        assert_eq!(
            (told(&found).join("; ").as_str(), found.volatile),
            (wanted, vec!["status".to_owned()])
        );
    }
}

#[test]
fn volatile_headers_must_be_among_what_was_seen() {
    for (from, again, to, wanted) in [
        (Some("ab"), Some("cd"), Some("ef"), ""),
        (
            Some("ab"),
            Some("cd"),
            Some(""),
            "header x: 2 characters → ",
        ),
        (
            Some("ab"),
            Some("cd"),
            None,
            "header x: only prod: 2 characters",
        ),
        (Some("ab"), None, None, ""),
        (None, Some("ab"), Some("cd"), ""),
        (None, Some("ab"), None, ""),
        (
            None,
            Some("ab"),
            Some("abc"),
            "header x: 2 characters → abc",
        ),
        (Some("12ms"), Some("9ms"), Some("130ms"), ""),
    ] {
        let [from, again, to] = [from, again, to].map(|value| {
            let headers: Vec<(&str, &str)> = value.map(|value| ("x", value)).into_iter().collect();
            entry_with(200, &headers)
        });
        let found = compare(
            Answers {
                from: &from,
                again: Some(&again),
                to: &to,
            },
            &rules(&[]),
        );
        assert_eq!(
            (told(&found).join("; ").as_str(), found.volatile),
            (wanted, vec!["header x".to_owned()])
        );
    }
}
