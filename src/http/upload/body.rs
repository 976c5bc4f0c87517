//! The body of a request, read anew each time it is sent.

use std::borrow::Cow;
use std::io::{self, Read};

use bytes::Bytes;

use super::super::{Coding, Error, ErrorKind, wording};
use super::content::Content;
use super::read::Pieces;

/// The body of a request.
#[derive(Debug, Clone)]
pub struct Body {
    content: Content,
    coding: Option<Coding>,
    /// The content in its coding, where that is known before it is sent.
    encoded: Option<Bytes>,
    chunked: bool,
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
                wording::size(most)
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
                wording::size(most)
            );
            return Err(Error::new(ErrorKind::Request, message));
        }
        Ok(Bytes::from(collected))
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        Self::new(Content::Bytes(bytes))
    }
}
