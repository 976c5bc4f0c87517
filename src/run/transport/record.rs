//! Over the wire, with a recording.

use std::sync::mpsc;

use super::live::LiveChannel;
use super::{Call, Caller, Live, Transport};
use crate::http::Exchange;
use crate::recording::{Entry, Recorder};
use crate::secret::Redactor;

/// Sends over the wire, and records every exchange.
///
/// Exchanges are written as soon as they are over, so that memory does not grow with their number. Each is written with the step and
/// the row that it belongs to: their order does not matter to whoever replays them.
pub(in crate::run) struct Record<'a> {
    live: Live<'a>,
    destination: Destination<'a>,
    redactor: &'a Redactor,
}

/// Where exchanges are recorded.
enum Destination<'a> {
    File(&'a Recorder),
    Listener(&'a mpsc::Sender<Box<Entry>>),
}

impl<'a> Record<'a> {
    pub(super) fn to_file(live: Live<'a>, recorder: &'a Recorder, redactor: &'a Redactor) -> Self {
        Self {
            live,
            destination: Destination::File(recorder),
            redactor,
        }
    }

    pub(super) fn to_listener(
        live: Live<'a>,
        listener: &'a mpsc::Sender<Box<Entry>>,
        redactor: &'a Redactor,
    ) -> Self {
        Self {
            live,
            destination: Destination::Listener(listener),
            redactor,
        }
    }
}

impl Transport for Record<'_> {
    type Channel = LiveChannel;

    async fn exchange(&self, call: Call<'_>) -> Exchange {
        self.live.exchange(call).await
    }

    async fn open(&self, call: Call<'_>) -> (Exchange, Option<LiveChannel>) {
        self.live.open(call).await
    }

    fn record(&self, caller: &Caller<'_>, exchange: &Exchange) {
        let of = caller.identity(self.redactor);
        match self.destination {
            Destination::File(recorder) => {
                for entry in Entry::all(&of, caller.base, exchange, self.redactor) {
                    recorder.add(&entry);
                }
            }
            Destination::Listener(listener) => {
                let entry = Entry::new(of, caller.base, exchange, self.redactor);
                // A listener that has heard enough is no fault of the run.
                drop(listener.send(Box::new(entry)));
            }
        }
    }
}
