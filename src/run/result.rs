//! The result of a step, which its collection commits.

use std::time::Duration;

use super::captures::CaptureChanges;
use super::problem::Problem;
use super::snapshots::SnapshotCheck;
use crate::event::ErrorKind;
use crate::http::Exchange;
use crate::source::Diagnostic;

/// The result of a step, or of one row of it: everything that it did, and nothing that it changed for others.
#[derive(Debug)]
pub(super) struct StepResult {
    /// From 1, if the step has rows.
    pub(super) row: Option<usize>,
    /// The name that shows the row, if it holds expressions.
    pub(super) title: Option<String>,
    pub(super) verdict: Verdict,
    /// How many requests were sent.
    pub(super) sent: usize,
    /// The attempts before the last, the first of them.
    pub(super) attempts: Vec<Attempt>,
    /// How many expectations were judged.
    pub(super) expectations: usize,
    /// The last exchange.
    pub(super) exchange: Option<Exchange>,
    /// What it changes of the collection's captures.
    pub(super) captures: CaptureChanges,
    /// What is worth knowing and stops nothing.
    pub(super) warnings: Vec<Diagnostic>,
    /// How the response compares to its snapshot, and what is to be written.
    pub(super) snapshots: Vec<SnapshotCheck>,
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
    /// Not sent: its credentials could not be had, as the request of that name reports.
    Blocked(String),
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
            captures: CaptureChanges::default(),
            warnings: Vec::new(),
            snapshots: Vec::new(),
        }
    }

    pub(super) fn not_run(row: Option<usize>, reason: &'static str) -> Self {
        Self::unsent(row, Verdict::NotRun(reason))
    }

    /// Adds problems that came up when it was committed.
    pub(super) fn fail(&mut self, more: Vec<Problem>) {
        if more.is_empty() {
            return;
        }
        match &mut self.verdict {
            Verdict::Failed(problems) => problems.extend(more),
            verdict => *verdict = Verdict::Failed(more),
        }
    }
}

/// An attempt after which the request was sent again.
#[derive(Debug)]
pub(super) struct Attempt {
    /// The response's status, if one came.
    pub(super) status: Option<u16>,
    /// The class of the error, if there is no response or its body is broken.
    pub(super) error: Option<ErrorKind>,
    pub(super) time: Duration,
    /// What did not hold, or why the client itself sent it again.
    pub(super) reason: Option<String>,
    /// Whether the client itself sent it again: nobody asked for that by `retry`, `poll` or `--retries`.
    pub(super) resent: bool,
}

impl Attempt {
    /// How many are remembered of a request.
    pub(super) const KEPT: usize = 50;

    pub(super) fn new(exchange: &Exchange, reason: Option<String>) -> Self {
        Self {
            status: exchange.response().map(|response| response.status),
            error: exchange.error().map(|error| error.kind),
            time: exchange.time,
            reason,
            resent: false,
        }
    }

    /// Those of the client itself, such as on a connection that the server had closed.
    pub(super) fn resends(exchange: &Exchange) -> impl Iterator<Item = Self> {
        exchange.resends.iter().map(|resend| Self {
            status: resend.came.ok(),
            error: resend.came.err(),
            time: resend.time,
            reason: Some(resend.reason.clone()),
            resent: true,
        })
    }
}
