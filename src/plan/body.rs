//! A request's body with its literally named files read.

use bytes::Bytes;

use super::files::{Files, resolve as resolve_path};
use crate::source::{Diagnostic, Span};
use crate::syntax::{self, Fields, FileKind, GraphqlQuery, Part, PartContent, Problems, Spanned};
use crate::template::{Document, Template, parse_json_template};

/// A body, ready to be filled.
#[derive(Debug, Clone)]
pub enum Body {
    /// A document, sent as JSON.
    Json(Document),
    /// A text.
    Text(Template),
    /// XML.
    Xml(Template),
    /// Bytes of a kind, known now.
    Raw(Bytes, FileKind),
    /// Fields, sent form-encoded.
    Form(Fields),
    /// A file, read when it is sent.
    File(Template),
    /// A file of a kind whose path is known only then.
    KindOfFile(FileKind, Spanned<Template>, bool),
    /// Bytes in base64.
    Base64(Template),
    /// The parts of a form.
    Multipart(Vec<Part>),
    /// A GraphQL query.
    Graphql {
        /// The query.
        query: Template,
        /// Its variables.
        variables: Option<Document>,
        /// The operation's name.
        operation: Option<Template>,
    },
}

/// Reads what can be read now; a file that is not there is a problem before anything is sent.
pub(super) fn resolve(
    body: Spanned<syntax::Body>,
    files: &Files<'_>,
    problems: &mut Problems,
) -> Option<Spanned<Body>> {
    let span = body.span;
    let resolved = match body.value {
        syntax::Body::Json(document) => Body::Json(document),
        syntax::Body::Text(template) => Body::Text(template),
        syntax::Body::Xml(template) => Body::Xml(template),
        syntax::Body::Form(fields) => Body::Form(fields),
        syntax::Body::Base64(template) => Body::Base64(template),
        syntax::Body::File(path) => {
            if let Some(Err(reason)) = path.literal().map(|path| files.exists(path, &span.file)) {
                problems.push(Diagnostic::error(&span, reason).certain());
            }
            Body::File(path)
        }
        syntax::Body::Multipart(parts) => {
            for part in &parts {
                check_part(part, files, problems);
            }
            Body::Multipart(parts)
        }
        syntax::Body::KindOfFile {
            kind,
            path,
            template,
        } => match path.literal().map(str::to_owned) {
            Some(literal) => read_kind(
                kind,
                &Spanned::new(&path.span, literal),
                template,
                (files, problems),
            )?,
            None => Body::KindOfFile(kind, path, template),
        },
        syntax::Body::Graphql {
            query,
            variables,
            operation,
        } => Body::Graphql {
            query: graphql_query(query, files, problems)?,
            variables,
            operation,
        },
    };
    Some(Spanned {
        value: resolved,
        span,
    })
}

fn check_part(part: &Part, files: &Files<'_>, problems: &mut Problems) {
    let PartContent::File(path) = &part.content.value else {
        return;
    };
    let span = &part.content.span;
    if let Some(Err(reason)) = path.literal().map(|path| files.exists(path, &span.file)) {
        problems.push(Diagnostic::error(span, reason).certain());
    }
}

fn read_kind(
    kind: FileKind,
    path: &Spanned<String>,
    template: bool,
    (files, problems): (&Files<'_>, &mut Problems),
) -> Option<Body> {
    if !template {
        return match files.bytes(path, &path.span.file) {
            Ok(bytes) => Some(Body::Raw(Bytes::from(bytes), kind)),
            Err(reason) => problems.refuse(Diagnostic::error(&path.span, reason).certain()),
        };
    }
    let text = match files.text(path, &path.span.file) {
        Ok(text) => text,
        Err(reason) => return problems.refuse(Diagnostic::error(&path.span, reason).certain()),
    };
    match of_text(kind, &text) {
        Ok(body) => Some(body),
        Err((message, hint, range)) => {
            let file = crate::source::File::new(resolve_path(path, &path.span.file), text);
            let problem = Diagnostic::error(&Span::new(&file, range), message)
                .related(&path.span, "used here");
            problems.refuse(problem.maybe_hint(hint).certain())
        }
    }
}

/// A template's problem: message, hint, place.
type TextProblem = (String, Option<String>, std::ops::Range<usize>);

/// The body that the content of a file with placeholders makes.
pub(crate) fn of_text(kind: FileKind, text: &str) -> Result<Body, TextProblem> {
    let problem = |error: crate::template::TemplateError| (error.message, error.hint, error.range);
    match kind {
        FileKind::Json => parse_json_template(text).map(Body::Json).map_err(problem),
        FileKind::Text => Template::parse(text).map(Body::Text).map_err(problem),
        FileKind::Xml => Template::parse(text).map(Body::Xml).map_err(problem),
    }
}

fn graphql_query(
    query: GraphqlQuery,
    files: &Files<'_>,
    problems: &mut Problems,
) -> Option<Template> {
    match query {
        GraphqlQuery::Text(template) => Some(template),
        GraphqlQuery::File(path) => {
            let text = match files.text(&path, &path.span.file) {
                Ok(text) => text,
                Err(reason) => {
                    return problems.refuse(Diagnostic::error(&path.span, reason).certain());
                }
            };
            // A query has braces of its own, so a file of one is taken as it is.
            Some(Template::verbatim(&text))
        }
    }
}
