//! The tests that stand behind `is`.
//!
//! A test that cannot be applied to a value fails: `'x' is odd` and `'x' is not odd` are errors.

use std::cmp::Ordering;

use super::call::{Builtin, Call, Given};
use super::fault::Fault;
use super::item::{Item, Run};
use super::operators::{arithmetic, is_in};
use super::order::compare;
use super::{filters, names};
use crate::suggest::did_you_mean;
use crate::value::{Number, Value};

type Test = Builtin<bool>;
type Holds = Result<bool, Fault>;

/// Whether a test is one of the two that take undefined values.
pub(super) fn is_special(name: &str) -> bool {
    ["defined", "undefined"].contains(&name)
}

/// Whether a test holds; `name` is its name and its subject as written.
pub(super) fn apply(run: &Run, name: (&str, &str), subject: Item<'_>, given: &Given<'_>) -> Holds {
    if is_special(name.0) {
        if !given.positional.is_empty() || !given.named.is_empty() {
            return Err(Fault::new(format!("`{}` takes no arguments", name.0)));
        }
        return Ok(matches!(subject, Item::Undefined(_)) == (name.0 == "undefined"));
    }
    let unknown = || {
        let hint = did_you_mean(name.0, names::TESTS.iter().copied());
        Fault::new(format!("there is no test `{}`", name.0))
            .with_hint(hint)
            .quoting("there is no such test")
    };
    let test = find(name.0).ok_or_else(unknown)?;
    let subject = subject.value()?;
    Call::new(run, name.0, &subject, name.1).perform(&test, given.by_ref())
}

/// The test of that name.
pub(super) fn find(name: &str) -> Option<Test> {
    find_kind(name)
        .or_else(|| find_comparison(name))
        .or_else(|| {
            Some(match name {
                "divisibleby" => Test::new(&["num"], 1, |call| {
                    let divisor = call
                        .required("num")?
                        .as_number()
                        .ok_or_else(|| Fault::new("`divisibleby` takes a number"))?;
                    is_divisible(call, divisor)
                }),
                "even" => Test::new(&[], 0, |call| {
                    integer(call).and_then(|()| is_divisible(call, &Number::from(2_i64)))
                }),
                "odd" => Test::new(&[], 0, |call| {
                    integer(call)
                        .and_then(|()| is_divisible(call, &Number::from(2_i64)))
                        .map(|even| !even)
                }),
                "in" => Test::new(&["seq"], 1, |call| {
                    is_in(call.run, call.subject, call.required("seq")?)
                }),
                "startingwith" => Test::new(&["text"], 1, |call| {
                    Ok(string(call)?.starts_with(call.required_text("text")?))
                }),
                "endingwith" => Test::new(&["text"], 1, |call| {
                    Ok(string(call)?.ends_with(call.required_text("text")?))
                }),
                "lower" => Test::new(&[], 0, |call| {
                    string(call).map(|text| is_cased(text, char::is_lowercase, char::is_uppercase))
                }),
                "upper" => Test::new(&[], 0, |call| {
                    string(call).map(|text| is_cased(text, char::is_uppercase, char::is_lowercase))
                }),
                "filter" => Test::new(&[], 0, |call| {
                    string(call)
                        .map(|name| filters::is_special(name) || filters::find(name).is_some())
                }),
                "test" => Test::new(&[], 0, |call| {
                    string(call).map(|name| is_special(name) || find(name).is_some())
                }),
                // Nothing is escaped here, so nothing is marked as safe.
                "safe" | "escaped" => Test::new(&[], 0, |_| Ok(false)),
                _ => return None,
            })
        })
}

/// The tests that ask what kind a value is.
fn find_kind(name: &str) -> Option<Test> {
    let holds: fn(&Call<'_>) -> Holds = match name {
        "none" => |call| Ok(*call.subject == Value::Null),
        "boolean" => |call| Ok(matches!(call.subject, Value::Bool(_))),
        "true" => |call| Ok(*call.subject == Value::Bool(true)),
        "false" => |call| Ok(*call.subject == Value::Bool(false)),
        "number" => |call| Ok(matches!(call.subject, Value::Number(_))),
        "int" | "integer" => |call| Ok(call.subject.as_number().is_some_and(Number::is_integer)),
        "float" => |call| {
            Ok(call
                .subject
                .as_number()
                .is_some_and(Number::has_fraction_or_exponent))
        },
        "string" => |call| Ok(matches!(call.subject, Value::String(_))),
        "sequence" => |call| Ok(matches!(call.subject, Value::Array(_))),
        "mapping" => |call| Ok(matches!(call.subject, Value::Object(_))),
        "iterable" => |call| {
            Ok(matches!(
                call.subject,
                Value::Array(_) | Value::Object(_) | Value::String(_)
            ))
        },
        _ => return None,
    };
    Some(Test::new(&[], 0, holds))
}

fn find_comparison(name: &str) -> Option<Test> {
    let holds: fn(&Call<'_>) -> Holds = match name {
        "eq" | "equalto" | "==" | "sameas" => |call| Ok(call.subject == call.required("other")?),
        "ne" | "!=" => |call| Ok(call.subject != call.required("other")?),
        "lt" | "lessthan" | "<" => {
            |call| compare(call.subject, call.required("other")?).map(Ordering::is_lt)
        }
        "le" | "<=" => |call| compare(call.subject, call.required("other")?).map(Ordering::is_le),
        "gt" | "greaterthan" | ">" => {
            |call| compare(call.subject, call.required("other")?).map(Ordering::is_gt)
        }
        "ge" | ">=" => |call| compare(call.subject, call.required("other")?).map(Ordering::is_ge),
        _ => return None,
    };
    Some(Test::new(&["other"], 1, holds))
}

fn string<'c>(call: &Call<'c>) -> Result<&'c str, Fault> {
    call.subject.as_str().ok_or_else(|| call.unfit("a string"))
}

fn integer(call: &Call<'_>) -> Result<(), Fault> {
    let is_integer = call.subject.as_number().is_some_and(Number::is_integer);
    if is_integer {
        Ok(())
    } else {
        Err(call.unfit("an integer"))
    }
}

fn is_divisible(call: &Call<'_>, divisor: &Number) -> Holds {
    let (_, rest) = call
        .subject_number()?
        .divided_down(divisor)
        .map_err(arithmetic)?;
    Ok(rest == Number::from(0_i64))
}

/// Whether a text has letters of one case and none of the other.
fn is_cased(text: &str, wanted: fn(char) -> bool, unwanted: fn(char) -> bool) -> bool {
    text.chars().any(wanted) && !text.chars().any(unwanted)
}
