//! Named texts: headers, query parameters, cookies, fields of forms.

use indexmap::IndexMap;

use crate::source::{Diagnostic, Span};
use crate::syntax::{Data, Node, Problems, Spanned, Table, foreign};
use crate::template::Template;

/// Named texts in the order written; a name may have several values.
pub type Fields = IndexMap<String, Field>;

/// A header, query parameter or form field as written.
#[derive(Debug, Clone)]
pub struct Field {
    /// The name as written.
    pub name: String,
    /// Where the name stands.
    pub span: Span,
    /// Its values in order; `None` where `false` drops an inherited one.
    pub values: Option<Vec<Spanned<Template>>>,
}

/// Decodes named texts; `drops` says whether `false` drops an inherited one.
pub(in crate::syntax) fn fields(node: &Node, drops: bool, problems: &mut Problems) -> Fields {
    let Some(table) = node.table("a table of names and values", problems) else {
        return Fields::new();
    };
    let decoded = table.iter().map(|(name, entry)| {
        let values = match &entry.value.data {
            Data::Bool(false) if drops => None,
            Data::Array(items) if drops && items.is_empty() => {
                let problem = Diagnostic::error(
                    &entry.value.span,
                    format!("an empty list sends nothing for `{name}`"),
                );
                let hint = "remove it, or write `false` to remove an inherited or automatic one";
                problems.push(problem.hint(hint));
                None
            }
            _ => Some(
                entry
                    .value
                    .one_or_many()
                    .iter()
                    .filter_map(|node| value(node, problems))
                    .collect(),
            ),
        };
        (
            name.to_owned(),
            Field {
                name: name.to_owned(),
                span: entry.key.clone(),
                values,
            },
        )
    });
    decoded.collect()
}

/// Names of headers know no case, so one of two would be lost.
fn check_twice(headers: Option<&Node>, problems: &mut Problems) {
    let mut seen: IndexMap<String, &Span> = IndexMap::new();
    for (name, entry) in headers
        .and_then(Node::as_table)
        .into_iter()
        .flat_map(Table::iter)
    {
        if let Some(first) = seen.insert(name.to_lowercase(), &entry.key) {
            let problem =
                Diagnostic::error(&entry.key, format!("the header `{name}` appears twice"));
            problems.push(
                problem
                    .related(first, "the first one")
                    .hint("for several lines write a list: `[\"one\", \"two\"]`"),
            );
        }
    }
}

/// The headers, their names in lower case.
pub(super) fn headers(table: &Table, problems: &mut Problems) -> Fields {
    let written = table
        .get("headers")
        .map(|node| fields(node, true, problems))
        .unwrap_or_default();
    let headers: Fields = written
        .into_iter()
        .map(|(name, field)| (name.to_lowercase(), field))
        .collect();
    check_twice(table.get("headers"), problems);
    check_headers(&headers, problems);
    headers
}

/// Checks names and values of headers, and those that are secret as credentials.
fn check_headers(headers: &Fields, problems: &mut Problems) {
    headers
        .values()
        .for_each(|field| check_header(field, problems));
    check_values(headers, problems);
    let secrets = headers
        .iter()
        .filter(|(name, _)| crate::secret::is_secret_header(name));
    let values = secrets.flat_map(|(_, field)| field.values.iter().flatten());
    values.for_each(|value| foreign::check_credential(value, problems));
}

/// Warns of placeholders of other tools.
pub(super) fn check_values(fields: &Fields, problems: &mut Problems) {
    let values = fields
        .values()
        .flat_map(|field| field.values.iter().flatten());
    values.for_each(|value| foreign::check_value(value, problems));
}

/// What can be told of a header before it is sent: its name, and values without placeholders.
fn check_header(field: &Field, problems: &mut Problems) {
    if let Err(error) = crate::http::check_header(&field.name, "") {
        return problems.push(Diagnostic::error(&field.span, error.message));
    }
    for value in field.values.iter().flatten() {
        if let Some(Err(error)) = value
            .literal()
            .map(|text| crate::http::check_header(&field.name, text))
        {
            problems.push(Diagnostic::error(&value.span, error.message));
        }
    }
}

fn value(node: &Node, problems: &mut Problems) -> Option<Spanned<Template>> {
    Some(Spanned::new(&node.span, node.scalar_template(problems)?))
}

pub(super) fn cookies(node: &Node, problems: &mut Problems) -> (Fields, Option<bool>) {
    match node.data {
        Data::Bool(jar) => (Fields::new(), Some(jar)),
        _ => (fields(node, true, problems), None),
    }
}
