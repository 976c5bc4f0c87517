//! A failed expectation, drawn as rustc draws an error: what is wrong, where it is written, what came.

use super::buffer::{TextBuffer, Theme, bounded, start};
use crate::event::{Failure, Place};
use crate::report::words::{differ, sentence};
use crate::source::{self, Diagnostic, File, Span};
use crate::text::{Line, Style, escape_control, escape_control_line, link, width};

/// A line of a collection is drawn up to so many characters behind the place that is meant.
const LINE: usize = 400;
/// What is expected and what came are shown up to so many characters.
const VALUE: usize = 1_200;
/// Beside the underline stands what came, where it is short.
const BESIDE: usize = 36;

/// Draws a failure, at most N of its differences.
pub(super) fn failure(failure: &Failure, differences: usize, page: &mut TextBuffer) {
    let verdict = Verdict::of(failure, page.room());
    let title = escape_control_line(&verdict.title);
    let mut diagnostic = match &failure.place {
        Some(place) => Diagnostic::error(&span(place), title),
        None => Diagnostic::nowhere(title),
    };
    diagnostic.label = failure.place.as_ref().and(verdict.beside);
    let below = !verdict.rows.is_empty() || !failure.differences.is_empty();
    if !below {
        diagnostic.hint = failure
            .hint
            .as_deref()
            .map(|hint| start(hint, VALUE).to_owned());
    }
    let look = source::Style {
        color: page.look().color,
        width: page.room(),
    };
    let drawn = source::render(&[diagnostic], look);
    page.drawn(
        &failure
            .place
            .as_ref()
            .and_then(|place| leading(&drawn, place, page.look()))
            .unwrap_or(drawn),
    );
    for (label, text) in verdict.rows {
        row(label, text, page);
    }
    self::differences(failure, differences, page);
    if let Some(hint) = failure.hint.as_deref().filter(|_| below) {
        page.wrapped(
            &Line::styled("  hint: ", Style::Bold).plain(start(hint, VALUE)),
            8,
        );
    }
}

/// What was drawn, with the place behind its arrow leading there, where the terminal knows how.
fn leading(drawn: &str, place: &Place, look: Theme) -> Option<String> {
    let url = look.url(place)?;
    let shown = format!(
        "{}:{}:{}",
        escape_control_line(&place.file),
        place.line,
        place.column
    );
    let (before, arrow) = drawn.split_once("-->")?;
    Some(format!(
        "{before}-->{}",
        arrow.replacen(&shown, &link(&url, &shown), 1)
    ))
}

/// What is said about a failure, and where.
struct Verdict<'a> {
    title: String,
    beside: Option<String>,
    rows: Vec<(&'static str, &'a str)>,
}

impl<'a> Verdict<'a> {
    fn of(failure: &'a Failure, room: usize) -> Self {
        let subject = start(failure.subject.text(), 200);
        let short =
            |text: &&str| text.len() <= 200 && width(text) <= BESIDE && !text.contains('\n');
        let beside = match (&failure.reason, &failure.actual) {
            (Some(reason), _) => Some(reason.as_str()).filter(short).map(str::to_owned),
            (None, Some(actual)) => Some(actual.as_str())
                .filter(short)
                .map(|actual| format!("got {actual}")),
            (None, None) => Some("got nothing".to_owned()),
        };
        if let Some(message) = &failure.message {
            let rows = if failure.differences.is_empty() {
                rows(failure)
            } else {
                Vec::new()
            };
            return Self {
                title: format!("{} ({subject})", start(message, VALUE)),
                beside: None,
                rows,
            };
        }
        if !failure.differences.is_empty() {
            return Self {
                title: format!("{subject}: {}", differ(failure)),
                beside: None,
                rows: Vec::new(),
            };
        }
        let title = format!("{subject}: {}", sentence(failure, VALUE));
        let fits = width(&title) + "error: ".len() <= room && !title.contains('\n');
        if fits {
            return Self {
                title,
                beside,
                rows: Vec::new(),
            };
        }
        Self {
            title: format!("{subject} differs from what was expected"),
            beside: None,
            rows: rows(failure),
        }
    }
}

fn rows(failure: &Failure) -> Vec<(&'static str, &str)> {
    let expected = Some(failure.expected.as_str()).filter(|text| !text.is_empty());
    let all = [
        ("expected", expected),
        ("got", failure.actual.as_deref()),
        ("but", failure.reason.as_deref()),
    ];
    all.into_iter()
        .filter_map(|(label, text)| Some((label, text?)))
        .collect()
}

/// `expected  …`, each line of a longer text below the other.
fn row(label: &str, text: &str, page: &mut TextBuffer) {
    const LINES: usize = 8;
    let style = if label == "expected" {
        Style::Good
    } else {
        Style::Bad
    };
    let lines: Vec<&str> = start(text, VALUE).lines().collect();
    for (at, line) in lines.iter().take(LINES).enumerate() {
        let label = if at == 0 { label } else { "" };
        page.wrapped(
            &Line::styled(&format!("  {label:<8}  "), Style::Dim).with(line, style),
            12,
        );
    }
    let cut = lines.len() > LINES || start(text, VALUE).len() < text.len();
    if cut {
        page.line(&Line::styled("            …", Style::Dim));
    }
}

/// A line each; how many more there are.
fn differences(failure: &Failure, most: usize, page: &mut TextBuffer) {
    for difference in failure.differences.iter().take(most) {
        if difference.path.is_empty() {
            start(&difference.text, VALUE)
                .lines()
                .for_each(|line| page.cut(&changed(line)));
            continue;
        }
        let mut lines = start(&difference.text, VALUE).lines();
        let mut line = Line::from("  ");
        line.append(&bounded(&difference.path, 300, Style::Bold));
        page.wrapped(&line.plain(": ").plain(lines.next().unwrap_or_default()), 4);
        lines.for_each(|line| page.cut(&changed(line)));
    }
    let more = failure.differences.len().saturating_sub(most) + failure.more_differences;
    if more > 0 {
        page.line(&Line::styled(&format!("  … and {more} more"), Style::Dim));
    }
}

/// A line of a text's differences: `-` was expected, `+` came.
fn changed(line: &str) -> Line {
    let style = match line.chars().next() {
        Some('-') => Style::Good,
        Some('+') => Style::Bad,
        Some('@') => Style::Dim,
        _ => Style::Plain,
    };
    Line::from("  ").with(line, style)
}

/// The place as a span of a text that is that one line, harmless in each of its parts.
fn span(place: &Place) -> Span {
    let (before, rest) = cut(&place.text, |text| {
        start(text, place.column.saturating_sub(1)).len()
    });
    let (meant, after) = cut(start(rest, LINE), |text| whole(text, place.length));
    let [before, meant, after] =
        [before, meant, after].map(|part| escape_control(part).replace('\n', "␊"));
    let range = before.len()..before.len() + meant.len();
    let file = escape_control_line(&place.file).into_owned();
    Span::new(
        &File::excerpt(file, before + &meant + &after, place.line),
        range,
    )
}

/// The last character border that is not behind that byte.
fn whole(text: &str, mut at: usize) -> usize {
    at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

fn cut(text: &str, at: impl Fn(&str) -> usize) -> (&str, &str) {
    text.split_at_checked(at(text)).unwrap_or((text, ""))
}
