//! From TOML's text to the tree of nodes.

use std::ops::Range;
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Data, Entry, Node, Problems, Table};
use crate::source::{Diagnostic, File, Span};
use crate::value::Number;

/// How much of a large file is read at once, in bytes.
const PIECE_SIZE: usize = 64 * 1024;

/// The lists of tables in front of which a file may be cut.
const LISTS: [&str; 3] = ["setup", "request", "teardown"];

/// Reads a TOML file; what can be read is, and every problem is kept.
pub fn read(file: &Arc<File>, problems: &mut Problems) -> Table {
    if let Some(table) = in_pieces(file, PIECE_SIZE) {
        return table;
    }
    let (table, errors) = DeTable::parse_recoverable(file.text());
    for error in errors {
        let range = error.span().unwrap_or_else(|| too_deep(file.text()));
        problems.push_break(problem(file, range, error.message()));
    }
    Piece { file, start: 0 }.table(table.into_inner())
}

/// Whether a text is TOML.
#[must_use]
pub fn is_toml(text: &str) -> bool {
    DeTable::parse_recoverable(text).1.is_empty()
}

/// Reads a large file piece by piece, each a document of its own that begins with `[[request]]` or the like: while it reads,
/// the library holds thirty times what it reads.
///
/// `None` where the file is small or cannot be read so: there is something wrong, or a table that is no request stands
/// behind the first piece. A cut inside of a text or a list leaves a piece that does not end, which is wrong too.
fn in_pieces(file: &Arc<File>, most: usize) -> Option<Table> {
    let text = file.text();
    if text.len() <= most {
        return None;
    }
    let (mut whole, mut start) = (Table::default(), 0);
    while start < text.len() {
        let end = cut(text, start + most);
        let (table, errors) = DeTable::parse_recoverable(text.get(start..end)?);
        if !errors.is_empty() {
            return None;
        }
        let table = Piece { file, start }.table(table.into_inner());
        if start == 0 {
            whole = table;
        } else {
            table
                .entries
                .into_iter()
                .try_for_each(|(key, entry)| append(&mut whole, key, entry))?;
        }
        start = end;
    }
    Some(whole)
}

/// The first place from there on at which a file may be cut, else its end.
fn cut(text: &str, from: usize) -> usize {
    let rest = text.as_bytes().get(from..).unwrap_or_default();
    let lines = memchr::memmem::find_iter(rest, b"\n[[").map(|at| from + at + 1);
    let is_list = |at: &usize| {
        let named = text.get(at + 2..).and_then(|rest| rest.split_once("]]"));
        named.is_some_and(|(name, _)| LISTS.contains(&name))
    };
    lines.into_iter().find(is_list).unwrap_or(text.len())
}

/// Adds the tables of a list to those of earlier pieces.
fn append(whole: &mut Table, key: String, entry: Entry) -> Option<()> {
    if !LISTS.contains(&key.as_str()) {
        return None;
    }
    let Data::Array(items) = entry.value.data else {
        return None;
    };
    let Some((_, known)) = whole.entries.iter_mut().find(|(name, _)| *name == key) else {
        let value = Node {
            data: Data::Array(items),
            ..entry.value
        };
        whole.entries.push((key, Entry { value, ..entry }));
        return Some(());
    };
    let Data::Array(all) = &mut known.value.data else {
        return None;
    };
    // What is written as `request = [ … ]` is closed.
    let before = known.key.file.text().get(..known.key.start)?;
    before
        .trim_end_matches([' ', '\t'])
        .ends_with("[[")
        .then(|| all.extend(items))
}

/// The line of a key with too many dots, of which the library does not say where it stands: the last one of the shortest
/// start of the file that it complains of in this way.
fn too_deep(text: &str) -> Range<usize> {
    let lines: Vec<_> = text
        .split_inclusive('\n')
        .scan(0, |end, line| {
            Some((std::mem::replace(end, *end + line.len()), line))
        })
        .collect();
    let complains = |(start, line): &(usize, &str)| {
        let errors = text
            .get(..start + line.len())
            .map(|text| DeTable::parse_recoverable(text).1);
        errors
            .into_iter()
            .flatten()
            .any(|error| error.span().is_none())
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
    let message = message
        .lines()
        .map(str::trim)
        .collect::<Vec<_>>()
        .join(", ");
    if message.contains("recursion limit") || message.contains("recursion depth") {
        return Diagnostic::error(&span, "tables and lists are nested too deeply here")
            .hint("put such a body in a file: `json_file`");
    }
    let hint = match message.as_str() {
        "duplicate key" => Some(format!("`{}` appears twice in this block: keep one", span.text())),
        text if text.starts_with("cannot extend value") => Some(
            "an inline table `{ }` cannot be extended: write all keys inside it, or all of them dotted".to_owned(),
        ),
        _ if span.text() == "null" => {
            let hint = "leave the key out; in a JSON body `\"{{ null }}\"` is null".to_owned();
            return Diagnostic::error(&span, "TOML has no `null`").hint(hint);
        }
        text if text.contains("string values must be quoted") => Some("strings must be quoted: \"…\"".to_owned()),
        _ => None,
    };
    Diagnostic::error(&span, message).maybe_hint(hint)
}

/// A piece of a file that was read, and where it starts.
struct Piece<'a> {
    file: &'a Arc<File>,
    start: usize,
}

impl Piece<'_> {
    fn span(&self, range: Range<usize>) -> Span {
        Span::new(self.file, self.start + range.start..self.start + range.end)
    }

    fn table(&self, table: DeTable<'_>) -> Table {
        let entries = table.into_iter().map(|(key, value)| {
            let entry = Entry {
                key: self.span(key.span()),
                value: self.node(value),
            };
            (key.into_inner().into_owned(), entry)
        });
        Table {
            entries: entries.collect(),
        }
    }

    fn node(&self, value: Spanned<DeValue<'_>>) -> Node {
        let span = self.span(value.span());
        let data = match value.into_inner() {
            DeValue::String(text) => Data::String(text.into_owned()),
            DeValue::Integer(integer) => number(integer.as_str(), integer.radix()),
            DeValue::Float(float) => number(float.as_str(), 10),
            DeValue::Boolean(value) => Data::Bool(value),
            DeValue::Datetime(moment) => Data::Datetime(moment.to_string()),
            DeValue::Array(items) => {
                Data::Array(items.into_iter().map(|item| self.node(item)).collect())
            }
            DeValue::Table(table) => Data::Table(self.table(table)),
        };
        Node { span, data }
    }
}

/// TOML's numbers in JSON's spelling; `inf` and `nan`, which JSON has not, stay texts.
fn number(written: &str, radix: u32) -> Data {
    let digits = written.strip_prefix('+').unwrap_or(written);
    let decimal = if radix == 10 {
        Some(digits.to_owned())
    } else {
        i128::from_str_radix(digits, radix)
            .ok()
            .map(|value| value.to_string())
    };
    decimal
        .as_deref()
        .and_then(Number::parse)
        .map_or_else(|| Data::String(written.to_owned()), Data::Number)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn whole(text: &str) -> (Table, usize) {
        let file = File::new("a.toml", text);
        let (table, errors) = DeTable::parse_recoverable(file.text());
        (
            Piece {
                file: &file,
                start: 0,
            }
            .table(table.into_inner()),
            errors.len(),
        )
    }

    /// What files are made of, with what makes a cut wrong among it.
    const BLOCKS: [&str; 16] = [
        "name = \"a\"\n",
        "request = [{ get = \"/\" }]\n",
        "request = [\n[[request]]\n]\n",
        "text = \"\"\"\n[[request]]\n\"\"\"\n",
        "[defaults]\ntimeout = \"1s\"\n",
        "[defaults.headers]\na = \"b\"\n",
        "[[setup]]\nget = \"/s\"\n",
        "[[request]]\nget = \"/1\"\nexpect.status = 200\n",
        "[[request]]\r\nget = \"/2\"\r\n",
        "[[request]] # two\npost = \"/3\"\njson = { a = [1, 2.50] }\n",
        "[request.expect]\nstatus = 200\n",
        "[[request.rows]]\na = 1\n",
        "[[teardown]]\ndelete = \"/t\"\n",
        "[[ request ]]\nget = \"/4\"\n",
        "[request]\n",
        "get = \"\n",
    ];

    /// Whether pieces of that size are what the whole is.
    fn agrees(blocks: &[usize], most: usize) -> Result<(), TestCaseError> {
        let text: String = blocks.iter().map(|at| BLOCKS[*at]).collect();
        let (table, errors) = whole(&text);
        match in_pieces(&File::new("a.toml", text.as_str()), most) {
            Some(pieces) => {
                prop_assert_eq!(errors, 0, "{}", text);
                prop_assert_eq!(format!("{pieces:?}"), format!("{table:?}"));
            }
            // Without anything wrong, requests alone behind the first piece are no reason to read the whole.
            None => prop_assert!(
                errors > 0 || text.len() <= most || blocks.iter().any(|at| !(6..=9).contains(at)),
                "{text}"
            ),
        }
        Ok(())
    }

    #[test]
    fn a_short_file_in_pieces_is_what_it_is_as_a_whole() {
        let blocks = 0..BLOCKS.len();
        for first in blocks.clone() {
            for second in blocks.clone() {
                blocks
                    .clone()
                    .for_each(|third| agrees(&[first, second, third], 1).unwrap());
            }
        }
    }

    proptest! {
        #[test]
        fn a_file_in_pieces_is_what_it_is_as_a_whole(blocks in prop::collection::vec(0..BLOCKS.len(), 4..12), most in 1_usize..80) {
            agrees(&blocks, most)?;
        }
    }
}
