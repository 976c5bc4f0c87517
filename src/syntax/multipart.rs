//! `multipart`: the parts of a form as written.

use super::keys::PART;
use super::{Data, Node, Problems, Spanned, Table, check_keys};
use crate::source::{Diagnostic, Span};
use crate::template::{Document, Template};

/// One part of a form.
#[derive(Debug, Clone)]
pub struct Part {
    /// The field's name.
    pub name: String,
    /// What it carries.
    pub content: Spanned<PartContent>,
    /// The name under which a file goes.
    pub filename: Option<Spanned<Template>>,
    /// What it is.
    pub content_type: Option<Spanned<Template>>,
}

impl Part {
    /// Path of the file that is read when the part is sent.
    pub(super) fn upload(&self) -> Option<(&Template, &Span)> {
        match &self.content.value {
            PartContent::File(path) => Some((path, &self.content.span)),
            PartContent::Text(_) | PartContent::Json(_) => None,
        }
    }

    /// All templates, each with its place.
    pub(super) fn templates(&self) -> Vec<(&Template, &Span)> {
        let content = match &self.content.value {
            PartContent::Text(template) | PartContent::File(template) => vec![template],
            PartContent::Json(document) => document.templates(),
        };
        let span = &self.content.span;
        let content = content.into_iter().map(|template| (template, span));
        let others = [&self.filename, &self.content_type].into_iter().flatten();
        content
            .chain(others.map(|text| (&text.value, &text.span)))
            .collect()
    }
}

/// What a part carries.
#[derive(Debug, Clone)]
pub enum PartContent {
    /// A text.
    Text(Template),
    /// A file.
    File(Template),
    /// A document, sent as JSON.
    Json(Document),
}

/// Decodes the parts, in the order written; a list repeats its field.
pub(super) fn decode(node: &Node, problems: &mut Problems) -> Option<Vec<Part>> {
    let table = node.table("a table of parts: name = string or `{ file }`", problems)?;
    if table.entries.is_empty() {
        return problems.refuse(Diagnostic::error(
            &node.span,
            "a form needs at least one part",
        ));
    }
    let mut parts = Vec::new();
    for (name, entry) in table.iter() {
        if name.is_empty() {
            problems.push(Diagnostic::error(&entry.key, "a part needs a name"));
        }
        parts.extend(
            entry
                .value
                .one_or_many()
                .iter()
                .filter_map(|node| part(name, node, problems)),
        );
    }
    Some(parts)
}

fn part(name: &str, node: &Node, problems: &mut Problems) -> Option<Part> {
    let Data::Table(table) = &node.data else {
        let content = Spanned::new(
            &node.span,
            PartContent::Text(node.scalar_template(problems)?),
        );
        return Some(Part {
            name: name.to_owned(),
            content,
            filename: None,
            content_type: None,
        });
    };
    check_keys(table, &[PART], "a part", problems);
    let mut text = |key: &str| {
        let node = table.get(key)?;
        Some(Spanned::new(&node.span, node.template(problems)?))
    };
    let filename = text("filename");
    let content_type = text("content_type");
    Some(Part {
        name: name.to_owned(),
        content: content(node, table, problems)?,
        filename,
        content_type,
    })
}

fn content(node: &Node, table: &Table, problems: &mut Problems) -> Option<Spanned<PartContent>> {
    let written: Vec<_> = ["file", "text", "json"]
        .into_iter()
        .filter_map(|key| Some((key, table.get(key)?)))
        .collect();
    let [(key, value)] = written.as_slice() else {
        if written.is_empty()
            && table
                .iter()
                .any(|(key, _)| !PART.iter().any(|known| known.name == key))
        {
            return None; // what is misspelt is told already
        }
        let problem = Diagnostic::error(&node.span, "a part has one of `file`, `text` and `json`");
        return problems.refuse(problem);
    };
    let content = match *key {
        "file" => PartContent::File(value.template(problems)?),
        "text" => PartContent::Text(value.scalar_template(problems)?),
        _ => PartContent::Json(value.document(problems)?),
    };
    Some(Spanned::new(&value.span, content))
}
