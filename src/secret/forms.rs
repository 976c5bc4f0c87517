//! The texts in which a secret may appear: itself, and itself encoded.
//!
//! Here stand the forms that encoders usually write. What they write otherwise (some characters encoded and some not,
//! one encoding inside another) is found by decoding the text that is searched, see [`super::decode`].

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// How a secret was written where it was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Form {
    /// The value itself.
    Exact,
    /// Percent-encoded, as in URLs; `+` may stand for a space.
    Percent,
    /// With backslashes, as in JSON, TOML or source code.
    Escaped,
    /// With character references, as in HTML and XML.
    Html,
    /// Inside the single quotes of a shell.
    Shell,
    /// Base64, also as a part of a longer one.
    Base64,
    /// Hexadecimal digits.
    Hex,
    /// A part of the value, several that overlap, or one encoding inside another.
    Other,
}

/// One text to look for.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Written {
    /// The bytes.
    pub(super) bytes: Vec<u8>,
    /// How they stand for the value.
    pub(super) form: Form,
}

/// What RFC 3986 lets stand unencoded.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// So many ASCII characters are enough to know a value whose other characters were replaced.
const LOSSY: usize = 8;

/// Fewer characters of base64 than these would be found everywhere.
const SHORTEST_BASE64: usize = 4;

/// All texts to look for, the value itself first, none twice.
pub(super) fn forms_of(value: &str) -> Vec<Written> {
    let mut all = text_forms(value);
    // In base64 a text of ASCII characters is found by decoding too; another one might look like bytes that are not text.
    let in_base64 = |written: &&Written| {
        !value.is_ascii() || matches!(written.form, Form::Exact | Form::Percent | Form::Escaped)
    };
    let encoded: Vec<_> = all
        .iter()
        .filter(in_base64)
        .flat_map(|written| base64_forms(&written.bytes))
        .collect();
    for bytes in encoded {
        add(&mut all, bytes, Form::Base64);
    }
    let hex = hex::encode(value);
    add(&mut all, hex.to_uppercase().into_bytes(), Form::Hex);
    add(&mut all, hex.into_bytes(), Form::Hex);
    all
}

/// The value in other character encodings, and in UTF-8 that was taken for Latin-1 or Windows-1252 on its way (`Ã©` for `é`).
fn charset_forms(value: &str) -> Vec<Vec<u8>> {
    let units = || value.encode_utf16();
    let mut all = vec![
        units().flat_map(u16::to_le_bytes).collect(),
        units().flat_map(u16::to_be_bytes).collect(),
    ];
    if !value.is_ascii() {
        all.push(
            value
                .bytes()
                .map(char::from)
                .collect::<String>()
                .into_bytes(),
        );
        all.push(
            value
                .bytes()
                .map(windows_1252)
                .collect::<String>()
                .into_bytes(),
        );
        all.extend(
            value
                .chars()
                .map(|character| u8::try_from(character).ok())
                .collect::<Option<Vec<u8>>>(),
        );
        if value.chars().filter(char::is_ascii).count() >= LOSSY {
            let lossy = |lost: char| {
                value
                    .chars()
                    .map(|sign| if sign.is_ascii() { sign } else { lost })
                    .collect::<String>()
            };
            all.extend(['?', '\u{fffd}'].map(|lost| lossy(lost).into_bytes()));
        }
    }
    all
}

/// A byte as Windows-1252 has it.
fn windows_1252(byte: u8) -> char {
    const SPECIAL: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž',
        '\u{8f}', '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}',
        'ž', 'Ÿ',
    ];
    let special = usize::from(byte)
        .checked_sub(0x80)
        .and_then(|at| SPECIAL.get(at));
    special.copied().unwrap_or(char::from(byte))
}

fn add(all: &mut Vec<Written>, bytes: Vec<u8>, form: Form) {
    if !all.iter().any(|written| written.bytes == bytes) {
        all.push(Written { bytes, form });
    }
}

/// The forms that are the value with some characters written differently.
pub(super) fn text_forms(value: &str) -> Vec<Written> {
    let percent = utf8_percent_encode(value, RESERVED).to_string();
    let lower = lower_hex_digits(&percent);
    let mut json = serde_json::Value::from(value).to_string();
    json.pop();
    json.remove(0);
    let html = value
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;");
    let texts = [
        (value.to_owned(), Form::Exact),
        (percent.replace("%20", "+"), Form::Percent),
        (lower.replace("%20", "+"), Form::Percent),
        (percent, Form::Percent),
        (lower, Form::Percent),
        (json.replace('/', "\\/"), Form::Escaped),
        (json.chars().map(ascii_json).collect(), Form::Escaped),
        (json, Form::Escaped),
        (value.escape_debug().to_string(), Form::Escaped),
        (html.replace('\'', "&#39;"), Form::Html),
        (html, Form::Html),
        (value.replace('\'', "'\\''"), Form::Shell),
        // As the host of a URL, and as the name of a header.
        (value.to_lowercase(), Form::Other),
        (value.to_uppercase(), Form::Other),
        (canonical(value), Form::Other),
    ];
    let mut all = Vec::new();
    for (text, form) in texts {
        add(&mut all, text.into_bytes(), form);
    }
    for bytes in charset_forms(value) {
        add(&mut all, bytes, Form::Other);
    }
    all
}

/// As some servers write the name of a header: each part with a capital letter.
fn canonical(value: &str) -> String {
    let mut first = true;
    let written = |sign: char| {
        let upper = std::mem::replace(&mut first, sign == '-');
        if upper {
            sign.to_ascii_uppercase()
        } else {
            sign.to_ascii_lowercase()
        }
    };
    value.chars().map(written).collect()
}

fn ascii_json(character: char) -> String {
    if character.is_ascii() {
        return character.to_string();
    }
    let mut units = [0; 2];
    let units = character.encode_utf16(&mut units).iter();
    units
        .flat_map(|unit| ["\\u".to_owned(), hex::encode(unit.to_be_bytes())])
        .collect()
}

/// The same percent-encoding with `%3a` for `%3A`.
fn lower_hex_digits(percent: &str) -> String {
    let mut since_percent = 3;
    let lower = |character: char| {
        since_percent = if character == '%' {
            0
        } else {
            since_percent + 1
        };
        if since_percent <= 2 {
            character.to_ascii_lowercase()
        } else {
            character
        }
    };
    percent.chars().map(lower).collect()
}

/// What base64 of any text around the value must contain: for each of the three places in a group of three bytes, the
/// characters that the value alone decides, in both alphabets.
fn base64_forms(value: &[u8]) -> Vec<Vec<u8>> {
    let mut forms = Vec::new();
    for (shift, undecided) in [(0, 0), (1, 2), (2, 3)] {
        let shifted = [&[0; 2][..shift], value].concat();
        let decided = shifted.len() * 8 / 6;
        for alphabet in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
            let encoded = alphabet.encode(&shifted).into_bytes();
            let inner = encoded.get(undecided..decided).unwrap_or_default();
            if inner.len() >= SHORTEST_BASE64 {
                forms.push(inner.to_vec());
            }
        }
    }
    forms
}
