//! A line of text whose parts say what they mean.

use std::sync::Once;

use colored::{Color, ColoredString, Colorize};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::escape_control_line;

/// What a part of a line means.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Style {
    /// Nothing special.
    #[default]
    Plain,
    /// What is as it should be, or was added.
    Good,
    /// What is wrong, or was removed.
    Bad,
    /// What deserves a look.
    Warn,
    /// What may be skipped in reading.
    Dim,
    /// What is to be read first.
    Bold,
    /// A verdict that all is well.
    GoodBold,
    /// A verdict that something is wrong, the part of a text that differs.
    BadBold,
    /// What was, or can be, typed.
    Code,
    /// A file or an address.
    Path,
}

/// One line: parts with their styles. What is put into it is made harmless, see [`escape_control_line`]; a tab becomes spaces.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Line {
    pub(super) parts: Vec<(String, Style)>,
}

impl Line {
    /// An empty line.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A line in one style.
    #[must_use]
    pub fn styled(text: &str, style: Style) -> Self {
        Self::new().with(text, style)
    }

    /// The line with a part more.
    #[must_use]
    pub fn with(mut self, text: &str, style: Style) -> Self {
        self.push(text, style);
        self
    }

    /// The line with an unstyled part more.
    #[must_use]
    pub fn plain(self, text: &str) -> Self {
        self.with(text, Style::Plain)
    }

    /// Adds a part.
    pub fn push(&mut self, text: &str, style: Style) {
        if text.contains('\t') {
            return self.push(&text.replace('\t', "    "), style);
        }
        self.push_clean(&escape_control_line(text), style);
    }

    /// Adds a part that is known to be harmless.
    pub(super) fn push_clean(&mut self, text: &str, style: Style) {
        match self.parts.last_mut() {
            _ if text.is_empty() => {}
            Some((last, same)) if *same == style => last.push_str(text),
            _ => self.parts.push((text.to_owned(), style)),
        }
    }

    /// Adds the parts of another line.
    pub fn append(&mut self, other: &Line) {
        for (text, style) in &other.parts {
            self.push_clean(text, *style);
        }
    }

    /// Adds spaces.
    pub fn space(&mut self, count: usize) {
        self.push_clean(&" ".repeat(count), Style::Plain);
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// How many columns it takes.
    #[must_use]
    pub fn width(&self) -> usize {
        self.parts.iter().map(|(text, _)| width(text)).sum()
    }

    /// The line in at most N columns, an `…` at its end where something was cut.
    #[must_use]
    pub fn fit(&self, columns: usize) -> Self {
        if self.width() <= columns {
            return self.clone();
        }
        let mut fitted = Self::new();
        let mut left = columns.saturating_sub(1);
        for (character, style) in self.characters() {
            let Some(rest) = left.checked_sub(columns_of(character)) else {
                break;
            };
            left = rest;
            fitted.push_clean(character.encode_utf8(&mut [0; 4]), style);
        }
        if columns > 0 {
            let style = fitted
                .parts
                .last()
                .map(|(_, style)| *style)
                .unwrap_or_default();
            fitted.push_clean("…", style);
        }
        fitted
    }

    /// The line with spaces behind it, up to so many columns.
    #[must_use]
    pub fn pad(mut self, columns: usize) -> Self {
        self.space(columns.saturating_sub(self.width()));
        self
    }

    pub(super) fn characters(&self) -> impl Iterator<Item = (char, Style)> {
        self.parts
            .iter()
            .flat_map(|(text, style)| text.chars().map(|character| (character, *style)))
    }

    /// The text, coloured or not.
    #[must_use]
    pub fn render(&self, color: bool) -> String {
        self.parts
            .iter()
            .map(|(text, style)| {
                if color {
                    paint(text, *style)
                } else {
                    text.clone()
                }
            })
            .collect()
    }
}

impl From<&str> for Line {
    fn from(text: &str) -> Self {
        Self::styled(text, Style::Plain)
    }
}

impl From<String> for Line {
    fn from(text: String) -> Self {
        Self::from(text.as_str())
    }
}

/// Lines as one text, each with its end.
#[must_use]
pub fn render<'a>(lines: impl IntoIterator<Item = &'a Line>, color: bool) -> String {
    lines
        .into_iter()
        .map(|line| line.render(color) + "\n")
        .collect()
}

/// How many columns a text takes on a terminal.
#[must_use]
pub fn width(text: &str) -> usize {
    if text.is_ascii() {
        text.len()
    } else {
        text.width()
    }
}

/// How many columns a character takes by itself.
pub(super) fn columns_of(character: char) -> usize {
    character.width().unwrap_or(0)
}

/// A text that leads to an address where the terminal knows how (the escape sequence OSC 8); it takes no columns more.
#[must_use]
pub fn link(url: &str, text: &str) -> String {
    format!("\u{1b}]8;;{url}\u{1b}\\{text}\u{1b}]8;;\u{1b}\\")
}

/// The address of a file whose path starts in that folder; `None` where it has none.
#[must_use]
pub fn file_url(folder: &str, file: &str) -> Option<url::Url> {
    url::Url::from_file_path(std::path::Path::new(folder).join(file)).ok()
}

/// The library asks environment and terminal once for the whole process; here each place decides for itself.
fn paint(text: &str, style: Style) -> String {
    static ALWAYS: Once = Once::new();
    ALWAYS.call_once(|| colored::control::set_override(true));
    let painted = match style {
        Style::Plain => return text.to_owned(),
        Style::Good => text.green(),
        Style::Bad => text.red(),
        Style::Warn => text.yellow(),
        Style::Dim => text.dimmed(),
        Style::Bold => text.bold(),
        Style::GoodBold => text.green().bold(),
        Style::BadBold => text.red().bold(),
        Style::Code => text.cyan(),
        Style::Path => text.color(Color::BrightBlue),
    };
    ColoredString::to_string(&painted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colour_is_decided_by_whoever_shows_the_line() {
        let line = Line::styled("ok", Style::GoodBold)
            .plain(" and ")
            .with("not", Style::Bad);
        assert_eq!(line.render(false), "ok and not");
        assert_eq!(
            line.render(true),
            "\u{1b}[1;32mok\u{1b}[0m and \u{1b}[31mnot\u{1b}[0m"
        );
        assert_eq!(render(&[line, Line::new()], false), "ok and not\n\n");
    }

    #[test]
    fn what_is_put_in_is_harmless_and_of_one_line() {
        let line = Line::from("a\tb\x1b[2J").with("\n", Style::Dim);
        assert_eq!(line.render(false), "a    b␛[2J␊");
    }

    #[test]
    fn width_counts_columns() {
        assert_eq!(Line::from("漢字").with("é", Style::Bold).width(), 5);
        assert_eq!(Line::from("ab").pad(4).render(false) + "|", "ab  |");
        assert_eq!(Line::from("abcde").pad(4).render(false), "abcde");
    }

    #[test]
    fn what_does_not_fit_is_cut_with_a_sign() {
        let line = Line::from("ab")
            .with("漢字", Style::Good)
            .plain("e\u{301}fg");
        let fitted = |columns| line.fit(columns).render(false);
        assert_eq!(fitted(9), "ab漢字e\u{301}fg");
        assert_eq!(
            [fitted(8), fitted(7), fitted(6), fitted(1), fitted(0)],
            ["ab漢字e\u{301}…", "ab漢字…", "ab漢…", "…", ""]
        );
    }
}
