//! What will happen: collections resolved, checked, selected and ordered, everything compiled that can be.
//!
//! `plan` reads files and variables, and sends nothing. A collection with an error is *broken*: it is told, and the
//! healthy ones run.

mod body;
mod build;
mod compile;
mod connection;
mod conversation;
mod drops;
mod files;
mod filter;
mod include;
mod inputs;
mod known;
mod named_files;
mod names;
mod outputs;
mod placeholders;
mod rows;
mod select;
mod snapshots;
mod stage;
mod step;
#[cfg(test)]
mod tests;
mod uses;
mod variables;

pub use build::{Input, build};
pub use compile::titles;
pub use connection::{Connection, Unfilled};
pub(crate) use connection::{check_command_line, own_settings};
pub use conversation::{Action, Awaited, Awaits, Conversation, Turn};
pub use filter::{Filter, FilterError};
pub use inputs::{CliVariable, Environment, PlanInputs, Reads, parse_given};
pub(crate) use inputs::{env_allows, place_inside};
pub(crate) use inputs::{inside, plain};
pub use rows::{Rows, Table};
pub use select::{Cut, Selection, Shard};
pub use snapshots::Snapshot;
pub use stage::{Base, Stage};
pub use step::{Method, Need, Request, Step, Transfer};
pub(crate) use variables::no_definitions;
pub use variables::{Definition, Definitions};

use std::sync::Arc;
use std::time::Duration;

use crate::event::Part;
use crate::secret::Redactor;
use crate::source::{File, Span};
use crate::template::Context;

/// Everything that a run does.
#[derive(Debug, Default)]
pub struct Plan {
    /// The project's own setup and teardown, which run once around all collections.
    pub project: Option<Collection>,
    /// The collections that are healthy and have a selected request, in order.
    pub collections: Vec<Collection>,
    /// How many collections have errors.
    pub broken: usize,
    /// How many requests the healthy collections hold, selected or not.
    pub seen: usize,
    /// Which part of the selection this is, if it is not all of it.
    pub shard: Option<Cut>,
    /// Why `[wait]` cannot be sent, if so: no collection has a base URL.
    pub unwaitable: Option<crate::source::Diagnostic>,
}

/// A collection, ready to run.
#[derive(Debug)]
pub struct Collection {
    /// Its path, as given.
    pub path: String,
    /// Its name.
    pub name: String,
    /// Its file.
    pub file: Arc<File>,
    /// Its tags.
    pub tags: Vec<String>,
    /// Where it is sent.
    pub stage: Option<Stage>,
    /// Its variables, those of nearer levels over those of farther ones.
    pub definitions: Definitions,
    /// The rows that it runs once each for.
    pub rows: Option<crate::syntax::Spanned<Rows>>,
    /// Its requests: setup, requests, teardown, in order; those that are not selected too.
    pub steps: Vec<Step>,
    /// What its expressions ask the run for.
    pub context: Arc<Context>,
    /// What `--wait-ready` waits for, with the settings of this collection's stage.
    pub wait: Option<Arc<Wait>>,
}

/// What `--wait-ready` waits for.
#[derive(Debug)]
pub struct Wait {
    /// The request, with its expectations.
    pub step: Step,
    /// How many good responses in a row.
    pub consecutive: u64,
    /// The pause between two tries.
    pub every: Duration,
    /// When to give up, where the command line does not say.
    pub timeout: Option<Duration>,
}

impl Collection {
    /// The name as it may be shown. One that is only the file's is no secret.
    #[must_use]
    pub fn shown_name(&self, secrets: &Redactor) -> String {
        let of_file = self
            .file
            .path()
            .file_stem()
            .is_some_and(|stem| *stem == *self.name);
        if of_file {
            self.name.clone()
        } else {
            secrets.redact(&self.name).into_owned()
        }
    }

    /// The steps that run.
    pub fn selected(&self) -> impl Iterator<Item = &Step> {
        self.steps
            .iter()
            .filter(|step| step.selected || step.needed)
    }

    /// How many requests are selected, setup and teardown and what is only needed not counted.
    #[must_use]
    pub fn requests(&self) -> usize {
        self.steps
            .iter()
            .filter(|step| step.selected && step.part == Part::Request)
            .count()
    }

    /// The place of the collection as a whole: the start of its file.
    #[must_use]
    pub fn span(&self) -> Span {
        Span::new(&self.file, 0..0)
    }
}
