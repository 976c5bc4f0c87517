//! `value[start:stop:step]`, as Python has it.

use super::fault::Fault;
use super::item::Run;
use crate::value::Value;

/// The items or characters from `start` to before `stop`, every `step`th; negative numbers count from the end.
pub(super) fn slice(run: &Run, value: &Value, bounds: [Option<i64>; 3]) -> Result<Value, Fault> {
    match value {
        Value::Array(items) => {
            let places = places(items.len(), bounds)?;
            run.spend(places.len())?;
            Ok(Value::Array(
                places
                    .into_iter()
                    .filter_map(|place| items.get(place))
                    .cloned()
                    .collect(),
            ))
        }
        Value::String(text) => {
            run.spend_bytes(text.len().saturating_mul(4))?;
            let characters: Vec<char> = text.chars().collect();
            let places = places(characters.len(), bounds)?;
            Ok(Value::String(
                places
                    .into_iter()
                    .filter_map(|place| characters.get(place))
                    .collect(),
            ))
        }
        other => Err(Fault::new(format!(
            "{} has no items to slice",
            other.kind().with_article()
        ))),
    }
}

fn places(length: usize, [from, to, step]: [Option<i64>; 3]) -> Result<Vec<usize>, Fault> {
    let step = step.unwrap_or(1);
    let by = usize::try_from(step.unsigned_abs()).unwrap_or(usize::MAX);
    let end = i64::try_from(length).unwrap_or(i64::MAX);
    let from_end = |bound: i64| {
        if bound < 0 {
            bound.saturating_add(end)
        } else {
            bound
        }
    };
    let range =
        |low: i64, high: i64| usize::try_from(low).unwrap_or(0)..usize::try_from(high).unwrap_or(0);
    match step {
        0 => Err(Fault::new("the step of a slice cannot be 0")),
        1.. => {
            let bound = |bound: Option<i64>, default| bound.map_or(default, from_end).clamp(0, end);
            Ok(range(bound(from, 0), bound(to, end)).step_by(by).collect())
        }
        _ => {
            let bound =
                |bound: Option<i64>, default| bound.map_or(default, from_end).clamp(-1, end - 1);
            let (first, after) = (bound(from, end - 1), bound(to, -1));
            Ok(range(after + 1, first + 1).rev().step_by(by).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::scope;

    #[test]
    fn slices_are_pythons() {
        for (text, value) in [
            ("{{ list[1:] }}", "[2,3,4]"),
            ("{{ list[:-1] }}", "[1,2,3]"),
            ("{{ list[::2] }}", "[1,3]"),
            ("{{ list[::-1] }}", "[4,3,2,1]"),
            ("{{ list[2:0:-1] }}", "[3,2]"),
            ("{{ list[-9:9] }}", "[1,2,3,4]"),
            ("{{ list[3:1] }}", "[]"),
            ("{{ [][::-1] }}", "[]"),
            ("{{ 'héllo'[1:3] }}", "\"él\""),
            ("{{ 'abc'[::-1] }}", "\"cba\""),
        ] {
            assert_eq!(
                scope(r#"{"list": [1, 2, 3, 4]}"#).eval(text).as_deref(),
                Ok(value),
                "{text}"
            );
        }
        assert!(scope("{}").eval("{{ null[1:] }}").is_err());
        assert!(scope("{}").eval("{{ [1][::0] }}").is_err());
    }
}
