//! Server-Sent Events, read as the WHATWG HTML standard says (section 9.2.6, *Interpreting an event stream*).

use crate::budget::tick;

/// One event of a stream.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServerEvent {
    /// Its type: `message` where the stream does not say.
    pub event: String,
    /// Its data, lines joined by line feeds.
    pub data: String,
    /// The last event id at that time, empty where there was none.
    pub id: String,
}

/// Reads a stream piece by piece.
#[derive(Debug, Default)]
pub struct EventReader {
    /// Bytes of a line whose end has not come.
    line: Vec<u8>,
    /// Whether the last line ended in a carriage return, so that a line feed at once belongs to it.
    after_return: bool,
    /// Whether the first line is over, before which a byte order mark may stand.
    begun: bool,
    event: String,
    data: String,
    id: String,
    retry: Option<u64>,
    /// How many events were given.
    given: usize,
}

/// How many events are read of one stream.
pub const MOST_EVENTS: usize = 100_000;

/// The byte order mark in UTF-8.
const MARK: &[u8] = b"\xef\xbb\xbf";

impl EventReader {
    /// A stream of which nothing was read.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads the next bytes, and gives the events that they complete. An event whose blank line never comes is none. If the time
    /// of the [evaluation](crate::budget) is over, the rest is left.
    pub fn read(&mut self, bytes: &[u8]) -> Vec<ServerEvent> {
        let mut events = Vec::new();
        let mut rest = bytes;
        while let Some(first) = rest.first().filter(|_| !self.is_full()) {
            if tick() {
                break;
            }
            if std::mem::take(&mut self.after_return) && *first == b'\n' {
                rest = rest.get(1..).unwrap_or_default();
                continue;
            }
            let Some(end) = rest.iter().position(|byte| matches!(byte, b'\r' | b'\n')) else {
                self.line.extend_from_slice(rest);
                break;
            };
            let (text, behind) = rest.split_at(end);
            self.after_return = behind.first() == Some(&b'\r');
            rest = behind.get(1..).unwrap_or_default();
            let event = if self.line.is_empty() {
                self.line(text)
            } else {
                self.line.extend_from_slice(text);
                let line = std::mem::take(&mut self.line);
                self.line(&line)
            };
            self.given += usize::from(event.is_some());
            events.extend(event);
        }
        events
    }

    /// Whether more came than is read: of the rest nothing is given.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.given > MOST_EVENTS
    }

    /// The time after which the stream asks to be connected to again, in milliseconds.
    #[must_use]
    pub fn retry(&self) -> Option<u64> {
        self.retry
    }

    fn line(&mut self, line: &[u8]) -> Option<ServerEvent> {
        let line = if std::mem::replace(&mut self.begun, true) {
            line
        } else {
            line.strip_prefix(MARK).unwrap_or(line)
        };
        // A comment; there may be nothing else, in any number.
        if line.first() == Some(&b':') {
            return None;
        }
        let line = String::from_utf8_lossy(line);
        if line.is_empty() {
            return self.dispatch();
        }
        let (field, value) = line.split_once(':').unwrap_or((&line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut self.event),
            "data" => self.data.extend([value, "\n"]),
            "id" if !value.contains('\0') => value.clone_into(&mut self.id),
            "retry" if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) => {
                self.retry = value.parse().ok();
            }
            // A field that nobody knows.
            _ => {}
        }
        None
    }

    /// A blank line: what was collected is an event, unless it has no data.
    fn dispatch(&mut self) -> Option<ServerEvent> {
        let event = std::mem::take(&mut self.event);
        let mut data = std::mem::take(&mut self.data);
        data.pop()?;
        let event = if event.is_empty() {
            "message".to_owned()
        } else {
            event
        };
        Some(ServerEvent {
            event,
            data,
            id: self.id.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Vec<ServerEvent> {
        EventReader::new().read(text.as_bytes())
    }

    fn event(event: &str, data: &str, id: &str) -> ServerEvent {
        ServerEvent {
            event: event.into(),
            data: data.into(),
            id: id.into(),
        }
    }

    /// The examples of the standard, section 9.2.6.
    #[test]
    fn the_examples_of_the_standard() {
        assert_eq!(
            read("data: YHOO\ndata: +2\ndata: 10\n\n"),
            [event("message", "YHOO\n+2\n10", "")]
        );
        let stream = ": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event";
        assert_eq!(
            read(stream),
            [
                event("message", "first event", "1"),
                event("message", "second event", "")
            ]
        );
        assert_eq!(
            read("data\n\ndata\ndata\n\ndata:"),
            [event("message", "", ""), event("message", "\n", "")]
        );
        assert_eq!(
            read("data:test\n\ndata: test\n\n"),
            [event("message", "test", ""), event("message", "test", "")]
        );
    }

    #[test]
    fn fields_are_as_the_standard_says() {
        let stream = "\u{feff}event: add\ndata: 1\nid: 7\nretry: 2500\nunknown: x\nDATA: no\n\nevent: only a name\n\ndata: 2\n\n";
        assert_eq!(
            read(stream),
            [event("add", "1", "7"), event("message", "2", "7")]
        );
        let mut reader = EventReader::new();
        reader.read(b"retry: 2500\nretry: 1x\nretry:\nid: a\0b\ndata: \xff\n\n");
        assert_eq!(reader.retry(), Some(2500));
        assert_eq!(
            read("id: 1\n\ndata: x\n\n"),
            [event("message", "x", "1")],
            "an id without data counts for the next"
        );
        assert_eq!(
            EventReader::new().read(b"data: \xff\n\n"),
            [event("message", "\u{fffd}", "")]
        );
    }

    proptest! {
        #[test]
        fn it_does_not_matter_how_it_is_cut(
            lines in proptest::collection::vec("(data|event|id|retry|)(: ?[a-z0-9\u{e9}:]{0,5})?", 0..12),
            ends in proptest::collection::vec(0_usize..4, 12), cut in 1_usize..7,
        ) {
            let ends = ends.into_iter().map(|end| ["\n", "\r\n", "\r", "\n\n"][end]);
            let stream: String = lines.iter().zip(ends).flat_map(|(line, end)| [line.as_str(), end]).collect();
            let whole = read(&stream);
            let mut reader = EventReader::new();
            let pieces: Vec<_> = stream.as_bytes().chunks(cut).flat_map(|piece| reader.read(piece)).collect();
            prop_assert_eq!(&pieces, &whole);
            // One kind of line end is as good as another.
            let unified = stream.replace("\r\n", "\n").replace('\r', "\n");
            prop_assert_eq!(read(&unified), whole);
        }
    }

    #[test]
    fn a_stream_without_an_end_is_read_as_long_as_it_may_take() {
        use std::time::{Duration, Instant};
        for endless in [
            ": c\n\n",
            "data: a\n",
            "retry: 1\n",
            "\r\n",
            "unknown\n",
            ":\n",
        ] {
            let body = endless.repeat(100_000_000 / endless.len());
            let limit = Duration::from_millis(100);
            let started = Instant::now();
            let (events, spent) =
                crate::budget::within(limit, std::sync::Arc::new(|| false), || read(&body));
            assert!(events.is_empty() && spent.is_some(), "{endless:?}");
            assert!(
                started.elapsed() < Duration::from_secs(2),
                "{endless:?} took {:?}",
                started.elapsed()
            );
        }
    }

    #[test]
    fn lines_are_put_together_from_pieces() {
        let text = "\u{feff}: c\r\ndata: one\r\n:c\ndata: two\rid: 7\n\nevent: x\ndata\n\n";
        let whole = read(text);
        assert_eq!(
            whole,
            [event("message", "one\ntwo", "7"), event("x", "", "7")]
        );
        for size in 1..8 {
            let mut reader = EventReader::new();
            let pieces = text
                .as_bytes()
                .chunks(size)
                .flat_map(|piece| reader.read(piece));
            assert_eq!(pieces.collect::<Vec<_>>(), whole, "{size}");
        }
    }
}
