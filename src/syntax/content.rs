//! Where the content of a body is written: in the collection, or in a file.

use bytes::Bytes;

use super::Spanned;
use crate::source::Span;
use crate::template::{Document, Template, TemplateError, parse_json_template};

/// Content of a body that may be in a file.
#[derive(Debug, Clone)]
pub enum Source<T> {
    /// Written in the collection, or parsed from a file with placeholders.
    Inline(T),
    /// A file that is not read yet.
    File(ContentFile),
    /// Content of a file without placeholders.
    Bytes(Bytes),
}

/// A file that holds the content of a body.
#[derive(Debug, Clone)]
pub struct ContentFile {
    /// Path from the directory of the collection.
    pub path: Spanned<Template>,
    /// Whether the file is parsed, as text with placeholders.
    pub is_template: bool,
}

/// Content that a file's text makes.
pub trait FromText: Sized {
    /// Parses the text of a file.
    ///
    /// # Errors
    /// If the text cannot be parsed.
    fn from_text(text: &str) -> Result<Self, TemplateError>;

    /// The templates in it.
    fn templates(&self) -> Vec<&Template>;
}

impl FromText for Document {
    fn from_text(text: &str) -> Result<Self, TemplateError> {
        parse_json_template(text)
    }

    fn templates(&self) -> Vec<&Template> {
        Self::templates(self)
    }
}

impl FromText for Template {
    fn from_text(text: &str) -> Result<Self, TemplateError> {
        Self::parse(text)
    }

    fn templates(&self) -> Vec<&Template> {
        vec![self]
    }
}

/// A GraphQL query. It has braces of its own, so a file of one is taken as it is.
#[derive(Debug, Clone)]
pub struct GraphqlQuery(pub Template);

impl FromText for GraphqlQuery {
    fn from_text(text: &str) -> Result<Self, TemplateError> {
        Ok(Self(Template::verbatim(text)))
    }

    fn templates(&self) -> Vec<&Template> {
        vec![&self.0]
    }
}

impl<T: FromText> Source<T> {
    /// The templates in it, each with its place; `span` is that of the content.
    pub(super) fn templates<'a>(&'a self, span: &'a Span) -> Vec<(&'a Template, &'a Span)> {
        match self {
            Self::Inline(content) => {
                let templates = content.templates().into_iter();
                templates.map(|template| (template, span)).collect()
            }
            Self::File(file) => vec![(&file.path.value, &file.path.span)],
            Self::Bytes(_) => Vec::new(),
        }
    }
}

/// A source whatever its content is made of: how a plan reads its file.
pub trait AnySource {
    /// The file, if it is not read yet.
    fn file(&self) -> Option<&ContentFile>;

    /// Takes the bytes of the file.
    fn set_bytes(&mut self, bytes: Bytes);

    /// Parses the text of the file.
    ///
    /// # Errors
    /// If the text cannot be parsed.
    fn set_text(&mut self, text: &str) -> Result<(), TemplateError>;
}

impl<T: FromText> AnySource for Source<T> {
    fn file(&self) -> Option<&ContentFile> {
        match self {
            Self::File(file) => Some(file),
            Self::Inline(_) | Self::Bytes(_) => None,
        }
    }

    fn set_bytes(&mut self, bytes: Bytes) {
        *self = Self::Bytes(bytes);
    }

    fn set_text(&mut self, text: &str) -> Result<(), TemplateError> {
        *self = Self::Inline(T::from_text(text)?);
        Ok(())
    }
}
