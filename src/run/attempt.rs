//! One request sent, its captures taken, its response judged.

use std::sync::Arc;

use super::fill;
use super::scope::{RequestScope, hide};
use super::send::{Again, Attempt, EVALUATION, Sent, options};
use super::snapshots::SnapshotCheck;
use super::step::Runner;
use super::verdict::Problem;
use super::websocket::Talked;
use crate::budget::{self, Spent};
use crate::check;
use crate::event::{Subject, SubjectKind};
use crate::http::{self, ErrorKind, Exchange, StreamLimit};
use crate::source::Diagnostic;
use crate::template::Binding;
use crate::value::Value;

/// One response, or several, judged.
#[derive(Default)]
pub(super) struct StepAttempt {
    pub(super) problems: Vec<Problem>,
    pub(super) sent: usize,
    pub(super) attempts: Vec<Attempt>,
    pub(super) expectations: usize,
    pub(super) exchange: Option<Exchange>,
    /// Whether it passed only because of `retry`; waiting for a deployment does not count.
    pub(super) retried: bool,
    /// Why it was not judged, if so.
    pub(super) end: Option<AttemptEnd>,
    /// How its snapshots were seen.
    pub(super) looks: Vec<SnapshotCheck>,
}

/// Why a response is not judged.
pub(super) enum AttemptEnd {
    /// The run was stopped meanwhile.
    Stopped,
    /// What proves who asks could not be had, as the request of that name tells.
    Blocked(String),
}

impl StepAttempt {
    pub(super) fn failed(problem: Problem) -> Self {
        Self {
            problems: vec![problem],
            ..Self::default()
        }
    }

    pub(super) fn ended(end: AttemptEnd) -> Self {
        Self {
            end: Some(end),
            ..Self::default()
        }
    }

    /// A round that was sent, without problems yet.
    fn of(sent: Sent) -> Self {
        Self {
            sent: sent.times,
            attempts: sent.earlier,
            retried: sent.troubled,
            exchange: Some(sent.exchange),
            ..Self::default()
        }
    }

    /// Moves its tries, and itself, which failed, behind earlier ones: the request is sent again.
    pub(super) fn tried(&mut self, attempts: &mut Vec<Attempt>) {
        attempts.append(&mut self.attempts);
        let reason = self
            .problems
            .first()
            .map(|problem| format!("{} did not hold", problem.subject));
        attempts.extend(
            self.exchange
                .as_ref()
                .map(|exchange| Attempt::new(exchange, reason)),
        );
        attempts.truncate(Attempt::KEPT);
    }
}

impl Runner<'_> {
    /// One request, its response judged.
    pub(super) async fn round(&self, scope: &RequestScope<'_>) -> StepAttempt {
        let filled = match self.filled(scope) {
            Ok(filled) => filled,
            Err(round) => return *round,
        };
        let settings = self.settings(&filled);
        if let Some(by) = self.lacking(&filled, &settings) {
            return StepAttempt::ended(AttemptEnd::Blocked(by));
        }
        if let Some(conversation) = &self.step.request.conversation {
            let talked = Box::pin(self.converse(filled, conversation, scope)).await;
            return match talked {
                Some(talked) => self.conversed(talked, &settings),
                None => StepAttempt::ended(AttemptEnd::Stopped),
            };
        }
        let Some(sent) = self.send(filled, scope).await else {
            return StepAttempt::ended(AttemptEnd::Stopped);
        };
        if let Some(by) = self.lacked(&sent.exchange, &settings) {
            return StepAttempt::ended(AttemptEnd::Blocked(by));
        }
        self.evaluated(sent, scope)
    }

    /// The request with all values in it; otherwise the round that ends here.
    fn filled(&self, scope: &RequestScope<'_>) -> Result<http::Request, Box<StepAttempt>> {
        let filled = self
            .wire
            .bounded(|| fill::fill(&self.step.request, self.base, scope));
        match filled {
            Some(Ok(filled)) => Ok(filled),
            Some(Err(unfilled)) if !self.wire.is_stopped() => {
                let mut problem = Problem::new(
                    "request",
                    &unfilled.span,
                    unfilled.message,
                    "a request that can be made",
                );
                problem.failure.hint = unfilled.hint;
                Err(Box::new(StepAttempt::failed(problem)))
            }
            _ => Err(Box::new(StepAttempt::ended(AttemptEnd::Stopped))),
        }
    }

    /// The round of a conversation.
    fn conversed(&self, talked: Talked, settings: &Arc<http::Settings>) -> StepAttempt {
        if let Some(by) = self.lacked(&talked.sent.exchange, settings) {
            return StepAttempt::ended(AttemptEnd::Blocked(by));
        }
        StepAttempt {
            problems: talked.problems,
            expectations: talked.expectations,
            ..StepAttempt::of(talked.sent)
        }
    }

    /// The round of an exchange: captures its values, and evaluates its expectations.
    fn evaluated(&self, sent: Sent, scope: &RequestScope<'_>) -> StepAttempt {
        let exchange = &sent.exchange;
        *scope.request.borrow_mut() = self.step.uses_request.then(|| exchange.request.clone());
        if let Some(warning) = exchange
            .response()
            .and_then(http::Response::framing_warning)
        {
            let hint = "the server, or a proxy in front of it, breaks RFC 9112 section 6";
            self.names
                .warnings
                .borrow_mut()
                .push(Diagnostic::warning(&self.step.span, warning).hint(hint));
        }
        let evaluate = || {
            *scope.response.borrow_mut() = self.response_value(exchange);
            let mut problems = self.capture(exchange, scope);
            // Now that secrets it held are known.
            self.wire.track.keep(exchange);
            let expectations = self.judge(exchange, scope, &mut problems);
            (problems, expectations)
        };
        let ((problems, expectations), ended) =
            budget::within(EVALUATION, self.wire.stopped(), evaluate);
        if ended == Some(Spent::Stopped) {
            return StepAttempt::ended(AttemptEnd::Stopped);
        }
        StepAttempt {
            problems,
            expectations,
            ..StepAttempt::of(sent)
        }
    }

    /// How the request is sent again, if `retry` says so.
    pub(super) fn again<'a>(
        &'a self,
        expected: &'a dyn Fn(&Exchange) -> bool,
    ) -> Option<Again<'a>> {
        self.step
            .retry
            .as_deref()
            .map(|retry| Again { retry, expected })
    }

    /// Whether `expect` asks for this status, or for this error.
    pub(super) fn expects(&self, exchange: &Exchange, scope: &RequestScope<'_>) -> bool {
        let decides = |expectation: &check::Expectation| {
            !expectation.is_default()
                && matches!(
                    expectation.subject().kind(),
                    SubjectKind::Status | SubjectKind::Error
                )
        };
        if !self.step.expectations.iter().any(decides) {
            return false;
        }
        *scope.response.borrow_mut() = self.response_value(exchange);
        let evaluate = || check::evaluate(&self.step.expectations, exchange, scope);
        let Some(check::Evaluation { error, outcomes }) = self.wire.bounded(evaluate) else {
            return false;
        };
        let mut deciding = outcomes
            .iter()
            .filter(|outcome| decides(outcome.expectation))
            .peekable();
        error.is_none() && deciding.peek().is_some() && deciding.all(check::Outcome::passed)
    }

    /// The request is sent; of a stream of events as much is read as is expected.
    async fn send(&self, filled: http::Request, scope: &RequestScope<'_>) -> Option<Sent> {
        let expected = |exchange: &Exchange| self.expects(exchange, scope);
        match self.step.stream() {
            None => {
                self.wire
                    .send(filled, &self.step.request, self.again(&expected), None)
                    .await
            }
            Some(events) => Box::pin(self.watch(events, filled, scope)).await,
        }
    }

    async fn watch(
        &self,
        events: &check::Events,
        filled: http::Request,
        scope: &RequestScope<'_>,
    ) -> Option<Sent> {
        let expected = |exchange: &Exchange| self.expects(exchange, scope);
        let asked = filled.clone();
        let watch = events.watch(scope, &asked);
        let stopped = self.wire.stopped();
        let enough =
            |body: &[u8]| budget::within(EVALUATION, stopped.clone(), || watch.is_enough(body)).0;
        let until = StreamLimit {
            within: events.within(),
            enough: &enough,
        };
        self.wire
            .send(
                filled,
                &self.step.request,
                self.again(&expected),
                Some(&until),
            )
            .await
    }

    fn title(&self) -> (&str, &str) {
        (&self.names.collection.path, &self.step.name)
    }

    /// How the connection of a request is made.
    fn settings(&self, request: &http::Request) -> Arc<http::Settings> {
        request
            .settings
            .clone()
            .unwrap_or_else(|| options(&self.step.request).settings)
    }

    /// The other request that told that what proves who sends this one cannot be had.
    fn lacking(&self, filled: &http::Request, settings: &Arc<http::Settings>) -> Option<String> {
        let auth = filled.auth.as_ref().filter(|_| !self.step.expects_error)?;
        self.names.credentials.cause((auth, settings), self.title())
    }

    /// Notes whether what proves who sends a request could be had; says who told it before, where it could not.
    fn lacked(&self, exchange: &Exchange, settings: &Arc<http::Settings>) -> Option<String> {
        let auth = exchange
            .request
            .auth
            .as_ref()
            .filter(|_| !self.step.expects_error)?;
        match &exchange.result {
            Err(error) if error.kind == ErrorKind::Auth => {
                self.names.credentials.lack((auth, settings), self.title())
            }
            _ => {
                self.names.credentials.had(auth);
                None
            }
        }
    }

    /// Judges the expectations and says how many there were.
    pub(super) fn judge(
        &self,
        exchange: &Exchange,
        scope: &RequestScope<'_>,
        problems: &mut Vec<Problem>,
    ) -> usize {
        let check::Evaluation { error, outcomes } =
            check::evaluate(&self.step.expectations, exchange, scope);
        // In front of what follows from it.
        problems.splice(..0, error.map(|error| self.broken(error)));
        let judged = outcomes.len();
        for outcome in outcomes {
            let expectation = outcome.expectation;
            if let check::Verdict::Failed(failure) = outcome.verdict {
                let by_default = expectation.is_default();
                let about = Some(expectation.about());
                problems.push(Problem {
                    subject: expectation.subject(),
                    failure: *failure,
                    by_default,
                    about,
                });
            }
        }
        judged
    }

    /// The failure that there is no response, or that its body is broken.
    fn broken(&self, error: &http::Error) -> Problem {
        let subject = error.kind.name();
        let reason = error
            .message
            .strip_prefix(&format!("{subject} "))
            .unwrap_or(&error.message);
        let mut problem = Problem::new(subject, &self.step.span, reason, "");
        problem.failure.hint.clone_from(&error.hint);
        problem.by_default = true;
        problem.about = (error.kind == ErrorKind::Timeout).then_some(check::ExchangePart::Time);
        problem
    }

    /// `response` for expressions: made only where one asks for it.
    pub(super) fn response_value(&self, exchange: &Exchange) -> Option<Arc<Value>> {
        if self.step.uses_response {
            exchange.as_value().cloned()
        } else {
            None
        }
    }

    /// Takes the captures, also where expectations fail: teardown needs the id.
    pub(super) fn capture(&self, exchange: &Exchange, scope: &RequestScope<'_>) -> Vec<Problem> {
        let mut problems = Vec::new();
        if exchange.result.is_err() {
            // Nor may an earlier value stand in for one that a lost response would have had.
            self.forget();
            return problems;
        }
        problems.extend(
            self.step
                .captures
                .iter()
                .filter_map(|(name, capture)| self.take(name, capture, exchange, scope)),
        );
        problems
    }

    /// Takes one capture, or says why there is nothing.
    pub(super) fn take(
        &self,
        name: &str,
        capture: &check::Capture,
        exchange: &Exchange,
        scope: &RequestScope<'_>,
    ) -> Option<Problem> {
        let taken = match capture.take(exchange, scope) {
            Ok(taken) => taken,
            Err(failure) => {
                // An earlier value of the name must not stand in for the one that was not found.
                self.names.captured.borrow_mut().swap_remove(name);
                return Some(Problem {
                    subject: Subject::other(format!("capture {name}")),
                    failure: *failure,
                    by_default: false,
                    about: Some(capture.about()),
                });
            }
        };
        if taken.secret && hide(self.names.redactor, name, &taken.value).is_err() {
            let text = taken.value.to_text().unwrap_or_default();
            self.names.redactor.add_whole(name, &text);
            let message = format!(
                "the secret `{name}` has only {} characters",
                text.chars().count()
            );
            let hint = "it is hidden only where it is the whole of a field: inside other text it would hide much else";
            self.names
                .warnings
                .borrow_mut()
                .push(Diagnostic::warning(capture.span(), message).hint(hint));
        }
        let binding = Binding {
            value: taken.value,
            secret: taken.secret,
        };
        self.names
            .captured
            .borrow_mut()
            .insert(name.to_owned(), binding);
        None
    }

    /// Drops what earlier requests, or earlier rounds of this one, captured under the names of this one.
    pub(super) fn forget(&self) {
        let mut captured = self.names.captured.borrow_mut();
        self.step
            .captured()
            .for_each(|name| drop(captured.swap_remove(name)));
    }
}
