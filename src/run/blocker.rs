//! What keeps a step from being sent: steps that it needs, captures that are missing.

use indexmap::IndexMap;

use super::scope::VariableScope;
use crate::event::Part;
use crate::plan::{Collection, Need, Step};

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

impl State {
    /// Rows end one by one; the step as a whole passed only if all of them did.
    pub(super) fn worst(self, other: Self) -> Self {
        let rank = |state: &Self| match state {
            Self::Failed => 4,
            Self::Stopped => 3,
            Self::Blocked(_) => 2,
            Self::Passed => 1,
            Self::Skipped | Self::Pending => 0,
        };
        if rank(&other) >= rank(&self) {
            other
        } else {
            self
        }
    }
}

/// What keeps a step from being sent.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Blocker {
    /// A teardown that has nothing to take down.
    Quiet,
    Skipped(String),
    Blocked {
        by: String,
        reason: String,
    },
}

impl Blocker {
    fn of_skipped(part: Part, title: &str) -> Self {
        match part {
            Part::Teardown => Self::Quiet,
            _ => Self::Skipped(format!("it needs `{title}`, which was skipped")),
        }
    }

    fn of_capture(part: Part, by: String, capture: Option<&str>, title: &str) -> Self {
        let what = capture.map_or_else(
            || format!("`{title}`"),
            |name| format!("`{name}`, which `{title}` did not capture"),
        );
        match part {
            Part::Teardown if capture.is_some() => Self::Quiet,
            _ => Self::Blocked {
                by,
                reason: format!("it needs {what}"),
            },
        }
    }

    /// The stage could not be reached before, as the request of that name reported.
    pub(super) fn unreachable(part: Part, by: String) -> Self {
        match part {
            // What could not be set up need not be taken down.
            Part::Teardown => Self::Quiet,
            _ => Self::Blocked {
                by,
                reason: "the stage cannot be reached".to_owned(),
            },
        }
    }
}

/// How the steps of a collection ended so far, and what they captured.
pub(super) struct Dependencies<'a> {
    pub(super) collection: &'a Collection,
    pub(super) names: &'a VariableScope<'a>,
    pub(super) states: &'a [State],
    /// The requests of the project's setup, by what they capture.
    pub(super) makers: &'a IndexMap<String, String>,
}

impl Dependencies<'_> {
    /// What keeps a step from being sent.
    pub(super) fn blocker(&self, step: &Step) -> Option<Blocker> {
        for need in &step.needs {
            let maker = self.collection.steps.get(need.step)?;
            let title = self.names.redactor.redact(&maker.name).into_owned();
            if let Some(blocker) = self.of_need(step.part, need, title) {
                return Some(blocker);
            }
        }
        let lost = step.from_project.iter().find(|name| self.lacks(name))?;
        let title = self
            .makers
            .get(lost)
            .map_or("the project's setup", String::as_str);
        Some(Blocker::of_capture(
            step.part,
            title.to_owned(),
            Some(lost),
            title,
        ))
    }

    fn of_need(&self, part: Part, need: &Need, title: String) -> Option<Blocker> {
        let capture = need.capture.as_deref();
        let lacking = capture.is_none_or(|name| self.lacks(name));
        match (self.states.get(need.step), capture) {
            (Some(State::Skipped), _) if lacking => Some(Blocker::of_skipped(part, &title)),
            (Some(State::Blocked(by)), _) if lacking => {
                Some(Blocker::of_capture(part, by.clone(), capture, &title))
            }
            (None | Some(State::Failed | State::Pending | State::Stopped), None) => {
                Some(Blocker::Blocked {
                    reason: format!("it needs `{title}`, which failed"),
                    by: title,
                })
            }
            (_, Some(_)) if lacking => {
                Some(Blocker::of_capture(part, title.clone(), capture, &title))
            }
            _ => None,
        }
    }

    fn lacks(&self, name: &str) -> bool {
        !self.names.captured.contains_key(name)
    }
}
