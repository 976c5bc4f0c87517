use super::*;
use crate::value::parse;

fn path(text: &str) -> JsonPath {
    JsonPath::compile(text).unwrap()
}

fn selected(text: &str, document: &str) -> String {
    let document = parse(document).unwrap();
    path(text)
        .select(&document)
        .iter()
        .map(|value| value.to_json())
        .collect::<Vec<_>>()
        .join(" ")
}

/// The text that the error points at, its message, and its hint.
fn refused(text: &str) -> (String, String, String) {
    let error = JsonPath::compile(text).unwrap_err();
    (
        text.get(error.range).unwrap().to_owned(),
        error.message,
        error.hint.unwrap_or_default(),
    )
}

#[test]
fn a_singular_path_gives_its_value_directly() {
    let document = parse(r#"{"a": [{"b": 1}, {"b": null}]}"#).unwrap();
    assert!(path("$.a[-1]['b']").is_singular());
    assert_eq!(path("$.a[-1]['b']").get(&document), Some(&Value::Null));
    assert_eq!(path("$.a[2].b").get(&document), None);
    assert_eq!(path("$").get(&document), Some(&document));
    for many in ["$..b", "$.a[*]", "$.a[0,1]", "$.a[0:1]", "$.a[?@.b]"] {
        assert!(!path(many).is_singular(), "{many}");
    }
    assert_eq!(path("$..b").get(&document), Some(&Value::from(1_i64)));
}

#[test]
fn places_come_with_the_values() {
    let document = parse(r#"{"a": [{"b": 1}, {"b": 2, "it's": 3}]}"#).unwrap();
    let found = path("$.a[-1:][*]").select_paths(&document);
    let places: Vec<_> = found.iter().map(|(place, _)| place.to_string()).collect();
    assert_eq!(places, ["$.a[1].b", r"$.a[1]['it\'s']"]);
    assert!(
        found
            .iter()
            .all(|(place, value)| document.at(place) == Some(*value))
    );
}

#[test]
fn numbers_in_filters_are_exact_at_any_size() {
    let ids = r#"[{"id": 12345678901234567890}, {"id": 12345678901234567891}, {"id": 1e400}]"#;
    assert_eq!(
        selected("$[?@.id == 12345678901234567891]", ids),
        r#"{"id":12345678901234567891}"#
    );
    assert_eq!(
        selected("$[?@.id > 12345678901234567890].id", ids),
        "12345678901234567891 1e400"
    );
    assert_eq!(
        selected("$[?@ == 1.0]", "[1, 1.00, 10e-1, 2]"),
        "1 1.00 10e-1"
    );
    assert_eq!(
        selected(
            "$[?@[0] == $[0][0]]",
            "[[0.1], [0.10000000000000000001], [1e-1]]"
        ),
        "[0.1] [1e-1]"
    );
}

#[test]
fn patterns_are_whole_for_match_and_anywhere_for_search() {
    let words = r#"["ab", "cab", "a\nb"]"#;
    assert_eq!(selected("$[?match(@, 'a.?b')]", words), r#""ab""#);
    assert_eq!(selected("$[?search(@, 'ab')]", words), r#""ab" "cab""#);
    assert_eq!(
        selected("$.t[?match(@, $.p)]", r#"{"t": ["ab", "b"], "p": "a|b"}"#),
        r#""b""#
    );
    assert_eq!(
        selected("$.t[?match(@, $.p)]", r#"{"t": ["ab"], "p": "a)|(b"}"#),
        ""
    );
}

#[test]
fn a_path_without_its_root_is_told_what_was_meant() {
    for (written, meant) in [
        ("message", "$.message"),
        (".a", "$.a"),
        ("[0]", "$[0]"),
        ("@.a", "$.a"),
        (" $.a", "$.a"),
    ] {
        assert_eq!(
            refused(written).2,
            format!("did you mean `{meant}`?"),
            "{written}"
        );
    }
    assert_eq!(
        refused(""),
        (
            String::new(),
            "a path starts with `$`, the document".into(),
            "did you mean `$`?".into()
        )
    );
    assert_eq!(refused("a b c").2, "");
}

#[test]
fn slips_have_a_place_and_a_way_out() {
    let cases = [
        (
            "$.content-type",
            "content-type",
            "write it in brackets: `['content-type']`",
        ),
        (
            "$.items.0",
            "0",
            "an item is `[0]`, a member of that name `['0']`",
        ),
        ("$[name]", "n", "a name in brackets is quoted: `['name']`"),
        ("$message", "m", "a member is `$.message`"),
        ("$.a ", " ", "remove them"),
        ("$[?@.a = 1]", "=", "`==` compares"),
        (
            "$[?@.a == b]",
            "b",
            "a member of the current node is `@.b`, a string `'b'`",
        ),
        ("$[?(@.a)=='x']", "=", "`==` compares"),
        ("$[?lenght(@.a) > 1]", "lenght", "did you mean `length`?"),
        (
            "$[?@.* == 1]",
            "@.*",
            "only names and indexes give exactly one value; `count(…)` counts several, `value(…)` takes the only one",
        ),
        (
            "$[?'a']",
            "'a'",
            "compare it with something: `@.name == 'x'`",
        ),
        (
            "$[?length(@.a)]",
            "length(@.a)",
            "compare it: `length(@.name) > 2`",
        ),
        ("$['a\\x']", "\\x", "a backslash itself is written `\\\\`"),
        ("$['a", "'a", "close it with its quote"),
        ("$[01]", "01", "an index is written as `0`, `12` or `-1`"),
    ];
    for (written, place, hint) in cases {
        let (at, message, found) = refused(written);
        assert_eq!(
            (at.as_str(), found.as_str()),
            (place, hint),
            "{written}: {message}"
        );
    }
}

#[test]
fn nesting_is_bounded_in_paths_and_not_felt_in_documents() {
    let deep =
        |open: &str, close: &str| format!("$[?{}@.a{}]", open.repeat(20_000), close.repeat(20_000));
    for hostile in [
        deep("(", ")"),
        deep("!(", ")"),
        deep("@[?", "]"),
        deep("length(", ")"),
        deep("count(@[?", "])>0"),
    ] {
        assert!(
            JsonPath::compile(&hostile)
                .unwrap_err()
                .message
                .starts_with("the path is nested deeper")
        );
    }
    assert!(JsonPath::compile(&format!("${}", ".a".repeat(100_000))).is_ok());
    let document = parse(&format!("{}1{}", "[".repeat(256), "]".repeat(256))).unwrap();
    assert_eq!(path("$..*").select(&document).len(), 256);
}

#[test]
fn what_finds_nothing_names_what_is_there() {
    let document = r#"{"message": "x", "request": {"uuid": "u", "id": {"a": 1}}, "items": [{"name": 1}, {"name": 2}, {"name": 3}],
        "none": [], "body": "{\"a\": 1}"}"#;
    let document = parse(document).unwrap();
    let cases = [
        ("$.uuid", "did you mean `$.request.uuid`?"),
        ("$.id.a", "did you mean `$.request.id.a`?"),
        ("$.mesage", "did you mean `$.message`?"),
        ("$.Request.uuid", "did you mean `$.request.uuid`?"),
        (
            "$.items[3].name",
            "`$.items` is an array of 3 items: the last is `$.items[2]`",
        ),
        ("$.items.name", "did you mean `$.items[0].name`?"),
        ("$.items[*].nmae", "did you mean `$.items[0].name`?"),
        ("$..mesage", "did you mean `$..message`?"),
        ("$.none[0]", "`$.none` is an empty array"),
        (
            "$.items[?@.name > 5]",
            "`$.items` is an array of 3 items, and `[?@.name > 5]` holds for none",
        ),
        ("$.message.text", "`$.message` is a string"),
        ("$.body.a", "did you mean `$.request.id.a`?"),
        (
            "$.body.b",
            "`$.body` is a string that contains JSON: check it with `json`",
        ),
        ("$.request[0]", "`$.request` has `uuid`, `id`"),
        (
            "$.banana",
            "`$` has `message`, `request`, `items`, `none`, `body`",
        ),
    ];
    for (written, hint) in cases {
        assert_eq!(
            path(written).nearest(&document).as_deref(),
            Some(hint),
            "{written}"
        );
    }
    assert_eq!(path("$.message").nearest(&document), None);
}

#[test]
fn a_path_depends_on_what_it_leads_through_and_on_what_it_finds() {
    for (written, place, depends) in [
        ("$.user.role", "$.user.role", true),
        ("$.user.role.name", "$.user.role", true),
        ("$.user", "$.user.role", true),
        ("$", "$.user.role", true),
        ("$.user.name", "$.user.role", false),
        ("$.other", "$.user.role", false),
        ("$['user','x'].role", "$.user.role", true),
        ("$.items[0].id", "$.items[0].id", true),
        ("$.items[1].id", "$.items[0].id", false),
        ("$.items[-1].id", "$.items[0].id", true),
        ("$.items[*].id", "$.items[3].id", true),
        ("$.items[*].id", "$.items[3].note", false),
        ("$.items[0:2].id", "$.items[1].id", true),
        ("$.items[?@.role == 'a'].id", "$.items[3].role", true),
        ("$.items[?@.role == $.wanted].id", "$.wanted", true),
        ("$.items[?@.role == 'a'].id", "$.wanted", false),
        ("$..id", "$.items[3].role", true),
        ("$.a..id", "$.b.c", false),
        ("$.a", "$", true),
    ] {
        assert_eq!(
            path(written).depends_on(&place.parse().unwrap()),
            depends,
            "{written} {place}"
        );
    }
}

#[test]
fn a_literal_stands_for_its_value_in_a_path() {
    for text in ["it's", "\"", "\\", "a\nb", "\u{1F600}", "\u{1}"] {
        let written = quote(&Value::from(text)).unwrap();
        let mut object = crate::value::Object::default();
        object.insert(text.to_owned(), Value::Bool(true));
        assert_eq!(
            path(&format!("$[{written}]")).get(&object.into()),
            Some(&Value::Bool(true)),
            "{text:?}"
        );
    }
    assert_eq!(quote(&Value::from(5_i64)).as_deref(), Some("5"));
    assert_eq!(quote(&Value::Array(Vec::new())), None);
}

proptest::proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in "[$@.\\[\\]()?!*:,'\"\\\\a-c0-9=<>&| é\u{1F600}-]{0,40}") {
        let _ = JsonPath::compile(&text).map_err(|error| assert!(text.get(error.range).is_some()));
        let filter = format!("$[?{text}]");
        let _ = JsonPath::compile(&filter).map_err(|error| assert!(filter.get(error.range).is_some()));
    }

    #[test]
    fn every_place_that_is_given_leads_to_its_value(depth in 0_usize..4, name in "\\PC{0,6}") {
        let mut value = Value::from("leaf");
        for level in 0..depth {
            let member = std::iter::once((name.clone(), value.clone())).collect();
            value = if level % 2 == 0 { Value::Object(member) } else { Value::Array(vec![value]) };
        }
        for (place, found) in path("$..*").select_paths(&value) {
            assert_eq!(path(&place.to_string()).get(&value), Some(found));
        }
    }
}
