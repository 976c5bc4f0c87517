//! A body in windows that are small enough to be searched, however long its files are.

use std::io::{self, Read as _};
use std::vec;

use bytes::Bytes;

use super::body::Body;
use super::content::Content;
use super::piece::Piece;
use super::read::Pieces;

/// How much is read of a file for one window.
const STEP: u64 = 256 * 1024;
/// How much of a window stands in the next one too, so that nothing is cut in two: more than any form of a secret takes.
const OVERLAP: usize = 64 * 1024;

/// The content of a body before any coding, part by part: what is held in memory as it is, files window by window.
pub(in crate::http) struct Windows {
    rest: vec::IntoIter<Piece>,
    file: Option<Pieces>,
    window: Vec<u8>,
}

impl Body {
    /// Its content before any coding, in windows.
    pub(in crate::http) fn windows(&self) -> Windows {
        Windows {
            rest: Pieces::split(self.content()).into_iter(),
            file: None,
            window: Vec::new(),
        }
    }
}

impl Windows {
    /// The next window of the file that is read; `None` after its end.
    fn next_of_file(&mut self) -> io::Result<Option<Bytes>> {
        let Some(file) = &mut self.file else {
            return Ok(None);
        };
        let done = self.window.len().saturating_sub(OVERLAP);
        self.window.drain(..done);
        let read = file.take(STEP).read_to_end(&mut self.window)?;
        Ok((read > 0).then(|| Bytes::copy_from_slice(&self.window)))
    }
}

impl Iterator for Windows {
    type Item = io::Result<Bytes>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.next_of_file().transpose() {
                Some(window) => {
                    if window.is_err() {
                        self.file = None;
                    }
                    return Some(window);
                }
                None => self.file = None,
            }
            self.window.clear();
            match self.rest.next()? {
                Piece::Bytes(bytes) => return Some(Ok(bytes)),
                Piece::File(file) => self.file = Some(Pieces::of(&Content::File(file))),
            }
        }
    }
}
