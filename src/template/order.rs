//! Which of two values comes first: numbers by size, texts by their characters, moments by time, and nothing else.

use std::cell::RefCell;
use std::cmp::Ordering;

use super::fault::Fault;
use crate::value::Value;

/// The order of two values.
///
/// # Errors
/// If they are not two numbers or two texts.
pub(super) fn compare(one: &Value, two: &Value) -> Result<Ordering, Fault> {
    match (one, two) {
        (Value::Number(one), Value::Number(two)) => Ok(one.cmp(two)),
        (Value::String(one), Value::String(two)) => Ok(compare_texts(one, two)),
        _ => {
            let (first, second) = (one.kind().with_article(), two.kind().with_article());
            let has_text = matches!(one, Value::String(_)) || matches!(two, Value::String(_));
            let hint =
                has_text.then(|| "`| int` and `| float` convert a string to a number".to_owned());
            Err(Fault::new(format!("cannot order {first} and {second}")).with_hint(hint))
        }
    }
}

/// Two RFC 3339 moments by time, whatever their offsets are; other texts by their characters.
fn compare_texts(one: &str, two: &str) -> Ordering {
    moment(one)
        .zip(moment(two))
        .map_or_else(|| one.cmp(two), |(one, two)| one.cmp(&two))
}

/// The moment that a text is; most texts do not start with a year.
fn moment(text: &str) -> Option<jiff::Timestamp> {
    let may_be = text
        .as_bytes()
        .first()
        .is_some_and(|byte| byte.is_ascii_digit() || *byte == b'+' || *byte == b'-');
    may_be.then(|| text.parse().ok())?
}

/// The order in which `sort`, `min` and their like put values, and the first pair that has none.
///
/// Beside numbers and texts, booleans are ordered, and arrays by their items. It is total, so that sorting ends well: values
/// of different kinds stand by their kinds, moments in front of other texts.
pub(super) struct Sorting {
    case_sensitive: bool,
    fault: RefCell<Option<Fault>>,
}

impl Sorting {
    pub(super) fn new(case_sensitive: bool) -> Self {
        Self {
            case_sensitive,
            fault: RefCell::new(None),
        }
    }

    pub(super) fn compare(&self, one: &Value, two: &Value) -> Ordering {
        match (one, two) {
            (Value::Null, Value::Null) => Ordering::Equal,
            (Value::Bool(one), Value::Bool(two)) => one.cmp(two),
            (Value::String(one), Value::String(two)) => self.texts(one, two),
            (Value::Array(one), Value::Array(two)) => {
                let different = one
                    .iter()
                    .zip(two)
                    .map(|(one, two)| self.compare(one, two))
                    .find(|order| order.is_ne());
                different.unwrap_or_else(|| one.len().cmp(&two.len()))
            }
            _ => compare(one, two).unwrap_or_else(|fault| {
                self.fault.borrow_mut().get_or_insert(fault);
                one.kind().name().cmp(two.kind().name())
            }),
        }
    }

    fn texts(&self, one: &str, two: &str) -> Ordering {
        match (moment(one), moment(two)) {
            (Some(one), Some(two)) => one.cmp(&two),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            _ if self.case_sensitive => one.cmp(two),
            _ => one.to_lowercase().cmp(&two.to_lowercase()),
        }
    }

    /// The sorted values; an error if two of them could not be compared.
    pub(super) fn finish<T>(self, sorted: T) -> Result<T, Fault> {
        self.fault.into_inner().map_or(Ok(sorted), Err)
    }
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
            (
                "{{ '2026-01-01T10:00:00+09:00' < '2026-01-01T02:00:00Z' }}",
                true,
            ),
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
            (
                "{{ [text] | select('lt', 3) | list }}",
                "cannot order a string and a number",
            ),
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
        assert_eq!(
            eval("{{ 1 + 2 ~ 3 }}").unwrap_err(),
            "cannot add a number and a string"
        );
        assert_eq!(
            eval("{{ [3, 'a', 1] | sort }}").unwrap_err(),
            "cannot order a string and a number"
        );
        assert_eq!(
            eval("{{ 'a' ~ z }}").unwrap_err(),
            "null cannot be written as a string"
        );
        assert_eq!(
            eval("{{ 'a' ~ unset }}").unwrap_err(),
            "`unset` has no value"
        );
    }
}
