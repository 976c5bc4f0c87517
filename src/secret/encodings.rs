//! Encodings that a server may send a secret back in: each by itself, and each inside each other.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};

use super::*;

type Encode = fn(&str) -> String;

fn each_byte(text: &str, write: impl Fn(u8) -> String) -> String {
    text.bytes().map(write).collect::<Vec<_>>().concat()
}

fn each_char(text: &str, write: impl Fn(char) -> String) -> String {
    text.chars().map(write).collect::<Vec<_>>().concat()
}

fn colons(text: &str) -> String {
    text.bytes()
        .map(|byte| format!("{byte:02x}"))
        .collect::<Vec<_>>()
        .join(":")
}

fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> String {
    STANDARD.encode(text.encode_utf16().flat_map(bytes).collect::<Vec<u8>>())
}

fn named(character: char) -> String {
    match character {
        '<' => "&lt;".to_owned(),
        '>' => "&gt;".to_owned(),
        '&' => "&amp;".to_owned(),
        '"' => "&quot;".to_owned(),
        '\'' => "&apos;".to_owned(),
        'é' => "&eacute;".to_owned(),
        'ö' => "&ouml;".to_owned(),
        ':' => "&colon;".to_owned(),
        '/' => "&sol;".to_owned(),
        other => other.to_string(),
    }
}

fn percent(text: &str, upper: bool, plus: bool) -> String {
    each_byte(text, |byte| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
        b' ' if plus => "+".to_owned(),
        _ if upper => format!("%{byte:02X}"),
        _ => format!("%{byte:02x}"),
    })
}

fn wrapped(text: &str) -> String {
    let encoded = STANDARD.encode(format!(
        "{}{text}{}",
        "before it ".repeat(6),
        " and behind it".repeat(4)
    ));
    encoded
        .as_bytes()
        .chunks(76)
        .map(String::from_utf8_lossy)
        .collect::<Vec<_>>()
        .join("\r\n")
}

/// A text with something in the middle of it.
fn parted(text: &str, by: &str) -> String {
    let middle = text
        .char_indices()
        .nth(text.chars().count() / 2)
        .map_or(0, |(at, _)| at);
    let (one, two) = text.split_at(middle);
    [one, by, two].concat()
}

fn quoted_printable(text: &str) -> String {
    let written = |byte: u8| {
        if byte.is_ascii_alphanumeric() {
            char::from(byte).to_string()
        } else {
            format!("={byte:02X}")
        }
    };
    let mut encoded = each_byte(text, written);
    if encoded.len() > 12 && encoded.get(8..12).is_some_and(|part| !part.contains('=')) {
        encoded.insert_str(10, "=\r\n");
    }
    encoded
}

const ENCODINGS: [(&str, Encode); 40] = [
    ("plain", str::to_owned),
    ("base64", |text| STANDARD.encode(text)),
    ("base64url", |text| URL_SAFE.encode(text)),
    ("base64 without padding", |text| {
        STANDARD_NO_PAD.encode(text)
    }),
    ("base64url without padding", |text| {
        URL_SAFE_NO_PAD.encode(text)
    }),
    ("base64 of basic credentials", |text| {
        STANDARD.encode(format!("user:{text}"))
    }),
    ("base64 one byte on", |text| {
        STANDARD.encode(format!("u{text} and more"))
    }),
    ("base64 two bytes on", |text| {
        STANDARD.encode(format!("us{text} and more"))
    }),
    ("base64 over lines", wrapped),
    ("hex", |text| hex::encode(text.as_bytes())),
    ("hex in upper case", |text| {
        hex::encode_upper(text.as_bytes())
    }),
    ("hex with colons", colons),
    ("hex with colons in upper case", |text| {
        colons(text).to_uppercase()
    }),
    ("hex with spaces", |text| colons(text).replace(':', " ")),
    ("percent", |text| percent(text, true, false)),
    ("percent in lower case", |text| percent(text, false, false)),
    ("form", |text| percent(text, true, true)),
    ("percent everywhere", |text| {
        each_byte(text, |byte| format!("%{byte:02X}"))
    }),
    ("json", |text| serde_json::to_string(text).unwrap()),
    ("json in ascii", |text| {
        text.encode_utf16()
            .map(|unit| format!("\\u{unit:04x}"))
            .collect::<Vec<_>>()
            .concat()
    }),
    ("html names", |text| each_char(text, named)),
    ("html decimal", |text| {
        each_char(text, |sign| format!("&#{};", u32::from(sign)))
    }),
    ("html hex", |text| {
        each_char(text, |sign| format!("&#x{:X};", u32::from(sign)))
    }),
    ("quoted-printable", quoted_printable),
    ("utf-16le in base64", |text| utf16(text, u16::to_le_bytes)),
    ("utf-16be in base64", |text| utf16(text, u16::to_be_bytes)),
    ("latin-1 on its way", |text| {
        text.bytes().map(char::from).collect()
    }),
    ("csv", |text| format!("\"{}\"", text.replace('"', "\"\""))),
    ("sql", |text| format!("'{}'", text.replace('\'', "''"))),
    ("shell", |text| format!("'{}'", text.replace('\'', r"'\''"))),
    ("octal", |text| {
        each_byte(text, |byte| format!("\\{byte:03o}"))
    }),
    ("percent as in JavaScript", |text| {
        text.encode_utf16()
            .map(|unit| format!("%u{unit:04x}"))
            .collect::<Vec<_>>()
            .concat()
    }),
    ("html without semicolons", |text| {
        each_char(text, |sign| format!("&#{}", u32::from(sign)))
    }),
    ("list of bytes", |text| format!("{:?}", text.as_bytes())),
    ("list of bytes in hex", |text| {
        each_byte(text, |byte| format!("0x{byte:02x}, "))
    }),
    ("gzip in base64", |text| {
        let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        std::io::Write::write_all(&mut writer, text.as_bytes()).unwrap();
        STANDARD.encode(writer.finish().unwrap())
    }),
    ("highlighted", |text| parted(text, "\x1b[1;31m")),
    ("sections of xml", |text| parted(text, "]]><![CDATA[")),
    ("line that goes on", |text| {
        parted(
            text, "\\
",
        )
    }),
    ("shell with other quotes", |text| {
        format!("'{}'", text.replace('\'', r#"'"'"'"#))
    }),
];

const SECRETS: [&str; 3] = [
    "p@ss \"w'ord\"/<&>+\\ 100% {x}",
    "pässwörd-né<>&\"'zz",
    "{\"k\": \"it's 100%\"}",
];

/// Whether a secret is not recognised, or only in part. Encodings that put other text around it leave that.
fn leaks(secret: &str, encoded: &str, alone: bool) -> bool {
    let redactor = Redactor::default();
    redactor.add("s", secret).unwrap();
    let shown = redactor.redact(encoded);
    !shown.contains(STARS) || (alone && shown.replace(STARS, "").len() > 12)
}

fn is_alone(name: &str) -> bool {
    !["on", "over lines", "credentials"]
        .iter()
        .any(|end| name.ends_with(end))
}

#[test]
fn each_encoding_is_undone_inside_of_each_other() {
    let mut failures = Vec::new();
    for secret in SECRETS {
        for (outer, encode_outer) in ENCODINGS {
            for (inner, encode_inner) in ENCODINGS {
                let encoded = encode_outer(&encode_inner(secret));
                if leaks(secret, &encoded, is_alone(outer) && is_alone(inner)) {
                    failures.push(format!("{secret}: {inner} in {outer}: {encoded}"));
                }
            }
        }
    }
    assert!(
        failures.is_empty(),
        "{} leak:\n{}",
        failures.len(),
        failures.join("\n")
    );
}

#[test]
fn three_levels_are_undone() {
    let mut failures = Vec::new();
    let redactor = Redactor::default();
    redactor.add("s", SECRETS[0]).unwrap();
    let some = [1, 5, 9, 11, 16, 18, 20, 23, 24, 26, 28].map(|at: usize| ENCODINGS[at]);
    for (first, encode_first) in some {
        for (second, encode_second) in some {
            for (third, encode_third) in some {
                let encoded = encode_third(&encode_second(&encode_first(SECRETS[0])));
                if !redactor.redact(&encoded).contains(STARS) {
                    failures.push(format!("{first} in {second} in {third}: {encoded}"));
                }
            }
        }
    }
    assert!(
        failures.is_empty(),
        "{} leak:\n{}",
        failures.len(),
        failures.join("\n")
    );
}

#[test]
fn a_short_secret_is_found_in_every_encoding_as_a_word() {
    let redactor = Redactor::default();
    redactor.add("s", "te-1x").unwrap();
    for (name, encode) in ENCODINGS
        .into_iter()
        .filter(|(name, _)| !name.ends_with("on"))
    {
        assert!(
            redactor
                .redact(&format!("<{}>", encode("te-1x")))
                .contains(STARS),
            "{name}"
        );
    }
}

#[test]
fn other_texts_stay_as_they_are() {
    let redactor = Redactor::default();
    for secret in SECRETS {
        redactor.add("s", secret).unwrap();
    }
    let id = "8c1f0a52-1f7e-4b0e-93c1-4e8e1f0a5b11 2026-11-30T19:03:03Z /collections/orders/4711 dGhpcyBpcyBoYXJtbGVzcyB0ZXh0Li4u";
    let texts = [
        id.to_owned(),
        STANDARD.encode(id),
        hex::encode(id),
        colons(id),
        STANDARD.encode([0xfe_u8; 300]),
    ];
    for text in texts {
        assert_eq!(redactor.redact(&text), text);
    }
}
