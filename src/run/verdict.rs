//! How a step ended.

use super::send::Attempt;
use crate::check;
use crate::event::Subject;
use crate::http::Exchange;
use crate::plan::Step;
use crate::source::Span;

/// A step, or one row of it, judged.
#[derive(Debug)]
pub(super) struct StepResult {
    /// From 1, where the step has rows.
    pub(super) row: Option<usize>,
    /// The name that shows the row, if it holds expressions.
    pub(super) title: Option<String>,
    pub(super) verdict: Verdict,
    /// How many requests were sent.
    pub(super) sent: usize,
    /// The tries before the last, the first of them.
    pub(super) attempts: Vec<Attempt>,
    /// How many expectations were judged.
    pub(super) expectations: usize,
    /// The last exchange.
    pub(super) exchange: Option<Exchange>,
    /// Whether its snapshot was looked at.
    pub(super) looked: bool,
}

/// How a step ended.
#[derive(Debug)]
pub(super) enum Verdict {
    Passed,
    /// Passed only when tried again.
    Flaky,
    Failed(Vec<Problem>),
    Skipped(String),
    /// Its rows are an empty list, in setup or teardown: there is nothing to do.
    Nothing,
    /// Not sent, or ended, for this reason.
    NotRun(&'static str),
    /// Not sent: what proves who sends it could not be had, as the request of that name tells.
    Blocked(String),
}

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

impl StepResult {
    /// A step, or a row of it, of which nothing was sent.
    pub(super) fn unsent(row: Option<usize>, verdict: Verdict) -> Self {
        Self {
            row,
            title: None,
            verdict,
            sent: 0,
            attempts: Vec::new(),
            expectations: 0,
            exchange: None,
            looked: false,
        }
    }

    pub(super) fn not_run(row: Option<usize>, reason: &'static str) -> Self {
        Self::unsent(row, Verdict::NotRun(reason))
    }

    /// A step during which this program broke.
    pub(super) fn panicked(step: &Step, panic: &(dyn std::any::Any + Send)) -> Self {
        let reason = format!("apitest itself failed: {}", super::panic_text(panic));
        let mut problem = Problem::new("request", &step.span, reason, "a verdict");
        problem.failure.hint = Some("this is a defect of apitest: please report it".to_owned());
        Self::unsent(None, Verdict::Failed(vec![problem]))
    }
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

/// How a step ended, for those that need it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) enum State {
    /// Its turn has not come.
    #[default]
    Pending,
    Passed,
    Failed,
    Skipped,
    /// Blocked, by the step of that name.
    Blocked(String),
    Stopped,
}
