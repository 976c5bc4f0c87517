//! Going through pending snapshots: what is new or changed, shown, and accepted or not.
//!
//! What is shown and what a key does are pure ([`Review`]); `terminal` alone knows the screen and the keys of one. Files of
//! snapshots are moved and removed as soon as that is decided, so that nothing is lost when the review ends early.

mod edit;
mod entry;
mod screen;
mod terminal;
#[cfg(test)]
mod tests;
mod view;

pub use entry::{Entry, find};
pub use terminal::walk;

use crate::text::{Line, Style};
use crate::value::{Path, Segment};

/// What a key asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// What is pending becomes the snapshot.
    Accept,
    /// What is pending is dropped.
    Reject,
    /// It stays pending.
    Skip,
    /// What is pending here and behind becomes the snapshot.
    AcceptAll,
    /// The value under the cursor is redacted from now on; in every item of a list where that is asked.
    Redact {
        /// Whether indexes stand for every item.
        everywhere: bool,
    },
    /// The cursor goes so many lines down, or up.
    Move(isize),
    /// The review is over.
    Quit,
}

/// How many snapshots became what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Accepted.
    pub accepted: usize,
    /// Rejected.
    pub rejected: usize,
    /// Still pending.
    pub left: usize,
}

/// A review on its way: what is pending, and where the cursor is.
#[derive(Debug)]
pub struct Review {
    entries: Vec<Entry>,
    at: usize,
    cursor: usize,
    tally: Tally,
    /// What is to be said about the last key.
    said: Option<Line>,
}

impl Review {
    /// A review of what is pending.
    #[must_use]
    pub fn new(entries: Vec<Entry>) -> Self {
        Self {
            entries,
            at: 0,
            cursor: 0,
            tally: Tally::default(),
            said: None,
        }
    }

    /// What became of them so far; those that were not come to are still pending.
    #[must_use]
    pub fn tally(&self) -> Tally {
        Tally {
            left: self.entries.len() - self.tally.accepted - self.tally.rejected,
            ..self.tally
        }
    }

    /// Does what a key asks for; whether the review is over then.
    pub fn press(&mut self, key: Key) -> bool {
        self.said = None;
        match key {
            Key::Quit => return true,
            Key::Skip => self.next(),
            Key::Accept => self.settle(true),
            Key::Reject => self.settle(false),
            Key::AcceptAll => {
                while self.at < self.entries.len() && self.said.is_none() {
                    self.settle(true);
                }
            }
            Key::Move(lines) => self.go(lines),
            Key::Redact { everywhere } => self.redact(everywhere),
        }
        self.at >= self.entries.len()
    }

    fn next(&mut self) {
        self.at += 1;
        self.cursor = self.entries.get(self.at).map_or(0, Entry::first);
    }

    /// Accepts or rejects what is shown; where that cannot be done it stays and says why.
    fn settle(&mut self, accept: bool) {
        let Some(entry) = self.entries.get(self.at) else {
            return;
        };
        match if accept {
            entry.accept()
        } else {
            entry.reject()
        } {
            Ok(()) => {
                *(if accept {
                    &mut self.tally.accepted
                } else {
                    &mut self.tally.rejected
                }) += 1;
                self.next();
            }
            Err(reason) => self.said = Some(Line::styled(&reason, Style::Bad)),
        }
    }

    fn go(&mut self, lines: isize) {
        let last = self
            .entries
            .get(self.at)
            .map_or(0, |entry| entry.rows().len().saturating_sub(1));
        self.cursor = self.cursor.saturating_add_signed(lines).min(last);
    }

    /// Adds the path under the cursor to the collection's `redact`.
    fn redact(&mut self, everywhere: bool) {
        let Some(entry) = self.entries.get_mut(self.at) else {
            return;
        };
        let Some(path) = entry
            .rows()
            .get(self.cursor)
            .and_then(|row| row.path.clone())
        else {
            self.said = Some(Line::styled(
                "there is no value of the document in this line",
                Style::Warn,
            ));
            return;
        };
        let (path, placeholder) = (written(&path, everywhere), placeholder(&path));
        match entry.redact(&path, &placeholder) {
            Err(reason) => self.said = Some(Line::styled(&reason, Style::Bad)),
            Ok(settled) => {
                let said = Line::from("added to the collection: ").with(
                    &format!("redact.\"{path}\" = \"{placeholder}\""),
                    Style::Code,
                );
                let rows = entry.rows().len();
                self.cursor = self.cursor.min(rows.saturating_sub(1));
                if settled {
                    self.tally.accepted += 1;
                    self.next();
                }
                self.said = Some(said);
            }
        }
    }
}

/// A path as the collection writes it.
fn written(path: &Path, everywhere: bool) -> String {
    if !everywhere {
        return path.to_string();
    }
    let part = |segment: &Segment| match segment {
        Segment::Index(_) => "[*]".to_owned(),
        name @ Segment::Name(_) => [name.clone()]
            .into_iter()
            .collect::<Path>()
            .to_string()
            .replacen('$', "", 1),
    };
    format!(
        "${}",
        path.segments()
            .iter()
            .map(part)
            .collect::<Vec<_>>()
            .concat()
    )
}

/// `[id]` for `$.items[0].id`.
fn placeholder(path: &Path) -> String {
    let name = path.segments().iter().rev().find_map(|segment| {
        if let Segment::Name(name) = segment {
            Some(name)
        } else {
            None
        }
    });
    format!("[{}]", name.map_or("redacted", String::as_str))
}
