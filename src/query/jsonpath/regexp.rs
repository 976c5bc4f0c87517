//! Patterns of `match` and `search`: I-Regexp (RFC 9485), run by the `regex` crate.

use regex::Regex;

use crate::query::{QueryError, regex as ours};

/// Compiles a pattern, for the whole text or for a part of it.
pub(super) fn compile(pattern: &str, whole: bool) -> Result<Regex, QueryError> {
    let translated = translate(pattern);
    // By itself first: `a)(b` is no pattern, but would be one inside the group.
    let part = ours::compile(&translated)?;
    if whole {
        ours::compile(&format!(r"\A(?:{translated})\z"))
    } else {
        Ok(part)
    }
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
        class = if escaped {
            class
        } else {
            (class || character == '[') && character != ']'
        };
        escaped = character == '\\' && !escaped;
    }
    out
}
