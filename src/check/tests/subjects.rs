use super::super::testing::{answer, failed, holds, json, judge, judge_in, names, problems};
use crate::http::{Error, ErrorKind};

#[test]
fn a_status_is_a_number_a_class_a_list_or_a_matcher() {
    let not_found = answer(404, &[], "");
    for good in [
        "404",
        "'4xx'",
        "[200, 404]",
        "['2xx', '4xx']",
        "{ gte = 400, lt = 500 }",
        "'{{ 400 + 4 }}'",
    ] {
        holds(&format!("status = {good}"), &not_found);
    }
    assert_eq!(judge("", &not_found), ["status: expected 2xx, got 404"]);
    assert_eq!(
        judge("status = [200, '3xx']", &not_found),
        ["status: expected one of 200, 3xx, got 404"]
    );
    assert_eq!(
        judge("status = { lt = 400 }", &not_found),
        ["status: expected less than 400, got 404"]
    );
    assert_eq!(problems("status = '9xx'").len(), 1);
    assert_eq!(problems("status = 'ok'").len(), 1);
}

#[test]
fn headers_are_texts_and_read_as_numbers_against_numbers() {
    let exchange = answer(
        200,
        &[
            ("X-Count", "12"),
            ("Vary", "a"),
            ("vary", "b"),
            ("Content-Type", "text/html"),
        ],
        "",
    );
    holds("headers.X-COUNT = 12", &exchange);
    holds(
        "headers.x-count = { gt = 5, between = [12, 13], type = 'integer' }",
        &exchange,
    );
    holds("headers.vary = ['a', 'b']", &exchange);
    holds(
        "headers.vary = { contains = 'b', count = 2, all = { len = 1 } }",
        &exchange,
    );
    holds("headers.x-count = '{{ any.integer(gte=12) }}'", &exchange);
    holds("headers.x-none = { exists = false }", &exchange);
    assert_eq!(
        judge("headers.x-count = 13", &exchange),
        ["header x-count: expected 13, got \"12\""]
    );
    assert_eq!(
        judge("headers.content-typ = { starts_with = 'text' }", &exchange),
        [
            "header content-typ: expected a string that starts with \"text\", but there is no header `content-typ`"
        ]
    );
    assert_eq!(
        judge("headers.content-type = { gt = 1 }", &exchange),
        ["header content-type: expected more than 1, but \"text/html\" is not a number"]
    );
}

#[test]
fn json_is_exact_and_json_contains_is_not() {
    let exchange = json(r#"{"b": [1, 2.0], "a": {"id": 1, "name": "x"}}"#);
    holds(
        "json = { a = { name = 'x', id = 1.0 }, b = [1, 2] }",
        &exchange,
    );
    holds(
        "json = { a = { name = '{{ any.string(len=1) }}', id = '{{ any.integer }}' }, b = '{{ any.array(len=2) }}' }",
        &exchange,
    );
    holds("json_contains = { b = [2], a = { id = 1 } }", &exchange);
    assert_eq!(judge("json_contains = { b = [2, 2] }", &exchange).len(), 1);
    assert_eq!(judge("json_contains = { a = {} }", &exchange).len(), 1);
    assert_eq!(
        judge("json = {}", &answer(200, &[], "<p>")),
        [
            "json: expected {}, but the body is not JSON: expected a value, found `<` at line 1 column 1"
        ]
    );
}

#[test]
fn a_singular_path_gives_its_value_and_any_other_a_list() {
    let exchange =
        json(r#"{"items": [{"id": 1, "tag": "a"}, {"id": 2, "tag": "b"}], "none": null}"#);
    holds("jsonpath.\"$.items[0].id\" = 1", &exchange);
    holds("jsonpath.\"$.items[*].id\" = [1, 2]", &exchange);
    holds("jsonpath.\"$.items[?@.id == 2].tag\" = ['b']", &exchange);
    holds("jsonpath.\"$.items[?@.id == 9]\" = []", &exchange);
    holds("jsonpath.\"$.none\" = '{{ null }}'", &exchange);
    holds("jsonpath.\"$.nope\" = { exists = false }", &exchange);
    holds(
        "jsonpath.\"$..nope\" = { exists = false, len = 0 }",
        &exchange,
    );
    holds("jsonpath.\"$..id\" = { exists = true }", &exchange);
    assert_eq!(
        judge("jsonpath.\"$..nope\" = { exists = true }", &exchange).len(),
        1,
        "a list of nothing is nothing"
    );
    let scope = names(r#"{"tag": "b", "key": "id"}"#);
    assert!(
        judge_in(
            "jsonpath.\"$.items[?@.tag == {{ tag }}][{{ key }}]\" = [2]",
            &exchange,
            &scope
        )
        .is_empty()
    );
    assert_eq!(
        judge("jsonpath.\"$.nope\" = { not = { equals = 1 } }", &exchange).len(),
        1
    );
}

#[test]
fn no_answer_is_an_error_unless_it_is_expected() {
    let refused = failed(Error::new(ErrorKind::Connect, "connection refused"));
    holds("error = 'connect'", &refused);
    holds(
        "error = ['connect', 'dns']",
        &failed(Error::new(ErrorKind::Dns, "no such host")),
    );
    assert_eq!(
        judge("error = 'timeout'", &refused),
        ["error: expected \"timeout\", got \"connect\""]
    );
    assert_eq!(
        judge("error = 'timeout'", &answer(500, &[], "")),
        ["error: expected \"timeout\", but there is a response, with status 500"]
    );
    let (expectations, _) = crate::check::testing::compiled("status = 200");
    assert_eq!(
        crate::check::evaluate(&expectations, &refused, &names("{}"))
            .error
            .unwrap()
            .kind,
        ErrorKind::Connect
    );
}

#[test]
fn cookies_are_looked_into_by_path() {
    let exchange = answer(
        200,
        &[
            ("Set-Cookie", "sid=42; Secure; SameSite=Lax; Max-Age=60"),
            ("Set-Cookie", "a.b=x"),
        ],
        "",
    );
    holds("cookies.sid = 42", &exchange);
    holds(
        "cookies = { 'sid.secure' = true, 'sid.same_site' = 'Lax', 'sid.max_age' = { gte = 60 }, 'a.b' = 'x' }",
        &exchange,
    );
    holds("cookies.'sid.http_only' = false", &exchange);
    assert_eq!(
        judge("cookies.'sid.domain' = 'x'", &exchange),
        ["cookie sid.domain: expected \"x\", but there is no cookie `sid.domain`"]
    );
}

#[test]
fn bodies_are_judged_as_text_bytes_sizes_and_hashes() {
    let exchange = answer(200, &[("content-encoding", "gzip")], "hello\nworld");
    holds("text = \"hello\\nworld\"", &exchange);
    holds(
        "text = { contains = ['hello', 'world'], matches = '(?m)^w', not_contains = 'x', ends_with = 'd' }",
        &exchange,
    );
    holds("size = 11\nsize_on_wire = { lte = 11 }", &exchange);
    holds("bytes = 'aGVsbG8Kd29ybGQ='", &exchange);
    holds(
        "sha256 = '26c60a61d01db5836ca70fefd44a6a016620413c8ef5f259a6c5612d4f79d3b8'",
        &exchange,
    );
    let told = &judge("bytes = { file = 'body.bin' }", &exchange)[0];
    assert_eq!(told, "bytes: expected 3 bytes, got 11 bytes");
    let (_, failure) =
        &super::super::testing::failures("text = \"hello\\nyou\"", &exchange, &names("{}"))[0];
    assert!(
        failure.differences.kept[0].to_string().contains("-you"),
        "{failure:?}"
    );
}

#[test]
fn markup_is_asked_by_xpath_and_css() {
    let page = "<html><body><h1>Hi  there</h1><ul><li>1</li><li>2</li></ul><a href='/x'>go</a></body></html>";
    let exchange = answer(200, &[("content-type", "text/html")], page);
    holds("css.h1 = 'Hi there'", &exchange);
    holds("css.li = [1, 2]", &exchange);
    holds("xpath.'//a/@href' = '/x'", &exchange);
    holds("xpath.'count(//li)' = 2", &exchange);
    holds("css.h2 = { exists = false }", &exchange);
    assert_eq!(
        judge("css.h2 = 'x'", &exchange),
        ["css h2: expected \"x\", but `h2` selects no element"]
    );
    let xml = answer(
        200,
        &[("content-type", "application/xml")],
        "<r xmlns='urn:a'><n>5</n></r>",
    );
    holds(
        "namespaces = { a = 'urn:a' }\nxpath.'/a:r/a:n' = { gt = 4 }",
        &xml,
    );
    let (_, failure) = &super::super::testing::failures("xpath.'/r/n' = 5", &xml, &names("{}"))[0];
    assert!(
        failure
            .hint
            .as_deref()
            .is_some_and(|hint| hint.contains("namespaces")),
        "{failure:?}"
    );
}

#[test]
fn a_schema_is_a_file_with_what_it_refers_to_or_inline() {
    holds("schema = 'item.json'", &json("{\"id\": 1}"));
    let (_, failure) = &super::super::testing::failures(
        "schema = 'item.json'",
        &json("{\"id\": 0}"),
        &names("{}"),
    )[0];
    assert_eq!(
        failure.differences.kept[0].to_string(),
        "$.id: 0 is less than the minimum of 1"
    );
    assert_eq!(failure.expected, "what the schema `item.json` describes");
    let inline = "schema = { type = 'array', items = { type = 'object', required = ['a', 'b'] } }";
    let (_, failure) = &super::super::testing::failures(
        inline,
        &json("[{}, {\"a\": 1, \"b\": 2}, 3]"),
        &names("{}"),
    )[0];
    let told: Vec<_> = failure
        .differences
        .kept
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        told,
        [
            "$[0]: \"a\" is a required property",
            "$[0]: \"b\" is a required property",
            "$[2]: 3 is not of type \"object\""
        ]
    );
    for draft in [
        "http://json-schema.org/draft-04/schema#",
        "http://json-schema.org/draft-06/schema#",
        "http://json-schema.org/draft-07/schema#",
        "https://json-schema.org/draft/2019-09/schema",
        "https://json-schema.org/draft/2020-12/schema",
    ] {
        let exclusive = if draft.contains("04") {
            "minimum = 1, exclusiveMinimum = true"
        } else {
            "exclusiveMinimum = 1"
        };
        let expect = format!("schema = {{ '$schema' = '{draft}', {exclusive} }}");
        holds(&expect, &json("2"));
        assert_eq!(judge(&expect, &json("1")).len(), 1, "{draft}");
    }
    holds(
        "jsonpath.\"$.item\" = { schema = 'item.json' }",
        &json("{\"item\": {\"id\": 3}}"),
    );
}

#[test]
fn the_exchange_itself_is_judged() {
    let mut exchange = answer(200, &[], "");
    holds(
        "time = { lt = '2s', gte = '312ms' }\nhttp = '1.1'\nredirects = 0",
        &exchange,
    );
    holds("url = { ends_with = '/hello' }", &exchange);
    assert_eq!(
        judge("time = { lt = '300ms' }", &exchange),
        ["time: expected less than \"300ms\", got 312ms"]
    );
    exchange.timing.first_byte = Some(std::time::Duration::from_millis(200));
    holds(
        "time = { lt = '2s', first_byte = { lt = '300ms' }, connect = { exists = false } }",
        &exchange,
    );
    holds("time.first_byte = { gt = '100ms' }", &exchange);
    assert_eq!(
        judge("time.first_byte = { lt = '90ms' }", &exchange),
        ["time first_byte: expected less than \"90ms\", got 200ms"]
    );
    let told = judge(
        "time.connect = { lt = '1s' }\ntime.tls = { lt = '1s' }",
        &exchange,
    );
    assert!(
        told.len() == 2 && told[0].contains("this phase did not happen"),
        "{told:?}"
    );
    let hop = crate::http::Hop {
        url: "http://stage.test/old".parse().unwrap(),
        status: 302,
        headers: Vec::new(),
        timing: crate::http::Timing::default(),
        peer: None,
    };
    exchange.hops.push(hop);
    holds("redirects = { between = [1, 2] }", &exchange);
    holds("redirects = ['http://stage.test/dev/hello']", &exchange);
    assert_eq!(
        judge("redirects = ['http://stage.test/x']", &exchange).len(),
        1
    );
}

#[test]
fn expressions_must_be_true_and_say_what_they_saw() {
    let scope = names("{\"n\": 3, \"secret_x\": 1}");
    assert!(
        judge_in(
            "that = ['{{ n > 2 }}', '{{ n == 3 and secret_x == 1 }}']",
            &json("{}"),
            &scope
        )
        .is_empty()
    );
    let (subject, failure) =
        &super::super::testing::failures("that = '{{ n + secret_x > 4 }}'", &json("{}"), &scope)[0];
    assert_eq!(subject, "that {{ n + secret_x > 4 }}");
    assert_eq!(failure.hint.as_deref(), Some("`n` is 3, `secret_x` is ***"));
    assert_eq!(
        judge_in("that = '{{ n }}'", &json("{}"), &scope),
        [
            "that {{ n }}: expected true, but expected `true` or `false`, the expression gives a number: `3`"
        ]
    );
    assert_eq!(
        judge_in("that = '{{ nope }}'", &json("{}"), &scope).len(),
        1
    );
}

#[test]
fn failures_point_at_the_operator_and_carry_their_message() {
    let expect = "jsonpath.\"$.n\" = { gt = 0, lt = 10, message = \"n is {{ n }}\" }";
    let (_, failure) =
        &super::super::testing::failures(expect, &json("{\"n\": 12}"), &names("{\"n\": 12}"))[0];
    assert_eq!(
        (failure.span.text(), failure.message.as_deref()),
        ("10", Some("n is 12"))
    );
    let (_, both) = &super::super::testing::failures("json = 1", &json("2"), &names("{}"))[0];
    assert_eq!(
        (both.summary().as_str(), both.differences.len()),
        ("expected 1, got 2", 0)
    );
    let (_, nearest) = &super::super::testing::failures(
        "jsonpath.\"$.mesage\" = 1",
        &json("{\"message\": 1}"),
        &names("{}"),
    )[0];
    assert_eq!(
        nearest.summary(),
        "expected 1, but there is nothing at `$.mesage`"
    );
    assert_eq!(nearest.hint.as_deref(), Some("did you mean `$.message`?"));
}

#[test]
fn json_text_is_json_with_placeholders() {
    let expect = "json_text = '{\"id\": {{ id }}, \"name\": \"{{ id }}\", \"x\": {{ any.integer }}, \"none\": null}'";
    let scope = names("{\"id\": 7}");
    assert!(
        judge_in(
            expect,
            &json(r#"{"none": null, "id": 7, "name": "7", "x": 3}"#),
            &scope
        )
        .is_empty()
    );
    assert_eq!(
        judge_in(
            expect,
            &json(r#"{"none": null, "id": 7, "name": 7, "x": 3}"#),
            &scope
        )
        .len(),
        1
    );
}

/// Everything that reads a document, and whether the member that stands twice decides.
#[test]
fn a_member_that_stands_twice_decides_nothing() {
    let exchange =
        json(r#"{"role": "admin", "role": "user", "id": 1, "text": "{\"a\":1,\"a\":2}"}"#);
    for fails in [
        "jsonpath.'$.role' = 'user'",
        "jsonpath.'$.role' = 'admin'",
        "jsonpath.'$.role' = { not_equals = 'admin' }",
        "jsonpath.'$.role' = { exists = true }",
        "jsonpath.'$.role.x' = { exists = false }",
        "jsonpath.'$.*' = { contains = 'user' }",
        "jsonpath.'$..role' = { count = 1 }",
        "jsonpath.'$[?@ == 1]' = { count = 1 }",
        "jsonpath.'$' = { type = 'object' }",
        "json = { role = 'user', id = 1, text = '{{ any.string }}' }",
        "json_text = '{\"role\":\"user\"}'",
        "json_contains = { id = 1 }",
        "schema = { type = 'object', required = ['id'] }",
        "jsonpath.'$.text' = { json = { a = 2 } }",
        "jsonpath.'$.text' = { not = { json = { a = 1 } } }",
        "that = [\"{{ response.json.role == 'user' }}\"]",
        "that = [\"{{ (response.text | from_json).role == 'user' }}\"]",
    ] {
        assert_eq!(judge(fails, &exchange).len(), 1, "{fails}");
    }
    holds("jsonpath.'$.id' = 1", &exchange);
    holds("jsonpath.'$.role2' = { exists = false }", &exchange);
    let errors = json(r#"{"data": {}, "errors": [{"message": "no"}], "errors": null}"#);
    assert_eq!(judge("graphql_errors = false", &errors).len(), 1);
    assert_eq!(judge("graphql_errors = true", &errors).len(), 1);
}
