//! One step: its rows and reruns, up to a verdict.

use std::sync::Arc;

use indexmap::IndexMap;

use super::attempt::{AttemptEnd, StepAttempt};
use super::fill::{self, Unfilled};
use super::scope::{Captured, RequestScope, VariableScope, words};
use super::send::{EVALUATION, Sender};
use super::snapshots::{Asked, Snapshots};
use super::stop::INTERRUPTED;
use super::verdict::{Problem, StepResult, Verdict};
use crate::budget;
use crate::event::Part;
use crate::http::Exchange;
use crate::plan::Step;
use crate::snapshot::name::Instance;
use crate::source::Span;
use crate::template::{Binding, Template};
use crate::value::Value;

/// Runs one step.
#[derive(Clone, Copy)]
pub(super) struct Runner<'a> {
    pub(super) step: &'a Step,
    pub(super) names: &'a VariableScope<'a>,
    pub(super) base: Option<&'a url::Url>,
    pub(super) wire: Sender<'a>,
    /// How often a failed test is run again.
    pub(super) reruns: u64,
    /// The run's snapshots; none where they have no meaning.
    pub(super) snapshots: Option<&'a Snapshots>,
    /// The collection's row, from 1.
    pub(super) run: Option<usize>,
}

impl Runner<'_> {
    /// Runs the step, telling each row as it is judged. What the rows captured becomes lists.
    pub(super) async fn run(&self, mut emit: impl FnMut(StepResult)) {
        let Some(written) = &self.step.rows else {
            let judged = self.row(None, None).await;
            if judged.exchange.is_none()
                && matches!(judged.verdict, Verdict::Failed(_) | Verdict::Blocked(_))
            {
                self.forget();
            }
            emit(judged);
            return;
        };
        let scope = RequestScope::new(self.names, self.step, None);
        if let Some(verdict) = self.skipped_before_rows(&scope) {
            if matches!(verdict, Verdict::Failed(_)) {
                self.forget();
            }
            return emit(StepResult::unsent(None, verdict));
        }
        let Some(rows) = self
            .wire
            .bounded(|| fill::rows(written, &scope, &written.span))
        else {
            return emit(StepResult::not_run(None, INTERRUPTED));
        };
        let mut rows = match rows {
            Ok(found) => found.peekable(),
            Err(unfilled) => {
                self.forget();
                return emit(Self::unfilled(&unfilled));
            }
        };
        if rows.peek().is_none() {
            return emit(self.without_rows(&written.span));
        }
        let mut ran = false;
        let mut lists: IndexMap<String, (Vec<Value>, bool)> = IndexMap::new();
        for (index, row) in rows.enumerate() {
            if let Some(reason) = self.wire.over().filter(|_| index > 0) {
                emit(StepResult::not_run(Some(index + 1), reason));
                continue;
            }
            let before = self.own_captured();
            let judged = self.row(Some(index + 1), Some(row)).await;
            ran |= !matches!(judged.verdict, Verdict::Skipped(_));
            emit(judged);
            self.collect(&before, &mut lists);
        }
        if ran {
            self.forget();
        }
        self.capture_lists(lists);
    }

    /// Captures what the rows captured, as lists.
    fn capture_lists(&self, lists: IndexMap<String, (Vec<Value>, bool)>) {
        let lists = lists.into_iter().map(|(name, (values, secret))| {
            let value = Arc::new(Value::Array(values));
            (name, Binding { value, secret })
        });
        self.names.captured.borrow_mut().extend(lists);
    }

    /// What becomes of a step without a row. In setup and teardown there is nothing to do, and nothing to capture.
    fn without_rows(&self, span: &Span) -> StepResult {
        self.forget();
        if self.step.part == Part::Request {
            return Self::unfilled(&fill::unfilled(fill::NO_ROWS, span));
        }
        let none = || Binding {
            value: Arc::new(Value::Array(Vec::new())),
            secret: false,
        };
        self.names
            .captured
            .borrow_mut()
            .extend(self.step.captured().map(|name| (name.clone(), none())));
        StepResult::unsent(None, Verdict::Nothing)
    }

    /// Why no row is sent, as far as that does not depend on the row: the rows themselves may be undefined then.
    fn skipped_before_rows(&self, scope: &RequestScope<'_>) -> Option<Verdict> {
        let skipped = self
            .step
            .skip
            .as_ref()
            .map(|reason| Verdict::Skipped(reason.clone()));
        skipped.or_else(|| {
            if self.step.when_first {
                self.unless_when(scope)
            } else {
                None
            }
        })
    }

    /// Why a row is not sent.
    fn row_skipped(&self, scope: &RequestScope<'_>) -> Option<Verdict> {
        if self.step.when_first {
            None
        } else {
            self.unless_when(scope)
        }
    }

    /// What becomes of the step if `when` is false, or cannot be evaluated.
    fn unless_when(&self, scope: &RequestScope<'_>) -> Option<Verdict> {
        let when = self.step.when.as_ref()?;
        match self.wire.bounded(|| when.test(scope)) {
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
            let earlier = |binding: &Binding| {
                before
                    .get(name)
                    .is_some_and(|known| Arc::ptr_eq(&known.value, &binding.value))
            };
            if let Some(binding) = captured
                .swap_remove(name)
                .filter(|binding| !earlier(binding))
            {
                let list = lists.entry(name.clone()).or_default();
                list.0.push(Value::clone(&binding.value));
                list.1 |= binding.secret;
            }
            if let Some(binding) = before.get(name) {
                captured.insert(name.clone(), binding.clone());
            }
        }
    }

    fn unfilled(unfilled: &Unfilled) -> StepResult {
        let mut problem = Problem::new(
            "request",
            &unfilled.span,
            unfilled.message.clone(),
            "a request that can be made",
        );
        problem.failure.hint.clone_from(&unfilled.hint);
        StepResult::unsent(None, Verdict::Failed(vec![problem]))
    }

    async fn row(&self, row: Option<usize>, value: Option<Arc<Value>>) -> StepResult {
        self.wire.track.row.set(row);
        let scope = RequestScope::new(self.names, self.step, value);
        let shown = |title: &Template| self.wire.bounded(|| title.render(&scope));
        let title = self
            .step
            .title
            .as_ref()
            .and_then(|title| Some((title, shown(title)?)));
        let (title, wrong) = match title {
            Some((_, Ok(shown))) => (Some(shown.text), None),
            Some((title, Err(error))) => (
                None,
                Some(Problem::new("name", &title.span, words(&error), "a name")),
            ),
            None => (None, None),
        };
        StepResult {
            title,
            ..self.in_row(row, &scope, wrong).await
        }
    }

    /// Runs one row; `wrong` is what is wrong with its name.
    async fn in_row(
        &self,
        row: Option<usize>,
        scope: &RequestScope<'_>,
        wrong: Option<Problem>,
    ) -> StepResult {
        let judged = |verdict| StepResult::unsent(row, verdict);
        let whole = if self.step.rows.is_none() {
            self.skipped_before_rows(scope)
        } else {
            None
        };
        if let Some(verdict) = whole.or_else(|| self.row_skipped(scope)) {
            return judged(verdict);
        }
        if let Some(wrong) = wrong {
            return judged(Verdict::Failed(vec![wrong]));
        }
        if self
            .wire
            .pause(self.step.delay.unwrap_or_default())
            .await
            .is_none()
        {
            return judged(Verdict::NotRun(INTERRUPTED));
        }
        self.until_passed(row, scope).await
    }

    /// The test, and again where it failed and reruns are allowed.
    async fn until_passed(&self, row: Option<usize>, scope: &RequestScope<'_>) -> StepResult {
        let (mut sent, mut attempts) = (0, Vec::new());
        for run in 0.. {
            let mut round = self.test(scope, row).await;
            sent += round.sent;
            let again =
                !round.problems.is_empty() && run < self.reruns && self.wire.track.has_more();
            let looked = !round.looks.is_empty();
            if round.end.is_none() && !again {
                self.settle(&mut round);
            }
            let failed = !round.problems.is_empty();
            let verdict = match round.end {
                Some(AttemptEnd::Stopped) => Verdict::NotRun(INTERRUPTED),
                Some(AttemptEnd::Blocked(by)) => Verdict::Blocked(by),
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
            let StepAttempt {
                expectations,
                exchange,
                ..
            } = round;
            return StepResult {
                row,
                title: None,
                verdict,
                sent,
                attempts,
                expectations,
                exchange,
                looked,
            };
        }
        StepResult {
            sent,
            ..StepResult::not_run(row, INTERRUPTED)
        }
    }

    async fn test(&self, scope: &RequestScope<'_>, row: Option<usize>) -> StepAttempt {
        let mut round = match (&self.step.repeat, &self.step.poll) {
            (Some(repeat), _) => return Box::pin(self.repeat(repeat, scope, row)).await,
            (None, Some(poll)) => Box::pin(self.poll(poll, scope)).await,
            (None, None) => self.round(scope).await,
        };
        self.look(&mut round, row, None);
        round
    }

    /// Holds a response against its snapshot.
    pub(super) fn look(&self, round: &mut StepAttempt, row: Option<usize>, number: Option<usize>) {
        let (Some(snapshots), Some(snapshot)) = (self.snapshots, &self.step.snapshot) else {
            return;
        };
        let Some(Ok(response)) = round.exchange.as_ref().map(Exchange::whole) else {
            return;
        };
        let asked = Asked {
            collection: self.names.collection,
            step: self.step,
            snapshot,
            instance: Instance {
                run: self.run,
                row,
                round: number,
            },
            redactor: self.names.redactor,
            good: round.problems.is_empty(),
        };
        let judge = || snapshots.judge(&asked, response);
        let (judged, spent) = budget::within(EVALUATION, self.wire.stopped(), judge);
        let Some((mut problems, mut look)) = judged else {
            return;
        };
        if let Some(spent) = spent {
            // What is volatile may not have been found: nothing is kept.
            look.forget();
            problems = vec![Problem::new(
                "snapshot",
                &snapshot.span,
                spent.reason(),
                "a response that can be evaluated in time",
            )];
        }
        round.expectations += 1;
        round.problems.extend(problems);
        round.looks.push(look);
    }

    /// Writes what a final verdict leaves to write.
    fn settle(&self, round: &mut StepAttempt) {
        let Some(snapshots) = self.snapshots else {
            return;
        };
        let unwritten = std::mem::take(&mut round.looks)
            .into_iter()
            .filter_map(|look| snapshots.settle(look));
        round.problems.extend(unwritten);
    }
}
