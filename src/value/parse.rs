//! Reading JSON (RFC 8259): strict, with bounded depth, and every number in its own digits.

use std::collections::BTreeSet;
use std::fmt;

use super::number::{Number, number_length};
use super::{Object, Path, Segment, Value};

/// How deep arrays and objects may nest: deeper input is refused, since everything that walks a document recurses.
pub const MAX_DEPTH: usize = 256;

/// Why a text is not JSON, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseError {
    /// What was found or missing, in lower case, without a full stop.
    pub message: String,
    /// The byte at which reading stopped.
    pub offset: usize,
    /// The line of that byte, from 1.
    pub line: usize,
    /// The column of that byte, in characters, from 1.
    pub column: usize,
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} at line {} column {}",
            self.message, self.line, self.column
        )
    }
}

impl std::error::Error for ParseError {}

/// Reads one JSON document; of members with the same name the last one counts, as everywhere.
///
/// # Errors
/// Where the text is not JSON, nests deeper than [`MAX_DEPTH`], or goes on after the document.
pub fn parse(text: &str) -> Result<Value, ParseError> {
    let mut parser = Parser::new(text, 0);
    parser.document().map_err(|message| parser.error(message))
}

/// A document as received: its value, and where it is ambiguous.
#[derive(Debug, Clone)]
pub struct Parsed {
    /// The document; of members with the same name the last one counts.
    pub value: Value,
    /// The first member whose name stands twice in its object, if there is one. RFC 8259 section 4: what such an object
    /// means depends on who reads it.
    pub duplicate: Option<Path>,
}

/// Reads one JSON document, and finds out whether a member stands in it twice.
///
/// # Errors
/// As [`parse`].
pub fn parse_with_duplicates(text: &str) -> Result<Parsed, ParseError> {
    let mut parser = Parser::new(text, 0);
    match parser.document() {
        Ok(value) => Ok(Parsed {
            value,
            duplicate: parser
                .duplicate
                .map(|segments| segments.into_iter().rev().collect()),
        }),
        Err(message) => Err(parser.error(message)),
    }
}

/// Reads one JSON document that can be written again without losing any of its members; `None` for one in which a member
/// stands twice, and for what is not JSON.
#[must_use]
pub fn parse_faithful(text: &str) -> Option<Value> {
    parse_with_duplicates(text)
        .ok()
        .filter(|parsed| parsed.duplicate.is_none())
        .map(|parsed| parsed.value)
}

/// Reads one JSON document from bytes, which must be UTF-8 (RFC 8259 section 8.1); a byte order mark is passed over.
///
/// # Errors
/// As [`parse`], and where the bytes are not UTF-8.
pub fn parse_bytes(bytes: &[u8]) -> Result<Parsed, ParseError> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) => parse_with_duplicates(text),
        Err(error) => {
            let valid =
                String::from_utf8_lossy(bytes.get(..error.valid_up_to()).unwrap_or_default())
                    .into_owned();
            Err(Parser::new(&valid, valid.len()).error("bytes that are not UTF-8".into()))
        }
    }
}

/// Reads one JSON document that a user wrote, in which no member may stand twice.
///
/// # Errors
/// As [`parse`], and at the second of two members with the same name.
pub fn parse_unambiguous(text: &str) -> Result<Value, ParseError> {
    let parsed = parse_with_duplicates(text)?;
    if parsed.duplicate.is_none() {
        return Ok(parsed.value);
    }
    let mut parser = Parser {
        twice: Twice::Refused,
        ..Parser::new(text, 0)
    };
    parser.document().map_err(|message| parser.error(message))
}

/// The members that stand twice in their objects; the root alone if they are more than are worth listing.
#[must_use]
pub fn duplicates(text: &str) -> Vec<Path> {
    let mut parser = Parser {
        twice: Twice::Listed(Vec::new(), Path::root()),
        ..Parser::new(text, 0)
    };
    match (parser.document(), parser.twice) {
        (Ok(_), Twice::Listed(found, _)) if found.len() > MOST_LISTED => vec![Path::root()],
        (Ok(_), Twice::Listed(found, _)) => found,
        _ => Vec::new(),
    }
}

/// How many members that stand twice are listed.
const MOST_LISTED: usize = 1000;

/// What becomes of a member that stands twice in its object, beside that the last one counts.
enum Twice {
    /// The first one is kept in mind.
    Noted,
    /// It is an error.
    Refused,
    /// Each is listed; the place is that of what is being read.
    Listed(Vec<Path>, Path),
}

struct Parser<'a> {
    text: &'a str,
    twice: Twice,
    at: usize,
    /// Items and members of what is still open, so that a list or object is made when its size is known.
    items: Vec<Value>,
    members: Vec<(String, Value)>,
    /// The first member that stands twice, from the inside outwards.
    duplicate: Option<Vec<Segment>>,
}

type Step<T> = Result<T, String>;

impl<'a> Parser<'a> {
    fn new(text: &'a str, at: usize) -> Self {
        Self {
            text,
            twice: Twice::Noted,
            at,
            items: Vec::new(),
            members: Vec::new(),
            duplicate: None,
        }
    }

    fn error(&self, message: String) -> ParseError {
        let before = self.text.get(..self.at).unwrap_or(self.text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let column = before.get(line_start..).unwrap_or_default().chars().count() + 1;
        let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
        ParseError {
            message,
            offset: self.at,
            line,
            column,
        }
    }

    fn document(&mut self) -> Step<Value> {
        let value = self.value(0)?;
        self.space();
        if self.at < self.text.len() {
            Err(self.unexpected("the end of the document"))
        } else {
            Ok(value)
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn unexpected(&self, wanted: &str) -> String {
        match self
            .text
            .get(self.at..)
            .and_then(|rest| rest.chars().next())
        {
            Some(found) => format!("expected {wanted}, found `{}`", found.escape_debug()),
            None => format!("expected {wanted}, but the text ends here"),
        }
    }

    fn value(&mut self, depth: usize) -> Step<Value> {
        self.space();
        if depth > MAX_DEPTH {
            return Err(format!(
                "more than {MAX_DEPTH} levels of arrays and objects"
            ));
        }
        match self.peek() {
            Some(b'{') => self.object(depth),
            Some(b'[') => self.array(depth),
            Some(b'"') => self.string().map(Value::String),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.word("true", Value::Bool(true)),
            Some(b'f') => self.word("false", Value::Bool(false)),
            Some(b'n') => self.word("null", Value::Null),
            _ => Err(self.unexpected("a value")),
        }
    }

    fn word(&mut self, word: &str, value: Value) -> Step<Value> {
        if self
            .text
            .get(self.at..)
            .is_some_and(|rest| rest.starts_with(word))
        {
            self.at += word.len();
            return Ok(value);
        }
        Err(self.unexpected("a value"))
    }

    fn number(&mut self) -> Step<Value> {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        let length = number_length(rest).ok_or_else(|| "an invalid JSON number".to_owned())?;
        let digits = self.text.get(self.at..self.at + length).unwrap_or_default();
        self.at += length;
        Ok(Value::Number(Number::from_checked(digits)))
    }

    fn array(&mut self, depth: usize) -> Step<Value> {
        self.at += 1;
        let first = self.items.len();
        self.space();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Value::Array(Vec::new()));
        }
        loop {
            let had_duplicate = self.duplicate.is_some();
            self.enter(|items| Segment::Index(items - first));
            let item = self.value(depth + 1)?;
            self.leave();
            if let Some(path) = self.duplicate.as_mut().filter(|_| !had_duplicate) {
                path.push(Segment::Index(self.items.len() - first));
            }
            self.items.push(item);
            if self.ends(b']', "`,` or `]`")? {
                return Ok(Value::Array(self.items.drain(first..).collect()));
            }
        }
    }

    fn object(&mut self, depth: usize) -> Step<Value> {
        self.at += 1;
        let first = self.members.len();
        let mut names = BTreeSet::new();
        self.space();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Value::Object(Object::default()));
        }
        loop {
            self.space();
            if self.peek() != Some(b'"') {
                return Err(self.unexpected("a member's name in double quotes"));
            }
            let start = self.at;
            let name = self.string()?;
            self.named(&name, start, &mut names)?;
            self.space();
            if self.peek() != Some(b':') {
                return Err(self.unexpected("`:`"));
            }
            self.at += 1;
            let had_duplicate = self.duplicate.is_some();
            self.enter(|_| Segment::Name(name.clone()));
            let value = self.value(depth + 1)?;
            self.leave();
            if let Some(path) = self.duplicate.as_mut().filter(|_| !had_duplicate) {
                path.push(Segment::Name(name.clone()));
            }
            self.members.push((name, value));
            if self.ends(b'}', "`,` or `}`")? {
                return Ok(Value::Object(self.close_object(first)));
            }
        }
    }

    /// A member's name that starts at a byte, and those before it in its object.
    fn named(&mut self, name: &str, start: usize, names: &mut BTreeSet<String>) -> Step<()> {
        if matches!(self.twice, Twice::Noted) || names.insert(name.to_owned()) {
            return Ok(());
        }
        match &mut self.twice {
            Twice::Listed(found, place) if found.len() <= MOST_LISTED => {
                found.push(place.join(Segment::Name(name.to_owned())));
            }
            Twice::Refused => {
                self.at = start;
                return Err(format!(
                    "the member `{}` appears twice in its object",
                    name.escape_debug()
                ));
            }
            _ => {}
        }
        Ok(())
    }

    fn enter(&mut self, step: impl FnOnce(usize) -> Segment) {
        if let Twice::Listed(_, place) = &mut self.twice {
            place.push(step(self.items.len()));
        }
    }

    fn leave(&mut self) {
        if let Twice::Listed(_, place) = &mut self.twice {
            place.pop();
        }
    }

    /// The object of the members from `first` on.
    fn close_object(&mut self, first: usize) -> Object {
        let names = self.members.len() - first;
        if self.duplicate.is_some() {
            return self.members.drain(first..).collect();
        }
        let mut twice = None;
        let mut object =
            Object::with_capacity_and_hasher(names, foldhash::fast::RandomState::default());
        for (name, value) in self.members.drain(first..) {
            let (index, before) = object.insert_full(name, value);
            twice = twice.or(before.map(|_| index));
        }
        let name = twice
            .and_then(|index| object.get_index(index))
            .map(|(name, _)| name.clone());
        self.duplicate = name.map(|name| vec![Segment::Name(name)]);
        object
    }

    /// After an item: whether the list is at its end (`close`) or goes on (a comma).
    fn ends(&mut self, close: u8, wanted: &str) -> Step<bool> {
        self.space();
        match self.peek() {
            Some(b',') => {
                self.at += 1;
                Ok(false)
            }
            Some(found) if found == close => {
                self.at += 1;
                Ok(true)
            }
            _ => Err(self.unexpected(wanted)),
        }
    }

    fn string(&mut self) -> Step<String> {
        self.at += 1;
        // Most texts have no escapes: they are copied once.
        let mut text = self.plain().to_owned();
        loop {
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(text);
                }
                Some(b'\\') => text.push(self.escape()?),
                Some(_) => return Err("a control character inside a string".into()),
                None => return Err("a string that does not end".into()),
            }
            text.push_str(self.plain());
        }
    }

    /// What stands for itself inside of a string, up to the next character that does not.
    fn plain(&mut self) -> &'a str {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let length = rest
            .bytes()
            .take_while(|byte| !matches!(byte, b'"' | b'\\' | 0..=0x1F))
            .count();
        self.at += length;
        rest.get(..length).unwrap_or_default()
    }

    fn escape(&mut self) -> Step<char> {
        self.at += 1;
        let Some(byte) = self.peek() else {
            return Err("a string that does not end".into());
        };
        let plain = match byte {
            b'"' | b'\\' | b'/' => char::from(byte),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                self.at += 1;
                return self.unicode();
            }
            _ => return Err(self.unexpected("a valid JSON escape")),
        };
        self.at += 1;
        Ok(plain)
    }

    /// `\uXXXX`, or two of them for a character outside the basic plane; a lone surrogate has no character.
    fn unicode(&mut self) -> Step<char> {
        let high = self.hex()?;
        if !(0xD800..0xDC00).contains(&high) {
            return char::from_u32(high).ok_or_else(|| "half of a surrogate pair".to_owned());
        }
        if self
            .text
            .get(self.at..)
            .is_none_or(|rest| !rest.starts_with("\\u"))
        {
            return Err("half of a surrogate pair".into());
        }
        self.at += 2;
        let low = self.hex()?;
        if !(0xDC00..0xE000).contains(&low) {
            return Err("half of a surrogate pair".into());
        }
        char::from_u32(0x1_0000 + ((high - 0xD800) << 10) + (low - 0xDC00))
            .ok_or_else(|| "half of a surrogate pair".to_owned())
    }

    fn hex(&mut self) -> Step<u32> {
        let digits = self
            .text
            .get(self.at..self.at + 4)
            .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let code = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        self.at += if code.is_some() { 4 } else { 0 };
        code.ok_or_else(|| self.unexpected("four hexadecimal digits"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_member_that_stands_twice_is_found() {
        for (text, wanted) in [
            (r#"{"a":1,"b":{"a":1},"c":[{"a":1},{"a":2}]}"#, ""),
            (r#"{"a":1,"a":2}"#, "$.a"),
            (r#"{"a":1,"\u0061":2}"#, "$.a"),
            (r#"[0,{"x":[{"b":1,"c":{},"b":{}}]}]"#, "$[1].x[0].b"),
            (r#"{"x":{"a":1,"a":1},"x":2}"#, "$.x.a"),
            (
                r#"{"l":[{"p":1},{"q":{"r":1,"r":1}},{"s":1,"s":2}]}"#,
                "$.l[1].q.r",
            ),
        ] {
            let parsed = parse_with_duplicates(text).unwrap();
            assert_eq!(
                parsed
                    .duplicate
                    .map(|path| path.to_string())
                    .unwrap_or_default(),
                wanted,
                "{text}"
            );
            assert_eq!(parsed.value, parse(text).unwrap());
        }
    }

    #[test]
    fn documents_come_back_as_they_were_written() {
        let text = r#"{"z":1.10,"a":[true,null,"é\n\u0001😀"],"n":-0}"#;
        assert_eq!(parse(text).unwrap().to_json(), text);
        assert_eq!(parse(r#""\ud83d\ude00""#).unwrap(), Value::from("😀"));
    }

    #[test]
    fn what_is_not_json_says_where() {
        let error = parse("{\n  \"a\": 1,\n  b: 2}").unwrap_err();
        assert_eq!((error.line, error.column), (3, 3));
        assert_eq!(
            error.message,
            "expected a member's name in double quotes, found `b`"
        );
        for bad in [
            "",
            "[1,]",
            "{\"a\":1,}",
            "nul",
            "01",
            "\"\u{1}\"",
            "\"\\x\"",
            "\"\\ud800\"",
            "1 2",
            "[",
            "\"abc",
        ] {
            assert!(parse(bad).is_err(), "{bad:?}");
        }
        assert!(parse_bytes(b"\"\xff\"").is_err());
        let twice =
            parse_unambiguous("{\n  \"a\": [{\"b\": 1, \"c\": 2,\n  \"b\": 3}]}").unwrap_err();
        assert_eq!(
            twice.to_string(),
            "the member `b` appears twice in its object at line 3 column 3"
        );
        assert_eq!(
            parse_unambiguous(r#"[{"a":1},{"a":1}]"#).unwrap().to_json(),
            r#"[{"a":1},{"a":1}]"#
        );
        let listed = duplicates(r#"{"a":1,"a":{"b":1,"b":2},"c":[{},{"d":[],"d":1,"d":2}]}"#);
        let listed: Vec<_> = listed.iter().map(ToString::to_string).collect();
        assert_eq!(listed, ["$.a", "$.a.b", "$.c[1].d", "$.c[1].d"]);
        let many = (0..2 * MOST_LISTED)
            .map(|number| format!(r#""k{number}":1,"k{number}":2"#))
            .collect::<Vec<_>>()
            .join(",");
        assert_eq!(duplicates(&format!("{{{many}}}")), [Path::root()]);
    }

    #[test]
    fn depth_is_bounded() {
        let deep = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
        assert!(parse(&deep(MAX_DEPTH)).is_ok());
        assert!(
            parse(&deep(100_000))
                .unwrap_err()
                .message
                .contains("levels")
        );
    }

    proptest::proptest! {
        #[test]
        fn agrees_with_serde_json_on_any_text(text in r#"[\[\]{}:,"\\a-c0-9.eE+\-tfnu \n]{0,24}"#) {
            let theirs = serde_json::from_str::<serde_json::Value>(&text);
            match (parse(&text), theirs) {
                (Ok(_), Ok(_)) | (Err(_), Err(_)) => {}
                // serde_json refuses what no float holds; here digits of any size are kept.
                (Ok(_), Err(error)) => proptest::prop_assert!(error.to_string().contains("number out of range")),
                (Err(error), Ok(_)) => proptest::prop_assert!(false, "{error}"),
            }
        }
    }
}
