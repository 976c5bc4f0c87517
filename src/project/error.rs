//! Why a run did not happen, or proved nothing.

use std::fmt;

use crate::source::{Diagnostic, Style, render};

/// Why a run could not start or could not reach its stage.
///
/// It displays as the terminal shows it: message, file, line and column if there are some, and a hint. Secrets are removed.
///
/// ```
/// let error = apitest::Project::discover("no-such-directory").unwrap_err();
/// assert_eq!(error.kind(), apitest::ErrorKind::Invalid);
/// assert!(error.to_string().contains("no-such-directory"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    /// Boxed: errors travel far, and a diagnostic is large.
    content: Box<Content>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Content {
    kind: ErrorKind,
    shown: Shown,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Shown {
    Diagnostics(Vec<Diagnostic>),
    Text(String),
}

/// The class of an [`Error`]: the exit code that the command line gives for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Exit code 2: an option, a file or a collection is wrong, or there was nothing to run.
    Invalid,
    /// Exit code 3: a stage could not be reached.
    Unreachable,
    /// Exit code 4: a stage did not become ready in time.
    NotReady,
    /// Exit code 130: the run was stopped.
    Interrupted,
}

impl ErrorKind {
    /// The kind of an exit code that is not 0 or 1.
    pub(super) fn of_exit_code(code: u8) -> Self {
        match code {
            3 => Self::Unreachable,
            4 => Self::NotReady,
            130 => Self::Interrupted,
            _ => Self::Invalid,
        }
    }
}

impl Error {
    /// An invalid option or file, with the reason.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self::of(vec![Diagnostic::nowhere(message)])
    }

    /// Invalid options, each with its place; secrets are removed.
    pub(super) fn of(diagnostics: Vec<Diagnostic>) -> Self {
        let content = Content {
            kind: ErrorKind::Invalid,
            shown: Shown::Diagnostics(diagnostics),
        };
        Self {
            content: Box::new(content),
        }
    }

    /// An error that is described by what the terminal shows, secrets removed.
    pub(super) fn shown(kind: ErrorKind, text: String) -> Self {
        let shown = Shown::Text(text);
        Self {
            content: Box::new(Content { kind, shown }),
        }
    }

    /// With what to do about it.
    pub(crate) fn hint(self, hint: impl Into<String>) -> Self {
        self.maybe_hint(Some(hint.into()))
    }

    /// With what to do about it, if there is something.
    pub(crate) fn maybe_hint(mut self, hint: Option<String>) -> Self {
        if let Shown::Diagnostics(diagnostics) = &mut self.content.shown
            && let Some(diagnostic) = diagnostics.last_mut()
        {
            diagnostic.hint = hint.or(diagnostic.hint.take());
        }
        self
    }

    /// The class of the error.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.content.kind
    }

    /// As people read it.
    pub(crate) fn render(&self, style: Style) -> String {
        match &self.content.shown {
            Shown::Diagnostics(diagnostics) => render(diagnostics, style),
            Shown::Text(text) => text.clone(),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let style = Style {
            color: false,
            width: 100,
        };
        f.write_str(self.render(style).trim_end())
    }
}

impl std::error::Error for Error {}
