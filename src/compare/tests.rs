//! What is a difference, what is volatile, what is left out.

use url::Url;

use super::*;
use crate::http::{Exchange, Request, Response};
use crate::recording::Identity;

fn rules(ignore: &[&str]) -> Rules {
    Rules {
        names: ("prod".to_owned(), "dev".to_owned()),
        ignore: ignore.iter().map(|path| JsonPath::compile(path).unwrap()).collect(),
        ignore_headers: vec!["X-Ignored".to_owned()],
        redactor: Redactor::default(),
    }
}

fn entry(base: &str, headers: &[(&str, &str)], body: impl Into<Vec<u8>>) -> Entry {
    let base = Url::parse(base).unwrap();
    let of = Identity { path: "a".into(), collection: "a".into(), collection_row: None, name: "x".into(), row: None };
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let exchange = Exchange::of(Request::new("GET", base.clone()), Response::new(200, headers, body.into()));
    Entry::new(of, Some(&base), &exchange, &Redactor::default())
}

fn told(found: &Comparison) -> Vec<String> {
    let lines = found.failures.iter().flat_map(|failure| {
        let own = failure.reason.iter().map(|reason| format!("{}: {reason}", failure.subject));
        let inside = failure.differences.iter().map(|found| format!("{} {}", found.path, found.text).trim().to_owned());
        own.chain(inside).collect::<Vec<_>>()
    });
    lines.collect()
}

fn bodies(from: &str, again: &str, to: &str, ignore: &[&str]) -> (Vec<String>, Vec<String>) {
    let [from, again, to] = [from, again, to].map(|body| entry("http://h/", &[], body));
    let found = compare(Answers { from: &from, again: Some(&again), to: &to }, &rules(ignore));
    (told(&found), found.left_out)
}

#[test]
fn what_the_first_stage_does_not_answer_the_same_twice_is_left_out() {
    let from = r#"{"at":1,"items":[{"id":1,"n":1},{"id":2,"n":1}]}"#;
    let again = r#"{"at":2,"items":[{"id":3,"n":1},{"id":2,"n":1}]}"#;
    let to = r#"{"at":9,"items":[{"id":7,"n":1},{"id":8,"n":2}]}"#;
    let (differ, left_out) = bodies(from, again, to, &[]);
    assert_eq!(differ, ["$.items[1].n 1 → 2"]);
    assert_eq!(left_out, ["$.at", "$.items[*].id"]);
}

#[test]
fn a_difference_behind_many_volatile_ones_is_found() {
    let document = |shift: usize, last: usize| {
        let ids: Vec<String> = (0..1000).map(|number| format!(r#""k{number}":{}"#, number + shift)).collect();
        format!(r#"{{"last":{last},{}}}"#, ids.join(","))
    };
    let (differ, left_out) = bodies(&document(0, 1), &document(1, 1), &document(2, 2), &[]);
    assert_eq!(differ, ["$.last 1 → 2"]);
    assert_eq!(left_out.len(), 1000);
}

#[test]
fn what_is_to_be_ignored_is() {
    let (from, to) = (r#"{"a":{"id":1},"b":[{"id":1},{"id":2}],"c":1}"#, r#"{"a":{"id":2},"b":[{"id":3},{"id":4}],"c":2}"#);
    assert_eq!(bodies(from, from, to, &["$..id"]).0, ["$.c 1 → 2"]);
    assert_eq!(bodies(from, from, to, &["$.b[0]", "$.c", "$.a"]).0, ["$.b[0].id 2 → 4"]);
    assert_eq!(bodies(from, from, to, &["$"]).0, Vec::<String>::new());
}

#[test]
fn a_link_to_the_own_stage_is_the_same_on_both() {
    let from = entry("http://prod:1/v1", &[("location", "http://prod:1/v1/x")], r#"{"self":"http://prod:1/v1/x"}"#);
    let to = entry("http://dev:2/v2/", &[("location", "http://dev:2/v2/x")], r#"{"self":"http://dev:2/v2/x"}"#);
    assert_eq!(compare(Answers { from: &from, again: None, to: &to }, &rules(&[])), Comparison::default());
}

#[test]
fn headers_that_tell_answers_apart_are_not_compared() {
    let one = [("Date", "a"), ("x-ignored", "1"), ("x-b", "1"), ("x-b", "2"), ("x-c", "1"), ("x-volatile", "1")];
    let from = entry("http://h/", &one, "");
    let again = entry("http://h/", &[&one[..5], &[("x-volatile", "2")]].concat(), "");
    let to = entry("http://h/", &[("date", "b"), ("X-B", "1"), ("X-D", "1"), ("x-volatile", "3")], "");
    let found = compare(Answers { from: &from, again: Some(&again), to: &to }, &rules(&[]));
    assert_eq!(told(&found), ["header x-b: 1, 2 → 1", "header x-c: only prod: 1", "header x-d: only dev: 1"]);
    assert_eq!(found.left_out, ["header x-volatile"]);
}

#[test]
fn bytes_differ_by_their_digest_and_texts_by_their_lines() {
    let compared = |from: &[u8], to: &[u8]| {
        let (from, to) = (entry("http://h/", &[], from), entry("http://h/", &[], to));
        told(&compare(Answers { from: &from, again: Some(&from), to: &to }, &rules(&[])))
    };
    assert_eq!(compared(b"\xff", b"\xff"), Vec::<String>::new());
    assert_eq!(compared(b"\xff", b"\xfe\xfe"), ["body: 1 byte, sha256 a8100ae6aa1940d0… → 2 bytes, sha256 7674d479e8af7268…"]);
    assert_eq!(compared(b"a\nb\n", b"a\nc\n"), ["@@ -1,2 +1,2 @@", "a", "-b", "+c"]);
}
