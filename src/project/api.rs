//! The public entry point: a project as a builder, run from a program or a test.

use std::fmt::Display;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use super::error::{Error, ErrorKind};
use super::host::Host;
use super::load::Workspace;
use super::options::{Options, OutputOptions, RunOptions};
use super::report::Report;
use super::run::PreparedRun;
use crate::run::{Level, Stop};
use crate::snapshot::Mode;
use crate::source::Style;
use crate::syntax::Given;

/// The stack of the thread that a run is started on: as large as a main thread's, since documents nest.
const STACK: usize = 8 << 20;
/// How problems are printed: without colour, at a width that suits logs.
const PLAIN: Style = Style {
    color: false,
    width: 100,
};

/// The collections below a directory, with the options of a run.
///
/// It loads, redacts and runs as the command line does: the nearest `apitest.toml` above the collections applies, as does
/// the user's own configuration, and environment variables are those of the process. Nothing is printed, and no report is
/// written unless [`Report::write`] is called.
///
/// ```no_run
/// # fn main() -> Result<(), apitest::Error> {
/// let report = apitest::Project::discover(".")?
///     .collection("collections/hello.toml")
///     .base_url("http://127.0.0.1:8080")
///     .var("user", "ada")
///     .run()?;
/// report.assert_passed();
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
#[must_use = "a project does nothing until you call `run`"]
pub struct Project {
    host: Host,
    folder: PathBuf,
    options: Options,
    run: RunOptions,
}

/// A request of a project: its collection's file and its name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct RequestName {
    /// The collection's file, relative to the current directory if it is below.
    pub path: String,
    /// The name, which is unique in the collection.
    pub name: String,
}

impl Project {
    /// The project in this directory. Without [`Project::collection`] it is every collection below.
    ///
    /// # Errors
    /// If the directory does not exist.
    pub fn discover(folder: impl AsRef<Path>) -> Result<Self, Error> {
        let folder = folder.as_ref();
        if !folder.is_dir() {
            let message = format!("there is no directory `{}`", folder.display());
            return Err(Error::new(message));
        }
        let run = RunOptions {
            output: OutputOptions {
                no_progress: true,
                ..OutputOptions::default()
            },
            ..RunOptions::default()
        };
        Ok(Self {
            host: Host::of_process(),
            folder: folder.to_owned(),
            options: Options::default(),
            run,
        })
    }

    /// Adds a collection, or every collection below a directory. The path is relative to the project's directory.
    pub fn collection(mut self, path: impl AsRef<Path>) -> Self {
        let path = self.folder.join(path);
        self.options.paths.push(path.display().to_string());
        self
    }

    /// Adds one request of a collection, with the setup, teardown and requests that it needs.
    pub fn request(mut self, path: impl AsRef<Path>, name: &str) -> Self {
        let path = self.folder.join(path);
        self.options
            .paths
            .push(format!("{}::{name}", path.display()));
        self
    }

    /// Selects one request of [`Project::requests`], in place of all collections and requests named before.
    pub fn only(mut self, request: &RequestName) -> Self {
        self.options.paths = vec![format!("{}::{}", request.path, request.name)];
        self
    }

    /// Sends requests to the stage of this name.
    pub fn stage(mut self, name: impl Into<String>) -> Self {
        self.options.stage = Some(name.into());
        self
    }

    /// Sends requests to this URL instead of a stage's.
    pub fn base_url(mut self, url: impl Display) -> Self {
        self.options.base_url = Some(url.to_string());
        self
    }

    /// Sets a variable to a string.
    pub fn var(mut self, name: &str, value: impl Display) -> Self {
        self.options.vars.push(format!("{name}={value}"));
        self
    }

    /// Sets a variable to a JSON value, given as text.
    pub fn var_json(mut self, name: &str, json: &str) -> Self {
        self.options.vars.push(format!("{name}:={json}"));
        self
    }

    /// Sets an environment variable for this run alone; the process's environment stays as it is.
    pub fn env(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.host.environment.insert(name.into(), value.into());
        self
    }

    /// Sets an environment variable whose value is never shown.
    pub fn secret(mut self, name: &str, value: &str) -> Self {
        self.options.secrets.push(format!("{name}={value}"));
        self
    }

    /// Selects requests with this tag. Several tags select requests that have any of them.
    pub fn tag(mut self, tag: impl Into<String>) -> Self {
        self.options.tags.push(tag.into());
        self
    }

    /// Selects requests that match a filter, such as `tag(smoke) and not name(/slow/)`. Several filters must all match.
    pub fn filter(mut self, filter: impl Into<String>) -> Self {
        self.options.filters.push(filter.into());
        self
    }

    /// Sets the seed of everything random, so that a run can be repeated.
    pub fn seed(mut self, seed: u64) -> Self {
        self.options.seed = Some(seed);
        self
    }

    /// Allows variables that are the output of a command.
    pub fn allow_commands(mut self) -> Self {
        self.options.allow_commands = true;
        self
    }

    /// Sets how many collections run at the same time (default: the number of processors).
    pub fn jobs(mut self, jobs: NonZero<usize>) -> Self {
        self.run.jobs = Some(jobs);
        self
    }

    /// Runs failed requests again, up to this many times.
    pub fn retries(mut self, retries: u64) -> Self {
        self.run.retries = Some(retries);
        self
    }

    /// Waits until the stage is ready, for up to this long.
    pub fn wait_ready(mut self, limit: Duration) -> Self {
        self.run.wait_ready = Some(format!("{}ms", limit.as_millis()));
        self
    }

    /// Limits the time of each request.
    pub fn timeout(mut self, limit: Duration) -> Self {
        let typed = &mut self.options.connection;
        typed.retain(|given| given.flag.name != "timeout");
        typed.extend(Given::new("timeout", format!("{}ms", limit.as_millis())));
        self
    }

    /// Sets how new and changed snapshots are handled (default: as for the command line).
    pub fn snapshots(mut self, mode: Mode) -> Self {
        self.run.snapshots = Some(mode);
        self
    }

    /// Records every exchange in this file.
    pub fn record(mut self, path: impl Into<PathBuf>) -> Self {
        self.run.record = Some(path.into());
        self
    }

    /// Takes responses from this recording, and sends nothing.
    pub fn replay(mut self, path: impl Into<PathBuf>) -> Self {
        self.run.replay = Some(path.into());
        self
    }

    /// Lists the selected requests, in order, without sending anything.
    ///
    /// # Errors
    /// If an option or a collection has errors.
    pub fn requests(&self) -> Result<Vec<RequestName>, Error> {
        let workspace = Workspace::load(&self.host, &self.options())?;
        if workspace.is_broken() {
            return Err(Error::shown(ErrorKind::Invalid, workspace.problems(PLAIN)));
        }
        let requests = workspace.plan.collections.iter().flat_map(|collection| {
            let selected = collection.steps.iter().filter(|step| step.selected);
            selected.map(|step| RequestName {
                path: collection.path.clone(),
                name: step.name.clone(),
            })
        });
        Ok(requests.collect())
    }

    /// Runs the collections and waits for the result.
    ///
    /// A report is returned whether requests passed or failed: call [`Report::assert_passed`], or look at it.
    ///
    /// # Errors
    /// For what gives the command line an exit code other than 0 and 1: an option or a collection has errors, nothing was
    /// selected, a stage could not be reached or did not become ready. Also if it is called inside of a Tokio runtime,
    /// whose thread it would block: use [`Project::run_async`] there.
    pub fn run(&self) -> Result<Report, Error> {
        if tokio::runtime::Handle::try_current().is_ok() {
            let problem = Error::new("`run` would block the Tokio runtime that it is called in");
            return Err(problem.hint("use `run_async().await`"));
        }
        let project = self.clone();
        let thread = spawn(move || project.run_here(&Stop::default()))?;
        thread.join().unwrap_or_else(|_| Err(broken()))
    }

    /// Runs the collections on a thread of its own, and yields until they are done. It works with any async runtime.
    /// If the future is dropped, the run is stopped as by Ctrl-C: teardown still runs, in the background.
    ///
    /// # Errors
    /// As [`Project::run`].
    pub async fn run_async(&self) -> Result<Report, Error> {
        let stop = StopOnDrop(Stop::default());
        let (send, receive) = tokio::sync::oneshot::channel();
        let (project, switch) = (self.clone(), stop.0.clone());
        drop(spawn(move || {
            // The receiver is gone if the future was dropped.
            drop(send.send(project.run_here(&switch)));
        })?);
        receive.await.unwrap_or_else(|_| Err(broken()))
    }

    fn run_here(&self, stop: &Stop) -> Result<Report, Error> {
        let options = self.options();
        let prepared = PreparedRun::new(&self.host, &options, &self.run, true)?;
        if prepared.is_unclear() {
            let text = prepared.workspace.problems(PLAIN);
            return Err(Error::shown(ErrorKind::Invalid, text));
        }
        let run = prepared.open(true)?;
        let files = run.workspace.files_read();
        let mut events = Vec::new();
        let finished = run.execute(stop, &mut |event| events.push(event.clone()));
        finished.saved?;
        let report = Report::new(events, files, finished.exit_code);
        match finished.exit_code {
            0 | 1 => Ok(report),
            code => Err(Error::shown(
                ErrorKind::of_exit_code(code),
                report.to_string(),
            )),
        }
    }

    /// The options with the project's directory, if nothing else is named.
    fn options(&self) -> Options {
        let mut options = self.options.clone();
        if options.paths.is_empty() {
            options.paths.push(self.folder.display().to_string());
        }
        options
    }
}

/// Stops a run whose result nobody waits for any more.
struct StopOnDrop(Stop);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.raise(Level::Interrupted);
    }
}

fn spawn<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<thread::JoinHandle<T>, Error> {
    let builder = thread::Builder::new().name("apitest".to_owned());
    let spawned = builder.stack_size(STACK).spawn(work);
    spawned.map_err(|error| Error::new(format!("no thread can be started: {error}")))
}

/// The error after a panic in this program.
fn broken() -> Error {
    Error::new("apitest itself failed")
}
