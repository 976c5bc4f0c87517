//! `multipart/form-data` (RFC 7578), written as browsers and curl write it.

use std::sync::Arc;

use bytes::Bytes;

use super::file::Upload;
use super::piece::Piece;

/// The parts of a form, and the line between them.
#[derive(Debug, Clone)]
pub struct Multipart {
    boundary: String,
    /// Whether the boundary was chosen by whoever wrote the request.
    chosen: bool,
    parts: Vec<Part>,
}

/// One part of a form.
#[derive(Debug, Clone)]
pub struct Part {
    /// The field's name.
    pub name: String,
    /// The name under which a file goes.
    pub filename: Option<String>,
    /// What it is.
    pub content_type: Option<String>,
    /// What it carries.
    pub content: PartContent,
}

/// What a part carries.
#[derive(Debug, Clone)]
pub enum PartContent {
    /// Bytes.
    Bytes(Bytes),
    /// A file.
    File(Arc<Upload>),
}

/// The boundary that a content type names.
#[must_use]
pub fn boundary_of(content_type: &str) -> Option<&str> {
    let parameters = content_type
        .split(';')
        .skip(1)
        .filter_map(|parameter| parameter.split_once('='));
    let mut named = parameters.filter(|(name, _)| name.trim().eq_ignore_ascii_case("boundary"));
    named
        .next()
        .map(|(_, value)| value.trim().trim_matches('"'))
        .filter(|value| !value.is_empty())
}

impl Multipart {
    /// Parts with the line between them, which none of them may hold.
    #[must_use]
    pub fn new(boundary: impl Into<String>, parts: Vec<Part>) -> Self {
        Self {
            boundary: boundary.into(),
            chosen: false,
            parts,
        }
    }

    /// With a boundary that is part of what is to be sent: no other may stand for it.
    #[must_use]
    pub fn chosen_boundary(self) -> Self {
        Self {
            chosen: true,
            ..self
        }
    }

    /// Whether another boundary may stand for this one.
    pub(crate) fn is_replaceable(&self) -> bool {
        !self.chosen
    }

    /// The whole as it goes out: bytes and files in turn.
    pub(crate) fn contents(&self) -> Vec<PartContent> {
        let mut contents: Vec<PartContent> = Vec::new();
        for piece in self.pieces() {
            match (piece, contents.last_mut()) {
                (Piece::Bytes(more), Some(PartContent::Bytes(bytes))) => {
                    *bytes = [&bytes[..], &more[..]].concat().into();
                }
                (Piece::Bytes(bytes), _) => contents.push(PartContent::Bytes(bytes)),
                (Piece::File(file), _) => contents.push(PartContent::File(file)),
            }
        }
        contents
    }

    /// The line between the parts, without the two hyphens before it.
    #[must_use]
    pub fn boundary(&self) -> &str {
        &self.boundary
    }

    /// The parts.
    #[must_use]
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// The whole as it goes out, in pieces.
    pub(super) fn pieces(&self) -> Vec<Piece> {
        let mut pieces = Vec::with_capacity(2 * self.parts.len() + 1);
        let mut before = String::new();
        for part in &self.parts {
            before.push_str(&self.head(part));
            pieces.push(Piece::Bytes(Bytes::from(std::mem::take(&mut before))));
            pieces.push(match &part.content {
                PartContent::Bytes(bytes) => Piece::Bytes(bytes.clone()),
                PartContent::File(file) => Piece::File(Arc::clone(file)),
            });
            before.push_str("\r\n");
        }
        before.push_str(&self.end());
        pieces.push(Piece::Bytes(Bytes::from(before)));
        pieces
    }

    /// The whole as it goes out, where all of it is held in memory.
    #[must_use]
    pub fn bytes(&self) -> Option<Bytes> {
        let mut whole = Vec::new();
        for piece in self.pieces() {
            let Piece::Bytes(bytes) = piece else {
                return None;
            };
            whole.extend_from_slice(&bytes);
        }
        Some(Bytes::from(whole))
    }

    pub(super) fn length(&self) -> u64 {
        let part = |part: &Part| self.head(part).len() as u64 + part.content.length() + 2;
        self.parts.iter().map(part).sum::<u64>() + self.end().len() as u64
    }

    /// The whole as people read it: a file stands as its name; `None` where a part is not text.
    pub(super) fn as_text(&self) -> Option<String> {
        let mut text = String::new();
        for part in &self.parts {
            text.push_str(&self.head(part));
            match &part.content {
                PartContent::Bytes(bytes) => text.push_str(std::str::from_utf8(bytes).ok()?),
                PartContent::File(file) => text.push_str(&file.described()),
            }
            text.push_str("\r\n");
        }
        text.push_str(&self.end());
        Some(text.replace("\r\n", "\n"))
    }

    fn head(&self, part: &Part) -> String {
        let mut head = format!(
            "--{}\r\nContent-Disposition: form-data; name=\"{}\"",
            self.boundary,
            escaped(&part.name)
        );
        if let Some(filename) = &part.filename {
            head.extend(["; filename=\"", &escaped(filename), "\""]);
        }
        if let Some(content_type) = &part.content_type {
            head.extend(["\r\nContent-Type: ", content_type]);
        }
        head.push_str("\r\n\r\n");
        head
    }

    fn end(&self) -> String {
        format!("--{}--\r\n", self.boundary)
    }
}

impl PartContent {
    fn length(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::File(file) => file.length(),
        }
    }
}

/// A name as it stands in quotes (WHATWG HTML section 4.10.22.8): the quote and the ends of lines percent-encoded, all else as
/// it is.
fn escaped(name: &str) -> String {
    name.replace('"', "%22")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}
