//! What happens: a plan is carried out, and told as events.
//!
//! A worker is a thread with its own runtime and its own connections. Collections are dealt to workers; inside one,
//! requests run in order and nothing hops between threads while a request is in flight.
//!
//! A step reads what its collection knows, and returns what it did (`StepResult`); only the collection's run commits it:
//! captures, snapshots, counts and events. Steps reach servers through a `Transport`.

mod attempt;
mod blocker;
mod body;
mod captures;
mod collection;
mod command;
mod context;
mod credentials;
mod evaluate;
mod events;
mod fill;
mod group;
mod job;
mod options;
mod pace;
mod preview;
mod problem;
mod repeat;
mod result;
mod retry;
mod rows;
mod schedule;
mod scope;
mod secrets;
mod sender;
mod settings;
mod shown;
mod snapshots;
mod stages;
mod state;
mod step;
mod stop;
mod summary;
#[cfg(test)]
mod testing;
mod transport;
mod wait;
mod websocket;

pub use preview::{Preview, preview};
pub use secrets::register as register_secrets;
pub use settings::Settings;
pub(crate) use shown::{shell_word, shown, target};
pub use stop::{Level, Stop};
pub use summary::{Outcome, exit_code};

use std::cell::RefCell;
use std::time::Instant;

use schedule::Worker;
use state::RunState;

use crate::event::Event;
use crate::plan::Plan;

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
            let carried = schedule::carry_out(plan, &shared, &worker, &emit);
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
    outcome.internal = outcome.internal.or(shared.broke());
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
