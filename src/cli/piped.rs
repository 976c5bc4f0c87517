//! Reading from a pipe that a signal ends: whoever waits for what never comes could not be stopped otherwise.

use std::io::{self, Read};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use crate::run::Stop;

/// How often a signal is looked for while nothing comes.
const PATIENCE: Duration = Duration::from_millis(100);
/// So many pieces are read ahead.
const AHEAD: usize = 4;

/// What comes out of a pipe, until its end or a signal.
pub(super) struct Piped {
    pieces: Receiver<io::Result<Vec<u8>>>,
    piece: io::Cursor<Vec<u8>>,
    stop: Stop,
}

impl Piped {
    /// Reads from there on a thread of its own.
    pub(super) fn new(mut from: impl Read + Send + 'static, stop: &Stop) -> io::Result<Self> {
        let (sender, pieces) = mpsc::sync_channel(AHEAD);
        let read = move || {
            let mut bytes = vec![0; 1 << 16];
            loop {
                let piece = from
                    .read(&mut bytes)
                    .map(|read| bytes.iter().copied().take(read).collect::<Vec<_>>());
                let over = piece.as_ref().map_or(true, Vec::is_empty);
                if sender.send(piece).is_err() || over {
                    return;
                }
            }
        };
        thread::Builder::new().name("pipe".to_owned()).spawn(read)?;
        Ok(Self {
            pieces,
            piece: io::Cursor::default(),
            stop: stop.clone(),
        })
    }
}

impl Read for Piped {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.piece.read(to)? {
                0 => {}
                read => return Ok(read),
            }
            match self.pieces.recv_timeout(PATIENCE) {
                Ok(Ok(piece)) if piece.is_empty() => return Ok(0),
                Ok(piece) => self.piece = io::Cursor::new(piece?),
                Err(RecvTimeoutError::Timeout) if !self.stop.interrupted() => {}
                Err(_) => return Ok(0),
            }
        }
    }
}
