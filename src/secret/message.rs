//! Sentences of this program: which of their words are its own, and never redacted.

use std::ops::Range;

use super::index::{Found, Index, is_plain_word};

/// The secrets of a message that are not words of this program.
pub(super) fn foreign(index: &Index, message: &str) -> Vec<Found> {
    let mut found = index.find(message.as_bytes());
    if found.is_empty() {
        return found;
    }
    let quoted = quoted(message);
    found.retain(|found| {
        let word = message
            .as_bytes()
            .get(found.range.clone())
            .unwrap_or_default();
        let is_quoted = quoted
            .iter()
            .any(|part| part.start <= found.range.start && found.range.start < part.end);
        let is_advice = is_boolean(message, &found.range)
            && message
                .get(found.range.end..)
                .is_some_and(|rest| rest.starts_with('`'));
        !is_option(message, &found.range) && (!is_plain_word(word) || (is_quoted && !is_advice))
    });
    found
}

/// The options of the command line, which messages name: a word of one is not redacted if a secret is that word. A test of
/// the command line holds the list to its options.
pub(crate) const OPTIONS: &[&str] = &[
    "--accept",
    "--allow-commands",
    "--allow-credentials",
    "--allow-unsafe",
    "--base-url",
    "--cacert",
    "--cert",
    "--color",
    "--connect-timeout",
    "--cookie-jar",
    "--cookies",
    "--curl",
    "--dry-run",
    "--env-file",
    "--fail-fast",
    "--filter",
    "--follow-redirects",
    "--from",
    "--header",
    "--http",
    "--ignore",
    "--ignore-header",
    "--insecure",
    "--interface",
    "--ipv4",
    "--ipv6",
    "--jobs",
    "--json",
    "--key",
    "--last-failed",
    "--list",
    "--max-body",
    "--max-failures",
    "--no-keep-alive",
    "--no-progress",
    "--no-proxy",
    "--port",
    "--proxy",
    "--quiet",
    "--record",
    "--reject",
    "--replay",
    "--report",
    "--resolve",
    "--retries",
    "--secret",
    "--secret-env-file",
    "--seed",
    "--shard",
    "--show-secrets",
    "--snapshots",
    "--stage",
    "--tag",
    "--timeout",
    "--tls-max",
    "--tls-min",
    "--to",
    "--unix-socket",
    "--unreferenced",
    "--var",
    "--verbose",
    "--wait-ready",
];

/// Whether a part of a message lies in an option of the command line, which stands in backticks.
fn is_option(message: &str, part: &Range<usize>) -> bool {
    let Some(open) = message.get(..part.end).and_then(|before| before.rfind('`')) else {
        return false;
    };
    let rest = message.get(open + 1..).unwrap_or_default();
    let word = rest
        .split(|sign: char| sign == '`' || sign == '=' || sign.is_whitespace())
        .next()
        .unwrap_or_default();
    OPTIONS.contains(&word) && part.start > open && part.end <= open + 1 + word.len()
}

/// The parts of a message that stand in backticks or quotes, but for a key such as `expect.status`; all of it behind a quote that is not closed. A single quote counts if it
/// stands before a word, since it is an apostrophe behind one.
fn quoted(message: &str) -> Vec<Range<usize>> {
    let mut parts = Vec::new();
    let mut open: Option<(usize, char)> = None;
    let mut before = ' ';
    let mut escaped = false;
    let mut in_key = false;
    for (at, sign) in message.char_indices() {
        let names_key = || {
            message
                .get(at + 1..)
                .is_some_and(|rest| rest.starts_with("expect."))
        };
        match open {
            // What to write into a collection.
            None if sign == '`' && (names_key() || in_key) => in_key = !in_key,
            None if matches!(sign, '`' | '"') || (sign == '\'' && !before.is_alphanumeric()) => {
                open = Some((at, sign));
            }
            Some((_, '"')) if escaped => {}
            Some((start, quote)) if quote == sign => {
                parts.push(start..at);
                open = None;
            }
            _ => {}
        }
        escaped = sign == '\\' && !escaped;
        before = sign;
    }
    parts.extend(open.map(|(start, _)| start..message.len()));
    parts
}

/// Tables of the format whose keys are words of the format too.
const FORMAT: [&str; 8] = [
    "auth", "defaults", "expect", "poll", "project", "retry", "run", "tls",
];

/// Whether a part of some lines of TOML is the key of a value or a table, or a word of such a key.
pub(super) fn is_key(lines: &str, part: &Range<usize>) -> bool {
    let (Some(before), Some(word), Some(after)) = (
        lines.get(..part.start),
        lines.get(part.clone()),
        lines.get(part.end..),
    ) else {
        return false;
    };
    let bare = |sign: char| sign.is_ascii_alphanumeric() || matches!(sign, '_' | '-' | '.' | '[');
    let before = before.rsplit('\n').next().unwrap_or_default();
    let line = after.split('\n').next().unwrap_or_default();
    let rest = line.trim_start_matches(|sign: char| bare(sign) && sign != '[');
    // A name in quotes may go on behind a dot: `jsonpath."$.id"`.
    let goes_on = rest.starts_with(['"', '\''])
        && line
            .strip_suffix(rest)
            .is_some_and(|name| name.ends_with('.'));
    let ends = rest.trim_start();
    // Behind `headers.` and the like the collection's own names begin.
    let mut tables = before.trim_start().trim_start_matches('[').split('.').rev();
    let is_whole = tables.next() == Some("") && !line.starts_with(['-', '_']);
    is_plain_word(word.as_bytes())
        && is_whole
        && tables.all(|table| FORMAT.contains(&table))
        && (goes_on || ends.starts_with(['=', ']']))
}

/// Whether a part of a text is a boolean that TOML gives a key: a word of the format, since a text stands in quotes.
pub(super) fn is_boolean(text: &str, part: &Range<usize>) -> bool {
    let before = text.get(..part.start).unwrap_or_default().trim_end();
    before.ends_with('=') && matches!(text.get(part.clone()), Some("true" | "false"))
}

/// Whether a text of TOML may end inside of a string of several lines.
pub(super) fn is_in_text(toml: &str) -> bool {
    ["\"\"\"", "'''"]
        .iter()
        .any(|quotes| toml.matches(quotes).count() % 2 == 1)
}
