//! Snapshots that no request uses any more.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::Snapshots;
use crate::lock::IgnorePoison as _;
use crate::plan::{Collection, Plan};
use crate::snapshot::{Mode, Unreferenced, name, store};
use crate::source::{Diagnostic, Severity};
use crate::text::count;

impl Snapshots {
    /// What is said of snapshots that no request uses any more. Nothing can be said of a collection that did not run as
    /// a whole.
    pub(in crate::run) fn unreferenced(&self, plan: &Plan) -> Vec<Diagnostic> {
        if self.mode == Mode::Ignore {
            return Vec::new();
        }
        let whole = plan
            .collections
            .iter()
            .chain(&plan.project)
            .filter(|collection| self.is_whole(collection));
        let whole =
            whole.filter(|collection| collection.keeps_inside(&collection.snapshots()).is_ok());
        let mut folders: indexmap::IndexMap<PathBuf, BTreeSet<PathBuf>> = indexmap::IndexMap::new();
        for collection in whole {
            let folder = collection.snapshots();
            let found = self.unused(collection, &folder);
            folders.entry(folder).or_default().extend(found);
        }
        let told = folders.into_iter().filter(|(_, files)| !files.is_empty());
        told.map(|(folder, files)| self.tell_unused(&folder, &files))
            .collect()
    }

    /// Whether all requests of a collection ran, and it has snapshots, or the command line asks.
    fn is_whole(&self, collection: &Collection) -> bool {
        let asked = self.unreferenced.is_some()
            || collection.steps.iter().any(|step| step.snapshot.is_some());
        asked
            && collection
                .steps
                .iter()
                .all(|step| step.selected || step.needed)
    }

    fn unused(&self, collection: &Collection, folder: &Path) -> Vec<PathBuf> {
        let stem = name::stem(collection.file.path());
        let seen = self.seen.lock().ignore_poison();
        let repeated = |base: &str| {
            let mut steps = collection.steps.iter().filter(|step| step.repeat.is_some());
            steps.any(|step| {
                step.snapshot
                    .as_ref()
                    .is_some_and(|snapshot| snapshot.base == base)
            })
        };
        let wanted = |base: &str| {
            base.split_once("__").is_some_and(|(of, _)| of == stem) && !seen.missed.contains(base)
        };
        let all = [".snap", ".snap.new"]
            .into_iter()
            .flat_map(|ending| store::list(folder, ending, wanted));
        let unused = all.filter(|file| {
            let kept = file.to_string_lossy();
            let kept = kept.strip_suffix(".new").unwrap_or(&kept);
            let base = file
                .file_name()
                .and_then(|name| name.to_str())
                .map(name::base_of)
                .unwrap_or_default();
            let another_round = || kept.contains("@round") && repeated(base);
            !(seen.judged.contains(Path::new(kept)) || another_round())
        });
        unused.collect()
    }

    fn tell_unused(&self, folder: &Path, files: &BTreeSet<PathBuf>) -> Diagnostic {
        const MOST: usize = 20;
        let mode = self.unreferenced.unwrap_or_default();
        let mut names: Vec<String> = Vec::new();
        let mut stayed = None;
        for file in files {
            if mode == Unreferenced::Delete {
                stayed = store::remove(file).err().or(stayed);
            }
            let name = file.file_name().unwrap_or_default().to_string_lossy();
            names.extend((names.len() < MOST).then(|| format!("`{name}`")));
        }
        let unnamed = files.len() - names.len();
        let names = names.join(", ")
            + &if unnamed > 0 {
                format!(" and {unnamed} more")
            } else {
                String::new()
            };
        let what = format!(
            "{} that no request uses any more",
            count(files.len(), "snapshot")
        );
        self.note(|seen| match mode {
            Unreferenced::Delete => seen.counts.deleted += files.len(),
            _ => seen.counts.unreferenced += files.len(),
        });
        let (message, hint) = match (mode, stayed) {
            (_, Some(reason)) => (format!("{what} cannot be deleted: {names}"), Some(reason)),
            (Unreferenced::Delete, None) => (format!("{what}, deleted: {names}"), None),
            _ => (
                format!("{what}: {names}"),
                Some("`--unreferenced delete` deletes them".to_owned()),
            ),
        };
        let severity = if mode == Unreferenced::Fail {
            Severity::Error
        } else {
            Severity::Warning
        };
        Diagnostic {
            severity,
            ..Diagnostic::nowhere(message)
        }
        .at_path(folder)
        .maybe_hint(hint)
    }

    /// Whether snapshots that no request refers to fail the run, and there are any.
    pub(in crate::run) fn fail(&self) -> bool {
        self.unreferenced == Some(Unreferenced::Fail) && self.counts().unreferenced > 0
    }
}
