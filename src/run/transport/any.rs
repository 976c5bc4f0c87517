//! The transport that is known only when a run begins.

use std::time::{Duration, Instant};

use url::Url;

use super::live::LiveChannel;
use super::record::Record;
use super::replay::Replay;
use super::replayed_channel::ReplayedChannel;
use super::{Call, Caller, Channel, Live, Transport};
use crate::http::{ConnectionPool, Error, Exchange, Frame};
use crate::plan::Collection;
use crate::recording::RecordMode;
use crate::secret::Redactor;

/// The transport that the options of a run ask for.
pub(in crate::run) enum AnyTransport<'a> {
    Live(Live<'a>),
    Record(Record<'a>),
    Replay(Replay<'a>),
}

impl<'a> AnyTransport<'a> {
    pub(in crate::run) fn new(
        mode: &'a RecordMode,
        clients: &'a ConnectionPool,
        redactor: &'a Redactor,
    ) -> Self {
        let live = Live { clients };
        match mode {
            RecordMode::Off => Self::Live(live),
            RecordMode::Record(recorder) => Self::Record(Record::to_file(live, recorder, redactor)),
            RecordMode::Tell(listener) => {
                Self::Record(Record::to_listener(live, listener, redactor))
            }
            RecordMode::Replay(recording) => Self::Replay(Replay {
                recording,
                redactor,
            }),
        }
    }
}

impl Transport for AnyTransport<'_> {
    type Channel = AnyChannel;

    async fn exchange(&self, call: Call<'_>) -> Exchange {
        match self {
            Self::Live(live) => live.exchange(call).await,
            Self::Record(record) => record.exchange(call).await,
            Self::Replay(replay) => replay.exchange(call).await,
        }
    }

    async fn open(&self, call: Call<'_>) -> (Exchange, Option<AnyChannel>) {
        match self {
            Self::Live(live) => {
                let (exchange, channel) = live.open(call).await;
                (exchange, channel.map(AnyChannel::Live))
            }
            Self::Record(record) => {
                let (exchange, channel) = record.open(call).await;
                (exchange, channel.map(AnyChannel::Live))
            }
            Self::Replay(replay) => {
                let (exchange, channel) = replay.open(call).await;
                (exchange, channel.map(AnyChannel::Replayed))
            }
        }
    }

    fn record(&self, caller: &Caller<'_>, exchange: &Exchange) {
        if let Self::Record(record) = self {
            record.record(caller, exchange);
        }
    }

    fn has_more(&self, caller: &Caller<'_>) -> bool {
        match self {
            Self::Live(_) | Self::Record(_) => true,
            Self::Replay(replay) => replay.has_more(caller),
        }
    }

    fn needs_stage(&self) -> bool {
        match self {
            Self::Live(_) | Self::Record(_) => true,
            Self::Replay(replay) => replay.needs_stage(),
        }
    }

    fn local_stage(&self, collection: &Collection) -> Result<Option<Url>, String> {
        match self {
            Self::Live(_) | Self::Record(_) => Ok(None),
            Self::Replay(replay) => replay.local_stage(collection),
        }
    }

    fn left_until(&self, deadline: Instant) -> Option<Duration> {
        match self {
            Self::Live(live) => live.left_until(deadline),
            Self::Record(record) => record.left_until(deadline),
            Self::Replay(replay) => replay.left_until(deadline),
        }
    }

    async fn sleep(&self, pause: Duration) {
        match self {
            Self::Live(live) => live.sleep(pause).await,
            Self::Record(record) => record.sleep(pause).await,
            Self::Replay(replay) => replay.sleep(pause).await,
        }
    }
}

/// A WebSocket of [`AnyTransport`].
pub(in crate::run) enum AnyChannel {
    Live(LiveChannel),
    Replayed(ReplayedChannel),
}

impl Channel for AnyChannel {
    fn now(&self) -> Duration {
        match self {
            Self::Live(channel) => channel.now(),
            Self::Replayed(channel) => channel.now(),
        }
    }

    fn is_timed(&self) -> bool {
        match self {
            Self::Live(channel) => channel.is_timed(),
            Self::Replayed(channel) => channel.is_timed(),
        }
    }

    async fn send(
        &mut self,
        frame: Frame,
        fragment: Option<usize>,
        until: Duration,
    ) -> Result<(), Error> {
        match self {
            Self::Live(channel) => channel.send(frame, fragment, until).await,
            Self::Replayed(channel) => channel.send(frame, fragment, until).await,
        }
    }

    async fn receive(&mut self, until: Duration) -> Option<Result<Option<Frame>, Error>> {
        match self {
            Self::Live(channel) => channel.receive(until).await,
            Self::Replayed(channel) => channel.receive(until).await,
        }
    }
}
