//! Collections run side by side; their lines are shown one collection after the other.
//!
//! The first collection that is not over is shown as it goes, the others are held back until it is their turn. What is held
//! back is bounded: where it is too much, the fullest collection is shown in between.

use indexmap::IndexMap;

use super::fold::Folds;

/// A collection, or one of its rows: path and row.
pub(super) type Id = (String, Option<usize>);

/// How many bytes are held back at most.
const HELD: usize = 4_000_000;

/// The collections whose lines are not all shown.
#[derive(Debug, Default)]
pub(super) struct Groups {
    list: IndexMap<Id, Group>,
    /// Which one was shown last, by number.
    shown: Option<usize>,
    started: usize,
    held: usize,
    folds: Folds,
    /// Whether the end of what is shown is not told yet.
    open: bool,
}

#[derive(Debug)]
struct Group {
    number: usize,
    header: String,
    /// What is not shown yet.
    lines: String,
    begun: bool,
    finished: bool,
}

impl Groups {
    /// Groups that are folded so.
    pub(super) fn folded(folds: Folds) -> Self {
        Self {
            folds,
            ..Self::default()
        }
    }

    /// A collection begins.
    pub(super) fn start(&mut self, id: Id, header: &str) {
        if let Some(known) = self.list.get_mut(&id) {
            known.finished = false;
            return;
        }
        self.started += 1;
        let header = self.folds.harmless(header).into_owned();
        let group = Group {
            number: self.started,
            header,
            lines: String::new(),
            begun: false,
            finished: false,
        };
        self.list.insert(id, group);
    }

    /// Lines of a collection; of one that never began under its path.
    pub(super) fn add(&mut self, id: &Id, lines: &str) {
        if !self.list.contains_key(id) {
            self.start(
                id.clone(),
                &format!("{}\n", crate::text::escape_control_line(&id.0)),
            );
        }
        if let Some(group) = self.list.get_mut(id) {
            let lines = self.folds.harmless(lines);
            group.lines.push_str(&lines);
            self.held += lines.len();
        }
    }

    /// A collection is over.
    pub(super) fn finish(&mut self, id: &Id) {
        if let Some(group) = self.list.get_mut(id) {
            group.finished = true;
        }
    }

    /// What may be shown now.
    pub(super) fn ready(&mut self) -> String {
        let mut text = String::new();
        let over = self
            .list
            .values()
            .take_while(|group| group.finished)
            .count();
        for at in 0..=over {
            self.show(at, &mut text);
        }
        self.list.drain(..over);
        if self.held > HELD {
            let fullest = self
                .list
                .values()
                .enumerate()
                .max_by_key(|(_, group)| group.lines.len());
            self.show(fullest.map_or(0, |(at, _)| at), &mut text);
        }
        text
    }

    /// Everything, also of those that are not over.
    pub(super) fn rest(&mut self) -> String {
        self.list
            .values_mut()
            .for_each(|group| group.finished = true);
        let mut text = self.ready();
        if std::mem::take(&mut self.open) {
            text.push_str(&self.folds.close(self.shown.unwrap_or_default()));
        }
        text
    }

    fn show(&mut self, at: usize, text: &mut String) {
        let Some((_, group)) = self
            .list
            .get_index_mut(at)
            .filter(|(_, group)| !group.lines.is_empty())
        else {
            return;
        };
        if self.shown != Some(group.number) {
            if let Some(shown) = self.shown.filter(|_| self.open) {
                text.push_str(&self.folds.close(shown));
                text.push_str(if self.folds == Folds::None { "\n" } else { "" });
            }
            let again = if group.begun { "… " } else { "" };
            text.push_str(
                &self
                    .folds
                    .open(group.number, &format!("{again}{}", group.header)),
            );
            self.shown = Some(group.number);
            self.open = true;
            group.begun = true;
        }
        self.held -= group.lines.len();
        text.push_str(&std::mem::take(&mut group.lines));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(path: &str) -> Id {
        (path.to_owned(), None)
    }

    fn two() -> Groups {
        let mut groups = Groups::default();
        groups.start(id("a"), "A\n");
        groups.start(id("b"), "B\n");
        groups
    }

    #[test]
    fn the_first_is_shown_as_it_goes_and_the_others_when_it_is_over() {
        let mut groups = two();
        groups.add(&id("b"), "b1\n");
        assert_eq!(groups.ready(), "");
        groups.add(&id("a"), "a1\n");
        assert_eq!(groups.ready(), "A\na1\n");
        groups.add(&id("b"), "b2\n");
        groups.finish(&id("b"));
        groups.add(&id("a"), "a2\n");
        assert_eq!(groups.ready(), "a2\n");
        groups.finish(&id("a"));
        assert_eq!(groups.ready(), "\nB\nb1\nb2\n");
        assert_eq!(
            (groups.ready(), groups.held, groups.list.len()),
            (String::new(), 0, 0)
        );
    }

    #[test]
    fn one_that_has_nothing_to_show_has_no_header() {
        let mut groups = two();
        groups.finish(&id("a"));
        groups.add(&id("b"), "b1\n");
        assert_eq!(groups.ready(), "B\nb1\n");
    }

    #[test]
    fn what_is_held_back_is_bounded() {
        let mut groups = two();
        groups.add(&id("a"), "a1\n");
        groups.ready();
        groups.add(&id("b"), &"b".repeat(HELD + 1));
        assert!(groups.ready().starts_with("\nB\nbbb"));
        groups.add(&id("a"), "a2\n");
        assert_eq!(groups.ready(), "\n… A\na2\n");
        groups.add(&id("b"), "b2\n");
        assert_eq!(groups.rest(), "\n… B\nb2\n");
    }

    #[test]
    fn lines_of_a_collection_that_never_began_stand_under_its_path() {
        let mut groups = Groups::default();
        groups.add(&id("lost.toml"), "line\n");
        assert_eq!(groups.rest(), "lost.toml\nline\n");
    }
}
