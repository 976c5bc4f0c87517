//! What templates give, and what they refuse.

use proptest::prelude::*;

use super::testing::{TestScope, scope};
use super::{Document, Evaluated, Expected, Template};

fn data() -> TestScope {
    scope(
        r#"{
            "name": "Ada", "n": 3, "price": 1.10, "huge": 123456789012345678901234567890.123, "big": 1e400, "nearly": 0.1,
            "exact": 0.1000000000000000000000001, "yes": true, "nothing": null, "token": "s3cret!",
            "order": {"z": 1.0, "items": [{"id": 10, "tag": "a"}, {"id": 20, "tag": "b"}], "a": 1e3}, "list": [3, 1, 2]
        }"#,
    )
    .secret("token")
}

#[test]
fn one_placeholder_keeps_its_type_and_text_around_makes_text() {
    let data = data();
    for (text, value) in [
        ("{{ n }}", "3"),
        (" {{ n }}", "\" 3\""),
        (
            "{{ yes }}/{{ order.z }}/{{order.items}}",
            r#""true/1.0/[{\"id\":10,\"tag\":\"a\"},{\"id\":20,\"tag\":\"b\"}]""#,
        ),
        (
            "{{ order }}",
            r#"{"z":1.0,"items":[{"id":10,"tag":"a"},{"id":20,"tag":"b"}],"a":1e3}"#,
        ),
        ("{{ '{{' }} {% x %}", r#""{{ {% x %}""#),
        (
            "{{ {'b': {'a': [1, none]}, 'a': 2}}}",
            r#"{"b":{"a":[1,null]},"a":2}"#,
        ),
        ("{{ null }}", "null"),
        ("{{ 1.10 }}", "1.10"),
        ("{{ -2 }}", "-2"),
        ("plain", "\"plain\""),
        ("", "\"\""),
        ("{{ n * 2 + 1 }}", "7"),
        ("{{ 'a' ~ n ~ \"b\" }}", "\"a3b\""),
        ("{{ order.items | map(attribute='id') | list }}", "[10,20]"),
        ("{{ order.items[-1].tag | upper }}", "\"B\""),
        ("{{ [n] + list }}", "[3,3,1,2]"),
        ("{{ n if yes else unset }}", "3"),
        ("{{ unset | default('d') }}", "\"d\""),
        ("{{ order.nope | default(7) }}", "7"),
        ("{{ nothing | default('', true) }}", "\"\""),
        ("{{ list | sort | join('-') }}", "\"1-2-3\""),
        ("{{ order.items | length == 2 and 'Ad' in name }}", "true"),
        (
            "{{ list == [3, 1, 2] and order.items[0] == {'tag': 'a', 'id': 10.0} }}",
            "true",
        ),
        ("{{ 10 / 4 }}", "2.5"),
        ("{{ unset is defined or null is none }}", "true"),
        ("{{ [2.50] }}", "[2.50]"),
        ("{{ ('a', ) + (1, 2) }}", "[\"a\",1,2]"),
        ("{{ not n == 4 and 1 < n <= 3 }}", "true"),
        ("{{ -n ** 2 }}", "9"),
        (
            "{{ order.items | groupby('tag') | map(attribute='grouper') | join }}",
            "\"ab\"",
        ),
        ("{{ (order.items | groupby('tag'))[1][0] }}", "\"b\""),
    ] {
        assert_eq!(data.eval(text).as_deref(), Ok(value), "{text}");
    }
}

#[test]
fn numbers_keep_their_digits_through_an_expression() {
    let data = data();
    for (text, value) in [
        ("{{ [price, 1] }}", "[1.10,1]"),
        (
            "{{ {'a': huge, 'b': big, 'c': order.a} }}",
            r#"{"a":123456789012345678901234567890.123,"b":1e400,"c":1e3}"#,
        ),
        (
            "{{ huge if yes else 0 }}",
            "123456789012345678901234567890.123",
        ),
        ("{{ [nearly, exact] }}", "[0.1,0.1000000000000000000000001]"),
        ("{{ price * 2 }}", "2.2"),
        ("{{ price > 1 and price == 1.1 }}", "true"),
        (
            "{{ 170141183460469231731687303715884105727 + 1 }}",
            "170141183460469231731687303715884105728",
        ),
        ("{{ order.a == 1000 }}", "true"),
    ] {
        assert_eq!(data.eval(text).as_deref(), Ok(value), "{text}");
    }
}

#[test]
fn errors_name_what_has_no_value_or_does_not_fit() {
    let data = data();
    for (text, message) in [
        ("{{ unset }}", "`unset` has no value"),
        ("{{ unset + 1 }}", "`unset` has no value"),
        ("{{ stranger }}", "`stranger` is not declared"),
        ("{{ stranger | default(1) }}", "`stranger` is not declared"),
        ("{{ broken }}", "the command for `broken` failed"),
        ("{{ broken ~ 'x' }}", "the command for `broken` failed"),
        ("{{ order.item }}", "`order` has no member `item`"),
        ("{{ order.item ~ '!' }}", "`order` has no member `item`"),
        ("{{ order.item.x or 1 }}", "`order` has no member `item`"),
        ("{{ list[7] + 1 }}", "`list` has 3 items, there is no `[7]`"),
        ("{{ name + 1 }}", "cannot add a string and a number"),
        ("{{ list - 1 }}", "cannot subtract a number from an array"),
        ("{{ n / 0 }}", "division by zero"),
        (
            "{{ nothing }}!",
            "`nothing` is null, which has no text here",
        ),
        ("{{ n if not yes }}", "`n if not yes` has no value"),
        (
            "{{ any.uuid }}!",
            "`any.uuid` is a pattern, which has no text: it stands only where a value is expected",
        ),
        (
            "{{ [any.uuid] }}",
            "a pattern is used alone, or as an argument of another `any.…`",
        ),
    ] {
        assert_eq!(
            data.eval(text).as_ref().map_err(String::as_str),
            Err(message),
            "{text}"
        );
    }
}

#[test]
fn errors_point_at_their_part_of_the_text() {
    let data = data();
    for (text, part) in [
        ("a {{ name + 1 }}", "name + 1"),
        ("é{{ [1, order.x] }}", "order.x"),
        ("{{  stranger }}", "stranger"),
    ] {
        let error = Template::parse(text).unwrap().evaluate(&data).unwrap_err();
        assert_eq!(text.get(error.range), Some(part), "{text}");
    }
    for (text, part) in [
        ("a {{ }}", "{{ }}"),
        ("{{ 1 + }}", "+"),
        ("{{ x | uper }}", "uper"),
        ("{{ x y }}", "y"),
        ("{{ 'a }}", "{{"),
    ] {
        let error = Template::parse(text).unwrap_err();
        assert_eq!(
            text.get(error.range.clone()),
            Some(part),
            "{text}: {error:?}"
        );
    }
}

#[test]
fn a_secret_taints_what_it_goes_into() {
    let data = data();
    for (text, secret) in [
        ("{{ token }}", true),
        ("Bearer {{ token }}", true),
        ("{{ token | length }}", true),
        ("{{ name }}{{ n + 1 }}", false),
        ("{{ name if yes else token }}", false),
        ("{{ any.string(matches=token) }}", true),
    ] {
        let (_, tainted) = Template::parse(text)
            .unwrap()
            .evaluate_tainted(&data)
            .unwrap();
        assert_eq!(tainted, secret, "{text}");
    }
    for text in [
        "{{ token / 2 }}",
        "{{ token.x }}",
        "{{ token | int }}",
        "{{ -token }}",
        "{{ 1 % token }}",
        "{{ env(token) }}",
        "{{ file(token) }}",
        "{{ 'a' | hmac(token, 'k') }}",
        "{{ now() | date_format(token ~ '%') }}",
        "{{ 'x' | sha256(encoding=token) }}",
        "{{ 'x' | regex_find(token ~ '(') }}",
        "{{ '%d' | format(token) }}",
    ] {
        let message = data.eval(text).unwrap_err();
        assert!(!message.contains("s3cret"), "{text}: {message}");
    }
}

#[test]
fn patterns_keep_their_arguments_in_order() {
    let data = data();
    let pattern = data
        .eval("{{ any.array(any.value, len=n, each=any.optional(any.string(matches='^a'))) }}")
        .unwrap();
    assert_eq!(
        pattern,
        "Pattern { name: \"array\", arguments: [(None, Pattern(Pattern { name: \"value\", arguments: [] })), \
         (Some(\"len\"), Value(Number(3))), (Some(\"each\"), Pattern(Pattern { name: \"optional\", arguments: \
         [(None, Pattern(Pattern { name: \"string\", arguments: [(Some(\"matches\"), Value(String(\"^a\")))] }))] }))] }"
    );
    let list = data.eval("{{ any.array([any.uuid, 1]) }}").unwrap();
    assert!(list.contains("List([Pattern("), "{list}");
}

#[test]
fn what_a_template_uses_is_known_before_it_is_evaluated() {
    let template =
        Template::parse("{{ row.id }}/{{ env('A') }}{{ token ~ row['x'] }}{{ file('b.txt') }}")
            .unwrap();
    assert_eq!(template.names(), ["row", "token"]);
    let paths = template.paths();
    let paths: Vec<_> = paths
        .iter()
        .map(|(name, member)| (name.as_str(), member.as_deref()))
        .collect();
    assert_eq!(
        paths,
        [("row", Some("id")), ("token", None), ("row", Some("x"))]
    );
    assert_eq!(
        (template.env_names(), template.files()),
        (vec!["A".to_owned()], vec!["b.txt".to_owned()])
    );
    assert_eq!(template.literal(), None);
    assert_eq!(Template::parse("{ x }}").unwrap().literal(), Some("{ x }}"));
}

#[test]
fn values_can_be_written_in_other_ways() {
    let template = Template::parse("$[?@.name == {{ name }} && @.n < {{ n }}]").unwrap();
    let rendered = template
        .render_quoted(&data(), &|value| Some(value.to_json()))
        .unwrap();
    assert_eq!(rendered.text, "$[?@.name == \"Ada\" && @.n < 3]");
    let error = template
        .render_quoted(&data(), &|value| value.as_str().map(str::to_owned))
        .unwrap_err();
    assert_eq!(template.with_stand_in("0"), "$[?@.name == 0 && @.n < 0]");
    assert_eq!(error.message, "`n` is a number, which has no text here");
}

#[test]
fn templates_are_shared_between_threads() {
    fn shared<T: Clone + Send + Sync + 'static>(value: T) -> T {
        value
    }
    let template = shared(Template::parse("{{ n + 1 }}").unwrap());
    let other = template.clone();
    let thread = std::thread::spawn(move || other.render(&data()).unwrap().text);
    assert_eq!(
        thread.join().unwrap(),
        template.render(&data()).unwrap().text
    );
}

#[test]
fn documents_are_filled_and_patterns_stay_in_place() {
    let template = |text| Document::Template(Template::parse(text).unwrap());
    let members = [
        ("a".to_owned(), template("{{ n }}")),
        (
            "b".to_owned(),
            Document::array(vec![template("{{ token }}")]),
        ),
    ];
    let (expected, secret) = Document::object(members.into_iter().collect())
        .evaluate(&data())
        .unwrap();
    assert!(secret);
    assert_eq!(
        expected.value().unwrap().to_json(),
        r#"{"a":3,"b":["s3cret!"]}"#
    );
    let (expected, secret) = Document::array(vec![template("{{ any.uuid }}"), template("x")])
        .evaluate(&data())
        .unwrap();
    assert!(!secret);
    assert!(
        matches!(&expected, Expected::Array(items) if matches!(items[..], [Expected::Pattern(_), Expected::Value(_)]))
    );
}

#[test]
fn large_and_deep_expressions_are_refused_before_the_stack_ends() {
    for part in [
        "(",
        "[",
        "{'a':",
        "-",
        "not ",
        "x.",
        "x|e|",
        "1+",
        "x if y else ",
        "x[",
        "'a'~",
        "a<b<",
        "e(",
        "x is not ",
    ] {
        let text = format!("{{{{ {} }}}}", part.repeat(30_000));
        assert!(Template::parse(&text).is_err(), "{part}");
    }
    // The most that is let through compiles, runs and goes away on a test's small stack.
    let most = 299;
    for (open, inner, close) in [
        ("not ", "yes", ""),
        ("n+", "n", ""),
        ("-", "n", ""),
        ("", "n", "|string"),
        ("n ~ ", "n", ""),
        ("n if yes else ", "n", ""),
        ("", "n", " if yes"),
        ("n < ", "n", ""),
        ("[] + ", "[]", ""),
    ] {
        let count = if open.contains("if yes else") || close.len() > 1 {
            most / 2
        } else {
            most
        };
        let text = format!(
            "{{{{ {}{inner}{} }}}}",
            open.repeat(count),
            close.repeat(count)
        );
        let template = Template::parse(&text).unwrap_or_else(|error| panic!("{text}: {error:?}"));
        template
            .evaluate(&data())
            .unwrap_or_else(|error| panic!("{open}{close}: {error:?}"));
    }
    let nested =
        |open: &str, close: &str| format!("{{{{ {}1{} }}}}", open.repeat(24), close.repeat(24));
    for text in [
        nested("(", ")"),
        nested("[", "]"),
        nested("{'a':", "}"),
        nested("dict(a=", ")"),
        nested("('1' ~ 2 < '3' ~ ", " ~ 4)"),
    ] {
        data().eval(&text).unwrap();
    }
}

#[test]
fn work_and_results_are_bounded() {
    for text in [
        "{{ range(100000000) | list }}",
        "{{ ('a' * 90000000) ~ ('a' * 90000000) ~ ('a' * 90000000) ~ ('a' * 90000000) }}",
        "{{ [[1] * 100000] * 100000 }}",
        "{{ 'a' * 10000000000 }}",
        "{{ 9 ** 999999999 }}",
        "{{ ['x' * 1000000] * 1000000 }}",
    ] {
        assert!(data().eval(text).is_err(), "{text}");
    }
}

proptest! {
    #[test]
    fn any_text_is_read_and_evaluated_without_a_panic(text in r#"(\{\{|\}\}|[ a-z.|()\[\]{},:'"0-9+*/%~<>=!_-]|any\.|is |not |n|list|order|range|name|é|\\){0,24}"#) {
        let wrapped = format!("{{{{ {text} }}}}");
        for text in [&text, &wrapped] {
            if let Ok(template) = Template::parse(text) {
                let _ = template.names();
                match template.evaluate(&data()) {
                    Ok(Evaluated::Value(_) | Evaluated::Pattern(_)) => {}
                    Err(error) => prop_assert!(text.get(error.range.clone()).is_some(), "{text}: {error:?}"),
                }
            }
        }
    }
}

#[test]
fn no_filter_test_or_operator_panics_on_any_kind_of_value() {
    let data = data();
    let values = [
        "null",
        "yes",
        "n",
        "price",
        "huge",
        "name",
        "list",
        "order",
        "order.items",
        "unset",
        "any.uuid",
        "range(3)",
        "(1, 'a')",
        "''",
        "[]",
    ];
    for value in values {
        for filter in super::names::FILTERS {
            for arguments in [
                "",
                "(n)",
                "('a')",
                "(null, order)",
                "(list, list, list)",
                "(-1)",
                "(key=n)",
            ] {
                let _ = data.eval(&format!("{{{{ {value} | {filter}{arguments} }}}}"));
            }
        }
        for test in super::names::TESTS {
            let _ = data.eval(&format!(
                "{{{{ {value} is {test} or {value} is {test}(list) }}}}"
            ));
        }
        for other in values {
            for operator in [
                "+", "-", "*", "/", "//", "%", "**", "~", "<", "==", "in", "and",
            ] {
                let _ = data.eval(&format!("{{{{ {value} {operator} {other} }}}}"));
            }
            let _ = data.eval(&format!(
                "{{{{ [{value}, {other}, {value}] | sort | unique | list }}}}"
            ));
            let _ = data.eval(&format!("{{{{ {{{value}: {other}}}[{value}] }}}}"));
            let _ = data.eval(&format!("{{{{ {value}[{other}:{value}] | list }}}}"));
        }
    }
}
