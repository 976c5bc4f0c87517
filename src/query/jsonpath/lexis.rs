//! The smallest parts of a path: blanks, names, integers, numbers, strings.

pub(super) use crate::query::cursor::{Cursor, Step};

use crate::query::QueryError;
use crate::value::Number;

/// I-JSON's range of exact integers, which indexes must keep to.
const MAX_INDEX: i64 = (1 << 53) - 1;

impl<'a> Cursor<'a> {
    /// A name after a dot (`member-name-shorthand`).
    pub(super) fn name(&mut self) -> Option<&'a str> {
        let first = self
            .peek()
            .filter(|first| is_name(*first) && !first.is_ascii_digit());
        first.map(|_| self.take_while(is_name))
    }

    /// An integer for an index or a slice, if one is next.
    pub(super) fn integer(&mut self) -> Step<Option<i64>> {
        let start = self.at;
        let negative = self.eat("-");
        let digits = self.take_while(|character| character.is_ascii_digit());
        if digits.is_empty() && !negative {
            return Ok(None);
        }
        let range = start..self.at;
        if digits.is_empty() || (digits.starts_with('0') && (negative || digits.len() > 1)) {
            let written = self.since(start);
            return Err(
                QueryError::new(range, format!("`{written}` is not an index"))
                    .hint("an index is written as `0`, `12` or `-1`"),
            );
        }
        let value = self
            .since(start)
            .parse()
            .ok()
            .filter(|value: &i64| (-MAX_INDEX..=MAX_INDEX).contains(value));
        value
            .map(Some)
            .ok_or_else(|| QueryError::new(range, "the index is too large"))
    }

    /// A number in a filter, of any size.
    pub(super) fn number(&mut self) -> Step<Number> {
        let start = self.at;
        self.take_while(|character| {
            character.is_ascii_alphanumeric() || matches!(character, '-' | '+' | '.')
        });
        let written = self.since(start);
        let wrong = || QueryError::new(start..self.at, format!("`{written}` is not a number"));
        Number::parse(written).ok_or_else(wrong)
    }

    /// A string in single or double quotes; the cursor stands at the opening one.
    pub(super) fn string(&mut self) -> Step<String> {
        let start = self.at;
        let quote = self.next();
        let mut text = String::new();
        loop {
            let at = self.at;
            match self.next() {
                None => {
                    return Err(QueryError::new(start..self.at, "the string does not end")
                        .hint("close it with its quote"));
                }
                Some(end) if Some(end) == quote => return Ok(text),
                Some('\\') => text.push(self.escape(at, quote)?),
                Some(control) if control < ' ' => {
                    let hint = "write it as an escape, such as `\\n` or `\\u0000`";
                    return Err(
                        QueryError::new(at..self.at, "control character in a string").hint(hint),
                    );
                }
                Some(plain) => text.push(plain),
            }
        }
    }

    /// What an escape stands for; the cursor is behind its backslash, which is at `start`.
    fn escape(&mut self, start: usize, quote: Option<char>) -> Step<char> {
        let escaped = self.next();
        let plain = match escaped {
            Some('b') => '\u{8}',
            Some('f') => '\u{C}',
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some(itself @ ('/' | '\\')) => itself,
            Some('u') => return self.unicode(start),
            Some(itself) if escaped == quote => itself,
            _ => {
                let message = format!("`{}` is not an escape", self.since(start));
                return Err(QueryError::new(start..self.at, message)
                    .hint("a backslash itself is written `\\\\`"));
            }
        };
        Ok(plain)
    }

    /// `\uXXXX`, two of them where the first is half of a pair.
    fn unicode(&mut self, start: usize) -> Step<char> {
        let wrong = |cursor: &Self| {
            let message = format!("`{}` is not a character", cursor.since(start));
            QueryError::new(start..cursor.at, message)
                .hint("write four hexadecimal digits, or a whole surrogate pair")
        };
        let first = self.four_digits().ok_or_else(|| wrong(self))?;
        if !(0xD800..0xDC00).contains(&first) {
            return char::from_u32(first).ok_or_else(|| wrong(self));
        }
        let second = if self.eat("\\u") {
            self.four_digits()
        } else {
            None
        };
        let second = second
            .filter(|low| (0xDC00..0xE000).contains(low))
            .ok_or_else(|| wrong(self))?;
        let code = 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
        char::from_u32(code).ok_or_else(|| wrong(self))
    }

    fn four_digits(&mut self) -> Option<u32> {
        let digits = self
            .rest()
            .get(..4)
            .filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))?;
        self.at += 4;
        u32::from_str_radix(digits, 16).ok()
    }
}

/// Whether a character may stand in a name after a dot.
pub(super) fn is_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_' || !character.is_ascii()
}
