//! Which worker runs what, and when: the project's setup, the collections, the project's teardown.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

use tokio::runtime::Runtime;

use super::collection::{CollectionRun, InitialState, WorkerContext};
use super::job::Job;
use super::settings::Settings;
use super::state::RunState;
use super::stop::Level;
use super::transport::{AnyTransport, Transport};
use super::wait;
use crate::event::Event;
use crate::http::ConnectionPool;
use crate::plan::Plan;
use crate::secret::Redactor;

/// The stack of a worker: that of the main thread, so that what is deep is so for both.
const STACK: usize = 8 << 20;

/// What a worker brings: its runtime, and its clients with their open connections.
pub(super) struct Worker {
    runtime: Runtime,
    clients: ConnectionPool,
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

    fn transport<'a>(&'a self, settings: &'a Settings) -> AnyTransport<'a> {
        AnyTransport::new(&settings.tape, &self.clients, &settings.redactor)
    }

    /// Ends, and does not wait for what cannot be stopped, such as asking a name server that does not answer.
    pub(super) fn end(self) {
        let Self { runtime, clients } = self;
        drop(clients);
        runtime.shutdown_background();
    }
}

/// Runs the project's setup, the collections, and the project's teardown.
///
/// # Errors
/// If the stages did not become ready.
pub(super) fn carry_out(
    plan: &Plan,
    shared: &RunState<'_>,
    worker: &Worker,
    emit: &dyn Fn(Event),
) -> Result<(), String> {
    let settings = shared.settings;
    let transport = worker.transport(settings);
    if let Some(limit) = settings.wait_ready.filter(|_| transport.needs_stage()) {
        wait::until_ready(plan, shared, &worker.runtime, &worker.clients, limit)?;
        if shared.stop.interrupted() {
            // Nothing was set up yet, so there is nothing to take down.
            shared.stop.raise(Level::Now);
        }
    }
    let start = InitialState {
        jar: settings.cookies.clone(),
        ..InitialState::default()
    };
    let project = plan.project.as_ref();
    let project =
        project.filter(|project| !project.steps.is_empty() && !plan.collections.is_empty());
    let context = WorkerContext {
        runtime: &worker.runtime,
        transport: &transport,
    };
    match project {
        None => deal(plan, shared, context, &start, emit),
        Some(project) => {
            let run = CollectionRun::new(&Job::whole(project), shared, context, &start, emit);
            run.run_around(|start| deal(plan, shared, context, &start, emit));
        }
    }
    Ok(())
}

/// Deals the collections to workers; with one worker nothing leaves this thread.
fn deal(
    plan: &Plan,
    shared: &RunState<'_>,
    worker: WorkerContext<'_, AnyTransport<'_>>,
    start: &InitialState,
    emit: &dyn Fn(Event),
) {
    let mut jobs: Vec<Job<'_>> = Vec::new();
    for collection in &plan.collections {
        match Job::all(collection, shared) {
            Ok(all) => jobs.extend(all),
            Err(reason) => {
                let job = Job::whole(collection);
                CollectionRun::new(&job, shared, worker, start, emit).refuse(&reason);
            }
        }
    }
    let queue = JobQueue {
        jobs,
        next: AtomicUsize::new(0),
        shared,
        start,
    };
    let workers = shared.settings.jobs.get().min(queue.jobs.len());
    if workers > 1 {
        queue.side_by_side(workers, emit);
    }
    // With one worker this is all of them; else what was left if the system gave no thread or no runtime.
    queue.work(worker, emit);
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
        let settings = self.shared.settings;
        std::thread::scope(|threads| {
            for _ in 0..workers {
                let send = send.clone();
                let emit = move |event| drop(send.send(event));
                let work = move || {
                    let worker = Worker::new(&settings.redactor)?;
                    let context = WorkerContext {
                        runtime: &worker.runtime,
                        transport: &worker.transport(settings),
                    };
                    self.work(context, &emit);
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
    fn work(&self, worker: WorkerContext<'_, AnyTransport<'_>>, emit: &dyn Fn(Event)) {
        loop {
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            let Some(job) = self.jobs.get(number) else {
                return;
            };
            self.shared.guarded(&job.collection.path, || {
                let run = CollectionRun::new(job, self.shared, worker, self.start, emit);
                let jar = run.run();
                let before = self.start.jar.clone().unwrap_or_default();
                // Behind those of the project's setup.
                self.shared.note_cookies(number + 1, &before, &jar);
            });
        }
    }
}
