//! What happens: a plan is carried out, and told as events.
//!
//! A worker is a thread with its own runtime and its own connections. Collections are dealt to workers; inside one,
//! requests run in order and nothing hops between threads while a request is in flight.

mod attempt;
mod body;
mod channel;
mod collection;
mod command;
mod credentials;
mod emit;
mod fill;
mod group;
mod pace;
mod preview;
mod repeat;
mod replay;
mod scope;
mod secrets;
mod send;
mod snapshots;
mod stages;
mod step;
mod stop;
mod summary;
mod verdict;
mod wait;
mod websocket;

pub(crate) use emit::{shell_word, shown, target};
pub use preview::{Preview, preview};
pub use secrets::register as register_secrets;
pub use stop::{Level, Stop};
pub use summary::{Outcome, exit_code};

use std::any::Any;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::num::NonZero;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, mpsc};
use std::time::{Duration, Instant};

use collection::{CollectionRun, InitialState, Worker};
use credentials::Credentials;
use scope::RunContext;
use snapshots::Snapshots;
use stages::{Gateways, UnreachableStages};

use crate::event::{Counts, ErrorKind, Event, RequestFinished, Status, SubjectKind};
use crate::http::auth::Trust;
use crate::http::{Changes, Jar};
use crate::lock::IgnorePoison as _;
use crate::plan::{Collection, Plan};
use crate::recording::RecordMode;
use crate::secret::Redactor;
use crate::snapshot::{Mode, Unreferenced};

/// How a plan is carried out.
#[derive(Debug)]
pub struct Settings {
    /// When the run began.
    pub started: Instant,
    /// How many collections run side by side.
    pub jobs: NonZero<usize>,
    /// After how many failures no new request is sent.
    pub max_failures: Option<usize>,
    /// How often a failed request is run again.
    pub retries: u64,
    /// How long to wait until the stages are ready; `None`: not at all.
    pub wait_ready: Option<Duration>,
    /// Whether every exchange is told, not only those of failures.
    pub exchanges: bool,
    /// The run's id.
    pub run_id: String,
    /// The seed of everything random.
    pub seed: u64,
    /// The command line that runs the same again, without what is selected.
    pub command: String,
    /// What becomes of new and changed snapshots.
    pub snapshots: Mode,
    /// What becomes of snapshots that no request refers to any more, where that is said.
    pub unreferenced: Option<Unreferenced>,
    /// The run's redactor: it knows every secret, and what is kept in files passes through it.
    pub redactor: Redactor,
    /// That of what is shown: the same one, or one that hides nothing where only a terminal is told.
    pub shown: Redactor,
    /// Where responses come from, and whether they are kept.
    pub tape: RecordMode,
    /// The cookies that every collection starts with. Where there are some, the outcome has those of the end.
    pub cookies: Option<Jar>,
    /// Where credentials may go that are found.
    pub trust: Trust,
}

impl Settings {
    /// One collection after the other: nothing is waited for, run again, kept or held against what was kept.
    #[must_use]
    pub fn plain(redactor: Redactor) -> Self {
        Self {
            started: Instant::now(),
            jobs: NonZero::<usize>::MIN,
            max_failures: None,
            retries: 0,
            wait_ready: None,
            exchanges: false,
            run_id: String::new(),
            seed: 0,
            command: String::new(),
            snapshots: Mode::Ignore,
            unreferenced: None,
            shown: redactor.clone(),
            redactor,
            tape: RecordMode::Off,
            cookies: None,
            trust: Trust::default(),
        }
    }
}

/// The stack of a worker: that of the main thread, so that what is deep is so for both.
const STACK: usize = 8 << 20;

/// What all sessions of a run share.
pub(crate) struct RunState<'a> {
    settings: &'a Settings,
    stop: &'a Stop,
    gateways: Gateways,
    down: UnreachableStages,
    snapshots: Snapshots,
    /// What proves who sends the run's requests.
    credentials: Credentials,
    /// What collections did to the cookies that they started with, by the order of the plan.
    cookies: Mutex<BTreeMap<usize, Changes>>,
    /// What broke in this program.
    broke: Mutex<Option<String>>,
}

impl<'a> RunState<'a> {
    fn new(settings: &'a Settings, stop: &'a Stop) -> Self {
        Self {
            settings,
            stop,
            gateways: Gateways::default(),
            down: UnreachableStages::default(),
            snapshots: Snapshots::new(settings.snapshots, settings.unreferenced),
            credentials: Credentials::new(settings.trust.clone()),
            cookies: Mutex::default(),
            broke: Mutex::default(),
        }
    }

    /// What the names of every session need of the run.
    fn common(&self) -> RunContext<'_> {
        let Settings {
            redactor, run_id, ..
        } = self.settings;
        RunContext {
            redactor,
            credentials: &self.credentials,
            run_id,
            commands: self.stop,
        }
    }

    /// Notes what became other in a jar, where somebody wants the cookies of the end.
    fn note_cookies(&self, order: usize, (before, after): (&Jar, &Jar)) {
        if self.settings.cookies.is_some() {
            let changes = after.changes_since(before);
            self.cookies.lock().ignore_poison().insert(order, changes);
        }
    }

    /// The cookies of the end: those of the start with the changes of each collection, in the order of the plan.
    fn last_cookies(&self) -> Option<Jar> {
        let jar = self.settings.cookies.clone()?;
        let changes = std::mem::take(&mut *self.cookies.lock().ignore_poison());
        for changes in changes.into_values() {
            jar.apply(changes);
        }
        Some(jar)
    }

    /// Does the work. A panic is a defect of this program: it ends this work alone, and the run is not green.
    fn guarded(&self, what: &str, work: impl FnOnce()) {
        if let Err(panic) = catch_unwind(AssertUnwindSafe(work)) {
            let text = format!(
                "apitest itself failed in {what}: {}",
                panic_text(panic.as_ref())
            );
            self.broke.lock().ignore_poison().get_or_insert(text);
        }
    }
}

/// What a panic said.
fn panic_text(panic: &(dyn Any + Send)) -> &str {
    let text = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied());
    text.unwrap_or("it did not say why")
}

/// Carries out a plan; every event but the last is told, which is made from the outcome.
pub fn execute(
    plan: &Plan,
    settings: &Settings,
    stop: &Stop,
    emit: &mut dyn FnMut(Event),
) -> Outcome {
    let started = Instant::now();
    let shared = RunState::new(settings, stop);
    let watched = RefCell::new(Watched {
        emit,
        outcome: Outcome::default(),
    });
    let emit = |event: Event| watched.borrow_mut().emit(event);
    let mut result = Ok(Ok(()));
    shared.guarded("the run", || {
        result = Worker::new(&settings.redactor).map(|worker| {
            let carried = carry_out(plan, &shared, &worker, &emit);
            worker.end();
            carried
        });
    });
    let mut outcome = watched.into_inner().outcome;
    match result {
        Ok(Ok(())) => {}
        Ok(Err(not_ready)) => outcome.not_ready = Some(not_ready),
        Err(error) => outcome.internal = Some(format!("no runtime can be started: {error}")),
    }
    let broke = shared.broke.lock().ignore_poison().take();
    outcome.internal = outcome.internal.or(broke);
    outcome.cookies = shared.last_cookies();
    outcome.gateway_problems = shared.gateways.problems();
    outcome.unreachable = shared.down.count();
    outcome.interrupted = stop.interrupted();
    if !outcome.interrupted && outcome.internal.is_none() && outcome.not_ready.is_none() {
        outcome.unreferenced = shared.snapshots.unreferenced(plan);
    }
    outcome.snapshots = shared.snapshots.counts();
    outcome.unreferenced_fail = shared.snapshots.fail();
    outcome.duration = started.elapsed();
    stop.end_commands();
    outcome
}

/// Counts what passes by.
struct Watched<'a> {
    emit: &'a mut dyn FnMut(Event),
    outcome: Outcome,
}

impl Watched<'_> {
    fn emit(&mut self, event: Event) {
        match &event {
            Event::CollectionFinished(finished) => {
                self.outcome.counts = self.outcome.counts.plus(finished.counts);
            }
            Event::RequestFinished(finished) => self.outcome.note(finished),
            _ => {}
        }
        (self.emit)(event);
    }
}

/// The project's setup, the collections, the project's teardown. An error: the stages did not become ready.
fn carry_out(
    plan: &Plan,
    shared: &RunState<'_>,
    worker: &Worker,
    emit: &dyn Fn(Event),
) -> Result<(), String> {
    // What answers from a recording is ready.
    if let Some(limit) = shared
        .settings
        .wait_ready
        .filter(|_| !matches!(shared.settings.tape, RecordMode::Replay(_)))
    {
        wait::until_ready(plan, shared, worker, limit)?;
        if shared.stop.interrupted() {
            // Nothing was set up yet, so there is nothing to take down.
            shared.stop.raise(Level::Now);
        }
    }
    let start = InitialState {
        jar: shared.settings.cookies.clone(),
        ..InitialState::default()
    };
    match plan
        .project
        .as_ref()
        .filter(|project| !project.steps.is_empty() && !plan.collections.is_empty())
    {
        None => deal(plan, shared, worker, (&start, emit)),
        Some(project) => {
            let session = CollectionRun::new((project, None), shared, worker, &start, emit);
            session.run_around(|start| deal(plan, shared, worker, (&start, emit)));
        }
    }
    Ok(())
}

/// One run of a collection: a row of it, or the whole.
type Job<'a> = (&'a Collection, collection::Row);

/// Deals the collections to workers; with one worker nothing leaves this thread.
fn deal(
    plan: &Plan,
    shared: &RunState<'_>,
    worker: &Worker,
    (start, emit): (&InitialState, &dyn Fn(Event)),
) {
    let mut jobs: Vec<Job<'_>> = Vec::new();
    for collection in &plan.collections {
        match collection::rows(collection, shared) {
            Ok(rows) => jobs.extend(rows.into_iter().map(|row| (collection, row))),
            Err(reason) => {
                CollectionRun::new((collection, None), shared, worker, start, emit).refuse(&reason);
            }
        }
    }
    let dealer = JobQueue {
        jobs,
        next: AtomicUsize::new(0),
        shared,
        start,
    };
    let workers = shared.settings.jobs.get().min(dealer.jobs.len());
    if workers > 1 {
        dealer.side_by_side(workers, emit);
    }
    // With one worker this is all of them; else what was left where the system gave no thread or no runtime.
    dealer.work(worker, emit);
}

/// Hands out the runs of collections.
struct JobQueue<'a> {
    jobs: Vec<Job<'a>>,
    next: AtomicUsize,
    shared: &'a RunState<'a>,
    start: &'a InitialState,
}

impl JobQueue<'_> {
    fn side_by_side(&self, workers: usize, emit: &dyn Fn(Event)) {
        let (send, receive) = mpsc::channel();
        std::thread::scope(|threads| {
            for _ in 0..workers {
                let send = send.clone();
                let emit = move |event| drop(send.send(event));
                let work = move || {
                    let worker = Worker::new(&self.shared.settings.redactor)?;
                    self.work(&worker, &emit);
                    worker.end();
                    std::io::Result::Ok(())
                };
                if std::thread::Builder::new()
                    .stack_size(STACK)
                    .spawn_scoped(threads, work)
                    .is_err()
                {
                    break;
                }
            }
            drop(send);
            receive.into_iter().for_each(emit);
        });
    }

    /// Takes the next job until there is none.
    fn work(&self, worker: &Worker, emit: &dyn Fn(Event)) {
        loop {
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            let Some(job) = self.jobs.get(number) else {
                return;
            };
            self.shared.guarded(&job.0.path, || {
                let jar =
                    CollectionRun::new(job.clone(), self.shared, worker, self.start, emit).run();
                // Behind those of the project's setup.
                self.shared.note_cookies(
                    number + 1,
                    (self.start.jar.as_ref().unwrap_or(&Jar::default()), &jar),
                );
            });
        }
    }
}

impl Outcome {
    fn note(&mut self, finished: &RequestFinished) {
        let failed = finished.status == Status::Failed;
        let unreachable = finished.error.is_some_and(ErrorKind::is_unreachable);
        // Where an `error` was expected, another one is a failed expectation.
        let unexpected = !finished
            .failures
            .iter()
            .any(|failure| failure.subject.kind() == SubjectKind::Error);
        self.unreached |= failed && unreachable && unexpected;
        if failed && finished.rerun.is_some() {
            self.note_failed(&finished.path, &finished.name);
        }
    }
}

/// Whether anything of the counts is not as it should be.
fn is_red(counts: &Counts) -> bool {
    counts.failed + counts.blocked + counts.not_run > 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> Settings {
        Settings::plain(Redactor::default())
    }

    #[test]
    fn a_panic_ends_its_work_alone_and_the_run_is_an_internal_error() {
        let (settings, stop) = (settings(), Stop::default());
        let shared = RunState::new(&settings, &stop);
        let mut done = 0;
        shared.guarded("a.toml", || panic!("boom"));
        shared.guarded("b.toml", || done += 1);
        shared.guarded("c.toml", || panic!("a later one"));
        assert_eq!(done, 1);
        let broke = shared.broke.into_inner().unwrap();
        assert_eq!(
            broke.as_deref(),
            Some("apitest itself failed in a.toml: boom")
        );
        let mut outcome = Outcome::default();
        (outcome.internal, outcome.counts.passed) = (broke, 1);
        assert_eq!(exit_code(&outcome, false), 2);
    }
}
