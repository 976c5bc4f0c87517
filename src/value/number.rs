//! Numbers as written: their digits are kept, their equality and order are those of the mathematical value.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

/// A decimal number of any size, kept in the digits in which it was written (RFC 8259 section 6).
///
/// `1`, `1.0` and `10e-1` are equal and keep their own digits.
#[derive(Clone)]
pub struct Number(Repr);

/// Most numbers are small integers in their plain form: those need no allocation.
#[derive(Clone)]
enum Repr {
    /// An integer whose canonical digits are the written ones.
    Small(i64),
    /// The digits of anything else, in JSON's grammar.
    Text(Box<str>),
}

/// A number taken apart: sign, significant digits without zeros at either end, and the power of ten of the first
/// digit (`0.d1d2… × 10^exponent`). Zero has no digits.
struct Decimal {
    negative: bool,
    digits: Vec<u8>,
    exponent: i128,
}

impl Number {
    /// Reads a number in JSON's grammar; `None` where the text is not one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        (number_length(text.as_bytes()) == Some(text.len())).then(|| Self::from_checked(text))
    }

    /// Takes a text that is known to fit JSON's grammar.
    pub(super) fn from_checked(text: &str) -> Self {
        let small = text.parse::<i64>().ok().filter(|_| text != "-0");
        Self(small.map_or_else(|| Repr::Text(text.into()), Repr::Small))
    }

    /// A finite float in its shortest form; `None` for infinities and NaN, which JSON has not.
    #[must_use]
    pub fn from_f64(value: f64) -> Option<Self> {
        value
            .is_finite()
            .then(|| Self::from_checked(&format!("{value:?}")))
    }

    /// The integer, where the number is one (also `1.0`, `1e3`) and fits.
    #[must_use]
    pub fn as_i64(&self) -> Option<i64> {
        if let Repr::Small(value) = &self.0 {
            Some(*value)
        } else {
            self.as_i128()?.try_into().ok()
        }
    }

    /// The integer, where the number is one (also `1.0`, `1e3`) and fits.
    #[must_use]
    pub fn as_i128(&self) -> Option<i128> {
        if let Repr::Small(value) = &self.0 {
            return Some(i128::from(*value));
        }
        let decimal = self.decimal();
        let length = i128::try_from(decimal.digits.len()).ok()?;
        if decimal.exponent < length || decimal.exponent > 39 {
            return (decimal.digits.is_empty()).then_some(0);
        }
        let magnitude = (0..decimal.exponent).try_fold(0_i128, |sum, place| {
            let digit = usize::try_from(place)
                .ok()
                .and_then(|place| decimal.digits.get(place))
                .copied()
                .unwrap_or(0);
            let digit = i128::from(digit);
            sum.checked_mul(10)?
                .checked_add(if decimal.negative { -digit } else { digit })
        })?;
        Some(magnitude)
    }

    /// The nearest float; huge numbers become infinite.
    #[must_use]
    #[expect(
        clippy::cast_precision_loss,
        reason = "the nearest float is what is asked for"
    )]
    pub fn as_f64(&self) -> f64 {
        match &self.0 {
            Repr::Small(value) => *value as f64,
            Repr::Text(text) => text.parse().unwrap_or(f64::NAN),
        }
    }

    /// Whether the mathematical value is an integer (`1.0` is one, as JSON Schema has it).
    #[must_use]
    pub fn is_integer(&self) -> bool {
        if matches!(self.0, Repr::Small(_)) {
            return true;
        }
        let decimal = self.decimal();
        decimal.digits.is_empty()
            || i128::try_from(decimal.digits.len()).is_ok_and(|length| length <= decimal.exponent)
    }

    /// The number, if it is a small integer in its plain form.
    pub(super) fn small(&self) -> Option<i64> {
        if let Repr::Small(value) = &self.0 {
            Some(*value)
        } else {
            None
        }
    }

    /// The sign, the significant digits, and the power of ten of the point before the first one.
    pub(super) fn significant_digits(&self) -> (bool, Vec<u8>, i128) {
        let Decimal {
            negative,
            digits,
            exponent,
        } = self.decimal();
        (negative, digits, exponent)
    }

    /// A text that equal numbers share and others do not.
    #[must_use]
    pub fn canonical(&self) -> String {
        let (negative, digits, exponent) = self.significant_digits();
        let digits: String = digits
            .iter()
            .map(|digit| char::from(b'0' + digit))
            .collect();
        format!("{}{digits}e{exponent}", if negative { "-" } else { "" })
    }

    /// Whether it is written with a fraction or an exponent: `1.0`, `1e3`.
    #[must_use]
    pub fn has_fraction_or_exponent(&self) -> bool {
        matches!(&self.0, Repr::Text(text) if text.contains(['.', 'e', 'E']))
    }

    fn decimal(&self) -> Decimal {
        let text = self.to_string();
        let (negative, rest) = text
            .strip_prefix('-')
            .map_or((false, text.as_str()), |rest| (true, rest));
        let (mantissa, exponent) = rest.split_once(['e', 'E']).unwrap_or((rest, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let mut digits: Vec<u8> = whole
            .bytes()
            .chain(fraction.bytes())
            .map(|byte| byte - b'0')
            .collect();
        let leading = digits.iter().take_while(|digit| **digit == 0).count();
        digits.drain(..leading);
        while digits.last() == Some(&0) {
            digits.pop();
        }
        if digits.is_empty() {
            return Decimal {
                negative: false,
                digits,
                exponent: 0,
            };
        }
        let shift =
            i128::try_from(whole.len()).unwrap_or(i128::MAX) - i128::try_from(leading).unwrap_or(0);
        Decimal {
            negative,
            digits,
            exponent: saturating_exponent(exponent).saturating_add(shift),
        }
    }
}

/// An exponent as an integer; one with more digits than fit is as large as can be, which keeps the order.
fn saturating_exponent(text: &str) -> i128 {
    let text = text.strip_prefix('+').unwrap_or(text);
    text.parse::<i64>().map_or_else(
        |_| {
            if text.starts_with('-') {
                i128::from(i64::MIN)
            } else {
                i128::from(i64::MAX)
            }
        },
        i128::from,
    )
}

/// The length of the number that the bytes start with, by RFC 8259's grammar; `None` where there is none.
pub(super) fn number_length(bytes: &[u8]) -> Option<usize> {
    let digits = |from: usize| {
        bytes
            .iter()
            .skip(from)
            .take_while(|byte| byte.is_ascii_digit())
            .count()
    };
    let mut at = usize::from(bytes.first() == Some(&b'-'));
    let whole = digits(at);
    if whole == 0 || (whole > 1 && bytes.get(at) == Some(&b'0')) {
        return None;
    }
    at += whole;
    if bytes.get(at) == Some(&b'.') {
        let fraction = digits(at + 1);
        at += 1 + fraction;
        if fraction == 0 {
            return None;
        }
    }
    if matches!(bytes.get(at), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
        let exponent = digits(at + 1 + sign);
        at += 1 + sign + exponent;
        if exponent == 0 {
            return None;
        }
    }
    Some(at)
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Repr::Small(value) => value.fmt(f),
            Repr::Text(text) => f.write_str(text),
        }
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        if let (Repr::Small(one), Repr::Small(two)) = (&self.0, &other.0) {
            return one.cmp(two);
        }
        let (one, two) = (self.decimal(), other.decimal());
        match (one.negative, two.negative) {
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
            (negative, _) => {
                let order = match (one.digits.is_empty(), two.digits.is_empty()) {
                    (true, true) => Ordering::Equal,
                    (true, false) => {
                        if two.negative {
                            Ordering::Greater
                        } else {
                            Ordering::Less
                        }
                    }
                    (false, true) => {
                        if one.negative {
                            Ordering::Less
                        } else {
                            Ordering::Greater
                        }
                    }
                    (false, false) => one
                        .exponent
                        .cmp(&two.exponent)
                        .then_with(|| one.digits.cmp(&two.digits)),
                };
                if negative { order.reverse() } else { order }
            }
        }
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Number {}

impl Hash for Number {
    /// Equal numbers have equal hashes, however they are written.
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Decimal {
            negative,
            digits,
            exponent,
        } = self.decimal();
        (negative, digits, exponent).hash(state);
    }
}

impl From<i64> for Number {
    fn from(value: i64) -> Self {
        Self(Repr::Small(value))
    }
}

impl From<u64> for Number {
    fn from(value: u64) -> Self {
        Self::from_checked(&value.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Number {
        Number::parse(text).unwrap()
    }

    #[test]
    fn equality_is_mathematical_and_digits_are_kept() {
        for (one, two) in [
            ("1", "1.0"),
            ("1e3", "1000"),
            ("0", "-0.0"),
            ("0.1", "1e-1"),
            ("-5.50", "-5.5"),
        ] {
            assert_eq!(number(one), number(two), "{one} and {two}");
        }
        assert_eq!(number("1.10").to_string(), "1.10");
        assert_ne!(
            number("12345678901234567890.1"),
            number("12345678901234567890.2")
        );
    }

    #[test]
    fn order_holds_over_signs_zero_and_huge_exponents() {
        let ascending = [
            "-1e999999999999",
            "-3",
            "-2.5",
            "-1e-9",
            "0",
            "1e-400",
            "0.5",
            "2",
            "2.01",
            "1e2",
            "1e99999999999999999999",
        ];
        for pair in ascending.windows(2) {
            assert!(
                number(pair[0]) < number(pair[1]),
                "{} < {}",
                pair[0],
                pair[1]
            );
        }
    }

    #[test]
    fn integers_are_seen_in_every_spelling() {
        assert_eq!(number("1e3").as_i64(), Some(1000));
        assert_eq!(number("-2.0").as_i64(), Some(-2));
        assert_eq!(number("0.0").as_i64(), Some(0));
        assert_eq!(number("2.5").as_i64(), None);
        assert_eq!(
            number("18446744073709551616").as_i128(),
            Some(18_446_744_073_709_551_616)
        );
        assert_eq!(number("1e40").as_i128(), None);
        assert!(number("1e40").is_integer() && !number("1e-40").is_integer());
    }

    #[test]
    fn the_grammar_is_jsons() {
        for bad in [
            "", "-", "01", "1.", ".5", "1e", "+1", "0x1", "1_000", "NaN", "1 ",
        ] {
            assert!(Number::parse(bad).is_none(), "{bad:?}");
        }
    }
}
