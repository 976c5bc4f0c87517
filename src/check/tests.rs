use super::testing::{answer, failed, holds, json, judge, judge_in, names, problems};
use crate::http::{Error, ErrorKind};

#[test]
fn a_status_is_a_number_a_class_a_list_or_a_matcher() {
    let not_found = answer(404, &[], "");
    for good in ["404", "'4xx'", "[200, 404]", "['2xx', '4xx']", "{ gte = 400, lt = 500 }", "'{{ 400 + 4 }}'"] {
        holds(&format!("status = {good}"), &not_found);
    }
    assert_eq!(judge("", &not_found), ["status: expected 2xx, got 404"]);
    assert_eq!(judge("status = [200, '3xx']", &not_found), ["status: expected one of 200, 3xx, got 404"]);
    assert_eq!(judge("status = { lt = 400 }", &not_found), ["status: expected less than 400, got 404"]);
    assert_eq!(problems("status = '9xx'").len(), 1);
    assert_eq!(problems("status = 'ok'").len(), 1);
}

#[test]
fn headers_are_texts_and_read_as_numbers_against_numbers() {
    let exchange = answer(200, &[("X-Count", "12"), ("Vary", "a"), ("vary", "b"), ("Content-Type", "text/html")], "");
    holds("headers.X-COUNT = 12", &exchange);
    holds("headers.x-count = { gt = 5, between = [12, 13], type = 'integer' }", &exchange);
    holds("headers.vary = ['a', 'b']", &exchange);
    holds("headers.vary = { contains = 'b', len = 2, all = { len = 1 } }", &exchange);
    holds("headers.x-count = '{{ any.integer(gte=12) }}'", &exchange);
    holds("headers.x-none = { exists = false }", &exchange);
    assert_eq!(judge("headers.x-count = 13", &exchange), ["header x-count: expected 13, got \"12\""]);
    assert_eq!(
        judge("headers.content-typ = { starts_with = 'text' }", &exchange),
        ["header content-typ: expected a text that starts with \"text\", but there is no header `content-typ`"]
    );
    assert_eq!(
        judge("headers.content-type = { gt = 1 }", &exchange),
        ["header content-type: expected more than 1, but \"text/html\" is not a number"]
    );
}

#[test]
fn json_is_exact_and_json_contains_is_not() {
    let exchange = json(r#"{"b": [1, 2.0], "a": {"id": 1, "name": "x"}}"#);
    holds("json = { a = { name = 'x', id = 1.0 }, b = [1, 2] }", &exchange);
    holds(
        "json = { a = { name = '{{ any.string(len=1) }}', id = '{{ any.integer }}' }, b = '{{ any.array(len=2) }}' }",
        &exchange,
    );
    holds("json_contains = { b = [2], a = { id = 1 } }", &exchange);
    assert_eq!(judge("json_contains = { b = [2, 2] }", &exchange).len(), 1);
    assert_eq!(judge("json_contains = { a = {} }", &exchange).len(), 1);
    assert_eq!(
        judge("json = {}", &answer(200, &[], "<p>")),
        ["json: expected {}, but the body is not JSON: expected a value, found `<` at line 1 column 1"]
    );
}

#[test]
fn a_singular_path_gives_its_value_and_any_other_a_list() {
    let exchange = json(r#"{"items": [{"id": 1, "tag": "a"}, {"id": 2, "tag": "b"}], "none": null}"#);
    holds("jsonpath.\"$.items[0].id\" = 1", &exchange);
    holds("jsonpath.\"$.items[*].id\" = [1, 2]", &exchange);
    holds("jsonpath.\"$.items[?@.id == 2].tag\" = ['b']", &exchange);
    holds("jsonpath.\"$.items[?@.id == 9]\" = []", &exchange);
    holds("jsonpath.\"$.none\" = '{{ null }}'", &exchange);
    holds("jsonpath.\"$.nope\" = { exists = false, len = 0 }", &exchange);
    let scope = names(r#"{"tag": "b", "key": "id"}"#);
    assert!(judge_in("jsonpath.\"$.items[?@.tag == {{ tag }}][{{ key }}]\" = [2]", &exchange, &scope).is_empty());
    assert_eq!(judge("jsonpath.\"$.nope\" = { not = { equals = 1 } }", &exchange).len(), 1);
}

#[test]
fn no_answer_is_an_error_unless_it_is_expected() {
    let refused = failed(Error::new(ErrorKind::Connect, "connection refused"));
    holds("error = 'connect'", &refused);
    holds("error = ['connect', 'dns']", &failed(Error::new(ErrorKind::Dns, "no such host")));
    assert_eq!(judge("error = 'timeout'", &refused), ["error: expected \"timeout\", got \"connect\""]);
    assert_eq!(
        judge("error = 'timeout'", &answer(500, &[], "")),
        ["error: expected \"timeout\", but there is an answer, with status 500"]
    );
    let (expectations, _) = super::testing::compiled("status = 200");
    assert_eq!(super::evaluate(&expectations, &refused, &names("{}")).unwrap_err().kind, ErrorKind::Connect);
}
