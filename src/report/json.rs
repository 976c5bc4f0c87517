//! The events themselves, one a line, as JSON: `docs/events.md` describes them.

use std::io::{self, Write};

use super::{Kind, Output, Reporter};
use crate::event::Event;

/// The report `json`.
pub const KIND: Kind = Kind {
    name: "json",
    about: "the events of the run, one JSON object per line",
    exchanges: false,
    beside: false,
    open: |output| Box::new(Json::new(output)),
};

/// Writes each event as one line of JSON.
pub struct Json {
    output: Option<Output>,
    line: Vec<u8>,
}

impl Json {
    /// Writes to a stream or a file.
    #[must_use]
    pub fn new(output: Output) -> Self {
        Self {
            output: Some(output),
            line: Vec::new(),
        }
    }
}

impl Reporter for Json {
    fn tell(&mut self, event: &Event) -> io::Result<()> {
        let Some(output) = &mut self.output else {
            return Ok(());
        };
        // In one piece, so that a reader never sees half a line.
        self.line.clear();
        serde_json::to_writer(&mut self.line, event)?;
        self.line.push(b'\n');
        output.write_all(&self.line)?;
        output.end_line()
    }

    fn finish(&mut self) -> io::Result<()> {
        self.output.take().map_or(Ok(()), Output::finish)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::super::samples;
    use super::*;
    use crate::event;

    const DOCS: &str = include_str!("../../docs/events.md");

    fn written(events: &[Event]) -> String {
        samples::written(&KIND, events)
    }

    /// Every name of every object; the headers and ids, which are lists of pairs, have none of their own.
    fn names(value: &Value, found: &mut BTreeSet<String>) {
        match value {
            Value::Object(members) => members.iter().for_each(|(name, member)| {
                found.insert(name.clone());
                names(member, found);
            }),
            Value::Array(items) => items.iter().for_each(|item| names(item, found)),
            _ => {}
        }
    }

    /// The part of the docs under the heading of an event, or of all that is in one.
    fn section(event: &str) -> &'static str {
        let heading = format!("\n## `{event}`\n");
        let (_, rest) = DOCS
            .split_once(&heading)
            .unwrap_or_else(|| panic!("docs/events.md has no section {heading:?}"));
        rest.split("\n## ").next().unwrap()
    }

    #[test]
    fn every_event_and_field_is_documented_with_a_line_that_is_really_written() {
        for line in written(&samples::of_each()).lines() {
            let value: Value = serde_json::from_str(line).unwrap();
            let section = section(value["event"].as_str().unwrap());
            assert!(section.contains(line), "this is written now:\n{line}");
            let mut fields = BTreeSet::new();
            names(&value, &mut fields);
            for field in fields {
                assert!(
                    section.contains(&format!("`{field}`")),
                    "`{field}` is not described in:\n{section}"
                );
            }
        }
    }

    #[test]
    fn what_is_written_is_read_back_equal() {
        for (name, events) in samples::runs() {
            let read: Vec<_> = written(&events)
                .lines()
                .map(|line| event::read(line).unwrap())
                .collect();
            assert_eq!(
                read,
                events
                    .into_iter()
                    .map(event::Line::Event)
                    .collect::<Vec<_>>(),
                "{name}"
            );
        }
    }

    #[test]
    fn every_status_is_documented() {
        for status in samples::STATUSES {
            let name = serde_json::to_string(&status).unwrap().replace('"', "`");
            assert!(section("request_finished").contains(&name), "{name}");
        }
    }

    #[test]
    fn an_event_is_one_line_whatever_is_in_it() {
        let mut request = samples::passed("a\nb\u{2028}\u{1b}[2J");
        request.url = "x\r\ny".into();
        let written = written(&[samples::finished(request)]);
        assert_eq!(
            (written.lines().count(), written.ends_with("}\n")),
            (1, true)
        );
        assert!(!written.contains('\u{1b}'));
    }
}
