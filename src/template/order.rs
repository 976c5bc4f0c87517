//! Which of two values comes first: numbers by size, texts by their characters, moments by time, and nothing else.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use minijinja::value::{DynObject, Object, ObjectRepr};
use minijinja::{Environment, Error, State, Value as Given};

use super::bridge::Run;
use super::filters::text;
use super::message::told;
use super::rewrite::{ORDERED, TEXT};
use crate::value::Value;

pub(super) fn add_to(engine: &mut Environment<'static>) {
    engine.add_filter(TEXT, text);
    engine.add_filter(ORDERED, ordered);
    for (names, holds) in TESTS {
        for name in names {
            let test = move |state: &State<'_, '_>, one: &Given, two: &Given| {
                let run = Run::of(state)?;
                compare(&run.take(one)?, &run.take(two)?).map(holds)
            };
            engine.add_test(name, test);
        }
    }
}

type Holds = fn(Ordering) -> bool;

/// The tests that ask for an order, in all their spellings: `select('>', 3)` is one too.
const TESTS: [([&str; 3], Holds); 4] = [
    (["lt", "lessthan", "<"], Ordering::is_lt),
    (["le", "<=", "<="], Ordering::is_le),
    (["gt", "greaterthan", ">"], Ordering::is_gt),
    (["ge", ">=", ">="], Ordering::is_ge),
];

/// An operand of `<` and its like: it knows the run, which is told where two do not compare.
struct Operand {
    value: Value,
    run: Arc<Run>,
}

fn ordered(state: &State<'_, '_>, value: &Given) -> Result<Given, Error> {
    let run = Run::of(state)?;
    Ok(Given::from_object(Operand { value: run.take(value)?, run }))
}

impl Object for Operand {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn custom_cmp(self: &Arc<Self>, other: &DynObject) -> Option<Ordering> {
        let other = other.downcast_ref::<Self>()?;
        let order = compare(&self.value, &other.value);
        Some(order.unwrap_or_else(|error| {
            self.run.fail(error);
            Ordering::Equal
        }))
    }
}

impl fmt::Debug for Operand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("operand")
    }
}

fn compare(one: &Value, two: &Value) -> Result<Ordering, Error> {
    match (one, two) {
        (Value::Number(one), Value::Number(two)) => Ok(one.cmp(two)),
        (Value::String(one), Value::String(two)) => Ok(compare_texts(one, two)),
        _ => {
            let (first, second) = (one.kind().with_article(), two.kind().with_article());
            let has_text = matches!(one, Value::String(_)) || matches!(two, Value::String(_));
            let hint = has_text.then(|| "`| int` and `| float` make a number of a text".to_owned());
            Err(told(format!("cannot order {first} and {second}"), hint))
        }
    }
}

/// Two RFC 3339 moments by time, whatever their offsets are; other texts by their characters.
fn compare_texts(one: &str, two: &str) -> Ordering {
    let moments = one.parse::<jiff::Timestamp>().and_then(|one| Ok((one, two.parse::<jiff::Timestamp>()?)));
    moments.map_or_else(|_| one.cmp(two), |(one, two)| one.cmp(&two))
}

#[cfg(test)]
mod tests {
    use super::super::testing::scope;

    fn eval(text: &str) -> Result<String, String> {
        scope(r#"{"n": 30, "text": "5", "small": 0.1, "large": 0.1000000000000000000001, "list": [1], "price": 1.10, "z": null}"#)
            .eval(text)
    }

    #[test]
    fn numbers_texts_and_moments_are_ordered() {
        for (text, holds) in [
            ("{{ n > 29.5 and n <= 30 }}", true),
            ("{{ small < large and not large <= small }}", true),
            ("{{ 'a' < 'b' < 'c' }}", true),
            ("{{ '2026-01-01T10:00:00+09:00' < '2026-01-01T02:00:00Z' }}", true),
            ("{{ 1 < n < 3 }}", false),
            ("{{ n is gt(3) and n is le 30 }}", true),
            ("{{ [1, 5, 9] | select('>', 4) | list == [5, 9] }}", true),
            ("{{ list | length > 0 }}", true),
        ] {
            assert_eq!(eval(text), Ok(holds.to_string()), "{text}");
        }
    }

    #[test]
    fn values_of_different_kinds_are_not() {
        for (text, message) in [
            ("{{ text > n }}", "cannot order a string and a number"),
            ("{{ not (z < 1) }}", "cannot order null and a number"),
            ("{{ list >= list }}", "cannot order an array and an array"),
            ("{{ true > false }}", "cannot order a boolean and a boolean"),
            ("{{ text is gt(n) }}", "cannot order a string and a number"),
            ("{{ [text] | select('lt', 3) | list }}", "cannot order a string and a number"),
            ("{{ unset < 1 }}", "`unset` has no value"),
        ] {
            assert_eq!(eval(text).unwrap_err(), message, "{text}");
        }
    }

    #[test]
    fn joining_writes_values_as_text_does() {
        for (text, value) in [
            ("{{ price ~ ' EUR' }}", "1.10 EUR"),
            ("{{ 'a' ~ list ~ true ~ 2.0 }}", "a[1]true2.0"),
            ("{{ large ~ '' }}", "0.1000000000000000000001"),
        ] {
            assert_eq!(eval(text), Ok(format!("\"{value}\"")), "{text}");
        }
        assert_eq!(eval("{{ 1 + 2 ~ 3 }}").unwrap_err(), "cannot add a number and a string");
        assert_eq!(eval("{{ 'a' ~ z }}").unwrap_err(), "null has no text");
        assert_eq!(eval("{{ 'a' ~ unset }}").unwrap_err(), "`unset` has no value");
    }
}
