//! Several rounds of one request: `poll` until it holds, `repeat` and judge each.

use std::time::Duration;

use super::attempt::{AttemptEnd, StepAttempt};
use super::pace::Pace;
use super::scope::{RequestScope, words};
use super::send::Attempt;
use super::snapshots::SnapshotCheck;
use super::step::Runner;
use super::verdict::Problem;
use crate::http::Exchange;
use crate::source::Span;
use crate::syntax::{Pass, Poll, Repeat, Spanned};

/// The pause between two attempts, and the deadline, if `poll` does not say.
const EVERY: Duration = Duration::from_secs(1);
const TIMEOUT: Duration = Duration::from_secs(30);

impl Runner<'_> {
    /// Sends until the expectations hold; only the last response is evaluated. Every attempt is cut off at the deadline, and what
    /// is cut off does not pass, not even if an error is expected.
    pub(super) async fn poll(&self, poll: &Spanned<Poll>, scope: &RequestScope<'_>) -> StepAttempt {
        let mut pace = Pace::new(poll.every.unwrap_or(EVERY), poll.timeout.unwrap_or(TIMEOUT));
        let timed = Runner {
            wire: self.wire.until(pace.deadline()),
            ..*self
        };
        let (mut sent, mut attempts, mut complete) = (0, Vec::new(), None);
        loop {
            let mut round = timed.round(scope).await;
            sent += round.sent;
            round.sent = sent;
            round.attempts.splice(..0, attempts.drain(..));
            round.retried = false;
            let exchange = round.exchange.as_ref();
            let late = exchange.is_some_and(|exchange| timed.wire.was_cut_off(exchange));
            if round.end.is_some() || (round.problems.is_empty() && !late) {
                return round;
            }
            let came = exchange.is_some_and(|exchange| exchange.result.is_ok());
            let stop = poll.stop.as_ref().filter(|_| came);
            let stopped =
                stop.and_then(|stop| Some((stop, self.wire.bounded(|| stop.test(scope))?)));
            if let Some((stop, Ok(true))) = stopped {
                let reason = format!("`{}` became true", stop.template().text());
                round.problems.push(Problem::new(
                    "poll",
                    &stop.span,
                    reason,
                    "the expectations to hold before",
                ));
                return round;
            }
            let Some(pause) = pace.pause().filter(|_| self.wire.track.has_more()) else {
                if late && let Some(before) = complete.take() {
                    // Its response says more than that the time was over.
                    round = StepAttempt {
                        sent,
                        attempts: std::mem::take(&mut round.attempts),
                        ..before
                    };
                }
                let mut problem = out_of_time(&poll.span, (sent, late), pace.elapsed());
                // An error page has not what `stop` looks at: that alone is no reason to stop.
                let unstopped = |error| {
                    format!(
                        "`stop` could not be evaluated for the last response: {}",
                        words(&error)
                    )
                };
                problem.failure.hint = stopped.and_then(|(_, tested)| tested.err()).map(unstopped);
                round.problems.push(problem);
                return round;
            };
            round.tried(&mut attempts);
            complete = Some(round);
            if self.wire.pause(pause).await.is_none() {
                return StepAttempt::ended(AttemptEnd::Stopped);
            }
            scope.next_round();
        }
    }

    /// Sends several times and judges every response.
    pub(super) async fn repeat(
        &self,
        repeat: &Repeat,
        scope: &RequestScope<'_>,
        row: Option<usize>,
    ) -> StepAttempt {
        let mut tally = Tally::default();
        for number in 1..=repeat.times {
            let mut round = self.round(scope).await;
            if round.end.is_some() {
                return round;
            }
            self.look(&mut round, row, usize::try_from(number).ok());
            tally.add(round);
            match repeat
                .until
                .as_ref()
                .and_then(|until| Some((until, self.wire.bounded(|| until.test(scope))?)))
            {
                Some((_, Ok(true))) => return tally.finish(repeat, &self.step.span),
                Some((until, Err(error))) => {
                    tally.problems.push(Problem::new(
                        "repeat until",
                        &until.span,
                        words(&error),
                        "true or false",
                    ));
                    return tally.finish(repeat, &self.step.span);
                }
                _ => {}
            }
            let last = number == repeat.times;
            if !last
                && self
                    .wire
                    .pause(repeat.every.unwrap_or_default())
                    .await
                    .is_none()
            {
                return StepAttempt::ended(AttemptEnd::Stopped);
            }
            if !last {
                scope.next_round();
            }
        }
        if let Some(until) = &repeat.until {
            let reason = format!("it did not in {} rounds", repeat.times);
            tally.problems.push(Problem::new(
                "repeat until",
                &until.span,
                reason,
                &format!("`{}` to become true", until.template().text()),
            ));
        }
        tally.finish(repeat, &self.step.span)
    }
}

/// The problem of a poll whose expectations did not hold after so many tries, the last perhaps cut off.
fn out_of_time(span: &Span, (sent, late): (usize, bool), elapsed: Duration) -> Problem {
    let tries = if sent == 1 {
        "1 try".to_owned()
    } else {
        format!("{sent} tries")
    };
    let cut = if late {
        "; the last was cut off at the deadline"
    } else {
        ""
    };
    let reason = format!(
        "they did not after {tries} in {:.1} s{cut}",
        elapsed.as_secs_f64()
    );
    Problem::new("poll", span, reason, "the expectations to hold in time")
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
    looks: Vec<SnapshotCheck>,
}

impl Tally {
    fn add(&mut self, mut round: StepAttempt) {
        self.looks.append(&mut round.looks);
        self.rounds += 1;
        self.sent += round.sent;
        self.attempts
            .extend(round.attempts.drain(..).filter(|attempt| attempt.resent));
        self.attempts.truncate(Attempt::KEPT);
        self.expectations += round.expectations;
        self.retried |= round.retried;
        if round.problems.is_empty() {
            self.passed += 1;
            self.last = round.exchange;
        } else if self.failed.is_empty() {
            self.failed = round.problems;
            self.failed_exchange = round.exchange;
        }
    }

    fn finish(mut self, repeat: &Repeat, span: &Span) -> StepAttempt {
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
            looks,
            ..
        } = self;
        StepAttempt {
            problems,
            sent,
            attempts,
            expectations,
            exchange,
            retried,
            looks,
            ..StepAttempt::default()
        }
    }
}
