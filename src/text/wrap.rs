//! Long lines in several.

use super::line::columns_of;
use super::{Line, Style};

/// Even below a deep indentation a line keeps this many columns.
const NARROWEST: usize = 8;

/// A word or the spaces between two.
type Run = Vec<(char, Style)>;

impl Line {
    /// The line in lines of so many columns: broken at spaces, a longer word anywhere; all lines but the first are indented.
    #[must_use]
    pub fn wrap(&self, columns: usize, indent: usize) -> Vec<Line> {
        let columns = columns.max(NARROWEST);
        if self.width() <= columns {
            return vec![self.clone()];
        }
        let indent = indent.min(columns - NARROWEST);
        let mut wrapped = Wrapped {
            columns,
            indent,
            lines: Vec::new(),
            line: Line::new(),
            used: 0,
        };
        let mut space = Run::new();
        for run in runs(self) {
            if is_space(&run) {
                space = run;
            } else {
                wrapped.word(&space, &run);
                space.clear();
            }
        }
        wrapped.lines.push(wrapped.line);
        wrapped.lines
    }
}

struct Wrapped {
    columns: usize,
    indent: usize,
    lines: Vec<Line>,
    line: Line,
    used: usize,
}

impl Wrapped {
    fn word(&mut self, space: &Run, word: &Run) {
        let (before, length) = (columns(space), columns(word));
        let fresh = self.columns - self.indent;
        if self.used + before + length <= self.columns {
            self.add(space);
            return self.add(word);
        }
        if length <= fresh && self.used > 0 {
            self.next();
            return self.add(word);
        }
        if self.used + before < self.columns {
            self.add(space);
        }
        for character in word {
            if self.used + columns_of(character.0) > self.columns {
                self.next();
            }
            self.add(std::slice::from_ref(character));
        }
    }

    fn next(&mut self) {
        self.lines.push(std::mem::take(&mut self.line));
        self.line.space(self.indent);
        self.used = self.indent;
    }

    fn add(&mut self, run: &[(char, Style)]) {
        for (character, style) in run {
            self.line
                .push_clean(character.encode_utf8(&mut [0; 4]), *style);
            self.used += columns_of(*character);
        }
    }
}

fn columns(run: &Run) -> usize {
    run.iter()
        .map(|(character, _)| columns_of(*character))
        .sum()
}

fn is_space(run: &Run) -> bool {
    run.first().is_some_and(|(character, _)| *character == ' ')
}

fn runs(line: &Line) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for (character, style) in line.characters() {
        match runs
            .last_mut()
            .filter(|run| is_space(run) == (character == ' '))
        {
            Some(run) => run.push((character, style)),
            None => runs.push(vec![(character, style)]),
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn wrapped(text: &str, columns: usize, indent: usize) -> Vec<String> {
        Line::from(text)
            .wrap(columns, indent)
            .iter()
            .map(|line| line.render(false))
            .collect()
    }

    #[test]
    fn lines_break_at_spaces_and_hang() {
        assert_eq!(
            wrapped("one two three four", 10, 2),
            ["one two", "  three", "  four"]
        );
        assert_eq!(wrapped("  one two six", 10, 2), ["  one two", "  six"]);
        assert_eq!(wrapped("short", 10, 2), ["short"]);
    }

    #[test]
    fn long_words_break_anywhere() {
        assert_eq!(
            wrapped("see https://example.com/a/b", 12, 1),
            ["see https://", " example.com", " /a/b"]
        );
        assert_eq!(wrapped("漢字漢字漢字", 9, 0), ["漢字漢字", "漢字"]);
    }

    #[test]
    fn styles_are_kept_over_a_break() {
        let lines = Line::from("plain ")
            .with("code in two", Style::Code)
            .wrap(11, 0);
        assert_eq!(
            lines,
            [
                Line::from("plain ").with("code", Style::Code),
                Line::styled("in two", Style::Code)
            ]
        );
    }

    proptest! {
        #[test]
        fn no_line_is_too_wide_and_no_word_is_lost(text in "[a-c漢 ]{0,60}", columns in 8..30_usize, indent in 0..40_usize) {
            let lines = wrapped(&text, columns, indent);
            for line in &lines {
                prop_assert!(crate::text::width(line) <= columns, "{line:?}");
            }
            let words = |text: &str| text.replace(' ', "");
            prop_assert_eq!(words(&lines.concat()), words(&text));
        }
    }
}
