//! `--wait-ready`: until the stage that was just deployed is the one that answers.

use std::time::{Duration, Instant};

use url::Url;

use super::Shared;
use super::collection::{Worker, base_of};
use super::scope::{Captured, Names};
use super::send::Wire;
use super::step::Runner;
use super::stop::Level;
use super::tape::Track;
use super::verdict::Verdict;
use crate::http::{Jar, Options, Request};
use crate::plan::{Collection, Plan, Wait};

/// The pause between two tries where the project file has no `[wait]`.
const EVERY: Duration = Duration::from_millis(500);

/// Waits until `[wait]` holds as often in a row as it says; without one, until every stage answers anything but a
/// server's error.
///
/// # Errors
/// Where that did not happen in time; the text says what was last seen.
pub(super) fn until_ready(plan: &Plan, shared: &Shared<'_>, worker: &Worker, limit: Duration) -> Result<(), String> {
    let wait = plan.project.as_ref().and_then(|project| Some((project, project.wait.as_ref()?)));
    if let Some((project, wait)) = wait {
        return worker.runtime.block_on(until_holds(project, wait, shared, worker, limit));
    }
    let mut asked: Vec<Url> = Vec::new();
    for collection in &plan.collections {
        let Some(base) = base_of(collection, shared)? else { continue };
        if !asked.contains(&base) {
            worker.runtime.block_on(until_answers(&base, shared, worker, limit))?;
            asked.push(base);
        }
    }
    Ok(())
}

async fn until_holds(
    project: &Collection,
    wait: &Wait,
    shared: &Shared<'_>,
    worker: &Worker,
    limit: Duration,
) -> Result<(), String> {
    let settings = shared.settings;
    let mut names = Names::new(project, None, Captured::default(), shared.common());
    let base = base_of(project, shared)?;
    names.set_stage(project.stage.as_ref().and_then(|stage| stage.name.as_deref()), base.as_ref().map(Url::as_str));
    let jar = settings.cookies.clone().unwrap_or_else(|| Jar::new(project.context.clock));
    let track = Track::off(&settings.redactor);
    let wire = Wire { clients: &worker.clients, jar: &jar, stop: shared.stop, stops_at: Level::Interrupted, track: &track };
    let runner = Runner { step: &wait.step, names: &names, base: base.as_ref(), wire, reruns: 0, snapshots: None, run: None };
    let started = Instant::now();
    let mut good = 0;
    loop {
        let mut last = None;
        Box::pin(runner.run(|judged| last = Some(judged))).await;
        let verdict = last.map(|judged| judged.verdict);
        let reason = match verdict {
            Some(Verdict::Passed | Verdict::Flaky) => {
                good += 1;
                if good >= wait.consecutive {
                    return Ok(());
                }
                format!("{good} good answers in a row of {}", wait.consecutive)
            }
            Some(Verdict::Failed(problems)) => {
                good = 0;
                let first = problems.first();
                first.map(|problem| format!("{}: {}", problem.subject, problem.failure.summary())).unwrap_or_default()
            }
            _ => return Ok(()),
        };
        if started.elapsed() + wait.every > limit {
            let reason = super::tell::shown(&settings.redactor, &reason);
            return Err(format!("the stage did not become ready in {}: {reason}", crate::text::duration(limit)));
        }
        if wire.pause(wait.every).await.is_none() {
            return Ok(());
        }
    }
}

async fn until_answers(base: &Url, shared: &Shared<'_>, worker: &Worker, limit: Duration) -> Result<(), String> {
    let jar = Jar::new(crate::clock::Clock::System);
    let track = Track::off(&shared.settings.redactor);
    let wire = Wire { clients: &worker.clients, jar: &jar, stop: shared.stop, stops_at: Level::Interrupted, track: &track };
    let started = Instant::now();
    loop {
        let options = Options { timeout: Some(limit.saturating_sub(started.elapsed())), ..Options::default() };
        let sending = worker.clients.send(Request::new("GET", base.clone()), &options, None);
        let Some(exchange) = shared.stop.unless(Level::Interrupted, sending).await else { return Ok(()) };
        let reason = match (&exchange.result, exchange.error()) {
            (Ok(response), None) if response.status < 500 => return Ok(()),
            (Ok(response), None) => format!("it answers {}", response.status),
            (Ok(response), Some(error)) => format!("it answers {}, {}", response.status, error.message),
            (Err(error), _) => error.message.clone(),
        };
        if started.elapsed() + EVERY > limit {
            let shown = shared.settings.redactor.redact(base.as_str().trim_end_matches('/')).into_owned();
            return Err(format!("{shown} did not become ready in {}: {reason}", crate::text::duration(limit)));
        }
        if wire.pause(EVERY).await.is_none() {
            return Ok(());
        }
    }
}
