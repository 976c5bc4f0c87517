//! Order: numbers, durations, or two RFC 3339 dates, and nothing else.

use std::cmp::Ordering;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hash, Hasher};
use std::time::Duration;

use indexmap::IndexSet;

use super::received::{Interpretation, Received};
use super::{Direction, Relation, ResolvedExpected};
use crate::syntax::parse_duration;
use crate::value::diff::{Expect, View};
use crate::value::{Number, Value};

/// A value that has an order.
#[derive(Debug, Clone, PartialEq)]
enum Ordered {
    Number(Number),
    Duration(Duration),
    EvalContext(jiff::Timestamp),
    Date(jiff::civil::Date),
}

impl Ordered {
    fn kind(&self) -> &'static str {
        match self {
            Self::Number(_) => "a number",
            Self::Duration(_) => "a duration",
            Self::EvalContext(_) => "a date with its time",
            Self::Date(_) => "a date",
        }
    }

    fn compare(&self, other: &Self) -> Result<Ordering, String> {
        match (self, other) {
            (Self::Number(one), Self::Number(two)) => Ok(one.cmp(two)),
            (Self::Duration(one), Self::Duration(two)) => Ok(one.cmp(two)),
            (Self::EvalContext(one), Self::EvalContext(two)) => Ok(one.cmp(two)),
            (Self::Date(one), Self::Date(two)) => Ok(one.cmp(two)),
            _ => Err(format!(
                "{} and {} cannot be ordered",
                self.kind(),
                other.kind()
            )),
        }
    }
}

/// What a value is, where it can be ordered: texts are durations or dates.
fn ordered(value: &Value) -> Result<Ordered, String> {
    match value {
        Value::Number(number) => Ok(Ordered::Number(number.clone())),
        Value::String(text) => read(text).ok_or_else(|| {
            format!(
                "only numbers, durations and RFC 3339 dates can be ordered, not {}",
                crate::value::diff::show(value)
            )
        }),
        other => Err(format!(
            "only numbers, durations and RFC 3339 dates can be ordered, not {}",
            other.kind().with_article()
        )),
    }
}

/// Whether a literal has an order.
///
/// # Errors
/// Says what has.
pub(super) fn check(value: &Value) -> Result<(), String> {
    ordered(value).map(drop)
}

fn read(text: &str) -> Option<Ordered> {
    eval(text)
        .map(Ordered::EvalContext)
        .or_else(|| date(text).map(Ordered::Date))
        .or_else(|| duration(text))
}

fn duration(text: &str) -> Option<Ordered> {
    parse_duration(text).map(Ordered::Duration)
}

/// An RFC 3339 date with its time and offset.
pub(super) fn eval(text: &str) -> Option<jiff::Timestamp> {
    let strict = |text: &str| {
        let bytes = text.as_bytes();
        bytes.len() >= 20
            && bytes
                .get(10)
                .is_some_and(|byte| matches!(byte, b'T' | b't' | b' '))
            && bytes.get(13) == Some(&b':')
            && bytes.get(16) == Some(&b':')
            && (text.ends_with(['Z', 'z'])
                || matches!(bytes.get(bytes.len() - 6), Some(b'+' | b'-'))
                    && bytes.get(bytes.len() - 3) == Some(&b':'))
    };
    (strict(text) && date(text.get(..10)?).is_some())
        .then(|| text.parse().ok())
        .flatten()
}

/// An RFC 3339 full date: `2024-05-01`.
pub(super) fn date(text: &str) -> Option<jiff::civil::Date> {
    let bytes = text.as_bytes();
    let digits = |range: std::ops::Range<usize>| {
        bytes
            .get(range)
            .is_some_and(|part| part.iter().all(u8::is_ascii_digit))
    };
    let shaped = bytes.len() == 10 && digits(0..4) && digits(5..7) && digits(8..10);
    (shaped && bytes.get(4) == Some(&b'-') && bytes.get(7) == Some(&b'-'))
        .then(|| text.parse().ok())
        .flatten()
}

/// A number of microseconds as a duration; negative ones are none.
fn micros(value: &Value) -> Option<Duration> {
    let count = value.as_number()?.as_i64()?;
    u64::try_from(count).ok().map(Duration::from_micros)
}

/// From so many microseconds on a time is told in days.
const TWO_DAYS: f64 = 172_800e6;

/// Microseconds as people write them: `312ms`, `1.5s`, `89.9d`; what is over by now is negative.
pub(super) fn show_micros(number: &Number) -> String {
    let micros = number.as_f64();
    match micros.abs() {
        time if time < 1e6 => format!("{}ms", round(micros / 1e3)),
        time if time < TWO_DAYS => format!("{}s", round(micros / 1e6)),
        _ => format!("{:.1}d", micros / 86_400e6),
    }
}

fn round(value: f64) -> f64 {
    (value * 1e3).round() / 1e3
}

/// What was received and what it is held against, as things that have an order.
fn pair(received: Received<'_>, wanted: &Value) -> Result<(Ordered, Ordered), String> {
    let digits = wanted
        .as_str()
        .filter(|_| received.sort == Interpretation::Status)
        .and_then(super::status::digits);
    let other = digits.map_or_else(|| ordered(wanted), |number| Ok(Ordered::Number(number)))?;
    let one = match (received.sort, &other) {
        (Interpretation::Time, _) => micros(received.value)
            .map(Ordered::Duration)
            .ok_or("the time is not known")?,
        (Interpretation::Text, Ordered::Number(_)) => {
            Ordered::Number(received.number().ok_or_else(|| not_a_number(received))?)
        }
        _ => ordered(received.value)?,
    };
    Ok((one, other))
}

fn not_a_number(received: Received<'_>) -> String {
    format!("{} is not a number", received.show())
}

fn value(target: &ResolvedExpected) -> Result<&Value, String> {
    target
        .as_value()
        .ok_or_else(|| "a pattern cannot be ordered".to_owned())
}

/// Whether what was received stands so to what is wanted; `Err` says why the two have no order.
pub(super) fn stands(
    received: Received<'_>,
    relation: Relation,
    wanted: &ResolvedExpected,
) -> Result<bool, String> {
    let (one, two) = pair(received, value(wanted)?)?;
    let order = one.compare(&two)?;
    Ok(match relation {
        Relation::Greater => order.is_gt(),
        Relation::GreaterOrEqual => order.is_ge(),
        Relation::Less => order.is_lt(),
        Relation::LessOrEqual => order.is_le(),
    })
}

/// Whether what was received lies between two ends, which belong to it.
pub(super) fn between(
    received: Received<'_>,
    low: &ResolvedExpected,
    high: &ResolvedExpected,
) -> Result<bool, String> {
    Ok(stands(received, Relation::GreaterOrEqual, low)?
        && stands(received, Relation::LessOrEqual, high)?)
}

/// Whether what was received is at most the tolerance away: numbers by a number, durations and dates by a duration.
pub(super) fn close(
    received: Received<'_>,
    wanted: &ResolvedExpected,
    tolerance: &ResolvedExpected,
) -> Result<bool, String> {
    let tolerance = ordered(value(tolerance)?)?;
    match (pair(received, value(wanted)?)?, tolerance) {
        ((Ordered::Number(one), Ordered::Number(two)), Ordered::Number(tolerance)) => {
            Ok(near(&one, &two, &tolerance))
        }
        ((Ordered::Duration(one), Ordered::Duration(two)), Ordered::Duration(tolerance)) => {
            Ok(one.abs_diff(two) <= tolerance)
        }
        ((Ordered::EvalContext(one), Ordered::EvalContext(two)), Ordered::Duration(tolerance)) => {
            Ok(one.duration_since(two).unsigned_abs() <= tolerance)
        }
        ((one, two), tolerance) => Err(format!(
            "{}, {} and a tolerance that is {} cannot be combined",
            one.kind(),
            two.kind(),
            tolerance.kind()
        )),
    }
}

/// Whether two numbers are at most a tolerance apart.
fn near(one: &Number, two: &Number, tolerance: &Number) -> bool {
    one.minus(two)
        .is_ok_and(|distance| distance.absolute() <= *tolerance)
}

/// The index of the first item that stands before a smaller (or larger) one; texts without another order are ordered by
/// their characters.
pub(super) fn sorted(
    items: &[Received<'_>],
    direction: Direction,
) -> Result<Option<usize>, String> {
    let keys: Vec<_> = items
        .iter()
        .map(|item| key(*item))
        .collect::<Result<_, _>>()?;
    for (index, (one, two)) in keys.iter().zip(keys.iter().skip(1)).enumerate() {
        let order = match (one, two) {
            (Key::Ordered(one, _), Key::Ordered(two, _)) if one.kind() == two.kind() => {
                one.compare(two)?
            }
            _ => match (one.text(), two.text()) {
                (Some(one), Some(two)) => one.cmp(two),
                _ => return Err("a number and a string cannot be ordered".to_owned()),
            },
        };
        let wrong = match direction {
            Direction::Ascending => order.is_gt(),
            Direction::Descending => order.is_lt(),
        };
        if wrong {
            return Ok(Some(index));
        }
    }
    Ok(None)
}

enum Key<'a> {
    Ordered(Ordered, Option<&'a str>),
    Text(&'a str),
}

impl<'a> Key<'a> {
    fn text(&self) -> Option<&'a str> {
        match self {
            Self::Ordered(_, text) => *text,
            Self::Text(text) => Some(text),
        }
    }
}

fn key(item: Received<'_>) -> Result<Key<'_>, String> {
    let text = item.value.as_str();
    if let Some(number) = item.number() {
        return Ok(Key::Ordered(Ordered::Number(number), text));
    }
    match (
        item.value,
        text.and_then(|text| eval(text).map(Ordered::EvalContext)),
    ) {
        (_, Some(eval)) => Ok(Key::Ordered(eval, text)),
        (Value::String(text), None) => Ok(Key::Text(text)),
        (other, None) => Err(format!("{} cannot be ordered", other.kind().with_article())),
    }
}

/// Whether no two items are equal.
pub(super) fn all_differ(items: &[Value]) -> bool {
    let state = RandomState::new();
    let mut seen = IndexSet::with_capacity(items.len());
    items.iter().all(|item| {
        seen.insert(Hashed {
            value: item,
            hash: hash(item, &state),
        })
    })
}

/// A value with its hash; equal values have equal ones.
struct Hashed<'a> {
    value: &'a Value,
    hash: u64,
}

impl Hash for Hashed<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.hash);
    }
}

impl PartialEq for Hashed<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.hash == other.hash && self.value == other.value
    }
}

impl Eq for Hashed<'_> {}

/// A hash that equal values share.
pub(super) fn hash(value: &Value, state: &RandomState) -> u64 {
    match value {
        Value::Null => state.hash_one(0),
        Value::Bool(value) => state.hash_one((1, value)),
        Value::Number(number) => state.hash_one((2, number)),
        Value::String(text) => state.hash_one((3, text)),
        Value::Array(items) => state.hash_one((
            4,
            items
                .iter()
                .map(|item| hash(item, state))
                .collect::<Vec<_>>(),
        )),
        Value::Object(members) => {
            let members = members
                .iter()
                .map(|(name, member)| state.hash_one((name, hash(member, state))));
            state.hash_one((5, members.fold(0_u64, u64::wrapping_add)))
        }
    }
}

/// The hash of the value that something expected is; `None` if there is a pattern in it.
pub(super) fn hash_expected<E: Expect>(expected: &E, state: &RandomState) -> Option<u64> {
    match expected.view() {
        View::Value(value) => Some(hash(value, state)),
        View::Items(items) => {
            let items: Option<Vec<u64>> = items
                .iter()
                .map(|item| hash_expected(item, state))
                .collect();
            Some(state.hash_one((4, items?)))
        }
        View::Members(members) => {
            let hash = |(name, member)| Some(state.hash_one((name, hash_expected(member, state)?)));
            let sum = members
                .iter()
                .map(hash)
                .try_fold(0_u64, |sum, hash| Some(sum.wrapping_add(hash?)))?;
            Some(state.hash_one((5, sum)))
        }
        View::Pattern(_) => None,
    }
}

/// What to do where a number and a text that spells it were held against each other.
pub(super) fn kinds_hint(wanted: Option<&Value>, received: &Value) -> Option<String> {
    match (wanted?, received) {
        (Value::Number(number), Value::String(text)) if Number::parse(text)? == *number => {
            Some(format!("the value is a string: write `\"{number}\"`"))
        }
        (Value::String(text), Value::Number(number)) if Number::parse(text)? == *number => Some(
            format!("the value is a number: write `{number}` without quotes"),
        ),
        (Value::Bool(value), Value::String(text)) if text == &value.to_string() => {
            Some(format!("the value is a string: write `\"{value}\"`"))
        }
        (Value::String(text), Value::Bool(value)) if text == &value.to_string() => Some(format!(
            "the value is a boolean: write `{value}` without quotes"
        )),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_in_a_unit_that_fits() {
        let shown = |micros: i64| show_micros(&Number::from(micros));
        assert_eq!(
            [shown(312_000), shown(1_500_000), shown(3_600_000_000)],
            ["312ms", "1.5s", "3600s"]
        );
        assert_eq!(
            [shown(7_771_449_180_000), shown(-432_000_000_000)],
            ["89.9d", "-5.0d"]
        );
    }
}
