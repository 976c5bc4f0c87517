//! Sends one request, again after transport failures and overload where `retry` says so.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use super::line::Line;
use super::stop::{Level, Stop};
use super::tape::Track;
use crate::http::{self, Clients, ErrorKind, Exchange, Jar, Options, Until};
use crate::plan::{self, Connection};
use crate::syntax::{Retry, RetryOn};

/// What sending takes.
#[derive(Clone, Copy)]
pub(super) struct Wire<'a> {
    pub(super) clients: &'a Clients,
    pub(super) jar: &'a Jar,
    pub(super) stop: &'a Stop,
    /// How far the run must be stopped for this to stop: teardown goes on longer.
    pub(super) stops_at: Level,
    /// Where its answers come from, and whether they are kept.
    pub(super) track: &'a Track<'a>,
}

/// An answer, and how many requests it took.
#[derive(Debug)]
pub(super) struct Sent {
    pub(super) exchange: Exchange,
    pub(super) times: usize,
    /// Those before the last.
    pub(super) earlier: Vec<Attempt>,
}

/// A try after which the request was sent again.
#[derive(Debug)]
pub(super) struct Attempt {
    /// The response's status, if one came.
    pub(super) status: Option<u16>,
    /// The class of the error, if there is no response or its body is broken.
    pub(super) error: Option<&'static str>,
    pub(super) time: Duration,
    /// What did not hold.
    pub(super) reason: Option<String>,
}

impl Attempt {
    /// How many are remembered of a request.
    pub(super) const KEPT: usize = 50;

    pub(super) fn new(exchange: &Exchange, reason: Option<String>) -> Self {
        let status = exchange.response().map(|response| response.status);
        let error = exchange.error().map(|error| error.kind.name());
        Self { status, error, time: exchange.time, reason }
    }
}

/// Where `retry` has no `times`, no `delay`, no `backoff`, no `max_delay`.
const TIMES: u64 = 3;
const DELAY: Duration = Duration::from_millis(500);
const BACKOFF: f64 = 2.0;
const MAX_DELAY: Duration = Duration::from_secs(30);

impl Wire<'_> {
    /// Why nothing new is sent, if so.
    pub(super) fn over(&self) -> Option<&'static str> {
        let limit = if self.stops_at == Level::Now { Level::Now } else { Level::Enough };
        let level = self.stop.level();
        (level >= limit).then(|| level.reason())
    }

    /// Whether what runs is stopped: what fails now does so for that.
    pub(super) fn is_stopped(&self) -> bool {
        self.stop.level() >= self.stops_at
    }

    /// Sends, and again as `retry` says; `None` where the run was stopped meanwhile.
    pub(super) async fn send(
        &self,
        filled: http::Request,
        request: &plan::Request,
        retry: Option<&Retry>,
        until: Option<&Until<'_>>,
    ) -> Option<Sent> {
        let mut options = options(request);
        // What is compressed shows its events only at the end.
        options.compressed &= until.is_none();
        let jar = options.cookies.then_some(self.jar);
        let once = async |filled| {
            // Pinned here, it is not moved through what wraps it.
            let work = pin!(self.track.exchange(self.clients, filled, (&options, jar), until));
            self.unless_stopped(work).await
        };
        let Some(retry) = retry else { return Some(Sent { exchange: once(filled).await?, times: 1, earlier: Vec::new() }) };
        // Boxed, as are their tries: the many requests that are sent once do not carry the room for this.
        let again = self.again_and_again(filled, retry, async |filled| Some((Box::pin(once(filled)).await?, ())));
        Box::pin(again).await.map(|(sent, ())| sent)
    }

    /// Asks for a WebSocket, and again as `retry` says; `None` where the run was stopped meanwhile.
    pub(super) async fn open(
        &self,
        filled: http::Request,
        request: &plan::Request,
        retry: Option<&Retry>,
    ) -> Option<(Sent, Option<Line>)> {
        let options = options(request);
        let jar = options.cookies.then_some(self.jar);
        let once = async |filled| self.unless_stopped(Box::pin(self.track.open(self.clients, filled, (&options, jar)))).await;
        let Some(retry) = retry else {
            let (exchange, line) = once(filled).await?;
            return Some((Sent { exchange, times: 1, earlier: Vec::new() }, line));
        };
        self.again_and_again(filled, retry, once).await
    }

    /// Sends by `once`, and again as `retry` says; gives what came of the last time.
    async fn again_and_again<T>(
        &self,
        filled: http::Request,
        retry: &Retry,
        once: impl AsyncFn(http::Request) -> Option<(Exchange, T)>,
    ) -> Option<(Sent, T)> {
        let most = retry.times.unwrap_or(TIMES);
        let mut pause = retry.delay.unwrap_or(DELAY);
        let (mut times, mut earlier) = (0, Vec::new());
        loop {
            let (exchange, more) = once(filled.clone()).await?;
            times += 1;
            if times as u64 > most || !worth_another(retry, &exchange) || !self.track.has_more() {
                return Some((Sent { exchange, times, earlier }, more));
            }
            self.track.keep(&exchange);
            if earlier.len() < Attempt::KEPT {
                earlier.push(Attempt::new(&exchange, None));
            }
            self.pause(retry_after(&exchange).unwrap_or(pause)).await?;
            let factor = retry.backoff.unwrap_or(BACKOFF);
            let longest = retry.max_delay.unwrap_or(MAX_DELAY);
            pause = Duration::try_from_secs_f64(pause.as_secs_f64() * factor).map_or(longest, |pause| pause.min(longest));
        }
    }

    /// Waits; `None` where the run was stopped meanwhile.
    pub(super) async fn pause(&self, pause: Duration) -> Option<()> {
        if pause.is_zero() || self.track.is_replay() { Some(()) } else { self.unless_stopped(tokio::time::sleep(pause)).await }
    }

    pub(super) async fn unless_stopped<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        self.stop.unless(self.stops_at, work).await
    }
}

/// How the request is sent.
pub(super) fn options(request: &plan::Request) -> Options {
    Options {
        settings: match &request.connection {
            Connection::Fixed(settings) => Arc::clone(settings),
            // The request that is filled brings its own.
            Connection::Filled(_) => Arc::default(),
        },
        timeout: Some(request.timeout),
        follow_redirects: request.follow_redirects,
        max_body: request.max_body,
        compressed: request.compressed,
        expect_continue: request.expect_continue,
        interim: request.interim,
        cookies: request.jar,
    }
}

/// What is tried again where `on` is not written.
const ON: &[RetryOn] = &[RetryOn::Connect, RetryOn::Timeout, RetryOn::Status(429), RetryOn::Class(5)];

fn worth_another(retry: &Retry, exchange: &Exchange) -> bool {
    retry.on.as_deref().unwrap_or(ON).iter().any(|on| match (on, &exchange.result) {
        (RetryOn::Connect, Err(error)) => matches!(error.kind, ErrorKind::Connect | ErrorKind::Dns | ErrorKind::Protocol),
        (RetryOn::Timeout, _) => exchange.error().is_some_and(|error| error.kind == ErrorKind::Timeout),
        (RetryOn::Status(status), Ok(response)) => response.status == *status,
        (RetryOn::Class(class), Ok(response)) => response.status / 100 == *class,
        (RetryOn::Propagation, result) => is_propagation(result.as_ref()),
        _ => false,
    })
}

/// What API Gateway answers for a while after a deploy: a missing route, forbidden, an error without a backend's word,
/// or a name that does not resolve yet.
fn is_propagation(result: Result<&http::Response, &http::Error>) -> bool {
    match result {
        Err(error) => error.kind == ErrorKind::Dns,
        Ok(response) => {
            let own = response.header_lines("x-amzn-errortype").next().unwrap_or_default();
            let missing = own.starts_with("MissingAuthenticationToken") || own.starts_with("ForbiddenException");
            (response.status == 403 && missing) || (response.status == 500 && own.starts_with("InternalServerError"))
        }
    }
}

/// The pause that the server asks for (RFC 9110 section 10.2.3), up to a minute.
fn retry_after(exchange: &Exchange) -> Option<Duration> {
    let response = exchange.response()?;
    let seconds: u64 = response.header_lines("retry-after").next()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds.min(60)))
}
