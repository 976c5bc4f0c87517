//! Exact arithmetic with decimals of any size.
//!
//! Sums, differences, products, integer quotients, remainders and powers are exact. A quotient is exact if its digits end
//! (`10 / 4`); if they do not (`10 / 3`), it is the nearest double, which is what servers compute.

use num_bigint::BigInt;

use super::Number;

/// The most digits that a result may have, and the largest power of ten that operands may have.
const MOST_DIGITS: i64 = 10_000;
/// Results with more digits than this are written with an exponent.
const MOST_PLAIN_DIGITS: i64 = 400;

/// Why a calculation has no result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArithmeticError {
    /// The divisor is zero.
    DivisionByZero,
    /// The result has too many digits.
    TooLarge,
    /// There is no real number that is the result: `(-2) ** 0.5`.
    NoResult,
}

/// How [`Number::round`] treats what it cuts off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rounding {
    /// To the nearest; a half away from zero.
    Nearest,
    /// Up.
    Ceil,
    /// Down.
    Floor,
    /// Towards zero.
    Truncate,
}

type Calculated = Result<Number, ArithmeticError>;

/// `mantissa × 10^exponent`.
struct Exact {
    mantissa: BigInt,
    exponent: i64,
}

impl Exact {
    fn of(number: &Number) -> Result<Self, ArithmeticError> {
        let (negative, digits, exponent) = number.significant_digits();
        let count = i64::try_from(digits.len()).map_err(|_| ArithmeticError::TooLarge)?;
        let exponent = i64::try_from(exponent)
            .map_err(|_| ArithmeticError::TooLarge)?
            .saturating_sub(count);
        if count > MOST_DIGITS || exponent.abs() > MOST_DIGITS {
            return Err(ArithmeticError::TooLarge);
        }
        let text: String = digits
            .iter()
            .map(|digit| char::from(b'0' + digit))
            .collect();
        let magnitude = BigInt::parse_bytes(text.as_bytes(), 10).unwrap_or_default();
        Ok(Self {
            mantissa: if negative { -magnitude } else { magnitude },
            exponent,
        })
    }

    /// Both mantissas for the smaller one of the two exponents.
    fn aligned(one: Self, two: Self) -> (BigInt, BigInt, i64) {
        let exponent = one.exponent.min(two.exponent);
        (
            one.mantissa * ten_to(one.exponent - exponent),
            two.mantissa * ten_to(two.exponent - exponent),
            exponent,
        )
    }

    fn into_number(self) -> Calculated {
        let text = self.mantissa.to_string();
        let (sign, all) = text
            .strip_prefix('-')
            .map_or(("", text.as_str()), |digits| ("-", digits));
        let digits = all.trim_end_matches('0');
        if digits.is_empty() {
            return Ok(Number::from(0_i64));
        }
        let length = |text: &str| i64::try_from(text.len()).unwrap_or(i64::MAX);
        let exponent = self.exponent + length(all) - length(digits);
        if length(digits) > MOST_DIGITS || exponent.abs() > MOST_DIGITS {
            return Err(ArithmeticError::TooLarge);
        }
        let plain = if exponent >= 0 {
            let zeros = usize::try_from(exponent)
                .ok()
                .filter(|_| length(digits) + exponent <= MOST_PLAIN_DIGITS.max(length(digits)));
            zeros.map(|zeros| format!("{digits}{}", "0".repeat(zeros)))
        } else {
            with_point(digits, exponent)
        };
        let written = plain.unwrap_or_else(|| {
            let (first, rest) = digits.split_at(1);
            let point = if rest.is_empty() { "" } else { "." };
            format!("{first}{point}{rest}e{}", exponent + length(rest))
        });
        Ok(Number::from_checked(&format!("{sign}{written}")))
    }
}

/// Digits with a point so many places from their end; `None` if that needs too many zeros.
fn with_point(digits: &str, exponent: i64) -> Option<String> {
    let places = usize::try_from(-exponent).ok()?;
    match digits.len().checked_sub(places) {
        Some(whole) if whole > 0 => {
            let (whole, fraction) = digits.split_at(whole);
            Some(format!("{whole}.{fraction}"))
        }
        _ if -exponent <= MOST_PLAIN_DIGITS => {
            Some(format!("0.{}{digits}", "0".repeat(places - digits.len())))
        }
        _ => None,
    }
}

fn ten_to(exponent: i64) -> BigInt {
    BigInt::from(10).pow(u32::try_from(exponent).unwrap_or_default())
}

fn zero() -> BigInt {
    BigInt::default()
}

/// The quotient towards minus infinity, and the remainder with the divisor's sign.
fn divided(one: &BigInt, two: &BigInt) -> (BigInt, BigInt) {
    let (quotient, remainder) = (one / two, one % two);
    if remainder != zero() && ((remainder < zero()) != (*two < zero())) {
        (quotient - 1, remainder + two)
    } else {
        (quotient, remainder)
    }
}

impl Number {
    /// The sum.
    ///
    /// # Errors
    /// If it has too many digits.
    pub fn plus(&self, other: &Self) -> Calculated {
        if let Some(sum) = self
            .small()
            .zip(other.small())
            .and_then(|(one, two)| one.checked_add(two))
        {
            return Ok(sum.into());
        }
        let (one, two, exponent) = Exact::aligned(Exact::of(self)?, Exact::of(other)?);
        Exact {
            mantissa: one + two,
            exponent,
        }
        .into_number()
    }

    /// The difference.
    ///
    /// # Errors
    /// If it has too many digits.
    pub fn minus(&self, other: &Self) -> Calculated {
        self.plus(&other.negated())
    }

    /// The product.
    ///
    /// # Errors
    /// If it has too many digits.
    pub fn times(&self, other: &Self) -> Calculated {
        if let Some(product) = self
            .small()
            .zip(other.small())
            .and_then(|(one, two)| one.checked_mul(two))
        {
            return Ok(product.into());
        }
        let (one, two) = (Exact::of(self)?, Exact::of(other)?);
        Exact {
            mantissa: one.mantissa * two.mantissa,
            exponent: one.exponent + two.exponent,
        }
        .into_number()
    }

    /// The quotient: exact if its digits end, else the nearest double.
    ///
    /// # Errors
    /// If the divisor is zero or the result too large.
    pub fn divided_by(&self, other: &Self) -> Calculated {
        let (one, two) = (Exact::of(self)?, Exact::of(other)?);
        if two.mantissa == zero() {
            return Err(ArithmeticError::DivisionByZero);
        }
        let twos = two.mantissa.trailing_zeros().unwrap_or_default();
        let mut odd = two.mantissa.clone() >> twos;
        let mut fives = 0_u64;
        while &odd % 5 == zero() {
            odd /= 5;
            fives += 1;
        }
        let places = i64::try_from(twos.max(fives)).unwrap_or(i64::MAX);
        if places > MOST_DIGITS || &one.mantissa % &odd != zero() {
            return Self::from_finite(self.as_f64() / other.as_f64());
        }
        let mantissa = one.mantissa * ten_to(places) / two.mantissa;
        Exact {
            mantissa,
            exponent: one.exponent - two.exponent - places,
        }
        .into_number()
    }

    /// The quotient as an integer, rounded down, and the remainder, which has the divisor's sign.
    ///
    /// # Errors
    /// If the divisor is zero or a result too large.
    pub fn divided_down(&self, other: &Self) -> Result<(Self, Self), ArithmeticError> {
        let (one, two, exponent) = Exact::aligned(Exact::of(self)?, Exact::of(other)?);
        if two == zero() {
            return Err(ArithmeticError::DivisionByZero);
        }
        let (quotient, remainder) = divided(&one, &two);
        let quotient = Exact {
            mantissa: quotient,
            exponent: 0,
        }
        .into_number()?;
        Ok((
            quotient,
            Exact {
                mantissa: remainder,
                exponent,
            }
            .into_number()?,
        ))
    }

    /// The power: exact for an integer exponent, else the nearest double.
    ///
    /// # Errors
    /// If zero is raised to a negative power, or the result is too large or not a real number.
    pub fn to_the(&self, power: &Self) -> Calculated {
        let Some(times) = power.as_i64() else {
            return Self::from_finite(self.as_f64().powf(power.as_f64()));
        };
        if times < 0 {
            return Self::from(1_i64).divided_by(&self.to_the(&power.negated())?);
        }
        let base = Exact::of(self)?;
        let digits = i64::try_from(base.mantissa.bits())
            .unwrap_or(i64::MAX)
            .saturating_mul(times)
            / 4;
        let exponent = base.exponent.saturating_mul(times);
        if digits > MOST_DIGITS || exponent.abs() > MOST_DIGITS {
            return if base.mantissa.bits() <= 1 {
                self.to_the_small(times)
            } else {
                Err(ArithmeticError::TooLarge)
            };
        }
        Exact {
            mantissa: base.mantissa.pow(u32::try_from(times).unwrap_or(u32::MAX)),
            exponent,
        }
        .into_number()
    }

    /// A large power of a number whose only digit is 0 or 1.
    fn to_the_small(&self, times: i64) -> Calculated {
        match self.as_i64() {
            Some(-1) if times % 2 == 0 => Ok(1_i64.into()),
            Some(unit @ -1..=1) => Ok(unit.into()),
            _ => Err(ArithmeticError::TooLarge),
        }
    }

    /// The number with the other sign, in the same digits; zero has none.
    #[must_use]
    pub fn negated(&self) -> Self {
        let text = self.to_string();
        match text.strip_prefix('-') {
            Some(digits) => Self::from_checked(digits),
            None if *self == Self::from(0_i64) => self.clone(),
            None => Self::from_checked(&format!("-{text}")),
        }
    }

    /// The number without its sign.
    #[must_use]
    pub fn absolute(&self) -> Self {
        if *self < Self::from(0_i64) {
            self.negated()
        } else {
            self.clone()
        }
    }

    /// The number with at most N digits after the point; negative ones round to tens, hundreds, …
    ///
    /// # Errors
    /// If the number has too many digits.
    pub fn round(&self, places: i64, rounding: Rounding) -> Calculated {
        let Exact { mantissa, exponent } = Exact::of(self)?;
        let cut = exponent.saturating_neg().saturating_sub(places);
        if cut <= 0 {
            return Ok(self.clone());
        }
        if cut > 2 * MOST_DIGITS {
            return if rounding == Rounding::Ceil || rounding == Rounding::Floor {
                Err(ArithmeticError::TooLarge)
            } else {
                Ok(0_i64.into())
            };
        }
        let unit = ten_to(cut);
        let (down, rest) = divided(&mantissa, &unit);
        let negative = mantissa < zero();
        let up = match rounding {
            Rounding::Floor => false,
            Rounding::Ceil => rest != zero(),
            Rounding::Truncate => negative && rest != zero(),
            Rounding::Nearest if negative => &rest * 2 > unit,
            Rounding::Nearest => &rest * 2 >= unit,
        };
        Exact {
            mantissa: if up { down + 1 } else { down },
            exponent: -places,
        }
        .into_number()
    }

    fn from_finite(value: f64) -> Calculated {
        let error = if value.is_nan() {
            ArithmeticError::NoResult
        } else {
            ArithmeticError::TooLarge
        };
        Self::from_f64(value).ok_or(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Number {
        Number::parse(text).unwrap()
    }

    fn calculated(one: &str, operator: &str, two: &str) -> Result<String, ArithmeticError> {
        let (one, two) = (number(one), number(two));
        let result = match operator {
            "+" => one.plus(&two),
            "-" => one.minus(&two),
            "*" => one.times(&two),
            "/" => one.divided_by(&two),
            "//" => one.divided_down(&two).map(|(quotient, _)| quotient),
            "%" => one.divided_down(&two).map(|(_, rest)| rest),
            _ => one.to_the(&two),
        };
        result.map(|number| number.to_string())
    }

    #[test]
    fn results_are_exact() {
        for (one, operator, two, result) in [
            ("0.1", "+", "0.2", "0.3"),
            ("1.10", "*", "2", "2.2"),
            ("0.3", "-", "0.1", "0.2"),
            (
                "12345678901234567890.1",
                "-",
                "12345678901234567890.05",
                "0.05",
            ),
            ("9223372036854775807", "+", "1", "9223372036854775808"),
            (
                "9223372036854775807",
                "*",
                "-9223372036854775807",
                "-85070591730234615847396907784232501249",
            ),
            ("10", "/", "4", "2.5"),
            ("10", "/", "5", "2"),
            ("0.3", "/", "0.1", "3"),
            ("-1", "/", "1024", "-0.0009765625"),
            ("10", "/", "3", "3.3333333333333335"),
            ("7", "//", "2", "3"),
            ("-7", "//", "2", "-4"),
            ("-7", "%", "2", "1"),
            ("7", "%", "-2", "-1"),
            ("5.5", "%", "0.2", "0.1"),
            (
                "2",
                "**",
                "200",
                "1606938044258990275541962092341162602522202993782792835301376",
            ),
            ("1.1", "**", "3", "1.331"),
            ("2", "**", "-2", "0.25"),
            ("2", "**", "0.5", "1.4142135623730951"),
            ("1e400", "*", "2", "2e400"),
            ("1e-500", "*", "2", "2e-500"),
            ("1.5e3", "+", "0.5", "1500.5"),
            ("-1", "**", "99999999999", "-1"),
            ("-0.0", "+", "0", "0"),
        ] {
            assert_eq!(
                calculated(one, operator, two).as_deref(),
                Ok(result),
                "{one} {operator} {two}"
            );
        }
    }

    #[test]
    fn what_has_no_result_is_an_error() {
        use ArithmeticError::{DivisionByZero, NoResult, TooLarge};
        for (one, operator, two, error) in [
            ("1", "/", "0.0", DivisionByZero),
            ("1", "//", "0", DivisionByZero),
            ("1.5", "%", "0", DivisionByZero),
            ("0", "**", "-1", DivisionByZero),
            ("-2", "**", "0.5", NoResult),
            ("9", "**", "999999999", TooLarge),
            ("1e999999999", "+", "1", TooLarge),
            ("1e9999", "*", "1e9999", TooLarge),
        ] {
            assert_eq!(
                calculated(one, operator, two),
                Err(error),
                "{one} {operator} {two}"
            );
        }
    }

    #[test]
    fn rounding_keeps_digits_that_need_none() {
        use Rounding::{Ceil, Floor, Nearest, Truncate};
        for (text, places, rounding, result) in [
            ("1.005", 2, Nearest, "1.01"),
            ("-2.5", 0, Nearest, "-3"),
            ("-2.4", 0, Nearest, "-2"),
            ("2.50", 2, Nearest, "2.50"),
            ("2.501", 0, Floor, "2"),
            ("-2.501", 0, Floor, "-3"),
            ("2.001", 0, Ceil, "3"),
            ("-2.9", 0, Truncate, "-2"),
            ("1250", -2, Nearest, "1300"),
            ("3", -4, Nearest, "0"),
        ] {
            assert_eq!(
                number(text).round(places, rounding).unwrap().to_string(),
                result,
                "{text} {places} {rounding:?}"
            );
        }
        assert_eq!(
            (
                number("1.50").negated().to_string(),
                number("-1.50").absolute().to_string()
            ),
            ("-1.50".into(), "1.50".into())
        );
    }
}
