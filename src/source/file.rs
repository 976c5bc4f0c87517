//! A text that was read, and places in it.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::event::Place;
use crate::secret::Redactor;

/// A text together with where it came from; lines and columns are found when they are asked for.
#[derive(PartialEq, Eq)]
pub struct File {
    path: PathBuf,
    text: String,
    /// The number of the first line.
    first: usize,
    /// The byte at which each line starts.
    lines: Vec<u32>,
    command_line: bool,
}

/// A line and a column, both from 1, columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
}

impl File {
    /// Takes a text as read from `path` (shown as given, so relative paths stay short).
    #[must_use]
    pub fn new(path: impl Into<PathBuf>, text: impl Into<String>) -> Arc<Self> {
        Self::excerpt(path, text, 1)
    }

    /// Takes some lines out of a text that was read from `path`; the first of them has the number `first`.
    #[must_use]
    pub fn excerpt(path: impl Into<PathBuf>, text: impl Into<String>, first: usize) -> Arc<Self> {
        Arc::new(Self::at_line(path.into(), text.into(), first))
    }

    /// Options of the command line, one a line: a text that stands in no file.
    #[must_use]
    pub fn command_line(text: impl Into<String>) -> Arc<Self> {
        Arc::new(Self {
            command_line: true,
            ..Self::at_line("command line".into(), text.into(), 1)
        })
    }

    /// Whether these are options of the command line.
    #[must_use]
    pub fn is_command_line(&self) -> bool {
        self.command_line
    }

    fn at_line(path: PathBuf, text: String, first: usize) -> Self {
        let starts = text
            .bytes()
            .enumerate()
            .filter(|(_, byte)| *byte == b'\n')
            .map(|(at, _)| at + 1);
        let lines = std::iter::once(0)
            .chain(starts)
            .map(|at| u32::try_from(at).unwrap_or(u32::MAX))
            .collect();
        Self {
            path,
            text,
            first,
            lines,
            command_line: false,
        }
    }

    /// Where the text was read from.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The folder that relative paths in the text start from.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new(""))
    }

    /// The text, whole.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The place of a byte.
    #[must_use]
    pub fn position(&self, offset: usize) -> Position {
        let wanted = u32::try_from(offset).unwrap_or(u32::MAX);
        let line = self.lines.partition_point(|start| *start <= wanted).max(1) - 1 + self.first;
        let start = self.line_start(line);
        let column = self
            .text
            .get(start..offset)
            .map_or(0, |before| before.chars().count())
            + 1;
        Position { line, column }
    }

    /// The byte at which a line (from 1) starts; the end of the string where there is no such line.
    #[must_use]
    pub fn line_start(&self, line: usize) -> usize {
        let start = line
            .checked_sub(self.first)
            .and_then(|index| self.lines.get(index));
        start.map_or(self.text.len(), |start| {
            usize::try_from(*start).unwrap_or(usize::MAX)
        })
    }
}

impl File {
    /// The text of a line (from 1), without its end.
    #[must_use]
    pub fn line(&self, line: usize) -> &str {
        let text = self
            .text
            .get(self.line_start(line)..self.line_start(line + 1))
            .unwrap_or_default();
        text.trim_end_matches(['\n', '\r'])
    }
}

impl fmt::Debug for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "File({})", self.path.display())
    }
}

/// A stretch of the content of a file.
#[derive(Clone, PartialEq, Eq)]
pub struct Span {
    /// The file.
    pub file: Arc<File>,
    /// The first byte.
    pub start: usize,
    /// The byte after the last one.
    pub end: usize,
}

impl Span {
    /// The stretch of `file` from byte `start` to before byte `end`.
    #[must_use]
    pub fn new(file: &Arc<File>, range: std::ops::Range<usize>) -> Self {
        Self {
            file: Arc::clone(file),
            start: range.start,
            end: range.end,
        }
    }

    /// The place as an event: of a span over several lines, its first line. In a line that holds secrets, column and length
    /// are those of the line as it is shown.
    #[must_use]
    pub fn to_place(&self, secrets: &Redactor) -> Place {
        let position = self.position();
        let text = self.file.line(position.line);
        let line_start = self.file.line_start(position.line);
        let start = (self.start - line_start).min(text.len());
        let length = (self.end - self.start).min(text.len() - start);
        let before = self.file.text().get(..line_start).unwrap_or_default();
        let (text, part) = secrets.redact_source(before, text, start..start + length);
        let column = text
            .get(..part.start)
            .map_or(1, |before| before.chars().count() + 1);
        Place {
            file: self.file.path().display().to_string(),
            line: position.line,
            column,
            text: text.into_owned(),
            length: part.len().max(1),
        }
    }

    /// Where the stretch starts.
    #[must_use]
    pub fn position(&self) -> Position {
        self.file.position(self.start)
    }

    /// The text of the stretch.
    #[must_use]
    pub fn text(&self) -> &str {
        self.file.text.get(self.start..self.end).unwrap_or_default()
    }

    /// A part of this stretch, by bytes from its start; the whole where the part does not lie inside.
    #[must_use]
    pub fn part(&self, range: std::ops::Range<usize>) -> Self {
        let (start, end) = (self.start + range.start, self.start + range.end);
        let inside = start <= end && end <= self.end && self.file.text.get(start..end).is_some();
        if inside {
            Self {
                file: Arc::clone(&self.file),
                start,
                end,
            }
        } else {
            self.clone()
        }
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Position { line, column } = self.position();
        write!(f, "{}:{line}:{column}", self.file.path.display())
    }
}

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_excerpt_keeps_its_line_numbers() {
        let file = File::excerpt("a.toml", "one\ntwo", 41);
        assert_eq!(
            file.position(5),
            Position {
                line: 42,
                column: 2
            }
        );
        assert_eq!(
            [file.line(41), file.line(42), file.line(1), file.line(43)],
            ["one", "two", "", ""]
        );
        assert_eq!(Span::new(&file, 4..7).to_string(), "a.toml:42:1");
    }
}
