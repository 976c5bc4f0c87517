//! A place in a file, with the text that stands there, so that a report can show it without the file.

use serde::{Deserialize, Serialize};

use crate::source::Span;

/// A place in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The file's path.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// The line's text.
    pub text: String,
    /// How many bytes of it, from the column on, are meant.
    pub length: usize,
}

impl Place {
    /// The place of a span; of a span over several lines, its first line.
    #[must_use]
    pub fn of(span: &Span) -> Self {
        let position = span.position();
        let text = span.file.line(position.line).to_owned();
        let start = span.start - span.file.line_start(position.line);
        let length = (span.end - span.start).min(text.len().saturating_sub(start)).max(1);
        Self { file: span.file.path().display().to_string(), line: position.line, column: position.column, text, length }
    }
}
