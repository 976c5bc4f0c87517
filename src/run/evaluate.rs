//! A response evaluated: its captures taken, its expectations judged.

use std::sync::Arc;

use super::context::StepContext;
use super::problem::Problem;
use super::scope::{RequestScope, hide};
use super::transport::Transport;
use crate::check;
use crate::event::{Subject, SubjectKind};
use crate::http::{self, ErrorKind, Exchange};
use crate::source::Diagnostic;
use crate::template::Binding;
use crate::value::Value;

impl<T: Transport> StepContext<'_, T> {
    /// Whether `expect` asks for this status, or for this error.
    pub(super) fn expects(&self, exchange: &Exchange, scope: &RequestScope<'_>) -> bool {
        let decides = |expectation: &check::Expectation| {
            !expectation.is_default()
                && matches!(
                    expectation.subject().kind(),
                    SubjectKind::Status | SubjectKind::Error
                )
        };
        let expectations = &self.step().expectations;
        if !expectations.iter().any(decides) {
            return false;
        }
        *scope.response.borrow_mut() = self.response_value(exchange);
        let evaluate = || check::evaluate(expectations, exchange, scope);
        let Some(check::Evaluation { error, outcomes }) = self.sender.bounded(evaluate) else {
            return false;
        };
        let mut deciding = outcomes
            .iter()
            .filter(|outcome| decides(outcome.expectation))
            .peekable();
        error.is_none() && deciding.peek().is_some() && deciding.all(check::Outcome::passed)
    }

    /// Judges the expectations and says how many there were.
    pub(super) fn judge(
        &self,
        exchange: &Exchange,
        scope: &RequestScope<'_>,
        problems: &mut Vec<Problem>,
    ) -> usize {
        let check::Evaluation { error, outcomes } =
            check::evaluate(&self.step().expectations, exchange, scope);
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
        let mut problem = Problem::new(subject, &self.step().span, reason, "");
        problem.failure.hint.clone_from(&error.hint);
        problem.by_default = true;
        problem.about = (error.kind == ErrorKind::Timeout).then_some(check::ExchangePart::Time);
        problem
    }

    /// `response` for expressions: made only if one asks for it.
    pub(super) fn response_value(&self, exchange: &Exchange) -> Option<Arc<Value>> {
        if self.step().uses_response {
            exchange.as_value().cloned()
        } else {
            None
        }
    }

    /// Takes the captures, also if expectations fail: teardown needs the id.
    pub(super) fn capture(&self, exchange: &Exchange, scope: &RequestScope<'_>) -> Vec<Problem> {
        if exchange.result.is_err() {
            // Nor may an earlier value stand in for one that a lost response would have had.
            self.discard_captures(scope);
            return Vec::new();
        }
        let captures = self.step().captures.iter();
        captures
            .filter_map(|(name, capture)| take(name, capture, exchange, scope))
            .collect()
    }

    /// Discards what earlier requests, or earlier attempts of this one, captured under the names of this one.
    pub(super) fn discard_captures(&self, scope: &RequestScope<'_>) {
        let mut captures = scope.captures.borrow_mut();
        self.step()
            .captured()
            .for_each(|name| captures.discard(name));
    }
}

/// Takes one capture, or says why there is nothing.
pub(super) fn take(
    name: &str,
    capture: &check::Capture,
    exchange: &Exchange,
    scope: &RequestScope<'_>,
) -> Option<Problem> {
    let taken = match capture.take(exchange, scope) {
        Ok(taken) => taken,
        Err(failure) => {
            scope.captures.borrow_mut().discard(name);
            return Some(Problem {
                subject: Subject::other(format!("capture {name}")),
                failure: *failure,
                by_default: false,
                about: Some(capture.about()),
            });
        }
    };
    let redactor = scope.names.redactor;
    if taken.secret && hide(redactor, name, &taken.value).is_err() {
        let text = taken.value.to_text().unwrap_or_default();
        redactor.add_whole(name, &text);
        let message = format!(
            "the secret `{name}` has only {} characters",
            text.chars().count()
        );
        let hint =
            "it is only masked if it is the whole field: inside other text it would mask too much";
        let warning = Diagnostic::warning(capture.span(), message).hint(hint);
        scope.warnings.borrow_mut().push(warning);
    }
    let binding = Binding {
        value: taken.value,
        secret: taken.secret,
    };
    scope.captures.borrow_mut().set(name, binding);
    None
}
