//! What a request carries: bytes, a file, or the parts of a form; read anew each time it is sent.
//!
//! A file is never held whole: its path and length are known when the request is made, and it is read while it goes out.

mod content_type;
mod multipart;
mod read;
mod windows;
mod wire;

use std::borrow::Cow;
use std::io::{self, Read};
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;

use super::{Coding, Error, ErrorKind};

pub use content_type::of_file as content_type_of_file;
pub use multipart::{Multipart, Part, PartContent, boundary_of};
use read::Pieces;
pub(super) use read::Unreadable;
pub(super) use wire::Outgoing as Sending;

/// The body of a request.
#[derive(Debug, Clone)]
pub struct Body {
    content: Content,
    coding: Option<Coding>,
    /// The content in its coding, where that is known before it is sent.
    encoded: Option<Bytes>,
    chunked: bool,
}

/// What a body, or a part of one, is made of.
#[derive(Debug, Clone)]
pub enum Content {
    /// Bytes.
    Bytes(Bytes),
    /// A file.
    File(Arc<Upload>),
    /// The parts of a form.
    Multipart(Arc<Multipart>),
}

/// A file that is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    /// Where it lies.
    path: PathBuf,
    /// Its path as people wrote it.
    shown: String,
    /// Its length when the request was made.
    length: u64,
}

impl Upload {
    /// A file by its path; `shown` is the path as people wrote it, from the folder in which this program runs.
    ///
    /// # Errors
    /// Where it is not there, not a regular file, or cannot be opened; the text is the operating system's.
    pub fn find(path: PathBuf, shown: impl Into<String>) -> io::Result<Self> {
        // A pipe would keep the opening of it waiting, so what it is comes first.
        let found = std::fs::metadata(&path)?;
        if found.is_dir() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        if !found.is_file() {
            return Err(io::Error::other("it is not a regular file"));
        }
        drop(std::fs::File::open(&path)?);
        Ok(Self {
            path,
            shown: shown.into(),
            length: found.len(),
        })
    }

    /// Its path as people wrote it.
    #[must_use]
    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// Its length in bytes.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.length
    }
}

impl Body {
    /// A body that goes out as it is, its length said where it is known.
    #[must_use]
    pub fn new(content: Content) -> Self {
        Self {
            content,
            coding: None,
            encoded: None,
            chunked: false,
        }
    }

    /// In this coding. Bytes are compressed at once, so that their length is known; what is read while it goes out is
    /// compressed on the way.
    ///
    /// # Errors
    /// Where the library cannot begin.
    pub fn compressed(mut self, coding: Coding) -> io::Result<Self> {
        if let Content::Bytes(bytes) = &self.content {
            let mut encoded = Vec::new();
            coding.encode(&bytes[..])?.read_to_end(&mut encoded)?;
            self.encoded = Some(Bytes::from(encoded));
        }
        self.coding = Some(coding);
        Ok(self)
    }

    /// With a length that is known before it is sent, as HTTP/1.0 needs it: what would be compressed on its way is compressed now.
    ///
    /// # Errors
    /// If it is longer than `most`, or a file cannot be read.
    pub fn measured(mut self, most: u64) -> Result<Self, Error> {
        if self.length().is_some() {
            return Ok(self);
        }
        if self.content.length() > most {
            let message = format!(
                "a body that is compressed for HTTP/1.0 has at most {}",
                super::failure::size(most)
            );
            return Err(Error::new(ErrorKind::Request, message));
        }
        self.encoded = Some(self.collect(most)?);
        Ok(self)
    }

    /// In chunks (RFC 9112 section 7.1), its length not said.
    #[must_use]
    pub fn chunked(self) -> Self {
        Self {
            chunked: true,
            ..self
        }
    }

    /// What it is made of, before any coding.
    #[must_use]
    pub fn content(&self) -> &Content {
        &self.content
    }

    /// The coding that it goes out in.
    #[must_use]
    pub fn coding(&self) -> Option<Coding> {
        self.coding
    }

    /// Whether it goes out in chunks because that is asked for.
    #[must_use]
    pub fn is_chunked(&self) -> bool {
        self.chunked
    }

    /// The bytes as they go out, where they are held in memory.
    #[must_use]
    pub fn bytes(&self) -> Option<&Bytes> {
        match (&self.encoded, &self.content) {
            (Some(encoded), _) => Some(encoded),
            (None, Content::Bytes(bytes)) => Some(bytes),
            (None, _) => None,
        }
    }

    /// How many bytes go out; `None` where that shows only on the way.
    #[must_use]
    pub fn length(&self) -> Option<u64> {
        if let Some(bytes) = self.bytes() {
            return Some(bytes.len() as u64);
        }
        self.coding.is_none().then(|| self.content.length())
    }

    /// Whether nothing goes out.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.length() == Some(0)
    }

    /// The content as a recording keeps it, before any coding: a file stands as its name and length.
    #[must_use]
    pub fn kept(&self) -> Cow<'_, [u8]> {
        match &self.content {
            Content::Bytes(bytes) => Cow::Borrowed(bytes),
            other => Cow::Owned(
                other
                    .as_text()
                    .unwrap_or_default()
                    .into_owned()
                    .into_bytes(),
            ),
        }
    }

    /// The bytes as they go out, one after the other, whatever they are made of: for check sums.
    ///
    /// # Errors
    /// Where the library that compresses cannot begin. Reading fails where a file cannot be read any more, or is not as long
    /// as it was.
    pub fn reader(&self) -> io::Result<Box<dyn Read + Send>> {
        if let Some(bytes) = self.bytes() {
            return Ok(Box::new(io::Cursor::new(bytes.clone())));
        }
        let pieces = Pieces::of(&self.content);
        match self.coding {
            Some(coding) => coding.encode(pieces),
            None => Ok(Box::new(pieces)),
        }
    }

    /// All of its bytes as they go out.
    ///
    /// # Errors
    /// Where they are more than `most`, or a file cannot be read.
    pub fn collect(&self, most: u64) -> Result<Bytes, Error> {
        if let Some(bytes) = self.bytes() {
            return Ok(bytes.clone());
        }
        let failed = |error: io::Error| Error::new(ErrorKind::Request, error.to_string());
        let mut collected = Vec::new();
        self.reader()
            .map_err(failed)?
            .take(most.saturating_add(1))
            .read_to_end(&mut collected)
            .map_err(failed)?;
        if collected.len() as u64 > most {
            let message = format!(
                "the body of the request is larger than {}",
                super::failure::size(most)
            );
            return Err(Error::new(ErrorKind::Request, message));
        }
        Ok(Bytes::from(collected))
    }
}

impl Content {
    /// How many bytes it is.
    #[must_use]
    pub fn length(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::File(file) => file.length,
            Self::Multipart(multipart) => multipart.length(),
        }
    }

    /// The content as a text for people, if it is one: files inside of it stand as their names.
    #[must_use]
    pub fn as_text(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Bytes(bytes) => std::str::from_utf8(bytes).ok().map(Into::into),
            Self::File(file) => Some(file.described().into()),
            Self::Multipart(multipart) => multipart.as_text().map(Into::into),
        }
    }
}

impl Upload {
    /// The file in words, as it stands where its bytes are not shown.
    fn described(&self) -> String {
        format!(
            "<the file {}, {}>",
            self.shown,
            crate::text::size(self.length)
        )
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        Self::new(Content::Bytes(bytes))
    }
}

#[cfg(test)]
mod tests;
