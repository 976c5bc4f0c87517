//! Documents: what a JSON or TOML value is here, with numbers kept digit for digit.
//!
//! Everything that is sent, received, captured or compared is a [`Value`]. `serde_json`'s own value cannot be it:
//! without `arbitrary_precision` it loses digits, with it numbers become maps inside other libraries and `1 == 1.0`
//! is false. So the type is ours, and the conversions to what libraries want live in [`convert`].

mod arithmetic;
pub mod convert;
pub mod diff;
mod number;
mod parse;
mod path;
mod write;

pub use arithmetic::{ArithmeticError, Rounding};
pub use number::Number;
pub use parse::{
    MAX_DEPTH, ParseError, Parsed, duplicates, parse, parse_bytes, parse_faithful,
    parse_unambiguous, parse_with_duplicates,
};
pub use path::{NotAPath, Path, Segment};

use indexmap::IndexMap;

/// The members of an object, whatever they are, in the order in which they were written.
pub type Members<V> = IndexMap<String, V, foldhash::fast::RandomState>;

/// The members of an object.
pub type Object = Members<Value>;

/// A JSON document, or a part of one.
///
/// Equality is JSON's: members in any order, numbers by their mathematical value (`1` equals `1.0`).
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Value {
    /// `null`; TOML has none.
    #[default]
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number, with the digits in which it was written.
    Number(Number),
    /// A text; TOML's dates and times are texts too.
    String(String),
    /// A list.
    Array(Vec<Value>),
    /// An object, members in the order written.
    Object(Object),
}

/// The kind of a [`Value`], for messages and for the `type` operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are JSON's own")]
pub enum Kind {
    Null,
    Boolean,
    Number,
    String,
    Array,
    Object,
}

impl Kind {
    /// The kind's name in JSON's words: `null`, `boolean`, `number`, `string`, `array`, `object`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean => "boolean",
            Self::Number => "number",
            Self::String => "string",
            Self::Array => "array",
            Self::Object => "object",
        }
    }

    /// The name with its article, as a sentence needs it: `a number`, `an array`, `null`.
    #[must_use]
    pub fn with_article(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean => "a boolean",
            Self::Number => "a number",
            Self::String => "a string",
            Self::Array => "an array",
            Self::Object => "an object",
        }
    }
}

impl Value {
    /// What kind of value this is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::Null => Kind::Null,
            Self::Bool(_) => Kind::Boolean,
            Self::Number(_) => Kind::Number,
            Self::String(_) => Kind::String,
            Self::Array(_) => Kind::Array,
            Self::Object(_) => Kind::Object,
        }
    }

    /// The text, if this is one.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        if let Self::String(text) = self {
            Some(text)
        } else {
            None
        }
    }

    /// The boolean, if this is one.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        if let Self::Bool(value) = self {
            Some(*value)
        } else {
            None
        }
    }

    /// The number, if this is one.
    #[must_use]
    pub fn as_number(&self) -> Option<&Number> {
        if let Self::Number(number) = self {
            Some(number)
        } else {
            None
        }
    }

    /// The items, if this is an array.
    #[must_use]
    pub fn as_array(&self) -> Option<&[Value]> {
        if let Self::Array(items) = self {
            Some(items)
        } else {
            None
        }
    }

    /// The members, if this is an object.
    #[must_use]
    pub fn as_object(&self) -> Option<&Object> {
        if let Self::Object(members) = self {
            Some(members)
        } else {
            None
        }
    }

    /// The member of that name, if this is an object that has it.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.as_object()?.get(name)
    }

    /// The value at a path, if there is one.
    #[must_use]
    pub fn at(&self, path: &Path) -> Option<&Value> {
        path.segments()
            .iter()
            .try_fold(self, |value, segment| match segment {
                Segment::Name(name) => value.get(name),
                Segment::Index(index) => value.as_array()?.get(*index),
            })
    }

    /// How the value reads inside other text: texts as they are, booleans and numbers as written, arrays and objects as
    /// compact JSON. `None` for null, which has no text.
    #[must_use]
    pub fn to_text(&self) -> Option<String> {
        match self {
            Self::Null => None,
            Self::String(text) => Some(text.clone()),
            other => Some(other.to_json()),
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::String(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::String(text)
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Number(Number::from(value))
    }
}

impl From<u64> for Value {
    fn from(value: u64) -> Self {
        Self::Number(Number::from(value))
    }
}

impl From<Number> for Value {
    fn from(value: Number) -> Self {
        Self::Number(value)
    }
}

impl From<Vec<Value>> for Value {
    fn from(items: Vec<Value>) -> Self {
        Self::Array(items)
    }
}

impl From<Object> for Value {
    fn from(members: Object) -> Self {
        Self::Object(members)
    }
}
