//! How far the exchange that runs now has come, so that a time-out can say what it waited for.
//!
//! The client does not tell: a layer around its connector and the reader of bodies note it in a task-local, which costs an
//! exchange no allocation, and nothing at all where a connection is used again.

use std::cell::Cell;
use std::pin::Pin;
use std::task::{Context, Poll};

use tower_layer::Layer;
use tower_service::Service;

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
}

impl Default for Progress {
    fn default() -> Self {
        Self { stage: Cell::new(Stage::Waiting), connected: Cell::new(false) }
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
            let connection = connect.await;
            note(Stage::Waiting);
            connection
        })
    }
}
