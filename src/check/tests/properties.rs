use proptest::prelude::*;

use super::super::testing::{compiled, json, names};
use crate::check::evaluate;
use crate::value::Value;

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        (-3_i64..3).prop_map(Value::from),
        any::<f64>().prop_filter_map("finite", |float| crate::value::Number::from_f64(float)
            .map(Value::from)),
        "[a-z0-9:TZ.-]{0,12}".prop_map(Value::from),
        Just(Value::from("2024-05-01T12:00:00Z")),
        Just(Value::from("1.5s")),
    ];
    leaf.prop_recursive(4, 30, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::Array),
            prop::collection::vec(("[abc]", inner), 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// A value as TOML; null is an expression there.
fn toml(value: &Value) -> String {
    match value {
        Value::Null => "'{{ null }}'".to_owned(),
        Value::Array(items) => format!(
            "[{}]",
            items.iter().map(toml).collect::<Vec<_>>().join(", ")
        ),
        Value::Object(members) => {
            let members: Vec<_> = members
                .iter()
                .map(|(name, member)| format!("{name} = {}", toml(member)))
                .collect();
            format!("{{ {} }}", members.join(", "))
        }
        leaf => leaf.to_json(),
    }
}

/// Whether all of a table holds for a document; `None` where it does not compile.
fn holds(expect: &str, document: &Value) -> Option<bool> {
    let (expectations, problems) = compiled(expect);
    if !problems.is_empty() {
        return None;
    }
    let (exchange, scope) = (json(&format!("{{\"v\": {document}}}")), names("{}"));
    let outcomes = evaluate(&expectations, &exchange, &scope).outcomes;
    Some(outcomes.iter().all(crate::check::Outcome::passed))
}

const MATCHERS: [&str; 14] = [
    "{ gt = 1 }",
    "{ lte = '2s' }",
    "{ between = ['2024-01-01T00:00:00Z', '2025-01-01T00:00:00Z'] }",
    "{ close_to = [0.1, 0.2] }",
    "{ contains = 'a' }",
    "{ matches = 'a|b' }",
    "{ len = { gt = 1 } }",
    "{ empty = true }",
    "{ all = { type = 'number' } }",
    "{ any = { gt = 0 } }",
    "{ unique = true }",
    "{ sorted = 'asc' }",
    "{ json_contains = [1, '{{ any.value }}'] }",
    "'{{ any.optional(any.array(each=any.integer)) }}'",
];

proptest! {
    #[test]
    fn a_value_equals_and_contains_itself(value in any_value()) {
        let literal = toml(&value);
        prop_assert_eq!(holds(&format!("json = {{ v = {literal} }}"), &value), Some(true));
        prop_assert_eq!(holds(&format!("json_contains = {{ v = {literal} }}"), &value), Some(true));
    }

    #[test]
    fn equality_is_symmetric_and_means_the_values(one in any_value(), two in any_value()) {
        let there = holds(&format!("json = {{ v = {} }}", toml(&one)), &two);
        let back = holds(&format!("json = {{ v = {} }}", toml(&two)), &one);
        prop_assert_eq!(there, back);
        prop_assert_eq!(there, Some(one == two));
    }

    #[test]
    fn no_value_breaks_a_matcher_and_not_never_agrees(value in any_value(), index in 0..MATCHERS.len()) {
        let matcher = MATCHERS[index];
        let plain = holds(&format!("jsonpath.'$.v' = {matcher}"), &value).unwrap();
        let negated = holds(&format!("jsonpath.'$.v' = {{ not = {matcher} }}"), &value).unwrap();
        prop_assert!(!(plain && negated), "{} {}", matcher, value);
    }
}
