//! What differs between an expected document and an actual one, leaf by leaf.
//!
//! What is expected may be a plain [`Value`] or anything that can be viewed as one ([`Expect`]: values with patterns
//! among them), so that every difference that is told has one shape. The work is bounded: linear in the documents but
//! for small arrays, which are aligned so that one inserted item is one difference.

mod align;
mod alike;
mod text;

use std::fmt;

use super::{Members, Object, Path, Segment, Value};
pub use alike::{alike, alike_hint};
pub use text::{LINE, cut, lines, uncut, visible};

/// How many differences are kept with their texts; the others are counted.
pub const KEPT: usize = 200;

/// Something that a value is held against.
pub trait Expect: Sized {
    /// What it is.
    fn view(&self) -> View<'_, Self>;
}

/// What is expected at a place.
pub enum View<'a, E> {
    /// A value, whole.
    Value(&'a Value),
    /// A list, item by item.
    Items(&'a [E]),
    /// An object, member by member.
    Members(&'a Members<E>),
    /// Something that judges by itself.
    Pattern(&'a dyn Predicate),
}

/// A pattern that stands in an expected document.
pub trait Predicate {
    /// Whether a value, or nothing, is what is expected.
    fn holds(&self, actual: Option<&Value>) -> bool;
    /// What is expected, in words.
    fn describe(&self) -> String;
}

impl Expect for Value {
    fn view(&self) -> View<'_, Self> {
        match self {
            Self::Array(items) => View::Items(items),
            Self::Object(members) => View::Members(members),
            leaf => View::Value(leaf),
        }
    }
}

/// One place at which the documents differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Where in the actual document; the last index of something missing is its place in the expected list.
    pub path: Path,
    /// How.
    pub change: Change,
}

/// How a place differs; texts are JSON, cut where they are long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// There is something else.
    Changed {
        /// What was expected.
        expected: String,
        /// What is there.
        actual: String,
    },
    /// A text of several lines differs.
    Lines {
        /// The lines that differ, with some around them, as a unified diff's hunks.
        hunks: String,
    },
    /// It is not there.
    Missing {
        /// What was expected.
        expected: String,
    },
    /// It breaks a rule.
    Broken {
        /// What is wrong with it.
        reason: String,
    },
    /// It should not be there.
    Unexpected {
        /// What is there.
        actual: String,
    },
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Changed { expected, actual } => write!(f, "expected {expected}, got {actual}"),
            Self::Missing { expected } => write!(f, "missing, expected {expected}"),
            Self::Unexpected { actual } => write!(f, "not expected, got {actual}"),
            Self::Broken { reason } => f.write_str(reason),
            Self::Lines { hunks } => write!(f, "the strings differ\n{hunks}"),
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.change)
    }
}

/// The differences of two documents.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Differences {
    /// The first of them, at most [`KEPT`].
    pub kept: Vec<Difference>,
    /// How many more there are.
    pub more: usize,
}

impl Differences {
    /// How many there are in all.
    #[must_use]
    pub fn len(&self) -> usize {
        self.kept.len() + self.more
    }

    /// Whether the documents are equal.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// Counts a difference, and keeps it while there is room.
    pub fn add(&mut self, path: &Path, change: impl FnOnce() -> Change) {
        if self.kept.len() < KEPT {
            self.kept.push(Difference {
                path: path.clone(),
                change: change(),
            });
        } else {
            self.more += 1;
        }
    }

    /// Takes over those of a part.
    pub fn append(&mut self, other: Self) {
        let room = KEPT - self.kept.len().min(KEPT);
        self.more += other.more + other.kept.len().saturating_sub(room);
        self.kept.extend(other.kept.into_iter().take(room));
    }
}

/// Every place at which `actual` is not what is expected.
#[must_use]
pub fn diff<E: Expect>(expected: &E, actual: &Value) -> Differences {
    let mut walk = Walk {
        path: Path::root(),
        found: Differences::default(),
        budget: align::BUDGET,
    };
    walk.compare(expected, actual);
    walk.found
}

/// Whether `actual` is exactly what is expected.
#[must_use]
pub fn matches<E: Expect>(expected: &E, actual: &Value) -> bool {
    match expected.view() {
        View::Value(value) => value == actual,
        View::Pattern(pattern) => pattern.holds(Some(actual)),
        View::Items(items) => actual.as_array().is_some_and(|actual| {
            items.len() == actual.len()
                && items
                    .iter()
                    .zip(actual)
                    .all(|(item, actual)| matches(item, actual))
        }),
        View::Members(members) => actual.as_object().is_some_and(|actual| {
            members
                .iter()
                .all(|(name, member)| matches_member(member, actual.get(name)))
                && actual.keys().all(|name| members.contains_key(name))
        }),
    }
}

/// Whether a member, or its absence, is what is expected.
fn matches_member<E: Expect>(expected: &E, actual: Option<&Value>) -> bool {
    match (actual, expected.view()) {
        (Some(actual), _) => matches(expected, actual),
        (None, View::Pattern(pattern)) => pattern.holds(None),
        (None, _) => false,
    }
}

/// What is expected, as one line: JSON, with patterns in words.
#[must_use]
pub fn describe<E: Expect>(expected: &E) -> String {
    let mut out = String::new();
    write_expected(expected, &mut out);
    cut(&out)
}

fn write_expected<E: Expect>(expected: &E, out: &mut String) {
    if out.len() > LINE * 4 {
        return;
    }
    match expected.view() {
        View::Value(value) => out.push_str(&value.to_json()),
        View::Pattern(pattern) => out.push_str(&pattern.describe()),
        View::Items(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                out.push_str(if index == 0 { "" } else { "," });
                write_expected(item, out);
            }
            out.push(']');
        }
        View::Members(members) => {
            out.push('{');
            for (index, (name, member)) in members.iter().enumerate() {
                out.push_str(if index == 0 { "" } else { "," });
                out.push_str(&Value::from(name.as_str()).to_json());
                out.push(':');
                write_expected(member, out);
            }
            out.push('}');
        }
    }
}

/// A value as one line of JSON, cut where it is long.
#[must_use]
pub fn show(value: &Value) -> String {
    cut(&value.to_json())
}

/// There is something else at a place; if the two look alike, with how they differ.
pub fn changed<E: Expect>(expected: &E, actual: &Value) -> Change {
    let how = if let View::Value(value) = expected.view() {
        alike(value, actual)
    } else {
        None
    };
    Change::Changed {
        expected: describe(expected),
        actual: text::noted(&show(actual), how.as_deref()),
    }
}

/// How a member's name differs from one that is there instead and looks alike.
fn alike_name<E>(name: &str, expected: &Members<E>, actual: &Object) -> Option<String> {
    const MOST: usize = 100;
    let others = actual
        .keys()
        .filter(|other| !expected.contains_key(other.as_str()))
        .take(MOST);
    let mut alike = others.filter_map(|other| alike(&name.into(), &other.as_str().into()));
    alike
        .next()
        .map(|how| format!("the names look alike: {how}"))
}

struct Walk {
    path: Path,
    found: Differences,
    /// How many more pairs of items may be compared to align arrays.
    budget: usize,
}

impl Walk {
    fn compare<E: Expect>(&mut self, expected: &E, actual: &Value) {
        match (expected.view(), actual) {
            (View::Items(items), Value::Array(actual)) => self.arrays(items, actual),
            (View::Members(members), Value::Object(actual)) => self.objects(members, actual),
            (View::Value(value @ (Value::Array(_) | Value::Object(_))), _) => {
                self.compare_values(value, actual);
            }
            (View::Value(Value::String(expected)), Value::String(actual)) => {
                self.texts(expected, actual);
            }
            (View::Value(value), _) if value == actual => {}
            (View::Pattern(pattern), _) if pattern.holds(Some(actual)) => {}
            _ => self.found.add(&self.path, || changed(expected, actual)),
        }
    }

    /// A plain value inside an expected document of another type.
    fn compare_values(&mut self, expected: &Value, actual: &Value) {
        match (expected, actual) {
            (Value::Array(items), Value::Array(actual)) => self.arrays(items, actual),
            (Value::Object(members), Value::Object(actual)) => self.objects(members, actual),
            _ => self.found.add(&self.path, || changed(expected, actual)),
        }
    }

    fn texts(&mut self, expected: &str, actual: &str) {
        if expected != actual {
            self.found
                .add(&self.path, || text::change(expected, actual));
        }
    }

    fn objects<E: Expect>(&mut self, expected: &Members<E>, actual: &Object) {
        for (name, member) in expected {
            self.path.push(Segment::Name(name.clone()));
            match actual.get(name) {
                Some(actual) => self.compare(member, actual),
                None => self.missing(member, || alike_name(name, expected, actual)),
            }
            self.path.pop();
        }
        for (name, value) in actual
            .iter()
            .filter(|(name, _)| !expected.contains_key(name.as_str()))
        {
            self.at(Segment::Name(name.clone()), |walk| walk.unexpected(value));
        }
    }

    fn arrays<E: Expect>(&mut self, expected: &[E], actual: &[Value]) {
        for step in align::align(expected, actual, &mut self.budget) {
            match (
                expected.get(step.expected),
                actual.get(step.actual),
                step.kind,
            ) {
                (Some(item), Some(value), align::Kind::Both) => {
                    self.at(Segment::Index(step.actual), |walk| {
                        walk.compare(item, value);
                    });
                }
                (Some(item), _, align::Kind::Missing) => {
                    self.at(Segment::Index(step.expected), |walk| {
                        walk.missing(item, || None);
                    });
                }
                (_, Some(value), align::Kind::Unexpected) => {
                    self.at(Segment::Index(step.actual), |walk| walk.unexpected(value));
                }
                _ => {}
            }
        }
    }

    fn at(&mut self, segment: Segment, compare: impl FnOnce(&mut Self)) {
        self.path.push(segment);
        compare(self);
        self.path.pop();
    }

    fn missing<E: Expect>(&mut self, expected: &E, alike: impl FnOnce() -> Option<String>) {
        let optional = matches!(expected.view(), View::Pattern(pattern) if pattern.holds(None));
        if !optional {
            self.found.add(&self.path, || Change::Missing {
                expected: text::noted(&describe(expected), alike().as_deref()),
            });
        }
    }

    fn unexpected(&mut self, actual: &Value) {
        self.found.add(&self.path, || Change::Unexpected {
            actual: show(actual),
        });
    }
}

#[cfg(test)]
mod tests;
