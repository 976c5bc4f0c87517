//! Decodes a whole text and remembers which part of it every decoded byte came from.
//!
//! So a secret is found in whatever way it was encoded: an encoder is free to encode any character or none.

use std::ops::Range;

use super::{Form, entities, runs};

/// A text after decoding.
#[derive(Default)]
pub(super) struct Decoded {
    /// What it reads.
    pub(super) bytes: Vec<u8>,
    /// Where decoding changed it, in order.
    edits: Vec<Edit>,
}

/// `source` was replaced by `decoded`.
struct Edit {
    decoded: Range<usize>,
    source: Range<usize>,
    /// How many source bytes stand for how many decoded ones, if each of these has its own part of the source.
    ratio: Option<(usize, usize)>,
}

/// What an encoded character stands for: at most four bytes (UTF-8), and how many bytes it was written in.
struct Step {
    bytes: [u8; 4],
    length: usize,
    taken: usize,
}

/// A way to decode.
pub(super) struct Decoder {
    /// The form of a secret that is found after it.
    pub(super) form: Form,
    way: Way,
}

enum Way {
    /// Single characters, each starting with the first byte, which must occur, or with the second.
    Characters(u8, u8, fn(text: &[u8], at: usize) -> Option<Step>),
    /// Whole runs of digits, the first few of each run skipped.
    Runs(fn(text: &[u8], skip: usize) -> Option<Decoded>, usize),
}

const fn characters(
    form: Form,
    trigger: u8,
    other: u8,
    step: fn(&[u8], usize) -> Option<Step>,
) -> Decoder {
    Decoder {
        form,
        way: Way::Characters(trigger, other, step),
    }
}

const fn runs(form: Form, decode: fn(&[u8], usize) -> Option<Decoded>, skip: usize) -> Decoder {
    Decoder {
        form,
        way: Way::Runs(decode, skip),
    }
}

/// All ways to decode.
pub(super) const DECODERS: [Decoder; 25] = [
    characters(Form::Percent, b'%', b'%', percent),
    characters(Form::Percent, b'+', b'%', form),
    characters(Form::Escaped, b'\\', b'\\', escape),
    characters(Form::Html, b'&', b'&', reference),
    characters(Form::Shell, b'\'', b'\'', shell),
    characters(Form::Other, b'\n', b'\r', fold),
    characters(Form::Other, b'=', b'=', quoted_printable),
    characters(Form::Other, b'"', b'"', doubled),
    characters(Form::Other, b'\'', b'\'', doubled),
    characters(Form::Other, b'\\', b'\\', continued),
    characters(Form::Other, 0, 0, utf16_padding),
    characters(Form::Other, 0x1B, 0x1B, colour),
    characters(Form::Other, b']', b']', section),
    characters(Form::Other, 0xC3, 0xC2, latin_1),
    runs(Form::Base64, runs::base64, 0),
    runs(Form::Base64, runs::base64, 1),
    runs(Form::Base64, runs::base64, 2),
    runs(Form::Base64, runs::base64, 3),
    runs(Form::Base64, runs::base64_utf16, 0),
    runs(Form::Base64, runs::base64_utf16, 1),
    runs(Form::Hex, runs::hex, 0),
    runs(Form::Hex, runs::hex, 1),
    runs(Form::Hex, runs::separated_hex, 0),
    runs(Form::Hex, runs::prefixed_hex, 0),
    runs(Form::Other, runs::byte_list, 0),
];

impl Decoder {
    /// Whether it joins the lines of an encoding.
    pub(super) fn joins(&self) -> bool {
        matches!(self.way, Way::Characters(b'\n', ..))
    }

    /// Whether it reads base64.
    pub(super) fn reads_base64(&self) -> bool {
        self.form == Form::Base64
    }

    /// The text decoded; `None` if there is nothing to decode.
    pub(super) fn decode(&self, text: &[u8]) -> Option<Decoded> {
        let (trigger, other, step) = match self.way {
            Way::Runs(decode, skip) => return decode(text, skip),
            Way::Characters(trigger, other, step) => (trigger, other, step),
        };
        if !text.contains(&trigger) {
            return None;
        }
        let mut decoded = Decoded::default();
        let (mut copied, mut at) = (0, 0);
        let starts = |byte: &u8| *byte == trigger || *byte == other;
        while let Some(next) = text.get(at..).and_then(|rest| rest.iter().position(starts)) {
            at += next;
            let Some(step) = step(text, at) else {
                at += 1;
                continue;
            };
            decoded
                .bytes
                .extend(text.get(copied..at).unwrap_or_default());
            decoded.edit(&step, at);
            at += step.taken;
            copied = at;
        }
        decoded.bytes.extend(text.get(copied..).unwrap_or_default());
        (!decoded.edits.is_empty()).then_some(decoded)
    }
}

impl Decoded {
    fn edit(&mut self, step: &Step, at: usize) {
        let from = self.bytes.len();
        self.bytes.extend(step.bytes.iter().take(step.length));
        self.edits.push(Edit {
            decoded: from..self.bytes.len(),
            source: at..at + step.taken,
            ratio: None,
        });
    }

    /// Adds a run that was decoded by itself, behind a space that separates it from the run before.
    pub(super) fn push_run(
        &mut self,
        bytes: &[u8],
        source: Range<usize>,
        ratio: Option<(usize, usize)>,
    ) {
        if !self.bytes.is_empty() {
            self.bytes.push(b' ');
        }
        let from = self.bytes.len();
        self.bytes.extend(bytes);
        self.edits.push(Edit {
            decoded: from..self.bytes.len(),
            source,
            ratio,
        });
    }

    /// Itself, if anything was decoded.
    pub(super) fn if_any(self) -> Option<Self> {
        (!self.edits.is_empty()).then_some(self)
    }

    /// The part of the text that a part of the decoded bytes came from.
    pub(super) fn source(&self, range: &Range<usize>) -> Range<usize> {
        self.source_of(range.start).start..self.source_of(range.end.saturating_sub(1)).end
    }

    fn source_of(&self, at: usize) -> Range<usize> {
        let before = self.edits.partition_point(|edit| edit.decoded.start <= at);
        // Edits that left nothing may stand at the same place as one that did: the last is the one that counts.
        let Some(edit) = before.checked_sub(1).and_then(|last| self.edits.get(last)) else {
            return at..at + 1;
        };
        if edit.decoded.contains(&at) {
            let Some((many, few)) = edit.ratio else {
                return edit.source.clone();
            };
            let offset = at - edit.decoded.start;
            let part =
                |offset: usize| edit.source.start + offset.min(edit.source.end - edit.source.start);
            return part(offset * many / few)..part(((offset + 1) * many).div_ceil(few));
        }
        let source = edit.source.end + (at - edit.decoded.end);
        source..source + 1
    }
}

impl Step {
    fn byte(byte: u8, taken: usize) -> Self {
        Self {
            bytes: [byte, 0, 0, 0],
            length: 1,
            taken,
        }
    }

    fn code(code: u32, taken: usize) -> Option<Self> {
        let character = char::from_u32(code)?;
        let mut bytes = [0; 4];
        let length = character.encode_utf8(&mut bytes).len();
        Some(Self {
            bytes,
            length,
            taken,
        })
    }
}

/// The digits from `at` on as a number; `None` where one of them is no digit.
fn digits(text: &[u8], at: usize, count: usize, radix: u32) -> Option<u32> {
    let digits = text.get(at..at.checked_add(count)?)?;
    digits.iter().try_fold(0_u32, |sum, digit| {
        sum.checked_mul(radix)?
            .checked_add(char::from(*digit).to_digit(radix)?)
    })
}

fn percent(text: &[u8], at: usize) -> Option<Step> {
    (text.get(at) == Some(&b'%')).then_some(())?;
    // As JavaScript's `escape` has it, and IIS.
    if text.get(at + 1) == Some(&b'u') {
        return utf16(text, at);
    }
    let byte = u8::try_from(digits(text, at + 1, 2, 16)?).ok()?;
    Some(Step::byte(byte, 3))
}

fn form(text: &[u8], at: usize) -> Option<Step> {
    if text.get(at) == Some(&b'+') {
        Some(Step::byte(b' ', 1))
    } else {
        percent(text, at)
    }
}

/// The escapes of JSON, TOML, Rust, JavaScript, Python and C; a backslash before any other sign stands for that sign.
fn escape(text: &[u8], at: usize) -> Option<Step> {
    (text.get(at) == Some(&b'\\')).then_some(())?;
    let plain = |byte| Some(Step::byte(byte, 2));
    match text.get(at + 1)? {
        b'n' => plain(b'\n'),
        b'r' => plain(b'\r'),
        b't' => plain(b'\t'),
        b'b' => plain(8),
        b'f' => plain(12),
        b'e' => plain(27),
        b'0'..=b'3' if digits(text, at + 1, 3, 8).is_some() => Some(Step::byte(
            u8::try_from(digits(text, at + 1, 3, 8)?).ok()?,
            4,
        )),
        b'0' => plain(0),
        b'x' => Some(Step::byte(
            u8::try_from(digits(text, at + 2, 2, 16)?).ok()?,
            4,
        )),
        b'u' if text.get(at + 2) == Some(&b'{') => braced(text, at),
        b'u' => utf16(text, at),
        b'U' => Step::code(digits(text, at + 2, 8, 16)?, 10),
        sign if sign.is_ascii_punctuation() || *sign == b' ' => plain(*sign),
        _ => None,
    }
}

fn braced(text: &[u8], at: usize) -> Option<Step> {
    let length = text
        .iter()
        .skip(at + 3)
        .take(7)
        .position(|byte| *byte == b'}')?;
    Step::code(digits(text, at + 3, length, 16)?, length + 4)
}

/// `\uXXXX`, and two of them where they are a surrogate pair.
fn utf16(text: &[u8], at: usize) -> Option<Step> {
    let high = digits(text, at + 2, 4, 16)?;
    if !(0xD800..0xDC00).contains(&high) {
        return Step::code(high, 6);
    }
    (text.get(at + 6..at + 8)? == text.get(at..at + 2)?).then_some(())?;
    let low = digits(text, at + 8, 4, 16).filter(|low| (0xDC00..0xE000).contains(low))?;
    Step::code(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00), 12)
}

/// HTML's and XML's character references: by number, and the names that encoders write.
fn reference(text: &[u8], at: usize) -> Option<Step> {
    const LONGEST: usize = 12;
    (text.get(at) == Some(&b'&')).then_some(())?;
    if let Some(step) = unended(text, at) {
        return Some(step);
    }
    let length = text
        .iter()
        .skip(at + 1)
        .take(LONGEST)
        .position(|byte| *byte == b';')?;
    let name = text.get(at + 1..at + 1 + length)?;
    let taken = length + 2;
    let named = |byte| Some(Step::byte(byte, taken));
    match name {
        b"amp" => named(b'&'),
        b"lt" => named(b'<'),
        b"gt" => named(b'>'),
        b"quot" => named(b'"'),
        b"apos" => named(b'\''),
        [b'#', b'x' | b'X', hex @ ..] if !hex.is_empty() => {
            Step::code(digits(hex, 0, hex.len(), 16)?, taken)
        }
        [b'#', decimal @ ..] if !decimal.is_empty() => {
            Step::code(digits(decimal, 0, decimal.len(), 10)?, taken)
        }
        name => Step::code(entities::code(name)?, taken),
    }
}

/// A reference by number without the `;` at its end, as browsers read it.
fn unended(text: &[u8], at: usize) -> Option<Step> {
    const MOST: usize = 8;
    let rest = text.get(at..)?.strip_prefix(b"&#")?;
    let (rest, radix, before) = match rest {
        [b'x' | b'X', rest @ ..] => (rest, 16, 3),
        rest => (rest, 10, 2),
    };
    let count = rest
        .iter()
        .take(MOST)
        .take_while(|digit| char::from(**digit).is_digit(radix))
        .count();
    (count > 0 && rest.get(count) != Some(&b';'))
        .then(|| Step::code(digits(rest, 0, count, radix)?, before + count))?
}

/// A line that goes on behind a backslash, as shells, C and JavaScript have it.
fn continued(text: &[u8], at: usize) -> Option<Step> {
    text.get(at..)?.starts_with(b"\\\n").then_some(Step {
        bytes: [0; 4],
        length: 0,
        taken: 2,
    })
}

/// A sequence that colours a terminal: highlighters put them inside of words.
fn colour(text: &[u8], at: usize) -> Option<Step> {
    const MOST: usize = 32;
    let rest = text.get(at..)?.strip_prefix(b"\x1b[")?;
    let inner = rest
        .iter()
        .take(MOST)
        .take_while(|byte| matches!(byte, 0x20..=0x3F))
        .count();
    let taken = inner + 3;
    rest.get(inner)
        .is_some_and(|end| matches!(end, 0x40..=0x7E))
        .then_some(Step {
            bytes: [0; 4],
            length: 0,
            taken,
        })
}

/// The end of a CDATA section where the next one starts: XML cannot have `]]>` inside of one.
fn section(text: &[u8], at: usize) -> Option<Step> {
    const BETWEEN: &[u8] = b"]]><![CDATA[";
    text.get(at..)?.starts_with(BETWEEN).then_some(Step {
        bytes: [0; 4],
        length: 0,
        taken: BETWEEN.len(),
    })
}

/// A single quote inside single quotes, as shells want it.
fn shell(text: &[u8], at: usize) -> Option<Step> {
    let rest = text.get(at..)?;
    if rest.starts_with(br"'\''") {
        Some(Step::byte(b'\'', 4))
    } else {
        rest.starts_with(br#"'"'"'"#).then(|| Step::byte(b'\'', 5))
    }
}

/// Whether there is base64 on several lines: they are longer than words are.
pub(super) fn is_wrapped(text: &[u8]) -> bool {
    const LINE: usize = 24;
    memchr::memchr_iter(b'\n', text).any(|at| {
        let line = text.get(..at).unwrap_or_default();
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        line.len() >= LINE && line.iter().rev().take(LINE).copied().all(is_base64)
    })
}

/// A line break in the middle of base64 (mail, PEM, YAML), with the indentation behind it.
fn fold(text: &[u8], at: usize) -> Option<Step> {
    let rest = text.get(at..)?;
    let line_break = if rest.starts_with(b"\r\n") {
        2
    } else {
        usize::from(rest.starts_with(b"\n"))
    };
    if line_break == 0
        || !at
            .checked_sub(1)
            .and_then(|before| text.get(before))
            .copied()
            .is_some_and(is_base64)
    {
        return None;
    }
    let indent = rest
        .iter()
        .skip(line_break)
        .take_while(|byte| matches!(byte, b' ' | b'\t'))
        .count();
    let taken = line_break + indent;
    rest.get(taken)
        .copied()
        .is_some_and(is_base64)
        .then_some(Step {
            bytes: [0; 4],
            length: 0,
            taken,
        })
}

/// Quoted-printable (RFC 2045 section 6.7): `=3D`, and `=` at the end of a line that goes on.
fn quoted_printable(text: &[u8], at: usize) -> Option<Step> {
    let rest = text.get(at..)?;
    if rest.starts_with(b"=\r\n") || rest.starts_with(b"=\n") {
        let taken = if rest.starts_with(b"=\n") { 2 } else { 3 };
        return Some(Step {
            bytes: [0; 4],
            length: 0,
            taken,
        });
    }
    Some(Step::byte(
        u8::try_from(digits(text, at + 1, 2, 16)?).ok()?,
        3,
    ))
}

/// The second of a quote that is written twice, as CSV and SQL have it. The first one stands for both: the second may as well be the end
/// of a string.
fn doubled(text: &[u8], at: usize) -> Option<Step> {
    /// More quotes in a row mean nothing.
    const MOST: usize = 64;
    let quote = text.get(at)?;
    let before = text
        .get(..at)?
        .iter()
        .rev()
        .take(MOST)
        .take_while(|byte| *byte == quote)
        .count();
    (before % 2 == 1).then_some(Step {
        bytes: [0; 4],
        length: 0,
        taken: 1,
    })
}

/// The zero byte beside each ASCII character in UTF-16.
fn utf16_padding(text: &[u8], at: usize) -> Option<Step> {
    (text.get(at) == Some(&0)).then_some(Step {
        bytes: [0; 4],
        length: 0,
        taken: 1,
    })
}

/// A byte that was taken for a character of Latin-1: `Ã©` for `é`.
fn latin_1(text: &[u8], at: usize) -> Option<Step> {
    let (high, low) = (*text.get(at)?, *text.get(at + 1)?);
    let byte = if high == 0xC3 { low | 0x40 } else { low };
    (low & 0xC0 == 0x80).then(|| Step::byte(byte, 2))
}

/// Whether the byte is a digit of base64, in either alphabet.
pub(super) fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_')
}
