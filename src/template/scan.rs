//! Finds the placeholders in a text, and the tokens in an expression.

use std::ops::Range;

use super::TemplateError;

/// A stretch of a template's text.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Part<'a> {
    /// Text that stands for itself.
    Text(&'a str),
    /// `{{ … }}`.
    Placeholder {
        /// What stands between the braces.
        source: &'a str,
        /// The bytes of the text, braces included.
        range: Range<usize>,
    },
}

/// Splits a text into plain text and placeholders.
pub(super) fn split(text: &str) -> Result<Vec<Part<'_>>, TemplateError> {
    let mut parts = Vec::new();
    let mut at = 0;
    while let Some(found) = text.get(at..).and_then(|rest| rest.find("{{")) {
        let start = at + found;
        let end = placeholder_end(text, start + 2).ok_or_else(|| unclosed(start))?;
        push_text(&mut parts, text, at..start);
        let source = text.get(start + 2..end - 2).unwrap_or_default();
        parts.push(Part::Placeholder {
            source,
            range: start..end,
        });
        at = end;
    }
    push_text(&mut parts, text, at..text.len());
    Ok(parts)
}

fn push_text<'a>(parts: &mut Vec<Part<'a>>, text: &'a str, range: Range<usize>) {
    if let Some(plain) = text.get(range).filter(|plain| !plain.is_empty()) {
        parts.push(Part::Text(plain));
    }
}

pub(super) fn unclosed(start: usize) -> TemplateError {
    TemplateError {
        message: "this placeholder does not end: `}}` is missing".into(),
        range: start..start + 2,
        hint: Some("a literal `{{` is written `{{ '{{' }}`".into()),
    }
}

/// The byte after the `}}` that ends the placeholder whose expression starts at `from`; braces in strings and of objects
/// do not count.
pub(super) fn placeholder_end(text: &str, from: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut depth = 0_usize;
    let mut at = from;
    loop {
        match bytes.get(at)? {
            quote @ (b'\'' | b'"') => at = string_end(bytes, at, *quote),
            b'{' => depth += 1,
            b'}' if depth > 0 => depth -= 1,
            b'}' if bytes.get(at + 1) == Some(&b'}') => return Some(at + 2),
            _ => {}
        }
        at += 1;
    }
}

/// The byte of the quote that ends the string which starts at `start`; the end of the string where there is none.
fn string_end(bytes: &[u8], start: usize, quote: u8) -> usize {
    let mut at = start + 1;
    while let Some(byte) = bytes.get(at).filter(|byte| **byte != quote) {
        at += if *byte == b'\\' { 2 } else { 1 };
    }
    at
}

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A name or a keyword.
    Name,
    /// A number.
    Number,
    /// A string, with its quotes.
    String,
    /// An operator, a bracket, or anything else.
    Symbol,
}

/// A token of an expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind,
    pub(super) text: &'a str,
    pub(super) start: usize,
}

impl Token<'_> {
    /// The bytes of the expression that the token takes.
    pub(super) fn range(&self) -> Range<usize> {
        self.start..self.start + self.text.len()
    }

    /// Whether this is that operator or bracket.
    pub(super) fn is(&self, symbol: &str) -> bool {
        self.kind == Kind::Symbol && self.text == symbol
    }

    /// Whether this is that keyword.
    pub(super) fn is_word(&self, word: &str) -> bool {
        self.kind == Kind::Name && self.text == word
    }

    /// The text of a string without escapes.
    pub(super) fn plain_string(&self) -> Option<&str> {
        let inner = self.text.get(1..self.text.len().checked_sub(1)?)?;
        (self.kind == Kind::String && !inner.contains('\\')).then_some(inner)
    }
}

/// The tokens of an expression; what is none of them is a symbol, for the parser to refuse.
pub(super) fn tokens(source: &str) -> Vec<Token<'_>> {
    let mut tokens: Vec<Token<'_>> = Vec::new();
    let mut at = 0;
    while let Some(first) = source.get(at..).and_then(|rest| rest.chars().next()) {
        if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        }
        let after_dot = tokens.last().is_some_and(|token| token.is("."));
        let (kind, length) = token_at(source.as_bytes(), at, after_dot);
        let length = length.max(first.len_utf8());
        let text = source
            .get(at..at + length)
            .unwrap_or_else(|| source.get(at..).unwrap_or_default());
        tokens.push(Token {
            kind,
            text,
            start: at,
        });
        at += text.len();
    }
    tokens
}

fn token_at(bytes: &[u8], at: usize, after_dot: bool) -> (Kind, usize) {
    let rest = bytes.get(at..).unwrap_or_default();
    match rest {
        [quote @ (b'\'' | b'"'), ..] => (
            Kind::String,
            (string_end(bytes, at, *quote) + 1).min(bytes.len()) - at,
        ),
        [b'0'..=b'9', ..] => (Kind::Number, number_length(rest, after_dot)),
        [b'a'..=b'z' | b'A'..=b'Z' | b'_', ..] => (Kind::Name, word_length(rest)),
        [b'=' | b'!' | b'<' | b'>', b'=', ..] | [b'/', b'/', ..] | [b'*', b'*', ..] => {
            (Kind::Symbol, 2)
        }
        _ => (Kind::Symbol, 1),
    }
}

fn word_length(bytes: &[u8]) -> usize {
    bytes
        .iter()
        .take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_')
        .count()
}

fn number_length(bytes: &[u8], after_dot: bool) -> usize {
    let mut length = word_length(bytes);
    let has_fraction =
        bytes.get(length) == Some(&b'.') && bytes.get(length + 1).is_some_and(u8::is_ascii_digit);
    if has_fraction && !after_dot {
        length += 1 + word_length(bytes.get(length + 1..).unwrap_or_default());
    }
    let exponent = length
        .checked_sub(1)
        .and_then(|last| bytes.get(last))
        .is_some_and(|byte| matches!(byte, b'e' | b'E'));
    let signed = matches!(bytes.get(length), Some(b'+' | b'-'))
        && bytes.get(length + 1).is_some_and(u8::is_ascii_digit);
    if exponent && signed {
        length += 1 + word_length(bytes.get(length + 1..).unwrap_or_default());
    }
    length
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sources(text: &str) -> Vec<&str> {
        let parts = split(text).unwrap();
        parts
            .into_iter()
            .map(|(Part::Text(source) | Part::Placeholder { source, .. })| source)
            .collect()
    }

    #[test]
    fn braces_in_strings_and_objects_do_not_end_a_placeholder() {
        assert_eq!(sources("a {{ b }} c"), ["a ", " b ", " c"]);
        assert_eq!(
            sources("{{ '}}' }}{{ \"}}\\\"\" }}"),
            [" '}}' ", " \"}}\\\"\" "]
        );
        assert_eq!(sources("{{ {'a': {'b': 1}}}}!"), [" {'a': {'b': 1}}", "!"]);
        assert_eq!(sources("{{ '{{' }}"), [" '{{' "]);
        assert_eq!(sources("{% if %}{# x #} } }}"), ["{% if %}{# x #} } }}"]);
    }

    #[test]
    fn an_open_placeholder_is_an_error_at_its_braces() {
        for (text, start) in [
            ("{{", 0),
            ("é {{ x }", 3),
            ("{{ a }} {{ 'b }}", 8),
            ("{{ {'a': 1 }}", 0),
            ("{{ '\\", 0),
        ] {
            assert_eq!(split(text).unwrap_err().range, start..start + 2, "{text}");
        }
    }

    #[test]
    fn tokens_are_jinjas() {
        let texts = |source| {
            tokens(source)
                .iter()
                .map(|token| token.text)
                .collect::<Vec<_>>()
        };
        assert_eq!(
            texts("a.0.1 == 1.5e-3 // 0x1F"),
            ["a", ".", "0", ".", "1", "==", "1.5e-3", "//", "0x1F"]
        );
        assert_eq!(
            texts("x|f('a b',é)"),
            ["x", "|", "f", "(", "'a b'", ",", "é", ")"]
        );
        assert_eq!(texts("'open"), ["'open"]);
    }
}
