//! A TOML file as a tree in which every key and value knows its place.

use indexmap::IndexSet;

use crate::source::Span;
use crate::value::{Kind, Number, Value};

/// A value as written, and where.
#[derive(Debug, Clone)]
pub struct Node {
    /// Where the value stands.
    pub span: Span,
    /// The value.
    pub data: Data,
}

/// What a value is.
#[derive(Debug, Clone)]
pub enum Data {
    /// A text, escapes resolved.
    String(String),
    /// A number, in its digits.
    Number(Number),
    /// `true` or `false`.
    Bool(bool),
    /// A date, a time, or both, as written.
    Datetime(String),
    /// A list.
    Array(Vec<Node>),
    /// A table.
    Table(Table),
}

/// The entries of a table, in the order written.
///
/// Tables are small, and a table is asked for many keys that it does not have: going through them costs less than hashing.
#[derive(Debug, Clone, Default)]
pub struct Table {
    /// By key; no key stands twice.
    pub entries: Vec<(String, Entry)>,
}

/// A key with its value.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Where the key stands.
    pub key: Span,
    /// The value.
    pub value: Node,
}

impl Table {
    /// The value of a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// The value of a key, and where the key stands.
    #[must_use]
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries
            .iter()
            .find(|(name, _)| name == key)
            .map(|(_, entry)| entry)
    }

    /// Puts a value in the place of the one that its key has, or behind all others.
    pub fn insert(&mut self, key: String, entry: Entry) {
        match self.entries.iter_mut().find(|(name, _)| *name == key) {
            Some((_, known)) => *known = entry,
            None => self.entries.push((key, entry)),
        }
    }

    /// Takes a key's value out.
    pub(super) fn take(&mut self, key: &str) -> Option<Node> {
        self.take_entry(key).map(|entry| entry.value)
    }

    /// Takes a key out, with its value.
    pub fn take_entry(&mut self, key: &str) -> Option<Entry> {
        let at = self.entries.iter().position(|(name, _)| name == key)?;
        Some(self.entries.remove(at).1)
    }

    /// Every key, of the tables in it too.
    #[must_use]
    pub fn keys(&self) -> IndexSet<String> {
        let mut keys = IndexSet::new();
        self.collect_keys(&mut keys);
        keys
    }

    fn collect_keys(&self, keys: &mut IndexSet<String>) {
        for (key, entry) in &self.entries {
            keys.insert(key.clone());
            for node in entry.value.one_or_many() {
                node.as_table()
                    .into_iter()
                    .for_each(|table| table.collect_keys(keys));
            }
        }
    }

    /// The keys with their values, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Entry)> {
        self.entries
            .iter()
            .map(|(key, entry)| (key.as_str(), entry))
    }
}

impl Node {
    /// What the value is, in TOML's words, with an article: `a string`, `an array`, `a table`.
    #[must_use]
    pub fn described(&self) -> &'static str {
        match &self.data {
            Data::Datetime(_) => "a date or time",
            Data::Table(_) => "a table",
            other => other.kind().with_article(),
        }
    }

    /// Whether this is a text that is written without quotes: `inf`, `nan` and numbers that JSON cannot spell are kept so.
    #[must_use]
    pub fn is_bare(&self) -> bool {
        self.as_str().is_some() && !self.span.text().starts_with(['"', '\''])
    }

    /// The text, if this is one.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        if let Data::String(text) = &self.data {
            Some(text)
        } else {
            None
        }
    }

    /// The entries, if this is a table.
    #[must_use]
    pub fn as_table(&self) -> Option<&Table> {
        if let Data::Table(table) = &self.data {
            Some(table)
        } else {
            None
        }
    }

    /// The value as a document: dates become texts, as JSON has none.
    #[must_use]
    pub fn to_value(&self) -> Value {
        match &self.data {
            Data::String(text) | Data::Datetime(text) => Value::String(text.clone()),
            Data::Number(number) => Value::Number(number.clone()),
            Data::Bool(value) => Value::Bool(*value),
            Data::Array(items) => Value::Array(items.iter().map(Self::to_value).collect()),
            Data::Table(table) => Value::Object(
                table
                    .iter()
                    .map(|(key, entry)| (key.to_owned(), entry.value.to_value()))
                    .collect(),
            ),
        }
    }
}

impl Data {
    fn kind(&self) -> Kind {
        match self {
            Self::String(_) | Self::Datetime(_) => Kind::String,
            Self::Number(_) => Kind::Number,
            Self::Bool(_) => Kind::Boolean,
            Self::Array(_) => Kind::Array,
            Self::Table(_) => Kind::Object,
        }
    }
}
