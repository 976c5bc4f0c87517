//! An expectation: a subject, what it is held against, and where it is written.

use std::fmt;
use std::sync::Arc;

use super::facts::redirect_hint;
use super::matcher::{Evaluator, Matcher, Received};
use super::outcome::{Failure, Mismatch, Verdict};
use super::part::ExchangePart;
use super::subject::{Events, ReadResult, Subject};
use crate::budget;
use crate::event::{self, SubjectKind};
use crate::http::{Error, Exchange, Response};
use crate::source::Span;
use crate::template::{Scope, Template};

/// One thing that is expected of an exchange, compiled; clones share it.
#[derive(Debug, Clone)]
pub struct Expectation {
    pub(super) span: Span,
    pub(super) default: bool,
    pub(super) judge: Arc<dyn Assertion>,
    pub(super) message: Option<Template>,
}

/// What an expectation is judged in.
#[derive(Clone, Copy)]
pub(super) struct EvalContext<'a> {
    pub(super) exchange: &'a Exchange,
    pub(super) scope: &'a dyn Scope,
}

/// Why an expectation does not hold, and where in the collection that is written, if more exactly known.
pub(super) struct LocatedMismatch {
    pub(super) span: Option<Span>,
    pub(super) mismatch: Box<Mismatch>,
}

/// A subject together with what it is held against.
pub(super) trait Assertion: fmt::Debug + Send + Sync {
    /// What is judged, as a report names it.
    fn label(&self) -> String;

    /// Its kind, if more than the text depends on it.
    fn kind(&self) -> SubjectKind {
        SubjectKind::Other
    }

    /// Collects the templates that are filled to judge.
    fn templates<'a>(&'a self, found: &mut Vec<&'a Template>);

    /// The part of the exchange that is judged; what does not say so needs the whole body.
    fn about(&self) -> ExchangePart {
        ExchangePart::Body
    }

    /// What is expected, for a failure without a judgement.
    fn expected(&self, _: EvalContext<'_>) -> String {
        format!("its {}", self.label())
    }

    /// What is read of a stream for it.
    fn stream(&self) -> Option<&Arc<Events>> {
        None
    }

    /// Judges.
    fn judge(&self, eval: EvalContext<'_>) -> Result<(), LocatedMismatch>;
}

impl Expectation {
    /// Where it is written; for one that stands by default, the place of its request.
    #[must_use]
    pub fn span(&self) -> &Span {
        &self.span
    }

    /// Whether nobody wrote it: the 2xx where no status is expected, and the guards.
    #[must_use]
    pub fn is_default(&self) -> bool {
        self.default
    }

    /// What is judged: `status`, `header content-type`, `jsonpath $.message`.
    #[must_use]
    pub fn subject(&self) -> event::Subject {
        event::Subject::new(self.judge.kind(), self.judge.label())
    }

    /// The templates that are filled to judge it; they tell the names, files and environment variables that it needs.
    #[must_use]
    pub fn templates(&self) -> Vec<&Template> {
        let mut found = Vec::new();
        self.judge.templates(&mut found);
        found.extend(&self.message);
        found
    }

    /// The part of the exchange that is judged.
    #[must_use]
    pub fn about(&self) -> ExchangePart {
        self.judge.about()
    }

    /// Whether it is that there is no response, or that its body is broken.
    #[must_use]
    pub fn expects_error(&self) -> bool {
        self.about() == ExchangePart::Error
    }

    /// What is read of a stream of events for it.
    #[must_use]
    pub fn stream(&self) -> Option<&Arc<Events>> {
        self.judge.stream()
    }

    fn judge(&self, eval: EvalContext<'_>) -> Verdict {
        let judged = match self.about().lacks(eval.exchange) {
            None => self.judge.judge(eval),
            Some(reason) => {
                let expected = self.judge.expected(eval);
                Err(Box::new(Mismatch {
                    trouble: true,
                    expected,
                    reason: Some(reason),
                    ..Mismatch::default()
                })
                .into())
            }
        };
        // What an engine gave that had to give up says nothing, neither way.
        let judged = budget::gave_up().map_or(judged, |reason| Err(out_of_budget(reason)));
        let Err(LocatedMismatch { span, mismatch }) = judged else {
            return Verdict::Passed;
        };
        let mut failure = mismatch.at(span.as_ref().unwrap_or(&self.span));
        if self.about() == ExchangePart::Status && !failure.expected.starts_with('3') {
            failure.hint = failure.hint.take().or_else(|| redirect_hint(eval.exchange));
        }
        failure.message = self.message.as_ref().map(|template| {
            let rendered = template.render(eval.scope).map(|rendered| rendered.text);
            rendered.unwrap_or_else(|_| template.text().to_owned())
        });
        Verdict::Failed(failure)
    }
}

/// An evaluated expectation.
#[derive(Debug)]
pub struct Outcome<'a> {
    /// The expectation.
    pub expectation: &'a Expectation,
    /// Whether it holds.
    pub verdict: Verdict,
}

impl Outcome<'_> {
    /// Whether what was expected is so.
    #[must_use]
    pub fn passed(&self) -> bool {
        matches!(self.verdict, Verdict::Passed)
    }

    /// The failure, if it is one.
    #[must_use]
    pub fn failure(&self) -> Option<&Failure> {
        if let Verdict::Failed(failure) = &self.verdict {
            Some(failure)
        } else {
            None
        }
    }
}

/// Judged expectations, and the failure that stands beside them.
#[derive(Debug)]
pub struct Evaluation<'a> {
    /// Why there is no response, or why its body is broken, unless that is expected.
    pub error: Option<&'a Error>,
    /// The expectations that were judged.
    pub outcomes: Vec<Outcome<'a>>,
}

fn out_of_budget(reason: String) -> LocatedMismatch {
    let expected = "a response that can be evaluated in time".to_owned();
    Box::new(Mismatch {
        trouble: true,
        expected,
        reason: Some(reason),
        ..Mismatch::default()
    })
    .into()
}

/// Judges every expectation.
///
/// If there is no response and that is not expected, nothing is judged. If only the body is broken, what needs it fails, and
/// all else is judged; what fails by default is not judged by a broken body, which is a failure of its own.
pub fn evaluate<'a>(
    expectations: &'a [Expectation],
    exchange: &'a Exchange,
    scope: &dyn Scope,
) -> Evaluation<'a> {
    let eval = EvalContext { exchange, scope };
    let told =
        |expectation: &Expectation| expectation.expects_error() || (expectation.stream().is_some());
    let error = exchange.error().filter(|_| !expectations.iter().any(told));
    if error.is_some() && exchange.response().is_none() {
        return Evaluation {
            error,
            outcomes: Vec::new(),
        };
    }
    let judged = expectations.iter().filter(|expectation| {
        !expectation.default || expectation.about().lacks(exchange).is_none()
    });
    let outcomes = judged
        .map(|expectation| Outcome {
            expectation,
            verdict: expectation.judge(eval),
        })
        .collect();
    Evaluation { error, outcomes }
}

impl<'a> EvalContext<'a> {
    /// The response, if there is one; its body may be broken.
    pub(super) fn response(self) -> Option<&'a Response> {
        self.exchange.result.as_ref().ok()
    }
}

impl From<Box<Mismatch>> for LocatedMismatch {
    fn from(mismatch: Box<Mismatch>) -> Self {
        Self {
            span: None,
            mismatch,
        }
    }
}

/// A subject that is read and held against a matcher: most of them.
#[derive(Debug)]
pub(super) struct Matched<S> {
    pub(super) subject: S,
    pub(super) matcher: Matcher,
}

impl<S: Subject> Matched<S> {
    /// What came out of an expression may hold for everything that can be received, such as any size from `0` on: it is held
    /// to the rules of what is written.
    fn asserts_something(
        &self,
        reading: &ReadResult<'_>,
        evaluator: Evaluator<'_>,
    ) -> Result<(), LocatedMismatch> {
        let mut templates = Vec::new();
        self.matcher.templates(&mut templates);
        let ReadResult::Found(value, sort) = reading else {
            return Ok(());
        };
        if templates.is_empty() {
            return Ok(());
        }
        let Ok(matcher) = self.matcher.resolved(evaluator.scope) else {
            return Ok(());
        };
        let domain = self.subject.domain();
        let vacuous = || {
            let found = domain.vacuous(&matcher)?;
            let reason = "this holds for every value, so it asserts nothing".to_owned();
            Some((found.place, reason))
        };
        let unreachable = || {
            let found = domain.unreachable(&matcher)?;
            Some((found.place.clone(), found.to_string()))
        };
        let Some((span, reason)) = vacuous().or_else(unreachable) else {
            return Ok(());
        };
        let received = Received { value, sort: *sort };
        let mismatch = Mismatch {
            trouble: true,
            expected: evaluator.describe(&self.matcher),
            actual: Some(received.show()),
            reason: Some(reason),
            hint: Some("check what the expression gives".to_owned()),
            ..Mismatch::default()
        };
        Err(LocatedMismatch {
            span,
            mismatch: Box::new(mismatch),
        })
    }
}

impl<S: Subject> Assertion for Matched<S> {
    fn label(&self) -> String {
        self.subject.label()
    }

    fn kind(&self) -> SubjectKind {
        self.subject.kind()
    }

    fn templates<'a>(&'a self, found: &mut Vec<&'a Template>) {
        self.subject.templates(found);
        self.matcher.templates(found);
    }

    fn about(&self) -> ExchangePart {
        self.subject.about()
    }

    fn expected(&self, eval: EvalContext<'_>) -> String {
        Evaluator::new(eval.scope).describe(&self.matcher)
    }

    fn judge(&self, eval: EvalContext<'_>) -> Result<(), LocatedMismatch> {
        let evaluator = Evaluator::new(eval.scope);
        let reading = self.subject.read(eval);
        let failed = match &reading {
            ReadResult::Found(value, sort) => {
                evaluator.failing(&self.matcher, Some(Received { value, sort: *sort }))
            }
            ReadResult::Missing => evaluator.failing(&self.matcher, None),
            ReadResult::Unreadable(reason, hint) => {
                let mismatch = Mismatch {
                    expected: evaluator.describe(&self.matcher),
                    reason: Some(reason.clone()),
                    hint: hint.clone(),
                    ..Mismatch::default()
                };
                return Err(Box::new(mismatch).into());
            }
        };
        let span = if let [(operator, _)] = failed.as_slice() {
            operator.span.clone()
        } else {
            None
        };
        let Some(mut mismatch) = failed
            .into_iter()
            .map(|(_, mismatch)| mismatch)
            .reduce(|one, two| one.and(*two))
        else {
            return self.asserts_something(&reading, evaluator);
        };
        if reading.is_nothing() {
            let (reason, hint) = self.subject.missing(eval);
            mismatch.reason = mismatch
                .reason
                .or(Some(reason).filter(|_| mismatch.actual.is_none()));
            mismatch.hint = mismatch.hint.or(hint);
        }
        mismatch.hint = mismatch
            .hint
            .take()
            .or_else(|| self.subject.hint(eval, &mismatch.expected));
        Err(LocatedMismatch { span, mismatch })
    }
}
