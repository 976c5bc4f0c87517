//! `rows`: read before anything is sent where they can be.

use std::sync::Arc;

use crate::source::Diagnostic;
use crate::syntax::{self, Problems, Spanned};
use crate::template::{Document, Template};
use crate::value::{Object, Value, parse_unambiguous};

use super::files::Files;
use crate::event::Part;

/// The rows of a request or of a collection.
#[derive(Debug, Clone)]
pub enum Rows {
    /// Known now.
    Fixed(Vec<Arc<Value>>),
    /// Lines of a CSV file.
    Table(Table),
    /// Written with placeholders, which are filled when the request's turn comes.
    Documents(Vec<Document>),
    /// A list that an expression gives then.
    Expression(Template),
    /// A file that cannot be read, which is told: what its columns are is not known.
    Lost,
}

/// Lines of a CSV file, close together: a row is made of one when its turn comes.
#[derive(Debug, Clone)]
pub struct Table {
    columns: Vec<String>,
    /// The fields of all lines, one behind the other.
    text: String,
    /// Where each field ends.
    ends: Vec<usize>,
}

impl Table {
    /// How many rows there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len() / self.columns.len().max(1)
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The rows, in order; every value is a text.
    pub fn iter(&self) -> impl Iterator<Item = Value> {
        let mut start = 0;
        self.ends
            .chunks(self.columns.len().max(1))
            .map(move |ends| {
                let members = self.columns.iter().zip(ends).map(|(name, end)| {
                    let field = self.text.get(start..*end).unwrap_or_default();
                    start = *end;
                    (name.clone(), Value::from(field))
                });
                Value::Object(members.collect::<Object>())
            })
    }
}

impl Rows {
    /// How many there are, where that is known before the run.
    #[must_use]
    pub fn count(&self) -> Option<usize> {
        match self {
            Self::Fixed(rows) => Some(rows.len()),
            Self::Table(table) => Some(table.len()),
            Self::Documents(rows) => Some(rows.len()),
            Self::Expression(_) | Self::Lost => None,
        }
    }

    /// The columns that every row has, where they are known: a name in an expression may be one of them.
    pub(super) fn columns(&self) -> Vec<String> {
        let names = |object: Vec<&String>| object.into_iter().cloned().collect::<Vec<_>>();
        let columns: Vec<Vec<String>> = match self {
            Self::Fixed(rows) => rows
                .iter()
                .map(|row| {
                    row.as_object()
                        .map(|row| names(row.keys().collect()))
                        .unwrap_or_default()
                })
                .collect(),
            Self::Documents(rows) => rows
                .iter()
                .map(|row| match row {
                    Document::Object(members) => names(members.keys().collect()),
                    Document::Literal(value) => value
                        .as_object()
                        .map(|row| names(row.keys().collect()))
                        .unwrap_or_default(),
                    _ => Vec::new(),
                })
                .collect(),
            Self::Table(table) => vec![table.columns.clone()],
            Self::Expression(_) | Self::Lost => Vec::new(),
        };
        columns
            .into_iter()
            .flatten()
            .collect::<indexmap::IndexSet<_>>()
            .into_iter()
            .collect()
    }
}

/// Reads what can be read now. In setup and teardown, no rows mean that there is nothing to do.
pub(super) fn resolve(
    rows: &Spanned<syntax::Rows>,
    part: Part,
    files: &Files<'_>,
    problems: &mut Problems,
) -> Rows {
    let resolved = read(rows, files, problems);
    if part == Part::Request && resolved.count() == Some(0) {
        let file = if let syntax::Rows::File(path) = &rows.value {
            format!("`{path}` has ")
        } else {
            String::new()
        };
        problems.push(
            Diagnostic::error(
                &rows.span,
                format!("{file}no rows, so no requests would be sent"),
            )
            .certain(),
        );
        return Rows::Lost;
    }
    resolved
}

fn read(rows: &Spanned<syntax::Rows>, files: &Files<'_>, problems: &mut Problems) -> Rows {
    match &rows.value {
        syntax::Rows::Expression(template) => Rows::Expression(template.clone()),
        syntax::Rows::Inline(documents) => {
            let fixed = documents.iter().map(|row| {
                if let Document::Literal(value) = row {
                    Some(Arc::clone(value))
                } else {
                    None
                }
            });
            let fixed: Option<Vec<_>> = fixed.collect();
            fixed.map_or_else(|| Rows::Documents(documents.clone()), Rows::Fixed)
        }
        syntax::Rows::File(path) => {
            let read = files
                .text(path, &rows.span.file)
                .and_then(|text| of_file(path, &text));
            read.unwrap_or_else(|reason| {
                problems.push(Diagnostic::error(&rows.span, reason).certain());
                Rows::Lost
            })
        }
    }
}

fn of_file(path: &str, text: &str) -> Result<Rows, String> {
    of_text(path, text).map_err(|reason| format!("`{path}`: {reason}"))
}

/// The rows of the content of a file, by its ending.
fn of_text(path: &str, text: &str) -> Result<Rows, String> {
    let text = text.trim_start_matches('\u{feff}');
    let ending = path.rsplit('.').next().unwrap_or_default().to_lowercase();
    let rows: Vec<Value> = match ending.as_str() {
        "csv" => return table(text, b',').map(Rows::Table),
        "tsv" => return table(text, b'\t').map(Rows::Table),
        "json" => match parse_unambiguous(text).map_err(|error| error.to_string())? {
            Value::Array(rows) => rows,
            other => {
                return Err(format!(
                    "expected an array of rows, found {}",
                    other.kind().with_article()
                ));
            }
        },
        "jsonl" | "ndjson" => {
            let lines = text
                .lines()
                .enumerate()
                .filter(|(_, line)| !line.trim().is_empty());
            let rows = lines.map(|(at, line)| {
                parse_unambiguous(line).map_err(|error| {
                    format!(
                        "{} at line {} column {}",
                        error.message,
                        at + 1,
                        error.column
                    )
                })
            });
            rows.collect::<Result<_, _>>()?
        }
        _ => {
            return Err("rows are read from `.csv`, `.tsv`, `.json` and `.jsonl` files".to_owned());
        }
    };
    Ok(Rows::Fixed(rows.into_iter().map(Arc::new).collect()))
}

/// The first line names the columns.
fn table(text: &str, delimiter: u8) -> Result<Table, String> {
    // The library would take the rest of the file for one field.
    if let Some(line) = open_quote(text, delimiter) {
        return Err(format!("line {line} opens a quote that is never closed"));
    }
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .from_reader(text.as_bytes());
    let columns: Vec<_> = reader
        .headers()
        .map_err(|error| told(&error))?
        .iter()
        .map(|name| name.trim().to_owned())
        .collect();
    if let (b',', [column]) = (delimiter, columns.as_slice())
        && column.contains([';', '\t'])
    {
        let shown = column.escape_debug();
        return Err(format!(
            "the first line has one column, `{shown}`: separate the fields with commas, in a `.tsv` file with tabs"
        ));
    }
    let mut seen = indexmap::IndexSet::new();
    if let Some(twice) = columns.iter().find(|name| !seen.insert(name.as_str())) {
        return Err(format!("the column `{twice}` appears twice"));
    }
    let mut table = Table {
        columns,
        text: String::with_capacity(text.len()),
        ends: Vec::new(),
    };
    let mut record = csv::StringRecord::new();
    while reader
        .read_record(&mut record)
        .map_err(|error| told(&error))?
    {
        for field in &record {
            table.text.push_str(field);
            table.ends.push(table.text.len());
        }
    }
    Ok(table)
}

/// The line of a quote that is not closed. A quote opens where a field begins; doubled, it is one inside of the field.
fn open_quote(text: &str, delimiter: u8) -> Option<usize> {
    let (mut line, mut at_start, mut open) = (1, true, None);
    let mut bytes = text.bytes().peekable();
    while let Some(byte) = bytes.next() {
        line += usize::from(byte == b'\n');
        open = match (byte, open) {
            (b'"', Some(_)) if bytes.next_if_eq(&b'"').is_none() => None,
            (b'"', None) if at_start => Some(line),
            (_, open) => open,
        };
        at_start = open.is_none() && (byte == delimiter || byte == b'\n' || byte == b'\r');
    }
    open
}

/// The library's errors in our words.
fn told(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::UnequalLengths {
            pos: Some(place),
            expected_len,
            len,
        } => {
            let fields = if *len == 1 {
                "1 field".to_owned()
            } else {
                format!("{len} fields")
            };
            format!(
                "line {} has {fields}, and the first line names {expected_len} columns",
                place.line()
            )
        }
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_csv_are_texts_and_of_json_what_they_are() {
        let Ok(Rows::Table(table)) = of_text("a.csv", "id,name\n007,\"a, b\"\n,é\n") else {
            panic!("a table")
        };
        let rows: Vec<_> = table.iter().map(|row| row.to_json()).collect();
        assert_eq!(
            rows,
            [r#"{"id":"007","name":"a, b"}"#, r#"{"id":"","name":"é"}"#]
        );
        assert_eq!((table.len(), table.is_empty()), (2, false));
        assert_eq!(
            of_text("a.jsonl", "1.10\n\n{\"a\":2}\n").unwrap().count(),
            Some(2)
        );
        assert_eq!(of_text("a.tsv", "id\tname\n").unwrap().count(), Some(0));
        let one = "the first line has one column, `id;x`: separate the fields with commas, in a `.tsv` file with tabs";
        assert_eq!(of_text("a.csv", "id;x\n1;2\n").unwrap_err(), one);
        assert!(
            of_text("a.csv", "id, id\n1,2\n")
                .unwrap_err()
                .contains("twice")
        );
        assert_eq!(
            of_text("a.csv", "id,x\n1,2\n1\n").unwrap_err(),
            "line 3 has 1 field, and the first line names 2 columns"
        );
        let open = "line 3 opens a quote that is never closed";
        assert_eq!(
            of_text("a.csv", "id,x\n1,\"a\"\"\nb\"\n2,\"c\n3,d\n").unwrap_err(),
            open.replace('3', "4")
        );
        assert_eq!(of_text("a.csv", "id,x\n1,a\"b\n\"2,c\n").unwrap_err(), open);
        assert_eq!(
            of_text("a.csv", "id,x\n\"1\",\"a,\"\"b\"\"\"\n2,a\"b\"c\n3,\"\"\n")
                .unwrap()
                .count(),
            Some(3)
        );
        assert!(of_text("a.yaml", "").unwrap_err().contains(".csv"));
        assert!(of_text("a.json", "{}").unwrap_err().contains("an array"));
        let twice = "the member `id` appears twice in its object at line 2 column 10";
        for (path, text) in [
            ("a.json", "[{\"id\": 1},\n{\"id\": 1,\"id\": 2}]"),
            ("a.jsonl", "{\"id\": 1}\n{\"id\": 1,\"id\": 2}\n"),
        ] {
            assert_eq!(of_text(path, text).unwrap_err(), twice, "{path}");
        }
    }
}
