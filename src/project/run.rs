//! A run of a workspace: options merged, cookie jar and recording opened, events passed on, results saved.

use std::num::NonZero;
use std::time::Instant;

use super::discover::Discovered;
use super::error::Error;
use super::flow::Flow;
use super::host::Host;
use super::last_failed::{LastFailedStore, RequestOutcomes};
use super::load::{Purpose, Workspace};
use super::options::{Options, RunOptions};
use super::{cookies, discover, recording, rerun};
use crate::clock::Clock;
use crate::event::{self, Event, RunShard, RunStarted};
use crate::output::plain;
use crate::plan::{Collection, Plan, Shard};
use crate::recording::Recording;
use crate::run::{self, Outcome, Stop, exit_code};
use crate::secret::Redactor;
use crate::source::{Diagnostic, Severity};
use crate::syntax::Problems;

/// A run whose files are loaded and whose options are merged. Nothing is opened or sent yet.
pub(crate) struct PreparedRun<'a> {
    host: &'a Host,
    options: &'a Options,
    run: &'a RunOptions,
    pub(crate) workspace: Workspace,
    pub(crate) flow: Flow,
    recording: Option<Recording>,
    /// Whether an option of the project file is wrong, so that it is unclear what was meant.
    wrong_options: bool,
}

impl<'a> PreparedRun<'a> {
    /// Loads what the options name. `sends` is false for a dry run.
    ///
    /// # Errors
    /// If an option is wrong, or a recording cannot be read.
    pub(crate) fn new(
        host: &'a Host,
        options: &'a Options,
        run: &'a RunOptions,
        sends: bool,
    ) -> Result<Self, Error> {
        let found = Discovered::new(host, options)?;
        let recording = recording::recording(run, &found)?;
        let earlier = recording
            .as_ref()
            .and_then(|recording| recording.about.clone());
        let purpose = Purpose {
            sends,
            earlier,
            ..Purpose::default()
        };
        let mut workspace = found.load(purpose)?;
        let mut problems = Problems::default();
        let configuration = (workspace.project.as_deref(), &workspace.user);
        let flow = Flow::new(run, configuration, &mut problems)?.where_ci_is(host.is_ci());
        let unwaitable = workspace.plan.unwaitable.take();
        if let Some(problem) = unwaitable.filter(|_| flow.wait_ready.is_some()) {
            problems.push(problem);
        }
        let mut prepared = Self {
            host,
            options,
            run,
            workspace,
            flow,
            recording,
            wrong_options: false,
        };
        prepared.add_problems(problems);
        Ok(prepared)
    }

    /// Adds problems of options in the project file.
    pub(crate) fn add_problems(&mut self, problems: Problems) {
        self.wrong_options |= problems.any_error();
        self.workspace.diagnostics.extend(problems.into_vec());
    }

    /// Whether it is unclear what was meant, so that nothing may be sent.
    pub(crate) fn is_unclear(&self) -> bool {
        let mut diagnostics = self.workspace.diagnostics.iter();
        self.wrong_options || diagnostics.any(Diagnostic::is_of_command_line)
    }

    /// Opens the cookie jar and the recording. `exchanges` asks for every exchange in the events.
    ///
    /// # Errors
    /// If one of them cannot be read or written.
    pub(crate) fn open(self, exchanges: bool) -> Result<OpenRun<'a>, Error> {
        let jar_file = cookies::jar_file(self.run, &self.workspace);
        let jar = cookies::with_jar_file(&self.workspace, jar_file.as_deref())?;
        let saved_jar = jar_file
            .filter(|_| self.recording.is_none())
            .map(cookies::Kept::open)
            .transpose()?;
        let tape = recording::tape(self.run, &self.workspace, self.recording)?;
        let flow = &self.flow;
        let workspace = &self.workspace;
        let settings = run::Settings {
            started: Instant::now(),
            jobs: flow.jobs.unwrap_or_else(|| processors(&workspace.plan)),
            max_failures: flow.max_failures,
            retries: flow.retries,
            wait_ready: flow.wait_ready,
            exchanges: flow.verbose || exchanges,
            run_id: workspace.world.run_id.clone(),
            seed: workspace.world.seed,
            command: rerun::command(self.options, self.run, &workspace.redactor),
            snapshots: flow.snapshots.unwrap_or_default(),
            unreferenced: flow.unreferenced,
            redactor: workspace.redactor.clone(),
            tape,
            trust: workspace.trust.clone(),
            cookies: jar,
            shown: if self.run.output.show_secrets {
                Redactor::open()
            } else {
                workspace.redactor.clone()
            },
        };
        Ok(OpenRun {
            host: self.host,
            options: self.options,
            workspace: self.workspace,
            settings,
            saved_jar,
        })
    }
}

/// How many collections run at the same time by default.
fn processors(plan: &Plan) -> NonZero<usize> {
    let collections = &plan.collections;
    let has_rows = |collection: &Collection| collection.rows.is_some();
    let several = collections.len() > 1 || collections.iter().any(has_rows);
    // Asking for the processors reads files; a single collection has nothing to run beside it.
    several
        .then(|| std::thread::available_parallelism().ok())
        .flatten()
        .unwrap_or(NonZero::<usize>::MIN)
}

/// A run that is about to send its first request.
pub(crate) struct OpenRun<'a> {
    host: &'a Host,
    options: &'a Options,
    pub(crate) workspace: Workspace,
    settings: run::Settings,
    saved_jar: Option<cookies::Kept>,
}

/// The result of a run.
pub(crate) struct Finished {
    /// The exit code, without what could not be saved.
    pub(crate) exit_code: u8,
    /// Files that were asked for and could not be saved.
    pub(crate) saved: Result<(), Error>,
    /// Problems that only the end of the run shows, and that do not change its result.
    pub(crate) warnings: Vec<Diagnostic>,
}

impl OpenRun<'_> {
    /// Sends the requests, passes every event on, and saves cookies, the recording and what failed.
    pub(crate) fn execute(self, stop: &Stop, listener: &mut dyn FnMut(&Event)) -> Finished {
        let Workspace {
            plan,
            diagnostics,
            redactor,
            ..
        } = &self.workspace;
        listener(&started(&self.workspace));
        let problem = |found: &Diagnostic| Event::Problem(found.to_event(redactor));
        for found in diagnostics {
            listener(&problem(found));
        }
        let mut outcomes = RequestOutcomes::default();
        let mut outcome = run::execute(plan, &self.settings, stop, &mut |event| {
            outcomes.note(&event);
            listener(&event);
        });
        let late = outcome.gateway_problems.iter().chain(&outcome.unreferenced);
        late.for_each(|found| listener(&problem(found)));
        let exit_code = exit_code(&outcome, self.workspace.is_broken());
        let rerun = rerun(&outcome, &self.settings.command);
        let jar = outcome.cookies.take();
        let finished = outcome.finished(plan.broken, exit_code, rerun);
        listener(&Event::RunFinished(finished));
        let mut warnings = Vec::new();
        warnings.extend(self.remember(&outcomes));
        let jar = self.saved_jar.zip(jar);
        let cookies = jar.map_or(Ok(None), |(file, jar)| file.save(&jar));
        let saved = recording::finish(self.settings.tape).and(cookies);
        Finished {
            exit_code,
            saved: saved.map(|unfit| warnings.extend(unfit)),
            warnings,
        }
    }

    /// Saves which requests failed, for `--last-failed`. A warning if that is not possible: nobody asked for it.
    fn remember(&self, outcomes: &RequestOutcomes) -> Option<Diagnostic> {
        let project = self.workspace.project.as_deref();
        let store = LastFailedStore::of(self.host, project).ok()?;
        let options = self.options;
        let whole = options.tags.is_empty()
            && options.filters.is_empty()
            && !options.last_failed
            && options.shard.is_none();
        let all = if whole {
            discover::whole_paths(options)
        } else {
            Vec::new()
        };
        let error = store.update((&self.workspace.plan, &all), outcomes).err()?;
        let reason = plain(&error);
        let message = format!("failures cannot be saved for `--last-failed`: {reason}");
        Some(Diagnostic {
            severity: Severity::Warning,
            ..Diagnostic::nowhere(message)
        })
    }
}

/// The first event of a run of this workspace.
pub(crate) fn started(workspace: &Workspace) -> Event {
    let plan = &workspace.plan;
    Event::RunStarted(RunStarted {
        format: event::FORMAT,
        id: workspace.world.run_id.clone(),
        time: Clock::System.now().to_string(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        seed: workspace.world.seed,
        requests: plan.collections.iter().map(Collection::requests).sum(),
        collections: plan.collections.len(),
        shard: run_shard(plan),
    })
}

/// Which part of its selection a plan is.
fn run_shard(plan: &Plan) -> Option<RunShard> {
    let cut = plan.shard.as_ref()?;
    let Shard { number, of } = cut.shard;
    Some(RunShard {
        number,
        of,
        requests: cut.requests,
        selection: cut.selection.clone(),
    })
}

/// The command that runs what failed again, if that is short enough to be typed.
fn rerun(outcome: &Outcome, command: &str) -> Option<String> {
    let targets: Vec<_> = outcome
        .few_failed()
        .map(|(path, name)| run::target(path, name))
        .collect();
    (!targets.is_empty()).then(|| format!("{command} {}", targets.join(" ")))
}
