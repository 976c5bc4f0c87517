//! `--wait-ready`: waits until the stage that was just deployed is the one that responds.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::try_join_all;
use tokio::runtime::Runtime;
use url::Url;

use super::captures::{Captured, RowCaptures};
use super::context::StepContext;
use super::fill;
use super::job::{Job, resolve_base};
use super::pace::Pace;
use super::result::{StepResult, Verdict};
use super::rows::StepRows;
use super::scope::{RequestScope, VariableScope};
use super::sender::Sender;
use super::state::RunState;
use super::stop::Level;
use super::transport::{Caller, Live, Transport as _};
use crate::http::{ConnectionPool, ErrorKind, Exchange, Jar, Options, Request, Settings};
use crate::plan::{Connection, Plan, Wait};

/// The pause between two attempts if the project file has no `[wait]`.
const EVERY: Duration = Duration::from_millis(500);

/// A base URL of the run, and the collection that is sent to it.
struct Target<'a> {
    job: Job<'a>,
    base: Option<Url>,
}

/// How a stage is waited for.
struct Waiter<'a> {
    shared: &'a RunState<'a>,
    transport: Live<'a>,
    limit: Duration,
}

/// Waits until `[wait]` passes as many times in a row as it says, for each base URL of the run; without one, until each responds
/// with anything but a server error.
///
/// # Errors
/// If that did not happen in time, or nothing was asked; the text says what was seen last.
pub(super) fn until_ready(
    plan: &Plan,
    shared: &RunState<'_>,
    runtime: &Runtime,
    clients: &ConnectionPool,
    limit: Duration,
) -> Result<(), String> {
    let waiter = Waiter {
        shared,
        transport: Live { clients },
        limit,
    };
    let targets = waiter.targets(plan)?;
    if targets.is_empty() && !plan.collections.is_empty() {
        return Err(
            "no collection of this run has a base URL, so there is no stage to wait for".to_owned(),
        );
    }
    let waiting = targets
        .iter()
        .map(async |target| match &target.job.collection.wait {
            Some(wait) => waiter.until_passed(target, wait).await,
            None => waiter.until_responds(target).await,
        });
    runtime.block_on(try_join_all(waiting)).map(drop)
}

impl Waiter<'_> {
    /// Each distinct base URL of the run; if `[wait]` has a whole URL, that one alone.
    fn targets<'p>(&self, plan: &'p Plan) -> Result<Vec<Target<'p>>, String> {
        let project = plan.project.as_ref();
        let is_whole =
            |wait: &Wait| crate::http::url::has_scheme(wait.step.request.url.value.text());
        if let Some(collection) =
            project.filter(|project| project.wait.as_deref().is_some_and(is_whole))
        {
            return Ok(vec![Target {
                job: Job::whole(collection),
                base: None,
            }]);
        }
        let mut targets: Vec<Target<'p>> = Vec::new();
        for collection in project
            .filter(|project| !project.steps.is_empty())
            .into_iter()
            .chain(&plan.collections)
        {
            for job in Job::all(collection, self.shared)? {
                let names = self.names(&job);
                let Some(base) = resolve_base(&names, self.shared, &self.transport)? else {
                    break;
                };
                if !targets
                    .iter()
                    .any(|known| known.base.as_ref() == Some(&base))
                {
                    targets.push(Target {
                        job,
                        base: Some(base),
                    });
                }
            }
        }
        Ok(targets)
    }

    fn names<'n>(&'n self, job: &Job<'n>) -> VariableScope<'n> {
        VariableScope::new(
            job.collection,
            job.value(),
            Captured::default(),
            self.shared.common(),
        )
    }

    async fn until_passed(&self, target: &Target<'_>, wait: &Wait) -> Result<(), String> {
        let (collection, base) = (target.job.collection, target.base.as_ref());
        let mut names = self.names(&target.job);
        let stage = collection.stage.as_ref();
        names.set_stage(
            stage.and_then(|stage| stage.name.as_deref()),
            base.map(|base| base.as_str().trim_end_matches('/')),
        );
        let new_jar = || Jar::new(collection.context.clock);
        let jar = self.shared.settings.cookies.clone().unwrap_or_else(new_jar);
        let mut pace = Pace::new(wait.every, self.limit, self.transport.now());
        let sender = self.sender(&jar, pace.deadline());
        let mut good = 0;
        loop {
            let context = StepContext {
                caller: Caller {
                    collection,
                    collection_row: None,
                    step: &wait.step,
                    row: None,
                    base,
                },
                names: &names,
                sender,
                reruns: 0,
                snapshots: None,
            };
            let results = Box::pin(results(&context)).await;
            if sender.is_stopped() {
                return Ok(());
            }
            let reason = match seen(&results) {
                Seen::Good => {
                    good += 1;
                    if good >= wait.consecutive {
                        return Ok(());
                    }
                    format!("{good} of {} good responses in a row", wait.consecutive)
                }
                Seen::Bad(reason) => {
                    good = 0;
                    reason
                }
                Seen::Nothing(reason) => {
                    return Err(format!(
                        "`[wait]` was not sent, so the stage may not be ready: {reason}"
                    ));
                }
            };
            commit_captures(results, &mut names.captured);
            let Some(pause) = pace.pause(self.transport.now()) else {
                return Err(self.not_ready(target, &reason));
            };
            if sender.pause(pause).await.is_none() {
                return Ok(());
            }
        }
    }

    async fn until_responds(&self, target: &Target<'_>) -> Result<(), String> {
        let Some(base) = &target.base else {
            return Ok(());
        };
        let jar = Jar::new(crate::clock::Clock::System);
        let mut pace = Pace::new(EVERY, self.limit, self.transport.now());
        let sender = self.sender(&jar, pace.deadline());
        let settings = self.settings(&target.job)?;
        loop {
            let options = Options {
                timeout: Some(sender.limit(self.limit)),
                settings: Arc::clone(&settings),
                ..Options::default()
            };
            let request = Request::new("GET", base.clone());
            let sending = self.transport.clients.send(request, &options, None);
            let Some(exchange) = sender.unless_stopped(sending).await else {
                return Ok(());
            };
            let Some(reason) = trouble(&exchange) else {
                return Ok(());
            };
            let Some(pause) = pace.pause(self.transport.now()) else {
                return Err(self.not_ready(target, &reason));
            };
            if sender.pause(pause).await.is_none() {
                return Ok(());
            }
        }
    }

    /// How the stage is connected to: as the first request that is sent to it.
    fn settings(&self, job: &Job<'_>) -> Result<Arc<Settings>, String> {
        let steps = &job.collection.steps;
        let Some(step) = steps
            .iter()
            .find(|step| step.selected)
            .or_else(|| steps.first())
        else {
            return Ok(Arc::default());
        };
        if let Connection::Fixed(settings) = &step.request.connection {
            return Ok(Arc::clone(settings));
        }
        let names = self.names(job);
        let settings = fill::connection(&step.request, &RequestScope::new(&names, step, None))
            .map_err(|unfilled| unfilled.message)?;
        Ok(settings.unwrap_or_default())
    }

    fn sender<'s>(&'s self, jar: &'s Jar, deadline: Option<Instant>) -> Sender<'s, Live<'s>> {
        Sender {
            transport: &self.transport,
            jar,
            redactor: &self.shared.settings.redactor,
            stop: self.shared.stop,
            stops_at: Level::Interrupted,
            deadline,
        }
    }

    fn not_ready(&self, target: &Target<'_>, reason: &str) -> String {
        let stage = target
            .base
            .as_ref()
            .map_or("the stage", |base| base.as_str().trim_end_matches('/'));
        let told = format!(
            "{stage} did not become ready in {}: {reason}",
            crate::text::duration(self.limit)
        );
        super::shown::message_shown(&self.shared.settings.redactor, &told)
    }
}

/// The results of all rows of `[wait]`.
async fn results(context: &StepContext<'_, Live<'_>>) -> Vec<StepResult> {
    let mut rows = StepRows::new(context.step());
    let mut results = Vec::new();
    while let Some(result) = rows.next(context).await {
        results.push(result);
    }
    results
}

/// Takes over what one attempt captured, for the next one.
fn commit_captures(results: Vec<StepResult>, captured: &mut Captured) {
    let mut rows = RowCaptures::default();
    for result in results {
        if result.row.is_some() {
            rows.add(result.captures);
        } else {
            result.captures.commit(captured);
        }
    }
    rows.finish().commit(captured);
}

/// Why a stage is not ready that gave this response; `None` if it is.
fn trouble(exchange: &Exchange) -> Option<String> {
    Some(match (&exchange.result, exchange.error()) {
        (Ok(response), None) if response.status < 500 => return None,
        (Ok(response), None) => format!("it responds with {}", response.status),
        (Ok(response), Some(error)) => {
            format!("it responds with {}, {}", response.status, error.message)
        }
        (Err(error), _) if error.kind == ErrorKind::Timeout => "there was no response".to_owned(),
        (Err(error), _) => error.message.clone(),
    })
}

/// What an attempt showed of a stage.
enum Seen {
    Good,
    Bad(String),
    /// Nothing was sent, and would not be the next time.
    Nothing(String),
}

/// All rows must pass, and one at least must have been sent.
fn seen(rows: &[StepResult]) -> Seen {
    let mut skipped = "it has no rows".to_owned();
    let mut sent = false;
    for row in rows {
        match &row.verdict {
            Verdict::Passed | Verdict::Flaky => sent = true,
            Verdict::Skipped(reason) if reason.is_empty() => {
                "it is skipped".clone_into(&mut skipped);
            }
            Verdict::Skipped(reason) => skipped.clone_from(reason),
            Verdict::Nothing => {}
            Verdict::Failed(problems) => {
                let first = problems.first();
                let reason = first
                    .map(|problem| format!("{}: {}", problem.subject, problem.failure.summary()));
                return Seen::Bad(reason.unwrap_or_default());
            }
            Verdict::NotRun(reason) => return Seen::Nothing((*reason).to_owned()),
            Verdict::Blocked(by) => {
                return Seen::Nothing(format!(
                    "the credentials that `{by}` also needs cannot be obtained"
                ));
            }
        }
    }
    if sent {
        Seen::Good
    } else {
        Seen::Nothing(skipped)
    }
}
