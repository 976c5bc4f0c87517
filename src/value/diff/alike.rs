//! How two values differ that look the same where they are printed: in type, in characters that are not seen, in letters
//! of another script.

use unicode_normalization::UnicodeNormalization;

use crate::value::Value;

/// Longer texts are not looked into.
const LONGEST: usize = 1024 * 1024;

/// How `actual` differs from what was expected, if the two look alike.
#[must_use]
pub fn alike(expected: &Value, actual: &Value) -> Option<String> {
    match (expected, actual) {
        (Value::String(expected), Value::String(actual)) => texts(expected, actual),
        _ if expected.kind() == actual.kind() => None,
        _ => (printed(expected) == printed(actual)).then(|| {
            format!(
                "{}, not {}",
                actual.kind().with_article(),
                expected.kind().with_article()
            )
        }),
    }
}

/// The hint for a value that is not the expected one, or does not contain it (`inside`), if the two look alike.
#[must_use]
pub fn alike_hint(expected: &Value, actual: &Value, inside: bool) -> Option<String> {
    match (expected, actual) {
        (Value::String(part), Value::String(whole)) if inside => {
            alike_inside(part, whole).map(|how| format!("a part of it only looks the same: {how}"))
        }
        _ => alike(expected, actual).map(|how| format!("the two only look the same: {how}")),
    }
}

/// How a text that was not found in another one stands there all the same, in characters that look alike.
fn alike_inside(part: &str, whole: &str) -> Option<String> {
    if part.len() > LONGEST || whole.len() > LONGEST || whole.contains(part) {
        return None;
    }
    let (part, whole) = (composed(part), composed(whole));
    if whole.contains(&part) {
        return Some("it has another Unicode normalization".to_owned());
    }
    let folded = fold(&whole);
    let start = seen(&folded).find(&seen(&fold(&part)))?;
    let first = seen(&folded).get(..start)?.chars().count();
    let last = first + fold(&part).len().checked_sub(1)?;
    let (first, last) = (folded.get(first)?.1, folded.get(last)?.1);
    let found: String = whole.chars().skip(first).take(last + 1 - first).collect();
    texts(&part, &found)
}

/// A text in Unicode Normalization Form C.
fn composed(text: &str) -> String {
    text.nfc().collect()
}

/// Folded characters as a text.
fn seen(folded: &[(char, usize)]) -> String {
    folded.iter().map(|(character, _)| character).collect()
}

fn printed(value: &Value) -> String {
    value.to_text().unwrap_or_else(|| "null".to_owned())
}

fn texts(expected: &str, actual: &str) -> Option<String> {
    if expected == actual || expected.len() > LONGEST || actual.len() > LONGEST {
        return None;
    }
    if seen(&fold(expected)).trim() != seen(&fold(actual)).trim() {
        return None;
    }
    Some(
        line_ends(expected, actual)
            .or_else(|| normalization(expected, actual))
            .unwrap_or_else(|| characters(expected, actual)),
    )
}

fn line_ends(expected: &str, actual: &str) -> Option<String> {
    let name = |text: &str| if text.contains("\r\n") { "CRLF" } else { "LF" };
    let differs = name(expected) != name(actual)
        && expected.replace("\r\n", "\n") == actual.replace("\r\n", "\n");
    differs.then(|| {
        format!(
            "its lines end with {}, not with {}",
            name(actual),
            name(expected)
        )
    })
}

fn normalization(expected: &str, actual: &str) -> Option<String> {
    if composed(expected) != composed(actual) {
        return None;
    }
    let at = common(expected, actual);
    // The letter before belongs to a mark that is added to it.
    let is_mark = |text: &str| {
        text.chars()
            .nth(at)
            .is_some_and(|character| ('\u{300}'..='\u{36f}').contains(&character))
    };
    let at = if is_mark(expected) || is_mark(actual) {
        at.saturating_sub(1)
    } else {
        at
    };
    let letter = |text: &str| {
        let mut characters = text.chars().skip(at);
        let first = characters.next().into_iter();
        let marks = characters.take_while(|character| ('\u{300}'..='\u{36f}').contains(character));
        first.chain(marks).map(code).collect::<Vec<_>>().join(" ")
    };
    let (actual, expected) = (letter(actual), letter(expected));
    Some(format!(
        "character {} is written as {actual}, not as {expected} (Unicode normalization)",
        at + 1
    ))
}

/// How many characters two texts have in common at the start.
fn common(one: &str, two: &str) -> usize {
    one.chars()
        .zip(two.chars())
        .take_while(|(one, two)| one == two)
        .count()
}

/// The first character that differs.
fn characters(expected: &str, actual: &str) -> String {
    let at = common(expected, actual);
    let place = at + 1;
    let rest = |text: &str| text.chars().skip(at).collect::<String>();
    let (wanted, found) = (rest(expected), rest(actual));
    let (first_wanted, first_found) = (wanted.chars().next(), found.chars().next());
    let without_first = |text: &str| text.chars().skip(1).collect::<String>();
    match (first_wanted, first_found) {
        (None, Some(found)) => format!("it has {} at its end", name(found)),
        (Some(wanted), None) => format!("it lacks {} at its end", name(wanted)),
        (_, Some(character))
            if unseen(character) && starts_like(&without_first(&found), &wanted) =>
        {
            format!(
                "character {place} is {}, which is not expected",
                name(character)
            )
        }
        (Some(character), _)
            if unseen(character) && starts_like(&without_first(&wanted), &found) =>
        {
            format!(
                "{} is missing in front of character {place}",
                name(character)
            )
        }
        (Some(wanted), Some(found)) => {
            format!("character {place} is {}, not {}", name(found), name(wanted))
        }
        (None, None) => String::new(),
    }
}

fn starts_like(one: &str, two: &str) -> bool {
    one.chars().next() == two.chars().next()
}

fn unseen(character: char) -> bool {
    is_ignorable(character) || character.is_whitespace()
}

fn code(character: char) -> String {
    format!("U+{:04X}", u32::from(character))
}

/// A character as a message names it.
fn name(character: char) -> String {
    if character.is_ascii_graphic() {
        return format!("`{character}`");
    }
    let known = NAMES
        .iter()
        .find(|(known, _)| *known == character)
        .map(|(_, name)| *name);
    let script = match character {
        '\u{370}'..='\u{3ff}' => Some("Greek"),
        '\u{400}'..='\u{52f}' => Some("Cyrillic"),
        '\u{ff01}'..='\u{ff5e}' => Some("fullwidth"),
        _ => None,
    };
    match known.or(script) {
        Some(name) => format!("{} ({name})", code(character)),
        None => code(character),
    }
}

const NAMES: [(char, &str); 30] = [
    ('\t', "tab"),
    ('\n', "line feed"),
    ('\r', "carriage return"),
    (' ', "space"),
    ('\u{a0}', "no-break space"),
    ('\u{ad}', "soft hyphen"),
    ('\u{61c}', "Arabic letter mark"),
    ('\u{2003}', "em space"),
    ('\u{2007}', "figure space"),
    ('\u{2009}', "thin space"),
    ('\u{200b}', "zero width space"),
    ('\u{200c}', "zero width non-joiner"),
    ('\u{200d}', "zero width joiner"),
    ('\u{200e}', "left-to-right mark"),
    ('\u{200f}', "right-to-left mark"),
    ('\u{2010}', "hyphen"),
    ('\u{2011}', "non-breaking hyphen"),
    ('\u{2013}', "en dash"),
    ('\u{2014}', "em dash"),
    ('\u{2018}', "left single quotation mark"),
    ('\u{2019}', "right single quotation mark"),
    ('\u{201c}', "left double quotation mark"),
    ('\u{201d}', "right double quotation mark"),
    ('\u{2028}', "line separator"),
    ('\u{202f}', "narrow no-break space"),
    ('\u{2060}', "word joiner"),
    ('\u{2212}', "minus sign"),
    ('\u{3000}', "ideographic space"),
    ('\u{fe0f}', "variation selector"),
    ('\u{feff}', "byte order mark"),
];

/// Whether nothing is seen of a character.
fn is_ignorable(character: char) -> bool {
    matches!(
        character,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{2064}'
            | '\u{2066}'..='\u{206f}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
    ) || (character.is_control() && !character.is_whitespace())
}

/// Letters of other scripts and signs, each with the ASCII character that it looks like.
const LOOK_ALIKES: [(&str, &str); 6] = [
    ("аеорсухіјѕһԁԛԝѵ", "aeopcyxijshdqwv"),
    ("АВЕКМНОРСТХУІЈЅЗ", "ABEKMHOPCTXYIJS3"),
    ("οναρικυγ", "ovapikuy"),
    ("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABEZHIKMNOPTYX"),
    ("ıɑɡ‐‑‒–—−", "iag------"),
    ("‘’‚“”„′″⁄∶", "'',\"\"\"'\"/:"),
];

/// The characters as they look, each with its place in the composed text: composed, without what is not seen, spaces as one space, look-alikes
/// as ASCII.
fn fold(text: &str) -> Vec<(char, usize)> {
    let composed = composed(text);
    let mut folded: Vec<(char, usize)> = Vec::with_capacity(composed.len());
    for (place, character) in composed.chars().enumerate() {
        if is_ignorable(character) {
            continue;
        }
        let seen = if character.is_whitespace() {
            ' '
        } else {
            looks(character)
        };
        if seen != ' ' || folded.last().is_none_or(|(last, _)| *last != ' ') {
            folded.push((seen, place));
        }
    }
    folded
}

fn looks(character: char) -> char {
    match character {
        'I' | 'l' | '|' => return '1',
        'O' | 'o' => return '0',
        character if character.is_ascii() => return character,
        '\u{ff01}'..='\u{ff5e}' => {
            return char::from_u32(u32::from(character) - 0xfee0).map_or(character, looks);
        }
        _ => {}
    }
    let found = LOOK_ALIKES.iter().find_map(|(others, ascii)| {
        let place = others.chars().position(|other| other == character)?;
        ascii.chars().nth(place)
    });
    found.map_or(character, looks)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two texts, and how they differ though they look alike.
    const LOOK_ALIKE: [(&str, &str, Option<&str>); 19] = [
        (
            "a b",
            "a\u{a0}b",
            Some("character 2 is U+00A0 (no-break space), not U+0020 (space)"),
        ),
        (
            "ab",
            "a\u{200b}b",
            Some("character 2 is U+200B (zero width space), which is not expected"),
        ),
        (
            "\u{feff}ab",
            "ab",
            Some("U+FEFF (byte order mark) is missing in front of character 1"),
        ),
        (
            "é",
            "e\u{301}",
            Some("character 1 is written as U+0065 U+0301, not as U+00E9 (Unicode normalization)"),
        ),
        (
            "xe\u{301}y",
            "xéy",
            Some("character 2 is written as U+00E9, not as U+0065 U+0301 (Unicode normalization)"),
        ),
        (
            "paypal",
            "p\u{430}ypal",
            Some("character 2 is U+0430 (Cyrillic), not `a`"),
        ),
        (
            "\u{39f}K",
            "OK",
            Some("character 1 is `O`, not U+039F (Greek)"),
        ),
        ("ab", "ab ", Some("it has U+0020 (space) at its end")),
        ("ab\n", "ab", Some("it lacks U+000A (line feed) at its end")),
        (
            "a\nb",
            "a\r\nb",
            Some("its lines end with CRLF, not with LF"),
        ),
        (
            "a-b",
            "a\u{2011}b",
            Some("character 2 is U+2011 (non-breaking hyphen), not `-`"),
        ),
        (
            "it's",
            "it\u{2019}s",
            Some("character 3 is U+2019 (right single quotation mark), not `'`"),
        ),
        ("O0", "00", Some("character 1 is `0`, not `O`")),
        (
            "a b",
            "a  b",
            Some("character 3 is U+0020 (space), which is not expected"),
        ),
        (
            "\u{ff21}",
            "A",
            Some("character 1 is `A`, not U+FF21 (fullwidth)"),
        ),
        ("a", "b", None),
        ("a", "A", None),
        ("", "x", None),
        ("same", "same", None),
    ];

    #[test]
    fn what_is_not_seen_is_named() {
        for (expected, actual, how) in LOOK_ALIKE {
            assert_eq!(
                alike(&expected.into(), &actual.into()).as_deref(),
                how,
                "{expected:?} {actual:?}"
            );
        }
    }

    #[test]
    fn kinds_are_named_where_values_print_the_same() {
        let value = |text| crate::value::parse(text).unwrap();
        for (expected, actual, how) in [
            ("1", "\"1\"", Some("a string, not a number")),
            ("\"true\"", "true", Some("a boolean, not a string")),
            ("null", "\"null\"", Some("a string, not null")),
            ("\"[1]\"", "[1]", Some("an array, not a string")),
            ("1", "true", None),
            ("1", "2", None),
        ] {
            assert_eq!(
                alike(&value(expected), &value(actual)).as_deref(),
                how,
                "{expected} {actual}"
            );
        }
    }

    #[test]
    fn a_part_is_found_by_its_looks() {
        let how = alike_inside("10 EUR", "total: 10\u{a0}EUR, paid").unwrap();
        assert_eq!(
            how,
            "character 3 is U+00A0 (no-break space), not U+0020 (space)"
        );
        assert_eq!(alike_inside("10 EUR", "total: 11 EUR"), None);
        assert_eq!(alike_inside("x", "xy"), None);
    }
}
