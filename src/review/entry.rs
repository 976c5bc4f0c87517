//! One pending snapshot.

use std::fs;
use std::path::{Path, PathBuf};

use super::edit;
use super::view::{self, Row};
use crate::query::JsonPath;
use crate::snapshot::{File, Trouble, changes, store};
use crate::source;

/// A pending snapshot with the one that it may replace.
#[derive(Debug)]
pub struct Entry {
    /// The snapshot's file, without `.new`.
    path: PathBuf,
    pending: Result<File, Trouble>,
    stored: Result<Option<File>, Trouble>,
    rows: Vec<Row>,
}

/// The pending snapshots of a folder of snapshots that `wanted` takes, in the order of their names.
#[must_use]
pub fn find(folder: &Path, wanted: impl Fn(&str) -> bool) -> Vec<Entry> {
    let found = store::list(folder, ".snap.new", wanted);
    found
        .into_iter()
        .map(|pending| Entry::read(pending.with_extension("")))
        .collect()
}

impl Entry {
    fn read(path: PathBuf) -> Self {
        let pending =
            store::read(&store::pending(&path)).and_then(|file| file.ok_or(Trouble::NoHead));
        let stored = store::read(&path);
        let rows = match (&pending, &stored) {
            (Ok(pending), Ok(Some(stored))) => changes(stored, pending)
                .map_or_else(|trouble| view::broken(&trouble), view::changed),
            (Ok(pending), Ok(None)) => view::new(pending),
            (Ok(pending), Err(trouble)) => [view::broken(trouble), view::new(pending)].concat(),
            (Err(trouble), _) => view::broken(trouble),
        };
        Self {
            path,
            pending,
            stored,
            rows,
        }
    }

    /// The snapshot's file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether there is no snapshot yet.
    #[must_use]
    pub fn is_new(&self) -> bool {
        matches!(self.stored, Ok(None))
    }

    /// Method and URL, and the name of the request that made it, as written.
    #[must_use]
    pub fn request(&self) -> (&str, &str) {
        self.pending.as_ref().map_or(("", ""), |file| {
            (file.head.target.as_str(), file.head.request.as_str())
        })
    }

    /// The file that the request is written in.
    #[must_use]
    pub fn source(&self) -> PathBuf {
        let folder = self
            .path
            .parent()
            .and_then(Path::parent)
            .unwrap_or(Path::new(""));
        folder.join(
            self.pending
                .as_ref()
                .map_or("", |file| file.head.source.as_str()),
        )
    }

    pub(super) fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The first row that can be redacted.
    pub(super) fn first(&self) -> usize {
        self.rows
            .iter()
            .position(|row| row.path.is_some())
            .unwrap_or(0)
    }

    /// Makes it the snapshot.
    ///
    /// # Errors
    /// Where its file cannot be moved.
    pub fn accept(&self) -> Result<(), String> {
        store::accept(&self.path)
            .map_err(|reason| format!("`{}` cannot be written: {reason}", self.path.display()))
    }

    /// Drops it.
    ///
    /// # Errors
    /// Where its file cannot be removed.
    pub fn reject(&self) -> Result<(), String> {
        let pending = store::pending(&self.path);
        store::remove(&pending)
            .map_err(|reason| format!("`{}` cannot be removed: {reason}", pending.display()))
    }

    /// Adds a path to the collection's `redact`, and redacts it here; whether that left no difference, so that nothing is
    /// pending any more.
    pub(super) fn redact(&mut self, path: &str, placeholder: &str) -> Result<bool, String> {
        let query = JsonPath::compile(path).map_err(|error| error.message)?;
        let pending = self.pending.as_ref().map_err(ToString::to_string)?;
        let text = pending
            .redacted(&query, placeholder)
            .map_err(|trouble| trouble.to_string())?;
        let source = self.source();
        let shown = source.display();
        let unreadable = |error: std::io::Error| {
            format!("`{shown}` cannot be read: {}", crate::output::plain(&error))
        };
        let written = fs::read_to_string(&source).map_err(unreadable)?;
        let file = source::File::new(source.clone(), written);
        let edited = edit::redact(&file, &pending.head.request, path, placeholder)
            .map_err(|reason| format!("`{shown}`: {reason}"))?;
        let unwritable = |reason| format!("cannot be written: {reason}");
        store::write(&source, &edited)
            .map_err(|reason| format!("`{shown}` {}", unwritable(reason)))?;
        store::write(&store::pending(&self.path), &text).map_err(unwritable)?;
        let before = self
            .stored
            .as_ref()
            .ok()
            .and_then(Option::as_ref)
            .map(|stored| stored.redacted(&query, placeholder));
        *self = Self::read(std::mem::take(&mut self.path));
        let (Some(Ok(before)), Ok(pending)) = (before, &self.pending) else {
            return Ok(false);
        };
        let same = File::parse(&before)
            .and_then(|before| changes(&before, pending))
            .is_ok_and(|changes| changes.is_empty());
        if same {
            self.accept()?;
        }
        Ok(same)
    }
}
