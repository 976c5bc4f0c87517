use super::super::testing::{answer, json, names};
use crate::check::Capture;
use crate::http::Exchange;
use crate::source::File;
use crate::syntax::{Problems, read};

fn compile(capture: &str) -> Result<Capture, String> {
    let file = File::new("c.toml", format!("x = {capture}"));
    let mut problems = Problems::default();
    let table = read(&file, &mut problems);
    let capture = Capture::compile("x", table.get("x").unwrap(), &mut problems);
    let problem = problems.into_vec().into_iter().next();
    match (capture, problem) {
        (Some(capture), None) => Ok(capture),
        (_, Some(problem)) => Err(problem.message),
        (None, None) => panic!("no capture and no problem"),
    }
}

/// The value as JSON, or why there is none with the hint.
#[track_caller]
fn take(capture: &str, exchange: &Exchange) -> String {
    let capture = compile(capture).unwrap();
    match capture.take(exchange, &names("{\"n\": 1, \"secret_n\": 2}")) {
        Ok(taken) if taken.secret => format!("{} (secret)", taken.value),
        Ok(taken) => taken.value.to_json(),
        Err(failure) => format!(
            "{}{}",
            failure.summary(),
            failure
                .hint
                .map(|hint| format!(" ({hint})"))
                .unwrap_or_default()
        ),
    }
}

#[test]
fn a_text_is_a_path_or_an_expression() {
    let exchange = json(r#"{"token": "t-1", "items": [{"id": 1}, {"id": 2}], "none": null}"#);
    assert_eq!(take("'$.token'", &exchange), "\"t-1\"");
    assert_eq!(take("'$.items[*].id'", &exchange), "[1,2]");
    assert_eq!(take("'$.items[{{ n }}].id'", &exchange), "2");
    assert_eq!(take("'$.none'", &exchange), "null");
    assert_eq!(take("'{{ n + 1 }}'", &exchange), "2");
    assert_eq!(take("'{{ secret_n }}'", &exchange), "2 (secret)");
    assert_eq!(
        take("'$.tokn'", &exchange),
        "expected a value, but there is nothing at `$.tokn` (did you mean `$.token`?)"
    );
    assert!(
        take("'$.items[?@.id == 9]'", &exchange)
            .starts_with("expected a value, but there is nothing")
    );
}

#[test]
fn a_table_has_one_source() {
    let headers = [
        ("Location", "/items/42"),
        ("Link", "a"),
        ("link", "b"),
        ("Set-Cookie", "sid=s; Max-Age=5"),
    ];
    let page = "<a href='/1'>one</a><a href='/2'>two</a>";
    let html = answer(
        201,
        &[&headers[..], &[("content-type", "text/html")]].concat(),
        page,
    );
    let cases = [
        ("{ header = 'LOCATION' }", "\"/items/42\""),
        ("{ header = 'location', regex = '(\\d+)$' }", "\"42\""),
        ("{ header = 'link' }", "\"a\""),
        ("{ header = 'link', all = true }", "[\"a\",\"b\"]"),
        ("{ header = 'location', all = true }", "[\"/items/42\"]"),
        ("{ cookie = 'sid', secret = true }", "\"s\" (secret)"),
        ("{ cookie = 'sid.max_age' }", "5"),
        ("{ css = 'a' }", "\"one\""),
        (
            "{ css = 'a', attribute = 'href', all = true }",
            "[\"/1\",\"/2\"]",
        ),
        ("{ xpath = '//a[2]' }", "\"two\""),
        ("{ regex = 'href=.(/\\d)' }", "\"/1\""),
        ("{ regex = '/\\d', all = true }", "[\"/1\",\"/2\"]"),
        ("{ status = true }", "201"),
        ("{ url = true }", "\"http://stage.test/dev/hello\""),
        ("{ time = true }", "0.312"),
        ("{ text = true, regex = 'two' }", "\"two\""),
        (
            "{ header = 'nope', default = { a = '{{ n }}' } }",
            "{\"a\":1}",
        ),
        ("{ regex = 'nope', default = 0 }", "0"),
        (
            "{ header = 'location', regex = 'nope', default = '' }",
            "\"\"",
        ),
        (
            "{ header = 'nope' }",
            "expected a value, but there is no header `nope`",
        ),
        (
            "{ jsonpath = '$.a', default = 1 }",
            "expected a value, but the body (`text/html`) is not JSON: expected a value, found `<` at line 1 column 1",
        ),
    ];
    for (capture, expected) in cases {
        assert_eq!(take(capture, &html), expected, "{capture}");
    }
}

#[test]
fn all_overrules_what_the_path_says() {
    let exchange = json(r#"{"items": [{"id": 1}, {"id": 2}], "none": null}"#);
    assert_eq!(
        take("{ jsonpath = '$.items[*].id', all = false }", &exchange),
        "1"
    );
    assert_eq!(
        take("{ jsonpath = '$.items[0].id', all = true }", &exchange),
        "[1]"
    );
    assert_eq!(
        take("{ jsonpath = '$.none', default = 1 }", &exchange),
        "null"
    );
    assert_eq!(take("{ jsonpath = '$.nope', default = 1 }", &exchange), "1");
}

#[test]
fn mistakes_are_found_before_anything_is_sent() {
    let cases = [
        (
            "'token'",
            "a capture is a path that starts with `$`, or an expression",
        ),
        (
            "5",
            "expected a path such as `\"$.token\"`, an expression, or a table with a source, found a number",
        ),
        ("{}", "the capture `x` has no source"),
        ("{ default = 1 }", "the capture `x` has no source"),
        (
            "{ header = 'a', cookie = 'b' }",
            "the capture `x` has more than one source",
        ),
        ("{ heder = 'a' }", "a capture has no key `heder`"),
        (
            "{ header = 'a', attribute = 'b' }",
            "`attribute` can only be used with `css`",
        ),
        ("{ status = false }", "`status` can only be `true`"),
        ("{ header = 1 }", "expected a string, found a number"),
        (
            "{ header = 'a', secret = 1 }",
            "expected `true` or `false`, found a number",
        ),
    ];
    for (capture, expected) in cases {
        assert_eq!(compile(capture).unwrap_err(), expected, "{capture}");
    }
    assert!(
        compile("{ regex = '(' }").is_err()
            && compile("'$.a['").is_err()
            && compile("{ css = 'a[' }").is_err()
    );
}

#[test]
fn a_member_that_stands_twice_is_no_value() {
    let exchange = json(
        r#"{"role": "admin", "role": "user", "id": 1, "items": [{"a": 1}, {"a": 2, "a": 3}]}"#,
    );
    for (capture, path) in [
        ("'$.role'", "$.role"),
        ("{ jsonpath = '$.role', default = 'none' }", "$.role"),
        ("'$.role.name'", "$.role"),
        ("'$.items[1].a'", "$.items[1].a"),
        ("'$.items[*].a'", "$.items[1].a"),
        ("'$.items'", "$.items[1].a"),
        ("'$'", "$.role"),
    ] {
        let told = take(capture, &exchange);
        assert!(
            told.contains(&format!("the body has the member `{path}` twice")),
            "{capture}: {told}"
        );
    }
    assert_eq!(take("'$.id'", &exchange), "1");
    assert_eq!(take("'$.items[0].a'", &exchange), "1");
}
