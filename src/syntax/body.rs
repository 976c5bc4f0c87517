//! The body of a request: at most one, of several kinds.

use super::keys::{BODY, FILE, GRAPHQL};
use super::multipart::{self, Part};
use super::settings::{Fields, fields};
use super::{Node, Problems, Spanned, Table, check_keys, template_problem, wrong_type};
use crate::source::Diagnostic;
use crate::template::{Document, Template, parse_json_template};
use crate::text::not_base64;

/// A body as written.
#[derive(Debug, Clone)]
pub enum Body {
    /// A document, sent as JSON (`json`, `json_text`).
    Json(Document),
    /// A text.
    Text(Template),
    /// Fields, sent form-encoded.
    Form(Fields),
    /// XML.
    Xml(Template),
    /// A file, sent as it is.
    File(Template),
    /// Bytes in base64.
    Base64(Template),
    /// The parts of a form.
    Multipart(Vec<Part>),
    /// A GraphQL query.
    Graphql {
        /// The query, or the file that holds it.
        query: GraphqlQuery,
        /// Its variables.
        variables: Option<Document>,
        /// The name of the operation.
        operation: Option<Template>,
    },
    /// A file of a kind, perhaps with placeholders (`json_file`, `text_file`, `xml_file`).
    KindOfFile {
        /// What the file holds.
        kind: FileKind,
        /// Its path.
        path: Spanned<Template>,
        /// Whether it holds placeholders.
        template: bool,
    },
}

/// Where a GraphQL query is written.
#[derive(Debug, Clone)]
pub enum GraphqlQuery {
    /// In the collection.
    Text(Template),
    /// In a file.
    File(Spanned<String>),
}

/// What a body's file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// JSON.
    Json,
    /// Text.
    Text,
    /// XML.
    Xml,
}

/// Decodes the body of a request's table.
pub(super) fn decode(table: &Table, problems: &mut Problems) -> Option<Spanned<Body>> {
    let mut bodies = table
        .iter()
        .filter(|(key, _)| BODY.iter().any(|known| known.name == *key));
    let (key, entry) = bodies.next()?;
    for (other, second) in bodies {
        let problem = Diagnostic::error(
            &second.key,
            format!("a request has one body, this one has `{key}` and `{other}`"),
        );
        problems.push(problem.related(&entry.key, "the first one"));
    }
    Some(Spanned::new(
        &entry.value.span,
        body(key, &entry.value, problems)?,
    ))
}

fn body(key: &str, node: &Node, problems: &mut Problems) -> Option<Body> {
    match key {
        "json" => Some(Body::Json(node.document(problems)?)),
        "json_text" => json_text(node, problems).map(Body::Json),
        "json_file" => file(FileKind::Json, node, problems),
        "text" => Some(Body::Text(node.template(problems)?)),
        "text_file" => file(FileKind::Text, node, problems),
        "form" => Some(Body::Form(fields(node, false, problems))),
        "xml" => Some(Body::Xml(node.template(problems)?)),
        "xml_file" => file(FileKind::Xml, node, problems),
        "file" => Some(Body::File(node.template(problems)?)),
        "base64" => Some(Body::Base64(base64(node, problems)?)),
        "multipart" => Some(Body::Multipart(multipart::decode(node, problems)?)),
        _ => graphql(node, problems),
    }
}

/// JSON text with placeholders as a document.
fn json_text(node: &Node, problems: &mut Problems) -> Option<Document> {
    match parse_json_template(node.any_string(problems)?) {
        Ok(document) => Some(document),
        Err(error) => problems.refuse(template_problem(node, error)),
    }
}

/// Base64 that has no placeholders is held to be base64 before anything is sent.
pub(super) fn base64(node: &Node, problems: &mut Problems) -> Option<Template> {
    use base64::Engine as _;
    let template = node.template(problems)?;
    let written = template
        .literal()
        .map(|text| text.split_whitespace().collect::<String>());
    match written.map(|text| base64::engine::general_purpose::STANDARD.decode(text)) {
        Some(Err(error)) => problems.refuse(Diagnostic::error(&node.span, not_base64(&error))),
        _ => Some(template),
    }
}

fn file(kind: FileKind, node: &Node, problems: &mut Problems) -> Option<Body> {
    let Some(table) = node.as_table() else {
        let path = Spanned::new(&node.span, node.template(problems)?);
        return Some(Body::KindOfFile {
            kind,
            path,
            template: false,
        });
    };
    check_keys(table, &[FILE], "a file", problems);
    let Some(path) = table.get("path") else {
        return problems.refuse(Diagnostic::error(&node.span, "`path` is missing"));
    };
    let path = Spanned::new(&path.span, path.template(problems)?);
    let template = table
        .get("template")
        .and_then(|node| node.boolean(problems))
        .unwrap_or(false);
    Some(Body::KindOfFile {
        kind,
        path,
        template,
    })
}

fn graphql(node: &Node, problems: &mut Problems) -> Option<Body> {
    let table = node.table("a table `{ query, variables, operation }`", problems)?;
    check_keys(table, &[GRAPHQL], "`graphql`", problems);
    let query = match (table.get("query"), table.get("query_file")) {
        (Some(text), None) => GraphqlQuery::Text(text.template(problems)?),
        (None, Some(path)) => {
            GraphqlQuery::File(Spanned::new(&path.span, path.string(problems)?.to_owned()))
        }
        _ => {
            return problems.refuse(Diagnostic::error(
                &node.span,
                "`graphql` needs `query` or `query_file`, and not both",
            ));
        }
    };
    let variables = match table.get("variables") {
        Some(node) if node.as_table().is_none() && node.as_str().is_none() => {
            return problems.refuse(wrong_type(node, "a table of variables"));
        }
        node => node.and_then(|node| node.document(problems)),
    };
    let operation = table
        .get("operation")
        .and_then(|node| node.template(problems));
    Some(Body::Graphql {
        query,
        variables,
        operation,
    })
}
