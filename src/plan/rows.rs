//! `rows`: read before anything is sent where they can be.

use std::sync::Arc;

use crate::source::Diagnostic;
use crate::syntax::{self, Problems, Spanned};
use crate::template::{Document, Template};
use crate::value::{Object, Value, parse};

use super::files::Files;

/// The rows of a request or of a collection.
#[derive(Debug, Clone)]
pub enum Rows {
    /// Known now.
    Fixed(Vec<Arc<Value>>),
    /// Written with placeholders, which are filled when the request's turn comes.
    Documents(Vec<Document>),
    /// A list that an expression gives then.
    Expression(Template),
}

impl Rows {
    /// The columns that every row has, where they are known: a name in an expression may be one of them.
    pub(super) fn columns(&self) -> Vec<String> {
        let names = |object: Vec<&String>| object.into_iter().cloned().collect::<Vec<_>>();
        let columns: Vec<Vec<String>> = match self {
            Self::Fixed(rows) => {
                rows.iter().map(|row| row.as_object().map(|row| names(row.keys().collect())).unwrap_or_default()).collect()
            }
            Self::Documents(rows) => rows
                .iter()
                .map(|row| match row {
                    Document::Object(members) => names(members.keys().collect()),
                    Document::Literal(value) => value.as_object().map(|row| names(row.keys().collect())).unwrap_or_default(),
                    _ => Vec::new(),
                })
                .collect(),
            Self::Expression(_) => Vec::new(),
        };
        columns.into_iter().flatten().collect::<indexmap::IndexSet<_>>().into_iter().collect()
    }
}

/// Reads what can be read now.
pub(super) fn resolve(rows: &Spanned<syntax::Rows>, files: &Files<'_>, problems: &mut Problems) -> Option<Rows> {
    match &rows.value {
        syntax::Rows::Expression(template) => Some(Rows::Expression(template.clone())),
        syntax::Rows::Inline(documents) => {
            let fixed =
                documents.iter().map(|row| if let Document::Literal(value) = row { Some(Arc::clone(value)) } else { None });
            let fixed: Option<Vec<_>> = fixed.collect();
            Some(fixed.map_or_else(|| Rows::Documents(documents.clone()), Rows::Fixed))
        }
        syntax::Rows::File(path) => {
            let text = match files.text(path, &rows.span.file) {
                Ok(text) => text,
                Err(reason) => return problems.refuse(Diagnostic::error(&rows.span, reason)),
            };
            match of_text(path, &text) {
                Ok(rows) if !rows.is_empty() => Some(Rows::Fixed(rows.into_iter().map(Arc::new).collect())),
                Ok(_) => problems.refuse(Diagnostic::error(&rows.span, format!("`{path}` has no rows: nothing would be sent"))),
                Err(reason) => problems.refuse(Diagnostic::error(&rows.span, format!("`{path}`: {reason}"))),
            }
        }
    }
}

/// The rows of a file's text, by its ending.
fn of_text(path: &str, text: &str) -> Result<Vec<Value>, String> {
    let text = text.trim_start_matches('\u{feff}');
    let ending = path.rsplit('.').next().unwrap_or_default().to_lowercase();
    match ending.as_str() {
        "csv" => csv_rows(text, b','),
        "tsv" => csv_rows(text, b'\t'),
        "json" => match parse(text).map_err(|error| error.to_string())? {
            Value::Array(rows) => Ok(rows),
            other => Err(format!("expected an array of rows, found {}", other.kind().with_article())),
        },
        "jsonl" | "ndjson" => {
            let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
            lines.map(|(at, line)| parse(line).map_err(|error| format!("line {}: {}", at + 1, error.message))).collect()
        }
        _ => Err("rows are read from `.csv`, `.tsv`, `.json` and `.jsonl` files".to_owned()),
    }
}

/// The first line names the columns; every value is a text.
fn csv_rows(text: &str, delimiter: u8) -> Result<Vec<Value>, String> {
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).from_reader(text.as_bytes());
    let names = reader.headers().map_err(|error| error.to_string())?.clone();
    let mut seen = indexmap::IndexSet::new();
    if let Some(twice) = names.iter().find(|name| !seen.insert(name.to_string())) {
        return Err(format!("the column `{twice}` stands twice"));
    }
    let rows = reader.records().map(|record| {
        let record = record.map_err(|error| error.to_string())?;
        let members = names.iter().zip(record.iter()).map(|(name, value)| (name.trim().to_owned(), Value::from(value)));
        Ok(Value::Object(members.collect::<Object>()))
    });
    rows.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_csv_are_texts_and_of_json_what_they_are() {
        assert_eq!(of_text("a.csv", "id,name\n007,\"a, b\"\n").unwrap()[0].to_json(), r#"{"id":"007","name":"a, b"}"#);
        assert_eq!(of_text("a.jsonl", "1.10\n\n{\"a\":2}\n").unwrap().len(), 2);
        assert!(of_text("a.csv", "id,id\n1,2\n").unwrap_err().contains("twice"));
        assert!(of_text("a.csv", "id,x\n1\n").is_err());
        assert!(of_text("a.yaml", "").unwrap_err().contains(".csv"));
        assert!(of_text("a.json", "{}").unwrap_err().contains("an array"));
    }
}
