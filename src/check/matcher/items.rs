//! Judging lists item by item.

use super::evaluate::Evaluator;
use super::received::Received;
use super::{Direction, Matcher, Operation, order};
use crate::check::outcome::{MatchResult, Mismatch};
use crate::value::Value;
use crate::value::diff::show;

impl Evaluator<'_> {
    /// The items that were received, where it is a list.
    fn items<'r>(
        self,
        operation: &Operation,
        received: Received<'r>,
    ) -> Result<&'r [Value], Box<Mismatch>> {
        received.value.as_array().ok_or_else(|| {
            self.trouble(operation, received, || {
                format!("{} has no items", received.value.kind().with_article())
            })
        })
    }

    /// The items that were received, where it is a list that is not empty: nothing is said about no items.
    pub(super) fn some_items<'r>(
        self,
        operation: &Operation,
        received: Received<'r>,
    ) -> Result<&'r [Value], Box<Mismatch>> {
        let items = self.items(operation, received)?;
        if items.is_empty() {
            Err(self.trouble(operation, received, || "the list is empty".to_owned()))
        } else {
            Ok(items)
        }
    }

    pub(super) fn all(
        self,
        operation: &Operation,
        inner: &Matcher,
        received: Received<'_>,
    ) -> MatchResult {
        let items = self.some_items(operation, received)?;
        let failed = items.iter().enumerate().find_map(|(index, item)| {
            self.check(inner, Some(received.item(item)))
                .err()
                .map(|mismatch| (index, mismatch))
        });
        failed.map_or(Ok(()), |(index, inner)| {
            Err(Box::new(Mismatch {
                expected: self.describe_operation(operation),
                reason: inner
                    .reason
                    .map(|reason| format!("{reason} (the item at index {index})")),
                actual: Some(format!(
                    "{} at index {index}",
                    inner.actual.unwrap_or_default()
                )),
                ..*inner
            }))
        })
    }

    pub(super) fn any(
        self,
        operation: &Operation,
        inner: &Matcher,
        received: Received<'_>,
    ) -> MatchResult {
        let items = self.some_items(operation, received)?;
        let quiet = self.quietly();
        let mut doubtful = None;
        for (index, item) in items.iter().enumerate() {
            match quiet.check(inner, Some(received.item(item))) {
                Ok(()) => return Ok(()),
                Err(mismatch) if mismatch.trouble => doubtful = doubtful.or(Some((index, item))),
                Err(_) => {}
            }
        }
        // Where an item could not be judged, it is not known that none is what it should be: `not` must not hold.
        let Some((index, item)) = doubtful else {
            return self.hold(false, operation, received);
        };
        let reason = || {
            let why = self
                .check(inner, Some(received.item(item)))
                .err()
                .and_then(|mismatch| mismatch.reason);
            format!(
                "{} (the item at index {index})",
                why.unwrap_or_else(|| "it cannot be evaluated".to_owned())
            )
        };
        Err(self.trouble(operation, received, reason))
    }

    pub(super) fn sorted(
        self,
        operation: &Operation,
        direction: Direction,
        received: Received<'_>,
    ) -> MatchResult {
        let items = self.some_items(operation, received)?;
        let received_items: Vec<_> = items.iter().map(|item| received.item(item)).collect();
        match order::sorted(&received_items, direction) {
            Ok(None) => Ok(()),
            Ok(Some(index)) => Err(self.complain(|| {
                let pair = items.get(index..index + 2).unwrap_or_default();
                let pair: Vec<_> = pair.iter().map(show).collect();
                let actual = format!("{} at index {index}", pair.join(" before "));
                Mismatch {
                    actual: Some(actual),
                    ..*self.mismatch(operation, received)
                }
            })),
            Err(reason) => Err(self.trouble(operation, received, || reason)),
        }
    }
}
