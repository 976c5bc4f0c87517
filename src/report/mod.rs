//! Reporters: they listen to a run's events.
//!
//! One file a kind, and one row in [`KINDS`]; each is made from the events alone, knows nothing of the run, and neither
//! reads the environment nor asks the terminal: what it needs is handed in.

mod case;
pub mod ctrf;
pub mod github;
pub mod gitlab;
pub mod har;
pub mod html;
pub mod json;
pub mod junit;
pub mod markdown;
pub mod prometheus;
pub mod tap;
pub mod terminal;
mod words;

pub use crate::output::Output;

use std::io;

use crate::event::{Event, Failure};

/// The longest expected or actual value in a sentence, in characters.
const SENTENCE: usize = 1_000;

/// The kinds of reports: the command line, the project file, its schema and what is said about an unknown kind go by this
/// table. A new one is a file here and a row there.
pub const KINDS: &[Kind] = &[
    junit::KIND,
    html::KIND,
    json::KIND,
    markdown::KIND,
    github::KIND,
    gitlab::KIND,
    tap::KIND,
    har::KIND,
    ctrf::KIND,
    prometheus::KIND,
];

/// A kind of report.
#[derive(Debug, Clone, Copy)]
pub struct Kind {
    /// Its name, as in `--report NAME=FILE` and in `[report]`.
    pub name: &'static str,
    /// What it is, in a few words.
    pub about: &'static str,
    /// Whether it shows every exchange, so that not only those of failures are told.
    pub exchanges: bool,
    /// Whether it stands on standard output beside the terminal's report, not in its place.
    pub beside: bool,
    /// Makes the reporter that writes there.
    pub open: fn(Output) -> Box<dyn Reporter + Send>,
}

/// The kind of that name.
#[must_use]
pub fn kind(name: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.name == name)
}

/// Somebody who is told what happens.
pub trait Reporter {
    /// Takes one event.
    ///
    /// # Errors
    /// Where what it says about it cannot be written.
    fn tell(&mut self, event: &Event) -> io::Result<()>;

    /// Everything was told, also where the run was interrupted: what is held back is written, files get their names.
    ///
    /// # Errors
    /// Where the report cannot be written.
    fn finish(&mut self) -> io::Result<()>;
}

/// A failed expectation in one sentence: `status: expected 200, got 404`.
pub(crate) fn sentence(failure: &Failure) -> String {
    format!(
        "{}: {}",
        failure.subject,
        words::sentence(failure, SENTENCE)
    )
}

/// The reporters of a run: one that fails is dropped, the others go on.
#[derive(Default)]
pub struct Reporters {
    list: Vec<(String, Box<dyn Reporter + Send>)>,
    errors: Vec<(String, io::Error)>,
}

impl Reporters {
    /// Nobody listens yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// One more, with the name that its failure is told under: `terminal`, `json=events.jsonl`.
    pub fn add(&mut self, name: impl Into<String>, reporter: Box<dyn Reporter + Send>) {
        self.list.push((name.into(), reporter));
    }

    /// Tells everybody.
    pub fn tell(&mut self, event: &Event) {
        self.each(|reporter| reporter.tell(event));
    }

    /// Lets everybody finish.
    pub fn finish(&mut self) {
        self.each(|reporter| reporter.finish());
        self.list.clear();
    }

    /// Who failed, and why, each once. A closed pipe is none: whoever read it has seen enough.
    #[must_use]
    pub fn errors(&self) -> &[(String, io::Error)] {
        &self.errors
    }

    fn each(&mut self, mut act: impl FnMut(&mut Box<dyn Reporter + Send>) -> io::Result<()>) {
        let errors = &mut self.errors;
        self.list
            .retain_mut(|(name, reporter)| match act(reporter) {
                Ok(()) => true,
                Err(error) => {
                    if error.kind() != io::ErrorKind::BrokenPipe {
                        errors.push((name.clone(), error));
                    }
                    false
                }
            });
    }
}

#[cfg(test)]
pub(crate) mod samples;

#[cfg(test)]
mod tests {
    use super::*;

    struct Failing(io::ErrorKind);

    impl Reporter for Failing {
        fn tell(&mut self, _: &Event) -> io::Result<()> {
            Err(self.0.into())
        }
        fn finish(&mut self) -> io::Result<()> {
            Err(io::Error::other("finished although dropped"))
        }
    }

    #[test]
    fn one_that_fails_is_told_once_and_the_others_go_on() {
        let (mut reporters, written) = (Reporters::new(), samples::Captured::default());
        reporters.add("full", Box::new(Failing(io::ErrorKind::StorageFull)));
        reporters.add("closed", Box::new(Failing(io::ErrorKind::BrokenPipe)));
        reporters.add("json=-", (json::KIND.open)(Output::stream(written.clone())));
        reporters.tell(&samples::run_started());
        reporters.tell(&samples::run_started());
        reporters.finish();
        let errors: Vec<_> = reporters
            .errors()
            .iter()
            .map(|(name, error)| (name.as_str(), error.kind()))
            .collect();
        assert_eq!(errors, [("full", io::ErrorKind::StorageFull)]);
        assert_eq!(written.text().lines().count(), 2);
    }
}
