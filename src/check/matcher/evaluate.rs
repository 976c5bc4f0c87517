//! Judging a value by a matcher.

use super::contain::Containment;
use super::expected::Piece;
use super::received::{Interpretation, Received};
use super::{Expected, Matcher, Operation, Operator, ResolvedExpected, Search, Type, order, text};
use crate::check::outcome::{MatchResult, Mismatch};
use crate::template::{EvalError, Scope};
use crate::value::Value;
use crate::value::diff::{self, Differences};

/// What judging needs: the scope, and whether anybody wants to hear why not.
#[derive(Clone, Copy)]
pub(in crate::check) struct Evaluator<'a> {
    pub(in crate::check) scope: &'a dyn Scope,
    tell: bool,
}

impl<'a> Evaluator<'a> {
    /// Judges in a scope, and tells why not.
    pub(in crate::check) fn new(scope: &'a dyn Scope) -> Self {
        Self { scope, tell: true }
    }

    /// Judges without telling why not.
    pub(super) fn quietly(self) -> Self {
        Self {
            tell: false,
            ..self
        }
    }

    pub(super) fn complain(self, build: impl FnOnce() -> Mismatch) -> Box<Mismatch> {
        Box::new(if self.tell {
            build()
        } else {
            Mismatch::default()
        })
    }

    /// As [`Evaluator::complain`], for what could not be judged.
    pub(super) fn troubled(self, build: impl FnOnce() -> Mismatch) -> Box<Mismatch> {
        let mut mismatch = self.complain(build);
        mismatch.trouble = true;
        mismatch
    }

    /// Something was received and is not what it should be.
    pub(super) fn mismatch(self, operation: &Operation, received: Received<'_>) -> Box<Mismatch> {
        self.complain(|| Mismatch {
            expected: self.describe_operation(operation),
            actual: Some(received.show()),
            hint: self.alike(operation, received),
            ..Mismatch::default()
        })
    }

    /// How what was received differs from what it looks like.
    fn alike(self, operation: &Operation, received: Received<'_>) -> Option<String> {
        let (wanted, inside) = match operation {
            Operation::Equals(wanted) | Operation::OneOf(wanted) => (wanted, false),
            Operation::Contains(wanted)
            | Operation::StartsWith(wanted)
            | Operation::EndsWith(wanted) => (wanted, true),
            _ => return None,
        };
        let target = wanted.resolve(self.scope).ok()?;
        let pieces: Vec<_> = target
            .pieces()
            .into_iter()
            .filter_map(Piece::as_value)
            .collect();
        let looks_like = |item: &Value| {
            pieces
                .iter()
                .find_map(|piece| diff::alike_hint(piece, item, inside))
        };
        match received.value {
            Value::Array(items) => items.iter().find_map(looks_like),
            single => looks_like(single),
        }
    }

    /// What was received cannot be judged by the operator.
    pub(super) fn trouble(
        self,
        operation: &Operation,
        received: Received<'_>,
        reason: impl FnOnce() -> String,
    ) -> Box<Mismatch> {
        self.troubled(|| Mismatch {
            reason: Some(reason()),
            ..*self.mismatch(operation, received)
        })
    }

    fn unresolved(self, operation: &Operation, error: EvalError) -> Box<Mismatch> {
        self.troubled(|| Mismatch {
            expected: self.describe_operation(operation),
            reason: Some(error.message),
            hint: error.hint,
            ..Mismatch::default()
        })
    }

    /// Judges by all operators; those that fail complain as one.
    pub(in crate::check) fn check(
        self,
        matcher: &Matcher,
        received: Option<Received<'_>>,
    ) -> MatchResult {
        let failed = self.failing(matcher, received);
        let complaints = failed.into_iter().map(|(_, mismatch)| mismatch);
        complaints
            .reduce(|one, two| one.and(*two))
            .map_or(Ok(()), Err)
    }

    /// The operators that do not hold, each with what it says.
    pub(in crate::check) fn failing<'m>(
        self,
        matcher: &'m Matcher,
        received: Option<Received<'_>>,
    ) -> Vec<(&'m Operator, Box<Mismatch>)> {
        if matcher.optional && received.is_none_or(Received::is_empty_set) {
            return Vec::new();
        }
        let failed = matcher.operators.iter().filter_map(|operator| {
            let judged = match received {
                Some(received) if received.is_empty_set() => {
                    self.no_members(&operator.operation, received)
                }
                Some(received) => self.operation(&operator.operation, received),
                None => self.nothing(&operator.operation),
            };
            judged.err().map(|mismatch| (operator, mismatch))
        });
        failed.collect()
    }

    /// Whether an operator holds if there is nothing.
    pub(super) fn nothing(self, operation: &Operation) -> MatchResult {
        match operation {
            Operation::Exists(false) => return Ok(()),
            Operation::Equals(wanted) => {
                let target = wanted
                    .resolve(self.scope)
                    .map_err(|error| self.unresolved(operation, error))?;
                if matches!(&*target, ResolvedExpected::Pattern(matcher) if self.quietly().check(matcher, None).is_ok())
                {
                    return Ok(());
                }
            }
            _ => {}
        }
        Err(self.troubled(|| Mismatch {
            expected: self.describe_operation(operation),
            ..Mismatch::default()
        }))
    }

    /// Whether an operator holds.
    pub(super) fn operation(self, operation: &Operation, received: Received<'_>) -> MatchResult {
        let received = self.seen_by(operation, received)?;
        match operation {
            Operation::Equals(wanted) => self.equals(operation, wanted, received),
            Operation::NotEquals(wanted) => {
                let target = self.resolve(operation, wanted)?;
                let received = self.comparable(operation, received, &target)?;
                self.hold(!self.is(received, &target), operation, received)
            }
            Operation::Order(..) | Operation::Between(..) | Operation::CloseTo(..) => {
                self.ordered(operation, received)
            }
            Operation::Contains(wanted) => self.contains(operation, wanted, received, true),
            Operation::NotContains(wanted) => self.contains(operation, wanted, received, false),
            Operation::StartsWith(wanted) => {
                self.affix(operation, wanted, received, |text, start| {
                    text.starts_with(start)
                })
            }
            Operation::EndsWith(wanted) => {
                self.affix(operation, wanted, received, |text, end| text.ends_with(end))
            }
            Operation::Matches(search) => self.matches(operation, search, received),
            Operation::OneOf(wanted) => self.one_of_list(operation, wanted, received),
            Operation::Type(types) => self.hold(
                types.iter().any(|wanted| has_type(received, *wanted)),
                operation,
                received,
            ),
            Operation::Format(format) => self.hold(
                text::of(received.value).is_some_and(|text| format.fits(&text)),
                operation,
                received,
            ),
            Operation::Exists(wanted) => self.hold(*wanted, operation, received),
            Operation::Empty(wanted) => {
                let length = self.length(operation, received)?;
                self.hold((length == 0) == *wanted, operation, received)
            }
            Operation::Len(inner) => self.len(operation, inner, received),
            Operation::Count(inner) => self.count(operation, inner, received),
            Operation::Json(wanted) => self.json(operation, wanted, received),
            Operation::JsonContains(wanted) => {
                let document = self.document(operation, received)?;
                self.covers(operation, wanted, received.item(&document))
            }
            Operation::Covers(wanted) => self.covers(operation, wanted, received),
            Operation::Schema(schema) => match schema.violations(received.value) {
                found if found.is_empty() => Ok(()),
                found => Err(self.differing(operation, received, || found)),
            },
            Operation::All(inner) => self.all(operation, inner, received),
            Operation::Any(inner) => self.any(operation, inner, received),
            Operation::Unique => {
                let items = self.some_items(operation, received)?;
                self.hold(order::all_differ(items), operation, received)
            }
            Operation::Sorted(direction) => self.sorted(operation, *direction, received),
            Operation::Not(inner) => self.not(operation, inner, received),
        }
    }

    fn matches(
        self,
        operation: &Operation,
        search: &Search,
        received: Received<'_>,
    ) -> MatchResult {
        let text = self.text(operation, received)?;
        let regex = search
            .regex(self.scope)
            .map_err(|error| self.unresolved(operation, error))?;
        if regex.text().is_empty() {
            return Err(self.vacuous(operation, received));
        }
        self.hold(regex.is_match(text), operation, received)
    }

    fn one_of_list(
        self,
        operation: &Operation,
        wanted: &Expected,
        received: Received<'_>,
    ) -> MatchResult {
        let target = self.resolve(operation, wanted)?;
        let pieces = target.pieces();
        if pieces.is_empty() {
            return Err(self.trouble(operation, received, || {
                "the list is empty, so it asserts nothing".to_owned()
            }));
        }
        self.one_of(operation, &pieces, received)
    }

    pub(super) fn hold(
        self,
        holds: bool,
        operation: &Operation,
        received: Received<'_>,
    ) -> MatchResult {
        if holds {
            Ok(())
        } else {
            Err(self.mismatch(operation, received))
        }
    }

    fn differing(
        self,
        operation: &Operation,
        received: Received<'_>,
        found: impl FnOnce() -> Differences,
    ) -> Box<Mismatch> {
        self.complain(|| Mismatch {
            differences: found(),
            ..*self.mismatch(operation, received)
        })
    }

    pub(super) fn resolve<'w>(
        self,
        operation: &Operation,
        wanted: &'w Expected,
    ) -> Result<std::borrow::Cow<'w, ResolvedExpected>, Box<Mismatch>> {
        wanted
            .resolve(self.scope)
            .map_err(|error| self.unresolved(operation, error))
    }

    fn equals(
        self,
        operation: &Operation,
        wanted: &Expected,
        received: Received<'_>,
    ) -> MatchResult {
        let target = self.resolve(operation, wanted)?;
        let received = self.comparable(operation, received, &target)?;
        if self.is(received, &target) {
            return Ok(());
        }
        Err(self.complain(|| {
            let found = diff::diff(&*target, received.value);
            let mut mismatch = *self.mismatch(operation, received);
            mismatch.hint = order::kinds_hint(target.as_value(), received.value).or(mismatch.hint);
            let whole = found.kept.len() == 1 && found.kept.iter().all(is_whole);
            if !whole {
                mismatch.hint = None;
                mismatch.differences = found;
            }
            mismatch
        }))
    }

    fn ordered(self, operation: &Operation, received: Received<'_>) -> MatchResult {
        let resolved = |wanted| self.resolve(operation, wanted);
        let holds = match operation {
            Operation::Order(relation, wanted) => {
                order::stands(received, *relation, &*resolved(wanted)?)
            }
            Operation::Between(low, high) => {
                order::between(received, &*resolved(low)?, &*resolved(high)?)
            }
            Operation::CloseTo(wanted, tolerance) => {
                order::close(received, &*resolved(wanted)?, &*resolved(tolerance)?)
            }
            _ => Ok(false),
        };
        match holds {
            Ok(holds) => self.hold(holds, operation, received),
            Err(reason) => Err(self.trouble(operation, received, || reason)),
        }
    }

    fn contains(
        self,
        operation: &Operation,
        wanted: &Expected,
        received: Received<'_>,
        all: bool,
    ) -> MatchResult {
        let target = self.resolve(operation, wanted)?;
        let pieces = target.pieces();
        if pieces.is_empty() {
            return Err(self.trouble(operation, received, || {
                "the list of substrings is empty, so it asserts nothing".to_owned()
            }));
        }
        let holds = if let (Value::Array(items), Interpretation::Typed | Interpretation::Nodes) =
            (received.value, received.sort)
        {
            pieces
                .into_iter()
                .all(|piece| items.iter().any(|item| received.item(item).is_piece(piece)) == all)
        } else {
            let texts = self.texts(operation, received)?;
            let empty = |piece: &Piece<'_>| {
                piece
                    .as_value()
                    .and_then(Value::as_str)
                    .is_some_and(str::is_empty)
            };
            if pieces.iter().any(empty) {
                return Err(self.vacuous(operation, received));
            }
            let parts: Option<Vec<_>> = pieces
                .iter()
                .map(|piece| piece.as_value().and_then(text::of))
                .collect();
            let Some(parts) = parts else {
                return Err(self.trouble(operation, received, || {
                    "the value to look for is not a string, so no string can contain it".to_owned()
                }));
            };
            parts
                .iter()
                .all(|part| texts.iter().any(|text| text.contains(&**part)) == all)
        };
        self.hold(holds, operation, received)
    }

    fn affix(
        self,
        operation: &Operation,
        wanted: &Expected,
        received: Received<'_>,
        has: fn(&str, &str) -> bool,
    ) -> MatchResult {
        let target = self.resolve(operation, wanted)?;
        let text = self.text(operation, received)?;
        let affix = target.as_value().and_then(text::of);
        if affix.as_ref().is_some_and(|affix| affix.is_empty()) {
            return Err(self.vacuous(operation, received));
        }
        self.hold(
            affix.is_some_and(|affix| has(text, &affix)),
            operation,
            received,
        )
    }

    /// An empty text is in every text, so that asking for it proves nothing: a variable was not filled.
    fn vacuous(self, operation: &Operation, received: Received<'_>) -> Box<Mismatch> {
        self.trouble(operation, received, || {
            "the value to look for is an empty string, which every string contains".to_owned()
        })
    }

    /// The text that was received, where it is one.
    pub(super) fn text<'r>(
        self,
        operation: &Operation,
        received: Received<'r>,
    ) -> Result<&'r str, Box<Mismatch>> {
        received.value.as_str().ok_or_else(|| {
            self.trouble(operation, received, || {
                format!("{} is not a string", received.value.kind().with_article())
            })
        })
    }

    pub(super) fn length(
        self,
        operation: &Operation,
        received: Received<'_>,
    ) -> Result<usize, Box<Mismatch>> {
        match received.value {
            Value::String(text) => Ok(text.chars().count()),
            Value::Array(items) => Ok(items.len()),
            Value::Object(members) => Ok(members.len()),
            other => Err(self.trouble(operation, received, || {
                format!("{} has no length", other.kind().with_article())
            })),
        }
    }

    fn json(self, operation: &Operation, wanted: &Expected, received: Received<'_>) -> MatchResult {
        let document = self.document(operation, received)?;
        let target = self.resolve(operation, wanted)?;
        if diff::matches(&*target, &document) {
            return Ok(());
        }
        Err(self.differing(operation, received, || diff::diff(&*target, &document)))
    }

    fn covers(
        self,
        operation: &Operation,
        wanted: &Expected,
        received: Received<'_>,
    ) -> MatchResult {
        let target = self.resolve(operation, wanted)?;
        match Containment::default().holds(&*target, received.value) {
            Some(true) => Ok(()),
            Some(false) => Err(self.differing(operation, received, || {
                Containment::default().differences(&*target, received.value)
            })),
            None => Err(self.trouble(operation, received, || {
                "there are too many items to match them with each other".into()
            })),
        }
    }

    /// The value, or what it says as JSON where it is a text.
    fn document<'r>(
        self,
        operation: &Operation,
        received: Received<'r>,
    ) -> Result<std::borrow::Cow<'r, Value>, Box<Mismatch>> {
        let Value::String(text) = received.value else {
            return Ok(std::borrow::Cow::Borrowed(received.value));
        };
        let parsed = crate::value::parse_unambiguous(text);
        parsed.map(std::borrow::Cow::Owned).map_err(|error| {
            self.trouble(operation, received, || {
                format!("the string is not JSON: {}", error.message)
            })
        })
    }

    /// What cannot be judged is not made true by `not`.
    fn not(self, operation: &Operation, inner: &Matcher, received: Received<'_>) -> MatchResult {
        match self.check(inner, Some(received)) {
            Ok(()) => Err(self.mismatch(operation, received)),
            Err(mismatch) if mismatch.trouble => Err(self.troubled(|| Mismatch {
                expected: self.describe_operation(operation),
                ..*mismatch
            })),
            Err(_) => Ok(()),
        }
    }
}

/// Whether a difference is that of the whole documents, which the failure tells anyhow.
fn is_whole(difference: &diff::Difference) -> bool {
    difference.path.segments().is_empty()
        && matches!(difference.change, diff::Change::Changed { .. })
}

fn has_type(received: Received<'_>, wanted: Type) -> bool {
    match wanted {
        Type::Integer => received.number().is_some_and(|number| number.is_integer()),
        Type::Kind(crate::value::Kind::Number) => received.number().is_some(),
        Type::Kind(kind) => received.value.kind() == kind,
    }
}
