use super::super::testing::{failures, json, judge, judge_in, names};

/// Whether a matcher holds for a JSON value.
#[track_caller]
fn fits(matcher: &str, value: &str) -> bool {
    judge(
        &format!("jsonpath.'$.v' = {matcher}"),
        &json(&format!("{{\"v\": {value}}}")),
    )
    .is_empty()
}

/// Each matcher holds for the first value and not for the second.
#[track_caller]
fn sort_out(cases: &[(&str, &str, &str)]) {
    for (matcher, good, bad) in cases {
        assert!(fits(matcher, good), "{matcher} holds for {good}");
        assert!(!fits(matcher, bad), "{matcher} does not hold for {bad}");
    }
}

#[test]
fn equality_is_exact_and_numbers_are_mathematical() {
    sort_out(&[
        ("1", "1.0", "\"1\""),
        (
            "12345678901234567890.1",
            "12345678901234567890.10",
            "12345678901234567890.2",
        ),
        ("true", "true", "\"true\""),
        ("'{{ null }}'", "null", "0"),
        ("[1, { equals = 2 }]", "[1, {\"equals\": 2}]", "[1, 2]"),
        (
            "{ equals = { a = 1 } }",
            "{\"a\": 1}",
            "{\"a\": 1, \"b\": 2}",
        ),
        ("{ not_equals = 1 }", "2", "1.0"),
        ("{ one_of = [1, 'a', '{{ any.boolean }}'] }", "false", "2"),
        ("2024-05-01", "\"2024-05-01\"", "\"2024-05-02\""),
    ]);
}

#[test]
fn order_compares_numbers_durations_and_dates() {
    sort_out(&[
        ("{ gt = 1 }", "1.0000000000000000001", "1"),
        ("{ gte = 1, lte = 3 }", "3", "3.01"),
        ("{ lt = '2s' }", "\"1500ms\"", "\"1m\""),
        (
            "{ gt = '2024-05-01T12:00:00Z' }",
            "\"2024-05-01T14:00:01+02:00\"",
            "\"2024-05-01T14:00:00+02:00\"",
        ),
        ("{ gte = 2024-05-01 }", "\"2024-05-01\"", "\"2024-04-30\""),
        ("{ between = [1, 5] }", "5", "5.5"),
        ("{ close_to = [0.3, 0.1] }", "0.4", "0.41"),
        (
            "{ close_to = ['2024-05-01T12:00:00Z', '5s'] }",
            "\"2024-05-01T11:59:55Z\"",
            "\"2024-05-01T11:59:54Z\"",
        ),
        ("{ lt = 1 }", "0", "\"0\""),
        ("{ not = { gt = 5 } }", "5", "\"abc\""),
    ]);
    assert!(
        !fits("{ not = { one_of = '{{ [] }}' } }", "1")
            && !fits("{ matches = '{{ \"\" }}' }", "\"a\""),
        "nothing was asked"
    );
    assert!(
        fits("{ not = { any = { gt = 5 } } }", "[1, 2]")
            && fits("{ any = { gt = 5 } }", "[\"abc\", 6]")
    );
    assert!(
        !fits("{ not = { any = { gt = 5 } } }", "[1, \"abc\"]"),
        "what cannot be judged is not made true by `not`"
    );
    for value in ["1", "\"xyz\""] {
        assert!(
            !fits("{ not = { contains = 'a', gt = 5 } }", value),
            "what cannot be judged is not made true by `not`"
        );
    }
    assert_eq!(
        judge("jsonpath.'$.v' = { gt = 1 }", &json("{\"v\": \"2\"}")),
        [
            "jsonpath $.v: expected more than 1, but only numbers, durations and RFC 3339 dates can be ordered, not \"2\""
        ]
    );
}

#[test]
fn texts_are_looked_into() {
    sort_out(&[
        ("{ contains = 'bc' }", "\"abcd\"", "\"acbd\""),
        ("{ contains = ['a', 'c'] }", "\"abc\"", "\"ab\""),
        ("{ not_contains = ['a', 'c'] }", "\"b\"", "\"bc\""),
        (
            "{ starts_with = 'a', ends_with = 'c' }",
            "\"abc\"",
            "\"abcd\"",
        ),
        ("{ matches = '^[0-9]+$' }", "\"123\"", "\"12a\""),
        ("{ contains = 5 }", "\"a5\"", "\"a\""),
        ("{ contains = 'a' }", "\"a\"", "{\"a\": 1}"),
        ("{ not_contains = 'a' }", "\"b\"", "1"),
        ("{ len = 2 }", "\"öä\"", "\"öäü\""),
        ("{ empty = true }", "\"\"", "\" \""),
        (
            "{ format = 'uuid' }",
            "\"67e55044-10b1-426f-9247-bb680e5fe0c8\"",
            "\"67e5\"",
        ),
        (
            "{ json = { a = 1 } }",
            "\"{\\\"a\\\": 1.0}\"",
            "\"{\\\"a\\\": 1, \\\"b\\\": 2}\"",
        ),
        (
            "{ json_contains = { a = 1 } }",
            "\"{\\\"a\\\": 1, \\\"b\\\": 2}\"",
            "\"no json\"",
        ),
    ]);
}

#[test]
fn lists_are_looked_into() {
    sort_out(&[
        ("{ contains = 2 }", "[1, 2.0]", "[1, \"2\"]"),
        ("{ contains = [1, 2] }", "[2, 3, 1]", "[1, 3]"),
        ("{ contains = [[1, 2]] }", "[[1, 2]]", "[1, 2]"),
        ("{ not_contains = [1, 2] }", "[3]", "[3, 2]"),
        ("{ len = { gte = 1 } }", "[1]", "[]"),
        ("{ all = { gt = 0 } }", "[1, 2]", "[1, 0]"),
        ("{ all = { gt = 0 } }", "[1]", "[]"),
        ("{ any = { equals = 2 } }", "[1, 2]", "[1]"),
        ("{ any = '{{ any.string }}' }", "[1, \"a\"]", "[]"),
        (
            "{ unique = true }",
            "[1, \"1\", {\"a\": 1, \"b\": 2}]",
            "[{\"a\": 1, \"b\": 2}, {\"b\": 2, \"a\": 1.0}]",
        ),
        ("{ unique = true }", "[1]", "[]"),
        ("{ sorted = 'asc' }", "[1, 2, 2, 10]", "[1, 10, 2]"),
        ("{ sorted = 'desc' }", "[\"b\", \"a\"]", "[\"a\", \"b\"]"),
        (
            "{ sorted = 'asc' }",
            "[\"2024-05-01T00:00:00+02:00\", \"2024-04-30T23:00:00Z\"]",
            "[]",
        ),
        ("{ sorted = 'asc' }", "[1]", "[1, \"a\"]"),
        ("{ type = ['string', 'null'] }", "null", "1"),
        ("{ type = 'integer' }", "1.0", "1.5"),
        ("{ not = { unique = true } }", "[1, 1]", "[]"),
    ]);
    let told = judge(
        "jsonpath.'$.v' = { all = { gt = 0 } }",
        &json("{\"v\": [3, -1]}"),
    );
    assert_eq!(
        told,
        ["jsonpath $.v: expected every item to be more than 0, got -1 at index 1"]
    );
    let told = judge(
        "jsonpath.'$.v' = { sorted = 'asc' }",
        &json("{\"v\": [1, 3, 2]}"),
    );
    assert_eq!(
        told,
        ["jsonpath $.v: expected items in ascending order, got 3 before 2 at index 1"]
    );
}

#[test]
fn only_two_things_hold_on_nothing() {
    let nothing = json("{}");
    let on_nothing =
        |matcher: &str| judge(&format!("jsonpath.'$.v' = {matcher}"), &nothing).is_empty();
    for good in [
        "{ exists = false }",
        "'{{ any.optional(any.uuid) }}'",
        "{ equals = '{{ any.optional() }}' }",
    ] {
        assert!(on_nothing(good), "{good}");
    }
    let bad = [
        "'{{ any.value }}'",
        "'{{ null }}'",
        "{ not = { exists = true } }",
        "{ not_equals = 1 }",
        "{ not_contains = 'a' }",
        "{ empty = true }",
        "{ len = 0 }",
        "{ count = 0 }",
        "{ len = { lt = 3 } }",
        "{ type = 'null' }",
        "{ any = 1 }",
        "{ all = 1 }",
        "{ exists = true }",
        "{ exists = false, len = 1 }",
    ];
    for bad in bad {
        assert!(!on_nothing(bad), "{bad}");
    }
}

#[test]
fn patterns_stand_wherever_a_literal_may() {
    sort_out(&[
        (
            "'{{ any.uuid }}'",
            "\"67e55044-10b1-426f-9247-bb680e5fe0c8\"",
            "\"x\"",
        ),
        (
            "'{{ any.string(matches=\"^a\", len=2) }}'",
            "\"ab\"",
            "\"abc\"",
        ),
        ("'{{ any.number(gte=0, lt=1) }}'", "0.5", "1"),
        (
            "'{{ any.array(each=any.integer, len=2) }}'",
            "[1, 2]",
            "[1, \"2\"]",
        ),
        ("'{{ any.array(contains=1) }}'", "[2, 1]", "[2]"),
        (
            "'{{ any.object(json_contains={\"a\": 1}) }}'",
            "{\"a\": 1, \"b\": 1}",
            "{\"a\": 2}",
        ),
        ("'{{ any.value(one_of=[1, any.null]) }}'", "null", "2"),
        ("[1, '{{ any.boolean }}']", "[1, true]", "[1, 1]"),
        (
            "{ equals = { id = '{{ any.integer }}', note = '{{ any.optional(any.string) }}' } }",
            "{\"id\": 1}",
            "{\"id\": 1, \"note\": 2}",
        ),
        (
            "{ json_contains = { note = '{{ any.optional(any.string) }}', id = 1 } }",
            "{\"id\": 1}",
            "{\"note\": \"x\"}",
        ),
        (
            "'{{ any.date_time }}'",
            "\"2024-05-01T00:00:00Z\"",
            "\"2024-05-01\"",
        ),
        ("'{{ any.array(all={\"gt\": 1}) }}'", "[2]", "[1]"),
    ]);
    let scope = names("{\"low\": 3}");
    assert!(judge_in("json = '{{ any.number(gte=low) }}'", &json("3"), &scope).is_empty());
    assert_eq!(
        judge_in(
            "json = { n = '{{ any.number(gte=low) }}' }",
            &json("{\"n\": 2}"),
            &scope
        ),
        ["json: expected {\"n\":a number and at least 3}, got {\"n\":2}"]
    );
}

#[test]
fn parts_are_contained_one_to_one() {
    sort_out(&[
        ("{ json_contains = [1, 1] }", "[1, 2, 1]", "[1, 2]"),
        ("{ json_contains = [] }", "[]", "[1]"),
        (
            "{ json_contains = { a = {} } }",
            "{\"a\": {}}",
            "{\"a\": {\"b\": 1}}",
        ),
        (
            "{ json_contains = [{ a = 1 }, { a = 1, b = 2 }] }",
            "[{\"a\": 1, \"b\": 2}, {\"a\": 1}]",
            "[{\"a\": 1, \"b\": 2}, {\"a\": 2}]",
        ),
        (
            "{ json_contains = [[1], [1, 2]] }",
            "[[1, 2], [1]]",
            "[[1, 2]]",
        ),
        (
            "{ json_contains = ['{{ any.integer }}', 1, '{{ any.value }}'] }",
            "[1, \"x\", 2]",
            "[\"x\", \"y\", 1]",
        ),
    ]);
}

#[test]
fn what_is_not_contained_is_told_by_the_item_that_is_meant() {
    let body =
        json(r#"{"items": [{"id": 1, "name": "a", "qty": 2}, {"id": 2, "name": "b", "qty": 5}]}"#);
    let told = |expect: &str| -> Vec<String> {
        let failed = failures(expect, &body, &names("{}"));
        failed
            .iter()
            .flat_map(|(_, failure)| failure.differences.kept.iter().map(ToString::to_string))
            .collect()
    };
    assert_eq!(
        told("json_contains = { items = [{ id = 2, name = 'b', qty = 4 }] }"),
        ["$.items[1].qty: expected 4, got 5"]
    );
    assert_eq!(
        told("json_contains = { items = [{ id = 9 }], total = 2 }"),
        [
            "$.items[0]: missing, expected {\"id\":9}",
            "$.total: missing, expected 2"
        ]
    );
    assert_eq!(told("json_contains = { items = [] }").len(), 1);
}

#[test]
fn differences_of_patterns_and_values_have_one_shape() {
    let expect = "json = { id = '{{ any.uuid }}', n = 1, gone = 2 }";
    let failed = failures(
        expect,
        &json(r#"{"id": "x", "n": 3, "more": []}"#),
        &names("{}"),
    );
    let told: Vec<_> = failed[0]
        .1
        .differences
        .kept
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        told,
        [
            "$.id: expected a uuid, got \"x\"",
            "$.n: expected 1, got 3",
            "$.gone: missing, expected 2",
            "$.more: not expected, got []"
        ]
    );
}

#[test]
fn hints_tell_numbers_from_texts() {
    let hint = |expect: &str, body: &str| {
        failures(expect, &json(body), &names("{}"))[0]
            .1
            .hint
            .clone()
    };
    assert_eq!(
        hint("json = 1", "\"1\"").as_deref(),
        Some("the value is a string: write `\"1\"`")
    );
    assert_eq!(
        hint("json = '1'", "1").as_deref(),
        Some("the value is a number: write `1` without quotes")
    );
    assert_eq!(
        hint("json = 'true'", "true").as_deref(),
        Some("the value is a boolean: write `true` without quotes")
    );
    assert_eq!(hint("json = 1", "2"), None);
}

#[test]
fn large_lists_are_contained_in_bounded_time() {
    let items: Vec<String> = (0..20_000).map(|n| format!("{{\"id\": {n}}}")).collect();
    let body = json(&format!("[{}]", items.join(",")));
    let wanted: Vec<String> = (0..20_000)
        .rev()
        .take(300)
        .map(|n| format!("{{ id = {n} }}"))
        .collect();
    let told = judge(&format!("json_contains = [{}]", wanted.join(", ")), &body);
    assert!(
        told.is_empty() || told[0].contains("too many items"),
        "{told:?}"
    );
}
