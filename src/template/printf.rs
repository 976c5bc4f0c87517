//! `'%05.2f' | format(price)`: printf's conversions, on exact numbers.

use super::call::{Call, text};
use super::fault::Fault;
use super::item::Item;
use super::operators::arithmetic;
use crate::value::{Number, Rounding, Value};

/// How wide a field, and how long a fraction may be.
const WIDEST: usize = 10_000;

/// One `%…`.
#[derive(Default)]
struct Conversion {
    /// Of `-+ 0#` those that are given.
    flags: String,
    name: Option<String>,
    width: usize,
    precision: Option<usize>,
    letter: char,
}

/// The subject with its `%…` filled in: by position, or `%(name)s` by name.
pub(super) fn format(call: &Call<'_>) -> Result<Item<'static>, Fault> {
    let subject = call
        .subject
        .as_str()
        .ok_or_else(|| call.unfit("a string"))?;
    let mut written = String::with_capacity(subject.len());
    let mut arguments = call.rest.iter();
    let mut rest = subject;
    while let Some((plain, after)) = rest.split_once('%') {
        written.push_str(plain);
        if let Some(after) = after.strip_prefix('%') {
            written.push('%');
            rest = after;
            continue;
        }
        let (conversion, after) = Conversion::parse(after)?;
        let value = match &conversion.name {
            Some(name) => call
                .named
                .iter()
                .find(|(given, _)| given == name)
                .map(|(_, value)| value),
            None => arguments.next(),
        };
        let value = value.ok_or_else(|| Fault::new("`format` has fewer arguments than `%…`"))?;
        written.push_str(&conversion.write(value)?);
        rest = after;
    }
    if arguments.next().is_some() {
        return Err(Fault::new("`format` has more arguments than `%…`"));
    }
    written.push_str(rest);
    call.made(written)
}

impl Conversion {
    fn parse(text: &str) -> Result<(Self, &str), Fault> {
        let wrong = || {
            Fault::new(
                "a `%` of `format` is not followed by a conversion: `%s`, `%d`, `%.2f`, `%x`",
            )
        };
        let mut conversion = Self::default();
        let mut rest = text;
        if let Some((name, after)) = rest.strip_prefix('(').and_then(|rest| rest.split_once(')')) {
            conversion.name = Some(name.to_owned());
            rest = after;
        }
        let after_flags = rest.trim_start_matches(['-', '+', ' ', '0', '#']);
        rest.get(..rest.len() - after_flags.len())
            .unwrap_or_default()
            .clone_into(&mut conversion.flags);
        rest = after_flags;
        let (width, after) = digits(rest)?;
        conversion.width = width.unwrap_or_default();
        rest = after;
        if let Some(after) = rest.strip_prefix('.') {
            let (precision, after) = digits(after)?;
            conversion.precision = Some(precision.unwrap_or_default());
            rest = after;
        }
        conversion.letter = rest
            .chars()
            .next()
            .filter(|letter| "sdiufFxXoc".contains(*letter))
            .ok_or_else(wrong)?;
        Ok((conversion, rest.get(1..).unwrap_or_default()))
    }

    fn has(&self, flag: char) -> bool {
        self.flags.contains(flag)
    }

    fn write(&self, value: &Value) -> Result<String, Fault> {
        if self.letter == 's' {
            let written = text(value)?;
            let cut = self
                .precision
                .map(|most| written.chars().take(most).collect());
            return Ok(self.pad("", &cut.unwrap_or(written)));
        }
        if let ('c', Value::String(character)) = (self.letter, value) {
            return Ok(self.pad("", character));
        }
        let kind = value.kind().with_article();
        let number = value
            .as_number()
            .ok_or_else(|| Fault::new(format!("`%{}` takes a number, not {kind}", self.letter)))?;
        let written = match self.letter {
            'f' | 'F' => fixed(&number.absolute(), self.precision.unwrap_or(6))?,
            'd' | 'i' | 'u' => fixed(
                &number
                    .absolute()
                    .round(0, Rounding::Truncate)
                    .map_err(arithmetic)?,
                0,
            )?,
            _ => self.integer(number)?,
        };
        let sign = match (*number < Number::from(0_i64), self.has('+'), self.has(' ')) {
            (true, ..) => "-",
            (_, true, _) => "+",
            (_, _, true) => " ",
            _ => "",
        };
        Ok(self.pad(sign, &written))
    }

    fn integer(&self, number: &Number) -> Result<String, Fault> {
        let integer = number
            .absolute()
            .as_i128()
            .ok_or_else(|| Fault::new(format!("`%{}` takes an integer", self.letter)))?;
        Ok(match (self.letter, self.has('#')) {
            ('x', false) => format!("{integer:x}"),
            ('x', true) => format!("{integer:#x}"),
            ('X', false) => format!("{integer:X}"),
            ('X', true) => format!("{integer:#X}"),
            ('o', false) => format!("{integer:o}"),
            ('o', true) => format!("{integer:#o}"),
            _ => {
                let character = u32::try_from(integer).ok().and_then(char::from_u32);
                character
                    .ok_or_else(|| Fault::new("`%c` takes a character"))?
                    .to_string()
            }
        })
    }

    fn pad(&self, sign: &str, written: &str) -> String {
        let missing = self
            .width
            .saturating_sub(sign.len() + written.chars().count());
        if self.has('-') {
            format!("{sign}{written}{}", " ".repeat(missing))
        } else if self.has('0') && self.letter != 's' {
            format!("{sign}{}{written}", "0".repeat(missing))
        } else {
            format!("{}{sign}{written}", " ".repeat(missing))
        }
    }
}

/// A number with exactly N digits after its point.
fn fixed(number: &Number, places: usize) -> Result<String, Fault> {
    let rounded = number
        .round(i64::try_from(places).unwrap_or(i64::MAX), Rounding::Nearest)
        .map_err(arithmetic)?;
    // A sum is written without an exponent and without spare zeros.
    let plain = rounded
        .plus(&Number::parse("0.0").unwrap_or_else(|| 0_i64.into()))
        .map_err(arithmetic)?
        .to_string();
    let (whole, fraction) = plain.split_once('.').unwrap_or((&plain, ""));
    Ok(if places == 0 {
        whole.to_owned()
    } else {
        format!("{whole}.{fraction:0<places$}")
    })
}

/// A number at the front of a text, within bounds.
fn digits(text: &str) -> Result<(Option<usize>, &str), Fault> {
    let length = text.bytes().take_while(u8::is_ascii_digit).count();
    let (digits, rest) = text.split_at(length);
    if digits.is_empty() {
        return Ok((None, rest));
    }
    let number = digits.parse().ok().filter(|number| *number <= WIDEST);
    number.map(|number| (Some(number), rest)).ok_or_else(|| {
        Fault::new(format!(
            "`format` writes at most {WIDEST} characters at a time"
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::scope;

    #[test]
    fn conversions_are_printfs() {
        for (text, value) in [
            ("{{ '%.2f' | format(1.005) }}", "1.01"),
            (
                "{{ '%5.1f|%-5d|%05d|%+d' | format(2.25, 3, -4, 5) }}",
                "  2.3|3    |-0004|+5",
            ),
            ("{{ '%s is %d%%' | format('tea', 50.9) }}", "tea is 50%"),
            (
                "{{ '%x %X %#o %c' | format(255, 255, 8, 65) }}",
                "ff FF 0o10 A",
            ),
            ("{{ '%(a)s-%(b)s' | format(a=1, b=true) }}", "1-true"),
            ("{{ '%.3s' | format('abcdef') }}", "abc"),
            ("{{ '%f' | format(1) }}", "1.000000"),
        ] {
            assert_eq!(scope("{}").eval(text), Ok(format!("\"{value}\"")), "{text}");
        }
        for text in [
            "{{ '%d' | format('x') }}",
            "{{ '%s' | format() }}",
            "{{ '%s' | format(1, 2) }}",
            "{{ '%q' | format(1) }}",
            "{{ '%99999d' | format(1) }}",
            "{{ '%d' | format(null) }}",
        ] {
            assert!(scope("{}").eval(text).is_err(), "{text}");
        }
    }
}
