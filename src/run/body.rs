//! Fills the body of a request.

use std::sync::Arc;

use base64::Engine as _;
use bytes::Bytes;

use super::fill::{Filled, Filler, unfilled};
use super::scope::evaluate;
use crate::http::{self, Content, HttpVersion, Multipart, PartContent, Upload};
use crate::lock::IgnorePoison as _;
use crate::plan;
use crate::source::Span;
use crate::syntax::{self, Body, ContentFile, Fields, FromText, Graphql, Part, Source, Spanned};
use crate::template::{Document, Template};
use crate::text::not_base64;
use crate::value::{Object, Value};

const JSON: &str = "application/json";
const TEXT: &str = "text/plain; charset=utf-8";
const XML: &str = "application/xml";
const FORM: &str = "application/x-www-form-urlencoded";
const BYTES: &str = "application/octet-stream";
const MULTIPART: &str = "multipart/form-data";

/// How many letters and digits a boundary has: too many to stand in a part by chance.
const BOUNDARY: usize = 24;

/// How many bytes are compressed before they are sent where chunks are not to be had.
const MOST_MEASURED: u64 = 100_000_000;

/// What a body is and what it is said to be.
type Typed = (Content, Option<&'static str>);

impl Filler<'_> {
    /// Gives the request its body, with the headers that tell of it.
    pub(super) fn body(&self) -> Filled<()> {
        let Some(body) = &self.request.body else {
            return Ok(());
        };
        let (content, content_type) = match &body.value {
            Body::Multipart(parts) => return self.multipart(parts, &body.span),
            other => self.content(other, &body.span)?,
        };
        self.put(content, &body.span)?;
        if let (Some(content_type), false) = (
            content_type,
            self.request.headers.contains_key("content-type"),
        ) {
            self.push("content-type", content_type.to_owned());
        }
        Ok(())
    }

    /// The content as the request's body, compressed and in chunks where that is asked for.
    fn put(&self, content: Content, span: &Span) -> Filled<()> {
        let mut body = http::Body::new(content);
        if let Some(coding) = self.request.transfer.coding {
            body = body
                .compressed(coding)
                .map_err(|error| unfilled(error.to_string(), span))?;
            if !self.request.headers.contains_key("content-encoding") {
                self.push("content-encoding", coding.name().to_owned());
            }
        }
        if self.request.transfer.chunked {
            body = body.chunked();
        }
        if self.request.connection.http() == Some(HttpVersion::Http10) {
            body = body
                .measured(MOST_MEASURED)
                .map_err(|error| unfilled(error.message, span))?;
        }
        self.with_request(|request| request.body = Some(body));
        Ok(())
    }

    fn content(&self, body: &Body, span: &Span) -> Filled<Typed> {
        let text = |template: &Template, span: &Span| self.text(template, span).map(Bytes::from);
        let json = |document: &Document, span: &Span| self.json(document, span);
        let filled = match body {
            Body::Json(source) => (self.source(source, span, json)?, Some(JSON)),
            Body::Text(source) => (self.source(source, span, text)?, Some(TEXT)),
            Body::Xml(source) => (self.source(source, span, text)?, Some(XML)),
            Body::Form(fields) => (Content::Bytes(self.form(fields)?.into()), Some(FORM)),
            Body::File(path) => (
                Content::File(self.upload(&self.text(path, span)?, span)?),
                Some(BYTES),
            ),
            Body::Base64(template) => (Content::Bytes(self.base64(template, span)?), None),
            Body::Graphql(graphql) => (Content::Bytes(self.graphql(graphql, span)?), Some(JSON)),
            // It has parts, and is filled apart.
            Body::Multipart(_) => (Content::Bytes(Bytes::new()), None),
        };
        Ok(filled)
    }

    fn json(&self, document: &Document, span: &Span) -> Filled<Bytes> {
        let value = evaluate(document, self.scope)
            .map_err(|message| unfilled(message, span))?
            .value;
        Ok(Bytes::from(value.to_json()))
    }

    fn graphql(&self, graphql: &Graphql, span: &Span) -> Filled<Bytes> {
        let mut members = Object::default();
        let Source::Inline(query) = &graphql.query else {
            return Err(unfilled("the file of the query was not read", span));
        };
        members.insert("query".to_owned(), self.text(&query.0, span)?.into());
        if let Some(variables) = &graphql.variables {
            let value = evaluate(variables, self.scope)
                .map_err(|message| unfilled(message, span))?
                .value;
            members.insert("variables".to_owned(), Value::clone(&value));
        }
        if let Some(operation) = &graphql.operation {
            let operation = self.text(operation, span)?;
            members.insert("operationName".to_owned(), operation.into());
        }
        Ok(Bytes::from(Value::Object(members).to_json()))
    }

    fn form(&self, fields: &Fields) -> Filled<String> {
        let mut out = url::form_urlencoded::Serializer::new(String::new());
        out.extend_pairs(self.pairs(fields.values())?);
        Ok(out.finish())
    }

    fn base64(&self, template: &Template, span: &Span) -> Filled<Bytes> {
        let text: String = self.text(template, span)?.split_whitespace().collect();
        let decoded = base64::engine::general_purpose::STANDARD.decode(text);
        decoded
            .map(Bytes::from)
            .map_err(|error| unfilled(not_base64(&error), span))
    }

    /// A form's parts. A content type that is written is kept, and so is a boundary in it.
    fn multipart(&self, parts: &[Part], span: &Span) -> Filled<()> {
        let mut filled = Vec::with_capacity(parts.len());
        for part in parts {
            self.part(part, &mut filled)?;
        }
        if filled.is_empty() {
            return Err(unfilled(
                "the form has no parts: every list in it is empty",
                span,
            ));
        }
        let field = self
            .request
            .headers
            .get("content-type")
            .and_then(|field| field.values.as_ref());
        let written = field
            .map(|values| self.texts(values))
            .transpose()?
            .and_then(|texts| texts.into_iter().next());
        let (form, header) = if let Some(boundary) = written.as_deref().and_then(http::boundary_of)
        {
            (Multipart::new(boundary, filled).chosen_boundary(), None)
        } else {
            let boundary = self.boundary();
            let header = format!(
                "{}; boundary={boundary}",
                written.as_deref().unwrap_or(MULTIPART)
            );
            (Multipart::new(boundary, filled), Some(header))
        };
        self.put(Content::Multipart(Arc::new(form)), span)?;
        let dropped = field.is_none() && self.request.headers.contains_key("content-type");
        if let Some(header) = header.filter(|_| !dropped) {
            self.push("content-type", header);
        }
        Ok(())
    }

    fn part(&self, part: &Part, filled: &mut Vec<http::Part>) -> Filled<()> {
        let span = &part.content.span;
        let text = |template: &Option<Spanned<Template>>| {
            template
                .as_ref()
                .map(|template| self.text(&template.value, &template.span))
                .transpose()
        };
        let (filename, content_type) = (text(&part.filename)?, text(&part.content_type)?);
        if let Some(control) = content_type
            .as_deref()
            .and_then(|value| value.chars().find(char::is_ascii_control))
        {
            let message = format!(
                "the content type of the part holds the control character `{}`",
                control.escape_default()
            );
            return Err(unfilled(message, span));
        }
        let name = part.name.clone();
        match &part.content.value {
            syntax::PartContent::Text(template) => {
                for text in
                    self.texts(std::slice::from_ref(&Spanned::new(span, template.clone())))?
                {
                    let content = PartContent::Bytes(Bytes::from(text));
                    let (filename, content_type) = (filename.clone(), content_type.clone());
                    filled.push(http::Part {
                        name: name.clone(),
                        filename,
                        content_type,
                        content,
                    });
                }
            }
            syntax::PartContent::Json(document) => {
                let content = PartContent::Bytes(self.json(document, span)?);
                let content_type = Some(content_type.unwrap_or_else(|| JSON.to_owned()));
                filled.push(http::Part {
                    name,
                    filename,
                    content_type,
                    content,
                });
            }
            syntax::PartContent::File(path) => {
                let path = self.text(path, span)?;
                let last = path.rsplit(['/', '\\']).next().unwrap_or_default();
                let content_type =
                    content_type.unwrap_or_else(|| http::content_type_of_file(&path).to_owned());
                let filename = Some(filename.unwrap_or_else(|| last.to_owned()));
                let content = PartContent::File(self.upload(&path, span)?);
                filled.push(http::Part {
                    name,
                    filename,
                    content_type: Some(content_type),
                    content,
                });
            }
        }
        Ok(())
    }

    fn boundary(&self) -> String {
        let context = &self.scope.names.collection.context;
        let mut random = context.random.lock().ignore_poison();
        std::iter::repeat_with(|| random.alphanumeric())
            .take(BOUNDARY)
            .collect()
    }

    /// A file that is sent, held to lie inside of the project.
    fn upload(&self, path: &str, span: &Span) -> Filled<Arc<Upload>> {
        let (full, shown) = self.path(path, span)?;
        let refused = |error: std::io::Error| {
            unfilled(
                format!("`{path}` cannot be read: {}", plan::plain(&error)),
                span,
            )
        };
        Upload::find(full, shown).map(Arc::new).map_err(refused)
    }

    /// Where a file lies, and how it is named from the folder in which this program runs.
    fn path(&self, path: &str, span: &Span) -> Filled<(std::path::PathBuf, String)> {
        let named = span.file.folder().join(path);
        let root = &self.scope.names.collection.context.root;
        let full = plan::inside(Some(root), &named, &span.file)
            .map_err(|message| unfilled(message, span))?;
        Ok((full, named.display().to_string()))
    }

    /// The content of a source; `fill` fills what is written in the collection or parsed from a file.
    fn source<T: FromText>(
        &self,
        source: &Source<T>,
        span: &Span,
        fill: impl Fn(&T, &Span) -> Filled<Bytes>,
    ) -> Filled<Content> {
        match source {
            Source::Inline(content) => fill(content, span).map(Content::Bytes),
            Source::Bytes(bytes) => Ok(Content::Bytes(bytes.clone())),
            Source::File(ContentFile { path, is_template }) => {
                let name = self.text(&path.value, &path.span)?;
                if !is_template {
                    return Ok(Content::File(self.upload(&name, &path.span)?));
                }
                let content = self.parsed(&name, &path.span)?;
                fill(&content, &path.span).map(Content::Bytes)
            }
        }
    }

    /// The content of a file with placeholders.
    fn parsed<T: FromText>(&self, name: &str, span: &Span) -> Filled<T> {
        let (full, _) = self.path(name, span)?;
        let unreadable = |why: String| unfilled(format!("`{name}` cannot be read: {why}"), span);
        let bytes = std::fs::read(full).map_err(|error| unreadable(plan::plain(&error)))?;
        let text =
            String::from_utf8(bytes).map_err(|_| unreadable("it is not UTF-8 text".to_owned()))?;
        T::from_text(&text).map_err(|error| unfilled(format!("`{name}`: {}", error.message), span))
    }
}
