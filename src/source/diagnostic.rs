//! One thing that is to be said about a place in a file.

use std::path::PathBuf;

use super::{Span, Style, render_without};
use crate::event::{Problem, Severity};
use crate::secret::Redactor;

/// A problem with its place, its reason and what to do about it.
///
/// Messages are lower case, without a final full stop, literals in backticks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong, in one line.
    pub message: String,
    /// Where; `None` where there is no text to point at (a file that cannot be read).
    pub span: Option<Span>,
    /// What stands beside the underline.
    pub label: Option<String>,
    /// Other places that explain it, each with its label.
    pub related: Vec<(Span, String)>,
    /// What to do, where something can be done.
    pub hint: Option<String>,
    /// The file that is meant, where there is no span.
    pub path: Option<PathBuf>,
    /// Whether it is wrong whatever else is: a file that is not there, a URL that is none.
    pub certain: bool,
    /// The name that it misses: a key of that name, anywhere in the file, may be where it was meant to be given.
    pub misses: Option<String>,
}

impl Diagnostic {
    /// An error at a place.
    #[must_use]
    pub fn error(span: &Span, message: impl Into<String>) -> Self {
        Self {
            span: Some(span.clone()),
            ..Self::nowhere(message)
        }
    }

    /// A warning at a place.
    #[must_use]
    pub fn warning(span: &Span, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::error(span, message)
        }
    }

    /// The problem as an event, secrets removed.
    #[must_use]
    pub fn to_event(&self, redactor: &Redactor) -> Problem {
        let redact = |text: &str| redactor.redact_message(text).into_owned();
        let style = Style {
            color: false,
            width: 100,
        };
        Problem {
            severity: self.severity,
            message: redact(&self.message),
            place: self.span.as_ref().map(|span| span.to_place(redactor)),
            hint: self.hint.as_deref().map(redact),
            rendered: render_without(redactor, std::slice::from_ref(self), style),
        }
    }

    /// Whether this is an error of the command line: it has no place in any file.
    #[must_use]
    pub fn is_of_command_line(&self) -> bool {
        let place = self.span.as_ref();
        let in_no_file = place.is_none_or(|span| span.file.is_command_line());
        self.is_error() && in_no_file && self.path.is_none()
    }

    /// An error that no text can be shown for.
    #[must_use]
    pub fn nowhere(message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            message: message.into(),
            span: None,
            label: None,
            related: Vec::new(),
            hint: None,
            path: None,
            certain: false,
            misses: None,
        }
    }

    /// With words beside the underline.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// With what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// With what to do about it, where there is something.
    #[must_use]
    pub fn maybe_hint(mut self, hint: Option<String>) -> Self {
        self.hint = hint.or(self.hint);
        self
    }

    /// With another place that explains it.
    #[must_use]
    pub fn related(mut self, span: &Span, label: impl Into<String>) -> Self {
        self.related.push((span.clone(), label.into()));
        self
    }

    /// With the file that is meant.
    #[must_use]
    pub fn at_path(mut self, path: impl Into<PathBuf>) -> Self {
        self.path = Some(path.into());
        self
    }

    /// As what is wrong whatever else is, and is told beside other problems.
    #[must_use]
    pub fn certain(mut self) -> Self {
        self.certain = true;
        self
    }

    /// As what is wrong but where the name that it misses stands in a part of the file that could not be read.
    #[must_use]
    pub fn missing(mut self, name: &str) -> Self {
        self.misses = Some(name.to_owned());
        self.certain()
    }

    /// Whether this stops the collection.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}
