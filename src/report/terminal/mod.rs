//! The report that people read: one line a request as it finishes, failures in full at the end, a summary.
//!
//! Every part is drawn by a file of its own from one event; this one only decides what is shown when. With
//! [`Verbosity::Quiet`] a green run writes nothing at all, another one its failures and one line of counts.

mod body;
mod buffer;
#[cfg(feature = "cli")]
mod canvas;
mod causes;
mod exchange;
mod failure;
mod fold;
mod groups;
mod line;
mod problem;
#[cfg_attr(not(feature = "cli"), path = "no_progress.rs")]
mod progress;
mod screen;
mod snippet;
mod summary;

use std::io::{self, Write};

use indexmap::IndexMap;

use self::buffer::{Theme, titled};
use self::causes::{Causes, Context};
use self::failure::Base;
pub use self::fold::Folds;
use self::groups::{Groups, Id};
use self::progress::Progress;
use self::screen::Screen;
use self::summary::Facts;
use super::Reporter;
use crate::event::{CollectionStarted, Event, Part, Problem, RequestFinished, RunFinished, Status};

/// How much is shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Verbosity {
    /// Failures only.
    Quiet,
    /// A line a request, failures in full, a summary.
    #[default]
    Normal,
    /// Every exchange too.
    Verbose,
}

impl Verbosity {
    /// What was asked for; both cannot be.
    #[must_use]
    pub fn of(quiet: bool, verbose: bool) -> Self {
        match (quiet, verbose) {
            (true, _) => Self::Quiet,
            (_, true) => Self::Verbose,
            _ => Self::Normal,
        }
    }
}

/// How the report looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// With colours.
    pub color: bool,
    /// How many columns the terminal has.
    pub width: usize,
    /// How much is shown.
    pub verbosity: Verbosity,
    /// Whether a long run shows its progress on standard error; only for a terminal.
    pub progress: bool,
    /// Whether standard output is a terminal: each line is flushed.
    pub live: bool,
    /// How the log of a CI system folds the lines of a collection.
    pub folds: Folds,
    /// The folder that the paths of files start in, where the terminal opens what is linked.
    pub links: Option<&'static str>,
}

/// A terminal narrower than this gets lines that are too long.
const NARROWEST: usize = 40;

/// The terminal's reporter.
pub struct Terminal {
    look: Theme,
    verbosity: Verbosity,
    screen: Screen,
    /// The collections that are not over.
    contexts: IndexMap<Id, Context>,
    groups: Groups,
    folds: Folds,
    not_run: IndexMap<Id, (usize, Option<String>)>,
    causes: Causes,
    facts: Facts,
    started: usize,
}

impl Terminal {
    /// A report to these streams.
    #[must_use]
    pub fn new(options: Options, out: Box<dyn Write + Send>, err: Box<dyn Write + Send>) -> Self {
        let look = Theme {
            color: options.color,
            width: options.width.max(NARROWEST),
            links: options.links,
        };
        let quiet = options.verbosity == Verbosity::Quiet;
        let progress = options.progress && !quiet;
        let progress = if progress {
            Progress::standard_error()
        } else {
            Progress::none()
        };
        Self {
            look,
            verbosity: options.verbosity,
            screen: Screen::new(out, err, progress, options.live),
            contexts: IndexMap::new(),
            groups: Groups::folded(options.folds),
            folds: options.folds,
            not_run: IndexMap::new(),
            causes: Causes::default(),
            facts: Facts {
                quiet,
                ..Facts::default()
            },
            started: 0,
        }
    }

    fn problem(&mut self, problem: &Problem) -> io::Result<()> {
        let text = problem::problem(problem, self.look);
        self.screen.complain(&self.folds.harmless(&text))
    }

    fn collection(&mut self, started: &CollectionStarted) {
        let id = (started.path.clone(), started.row);
        if self.verbosity != Verbosity::Quiet {
            self.groups
                .start(id.clone(), &line::header(started, self.look));
        }
        self.started += 1;
        let base = Base {
            stage: started.stage.clone(),
            url: started.base_url.clone(),
        };
        let context = Context {
            title: titled(&started.name, started.row),
            base,
            order: self.started,
        };
        self.contexts.insert(id, context);
    }

    fn request(&mut self, request: &RequestFinished) -> io::Result<()> {
        self.screen.progress.finished(request);
        let bad = matches!(request.status, Status::Failed | Status::Blocked);
        if self.verbosity == Verbosity::Quiet && !bad {
            return Ok(());
        }
        let id = (request.path.clone(), request.collection_row);
        if bad {
            self.bad(request, &id);
        }
        if self.verbosity == Verbosity::Quiet {
            return Ok(());
        }
        if request.status == Status::NotRun {
            let (count, reason) = self.not_run.entry(id).or_default();
            *count += 1;
            *reason = reason.take().or_else(|| request.reason.clone());
            return Ok(());
        }
        if request.sent > 0 && request.part == Part::Request {
            let context = self.contexts.get(&id);
            let label =
                || context.map_or_else(|| request.name.clone(), |context| context.label(request));
            self.facts.slowest.add(request.duration, label);
        }
        self.groups.add(&id, &self.drawn(request));
        self.show()
    }

    fn drawn(&self, request: &RequestFinished) -> String {
        let mut text = line::request(request, self.look);
        if let Some(exchange) = request
            .exchange
            .as_ref()
            .filter(|_| self.verbosity == Verbosity::Verbose)
        {
            text.push_str(&exchange::exchange(exchange, &request.attempts, self.look));
        }
        text
    }

    fn bad(&mut self, request: &RequestFinished, id: &Id) {
        let unknown = Context {
            title: request.path.clone(),
            ..Context::default()
        };
        let context = self.contexts.get(id).unwrap_or(&unknown);
        self.causes.add(request, context, self.verbosity, self.look);
    }

    fn collection_over(&mut self, id: &Id) -> io::Result<()> {
        self.contexts.shift_remove(id);
        if let Some((count, reason)) = self.not_run.shift_remove(id) {
            self.groups
                .add(id, &line::not_run(count, reason.as_deref(), self.look));
        }
        self.groups.finish(id);
        self.show()
    }

    fn show(&mut self) -> io::Result<()> {
        let text = self.groups.ready();
        self.shown(&text)
    }

    fn shown(&mut self, text: &str) -> io::Result<()> {
        self.facts.shown |= !text.is_empty();
        self.screen.show(text)
    }

    /// What is still held back: lines of collections that are not over, and every failure.
    fn rest(&mut self) -> io::Result<()> {
        let text = self.groups.rest();
        self.shown(&text)?;
        let text = self.causes.draw(self.look);
        // Nothing stands above the first failure of a quiet report.
        let text = if self.facts.shown {
            text.as_str()
        } else {
            text.trim_start_matches('\n')
        };
        self.shown(&self.folds.harmless(text))
    }

    fn over(&mut self, over: &RunFinished) -> io::Result<()> {
        self.screen.progress.end();
        self.rest()?;
        if self.verbosity == Verbosity::Quiet && over.exit_code == 0 {
            return Ok(());
        }
        let text = summary::summary(over, &self.facts, self.look);
        self.shown(&self.folds.harmless(&text))
    }
}

impl Reporter for Terminal {
    fn tell(&mut self, event: &Event) -> io::Result<()> {
        match event {
            Event::RunStarted(started) => {
                self.facts.seed = Some(started.seed);
                self.screen.progress.total(started.requests);
            }
            Event::Problem(problem) => self.problem(problem)?,
            Event::CollectionStarted(started) => self.collection(started),
            Event::RequestStarted(started) => self.screen.progress.started(started),
            Event::RequestFinished(request) => self.request(request)?,
            Event::CollectionFinished(over) => {
                self.collection_over(&(over.path.clone(), over.row))?;
            }
            Event::RunFinished(over) => self.over(over)?,
        }
        self.screen.freshen()
    }

    fn finish(&mut self) -> io::Result<()> {
        self.rest()?;
        self.screen.end()
    }
}

#[cfg(test)]
mod tests;
