//! Which requests run: those that were chosen, and those that they need.

use std::collections::BTreeSet;

use indexmap::IndexSet;

use super::filter::{Candidate, Filter};
use super::step::{Part, Step};
use crate::source::{Diagnostic, did_you_mean};

/// What the command line chooses.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Tags, of which one is enough; none: all.
    pub tags: Vec<String>,
    /// Filters, which must all hold.
    pub filters: Vec<Filter>,
    /// `PATH::NAME`: names by the collection's path; a collection that stands here runs only these.
    pub names: Vec<(String, String)>,
}

impl Selection {
    /// Whether everything is chosen.
    #[must_use]
    pub fn is_all(&self) -> bool {
        self.tags.is_empty() && self.filters.is_empty() && self.names.is_empty()
    }

    fn chooses(&self, step: &Step, path: &str, collection: &str) -> bool {
        let candidate = Candidate { name: &step.name, tags: &step.tags, path, collection, method: &step.request.method.0 };
        let tagged = self.tags.is_empty() || self.tags.iter().any(|tag| step.tags.contains(tag));
        let mut named = self.names.iter().filter(|(of, _)| of == path).peekable();
        let by_name = named.peek().is_none() || named.any(|(_, name)| *name == step.name);
        tagged && by_name && self.filters.iter().all(|filter| filter.holds(candidate))
    }
}

/// Marks what runs. Setup runs wherever a request does; teardown too; a setup or teardown that is named alone is chosen
/// like a request.
pub(super) fn mark(steps: &mut [Step], selection: &Selection, path: &str, collection: &str) {
    let named = |step: &Step| selection.names.iter().any(|(of, name)| of == path && *name == step.name);
    for step in steps.iter_mut() {
        step.selected = match step.part {
            Part::Request => selection.chooses(step, path, collection),
            Part::Setup | Part::Teardown => named(step),
        };
    }
    if !steps.iter().any(|step| step.selected) {
        return;
    }
    let mut wanted: BTreeSet<usize> = steps.iter().filter(|step| step.selected).map(|step| step.index).collect();
    let mut open: Vec<usize> = wanted.iter().copied().collect();
    while let Some(index) = open.pop() {
        let needs = steps.get(index).map(|step| step.needs.as_slice()).unwrap_or_default();
        open.extend(needs.iter().map(|need| need.step).filter(|needed| wanted.insert(*needed)));
    }
    for step in steps.iter_mut() {
        let around = step.part != Part::Request;
        step.needed = !step.selected && (around || wanted.contains(&step.index));
    }
}

/// Names and tags of the command line that nothing has: slips, since they select nothing.
#[derive(Debug, Default)]
pub(super) struct Slips {
    tags: IndexSet<String>,
    /// Names by path.
    names: Vec<(String, Vec<String>)>,
}

impl Slips {
    /// Notes what a collection has.
    pub(super) fn look(&mut self, steps: &[Step], selection: &Selection, path: &str) {
        if !selection.tags.is_empty() {
            self.tags.extend(steps.iter().flat_map(|step| step.tags.iter().cloned()));
        }
        if selection.names.iter().any(|(of, _)| of == path) {
            self.names.push((path.to_owned(), steps.iter().map(|step| step.name.clone()).collect()));
        }
    }

    /// What was not met.
    pub(super) fn diagnostics(&self, selection: &Selection) -> Vec<Diagnostic> {
        let tags = selection.tags.iter().filter(|tag| !self.tags.contains(*tag)).map(|tag| {
            let hint = did_you_mean(tag, self.tags.iter().map(String::as_str));
            Diagnostic::nowhere(format!("no request has the tag `{tag}`")).maybe_hint(hint)
        });
        let names = selection.names.iter().filter_map(|(path, name)| {
            let (_, known) = self.names.iter().find(|(of, _)| of == path)?;
            let problem = || Diagnostic::nowhere(format!("no request is called `{name}`")).at_path(path);
            (!known.contains(name)).then(|| problem().maybe_hint(did_you_mean(name, known.iter().map(String::as_str))))
        });
        tags.chain(names).collect()
    }
}
