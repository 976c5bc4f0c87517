//! Tests of pairing the items of two lists.

use std::time::{Duration, Instant};

use super::*;
use crate::value::diff::show;

fn holds(expected: &Value, actual: &Value) -> Option<bool> {
    Containment::default().holds(expected, actual)
}

fn list(items: impl Iterator<Item = String>) -> Value {
    crate::value::parse(&format!("[{}]", items.collect::<Vec<_>>().join(","))).unwrap()
}

#[test]
fn twenty_thousand_items_in_another_order_are_found() {
    const MANY: usize = 20_000;
    let shapes: [fn(usize) -> String; 5] = [
        |n| n.to_string(),
        |n| format!("\"item {n}\""),
        |n| format!("[{n}]"),
        |n| format!(r#"{{"type":"a","inner":{{"id":{n}}}}}"#),
        |n| format!(r#"{{"type":"a","id":{n},"name":"x"}}"#),
    ];
    for shape in shapes {
        let (expected, actual) = (list((0..MANY).map(shape)), list((0..MANY).rev().map(shape)));
        let started = Instant::now();
        assert_eq!(holds(&expected, &actual), Some(true), "{}", shape(1));
        // Far beyond what it takes, and far below what comparing each with each takes.
        assert!(
            started.elapsed() < Duration::from_secs(20),
            "{} took {:?}",
            shape(1),
            started.elapsed()
        );
        let other = list((1..=MANY).rev().map(shape));
        assert_eq!(holds(&expected, &other), Some(false), "{}", shape(1));
    }
    // A part of each item is expected.
    let expected = list((0..MANY).map(|n| format!(r#"{{"id":{n}}}"#)));
    let actual = list(
        (0..MANY)
            .rev()
            .map(|n| format!(r#"{{"type":"a","id":{n}}}"#)),
    );
    assert_eq!(holds(&expected, &actual), Some(true));
}

#[test]
fn pairing_equal_items_first_loses_nothing() {
    let filler = || (0..40).map(|n| n.to_string());
    for (expected, actual, wanted) in [
        (
            vec![r#"{"a":1}"#, r#"{"a":1,"b":2}"#],
            vec![r#"{"a":1,"b":2}"#, r#"{"a":1,"c":3}"#],
            true,
        ),
        (
            vec![r#"{"a":1}"#, r#"{"a":1}"#],
            vec![r#"{"a":1,"b":2}"#, r#"{"a":1}"#],
            true,
        ),
        (
            vec![r#"{"a":1}"#, r#"{"a":1}"#],
            vec![r#"{"a":1,"b":2}"#],
            false,
        ),
        (
            vec!["[[1]]", "[[1],[2]]"],
            vec!["[[1],[2]]", "[[2],[1]]"],
            true,
        ),
        (vec!["1.0", "1"], vec!["1", "1.00"], true),
        (vec!["{}"], vec![r#"{"a":1}"#], false),
        (
            vec![r#"{"a":{}}"#],
            vec![r#"{"a":{"b":1}}"#, r#"{"a":{}}"#],
            true,
        ),
    ] {
        let with =
            |items: &[&str]| list(filler().chain(items.iter().map(|item| (*item).to_owned())));
        assert_eq!(
            holds(&with(&expected), &with(&actual)),
            Some(wanted),
            "{expected:?} in {actual:?}"
        );
    }
}

#[test]
fn repeated_items_cost_no_more_than_different_ones() {
    const MANY: usize = 10_000;
    let repeat = |one: &'static str, ones, two: &'static str, twos| {
        let ones = std::iter::repeat_n(one, ones).chain(std::iter::repeat_n(two, twos));
        list(ones.map(str::to_owned))
    };
    let mixed = |what: [&'static str; 2]| {
        (
            repeat(what[1], MANY, what[0], MANY - 1),
            repeat(what[0], MANY, what[1], MANY - 1),
        )
    };
    let any = |count| list((0..count).map(|n| format!(r#"{{"type":"a","id":{n}}}"#)));
    let cases = [
        (mixed(["1", "2"]), false),
        (mixed(["\"x\"", "null"]), false),
        (mixed(["[1]", "[2]"]), false),
        (mixed([r#"{"a":1}"#, r#"{"a":2}"#]), false),
        (mixed([r#"{"a":[1]}"#, r#"{"a":[2]}"#]), false),
        (
            (
                repeat("1", MANY, "2", 0),
                repeat("1", MANY / 2, "2", MANY / 2),
            ),
            false,
        ),
        ((repeat(r#"{"type":"a"}"#, MANY, "1", 0), any(MANY)), true),
        (
            (
                repeat(r#"{"type":"a"}"#, MANY, r#"{"type":"b"}"#, 1),
                any(MANY + 1),
            ),
            false,
        ),
        (
            (
                repeat(r#"{"type":"a"}"#, MANY, r#"{"id":0}"#, 1),
                any(MANY + 1),
            ),
            true,
        ),
        (
            (repeat(r#"{"type":"a"}"#, MANY, r#"{"id":0}"#, 1), any(MANY)),
            false,
        ),
    ];
    for ((expected, actual), wanted) in cases {
        let name = format!("{} in {}", show(&expected), show(&actual));
        let started = Instant::now();
        assert_eq!(holds(&expected, &actual), Some(wanted), "{name}");
        let differences = Containment::default().differences(&expected, &actual);
        assert_eq!(differences.is_empty(), wanted, "{name}");
        assert!(
            started.elapsed() < Duration::from_secs(20),
            "{name} took {:?}",
            started.elapsed()
        );
    }
}

#[test]
fn searching_ends_with_the_time() {
    // Nested lists that fit in part only, so that all is compared with all.
    let nested = |last: usize| {
        let inner = (0..60).map(|n| format!("[[{n}],[{}]]", n + last));
        list((0..60).map(|n| format!("[[{n}],{}]", list(inner.clone()).to_json())))
    };
    let (expected, actual) = (nested(1), nested(2));
    let limit = Duration::from_millis(200);
    let started = Instant::now();
    let work = || {
        let holds = holds(&expected, &actual);
        (
            holds,
            Containment::default()
                .differences(&expected, &actual)
                .is_empty(),
        )
    };
    let ((holds, equal), _) = crate::budget::within(limit, std::sync::Arc::new(|| false), work);
    assert!(holds != Some(true) && !equal);
    assert!(
        started.elapsed() < Duration::from_secs(5),
        "took {:?}",
        started.elapsed()
    );
}

/// What all pairings give, tried one after the other.
fn by_force(expected: &[Value], actual: &[Value], used: &mut Vec<bool>) -> bool {
    let Some((first, rest)) = expected.split_first() else {
        return true;
    };
    (0..actual.len()).any(|at| {
        let fits = !used[at] && Containment::default().holds(first, &actual[at]) == Some(true);
        fits && {
            used[at] = true;
            let found = by_force(rest, actual, used);
            used[at] = false;
            found
        }
    })
}

#[test]
fn pairings_are_found_if_there_are_any() {
    let parts = [
        r#"{"a":1}"#,
        r#"{"b":1}"#,
        r#"{"a":1,"b":1}"#,
        r#"{"c":1}"#,
        r#"{"a":1,"c":1}"#,
        "[1]",
        "[1,2]",
    ];
    let mut state = 1_u64;
    let mut random = |most: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        usize::try_from(state >> 40).unwrap() % most
    };
    let mut both = [0, 0];
    for round in 0..2_000 {
        let count = 1 + random(6);
        let expected: Vec<_> = (0..count).map(|_| parts[random(parts.len())]).collect();
        let actual: Vec<_> = (0..count + random(2))
            .map(|_| parts[random(parts.len())])
            .collect();
        // With more items around them there is an index.
        let more = if round % 2 == 0 { 0 } else { 40 };
        let with = |items: &[&str]| {
            let more = (0..more).map(|n| n.to_string());
            list(items.iter().map(|item| (*item).to_owned()).chain(more))
        };
        let (small_expected, small_actual) = (
            list(expected.iter().map(|item| (*item).to_owned())),
            list(actual.iter().map(|item| (*item).to_owned())),
        );
        let (Value::Array(one), Value::Array(two)) = (small_expected, small_actual) else {
            unreachable!()
        };
        let wanted = by_force(&one, &two, &mut vec![false; two.len()]);
        both[usize::from(wanted)] += 1;
        assert_eq!(
            holds(&with(&expected), &with(&actual)),
            Some(wanted),
            "{expected:?} in {actual:?}"
        );
    }
    assert!(both.iter().all(|count| *count > 200), "{both:?}");
}
