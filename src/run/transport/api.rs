//! What every transport can do.

use std::time::{Duration, Instant};

use url::Url;

use crate::http::{Error, Exchange, Frame, Jar, Options, Request, StreamLimit};
use crate::plan::{Collection, Step};
use crate::recording::Identity;
use crate::secret::Redactor;

/// Sends requests and opens `WebSocket`s.
pub(in crate::run) trait Transport {
    /// A WebSocket of this transport.
    type Channel: Channel;

    /// Sends a request and receives the response.
    async fn exchange(&self, call: Call<'_>) -> Exchange;

    /// Opens a WebSocket; without a channel the handshake was refused.
    async fn open(&self, call: Call<'_>) -> (Exchange, Option<Self::Channel>);

    /// Records an exchange, if this transport does. Called once the secrets in the response are known.
    fn record(&self, _caller: &Caller<'_>, _exchange: &Exchange) {}

    /// Whether another attempt can have another response.
    fn has_more(&self, _caller: &Caller<'_>) -> bool {
        true
    }

    /// Whether the stage must be running.
    fn needs_stage(&self) -> bool {
        true
    }

    /// The URL of a local stage that need not be started.
    ///
    /// # Errors
    /// If this transport needs no stage, and does not know the URL.
    fn local_stage(&self, _collection: &Collection) -> Result<Option<Url>, String> {
        Ok(None)
    }

    /// The time now.
    fn now(&self) -> Instant {
        Instant::now()
    }

    /// The time left until a deadline; `None` if responses take no time.
    fn left_until(&self, deadline: Instant) -> Option<Duration> {
        Some(deadline.saturating_duration_since(self.now()))
    }

    /// Waits.
    async fn sleep(&self, pause: Duration) {
        tokio::time::sleep(pause).await;
    }
}

/// One request to send.
pub(in crate::run) struct Call<'a> {
    pub(in crate::run) caller: &'a Caller<'a>,
    pub(in crate::run) request: Request,
    pub(in crate::run) options: &'a Options,
    pub(in crate::run) jar: Option<&'a Jar>,
    /// How much of a stream is read.
    pub(in crate::run) until: Option<&'a StreamLimit<'a>>,
}

/// The step that sends, as a recording knows it.
#[derive(Clone, Copy)]
pub(in crate::run) struct Caller<'a> {
    pub(in crate::run) collection: &'a Collection,
    /// The collection's row, from 1.
    pub(in crate::run) collection_row: Option<usize>,
    pub(in crate::run) step: &'a Step,
    /// The step's row, from 1.
    pub(in crate::run) row: Option<usize>,
    /// The URL of the stage.
    pub(in crate::run) base: Option<&'a Url>,
}

impl Caller<'_> {
    pub(super) fn identity(&self, redactor: &Redactor) -> Identity {
        Identity {
            path: self.collection.path.clone(),
            collection: self.collection.name.clone(),
            collection_row: self.collection_row,
            name: redactor.redact(&self.step.name).into_owned(),
            row: self.row,
        }
    }
}

/// An open WebSocket. Times count from the beginning of the handshake.
pub(in crate::run) trait Channel {
    /// The time now.
    fn now(&self) -> Duration;

    /// Whether the time passes by itself.
    fn is_timed(&self) -> bool;

    /// Sends a frame, until that time; a text or bytes in fragments of so many bytes, if that is asked for.
    ///
    /// # Errors
    /// If the connection is closed or breaks, and if the other side does not take it in time.
    async fn send(
        &mut self,
        frame: Frame,
        fragment: Option<usize>,
        until: Duration,
    ) -> Result<(), Error>;

    /// The next frame, `Ok(None)` if the connection is closed in good order; `None` if nothing comes until that time.
    async fn receive(&mut self, until: Duration) -> Option<Result<Option<Frame>, Error>>;
}
