//! Between a request and the wire: exchanges are kept, or come from a recording.

use std::cell::Cell;
use std::time::Instant;

use url::Url;

use super::channel::MessageChannel;
use crate::http::{self, ConnectionPool, Error, ErrorKind, Exchange, Jar, Options, StreamLimit};
use crate::plan::{Collection, Step};
use crate::recording::{Entry, Identity, RecordMode, Recording, ReplayKey};
use crate::secret::Redactor;

/// The tape as one request has it.
pub(super) struct ReplaySlot<'a> {
    tape: &'a RecordMode,
    of: Option<(&'a Collection, Option<usize>, &'a Step)>,
    redactor: &'a Redactor,
    base: Option<&'a Url>,
    /// The row that is sent now, from 1.
    pub(super) row: Cell<Option<usize>>,
}

impl<'a> ReplaySlot<'a> {
    /// Of a step of a collection, of which row of the collection.
    pub(super) fn new(
        tape: &'a RecordMode,
        of: (&'a Collection, Option<usize>, &'a Step),
        redactor: &'a Redactor,
    ) -> Self {
        Self {
            tape,
            of: Some(of),
            redactor,
            base: None,
            row: Cell::new(None),
        }
    }

    /// Of what is not part of the run, such as waiting for a stage.
    pub(super) fn off(redactor: &'a Redactor) -> Self {
        Self {
            tape: &RecordMode::Off,
            of: None,
            redactor,
            base: None,
            row: Cell::new(None),
        }
    }

    /// With the stage's URL.
    pub(super) fn based(self, base: Option<&'a Url>) -> Self {
        Self { base, ..self }
    }

    /// The secrets of the run.
    pub(super) fn secrets(&self) -> &Redactor {
        self.redactor
    }

    fn identity(&self) -> Option<Identity> {
        let (collection, collection_row, step) = self.of?;
        let name = self.redactor.redact(&step.name).into_owned();
        let (path, collection) = (collection.path.clone(), collection.name.clone());
        Some(Identity {
            path,
            collection,
            collection_row,
            name,
            row: self.row.get(),
        })
    }

    /// The exchange: over the wire, or from the recording.
    pub(super) async fn exchange(
        &self,
        clients: &ConnectionPool,
        request: http::Request,
        (options, jar): (&Options, Option<&Jar>),
        until: Option<&StreamLimit<'_>>,
    ) -> Exchange {
        match (self.tape, self.identity_in_replay()) {
            (RecordMode::Replay(recording), Some(of)) => {
                let asker = ReplayKey {
                    of: &of,
                    base: self.base,
                    redactor: self.redactor,
                };
                http::replay(request, options, jar, |target| {
                    recording.find(asker, target)
                })
            }
            _ => match until {
                Some(until) => Box::pin(clients.send_until(request, options, jar, until)).await,
                None => clients.send(request, options, jar).await,
            },
        }
    }

    /// Asks for a WebSocket: over the wire, or from the recording.
    pub(super) async fn open(
        &self,
        clients: &ConnectionPool,
        request: http::Request,
        (options, jar): (&Options, Option<&Jar>),
    ) -> (Exchange, Option<MessageChannel>) {
        if !self.is_replay() {
            let started = Instant::now();
            let (exchange, socket) = clients.open_websocket(request, options, jar).await;
            return (
                exchange,
                socket.map(|socket| MessageChannel::Wire(Box::new(socket), started)),
            );
        }
        let mut exchange = self.exchange(clients, request, (options, jar), None).await;
        let opened = exchange
            .result
            .as_ref()
            .is_ok_and(|response| response.status == 101);
        let line = exchange.transcript.take().map(MessageChannel::kept);
        if opened && line.is_none() {
            let error = Error::new(
                ErrorKind::Request,
                "the recording keeps of this WebSocket the handshake alone",
            );
            exchange.result = Err(error.hint("record again with `--record FILE`"));
        }
        (exchange, line)
    }

    fn identity_in_replay(&self) -> Option<Identity> {
        if self.is_replay() {
            self.identity()
        } else {
            None
        }
    }

    /// Writes an exchange down, or hands it on.
    pub(super) fn keep(&self, exchange: &Exchange) {
        let entry = || {
            Some(Entry::new(
                self.identity()?,
                self.base,
                exchange,
                self.redactor,
            ))
        };
        let all = || {
            Some(Entry::all(
                &self.identity()?,
                self.base,
                exchange,
                self.redactor,
            ))
        };
        match self.tape {
            RecordMode::Record(recorder) => {
                all().iter().flatten().for_each(|entry| recorder.add(entry));
            }
            // Who has heard enough is no fault of the run.
            RecordMode::Tell(listener) => drop(entry().map(|entry| listener.send(Box::new(entry)))),
            RecordMode::Off | RecordMode::Replay(_) => {}
        }
    }

    /// Whether nothing is sent: then nothing is waited for either.
    pub(super) fn is_replay(&self) -> bool {
        matches!(self.tape, RecordMode::Replay(_))
    }

    /// Whether another try can have another response.
    pub(super) fn has_more(&self) -> bool {
        match (self.tape, self.identity_in_replay()) {
            (RecordMode::Replay(recording), Some(of)) => recording.has_more(&of),
            _ => true,
        }
    }
}

/// The URL of a local stage that is not started, since it answered before.
///
/// # Errors
/// Where the recording does not know it.
pub(super) fn stage_of(recording: &Recording, collection: &Collection) -> Result<Url, String> {
    let unknown = || {
        "the recording has nothing of this local stage; `--base-url` says where it was".to_owned()
    };
    recording
        .base(&collection.path, &collection.name)
        .ok_or_else(unknown)
}
