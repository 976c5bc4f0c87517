//! Snapshots of a collection: what each request's is called. Whether there is one already is seen when it is judged.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use indexmap::IndexMap;

use super::{Collection, Step, place_inside};
use crate::check;
use crate::snapshot::{Rules, Volatile, name, store};
use crate::source::{Diagnostic, Span};
use crate::syntax::{Problems, Settings};

/// The snapshot that a request's response is held against.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// What of the response counts.
    pub rules: Rules,
    /// Where it is written.
    pub span: Span,
    /// Its file's name without ending, rows and rounds: see [`name::base`].
    pub base: String,
}

/// The snapshot that a request asks for.
pub(super) fn compile(
    settings: &Settings,
    everywhere: &Arc<Volatile>,
    problems: &mut Problems,
) -> Option<Snapshot> {
    let node = settings.expect.get(check::SNAPSHOT)?;
    let rules = Rules::compile(node, everywhere, check::pattern_in_text, problems)?;
    Some(Snapshot {
        rules,
        span: node.span.clone(),
        base: String::new(),
    })
}

/// Gives every snapshot of a collection its name: the one written, else the request's. Two that are written alike are a
/// problem; two that only look alike as names of files get a number.
pub(super) fn name_all(steps: &mut [Step], collection: &Path, problems: &mut Problems) {
    let stem = name::stem(collection);
    let mut taken: IndexMap<String, Option<Span>> = IndexMap::new();
    for step in steps {
        let Some(snapshot) = &mut step.snapshot else {
            continue;
        };
        let written = snapshot.rules.name.as_ref();
        let base = name::base(&stem, written.map_or(&step.name, |name| &name.value));
        let mine = written.map(|name| name.span.clone());
        if let (Some(Some(first)), Some(span)) = (taken.get(&base), &mine) {
            let problem =
                Diagnostic::error(span, "two snapshots of this collection have this name");
            problems.push(
                problem
                    .related(first, "the first one")
                    .hint("names of snapshots differ in letters and digits"),
            );
        }
        snapshot.base = numbered(&base, |name| taken.contains_key(name));
        taken.insert(snapshot.base.clone(), mine);
    }
}

fn numbered(base: &str, taken: impl Fn(&str) -> bool) -> String {
    let mut name = base.to_owned();
    let mut number = 1;
    while taken(&name) {
        number += 1;
        name = format!("{base}-{number}");
    }
    name
}

impl Collection {
    /// The folder that holds its snapshots.
    #[must_use]
    pub fn snapshots(&self) -> PathBuf {
        self.file.folder().join(store::FOLDER)
    }

    /// Checks that a snapshot, and what waits to become one, lies inside of the project, links resolved.
    ///
    /// # Errors
    /// If not; the text goes on behind the path.
    pub(crate) fn keeps_inside(&self, path: &Path) -> Result<(), String> {
        let folder = Some(self.file.folder())
            .filter(|folder| !folder.as_os_str().is_empty())
            .unwrap_or(Path::new("."));
        let roots = [self.context.root.as_path(), folder];
        place_inside(&roots, path).and_then(|()| place_inside(&roots, &store::pending(path)))
    }
}
