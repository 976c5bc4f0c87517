//! What failed last time, for `--last-failed`: a file in the user's cache, one a project, never in the project itself.
//!
//! It holds paths and names alone. A run changes what is known of the requests that it judged; the others stay as they were.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use indexmap::IndexSet;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::error::Error;
use super::host::Host;
use crate::event::{Event, Status};
use crate::output::Output;
use crate::plan::Plan;
use crate::syntax::Project;

/// Where a project's failures are remembered.
pub(super) struct LastFailedStore {
    file: PathBuf,
    /// The project's folder; without a project file the folder that the program was started in.
    project: PathBuf,
}

/// The file's content.
#[derive(Debug, Default, Serialize, Deserialize)]
struct State {
    /// For people who find the file.
    project: PathBuf,
    /// The real paths of collections, and names of their requests.
    failed: BTreeSet<(PathBuf, String)>,
}

/// What became of the requests of a run.
#[derive(Debug, Default)]
pub(super) struct RequestOutcomes {
    failed: Names,
    passed: Names,
}

/// Paths of collections and names of their requests. Each request of a run is added, so that it is hashed fast.
type Names = IndexSet<(String, String), foldhash::fast::RandomState>;

impl RequestOutcomes {
    /// Takes note of a request.
    pub(super) fn note(&mut self, event: &Event) {
        let Event::RequestFinished(finished) = event else {
            return;
        };
        let set = match finished.status {
            Status::Failed | Status::Blocked => &mut self.failed,
            Status::Passed | Status::Flaky => &mut self.passed,
            // Of these nothing new is known.
            Status::NotRun | Status::Skipped => return,
        };
        set.insert((finished.path.clone(), finished.name.clone()));
    }
}

impl LastFailedStore {
    /// The memory of a project.
    ///
    /// # Errors
    /// Where the environment names no folder for it.
    pub(super) fn of(host: &Host, project: Option<&Project>) -> Result<Self, Error> {
        let cache = host.cache().ok_or_else(|| {
            let hint = "`XDG_CACHE_HOME` or `HOME` names the folder in which it is kept";
            Error::new("the last failures are unknown: there is no cache folder").hint(hint)
        })?;
        let folder = project.map_or(Path::new(""), |project| project.file.folder());
        let project = real(&host.folder.join(folder));
        let digest = hex::encode(Sha256::digest(project.as_os_str().as_encoded_bytes()));
        let name = digest.get(..16).unwrap_or_default();
        Ok(Self {
            file: cache.join("last-failed").join(format!("{name}.json")),
            project,
        })
    }

    /// The real paths of collections and the names of requests that failed last time.
    ///
    /// # Errors
    /// Where nothing is known, or the file is broken.
    pub(super) fn failed(&self) -> Result<BTreeSet<(PathBuf, String)>, Error> {
        match self.read() {
            Ok(Some(state)) => Ok(state.failed),
            Ok(None) => Ok(BTreeSet::new()),
            Err(error) => {
                let shown = self.file.display();
                let message = format!(
                    "the last failures cannot be read from `{shown}`: {}",
                    crate::plan::plain(&error)
                );
                Err(Error::new(message).hint("a run without `--last-failed` writes it again"))
            }
        }
    }

    /// What is kept; `None` where nothing is.
    fn read(&self) -> io::Result<Option<State>> {
        match fs::read(&self.file) {
            Ok(bytes) => Ok(Some(serde_json::from_slice(&bytes)?)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Remembers what became of a run, in which `all` of these paths were run without a selection: what is not there any more is
    /// forgotten. The run is none the worse where that cannot be written.
    ///
    /// # Errors
    /// Where it cannot be written, though it is meant to be: in a home that is read-only nothing is remembered, and nobody
    /// wonders.
    pub(super) fn update(
        &self,
        (plan, all): (&Plan, &[PathBuf]),
        outcomes: &RequestOutcomes,
    ) -> io::Result<()> {
        let known = self.read();
        if matches!(known, Ok(None)) && outcomes.failed.is_empty() {
            return Ok(());
        }
        let mut state = known.ok().flatten().unwrap_or_default();
        state.project.clone_from(&self.project);
        for collection in &plan.collections {
            let path = real(Path::new(&collection.path));
            let of = |name: &str| (collection.path.clone(), name.to_owned());
            for step in collection.selected() {
                let key = (path.clone(), step.name.clone());
                if outcomes.failed.contains(&of(&step.name)) {
                    state.failed.insert(key);
                } else if outcomes.passed.contains(&of(&step.name)) {
                    state.failed.remove(&key);
                }
            }
        }
        state.failed.retain(|(path, name)| {
            let of_run = plan
                .collections
                .iter()
                .find(|collection| real(Path::new(&collection.path)) == *path);
            let is_there = of_run.map_or(path.exists(), |run| {
                run.steps.iter().any(|step| step.name == *name)
            });
            is_there || !all.iter().any(|folder| path.starts_with(real(folder)))
        });
        self.write(&state).or_else(|error| match error.kind() {
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => Ok(()),
            _ => Err(error),
        })
    }

    fn write(&self, state: &State) -> io::Result<()> {
        let mut output = Output::private(&self.file)?;
        serde_json::to_writer(&mut output, state)?;
        output.write_all(b"\n")?;
        output.finish()
    }
}

fn real(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}
