//! One run of a collection: setup, requests, teardown, in order, on warm connections.

use std::cell::{Cell, RefCell};
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;
use std::time::Instant;

use futures_util::FutureExt;
use indexmap::IndexMap;
use tokio::runtime::Runtime;
use url::Url;

use super::emit::EventBuilder;
use super::replay::ReplaySlot;
use super::scope::{Captured, RequestScope, VariableScope};
use super::send::Sender;
use super::step::Runner;
use super::stop::Level;
use super::verdict::{State, StepResult, Verdict};
use super::{RunState, fill, replay};
use crate::event::Part;
use crate::event::{CollectionFinished, CollectionStarted, Counts, Event, RequestStarted, Status};
use crate::http::{ConnectionPool, ErrorKind, Jar};
use crate::plan::{Base, Collection, Step};
use crate::recording::RecordMode;
use crate::secret::Redactor;
use crate::value::Value;

/// What a worker brings: its runtime, and its clients with their open connections.
pub(super) struct Worker {
    pub(super) runtime: Runtime,
    pub(super) clients: ConnectionPool,
}

impl Worker {
    pub(super) fn new(secrets: &Redactor) -> std::io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        Ok(Self {
            runtime,
            clients: ConnectionPool::hiding(secrets.clone()),
        })
    }

    /// Ends, and does not wait for what cannot be stopped, such as asking a name server that does not answer.
    pub(super) fn end(self) {
        let Self { runtime, clients } = self;
        drop(clients);
        runtime.shutdown_background();
    }
}

/// What a collection starts from: what the project's setup left.
#[derive(Debug, Default)]
pub(super) struct InitialState {
    pub(super) captured: Captured,
    pub(super) jar: Option<Jar>,
    /// The request that makes each of them.
    pub(super) makers: IndexMap<String, String>,
}

/// One run of a collection, or of one of its rows.
pub(super) struct CollectionRun<'a> {
    collection: &'a Collection,
    shared: &'a RunState<'a>,
    worker: &'a Worker,
    emit: &'a dyn Fn(Event),
    emitter: EventBuilder<'a>,
    names: VariableScope<'a>,
    /// The requests of the project's setup, by what they capture.
    makers: IndexMap<String, String>,
    jar: Jar,
    base: Option<Url>,
    states: RefCell<Vec<State>>,
    counts: RefCell<Counts>,
    started: Cell<Instant>,
    /// Whether any request was begun.
    begun: Cell<bool>,
}

impl<'a> CollectionRun<'a> {
    pub(super) fn new(
        (collection, row): (&'a Collection, Row),
        shared: &'a RunState<'a>,
        worker: &'a Worker,
        start: &InitialState,
        emit: &'a dyn Fn(Event),
    ) -> Self {
        let (number, value) =
            row.map_or((None, None), |(number, value)| (Some(number), Some(value)));
        let settings = shared.settings;
        let common = shared.common();
        let jar = start
            .jar
            .clone()
            .unwrap_or_else(|| Jar::new(collection.context.clock));
        let emitter = EventBuilder {
            collection,
            row: number,
            started: settings.started,
            redactor: &settings.shown,
            exchanges: settings.exchanges,
            command: Some(&settings.command),
        };
        Self {
            collection,
            shared,
            worker,
            emit,
            emitter,
            names: VariableScope::new(collection, value, start.captured.clone(), common),
            makers: start.makers.clone(),
            jar,
            base: None,
            states: RefCell::new(vec![State::default(); collection.steps.len()]),
            counts: RefCell::default(),
            started: Cell::new(Instant::now()),
            begun: Cell::new(false),
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
        self.shared.note_cookies(0, (before, &left));
        between(self.left());
        if stage.is_ok()
            && self
                .collection
                .selected()
                .any(|step| step.part == Part::Teardown)
        {
            self.begun.set(true);
            self.begin();
            self.part(Part::Teardown);
            self.end();
            self.shared.note_cookies(usize::MAX, (&left, &self.jar));
        }
    }

    /// What collections start from when this one was set up.
    fn left(&self) -> InitialState {
        let made = |step: &Step| {
            let title = self.names.redactor.redact(&step.name).into_owned();
            step.captured()
                .map(|name| (name.clone(), title.clone()))
                .collect::<Vec<_>>()
        };
        InitialState {
            captured: self.names.captured.borrow().clone(),
            jar: Some(self.jar.clone()),
            makers: self.collection.steps.iter().flat_map(made).collect(),
        }
    }

    fn find_base(&mut self) -> Result<(), String> {
        let name = self
            .collection
            .stage
            .as_ref()
            .and_then(|stage| stage.name.as_deref());
        self.names.set_stage(name, None);
        self.base = resolve_base(&self.names, self.shared)?;
        let shown = self
            .base
            .as_ref()
            .map(|base| base.as_str().trim_end_matches('/'));
        self.names.set_stage(name, shown);
        Ok(())
    }

    /// Nothing of the collection can be run, for this reason.
    pub(super) fn refuse(self, reason: &str) {
        self.begin();
        self.block_all(reason);
        self.end();
    }

    fn end(&self) {
        let counts = self.counts.take();
        (self.emit)(Event::CollectionFinished(CollectionFinished {
            path: self.collection.path.clone(),
            name: self.collection.shown_name(self.names.redactor),
            row: self.emitter.row,
            counts,
            duration: self.started.get().elapsed(),
        }));
    }

    fn begin(&self) {
        self.started.set(Instant::now());
        let shown = |text: &String| self.names.redactor.redact(text).into_owned();
        let stage = self
            .collection
            .stage
            .as_ref()
            .and_then(|stage| stage.name.as_ref().map(shown));
        let shown = |base: &Url| {
            self.names
                .redactor
                .redact(
                    crate::http::url::without_secret(base)
                        .as_str()
                        .trim_end_matches('/'),
                )
                .into_owned()
        };
        let base_url = self.base.as_ref().map(shown);
        (self.emit)(Event::CollectionStarted(CollectionStarted {
            path: self.collection.path.clone(),
            name: self.collection.shown_name(self.names.redactor),
            row: self.emitter.row,
            stage,
            base_url,
        }));
    }

    /// Runs the steps of a part, all of them inside of the runtime: to go in and out for each costs more than a small step.
    fn part(&self, part: Part) {
        self.worker.runtime.block_on(async {
            for step in self.collection.selected().filter(|step| step.part == part) {
                self.step(step).await;
            }
        });
    }

    /// Nothing can be sent, for this reason. A teardown is told only where nothing else tells it.
    fn block_all(&self, reason: &str) {
        let alone = self
            .collection
            .selected()
            .all(|step| step.part == Part::Teardown);
        for step in self
            .collection
            .selected()
            .filter(|step| alone || step.part != Part::Teardown)
        {
            self.unsent(step, Status::Blocked, reason, None);
        }
    }

    /// The level from which a part is not begun any more.
    fn limit(part: Part) -> Level {
        if part == Part::Teardown {
            Level::Now
        } else {
            Level::Enough
        }
    }

    async fn step(&self, step: &Step) {
        let level = self.shared.stop.level();
        // Where nothing was begun, nothing need be taken down.
        let limit = if self.begun.get() {
            Self::limit(step.part)
        } else {
            Level::Enough
        };
        if level >= limit {
            return self.unsent(step, Status::NotRun, level.reason(), None);
        }
        match self.obstacle(step) {
            Some(Blocker::Quiet) => self.set(step, State::Skipped),
            Some(Blocker::Skipped(reason)) => self.unsent(step, Status::Skipped, &reason, None),
            Some(Blocker::Blocked { by, reason }) => {
                self.unsent(step, Status::Blocked, &reason, Some(by));
            }
            None => self.send(step).await,
        }
    }

    fn set(&self, step: &Step, state: State) {
        if let Some(slot) = self.states.borrow_mut().get_mut(step.index) {
            *slot = state;
        }
    }

    /// An earlier value of a name must not stand in for the one that this step would have captured.
    fn forget(&self, step: &Step) {
        let mut captured = self.names.captured.borrow_mut();
        step.captured()
            .for_each(|name| drop(captured.swap_remove(name)));
    }

    fn unsent(&self, step: &Step, status: Status, reason: &str, by: Option<String>) {
        let state = match status {
            Status::Blocked => State::Blocked(by.clone().unwrap_or_else(|| reason.to_owned())),
            Status::Skipped => State::Skipped,
            _ => State::Stopped,
        };
        if status != Status::Skipped {
            self.forget(step);
        }
        self.set(step, state);
        self.shared.snapshots.missed(step);
        self.count(step, status);
        (self.emit)(Event::RequestFinished(Box::new(
            self.emitter.unsent(step, status, reason, by),
        )));
    }

    /// Counts a request; setup and teardown only where something went wrong with them.
    fn count(&self, step: &Step, status: Status) {
        let wrong = matches!(status, Status::Failed | Status::Blocked);
        if step.part == Part::Request || wrong {
            self.counts.borrow_mut().add(status);
        }
        if status == Status::Failed {
            self.shared.stop.failed(self.shared.settings.max_failures);
        }
    }

    /// What keeps a step from being sent.
    fn obstacle(&self, step: &Step) -> Option<Blocker> {
        if let Some(unreachable) = self.unreachable(step) {
            return Some(unreachable);
        }
        let states = self.states.borrow();
        let missing = |name: &str| !self.names.captured.borrow().contains_key(name);
        for need in &step.needs {
            let maker = self.collection.steps.get(need.step)?;
            let state = states.get(need.step).cloned().unwrap_or_default();
            let title = self.names.redactor.redact(&maker.name).into_owned();
            let lacking = need.capture.as_deref().is_none_or(missing);
            match (state, &need.capture) {
                (State::Skipped, _) if lacking => {
                    return Some(Blocker::of_skipped(step.part, &title));
                }
                (State::Blocked(by), _) if lacking => {
                    return Some(Blocker::of_capture(
                        step.part,
                        by,
                        need.capture.as_deref(),
                        &title,
                    ));
                }
                (State::Failed | State::Pending | State::Stopped, None) => {
                    return Some(Blocker::Blocked {
                        by: title.clone(),
                        reason: format!("it needs `{title}`, which failed"),
                    });
                }
                (_, Some(name)) if lacking => {
                    return Some(Blocker::of_capture(
                        step.part,
                        title.clone(),
                        Some(name),
                        &title,
                    ));
                }
                _ => {}
            }
        }
        let lost = step.from_project.iter().find(|name| missing(name))?;
        let title = self
            .makers
            .get(lost)
            .map_or("the project's setup", String::as_str);
        Some(Blocker::of_capture(
            step.part,
            title.to_owned(),
            Some(lost),
            title,
        ))
    }

    /// The obstacle that the stage could not be reached before.
    fn unreachable(&self, step: &Step) -> Option<Blocker> {
        let base = self.base.as_ref()?;
        let by = self.shared.down.cause(base)?;
        if step.expects_error || step.request.url.value.text().contains("://") {
            return None;
        }
        // What could not be set up need not be taken down.
        let quiet = step.part == Part::Teardown;
        let reason = "the stage cannot be reached".to_owned();
        Some(if quiet {
            Blocker::Quiet
        } else {
            Blocker::Blocked { by, reason }
        })
    }

    async fn send(&self, step: &Step) {
        self.begun.set(true);
        let stops_at = if step.part == Part::Teardown {
            Level::Now
        } else {
            Level::Interrupted
        };
        let track = ReplaySlot::new(
            &self.shared.settings.tape,
            (self.collection, self.emitter.row, step),
            self.names.redactor,
        );
        let track = track.based(self.base.as_ref());
        let (clients, jar, track) = (&self.worker.clients, &self.jar, &track);
        let wire = Sender {
            clients,
            jar,
            stop: self.shared.stop,
            stops_at,
            track,
            deadline: None,
        };
        let runner = Runner {
            step,
            names: &self.names,
            base: self.base.as_ref(),
            wire,
            reruns: self.shared.settings.retries,
            snapshots: Some(&self.shared.snapshots),
            run: self.emitter.row,
        };
        (self.emit)(Event::RequestStarted(RequestStarted {
            path: self.collection.path.clone(),
            collection_row: self.emitter.row,
            name: self.names.redactor.redact(&step.name).into_owned(),
            row: None,
        }));
        let state = RefCell::new(State::Skipped);
        let judged = |judged: StepResult| {
            let next = self.judged(step, &judged);
            let mut state = state.borrow_mut();
            *state = worst(std::mem::take(&mut *state), next);
        };
        // A panic is a defect of this program; it ends this request alone.
        let work = pin!(runner.run(judged));
        if let Err(panic) = AssertUnwindSafe(work).catch_unwind().await {
            self.forget(step);
            self.judged(step, &StepResult::panicked(step, panic.as_ref()));
            *state.borrow_mut() = State::Failed;
        }
        self.set(step, state.take());
        for warning in self.names.warnings.take() {
            (self.emit)(Event::Problem(warning.to_event(self.names.redactor)));
        }
    }

    fn judged(&self, step: &Step, judged: &StepResult) -> State {
        self.watch_stage(step, judged);
        if !judged.looked {
            self.shared.snapshots.missed(step);
        }
        let told = self.emitter.judged(step, judged);
        self.count(step, told.status);
        (self.emit)(Event::RequestFinished(Box::new(told)));
        match &judged.verdict {
            Verdict::Passed | Verdict::Flaky | Verdict::Nothing => State::Passed,
            Verdict::Failed(_) => State::Failed,
            Verdict::Skipped(_) => State::Skipped,
            Verdict::NotRun(_) => State::Stopped,
            Verdict::Blocked(by) => State::Blocked(by.clone()),
        }
    }

    /// Notes that a stage answered, or that it cannot be reached.
    fn watch_stage(&self, step: &Step, judged: &StepResult) {
        let (Some(base), Some(exchange)) = (&self.base, &judged.exchange) else {
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
}

/// Rows end one by one; the step as a whole passed only if all of them did.
fn worst(one: State, two: State) -> State {
    let rank = |state: &State| match state {
        State::Failed => 4,
        State::Stopped => 3,
        State::Blocked(_) => 2,
        State::Passed => 1,
        State::Skipped | State::Pending => 0,
    };
    if rank(&two) >= rank(&one) { two } else { one }
}

/// What keeps a step from being sent.
enum Blocker {
    /// A teardown that has nothing to take down.
    Quiet,
    Skipped(String),
    Blocked {
        by: String,
        reason: String,
    },
}

impl Blocker {
    fn of_skipped(part: Part, title: &str) -> Self {
        match part {
            Part::Teardown => Self::Quiet,
            _ => Self::Skipped(format!("it needs `{title}`, which was skipped")),
        }
    }

    fn of_capture(part: Part, by: String, capture: Option<&str>, title: &str) -> Self {
        let what = capture.map_or_else(
            || format!("`{title}`"),
            |name| format!("`{name}`, which `{title}` did not capture"),
        );
        match part {
            Part::Teardown if capture.is_some() => Self::Quiet,
            _ => Self::Blocked {
                by,
                reason: format!("it needs {what}"),
            },
        }
    }
}

/// A row with its number, from 1; `None` where a collection runs without rows.
pub(super) type Row = Option<(usize, Arc<Value>)>;

/// The rows that a collection runs once each for; one run without a row where it has none.
pub(super) fn rows(collection: &Collection, shared: &RunState<'_>) -> Result<Vec<Row>, String> {
    let Some(rows) = &collection.rows else {
        return Ok(vec![None]);
    };
    let names = VariableScope::new(collection, None, Captured::default(), shared.common());
    let scope = RequestScope::of_collection(&names);
    let found = fill::rows(rows, &scope, &rows.span).map_err(|unfilled| unfilled.message)?;
    let found: Vec<Row> = found
        .enumerate()
        .map(|(index, row)| Some((index + 1, row)))
        .collect();
    if found.is_empty() {
        Err(fill::NO_ROWS.to_owned())
    } else {
        Ok(found)
    }
}

/// The URL that a row of a collection is sent to; a local stage is started for it.
pub(super) fn base_at(
    (collection, row): (&Collection, Row),
    shared: &RunState<'_>,
) -> Result<Option<Url>, String> {
    let names = VariableScope::new(
        collection,
        row.map(|(_, value)| value),
        Captured::default(),
        shared.common(),
    );
    resolve_base(&names, shared)
}

fn resolve_base(names: &VariableScope<'_>, shared: &RunState<'_>) -> Result<Option<Url>, String> {
    let Some(stage) = &names.collection.stage else {
        return Ok(None);
    };
    let base = match &stage.base {
        Base::Url(url) => url.clone(),
        Base::Gateway(gateway) => match &shared.settings.tape {
            RecordMode::Replay(recording) => replay::stage_of(recording, names.collection)?,
            _ => shared.gateways.start(gateway, &names.collection.context)?,
        },
        Base::Template(template) => {
            let scope = RequestScope::of_collection(names);
            let text = fill::target::base_text(template, &scope)?;
            crate::http::url::base(&text).map_err(|error| error.message)?
        }
    };
    crate::http::url::hide_login(&base, "base_url", names.redactor);
    Ok(Some(base))
}
