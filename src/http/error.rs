//! Why there is no response.

use std::fmt;

pub use crate::event::ErrorKind;

/// Why there is no response, in words for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    /// The class; `expect.error` compares its name.
    pub kind: ErrorKind,
    /// What happened, with host and port.
    pub message: String,
    /// What to look at.
    pub hint: Option<String>,
}

impl Error {
    /// An error without a hint.
    #[must_use]
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            hint: None,
        }
    }

    /// With what to look at.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}
