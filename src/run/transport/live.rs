//! Over the wire.

use std::time::{Duration, Instant};

use super::{Call, Channel, Transport};
use crate::http::{ConnectionPool, Error, Exchange, Frame, WebSocket};

/// Sends over the connections of a worker.
pub(in crate::run) struct Live<'a> {
    pub(in crate::run) clients: &'a ConnectionPool,
}

impl Transport for Live<'_> {
    type Channel = LiveChannel;

    async fn exchange(&self, call: Call<'_>) -> Exchange {
        let Call {
            request,
            options,
            jar,
            until,
            ..
        } = call;
        match until {
            Some(until) => Box::pin(self.clients.send_until(request, options, jar, until)).await,
            None => self.clients.send(request, options, jar).await,
        }
    }

    async fn open(&self, call: Call<'_>) -> (Exchange, Option<LiveChannel>) {
        let started = self.now();
        let opening = self
            .clients
            .open_websocket(call.request, call.options, call.jar);
        let (exchange, socket) = opening.await;
        let channel = socket.map(|socket| LiveChannel {
            socket: Box::new(socket),
            started,
        });
        (exchange, channel)
    }
}

/// A connection, and when its handshake began.
pub(in crate::run) struct LiveChannel {
    socket: Box<WebSocket>,
    started: Instant,
}

impl Channel for LiveChannel {
    fn now(&self) -> Duration {
        self.started.elapsed()
    }

    fn is_timed(&self) -> bool {
        true
    }

    async fn send(
        &mut self,
        frame: Frame,
        fragment: Option<usize>,
        until: Duration,
    ) -> Result<(), Error> {
        let end = self.started + until;
        let sent = tokio::time::timeout_at(end.into(), self.socket.send(frame, fragment)).await;
        sent.unwrap_or_else(|_| Err(self.socket.not_taken()))
    }

    async fn receive(&mut self, until: Duration) -> Option<Result<Option<Frame>, Error>> {
        let end = self.started + until;
        tokio::time::timeout_at(end.into(), self.socket.receive())
            .await
            .ok()
    }
}
