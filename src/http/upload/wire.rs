//! A body on its way out.

use std::io::{self, Read};
use std::pin::Pin;
use std::sync::Mutex;
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Frame, SizeHint};

use super::super::{Error, ErrorKind};
use super::body::Body;

use crate::lock::IgnorePoison as _;

/// How much is read of a file at once.
const CHUNK: usize = 64 * 1024;

/// A body while it is sent: what the client asks for the next piece.
///
/// Files are read where they are asked for, on the worker's own thread: it has nothing else to do meanwhile.
pub(in crate::http) struct Outgoing {
    // The lock is never waited for, it makes the reader one that threads may share, which the client wants.
    source: Mutex<Source>,
    /// How many bytes are to come; `None` where that is not said.
    left: Option<u64>,
}

enum Source {
    Bytes(Bytes),
    Reader(Box<dyn Read + Send>),
    Ended,
}

impl Body {
    /// The body as a stream of its pieces, each time from its start.
    pub(in crate::http) fn outgoing(&self) -> Result<Outgoing, Error> {
        let source = match self.bytes() {
            Some(bytes) => Source::Bytes(bytes.clone()),
            None => Source::Reader(
                self.reader()
                    .map_err(|error| Error::new(ErrorKind::Request, error.to_string()))?,
            ),
        };
        let left = self.length().filter(|_| !self.is_chunked());
        Ok(Outgoing {
            source: Mutex::new(source),
            left,
        })
    }
}

impl Outgoing {
    fn next(&mut self) -> Option<io::Result<Bytes>> {
        let source = self.source.get_mut().ignore_poison();
        match std::mem::replace(source, Source::Ended) {
            Source::Ended => None,
            Source::Bytes(bytes) => (!bytes.is_empty()).then_some(Ok(bytes)),
            Source::Reader(mut reader) => match read_chunk(&mut *reader) {
                Ok(chunk) if chunk.is_empty() => None,
                Ok(chunk) => {
                    *source = Source::Reader(reader);
                    Some(Ok(chunk))
                }
                Err(error) => Some(Err(error)),
            },
        }
    }
}

/// A full chunk, but for the last one.
fn read_chunk(reader: &mut (dyn Read + Send)) -> io::Result<Bytes> {
    let mut chunk = Vec::with_capacity(CHUNK);
    reader.take(CHUNK as u64).read_to_end(&mut chunk)?;
    Ok(Bytes::from(chunk))
}

impl hyper::body::Body for Outgoing {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let next = self.next();
        if let (Some(left), Some(Ok(chunk))) = (&mut self.left, &next) {
            *left = left.saturating_sub(chunk.len() as u64);
        }
        Poll::Ready(next.map(|chunk| chunk.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        self.left == Some(0)
    }

    fn size_hint(&self) -> SizeHint {
        self.left
            .map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}
