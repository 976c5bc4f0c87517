//! What a run comes to as test cases, the same in every report that has such.
//!
//! Each request and row is a case; setup and teardown only where they did not pass, as in the counts. What makes a run red
//! and is no request is a case too, so that no report is green where the run is not: each problem of a file, and the reason
//! for which the run as a whole is red.

use indexmap::IndexMap;

use super::words;
use crate::event::{
    CollectionStarted, Event, Place, Problem, RequestFinished, RunFinished, Severity, Status,
};
use crate::text::{escape_control, escape_control_line};

/// A collection, or one of its rows: path and row.
pub(super) type Id = (String, Option<usize>);

/// What a case came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// A request, as it ended.
    Request(Status),
    /// A file has a problem.
    Problem,
    /// The run as a whole is red.
    Run,
}

/// One test case.
#[derive(Debug)]
pub(super) struct Case<'a> {
    /// The collection that it belongs to.
    pub(super) id: Id,
    /// The collection's name, with its row.
    pub(super) suite: String,
    /// Its name, with its row.
    pub(super) name: String,
    /// Where it is written.
    pub(super) place: Option<&'a Place>,
    pub(super) outcome: Outcome,
    /// Why it is not green, in one line; empty where it is.
    pub(super) reason: String,
    /// The request, where it is one.
    pub(super) request: Option<&'a RequestFinished>,
    more: &'a str,
}

impl Case<'_> {
    /// Everything that helps, as lines of text; empty where it is green.
    pub(super) fn details(&self) -> String {
        match self.request {
            Some(request) if self.is_bad() => words::details(request),
            _ => escape_control(self.more).into_owned(),
        }
    }

    /// Whether it makes the run red.
    pub(super) fn is_bad(&self) -> bool {
        match self.outcome {
            Outcome::Request(status) => matches!(status, Status::Failed | Status::Blocked),
            Outcome::Problem | Outcome::Run => true,
        }
    }

    /// `hello › GET /hello greets [2]`
    pub(super) fn title(&self) -> String {
        format!("{} › {}", self.suite, self.name)
    }

    /// What names the case in every run: its file, the rows, its name; of what is no request, what it says.
    pub(super) fn identity(&self) -> String {
        let row = self.id.1.map(|row| format!("[{row}]")).unwrap_or_default();
        let Some(request) = self.request else {
            return format!("{}{row}::{}", self.id.0, self.reason);
        };
        let own = request
            .row
            .map(|row| format!("[{row}]"))
            .unwrap_or_default();
        format!("{}{row}::{}{own}", request.path, request.name)
    }
}

/// Makes cases of events, in their order.
#[derive(Debug, Default)]
pub(super) struct Cases {
    /// The names of the collections that are not over.
    names: IndexMap<Id, String>,
    /// How many cases are red so far.
    bad: usize,
}

impl Cases {
    /// The case that an event is, if it is one.
    pub(super) fn of<'a>(&mut self, event: &'a Event) -> Option<Case<'a>> {
        let case = match event {
            Event::CollectionStarted(started) => {
                self.started(started);
                None
            }
            Event::CollectionFinished(over) => {
                self.names.shift_remove(&(over.path.clone(), over.row));
                None
            }
            Event::Problem(problem) => problem_case(problem),
            Event::RequestFinished(request) if request.is_counted() => Some(self.request(request)),
            Event::RunFinished(over) => self.run(over),
            _ => None,
        }?;
        self.bad += usize::from(case.is_bad());
        Some(case)
    }

    fn started(&mut self, started: &CollectionStarted) {
        self.names.insert(
            (started.path.clone(), started.row),
            shown(&started.name, started.row),
        );
    }

    fn request<'a>(&self, request: &'a RequestFinished) -> Case<'a> {
        let id = (request.path.clone(), request.collection_row);
        let suite = self
            .names
            .get(&id)
            .cloned()
            .unwrap_or_else(|| shown(&request.path, request.collection_row));
        Case {
            id,
            suite,
            name: shown(&request.name, request.row),
            place: Some(&request.place),
            outcome: Outcome::Request(request.status),
            reason: words::reason(request),
            request: Some(request),
            more: "",
        }
    }

    /// The run itself, where it is red and no other case says so.
    fn run<'a>(&self, over: &'a RunFinished) -> Option<Case<'a>> {
        let reason = match &over.reason {
            _ if over.exit_code == 0 => return None,
            _ if over.interrupted => "the run was interrupted".to_owned(),
            Some(reason) => escape_control_line(reason).into_owned(),
            None if self.bad == 0 => format!("the exit code is {}", over.exit_code),
            None => return None,
        };
        Some(Case {
            id: (RUN.to_owned(), None),
            suite: RUN.to_owned(),
            name: "the run".to_owned(),
            place: None,
            outcome: Outcome::Run,
            reason,
            request: None,
            more: "",
        })
    }
}

/// What the run as a whole stands under.
const RUN: &str = "apitest";

/// An error keeps its file from running; a warning does not.
fn problem_case(problem: &Problem) -> Option<Case<'_>> {
    let file = problem
        .place
        .as_ref()
        .map_or(RUN, |place| place.file.as_str());
    let case = Case {
        id: (file.to_owned(), None),
        suite: escape_control_line(file).into_owned(),
        name: problem.place.as_ref().map_or_else(
            || "a problem".to_owned(),
            |place| format!("line {}", place.line),
        ),
        place: problem.place.as_ref(),
        outcome: Outcome::Problem,
        reason: escape_control_line(&words::bounded(&problem.message, 500)).into_owned(),
        request: None,
        more: &problem.rendered,
    };
    (problem.severity == Severity::Error).then_some(case)
}

fn shown(name: &str, row: Option<usize>) -> String {
    escape_control_line(&words::titled(name, row)).into_owned()
}
