//! `--record` and `--replay`: from a file's name to where answers come from.

use std::path::Path;

use super::args::Run;
use super::error::CliError;
use super::load::Loaded;
use super::user::UserConfig;
use crate::clock::Clock;
use crate::recording::{About, Recorder, Recording, Tape};
use crate::syntax::Project;

/// The recording that answers, where one does: the command line's over the project file's.
pub(super) fn recording(
    arguments: &Run,
    (project, user): (Option<&Project>, &UserConfig),
) -> Result<Option<Recording>, CliError> {
    let written = || {
        user.file(project, "replay")
            .filter(|_| arguments.record.is_none())
    };
    if arguments.replay.is_none() && written().is_some() && user.file(project, "record").is_some() {
        let message = "`[run]` has both `record` and `replay`: what is replayed cannot be recorded";
        return Err(CliError::new(message)
            .hint("drop one of them, or say on the command line which is meant"));
    }
    let Some(path) = arguments.replay.clone().or_else(written) else {
        return Ok(None);
    };
    let shown = path.display();
    let wrong = |reason| {
        CliError::new(format!("the recording `{shown}`: {reason}"))
            .hint("`--record FILE` makes one")
    };
    Recording::read(&path).map(Some).map_err(wrong)
}

/// Where answers come from, and whether they are kept.
pub(super) fn tape(
    arguments: &Run,
    loaded: &Loaded,
    recording: Option<Recording>,
) -> Result<Tape, CliError> {
    if let Some(recording) = recording {
        return Ok(Tape::Replay(Box::new(recording)));
    }
    let path = arguments
        .record
        .clone()
        .or_else(|| loaded.user.file(loaded.project.as_deref(), "record"));
    let Some(path) = path else {
        return Ok(Tape::Off);
    };
    let about = About {
        run_id: loaded.world.run_id.clone(),
        time: Clock::System.now().to_string(),
        seed: loaded.world.seed,
    };
    let recorder = Recorder::new(&path, &about);
    recorder
        .map(Tape::Record)
        .map_err(|error| unwritable(&path, &error))
}

fn unwritable(path: &Path, error: &std::io::Error) -> CliError {
    CliError::new(format!(
        "the recording `{}` cannot be written: {}",
        path.display(),
        crate::plan::plain(error)
    ))
}

/// A recording gets its name, now that it is whole.
pub(super) fn finish(tape: Tape) -> Result<(), CliError> {
    let Tape::Record(recorder) = tape else {
        return Ok(());
    };
    let wrong = |error| {
        CliError::new(format!(
            "the recording could not be written: {}",
            crate::plan::plain(&error)
        ))
    };
    recorder.finish().map_err(wrong)
}
