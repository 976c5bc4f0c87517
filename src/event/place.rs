//! A place in a file, with the text that stands there, so that a report can show it without the file.

use serde::{Deserialize, Serialize};

use crate::secret::Redactor;
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
    /// The place of a span; of a span over several lines, its first line. In a line that holds secrets, column and length are
    /// those of the line as it is shown.
    #[must_use]
    pub fn of(span: &Span, secrets: &Redactor) -> Self {
        let position = span.position();
        let text = span.file.line(position.line);
        let start = (span.start - span.file.line_start(position.line)).min(text.len());
        let length = (span.end - span.start).min(text.len() - start);
        let before = span
            .file
            .text()
            .get(..span.file.line_start(position.line))
            .unwrap_or_default();
        let (text, part) = secrets.redact_source(before, text, start..start + length);
        let column = text
            .get(..part.start)
            .map_or(1, |before| before.chars().count() + 1);
        let file = span.file.path().display().to_string();
        Self {
            file,
            line: position.line,
            column,
            text: text.into_owned(),
            length: part.len().max(1),
        }
    }
}
