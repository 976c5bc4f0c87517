//! `--wait-ready`: waits until the stage that was just deployed is the one that responds.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::try_join_all;
use url::Url;

use super::collection::{Row, Worker, base_at, rows};
use super::pace::Pace;
use super::replay::ReplaySlot;
use super::scope::{Captured, RequestScope, VariableScope};
use super::send::Sender;
use super::step::Runner;
use super::stop::Level;
use super::verdict::{StepResult, Verdict};
use super::{RunState, fill};
use crate::http::{ErrorKind, Jar, Options, Request, Settings};
use crate::plan::{Collection, Connection, Plan, Wait};

/// The pause between two attempts if the project file has no `[wait]`.
const EVERY: Duration = Duration::from_millis(500);

/// A base URL of the run, and the collection that is sent to it.
struct Target<'a> {
    collection: &'a Collection,
    row: Row,
    base: Option<Url>,
}

/// Waits until `[wait]` passes as many times in a row as it says, for each base URL of the run; without one, until each responds
/// with anything but a server error.
///
/// # Errors
/// If that did not happen in time, or nothing was asked; the text says what was seen last.
pub(super) fn until_ready(
    plan: &Plan,
    shared: &RunState<'_>,
    worker: &Worker,
    limit: Duration,
) -> Result<(), String> {
    let targets = targets(plan, shared)?;
    if targets.is_empty() && !plan.collections.is_empty() {
        return Err(
            "no collection of this run has a base URL, so there is no stage to wait for".to_owned(),
        );
    }
    let waiting = targets
        .iter()
        .map(async |target| match &target.collection.wait {
            Some(wait) => until_passed((target, wait), shared, worker, limit).await,
            None => until_responds(target, shared, worker, limit).await,
        });
    worker.runtime.block_on(try_join_all(waiting)).map(drop)
}

/// Each distinct base URL of the run; if `[wait]` has a whole URL, that one alone.
fn targets<'a>(plan: &'a Plan, shared: &RunState<'_>) -> Result<Vec<Target<'a>>, String> {
    let project = plan.project.as_ref();
    let is_whole = |wait: &Wait| crate::http::url::has_scheme(wait.step.request.url.value.text());
    if let Some(collection) =
        project.filter(|project| project.wait.as_deref().is_some_and(is_whole))
    {
        return Ok(vec![Target {
            collection,
            row: None,
            base: None,
        }]);
    }
    let mut targets: Vec<Target<'a>> = Vec::new();
    for collection in project
        .filter(|project| !project.steps.is_empty())
        .into_iter()
        .chain(&plan.collections)
    {
        for row in rows(collection, shared)? {
            let Some(base) = base_at((collection, row.clone()), shared)? else {
                break;
            };
            if !targets
                .iter()
                .any(|known| known.base.as_ref() == Some(&base))
            {
                targets.push(Target {
                    collection,
                    row,
                    base: Some(base),
                });
            }
        }
    }
    Ok(targets)
}

async fn until_passed(
    (target, wait): (&Target<'_>, &Wait),
    shared: &RunState<'_>,
    worker: &Worker,
    limit: Duration,
) -> Result<(), String> {
    let (collection, base) = (target.collection, target.base.as_ref());
    let row = target.row.clone().map(|(_, value)| value);
    let mut names = VariableScope::new(collection, row, Captured::default(), shared.common());
    names.set_stage(
        collection
            .stage
            .as_ref()
            .and_then(|stage| stage.name.as_deref()),
        base.map(|base| base.as_str().trim_end_matches('/')),
    );
    let new_jar = || Jar::new(collection.context.clock);
    let jar = shared.settings.cookies.clone().unwrap_or_else(new_jar);
    let track = ReplaySlot::off(&shared.settings.redactor);
    let mut pace = Pace::new(wait.every, limit);
    let wire = wire(shared, worker, (&jar, &track)).until(pace.deadline());
    let runner = Runner {
        step: &wait.step,
        names: &names,
        base,
        wire,
        reruns: 0,
        snapshots: None,
        run: None,
    };
    let mut good = 0;
    loop {
        let mut judged = Vec::new();
        Box::pin(runner.run(|row| judged.push(row))).await;
        if wire.is_stopped() {
            return Ok(());
        }
        let reason = match seen(&judged) {
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
        let Some(pause) = pace.pause() else {
            return Err(not_ready(target, shared, limit, &reason));
        };
        if wire.pause(pause).await.is_none() {
            return Ok(());
        }
    }
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
                    "the credentials that `{by}` needs too cannot be had"
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

async fn until_responds(
    target: &Target<'_>,
    shared: &RunState<'_>,
    worker: &Worker,
    limit: Duration,
) -> Result<(), String> {
    let Some(base) = &target.base else {
        return Ok(());
    };
    let jar = Jar::new(crate::clock::Clock::System);
    let track = ReplaySlot::off(&shared.settings.redactor);
    let mut pace = Pace::new(EVERY, limit);
    let wire = wire(shared, worker, (&jar, &track)).until(pace.deadline());
    let settings = settings(target, shared)?;
    loop {
        let options = Options {
            timeout: Some(wire.limit(limit)),
            settings: Arc::clone(&settings),
            ..Options::default()
        };
        let sending = worker
            .clients
            .send(Request::new("GET", base.clone()), &options, None);
        let Some(exchange) = shared.stop.unless(Level::Interrupted, sending).await else {
            return Ok(());
        };
        let reason = match (&exchange.result, exchange.error()) {
            (Ok(response), None) if response.status < 500 => return Ok(()),
            (Ok(response), None) => format!("it answers {}", response.status),
            (Ok(response), Some(error)) => {
                format!("it answers {}, {}", response.status, error.message)
            }
            (Err(error), _) if error.kind == ErrorKind::Timeout => {
                "there was no response".to_owned()
            }
            (Err(error), _) => error.message.clone(),
        };
        let Some(pause) = pace.pause() else {
            return Err(not_ready(target, shared, limit, &reason));
        };
        if wire.pause(pause).await.is_none() {
            return Ok(());
        }
    }
}

/// How the stage is connected to: as the first request that is sent to it.
fn settings(target: &Target<'_>, shared: &RunState<'_>) -> Result<Arc<Settings>, String> {
    let steps = &target.collection.steps;
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
    let row = target.row.clone().map(|(_, value)| value);
    let names = VariableScope::new(target.collection, row, Captured::default(), shared.common());
    let settings = fill::connection(&step.request, &RequestScope::new(&names, step, None))
        .map_err(|unfilled| unfilled.message)?;
    Ok(settings.unwrap_or_default())
}

fn wire<'a>(
    shared: &'a RunState<'_>,
    worker: &'a Worker,
    (jar, track): (&'a Jar, &'a ReplaySlot<'a>),
) -> Sender<'a> {
    Sender {
        clients: &worker.clients,
        jar,
        stop: shared.stop,
        stops_at: Level::Interrupted,
        track,
        deadline: None,
    }
}

fn not_ready(target: &Target<'_>, shared: &RunState<'_>, limit: Duration, reason: &str) -> String {
    let stage = target
        .base
        .as_ref()
        .map_or("the stage", |base| base.as_str().trim_end_matches('/'));
    let told = format!(
        "{stage} did not become ready in {}: {reason}",
        crate::text::duration(limit)
    );
    super::emit::message_shown(&shared.settings.redactor, &told)
}
