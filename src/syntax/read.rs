//! From TOML's text to the tree of nodes.

use std::ops::Range;
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Data, Entry, Node, Problems, Table};
use crate::source::{Diagnostic, File, Span};
use crate::value::Number;

/// Reads a TOML file; what can be read is, and every problem is kept.
pub fn read(file: &Arc<File>, problems: &mut Problems) -> Table {
    let (table, errors) = DeTable::parse_recoverable(file.text());
    for error in errors {
        let range = error.span().unwrap_or_else(|| too_deep(file.text()));
        problems.push_break(problem(file, range, error.message()));
    }
    convert_table(file, table.into_inner())
}

/// The line of a key with too many dots, of which the library does not say where it stands: the last one of the shortest
/// start of the file that it complains of in this way.
fn too_deep(text: &str) -> Range<usize> {
    let lines: Vec<_> =
        text.split_inclusive('\n').scan(0, |end, line| Some((std::mem::replace(end, *end + line.len()), line))).collect();
    let complains = |(start, line): &(usize, &str)| {
        let errors = text.get(..start + line.len()).map(|text| DeTable::parse_recoverable(text).1);
        errors.into_iter().flatten().any(|error| error.span().is_none())
    };
    let at = lines.partition_point(|line| !complains(line));
    lines.get(at).map_or(0..0, |(start, line)| {
        let key = line.trim();
        let start = start + line.len() - line.trim_start().len();
        start..start + key.len()
    })
}

/// The library's messages in one line, with what usually is behind them.
fn problem(file: &Arc<File>, range: Range<usize>, message: &str) -> Diagnostic {
    let span = Span::new(file, range);
    let message = message.lines().map(str::trim).collect::<Vec<_>>().join(", ");
    if message.contains("recursion limit") || message.contains("recursion depth") {
        return Diagnostic::error(&span, "tables and lists nest too deeply here")
            .hint("a body that deep can stand in a file: `json_file`");
    }
    let hint = match message.as_str() {
        "duplicate key" => Some(format!("`{}` stands twice in this block: keep one", span.text())),
        text if text.starts_with("cannot extend value") => Some(
            "a value in `{ }` or of another type is closed: write all of its keys inside it, or all of them dotted".to_owned(),
        ),
        _ if span.text() == "null" => {
            let hint = "what is left out is not there; in a JSON body `\"{{ null }}\"` is null".to_owned();
            return Diagnostic::error(&span, "TOML has no `null`").hint(hint);
        }
        text if text.contains("string values must be quoted") => Some("texts stand in quotes: \"…\"".to_owned()),
        _ => None,
    };
    Diagnostic::error(&span, message).maybe_hint(hint)
}

fn convert_table(file: &Arc<File>, table: DeTable<'_>) -> Table {
    let entries = table.into_iter().map(|(key, value)| {
        let entry = Entry { key: Span::new(file, key.span()), value: convert(file, value) };
        (key.into_inner().into_owned(), entry)
    });
    Table { entries: entries.collect() }
}

fn convert(file: &Arc<File>, value: Spanned<DeValue<'_>>) -> Node {
    let span = Span::new(file, value.span());
    let data = match value.into_inner() {
        DeValue::String(text) => Data::String(text.into_owned()),
        DeValue::Integer(integer) => number(integer.as_str(), integer.radix()),
        DeValue::Float(float) => number(float.as_str(), 10),
        DeValue::Boolean(value) => Data::Bool(value),
        DeValue::Datetime(moment) => Data::Datetime(moment.to_string()),
        DeValue::Array(items) => Data::Array(items.into_iter().map(|item| convert(file, item)).collect()),
        DeValue::Table(table) => Data::Table(convert_table(file, table)),
    };
    Node { span, data }
}

/// TOML's numbers in JSON's spelling; `inf` and `nan`, which JSON has not, stay texts.
fn number(written: &str, radix: u32) -> Data {
    let digits = written.strip_prefix('+').unwrap_or(written);
    let decimal = if radix == 10 {
        Some(digits.to_owned())
    } else {
        i128::from_str_radix(digits, radix).ok().map(|value| value.to_string())
    };
    decimal.as_deref().and_then(Number::parse).map_or_else(|| Data::String(written.to_owned()), Data::Number)
}
