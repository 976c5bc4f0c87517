//! `retry`: sends a request again after transport errors and overload.

use std::time::Duration;

use super::result::Attempt;
use super::sender::Sender;
use super::transport::{Caller, Transport};
use crate::http::{self, ErrorKind, Exchange, StreamLimit};
use crate::syntax::{Retry, RetryOn};
use crate::value::Value;

/// How `retry` sends a request again.
#[derive(Clone, Copy)]
pub(super) struct Again<'a> {
    pub(super) retry: &'a Retry,
    /// Whether `expect` asks for this status or error: there is no trouble then.
    pub(super) expected: &'a dyn Fn(&Exchange) -> bool,
}

/// A response, and how many requests it took.
#[derive(Debug)]
pub(super) struct Sent {
    pub(super) exchange: Exchange,
    /// How many requests went out, those that the client itself sent again included.
    pub(super) times: usize,
    /// Whether it was sent again for another reason than that a deployment was not everywhere yet.
    pub(super) troubled: bool,
    /// The attempts before the last.
    pub(super) earlier: Vec<Attempt>,
}

impl Sent {
    fn once(exchange: Exchange) -> Self {
        Self {
            times: 1 + exchange.resends.len(),
            troubled: false,
            earlier: Attempt::resends(&exchange).collect(),
            exchange,
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

/// The attempts so far.
#[derive(Default)]
struct Tried {
    tries: u64,
    times: usize,
    troubled: bool,
    earlier: Vec<Attempt>,
}

impl Tried {
    /// Counts what went out for an attempt.
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

/// Sends, and again as `retry` says; `None` if the run was stopped meanwhile.
pub(super) async fn send<T: Transport>(
    sender: &Sender<'_, T>,
    caller: &Caller<'_>,
    filled: http::Request,
    again: Option<Again<'_>>,
    until: Option<&StreamLimit<'_>>,
) -> Option<Sent> {
    let Some(again) = again else {
        return sender.send(caller, filled, until).await.map(Sent::once);
    };
    let once = async |filled| Some((Box::pin(sender.send(caller, filled, until)).await?, ()));
    // Boxed, as are its attempts: the many requests that are sent once do not carry the room for this.
    let (sent, ()) = Box::pin(with_retry(sender, caller, filled, again, once)).await?;
    Some(sent)
}

/// Asks for a WebSocket, and again as `retry` says; `None` if the run was stopped meanwhile.
pub(super) async fn open<T: Transport>(
    sender: &Sender<'_, T>,
    caller: &Caller<'_>,
    filled: http::Request,
    again: Option<Again<'_>>,
) -> Option<(Sent, Option<T::Channel>)> {
    let once = async |filled| sender.open(caller, filled).await;
    let Some(again) = again else {
        let (exchange, channel) = once(filled).await?;
        return Some((Sent::once(exchange), channel));
    };
    with_retry(sender, caller, filled, again, once).await
}

/// Sends by `once`, and again as `retry` says; gives what came of the last time.
async fn with_retry<T: Transport, M>(
    sender: &Sender<'_, T>,
    caller: &Caller<'_>,
    filled: http::Request,
    Again { retry, expected }: Again<'_>,
    once: impl AsyncFn(http::Request) -> Option<(Exchange, M)>,
) -> Option<(Sent, M)> {
    let most = retry.times.unwrap_or(TIMES);
    let mut pause = retry.delay.unwrap_or(DELAY);
    let mut tried = Tried::default();
    loop {
        let (exchange, more) = once(filled.clone()).await?;
        let wait = retry_after(&exchange).unwrap_or(pause);
        let cause =
            cause(retry, &exchange).filter(|_| tried.tries < most && sender.has_time_for(wait));
        let Some(cause) =
            cause.filter(|_| sender.transport.has_more(caller) && !expected(&exchange))
        else {
            return Some((Sent::after(exchange, tried), more));
        };
        tried.sends(&exchange);
        tried.troubled |= cause == Cause::Trouble;
        sender.transport.record(caller, &exchange);
        if tried.earlier.len() < Attempt::KEPT {
            tried.earlier.push(Attempt::new(&exchange, None));
        }
        sender.pause(wait).await?;
        let factor = retry.backoff.unwrap_or(BACKOFF);
        let longest = retry.max_delay.unwrap_or(MAX_DELAY);
        pause = Duration::try_from_secs_f64(pause.as_secs_f64() * factor)
            .map_or(longest, |pause| pause.min(longest));
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::event::Status;
    use crate::http::ErrorKind;
    use crate::run::testing::run;
    use crate::run::transport::fake::Reply;

    const GET: &str = r#"
        [[request]]
        name = "a"
        get = "/a"
        retry = { times = 2, delay = "100ms", backoff = 3 }
        expect.status = 200
    "#;

    #[test]
    fn overload_is_retried_with_a_growing_pause_and_the_request_is_flaky() {
        let ran = run(GET, [503, 429, 200].map(Reply::status));
        assert_eq!(ran.sent(), ["0 GET /a", "100 GET /a", "400 GET /a"]);
        assert_eq!(ran.statuses(), [Status::Flaky]);
        let finished = ran.finished().next().unwrap();
        let before: Vec<_> = finished
            .attempts
            .iter()
            .map(|attempt| attempt.code)
            .collect();
        assert_eq!((finished.sent, before), (3, vec![Some(503), Some(429)]));
    }

    #[test]
    fn only_so_many_times() {
        let ran = run(GET, [503, 503, 503].map(Reply::status));
        assert_eq!(ran.sent().len(), 3);
        assert_eq!(ran.statuses(), [Status::Failed]);
    }

    #[test]
    fn a_failed_expectation_is_no_reason() {
        let ran = run(GET, [Reply::status(404)]);
        assert_eq!(ran.sent(), ["0 GET /a"]);
        assert_eq!(ran.statuses(), [Status::Failed]);
    }

    #[test]
    fn an_expected_status_is_no_reason() {
        let ran = run(&GET.replace("200", "503"), [Reply::status(503)]);
        assert_eq!(ran.statuses(), [Status::Passed]);
    }

    #[test]
    fn the_server_says_how_long_to_wait() {
        let ran = run(
            GET,
            [
                Reply::status(503).header("retry-after", "2"),
                Reply::status(200),
            ],
        );
        assert_eq!(ran.sent(), ["0 GET /a", "2000 GET /a"]);
    }

    /// A request that does something a second time is sent again only if it cannot have arrived.
    #[test]
    fn a_post_is_not_sent_again_if_it_may_have_arrived() {
        let retried =
            |text: &str, first: Reply| run(text, [first, Reply::status(200)]).sent().len();
        let post = GET.replace("get =", "post =");
        for kind in [ErrorKind::Reset, ErrorKind::Timeout] {
            assert_eq!(retried(GET, Reply::error(kind)), 2, "GET, {kind:?}");
            assert_eq!(retried(&post, Reply::error(kind)), 1, "POST, {kind:?}");
        }
        assert_eq!(retried(&post, Reply::error(ErrorKind::Connect)), 2);
        assert_eq!(retried(&post, Reply::unsent(ErrorKind::Timeout)), 2);
        assert_eq!(retried(&post, Reply::unsent(ErrorKind::Reset)), 1);
        assert_eq!(retried(GET, Reply::error(ErrorKind::Tls)), 1);
    }

    #[test]
    fn on_says_what_is_retried() {
        let text = GET.replace("times", r#"on = ["404"], times"#);
        assert_eq!(run(&text, [404, 200].map(Reply::status)).sent().len(), 2);
        assert_eq!(run(&text, [503].map(Reply::status)).sent().len(), 1);
    }

    #[test]
    fn waiting_for_a_deployment_is_not_flaky() {
        let text = GET.replace("times", r#"on = ["propagation"], times"#);
        let missing =
            Reply::status(403).header("x-amzn-errortype", "MissingAuthenticationTokenException");
        let ran = run(&text, [missing, Reply::status(200)]);
        assert_eq!(ran.statuses(), [Status::Passed]);
        assert_eq!(ran.sent().len(), 2);
    }

    #[test]
    fn every_attempt_is_recorded() {
        let ran = run(GET, [503, 200].map(Reply::status));
        let expected = [
            "0 GET /a",
            "0 record a 503",
            "100 GET /a",
            "100 record a 200",
        ];
        assert_eq!(ran.log, expected);
    }

    /// Within `poll`, a pause that ends behind the deadline is not made.
    #[test]
    fn there_is_no_retry_without_time_for_its_pause() {
        let text = GET.replace("100ms", "5s") + r#"poll = { every = "1s", timeout = "2s" }"#;
        let slow = Reply::status(503).takes(Duration::from_millis(1950));
        let ran = run(&text, [slow]);
        assert_eq!(ran.sent(), ["0 GET /a"]);
    }
}
