//! Compiled questions to a response: JSONPath, regex, XPath, CSS.
//!
//! Each is compiled once, from a text in a collection, and then run on documents and responses. Judging what was found is
//! `check`'s; a question only finds.

mod bounds;
mod cookie;
mod css;
mod cursor;
mod header;
mod jsonpath;
mod markup;
mod regex;
mod similar;
mod xpath;

pub use cookie::{COOKIE_ATTRIBUTES, CookiePath};
pub use css::Css;
pub use header::headers;
pub use jsonpath::{JsonPath, quote};
pub use markup::Tree;
pub use regex::Regex;
pub use xpath::{Found, Gives, XPath};

use std::fmt;
use std::ops::Range;

/// Why a text is not a question, and in which bytes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryError {
    /// What is wrong.
    pub message: String,
    /// The bytes of the text that are meant.
    pub range: Range<usize>,
    /// What to do about it.
    pub hint: Option<String>,
}

impl QueryError {
    fn new(range: Range<usize>, message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            range,
            hint: None,
        }
    }

    fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for QueryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for QueryError {}
