//! Secrets in the text of a JSON document, which stays one.

use std::ops::Range;

use super::STARS;

/// The text with stars for each part. A part that is not inside of a string takes the values that it touches with it, and becomes a
/// string; `None` if that gives no document.
pub(super) fn without(text: &str, parts: impl Iterator<Item = Range<usize>>) -> Option<String> {
    let strings = strings(text);
    let mut shown = String::new();
    let mut at = 0;
    for part in parts {
        let inside = string_at(&strings, part.start).filter(|string| part.end < string.end);
        let (part, stars) = match inside {
            Some(_) => (part, STARS.to_owned()),
            None => (values(text, &strings, part), format!("\"{STARS}\"")),
        };
        if part.start < at {
            continue;
        }
        shown.push_str(text.get(at..part.start)?);
        shown.push_str(&stars);
        at = part.end;
    }
    shown.push_str(text.get(at..)?);
    crate::value::parse(&shown).is_ok().then_some(shown)
}

/// A part, widened to the strings, numbers and words that it cuts.
fn values(text: &str, strings: &[Range<usize>], part: Range<usize>) -> Range<usize> {
    let is_scalar = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
    let bytes = text.as_bytes();
    let before = bytes
        .get(..part.start)
        .unwrap_or_default()
        .iter()
        .rev()
        .take_while(|byte| is_scalar(byte))
        .count();
    let after = bytes
        .get(part.end..)
        .unwrap_or_default()
        .iter()
        .take_while(|byte| is_scalar(byte))
        .count();
    let start = string_at(strings, part.start).map_or(part.start - before, |string| string.start);
    let end = string_at(strings, part.end).map_or(part.end + after, |string| string.end);
    start..end
}

/// The string in which a place lies.
fn string_at(strings: &[Range<usize>], at: usize) -> Option<&Range<usize>> {
    let before = strings.partition_point(|string| string.start < at);
    strings
        .get(before.checked_sub(1)?)
        .filter(|string| at < string.end)
}

/// Where the strings of the document stand, with their quotes.
fn strings(text: &str) -> Vec<Range<usize>> {
    let mut strings = Vec::new();
    let mut bytes = text.bytes().enumerate();
    while let Some((start, byte)) = bytes.next() {
        if byte != b'"' {
            continue;
        }
        while let Some((at, byte)) = bytes.next() {
            match byte {
                b'\\' => drop(bytes.next()),
                b'"' => {
                    strings.push(start..at + 1);
                    break;
                }
                _ => {}
            }
        }
    }
    strings
}
