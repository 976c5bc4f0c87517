//! Undefined values, numbers and equality, over everything that an expression may hold.

use super::names::{FILTERS, FUNCTIONS, TESTS};
use super::testing::{TestScope, scope};

fn data() -> TestScope {
    scope(
        r#"{
            "a": {"b": 1, "list": [1]}, "n": 3, "name": "Ada", "list": [1, 2], "nothing": null, "yes": true,
            "rows": [{"id": 1, "tag": "x"}, {"id": 2}], "price": 1.10, "other": 0.30, "large": 9007199254740993
        }"#,
    )
}

/// The ways of having nothing, and what the message says of it.
const UNDEFINED: [(&str, &str); 8] = [
    ("unset", "`unset` has no value"),
    ("a.c", "`a` has no member `c`"),
    ("a['c']", "`a` has no member `c`"),
    ("a.c.d.e[0].f", "`a` has no member `c`"),
    ("n.x", "`n` is a number, it has no members"),
    ("list[7]", "`list` has 2 items, there is no `[7]`"),
    ("(1 if n == 4)", "`(1 if n == 4)` has no value"),
    ("env('NOPE')", "the environment variable `NOPE` is not set"),
];

#[test]
fn undefined_meets_defined_undefined_and_default_alone() {
    let data = data();
    for (nothing, _) in UNDEFINED {
        for (text, value) in [
            (format!("{nothing} is defined"), "false"),
            (format!("{nothing} is not defined"), "true"),
            (format!("{nothing} is undefined"), "true"),
            (format!("not {nothing} is undefined"), "false"),
            (format!("{nothing} | default(3)"), "3"),
            (format!("{nothing} | d(3) + 1"), "4"),
            (format!("{nothing} | default"), "\"\""),
            (format!("{nothing} | default(a.d) | default(5)"), "5"),
            (format!("n | default({nothing})"), "3"),
            (format!("({nothing} if yes else 1) | default(2)"), "2"),
            (format!("({nothing}).deeper[1] is undefined"), "true"),
            (format!("{nothing} is defined and {nothing} > 1"), "false"),
            (format!("n == 3 or {nothing}"), "true"),
        ] {
            assert_eq!(
                data.eval(&format!("{{{{ {text} }}}}")).as_deref(),
                Ok(value),
                "{text}"
            );
        }
    }
}

#[test]
fn undefined_fails_in_every_filter() {
    let data = data();
    for (nothing, message) in UNDEFINED {
        for filter in FILTERS
            .iter()
            .filter(|filter| !["default", "d"].contains(filter))
        {
            for arguments in ["", "('a')", "('id', 1)", "(1)", "('sha256', 'k')"] {
                let text = format!("{{{{ {nothing} | {filter}{arguments} }}}}");
                let error = data.eval(&text).unwrap_err();
                // What is wrong with the arguments may be seen first.
                let before = [
                    format!("`{filter}` is missing its argument"),
                    "there is no filter".into(),
                    "there is no test".into(),
                ];
                assert!(
                    error == message || before.iter().any(|before| error.starts_with(before)),
                    "{text}: {error}"
                );
            }
            let plain = format!("{{{{ {nothing} | {filter} }}}}");
            let needs_more = ["selectattr", "rejectattr"].contains(filter);
            assert!(
                needs_more || data.eval(&plain).unwrap_err() == message,
                "{plain}"
            );
        }
    }
}

#[test]
fn undefined_fails_in_every_test() {
    let data = data();
    for (nothing, message) in UNDEFINED {
        for test in TESTS
            .iter()
            .filter(|test| !["defined", "undefined"].contains(test))
        {
            for text in [
                format!("{nothing} is {test}"),
                format!("{nothing} is not {test}"),
                format!("{nothing} is {test}(1)"),
                format!("{nothing} is not {test}(1)"),
                format!("{nothing} is {test}([1])"),
                format!("[1] | select('{test}', {nothing}) == []"),
                format!("1 is not {test}({nothing})"),
            ] {
                let error = data.eval(&format!("{{{{ {text} }}}}")).unwrap_err();
                assert_eq!(error, message, "{text}");
            }
        }
    }
}

/// Everything that holds a value, with `%` in its place.
const PLACES: &[&str] = &[
    "{{ % }}",
    "x{{ % }}",
    "{{ not % }}",
    "{{ not not % }}",
    "{{ -% }}",
    "{{ [%] }}",
    "{{ [1, [%]] }}",
    "{{ (1, %) }}",
    "{{ {'k': %} }}",
    "{{ {%: 1} }}",
    "{{ dict(k=%) }}",
    "{{ list[%] }}",
    "{{ list[%:] }}",
    "{{ list[:%] }}",
    "{{ list[::%] }}",
    "{{ %[1:] }}",
    "{{ 1 if % else 2 }}",
    "{{ 1 if % }}",
    "{{ 2 < 3 < % }}",
    "{{ 1 == 1 == % }}",
    "{{ any.string(matches=%) }}",
    "{{ any.array([%]) }}",
    "{{ any.array(%) }}",
    "{{ range(%) }}",
    "{{ choice(%) }}",
    "{{ choice([%]) }}",
    "{{ env(%) }}",
    "{{ file(%) }}",
    "{{ random_int(%, 2) }}",
    "{{ random_int(1, %) }}",
    "{{ random_string(%) }}",
    "{{ 1 | default(2, %) }}",
    "{{ list | map(%) }}",
    "{{ list | map('default', %) | map('abs', %) }}",
    "{{ rows | map(attribute=%) }}",
    "{{ rows | selectattr(%) }}",
    "{{ rows | map(attribute='tag', default=%) }}",
    "{{ list | sum(start=%) }}",
    "{{ list | join(%) }}",
    "{{ name | replace('a', %) }}",
    "{{ '%s' | format(%) }}",
    "{{ list | zip(%) }}",
    "{{ list | chain(%) }}",
    "{{ [1] | unique(attribute=%) }}",
    "{{ '1' | int(default=%) }}",
];

#[test]
fn undefined_fails_with_every_operator_and_in_every_place_of_a_value() {
    let data = data();
    for (nothing, message) in UNDEFINED {
        for operator in [
            "+", "-", "*", "/", "//", "%", "**", "~", "==", "!=", "<", "<=", ">", ">=", "in",
            "not in", "and", "or",
        ] {
            for other in ["1", "'a'", "[1]", "null", "0"] {
                let from_right = format!("{other} {operator} {nothing}");
                let skipped = (operator == "and" && ["null", "0"].contains(&other))
                    || (operator == "or" && !["null", "0"].contains(&other));
                for text in [
                    Some(format!("{nothing} {operator} {other}")),
                    Some(from_right).filter(|_| !skipped),
                ]
                .into_iter()
                .flatten()
                {
                    assert_eq!(
                        data.eval(&format!("{{{{ {text} }}}}")).unwrap_err(),
                        message,
                        "{text}"
                    );
                }
            }
        }
        for text in PLACES {
            let text = text
                .replace("'%s'", "'#s'")
                .replace('%', nothing)
                .replace("'#s'", "'%s'");
            assert_eq!(data.eval(&text).unwrap_err(), message, "{text}");
        }
    }
}

/// Expressions over rows of which one has no `tag`.
const LACKING: [&str; 19] = [
    "rows | map(attribute='tag') | list",
    "rows | map(attribute='tag') | join",
    "rows | map(attribute='tag') | max",
    "rows | map('attr', 'tag') | list",
    "rows | selectattr('tag') | list",
    "rows | rejectattr('tag') | list",
    "rows | selectattr('tag', 'eq', 'x') | list",
    "rows | rejectattr('tag', 'ne', 'x') | list",
    "rows | selectattr('tag', 'none') | list",
    "rows | groupby('tag')",
    "rows | sort(attribute='tag')",
    "rows | sort(attribute='id, tag')",
    "rows | unique(attribute='tag') | list",
    "rows | min(attribute='tag')",
    "rows | max(attribute='tag')",
    "rows | sum(attribute='tag')",
    "rows | join(',', attribute='tag')",
    "rows | map(attribute='tag') | length == 1",
    "rows | map(attribute='tag.deeper') | list",
];

#[test]
fn an_attribute_that_one_of_many_lacks_fails() {
    let data = data();
    for text in LACKING {
        let error = data.eval(&format!("{{{{ {text} }}}}")).unwrap_err();
        assert!(
            error.contains("has no member `tag`")
                || error.contains("`rows[0].tag` is a string")
                || error.contains("not a string"),
            "{text}: {error}"
        );
    }
    for (text, value) in [
        ("rows | map(attribute='tag', default='-') | join", "\"x-\""),
        (
            "rows | map(attribute='tag', default=null) | list",
            "[\"x\",null]",
        ),
        (
            "rows | selectattr('tag', 'defined') | map(attribute='id') | list",
            "[1]",
        ),
        (
            "rows | selectattr('tag', 'undefined') | map(attribute='id') | list",
            "[2]",
        ),
        (
            "rows | rejectattr('tag', 'defined') | map(attribute='id') | list",
            "[2]",
        ),
        (
            "rows | selectattr('tag', 'defined') | selectattr('tag', 'eq', 'x') | list | length",
            "1",
        ),
        ("rows | map(attribute='id') | sum", "3"),
        ("rows | sum(attribute='id')", "3"),
        (
            "rows | groupby('tag', default='') | map(attribute=0) | list",
            "[\"\",\"x\"]",
        ),
    ] {
        assert_eq!(
            data.eval(&format!("{{{{ {text} }}}}")).as_deref(),
            Ok(value),
            "{text}"
        );
    }
}

#[test]
fn nothing_is_found_in_what_is_empty() {
    let data = data();
    for filter in ["first", "last", "min", "max"] {
        for text in [
            format!("[] | {filter} is none"),
            format!("([] | {filter}) == 1"),
            format!("[] | {filter}"),
        ] {
            assert!(
                data.eval(&format!("{{{{ {text} }}}}"))
                    .unwrap_err()
                    .contains("is empty"),
                "{text}"
            );
        }
        assert_eq!(
            data.eval(&format!("{{{{ [] | {filter} | default(0) }}}}"))
                .as_deref(),
            Ok("0")
        );
    }
}

#[test]
fn every_function_refuses_an_undefined_argument() {
    let data = data();
    for function in FUNCTIONS {
        assert_eq!(
            data.eval(&format!("{{{{ {function}(a.c) }}}}"))
                .map_err(|error| error.contains("too many") || error == "`a` has no member `c`"),
            Err(true),
            "{function}"
        );
    }
}

/// Two values, and whether they are equal.
const PAIRS: [(&str, &str, bool); 21] = [
    ("1", "1.0", true),
    ("1", "true", false),
    ("0", "false", false),
    ("1", "'1'", false),
    ("null", "false", false),
    ("null", "''", false),
    ("null", "0", false),
    ("0.1 + 0.2", "0.3", true),
    ("large", "9007199254740992", false),
    ("large", "9007199254740993.0", true),
    ("1e2", "100", true),
    ("[1]", "[1.0]", true),
    ("[1]", "[true]", false),
    ("{'a': 1, 'b': 2}", "{'b': 2.0, 'a': 1}", true),
    ("{'a': 1}", "{'a': true}", false),
    ("-0.0", "0", true),
    ("2 ** 100", "2 ** 100 + 1", false),
    ("1e999999999", "1e999999998", false),
    ("'a'", "'A'", false),
    ("price - other", "0.8", true),
    ("'1.0'", "1.0", false),
];

#[test]
fn one_equality_in_every_place() {
    let data = data();
    for (one, two, equal) in PAIRS {
        for (text, holds) in [
            (format!("({one}) == ({two})"), equal),
            (format!("({one}) != ({two})"), !equal),
            (format!("({two}) == ({one})"), equal),
            (format!("({one}) is eq({two})"), equal),
            (format!("({one}) is equalto({two})"), equal),
            (format!("({one}) is sameas({two})"), equal),
            (format!("({one}) is ne({two})"), !equal),
            (format!("({one}) in [({two})]"), equal),
            (format!("({one}) not in [({two})]"), !equal),
            (format!("({one}) is in [({two})]"), equal),
            (
                format!("([({one})] | select('==', ({two})) | length) == 1"),
                equal,
            ),
            (
                format!("([({one})] | reject('eq', ({two})) | length) == 0"),
                equal,
            ),
            (
                format!("([({one}), ({two})] | unique | length) == 1"),
                equal,
            ),
            (
                format!("([{{'k': ({one})}}, {{'k': ({two})}}] | groupby('k') | length) == 1"),
                equal,
            ),
            (
                format!("([{{'k': ({one})}}] | selectattr('k', 'eq', ({two})) | length) == 1"),
                equal,
            ),
        ] {
            assert_eq!(
                data.eval(&format!("{{{{ {text} }}}}")),
                Ok(holds.to_string()),
                "{text}"
            );
        }
    }
}

const CALCULATED: &[(&str, &str)] = &[
    ("price - other", "0.8"),
    ("price * 3", "3.3"),
    ("price / 2", "0.55"),
    ("price // other", "3"),
    ("price % other", "0.2"),
    ("price ** 2", "1.21"),
    ("-price", "-1.10"),
    ("price | abs", "1.10"),
    ("-price | abs", "1.10"),
    ("1.005 | round(2)", "1.01"),
    ("2.50 | round(2)", "2.50"),
    ("price | round", "1"),
    ("1.21 | round(1, 'ceil')", "1.3"),
    ("[0.1, 0.2] | sum", "0.3"),
    ("[price, other] | min", "0.30"),
    ("[price, 9] | max", "9"),
    ("[price, other, 1] | sort", "[0.30,1,1.10]"),
    ("'1.50' | float", "1.50"),
    ("'1.50' | int", "1"),
    ("-1.9 | int", "-1"),
    ("'ff' | int(base=16)", "255"),
    ("'x' | int(0)", "0"),
    (
        "'12345678901234567890123' | int + 1",
        "12345678901234567890124",
    ),
    ("large + 1", "9007199254740994"),
    ("large < large + 1", "true"),
    ("0.1 + 0.2 <= 0.3", "true"),
    ("0.3 is divisibleby(0.1)", "true"),
    ("4.0 is even", "true"),
    ("large is odd", "true"),
    ("1.0 is integer", "true"),
    ("1.5 is integer", "false"),
    ("1.5 is float", "true"),
    ("true is number", "false"),
    ("10 / 4", "2.5"),
    ("7 // -2", "-4"),
    ("-7 % 3", "2"),
    ("2 ** -1", "0.5"),
    ("10 / 3", "3.3333333333333335"),
    ("2.50", "2.50"),
    ("[2.50, 1e2]", "[2.50,1e2]"),
    ("'%.1f' | format(0.25)", "\"0.3\""),
    ("rows | sum(attribute='id') / 2", "1.5"),
    ("'false' | bool", "false"),
    ("' TRUE ' | bool", "true"),
    ("'0' | bool", "false"),
    ("'no' | bool", "false"),
    ("'on' | bool", "true"),
    ("0.0 | bool", "false"),
    ("[] | bool", "false"),
    ("null | bool", "false"),
    ("2 | bool", "true"),
];

const IMPOSSIBLE: &[(&str, &str)] = &[
    ("price / 0", "division by zero"),
    ("price // 0.0", "division by zero"),
    ("1 % 0", "division by zero"),
    ("0 ** -1", "division by zero"),
    ("4 is divisibleby(0)", "division by zero"),
    ("9 ** 99999999", "the result has too many digits"),
    ("true + 1", "cannot add a boolean and a number"),
    ("-yes", "`-` takes a number, not a boolean"),
    ("yes < 2", "cannot order a boolean and a number"),
    (
        "[1, 'a'] | sum",
        "`sum` takes numbers, not a string (item 1)",
    ),
    (
        "[1, true] | sum",
        "`sum` takes numbers, not a boolean (item 1)",
    ),
    ("['5', 30] | max", "cannot order a number and a string"),
    ("'x' | abs", "`abs` takes a number, not a string"),
    ("'x' | int", "`x` is not a number"),
    (
        "true | int",
        "`int` takes a number or a string, not a boolean",
    ),
    (
        "false | float == 0",
        "`float` takes a number or a string, not a boolean",
    ),
    (
        "[true] | map('float') | sum",
        "`float` takes a number or a string, not a boolean",
    ),
    ("true | abs", "`abs` takes a number, not a boolean"),
    ("true | round", "`round` takes a number, not a boolean"),
    ("null | int", "`int` takes a number or a string, not null"),
    ("'maybe' | bool", "`maybe` is neither true nor false"),
    ("'' | bool", "`` is neither true nor false"),
    ("'x' is not odd", "`odd` takes an integer, not a string"),
    ("1 in 5", "nothing can be in a number"),
    (
        "1 in '123'",
        "a number cannot be in a string, only a string can",
    ),
    ("null not in null", "nothing can be in null"),
    (
        "5 is not startingwith('x')",
        "`startingwith` takes a string, not a number",
    ),
    ("null[1:]", "null has no items to slice"),
    (
        "null | length",
        "`length` takes an array, an object or a string, not null",
    ),
    ("null | map('upper')", "`map` takes an array, not null"),
    ("null | list", "`list` takes an array, not null"),
];

#[test]
fn one_arithmetic_in_every_place() {
    let data = data();
    for (text, value) in CALCULATED {
        assert_eq!(
            data.eval(&format!("{{{{ {text} }}}}")).as_deref(),
            Ok(*value),
            "{text}"
        );
    }
    for (text, message) in IMPOSSIBLE {
        assert_eq!(
            data.eval(&format!("{{{{ {text} }}}}")),
            Err((*message).to_owned()),
            "{text}"
        );
    }
}

#[test]
fn a_wrong_name_of_a_filter_or_test_is_seen_before_anything_runs() {
    for text in [
        "list | map('uper')",
        "list | select('odds')",
        "list | selectattr('x', 'eqq', 1)",
        "list | reject('definde')",
    ] {
        assert!(
            super::Template::parse(&format!("{{{{ {text} }}}}")).is_err(),
            "{text}"
        );
    }
}

#[test]
fn an_evaluation_ends_when_its_time_is_over() {
    let data = data();
    let over = |text: &str, stopped: bool| {
        let evaluate = || {
            // As if something had looked at the clock before.
            assert!(crate::budget::is_spent());
            data.eval(text).unwrap_err()
        };
        let limit = if stopped { 60 } else { 0 };
        let stopped: crate::budget::Stopped = std::sync::Arc::new(move || stopped);
        crate::budget::within(std::time::Duration::from_secs(limit), stopped, evaluate).0
    };
    for text in [
        "{{ n + 1 }}",
        "a{{ list | map('abs') | list }}",
        "{{ unset is defined }}",
    ] {
        assert_eq!(
            over(text, false),
            "evaluating the expressions took more than 0 s, the limit of apitest"
        );
        assert_eq!(over(text, true), "interrupted");
    }
    assert_eq!(data.eval("{{ n }}").as_deref(), Ok("3"));
}
