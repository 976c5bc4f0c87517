//! Decodes runs of digits, base64 and hexadecimal, wherever they stand in a text.
//!
//! Nearly every word is a run of base64 digits, and decodes to bytes that mean nothing. Only what holds readable text is looked at
//! further: an encoded secret is found as it is (see [`super::forms`]), here it is about what has another encoding inside.

use std::io::Read as _;
use std::ops::Range;

use flate2::read::{GzDecoder, ZlibDecoder};

use super::decode::{Decoded, is_base64};

/// Fewer digits hold no secret.
const SHORTEST_BASE64: usize = 6;
const SHORTEST_HEX: usize = 8;
/// A shorter run of base64 is decoded from its start only, and must be readable as a whole.
const LONG: usize = 16;
/// So many readable bytes in a row are looked at.
const READABLE: usize = 4;

/// Every run of base64 digits, in either alphabet, without the first `skip` of its digits: an encoder that encodes more than
/// one text into one run may start anywhere in it.
pub(super) fn base64(text: &[u8], skip: usize) -> Option<Decoded> {
    let mut decoded = Decoded::default();
    let mut bytes = Vec::new();
    for run in runs(text, is_base64) {
        let short = run.len() < LONG;
        if run.len() < SHORTEST_BASE64 || (short && skip > 0) {
            continue;
        }
        let source = run.start + skip..run.end;
        bytes.clear();
        decode_base64(
            text.get(source.clone()).unwrap_or_default(),
            short,
            &mut bytes,
        );
        if let Some(inflated) = inflated(&bytes) {
            decoded.push_run(&inflated, source, None);
        } else if is_readable(&bytes, short) {
            decoded.push_run(&bytes, source, Some((4, 3)));
        }
    }
    decoded.if_any()
}

/// What was compressed before it was encoded, as the logs of cloud functions and SAML requests are.
fn inflated(bytes: &[u8]) -> Option<Vec<u8>> {
    const SHORTEST: usize = 8;
    /// More of it is not looked at.
    const MOST: u64 = 1 << 20;
    let mut text = Vec::new();
    // What is cut, or goes on with other bytes, is searched as far as it can be read.
    let _ = match bytes {
        [0x1F, 0x8B, 8, ..] if bytes.len() > SHORTEST => {
            GzDecoder::new(bytes).take(MOST).read_to_end(&mut text)
        }
        [0x78, 0x01 | 0x5E | 0x9C | 0xDA, ..] if bytes.len() > SHORTEST => {
            ZlibDecoder::new(bytes).take(MOST).read_to_end(&mut text)
        }
        _ => return None,
    };
    (!text.is_empty()).then_some(text)
}

/// Runs of base64 digits that are a text in UTF-16, as Windows and Java have it: little-endian with 0, else big-endian.
pub(super) fn base64_utf16(text: &[u8], order: usize) -> Option<Decoded> {
    let mut decoded = Decoded::default();
    let mut bytes = Vec::new();
    for source in runs(text, is_base64).filter(|run| run.len() >= SHORTEST_BASE64) {
        bytes.clear();
        decode_base64(
            text.get(source.clone()).unwrap_or_default(),
            false,
            &mut bytes,
        );
        let zeros = bytes
            .iter()
            .skip(1 - order)
            .step_by(2)
            .filter(|byte| **byte == 0)
            .count();
        if zeros * 4 < bytes.len() {
            continue;
        }
        let unit = |pair: &[u8]| match (pair, order) {
            ([low, high], 0) | ([high, low], _) => u16::from_be_bytes([*high, *low]),
            _ => 0,
        };
        let signs: String = char::decode_utf16(bytes.chunks_exact(2).map(unit))
            .map(|sign| sign.unwrap_or(' '))
            .collect();
        decoded.push_run(signs.as_bytes(), source, signs.is_ascii().then_some((8, 3)));
    }
    decoded.if_any()
}

/// Decodes digits; stops at the first byte that is no text if all of it has to be.
fn decode_base64(digits: &[u8], text_only: bool, bytes: &mut Vec<u8>) {
    let (mut held, mut bits) = (0_u32, 0);
    for digit in digits {
        held = (held << 6) | sextet(*digit);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            let byte = (held >> bits).to_le_bytes()[0];
            bytes.push(byte);
            if text_only && !is_text(byte) {
                return;
            }
        }
    }
}

fn sextet(digit: u8) -> u32 {
    let value = match digit {
        b'A'..=b'Z' => digit - b'A',
        b'a'..=b'z' => digit - b'a' + 26,
        b'0'..=b'9' => digit - b'0' + 52,
        b'+' | b'-' => 62,
        _ => 63,
    };
    u32::from(value)
}

/// Every run of hexadecimal digits, without the first `skip` of them.
pub(super) fn hex(text: &[u8], skip: usize) -> Option<Decoded> {
    let mut decoded = Decoded::default();
    for run in runs(text, |byte| byte.is_ascii_hexdigit()).filter(|run| run.len() >= SHORTEST_HEX) {
        let source = run.start + skip..run.end;
        let bytes: Vec<u8> = text
            .get(source.clone())
            .unwrap_or_default()
            .chunks_exact(2)
            .filter_map(pair)
            .collect();
        if is_readable(&bytes, false) {
            decoded.push_run(&bytes, source, Some((2, 1)));
        }
    }
    decoded.if_any()
}

/// Pairs of hexadecimal digits with one separator between each two: `73:65:63:72`.
pub(super) fn separated_hex(text: &[u8], _: usize) -> Option<Decoded> {
    let mut decoded = Decoded::default();
    let mut at = 0;
    while let Some(next) = text.get(at..).and_then(|rest| {
        rest.iter()
            .position(|byte| matches!(byte, b':' | b'-' | b' '))
    }) {
        at += next;
        let separator = text.get(at).copied();
        let start = at.saturating_sub(2);
        let mut bytes = Vec::new();
        while let Some(byte) = text
            .get(start + 3 * bytes.len()..)
            .and_then(|rest| pair(rest.get(..2)?))
        {
            bytes.push(byte);
            if text.get(start + 3 * bytes.len() - 1).copied() != separator {
                break;
            }
        }
        if bytes.len() * 2 >= SHORTEST_HEX {
            decoded.push_run(&bytes, start..start + 3 * bytes.len() - 1, Some((3, 1)));
            at = start + 3 * bytes.len() - 1;
        } else {
            at += 1;
        }
    }
    decoded.if_any()
}

/// Lists of bytes in hex, as in source code: `0x73, 0x65`.
pub(super) fn prefixed_hex(text: &[u8], _: usize) -> Option<Decoded> {
    lists(text, |text| {
        let (digits, prefixed) = (text.get(2..4)?, matches!(text.get(..2)?, b"0x" | b"0X"));
        Some((pair(digits).filter(|_| prefixed)?, 4))
    })
}

/// Lists of bytes as numbers, as JSON has a buffer: `[115,101,99]`.
pub(super) fn byte_list(text: &[u8], _: usize) -> Option<Decoded> {
    lists(text, |text| {
        let count = text
            .iter()
            .take(4)
            .take_while(|digit| digit.is_ascii_digit())
            .count();
        let number = std::str::from_utf8(text.get(..count)?).ok()?;
        Some((number.parse().ok()?, count))
    })
}

/// Lists of bytes that are separated by commas or white space; `read` gives one, and how long it is written.
fn lists(text: &[u8], read: fn(&[u8]) -> Option<(u8, usize)>) -> Option<Decoded> {
    const SEPARATORS: usize = 32;
    let mut decoded = Decoded::default();
    let (mut bytes, mut at) = (Vec::new(), 0);
    while let Some(next) = text
        .get(at..)
        .and_then(|rest| rest.iter().position(u8::is_ascii_digit))
    {
        let start = at + next;
        let mut end = start;
        bytes.clear();
        at = start;
        while let Some((byte, length)) = text.get(at..).and_then(read) {
            bytes.push(byte);
            end = at + length;
            let is_separator = |byte: &&u8| matches!(byte, b',' | b' ' | b'\n' | b'\r' | b'\t');
            let between = text
                .get(end..)
                .unwrap_or_default()
                .iter()
                .take(SEPARATORS)
                .take_while(is_separator)
                .count();
            at = end + between;
            if between == 0 {
                break;
            }
        }
        if bytes.len() >= READABLE && is_readable(&bytes, false) {
            decoded.push_run(&bytes, start..end, None);
        }
        // Not inside of a number.
        let rest = text.get(end.max(start)..).unwrap_or_default();
        at = at
            .max(end.max(start) + rest.iter().take_while(|byte| byte.is_ascii_digit()).count())
            .max(start + 1);
    }
    decoded.if_any()
}

fn pair(digits: &[u8]) -> Option<u8> {
    let digit = |at: usize| char::from(*digits.get(at)?).to_digit(16);
    u8::try_from(digit(0)? * 16 + digit(1)?).ok()
}

/// Where such bytes stand one after the other, as many as there are.
fn runs(text: &[u8], is: fn(u8) -> bool) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + text.get(at..)?.iter().position(|byte| is(*byte))?;
        let length = text.get(start..)?.iter().position(|byte| !is(*byte));
        at = length.map_or(text.len(), |length| start + length);
        Some(start..at)
    })
}

fn is_text(byte: u8) -> bool {
    matches!(byte, b' '..=b'~' | b'\t' | b'\r' | b'\n')
}

/// Whether a text may be in it: as a whole, or a few characters; those of UTF-16 have a zero byte between them.
fn is_readable(bytes: &[u8], whole: bool) -> bool {
    if whole {
        return bytes.iter().all(|byte| is_text(*byte));
    }
    let mut count = 0;
    bytes.iter().any(|byte| {
        count = if is_text(*byte) {
            count + 1
        } else {
            count * usize::from(*byte == 0)
        };
        count >= READABLE
    })
}
