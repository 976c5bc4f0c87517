//! The rows of a step, one after the other.

use std::iter::{Enumerate, Peekable};

use super::attempt::unfilled;
use super::context::StepContext;
use super::fill::{self, Rows};
use super::result::{StepResult, Verdict};
use super::scope::RequestScope;
use super::stop::INTERRUPTED;
use super::transport::Transport;
use crate::event::Part;
use crate::plan::{self, Step};
use crate::source::Span;
use crate::syntax::Spanned;
use crate::template::Binding;
use crate::value::Value;

/// The rows of a step that are still to run; a step without rows runs once.
///
/// It gives one result after the other, so that each can be committed before the next row is sent.
pub(super) struct StepRows<'a> {
    step: &'a Step,
    state: State<'a>,
}

enum State<'a> {
    New,
    Rows(Enumerate<Peekable<Rows<'a>>>),
    Over,
}

impl<'a> StepRows<'a> {
    pub(super) fn new(step: &'a Step) -> Self {
        Self {
            step,
            state: State::New,
        }
    }

    /// Runs the next row.
    pub(super) async fn next<T: Transport>(
        &mut self,
        context: &StepContext<'_, T>,
    ) -> Option<StepResult> {
        if matches!(self.state, State::New) {
            let Some(rows) = &self.step.rows else {
                self.state = State::Over;
                return Some(context.execute(None).await);
            };
            match self.evaluated(rows, context) {
                Ok(rows) => self.state = State::Rows(rows.enumerate()),
                Err(result) => {
                    self.state = State::Over;
                    return Some(*result);
                }
            }
        }
        let State::Rows(rows) = &mut self.state else {
            return None;
        };
        let (index, row) = rows.next()?;
        let number = Some(index + 1);
        if let Some(reason) = context.sender.over().filter(|_| index > 0) {
            return Some(StepResult::not_run(number, reason));
        }
        Some(context.in_row(number).execute(Some(row)).await)
    }

    /// The rows; otherwise the result of the step without them.
    fn evaluated<T: Transport>(
        &self,
        written: &'a Spanned<plan::Rows>,
        context: &StepContext<'_, T>,
    ) -> Result<Peekable<Rows<'a>>, Box<StepResult>> {
        let scope = RequestScope::new(context.names, self.step, None);
        if let Some(verdict) = context.skipped_before_rows(&scope) {
            return Err(self.ended(verdict));
        }
        let rows = || fill::rows(written, &scope, &written.span);
        let Some(rows) = context.sender.bounded(rows) else {
            return Err(self.ended(Verdict::NotRun(INTERRUPTED)));
        };
        let rows = rows.map_err(|error| self.ended(Verdict::Failed(vec![unfilled(*error)])))?;
        let mut rows = rows.peekable();
        if rows.peek().is_none() {
            return Err(self.without_rows(&written.span));
        }
        Ok(rows)
    }

    /// The result of a step of which no row was sent; one that failed captures nothing.
    fn ended(&self, verdict: Verdict) -> Box<StepResult> {
        let mut result = StepResult::unsent(None, verdict);
        if matches!(result.verdict, Verdict::Failed(_)) {
            result.captures.discard_others(self.step.captured());
        }
        Box::new(result)
    }

    /// What becomes of a step without a row. In setup and teardown there is nothing to do, and nothing to capture.
    fn without_rows(&self, span: &Span) -> Box<StepResult> {
        if self.step.part == Part::Request {
            let problem = unfilled(*fill::unfilled(fill::NO_ROWS, span));
            return self.ended(Verdict::Failed(vec![problem]));
        }
        let mut result = self.ended(Verdict::Nothing);
        for name in self.step.captured() {
            let none = Binding {
                value: Value::Array(Vec::new()).into(),
                secret: false,
            };
            result.captures.set(name, none);
        }
        result
    }
}
