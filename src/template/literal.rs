//! The values of literals.

use num_bigint::BigInt;

use crate::value::Number;

/// The text of a string token, quotes included; `None` if an escape is unknown or the string does not end.
pub(super) fn string(token: &str) -> Option<String> {
    let quote = token.chars().next()?;
    let inner = token.get(1..)?.strip_suffix(quote)?;
    let mut text = String::with_capacity(inner.len());
    let mut characters = inner.chars();
    while let Some(character) = characters.next() {
        if character == '\\' {
            escape(&mut characters, &mut text)?;
        } else {
            text.push(character);
        }
    }
    Some(text)
}

fn escape(characters: &mut std::str::Chars<'_>, text: &mut String) -> Option<()> {
    let character = match characters.next()? {
        kept @ ('"' | '\'' | '\\' | '/') => kept,
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'u' => unicode(characters)?,
        'x' => char::from_u32(code(characters, 2)?)?,
        other => {
            text.push('\\');
            other
        }
    };
    text.push(character);
    Some(())
}

/// Four digits, or two times four for what lies above U+FFFF.
fn unicode(characters: &mut std::str::Chars<'_>) -> Option<char> {
    let first = code(characters, 4)?;
    if !(0xd800..0xdc00).contains(&first) {
        return char::from_u32(first);
    }
    let (backslash, letter) = (characters.next()?, characters.next()?);
    let second = code(characters, 4).filter(|second| (0xdc00..0xe000).contains(second))?;
    let character = char::from_u32(0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00));
    character.filter(|_| (backslash, letter) == ('\\', 'u'))
}

fn code(characters: &mut std::str::Chars<'_>, digits: usize) -> Option<u32> {
    let text: String = characters.by_ref().take(digits).collect();
    (text.len() == digits).then(|| u32::from_str_radix(&text, 16).ok())?
}

/// A number with its digits: also `1_000`, `0x1f`, `0b1`, `0o7`.
pub(super) fn number(token: &str) -> Option<Number> {
    let digits = token.replace('_', "");
    let prefixed = [
        ("0x", 16),
        ("0X", 16),
        ("0b", 2),
        ("0B", 2),
        ("0o", 8),
        ("0O", 8),
    ];
    let radix = prefixed
        .iter()
        .find_map(|(prefix, radix)| digits.strip_prefix(prefix).map(|digits| (digits, *radix)));
    if let Some((digits, radix)) = radix {
        return integer(digits, radix);
    }
    let spare = digits.bytes().take_while(|byte| *byte == b'0').count();
    let spare = if digits.as_bytes().get(spare).is_some_and(u8::is_ascii_digit) {
        spare
    } else {
        spare.saturating_sub(1)
    };
    Number::parse(digits.get(spare..)?)
}

/// An integer of any size, in digits of a base from 2 to 36.
pub(super) fn integer(digits: &str, radix: u32) -> Option<Number> {
    let fits = (2..=36).contains(&radix)
        && !digits.is_empty()
        && digits.chars().all(|digit| digit.is_digit(radix));
    let integer = fits
        .then(|| BigInt::parse_bytes(digits.as_bytes(), radix))
        .flatten()?;
    Number::parse(&integer.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_and_numbers_are_read() {
        for (token, text) in [
            (r"'a\n\'\x41'", "a\n'A"),
            (r#""é\u00e9\ud83d\ude00""#, "éé😀"),
            (r"'\d'", "\\d"),
            (r"'\\d'", "\\d"),
        ] {
            assert_eq!(string(token).as_deref(), Some(text), "{token}");
        }
        for token in [r"'\u12'", r"'\ud800x'", "'open", r"'\xg0'", r"'a\'"] {
            assert_eq!(string(token), None, "{token}");
        }
        for (token, value) in [
            ("1_000", "1000"),
            ("0x1F", "31"),
            ("007", "7"),
            ("00.50", "0.50"),
            ("0", "0"),
            ("1e-5", "1e-5"),
        ] {
            assert_eq!(number(token).unwrap().to_string(), value);
        }
        for token in ["1x", "0b2", "0x", "1.", "1.5.6"] {
            assert_eq!(number(token), None, "{token}");
        }
    }
}
