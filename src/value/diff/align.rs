//! Which item of one list belongs to which of another.

use super::{Expect, matches};
use crate::value::Value;

/// How many pairs of items one diff compares to align arrays; past it, items are paired by place.
pub(super) const BUDGET: usize = 20_000;

/// How many pairs a single alignment may compare.
const PAIRS: usize = 4_096;

/// What an alignment says of a pair of indexes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The two items belong together.
    Both,
    /// The expected item has no counterpart.
    Missing,
    /// The actual item has no counterpart.
    Unexpected,
}

/// One step through both lists; the index that the kind does not speak of is where the other list stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) kind: Kind,
    pub(super) expected: usize,
    pub(super) actual: usize,
}

/// Walks both lists in order. Lists of one length are paired by place; others by their longest common subsequence,
/// where that is cheap enough, and what lies between is paired by place.
pub(super) fn align<E: Expect>(expected: &[E], actual: &[Value], budget: &mut usize) -> Vec<Step> {
    let same = common_ends(expected, actual);
    let (rest_expected, rest_actual) = (
        expected.len() - same.0 - same.1,
        actual.len() - same.0 - same.1,
    );
    let pairs = rest_expected.saturating_mul(rest_actual);
    let mut steps = Steps::default();
    if expected.len() != actual.len() && pairs <= PAIRS.min(*budget) {
        *budget -= pairs;
        steps.between(same.0, same.0);
        let inner = (
            expected.get(same.0..same.0 + rest_expected),
            actual.get(same.0..same.0 + rest_actual),
        );
        for (one, two) in subsequence(inner.0.unwrap_or_default(), inner.1.unwrap_or_default()) {
            steps.between(same.0 + one, same.0 + two);
            steps.pair();
        }
        steps.between(same.0 + rest_expected, same.0 + rest_actual);
    }
    steps.between(expected.len(), actual.len());
    steps.list
}

/// How many items are the same at the start, and at the end.
fn common_ends<E: Expect>(expected: &[E], actual: &[Value]) -> (usize, usize) {
    if expected.len() == actual.len() {
        return (0, 0);
    }
    let start = expected
        .iter()
        .zip(actual)
        .take_while(|(item, value)| matches(*item, value))
        .count();
    let left = expected.len().min(actual.len()) - start;
    let ends = expected.iter().rev().zip(actual.iter().rev()).take(left);
    (
        start,
        ends.take_while(|(item, value)| matches(*item, value))
            .count(),
    )
}

/// The pairs of a longest common subsequence.
fn subsequence<E: Expect>(expected: &[E], actual: &[Value]) -> Vec<(usize, usize)> {
    let width = actual.len() + 1;
    let equal: Vec<bool> = expected
        .iter()
        .flat_map(|item| actual.iter().map(move |value| matches(item, value)))
        .collect();
    let is_equal = |one: usize, two: usize| {
        equal
            .get(one * actual.len() + two)
            .copied()
            .unwrap_or(false)
    };
    let mut lengths = vec![0_u32; width * (expected.len() + 1)];
    let length = |lengths: &[u32], one: usize, two: usize| {
        lengths.get(one * width + two).copied().unwrap_or(0)
    };
    for one in (0..expected.len()).rev() {
        for two in (0..actual.len()).rev() {
            let best = if is_equal(one, two) {
                length(&lengths, one + 1, two + 1) + 1
            } else {
                length(&lengths, one + 1, two).max(length(&lengths, one, two + 1))
            };
            if let Some(cell) = lengths.get_mut(one * width + two) {
                *cell = best;
            }
        }
    }
    let (mut one, mut two, mut pairs) = (0, 0, Vec::new());
    while one < expected.len() && two < actual.len() {
        if is_equal(one, two) {
            pairs.push((one, two));
            (one, two) = (one + 1, two + 1);
        } else if length(&lengths, one + 1, two) >= length(&lengths, one, two + 1) {
            one += 1;
        } else {
            two += 1;
        }
    }
    pairs
}

#[derive(Default)]
struct Steps {
    list: Vec<Step>,
    expected: usize,
    actual: usize,
}

impl Steps {
    /// Goes on to the given indexes: pairs by place while both lists have items, then the rest of the longer one.
    fn between(&mut self, expected: usize, actual: usize) {
        while self.expected < expected && self.actual < actual {
            self.pair();
        }
        while self.expected < expected {
            self.push(Kind::Missing);
            self.expected += 1;
        }
        while self.actual < actual {
            self.push(Kind::Unexpected);
            self.actual += 1;
        }
    }

    fn pair(&mut self) {
        self.push(Kind::Both);
        self.expected += 1;
        self.actual += 1;
    }

    fn push(&mut self, kind: Kind) {
        self.list.push(Step {
            kind,
            expected: self.expected,
            actual: self.actual,
        });
    }
}
