//! Verdicts on expectations, and why one failed.

use crate::source::Span;
use crate::value::diff::Differences;

/// Whether what was expected is so.
#[derive(Debug)]
pub enum Verdict {
    /// It is.
    Passed,
    /// It is not, or it could not be judged.
    Failed(Box<Failure>),
}

/// Why an expectation failed; texts are cut where they are long.
#[derive(Debug, Clone)]
pub struct Failure {
    /// The place in the collection: the operator where one failed, else the expectation.
    pub span: Span,
    /// What was expected, as the end of the sentence that starts with *expected*.
    pub expected: String,
    /// What was received; `None` where there was nothing.
    pub actual: Option<String>,
    /// Why it could not be judged, or what was not found.
    pub reason: Option<String>,
    /// Each place at which documents differ.
    pub differences: Differences,
    /// What to do about it.
    pub hint: Option<String>,
    /// The expectation's own `message`.
    pub message: Option<String>,
}

impl Failure {
    /// The failure in one line: `expected 200, got 404`.
    #[must_use]
    pub fn summary(&self) -> String {
        let expected = &self.expected;
        match (&self.reason, &self.actual) {
            (Some(reason), _) => format!("expected {expected}, but {reason}"),
            (None, Some(actual)) => format!("expected {expected}, got {actual}"),
            (None, None) => format!("expected {expected}, got nothing"),
        }
    }
}

/// What one operator says of a value that it does not hold for; built only where it is told.
#[derive(Debug, Default)]
pub(super) struct Mismatch {
    /// Whether it could not be judged: such a complaint stands under `not`, too.
    pub(super) trouble: bool,
    pub(super) expected: String,
    pub(super) actual: Option<String>,
    pub(super) reason: Option<String>,
    pub(super) differences: Differences,
    pub(super) hint: Option<String>,
}

/// What judging gives: `Ok` where the expectation holds.
pub(super) type MatchResult = Result<(), Box<Mismatch>>;

impl Mismatch {
    /// The whole of a failure at a place.
    pub(super) fn at(self, span: &Span) -> Box<Failure> {
        let Self {
            expected,
            actual,
            reason,
            differences,
            hint,
            ..
        } = self;
        Box::new(Failure {
            span: span.clone(),
            expected,
            actual,
            reason,
            differences,
            hint,
            message: None,
        })
    }

    /// Takes over what another operator of the same matcher says.
    pub(super) fn and(mut self: Box<Self>, other: Self) -> Box<Self> {
        self.trouble |= other.trouble;
        self.expected = [self.expected.as_str(), other.expected.as_str()].join(" and ");
        self.reason = self.reason.or(other.reason);
        self.hint = self.hint.or(other.hint);
        self.differences.append(other.differences);
        self
    }
}
