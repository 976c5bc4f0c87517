//! Sends one request, again after transport failures and overload where `retry` says so.

use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::channel::MessageChannel;
use super::replay::ReplaySlot;
use super::stop::{Level, Stop};
use crate::budget;
use crate::http::{self, ConnectionPool, ErrorKind, Exchange, Jar, Options, StreamLimit};
use crate::plan::{self, Connection};
use crate::syntax::{Retry, RetryOn};
use crate::value::Value;

/// What sending takes.
#[derive(Clone, Copy)]
pub(super) struct Sender<'a> {
    pub(super) clients: &'a ConnectionPool,
    pub(super) jar: &'a Jar,
    pub(super) stop: &'a Stop,
    /// How far the run must be stopped for this to stop: teardown goes on longer.
    pub(super) stops_at: Level,
    /// Where its responses come from, and whether they are kept.
    pub(super) track: &'a ReplaySlot<'a>,
    /// When every attempt is cut off: the end of `poll`, or of waiting for a stage.
    pub(super) deadline: Option<Instant>,
}

/// How `retry` sends a request again.
#[derive(Clone, Copy)]
pub(super) struct Again<'a> {
    pub(super) retry: &'a Retry,
    /// Whether `expect` asks for this status or error: there is no trouble then.
    pub(super) expected: &'a dyn Fn(&Exchange) -> bool,
}

/// The time that evaluating one response may take, captures and expectations together.
pub(super) const EVALUATION: Duration = Duration::from_secs(10);

/// A response, and how many requests it took.
#[derive(Debug)]
pub(super) struct Sent {
    pub(super) exchange: Exchange,
    /// How many requests went out, those that the client itself sent again included.
    pub(super) times: usize,
    /// Whether it was sent again for another reason than that a deployment was not everywhere yet.
    pub(super) troubled: bool,
    /// Those before the last.
    pub(super) earlier: Vec<Attempt>,
}

/// A try after which the request was sent again.
#[derive(Debug)]
pub(super) struct Attempt {
    /// The response's status, if one came.
    pub(super) status: Option<u16>,
    /// The class of the error, if there is no response or its body is broken.
    pub(super) error: Option<ErrorKind>,
    pub(super) time: Duration,
    /// What did not hold, or why the client itself sent it again.
    pub(super) reason: Option<String>,
    /// Whether the client itself sent it again: nobody asked for that by `retry`, `poll` or `--retries`.
    pub(super) resent: bool,
}

impl Attempt {
    /// How many are remembered of a request.
    pub(super) const KEPT: usize = 50;

    pub(super) fn new(exchange: &Exchange, reason: Option<String>) -> Self {
        let status = exchange.response().map(|response| response.status);
        let error = exchange.error().map(|error| error.kind);
        Self {
            status,
            error,
            time: exchange.time,
            reason,
            resent: false,
        }
    }

    /// Those of the client itself, such as on a connection that the server had closed.
    fn resends(exchange: &Exchange) -> impl Iterator<Item = Self> {
        exchange.resends.iter().map(|resend| Self {
            status: resend.came.ok(),
            error: resend.came.err(),
            time: resend.time,
            reason: Some(resend.reason.clone()),
            resent: true,
        })
    }
}

impl Sent {
    fn once(exchange: Exchange) -> Self {
        let (times, earlier) = (
            1 + exchange.resends.len(),
            Attempt::resends(&exchange).collect(),
        );
        Self {
            exchange,
            times,
            troubled: false,
            earlier,
        }
    }

    /// The last of several, behind those before it.
    fn after(exchange: Exchange, mut tried: Tried) -> Self {
        tried.sends(&exchange);
        tried.earlier.truncate(Attempt::KEPT);
        Self {
            exchange,
            times: tried.times,
            troubled: tried.troubled,
            earlier: tried.earlier,
        }
    }
}

/// The tries so far.
#[derive(Default)]
struct Tried {
    tries: u64,
    times: usize,
    troubled: bool,
    earlier: Vec<Attempt>,
}

impl Tried {
    /// Counts what went out for a try.
    fn sends(&mut self, exchange: &Exchange) {
        self.tries += 1;
        self.times += 1 + exchange.resends.len();
        self.earlier.extend(Attempt::resends(exchange));
    }
}

/// Where `retry` has no `times`, no `delay`, no `backoff`, no `max_delay`.
const TIMES: u64 = 3;
const DELAY: Duration = Duration::from_millis(500);
const BACKOFF: f64 = 2.0;
const MAX_DELAY: Duration = Duration::from_secs(30);

impl Sender<'_> {
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
    pub(super) fn bounded<T>(&self, evaluate: impl FnOnce() -> T) -> Option<T> {
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

    /// Sends, and again as `retry` says; `None` where the run was stopped meanwhile.
    pub(super) async fn send(
        &self,
        filled: http::Request,
        request: &plan::Request,
        again: Option<Again<'_>>,
        until: Option<&StreamLimit<'_>>,
    ) -> Option<Sent> {
        let once = async |filled| {
            let mut options = self.options(request);
            // What is compressed shows its events only at the end.
            options.compressed &= until.is_none();
            let jar = options.cookies.then_some(self.jar);
            // Pinned here, it is not moved through what wraps it.
            let work = pin!(
                self.track
                    .exchange(self.clients, filled, (&options, jar), until)
            );
            self.unless_stopped(work)
                .await
                .map(|exchange| self.named_cut(exchange))
        };
        let Some(again) = again else {
            return Some(Sent::once(once(filled).await?));
        };
        // Boxed, as are their tries: the many requests that are sent once do not carry the room for this.
        let again = self.again_and_again(filled, again, async |filled| {
            Some((Box::pin(once(filled)).await?, ()))
        });
        Box::pin(again).await.map(|(sent, ())| sent)
    }

    /// Asks for a WebSocket, and again as `retry` says; `None` where the run was stopped meanwhile.
    pub(super) async fn open(
        &self,
        filled: http::Request,
        request: &plan::Request,
        again: Option<Again<'_>>,
    ) -> Option<(Sent, Option<MessageChannel>)> {
        let once = async |filled| {
            let options = self.options(request);
            let jar = options.cookies.then_some(self.jar);
            let work = Box::pin(self.track.open(self.clients, filled, (&options, jar)));
            self.unless_stopped(work)
                .await
                .map(|(exchange, line)| (self.named_cut(exchange), line))
        };
        let Some(again) = again else {
            let (exchange, line) = once(filled).await?;
            return Some((Sent::once(exchange), line));
        };
        self.again_and_again(filled, again, once).await
    }

    /// Sends by `once`, and again as `retry` says; gives what came of the last time.
    async fn again_and_again<T>(
        &self,
        filled: http::Request,
        Again { retry, expected }: Again<'_>,
        once: impl AsyncFn(http::Request) -> Option<(Exchange, T)>,
    ) -> Option<(Sent, T)> {
        let most = retry.times.unwrap_or(TIMES);
        let mut pause = retry.delay.unwrap_or(DELAY);
        let mut tried = Tried::default();
        loop {
            let (exchange, more) = once(filled.clone()).await?;
            let wait = retry_after(&exchange).unwrap_or(pause);
            let cause =
                cause(retry, &exchange).filter(|_| tried.tries < most && self.has_time_for(wait));
            let Some(cause) = cause.filter(|_| self.track.has_more() && !expected(&exchange))
            else {
                return Some((Sent::after(exchange, tried), more));
            };
            tried.sends(&exchange);
            tried.troubled |= cause == Cause::Trouble;
            self.track.keep(&exchange);
            if tried.earlier.len() < Attempt::KEPT {
                tried.earlier.push(Attempt::new(&exchange, None));
            }
            self.pause(wait).await?;
            let factor = retry.backoff.unwrap_or(BACKOFF);
            let longest = retry.max_delay.unwrap_or(MAX_DELAY);
            pause = Duration::try_from_secs_f64(pause.as_secs_f64() * factor)
                .map_or(longest, |pause| pause.min(longest));
        }
    }

    /// The same, with every attempt cut off at a deadline.
    pub(super) fn until(self, deadline: Option<Instant>) -> Self {
        Self {
            deadline: [self.deadline, deadline].into_iter().flatten().min(),
            ..self
        }
    }

    /// The most that something may take which has a limit of its own. What answers from a recording takes no time.
    pub(super) fn limit(&self, own: Duration) -> Duration {
        let left = self
            .deadline
            .filter(|_| !self.track.is_replay())
            .map(|end| end.saturating_duration_since(Instant::now()));
        left.map_or(own, |left| left.min(own))
    }

    /// Whether anything could be sent after a pause.
    fn has_time_for(&self, pause: Duration) -> bool {
        self.limit(pause) == pause
    }

    /// How the request is sent.
    fn options(&self, request: &plan::Request) -> Options {
        let mut options = Options {
            timeout: Some(self.limit(request.timeout)),
            ..options(request)
        };
        if options.follow_redirects > 0 {
            options.secrets.secrets = self.track.secrets().clone();
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

    /// Waits; `None` where the run was stopped meanwhile.
    pub(super) async fn pause(&self, pause: Duration) -> Option<()> {
        if pause.is_zero() || self.track.is_replay() {
            Some(())
        } else {
            self.unless_stopped(tokio::time::sleep(pause)).await
        }
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
        secrets: http::SecretPolicy {
            hosts: request.send_secrets_to.clone(),
            ..http::SecretPolicy::default()
        },
        max_body: request.max_body,
        compressed: request.compressed,
        expect_continue: request.expect_continue,
        interim: request.interim,
        cookies: request.jar,
    }
}

/// What is retried if `on` is not set. A reset, and a timeout after the request was sent, only if the request may be repeated: the
/// server may have received it.
const ON: &[RetryOn] = &[RetryOn::Connect, RetryOn::Status(429), RetryOn::Class(5)];
const ON_OF_UNSENT: &[RetryOn] = &[RetryOn::Connect, RetryOn::Timeout];
const ON_OF_REPEATABLE: &[RetryOn] = &[
    RetryOn::Connect,
    RetryOn::Reset,
    RetryOn::Timeout,
    RetryOn::Status(429),
    RetryOn::Class(5),
];

/// Why a request is sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cause {
    /// A failure on the way, or overload: a request that needs this is flaky.
    Trouble,
    /// A deployment that is not everywhere yet: it was waited for, and that is all.
    Propagation,
}

fn cause(retry: &Retry, exchange: &Exchange) -> Option<Cause> {
    let matches = |on: &RetryOn| match (on, &exchange.result) {
        // After a redirect the request itself was received.
        (RetryOn::Connect, Err(error)) => {
            matches!(error.kind, ErrorKind::Connect | ErrorKind::Dns)
                && (exchange.hops.is_empty() || exchange.may_repeat())
        }
        (RetryOn::Reset, Err(error)) => error.kind == ErrorKind::Reset,
        (RetryOn::Timeout, _) => exchange
            .error()
            .is_some_and(|error| error.kind == ErrorKind::Timeout),
        (RetryOn::Status(status), Ok(response)) => response.status == *status,
        (RetryOn::Class(class), Ok(response)) => response.status / 100 == *class,
        (RetryOn::Propagation, _) => is_propagation(exchange),
        _ => false,
    };
    let default = match (exchange.may_repeat(), exchange.unsent) {
        (true, _) => ON_OF_REPEATABLE,
        (false, true) => ON_OF_UNSENT,
        (false, false) => ON,
    };
    let on = retry.on.as_deref().unwrap_or(default);
    if on.contains(&RetryOn::Propagation) && is_propagation(exchange) {
        return Some(Cause::Propagation);
    }
    on.iter().any(matches).then_some(Cause::Trouble)
}

/// What API Gateway returns for a while after a deployment: a missing route, forbidden, an error that is not the backend's, or
/// a name that does not resolve yet.
///
/// The gateway's own 500 may come after the function has run, so what does something a second time is not sent again.
fn is_propagation(exchange: &Exchange) -> bool {
    let response = match &exchange.result {
        Ok(response) => response,
        Err(error) => return error.kind == ErrorKind::Dns,
    };
    let own = response
        .header_lines("x-amzn-errortype")
        .next()
        .unwrap_or_default();
    match response.status {
        // A header that could be a signature changes how a REST API refuses a missing route.
        403 => [
            "MissingAuthenticationToken",
            "ForbiddenException",
            "IncompleteSignature",
        ]
        .iter()
        .any(|name| own.starts_with(name)),
        404 => is_missing_route(response),
        500 => own.starts_with("InternalServerError") && is_idempotent(&exchange.request.method),
        _ => false,
    }
}

/// Whether an HTTP API knows no such route: `{"message":"Not Found"}`, with the id that only its responses have.
fn is_missing_route(response: &http::Response) -> bool {
    let small =
        response.body.len() < 256 && response.header_lines("apigw-requestid").next().is_some();
    let body = if small { response.json().ok() } else { None };
    let message = body
        .and_then(|body| body.as_object())
        .filter(|members| members.len() == 1)
        .and_then(|members| members.get("message"));
    message.and_then(Value::as_str) == Some("Not Found")
}

/// Whether sending it twice does what sending it once does (RFC 9110 section 9.2.2).
fn is_idempotent(method: &str) -> bool {
    ["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"].contains(&method)
}

/// The pause that the server asks for (RFC 9110 section 10.2.3), up to a minute.
fn retry_after(exchange: &Exchange) -> Option<Duration> {
    let response = exchange.response()?;
    let seconds: u64 = response
        .header_lines("retry-after")
        .next()?
        .trim()
        .parse()
        .ok()?;
    Some(Duration::from_secs(seconds.min(60)))
}
