//! The filters that give numbers and booleans.

use super::attribute::attribute_value;
use super::call::{Builtin, Call};
use super::fault::Fault;
use super::item::Item;
use super::literal;
use super::operators::{arithmetic, is_true};
use crate::value::{Number, Rounding, Value};

type Made = Result<Item<'static>, Fault>;

/// The filter of that name.
pub(super) fn find(name: &str) -> Option<Builtin<Item<'static>>> {
    Some(match name {
        "abs" => Builtin::new(&[], 0, |call| {
            call.subject_number()
                .map(|number| Item::from(number.absolute()))
        }),
        "bool" => Builtin::new(&[], 0, |call| boolean(call).map(Item::from)),
        "int" => Builtin::new(&["default", "base"], 0, int),
        "float" => Builtin::new(&["default"], 0, float),
        "round" => Builtin::new(&["precision", "method"], 0, round),
        "sum" => Builtin::new(&["attribute", "start"], 0, sum),
        _ => return None,
    })
}

/// Texts that say yes or no, in any case; anything else by whether it counts as true.
fn boolean(call: &Call<'_>) -> Result<bool, Fault> {
    let Some(text) = call.subject.as_str() else {
        return Ok(is_true(call.subject));
    };
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" | "1" => Ok(true),
        "false" | "no" | "off" | "0" => Ok(false),
        _ => {
            let hint =
                "`bool` knows `true`, `yes`, `on`, `1` and `false`, `no`, `off`, `0`".to_owned();
            let plain = "the string is neither true nor false";
            Err(Fault::new(format!("`{text}` is neither true nor false"))
                .with_hint(hint)
                .quoting(plain))
        }
    }
}

/// The number that a text says: also with a `+`, with leading zeros, or as `.5`.
fn number_in(text: &str) -> Option<Number> {
    let text = text.trim();
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let is_number = digits
        .bytes()
        .next()
        .is_some_and(|byte| byte.is_ascii_digit() || byte == b'.')
        && !digits.contains(['_', 'x', 'b', 'o', 'X', 'B', 'O']);
    let digits = if digits.starts_with('.') {
        format!("0{digits}")
    } else {
        digits.to_owned()
    };
    let number =
        literal::number(digits.strip_suffix('.').unwrap_or(&digits)).filter(|_| is_number)?;
    Some(if sign.is_empty() {
        number
    } else {
        number.negated()
    })
}

/// What the subject is as a number; the default, if one is given, serves what is none.
fn converted(
    call: &Call<'_>,
    read: impl Fn(&str) -> Option<Number>,
) -> Result<Result<Number, Value>, Fault> {
    let number = match call.subject {
        Value::Number(number) => Some(number.clone()),
        Value::String(text) => read(text),
        _ => None,
    };
    match (number, call.given(0)) {
        (Some(number), _) => Ok(Ok(number)),
        (None, Some(default)) => Ok(Err(default.clone())),
        (None, None) => Err(match call.subject {
            Value::String(text) => Fault::new(format!("`{text}` is not a number"))
                .quoting("the string is not a number"),
            _ => call.unfit("a number or a string"),
        }),
    }
}

/// The integer: a fraction is cut off.
fn int(call: &Call<'_>) -> Made {
    let base = u32::try_from(call.integer("base")?.unwrap_or(10)).unwrap_or_default();
    if !(2..=36).contains(&base) {
        return Err(Fault::new("argument `base` of `int` is not from 2 to 36"));
    }
    let read = |text: &str| {
        if base == 10 {
            number_in(text)
        } else {
            in_base(text.trim(), base)
        }
    };
    match converted(call, read)? {
        Ok(number) => number
            .round(0, Rounding::Truncate)
            .map_err(arithmetic)
            .map(plain)
            .map(Item::from),
        Err(default) => Ok(Item::from(default)),
    }
}

/// An integer in its plain form: `1e3` and `1000.0` are 1000.
fn plain(number: Number) -> Number {
    number.as_i64().map_or(number, Number::from)
}

fn in_base(text: &str, base: u32) -> Option<Number> {
    let (negative, digits) = text
        .strip_prefix('-')
        .map_or((false, text.strip_prefix('+').unwrap_or(text)), |digits| {
            (true, digits)
        });
    let prefix = match base {
        2 => "0b",
        8 => "0o",
        16 => "0x",
        _ => "",
    };
    let lower = digits.to_ascii_lowercase();
    let number = literal::integer(lower.strip_prefix(prefix).unwrap_or(&lower), base)?;
    Some(if negative { number.negated() } else { number })
}

/// The number that a text says, in its digits.
fn float(call: &Call<'_>) -> Made {
    converted(call, number_in).map(|converted| converted.map_or_else(Item::from, Item::from))
}

fn round(call: &Call<'_>) -> Made {
    let rounding = match call.text("method")? {
        None | Some("common") => Rounding::Nearest,
        Some("ceil") => Rounding::Ceil,
        Some("floor") => Rounding::Floor,
        Some(_) => {
            return Err(Fault::new(
                "argument `method` of `round` is one of `common`, `ceil`, `floor`",
            ));
        }
    };
    let places = call.integer("precision")?.unwrap_or(0);
    call.subject_number()?
        .round(places, rounding)
        .map_err(arithmetic)
        .map(Item::from)
}

/// The sum of numbers, or of an attribute of each item.
fn sum(call: &Call<'_>) -> Made {
    let start = call
        .argument("start")
        .unwrap_or(&Value::Number(Number::from(0_i64)))
        .clone();
    let Value::Number(mut sum) = start else {
        return Err(Fault::new("argument `start` of `sum` is not a number"));
    };
    let items = call.items()?;
    call.run.spend(items.len())?;
    for (index, item) in items.iter().enumerate() {
        let value = match call.argument("attribute") {
            Some(path) => attribute_value(item, path, (call.source, index))?,
            None => std::borrow::Cow::Borrowed(item),
        };
        let number = value.as_number().ok_or_else(|| {
            Fault::new(format!(
                "`sum` takes numbers, not {} (item {index})",
                value.kind().with_article()
            ))
        })?;
        sum = sum.plus(number).map_err(arithmetic)?;
    }
    Ok(Item::from(sum))
}
