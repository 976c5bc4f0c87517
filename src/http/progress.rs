//! How far the exchange that runs now has come, so that a time-out can say what it waited for.
//!
//! The client does not tell: a layer around its connector and the reader of bodies note it in a task-local, which costs an
//! exchange no allocation, and nothing at all where a connection is used again.

use std::cell::Cell;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use tower_layer::Layer;
use tower_service::Service;

use super::Timing;

/// What is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// A connection: name, TCP, proxy and TLS.
    Connecting,
    /// The head of the answer.
    Waiting,
    /// The rest of the body, of which so many bytes came.
    Reading(u64),
}

/// What one exchange did.
pub(super) struct Progress {
    stage: Cell<Stage>,
    /// Whether a connection was begun for the request that is on its way.
    connected: Cell<bool>,
    /// When the hop began.
    started: Cell<Instant>,
    /// Where the hop's time went so far.
    timing: Cell<Timing>,
}

impl Default for Progress {
    fn default() -> Self {
        let timing = Cell::new(Timing::default());
        Self { stage: Cell::new(Stage::Waiting), connected: Cell::new(false), started: Cell::new(Instant::now()), timing }
    }
}

tokio::task_local! {
    pub(super) static PROGRESS: Progress;
}

/// Notes what is waited for now; outside an exchange nothing happens.
pub(super) fn note(stage: Stage) {
    // Without an exchange there is nothing to note: a connection may be finished in the background.
    let _ = PROGRESS.try_with(|progress| progress.stage.set(stage));
}

/// What is waited for now.
pub(super) fn stage() -> Stage {
    PROGRESS.try_with(|progress| progress.stage.get()).unwrap_or(Stage::Waiting)
}

/// A request of the exchange begins: its time is counted from here.
pub(super) fn start_hop() {
    let _ = PROGRESS.try_with(|progress| {
        progress.started.set(Instant::now());
        progress.timing.set(Timing::default());
    });
}

/// Notes where time went; `elapsed` is what no phase has yet.
pub(super) fn note_time(change: impl FnOnce(&mut Timing, Duration)) {
    let _ = PROGRESS.try_with(|progress| {
        let mut timing = progress.timing.get();
        let phases = [timing.dns, timing.connect, timing.tls, timing.first_byte, timing.download];
        let known: Duration = phases.into_iter().flatten().sum();
        change(&mut timing, progress.started.get().elapsed().saturating_sub(known));
        progress.timing.set(timing);
    });
}

/// Where the time of the request went until now.
pub(super) fn timing() -> Timing {
    PROGRESS.try_with(|progress| Timing { total: progress.started.get().elapsed(), ..progress.timing.get() }).unwrap_or_default()
}

/// Forgets the connections made so far.
pub(super) fn start_request() {
    let _ = PROGRESS.try_with(|progress| progress.connected.set(false));
    note(Stage::Waiting);
}

/// Whether the request went out on a connection that was there already.
pub(super) fn reused_connection() -> bool {
    PROGRESS.try_with(|progress| !progress.connected.get()).unwrap_or(false)
}

/// Around the client's connector: notes when a connection begins and when it stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct WatchConnections;

/// A connector that is watched.
#[derive(Debug, Clone)]
pub(super) struct Watched<S>(S);

impl<S> Layer<S> for WatchConnections {
    type Service = Watched<S>;

    fn layer(&self, inner: S) -> Watched<S> {
        Watched(inner)
    }
}

impl<S, R> Service<R> for Watched<S>
where
    S: Service<R>,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, target: R) -> Self::Future {
        let connect = self.0.call(target);
        Box::pin(async move {
            let _ = PROGRESS.try_with(|progress| progress.connected.set(true));
            note(Stage::Connecting);
            let started = Instant::now();
            let connection = connect.await;
            note_time(|timing, _| timing.connect = Some(started.elapsed()));
            note(Stage::Waiting);
            connection
        })
    }
}
