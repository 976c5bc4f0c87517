//! What a body is made of.

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;

use super::file::Upload;
use super::multipart::Multipart;

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

impl Content {
    /// How many bytes it is.
    #[must_use]
    pub fn length(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::File(file) => file.length(),
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
