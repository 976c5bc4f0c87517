//! Sets: what a path or selector found, the lines of a header. A verdict does not depend on how many members there are.

use super::evaluate::Evaluator;
use super::expected::Piece;
use super::received::{Interpretation, Received};
use super::{Matcher, Operation, ResolvedExpected, Type};
use crate::check::outcome::{MatchResult, Mismatch};
use crate::value::{Kind, Value};

impl<'a> Received<'a> {
    /// Whether it is a set without members.
    pub(in crate::check) fn is_empty_set(self) -> bool {
        matches!(self.sort, Interpretation::Nodes | Interpretation::Markup)
            && self.members().is_empty()
    }

    /// Whether operators of one string see the only member.
    fn is_of_strings(self) -> bool {
        matches!(self.sort, Interpretation::Markup | Interpretation::Lines)
    }

    fn members(self) -> &'a [Value] {
        self.value.as_array().unwrap_or_default()
    }
}

impl Operation {
    /// Whether it sees the set, even if that has one member. Those of equality look at their operands first.
    fn sees(&self, set: Interpretation) -> bool {
        match self {
            Self::Count(_)
            | Self::All(_)
            | Self::Any(_)
            | Self::Unique
            | Self::Sorted(_)
            | Self::Exists(_)
            | Self::Contains(_)
            | Self::NotContains(_)
            | Self::Equals(_)
            | Self::NotEquals(_)
            | Self::OneOf(_)
            | Self::Not(_) => true,
            Self::Len(_) => set == Interpretation::Markup,
            // Of a pattern that says more of the items; `check` refuses any other.
            Self::Type(types) => matches!(types.as_slice(), [Type::Kind(Kind::Array)]),
            _ => false,
        }
    }
}

impl Evaluator<'_> {
    /// Whether an operator holds for a set without members, the place of which is there.
    pub(super) fn no_members(self, operation: &Operation, received: Received<'_>) -> MatchResult {
        match operation {
            Operation::Empty(true) => Ok(()),
            Operation::Equals(wanted) | Operation::JsonContains(wanted)
                if wanted
                    .resolve(self.scope)
                    .is_ok_and(|target| target.is_empty_list()) =>
            {
                Ok(())
            }
            Operation::Len(inner) => self.len(operation, inner, received),
            Operation::Count(inner) => self.count(operation, inner, received),
            _ => self.nothing(operation),
        }
    }

    /// What an operator sees: a set, or its only string.
    pub(super) fn seen_by<'r>(
        self,
        operation: &Operation,
        received: Received<'r>,
    ) -> Result<Received<'r>, Box<Mismatch>> {
        if !received.is_of_strings() || operation.sees(received.sort) {
            Ok(received)
        } else {
            self.only(operation, received)
        }
    }

    /// What is compared with an operand: a set with a list or a pattern, else its only string.
    pub(super) fn comparable<'r>(
        self,
        operation: &Operation,
        received: Received<'r>,
        target: &ResolvedExpected,
    ) -> Result<Received<'r>, Box<Mismatch>> {
        let whole = !received.is_of_strings()
            || target.is_list()
            || matches!(target, ResolvedExpected::Pattern(_));
        if whole {
            Ok(received)
        } else {
            self.only(operation, received)
        }
    }

    /// Whether something that was received is what is wanted.
    pub(super) fn is(self, received: Received<'_>, target: &ResolvedExpected) -> bool {
        match target {
            ResolvedExpected::Pattern(matcher) if received.is_of_strings() => {
                let says_more = !matcher.operators.iter().all(|operator| {
                    matches!(&operator.operation, Operation::Type(_))
                        && operator.operation.sees(received.sort)
                });
                says_more && self.quietly().check(matcher, Some(received)).is_ok()
            }
            target => received.is(target),
        }
    }

    pub(super) fn one_of(
        self,
        operation: &Operation,
        pieces: &[Piece<'_>],
        received: Received<'_>,
    ) -> MatchResult {
        let (lists, others): (Vec<_>, Vec<_>) =
            pieces.iter().copied().partition(|piece| piece.is_list());
        if lists.into_iter().any(|piece| received.is_piece(piece)) {
            return Ok(());
        }
        let received = if others.is_empty() || !received.is_of_strings() {
            received
        } else {
            self.only(operation, received)?
        };
        self.hold(
            others.into_iter().any(|piece| received.is_piece(piece)),
            operation,
            received,
        )
    }

    /// The only member of a set; of several, no operator of one string can be judged.
    fn only<'r>(
        self,
        operation: &Operation,
        received: Received<'r>,
    ) -> Result<Received<'r>, Box<Mismatch>> {
        if let [only] = received.members() {
            return Ok(received.item(only));
        }
        let count = received.members().len();
        let (what, hint) = match (received.sort, operation) {
            (Interpretation::Lines, Operation::Len(_)) => (
                "lines",
                "`count` is the number of lines; for the length of each write `all = { len = … }`",
            ),
            (Interpretation::Lines, _) => (
                "lines",
                "write `all = …` for every line, or `any = …` for one of them",
            ),
            _ => (
                "nodes",
                "write `all = …` for every node, or `any = …` for one of them",
            ),
        };
        let mut mismatch = self.trouble(operation, received, || {
            format!("there are {count} {what}, but this operator needs exactly one")
        });
        mismatch.hint = Some(hint.to_owned());
        Err(mismatch)
    }

    /// The strings to look into: those of a set, or the one that was received.
    pub(super) fn texts<'r>(
        self,
        operation: &Operation,
        received: Received<'r>,
    ) -> Result<Vec<&'r str>, Box<Mismatch>> {
        if received.is_of_strings() {
            return Ok(received
                .members()
                .iter()
                .filter_map(Value::as_str)
                .collect());
        }
        self.text(operation, received).map(|text| vec![text])
    }

    pub(super) fn len(
        self,
        operation: &Operation,
        inner: &Matcher,
        received: Received<'_>,
    ) -> MatchResult {
        let length = self.length(operation, received)?;
        self.number(operation, inner, length, "length").map_err(|mut mismatch| {
            mismatch.actual = mismatch.actual.map(|actual| format!("{actual}: {}", received.show()));
            if let (Interpretation::Markup, [only]) = (received.sort, received.members()) {
                let hint = || {
                    format!(
                        "`len` is the number of nodes; for the length of {} write `all = {{ len = … }}`",
                        crate::value::diff::show(only)
                    )
                };
                mismatch.hint = mismatch.hint.or_else(|| Some(hint()));
            }
            mismatch
        })
    }

    pub(super) fn count(
        self,
        operation: &Operation,
        inner: &Matcher,
        received: Received<'_>,
    ) -> MatchResult {
        let Some(members) = received.value.as_array() else {
            let mut mismatch = self.trouble(operation, received, || {
                format!(
                    "{} has no members to count",
                    received.value.kind().with_article()
                )
            });
            mismatch.hint = Some("`len` is the number of characters or members".to_owned());
            return Err(mismatch);
        };
        self.number(operation, inner, members.len(), "count")
    }

    /// Judges a number of members or characters.
    fn number(
        self,
        operation: &Operation,
        inner: &Matcher,
        number: usize,
        what: &str,
    ) -> MatchResult {
        let value = Value::from(number as u64);
        self.check(inner, Some(Received::typed(&value)))
            .map_err(|inner| {
                Box::new(Mismatch {
                    expected: self.describe_operation(operation),
                    actual: Some(format!("{what} {number}")),
                    ..*inner
                })
            })
    }
}

impl ResolvedExpected {
    /// Whether it is a list, also one with patterns in it.
    fn is_list(&self) -> bool {
        matches!(self, Self::Array(_))
            || self
                .as_value()
                .is_some_and(|value| value.as_array().is_some())
    }

    fn is_empty_list(&self) -> bool {
        self.is_list() && self.pieces().is_empty()
    }
}

impl Piece<'_> {
    fn is_list(self) -> bool {
        match self {
            Self::Value(value) => value.as_array().is_some(),
            Self::ResolvedExpected(target) => {
                target.is_list() || matches!(target, ResolvedExpected::Pattern(_))
            }
        }
    }
}
