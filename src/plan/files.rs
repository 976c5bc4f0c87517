//! Files that collections name, and where they may lie.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::inputs::{inside, plain};
use super::uses::{self, Uses};
use super::{Collection, Definitions, PlanInputs, Step};
use crate::source::{Diagnostic, File};
use crate::syntax::{Origin, Problems};

/// A named file's path: from the folder of the file that names it.
pub(super) fn resolve(path: &str, from: &File) -> PathBuf {
    from.folder().join(path)
}

/// Files that collections name: found from the collection's folder, never outside of the root.
pub(super) struct Files<'a> {
    pub(super) world: &'a PlanInputs,
}

impl Files<'_> {
    /// A named file's path, held to be there and inside of the root.
    fn inside(&self, path: &str, from: &File) -> Result<PathBuf, String> {
        self.inside_at(&resolve(path, from), from)
    }

    /// A path that is joined to its folder already, held to be there and inside of the root.
    fn inside_at(&self, path: &Path, from: &File) -> Result<PathBuf, String> {
        let full = inside(self.world.root.as_deref(), path, from)?;
        self.world.reads.add(&full);
        Ok(full)
    }

    /// Whether a named file can be sent.
    pub(super) fn exists(&self, path: &str, from: &File) -> Result<(), String> {
        let full = self.inside(path, from)?;
        crate::http::Upload::find(full, path)
            .map(drop)
            .map_err(|error| format!("`{path}` cannot be read: {}", plain(&error)))
    }

    /// A named file's bytes.
    pub(super) fn bytes(&self, path: &str, from: &File) -> Result<Vec<u8>, String> {
        let full = self.inside(path, from)?;
        std::fs::read(&full).map_err(|error| format!("`{path}` cannot be read: {}", plain(&error)))
    }

    /// The bytes of a file whose path is joined to its folder already.
    pub(super) fn bytes_at(&self, path: &Path, from: &File) -> Result<Vec<u8>, String> {
        let full = self.inside_at(path, from)?;
        std::fs::read(&full)
            .map_err(|error| format!("`{}` cannot be read: {}", path.display(), plain(&error)))
    }

    /// A named file's text.
    pub(super) fn text(&self, path: &str, from: &File) -> Result<String, String> {
        String::from_utf8(self.bytes(path, from)?)
            .map_err(|_| format!("`{path}` is not UTF-8 text"))
    }

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

    /// A named file as a source of diagnostics.
    pub(super) fn file(&self, path: &str, from: &File) -> Result<Arc<File>, String> {
        let text = self.text(path, from)?;
        Ok(File::new(resolve(path, from), text))
    }
}
