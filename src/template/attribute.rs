//! The attribute that a filter takes of each item.

use std::borrow::Cow;

use super::fault::Fault;
use super::item::Item;
use super::path;
use crate::value::Value;

/// What an item of the subject is called in messages.
pub(super) fn item_name(source: &str, index: usize) -> String {
    let is_path = source
        .chars()
        .all(|character| character.is_alphanumeric() || "_.[]'".contains(character));
    if is_path {
        format!("{source}[{index}]")
    } else {
        format!("({source})[{index}]")
    }
}

/// The attribute of an item: a member's name, a path of them, or an index.
pub(super) fn attribute<'v>(
    item: &'v Value,
    attribute: &Value,
    (source, index): (&str, usize),
) -> Result<Item<'v>, Fault> {
    let name = || item_name(source, index);
    let found = match attribute {
        Value::String(path) => path::attribute(item, path, name),
        Value::Number(number) if number.is_integer() => {
            let key = path::Key::Index(number.as_i64().unwrap_or(i64::MAX));
            path::take(Cow::Borrowed(item), &key)
                .map_err(|holder| path::missing(&name(), &holder, &key))
        }
        other => {
            return Err(Fault::new(format!(
                "an attribute is a string, not {}",
                other.kind().with_article()
            )));
        }
    };
    Ok(found.map_or_else(|missing| Item::undefined(missing.into_fault()), Item::Value))
}

/// The value at an attribute, which must be there.
pub(super) fn attribute_value<'v>(
    item: &'v Value,
    path: &Value,
    place: (&str, usize),
) -> Result<Cow<'v, Value>, Fault> {
    attribute(item, path, place)?.value()
}
