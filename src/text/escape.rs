//! Text from outside, made harmless and visible.

use std::borrow::Cow;

/// A text without anything that would steer a terminal or hide what is there: control characters are shown as their
/// pictures (`␛`), direction marks and other invisible characters by their number (`\u{202e}`). Line breaks and tabs stay.
#[must_use]
pub fn escape_control(text: &str) -> Cow<'_, str> {
    neutral_but(text, &['\n', '\t'])
}

/// As [`escape_control`], and on one line: line breaks are shown as `␊`, a tab as `␉`.
#[must_use]
pub fn escape_control_line(text: &str) -> Cow<'_, str> {
    neutral_but(text, &[])
}

fn neutral_but<'a>(text: &'a str, keep: &[char]) -> Cow<'a, str> {
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return Cow::Borrowed(text);
    }
    let harmful = |character: char| is_harmful(character) && !keep.contains(&character);
    if !text.contains(harmful) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if harmful(character) {
            show(character, &mut shown);
        } else {
            shown.push(character);
        }
    }
    Cow::Owned(shown)
}

/// Whether a character steers a terminal, or hides what is there. Joiners and variation selectors do not, scripts and emoji
/// need them.
#[must_use]
pub fn is_harmful(character: char) -> bool {
    if character.is_ascii() {
        return character.is_ascii_control();
    }
    matches!(character,
        // C1 controls, the soft hyphen.
        '\u{80}'..='\u{9f}' | '\u{ad}'
        // Direction: marks, embeddings, overrides, isolates.
        | '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        // Line breaks of other kinds, what has no width or looks empty.
        | '\u{2028}' | '\u{2029}' | '\u{200b}' | '\u{2060}'..='\u{2065}' | '\u{206a}'..='\u{206f}' | '\u{feff}'
        | '\u{180e}' | '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}'
        // Tags, invisible copies of ASCII.
        | '\u{e0000}'..='\u{e007f}')
}

fn show(character: char, shown: &mut String) {
    let picture = match u32::from(character) {
        code @ ..0x20 => char::from_u32(0x2400 + code),
        0x7f => Some('␡'),
        _ => None,
    };
    match picture {
        Some(picture) => shown.push(picture),
        None => shown.extend(character.escape_unicode()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_a_terminal_is_shown_instead() {
        assert_eq!(
            escape_control("a\x1b[31mb\x07\r\n\tc\x7f"),
            "a␛[31mb␇␍\n\tc␡"
        );
        assert_eq!(escape_control_line("a\r\n\tb"), "a␍␊␉b");
        assert_eq!(
            escape_control("a\u{202e}b\u{9b}c\u{200b}d\u{e0041}"),
            r"a\u{202e}b\u{9b}c\u{200b}d\u{e0041}"
        );
    }

    #[test]
    fn harmless_text_is_not_copied() {
        for text in [
            "",
            "plain\n\ttext",
            "ß € 漢字 👩\u{200d}👩\u{200d}👧 ✔\u{fe0f}",
        ] {
            assert!(matches!(escape_control(text), Cow::Borrowed(_)), "{text}");
        }
    }
}
