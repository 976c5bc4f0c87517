//! Options of a run, merged: the user's configuration < the project file's `[run]` < the command line.

use std::num::NonZero;
use std::time::Duration;

use super::error::Error;
use super::options::RunOptions;
use super::user::{self, UserConfig};
use super::values::duration;
use crate::snapshot::{Mode, Unreferenced};
use crate::source::Diagnostic;
use crate::source::Span;
use crate::syntax::keys::{RUN, USER};
use crate::syntax::{Node, Problems, Project, Table, names_hint, wrong_type};

/// How a run is carried out, as meant.
#[derive(Debug, Clone, Default)]
pub(crate) struct Flow {
    pub(crate) jobs: Option<NonZero<usize>>,
    pub(crate) max_failures: Option<usize>,
    pub(crate) retries: u64,
    pub(crate) wait_ready: Option<Duration>,
    pub(crate) verbose: bool,
    pub(crate) quiet: bool,
    pub(crate) no_progress: bool,
    pub(crate) snapshots: Option<Mode>,
    pub(crate) unreferenced: Option<Unreferenced>,
}

/// How long `--wait-ready` waits where neither it nor `[wait]` says.
const READY: Duration = Duration::from_secs(60);

impl Flow {
    /// The command line's options over the project file's, those over the user's own; problems of the files are kept.
    pub(crate) fn new(
        run: &RunOptions,
        (project, user): (Option<&Project>, &UserConfig),
        problems: &mut Problems,
    ) -> Result<Self, Error> {
        let mut flow = Self::default();
        flow.options(&user.run, problems);
        if let Some(project) = project {
            flow.options(&project.run, problems);
        }
        flow.jobs = run.jobs.or(flow.jobs);
        flow.max_failures = run.max_failures.map(NonZero::get).or(flow.max_failures);
        flow.retries = run.retries.unwrap_or(flow.retries);
        if let Some(text) = &run.wait_ready {
            let waiting = project.and_then(|project| project.wait.as_ref()?.timeout);
            flow.wait_ready = Some(if text.is_empty() {
                waiting.unwrap_or(READY)
            } else {
                duration("--wait-ready", text)?
            });
        }
        flow.verbose = run.output.verbose || (flow.verbose && !run.output.quiet);
        flow.quiet = run.output.quiet || (flow.quiet && !run.output.verbose);
        flow.no_progress |= run.output.no_progress;
        flow.snapshots = run.snapshots.or(flow.snapshots);
        flow.unreferenced = run.unreferenced.or(flow.unreferenced);
        Ok(flow)
    }

    /// Nobody can review in a CI system, so nothing is written there.
    pub(crate) fn where_ci_is(mut self, ci: bool) -> Self {
        self.snapshots = self.snapshots.or(ci.then_some(Mode::Check));
        self
    }

    /// The options of a `[run]`.
    pub(crate) fn options(&mut self, run: &Table, problems: &mut Problems) {
        for (key, entry) in run.iter() {
            let node = &entry.value;
            match key.replace('-', "_").as_str() {
                "jobs" => self.jobs = positive(node, problems).or(self.jobs),
                "fail_fast" => {
                    self.max_failures = node
                        .boolean(problems)
                        .filter(|on| *on)
                        .map(|_| 1)
                        .or(self.max_failures);
                }
                "max_failures" => {
                    self.max_failures = positive(node, problems)
                        .map(NonZero::get)
                        .or(self.max_failures);
                }
                "retries" => self.retries = node.count(problems).unwrap_or(self.retries),
                "wait_ready" => self.wait_ready = node.duration(problems).or(self.wait_ready),
                "verbose" => self.verbose = node.boolean(problems).unwrap_or_default(),
                "quiet" => self.quiet = node.boolean(problems).unwrap_or_default(),
                "no_progress" => self.no_progress = node.boolean(problems).unwrap_or_default(),
                "record" | "replay" | "cookies" | "cookie_jar" => drop(user::path(node, problems)),
                "snapshots" => {
                    self.snapshots = named(node, &Mode::ALL, problems).or(self.snapshots);
                }
                "unreferenced" => {
                    self.unreferenced =
                        named(node, &Unreferenced::ALL, problems).or(self.unreferenced);
                }
                own if USER.iter().any(|known| known.name == own) => {
                    problems.push(not_of_a_project(&entry.key, own));
                }
                other => {
                    let problem =
                        Diagnostic::error(&entry.key, format!("`[run]` has no option `{key}`"));
                    problems.push(problem.hint(names_hint(other, RUN.iter().map(|key| key.name))));
                }
            }
        }
    }
}

/// A project must not trust itself.
fn not_of_a_project(span: &Span, key: &str) -> Diagnostic {
    let option = format!("--{}", key.replace('_', "-"));
    let option = if key == "env_allow" {
        String::new()
    } else {
        format!("`{option}` on the command line, or ")
    };
    Diagnostic::error(
        span,
        format!("a project file cannot set `{key}`: it would give itself this permission"),
    )
    .hint(format!(
        "use {option}`{key}` in your own configuration, `~/.config/apitest/config.toml`"
    ))
}

/// The value of one of these names.
fn named<T: Copy>(node: &Node, all: &[(&'static str, T)], problems: &mut Problems) -> Option<T> {
    let name = node.string(problems)?;
    let found = all
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, value)| *value);
    found.or_else(|| {
        let problem = Diagnostic::error(&node.span, format!("unknown: `{name}`"));
        problems.refuse(problem.hint(names_hint(name, all.iter().map(|(name, _)| *name))))
    })
}

fn positive(node: &Node, problems: &mut Problems) -> Option<NonZero<usize>> {
    let count = node.count(problems)?;
    let count = usize::try_from(count).ok().and_then(NonZero::new);
    count.or_else(|| problems.refuse(wrong_type(node, "a whole number from 1")))
}
