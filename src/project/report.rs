//! The result of a run, for programs.

use std::fmt;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::error::Error;
use crate::event::{Counts, Event, RequestFinished, Status};
use crate::lock::IgnorePoison as _;
use crate::output::plain;
use crate::report::terminal::{Folds, Options, Terminal, Verbosity};
use crate::report::{self, KINDS, Output, Reporter};
use crate::source::did_you_mean;

/// The result of a run: of every request whether it passed, and if not, why. Secrets are removed.
///
/// It displays as the terminal shows it, without colour.
#[derive(Debug, Clone)]
pub struct Report {
    events: Vec<Event>,
    requests: Vec<RequestResult>,
    files: Vec<PathBuf>,
    exit_code: u8,
}

/// The result of one request, or of one of its rows.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct RequestResult {
    /// The collection's file.
    pub path: String,
    /// The request's name.
    pub name: String,
    /// The data row, from 1.
    pub row: Option<usize>,
    /// How it ended.
    pub status: Status,
    /// Why it was skipped, blocked or not run.
    pub reason: Option<String>,
    /// The method, as sent.
    pub method: String,
    /// The URL, as sent; as written if nothing was sent.
    pub url: String,
    /// The response's status code; `None` without a response.
    pub code: Option<u16>,
    /// The time from sending to the end of the response.
    pub duration: Duration,
    /// Why it failed, one sentence for each failed expectation.
    pub failures: Vec<String>,
}

impl RequestResult {
    fn new(finished: &RequestFinished) -> Self {
        Self {
            path: finished.path.clone(),
            name: finished.name.clone(),
            row: finished.row,
            status: finished.status,
            reason: finished.reason.clone(),
            method: finished.method.clone(),
            url: finished.url.clone(),
            code: finished.code,
            duration: finished.duration,
            failures: finished.failures.iter().map(report::sentence).collect(),
        }
    }
}

impl Report {
    pub(super) fn new(events: Vec<Event>, files: Vec<PathBuf>, exit_code: u8) -> Self {
        let finished = events.iter().filter_map(|event| match event {
            Event::RequestFinished(finished) => Some(RequestResult::new(finished)),
            _ => None,
        });
        Self {
            requests: finished.collect(),
            events,
            files,
            exit_code,
        }
    }

    /// Whether every request passed that was not skipped.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.exit_code == 0
    }

    /// Panics with the text that the terminal shows for failures, unless the run passed.
    ///
    /// # Panics
    /// If a request failed or was blocked.
    #[track_caller]
    pub fn assert_passed(&self) {
        assert!(self.passed(), "{}", self.failure_text());
    }

    /// What the terminal shows of the requests that failed or were blocked, and nothing of the others.
    #[must_use]
    pub fn failure_text(&self) -> String {
        self.text(Verbosity::Quiet)
    }

    /// The results of the requests, in the order in which they ended.
    #[must_use]
    pub fn requests(&self) -> &[RequestResult] {
        &self.requests
    }

    /// How many requests passed, failed, were skipped and so on.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let last = self.events.iter().rev().find_map(|event| match event {
            Event::RunFinished(finished) => Some(finished.counts),
            _ => None,
        });
        last.unwrap_or_default()
    }

    /// The exit code that the command line gives for this run: 0 or 1.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        self.exit_code
    }

    /// The files that the run depends on: collections, the project file, and the files that they name. A run with other
    /// content in them may have another result.
    #[must_use]
    pub fn files(&self) -> &[PathBuf] {
        &self.files
    }

    /// Writes a report of any kind of `--report`: `junit`, `html`, `json` …
    ///
    /// # Errors
    /// If there is no such kind, or the file cannot be written.
    pub fn write(&self, kind: &str, path: impl AsRef<Path>) -> Result<(), Error> {
        let path = path.as_ref();
        let Some(kind) = report::kind(kind) else {
            let names = KINDS.iter().map(|kind| kind.name);
            let problem = Error::new(format!("there is no report `{kind}`"));
            return Err(problem.maybe_hint(did_you_mean(kind, names)));
        };
        let write = || {
            let mut reporter = (kind.open)(Output::file(path)?);
            self.replay(&mut *reporter)
        };
        write().map_err(|error| {
            let (path, reason) = (path.display(), plain(&error));
            Error::new(format!("the report `{path}` cannot be written: {reason}"))
        })
    }

    /// What the terminal shows.
    fn text(&self, verbosity: Verbosity) -> String {
        let options = Options {
            color: false,
            width: 100,
            verbosity,
            progress: false,
            live: false,
            folds: Folds::None,
            links: None,
        };
        let buffer = Buffer::default();
        let both = || Box::new(buffer.clone());
        let mut terminal = Terminal::new(options, both(), both());
        // A buffer takes everything.
        drop(self.replay(&mut terminal));
        let bytes = buffer.0.lock().ignore_poison();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    fn replay(&self, reporter: &mut dyn Reporter) -> io::Result<()> {
        let told = self
            .events
            .iter()
            .try_for_each(|event| reporter.tell(event));
        told.and_then(|()| reporter.finish())
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text(Verbosity::Normal))
    }
}

/// Text in memory that a reporter writes to.
#[derive(Clone, Default)]
struct Buffer(Arc<Mutex<Vec<u8>>>);

impl Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut all = self.0.lock().ignore_poison();
        all.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
