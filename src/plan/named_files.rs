//! Checks that the files exist which variables and expressions name.

use super::files::Files;
use super::uses::{self, Uses};
use super::{Collection, Definitions, Step};
use crate::source::Diagnostic;
use crate::syntax::{Origin, Problems};

impl Files<'_> {
    /// Files that variables are read from, and those that expressions name literally, are there.
    pub(super) fn check(&self, collection: &Collection, steps: &[Step], problems: &mut Problems) {
        self.check_definitions(&collection.definitions, collection, problems);
        let mut of_rows = Uses::default();
        collection.rows.iter().for_each(|rows| of_rows.rows(rows));
        self.check_uses(&of_rows, collection, problems);
        for step in steps {
            self.check_definitions(&step.vars, collection, problems);
            for uses in [uses::of_request(step), uses::of_answer(step)] {
                self.check_uses(&uses, collection, problems);
            }
        }
    }

    fn check_definitions(
        &self,
        definitions: &Definitions,
        collection: &Collection,
        problems: &mut Problems,
    ) {
        for definition in definitions.values() {
            let Origin::File(path) = &definition.origin else {
                continue;
            };
            if let Err(reason) = self.exists(path, &definition.span.file) {
                problems.push(Diagnostic::error(&definition.span, reason).certain());
            }
        }
        self.check_uses(&uses::of_definitions(definitions), collection, problems);
    }

    /// `file('x')` starts from the collection's folder, also where it stands in what is included.
    fn check_uses(&self, uses: &Uses, collection: &Collection, problems: &mut Problems) {
        for used in &uses.files {
            if let Err(reason) = self.exists(&used.name, &collection.file) {
                problems.push(Diagnostic::error(&used.span, reason).certain());
            }
        }
    }
}
