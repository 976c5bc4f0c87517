//! One step: its rows, rounds, polls and reruns, up to a verdict.

use std::sync::Arc;
use std::time::Instant;

use indexmap::IndexMap;

use super::conversation::Talked;
use super::fill::{self, Unfilled};
use super::scope::{AtStep, Captured, Names, hide, words};
use super::send::{Attempt, Sent, Wire};
use super::snapshots::{Asked, Look, Snapshots};
use super::stop::INTERRUPTED;
use crate::check;
use crate::http::{self, ErrorKind, Exchange, Until};
use crate::plan::Step;
use crate::snapshot::name::Instance;
use crate::source::{Diagnostic, Span};
use crate::syntax::Pass;
use crate::template::Binding;
use crate::value::Value;

/// A step, or one row of it, judged.
#[derive(Debug)]
pub(super) struct Judged {
    /// From 1, where the step has rows.
    pub(super) row: Option<usize>,
    pub(super) verdict: Verdict,
    /// How many requests were sent.
    pub(super) sent: usize,
    /// The tries before the last, the first of them.
    pub(super) attempts: Vec<Attempt>,
    /// How many expectations were judged.
    pub(super) expectations: usize,
    /// The last exchange.
    pub(super) exchange: Option<Exchange>,
    /// Whether its snapshot was looked at.
    pub(super) looked: bool,
}

/// How a step ended.
#[derive(Debug)]
pub(super) enum Verdict {
    Passed,
    /// Passed only when tried again.
    Flaky,
    Failed(Vec<Problem>),
    Skipped(String),
    /// Not sent, or ended, for this reason.
    NotRun(&'static str),
    /// Not sent: what proves who sends it could not be had, as the request of that name tells.
    Blocked(String),
}

/// One thing that failed.
#[derive(Debug)]
pub(super) struct Problem {
    /// What was judged.
    pub(super) subject: String,
    pub(super) failure: check::Failure,
    /// Whether the place is that of an expectation that stands by default.
    pub(super) by_default: bool,
}

impl Judged {
    /// A step, or a row of it, of which nothing was sent.
    fn unsent(row: Option<usize>, verdict: Verdict) -> Self {
        Self { row, verdict, sent: 0, attempts: Vec::new(), expectations: 0, exchange: None, looked: false }
    }

    fn not_run(row: Option<usize>, reason: &'static str) -> Self {
        Self::unsent(row, Verdict::NotRun(reason))
    }

    /// A step during which this program broke.
    pub(super) fn panicked(step: &Step, panic: &(dyn std::any::Any + Send)) -> Self {
        let reason = format!("apitest itself failed: {}", super::panic_text(panic));
        let mut problem = Problem::new("request", &step.span, reason, "a verdict");
        problem.failure.hint = Some("this is a defect of apitest: please report it".to_owned());
        Self::unsent(None, Verdict::Failed(vec![problem]))
    }
}

impl Problem {
    pub(super) fn new(subject: impl Into<String>, span: &Span, reason: impl Into<String>, expected: &str) -> Self {
        let failure = check::Failure {
            span: span.clone(),
            expected: expected.to_owned(),
            actual: None,
            reason: Some(reason.into()),
            differences: crate::value::diff::Differences::default(),
            hint: None,
            message: None,
        };
        Self { subject: subject.into(), failure, by_default: false }
    }
}

/// Runs one step.
pub(super) struct Runner<'a> {
    pub(super) step: &'a Step,
    pub(super) names: &'a Names<'a>,
    pub(super) base: Option<&'a url::Url>,
    pub(super) wire: Wire<'a>,
    /// How often a failed test is run again.
    pub(super) reruns: u64,
    /// The run's snapshots; none where they have no meaning.
    pub(super) snapshots: Option<&'a Snapshots>,
    /// The collection's row, from 1.
    pub(super) run: Option<usize>,
}

/// One answer, or several, judged.
#[derive(Default)]
struct Round {
    problems: Vec<Problem>,
    sent: usize,
    attempts: Vec<Attempt>,
    expectations: usize,
    exchange: Option<Exchange>,
    /// Whether it passed only thanks to `retry`.
    retried: bool,
    /// Why it was not judged, if so.
    end: Option<End>,
    /// How its snapshots were seen.
    looks: Vec<Look>,
}

/// Why an answer is not judged.
enum End {
    /// The run was stopped meanwhile.
    Stopped,
    /// What proves who asks could not be had, as the request of that name tells.
    Blocked(String),
}

impl Round {
    fn failed(problem: Problem) -> Self {
        Self { problems: vec![problem], ..Self::default() }
    }

    fn ended(end: End) -> Self {
        Self { end: Some(end), ..Self::default() }
    }

    /// Moves its tries, and itself, which failed, behind earlier ones: the request is sent again.
    fn tried(&mut self, attempts: &mut Vec<Attempt>) {
        attempts.append(&mut self.attempts);
        let reason = self.problems.first().map(|problem| format!("{} did not hold", problem.subject));
        attempts.extend(self.exchange.as_ref().map(|exchange| Attempt::new(exchange, reason)));
        attempts.truncate(Attempt::KEPT);
    }
}

impl Runner<'_> {
    /// Runs the step, telling each row as it is judged. What the rows captured becomes lists.
    pub(super) async fn run(&self, mut tell: impl FnMut(Judged)) {
        let Some(rows) = &self.step.rows else {
            let judged = self.row(None, None).await;
            if judged.exchange.is_none() && matches!(judged.verdict, Verdict::Failed(_) | Verdict::Blocked(_)) {
                self.forget();
            }
            tell(judged);
            return;
        };
        let scope = AtStep::new(self.names, self.step, None);
        let rows = match fill::rows(rows, &scope, &self.step.span) {
            Ok(rows) => rows,
            Err(unfilled) => {
                self.forget();
                return tell(Self::unfilled(&unfilled));
            }
        };
        let mut ran = false;
        let mut lists: IndexMap<String, (Vec<Value>, bool)> = IndexMap::new();
        for (index, row) in rows.enumerate() {
            if let Some(reason) = self.wire.over().filter(|_| index > 0) {
                tell(Judged::not_run(Some(index + 1), reason));
                continue;
            }
            let before = self.own_captured();
            let judged = self.row(Some(index + 1), Some(row)).await;
            ran |= !matches!(judged.verdict, Verdict::Skipped(_));
            tell(judged);
            self.collect(&before, &mut lists);
        }
        if ran {
            self.forget();
        }
        let mut captured = self.names.captured.borrow_mut();
        for (name, (values, secret)) in lists {
            captured.insert(name, Binding { value: Arc::new(Value::Array(values)), secret });
        }
    }

    /// What the step's captures stand for now: earlier steps', before its own.
    fn own_captured(&self) -> Captured {
        let captured = self.names.captured.borrow();
        let known = |name: &String| Some((name.clone(), captured.get(name)?.clone()));
        self.step.captured().filter_map(known).collect()
    }

    /// Moves what a row captured into the lists.
    fn collect(&self, before: &Captured, lists: &mut IndexMap<String, (Vec<Value>, bool)>) {
        let mut captured = self.names.captured.borrow_mut();
        for name in self.step.captured() {
            let earlier = |binding: &Binding| before.get(name).is_some_and(|known| Arc::ptr_eq(&known.value, &binding.value));
            if let Some(binding) = captured.swap_remove(name).filter(|binding| !earlier(binding)) {
                let list = lists.entry(name.clone()).or_default();
                list.0.push(Value::clone(&binding.value));
                list.1 |= binding.secret;
            }
            if let Some(binding) = before.get(name) {
                captured.insert(name.clone(), binding.clone());
            }
        }
    }

    fn unfilled(unfilled: &Unfilled) -> Judged {
        let problem = Problem::new("request", &unfilled.span, unfilled.message.clone(), "a request that can be made");
        Judged::unsent(None, Verdict::Failed(vec![problem]))
    }

    async fn row(&self, row: Option<usize>, value: Option<Arc<Value>>) -> Judged {
        self.wire.track.row.set(row);
        let scope = AtStep::new(self.names, self.step, value);
        let judged = |verdict| Judged::unsent(row, verdict);
        if let Some(reason) = &self.step.skip {
            return judged(Verdict::Skipped(reason.clone()));
        }
        if let Some(when) = &self.step.when {
            match when.test(&scope) {
                Ok(true) => {}
                Ok(false) => return judged(Verdict::Skipped(format!("`{}` is false", when.template().text()))),
                Err(error) => {
                    let problem = Problem::new("when", &when.span, words(&error), "true or false");
                    return judged(Verdict::Failed(vec![problem]));
                }
            }
        }
        if self.wire.pause(self.step.delay.unwrap_or_default()).await.is_none() {
            return judged(Verdict::NotRun(INTERRUPTED));
        }
        self.until_passed(row, &scope).await
    }

    /// The test, and again where it failed and reruns are allowed.
    async fn until_passed(&self, row: Option<usize>, scope: &AtStep<'_>) -> Judged {
        let (mut sent, mut attempts) = (0, Vec::new());
        for run in 0.. {
            let mut round = self.test(scope, row).await;
            sent += round.sent;
            let again = !round.problems.is_empty() && run < self.reruns && self.wire.track.has_more();
            let looked = !round.looks.is_empty();
            if round.end.is_none() && !again {
                self.settle(&mut round);
            }
            let failed = !round.problems.is_empty();
            let verdict = match round.end {
                Some(End::Stopped) => Verdict::NotRun(INTERRUPTED),
                Some(End::Blocked(by)) => Verdict::Blocked(by),
                None if again => {
                    round.tried(&mut attempts);
                    scope.next_round();
                    continue;
                }
                None if failed => Verdict::Failed(round.problems),
                None if run > 0 || round.retried => Verdict::Flaky,
                None => Verdict::Passed,
            };
            attempts.append(&mut round.attempts);
            let Round { expectations, exchange, .. } = round;
            return Judged { row, verdict, sent, attempts, expectations, exchange, looked };
        }
        Judged { sent, ..Judged::not_run(row, INTERRUPTED) }
    }

    async fn test(&self, scope: &AtStep<'_>, row: Option<usize>) -> Round {
        let mut round = match (&self.step.repeat, &self.step.poll) {
            (Some(repeat), _) => return Box::pin(self.repeat(repeat, scope, row)).await,
            (None, Some(poll)) => Box::pin(self.poll(poll, scope)).await,
            (None, None) => self.round(scope).await,
        };
        self.look(&mut round, row, None);
        round
    }

    /// Holds an answer against its snapshot.
    fn look(&self, round: &mut Round, row: Option<usize>, number: Option<usize>) {
        let (Some(snapshots), Some(snapshot)) = (self.snapshots, &self.step.snapshot) else { return };
        let Some(Ok(response)) = round.exchange.as_ref().map(|exchange| &exchange.result) else { return };
        let asked = Asked {
            collection: self.names.collection,
            step: self.step,
            snapshot,
            instance: Instance { run: self.run, row, round: number },
            redactor: self.names.redactor,
            good: round.problems.is_empty(),
        };
        let Some((problems, look)) = snapshots.judge(&asked, response) else { return };
        round.expectations += 1;
        round.problems.extend(problems);
        round.looks.push(look);
    }

    /// Writes what a final verdict leaves to write.
    fn settle(&self, round: &mut Round) {
        let Some(snapshots) = self.snapshots else { return };
        let unwritten = std::mem::take(&mut round.looks).into_iter().filter_map(|look| snapshots.settle(look));
        round.problems.extend(unwritten);
    }

    /// One request, its answer judged.
    async fn round(&self, scope: &AtStep<'_>) -> Round {
        let filled = match fill::fill(&self.step.request, self.base, scope) {
            Ok(filled) => filled,
            Err(unfilled) => {
                let problem = Problem::new("request", &unfilled.span, unfilled.message, "a request that can be made");
                return Round::failed(problem);
            }
        };
        if let Some(by) = self.lacking(&filled) {
            return Round::ended(End::Blocked(by));
        }
        if let Some(conversation) = &self.step.request.conversation {
            let Some(talked) = Box::pin(self.converse(filled, conversation, scope)).await else {
                return Round::ended(End::Stopped);
            };
            let Talked { exchange, problems, expectations } = talked;
            return Round { problems, sent: 1, expectations, exchange: Some(exchange), ..Round::default() };
        }
        let Some(Sent { exchange, times, earlier }) = self.send(filled, scope).await else {
            return Round::ended(End::Stopped);
        };
        if let Some(by) = self.lacked(&exchange) {
            return Round::ended(End::Blocked(by));
        }
        *scope.request.borrow_mut() = self.step.uses_request.then(|| exchange.request.clone());
        *scope.response.borrow_mut() = self.response_value(&exchange);
        let mut problems = self.capture(&exchange, scope);
        // Now that secrets it held are known.
        self.wire.track.keep(&exchange);
        let expectations = self.judge(&exchange, scope, &mut problems);
        let retried = times > 1;
        Round { problems, sent: times, attempts: earlier, expectations, retried, exchange: Some(exchange), ..Round::default() }
    }

    /// The request is sent; of a stream of events as much is read as is expected.
    async fn send(&self, filled: http::Request, scope: &AtStep<'_>) -> Option<Sent> {
        let (request, retry) = (&self.step.request, self.step.retry.as_ref());
        match self.step.stream() {
            None => self.wire.send(filled, request, retry, None).await,
            Some(events) => Box::pin(self.watch(events, filled, scope)).await,
        }
    }

    async fn watch(&self, events: &check::Events, filled: http::Request, scope: &AtStep<'_>) -> Option<Sent> {
        let (request, retry) = (&self.step.request, self.step.retry.as_ref());
        let asked = filled.clone();
        let watch = events.watch(scope, &asked);
        let enough = |body: &[u8]| watch.is_enough(body);
        self.wire.send(filled, request, retry, Some(&Until { within: events.within(), enough: &enough })).await
    }

    fn title(&self) -> (&str, &str) {
        (&self.names.collection.path, &self.step.name)
    }

    /// The other request that told that what proves who sends this one cannot be had.
    fn lacking(&self, filled: &http::Request) -> Option<String> {
        let auth = filled.auth.as_ref().filter(|_| !self.step.expects_error)?;
        self.names.credentials.cause(auth, self.title())
    }

    /// Notes whether what proves who sends a request could be had; says who told it before, where it could not.
    fn lacked(&self, exchange: &Exchange) -> Option<String> {
        let auth = exchange.request.auth.as_ref().filter(|_| !self.step.expects_error)?;
        match &exchange.result {
            Err(error) if error.kind == ErrorKind::Auth => self.names.credentials.lack(auth, self.title()),
            _ => {
                self.names.credentials.had(auth);
                None
            }
        }
    }

    /// Judges the expectations and says how many there were.
    pub(super) fn judge(&self, exchange: &Exchange, scope: &AtStep<'_>, problems: &mut Vec<Problem>) -> usize {
        match check::evaluate(&self.step.expectations, exchange, scope) {
            Err(error) => {
                let mut problem = Problem::new(error.kind.name(), &self.step.span, error.message.clone(), "");
                problem.failure.hint.clone_from(&error.hint);
                problem.by_default = true;
                problems.push(problem);
                0
            }
            Ok(outcomes) => {
                let judged = outcomes.len();
                for outcome in outcomes {
                    let expectation = outcome.expectation;
                    if let check::Verdict::Failed(failure) = outcome.verdict {
                        let by_default = expectation.is_default();
                        problems.push(Problem { subject: expectation.subject(), failure: *failure, by_default });
                    }
                }
                judged
            }
        }
    }

    /// `response` for expressions: made only where one asks for it.
    pub(super) fn response_value(&self, exchange: &Exchange) -> Option<Arc<Value>> {
        if self.step.uses_response { exchange.as_value().cloned() } else { None }
    }

    /// Takes the captures, also where expectations fail: teardown needs the id.
    pub(super) fn capture(&self, exchange: &Exchange, scope: &AtStep<'_>) -> Vec<Problem> {
        let mut problems = Vec::new();
        if exchange.result.is_err() {
            // Nor may an earlier value stand in for one that a lost answer would have had.
            self.forget();
            return problems;
        }
        problems.extend(self.step.captures.iter().filter_map(|(name, capture)| self.take(name, capture, exchange, scope)));
        problems
    }

    /// Takes one capture, or says why there is nothing.
    pub(super) fn take(&self, name: &str, capture: &check::Capture, exchange: &Exchange, scope: &AtStep<'_>) -> Option<Problem> {
        let taken = match capture.take(exchange, scope) {
            Ok(taken) => taken,
            Err(failure) => {
                // An earlier value of the name must not stand in for the one that was not found.
                self.names.captured.borrow_mut().swap_remove(name);
                return Some(Problem { subject: format!("capture {name}"), failure: *failure, by_default: false });
            }
        };
        if taken.secret && hide(self.names.redactor, name, &taken.value).is_err() {
            let text = taken.value.to_text().unwrap_or_default();
            self.names.redactor.add_whole(name, &text);
            let message = format!("the secret `{name}` has only {} characters", text.chars().count());
            let hint = "it is hidden only where it is the whole of a field: inside other text it would hide much else";
            self.names.warnings.borrow_mut().push(Diagnostic::warning(capture.span(), message).hint(hint));
        }
        let binding = Binding { value: taken.value, secret: taken.secret };
        self.names.captured.borrow_mut().insert(name.to_owned(), binding);
        None
    }

    /// Drops what earlier requests, or earlier rounds of this one, captured under the names of this one.
    pub(super) fn forget(&self) {
        let mut captured = self.names.captured.borrow_mut();
        self.step.captured().for_each(|name| drop(captured.swap_remove(name)));
    }

    /// Sends until the expectations hold; only the last answer is judged.
    async fn poll(&self, poll: &crate::syntax::Poll, scope: &AtStep<'_>) -> Round {
        let every = poll.every.unwrap_or(std::time::Duration::from_secs(1));
        let limit = poll.timeout.unwrap_or(std::time::Duration::from_secs(30));
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
                round.problems.push(Problem::new("poll", &self.step.span, reason, "the expectations to hold in time"));
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
    async fn repeat(&self, repeat: &crate::syntax::Repeat, scope: &AtStep<'_>, row: Option<usize>) -> Round {
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

    fn finish(mut self, repeat: &crate::syntax::Repeat, span: &Span) -> Round {
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

/// How a step ended, for those that need it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) enum State {
    /// Its turn has not come.
    #[default]
    Pending,
    Passed,
    Failed,
    Skipped,
    /// Blocked, by the step of that name.
    Blocked(String),
    Stopped,
}
