use proptest::prelude::*;

use super::*;
use crate::value::parse;

fn told(expected: &str, actual: &str) -> Vec<String> {
    diff(&parse(expected).unwrap(), &parse(actual).unwrap())
        .kept
        .iter()
        .map(ToString::to_string)
        .collect()
}

#[test]
fn a_name_that_looks_alike_is_told() {
    let differences = told(r#"{"na me": 1}"#, "{\"na\u{a0}me\": 1}");
    let missing = "missing, expected 1 (the names look alike: character 3 is U+00A0 (no-break space), not U+0020 (space))";
    assert!(differences[0].ends_with(missing), "{differences:?}");
}

#[test]
fn each_leaf_that_differs_is_one_line() {
    let expected = r#"{"order": {"items": [{"qty": 1}, {"qty": 3}], "note": "x", "id": 7}}"#;
    let actual = r#"{"order": {"items": [{"qty": 1.0}, {"qty": 1}], "id": "7", "extra": 5}}"#;
    assert_eq!(
        told(expected, actual),
        [
            "$.order.items[1].qty: expected 3, got 1",
            "$.order.note: missing, expected \"x\"",
            "$.order.id: expected 7, got \"7\" (a string, not a number)",
            "$.order.extra: not expected, got 5",
        ]
    );
    assert!(told(expected, expected).is_empty());
}

#[test]
fn one_inserted_or_removed_item_is_one_line() {
    assert_eq!(
        told("[1, 2, 3, 4]", "[1, 9, 2, 3, 4]"),
        ["$[1]: not expected, got 9"]
    );
    assert_eq!(
        told("[1, 2, 3, 4]", "[1, 3, 4]"),
        ["$[1]: missing, expected 2"]
    );
    assert_eq!(
        told("[1, 2, 3, 4, 5]", "[0, 2, 4, 5]"),
        ["$[0]: expected 1, got 0", "$[2]: missing, expected 3"]
    );
    assert_eq!(told("[]", "[1]"), ["$[0]: not expected, got 1"]);
}

#[test]
fn types_are_told_by_their_values() {
    assert_eq!(told("[]", "{}"), ["$: expected [], got {}"]);
    assert_eq!(told("null", "false"), ["$: expected null, got false"]);
}

#[test]
fn texts_of_several_lines_differ_by_lines() {
    let differences = diff(
        &Value::from("a\nb\nc\nd\ne\nf"),
        &Value::from("a\nb\nc\nX\ne\nf"),
    );
    insta::assert_snapshot!(differences.kept[0].to_string(), @r"
    $: the strings differ
    @@ -2,5 +2,5 @@
     b
     c
    -d
    +X
     e
     f
    \ No newline at end of file
    ");
}

#[test]
fn a_long_text_is_shown_where_it_differs() {
    let expected = format!("{}same{}", "x".repeat(1000), "y".repeat(1000));
    let actual = expected.replace("same", "else");
    let line = shown(&diff(&Value::from(expected), &Value::from(actual)).kept[0].to_string());
    assert!(
        line.contains("xxsame")
            && line.contains("xxelse")
            && line.contains("(from character 1001)"),
        "{line}"
    );
    assert!(line.len() < 600, "{line}");
}

#[test]
fn all_are_counted_and_some_are_kept() {
    let (expected, actual): (Vec<Value>, Vec<Value>) = (0..1000_i64)
        .map(|i| (Value::from(i), Value::from(i + 1)))
        .unzip();
    let differences = diff(&Value::from(expected), &Value::from(actual));
    assert_eq!((differences.kept.len(), differences.len()), (KEPT, 1000));
}

#[test]
fn long_lists_of_other_lengths_take_linear_time() {
    let expected: Vec<Value> = (0..100_000_i64).map(Value::from).collect();
    let actual: Vec<Value> = (5..100_001_i64)
        .map(|number| Value::from(number * 7))
        .collect();
    assert!(diff(&Value::from(expected), &Value::from(actual)).len() > 90_000);
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        (-3_i64..3).prop_map(Value::from),
        "[ab\n]{0,4}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::Array),
            prop::collection::vec(("[abc]", inner), 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn nothing_differs_exactly_where_values_are_equal(one in any_value(), two in any_value()) {
        prop_assert!(diff(&one, &one).is_empty());
        prop_assert_eq!(diff(&one, &two).is_empty(), one == two);
        prop_assert_eq!(matches(&one, &two), one == two);
        prop_assert_eq!(diff(&one, &two).is_empty(), diff(&two, &one).is_empty());
    }

    #[test]
    fn what_is_said_to_be_there_is_there(one in any_value(), two in any_value()) {
        for difference in diff(&one, &two).kept {
            match difference.change {
                Change::Missing { .. } => {
                    let mut parent = difference.path;
                    parent.pop();
                    prop_assert!(two.at(&parent).is_some());
                }
                _ => prop_assert!(two.at(&difference.path).is_some()),
            }
        }
    }
}

/// What is seen of a text that was cut.
fn shown(text: &str) -> String {
    let (whole, unseen) = uncut(text);
    let seen = |at: &usize| !unseen.iter().any(|part| part.contains(at));
    whole
        .char_indices()
        .filter(|(at, _)| seen(at))
        .map(|(_, character)| character)
        .collect()
}

#[test]
fn what_was_cut_through_is_still_known() {
    let secret = "0123456789".repeat(30);
    let (whole, unseen) = (cut(&secret), uncut(&cut(&secret)).0.into_owned());
    assert!(unseen.contains(&secret), "{whole}");
    assert_eq!(
        shown(&whole),
        format!("{}… (140 more characters)", secret.get(..LINE).unwrap())
    );
}
