//! The filters for strings.

use super::attribute::attribute_value;
use super::call::{Builtin, Call, elements, text};
use super::fault::Fault;
use super::item::Item;
use crate::value::Value;

type Made = Result<Item<'static>, Fault>;

/// The filter of that name.
pub(super) fn find(name: &str) -> Option<Builtin<Item<'static>>> {
    Some(match name {
        "capitalize" => Builtin::new(&[], 0, |call| {
            Ok(Item::from(capitalized(&call.subject_text()?)))
        }),
        "e" | "escape" => Builtin::new(&[], 0, escape),
        "indent" => Builtin::new(&["width", "first", "blank"], 0, indent),
        "join" => Builtin::new(&["d", "attribute"], 0, join),
        "lines" => Builtin::new(&[], 0, |call| Ok(array(call.subject_text()?.lines()))),
        "lower" => Builtin::new(&[], 0, |call| {
            call.made(call.subject_text()?.to_lowercase())
        }),
        "replace" => Builtin::new(&["from", "to", "count"], 2, replace),
        "safe" => Builtin::new(&[], 0, |call| call.made(call.subject_text()?.into_owned())),
        "split" => Builtin::new(&["split", "maxsplits"], 0, split),
        "string" => Builtin::new(&[], 0, |call| call.made(text(call.subject)?)),
        "title" => Builtin::new(&[], 0, |call| call.made(title(&call.subject_text()?))),
        "trim" => Builtin::new(&["chars"], 0, trim),
        "upper" => Builtin::new(&[], 0, |call| {
            call.made(call.subject_text()?.to_uppercase())
        }),
        _ => return None,
    })
}

fn array<'t>(parts: impl Iterator<Item = &'t str>) -> Item<'static> {
    Item::from(Value::Array(parts.map(Value::from).collect()))
}

fn capitalized(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next().into_iter().flat_map(char::to_uppercase);
    first
        .chain(characters.as_str().to_lowercase().chars())
        .collect()
}

/// Every word with a capital letter first; words end at spaces and punctuation.
fn title(text: &str) -> String {
    let mut starts = true;
    let mut written = String::with_capacity(text.len());
    for character in text.chars() {
        if starts {
            written.extend(character.to_uppercase());
        } else {
            written.extend(character.to_lowercase());
        }
        starts = character.is_whitespace() || character.is_ascii_punctuation() && character != '\'';
    }
    written
}

/// Without what HTML reads as markup.
fn escape(call: &Call<'_>) -> Made {
    let mut escaped = String::new();
    for character in call.subject_text()?.chars() {
        match character {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#x27;"),
            '/' => escaped.push_str("&#x2f;"),
            other => escaped.push(other),
        }
    }
    call.made(escaped)
}

/// Each line but the first moved to the right.
fn indent(call: &Call<'_>) -> Made {
    let width = call.count("width")?.unwrap_or(4);
    let (first, blank) = (call.flag("first")?, call.flag("blank")?);
    let text = call.subject_text()?;
    let text = text
        .strip_suffix('\n')
        .map_or(&*text, |text| text.strip_suffix('\r').unwrap_or(text));
    call.run
        .spend_bytes(width.saturating_mul(text.split('\n').count()))?;
    let space = " ".repeat(width);
    let mut indented = String::with_capacity(text.len());
    for (index, line) in text.split('\n').enumerate() {
        if index > 0 {
            indented.push('\n');
        }
        let is_blank = line.is_empty() || line == "\r";
        if (index > 0 || first) && (blank || !is_blank) {
            indented.push_str(&space);
        }
        indented.push_str(line);
    }
    call.made(indented)
}

/// The items in one text, with another one between them.
fn join(call: &Call<'_>) -> Made {
    let between = call.text("d")?.unwrap_or_default();
    let items = elements(call.subject, "join")?;
    call.run.spend(items.len())?;
    call.run
        .spend_bytes(between.len().saturating_mul(items.len()))?;
    let mut joined = String::new();
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            joined.push_str(between);
        }
        let part = match call.argument("attribute") {
            Some(path) => text(&*attribute_value(item, path, (call.source, index))?)?,
            None => text(item)?,
        };
        call.run.spend_bytes(part.len())?;
        joined.push_str(&part);
    }
    Ok(Item::from(joined))
}

fn replace(call: &Call<'_>) -> Made {
    let subject = call.subject_text()?;
    let (from, to) = (text(call.required("from")?)?, text(call.required("to")?)?);
    let found = subject
        .matches(from.as_str())
        .count()
        .min(call.count("count")?.unwrap_or(usize::MAX));
    call.run.spend_bytes(found.saturating_mul(to.len()))?;
    call.made(subject.replacen(from.as_str(), &to, found))
}

/// The parts between a text, or between spaces.
fn split(call: &Call<'_>) -> Made {
    let subject = call.subject_text()?;
    call.run.spend_bytes(subject.len())?;
    let most = call
        .integer("maxsplits")?
        .and_then(|most| usize::try_from(most).ok());
    Ok(match (call.text("split")?, most) {
        (Some(""), _) => return Err(Fault::new("argument `split` of `split` is empty")),
        (Some(between), Some(most)) => array(subject.splitn(most.saturating_add(1), between)),
        (Some(between), None) => array(subject.split(between)),
        (None, None) => array(subject.split_whitespace()),
        (None, Some(most)) => {
            let mut parts = Vec::new();
            let mut rest = subject.trim_start();
            while parts.len() < most && !rest.is_empty() {
                let (part, after) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
                parts.push(part);
                rest = after.trim_start();
            }
            array(parts.into_iter().chain((!rest.is_empty()).then_some(rest)))
        }
    })
}

fn trim(call: &Call<'_>) -> Made {
    let subject = call.subject_text()?;
    let trimmed = match call.text("chars")? {
        Some(characters) => subject.trim_matches(|character| characters.contains(character)),
        None => subject.trim(),
    };
    call.made(trimmed.to_owned())
}
