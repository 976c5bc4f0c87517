//! Bounds the interim responses (1xx) that come before a response: a server could send them without end.
//!
//! The library that parses responses reads on as long as interim responses come, which no timeout interrupts. So they are
//! counted in the bytes as they arrive, before it sees them.

use std::io;

/// How many interim responses may come before a response.
pub(in crate::http) const MOST_INTERIM: u32 = 1_000;
/// How many bytes they may have together.
const MOST_BYTES: usize = super::super::header::MOST_HEAD;
/// How long the beginning of a head is that says its status: `HTTP/1.1 103`.
const STATUS_END: usize = 12;

/// What the error says when there are too many.
pub(in crate::http) const FLOOD: &str = "too many interim responses";

fn flood() -> io::Error {
    io::Error::other(FLOOD)
}

/// The heads of responses over HTTP/1, as far as they are interim.
///
/// A head begins in `Status`; an interim one is skipped in `Interim` up to its empty line, after which the next begins. Any
/// other status is that of the response: nothing is looked at until the next request.
#[derive(Debug, Default)]
pub(super) struct Heads {
    state: State,
    count: u32,
    bytes: usize,
}

#[derive(Debug)]
enum State {
    Status {
        start: [u8; STATUS_END],
        length: usize,
    },
    Interim {
        line_is_empty: bool,
    },
    Response,
}

impl Default for State {
    fn default() -> Self {
        Self::Status {
            start: [0; STATUS_END],
            length: 0,
        }
    }
}

impl Heads {
    /// A request goes out, or a further part of it.
    pub(super) fn request_goes_out(&mut self) {
        if matches!(self.state, State::Response) {
            *self = Self::default();
        }
    }

    /// Looks at what came.
    pub(super) fn look(&mut self, bytes: &[u8]) -> io::Result<()> {
        for byte in bytes {
            if matches!(self.state, State::Response) {
                return Ok(());
            }
            self.next(*byte);
            self.bytes += 1;
            if self.count > MOST_INTERIM || (self.count > 0 && self.bytes > MOST_BYTES) {
                return Err(flood());
            }
        }
        Ok(())
    }

    fn next(&mut self, byte: u8) {
        match &mut self.state {
            // Empty lines before a head are skipped.
            State::Status { length: 0, .. } if matches!(byte, b'\r' | b'\n') => {}
            State::Status { start, length } => {
                start[*length] = byte;
                *length += 1;
                let whole = (*length == STATUS_END).then_some(*start);
                if let Some(start) = whole {
                    self.begin(start);
                }
            }
            State::Interim {
                line_is_empty: true,
            } if byte == b'\n' => self.state = State::default(),
            State::Interim { line_is_empty } => {
                *line_is_empty = byte == b'\n' || (byte == b'\r' && *line_is_empty);
            }
            State::Response => {}
        }
    }

    /// The status of a head is known.
    fn begin(&mut self, start: [u8; STATUS_END]) {
        if is_interim(start) {
            self.count += 1;
            self.state = State::Interim {
                line_is_empty: false,
            };
        } else {
            self.state = State::Response;
        }
    }
}

/// Whether a head begins with a status of 1xx, but for 101: that is a response.
fn is_interim(start: [u8; STATUS_END]) -> bool {
    start.starts_with(b"HTTP/1.") && start[8..].starts_with(b" 1") && !start.ends_with(b"101")
}

/// The frames of HTTP/2 that come from a server: heads of responses without data between them are counted.
#[derive(Debug, Default)]
pub(super) struct Frames {
    head: [u8; 9],
    length: usize,
    /// How many bytes of the frame are still to come.
    rest: usize,
    heads: u32,
}

/// The types and the flag of RFC 9113 section 6 that count.
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const END_STREAM: u8 = 1;

impl Frames {
    /// Looks at what came.
    pub(super) fn look(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let skipped = self.rest.min(bytes.len());
            self.rest -= skipped;
            bytes = &bytes[skipped..];
            let taken = (self.head.len() - self.length).min(bytes.len());
            self.head[self.length..self.length + taken].copy_from_slice(&bytes[..taken]);
            self.length += taken;
            bytes = &bytes[taken..];
            if self.length == self.head.len() {
                self.frame()?;
            }
        }
        Ok(())
    }

    fn frame(&mut self) -> io::Result<()> {
        let [high, middle, low, kind, flags, ..] = self.head;
        (self.length, self.rest) = (0, u32::from_be_bytes([0, high, middle, low]) as usize);
        match kind {
            HEADERS if flags & END_STREAM == 0 => self.heads += 1,
            DATA | HEADERS => self.heads = 0,
            _ => {}
        }
        if self.heads > MOST_INTERIM {
            Err(flood())
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How much of it may come, in pieces of each size.
    fn passes(bytes: &[u8]) -> bool {
        let by = |size: usize| {
            let mut heads = Heads::default();
            bytes.chunks(size).all(|piece| heads.look(piece).is_ok())
        };
        let results: Vec<_> = [1, 2, 7, 25, 4096, usize::MAX]
            .into_iter()
            .map(by)
            .collect();
        assert!(
            results.iter().all(|result| *result == results[0]),
            "it depends on the pieces: {results:?}"
        );
        results[0]
    }

    fn interims(count: usize, text: &str) -> Vec<u8> {
        text.repeat(count).into_bytes()
    }

    #[test]
    fn interim_responses_are_bounded_in_number_and_bytes() {
        let most = MOST_INTERIM as usize;
        for text in [
            "HTTP/1.1 102 Processing\r\n\r\n",
            "HTTP/1.1 103\r\nlink: a\r\n\r\n",
            "HTTP/1.0 100 Continue\n\n",
            "\r\nHTTP/1.1 199 x\r\na:\r\n\r\n",
        ] {
            assert!(passes(&interims(most, text)), "{text:?}");
            assert!(!passes(&interims(most + 1, text)), "{text:?}");
        }
        let large = format!(
            "HTTP/1.1 103 Early Hints\r\nlink: {}\r\n\r\n",
            "x".repeat(1000)
        );
        assert!(passes(&interims(100, &large)));
        assert!(!passes(&interims(500, &large)));
    }

    #[test]
    fn a_response_ends_the_count() {
        let lines = interims(5000, "HTTP/1.1 102 Processing\r\n\r\n");
        for head in [
            "HTTP/1.1 200 OK\r\n\r\n",
            "HTTP/1.1 101 Switching\r\n\r\n",
            "HTTP/2 103 no such version\r\n\r\n",
            "SSH-2.0-OpenSSH_9.6\r\n",
        ] {
            assert!(passes(&[head.as_bytes(), &lines].concat()), "{head:?}");
            assert!(
                passes(&[b"HTTP/1.1 100 Continue\r\n\r\n", head.as_bytes(), &lines].concat()),
                "{head:?}"
            );
        }
        let mut heads = Heads::default();
        for _ in 0..5 {
            heads.request_goes_out();
            heads
                .look(&interims(MOST_INTERIM as usize, "HTTP/1.1 102 P\r\n\r\n"))
                .unwrap();
            heads.look(b"HTTP/1.1 204 No Content\r\n\r\n").unwrap();
        }
        // The parts of one upload are one request.
        heads.request_goes_out();
        heads
            .look(&interims(MOST_INTERIM as usize, "HTTP/1.1 102 P\r\n\r\n"))
            .unwrap();
        heads.request_goes_out();
        assert!(heads.look(b"HTTP/1.1 102 P\r\n\r\n").is_err());
    }

    fn frame(kind: u8, flags: u8, length: u8) -> Vec<u8> {
        let mut frame = vec![0, 0, length, kind, flags, 0, 0, 0, 1];
        frame.extend(std::iter::repeat_n(1, usize::from(length)));
        frame
    }

    #[test]
    fn heads_over_http2_are_bounded_between_data() {
        let passes = |frames: &[Vec<u8>]| {
            let bytes = frames.concat();
            [1, 3, 9, 100, usize::MAX].into_iter().all(|size| {
                let mut count = Frames::default();
                bytes.chunks(size).all(|piece| count.look(piece).is_ok())
            })
        };
        let most = MOST_INTERIM as usize;
        let interim = frame(HEADERS, 4, 3);
        assert!(passes(&vec![interim.clone(); most]));
        assert!(!passes(&vec![interim.clone(); most + 1]));
        for between in [frame(DATA, 0, 200), frame(HEADERS, 5, 1)] {
            let some = vec![interim.clone(); most];
            assert!(passes(&[some.clone(), vec![between], some].concat()));
        }
        let ping = frame(6, 0, 8);
        assert!(!passes(&vec![[interim, ping].concat(); most + 1]));
    }
}
