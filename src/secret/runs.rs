//! Decodes runs of digits, base64 and hexadecimal, wherever they stand in a text.
//!
//! Nearly every word is a run of base64 digits, and decodes to bytes that mean nothing. Only what holds readable text is looked at
//! further: an encoded secret is found as it is (see [`super::forms`]), here it is about what has another encoding inside.

use std::ops::Range;

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
        if is_readable(&bytes, short) {
            decoded.push_run(&bytes, source, Some((4, 3)));
        }
    }
    decoded.if_any()
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
