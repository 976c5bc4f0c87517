//! Problems in files come drawn, without colour; here they get it.

use super::buffer::{TextBuffer, Theme};
use crate::event::{Problem, Severity};
use crate::text::{Line, Style};

/// A problem as people read it, an empty line behind it.
pub(super) fn problem(problem: &Problem, look: Theme) -> String {
    let level = if problem.severity == Severity::Warning {
        Style::Warn
    } else {
        Style::BadBold
    };
    let mut page = TextBuffer::new(look, 0);
    for line in problem.rendered.lines() {
        page.line(&painted(line, level));
    }
    page.blank();
    page.into_text()
}

/// A line of rustc's drawing: title, arrow, source behind its number, underline, hint.
fn painted(line: &str, level: Style) -> Line {
    if let Some((word @ ("error" | "warning"), title)) = line.split_once(": ") {
        return Line::styled(word, level)
            .with(": ", Style::Bold)
            .with(title, Style::Bold);
    }
    let trimmed = line.trim_start();
    if let Some(place) = trimmed.strip_prefix("--> ") {
        return before(line, trimmed)
            .with("--> ", Style::Dim)
            .with(place, Style::Path);
    }
    if let Some(help) = trimmed.strip_prefix("= ") {
        return before(line, trimmed).with("= ", Style::Dim).plain(help);
    }
    let Some((number, rest)) = line.split_once('|').filter(|(number, _)| is_number(number)) else {
        return Line::from(line);
    };
    let underline = number.trim().is_empty() && rest.trim_start().starts_with(['^', '-', '_']);
    let gutter = Line::styled(number, Style::Dim).with("|", Style::Dim);
    gutter.with(rest, if underline { level } else { Style::Plain })
}

fn before(line: &str, trimmed: &str) -> Line {
    let mut indented = Line::new();
    indented.space(line.len() - trimmed.len());
    indented
}

fn is_number(text: &str) -> bool {
    text.trim()
        .chars()
        .all(|character| character.is_ascii_digit())
}
