//! Reads a body from its pieces, one after the other, one file open at a time.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::sync::Arc;
use std::vec;

use bytes::{Buf, Bytes};

use super::content::Content;
use super::file::Upload;
use super::piece::Piece;

/// Why a file cannot be sent that was there when the request was made.
#[derive(Debug)]
pub(in crate::http) struct Unreadable(String);

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Unreadable {}

/// Pieces that are read as one.
pub(super) struct Pieces {
    rest: vec::IntoIter<Piece>,
    now: Open,
}

/// The piece that is read now.
enum Open {
    Nothing,
    Bytes(Bytes),
    /// A file, and how much of it is still to come.
    File(File, u64, Arc<Upload>),
}

impl Pieces {
    /// The pieces of a content, to be read.
    pub(super) fn of(content: &Content) -> Self {
        Self {
            rest: Self::split(content).into_iter(),
            now: Open::Nothing,
        }
    }

    /// The pieces of a content.
    pub(super) fn split(content: &Content) -> Vec<Piece> {
        match content {
            Content::Bytes(bytes) => vec![Piece::Bytes(bytes.clone())],
            Content::File(file) => vec![Piece::File(Arc::clone(file))],
            Content::Multipart(multipart) => multipart.pieces(),
        }
    }

    fn open(piece: Piece) -> io::Result<Open> {
        match piece {
            Piece::Bytes(bytes) => Ok(Open::Bytes(bytes)),
            Piece::File(upload) => match File::open(&upload.path) {
                Ok(file) => Ok(Open::File(file, upload.length(), upload)),
                Err(error) => Err(unreadable(
                    &upload,
                    &format!("can no longer be read: {error}"),
                )),
            },
        }
    }
}

fn unreadable(upload: &Upload, why: &str) -> io::Error {
    io::Error::other(Unreadable(format!("`{}` {why}", upload.shown())))
}

impl Read for Pieces {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            let read = match &mut self.now {
                Open::Nothing => 0,
                Open::Bytes(bytes) => {
                    let count = bytes.len().min(buffer.len());
                    bytes.copy_to_slice(buffer.get_mut(..count).unwrap_or_default());
                    count
                }
                Open::File(file, left, upload) => read_file(file, left, upload, buffer)?,
            };
            if read > 0 {
                return Ok(read);
            }
            match self.rest.next() {
                Some(piece) => self.now = Self::open(piece)?,
                None => return Ok(0),
            }
        }
    }
}

/// Exactly as many bytes as were announced: a file that grew is cut, one that shrank is an error.
fn read_file(
    file: &mut File,
    left: &mut u64,
    upload: &Upload,
    buffer: &mut [u8],
) -> io::Result<usize> {
    let most = usize::try_from(*left)
        .unwrap_or(usize::MAX)
        .min(buffer.len());
    if most == 0 {
        return Ok(0);
    }
    let read = file
        .read(buffer.get_mut(..most).unwrap_or_default())
        .map_err(|error| unreadable(upload, &error.to_string()))?;
    if read == 0 {
        let sent = upload.length() - *left;
        return Err(unreadable(
            upload,
            &format!(
                "became shorter while it was sent: {sent} bytes of {}",
                upload.length()
            ),
        ));
    }
    *left -= read as u64;
    Ok(read)
}
