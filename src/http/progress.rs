//! How far the exchange that runs now has come, so that a time-out can say what it waited for.
//!
//! Whoever makes connections and reads bodies notes it in a task-local, which costs an exchange no allocation.

use std::cell::Cell;
use std::time::{Duration, Instant};

use super::Timing;

/// What is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// A name server.
    Resolving,
    /// The connection.
    Connecting,
    /// The proxy, which connects to the server.
    Tunnelling,
    /// The TLS handshake.
    Handshake,
    /// The head of the response.
    Waiting,
}

/// What one exchange did.
pub(super) struct Progress {
    stage: Cell<Stage>,
    /// When the hop began.
    started: Cell<Instant>,
    /// Where the hop's time went so far.
    timing: Cell<Timing>,
}

impl Default for Progress {
    fn default() -> Self {
        let timing = Cell::new(Timing::default());
        Self {
            stage: Cell::new(Stage::Waiting),
            started: Cell::new(Instant::now()),
            timing,
        }
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
    PROGRESS
        .try_with(|progress| progress.stage.get())
        .unwrap_or(Stage::Waiting)
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
        let phases = [
            timing.dns,
            timing.connect,
            timing.tls,
            timing.first_byte,
            timing.download,
        ];
        let known: Duration = phases.into_iter().flatten().sum();
        change(
            &mut timing,
            progress.started.get().elapsed().saturating_sub(known),
        );
        progress.timing.set(timing);
    });
}

/// Where the time of the request went until now.
pub(super) fn timing() -> Timing {
    PROGRESS
        .try_with(|progress| Timing {
            total: progress.started.get().elapsed(),
            ..progress.timing.get()
        })
        .unwrap_or_default()
}
