//! Patterns of `match` and `search`: I-Regexp (RFC 9485), run by the `regex` crate.

use regex::{Regex, RegexBuilder};

/// What a compiled pattern may take: one from a document is not to be trusted.
const MAX_SIZE: usize = 1 << 20;

/// Compiles a pattern, for the whole text or for a part of it; the error is one line.
pub(super) fn compile(pattern: &str, whole: bool) -> Result<Regex, String> {
    let build = |pattern: &str| RegexBuilder::new(pattern).size_limit(MAX_SIZE).build();
    let translated = translate(pattern);
    // By itself first: `a)(b` is no pattern, but would be one inside the group.
    let part = build(&translated).map_err(|error| last_line(&error.to_string()))?;
    if whole { build(&format!(r"\A(?:{translated})\z")).map_err(|error| last_line(&error.to_string())) } else { Ok(part) }
}

/// A dot is `[^\n\r]` in I-Regexp (RFC 9485 section 5), and only `[^\n]` in the crate.
fn translate(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len() + 16);
    let (mut escaped, mut class) = (false, false);
    for character in pattern.chars() {
        match character {
            '.' if !escaped && !class => out.push_str(r"[^\n\r]"),
            other => out.push(other),
        }
        class = if escaped { class } else { (class || character == '[') && character != ']' };
        escaped = character == '\\' && !escaped;
    }
    out
}

fn last_line(message: &str) -> String {
    let line = message.lines().last().unwrap_or_default();
    line.strip_prefix("error: ").unwrap_or(line).trim_end_matches('.').to_owned()
}
