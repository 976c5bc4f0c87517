//! From a recording: nothing is sent, and nothing takes time.

use std::time::{Duration, Instant};

use url::Url;

use super::replayed_channel::ReplayedChannel;
use super::{Call, Caller, Transport};
use crate::http::{self, Error, ErrorKind, Exchange};
use crate::plan::Collection;
use crate::recording::{Recording, ReplayKey};
use crate::secret::Redactor;

/// Takes responses from a recording.
pub(in crate::run) struct Replay<'a> {
    pub(super) recording: &'a Recording,
    pub(super) redactor: &'a Redactor,
}

impl Transport for Replay<'_> {
    type Channel = ReplayedChannel;

    async fn exchange(&self, call: Call<'_>) -> Exchange {
        let of = call.caller.identity(self.redactor);
        let key = ReplayKey {
            of: &of,
            base: call.caller.base,
            redactor: self.redactor,
        };
        http::replay(call.request, call.options, call.jar, |target| {
            self.recording.find(key, target)
        })
    }

    async fn open(&self, call: Call<'_>) -> (Exchange, Option<ReplayedChannel>) {
        let mut exchange = self.exchange(call).await;
        let opened = exchange
            .result
            .as_ref()
            .is_ok_and(|response| response.status == 101);
        let channel = exchange.transcript.take().map(ReplayedChannel::new);
        if opened && channel.is_none() {
            let error = Error::new(
                ErrorKind::Request,
                "the recording contains only the handshake of this WebSocket",
            );
            exchange.result = Err(error.hint("record again with `--record FILE`"));
        }
        (exchange, channel)
    }

    fn has_more(&self, caller: &Caller<'_>) -> bool {
        self.recording.has_more(&caller.identity(self.redactor))
    }

    fn needs_stage(&self) -> bool {
        false
    }

    fn local_stage(&self, collection: &Collection) -> Result<Option<Url>, String> {
        let known = self.recording.base(&collection.path, &collection.name);
        known.map(Some).ok_or_else(|| {
            "the recording has nothing from this local stage; set its URL with `--base-url`"
                .to_owned()
        })
    }

    fn left_until(&self, _: Instant) -> Option<Duration> {
        None
    }

    async fn sleep(&self, _: Duration) {}
}
