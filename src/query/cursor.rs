//! Going through the text of a question.

use std::ops::Range;

use super::QueryError;

/// What a part of a text was read as, or why it was not.
pub(super) type Step<T> = Result<T, QueryError>;

/// A place in a text.
#[derive(Debug)]
pub(in crate::query) struct Cursor<'a> {
    pub(in crate::query) text: &'a str,
    pub(in crate::query) at: usize,
}

impl<'a> Cursor<'a> {
    pub(in crate::query) fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    pub(in crate::query) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(in crate::query) fn next(&mut self) -> Option<char> {
        let character = self.peek()?;
        self.at += character.len_utf8();
        Some(character)
    }

    /// Goes past `wanted` where it is next.
    pub(in crate::query) fn eat(&mut self, wanted: &str) -> bool {
        let found = self.rest().starts_with(wanted);
        self.at += if found { wanted.len() } else { 0 };
        found
    }

    pub(in crate::query) fn blanks(&mut self) {
        self.take_while(|character| matches!(character, ' ' | '\t' | '\n' | '\r'));
    }

    pub(in crate::query) fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let length = rest
            .find(|character| !wanted(character))
            .unwrap_or(rest.len());
        self.at += length;
        rest.get(..length).unwrap_or_default()
    }

    /// The text from a byte to here.
    pub(in crate::query) fn since(&self, start: usize) -> &'a str {
        self.text.get(start..self.at).unwrap_or_default()
    }

    /// The next character as a range; an empty one at the end.
    pub(in crate::query) fn here(&self) -> Range<usize> {
        self.at..self.at + self.peek().map_or(0, char::len_utf8)
    }

    /// The problem that something else stands here than was needed.
    pub(in crate::query) fn expected(&self, wanted: &str) -> QueryError {
        let found = self
            .peek()
            .map_or_else(|| "the end".to_owned(), |found| format!("`{found}`"));
        QueryError::new(self.here(), format!("expected {wanted}, found {found}"))
    }
}
