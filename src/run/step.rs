//! One step, or one row of it, up to a verdict: conditions, attempts, reruns.

use std::sync::Arc;

use super::attempt::{AttemptEnd, AttemptResult};
use super::context::StepContext;
use super::problem::Problem;
use super::repeat::Attempts;
use super::result::{StepResult, Verdict};
use super::scope::{RequestScope, words};
use super::sender::EVALUATION;
use super::snapshots::Asked;
use super::stop::INTERRUPTED;
use super::transport::Transport;
use crate::budget;
use crate::http::Exchange;
use crate::snapshot::name::Instance;
use crate::value::Value;

impl<T: Transport> StepContext<'_, T> {
    /// Runs the step, or the row of this context, and gives what it did.
    pub(super) async fn execute(&self, row: Option<Arc<Value>>) -> StepResult {
        let scope = RequestScope::new(self.names, self.step(), row);
        let (title, wrong) = self.title_of(&scope);
        let mut result = self.unless_skipped(&scope, wrong).await;
        result.title = title;
        self.finish_captures(&result, &scope);
        result.captures = scope.captures.into_inner();
        result.warnings = scope.warnings.into_inner();
        result
    }

    /// The name that shows the row, and the problem if it cannot be evaluated.
    fn title_of(&self, scope: &RequestScope<'_>) -> (Option<String>, Option<Problem>) {
        let Some(title) = &self.step().title else {
            return (None, None);
        };
        match self.sender.bounded(|| title.render(scope)) {
            None => (None, None),
            Some(Ok(shown)) => (Some(shown.text), None),
            Some(Err(error)) => {
                let problem = Problem::new("name", &title.span, words(&error), "a name");
                (None, Some(problem))
            }
        }
    }

    /// Discards earlier values that must not stand in for those that were not captured.
    fn finish_captures(&self, result: &StepResult, scope: &RequestScope<'_>) {
        let step = self.step();
        let failed = matches!(result.verdict, Verdict::Failed(_) | Verdict::Blocked(_));
        if step.rows.is_some() {
            if !matches!(result.verdict, Verdict::Skipped(_)) {
                let mut captures = scope.captures.borrow_mut();
                captures.discard_others(step.captured());
            }
        } else if failed && result.exchange.is_none() {
            self.discard_captures(scope);
        }
    }

    /// Runs it unless something says not to; `wrong` is what is wrong with its name.
    async fn unless_skipped(&self, scope: &RequestScope<'_>, wrong: Option<Problem>) -> StepResult {
        let unsent = |verdict| StepResult::unsent(self.caller.row, verdict);
        let whole = if self.step().rows.is_none() {
            self.skipped_before_rows(scope)
        } else {
            None
        };
        if let Some(verdict) = whole.or_else(|| self.row_skipped(scope)) {
            return unsent(verdict);
        }
        if let Some(wrong) = wrong {
            return unsent(Verdict::Failed(vec![wrong]));
        }
        let delay = self.step().delay.unwrap_or_default();
        if self.sender.pause(delay).await.is_none() {
            return unsent(Verdict::NotRun(INTERRUPTED));
        }
        self.with_reruns(scope).await
    }

    /// Why no row is sent, as far as that does not depend on the row: the rows themselves may be undefined then.
    pub(super) fn skipped_before_rows(&self, scope: &RequestScope<'_>) -> Option<Verdict> {
        let step = self.step();
        let skipped = step.skip.clone().map(Verdict::Skipped);
        skipped.or_else(|| {
            if step.when_first {
                self.unless_when(scope)
            } else {
                None
            }
        })
    }

    /// Why a row is not sent.
    fn row_skipped(&self, scope: &RequestScope<'_>) -> Option<Verdict> {
        if self.step().when_first {
            None
        } else {
            self.unless_when(scope)
        }
    }

    /// What becomes of the step if `when` is false, or cannot be evaluated.
    fn unless_when(&self, scope: &RequestScope<'_>) -> Option<Verdict> {
        let when = self.step().when.as_ref()?;
        match self.sender.bounded(|| when.test(scope)) {
            None => Some(Verdict::NotRun(INTERRUPTED)),
            Some(Ok(true)) => None,
            Some(Ok(false)) => Some(Verdict::Skipped(format!(
                "`{}` is false",
                when.template().text()
            ))),
            Some(Err(error)) => Some(Verdict::Failed(vec![Problem::new(
                "when",
                &when.span,
                words(&error),
                "true or false",
            )])),
        }
    }

    /// The test, and again if it failed and reruns are allowed.
    async fn with_reruns(&self, scope: &RequestScope<'_>) -> StepResult {
        let (mut sent, mut attempts) = (0, Vec::new());
        let mut run = 0;
        loop {
            let mut result = self.test(scope).await;
            sent += result.sent;
            let failed = !result.problems.is_empty();
            let again = failed && run < self.reruns && self.has_more();
            if result.end.is_none() && again {
                result.tried(&mut attempts);
                scope.next_attempt();
                run += 1;
                continue;
            }
            let verdict = match result.end {
                Some(AttemptEnd::Stopped) => Verdict::NotRun(INTERRUPTED),
                Some(AttemptEnd::Blocked(by)) => Verdict::Blocked(by),
                None if failed => Verdict::Failed(result.problems),
                None if run > 0 || result.retried => Verdict::Flaky,
                None => Verdict::Passed,
            };
            attempts.append(&mut result.attempts);
            return StepResult {
                sent,
                attempts,
                expectations: result.expectations,
                exchange: result.exchange,
                snapshots: result.snapshots,
                ..StepResult::unsent(self.caller.row, verdict)
            };
        }
    }

    /// One attempt, or those of `repeat` or `poll`.
    async fn test(&self, scope: &RequestScope<'_>) -> AttemptResult {
        let attempts = Attempts {
            sender: self.sender,
            scope,
        };
        let step = self.step();
        let mut result = match (&step.repeat, &step.poll) {
            (Some(repeat), _) => {
                let attempt = async |number| {
                    let mut result = self.attempt(scope).await;
                    self.check_snapshot(&mut result, number);
                    result
                };
                return Box::pin(attempts.repeat(repeat, &step.span, attempt)).await;
            }
            (None, Some(poll)) => {
                let attempt = async |sender| {
                    let timed = StepContext { sender, ..*self };
                    timed.attempt(scope).await
                };
                Box::pin(attempts.poll(poll, || self.has_more(), attempt)).await
            }
            (None, None) => self.attempt(scope).await,
        };
        self.check_snapshot(&mut result, None);
        result
    }

    /// Compares a response with its snapshot, which is the one of the attempt of that number in a repetition.
    fn check_snapshot(&self, result: &mut AttemptResult, number: Option<usize>) {
        let (Some(snapshots), Some(snapshot)) = (self.snapshots, &self.step().snapshot) else {
            return;
        };
        let Some(Ok(response)) = result.exchange.as_ref().map(Exchange::whole) else {
            return;
        };
        let asked = Asked {
            collection: self.names.collection,
            step: self.step(),
            snapshot,
            instance: Instance {
                run: self.caller.collection_row,
                row: self.caller.row,
                round: number,
            },
            redactor: self.names.redactor,
            good: result.problems.is_empty(),
        };
        let judge = || snapshots.judge(&asked, response);
        let (judged, spent) = budget::within(EVALUATION, self.sender.stopped(), judge);
        let Some((mut problems, mut check)) = judged else {
            return;
        };
        if let Some(spent) = spent {
            // What is volatile may not have been found: nothing is kept.
            check.forget();
            problems = vec![Problem::new(
                "snapshot",
                &snapshot.span,
                spent.reason(),
                "a response that can be evaluated in time",
            )];
        }
        result.expectations += 1;
        result.problems.extend(problems);
        result.snapshots.push(check);
    }
}
