//! Secrets: a type that never prints itself, and the one redactor of a run.
//!
//! A secret leaves the process on the wire alone. Whatever else goes out (terminal, reports, snapshots, command lines,
//! error texts) passes through the [`Redactor`] first, whole: a text that was cut before may end in half a secret.

mod decode;
mod document;
mod entities;
mod forms;
mod header;
mod index;
mod json;
mod message;
mod redactor;
mod runs;

pub use forms::Form;
pub use header::{header_parts, is_secret_header, is_usual_header};
#[cfg(test)]
pub(crate) use message::OPTIONS;
pub use redactor::{Piece, Redactor, TooShort};

use std::fmt;

/// What stands in the place of a secret.
pub const STARS: &str = "***";

/// A text that must not leave the process but on the wire: `Debug` shows stars, and there is no `Display`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes a text as a secret.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself, for the wire alone.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(***)")
    }
}

#[cfg(test)]
mod encodings;
#[cfg(test)]
mod tests;
