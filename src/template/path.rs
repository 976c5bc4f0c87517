//! Members and indexes, and the most frequent expression: a name with nothing but those.

use std::borrow::Cow;

use super::fault::Fault;
use super::scan::{Kind, Token};
use crate::suggest::did_you_mean;
use crate::value::Value;

/// `name.member[0]['other']`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NamePath {
    pub(super) name: String,
    steps: Vec<Step>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Step {
    key: Key,
    /// The path up to here, as written in plain form.
    so_far: String,
}

/// A member or an index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Key {
    Member(String),
    /// Negative ones count from the end.
    Index(i64),
}

/// Why a path leads to nothing.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Missing {
    pub(super) message: String,
    /// A suggestion; it quotes names of the document.
    pub(super) hint: Option<String>,
}

impl NamePath {
    /// The path, where the tokens are one and nothing else.
    pub(super) fn read(tokens: &[Token<'_>]) -> Option<Self> {
        Self::read_front(tokens)
            .filter(|(_, rest)| rest.is_empty())
            .map(|(path, _)| path)
    }

    /// The path that the tokens start with, and what is left of them.
    pub(super) fn read_front<'a, 't>(tokens: &'a [Token<'t>]) -> Option<(Self, &'a [Token<'t>])> {
        let (first, mut rest) = tokens.split_first()?;
        let mut path = Self {
            name: first.text.to_owned(),
            steps: Vec::new(),
        };
        if first.kind != Kind::Name {
            return None;
        }
        while let Some((key, after)) = key(rest) {
            let before = path
                .steps
                .last()
                .map_or(path.name.as_str(), |step| &step.so_far);
            let so_far = match &key {
                Key::Member(name) if super::is_name(name) => format!("{before}.{name}"),
                Key::Member(name) => format!("{before}['{name}']"),
                Key::Index(index) => format!("{before}[{index}]"),
            };
            path.steps.push(Step { key, so_far });
            rest = after;
        }
        Some((path, rest))
    }

    /// Whether it is a name alone.
    pub(super) fn is_plain(&self) -> bool {
        self.steps.is_empty()
    }

    /// What stands at the path in the value that its name is bound to.
    pub(super) fn walk(&self, root: &Value) -> Result<Value, Missing> {
        let mut at = Cow::Borrowed(root);
        let mut so_far = &self.name;
        for step in &self.steps {
            at = take(at, &step.key).map_err(|holder| missing(so_far, &holder, &step.key))?;
            so_far = &step.so_far;
        }
        Ok(at.into_owned())
    }
}

impl Missing {
    /// The fault; the hint quotes names of the document.
    pub(super) fn into_fault(self) -> Fault {
        let plain = self.message.clone();
        Fault::new(self.message).with_hint(self.hint).quoting(plain)
    }
}

/// The part of a value that a key leads to: a member, an item, or a character; else the value is given back.
pub(super) fn take<'v>(value: Cow<'v, Value>, key: &Key) -> Result<Cow<'v, Value>, Cow<'v, Value>> {
    match (&*value, key) {
        (Value::String(text), Key::Index(index)) => {
            let character =
                position(*index, text.chars().count()).and_then(|at| text.chars().nth(at));
            character
                .map(|character| Cow::Owned(Value::from(character.to_string())))
                .ok_or(value)
        }
        _ => match value {
            Cow::Borrowed(value) => key.of(value).map(Cow::Borrowed).ok_or(Cow::Borrowed(value)),
            Cow::Owned(value) => key
                .of(&value)
                .cloned()
                .map(Cow::Owned)
                .ok_or(Cow::Owned(value)),
        },
    }
}

/// Why a key leads to nothing in the value that stands at `path`.
pub(super) fn missing(path: &str, holder: &Value, key: &Key) -> Missing {
    match (holder, key) {
        (Value::Object(members), Key::Member(name)) => {
            let hint = did_you_mean(name, members.keys().map(String::as_str));
            Missing {
                message: format!("`{path}` has no member `{name}`"),
                hint,
            }
        }
        (Value::Array(items), Key::Index(index)) => {
            let count = items.len();
            let items = if count == 1 { "item" } else { "items" };
            Missing {
                message: format!("`{path}` has {count} {items}, there is no `[{index}]`"),
                hint: None,
            }
        }
        (holder, key) => {
            let what = if matches!(key, Key::Member(_)) {
                "members"
            } else {
                "items"
            };
            let hint = matches!((holder, key), (Value::Array(_), Key::Member(_))).then(|| {
                "`[0]` is the first item, `| map(attribute='…')` takes a member of each".to_owned()
            });
            Missing {
                message: format!(
                    "`{path}` is {}, it has no {what}",
                    holder.kind().with_article()
                ),
                hint,
            }
        }
    }
}

/// What stands at an attribute of an item: `a`, `a.b`, `a.0`; `name` is what the item is called.
pub(super) fn attribute<'v>(
    item: &'v Value,
    attribute: &str,
    name: impl Fn() -> String,
) -> Result<Cow<'v, Value>, Missing> {
    let mut at = Cow::Borrowed(item);
    for (depth, step) in attribute.split('.').enumerate() {
        let index = step
            .parse::<i64>()
            .ok()
            .filter(|_| matches!(*at, Value::Array(_)));
        let key = index.map_or_else(|| Key::Member(step.to_owned()), Key::Index);
        let so_far = || {
            std::iter::once(name().as_str())
                .chain(attribute.split('.').take(depth))
                .collect::<Vec<_>>()
                .join(".")
        };
        at = take(at, &key).map_err(|holder| missing(&so_far(), &holder, &key))?;
    }
    Ok(at)
}

impl Key {
    fn of<'a>(&self, value: &'a Value) -> Option<&'a Value> {
        match self {
            Self::Member(name) => value.get(name),
            Self::Index(index) => match value {
                Value::Array(items) => items.get(position(*index, items.len())?),
                // A group of `groupby` is also a pair.
                Value::Object(members) if members.len() == 2 && members.contains_key("grouper") => {
                    members
                        .get_index(usize::try_from(*index).ok()?)
                        .map(|(_, member)| member)
                }
                _ => None,
            },
        }
    }
}

fn position(index: i64, length: usize) -> Option<usize> {
    match usize::try_from(index) {
        Ok(index) => Some(index),
        Err(_) => length.checked_sub(usize::try_from(index.unsigned_abs()).ok()?),
    }
}

/// Reads `.name`, `.0`, `[0]`, `[-1]` or `['name']` at the front.
fn key<'a, 't>(tokens: &'a [Token<'t>]) -> Option<(Key, &'a [Token<'t>])> {
    let index =
        |token: &Token<'_>| (token.kind == Kind::Number).then(|| token.text.parse::<i64>().ok())?;
    match tokens {
        [dot, key, rest @ ..] if dot.is(".") => {
            let member = (key.kind == Kind::Name).then(|| Key::Member(key.text.to_owned()));
            Some((member.or_else(|| index(key).map(Key::Index))?, rest))
        }
        [open, minus, key, close, rest @ ..] if open.is("[") && minus.is("-") && close.is("]") => {
            Some((Key::Index(-index(key)?), rest))
        }
        [open, key, close, rest @ ..] if open.is("[") && close.is("]") => {
            let member = key.plain_string().map(|name| Key::Member(name.to_owned()));
            Some((member.or_else(|| index(key).map(Key::Index))?, rest))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::scan::tokens;
    use crate::value::parse;

    fn walk(source: &str) -> Result<String, String> {
        let root = parse(r#"{"id":1.10,"items":[{"n":"é!"},null],"a b":true}"#).unwrap();
        let path = NamePath::read(&tokens(source)).unwrap();
        path.walk(&root)
            .map(|value| value.to_json())
            .map_err(|missing| missing.message)
    }

    #[test]
    fn members_and_indexes_are_walked() {
        for (source, value) in [
            ("x.id", "1.10"),
            ("x.items[0].n", "\"é!\""),
            ("x.items.0['n'][1]", "\"!\""),
            ("x['items'][-1]", "null"),
            ("x['a b']", "true"),
        ] {
            assert_eq!(walk(source).unwrap(), value, "{source}");
        }
    }

    #[test]
    fn what_is_not_there_is_named() {
        for (source, message) in [
            ("x.ids", "`x` has no member `ids`"),
            ("x.items[2]", "`x.items` has 2 items, there is no `[2]`"),
            ("x.items[-3]", "`x.items` has 2 items, there is no `[-3]`"),
            ("x.items[1].n", "`x.items[1]` is null, it has no members"),
            ("x['a b'].n", "`x['a b']` is a boolean, it has no members"),
            ("x.id[0]", "`x.id` is a number, it has no items"),
            (
                "x.items[0].n[9]",
                "`x.items[0].n` is a string, it has no items",
            ),
        ] {
            assert_eq!(walk(source).unwrap_err(), message, "{source}");
        }
        assert_eq!(
            NamePath::read(&tokens("x.ids"))
                .unwrap()
                .walk(&parse(r#"{"id":1}"#).unwrap())
                .unwrap_err()
                .hint
                .unwrap(),
            "did you mean `id`?"
        );
    }

    #[test]
    fn other_expressions_are_no_paths() {
        for source in [
            "", "1", "'a'", "a + b", "a.b()", "a[b]", "a[0:1]", "a['\\n']", "-a", "a b", "a[1.5]",
            "(a)",
        ] {
            assert_eq!(NamePath::read(&tokens(source)), None, "{source}");
        }
    }
}
