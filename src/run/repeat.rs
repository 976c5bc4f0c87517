//! `poll` and `repeat`: several attempts of one request.
//!
//! Both work over any attempt that they are given.

use std::time::Duration;

use super::attempt::AttemptResult;
use super::pace::Pace;
use super::problem::Problem;
use super::result::Attempt;
use super::scope::{RequestScope, words};
use super::sender::Sender;
use super::snapshots::SnapshotCheck;
use super::transport::Transport;
use crate::http::Exchange;
use crate::source::Span;
use crate::syntax::{Pass, Poll, Repeat, Spanned};
use crate::template::{EvalError, Expression};

/// The pause between two attempts, and the deadline, if `poll` does not say.
const EVERY: Duration = Duration::from_secs(1);
const TIMEOUT: Duration = Duration::from_secs(30);

/// The attempts of one request, and what stands between two of them.
pub(super) struct Attempts<'a, T> {
    pub(super) sender: Sender<'a, T>,
    pub(super) scope: &'a RequestScope<'a>,
}

impl<'a, T: Transport> Attempts<'a, T> {
    /// Sends until the expectations hold; only the last response is evaluated. Every attempt is cut off at the deadline, and what
    /// is cut off does not pass, not even if an error is expected. `attempt` sends by the sender that it is given.
    pub(super) async fn poll(
        &self,
        poll: &Spanned<Poll>,
        has_more: impl Fn() -> bool,
        attempt: impl AsyncFn(Sender<'a, T>) -> AttemptResult,
    ) -> AttemptResult {
        let mut pace = Pace::new(
            poll.every.unwrap_or(EVERY),
            poll.timeout.unwrap_or(TIMEOUT),
            self.sender.transport.now(),
        );
        let timed = self.sender.until(pace.deadline());
        let (mut sent, mut attempts, mut complete) = (0, Vec::new(), None);
        loop {
            let mut result = attempt(timed).await;
            sent += result.sent;
            result.sent = sent;
            result.attempts.splice(..0, attempts.drain(..));
            result.retried = false;
            let exchange = result.exchange.as_ref();
            let late = exchange.is_some_and(|exchange| timed.was_cut_off(exchange));
            if result.end.is_some() || (result.problems.is_empty() && !late) {
                return result;
            }
            let came = exchange.is_some_and(|exchange| exchange.result.is_ok());
            let stop = poll.stop.as_ref().filter(|_| came);
            let stopped = stop.and_then(|stop| Some((stop, self.test(stop)?)));
            if let Some((stop, Ok(true))) = stopped {
                result.problems.push(poll_stopped(stop));
                return result;
            }
            let now = self.sender.transport.now();
            let Some(pause) = pace.pause(now).filter(|_| has_more()) else {
                if late && let Some(before) = complete.take() {
                    // Its response says more than that the time was over.
                    result = AttemptResult {
                        sent,
                        attempts: std::mem::take(&mut result.attempts),
                        ..before
                    };
                }
                let mut problem = out_of_time(&poll.span, sent, late, pace.elapsed(now));
                problem.failure.hint = stopped
                    .and_then(|(_, tested)| tested.err())
                    .map(|error| unstopped(&error));
                result.problems.push(problem);
                return result;
            };
            result.tried(&mut attempts);
            complete = Some(result);
            if self.sender.pause(pause).await.is_none() {
                return AttemptResult::stopped();
            }
            self.scope.next_attempt();
        }
    }

    /// Sends several times and judges every response. `attempt` is given its number, from 1.
    pub(super) async fn repeat(
        &self,
        repeat: &Repeat,
        span: &Span,
        attempt: impl AsyncFn(Option<usize>) -> AttemptResult,
    ) -> AttemptResult {
        let mut tally = Tally::default();
        for number in 1..=repeat.times {
            let result = attempt(usize::try_from(number).ok()).await;
            if result.end.is_some() {
                return result;
            }
            tally.add(result);
            let until = repeat.until.as_ref();
            match until.and_then(|until| Some((until, self.test(until)?))) {
                Some((_, Ok(true))) => return tally.finish(repeat, span),
                Some((until, Err(error))) => {
                    tally.problems.push(Problem::new(
                        "repeat until",
                        &until.span,
                        words(&error),
                        "true or false",
                    ));
                    return tally.finish(repeat, span);
                }
                _ => {}
            }
            if number < repeat.times {
                let pause = self.sender.pause(repeat.every.unwrap_or_default());
                if pause.await.is_none() {
                    return AttemptResult::stopped();
                }
                self.scope.next_attempt();
            }
        }
        tally.problems.extend(never_true(repeat));
        tally.finish(repeat, span)
    }

    /// Evaluates a condition; `None` if the run was stopped meanwhile.
    fn test(&self, condition: &Expression) -> Option<Result<bool, EvalError>> {
        self.sender.bounded(|| condition.test(self.scope))
    }
}

/// The problem of a poll that `stop` ended.
fn poll_stopped(stop: &Spanned<Expression>) -> Problem {
    let reason = format!("`{}` became true", stop.template().text());
    Problem::new(
        "poll",
        &stop.span,
        reason,
        "the expectations to be met before",
    )
}

/// An error page has not what `stop` looks at: that alone is no reason to stop.
fn unstopped(error: &EvalError) -> String {
    format!(
        "`stop` could not be evaluated for the last response: {}",
        words(error)
    )
}

/// The problem of a repetition whose `until` did not become true.
fn never_true(repeat: &Repeat) -> Option<Problem> {
    let until = repeat.until.as_ref()?;
    let reason = format!("it did not in {} rounds", repeat.times);
    Some(Problem::new(
        "repeat until",
        &until.span,
        reason,
        &format!("`{}` to become true", until.template().text()),
    ))
}

/// The problem of a poll whose expectations did not hold after so many tries, the last perhaps cut off.
fn out_of_time(span: &Span, sent: usize, late: bool, elapsed: Duration) -> Problem {
    let tries = if sent == 1 {
        "1 try".to_owned()
    } else {
        format!("{sent} tries")
    };
    let cut = if late {
        "; the last one was cut off at the deadline"
    } else {
        ""
    };
    let reason = format!(
        "they did not after {tries} in {:.1} s{cut}",
        elapsed.as_secs_f64()
    );
    Problem::new("poll", span, reason, "the expectations to be met in time")
}

/// What several rounds gave together.
#[derive(Default)]
struct Tally {
    rounds: u64,
    passed: u64,
    sent: usize,
    /// Those that the client itself sent again.
    attempts: Vec<Attempt>,
    expectations: usize,
    retried: bool,
    /// The first failed round's, which are shown for all.
    failed: Vec<Problem>,
    failed_exchange: Option<Exchange>,
    last: Option<Exchange>,
    /// Of the repetition itself.
    problems: Vec<Problem>,
    snapshots: Vec<SnapshotCheck>,
}

impl Tally {
    fn add(&mut self, mut result: AttemptResult) {
        self.snapshots.append(&mut result.snapshots);
        self.rounds += 1;
        self.sent += result.sent;
        self.attempts
            .extend(result.attempts.drain(..).filter(|attempt| attempt.resent));
        self.attempts.truncate(Attempt::KEPT);
        self.expectations += result.expectations;
        self.retried |= result.retried;
        if result.problems.is_empty() {
            self.passed += 1;
            self.last = result.exchange;
        } else if self.failed.is_empty() {
            self.failed = result.problems;
            self.failed_exchange = result.exchange;
        }
    }

    fn finish(mut self, repeat: &Repeat, span: &Span) -> AttemptResult {
        let enough = match repeat.pass {
            Some(pass) => pass.holds(self.passed),
            None => self.failed.is_empty(),
        };
        let mut problems = std::mem::take(&mut self.problems);
        if !enough {
            let wanted = repeat
                .pass
                .map_or_else(|| "every round to pass".to_owned(), Pass::describe);
            let reason = format!(
                "{} of {} passed; the first that failed is shown",
                self.passed, self.rounds
            );
            problems.push(Problem::new("repeat", span, reason, &wanted));
            problems.extend(self.failed);
        }
        let exchange = if enough {
            self.last.or(self.failed_exchange)
        } else {
            self.failed_exchange.or(self.last)
        };
        let Self {
            sent,
            attempts,
            expectations,
            retried,
            snapshots,
            ..
        } = self;
        AttemptResult {
            problems,
            sent,
            attempts,
            expectations,
            exchange,
            retried,
            snapshots,
            ..AttemptResult::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::event::Status;
    use crate::run::testing::{run, run_with};
    use crate::run::transport::fake::Reply;

    fn polled(poll: &str) -> String {
        format!(
            r#"
            [[request]]
            name = "a"
            get = "/a"
            poll = {{ {poll} }}
            expect.status = 200
            "#
        )
    }

    fn repeated(repeat: &str) -> String {
        format!(
            r#"
            [[request]]
            name = "a"
            get = "/a"
            repeat = {{ {repeat} }}
            expect.status = 200
            "#
        )
    }

    fn slow(status: u16, millis: u64) -> Reply {
        Reply::status(status).takes(Duration::from_millis(millis))
    }

    #[test]
    fn a_poll_ends_when_the_expectations_hold_and_is_not_flaky() {
        let text = polled(r#"every = "1s", timeout = "10s""#);
        let ran = run(&text, [404, 404, 200].map(Reply::status));
        assert_eq!(ran.sent(), ["0 GET /a", "1000 GET /a", "2000 GET /a"]);
        assert_eq!(ran.statuses(), [Status::Passed]);
        let finished = ran.finished().next().unwrap();
        let reasons = finished
            .attempts
            .iter()
            .map(|tried| tried.reason.as_deref());
        assert_eq!(
            reasons.collect::<Vec<_>>(),
            [Some("status did not match"); 2]
        );
    }

    #[test]
    fn the_last_attempt_of_a_poll_begins_shortly_before_the_deadline() {
        let text = polled(r#"every = "1s", timeout = "1500ms""#);
        let ran = run(&text, (0..3).map(|_| slow(404, 10)));
        assert_eq!(ran.sent(), ["0 GET /a", "1010 GET /a", "1400 GET /a"]);
        assert_eq!(ran.statuses(), [Status::Failed]);
        assert_eq!(
            ran.finished()
                .next()
                .unwrap()
                .failures
                .last()
                .unwrap()
                .reason,
            Some("they did not after 3 tries in 1.4 s".to_owned())
        );
    }

    #[test]
    fn an_attempt_is_cut_off_at_the_deadline_and_the_response_before_it_is_shown() {
        let text = polled(r#"every = "100ms", timeout = "1s""#);
        let ran = run(&text, [slow(404, 10), slow(200, 5_000)]);
        let finished = ran.finished().next().unwrap();
        assert_eq!(ran.statuses(), [Status::Failed]);
        assert_eq!((finished.code, finished.sent), (Some(404), 2));
        assert_eq!(
            finished.failures.last().unwrap().reason,
            Some(
                "they did not after 2 tries in 1.0 s; the last one was cut off at the deadline"
                    .to_owned()
            )
        );
    }

    #[test]
    fn a_poll_ends_when_stop_is_true() {
        let text =
            polled(r#"every = "1s", timeout = "10s", stop = "{{ response.status == 500 }}""#);
        let ran = run(&text, [404, 500].map(Reply::status));
        assert_eq!(ran.sent(), ["0 GET /a", "1000 GET /a"]);
        assert_eq!(
            ran.finished()
                .next()
                .unwrap()
                .failures
                .last()
                .unwrap()
                .reason,
            Some("`{{ response.status == 500 }}` became true".to_owned())
        );
    }

    #[test]
    fn every_attempt_of_a_repetition_must_pass() {
        let text = repeated(r#"max = 3, every = "10ms""#);
        let ran = run(&text, [200; 3].map(Reply::status));
        assert_eq!(ran.sent(), ["0 GET /a", "10 GET /a", "20 GET /a"]);
        assert_eq!(ran.statuses(), [Status::Passed]);
        let ran = run(&text, [200, 500, 200].map(Reply::status));
        assert_eq!(ran.statuses(), [Status::Failed]);
        assert_eq!(
            ran.reasons(),
            ["repeat: 2 of 3 passed; the first that failed is shown"]
        );
        assert_eq!(ran.finished().next().unwrap().code, Some(500));
    }

    #[test]
    fn a_part_of_a_repetition_may_fail_if_pass_allows_it() {
        let text = repeated("max = 4, pass = { gte = 3 }");
        let passing = run(&text, [200, 500, 200, 200].map(Reply::status));
        assert_eq!(passing.statuses(), [Status::Passed]);
        let failing = run(&text, [200, 500, 500, 200].map(Reply::status));
        assert_eq!(failing.statuses(), [Status::Failed]);
    }

    #[test]
    fn until_ends_a_repetition_and_must_become_true() {
        let text = repeated(r#"max = 3, until = "{{ response.json.done }}""#);
        let page = |done: bool| Reply::json(200, &format!(r#"{{"done":{done}}}"#));
        let ran = run(&text, [page(false), page(true)]);
        assert_eq!(
            (ran.sent().len(), ran.statuses()),
            (2, vec![Status::Passed])
        );
        let ran = run(&text, [page(false), page(false), page(false)]);
        assert_eq!(ran.reasons(), ["repeat until: it did not in 3 rounds"]);
    }

    #[test]
    fn a_failed_test_is_run_again_as_often_as_the_command_line_says() {
        let text = repeated("max = 1");
        let reruns = |retries| {
            run_with(&text, [500, 200].map(Reply::status), |settings| {
                settings.retries = retries;
            })
        };
        assert_eq!(reruns(0).statuses(), [Status::Failed]);
        assert_eq!(reruns(1).statuses(), [Status::Flaky]);
        assert_eq!(reruns(1).sent().len(), 2);
    }
}
