//! Text in the making: lines with or without colour, in a given width.

use crate::event::Place;
pub(super) use crate::report::words::{start, titled};
use crate::text::{Line, Style, file_url, link};

/// How things look: with colour or without, in how many columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Theme {
    pub(super) color: bool,
    pub(super) width: usize,
    /// The folder that the paths of files start in, where the terminal opens what is linked.
    pub(super) links: Option<&'static str>,
}

impl Theme {
    /// The address of a place in a file, where the terminal opens it.
    pub(super) fn url(self, place: &Place) -> Option<String> {
        let mut url = file_url(self.links?, &place.file)?;
        url.set_fragment(Some(&place.line.to_string()));
        Some(url.into())
    }
}

/// A text that grows line by line.
#[derive(Debug)]
pub(super) struct TextBuffer {
    look: Theme,
    indent: usize,
    text: String,
}

impl TextBuffer {
    pub(super) fn new(look: Theme, indent: usize) -> Self {
        Self {
            look,
            indent,
            text: String::new(),
        }
    }

    pub(super) fn into_text(self) -> String {
        self.text
    }

    /// How many columns a line has beside the indentation.
    pub(super) fn room(&self) -> usize {
        self.look.width.saturating_sub(self.indent).max(20)
    }

    pub(super) fn look(&self) -> Theme {
        self.look
    }

    pub(super) fn blank(&mut self) {
        self.text.push('\n');
    }

    /// A line as it is, however wide.
    pub(super) fn line(&mut self, line: &Line) {
        self.indent();
        self.text
            .push_str(line.render(self.look.color).trim_end_matches(' '));
        self.text.push('\n');
    }

    /// A line that names a place in a file, and leads there where the terminal knows how.
    pub(super) fn linked(&mut self, line: &Line, place: &Place) {
        let Some(url) = self.look.url(place) else {
            return self.wrapped(line, 2);
        };
        self.indent();
        self.text
            .push_str(&link(&url, &line.render(self.look.color)));
        self.text.push('\n');
    }

    /// A line of which a part leads somewhere, where it was not cut.
    pub(super) fn leading(&mut self, line: &Line, part: &str, url: Option<&str>) {
        let before = self.text.len();
        self.line(line);
        let found = self
            .text
            .get(before..)
            .and_then(|text| text.rfind(part))
            .filter(|_| !part.is_empty());
        if let (Some(at), Some(url)) = (found, url) {
            let range = before + at..before + at + part.len();
            self.text.replace_range(range, &link(url, part));
        }
    }

    /// A line as it is, without the indentation.
    pub(super) fn flush_left(&mut self, line: &Line) {
        self.text.push_str(&line.render(self.look.color));
        self.text.push('\n');
    }

    /// A line in as many as it takes, all but the first hanging.
    pub(super) fn wrapped(&mut self, line: &Line, hang: usize) {
        for line in line.wrap(self.room(), hang) {
            self.line(&line);
        }
    }

    /// A line, cut where it is too wide.
    pub(super) fn cut(&mut self, line: &Line) {
        self.line(&line.fit(self.room()));
    }

    /// Lines that are drawn already.
    pub(super) fn drawn(&mut self, text: &str) {
        for line in text.lines() {
            if !line.is_empty() {
                self.indent();
                self.text.push_str(line);
            }
            self.text.push('\n');
        }
    }

    fn indent(&mut self) {
        self.text.extend(std::iter::repeat_n(' ', self.indent));
    }
}

/// A text of any length as a line, an `…` at its end where something was cut.
pub(super) fn bounded(text: &str, most: usize, style: Style) -> Line {
    let shown = start(text, most);
    let line = Line::styled(shown, style);
    if shown.len() < text.len() {
        line.with("…", style)
    } else {
        line
    }
}
