//! What a run tells: owned, serialisable facts, secrets already removed.
//!
//! The JSON report is these, one a line (`docs/events.md` describes them); every other report is made from them alone.

mod error_kind;
mod exchange;
mod merge;
mod outcome;
mod part;
mod place;
mod read;
mod seconds;
mod severity;
mod shards;
mod subject;

pub use error_kind::ErrorKind;
pub use exchange::{Body, Exchange, Frame, Hop, Message, Timing};
pub use merge::{Merge, Twice};
pub use outcome::{Attempt, Difference, Failure, RequestFinished, Status};
pub use part::Part;
pub use place::Place;
pub use read::{Line, ReadError, read};
pub use severity::Severity;
pub use shards::incomplete;
pub use subject::{Subject, SubjectKind};

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The version of the events that this program writes. It grows where a reader that knows the earlier ones would read the
/// later ones wrongly; members and events that are only added leave it as it is.
pub const FORMAT: u32 = 1;

/// What events of before there was a number are.
fn first() -> u32 {
    1
}

/// One thing that a run tells.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// The first event.
    RunStarted(RunStarted),
    /// A file that has problems, before anything is sent.
    Problem(Problem),
    /// The requests of a collection (of one of its rows) begin.
    CollectionStarted(CollectionStarted),
    /// A request is about to be sent; for progress.
    RequestStarted(RequestStarted),
    /// A request is judged, or will not be sent.
    RequestFinished(Box<RequestFinished>),
    /// The requests of a collection (of one of its rows) are over.
    CollectionFinished(CollectionFinished),
    /// The last event.
    RunFinished(RunFinished),
}

/// A run begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunStarted {
    /// The version of the events: [`FORMAT`].
    #[serde(default = "first")]
    pub format: u32,
    /// The run's id, a UUID.
    pub id: String,
    /// When, RFC 3339 in UTC.
    pub time: String,
    /// This program's version.
    pub version: String,
    /// The seed that repeats what was random.
    pub seed: u64,
    /// How many requests are selected (rows that only the run knows not counted).
    pub requests: usize,
    /// How many collections have a selected request.
    pub collections: usize,
    /// Which part of a larger selection this run is; `None` if it is all of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<RunShard>,
}

/// One of the parts that a selection was cut into, by `--shard`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunShard {
    /// Which, from 1.
    pub number: usize,
    /// Of how many.
    pub of: usize,
    /// How many requests the whole selection has.
    pub requests: usize,
    /// A digest of the whole selection: paths, names and stages of its requests in their order, and the base URL of the
    /// command line.
    pub selection: String,
}

/// A problem in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// `error` or `warning`.
    pub severity: Severity,
    /// What is wrong.
    pub message: String,
    /// Where, if there is a place.
    pub place: Option<Place>,
    /// What to do about it.
    pub hint: Option<String>,
    /// The problem as people read it, without colour: place, line, underline, hint.
    pub rendered: String,
}

/// A collection begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CollectionStarted {
    /// The collection's file, as given; `apitest.toml` for the project's own setup and teardown.
    pub path: String,
    /// Its name.
    pub name: String,
    /// Which row of the collection's rows, from 1.
    pub row: Option<usize>,
    /// The stage's name.
    pub stage: Option<String>,
    /// The URL that paths are joined to.
    pub base_url: Option<String>,
}

/// A request is about to be sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestStarted {
    /// The collection's file.
    pub path: String,
    /// Which row of the collection's rows, from 1.
    pub collection_row: Option<usize>,
    /// The request's name.
    pub name: String,
    /// Which row of the request's rows, from 1.
    pub row: Option<usize>,
}

/// A collection is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CollectionFinished {
    /// The collection's file.
    pub path: String,
    /// Its name.
    pub name: String,
    /// Which row of the collection's rows, from 1.
    pub row: Option<usize>,
    /// What became of its requests.
    pub counts: Counts,
    /// How long it took.
    #[serde(rename = "duration_s", with = "seconds")]
    pub duration: Duration,
}

/// How many requests ended how; setup and teardown are counted only where they did not pass.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Every expectation held.
    pub passed: usize,
    /// Passed only when tried again; counted as passed too.
    pub flaky: usize,
    /// An expectation did not hold, or there was no response.
    pub failed: usize,
    /// Not sent, since what it needs failed.
    pub blocked: usize,
    /// Not sent, as asked.
    pub skipped: usize,
    /// Not sent, since the run was stopped.
    pub not_run: usize,
}

/// A run is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunFinished {
    /// What became of the requests.
    pub counts: Counts,
    /// Number of collections that had errors and did not run.
    pub broken: usize,
    /// How many stages could not be reached, each told once.
    pub unreachable: usize,
    /// How long it took.
    #[serde(rename = "duration_s", with = "seconds")]
    pub duration: Duration,
    /// Whether it was stopped from outside.
    pub interrupted: bool,
    /// Why the run as a whole is not green although no request failed: nothing selected, all skipped, not ready.
    pub reason: Option<String>,
    /// Whether nothing was tested: no request was selected, or all were skipped. A shard of a larger run may have none.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub nothing_ran: bool,
    /// The exit code.
    pub exit_code: u8,
    /// The command that runs just what failed, where something did.
    pub rerun: Option<String>,
    /// What became of snapshots.
    #[serde(default)]
    pub snapshots: Snapshots,
}

/// What became of snapshots: how many.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshots {
    /// Written: new ones, and changed ones that were accepted.
    pub written: usize,
    /// New or changed, and waiting for `apitest review`.
    pub pending: usize,
    /// Referred to by no request any more.
    pub unreferenced: usize,
    /// Deleted, since no request referred to them any more.
    pub deleted: usize,
}

impl Snapshots {
    /// Both together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            written: self.written + other.written,
            pending: self.pending + other.pending,
            unreferenced: self.unreferenced + other.unreferenced,
            deleted: self.deleted + other.deleted,
        }
    }
}

impl Counts {
    /// Counts one more request.
    pub fn add(&mut self, status: Status) {
        match status {
            Status::Passed => self.passed += 1,
            Status::Flaky => {
                self.passed += 1;
                self.flaky += 1;
            }
            Status::Failed => self.failed += 1,
            Status::Blocked => self.blocked += 1,
            Status::Skipped => self.skipped += 1,
            Status::NotRun => self.not_run += 1,
        }
    }

    /// All requests.
    #[must_use]
    pub fn total(&self) -> usize {
        self.passed + self.failed + self.blocked + self.skipped + self.not_run
    }

    /// Both together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            passed: self.passed + other.passed,
            flaky: self.flaky + other.flaky,
            failed: self.failed + other.failed,
            blocked: self.blocked + other.blocked,
            skipped: self.skipped + other.skipped,
            not_run: self.not_run + other.not_run,
        }
    }
}
