//! Responses from a script, and a clock that only moves when something takes time or waits.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::{Duration, Instant};

use super::{Call, Caller, Channel, Transport};
use crate::http::{Error, ErrorKind, Exchange, Frame, Header, Response};

/// Answers each request with the next reply, whatever is asked.
pub(in crate::run) struct Fake {
    epoch: Instant,
    clock: Clock,
    replies: RefCell<VecDeque<Reply>>,
    log: Log,
}

/// The time since the beginning; clones are the same clock.
type Clock = Rc<Cell<Duration>>;
/// What was sent and recorded.
type Log = Rc<RefCell<Vec<String>>>;

/// What comes of one request.
pub(in crate::run) struct Reply {
    takes: Duration,
    result: Result<Response, Error>,
    unsent: bool,
    /// What the other side of a WebSocket says: after how many frames were sent, when at the earliest, and what.
    frames: Vec<(usize, Duration, Frame)>,
}

impl Reply {
    pub(in crate::run) fn status(status: u16) -> Self {
        Self::json(status, "{}")
    }

    pub(in crate::run) fn json(status: u16, body: &str) -> Self {
        let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        Self::of(Ok(Response::new(status, headers, body.as_bytes().to_vec())))
    }

    /// An error after the request may have reached the server.
    pub(in crate::run) fn error(kind: ErrorKind) -> Self {
        Self::of(Err(Error::new(kind, kind.name())))
    }

    /// An error before anything of the request was sent.
    pub(in crate::run) fn unsent(kind: ErrorKind) -> Self {
        Self {
            unsent: true,
            ..Self::error(kind)
        }
    }

    pub(in crate::run) fn websocket(frames: Vec<(usize, Duration, Frame)>) -> Self {
        Self {
            frames,
            ..Self::of(Ok(Response::new(101, Vec::new(), Vec::new())))
        }
    }

    pub(in crate::run) fn header(mut self, name: &str, value: &str) -> Self {
        let header: Header = (name.to_owned(), value.to_owned());
        if let Ok(response) = &mut self.result {
            response.headers.push(header);
        }
        self
    }

    pub(in crate::run) fn takes(self, takes: Duration) -> Self {
        Self { takes, ..self }
    }

    fn of(result: Result<Response, Error>) -> Self {
        Self {
            takes: Duration::ZERO,
            result,
            unsent: false,
            frames: Vec::new(),
        }
    }
}

impl Fake {
    pub(in crate::run) fn new(replies: impl IntoIterator<Item = Reply>) -> Self {
        Self {
            epoch: Instant::now(),
            clock: Clock::default(),
            replies: RefCell::new(replies.into_iter().collect()),
            log: Log::default(),
        }
    }

    /// What was sent, with the milliseconds since the beginning; and what was recorded.
    pub(in crate::run) fn log(&self) -> Vec<String> {
        self.log.borrow().clone()
    }

    fn advance(&self, by: Duration) {
        self.clock.set(self.clock.get() + by);
    }

    /// The next reply, cut off at the request's timeout.
    fn reply(&self, call: Call<'_>) -> (Exchange, Vec<(usize, Duration, Frame)>) {
        let request = call.request;
        let line = format!("{} {}", request.method, request.url.path());
        note(&self.log, &self.clock, &line);
        let reply = self.replies.borrow_mut().pop_front();
        let reply = reply.unwrap_or_else(|| panic!("nothing is scripted for {line}"));
        let limit = call.options.timeout.unwrap_or(Duration::MAX);
        let late = reply.takes >= limit;
        let takes = reply.takes.min(limit);
        self.advance(takes);
        let result = if late {
            Err(Error::new(ErrorKind::Timeout, "too late"))
        } else {
            reply.result
        };
        let mut exchange = Exchange::new(request, result);
        exchange.time = takes;
        exchange.unsent = reply.unsent;
        (exchange, reply.frames)
    }
}

fn note(log: &Log, clock: &Clock, what: &str) {
    let at = clock.get().as_millis();
    log.borrow_mut().push(format!("{at} {what}"));
}

impl Transport for Fake {
    type Channel = FakeChannel;

    async fn exchange(&self, call: Call<'_>) -> Exchange {
        self.reply(call).0
    }

    async fn open(&self, call: Call<'_>) -> (Exchange, Option<FakeChannel>) {
        let started = self.clock.get();
        let (exchange, frames) = self.reply(call);
        let opened = exchange
            .response()
            .is_some_and(|response| response.status == 101);
        let channel = opened.then(|| FakeChannel {
            clock: Rc::clone(&self.clock),
            log: Rc::clone(&self.log),
            started,
            frames: frames.into(),
            sent: 0,
            closed: false,
        });
        (exchange, channel)
    }

    fn record(&self, caller: &Caller<'_>, exchange: &Exchange) {
        let came = exchange.response().map_or(0, |response| response.status);
        note(
            &self.log,
            &self.clock,
            &format!("record {} {came}", caller.step.name),
        );
    }

    fn now(&self) -> Instant {
        self.epoch + self.clock.get()
    }

    async fn sleep(&self, pause: Duration) {
        self.advance(pause);
    }
}

/// The other side of a conversation, which says what its script says.
pub(in crate::run) struct FakeChannel {
    clock: Clock,
    log: Log,
    started: Duration,
    frames: VecDeque<(usize, Duration, Frame)>,
    sent: usize,
    closed: bool,
}

impl Channel for FakeChannel {
    fn now(&self) -> Duration {
        self.clock.get().saturating_sub(self.started)
    }

    fn is_timed(&self) -> bool {
        true
    }

    async fn send(&mut self, frame: Frame, _: Option<usize>, _: Duration) -> Result<(), Error> {
        let what = String::from_utf8_lossy(frame.bytes()).into_owned();
        note(&self.log, &self.clock, &format!("{} {what}", frame.kind()));
        self.sent += 1;
        Ok(())
    }

    async fn receive(&mut self, until: Duration) -> Option<Result<Option<Frame>, Error>> {
        if self.closed {
            return Some(Ok(None));
        }
        let next = self
            .frames
            .pop_front_if(|(after, at, _)| *after <= self.sent && *at <= until);
        let Some((_, at, frame)) = next else {
            self.clock.set(self.started + until.max(self.now()));
            return None;
        };
        self.clock.set(self.started + at.max(self.now()));
        self.closed = matches!(frame, Frame::Close(..));
        Some(Ok(Some(frame)))
    }
}
