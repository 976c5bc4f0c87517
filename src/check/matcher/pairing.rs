//! Items of an expected list paired with received ones, as `json_contains` asks for.

use std::collections::VecDeque;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;

use indexmap::{IndexMap, IndexSet};

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
    /// Received items in their order; the first list is empty.
    lists: Vec<Vec<usize>>,
    /// The list of a value.
    whole: IndexMap<u64, usize, RandomState>,
    /// The list of a member's name and value.
    members: IndexMap<u64, usize, RandomState>,
}

/// The list of no items.
const NOTHING: usize = 0;

impl Index {
    fn new(actual: &[Value]) -> Self {
        let mut index = Self {
            state: RandomState::default(),
            lists: vec![Vec::new()],
            whole: IndexMap::with_capacity_and_hasher(actual.len(), RandomState::default()),
            members: IndexMap::default(),
        };
        for (at, item) in actual.iter().enumerate() {
            let hashed = hash(item, &index.state);
            let list = *index.whole.entry(hashed).or_insert(index.lists.len());
            index.put(list, at);
            let Value::Object(inside) = item else {
                continue;
            };
            for (name, member) in inside.iter().filter(|(_, member)| is_scalar(member)) {
                let hashed = index.state.hash_one((name, hash(member, &index.state)));
                let list = *index.members.entry(hashed).or_insert(index.lists.len());
                index.put(list, at);
            }
        }
        index
    }

    /// Puts a received item into a list, or into the next new one.
    fn put(&mut self, list: usize, at: usize) {
        match self.lists.get_mut(list) {
            Some(list) => list.push(at),
            None => self.lists.push(vec![at]),
        }
    }

    fn list(&self, list: usize) -> &[usize] {
        self.lists.get(list).map(Vec::as_slice).unwrap_or_default()
    }

    /// Items that are probably equal to an expected one; none for one with patterns.
    fn equal<E: Expect>(&self, expected: &E) -> usize {
        let found = hash_expected(expected, &self.state).and_then(|hash| self.whole.get(&hash));
        found.copied().unwrap_or(NOTHING)
    }

    /// Items with a member; `None` if its value is not a scalar.
    fn with_member(&self, name: &String, value: &Value) -> Option<usize> {
        let found = || {
            self.members
                .get(&self.state.hash_one((name, hash(value, &self.state))))
        };
        is_scalar(value).then(|| found().copied().unwrap_or(NOTHING))
    }

    /// The only items that an expected one may fit; `None` if it may fit any.
    fn candidates<E: Expect>(&self, expected: &E) -> Option<usize> {
        match expected.view() {
            View::Value(value) if is_scalar(value) => Some(self.equal(expected)),
            View::Value(Value::Object(members)) => members
                .iter()
                .filter_map(|(name, member)| self.with_member(name, member))
                .min_by_key(|list| self.list(*list).len()),
            View::Members(members) => {
                let scalars = members
                    .iter()
                    .filter_map(|(name, member)| match member.view() {
                        View::Value(value) => self.with_member(name, value),
                        _ => None,
                    });
                scalars.min_by_key(|list| self.list(*list).len())
            }
            _ => None,
        }
    }
}

/// Expected items that fit the same received ones: those of one value, or a single one with patterns.
struct Class {
    /// The list of the index with all that may fit; any received item without one.
    list: Option<usize>,
    /// Which candidate is tried first: the item at the same place, since lists are most often in order.
    first: usize,
    /// How many candidates, from the first on, have an owner or do not fit. An owner may change, but never goes away.
    tried: usize,
    /// Whether it was found that none of its items can be placed any more.
    hopeless: bool,
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

/// Expected items paired with received ones, one to one, by augmenting paths (Kuhn's algorithm). Equal items are handled as one, and
/// what a search has reached in vain is never searched again, so that repeated items cost no more than different ones.
pub(super) struct Pairing<'a, E> {
    expected: &'a [E],
    actual: &'a [Value],
    /// By received item: the expected item that has it.
    owner: Vec<Option<usize>>,
    /// By expected item: the received item that it has.
    has: Vec<Option<usize>>,
    /// The received items that a failure has told of.
    taken: Vec<bool>,
    /// The received items that a search has reached in vain: nothing free can be reached from them any more.
    dead: Vec<bool>,
    classes: Vec<Class>,
    /// By expected item: its class.
    class_of: Vec<usize>,
    /// What was found out about classes and received items, where there are few enough to be remembered.
    known: Vec<Option<bool>>,
    /// Which received items may fit an expected one, if there are many of them.
    index: Option<Index>,
}

impl<'a, E: Expect> Pairing<'a, E> {
    /// Pairs of equal items at first, if there are many; nothing else is paired yet.
    pub(super) fn new(expected: &'a [E], actual: &'a [Value]) -> Self {
        let pairs = expected.len().saturating_mul(actual.len());
        let index = (pairs > INDEXED).then(|| Index::new(actual));
        let (classes, class_of) = classes(expected, index.as_ref());
        let mut pairing = Self {
            expected,
            actual,
            owner: vec![None; actual.len()],
            has: vec![None; expected.len()],
            taken: vec![false; actual.len()],
            dead: vec![false; actual.len()],
            classes,
            class_of,
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
        // How much of each list is over.
        let mut over = vec![0; index.lists.len()];
        for (item, expected) in self.expected.iter().enumerate() {
            let list = index.equal(expected);
            let Some(over) = over.get_mut(list) else {
                continue;
            };
            let Some(at) = index.list(list).get(*over).copied() else {
                continue;
            };
            let is_equal = self
                .actual
                .get(at)
                .is_some_and(|actual| equals(expected, actual));
            if let (true, Some(has), Some(owner)) =
                (is_equal, self.has.get_mut(item), self.owner.get_mut(at))
            {
                *over += 1;
                (*has, *owner) = (Some(at), Some(item));
            }
        }
    }

    fn class(&self, item: usize) -> usize {
        self.class_of.get(item).copied().unwrap_or(item)
    }

    /// A received item that may fit those of a class.
    fn candidate(&self, class: usize, step: usize) -> Option<usize> {
        let class = self.classes.get(class)?;
        let rotated = |count: usize| (step < count).then(|| (class.first + step) % count);
        match (class.list, &self.index) {
            (Some(list), Some(index)) => {
                let list = index.list(list);
                list.get(rotated(list.len())?).copied()
            }
            _ => rotated(self.actual.len()),
        }
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
        let place = self.class(item) * self.actual.len() + index;
        if let Some(known) = self.known.get(place).copied().flatten() {
            return Some(known);
        }
        let fits = work.contains(self.expected.get(item)?, self.actual.get(index)?)?;
        if let Some(known) = self.known.get_mut(place) {
            *known = Some(fits);
        }
        Some(fits)
    }

    /// Gives an expected item a received one of its own, moving others if that helps. `None` if that takes too long to find out.
    pub(super) fn place(&mut self, work: &mut Containment, item: usize) -> Option<bool> {
        let class = self.class(item);
        if self.classes.get(class).is_some_and(|class| class.hopeless) {
            return Some(false);
        }
        while let Some((step, index)) = self.untried(class) {
            work.spend()?;
            if self.is_free(index) && self.fits(work, item, index)? {
                self.hand_over(index, &IndexMap::from([(index, item)]));
                return Some(true);
            }
            if let Some(class) = self.classes.get_mut(class) {
                class.tried = step + 1;
            }
        }
        self.search(work, item)
    }

    fn untried(&self, class: usize) -> Option<(usize, usize)> {
        let step = self.classes.get(class)?.tried;
        Some((step, self.candidate(class, step)?))
    }

    fn is_free(&self, index: usize) -> bool {
        self.owner.get(index).is_some_and(Option::is_none)
    }

    /// Moves others until there is a received item for this one; breadth first, so that no stack grows with the lists.
    fn search(&mut self, work: &mut Containment, item: usize) -> Option<bool> {
        let mut reached = IndexMap::new();
        let mut queue = VecDeque::from([item]);
        let mut seen = IndexSet::from([self.class(item)]);
        while let Some(seeker) = queue.pop_front() {
            let mut step = 0;
            while let Some(index) = self.candidate(self.class(seeker), step) {
                step += 1;
                work.spend()?;
                let is_over = self.dead.get(index).is_some_and(|dead| *dead);
                if is_over || reached.contains_key(&index) || !self.fits(work, seeker, index)? {
                    continue;
                }
                reached.insert(index, seeker);
                let Some(other) = self.owner.get(index).copied().flatten() else {
                    self.hand_over(index, &reached);
                    return Some(true);
                };
                if seen.insert(self.class(other)) {
                    queue.push_back(other);
                }
            }
        }
        self.give_up(reached.into_keys(), seen);
        Some(false)
    }

    /// Remembers what was reached in vain. Later moves go around it, so that it stays in vain.
    fn give_up(&mut self, reached: impl Iterator<Item = usize>, seen: IndexSet<usize>) {
        for index in reached {
            if let Some(dead) = self.dead.get_mut(index) {
                *dead = true;
            }
        }
        for class in seen {
            if let Some(class) = self.classes.get_mut(class) {
                class.hopeless = true;
            }
        }
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

/// The classes of expected items, and the class of each. Without an index each is one of its own: then there are few.
fn classes<E: Expect>(expected: &[E], index: Option<&Index>) -> (Vec<Class>, Vec<usize>) {
    let mut classes = Vec::new();
    let mut known: IndexMap<u64, usize> = IndexMap::new();
    let class_of = expected.iter().enumerate().map(|(item, value)| {
        let mut class = || {
            let list = index.and_then(|index| index.candidates(value));
            let before =
                |(list, index): (usize, &Index)| index.list(list).partition_point(|at| *at < item);
            classes.push(Class {
                list,
                first: list.zip(index).map_or(item, before),
                tried: 0,
                hopeless: false,
            });
            classes.len() - 1
        };
        match index.and_then(|index| hash_expected(value, &index.state)) {
            Some(hash) => *known.entry(hash).or_insert_with(class),
            None => class(),
        }
    });
    let class_of = class_of.collect();
    (classes, class_of)
}

#[cfg(test)]
mod tests;
