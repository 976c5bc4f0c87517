//! One run of a collection: setup, requests, teardown, in order, on warm connections.
//!
//! Nothing else changes what a collection knows: each step returns its result, and [`CollectionRun::commit`] takes it over.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::time::Instant;

use futures_util::FutureExt;
use indexmap::IndexMap;
use tokio::runtime::Runtime;
use url::Url;

use super::blocker::{Blocker, Dependencies, State};
use super::captures::{CaptureChanges, Captured, RowCaptures};
use super::context::StepContext;
use super::events::EventBuilder;
use super::job::{Job, resolve_base};
use super::problem::Problem;
use super::result::{StepResult, Verdict};
use super::rows::StepRows;
use super::scope::VariableScope;
use super::sender::Sender;
use super::state::{RunState, panic_text};
use super::stop::Level;
use super::transport::{Caller, Transport};
use crate::event::Part;
use crate::event::{CollectionFinished, CollectionStarted, Counts, Event, RequestStarted, Status};
use crate::http::{ErrorKind, Jar};
use crate::plan::{Collection, Step};
use crate::source::Diagnostic;

/// What a collection starts from: what the project's setup left.
#[derive(Debug, Default)]
pub(super) struct InitialState {
    pub(super) captured: Captured,
    pub(super) jar: Option<Jar>,
    /// The request that makes each of them.
    pub(super) makers: IndexMap<String, String>,
}

/// What a collection runs on.
pub(super) struct WorkerContext<'a, T> {
    pub(super) runtime: &'a Runtime,
    pub(super) transport: &'a T,
}

impl<T> Clone for WorkerContext<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for WorkerContext<'_, T> {}

/// One run of a collection, or of one of its rows.
pub(super) struct CollectionRun<'a, T> {
    collection: &'a Collection,
    shared: &'a RunState<'a>,
    worker: WorkerContext<'a, T>,
    emit: &'a dyn Fn(Event),
    emitter: EventBuilder<'a>,
    names: VariableScope<'a>,
    /// The requests of the project's setup, by what they capture.
    makers: IndexMap<String, String>,
    jar: Jar,
    base: Option<Url>,
    states: Vec<State>,
    counts: Counts,
    started: Instant,
    /// Whether any request was begun.
    begun: bool,
}

/// What the results of one step came to, until it is over.
struct Progress {
    state: State,
    rows: RowCaptures,
    warnings: Vec<Diagnostic>,
}

impl<'a, T: Transport> CollectionRun<'a, T> {
    pub(super) fn new(
        job: &Job<'a>,
        shared: &'a RunState<'a>,
        worker: WorkerContext<'a, T>,
        start: &InitialState,
        emit: &'a dyn Fn(Event),
    ) -> Self {
        let collection = job.collection;
        let settings = shared.settings;
        let jar = start
            .jar
            .clone()
            .unwrap_or_else(|| Jar::new(collection.context.clock));
        let emitter = EventBuilder {
            collection,
            row: job.row.as_ref().map(|row| row.number),
            started: settings.started,
            redactor: &settings.shown,
            exchanges: settings.exchanges,
            command: Some(&settings.command),
        };
        let captured = start.captured.clone();
        Self {
            collection,
            shared,
            worker,
            emit,
            emitter,
            names: VariableScope::new(collection, job.value(), captured, shared.common()),
            makers: start.makers.clone(),
            jar,
            base: None,
            states: vec![State::default(); collection.steps.len()],
            counts: Counts::default(),
            started: Instant::now(),
            begun: false,
        }
    }

    /// Runs the parts in order, and gives the cookies of the end.
    pub(super) fn run(mut self) -> Jar {
        let stage = self.find_base();
        self.begin();
        match stage {
            Ok(()) => [Part::Setup, Part::Request, Part::Teardown]
                .into_iter()
                .for_each(|part| self.part(part)),
            Err(reason) => self.block_all(&reason),
        }
        self.end();
        self.jar
    }

    /// Runs the project's setup, all else, and its teardown. Setup and teardown are told as two runs, so that what is in
    /// between need not wait to be shown.
    pub(super) fn run_around(mut self, between: impl FnOnce(InitialState)) {
        // Its requests cannot be selected: they run with others or not at all.
        self.emitter.command = None;
        let stage = self.find_base();
        self.begin();
        match &stage {
            Ok(()) => self.part(Part::Setup),
            Err(reason) => self.block_all(reason),
        }
        self.end();
        let left = self.jar.clone();
        let before = self.shared.settings.cookies.as_ref().unwrap_or(&left);
        self.shared.note_cookies(0, before, &left);
        between(self.left());
        let mut steps = self.collection.selected();
        if stage.is_ok() && steps.any(|step| step.part == Part::Teardown) {
            self.begun = true;
            self.begin();
            self.part(Part::Teardown);
            self.end();
            self.shared.note_cookies(usize::MAX, &left, &self.jar);
        }
    }

    /// What collections start from when this one was set up.
    fn left(&self) -> InitialState {
        let made = |step: &Step| {
            let title = self.shown(&step.name);
            step.captured()
                .map(|name| (name.clone(), title.clone()))
                .collect::<Vec<_>>()
        };
        InitialState {
            captured: self.names.captured.clone(),
            jar: Some(self.jar.clone()),
            makers: self.collection.steps.iter().flat_map(made).collect(),
        }
    }

    fn shown(&self, text: &str) -> String {
        self.names.redactor.redact(text).into_owned()
    }

    fn find_base(&mut self) -> Result<(), String> {
        let stage = self.collection.stage.as_ref();
        let name = stage.and_then(|stage| stage.name.as_deref());
        self.names.set_stage(name, None);
        self.base = resolve_base(&self.names, self.shared, self.worker.transport)?;
        let shown = self
            .base
            .as_ref()
            .map(|base| base.as_str().trim_end_matches('/'));
        self.names.set_stage(name, shown);
        Ok(())
    }

    /// Nothing of the collection can be run, for this reason.
    pub(super) fn refuse(mut self, reason: &str) {
        self.begin();
        self.block_all(reason);
        self.end();
    }

    fn end(&mut self) {
        let counts = std::mem::take(&mut self.counts);
        (self.emit)(Event::CollectionFinished(CollectionFinished {
            path: self.collection.path.clone(),
            name: self.collection.shown_name(self.names.redactor),
            row: self.emitter.row,
            counts,
            duration: self.started.elapsed(),
        }));
    }

    fn begin(&mut self) {
        self.started = Instant::now();
        let stage = self.collection.stage.as_ref();
        let name = stage.and_then(|stage| stage.name.as_ref());
        let base_url = self.base.as_ref().map(|base| {
            let base = crate::http::url::without_secret(base);
            self.shown(base.as_str().trim_end_matches('/'))
        });
        (self.emit)(Event::CollectionStarted(CollectionStarted {
            path: self.collection.path.clone(),
            name: self.collection.shown_name(self.names.redactor),
            row: self.emitter.row,
            stage: name.map(|name| self.shown(name)),
            base_url,
        }));
    }

    /// Runs the steps of a part, all of them inside of the runtime: to go in and out for each costs more than a small step.
    fn part(&mut self, part: Part) {
        let (collection, runtime) = (self.collection, self.worker.runtime);
        runtime.block_on(async {
            for step in collection.selected().filter(|step| step.part == part) {
                self.step(step).await;
            }
        });
    }

    /// Nothing can be sent, for this reason. A teardown is told only if nothing else tells it.
    fn block_all(&mut self, reason: &str) {
        let collection = self.collection;
        let alone = collection
            .selected()
            .all(|step| step.part == Part::Teardown);
        for step in collection
            .selected()
            .filter(|step| alone || step.part != Part::Teardown)
        {
            self.unsent(step, Status::Blocked, reason, None);
        }
    }

    async fn step(&mut self, step: &'a Step) {
        let level = self.shared.stop.level();
        // If nothing was begun, nothing need be taken down.
        let limit = if self.begun && step.part == Part::Teardown {
            Level::Now
        } else {
            Level::Enough
        };
        if level >= limit {
            return self.unsent(step, Status::NotRun, level.reason(), None);
        }
        match self.blocker(step) {
            Some(Blocker::Quiet) => self.set(step, State::Skipped),
            Some(Blocker::Skipped(reason)) => self.unsent(step, Status::Skipped, &reason, None),
            Some(Blocker::Blocked { by, reason }) => {
                self.unsent(step, Status::Blocked, &reason, Some(by));
            }
            None => self.send(step).await,
        }
    }

    fn set(&mut self, step: &Step, state: State) {
        if let Some(slot) = self.states.get_mut(step.index) {
            *slot = state;
        }
    }

    /// An earlier value of a name must not stand in for the one that this step would have captured.
    fn discard_captures(&mut self, step: &Step) {
        let mut changes = CaptureChanges::default();
        changes.discard_others(step.captured());
        changes.commit(&mut self.names.captured);
    }

    fn unsent(&mut self, step: &Step, status: Status, reason: &str, by: Option<String>) {
        let state = match status {
            Status::Blocked => State::Blocked(by.clone().unwrap_or_else(|| reason.to_owned())),
            Status::Skipped => State::Skipped,
            _ => State::Stopped,
        };
        if status != Status::Skipped {
            self.discard_captures(step);
        }
        self.set(step, state);
        self.shared.snapshots.missed(step);
        self.count(step, status);
        let told = self.emitter.unsent(step, status, reason, by);
        (self.emit)(Event::RequestFinished(Box::new(told)));
    }

    /// Counts a request; setup and teardown only if something went wrong with them.
    fn count(&mut self, step: &Step, status: Status) {
        let wrong = matches!(status, Status::Failed | Status::Blocked);
        if step.part == Part::Request || wrong {
            self.counts.add(status);
        }
        if status == Status::Failed {
            self.shared.stop.failed(self.shared.settings.max_failures);
        }
    }

    /// What keeps a step from being sent.
    fn blocker(&self, step: &Step) -> Option<Blocker> {
        let dependencies = Dependencies {
            collection: self.collection,
            names: &self.names,
            states: &self.states,
            makers: &self.makers,
        };
        self.unreachable(step)
            .or_else(|| dependencies.blocker(step))
    }

    /// The stage could not be reached before.
    fn unreachable(&self, step: &Step) -> Option<Blocker> {
        let base = self.base.as_ref()?;
        let by = self.shared.down.cause(base)?;
        if step.expects_error || step.request.url.value.text().contains("://") {
            return None;
        }
        Some(Blocker::unreachable(step.part, by))
    }

    /// Runs a step, and commits each result before the next row is sent.
    async fn send(&mut self, step: &'a Step) {
        self.begun = true;
        (self.emit)(Event::RequestStarted(RequestStarted {
            path: self.collection.path.clone(),
            collection_row: self.emitter.row,
            name: self.shown(&step.name),
            row: None,
        }));
        let mut progress = Progress {
            state: State::Skipped,
            rows: RowCaptures::default(),
            warnings: Vec::new(),
        };
        self.results(step, &mut progress).await;
        progress.rows.finish().commit(&mut self.names.captured);
        self.set(step, progress.state);
        for warning in progress.warnings {
            (self.emit)(Event::Problem(warning.to_event(self.names.redactor)));
        }
    }

    /// Commits the results of a step one after the other.
    async fn results(&mut self, step: &'a Step, progress: &mut Progress) {
        let mut rows = StepRows::new(step);
        loop {
            let next = {
                let context = self.context(step);
                let work = pin!(rows.next(&context));
                // A panic is a defect of this program; it ends this request alone.
                AssertUnwindSafe(work).catch_unwind().await
            };
            match next {
                Ok(Some(result)) => self.commit(step, result, progress),
                Ok(None) => return,
                Err(panic) => {
                    self.discard_captures(step);
                    progress.rows = RowCaptures::default();
                    self.commit(step, panicked(step, panic.as_ref()), progress);
                    progress.state = State::Failed;
                    return;
                }
            }
        }
    }

    /// Takes over what a step, or a row of it, did. Captures of rows become lists once all rows are over.
    fn commit(&mut self, step: &Step, mut result: StepResult, progress: &mut Progress) {
        if result.snapshots.is_empty() {
            self.shared.snapshots.missed(step);
        }
        let checks = std::mem::take(&mut result.snapshots).into_iter();
        let unwritten = checks.filter_map(|check| self.shared.snapshots.commit(check));
        result.fail(unwritten.collect());
        self.watch_stage(step, &result);
        let captures = std::mem::take(&mut result.captures);
        if result.row.is_some() {
            progress.rows.add(captures);
        } else {
            captures.commit(&mut self.names.captured);
        }
        progress.warnings.append(&mut result.warnings);
        let told = self.emitter.judged(step, &result);
        self.count(step, told.status);
        (self.emit)(Event::RequestFinished(Box::new(told)));
        let state = match result.verdict {
            Verdict::Passed | Verdict::Flaky | Verdict::Nothing => State::Passed,
            Verdict::Failed(_) => State::Failed,
            Verdict::Skipped(_) => State::Skipped,
            Verdict::NotRun(_) => State::Stopped,
            Verdict::Blocked(by) => State::Blocked(by),
        };
        progress.state = std::mem::take(&mut progress.state).worst(state);
    }

    /// Notes that a stage answered, or that it cannot be reached.
    fn watch_stage(&self, step: &Step, result: &StepResult) {
        let (Some(base), Some(exchange)) = (&self.base, &result.exchange) else {
            return;
        };
        if !crate::http::url::same_origin(&exchange.request.url, base) {
            return;
        }
        match &exchange.result {
            Ok(_) => self.shared.down.answered(base),
            Err(error)
                if matches!(
                    error.kind,
                    ErrorKind::Dns | ErrorKind::Connect | ErrorKind::Tls
                ) && !step.expects_error =>
            {
                self.shared.down.unreachable(base, &step.name);
            }
            Err(_) => {}
        }
    }

    /// What a step runs with.
    fn context(&self, step: &'a Step) -> StepContext<'_, T> {
        let stops_at = if step.part == Part::Teardown {
            Level::Now
        } else {
            Level::Interrupted
        };
        StepContext {
            caller: Caller {
                collection: self.collection,
                collection_row: self.emitter.row,
                step,
                row: None,
                base: self.base.as_ref(),
            },
            names: &self.names,
            sender: Sender {
                transport: self.worker.transport,
                jar: &self.jar,
                redactor: self.names.redactor,
                stop: self.shared.stop,
                stops_at,
                deadline: None,
            },
            reruns: self.shared.settings.retries,
            snapshots: Some(&self.shared.snapshots),
        }
    }
}

/// The result of a step during which this program broke.
fn panicked(step: &Step, panic: &(dyn Any + Send)) -> StepResult {
    let reason = format!("apitest itself failed: {}", panic_text(panic));
    let mut problem = Problem::new("request", &step.span, reason, "a verdict");
    problem.failure.hint = Some("this is a defect of apitest: please report it".to_owned());
    StepResult::unsent(None, Verdict::Failed(vec![problem]))
}

#[cfg(test)]
mod tests;
