//! `json_contains`: objects may have more members, and each expected item of an array has a received item of its own.

use super::pairing::Pairing;
use crate::budget::{is_spent, tick};
use crate::value::diff::{Change, Differences, Expect, KEPT, View, changed, describe, show};
use crate::value::{Members, Object, Path, Segment, Value};

/// How many pairs of parts are compared before it is given up.
const BUDGET: usize = 4_000_000;

/// From so many items on a list takes so long that the time is looked at.
const LONG: usize = 500;

/// How many received items a failure looks at to find the one that is meant.
const CANDIDATES: usize = 32;

/// One judgement, with the work that it may still do.
pub(super) struct Containment {
    budget: usize,
}

impl Default for Containment {
    fn default() -> Self {
        Self { budget: BUDGET }
    }
}

impl Containment {
    /// Whether `actual` contains what is expected; `None` where that takes too long to find out.
    pub(super) fn holds<E: Expect>(mut self, expected: &E, actual: &Value) -> Option<bool> {
        self.contains(expected, actual)
    }

    /// One step of the work; `None` if there were too many of them, or their time is over.
    pub(super) fn spend(&mut self) -> Option<()> {
        if tick() {
            self.budget = 0;
        }
        self.budget = self.budget.checked_sub(1)?;
        Some(())
    }

    pub(super) fn contains<E: Expect>(&mut self, expected: &E, actual: &Value) -> Option<bool> {
        self.spend()?;
        match expected.view() {
            View::Items(items) => self.items(items, actual),
            View::Members(members) => self.members(members, actual),
            View::Value(Value::Array(items)) => self.items(items, actual),
            View::Value(Value::Object(members)) => self.members(members, actual),
            View::Value(value) => Some(value == actual),
            View::Pattern(pattern) => Some(pattern.holds(Some(actual))),
        }
    }

    fn members<E: Expect>(&mut self, expected: &Members<E>, actual: &Value) -> Option<bool> {
        let Value::Object(actual) = actual else {
            return Some(false);
        };
        if expected.is_empty() {
            return Some(actual.is_empty());
        }
        for (name, member) in expected {
            let holds = match (actual.get(name), member.view()) {
                (Some(value), _) => self.contains(member, value)?,
                (None, View::Pattern(pattern)) => pattern.holds(None),
                (None, _) => false,
            };
            if !holds {
                return Some(false);
            }
        }
        Some(true)
    }

    fn items<E: Expect>(&mut self, expected: &[E], actual: &Value) -> Option<bool> {
        let Value::Array(actual) = actual else {
            return Some(false);
        };
        if expected.is_empty() || expected.len() > actual.len() {
            return Some(expected.is_empty() && actual.is_empty());
        }
        if actual.len() > LONG && is_spent() {
            self.budget = 0;
        }
        self.spend()?;
        let mut pairing = Pairing::new(expected, actual);
        for item in pairing.alone() {
            if !pairing.place(self, item)? {
                return Some(false);
            }
        }
        Some(true)
    }

    /// What is missing; for an item without a counterpart, how the received item that is most like it differs.
    pub(super) fn differences<E: Expect>(mut self, expected: &E, actual: &Value) -> Differences {
        self.explain(expected, actual, &mut Path::root())
    }

    fn explain<E: Expect>(&mut self, expected: &E, actual: &Value, path: &mut Path) -> Differences {
        let mut found = Differences::default();
        // What is compared in vain takes its time too; where it is over, no nearest item is looked for.
        let _ = self.spend();
        match (expected.view(), actual) {
            (View::Items(items), Value::Array(actual)) => {
                self.explain_items(items, actual, path, &mut found);
            }
            (View::Members(members), Value::Object(actual)) => {
                self.explain_members(members, actual, path, &mut found);
            }
            (View::Value(Value::Array(items)), Value::Array(actual)) => {
                self.explain_items(items, actual, path, &mut found);
            }
            (View::Value(Value::Object(members)), Value::Object(actual)) => {
                self.explain_members(members, actual, path, &mut found);
            }
            _ if self.contains(expected, actual) == Some(true) => {}
            _ => found.add(path, || changed(expected, actual)),
        }
        found
    }

    fn explain_members<E: Expect>(
        &mut self,
        expected: &Members<E>,
        actual: &Object,
        path: &mut Path,
        found: &mut Differences,
    ) {
        if expected.is_empty() && !actual.is_empty() {
            found.add(path, || Change::Changed {
                expected: "{}".to_owned(),
                actual: describe_members(actual),
            });
        }
        for (name, member) in expected {
            path.push(Segment::Name(name.clone()));
            match (actual.get(name), member.view()) {
                (Some(value), _) => found.append(self.explain(member, value, path)),
                (None, View::Pattern(pattern)) if pattern.holds(None) => {}
                (None, _) => found.add(path, || Change::Missing {
                    expected: describe(member),
                }),
            }
            path.pop();
        }
    }

    fn explain_items<E: Expect>(
        &mut self,
        expected: &[E],
        actual: &[Value],
        path: &mut Path,
        found: &mut Differences,
    ) {
        if expected.is_empty() && !actual.is_empty() {
            let actual = Value::Array(actual.to_vec());
            return found.add(path, || Change::Changed {
                expected: "[]".to_owned(),
                actual: show(&actual),
            });
        }
        let mut pairing = Pairing::new(expected, actual);
        let alone: Vec<_> = pairing
            .alone()
            .into_iter()
            .filter(|item| pairing.place(self, *item) != Some(true))
            .collect();
        for index in alone {
            let Some(item) = expected.get(index) else {
                continue;
            };
            // What is counted only is not explained.
            let nearest = (found.kept.len() < KEPT).then(|| self.nearest(item, &mut pairing, path));
            if let Some(differences) = nearest.flatten() {
                found.append(differences);
                continue;
            }
            path.push(Segment::Index(index));
            found.add(path, || Change::Missing {
                expected: describe(item),
            });
            path.pop();
        }
    }

    /// How the free received item that is most like an expected one differs, where it is like it at all; it is taken.
    fn nearest<E: Expect>(
        &mut self,
        item: &E,
        pairing: &mut Pairing<'_, E>,
        path: &mut Path,
    ) -> Option<Differences> {
        let mut best: Option<(usize, Differences)> = None;
        let free: Vec<_> = pairing.free().take(CANDIDATES).collect();
        for index in free {
            self.spend()?;
            let value = pairing.actual(index)?;
            path.push(Segment::Index(index));
            let differences = self.explain(item, value, path);
            path.pop();
            if best
                .as_ref()
                .is_none_or(|(_, least)| differences.len() < least.len())
            {
                best = Some((index, differences));
            }
        }
        let (index, differences) =
            best.filter(|(_, differences)| differences.len() < leaves(item))?;
        pairing.take(index);
        Some(differences)
    }
}

fn describe_members(members: &Object) -> String {
    show(&Value::Object(members.clone()))
}

/// How many leaves something expected has.
fn leaves<E: Expect>(expected: &E) -> usize {
    match expected.view() {
        View::Items(items) => items.iter().map(leaves).sum(),
        View::Members(members) => members.values().map(leaves).sum(),
        View::Value(value @ (Value::Array(_) | Value::Object(_))) => leaves(value),
        View::Value(_) | View::Pattern(_) => 1,
    }
}
