//! Files that collections name, and where they may lie.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::PlanInputs;
use super::inputs::{inside, plain};
use crate::source::File;

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

    /// A named file as a source of diagnostics.
    pub(super) fn file(&self, path: &str, from: &File) -> Result<Arc<File>, String> {
        let text = self.text(path, from)?;
        Ok(File::new(resolve(path, from), text))
    }
}
