//! One attempt: a request filled and sent, its captures taken, its response judged.

use std::sync::Arc;

use super::context::StepContext;
use super::fill::{self, Unfilled};
use super::problem::Problem;
use super::result::Attempt;
use super::retry::{self, Again, Sent};
use super::scope::RequestScope;
use super::sender::EVALUATION;
use super::snapshots::SnapshotCheck;
use super::transport::Transport;
use super::websocket::Talked;
use crate::budget::{self, Spent};
use crate::check;
use crate::http::{self, Exchange, StreamLimit};
use crate::source::Diagnostic;

/// The result of one attempt, or of several that `poll` or `repeat` made.
#[derive(Default)]
pub(super) struct AttemptResult {
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
    pub(super) snapshots: Vec<SnapshotCheck>,
}

/// Why a response is not judged.
pub(super) enum AttemptEnd {
    /// The run was stopped meanwhile.
    Stopped,
    /// The credentials could not be had, as the request of that name reports.
    Blocked(String),
}

impl AttemptResult {
    pub(super) fn failed(problem: Problem) -> Self {
        Self {
            problems: vec![problem],
            ..Self::default()
        }
    }

    pub(super) fn stopped() -> Self {
        Self::ended(AttemptEnd::Stopped)
    }

    fn ended(end: AttemptEnd) -> Self {
        Self {
            end: Some(end),
            ..Self::default()
        }
    }

    /// An attempt that was sent, without problems yet.
    fn of(sent: Sent) -> Self {
        Self {
            sent: sent.times,
            attempts: sent.earlier,
            retried: sent.troubled,
            exchange: Some(sent.exchange),
            ..Self::default()
        }
    }

    /// Moves its attempts, and itself, which failed, behind earlier ones: the request is sent again.
    pub(super) fn tried(&mut self, attempts: &mut Vec<Attempt>) {
        attempts.append(&mut self.attempts);
        let reason = self
            .problems
            .first()
            .map(|problem| format!("{} did not match", problem.subject));
        attempts.extend(
            self.exchange
                .as_ref()
                .map(|exchange| Attempt::new(exchange, reason)),
        );
        attempts.truncate(Attempt::KEPT);
    }
}

/// The problem of a request that cannot be made.
pub(super) fn unfilled(unfilled: Unfilled) -> Problem {
    let mut problem = Problem::new(
        "request",
        &unfilled.span,
        unfilled.message,
        "a request that can be sent",
    );
    problem.failure.hint = unfilled.hint;
    problem
}

impl<T: Transport> StepContext<'_, T> {
    /// One request, its response judged.
    pub(super) async fn attempt(&self, scope: &RequestScope<'_>) -> AttemptResult {
        let filled = match self.filled(scope) {
            Ok(filled) => filled,
            Err(result) => return *result,
        };
        let settings = self.settings(&filled);
        if let Some(by) = self.lacking(&filled, &settings) {
            return AttemptResult::ended(AttemptEnd::Blocked(by));
        }
        if let Some(conversation) = &self.step().request.conversation {
            let talked = Box::pin(self.converse(filled, conversation, scope)).await;
            return match talked {
                Some(talked) => self.conversed(talked, &settings),
                None => AttemptResult::stopped(),
            };
        }
        let Some(sent) = self.send(filled, scope).await else {
            return AttemptResult::stopped();
        };
        if let Some(by) = self.lacked(&sent.exchange, &settings) {
            return AttemptResult::ended(AttemptEnd::Blocked(by));
        }
        self.evaluated(sent, scope)
    }

    /// The request with all values in it; otherwise the attempt that ends here.
    fn filled(&self, scope: &RequestScope<'_>) -> Result<http::Request, Box<AttemptResult>> {
        let fill = || fill::fill(&self.step().request, self.caller.base, scope);
        match self.sender.bounded(fill) {
            Some(Ok(filled)) => Ok(filled),
            Some(Err(error)) if !self.sender.is_stopped() => {
                Err(Box::new(AttemptResult::failed(unfilled(*error))))
            }
            _ => Err(Box::new(AttemptResult::stopped())),
        }
    }

    /// The attempt of a conversation.
    fn conversed(&self, talked: Talked, settings: &Arc<http::Settings>) -> AttemptResult {
        if let Some(by) = self.lacked(&talked.sent.exchange, settings) {
            return AttemptResult::ended(AttemptEnd::Blocked(by));
        }
        AttemptResult {
            problems: talked.problems,
            expectations: talked.expectations,
            ..AttemptResult::of(talked.sent)
        }
    }

    /// The attempt of an exchange: captures its values, and evaluates its expectations.
    fn evaluated(&self, sent: Sent, scope: &RequestScope<'_>) -> AttemptResult {
        let exchange = &sent.exchange;
        *scope.request.borrow_mut() = self.step().uses_request.then(|| exchange.request.clone());
        if let Some(warning) = exchange
            .response()
            .and_then(http::Response::framing_warning)
        {
            let hint = "the server, or a proxy in front of it, breaks RFC 9112 section 6";
            let warning = Diagnostic::warning(&self.step().span, warning).hint(hint);
            scope.warnings.borrow_mut().push(warning);
        }
        let evaluate = || {
            *scope.response.borrow_mut() = self.response_value(exchange);
            let mut problems = self.capture(exchange, scope);
            self.record(exchange);
            let expectations = self.judge(exchange, scope, &mut problems);
            (problems, expectations)
        };
        let ((problems, expectations), ended) =
            budget::within(EVALUATION, self.sender.stopped(), evaluate);
        if ended == Some(Spent::Stopped) {
            return AttemptResult::stopped();
        }
        AttemptResult {
            problems,
            expectations,
            ..AttemptResult::of(sent)
        }
    }

    /// How the request is sent again, if `retry` says so.
    pub(super) fn again<'a>(
        &'a self,
        expected: &'a dyn Fn(&Exchange) -> bool,
    ) -> Option<Again<'a>> {
        let retry = self.step().retry.as_deref()?;
        Some(Again { retry, expected })
    }

    /// The request is sent; of a stream of events as much is read as is expected.
    async fn send(&self, filled: http::Request, scope: &RequestScope<'_>) -> Option<Sent> {
        match self.step().stream() {
            None => self.send_until(filled, scope, None).await,
            Some(events) => Box::pin(self.watch(events, filled, scope)).await,
        }
    }

    async fn watch(
        &self,
        events: &check::Events,
        filled: http::Request,
        scope: &RequestScope<'_>,
    ) -> Option<Sent> {
        let asked = filled.clone();
        let watch = events.watch(scope, &asked);
        let stopped = self.sender.stopped();
        let enough =
            |body: &[u8]| budget::within(EVALUATION, stopped.clone(), || watch.is_enough(body)).0;
        let until = StreamLimit {
            within: events.within(),
            enough: &enough,
        };
        self.send_until(filled, scope, Some(&until)).await
    }

    async fn send_until(
        &self,
        filled: http::Request,
        scope: &RequestScope<'_>,
        until: Option<&StreamLimit<'_>>,
    ) -> Option<Sent> {
        let expected = |exchange: &Exchange| self.expects(exchange, scope);
        let again = self.again(&expected);
        retry::send(&self.sender, &self.caller, filled, again, until).await
    }
}
