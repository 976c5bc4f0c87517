//! Header names in the case in which they were written.
//!
//! The library writes them in lower case. Their case is changed on the way out, byte by byte, since that changes no length.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// The names of the request that goes out next, as written; shared between who sends and the connection.
#[derive(Debug, Clone, Default)]
pub(in crate::http) struct Names(Arc<Mutex<Vec<String>>>);

impl Names {
    /// Says how the names of the next request are written.
    pub(in crate::http) fn set(&self, names: Vec<String>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = names;
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A connection whose outgoing header names are changed.
pub(in crate::http) struct Recase<T> {
    io: T,
    names: Names,
    /// Of the head that is going out: its names, and what of it is out already.
    head: Option<(Vec<String>, Vec<u8>)>,
}

impl<T> Recase<T> {
    pub(in crate::http) fn new(io: T, names: Names) -> Self {
        Self { io, names, head: None }
    }
}

/// The head with its names as written. The first line is none.
fn recased(head: &[u8], names: &[String]) -> Vec<u8> {
    let mut out = Vec::with_capacity(head.len());
    let mut body = false;
    for (number, line) in head.split_inclusive(|byte| *byte == b'\n').enumerate() {
        body |= line == b"\r\n";
        let end = line.iter().position(|byte| *byte == b':').filter(|_| number > 0 && !body);
        let (name, rest) = line.split_at(end.unwrap_or_default());
        let written = names.iter().find(|written| written.as_bytes().eq_ignore_ascii_case(name));
        out.extend_from_slice(written.map_or(name, String::as_bytes));
        out.extend_from_slice(rest);
    }
    out
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Recase<T> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        if this.head.is_none() {
            let names = this.names.take();
            this.head = (!names.is_empty()).then(|| (names, Vec::new()));
        }
        let Some((names, before)) = &mut this.head else { return Pin::new(&mut this.io).poll_write(context, bytes) };
        let known = before.len();
        let whole = recased(&[before.as_slice(), bytes].concat(), names);
        let written = Pin::new(&mut this.io).poll_write(context, whole.get(known..).unwrap_or_default());
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

impl<T: AsyncRead + Unpin> AsyncRead for Recase<T> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(context, buffer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_get_their_case_back() {
        let names = ["X-Amz-DATE".to_owned(), "host".to_owned()];
        let head = b"GET /x-amz-date: HTTP/1.1\r\nhost: h\r\nx-amz-date: x-amz-date: 1\r\naccept: *\r\n\r\nx-amz-date: body\r\n";
        let expected =
            "GET /x-amz-date: HTTP/1.1\r\nhost: h\r\nX-Amz-DATE: x-amz-date: 1\r\naccept: *\r\n\r\nx-amz-date: body\r\n";
        assert_eq!(String::from_utf8(recased(head, &names)).unwrap(), expected);
    }

    #[tokio::test]
    async fn a_head_that_goes_out_in_pieces_is_changed_too() {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        // The other end takes three bytes at a time.
        let (ours, mut theirs) = tokio::io::duplex(3);
        let names = Names::default();
        let mut io = Recase::new(ours, names.clone());
        let reading = tokio::spawn(async move {
            let mut read = String::new();
            theirs.read_to_string(&mut read).await.unwrap();
            read
        });
        for body in ["host: 1", "host: 2"] {
            names.set(vec!["HoSt".to_owned()]);
            io.write_all(format!("GET / HTTP/1.1\r\nhost: h\r\n\r\n{body}").as_bytes()).await.unwrap();
        }
        drop(io);
        let one = |body: &str| format!("GET / HTTP/1.1\r\nHoSt: h\r\n\r\n{body}");
        assert_eq!(reading.await.unwrap(), one("host: 1") + &one("host: 2"));
    }
}
