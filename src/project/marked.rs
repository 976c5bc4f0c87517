//! What a file that is no TOML writes as a secret: every word of an entry that is marked as one, however that is written.

use crate::secret::is_secret_header;
use crate::source::nearest;

/// How many characters a word needs to count.
const LEAST: usize = 4;
/// Over so many lines an entry goes on at most.
const MOST_LINES: usize = 20;
/// Words that are no values beside `secret`.
const KEYS: [&str; 15] = [
    "value", "env", "file", "command", "default", "timeout", "secret", "secrets", "true", "false",
    "headers", "Bearer", "Basic", "Digest", "Token",
];

/// A key with its value, as far as that shows.
struct Entry<'a> {
    /// Where the head of its table stands among the lines.
    section: usize,
    lines: Vec<&'a str>,
}

/// The words of the entries that `secret` or the name of a secret header marks.
pub(super) fn marked_words(text: &str) -> Vec<&str> {
    let entries = entries(text);
    let marks: Vec<_> = entries
        .iter()
        .enumerate()
        .filter_map(|(number, entry)| mark(number, entry))
        .collect();
    let is_marked = |number: usize, entry: &Entry<'_>| {
        marks.iter().any(|mark| match mark {
            Mark::Own(own) => *own == number,
            Mark::Table(section) => entry.section == *section,
            Mark::Dotted(section, prefix) => {
                entry.section == *section && entry.first_word().starts_with(prefix)
            }
        })
    };
    let marked = entries.iter().enumerate();
    let marked = marked.filter(|(number, entry)| is_marked(*number, entry));
    marked.flat_map(|(_, entry)| entry.values()).collect()
}

/// What is marked by an entry.
enum Mark<'a> {
    /// The entry of that number.
    Own(usize),
    /// The whole table that begins there.
    Table(usize),
    /// All that begins so, such as `token.`, in that table.
    Dotted(usize, &'a str),
}

fn mark<'a>(number: usize, entry: &Entry<'a>) -> Option<Mark<'a>> {
    let all = || entry.lines.iter().flat_map(|line| words(line));
    if all().any(|(word, _)| word.split('.').any(|key| key == "expect")) {
        return None;
    }
    let is_off = |rest: &str| {
        rest.trim_start_matches([' ', '\t', '=', ':'])
            .starts_with("false")
    };
    let told = |(word, rest): (&str, &str)| means_secret(word) && !is_off(rest);
    if all().skip(1).any(told) {
        return Some(Mark::Own(number));
    }
    let (first, _) = all().next().filter(|(_, rest)| !is_off(rest))?;
    match first.rsplit_once('.') {
        Some((before, last)) if means_secret(last) => {
            Some(Mark::Dotted(entry.section, first.get(..=before.len())?))
        }
        None if means_secret(first) => (entry.section > 0).then_some(Mark::Table(entry.section)),
        _ => all()
            .any(|(word, _)| !means_secret(word) && is_secret_header(word))
            .then_some(Mark::Own(number)),
    }
}

/// The entries of a text: one begins with a word at the start of a line, the others lines belong to it.
fn entries(text: &str) -> Vec<Entry<'_>> {
    let mut found: Vec<Entry<'_>> = Vec::new();
    let mut section = 0;
    for (number, line) in text.lines().enumerate() {
        let begin = line.trim_start();
        if begin.starts_with('[') && line.len() == begin.len() {
            // In `[vars]` a variable may be called `secret`.
            let name = begin.trim_matches(|sign: char| "[] \t\r".contains(sign));
            let plain = name.rsplit('.').next() == Some("vars");
            section = if plain { 0 } else { number + 1 };
            found.push(Entry {
                section,
                lines: Vec::new(),
            });
            continue;
        }
        let begins = begin.starts_with(|sign: char| sign.is_alphanumeric() || sign == '_')
            && line.len() == begin.len();
        match found.last_mut() {
            Some(last) if !begins && !last.lines.is_empty() && last.lines.len() < MOST_LINES => {
                last.lines.push(line);
            }
            _ => found.push(Entry {
                section,
                lines: vec![line],
            }),
        }
    }
    found
}

impl<'a> Entry<'a> {
    fn first_word(&self) -> &'a str {
        let line = self.lines.first().copied().unwrap_or_default();
        words(line).first().map_or("", |(word, _)| *word)
    }

    /// The words that may be values: not the first one, nor one with a sign behind it as a key has.
    fn values(&self) -> Vec<&'a str> {
        let all = self.lines.iter().flat_map(|line| words(line)).skip(1);
        let may_be = |(word, rest): &(&str, &str)| {
            let is_key = rest.trim_start().starts_with(['=', ':', '{'])
                && !word.contains(|sign: char| sign.is_ascii_digit());
            word.chars().nth(LEAST - 1).is_some() && !KEYS.contains(word) && !is_key
        };
        all.filter(may_be).map(|(word, _)| word).collect()
    }
}

fn means_secret(word: &str) -> bool {
    word == "secret" || nearest(word, ["secret"]).is_some()
}

/// The words of a line, each with what follows it.
fn words(line: &str) -> Vec<(&str, &str)> {
    let is_between = |sign: char| sign.is_whitespace() || "{}[](),=:#\"'`“”‘’«»".contains(sign);
    let mut found = Vec::new();
    let mut rest = line;
    while let Some(start) = rest.find(|sign| !is_between(sign)) {
        let begun = rest.get(start..).unwrap_or_default();
        let (word, behind) = begun
            .split_at_checked(begun.find(is_between).unwrap_or(begun.len()))
            .unwrap_or((begun, ""));
        found.push((word, behind));
        rest = behind;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_of_a_marked_entry_is_found() {
        for (text, wanted) in [
            (
                "tok = { value = abcdefgh, secret = true }",
                &["abcdefgh"][..],
            ),
            ("tok = { value = \"abcdefgh, secret = true }", &["abcdefgh"]),
            ("tok = { value = abcdefgh\", secret = true }", &["abcdefgh"]),
            ("tok = { value = 'abcdefgh, sceret = true }", &["abcdefgh"]),
            ("tok { value = \"abcdefgh\", secret = true }", &["abcdefgh"]),
            ("tok: { value: \"abcdefgh\", secret: true }", &["abcdefgh"]),
            (
                "tok = { \"value\": \"abcdefgh\", \"secret\": true }",
                &["abcdefgh"],
            ),
            ("tok = { value = “abcdefgh”, secret = true }", &["abcdefgh"]),
            (
                "tok = { value = \"abcdefgh\n\", secret = true }",
                &["abcdefgh"],
            ),
            (
                "tok = {\n  value = abcdefgh\n  secret = true\n}",
                &["abcdefgh"],
            ),
            (
                "tok.value = abcdefgh\ntok.secret = true\nb = ijklmnop",
                &["abcdefgh"],
            ),
            (
                "tok.secret = true\ntok.value = abcdefgh\nb.value = ijklmnop",
                &["abcdefgh"],
            ),
            (
                "[vars.tok]\nvalue = abcdefgh\nsecret = true\n[vars.b]\nvalue = ijklmnop",
                &["abcdefgh"],
            ),
            ("[vars]\nsecret = abcdefgh\nb = ijklmnop", &[]),
            ("tok = { value = abcdefgh, secret = false }", &[]),
            ("a = abcdefgh", &[]),
            ("headers.x-api-key = abcdefgh", &["abcdefgh"]),
            (
                "headers = { authorization = Bearer abcdefgh }",
                &["abcdefgh"],
            ),
            ("[request.headers]\nX-Api-Key = abcdefgh", &["abcdefgh"]),
            ("expect.headers.x-api-key = abcdefgh", &[]),
            ("tok = { value = ab1, secret = true }", &[]),
        ] {
            assert_eq!(marked_words(text), wanted, "{text}");
        }
    }
}
