//! A file that is sent.

use std::io;
use std::path::PathBuf;

/// A file that is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    /// Where it lies.
    pub(super) path: PathBuf,
    /// Its path as people wrote it.
    shown: String,
    /// Its length when the request was made.
    length: u64,
}

impl Upload {
    /// A file by its path; `shown` is the path as people wrote it, from the folder in which this program runs.
    ///
    /// # Errors
    /// Where it is not there, not a regular file, or cannot be opened; the text is the operating system's.
    pub fn find(path: PathBuf, shown: impl Into<String>) -> io::Result<Self> {
        // A pipe would keep the opening of it waiting, so what it is comes first.
        let found = std::fs::metadata(&path)?;
        if found.is_dir() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        if !found.is_file() {
            return Err(io::Error::other("it is not a regular file"));
        }
        drop(std::fs::File::open(&path)?);
        Ok(Self {
            path,
            shown: shown.into(),
            length: found.len(),
        })
    }

    /// Its path as people wrote it.
    #[must_use]
    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// Its length in bytes.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.length
    }
}

impl Upload {
    /// The file in words, as it stands where its bytes are not shown.
    pub(super) fn described(&self) -> String {
        format!(
            "<the file {}, {}>",
            self.shown,
            crate::text::size(self.length)
        )
    }
}
