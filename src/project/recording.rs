//! `record` and `replay`: from a file's name to where responses come from.

use std::path::Path;

use super::discover::Discovered;
use super::error::Error;
use super::load::Workspace;
use super::options::RunOptions;
use crate::clock::Clock;
use crate::output::plain;
use crate::recording::{RecordMode, Recorder, Recording, RunInfo};

/// The recording that is replayed, if there is one: the options' over the project file's.
pub(super) fn recording(
    options: &RunOptions,
    found: &Discovered<'_>,
) -> Result<Option<Recording>, Error> {
    let configured = |key| found.user.file(found.project.as_deref(), key);
    let replay = configured("replay").filter(|_| options.record.is_none());
    if options.replay.is_none() && replay.is_some() && configured("record").is_some() {
        let message = "`[run]` has both `record` and `replay`: a replay cannot be recorded";
        let hint = "remove one of them, or choose one on the command line";
        return Err(Error::new(message).hint(hint));
    }
    let Some(path) = options.replay.clone().or(replay) else {
        return Ok(None);
    };
    let wrong = |reason| {
        let message = format!("the recording `{}`: {reason}", path.display());
        Error::new(message).hint("`--record FILE` makes one")
    };
    Recording::read(&path).map(Some).map_err(wrong)
}

/// Where responses come from, and whether they are recorded.
pub(super) fn tape(
    options: &RunOptions,
    workspace: &Workspace,
    recording: Option<Recording>,
) -> Result<RecordMode, Error> {
    if let Some(recording) = recording {
        return Ok(RecordMode::Replay(Box::new(recording)));
    }
    let project = workspace.project.as_deref();
    let configured = || workspace.user.file(project, "record");
    let Some(path) = options.record.clone().or_else(configured) else {
        return Ok(RecordMode::Off);
    };
    let about = RunInfo {
        run_id: workspace.world.run_id.clone(),
        time: Clock::System.now().to_string(),
        seed: workspace.world.seed,
    };
    let recorder = Recorder::new(&path, &about);
    recorder
        .map(RecordMode::Record)
        .map_err(|error| unwritable(&path, &error))
}

fn unwritable(path: &Path, error: &std::io::Error) -> Error {
    let path = path.display();
    Error::new(format!(
        "the recording `{path}` cannot be written: {}",
        plain(error)
    ))
}

/// Gives a complete recording its name.
pub(super) fn finish(tape: RecordMode) -> Result<(), Error> {
    let RecordMode::Record(recorder) = tape else {
        return Ok(());
    };
    recorder.finish().map_err(|error| {
        let reason = plain(&error);
        Error::new(format!("the recording could not be written: {reason}"))
    })
}
