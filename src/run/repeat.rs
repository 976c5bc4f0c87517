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
