//! A body as people read it: JSON one member a line, the lines that differ marked, never more than fits.

use super::buffer::{TextBuffer, start};
use crate::event::Body;
use crate::text::{Line, Style, size};
use crate::value::{self, Path, Segment, Value};

/// A larger JSON document is not parsed to be shown.
const PARSED: usize = 300_000;
/// How many lines stand before the first one that is marked.
const BEFORE: usize = 6;

/// Shows a body in at most N lines, each behind `prefix`; the lines at those paths are marked.
pub(super) fn excerpt(body: &Body, marked: &[&str], most: usize, page: &mut TextBuffer) {
    let Some(text) = &body.text else {
        let kind = if body.size == 0 {
            "empty".to_owned()
        } else {
            format!("{} that are not text", bytes(body.size))
        };
        return page.line(&Line::styled(&format!("  ({kind})"), Style::Dim));
    };
    if text.is_empty() {
        return page.line(&Line::styled("  (empty)", Style::Dim));
    }
    match document(text) {
        Some(document) => json(&document, marked, most, page),
        None => plain(text, most, page),
    }
    if body.cut {
        page.line(&Line::styled(
            &format!("  … of {}", bytes(body.size)),
            Style::Dim,
        ));
    }
}

fn bytes(bytes: usize) -> String {
    size(u64::try_from(bytes).unwrap_or(u64::MAX))
}

/// A text that is a JSON object or list.
pub(super) fn document(text: &str) -> Option<Value> {
    let opens = text.trim_start().starts_with(['{', '[']);
    if opens && text.len() <= PARSED {
        value::parse_faithful(text)
    } else {
        None
    }
}

fn json(document: &Value, marked: &[&str], most: usize, page: &mut TextBuffer) {
    let marked = places(marked, document);
    let mut lines = Pretty {
        marked: &marked,
        path: Path::root(),
        lines: Vec::new(),
    };
    lines.value(document, "", "", 0);
    let lines = lines.lines;
    let first = lines.iter().position(|(_, marked)| *marked).unwrap_or(0);
    // The end is shown whole rather than few lines behind the mark.
    let from = first
        .saturating_sub(BEFORE)
        .min(lines.len().saturating_sub(most));
    left_out(from, page);
    for (line, marked) in lines.iter().skip(from).take(most) {
        let sign = if *marked {
            Line::styled("> ", Style::BadBold)
        } else {
            Line::from("  ")
        };
        page.cut(&sign.with(line, if *marked { Style::Bold } else { Style::Plain }));
    }
    left_out(lines.len().saturating_sub(from + most), page);
}

/// The places that are there; where all are missing, the innermost things that they are missing in.
fn places(marked: &[&str], document: &Value) -> Vec<Path> {
    let paths: Vec<Path> = marked.iter().filter_map(|path| path.parse().ok()).collect();
    let (there, missing): (Vec<_>, Vec<_>) = paths
        .into_iter()
        .partition(|path| document.at(path).is_some());
    if there.is_empty() {
        missing
            .into_iter()
            .filter_map(|path| nearest(path, document))
            .collect()
    } else {
        there
    }
}

fn nearest(mut path: Path, document: &Value) -> Option<Path> {
    while document.at(&path).is_none() {
        path.pop()?;
    }
    Some(path).filter(|path| !path.segments().is_empty())
}

fn left_out(lines: usize, page: &mut TextBuffer) {
    if lines > 0 {
        page.line(&Line::styled(
            &format!("  … {}", crate::text::count(lines, "line")),
            Style::Dim,
        ));
    }
}

fn plain(text: &str, most: usize, page: &mut TextBuffer) {
    let shown = start(text, most * page.room());
    let mut left = most;
    let mut rest = shown.lines();
    while left > 0 {
        let Some(line) = rest.next() else { break };
        for line in Line::from(line)
            .wrap(page.room() - 2, 0)
            .into_iter()
            .take(left)
        {
            page.line(&indented(&line));
            left -= 1;
        }
    }
    if rest.next().is_some() || shown.len() < text.len() {
        page.line(&Line::styled("  …", Style::Dim));
    }
}

fn indented(line: &Line) -> Line {
    let mut indented = Line::from("  ");
    indented.append(line);
    indented
}

/// JSON line by line, knowing where in the document each line stands.
struct Pretty<'a> {
    marked: &'a [Path],
    path: Path,
    lines: Vec<(String, bool)>,
}

impl Pretty<'_> {
    fn value(&mut self, value: &Value, name: &str, comma: &str, level: usize) {
        match value {
            Value::Object(members) if !members.is_empty() => {
                self.line(level, &format!("{name}{{"));
                let last = members.len() - 1;
                for (at, (member, value)) in members.iter().enumerate() {
                    self.path.push(Segment::Name(member.clone()));
                    let name = format!("{}: ", Value::from(member.as_str()));
                    self.value(value, &name, if at < last { "," } else { "" }, level + 1);
                    self.path.pop();
                }
                self.close(level, "}", comma);
            }
            Value::Array(items) if !items.is_empty() => {
                self.line(level, &format!("{name}["));
                let last = items.len() - 1;
                for (at, item) in items.iter().enumerate() {
                    self.path.push(Segment::Index(at));
                    self.value(item, "", if at < last { "," } else { "" }, level + 1);
                    self.path.pop();
                }
                self.close(level, "]", comma);
            }
            leaf => self.line(level, &format!("{name}{leaf}{comma}")),
        }
    }

    fn line(&mut self, level: usize, text: &str) {
        let marked = self.marked.contains(&self.path);
        self.lines.push((
            format!("{}{}", "  ".repeat(level), start(text, 1_000)),
            marked,
        ));
    }

    fn close(&mut self, level: usize, bracket: &str, comma: &str) {
        self.lines
            .push((format!("{}{bracket}{comma}", "  ".repeat(level)), false));
    }
}
