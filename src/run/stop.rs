//! How a run is stopped: by a signal, or since enough has failed.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::watch;

use super::group::Groups;

/// How far a run is to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Not at all.
    Running,
    /// No new request; what runs is finished. Teardown runs.
    Enough,
    /// What runs is ended too. Teardown runs.
    Interrupted,
    /// Teardown is ended as well.
    Now,
}

/// Why something was not run, where a signal came.
pub(super) const INTERRUPTED: &str = "interrupted";

impl Level {
    /// Why nothing new is begun.
    pub(super) fn reason(self) -> &'static str {
        if self >= Self::Interrupted {
            INTERRUPTED
        } else {
            "the limit of failures was reached"
        }
    }
}

/// The switch that stops a run; clones are the same switch.
#[derive(Debug, Clone)]
pub struct Stop {
    level: Arc<watch::Sender<Level>>,
    failures: Arc<AtomicUsize>,
    groups: Groups,
}

impl Default for Stop {
    fn default() -> Self {
        Self {
            level: Arc::new(watch::Sender::new(Level::Running)),
            failures: Arc::default(),
            groups: Groups::default(),
        }
    }
}

impl Stop {
    /// How far the run is to stop.
    #[must_use]
    pub fn level(&self) -> Level {
        *self.level.borrow()
    }

    /// Stops at least so far.
    pub fn raise(&self, level: Level) {
        self.level.send_if_modified(|now| {
            let raised = level > *now;
            *now = level.max(*now);
            raised
        });
    }

    /// A signal came: the first one interrupts, the second one ends teardown too.
    pub fn interrupt(&self) {
        let next = if self.level() < Level::Interrupted {
            Level::Interrupted
        } else {
            Level::Now
        };
        self.raise(next);
    }

    /// The process groups of the run's commands.
    pub(super) fn groups(&self) -> &Groups {
        &self.groups
    }

    /// Kills what the run's commands left running.
    pub fn end_commands(&self) {
        self.groups.kill();
    }

    /// Whether a signal stopped the run.
    #[must_use]
    pub fn interrupted(&self) -> bool {
        self.level() >= Level::Interrupted
    }

    /// Counts a failure, and stops where the most that are wanted are reached.
    pub(super) fn failed(&self, most: Option<usize>) {
        let failures = self.failures.fetch_add(1, Ordering::Relaxed) + 1;
        if most.is_some_and(|most| failures >= most) {
            self.raise(Level::Enough);
        }
    }

    /// Does the work unless the run is stopped so far: then the work is dropped, and there is no result.
    pub(super) async fn unless<T>(&self, level: Level, work: impl Future<Output = T>) -> Option<T> {
        let mut watch = self.level.subscribe();
        tokio::select! {
            biased;
            result = work => Some(result),
            _ = watch.wait_for(|now| *now >= level) => None,
        }
    }
}
