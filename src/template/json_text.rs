//! JSON with placeholders (`json_text`): bare ones are values, those inside a string's quotes are text in it.
//!
//! Nothing is pasted into JSON and read again, so no value can break out of its place.

use std::ops::Range;
use std::sync::Arc;

use indexmap::IndexMap;

use super::placeholder::Placeholder;
use super::scan::{placeholder_end, unclosed};
use super::{Document, Piece, Template, TemplateError};
use crate::value::{self, MAX_DEPTH, Value};

/// Reads JSON with placeholders. The bytes of errors, those of its evaluation too, are bytes of this text.
///
/// # Errors
/// Where the text is not JSON but for its placeholders, nests too deep, or a placeholder is wrong.
pub fn parse_json_template(text: &str) -> Result<Document, TemplateError> {
    let mut reader = Reader { text, at: 0 };
    let document = reader.value(0)?;
    reader.space();
    if reader.at < text.len() {
        Err(reader.unexpected("the end"))
    } else {
        Ok(document)
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

type Step<T> = Result<T, TemplateError>;

impl Reader<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn space(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches([' ', '\t', '\n', '\r']).len();
    }

    fn error(&self, message: String, start: usize) -> TemplateError {
        let length = self
            .text
            .get(start..)
            .and_then(|rest| rest.chars().next())
            .map_or(0, char::len_utf8);
        TemplateError {
            message,
            range: start..start + length,
            hint: None,
        }
    }

    fn unexpected(&self, wanted: &str) -> TemplateError {
        let found = self
            .peek()
            .map_or_else(|| "the end".to_owned(), |found| format!("`{found}`"));
        self.error(format!("expected {wanted}, found {found}"), self.at)
    }

    fn value(&mut self, depth: usize) -> Step<Document> {
        self.space();
        if depth > MAX_DEPTH {
            return Err(self.error(format!("more than {MAX_DEPTH} levels"), self.at));
        }
        if self.rest().starts_with("{{") {
            let start = self.at;
            let pieces = vec![self.placeholder()?];
            let text = self.text.get(start..self.at).unwrap_or_default().to_owned();
            return Ok(Document::Template(Template::new(text, pieces, false)));
        }
        match self.peek() {
            Some('{') => self.object(depth),
            Some('[') => self.array(depth),
            Some('"') => self.string(),
            _ => self.scalar(),
        }
    }

    fn placeholder(&mut self) -> Step<Piece> {
        let start = self.at;
        let end = placeholder_end(self.text, start + 2).ok_or_else(|| unclosed(start))?;
        self.at = end;
        let source = self.text.get(start + 2..end - 2).unwrap_or_default();
        Ok(Piece::Placeholder(Box::new(Placeholder::parse(
            source,
            start..end,
        )?)))
    }

    /// A number, `true`, `false` or `null`.
    fn scalar(&mut self) -> Step<Document> {
        let rest = self.rest();
        let length = rest
            .find([' ', '\t', '\n', '\r', ',', ']', '}', ':'])
            .unwrap_or(rest.len());
        if length == 0 {
            return Err(self.unexpected("a value"));
        }
        let value = self.json(self.at..self.at + length, 0)?;
        self.at += length;
        Ok(Document::Literal(Arc::new(value)))
    }

    /// Reads a stretch of the text as JSON, with `quotes` bytes put before and after it.
    fn json(&self, range: Range<usize>, quotes: usize) -> Step<Value> {
        let quote = "\"".repeat(quotes);
        let part = self.text.get(range.clone()).unwrap_or_default();
        value::parse(&format!("{quote}{part}{quote}")).map_err(|error| {
            let offset = error
                .offset
                .saturating_sub(quotes)
                .min(part.len().saturating_sub(1));
            let boundary = (0..=offset)
                .rev()
                .find(|offset| part.is_char_boundary(*offset))
                .unwrap_or(0);
            self.error(error.message, range.start + boundary)
        })
    }

    fn string(&mut self) -> Step<Document> {
        let start = self.at;
        self.at += 1;
        let (mut pieces, mut from) = (Vec::new(), self.at);
        loop {
            match self.text.as_bytes().get(self.at) {
                None => return Err(self.error("a string that does not end".into(), start)),
                Some(b'"') => break,
                Some(b'\\') => self.at = (self.at + 2).min(self.text.len()),
                Some(b'{') if self.text.as_bytes().get(self.at + 1) == Some(&b'{') => {
                    self.plain(from..self.at, &mut pieces)?;
                    pieces.push(self.placeholder()?);
                    from = self.at;
                }
                Some(_) => self.at += 1,
            }
        }
        self.plain(from..self.at, &mut pieces)?;
        self.at += 1;
        let text = self.text.get(start..self.at).unwrap_or_default().to_owned();
        Ok(match &mut *pieces {
            [] => Document::Literal(Arc::new(Value::String(String::new()))),
            [Piece::Text(text)] => Document::Literal(Arc::new(Value::String(std::mem::take(text)))),
            _ => Document::Template(Template::new(text, pieces, true)),
        })
    }

    fn plain(&self, range: Range<usize>, pieces: &mut Vec<Piece>) -> Step<()> {
        if let Value::String(text) = self.json(range, 1)?
            && !text.is_empty()
        {
            pieces.push(Piece::Text(text));
        }
        Ok(())
    }

    fn array(&mut self, depth: usize) -> Step<Document> {
        let mut items = Vec::new();
        let mut open = self.opens(']');
        while open {
            items.push(self.value(depth + 1)?);
            open = self.goes_on(']', "`,` or `]`")?;
        }
        Ok(Document::array(items))
    }

    fn object(&mut self, depth: usize) -> Step<Document> {
        let mut members = IndexMap::new();
        let mut open = self.opens('}');
        while open {
            let (start, name) = (self.at, self.name()?);
            let named = start..self.at;
            if members.contains_key(&name) {
                return Err(self.twice(&name, named));
            }
            self.space();
            if self.peek() != Some(':') {
                return Err(self.unexpected("`:`"));
            }
            self.at += 1;
            members.insert(name, self.value(depth + 1)?);
            open = self.goes_on('}', "`,` or `}`")?;
        }
        Ok(Document::object(members))
    }

    /// A document cannot hold a member twice, so another one would be sent than is written.
    fn twice(&self, name: &str, named: Range<usize>) -> TemplateError {
        let text = self.text.get(named.clone()).unwrap_or_default();
        let start = named.start + text.len() - text.trim_start().len();
        TemplateError {
            message: format!(
                "the member `{}` appears twice in this object",
                name.escape_debug()
            ),
            range: start..named.end,
            hint: Some(
                "to send it anyway, write the body as `text`, with a `content-type` in `headers`"
                    .into(),
            ),
        }
    }

    fn name(&mut self) -> Step<String> {
        self.space();
        if self.peek() != Some('"') {
            return Err(self.unexpected("a member's name in double quotes"));
        }
        let start = self.at;
        match self.string()? {
            Document::Literal(name) => Ok(name.as_str().unwrap_or_default().to_owned()),
            _ => Err(TemplateError {
                message: "a member's name cannot have a placeholder".into(),
                range: start..self.at,
                hint: Some("build the object with an expression: `{{ {name: value} }}`".into()),
            }),
        }
    }

    /// After an opening bracket: whether there is anything in it.
    fn opens(&mut self, close: char) -> bool {
        self.at += 1;
        self.space();
        let empty = self.peek() == Some(close);
        self.at += usize::from(empty);
        !empty
    }

    /// After an item: whether another one follows.
    fn goes_on(&mut self, close: char, wanted: &str) -> Step<bool> {
        self.space();
        let next = self
            .peek()
            .filter(|next| [',', close].contains(next))
            .ok_or_else(|| self.unexpected(wanted))?;
        self.at += 1;
        Ok(next == ',')
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::scope;
    use super::super::{Document, Expected};
    use super::parse_json_template;

    fn filled(text: &str) -> Expected {
        let data = scope(
            r#"{"n": 1.10, "s": "a\"},{\"x\": \"{{ n }}", "o": {"b": 2, "a": [1]}, "z": null}"#,
        );
        parse_json_template(text)
            .unwrap()
            .evaluate(&data)
            .unwrap()
            .0
    }

    #[test]
    fn bare_placeholders_keep_their_type_and_quoted_ones_are_text() {
        for (text, json) in [
            (
                r#"{"a": {{ n }}, "b": "{{ n }}"}"#,
                r#"{"a":1.10,"b":"1.10"}"#,
            ),
            (
                r"[{{ o }}, {{ z }}, {{ {'k': [n]}}}]",
                r#"[{"b":2,"a":[1]},null,{"k":[1.10]}]"#,
            ),
            (
                r#"{"a": "x\n{{ s }}\u0021"}"#,
                r#"{"a":"x\na\"},{\"x\": \"{{ n }}!"}"#,
            ),
            (
                r#"{"{\u007b ": "\u007b{ n }}", "": ""}"#,
                r#"{"{{ ":"{{ n }}","":""}"#,
            ),
            ("{{ s }}", r#""a\"},{\"x\": \"{{ n }}""#),
            (" [1.0, -0, 1e5, true, [], {}] ", "[1.0,-0,1e5,true,[],{}]"),
        ] {
            assert_eq!(filled(text).value().unwrap().to_json(), json, "{text}");
        }
    }

    #[test]
    fn json_without_placeholders_is_a_literal() {
        let text = r#"{"b":[1.10,{"é":"😀"}],"a":null}"#;
        assert!(
            matches!(parse_json_template(text).unwrap(), Document::Literal(value) if value.to_json() == text)
        );
    }

    #[test]
    fn patterns_may_stand_bare_or_quoted() {
        for text in [r#"{"id": {{ any.uuid }}}"#, r#"{"id": "{{ any.uuid }}"}"#] {
            let Expected::Object(members) = filled(text) else {
                panic!("{text}")
            };
            assert!(matches!(&members["id"], Expected::Pattern(pattern) if pattern.name == "uuid"));
        }
    }

    #[test]
    fn errors_point_into_the_text() {
        for (text, message, part) in [
            (r#"{"a": {{ n }}"#, "expected `,` or `}`, found the end", ""),
            (r#"{"a" 1}"#, "expected `:`, found `1`", "1"),
            ("[1,]", "expected a value, found `]`", "]"),
            (
                r#"{"a": {{ n | uper }}}"#,
                "there is no filter `uper`",
                "uper",
            ),
            (
                r#"{"é": "\x"}"#,
                "expected a valid JSON escape, found `x`",
                "x",
            ),
            (r#"["a", "b"#, "a string that does not end", "\""),
            (
                r#"["a{{ n }"]"#,
                "this placeholder does not end: `}}` is missing",
                "{{",
            ),
            (
                r#"{"a{{ n }}": 1}"#,
                "a member's name cannot have a placeholder",
                r#""a{{ n }}""#,
            ),
            ("[nul]", "expected a value, found `n`", "n"),
            (
                "{a: 1}",
                "expected a member's name in double quotes, found `a`",
                "a",
            ),
            (
                r#"{"a": 1, "b": {"a": 1}, "\u0061": 2}"#,
                "the member `a` appears twice in this object",
                r#""\u0061""#,
            ),
            ("[] []", "expected the end, found `[`", "["),
            ("", "expected a value, found the end", ""),
        ] {
            let error = parse_json_template(text).unwrap_err();
            assert_eq!(
                (error.message.as_str(), text.get(error.range.clone())),
                (message, Some(part)),
                "{text}: {error:?}"
            );
        }
        let text = r#"{"a": [{{ n + 's' }}]}"#;
        let error = parse_json_template(text)
            .unwrap()
            .evaluate(&scope(r#"{"n": 1}"#))
            .unwrap_err();
        assert_eq!(text.get(error.range), Some("n + 's'"));
        assert!(
            parse_json_template(&"[".repeat(100_000))
                .unwrap_err()
                .message
                .contains("levels")
        );
    }

    proptest::proptest! {
        #[test]
        fn what_is_json_reads_the_same(text in r#"[\[\]{}:,"\\a-c0-9.eE+\-tfnu \n]{0,24}"#) {
            proptest::prop_assume!(!text.contains("{{"));
            match (parse_json_template(&text), crate::value::parse(&text)) {
                (Ok(Document::Literal(ours)), Ok(theirs)) => proptest::prop_assert_eq!(ours.to_json(), theirs.to_json()),
                (Err(error), Ok(_)) if error.message.contains("stands twice") => {}
                (Err(error), Err(_)) => proptest::prop_assert!(text.get(error.range).is_some()),
                (ours, theirs) => proptest::prop_assert!(false, "{:?} {:?}", ours, theirs),
            }
        }
    }
}
