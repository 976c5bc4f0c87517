//! One thing that failed.

use crate::check;
use crate::event::Subject;
use crate::source::Span;

/// One thing that failed.
#[derive(Debug)]
pub(super) struct Problem {
    /// What was judged.
    pub(super) subject: Subject,
    pub(super) failure: check::Failure,
    /// Whether the place is that of an expectation that stands by default.
    pub(super) by_default: bool,
    /// The part of the exchange that it is about.
    pub(super) about: Option<check::ExchangePart>,
}

impl Problem {
    pub(super) fn new(
        subject: impl Into<String>,
        span: &Span,
        reason: impl Into<String>,
        expected: &str,
    ) -> Self {
        let failure = check::Failure {
            span: span.clone(),
            expected: expected.to_owned(),
            actual: None,
            reason: Some(reason.into()),
            differences: crate::value::diff::Differences::default(),
            hint: None,
            message: None,
        };
        Self {
            subject: Subject::other(subject),
            failure,
            by_default: false,
            about: None,
        }
    }
}
