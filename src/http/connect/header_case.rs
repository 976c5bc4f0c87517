//! Heads as they were written: header names in their case, and targets that the library refuses.
//!
//! The library writes names in lower case, and stands in for such a target with another of its length. Both are changed on the
//! way out, byte by byte, since that changes no length.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::lock::IgnorePoison as _;

/// How the head of the request is written that goes out next; shared between who sends and the connection.
#[derive(Debug, Clone, Default)]
pub(in crate::http) struct Written(Arc<Mutex<Head>>);

/// What of a head goes out as it is written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::http) struct Head {
    /// The names of headers.
    pub(in crate::http) names: Vec<String>,
    /// The path with its query, and how many bytes of scheme and host stand before it.
    pub(in crate::http) target: Option<(usize, String)>,
}

impl Written {
    /// Says how the next request is written.
    pub(in crate::http) fn set(&self, head: Head) {
        *self.0.lock().ignore_poison() = head;
    }

    fn take(&self) -> Head {
        std::mem::take(&mut *self.0.lock().ignore_poison())
    }
}

/// A connection whose outgoing heads are changed.
pub(in crate::http) struct HeaderCaseStream<T> {
    io: T,
    written: Written,
    /// Of the head that is going out: how it is written, and what of it is out already.
    head: Option<(Head, Vec<u8>)>,
}

impl<T> HeaderCaseStream<T> {
    pub(in crate::http) fn new(io: T, written: Written) -> Self {
        Self {
            io,
            written,
            head: None,
        }
    }
}

/// The head as written. Its first line has no header's name, but the target.
fn recased(head: &[u8], written: &Head) -> Vec<u8> {
    let mut out = Vec::with_capacity(head.len());
    let mut body = false;
    for (number, line) in head.split_inclusive(|byte| *byte == b'\n').enumerate() {
        body |= line == b"\r\n";
        let end = line
            .iter()
            .position(|byte| *byte == b':')
            .filter(|_| number > 0 && !body);
        let (name, rest) = line.split_at(end.unwrap_or_default());
        let named = written
            .names
            .iter()
            .find(|written| written.as_bytes().eq_ignore_ascii_case(name));
        out.extend_from_slice(named.map_or(name, String::as_bytes));
        out.extend_from_slice(rest);
    }
    if let (Some((before, target)), Some(method)) =
        (&written.target, head.iter().position(|byte| *byte == b' '))
    {
        out.iter_mut()
            .skip(method + 1 + before)
            .zip(target.bytes())
            .for_each(|(byte, written)| *byte = written);
    }
    out
}

impl<T: AsyncWrite + Unpin> AsyncWrite for HeaderCaseStream<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        if this.head.is_none() {
            let head = this.written.take();
            this.head = (head != Head::default()).then(|| (head, Vec::new()));
        }
        let Some((head, before)) = &mut this.head else {
            return Pin::new(&mut this.io).poll_write(context, bytes);
        };
        let known = before.len();
        let whole = recased(&[before.as_slice(), bytes].concat(), head);
        let written =
            Pin::new(&mut this.io).poll_write(context, whole.get(known..).unwrap_or_default());
        if let Poll::Ready(Ok(count)) = &written {
            before.extend_from_slice(bytes.get(..*count).unwrap_or_default());
            if before.windows(4).any(|window| window == b"\r\n\r\n") {
                this.head = None;
            }
        }
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(context)
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for HeaderCaseStream<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(context, buffer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_get_their_case_back() {
        let names = vec!["X-Amz-DATE".to_owned(), "host".to_owned()];
        let head = b"GET /x-amz-date: HTTP/1.1\r\nhost: h\r\nx-amz-date: x-amz-date: 1\r\naccept: *\r\n\r\nx-amz-date: body\r\n";
        let expected = "GET /x-amz-date: HTTP/1.1\r\nhost: h\r\nX-Amz-DATE: x-amz-date: 1\r\naccept: *\r\n\r\nx-amz-date: body\r\n";
        assert_eq!(
            String::from_utf8(recased(
                head,
                &Head {
                    names,
                    target: None
                }
            ))
            .unwrap(),
            expected
        );
    }

    #[test]
    fn a_target_takes_the_place_of_its_stand_in() {
        let written = |before, target: &str| Head {
            names: Vec::new(),
            target: Some((before, target.to_owned())),
        };
        let out = |head: &str, written: &Head| {
            String::from_utf8(recased(head.as_bytes(), written)).unwrap()
        };
        assert_eq!(
            out("GET /xxx HTTP/1.1\r\na: /xxx\r\n\r\n", &written(0, "/<>\"")),
            "GET /<>\" HTTP/1.1\r\na: /xxx\r\n\r\n"
        );
        assert_eq!(
            out("GET http://h/xxx HTTP/1.1\r\n", &written(8, "/`^|")),
            "GET http://h/`^| HTTP/1.1\r\n"
        );
        assert_eq!(out("GET /x", &written(0, "/<>\"")), "GET /<");
        assert_eq!(out("GE", &written(0, "/<")), "GE");
    }

    #[tokio::test]
    async fn a_head_that_goes_out_in_pieces_is_changed_too() {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        // The other end takes three bytes at a time.
        let (ours, mut theirs) = tokio::io::duplex(3);
        let written = Written::default();
        let mut io = HeaderCaseStream::new(ours, written.clone());
        let reading = tokio::spawn(async move {
            let mut read = String::new();
            theirs.read_to_string(&mut read).await.unwrap();
            read
        });
        for body in ["host: 1", "host: 2"] {
            written.set(Head {
                names: vec!["HoSt".to_owned()],
                target: Some((0, "/<>".to_owned())),
            });
            io.write_all(format!("GET /xx HTTP/1.1\r\nhost: h\r\n\r\n{body}").as_bytes())
                .await
                .unwrap();
        }
        drop(io);
        let one = |body: &str| format!("GET /<> HTTP/1.1\r\nHoSt: h\r\n\r\n{body}");
        assert_eq!(reading.await.unwrap(), one("host: 1") + &one("host: 2"));
    }
}
