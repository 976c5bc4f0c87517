//! Responses that a gateway file writes out: fixed, or made by templates from the request.

use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::Bytes;

use crate::source::{Diagnostic, Span};
use crate::template::{Document, EvalError, Scope, Template};

/// The largest file that is sent: what API Gateway lets through.
const MAX_FILE: u64 = 10 * 1024 * 1024;

/// A response as written.
#[derive(Debug)]
pub(super) struct Respond {
    pub(super) status: Status,
    /// In order; names are checked.
    pub(super) headers: Vec<(String, Template, Span)>,
    pub(super) body: Body,
    pub(super) delay: Duration,
}

/// A status as written.
#[derive(Debug)]
pub(super) enum Status {
    Fixed(u16),
    Computed(Template, Span),
}

/// A body as written.
#[derive(Debug)]
pub(super) enum Body {
    None,
    Json(Document, Span),
    Text(Template, Span),
    File(PathBuf, Span),
}

/// A response as it goes out.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct RenderedResponse {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Bytes,
}

impl Respond {
    /// Fills the templates.
    ///
    /// # Errors
    /// Where one has no value, or a file cannot be read: the reason, at its place.
    pub(super) fn make(
        &self,
        scope: &dyn Scope,
        folder: &Path,
    ) -> Result<RenderedResponse, Box<Diagnostic>> {
        let status = self.status.value(scope)?;
        let mut headers = Vec::new();
        for (name, template, span) in &self.headers {
            let text = template
                .render(scope)
                .map_err(|error| failed(span, error))?
                .text;
            if ::http::HeaderValue::from_str(&text).is_err() {
                return Err(Box::new(Diagnostic::error(
                    span,
                    format!("the header `{name}` cannot hold this value"),
                )));
            }
            headers.push((name.clone(), text));
        }
        let (body, content_type) = self.body.make(scope, folder)?;
        let typed = headers
            .iter()
            .any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        if let Some(content_type) = content_type.filter(|_| !typed) {
            headers.insert(0, ("Content-Type".to_owned(), content_type.to_owned()));
        }
        Ok(RenderedResponse {
            status,
            headers,
            body,
        })
    }
}

/// Whether a status can be that of a last response.
pub(super) fn is_status(status: i64) -> Option<u16> {
    u16::try_from(status)
        .ok()
        .filter(|status| (200..600).contains(status))
}

impl Status {
    fn value(&self, scope: &dyn Scope) -> Result<u16, Box<Diagnostic>> {
        match self {
            Self::Fixed(status) => Ok(*status),
            Self::Computed(template, span) => {
                let text = template
                    .render(scope)
                    .map_err(|error| failed(span, error))?
                    .text;
                let wrong = || {
                    Box::new(Diagnostic::error(
                        span,
                        format!("`{text}` is not a status from 200 to 599"),
                    ))
                };
                text.parse().ok().and_then(is_status).ok_or_else(wrong)
            }
        }
    }
}

impl Body {
    /// The bytes, and their type where they have one.
    fn make(
        &self,
        scope: &dyn Scope,
        folder: &Path,
    ) -> Result<(Bytes, Option<&'static str>), Box<Diagnostic>> {
        match self {
            Self::None => Ok((Bytes::new(), None)),
            Self::Json(document, span) => {
                let (filled, _) = document
                    .evaluate(scope)
                    .map_err(|error| failed(span, error))?;
                let pattern = || {
                    Box::new(Diagnostic::error(
                        span,
                        "a pattern cannot be used as a response value",
                    ))
                };
                let value = filled.value().ok_or_else(pattern)?;
                Ok((value.to_json().into(), Some("application/json")))
            }
            Self::Text(template, span) => {
                let rendered = template
                    .render(scope)
                    .map_err(|error| failed(span, error))?;
                Ok((rendered.text.into(), Some("text/plain; charset=utf-8")))
            }
            Self::File(path, span) => {
                let unreadable = |reason: String| {
                    Box::new(Diagnostic::error(
                        span,
                        format!("the file cannot be sent: {reason}"),
                    ))
                };
                let bytes = read(&folder.join(path)).map_err(unreadable)?;
                Ok((bytes.into(), Some(type_of(path))))
            }
        }
    }
}

/// Anew for each response, so that a file may be edited while the stage runs.
fn read(path: &Path) -> Result<Vec<u8>, String> {
    let size = std::fs::metadata(path)
        .map_err(|error| error.to_string())?
        .len();
    if size > MAX_FILE {
        return Err(format!("it is larger than {MAX_FILE} bytes"));
    }
    std::fs::read(path).map_err(|error| error.to_string())
}

fn failed(span: &Span, error: EvalError) -> Box<Diagnostic> {
    Box::new(Diagnostic::error(span, error.message).maybe_hint(error.hint))
}

fn type_of(path: &Path) -> &'static str {
    let extension = path
        .extension()
        .and_then(|extension| extension.to_str())
        .unwrap_or_default()
        .to_lowercase();
    match extension.as_str() {
        "json" => "application/json",
        "html" | "htm" => "text/html; charset=utf-8",
        "txt" => "text/plain; charset=utf-8",
        "csv" => "text/csv; charset=utf-8",
        "xml" => "application/xml",
        "css" => "text/css",
        "js" => "text/javascript",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "pdf" => "application/pdf",
        _ => "application/octet-stream",
    }
}
