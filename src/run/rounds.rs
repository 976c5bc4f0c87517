//! Several rounds of one request: `poll` until it holds, `repeat` and judge each.

use std::time::{Duration, Instant};

use super::round::{End, Round};
use super::scope::{AtStep, words};
use super::snapshots::Look;
use super::step::Runner;
use super::verdict::Problem;
use crate::http::Exchange;
use crate::source::Span;
use crate::syntax::{Pass, Poll, Repeat, Spanned};

impl Runner<'_> {
    /// Sends until the expectations hold; only the last answer is judged.
    pub(super) async fn poll(&self, poll: &Spanned<Poll>, scope: &AtStep<'_>) -> Round {
        let every = poll.every.unwrap_or(Duration::from_secs(1));
        let limit = poll.timeout.unwrap_or(Duration::from_secs(30));
        let started = Instant::now();
        let (mut sent, mut attempts) = (0, Vec::new());
        loop {
            let mut round = self.round(scope).await;
            sent += round.sent;
            round.sent = sent;
            round.attempts.splice(..0, attempts.drain(..));
            round.retried = false;
            if round.problems.is_empty() || round.end.is_some() {
                return round;
            }
            if let Some(stop) =
                poll.stop.as_ref().filter(|_| round.exchange.as_ref().is_some_and(|exchange| exchange.result.is_ok()))
            {
                match stop.test(scope) {
                    Ok(false) => {}
                    Ok(true) => {
                        let reason = format!("`{}` became true", stop.template().text());
                        round.problems.push(Problem::new("poll", &stop.span, reason, "the expectations to hold before"));
                        return round;
                    }
                    Err(error) => {
                        round.problems.push(Problem::new("poll stop", &stop.span, words(&error), "true or false"));
                        return round;
                    }
                }
            }
            if started.elapsed() + every > limit || !self.wire.track.has_more() {
                let tries = if sent == 1 { "1 try".to_owned() } else { format!("{sent} tries") };
                let reason = format!("they did not after {tries} in {:.1} s", started.elapsed().as_secs_f64());
                round.problems.push(Problem::new("poll", &poll.span, reason, "the expectations to hold in time"));
                return round;
            }
            round.tried(&mut attempts);
            if self.wire.pause(every).await.is_none() {
                return Round::ended(End::Stopped);
            }
            scope.next_round();
        }
    }

    /// Sends several times and judges every answer.
    pub(super) async fn repeat(&self, repeat: &Repeat, scope: &AtStep<'_>, row: Option<usize>) -> Round {
        let mut tally = Tally::default();
        for number in 1..=repeat.times {
            let mut round = self.round(scope).await;
            if round.end.is_some() {
                return round;
            }
            self.look(&mut round, row, usize::try_from(number).ok());
            tally.add(round);
            match repeat.until.as_ref().map(|until| (until, until.test(scope))) {
                Some((_, Ok(true))) => return tally.finish(repeat, &self.step.span),
                Some((until, Err(error))) => {
                    tally.problems.push(Problem::new("repeat until", &until.span, words(&error), "true or false"));
                    return tally.finish(repeat, &self.step.span);
                }
                _ => {}
            }
            let last = number == repeat.times;
            if !last && self.wire.pause(repeat.every.unwrap_or_default()).await.is_none() {
                return Round::ended(End::Stopped);
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

/// What several rounds gave together.
#[derive(Default)]
struct Tally {
    rounds: u64,
    passed: u64,
    sent: usize,
    expectations: usize,
    retried: bool,
    /// The first failed round's, which are shown for all.
    failed: Vec<Problem>,
    failed_exchange: Option<Exchange>,
    last: Option<Exchange>,
    /// Of the repetition itself.
    problems: Vec<Problem>,
    looks: Vec<Look>,
}

impl Tally {
    fn add(&mut self, mut round: Round) {
        self.looks.append(&mut round.looks);
        self.rounds += 1;
        self.sent += round.sent;
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

    fn finish(mut self, repeat: &Repeat, span: &Span) -> Round {
        let enough = match repeat.pass {
            Some(pass) => pass.holds(self.passed),
            None => self.failed.is_empty(),
        };
        let mut problems = std::mem::take(&mut self.problems);
        if !enough {
            let wanted = repeat.pass.map_or_else(|| "every round to pass".to_owned(), Pass::describe);
            let reason = format!("{} of {} passed; the first that failed is shown", self.passed, self.rounds);
            problems.push(Problem::new("repeat", span, reason, &wanted));
            problems.extend(self.failed);
        }
        let exchange = if enough { self.last.or(self.failed_exchange) } else { self.failed_exchange.or(self.last) };
        let Self { sent, expectations, retried, looks, .. } = self;
        Round { problems, sent, expectations, exchange, retried, looks, ..Round::default() }
    }
}
