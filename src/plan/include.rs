//! `include`: another collection's setup, variables and defaults.

use std::path::PathBuf;
use std::sync::Arc;

use super::files::{Files, resolve as resolve_path};
use crate::source::Diagnostic;
use crate::syntax::{self, Collection, Common, Problems};

/// How deep includes may nest.
const MAX_DEPTH: usize = 16;

/// What a collection takes over, from the farthest to the nearest: includes of includes first.
pub(super) fn load(
    collection: &Collection,
    files: &Files<'_>,
    problems: &mut Problems,
) -> Vec<Common> {
    let mut taken = Taken {
        files,
        problems,
        found: Vec::new(),
        done: vec![normal(collection.file.path())],
    };
    taken.includes_of(collection, 0);
    taken.found
}

struct Taken<'a, 'b> {
    files: &'a Files<'b>,
    problems: &'a mut Problems,
    found: Vec<Common>,
    /// Files that were taken over already: each is, once, and a circle ends.
    done: Vec<PathBuf>,
}

impl Taken<'_, '_> {
    fn includes_of(&mut self, collection: &Collection, depth: usize) {
        for include in &collection.include {
            if depth >= MAX_DEPTH {
                self.problems.push(Diagnostic::error(
                    &include.span,
                    format!("includes are nested deeper than {MAX_DEPTH} files"),
                ));
                return;
            }
            let path = normal(&resolve_path(include, &collection.file));
            if self.done.contains(&path) {
                continue;
            }
            self.done.push(path);
            match self.files.file(include, &collection.file) {
                Err(reason) => self
                    .problems
                    .push(Diagnostic::error(&include.span, reason).certain()),
                Ok(file) => {
                    let (included, found) = syntax::parse(&file);
                    let broken = found.iter().any(Diagnostic::is_error);
                    for problem in found {
                        self.problems
                            .push(problem.related(&include.span, "included here").certain());
                    }
                    if !broken {
                        self.includes_of(&included, depth + 1);
                        // A teardown belongs to what was set up.
                        self.found.push(included.common);
                    }
                }
            }
        }
    }
}

/// A path without `.` and `..`, so that two spellings of one file are one.
fn normal(path: &std::path::Path) -> PathBuf {
    std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

/// The commons of a collection from near to far: its own, its includes', the project's.
pub(super) fn levels<'a>(
    collection: &'a Collection,
    included: &'a [Common],
    project: Option<&'a Arc<syntax::Project>>,
) -> Vec<&'a Common> {
    let own = std::iter::once(&collection.common);
    own.chain(included.iter().rev())
        .chain(project.map(|project| &project.common))
        .collect()
}
