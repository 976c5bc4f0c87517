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

#[cfg(test)]
mod tests {
    use crate::event::Status;
    use crate::run::testing::{run, run_with};
    use crate::run::transport::fake::Reply;

    /// A request whose rows capture an id each, and one that uses the list.
    const ROWS: &str = r#"
        [[request]]
        name = "make"
        post = "/make/{{ n }}"
        rows = [{ n = 1 }, { n = 2 }, { n = 3 }]
        capture.ids = "$.id"
        expect.status = 201

        [[request]]
        name = "read"
        get = "/read/{{ ids | join('-') }}"
        expect.status = 200
    "#;

    fn made(status: u16, id: &str) -> Reply {
        Reply::json(status, &format!(r#"{{"id":"{id}"}}"#))
    }

    #[test]
    fn each_row_has_a_result_and_captures_become_a_list() {
        let replies = [
            made(201, "a"),
            made(201, "b"),
            made(201, "c"),
            Reply::status(200),
        ];
        let ran = run(ROWS, replies);
        let rows: Vec<_> = ran.finished().map(|finished| finished.row).collect();
        assert_eq!(rows, [Some(1), Some(2), Some(3), None]);
        assert_eq!(ran.statuses(), [Status::Passed; 4]);
        assert_eq!(ran.sent().last(), Some(&"0 GET /read/a-b-c"));
    }

    #[test]
    fn a_failed_row_ends_no_other_and_its_capture_counts() {
        let replies = [
            made(201, "a"),
            made(500, "b"),
            Reply::status(201),
            Reply::status(200),
        ];
        let ran = run(ROWS, replies);
        assert_eq!(
            ran.statuses(),
            [
                Status::Passed,
                Status::Failed,
                Status::Failed,
                Status::Passed
            ]
        );
        assert_eq!(ran.sent().last(), Some(&"0 GET /read/a-b"));
    }

    #[test]
    fn without_any_capture_there_is_no_list() {
        let replies = [201, 201, 201].map(Reply::status);
        let ran = run(ROWS, replies);
        assert_eq!(ran.statuses().last(), Some(&Status::Blocked));
        assert_eq!(ran.sent().len(), 3);
    }

    #[test]
    fn no_row_sees_what_another_captured() {
        let text = r#"
            [vars]
            id = "nothing"

            [[request]]
            name = "a"
            get = "/a/{{ id }}"
            rows = [{ n = 1 }, { n = 2 }]
            capture.id = "$.id"
        "#;
        let ran = run(text, [made(200, "x"), made(200, "y")]);
        assert_eq!(ran.sent(), ["0 GET /a/nothing", "0 GET /a/nothing"]);
    }

    #[test]
    fn rows_are_not_begun_after_enough_failures() {
        let replies = [made(500, "a")];
        let ran = run_with(ROWS, replies, |settings| settings.max_failures = Some(1));
        let mut expected = vec![Status::Failed];
        expected.extend([Status::NotRun; 3]);
        assert_eq!(ran.statuses(), expected);
        assert_eq!(ran.sent().len(), 1);
    }

    #[test]
    fn an_empty_list_fails_a_request_and_leaves_nothing_to_do_in_teardown() {
        let text = |part: &str| {
            format!(
                r#"
                [[request]]
                name = "list"
                get = "/list"
                capture.ids = "$.ids"

                [[{part}]]
                name = "each"
                delete = "/{{{{ row }}}}"
                rows = "{{{{ ids }}}}"
                "#
            )
        };
        let none = || [Reply::json(200, r#"{"ids":[]}"#)];
        assert_eq!(
            run(&text("request"), none()).statuses(),
            [Status::Passed, Status::Failed]
        );
        assert_eq!(
            run(&text("teardown"), none()).statuses(),
            [Status::Passed, Status::Skipped]
        );
    }
}
