//! Writing JSON: compact for the wire, pretty for people; members in their order, numbers in their digits.

use std::fmt::{self, Write as _};

use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};

use super::{Number, Value};

impl Value {
    /// The document as compact JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut out = String::new();
        self.write(&mut out, None);
        out
    }

    /// The document as JSON with two spaces a level.
    #[must_use]
    pub fn to_json_pretty(&self) -> String {
        let mut out = String::new();
        self.write(&mut out, Some(0));
        out
    }

    /// Appends the document; `indent` is the level that a pretty form is at.
    fn write(&self, out: &mut String, indent: Option<usize>) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            Self::Number(number) => {
                // A text takes whatever is written to it.
                let _written = write!(out, "{number}");
            }
            Self::String(text) => write_string(out, text),
            Self::Array(items) => {
                let list = Brackets {
                    open: '[',
                    close: ']',
                    indent,
                };
                list.write(out, items.iter(), |out, item, indent| {
                    item.write(out, indent);
                });
            }
            Self::Object(members) => {
                let list = Brackets {
                    open: '{',
                    close: '}',
                    indent,
                };
                list.write(out, members.iter(), |out, (name, value), indent| {
                    write_string(out, name);
                    out.push_str(if indent.is_some() { ": " } else { ":" });
                    value.write(out, indent);
                });
            }
        }
    }
}

struct Brackets {
    open: char,
    close: char,
    indent: Option<usize>,
}

impl Brackets {
    fn write<T>(
        &self,
        out: &mut String,
        items: impl Iterator<Item = T>,
        write: impl Fn(&mut String, T, Option<usize>),
    ) {
        let inner = self.indent.map(|level| level + 1);
        let mut empty = true;
        out.push(self.open);
        for item in items {
            if !empty {
                out.push(',');
            }
            empty = false;
            break_line(out, inner);
            write(out, item, inner);
        }
        if !empty {
            break_line(out, self.indent);
        }
        out.push(self.close);
    }
}

fn break_line(out: &mut String, indent: Option<usize>) {
    if let Some(level) = indent {
        out.push('\n');
        out.extend(std::iter::repeat_n("  ", level));
    }
}

/// Appends a text as a JSON string, with only the escapes that JSON asks for.
fn write_string(out: &mut String, text: &str) {
    out.push('"');
    let mut rest = text;
    // Most texts have nothing to escape and are copied in one piece.
    while let Some(at) = rest
        .bytes()
        .position(|byte| byte < b' ' || byte == b'"' || byte == b'\\')
    {
        let (before, after) = rest.split_at(at);
        let mut characters = after.chars();
        out.push_str(before);
        characters
            .next()
            .into_iter()
            .for_each(|character| escape(out, character));
        rest = characters.as_str();
    }
    out.push_str(rest);
    out.push('"');
}

fn escape(out: &mut String, character: char) {
    match character {
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        '\u{0}'..='\u{1F}' => {
            out.push_str("\\u00");
            let code = u32::from(character);
            out.extend(
                [code >> 4, code & 15]
                    .iter()
                    .filter_map(|digit| char::from_digit(*digit, 16)),
            );
        }
        quote_or_backslash => out.extend(['\\', quote_or_backslash]),
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_json())
    }
}

impl Serialize for Number {
    /// In the written digits: `serde_json` writes a raw value as it stands.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let raw = serde_json::value::RawValue::from_string(self.to_string())
            .map_err(serde::ser::Error::custom)?;
        raw.serialize(serializer)
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Number(number) => number.serialize(serializer),
            Self::String(text) => serializer.serialize_str(text),
            Self::Array(items) => {
                let mut list = serializer.serialize_seq(Some(items.len()))?;
                for item in items {
                    list.serialize_element(item)?;
                }
                list.end()
            }
            Self::Object(members) => {
                let mut map = serializer.serialize_map(Some(members.len()))?;
                for (name, value) in members {
                    map.serialize_entry(name, value)?;
                }
                map.end()
            }
        }
    }
}
