//! Events read back, a line each.

use std::fmt;

use serde::Deserialize;
use serde_json::error::Category;

use super::{Event, FORMAT};

/// What a line of an event file holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Line {
    /// An event.
    Event(Event),
    /// An event of a later version, by its name: it tells something more, which may be passed over.
    Unknown(String),
}

/// Why a line is no event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReadError {
    /// The line ends in the middle of the event: whoever wrote it was stopped.
    Truncation,
    /// Not JSON, or no event; why.
    Wrong(String),
    /// The events are of a later [`FORMAT`].
    Newer {
        /// Of which.
        format: u32,
        /// The version of the program that wrote them.
        version: String,
    },
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Truncation => f.write_str("the event is cut off"),
            Self::Wrong(reason) => f.write_str(reason),
            Self::Newer { format, version } => {
                write!(
                    f,
                    "the events are of format {format}, written by apitest {version}; this one reads up to {FORMAT}"
                )
            }
        }
    }
}

impl std::error::Error for ReadError {}

/// Just enough to say what an event is that cannot be read.
#[derive(Deserialize)]
struct Head {
    event: String,
}

/// Reads a line of an event file. Members that are not known are passed over.
///
/// # Errors
/// Where it holds no event, or one that this version would misread.
pub fn read(line: &str) -> Result<Line, ReadError> {
    const KNOWN: [&str; 7] = [
        "run_started",
        "problem",
        "collection_started",
        "request_started",
        "request_finished",
        "collection_finished",
        "run_finished",
    ];
    let error = match serde_json::from_str(line) {
        Ok(Event::RunStarted(run)) if run.format > FORMAT => {
            return Err(ReadError::Newer {
                format: run.format,
                version: run.version,
            });
        }
        Ok(event) => return Ok(Line::Event(event)),
        Err(error) => error,
    };
    match (error.classify(), serde_json::from_str::<Head>(line)) {
        (Category::Eof, _) => Err(ReadError::Truncation),
        (Category::Data, Ok(head)) if !KNOWN.contains(&head.event.as_str()) => {
            Ok(Line::Unknown(head.event))
        }
        (Category::Data, _) => Err(ReadError::Wrong(format!("not an event: {}", plain(&error)))),
        _ => Err(ReadError::Wrong(format!(
            "this is not JSON: {}",
            plain(&error)
        ))),
    }
}

/// The reason without the place, of which the line is the caller's to say.
fn plain(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.rsplit_once(" at line ")
        .map_or(text.clone(), |(reason, _)| reason.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What an earlier version wrote; it stays readable, so new members are `Option`s or have a default.
    const KEPT: &str = include_str!("../../tests/data/events/format-1.jsonl");

    #[test]
    fn events_of_earlier_versions_are_read() {
        let read: Vec<_> = KEPT
            .lines()
            .map(|line| read(line).map(|line| matches!(line, Line::Event(_))))
            .collect();
        assert_eq!(read, vec![Ok(true); 7]);
    }

    #[test]
    fn what_later_versions_add_is_passed_over() {
        let more = r#"{"event":"request_started","path":"a.toml","collection_row":null,"name":"a","row":2,"more":{"x":[1]}}"#;
        assert!(matches!(
            read(more),
            Ok(Line::Event(Event::RequestStarted(_)))
        ));
        assert_eq!(
            read(r#"{"event":"request_paused","path":"a.toml"}"#),
            Ok(Line::Unknown("request_paused".into()))
        );
        let newer = KEPT
            .lines()
            .next()
            .unwrap()
            .replace("\"format\":1", "\"format\":2");
        let said = "the events are of format 2, written by apitest 0.1.0; this one reads up to 1";
        assert_eq!(read(&newer).unwrap_err().to_string(), said);
    }

    #[test]
    fn what_is_no_event_says_why() {
        let line = KEPT.lines().nth(4).unwrap();
        for end in [1, 7, 100, line.len() - 1] {
            assert_eq!(
                read(line.get(..end).unwrap()),
                Err(ReadError::Truncation),
                "{end}"
            );
        }
        for (line, reason) in [
            ("", "the event is cut off"),
            ("hello", "this is not JSON: expected value"),
            ("[]", "not an event: "),
            ("{}", "not an event: missing field `event`"),
            (
                r#"{"event":"request_started"}"#,
                "not an event: missing field `path`",
            ),
            (
                r#"{"event":"collection_finished","path":"a","name":"a","row":null,"counts":{},"duration_s":-1}"#,
                "not an event: ",
            ),
        ] {
            let said = read(line).unwrap_err().to_string();
            assert!(said.starts_with(reason), "{line}: {said}");
        }
    }
}
