//! Sends one request: not after the run was stopped, and not beyond a deadline.

use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::options::options;
use super::stop::{Level, Stop};
use super::transport::{Call, Caller, Transport};
use crate::budget;
use crate::http::{self, ErrorKind, Exchange, Jar, Options, StreamLimit};
use crate::secret::Redactor;

/// The time limit for evaluating one response, captures and expectations together.
pub(super) const EVALUATION: Duration = Duration::from_secs(10);

/// Sends the requests of a step.
pub(super) struct Sender<'a, T> {
    pub(super) transport: &'a T,
    /// The cookies of the collection. The jar has its own lock, which is never held while something is awaited.
    pub(super) jar: &'a Jar,
    pub(super) redactor: &'a Redactor,
    pub(super) stop: &'a Stop,
    /// How far the run must be stopped for this to stop: teardown goes on longer.
    pub(super) stops_at: Level,
    /// When every attempt is cut off: the end of `poll`, or of waiting for a stage.
    pub(super) deadline: Option<Instant>,
}

impl<T> Clone for Sender<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Sender<'_, T> {}

impl<T: Transport> Sender<'_, T> {
    /// Sends once; `None` if the run was stopped meanwhile.
    pub(super) async fn send(
        &self,
        caller: &Caller<'_>,
        request: http::Request,
        until: Option<&StreamLimit<'_>>,
    ) -> Option<Exchange> {
        let mut options = self.options(caller);
        // A compressed stream shows its events only at the end.
        options.compressed &= until.is_none();
        let call = Call {
            caller,
            request,
            jar: options.cookies.then_some(self.jar),
            options: &options,
            until,
        };
        // Pinned here, it is not moved through what wraps it.
        let exchange = pin!(self.transport.exchange(call));
        let exchange = self.unless_stopped(exchange).await?;
        Some(self.named_cut(exchange))
    }

    /// Asks once for a WebSocket; `None` if the run was stopped meanwhile.
    pub(super) async fn open(
        &self,
        caller: &Caller<'_>,
        request: http::Request,
    ) -> Option<(Exchange, Option<T::Channel>)> {
        let options = self.options(caller);
        let call = Call {
            caller,
            request,
            jar: options.cookies.then_some(self.jar),
            options: &options,
            until: None,
        };
        let opening = Box::pin(self.transport.open(call));
        let (exchange, channel) = self.unless_stopped(opening).await?;
        Some((self.named_cut(exchange), channel))
    }

    /// Why nothing new is sent, if so.
    pub(super) fn over(&self) -> Option<&'static str> {
        let limit = if self.stops_at == Level::Now {
            Level::Now
        } else {
            Level::Enough
        };
        let level = self.stop.level();
        (level >= limit).then(|| level.reason())
    }

    /// Whether what runs is stopped, for whoever does not await.
    pub(super) fn stopped(&self) -> budget::Stopped {
        let (stop, at) = (self.stop.clone(), self.stops_at);
        Arc::new(move || stop.level() >= at)
    }

    /// Evaluates expressions, with a budget of their own; `None` if the run was stopped meanwhile.
    pub(super) fn bounded<R>(&self, evaluate: impl FnOnce() -> R) -> Option<R> {
        let (done, spent) = budget::within(EVALUATION, self.stopped(), evaluate);
        if spent == Some(budget::Spent::Stopped) {
            None
        } else {
            Some(done)
        }
    }

    /// Whether what runs is stopped: what fails now does so for that.
    pub(super) fn is_stopped(&self) -> bool {
        self.stop.level() >= self.stops_at
    }

    /// The same, with every attempt cut off at a deadline.
    pub(super) fn until(self, deadline: Option<Instant>) -> Self {
        Self {
            deadline: [self.deadline, deadline].into_iter().flatten().min(),
            ..self
        }
    }

    /// The most that something may take which has a limit of its own.
    pub(super) fn limit(&self, own: Duration) -> Duration {
        let left = self
            .deadline
            .and_then(|deadline| self.transport.left_until(deadline));
        left.map_or(own, |left| left.min(own))
    }

    /// Whether anything could be sent after a pause.
    pub(super) fn has_time_for(&self, pause: Duration) -> bool {
        self.limit(pause) == pause
    }

    /// How the request is sent.
    fn options(&self, caller: &Caller<'_>) -> Options {
        let request = &caller.step.request;
        let mut options = Options {
            timeout: Some(self.limit(request.timeout())),
            ..options(request)
        };
        if options.follow_redirects > 0 {
            options.secrets.secrets = self.redactor.clone();
        }
        options
    }

    /// Whether the deadline ended an exchange, and not a limit of its own.
    pub(super) fn was_cut_off(&self, exchange: &Exchange) -> bool {
        let timed_out = exchange
            .error()
            .is_some_and(|error| error.kind == ErrorKind::Timeout);
        timed_out && self.limit(Duration::MAX).is_zero()
    }

    /// Names the deadline as what ended an exchange: `timeout` has nothing to do with it.
    fn named_cut(&self, mut exchange: Exchange) -> Exchange {
        if self.was_cut_off(&exchange) {
            let error = |message: &str| http::Error::new(ErrorKind::Timeout, message);
            match &mut exchange.result {
                Ok(response) => {
                    response.body_error = Some(Box::new(error(
                        "the body was not complete before the deadline",
                    )));
                }
                Err(missing) => *missing = error("no response before the deadline"),
            }
        }
        exchange
    }

    /// Waits; `None` if the run was stopped meanwhile.
    pub(super) async fn pause(&self, pause: Duration) -> Option<()> {
        if pause.is_zero() {
            return Some(());
        }
        self.unless_stopped(self.transport.sleep(pause)).await
    }

    pub(super) async fn unless_stopped<R>(&self, work: impl Future<Output = R>) -> Option<R> {
        self.stop.unless(self.stops_at, work).await
    }
}
