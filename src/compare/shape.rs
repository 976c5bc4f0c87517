//! The shape of volatile values: what the responses of the first stage show of a place, and whether a value of the
//! second stage still has it.
//!
//! A volatile value cannot be compared, but that is no reason not to look at it: it must be there, and have a type and
//! a length that the first stage has shown.

use std::fmt;

use indexmap::IndexMap;
use jiff::Timestamp;

use crate::text::count;
use crate::value::diff::Change;
use crate::value::{Kind, Path, Segment, Value};

/// A place that has another shape than on the first stage.
pub(super) struct Mismatch {
    pub(super) path: Path,
    pub(super) change: Change,
}

/// What is known of one place, from all values that were seen there.
#[derive(Debug, Default)]
pub(super) struct Shape {
    kinds: Vec<Kind>,
    texts: Option<TextShape>,
    lengths: Option<Lengths>,
    items: Option<Box<Shape>>,
    objects: usize,
    members: IndexMap<String, Member>,
}

/// A member of the objects that were seen, and in how many of them it was.
#[derive(Debug, Default)]
pub(super) struct Member {
    pub(super) shape: Shape,
    seen: usize,
}

/// The fewest and the most of something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Lengths(usize, usize);

/// What strings have in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum TextShape {
    /// All are RFC 3339 timestamps; their precision may differ.
    Timestamp,
    /// All are decimal numbers with the same unit behind them, such as `12 ms`: their digits may be more or fewer.
    Quantity(String),
    /// Anything else: numbers of characters.
    Length(Lengths),
}

impl Lengths {
    pub(super) fn of(length: usize) -> Self {
        Self(length, length)
    }

    pub(super) fn add(&mut self, length: usize) {
        *self = Self(self.0.min(length), self.1.max(length));
    }

    pub(super) fn allow(self, length: usize) -> bool {
        (self.0..=self.1).contains(&length)
    }

    /// `3 items`, `2 to 3 items`
    pub(super) fn describe(self, noun: &str) -> String {
        if self.0 == self.1 {
            count(self.0, noun)
        } else {
            format!("{} to {}", self.0, count(self.1, noun))
        }
    }
}

impl TextShape {
    pub(super) fn of(text: &str) -> Self {
        if text.parse::<Timestamp>().is_ok() {
            return Self::Timestamp;
        }
        unit(text).map_or_else(
            || Self::Length(Lengths::of(characters(text))),
            |unit| Self::Quantity(unit.to_owned()),
        )
    }

    /// The shape of some strings that all are at one place; `None` without any.
    pub(super) fn of_all<'t>(texts: impl IntoIterator<Item = &'t str> + Clone) -> Option<Self> {
        let mut shapes = texts.clone().into_iter().map(Self::of);
        let first = shapes.next()?;
        if !matches!(first, Self::Length(_)) && shapes.all(|shape| shape == first) {
            return Some(first);
        }
        let mut lengths: Option<Lengths> = None;
        for length in texts.into_iter().map(characters) {
            lengths.get_or_insert(Lengths::of(length)).add(length);
        }
        lengths.map(Self::Length)
    }

    pub(super) fn allows(&self, text: &str) -> bool {
        match self {
            Self::Length(lengths) => lengths.allow(characters(text)),
            other => Self::of(text) == *other,
        }
    }
}

impl fmt::Display for TextShape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Timestamp => f.write_str("a timestamp"),
            Self::Quantity(unit) if unit.is_empty() => f.write_str("a number as a string"),
            Self::Quantity(unit) => write!(f, "a number with `{unit}`"),
            Self::Length(lengths) => f.write_str(&lengths.describe("character")),
        }
    }
}

/// What follows the digits of a number, if a string is a number with a short unit.
fn unit(text: &str) -> Option<&str> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let unit = digits
        .trim_start_matches(|c: char| c.is_ascii_digit() || c == '.')
        .trim_start();
    let number = digits.strip_suffix(unit)?.trim_end();
    let is_unit = unit.chars().count() <= 4 && unit.chars().all(|c| c.is_alphabetic() || c == '%');
    (is_unit && number.starts_with(|c: char| c.is_ascii_digit()) && number.parse::<f64>().is_ok())
        .then_some(unit)
}

fn characters(text: &str) -> usize {
    text.chars().count()
}

impl Shape {
    /// The shape that all these values have in common.
    pub(super) fn of<'v>(values: &[&'v Value]) -> Self {
        let mut shape = Self::default();
        for value in values {
            if !shape.kinds.contains(&value.kind()) {
                shape.kinds.push(value.kind());
            }
        }
        let texts: Vec<&str> = values.iter().filter_map(|value| value.as_str()).collect();
        shape.texts = TextShape::of_all(texts);
        let arrays: Vec<&'v [Value]> = values.iter().filter_map(|value| value.as_array()).collect();
        for items in &arrays {
            shape
                .lengths
                .get_or_insert(Lengths::of(items.len()))
                .add(items.len());
        }
        let items: Vec<&Value> = arrays.into_iter().flatten().collect();
        shape.items = (!items.is_empty()).then(|| Box::new(Self::of(&items)));
        shape.add_members(values);
        shape
    }

    fn add_members(&mut self, values: &[&Value]) {
        let mut found: IndexMap<&str, Vec<&Value>> = IndexMap::new();
        for value in values {
            let Value::Object(members) = value else {
                continue;
            };
            self.objects += 1;
            for (name, member) in members {
                found.entry(name).or_default().push(member);
            }
        }
        let members = found.into_iter();
        let member = |values: Vec<&Value>| Member {
            seen: values.len(),
            shape: Self::of(&values),
        };
        self.members = members
            .map(|(name, values)| (name.to_owned(), member(values)))
            .collect();
    }

    /// The shape of a member.
    pub(super) fn member(&self, name: &str) -> Option<&Self> {
        self.members.get(name).map(|member| &member.shape)
    }

    /// The shape that the items of arrays have in common.
    pub(super) fn items(&self) -> Option<&Self> {
        self.items.as_deref()
    }

    /// Members that each object here had, and this one has not.
    pub(super) fn missing<'s>(
        &'s self,
        value: &Value,
    ) -> impl Iterator<Item = (&'s str, &'s Self)> {
        let has =
            |name: &str| matches!(value, Value::Object(members) if members.contains_key(name));
        let required = self
            .members
            .iter()
            .filter(|(_, member)| member.seen == self.objects);
        let missing: Vec<_> = required.filter(|(name, _)| !has(name)).collect();
        missing
            .into_iter()
            .map(|(name, member)| (name.as_str(), &member.shape))
    }

    /// What was seen, in words: `a string`, `null or a number`.
    pub(super) fn describe(&self) -> String {
        self.kinds
            .iter()
            .map(|kind| kind.with_article())
            .collect::<Vec<_>>()
            .join(" or ")
    }

    /// Whether an array may have as many items.
    pub(super) fn check_length(&self, value: &Value, at: &Path, found: &mut Vec<Mismatch>) {
        let (Some(items), Some(lengths)) = (value.as_array(), self.lengths) else {
            return;
        };
        if !lengths.allow(items.len()) {
            found.push(changed(
                at,
                lengths.describe("item"),
                count(items.len(), "item"),
            ));
        }
    }

    /// Compares a value, with all that is in it, with the shape.
    pub(super) fn check(&self, value: &Value, at: &mut Path, found: &mut Vec<Mismatch>) {
        if !self.kinds.contains(&value.kind()) {
            return found.push(changed(
                at,
                self.describe(),
                value.kind().with_article().to_owned(),
            ));
        }
        match (value, &self.texts) {
            (Value::String(text), Some(shape)) if !shape.allows(text) => {
                let actual = if matches!(shape, TextShape::Length(_)) {
                    count(characters(text), "character")
                } else {
                    Value::from(text.as_str()).to_json()
                };
                found.push(changed(at, shape.to_string(), actual));
            }
            (Value::Array(items), _) => self.check_items(value, items, at, found),
            (Value::Object(members), _) => {
                for (name, shape) in self.missing(value) {
                    at.push(Segment::Name(name.to_owned()));
                    found.push(missing(at, shape));
                    at.pop();
                }
                for (name, member) in members {
                    at.push(Segment::Name(name.clone()));
                    match self.member(name) {
                        Some(shape) => shape.check(member, at, found),
                        None => found.push(unexpected(at, member)),
                    }
                    at.pop();
                }
            }
            _ => {}
        }
    }

    fn check_items(
        &self,
        value: &Value,
        items: &[Value],
        at: &mut Path,
        found: &mut Vec<Mismatch>,
    ) {
        self.check_length(value, at, found);
        let Some(shape) = self.items() else { return };
        for (index, item) in items.iter().enumerate() {
            at.push(Segment::Index(index));
            shape.check(item, at, found);
            at.pop();
        }
    }
}

fn changed(at: &Path, expected: String, actual: String) -> Mismatch {
    Mismatch {
        path: at.clone(),
        change: Change::Changed { expected, actual },
    }
}

/// A member that the first stage always has.
pub(super) fn missing(at: &Path, shape: &Shape) -> Mismatch {
    Mismatch {
        path: at.clone(),
        change: Change::Missing {
            expected: shape.describe(),
        },
    }
}

fn unexpected(at: &Path, value: &Value) -> Mismatch {
    Mismatch {
        path: at.clone(),
        change: Change::Unexpected {
            actual: value.kind().with_article().to_owned(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::parse;

    /// What of `to` has not the shape of the others.
    fn checked(shown: &[&str], to: &str) -> Vec<String> {
        let shown: Vec<Value> = shown.iter().map(|text| parse(text).unwrap()).collect();
        let shape = Shape::of(&shown.iter().collect::<Vec<_>>());
        let mut found = Vec::new();
        shape.check(&parse(to).unwrap(), &mut Path::root(), &mut found);
        found
            .into_iter()
            .map(|found| format!("{}: {}", found.path, found.change))
            .collect()
    }

    const UUIDS: [&str; 2] = [r#""a1b2""#, r#""c3d4""#];

    /// Two bodies, a third one, and how it differs from their shape.
    const SEEN: [([&str; 2], &str, &str); 25] = [
        (UUIDS, r#""ffff""#, ""),
        (UUIDS, r#""""#, "$: expected 4 characters, got 0 characters"),
        (
            UUIDS,
            r#""fffff""#,
            "$: expected 4 characters, got 5 characters",
        ),
        (UUIDS, "null", "$: expected a string, got null"),
        (UUIDS, "1234", "$: expected a string, got a number"),
        (["1", "null"], "null", ""),
        (["1", "null"], "7", ""),
        (
            ["1", "null"],
            "true",
            "$: expected a number or null, got a boolean",
        ),
        (["1", "2"], "99999", ""),
        (
            ["true", "false"],
            "1",
            "$: expected a boolean, got a number",
        ),
        ([r#""ab""#, r#""abcd""#], r#""abc""#, ""),
        (
            [r#""ab""#, r#""abcd""#],
            r#""abcde""#,
            "$: expected 2 to 4 characters, got 5 characters",
        ),
        ([r#""9""#, r#""10""#], r#""100""#, ""),
        ([r#""9 ms""#, r#""10 ms""#], r#""100 ms""#, ""),
        (
            [r#""9 ms""#, r#""10 ms""#],
            r#""100 s""#,
            r#"$: expected a number with `ms`, got "100 s""#,
        ),
        (
            [r#""2026-01-01T00:00:00Z""#, r#""2026-01-01T00:00:00.5Z""#],
            r#""2026-01-01T00:00:00.123Z""#,
            "",
        ),
        (
            [r#""2026-01-01T00:00:00Z""#, r#""2026-01-01T00:00:00.5Z""#],
            r#""yesterday""#,
            r#"$: expected a timestamp, got "yesterday""#,
        ),
        (["[1]", "[1,2]"], "[7,7]", ""),
        (
            ["[1]", "[1,2]"],
            "[]",
            "$: expected 1 to 2 items, got 0 items",
        ),
        (
            ["[1]", "[1,2]"],
            r#"["x"]"#,
            "$[0]: expected a number, got a string",
        ),
        (
            [r#"{"a":1}"#, r#"{"a":2}"#],
            "{}",
            "$.a: missing, expected a number",
        ),
        (
            [r#"{"a":1}"#, r#"{"a":2}"#],
            r#"{"a":1,"b":1}"#,
            "$.b: not expected, got a number",
        ),
        ([r#"{"a":1}"#, r#"{"b":2}"#], "{}", ""),
        ([r#"[{"a":1},{"a":2,"b":1}]"#, "[]"], r#"[{"a":1}]"#, ""),
        (
            [r#"[{"a":1},{"a":2,"b":1}]"#, "[]"],
            r#"[{"b":1}]"#,
            "$[0].a: missing, expected a number",
        ),
    ];

    #[test]
    fn only_what_was_seen_is_allowed() {
        for (shown, to, wanted) in SEEN {
            assert_eq!(checked(&shown, to).join("; "), wanted, "{shown:?} → {to}");
        }
    }
}
