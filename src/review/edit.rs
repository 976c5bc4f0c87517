//! A path added to the `redact` of a request, with the file's comments and layout kept.

use std::sync::Arc;

use toml_edit::{DocumentMut, InlineTable, Item, Table, TableLike, Value};

use crate::event::Part;
use crate::plan::titles;
use crate::source::File;

/// The text of a collection in which the snapshot of a request redacts one path more.
///
/// # Errors
/// Where the request is not found in the file, or its snapshot is written in a way that cannot be added to.
pub(super) fn redact(
    file: &Arc<File>,
    request: &str,
    path: &str,
    placeholder: &str,
) -> Result<String, String> {
    let mut document: DocumentMut = file
        .text()
        .parse()
        .map_err(|_| "it is no longer valid TOML".to_owned())?;
    let (part, index) =
        place(file, request).ok_or_else(|| format!("the request `{request}` no longer exists"))?;
    let block = block(&mut document, part, index)
        .ok_or_else(|| format!("the request `{request}` cannot be added to"))?;
    add(block, path, placeholder)
        .ok_or_else(|| format!("the snapshot of `{request}` cannot be added to"))?;
    Ok(document.to_string())
}

/// The part of a request, and which of that part it is.
fn place(file: &Arc<File>, request: &str) -> Option<(Part, usize)> {
    let titles = titles(file);
    let (at, (part, _)) = titles
        .iter()
        .enumerate()
        .find(|(_, (_, title))| title == request)?;
    Some((
        *part,
        titles
            .iter()
            .take(at)
            .filter(|(other, _)| other == part)
            .count(),
    ))
}

fn block(document: &mut DocumentMut, part: Part, index: usize) -> Option<&mut dyn TableLike> {
    match document.get_mut(part.name())? {
        Item::ArrayOfTables(blocks) => blocks
            .get_mut(index)
            .map(|table| table as &mut dyn TableLike),
        Item::Value(Value::Array(items)) => items
            .get_mut(index)?
            .as_inline_table_mut()
            .map(|table| table as &mut dyn TableLike),
        _ => None,
    }
}

fn add(block: &mut dyn TableLike, path: &str, placeholder: &str) -> Option<()> {
    let mut dotted = Table::new();
    dotted.set_dotted(true);
    let expect = make_room(
        block.entry("expect").or_insert(Item::Table(dotted)),
        "snapshot",
    )
    .as_table_like_mut()?;
    let snapshot = expect
        .entry("snapshot")
        .or_insert(Item::Value(Value::from(true)));
    if let Item::Value(value @ (Value::Boolean(_) | Value::String(_))) = snapshot {
        let mut table = InlineTable::new();
        if let Some(name) = value.as_str() {
            table.insert("name", Value::from(name));
        }
        // The comment behind the value belongs to what stands there now.
        *table.decor_mut() = value.decor().clone();
        *value = Value::InlineTable(table);
    }
    let table = make_room(snapshot, "redact").as_table_like_mut()?;
    let redact = table
        .entry("redact")
        .or_insert(Item::Value(Value::InlineTable(InlineTable::new())));
    make_room(redact, path)
        .as_table_like_mut()?
        .insert(path, Item::Value(Value::from(placeholder)));
    Some(())
}

/// The space before the closing brace is written as part of the last value, which is to be the last no more.
fn make_room<'a>(item: &'a mut Item, key: &str) -> &'a mut Item {
    if let Item::Value(Value::InlineTable(table)) = &mut *item
        && !table.contains_key(key)
        && let Some((_, last)) = table.iter_mut().last()
        && last
            .decor()
            .suffix()
            .and_then(toml_edit::RawString::as_str)
            .is_some_and(|suffix| suffix.trim_matches(' ').is_empty())
    {
        last.decor_mut().set_suffix("");
    }
    item
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redacted(text: &str, request: &str) -> Result<String, String> {
        redact(&File::new("c.toml", text), request, "$.id", "[id]")
    }

    #[test]
    fn comments_and_layout_stay() {
        let text = "# top\nname = \"c\"   # odd   spaces\n\n[[setup]]\nget = \"/a\"\n\n[[request]] # one\nget = \"/a\"\nexpect.snapshot = true # why\n\n[[request]]\n  name = \"two\"\n  get='/b'\n";
        let one = redacted(text, "GET /a (2)").unwrap();
        assert_eq!(
            one,
            text.replace(
                "= true # why",
                "= { redact = { \"$.id\" = \"[id]\" } } # why"
            )
        );
        let two = redacted(text, "two").unwrap();
        assert_eq!(
            two,
            format!("{text}expect.snapshot = {{ redact = {{ \"$.id\" = \"[id]\" }} }}\n")
        );
        assert!(
            redacted(text, "GET /a")
                .unwrap()
                .contains("[[setup]]\nget = \"/a\"\nexpect.snapshot")
        );
        assert!(redacted(text, "three").is_err());
    }

    #[test]
    fn what_is_written_already_is_added_to() {
        for (before, after) in [
            (
                "expect.snapshot = \"mine\"",
                "expect.snapshot = { name = \"mine\", redact = { \"$.id\" = \"[id]\" } }",
            ),
            (
                "expect.snapshot = { status = true }",
                "expect.snapshot = { status = true, redact = { \"$.id\" = \"[id]\" } }",
            ),
            (
                "expect.snapshot = { redact = { \"$.a\" = \"x\" }, sort = [] }",
                "expect.snapshot = { redact = { \"$.a\" = \"x\", \"$.id\" = \"[id]\" }, sort = [] }",
            ),
            (
                "expect.snapshot.redact.\"$.a\" = \"x\"",
                "expect.snapshot.redact.\"$.a\" = \"x\"\nexpect.snapshot.redact.\"$.id\" = \"[id]\"",
            ),
            (
                "expect = { status = 200 }",
                "expect = { status = 200, snapshot = { redact = { \"$.id\" = \"[id]\" } } }",
            ),
        ] {
            let text = |snapshot: &str| format!("[[request]]\nget = \"/\"\n{snapshot}\n");
            assert_eq!(redacted(&text(before), "GET /").unwrap(), text(after));
        }
    }
}
