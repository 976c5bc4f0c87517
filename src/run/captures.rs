//! Captured values: those of a collection, what one step changes of them, and the lists that its rows make.
//!
//! A step reads the collection's captures and changes none of them. It returns its changes, and the collection commits them when
//! the step is over.

use std::sync::Arc;

use indexmap::IndexMap;

use crate::template::Binding;
use crate::value::Value;

/// The values that requests captured, by name.
pub(super) type Captured = IndexMap<String, Binding>;

/// What a step, or a row of it, changes of the captures.
#[derive(Debug, Clone, Default)]
pub(super) struct CaptureChanges(IndexMap<String, Change>);

/// A change of one capture.
#[derive(Debug, Clone, Default)]
pub(super) enum Change {
    Set(Binding),
    #[default]
    Discarded,
}

impl CaptureChanges {
    pub(super) fn set(&mut self, name: &str, binding: Binding) {
        self.0.insert(name.to_owned(), Change::Set(binding));
    }

    /// An earlier value of the name must not stand in for the one that was not captured.
    pub(super) fn discard(&mut self, name: &str) {
        self.0.insert(name.to_owned(), Change::Discarded);
    }

    /// Discards the names that were not captured.
    pub(super) fn discard_others<'n>(&mut self, names: impl Iterator<Item = &'n String>) {
        for name in names {
            self.0.entry(name.clone()).or_default();
        }
    }

    /// The change of a name.
    pub(super) fn get(&self, name: &str) -> Option<&Change> {
        self.0.get(name)
    }

    /// Applies the changes.
    pub(super) fn commit(self, captured: &mut Captured) {
        for (name, change) in self.0 {
            match change {
                Change::Set(binding) => drop(captured.insert(name, binding)),
                Change::Discarded => drop(captured.swap_remove(&name)),
            }
        }
    }
}

/// The captures of a step's rows, which become lists.
#[derive(Debug, Default)]
pub(super) struct RowCaptures(IndexMap<String, (Vec<Value>, bool)>);

impl RowCaptures {
    /// Adds what one row captured.
    pub(super) fn add(&mut self, row: CaptureChanges) {
        for (name, change) in row.0 {
            let (values, secret) = self.0.entry(name).or_default();
            if let Change::Set(binding) = change {
                values.push(Arc::unwrap_or_clone(binding.value));
                *secret |= binding.secret;
            }
        }
    }

    /// The lists; a name that no row captured is discarded.
    pub(super) fn finish(self) -> CaptureChanges {
        let list = |(name, (values, secret)): (String, (Vec<Value>, bool))| {
            if values.is_empty() {
                return (name, Change::Discarded);
            }
            let value = Arc::new(Value::Array(values));
            (name, Change::Set(Binding { value, secret }))
        };
        CaptureChanges(self.0.into_iter().map(list).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn binding(value: &str, secret: bool) -> Binding {
        let value = Arc::new(Value::from(value));
        Binding { value, secret }
    }

    fn changes(set: &[(&str, &str)], discarded: &[&str]) -> CaptureChanges {
        let mut changes = CaptureChanges::default();
        for (name, value) in set {
            changes.set(name, binding(value, false));
        }
        for name in discarded {
            changes.discard(name);
        }
        changes
    }

    fn shown(captured: &Captured) -> Vec<String> {
        let mut all: Vec<_> = captured
            .iter()
            .map(|(name, binding)| format!("{name}={}", binding.value.to_json()))
            .collect();
        all.sort();
        all
    }

    #[test]
    fn changes_are_seen_by_the_collection_only_once_committed() {
        let mut captured = Captured::default();
        changes(&[("a", "1"), ("b", "1")], &[]).commit(&mut captured);
        let next = changes(&[("a", "2")], &["b"]);
        assert_eq!(shown(&captured), ["a=\"1\"", "b=\"1\""]);
        assert!(matches!(next.get("a"), Some(Change::Set(_))));
        assert!(matches!(next.get("b"), Some(Change::Discarded)));
        assert!(next.get("c").is_none());
        next.commit(&mut captured);
        assert_eq!(shown(&captured), ["a=\"2\""]);
    }

    #[test]
    fn names_that_were_not_captured_can_be_discarded() {
        let mut captured = Captured::default();
        changes(&[("a", "1"), ("b", "1")], &[]).commit(&mut captured);
        let mut next = changes(&[("a", "2")], &[]);
        next.discard_others(["a".to_owned(), "b".to_owned()].iter());
        next.commit(&mut captured);
        assert_eq!(shown(&captured), ["a=\"2\""]);
    }

    #[test]
    fn rows_make_lists_and_what_no_row_captured_is_discarded() {
        let mut captured = Captured::default();
        changes(&[("id", "old"), ("other", "old"), ("far", "old")], &[]).commit(&mut captured);
        let mut rows = RowCaptures::default();
        rows.add(changes(&[("id", "1")], &["other"]));
        // A row that was skipped changes nothing.
        rows.add(CaptureChanges::default());
        rows.add(changes(&[("id", "3")], &["other"]));
        rows.finish().commit(&mut captured);
        assert_eq!(shown(&captured), ["far=\"old\"", "id=[\"1\",\"3\"]"]);
    }

    #[test]
    fn a_list_is_secret_if_one_of_its_values_is() {
        let mut rows = RowCaptures::default();
        for secret in [false, true, false] {
            let mut row = CaptureChanges::default();
            row.set("id", binding("x", secret));
            rows.add(row);
        }
        let mut captured = Captured::default();
        rows.finish().commit(&mut captured);
        assert!(captured.get("id").is_some_and(|list| list.secret));
    }
}
