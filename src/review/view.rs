//! What a pending snapshot changes, line by line, each with the place in the document that it shows.

use crate::snapshot::{Change, File, Trouble};
use crate::text::{Line, Style, count};
use crate::value::diff::{Change as Difference, visible};
use crate::value::{Path, Segment, Value};

/// So many lines of a new snapshot are shown.
const MOST: usize = 5_000;

/// A line, and where the value that it shows stands.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) line: Line,
    pub(super) path: Option<Path>,
}

impl Row {
    fn plain(line: Line) -> Self {
        Self { line, path: None }
    }

    fn at(line: Line, path: &Path) -> Self {
        // The document as a whole is not redacted: nothing would be left.
        Self {
            line,
            path: Some(path.clone()).filter(|path| !path.segments().is_empty()),
        }
    }
}

/// The snapshot's file cannot be used.
pub(super) fn broken(trouble: &Trouble) -> Vec<Row> {
    vec![
        Row::plain(Line::styled(&format!("the file {trouble}"), Style::Bad)),
        Row::plain(Line::new()),
    ]
}

/// A snapshot that is not there yet: all of it.
pub(super) fn new(file: &File) -> Vec<Row> {
    let (head, body) = file.parts();
    let added = |text: &str| Line::styled(&format!("+ {text}"), Style::Good);
    let mut rows: Vec<Row> = head
        .iter()
        .map(|(name, value)| Row::plain(added(&format!("{name}: {value}"))))
        .collect();
    match file.document() {
        Some(document) => document_rows(&document, &mut rows),
        None => rows.extend(body.lines().take(MOST).map(|line| Row::plain(added(line)))),
    }
    if rows.len() >= MOST {
        rows.push(Row::plain(Line::styled(
            "… the file has all of it",
            Style::Dim,
        )));
    }
    rows
}

fn document_rows(document: &Value, rows: &mut Vec<Row>) {
    let mut walk = Walk {
        rows,
        path: Path::root(),
        depth: 0,
    };
    walk.value(document, "", "");
}

/// Writes a document line by line, as it stands in the file.
struct Walk<'a> {
    rows: &'a mut Vec<Row>,
    path: Path,
    depth: usize,
}

impl Walk<'_> {
    fn line(&mut self, text: &str) {
        if self.rows.len() < MOST {
            let line = Line::styled(&format!("+ {}{text}", "  ".repeat(self.depth)), Style::Good);
            self.rows.push(Row::at(line, &self.path));
        }
    }

    fn value(&mut self, value: &Value, before: &str, after: &str) {
        match value {
            Value::Array(items) if !items.is_empty() => {
                let parts = items
                    .iter()
                    .enumerate()
                    .map(|(index, item)| (Segment::Index(index), String::new(), item));
                self.list(
                    (&format!("{before}["), &format!("]{after}")),
                    items.len(),
                    parts,
                );
            }
            Value::Object(members) if !members.is_empty() => {
                let name = |name: &String| format!("{}: ", Value::from(name.as_str()).to_json());
                let parts = members
                    .iter()
                    .map(|(key, member)| (Segment::Name(key.clone()), name(key), member));
                self.list(
                    (&format!("{before}{{"), &format!("}}{after}")),
                    members.len(),
                    parts,
                );
            }
            leaf => self.line(&format!("{before}{}{after}", leaf.to_json())),
        }
    }

    fn list<'v>(
        &mut self,
        (open, close): (&str, &str),
        length: usize,
        parts: impl Iterator<Item = (Segment, String, &'v Value)>,
    ) {
        self.line(open);
        self.depth += 1;
        for (at, (segment, before, value)) in parts.enumerate() {
            if self.rows.len() >= MOST {
                break;
            }
            self.path.push(segment);
            self.value(value, &before, if at + 1 < length { "," } else { "" });
            self.path.pop();
        }
        self.depth -= 1;
        self.line(close);
    }
}

/// What is something else than before.
pub(super) fn changed(changes: Vec<Change>) -> Vec<Row> {
    if changes.is_empty() {
        return vec![Row::plain(Line::styled(
            "only the formatting differs",
            Style::Dim,
        ))];
    }
    let mut rows = Vec::new();
    for change in changes {
        if let Some(name) = change.part {
            rows.push(Row::plain(Line::styled(&name, Style::Bold)));
            rows.extend(change.expected.map(|text| Row::plain(removed(&text))));
            rows.extend(change.actual.map(|text| Row::plain(added(&text))));
            continue;
        }
        rows.extend(
            change
                .differences
                .kept
                .iter()
                .flat_map(|difference| leaf(&difference.path, &difference.change)),
        );
        let more = change.differences.more;
        rows.extend((more > 0).then(|| {
            Row::plain(Line::styled(
                &format!("… and {} more", count(more, "difference")),
                Style::Dim,
            ))
        }));
    }
    rows
}

fn removed(text: &str) -> Line {
    Line::styled(&format!("  - {text}"), Style::Bad)
}

fn added(text: &str) -> Line {
    Line::styled(&format!("  + {text}"), Style::Good)
}

fn leaf(path: &Path, change: &Difference) -> Vec<Row> {
    let title = Row::at(Line::styled(&path.to_string(), Style::Bold), path);
    let lines = match change {
        Difference::Changed { expected, actual } => {
            vec![removed(&visible(expected)), added(&visible(actual))]
        }
        Difference::Missing { expected } => vec![removed(&visible(expected))],
        Difference::Unexpected { actual } => vec![added(&visible(actual))],
        Difference::Broken { reason } => vec![Line::from(format!("  {}", visible(reason)))],
        Difference::Lines { hunks } => visible(hunks).lines().map(of_text).collect(),
    };
    let rows = lines.into_iter().map(|line| Row::at(line, path));
    std::iter::once(title).chain(rows).collect()
}

/// A line of a unified diff.
fn of_text(line: &str) -> Line {
    let style = match line.chars().next() {
        Some('-') => Style::Bad,
        Some('+') => Style::Good,
        Some('@') => Style::Dim,
        _ => Style::Plain,
    };
    Line::from("  ").with(line, style)
}
