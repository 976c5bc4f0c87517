//! The numbers at which the verdict of an operator can change.

use crate::check::matcher::{Expected, Interpretation, Matcher, Operation, ResolvedExpected};
use crate::syntax::parse_duration;
use crate::value::Value;

/// Of so many numbers the sums and differences are tried as well: the bounds of `close_to`.
const MOST_PAIRED: usize = 12;

/// The numbers of a range at which a verdict can change: its bounds, the operands, and what is next to them.
pub(super) fn critical(
    operations: &[Operation],
    low: i64,
    high: i64,
    sort: Interpretation,
) -> Vec<Value> {
    let mut numbers = Vec::new();
    for operation in operations {
        collect_operation(operation, &mut numbers);
    }
    let mut found: Vec<i64> = vec![low, high, low.saturating_add(1), high.saturating_sub(1)];
    if sort == Interpretation::Status {
        // The bounds of the classes.
        found.extend([199, 200, 299, 300, 399, 400, 499, 500]);
    }
    let near = |number: i64| [number.saturating_sub(1), number, number.saturating_add(1)];
    found.extend(numbers.iter().copied().flat_map(near));
    if numbers.len() <= MOST_PAIRED {
        let pairs = numbers
            .iter()
            .flat_map(|one| numbers.iter().map(move |two| (*one, *two)));
        found.extend(
            pairs
                .flat_map(|(one, two)| [one.saturating_add(two), one.saturating_sub(two)])
                .flat_map(near),
        );
    }
    found.retain(|number| (low..=high).contains(number));
    found.sort_unstable();
    found.dedup();
    let value = |number: i64| {
        if sort == Interpretation::Text {
            Value::from(number.to_string())
        } else {
            Value::from(number)
        }
    };
    found.into_iter().map(value).collect()
}

fn collect_matcher(matcher: &Matcher, numbers: &mut Vec<i64>) {
    matcher
        .operators
        .iter()
        .for_each(|operator| collect_operation(&operator.operation, numbers));
}

fn collect_operation(operation: &Operation, numbers: &mut Vec<i64>) {
    operation
        .inner()
        .into_iter()
        .for_each(|inner| collect_matcher(inner, numbers));
    for wanted in operation.operands() {
        if let Expected::Ready(target) = wanted {
            collect_target(target, numbers);
        }
    }
}

fn collect_target(target: &ResolvedExpected, numbers: &mut Vec<i64>) {
    match target {
        ResolvedExpected::Value(value) => collect_value(value, numbers),
        ResolvedExpected::Pattern(matcher) => collect_matcher(matcher, numbers),
        ResolvedExpected::Array(items) => {
            for item in items {
                collect_target(item, numbers);
            }
        }
        ResolvedExpected::Object(_) => {}
    }
}

/// A number as integers next to it; a duration in microseconds.
fn collect_value(value: &Value, numbers: &mut Vec<i64>) {
    match value {
        Value::Number(number) => match number.as_i64() {
            Some(integer) => numbers.push(integer),
            #[expect(
                clippy::cast_possible_truncation,
                reason = "bounded by the cast, and only a candidate"
            )]
            None => numbers.extend([
                number.as_f64().floor() as i64,
                number.as_f64().ceil() as i64,
            ]),
        },
        Value::String(text) => {
            numbers.extend(text.parse::<i64>().ok());
            numbers.extend(
                parse_duration(text).and_then(|duration| i64::try_from(duration.as_micros()).ok()),
            );
        }
        Value::Array(items) => items.iter().for_each(|item| collect_value(item, numbers)),
        _ => {}
    }
}
