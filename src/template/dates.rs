//! The filters for dates and times: RFC 3339 texts, dates, and Unix seconds.

use jiff::civil::{Date, DateTime};
use jiff::fmt::temporal::{DateTimePrinter, Pieces};
use jiff::tz::{Offset, TimeZone};
use jiff::{Span, Timestamp, Zoned};

use super::call::Call;
use super::fault::Fault;
use super::item::Item;
use crate::value::{Rounding, Value};

/// What `date_add` adds.
pub(super) const UNITS: &[&str] = &[
    "years", "months", "weeks", "days", "hours", "minutes", "seconds",
];

/// A moment, in the form in which it was written.
enum Moment {
    /// A date and a time with an offset, and how many digits its fraction of a second had.
    Instant(Zoned, Option<u8>),
    /// A date and a time without an offset.
    Local(DateTime, Option<u8>),
    /// A date alone.
    Day(Date),
    /// Unix seconds.
    Seconds(Zoned),
}

/// `value | date_add(days=1, hours=-2)`: the later moment, in the same form.
pub(super) fn date_add(call: &Call<'_>) -> Result<Item<'static>, Fault> {
    let spans = spans(call)?;
    let zoned = |moment: Zoned| {
        spans
            .iter()
            .try_fold(moment, |at, span| at.checked_add(*span))
    };
    let later = match Moment::read(call.subject)? {
        Moment::Instant(moment, digits) => zoned(moment).map(|at| instant(&at, digits)),
        Moment::Local(moment, digits) => spans
            .iter()
            .try_fold(moment, |at, span| at.checked_add(*span))
            .map(|at| local(at, digits)),
        Moment::Day(_) if spans.last().is_some_and(|clock| !clock.is_zero()) => {
            return Err(Fault::new(
                "a date has no hours, minutes and seconds to add to",
            ));
        }
        Moment::Day(date) => spans
            .iter()
            .try_fold(date, |at, span| at.checked_add(*span))
            .map(|date| date.to_string().into()),
        Moment::Seconds(moment) => {
            zoned(moment).map(|at| Value::Number(at.timestamp().as_second().into()))
        }
    };
    later.map(Item::from).map_err(|_| out_of_range())
}

fn out_of_range() -> Fault {
    Fault::new("the date is out of range")
}

/// What is added: months, then days, then seconds; jiff's spans have one sign, the arguments each have their own.
fn spans(call: &Call<'_>) -> Result<[Span; 3], Fault> {
    let total = |units: &[(&str, i64)]| {
        units.iter().try_fold(0_i64, |sum, (name, factor)| {
            let amount = call.integer(name)?.unwrap_or_default();
            amount
                .checked_mul(*factor)
                .and_then(|amount| sum.checked_add(amount))
                .ok_or_else(out_of_range)
        })
    };
    let months = Span::new().try_months(total(&[("years", 12), ("months", 1)])?);
    let days = Span::new().try_days(total(&[("weeks", 7), ("days", 1)])?);
    let seconds =
        Span::new().try_seconds(total(&[("hours", 3600), ("minutes", 60), ("seconds", 1)])?);
    let spans = months.and_then(|months| Ok([months, days?, seconds?]));
    spans.map_err(|_| out_of_range())
}

fn instant(moment: &Zoned, digits: Option<u8>) -> Value {
    let printer = DateTimePrinter::new().precision(digits);
    let (timestamp, offset) = (moment.timestamp(), moment.offset());
    let text = if offset == Offset::UTC {
        printer.timestamp_to_string(&timestamp)
    } else {
        printer.timestamp_with_offset_to_string(&timestamp, offset)
    };
    text.into()
}

fn local(moment: DateTime, digits: Option<u8>) -> Value {
    DateTimePrinter::new()
        .precision(digits)
        .datetime_to_string(&moment)
        .into()
}

/// `value | date_format('%d.%m.%Y')`: by strftime's letters; numbers are in UTC.
pub(super) fn date_format(call: &Call<'_>) -> Result<Item<'static>, Fault> {
    let format = call.required_text("format")?;
    let written = match Moment::read(call.subject)? {
        Moment::Instant(moment, _) | Moment::Seconds(moment) => {
            jiff::fmt::strtime::format(format, &moment)
        }
        Moment::Local(moment, _) => jiff::fmt::strtime::format(format, moment),
        Moment::Day(date) => jiff::fmt::strtime::format(format, date.at(0, 0, 0, 0)),
    };
    let plain = "the date cannot be formatted like this";
    written
        .map(Item::from)
        .map_err(|error| Fault::new(format!("{plain}: {error}")).quoting(plain))
}

impl Moment {
    fn read(value: &Value) -> Result<Self, Fault> {
        match value {
            Value::String(text) => {
                let hint =
                    "write it as RFC 3339 does: `2026-01-31`, `2026-01-31T12:00:00Z`".to_owned();
                Self::parse(text.trim())
                    .ok_or_else(|| Fault::new("the string is not a date").with_hint(hint))
            }
            // A fraction of a second is left out.
            Value::Number(number) => {
                let seconds = number
                    .round(0, Rounding::Floor)
                    .ok()
                    .and_then(|whole| whole.as_i64());
                let moment = seconds
                    .and_then(|seconds| Timestamp::from_second(seconds).ok())
                    .ok_or_else(out_of_range)?;
                Ok(Self::Seconds(moment.to_zoned(TimeZone::UTC)))
            }
            _ => Err(Fault::new(format!(
                "{} is not a date",
                value.kind().with_article()
            ))),
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let pieces = Pieces::parse(text).ok()?;
        let Some(time) = pieces.time() else {
            return Some(Self::Day(pieces.date()));
        };
        let moment = pieces.date().to_datetime(time);
        let digits = fraction_digits(text);
        match pieces.to_numeric_offset() {
            Some(offset) => Some(Self::Instant(
                moment.to_zoned(TimeZone::fixed(offset)).ok()?,
                digits,
            )),
            None => Some(Self::Local(moment, digits)),
        }
    }
}

/// How many digits stand after the point of the seconds.
fn fraction_digits(text: &str) -> Option<u8> {
    let (_, fraction) = text.split_once(['.', ','])?;
    let digits = fraction.bytes().take_while(u8::is_ascii_digit).count();
    u8::try_from(digits.min(9)).ok()
}

#[cfg(test)]
mod tests {
    use super::super::testing::scope;

    fn eval(text: &str) -> Result<String, String> {
        scope("{}").eval(text)
    }

    #[test]
    fn a_later_moment_has_the_form_of_the_first() {
        for (text, value) in [
            (
                "{{ now() | date_add(seconds=2) }}",
                "\"2026-03-01T00:00:00.500Z\"",
            ),
            ("{{ today() | date_add(days=1) }}", "\"2026-03-01\""),
            ("{{ '2026-01-31' | date_add(months=1) }}", "\"2026-02-28\""),
            (
                "{{ '2024-02-29' | date_add(years=1, weeks=-1) }}",
                "\"2025-02-21\"",
            ),
            (
                "{{ '2026-01-01T10:00:00+09:00' | date_add(hours=20, minutes=-1) }}",
                "\"2026-01-02T05:59:00+09:00\"",
            ),
            (
                "{{ '2026-01-01T10:00:00' | date_add(days=-1) }}",
                "\"2025-12-31T10:00:00\"",
            ),
            ("{{ 86400 | date_add(days=1) }}", "172800"),
            ("{{ 0.5 | date_add(seconds=-1) }}", "-1"),
        ] {
            assert_eq!(eval(text).as_deref(), Ok(value), "{text}");
        }
    }

    #[test]
    fn dates_are_written_by_strftime() {
        for (text, value) in [
            (
                "{{ now() | date_format('%d.%m.%Y %H:%M') }}",
                "28.02.2026 23:59",
            ),
            (
                "{{ '2026-07-14T10:00:00+09:00' | date_format('%A %T %z') }}",
                "Tuesday 10:00:00 +0900",
            ),
            ("{{ '2026-07-14' | date_format('%j') }}", "195"),
            (
                "{{ 0 | date_format('%Y%m%dT%H%M%SZ') }}",
                "19700101T000000Z",
            ),
        ] {
            assert_eq!(eval(text), Ok(format!("\"{value}\"")), "{text}");
        }
    }

    #[test]
    fn what_is_no_date_is_told() {
        for (text, message) in [
            (
                "{{ 'soon' | date_add(days=1) }}",
                "the string is not a date",
            ),
            ("{{ [1] | date_format('%Y') }}", "an array is not a date"),
            (
                "{{ today() | date_add(hours=1) }}",
                "a date has no hours, minutes and seconds to add to",
            ),
            (
                "{{ today() | date_add(years=99999) }}",
                "the date is out of range",
            ),
            ("{{ 1e300 | date_add(days=1) }}", "the date is out of range"),
            (
                "{{ today() | date_add(day=1) }}",
                "`date_add` has no argument `day`",
            ),
        ] {
            assert_eq!(eval(text).unwrap_err(), message, "{text}");
        }
        assert!(
            eval("{{ today() | date_format('%q%') }}")
                .unwrap_err()
                .starts_with("the date cannot be formatted like this")
        );
        assert!(eval("{{ '2026-07-14T10:00:00' | date_format('%z') }}").is_err());
    }
}
