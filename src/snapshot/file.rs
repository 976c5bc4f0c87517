//! A snapshot's file, in insta's format: a head in YAML between two lines `---`, and the content.
//!
//! Read and written here, not by insta: its reader drops final line ends and takes a merge conflict for an empty head. Of
//! the head the lines are read that this program, or insta on accepting, writes: a key and a scalar.

use std::borrow::Cow;
use std::fmt;

use super::content::{Body, Content, Kind};
use crate::query::JsonPath;
use crate::value::{Value, parse, parse_unambiguous};

/// What a snapshot's head says of the request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Head {
    /// The file in which the request is written, from the collection's folder.
    pub source: String,
    /// The request's name, as written.
    pub request: String,
    /// Method and URL, as written.
    pub target: String,
}

/// A snapshot's file, taken apart.
#[derive(Debug, Clone, Default)]
pub struct File {
    /// What its head says.
    pub head: Head,
    /// What the body is kept as, where the head says it.
    pub(super) kind: Option<Kind>,
    /// How many lines of status and headers stand above the body.
    pub(super) lines: usize,
    /// Whether its placeholders have types.
    pub(super) typed: bool,
    /// How many lines the head takes.
    height: usize,
    /// The content, as it is in the file.
    pub(super) content: String,
}

/// What is wrong with a snapshot's file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// It cannot be read, for this reason.
    Unreadable(String),
    /// It is not UTF-8.
    NotText,
    /// It is not between `---` and `---` that it begins.
    NoHead,
    /// A merge conflict begins in this line.
    Conflict(usize),
    /// It should hold JSON, and does not: line, and why.
    NotJson(usize, String),
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(reason) => write!(f, "cannot be read: {reason}"),
            Self::NotText => f.write_str("is not UTF-8 text"),
            Self::NoHead => {
                f.write_str("is not a snapshot: it has no header between two `---` lines")
            }
            Self::Conflict(line) => write!(f, "has a merge conflict in line {line}"),
            Self::NotJson(line, reason) => {
                write!(f, "is damaged: line {line} is not JSON: {reason}")
            }
        }
    }
}

impl File {
    /// The text of a file for this content.
    #[must_use]
    pub fn text(head: &Head, content: &Content<'_>) -> String {
        let quoted = |text: &str| Value::from(text).to_json();
        let mut text = format!(
            "---\nsource: {}\nexpression: {}\n",
            quoted(&head.source),
            quoted(&head.request)
        );
        text.extend([
            "info:\n  request: ",
            &quoted(&head.target),
            "\n  body: ",
            content.kind().name(),
            "\n",
        ]);
        if content.typed && content.kind() == Kind::Json {
            text.push_str("  placeholders: typed\n");
        }
        if !content.head.is_empty() {
            text.extend(["  head: ", &content.head.len().to_string(), "\n"]);
        }
        text.push_str("---\n");
        text.push_str(&content.to_text());
        if !text.ends_with('\n') {
            text.push('\n');
        }
        text
    }

    /// Takes a file apart.
    ///
    /// # Errors
    /// Where it is no snapshot's file.
    pub fn parse(text: &str) -> Result<Self, Trouble> {
        let unclear = || conflict(text).map_or(Trouble::NoHead, Trouble::Conflict);
        let rest = line_end(text.strip_prefix("---").ok_or_else(unclear)?).ok_or_else(unclear)?;
        let mut file = Self {
            height: 1,
            ..Self::default()
        };
        let mut at = 0;
        for line in rest.split_inclusive('\n') {
            at += line.len();
            file.height += 1;
            if line.trim_end() == "---" {
                return Ok(Self {
                    content: rest.get(at..).unwrap_or_default().to_owned(),
                    ..file
                });
            }
            file.head_line(line).ok_or_else(unclear)?;
        }
        Err(unclear())
    }

    /// Reads a line of the head; `None` where it is none of YAML's with a key. What is not known is passed over.
    fn head_line(&mut self, line: &str) -> Option<()> {
        let (key, value) = line.trim().split_once(':')?;
        let value = scalar(value.trim());
        match key {
            "source" => self.head.source = value,
            "expression" => self.head.request = value,
            "request" => self.head.target = value,
            "body" => self.kind = Kind::ALL.into_iter().find(|kind| kind.name() == value),
            "placeholders" => self.typed = value == "typed",
            "head" => self.lines = value.parse().unwrap_or_default(),
            _ => {}
        }
        Some(())
    }

    /// The body, where it is a document.
    #[must_use]
    pub fn document(&self) -> Option<Value> {
        (self.kind == Some(Kind::Json))
            .then(|| self.json().ok())
            .flatten()
    }

    /// The text of this file with a placeholder for what a path finds in its document.
    ///
    /// # Errors
    /// Where the body is no document.
    pub fn redacted(&self, path: &JsonPath, placeholder: &str) -> Result<String, Trouble> {
        let mut document = self.json()?;
        super::rules::replace(&mut document, path, placeholder);
        let (lines, _) = self.parts();
        let head = lines
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        Ok(Self::text(
            &self.head,
            &Content {
                head,
                body: Body::Json(Cow::Owned(document)),
                typed: true,
                duplicate: None,
                unmatched: Vec::new(),
                is_spent: false,
            },
        ))
    }

    /// The lines of status and headers, and the body.
    #[must_use]
    pub fn parts(&self) -> (Vec<(&str, &str)>, &str) {
        let (mut rest, mut head) = (self.content.as_str(), Vec::new());
        for _ in 0..self.lines {
            let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
            head.extend(line.trim_end_matches('\r').split_once(": "));
            rest = after;
        }
        if self.lines > 0 {
            rest = line_end(rest).unwrap_or(rest);
        }
        (head, rest)
    }

    /// The body as a document.
    ///
    /// # Errors
    /// Where it is none; with the file's line.
    pub(super) fn json(&self) -> Result<Value, Trouble> {
        let (_, body) = self.parts();
        parse_unambiguous(body).map_err(|error| match conflict(&self.content) {
            Some(line) => Trouble::Conflict(self.line(line)),
            None => Trouble::NotJson(
                self.line(
                    error.line + self.content.matches('\n').count() - body.matches('\n').count(),
                ),
                error.message,
            ),
        })
    }

    /// Where a merge conflict begins, if one is in it.
    pub(super) fn conflict(&self) -> Option<usize> {
        conflict(&self.content).map(|line| self.line(line))
    }

    /// A line of the content as one of the file.
    fn line(&self, line: usize) -> usize {
        self.height + line
    }
}

/// A YAML scalar on one line.
fn scalar(written: &str) -> String {
    if let Some(inner) = written
        .strip_prefix('\'')
        .and_then(|rest| rest.strip_suffix('\''))
    {
        return inner.replace("''", "'");
    }
    match parse(written) {
        Ok(Value::String(text)) => text,
        _ => written.to_owned(),
    }
}

/// What follows a line end.
fn line_end(text: &str) -> Option<&str> {
    text.strip_prefix('\n')
        .or_else(|| text.strip_prefix("\r\n"))
}

/// The line, from 1, in which the markers of a merge conflict begin.
fn conflict(text: &str) -> Option<usize> {
    let mut begun = None;
    for (at, line) in text.lines().enumerate() {
        match (begun, line.get(..7).unwrap_or_default()) {
            (None, "<<<<<<<") => begun = Some((at + 1, false)),
            (Some((line, false)), "=======") => begun = Some((line, true)),
            (Some((line, true)), ">>>>>>>") => return Some(line),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head() -> Head {
        Head {
            source: "orders.toml".into(),
            request: "a \"name\": x\n".into(),
            target: "GET /o/{{ id }}".into(),
        }
    }

    fn written() -> String {
        let head_lines = vec![
            ("status".to_owned(), "200".to_owned()),
            ("x-a".to_owned(), "b: c".to_owned()),
        ];
        let document = parse(r#"{"a":[1]}"#).unwrap();
        File::text(
            &head(),
            &Content {
                head: head_lines,
                body: Body::Json(Cow::Owned(document)),
                typed: true,
                duplicate: None,
                unmatched: Vec::new(),
                is_spent: false,
            },
        )
    }

    #[test]
    fn what_is_written_is_read() {
        let text = written();
        let file = File::parse(&text).unwrap();
        assert_eq!(
            (file.head.clone(), file.kind, file.lines),
            (head(), Some(Kind::Json), 2)
        );
        let (lines, body) = file.parts();
        assert_eq!(
            (lines, body),
            (
                vec![("status", "200"), ("x-a", "b: c")],
                "{\n  \"a\": [\n    1\n  ]\n}\n"
            )
        );
        let windows = File::parse(&text.replace('\n', "\r\n")).unwrap();
        assert_eq!(
            (windows.head.clone(), windows.parts().0, windows.json()),
            (head(), file.parts().0, file.json())
        );
    }

    #[test]
    fn a_head_as_insta_writes_it_is_read() {
        let text = "---\nsource: orders.toml\nassertion_line: 3\nexpression: 'it''s'\ninfo:\n  request: GET /x\n  body: text\n---\nhi\n";
        let file = File::parse(text).unwrap();
        assert_eq!(
            (
                file.head.source.as_str(),
                file.head.request.as_str(),
                file.head.target.as_str()
            ),
            ("orders.toml", "it's", "GET /x")
        );
        assert_eq!(
            (file.kind, file.content.as_str()),
            (Some(Kind::Text), "hi\n")
        );
    }

    #[test]
    fn what_is_wrong_has_its_line() {
        assert_eq!(File::parse("").unwrap_err(), Trouble::NoHead);
        assert_eq!(File::parse("{}").unwrap_err(), Trouble::NoHead);
        assert_eq!(
            File::parse("---\nsource: x\n").unwrap_err(),
            Trouble::NoHead
        );
        let conflict = "<<<<<<< HEAD\n---\nsource: a\n=======\n---\nsource: b\n>>>>>>> x\n---\n1\n";
        assert_eq!(File::parse(conflict).unwrap_err(), Trouble::Conflict(1));
        let inside = written().replace(
            "    1\n",
            "<<<<<<< HEAD\n    1\n=======\n    2\n>>>>>>> other\n",
        );
        let file = File::parse(&inside).unwrap();
        assert_eq!(
            (file.json().unwrap_err(), file.conflict()),
            (Trouble::Conflict(15), Some(15))
        );
        assert_eq!(inside.lines().nth(14), Some("<<<<<<< HEAD"));
        let Err(Trouble::NotJson(line, _)) = File::parse(&written().replace("  ]", "  !"))
            .unwrap()
            .json()
        else {
            panic!()
        };
        assert_eq!(line, 16);
    }
}
