//! The strings that a subject can be: of which characters, how long, of which shape.

use std::net::IpAddr;

use crate::check::matcher::Format;
use crate::value::Value;

/// Strings that a subject can be.
#[derive(Debug)]
pub(super) struct Strings {
    /// Some that differ as much as they can.
    pub(super) samples: &'static [&'static str],
    /// Whether the strings have one shape, so that the samples show all that they can look like.
    pub(super) shaped: bool,
    /// Whether one that says a number is read as one, against a number.
    pub(super) numeric: bool,
    /// The least and the most characters.
    pub(super) lengths: (i64, i64),
    /// Whether a character can be in one.
    has: fn(char) -> bool,
    /// Whether a string whose characters and length fit can be one.
    is: fn(&str) -> bool,
}

/// Whether the subject is one string, or a set of them that an operator may see as a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Set {
    None,
    /// At least one.
    Lines,
    Nodes,
}

impl Strings {
    const ANY: Self = Self {
        samples: &[
            "",
            " ",
            "\n",
            "\n\n",
            "a",
            "Z",
            "0",
            "-1.5",
            "ab c",
            "é",
            "\u{0}",
            "{\"a\": [1]}",
            "<a>b</a>",
            "a\nb\r\nc\n",
        ],
        shaped: false,
        numeric: false,
        lengths: (0, i64::MAX),
        has: |_| true,
        is: |_| true,
    };

    /// Whether a value can be equal to one, or to a set of them.
    pub(super) fn can_be(&self, value: &Value, set: Set) -> bool {
        match value {
            Value::String(text) => self.can_have(text) && self.fits(text),
            Value::Number(_) => self.numeric,
            Value::Array(items) => {
                set != Set::None
                    && (set == Set::Nodes || !items.is_empty())
                    && items.iter().all(|item| self.can_be(item, Set::None))
            }
            _ => false,
        }
    }

    fn fits(&self, text: &str) -> bool {
        let length = i64::try_from(text.chars().count()).unwrap_or(i64::MAX);
        (self.lengths.0..=self.lengths.1).contains(&length) && (self.is)(text)
    }

    /// Whether a text can be in one.
    pub(super) fn can_have(&self, part: &str) -> bool {
        let length = i64::try_from(part.chars().count()).unwrap_or(i64::MAX);
        length <= self.lengths.1 && part.chars().all(self.has)
    }

    /// Whether some sample has a format.
    pub(super) fn may_fit(&self, format: Format) -> bool {
        self.samples.iter().any(|text| format.fits(text))
    }
}

/// A body.
pub(super) const TEXT: Strings = Strings::ANY;
/// A string that is read as a number where it is compared with one.
pub(super) const READ: Strings = Strings {
    numeric: true,
    ..Strings::ANY
};
/// A header line.
pub(super) const LINE: Strings = Strings {
    samples: &[
        "",
        "a",
        "Z",
        "0",
        "-1.5",
        "ab, c; d=\"e\"",
        "é",
        "/",
        "<",
        "\t",
    ],
    has: |character| character == '\t' || !character.is_control(),
    ..READ
};
/// What stands between the semicolons of `Set-Cookie`.
pub(super) const COOKIE: Strings = Strings {
    samples: &["", "a", "Z", "0", "-1.5", "ab, c d=\"e\"", "é", "/", "<"],
    has: |character| character != ';' && !character.is_control(),
    ..READ
};
/// A URL as it is shown: what is not ASCII is encoded.
pub(super) const URL: Strings = Strings {
    samples: &[
        "http://a/",
        "https://b.example:8443/c/d?e=f&g=h#i",
        "http://127.0.0.1:80/x%20y/",
        "https://[::1]/",
    ],
    shaped: true,
    lengths: (7, i64::MAX),
    has: |character| character.is_ascii_graphic(),
    is: |text| text.starts_with("http") || text.starts_with("ws"),
    ..Strings::ANY
};
/// A SHA-256.
pub(super) const HASH: Strings = Strings {
    samples: &[
        "0000000000000000000000000000000000000000000000000000000000000000",
        "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "12a41f0b7c52e3d96812a41f0b7c52e3d968a0b1c2d3e4f5968778695a4b3c2d",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    ],
    shaped: true,
    lengths: (64, 64),
    has: is_hex,
    ..Strings::ANY
};
/// A certificate's number.
pub(super) const HEX: Strings = Strings {
    samples: &[
        "01",
        "ff",
        "00e3b0c44298fc1c149afbf4c8996fb92427ae41",
        "7f000000000000000000000000000000",
    ],
    shaped: true,
    lengths: (1, i64::MAX),
    has: is_hex,
    ..Strings::ANY
};
/// An RFC 3339 date with its time in UTC.
pub(super) const MOMENT: Strings = Strings {
    samples: &[
        "1970-01-01T00:00:00Z",
        "2026-12-31T23:59:59Z",
        "2049-06-15T12:30:30Z",
        "9999-01-01T00:00:00Z",
    ],
    shaped: true,
    lengths: (20, 30),
    has: |character| character.is_ascii_digit() || matches!(character, '-' | ':' | '.' | 'T' | 'Z'),
    is: |text| is_canonical::<jiff::Timestamp>(text),
    ..Strings::ANY
};
/// An IP address.
pub(super) const ADDRESS: Strings = Strings {
    samples: &[
        "0.0.0.0",
        "203.0.113.255",
        "::1",
        "2001:db8::1",
        "fe80:1:2:3:4:5:6:7",
    ],
    shaped: true,
    lengths: (2, 45),
    has: |character| is_hex(character) || matches!(character, '.' | ':'),
    is: |text| is_canonical::<IpAddr>(text),
    ..Strings::ANY
};

fn is_hex(character: char) -> bool {
    matches!(character, '0'..='9' | 'a'..='f')
}

fn is_canonical<T: std::str::FromStr + ToString>(text: &str) -> bool {
    text.parse::<T>().is_ok_and(|read| read.to_string() == text)
}
