//! The body of a request: at most one, of several kinds.

use super::content::{AnySource, ContentFile, GraphqlQuery, Source};
use super::keys::{BODY, FILE, GRAPHQL};
use super::multipart::{self, Part};
use super::settings::{Fields, fields};
use super::{Node, Problems, Spanned, Table, check_keys, template_problem, wrong_type};
use crate::source::{Diagnostic, Span};
use crate::template::{Document, Template, parse_json_template};
use crate::text::not_base64;

/// A body: what is sent, and where it is written.
#[derive(Debug, Clone)]
pub enum Body {
    /// A document, sent as JSON (`json`, `json_text`, `json_file`).
    Json(Source<Document>),
    /// A text (`text`, `text_file`).
    Text(Source<Template>),
    /// XML (`xml`, `xml_file`).
    Xml(Source<Template>),
    /// Fields, sent form-encoded.
    Form(Fields),
    /// A file of any content, read when it is sent.
    File(Template),
    /// Bytes in base64.
    Base64(Template),
    /// The parts of a form.
    Multipart(Vec<Part>),
    /// A GraphQL query.
    Graphql(Graphql),
}

/// The members of a GraphQL request.
#[derive(Debug, Clone)]
pub struct Graphql {
    /// The query.
    pub query: Source<GraphqlQuery>,
    /// Its variables.
    pub variables: Option<Document>,
    /// The name of the operation.
    pub operation: Option<Template>,
}

impl Body {
    /// The source that may be a file which the plan reads.
    pub fn source_mut(&mut self) -> Option<&mut dyn AnySource> {
        match self {
            Self::Json(source) => Some(source),
            Self::Text(source) | Self::Xml(source) => Some(source),
            Self::Graphql(graphql) => Some(&mut graphql.query),
            Self::Form(_) | Self::File(_) | Self::Base64(_) | Self::Multipart(_) => None,
        }
    }
}

impl Spanned<Body> {
    /// Paths of the files that are read when the request is sent, each with its place.
    #[must_use]
    pub fn uploads(&self) -> Vec<(&Template, &Span)> {
        match &self.value {
            Body::File(path) => vec![(path, &self.span)],
            Body::Multipart(parts) => parts.iter().filter_map(Part::upload).collect(),
            _ => Vec::new(),
        }
    }

    /// All templates, each with its place, in the order in which they are filled.
    #[must_use]
    pub fn templates(&self) -> Vec<(&Template, &Span)> {
        let span = &self.span;
        match &self.value {
            Body::Json(source) => source.templates(span),
            Body::Text(source) | Body::Xml(source) => source.templates(span),
            Body::File(template) | Body::Base64(template) => vec![(template, span)],
            Body::Form(fields) => {
                let values = fields.values().filter_map(|field| field.values.as_ref());
                let values = values.flatten();
                values.map(|value| (&value.value, &value.span)).collect()
            }
            Body::Multipart(parts) => parts.iter().flat_map(Part::templates).collect(),
            Body::Graphql(graphql) => {
                let variables = graphql.variables.iter().flat_map(Document::templates);
                let members = variables.chain(&graphql.operation);
                let query = graphql.query.templates(span).into_iter();
                query
                    .chain(members.map(|template| (template, span)))
                    .collect()
            }
        }
    }
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
        "json" => Some(Body::Json(Source::Inline(node.document(problems)?))),
        "json_text" => Some(Body::Json(Source::Inline(json_text(node, problems)?))),
        "json_file" => file(node, problems).map(Body::Json),
        "text" => Some(Body::Text(Source::Inline(node.template(problems)?))),
        "text_file" => file(node, problems).map(Body::Text),
        "form" => Some(Body::Form(fields(node, false, problems))),
        "xml" => Some(Body::Xml(Source::Inline(node.template(problems)?))),
        "xml_file" => file(node, problems).map(Body::Xml),
        "file" => Some(Body::File(node.template(problems)?)),
        "base64" => Some(Body::Base64(base64(node, problems)?)),
        "multipart" => Some(Body::Multipart(multipart::decode(node, problems)?)),
        _ => graphql(node, problems).map(Body::Graphql),
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

fn file<T>(node: &Node, problems: &mut Problems) -> Option<Source<T>> {
    let Some(table) = node.as_table() else {
        let path = Spanned::new(&node.span, node.template(problems)?);
        return Some(Source::File(ContentFile {
            path,
            is_template: false,
        }));
    };
    check_keys(table, &[FILE], "a file", problems);
    let Some(path) = table.get("path") else {
        return problems.refuse(Diagnostic::error(&node.span, "`path` is missing"));
    };
    let path = Spanned::new(&path.span, path.template(problems)?);
    let is_template = table
        .get("template")
        .and_then(|node| node.boolean(problems))
        .unwrap_or(false);
    Some(Source::File(ContentFile { path, is_template }))
}

fn graphql(node: &Node, problems: &mut Problems) -> Option<Graphql> {
    let table = node.table("a table `{ query, variables, operation }`", problems)?;
    check_keys(table, &[GRAPHQL], "`graphql`", problems);
    let query = match (table.get("query"), table.get("query_file")) {
        (Some(text), None) => Source::Inline(GraphqlQuery(text.template(problems)?)),
        (None, Some(path)) => {
            let name = Template::verbatim(path.string(problems)?);
            Source::File(ContentFile {
                path: Spanned::new(&path.span, name),
                is_template: true,
            })
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
    Some(Graphql {
        query,
        variables,
        operation,
    })
}
