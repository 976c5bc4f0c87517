//! The review as it looks: so many lines, none too wide.

use super::Review;
use crate::text::{Line, Style};

/// Lines above and below what is pending.
const AROUND: usize = 7;

const KEYS: [(&str, &str); 7] = [
    ("a", "accept"),
    ("r", "reject"),
    ("s", "skip"),
    ("A", "accept all"),
    ("x", "redact"),
    ("↑↓", "move"),
    ("q", "quit"),
];

impl Review {
    /// What the screen shows, `rows` lines of at most N columns.
    #[must_use]
    pub fn draw(&self, columns: usize, rows: usize) -> Vec<Line> {
        let Some(entry) = self.entries.get(self.at) else {
            return Vec::new();
        };
        let what = if entry.is_new() { "new" } else { "changed" };
        let (target, request) = entry.request();
        let mut lines = vec![
            Line::styled(
                &format!("snapshot {} of {}, {what}", self.at + 1, self.entries.len()),
                Style::Dim,
            ),
            Line::styled(request, Style::Bold)
                .plain("  ")
                .plain(if target == request { "" } else { target }),
            Line::styled(&entry.source().display().to_string(), Style::Path)
                .with(" → ", Style::Dim)
                .with(&entry.path().display().to_string(), Style::Path),
            Line::new(),
        ];
        let room = rows.saturating_sub(AROUND).max(1);
        let (shown, top) = self.window(room);
        for (offset, row) in shown.iter().enumerate() {
            let here = top + offset == self.cursor;
            let mut line = Line::styled(if here { "> " } else { "  " }, Style::Bold);
            line.append(&row.line);
            lines.push(line);
        }
        lines.resize_with(4 + room, Line::new);
        lines.push(self.below(top + shown.len()));
        lines.push(self.said.clone().unwrap_or_default());
        lines.push(keys());
        lines.truncate(rows);
        lines.into_iter().map(|line| line.fit(columns)).collect()
    }

    /// The rows that there is room for, the cursor among them, and the number of the first.
    fn window(&self, room: usize) -> (&[super::view::Row], usize) {
        let all = self
            .entries
            .get(self.at)
            .map(super::Entry::rows)
            .unwrap_or_default();
        let top = self
            .cursor
            .saturating_sub(room / 2)
            .min(all.len().saturating_sub(room));
        (
            all.get(top..(top + room).min(all.len()))
                .unwrap_or_default(),
            top,
        )
    }

    /// How many lines are not shown, and the path under the cursor.
    fn below(&self, end: usize) -> Line {
        let rows = self
            .entries
            .get(self.at)
            .map(super::Entry::rows)
            .unwrap_or_default();
        let path = rows
            .get(self.cursor)
            .and_then(|row| row.path.as_ref())
            .map(ToString::to_string);
        let mut line = Line::styled(&path.unwrap_or_default(), Style::Code);
        if end < rows.len() {
            line.push(
                &format!("  … {} more lines below", rows.len() - end),
                Style::Dim,
            );
        }
        line
    }
}

fn keys() -> Line {
    let mut line = Line::new();
    for (key, what) in KEYS {
        line.push(if line.is_empty() { "" } else { "  " }, Style::Plain);
        line.push(key, Style::Code);
        line.push(&format!(" {what}"), Style::Dim);
    }
    line
}
