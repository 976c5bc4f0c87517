//! What is wrong with a command line.

use crate::source::{Diagnostic, Style, render};

/// What is wrong with a command line, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CliError {
    /// Boxed, since an error travels far and a diagnostic is large.
    diagnostic: Box<Diagnostic>,
}

impl CliError {
    /// An error with its reason.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self {
            diagnostic: Box::new(Diagnostic::nowhere(message)),
        }
    }

    /// With what to do about it.
    pub(crate) fn hint(self, hint: impl Into<String>) -> Self {
        Self {
            diagnostic: Box::new(self.diagnostic.hint(hint)),
        }
    }

    /// With what to do about it, where there is something.
    pub(crate) fn maybe_hint(self, hint: Option<String>) -> Self {
        Self {
            diagnostic: Box::new(self.diagnostic.maybe_hint(hint)),
        }
    }

    /// As people read it.
    pub(crate) fn render(&self, style: Style) -> String {
        render(std::slice::from_ref(&*self.diagnostic), style)
    }
}
