//! Writes exchanges while a run goes on, one after the other.

use std::io::{self, Write};
use std::path::Path;
use std::sync::Mutex;

use serde::{Deserialize, Serialize};

use super::archive;
use super::entry::Entry;
use super::har::Frame;
use crate::lock::IgnorePoison as _;
use crate::output::Output;

/// What a recording says of the run that it was made in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunInfo {
    /// The run's id, which expressions know as `run.id`.
    pub run_id: String,
    /// When it began, RFC 3339 in UTC.
    pub time: String,
    /// The seed of everything random.
    pub seed: u64,
}

/// The first line of our own format.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Head {
    /// The format's version: 1.
    pub(super) apitest_recording: u64,
    #[serde(flatten)]
    pub(super) about: RunInfo,
}

/// Writes a recording: the file is there when [`Recorder::finish`] was well, and what stood there before is there until then.
pub struct Recorder(Mutex<State>);

enum State {
    Lines(Output),
    Har(Output, Frame),
    /// It could not be written, for this reason.
    Failed(io::Error),
}

impl Recorder {
    /// Begins a recording: HAR where the file's name ends in `.har`, else lines of our own.
    ///
    /// # Errors
    /// Where its folder cannot be written to.
    pub fn new(path: &Path, about: &RunInfo) -> io::Result<Self> {
        let mut output = Output::private(path)?;
        if is_har(path) {
            let frame = Frame::open(&mut output, Some(&serde_json::to_value(about)?))?;
            return Ok(Self(Mutex::new(State::Har(output, frame))));
        }
        serde_json::to_writer(
            &mut output,
            &Head {
                apitest_recording: 1,
                about: about.clone(),
            },
        )?;
        output.write_all(b"\n")?;
        Ok(Self(Mutex::new(State::Lines(output))))
    }

    /// Writes one more exchange. What goes wrong is told by [`Recorder::finish`].
    pub fn add(&self, entry: &Entry) {
        let mut state = self.0.lock().ignore_poison();
        if let Err(error) = state.add(entry) {
            *state = State::Failed(error);
        }
    }

    /// The recording is whole: its file gets its name.
    ///
    /// # Errors
    /// Where something of it could not be written; the file that stood there before is then still there.
    pub fn finish(self) -> io::Result<()> {
        match self.0.into_inner().ignore_poison() {
            State::Lines(output) => output.finish(),
            State::Har(mut output, frame) => {
                frame.close(&mut output)?;
                output.finish()
            }
            State::Failed(error) => Err(error),
        }
    }
}

impl State {
    fn add(&mut self, entry: &Entry) -> io::Result<()> {
        match self {
            Self::Lines(output) => {
                serde_json::to_writer(&mut *output, entry)?;
                output.write_all(b"\n")
            }
            Self::Har(output, frame) => archive::entries(entry)
                .iter()
                .try_for_each(|entry| frame.entry(output, entry)),
            Self::Failed(_) => Ok(()),
        }
    }
}

impl std::fmt::Debug for Recorder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Recorder")
    }
}

/// Whether a file is HAR by its name.
pub(super) fn is_har(path: &Path) -> bool {
    path.extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("har"))
}
