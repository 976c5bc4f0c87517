//! What a file writes as a secret, found in its text: also if the file is no TOML, or the secret stands in the wrong way.

use crate::secret::{header_parts, is_secret_header};
use crate::source::nearest;

/// How many characters a word of a command needs to count: its options are shorter, and no secrets.
const LEAST_WORD: usize = 8;

/// A string that is a value, and the keys that lead to it.
struct Written<'a> {
    /// Where the head of its table ends.
    section: usize,
    path: Vec<&'a str>,
    raw: &'a str,
    /// Whether it is the first one under its key.
    first: bool,
}

/// Goes through a text.
struct Scan<'a> {
    text: &'a str,
    at: usize,
    /// Where the head of the table ends, and its names.
    section: (usize, Vec<&'a str>),
    /// The keys before each bracket that is open.
    open: Vec<Vec<&'a str>>,
    key: Vec<&'a str>,
    /// Words in a row that dots join: a key, if `=` follows.
    words: Vec<&'a str>,
    dotted: bool,
    /// Whether the last of the words is also a string that was taken for a value.
    taken: bool,
    strings: Vec<Written<'a>>,
    /// Tables in which a secret is meant.
    secret: Vec<(usize, Vec<&'a str>)>,
}

/// The strings that stand beside a key such as `secret`, or below the name of a secret header, each with its key. As they
/// are written, without placeholders.
pub(super) fn meant_secrets(text: &str) -> Vec<(&str, &str)> {
    let mut scan = Scan {
        text,
        at: 0,
        section: (0, Vec::new()),
        open: Vec::new(),
        key: Vec::new(),
        words: Vec::new(),
        dotted: false,
        taken: false,
        strings: Vec::new(),
        secret: Vec::new(),
    };
    while scan.step() {}
    let mut found = Vec::new();
    for written in &scan.strings {
        let name = written.path.last().copied().unwrap_or_default();
        let header = header_of(&written.path);
        let beside = scan
            .secret
            .iter()
            .any(|(section, table)| *section == written.section && written.path.starts_with(table));
        if header.is_none() && !(beside && may_be_secret(name, written)) {
            continue;
        }
        for part in written.raw.lines().flat_map(fixed) {
            match header {
                Some(header) => found.extend(
                    header_parts(header, part)
                        .into_iter()
                        .filter(|(_, hidden)| *hidden)
                        .map(|(part, _)| (header, part)),
                ),
                None => found.push((name, part)),
            }
        }
    }
    found
}

/// The name of the secret header below which a value stands.
fn header_of<'a>(path: &[&'a str]) -> Option<&'a str> {
    let at = path.iter().position(|key| *key == "headers")?;
    let expected = path.contains(&"expect");
    path[at..]
        .iter()
        .find(|key| !expected && is_secret_header(key))
        .copied()
}

/// Beside `secret`, some keys name where the secret comes from.
fn may_be_secret(name: &str, written: &Written<'_>) -> bool {
    match name {
        "env" | "file" | "timeout" | "jsonpath" | "secret" => false,
        "command" => !written.first && written.raw.chars().count() >= LEAST_WORD,
        _ => !matches!(written.raw, "true" | "false"),
    }
}

/// The parts of a text around its placeholders, and the strings in those.
fn fixed(text: &str) -> Vec<&str> {
    let mut pieces = text.split("{{");
    let first = pieces.next();
    let rest = pieces.flat_map(|piece| {
        let (inside, after) = piece.split_once("}}").unwrap_or((piece, ""));
        quoted(inside).into_iter().chain([after])
    });
    first
        .into_iter()
        .chain(rest)
        .filter(|part| !part.trim().is_empty())
        .collect()
}

/// The strings of an expression that may be secrets: shorter ones are separators and the like.
fn quoted(expression: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = expression;
    while let Some(open) = rest.find(['"', '\'']) {
        let (mark, inside) = rest
            .get(open..)
            .and_then(|part| part.split_at_checked(1))
            .unwrap_or_default();
        let end = inside.find(mark).unwrap_or(inside.len());
        found.extend(inside.get(..end));
        rest = inside.get(end + 1..).unwrap_or_default();
    }
    found.retain(|part| part.chars().nth(LEAST_WORD - 1).is_some());
    found
}

fn means_secret(key: &str) -> bool {
    key == "secret" || nearest(key, ["secret"]).is_some()
}

impl<'a> Scan<'a> {
    /// Takes one token; false at the end.
    fn step(&mut self) -> bool {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let Some(first) = rest.chars().next() else {
            return false;
        };
        let starts_line =
            self.at == 0 || self.text.get(..self.at).unwrap_or_default().ends_with('\n');
        match first {
            '[' if starts_line => self.header(rest),
            '"' | '\'' => self.string(rest, first),
            '#' => self.at += rest.find('\n').unwrap_or(rest.len()),
            _ if is_bare(first) => {
                let end = rest.find(|one| !is_bare(one)).unwrap_or(rest.len());
                self.word(rest.get(..end).unwrap_or_default());
                self.at += end;
            }
            _ => {
                self.sign(first, rest);
                self.at += first.len_utf8();
            }
        }
        true
    }

    fn sign(&mut self, sign: char, rest: &str) {
        match sign {
            '.' => self.dotted = true,
            '=' => self.assign(rest.get(1..).unwrap_or_default()),
            '[' | '{' => {
                self.open.push(std::mem::take(&mut self.key));
                self.words.clear();
            }
            ']' | '}' => {
                self.key = self.open.pop().unwrap_or_default();
                self.words.clear();
            }
            ',' | '\n' => {
                self.words.clear();
                if sign == '\n' && self.open.is_empty() {
                    self.key.clear();
                }
            }
            _ => {}
        }
    }

    /// The head of a table: nothing before it is open any more, whatever was left unclosed.
    fn header(&mut self, rest: &'a str) {
        let line = rest.lines().next().unwrap_or_default();
        let names = line.split('#').next().unwrap_or_default();
        let names = names
            .split('.')
            .map(|name| name.trim_matches(|one: char| " \t[]\"'".contains(one)));
        self.section = (self.at + line.len(), names.collect());
        self.open.clear();
        self.key.clear();
        self.words.clear();
        self.at += line.len();
    }

    fn word(&mut self, word: &'a str) {
        if !std::mem::take(&mut self.dotted) {
            self.words.clear();
        }
        self.words.push(word);
        self.taken = false;
    }

    fn string(&mut self, rest: &'a str, quote: char) {
        let long = if quote == '"' { "\"\"\"" } else { "'''" };
        let (mark, is_long) = if rest.starts_with(long) {
            (long, true)
        } else {
            (long.get(..1).unwrap_or_default(), false)
        };
        let inside = rest.get(mark.len()..).unwrap_or_default();
        let end = end_of(inside, mark, is_long);
        let raw = inside.get(..end).unwrap_or_default();
        let closed = inside.get(end..).is_some_and(|rest| rest.starts_with(mark));
        self.at += mark.len() + end + if closed { mark.len() } else { 0 };
        let path = self.path();
        let first = self.strings.last().is_none_or(|last| last.path != path);
        self.word(raw);
        self.taken = true;
        self.strings.push(Written {
            section: self.section.0,
            path,
            raw,
            first,
        });
    }

    fn assign(&mut self, after: &str) {
        if std::mem::take(&mut self.taken) {
            // It was a key in quotes.
            self.strings.pop();
        }
        self.key = std::mem::take(&mut self.words);
        let meant = self.key.last().is_some_and(|key| means_secret(key));
        let mut table = self.path();
        table.pop();
        // A variable may have that name.
        let named = table.last().is_none_or(|key| *key == "vars");
        if meant && !named && !after.trim_start().starts_with("false") {
            self.secret.push((self.section.0, table));
        }
    }

    fn path(&self) -> Vec<&'a str> {
        let before = self.open.iter().flatten();
        let keys = self.section.1.iter().chain(before).chain(&self.key);
        keys.copied().collect()
    }
}

fn is_bare(one: char) -> bool {
    one.is_alphanumeric() || matches!(one, '_' | '-')
}

/// Where a string ends; one of a single line ends with it at the latest.
fn end_of(inside: &str, mark: &str, is_long: bool) -> usize {
    let mut escaped = false;
    for (at, one) in inside.char_indices() {
        if std::mem::take(&mut escaped) {
            continue;
        }
        match one {
            '\\' if mark.starts_with('"') => escaped = true,
            '\n' if !is_long => return at,
            _ if inside.get(at..).is_some_and(|rest| rest.starts_with(mark)) => return at,
            _ => {}
        }
    }
    inside.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A text, and what is secret in it.
    const WRITTEN: [(&str, &[&str]); 22] = [
        (
            r#"tok={env="NOPE",defualt="abcdefgh",secret=true}"#,
            &["abcdefgh"],
        ),
        (
            r#"tok={command=["echo","abcdefgh"],secret="true"}"#,
            &["abcdefgh"],
        ),
        (
            r#"capture.t={jsonpath="$.a",default="abcdefgh",secret="true"}"#,
            &["abcdefgh"],
        ),
        (
            r#"tok={value="abcd{{ nope }}efgh",secret=true}"#,
            &["abcd", "efgh"],
        ),
        (r#"tok={value="abcd{{ 1 + }}",secret=true}"#, &["abcd"]),
        (r#"tok={value="abcd{{ 1 +",secret=true}"#, &["abcd"]),
        (
            r#"tok={value="{{ 'abcdefgh' + }}",secret=true}"#,
            &["abcdefgh"],
        ),
        (
            r#"tok={value="ab{{ 'cdefghij' ~ ',' ~ x }}kl",secret=true}"#,
            &["ab", "cdefghij", "kl"],
        ),
        (r#"tok={value="abcd" secret=true}"#, &["abcd"]),
        (
            "tok={value=\"abcd, secret=true}\ntok={value='abcd',sceret=true",
            &["abcd"],
        ),
        (r#"headers={Authorization="Bearer abcd",x=[[]]}"#, &["abcd"]),
        (r#"headers={x-api-key={v="abcd"}}"#, &["abcd"]),
        (
            r#"headers={"x-api-key"=["abcd","efgh"],accept="ijkl"}"#,
            &["abcd", "efgh"],
        ),
        ("[request.headers]\nX-Api-Key = 'abcd'", &["abcd"]),
        (r#"expect.headers={Authorization="Bearer abcd"}"#, &[]),
        (
            "[vars.tok]\nvalue = \"\"\"ab\ncd\"\"\"\nsecret = 1",
            &["ab", "cd"],
        ),
        (
            "[vars]\ntok.value='abcd'\ntok.secret='true'\nb='efgh'",
            &["abcd"],
        ),
        ("[vars]\nsecret='abcd'\nb='efgh'", &[]),
        ("tok={value='abcd',secret=false}", &[]),
        ("a={value='abcd'}\nb={value='efgh',secret=true}", &["efgh"]),
        ("tok = [{ value = 'abcd', # secret = true\n}]", &[]),
        ("a=[{secret=true,value='abcd'\n[vars]\nb='efgh'", &["abcd"]),
    ];

    #[test]
    fn what_is_meant_to_be_secret_is_found() {
        for (written, wanted) in WRITTEN {
            let found: Vec<_> = meant_secrets(written)
                .into_iter()
                .map(|(_, value)| value)
                .collect();
            assert_eq!(found, wanted, "{written}");
        }
    }
}
