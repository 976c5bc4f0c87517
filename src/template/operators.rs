//! What the operators do: arithmetic, joining, comparisons, membership, truth.

use std::cmp::Ordering;

use super::fault::Fault;
use super::item::Run;
use super::order::compare;
use super::tree::{Comparison, Operator};
use crate::value::{ArithmeticError, Number, Value};

/// Whether a value counts as true: not null, `false`, zero or empty.
pub(super) fn is_true(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(value) => *value,
        Value::Number(number) => *number != Number::from(0_i64),
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(members) => !members.is_empty(),
    }
}

/// The result of an operator between two values.
pub(super) fn binary(
    run: &Run,
    operator: Operator,
    one: &Value,
    two: &Value,
) -> Result<Value, Fault> {
    match (operator, one, two) {
        (Operator::Join, _, _) => {
            let (mut joined, other) = (super::call::text(one)?, super::call::text(two)?);
            run.spend_bytes(joined.len() + other.len())?;
            joined.push_str(&other);
            Ok(Value::String(joined))
        }
        (_, Value::Number(one), Value::Number(two)) => calculate(operator, one, two)
            .map_err(arithmetic)
            .map(Value::Number),
        (Operator::Add, Value::String(one), Value::String(two)) => {
            run.spend_bytes(one.len() + two.len())?;
            Ok(Value::String(format!("{one}{two}")))
        }
        (Operator::Add, Value::Array(one), Value::Array(two)) => {
            run.spend(one.len() + two.len())?;
            Ok(Value::Array(one.iter().chain(two).cloned().collect()))
        }
        (
            Operator::Multiply,
            Value::Number(times),
            repeated @ (Value::String(_) | Value::Array(_)),
        )
        | (
            Operator::Multiply,
            repeated @ (Value::String(_) | Value::Array(_)),
            Value::Number(times),
        ) => repeat(run, repeated, times).ok_or_else(|| unfit(operator, one, two))?,
        _ => Err(unfit(operator, one, two)),
    }
}

fn repeat(run: &Run, value: &Value, times: &Number) -> Option<Result<Value, Fault>> {
    let times = times.as_i64()?;
    let times = usize::try_from(times).unwrap_or(0);
    let repeated = match value {
        Value::String(text) => run
            .spend_bytes(text.len().saturating_mul(times))
            .map(|()| Value::String(text.repeat(times))),
        _ => run.spend_on(value, times).map(|()| {
            let items = value.as_array().unwrap_or_default();
            Value::Array(
                std::iter::repeat_n(items, times)
                    .flatten()
                    .cloned()
                    .collect(),
            )
        }),
    };
    Some(repeated)
}

fn calculate(operator: Operator, one: &Number, two: &Number) -> Result<Number, ArithmeticError> {
    match operator {
        Operator::Add => one.plus(two),
        Operator::Subtract => one.minus(two),
        Operator::Multiply => one.times(two),
        Operator::Divide => one.divided_by(two),
        Operator::FloorDivide => one.divided_down(two).map(|(quotient, _)| quotient),
        Operator::Remainder => one.divided_down(two).map(|(_, rest)| rest),
        Operator::Power | Operator::Join => one.to_the(two),
    }
}

/// Why there is no result.
pub(super) fn arithmetic(error: ArithmeticError) -> Fault {
    Fault::new(match error {
        ArithmeticError::DivisionByZero => "division by zero",
        ArithmeticError::TooLarge => "the result has too many digits",
        ArithmeticError::NoResult => "the result is not a real number",
    })
}

fn unfit(operator: Operator, one: &Value, two: &Value) -> Fault {
    let (first, second) = (one.kind().with_article(), two.kind().with_article());
    let message = match operator {
        Operator::Add => format!("cannot add {first} and {second}"),
        Operator::Subtract => format!("cannot subtract {second} from {first}"),
        Operator::Multiply => format!("cannot multiply {first} and {second}"),
        Operator::Divide | Operator::FloorDivide => format!("cannot divide {first} by {second}"),
        Operator::Remainder => format!("cannot take the remainder of {first} by {second}"),
        Operator::Power | Operator::Join => format!("cannot raise {first} to {second}"),
    };
    let has_text = matches!(one, Value::String(_)) || matches!(two, Value::String(_));
    let hint = if operator == Operator::Add && has_text {
        Some("`~` joins strings, `| int` and `| float` convert a string to a number")
    } else {
        has_text.then_some("`| int` and `| float` convert a string to a number")
    };
    Fault::new(message).with_hint(hint.map(str::to_owned))
}

/// Whether a comparison holds.
pub(super) fn compares(
    run: &Run,
    comparison: Comparison,
    one: &Value,
    two: &Value,
) -> Result<bool, Fault> {
    match comparison {
        Comparison::Equal => Ok(one == two),
        Comparison::Unequal => Ok(one != two),
        Comparison::Less => compare(one, two).map(Ordering::is_lt),
        Comparison::LessOrEqual => compare(one, two).map(Ordering::is_le),
        Comparison::Greater => compare(one, two).map(Ordering::is_gt),
        Comparison::GreaterOrEqual => compare(one, two).map(Ordering::is_ge),
        Comparison::In => is_in(run, one, two),
        Comparison::NotIn => is_in(run, one, two).map(|is_in| !is_in),
    }
}

/// Whether a value is an item of an array, a part of a string, or the name of a member.
pub(super) fn is_in(run: &Run, value: &Value, container: &Value) -> Result<bool, Fault> {
    match (container, value) {
        (Value::Array(items), _) => {
            run.spend(items.len())?;
            Ok(items.contains(value))
        }
        (Value::String(text), Value::String(part)) => Ok(text.contains(part.as_str())),
        (Value::Object(members), Value::String(name)) => Ok(members.contains_key(name)),
        (Value::String(_) | Value::Object(_), _) => {
            let (kind, container) = (value.kind().with_article(), container.kind().with_article());
            Err(Fault::new(format!(
                "{kind} cannot be in {container}, only a string can"
            )))
        }
        _ => Err(Fault::new(format!(
            "nothing can be in {}",
            container.kind().with_article()
        ))),
    }
}
