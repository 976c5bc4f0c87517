//! What a run came to, and the exit code that says it.

use std::time::Duration;

use indexmap::IndexSet;

use crate::event::{
    Counts, ErrorKind, RequestFinished, RunFinished, Snapshots, Status, SubjectKind,
};
use crate::http::Jar;
use crate::source::Diagnostic;

/// What a run came to.
#[derive(Debug, Default)]
pub struct Outcome {
    /// What became of the requests.
    pub counts: Counts,
    /// How many stages could not be reached at all.
    pub unreachable: usize,
    /// Whether a request failed since it could not connect.
    pub unreached: bool,
    /// Why the stages did not become ready.
    pub not_ready: Option<String>,
    /// What went wrong with this program.
    pub internal: Option<String>,
    /// Whether a signal stopped it.
    pub interrupted: bool,
    /// How long it took.
    pub duration: Duration,
    /// The cookies of the end, where the run started with some.
    pub cookies: Option<Jar>,
    /// Why local stages could not make answers.
    pub gateway_problems: Vec<Diagnostic>,
    /// What became of snapshots.
    pub snapshots: Snapshots,
    /// Snapshots that no request uses any more.
    pub unreferenced: Vec<Diagnostic>,
    /// Whether those are to fail the run.
    pub unreferenced_fail: bool,
    /// What failed, path and name: all of it where it is few, else one more than that.
    pub(super) failed: IndexSet<(String, String)>,
}

/// So many failed requests are few enough to be named one by one.
const FEW: usize = 5;

/// The exit code of a run; where several apply, the first of 130, 2, 4, 3, 1.
///
/// `broken` says whether the command line or a collection is wrong.
#[must_use]
pub fn exit_code(outcome: &Outcome, broken: bool) -> u8 {
    let counts = &outcome.counts;
    let ran = counts.passed + counts.failed + counts.blocked > 0;
    match () {
        () if outcome.interrupted => 130,
        () if broken || outcome.internal.is_some() => 2,
        () if outcome.not_ready.is_some() => 4,
        () if !ran => 2,
        () if outcome.unreached || outcome.unreachable > 0 => 3,
        () if is_red(counts) || outcome.unreferenced_fail => 1,
        () => 0,
    }
}

impl Outcome {
    /// Counts a finished request.
    pub(super) fn note(&mut self, finished: &RequestFinished) {
        let failed = finished.status == Status::Failed;
        let unreachable = finished.error.is_some_and(ErrorKind::is_unreachable);
        // Where an `error` was expected, another one is a failed expectation.
        let unexpected = !finished
            .failures
            .iter()
            .any(|failure| failure.subject.kind() == SubjectKind::Error);
        self.unreached |= failed && unreachable && unexpected;
        if failed && finished.rerun.is_some() {
            self.note_failed(&finished.path, &finished.name);
        }
    }

    /// Remembers what failed, as far as somebody will ask for it.
    fn note_failed(&mut self, path: &str, name: &str) {
        if self.failed.len() <= FEW {
            self.failed.insert((path.to_owned(), name.to_owned()));
        }
    }

    /// What failed, path and name, where it is little enough to be typed; empty otherwise.
    pub fn few_failed(&self) -> impl Iterator<Item = &(String, String)> {
        self.failed.iter().filter(|_| self.failed.len() <= FEW)
    }

    /// Whether nothing was tested, though nothing is wrong.
    fn nothing_ran(&self) -> bool {
        let counts = self.counts;
        let sound = self.internal.is_none() && self.not_ready.is_none() && !self.interrupted;
        sound && counts.skipped == counts.total()
    }

    /// The last event of the run.
    #[must_use]
    pub fn finished(&self, broken: usize, exit_code: u8, rerun: Option<String>) -> RunFinished {
        let counts = self.counts;
        let reason = match () {
            () if self.internal.is_some() => self.internal.clone(),
            () if self.not_ready.is_some() => self.not_ready.clone(),
            () if counts.total() == 0 && broken > 0 => {
                Some("no requests were sent: every collection has errors".to_owned())
            }
            () if counts.total() == 0 => Some("no request was selected".to_owned()),
            () if counts.skipped == counts.total() && counts.total() > 0 => {
                Some("every request was skipped".to_owned())
            }
            () => None,
        };
        RunFinished {
            counts,
            broken,
            unreachable: self.unreachable,
            duration: self.duration,
            interrupted: self.interrupted,
            reason,
            nothing_ran: self.nothing_ran(),
            exit_code,
            rerun,
            snapshots: self.snapshots,
        }
    }
}

/// Whether anything of the counts is not as it should be.
fn is_red(counts: &Counts) -> bool {
    counts.failed + counts.blocked + counts.not_run > 0
}
