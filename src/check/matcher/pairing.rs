//! Items of an expected list paired with received ones, as `json_contains` asks for.

use std::collections::VecDeque;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;

use indexmap::IndexMap;

use super::contain::Containment;
use super::order::{hash, hash_expected};
use crate::value::Value;
use crate::value::diff::{Expect, View};

/// For how many pairs of items one list remembers whether they fit.
const REMEMBERED: usize = 1_000_000;

/// For how many pairs of items an index of the received ones pays.
const INDEXED: usize = 1_000;

/// Received items by what they are, and by the scalar values of their members: what is not found by a value that is
/// expected cannot fit.
struct Index {
    state: RandomState,
    whole: IndexMap<u64, Vec<usize>, RandomState>,
    /// By the hash of a member's name and value.
    members: IndexMap<u64, Vec<usize>, RandomState>,
}

impl Index {
    fn new(actual: &[Value]) -> Self {
        let state = RandomState::default();
        let mut whole: IndexMap<_, Vec<usize>, _> =
            IndexMap::with_capacity_and_hasher(actual.len(), RandomState::default());
        let mut members: IndexMap<_, Vec<usize>, _> = IndexMap::default();
        for (at, item) in actual.iter().enumerate() {
            whole.entry(hash(item, &state)).or_default().push(at);
            let Value::Object(inside) = item else {
                continue;
            };
            for (name, member) in inside.iter().filter(|(_, member)| is_scalar(member)) {
                members
                    .entry(state.hash_one((name, hash(member, &state))))
                    .or_default()
                    .push(at);
            }
        }
        Self {
            state,
            whole,
            members,
        }
    }

    /// Items that are probably equal to an expected one; none for one with patterns.
    fn equal<E: Expect>(&self, expected: &E) -> &[usize] {
        let found = hash_expected(expected, &self.state).and_then(|hash| self.whole.get(&hash));
        found.map(Vec::as_slice).unwrap_or_default()
    }

    /// Items with a member; `None` if its value is not a scalar.
    fn with_member(&self, name: &String, value: &Value) -> Option<&[usize]> {
        let found = || {
            self.members
                .get(&self.state.hash_one((name, hash(value, &self.state))))
        };
        is_scalar(value).then(|| found().map(Vec::as_slice).unwrap_or_default())
    }

    /// The only items that an expected one may fit; `None` if it may fit any.
    fn candidates<E: Expect>(&self, expected: &E) -> Option<&[usize]> {
        match expected.view() {
            View::Value(value) if is_scalar(value) => Some(self.equal(expected)),
            View::Value(Value::Object(members)) => members
                .iter()
                .filter_map(|(name, member)| self.with_member(name, member))
                .min_by_key(|list| list.len()),
            View::Members(members) => {
                let scalars = members
                    .iter()
                    .filter_map(|(name, member)| match member.view() {
                        View::Value(value) => self.with_member(name, value),
                        _ => None,
                    });
                scalars.min_by_key(|list| list.len())
            }
            _ => None,
        }
    }
}

fn is_scalar(value: &Value) -> bool {
    !matches!(value, Value::Array(_) | Value::Object(_))
}

/// Whether something expected is exactly this value, without any pattern.
fn equals<E: Expect>(expected: &E, actual: &Value) -> bool {
    match (expected.view(), actual) {
        (View::Value(value), actual) => value == actual,
        (View::Items(items), Value::Array(actual)) => {
            items.len() == actual.len()
                && items
                    .iter()
                    .zip(actual)
                    .all(|(item, actual)| equals(item, actual))
        }
        (View::Members(members), Value::Object(actual)) => {
            let is_equal = |(name, member): (&String, &E)| {
                actual
                    .get(name)
                    .is_some_and(|actual| equals(member, actual))
            };
            members.len() == actual.len() && members.iter().all(is_equal)
        }
        _ => false,
    }
}

/// Expected items paired with received ones, one to one, by augmenting paths (Kuhn's algorithm).
pub(super) struct Pairing<'a, E> {
    expected: &'a [E],
    actual: &'a [Value],
    /// By received item: the expected item that has it.
    owner: Vec<Option<usize>>,
    /// By expected item: the received item that it has.
    has: Vec<Option<usize>>,
    /// The received items that a failure has told of.
    taken: Vec<bool>,
    /// What was found out about pairs, where there are few enough to be remembered.
    known: Vec<Option<bool>>,
    /// Which received items may fit an expected one, if there are many of them.
    index: Option<Index>,
}

impl<'a, E: Expect> Pairing<'a, E> {
    /// Pairs of equal items at first, if there are many; nothing else is paired yet.
    pub(super) fn new(expected: &'a [E], actual: &'a [Value]) -> Self {
        let pairs = expected.len().saturating_mul(actual.len());
        let index = (pairs > INDEXED).then(|| Index::new(actual));
        let mut pairing = Self {
            expected,
            actual,
            owner: vec![None; actual.len()],
            has: vec![None; expected.len()],
            taken: vec![false; actual.len()],
            known: if pairs <= REMEMBERED {
                vec![None; pairs]
            } else {
                Vec::new()
            },
            index,
        };
        pairing.pair_equal();
        pairing
    }

    /// Expected items that have no received item yet.
    pub(super) fn alone(&self) -> Vec<usize> {
        self.has
            .iter()
            .enumerate()
            .filter(|(_, has)| has.is_none())
            .map(|(item, _)| item)
            .collect()
    }

    /// A received item.
    pub(super) fn actual(&self, index: usize) -> Option<&'a Value> {
        self.actual.get(index)
    }

    /// Pairs items that are equal. No pairing is lost by that: whatever else fits the received item, fits anything that
    /// fits the expected one.
    fn pair_equal(&mut self) {
        let Some(index) = &self.index else { return };
        for (item, expected) in self.expected.iter().enumerate() {
            let equal = index.equal(expected).iter().find(|at| {
                self.owner.get(**at).is_some_and(Option::is_none)
                    && self
                        .actual
                        .get(**at)
                        .is_some_and(|actual| equals(expected, actual))
            });
            if let (Some(at), Some(has)) = (equal, self.has.get_mut(item)) {
                *has = Some(*at);
                if let Some(owner) = self.owner.get_mut(*at) {
                    *owner = Some(item);
                }
            }
        }
    }

    /// The received items that may fit an expected one. The item at the same place is tried first: lists are most often
    /// in order.
    fn candidates(&self, item: usize) -> Vec<usize> {
        let indexed = self
            .index
            .as_ref()
            .zip(self.expected.get(item))
            .and_then(|(index, expected)| index.candidates(expected));
        let count = self.actual.len();
        indexed.map_or_else(
            || (0..count).map(|step| (item + step) % count).collect(),
            <[usize]>::to_vec,
        )
    }

    /// The received items that no expected item has.
    pub(super) fn free(&self) -> impl Iterator<Item = usize> {
        let owners = self.owner.iter().zip(&self.taken).enumerate();
        owners
            .filter(|(_, (owner, taken))| owner.is_none() && !**taken)
            .map(|(index, _)| index)
    }

    pub(super) fn take(&mut self, index: usize) {
        if let Some(taken) = self.taken.get_mut(index) {
            *taken = true;
        }
    }

    fn fits(&mut self, work: &mut Containment, item: usize, index: usize) -> Option<bool> {
        work.spend()?;
        let place = item * self.actual.len() + index;
        if let Some(known) = self.known.get(place).copied().flatten() {
            return Some(known);
        }
        let fits = work.contains(self.expected.get(item)?, self.actual.get(index)?)?;
        if let Some(known) = self.known.get_mut(place) {
            *known = Some(fits);
        }
        Some(fits)
    }

    /// Gives an expected item a received one of its own, moving others if that helps; breadth first, so that no stack grows
    /// with the lists. `None` if that takes too long to find out.
    pub(super) fn place(&mut self, work: &mut Containment, item: usize) -> Option<bool> {
        let mut reached = IndexMap::new();
        let mut queue = VecDeque::from([item]);
        while let Some(seeker) = queue.pop_front() {
            for index in self.candidates(seeker) {
                if reached.contains_key(&index) || !self.fits(work, seeker, index)? {
                    continue;
                }
                reached.insert(index, seeker);
                let Some(other) = self.owner.get(index).copied().flatten() else {
                    self.hand_over(index, &reached);
                    return Some(true);
                };
                queue.push_back(other);
            }
        }
        Some(false)
    }

    /// Follows the path back from a free received item: each seeker takes what it reached, and gives up what it had.
    fn hand_over(&mut self, index: usize, reached: &IndexMap<usize, usize>) {
        let mut next = Some(index);
        while let Some((index, seeker)) =
            next.and_then(|index| Some((index, *reached.get(&index)?)))
        {
            next = self.has.get_mut(seeker).and_then(|has| has.replace(index));
            if let Some(owner) = self.owner.get_mut(index) {
                *owner = Some(seeker);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    fn holds(expected: &Value, actual: &Value) -> Option<bool> {
        Containment::default().holds(expected, actual)
    }

    fn list(items: impl Iterator<Item = String>) -> Value {
        crate::value::parse(&format!("[{}]", items.collect::<Vec<_>>().join(","))).unwrap()
    }

    #[test]
    fn twenty_thousand_items_in_another_order_are_found() {
        const MANY: usize = 20_000;
        let shapes: [fn(usize) -> String; 5] = [
            |n| n.to_string(),
            |n| format!("\"item {n}\""),
            |n| format!("[{n}]"),
            |n| format!(r#"{{"type":"a","inner":{{"id":{n}}}}}"#),
            |n| format!(r#"{{"type":"a","id":{n},"name":"x"}}"#),
        ];
        for shape in shapes {
            let (expected, actual) = (list((0..MANY).map(shape)), list((0..MANY).rev().map(shape)));
            let started = Instant::now();
            assert_eq!(holds(&expected, &actual), Some(true), "{}", shape(1));
            // Far beyond what it takes, and far below what comparing each with each takes.
            assert!(
                started.elapsed() < Duration::from_secs(20),
                "{} took {:?}",
                shape(1),
                started.elapsed()
            );
            let other = list((1..=MANY).rev().map(shape));
            assert_eq!(holds(&expected, &other), Some(false), "{}", shape(1));
        }
        // A part of each item is expected.
        let expected = list((0..MANY).map(|n| format!(r#"{{"id":{n}}}"#)));
        let actual = list(
            (0..MANY)
                .rev()
                .map(|n| format!(r#"{{"type":"a","id":{n}}}"#)),
        );
        assert_eq!(holds(&expected, &actual), Some(true));
    }

    #[test]
    fn pairing_equal_items_first_loses_nothing() {
        let filler = || (0..40).map(|n| n.to_string());
        for (expected, actual, wanted) in [
            (
                vec![r#"{"a":1}"#, r#"{"a":1,"b":2}"#],
                vec![r#"{"a":1,"b":2}"#, r#"{"a":1,"c":3}"#],
                true,
            ),
            (
                vec![r#"{"a":1}"#, r#"{"a":1}"#],
                vec![r#"{"a":1,"b":2}"#, r#"{"a":1}"#],
                true,
            ),
            (
                vec![r#"{"a":1}"#, r#"{"a":1}"#],
                vec![r#"{"a":1,"b":2}"#],
                false,
            ),
            (
                vec!["[[1]]", "[[1],[2]]"],
                vec!["[[1],[2]]", "[[2],[1]]"],
                true,
            ),
            (vec!["1.0", "1"], vec!["1", "1.00"], true),
            (vec!["{}"], vec![r#"{"a":1}"#], false),
            (
                vec![r#"{"a":{}}"#],
                vec![r#"{"a":{"b":1}}"#, r#"{"a":{}}"#],
                true,
            ),
        ] {
            let with =
                |items: &[&str]| list(filler().chain(items.iter().map(|item| (*item).to_owned())));
            assert_eq!(
                holds(&with(&expected), &with(&actual)),
                Some(wanted),
                "{expected:?} in {actual:?}"
            );
        }
    }
}
