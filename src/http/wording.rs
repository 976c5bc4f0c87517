//! Bytes and their numbers, as messages show them.

use crate::secret::Redactor;

/// The first bytes of what came, so many of them, escaped where they are not printable.
pub(in crate::http) fn quoted(bytes: &[u8], most: usize) -> String {
    let escaped = |byte: &u8| match byte {
        b'\r' => "\\r".to_owned(),
        b'\n' => "\\n".to_owned(),
        b'\t' => "\\t".to_owned(),
        b' '..=b'~' if *byte != b'`' => char::from(*byte).to_string(),
        byte => format!("\\x{byte:02x}"),
    };
    let shown: String = bytes.iter().take(most).map(escaped).collect();
    let more = if bytes.len() > most { "…" } else { "" };
    format!("`{shown}{more}`")
}

/// How much of what came is searched for secrets before a part of it is quoted.
const SEARCHED: usize = 64 * 1024;

/// The first bytes of what came, without secrets: one that is cut would leave a part of itself.
pub(in crate::http) fn quoted_without(secrets: &Redactor, bytes: &[u8], most: usize) -> String {
    let begin = bytes.get(..SEARCHED).unwrap_or(bytes);
    let whole = secrets.redact_bytes(begin);
    quoted(&secrets.redact_end_of_bytes(&whole), most)
}

/// Bytes in the unit in which limits are written.
pub(in crate::http) fn size(bytes: u64) -> String {
    match bytes {
        1.. if bytes.is_multiple_of(1_000_000) => format!("{} MB", bytes / 1_000_000),
        1.. if bytes.is_multiple_of(1_000) => format!("{} kB", bytes / 1_000),
        _ => count(bytes),
    }
}

/// `1 byte`, `18 bytes`
pub(in crate::http) fn count(bytes: u64) -> String {
    if bytes == 1 {
        "1 byte".to_owned()
    } else {
        format!("{bytes} bytes")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_in_the_unit_in_which_they_are_written() {
        let told = [0, 1, 999, 1_000, 1_500, 2_000_000, 100_000_000].map(size);
        assert_eq!(
            told,
            [
                "0 bytes",
                "1 byte",
                "999 bytes",
                "1 kB",
                "1500 bytes",
                "2 MB",
                "100 MB"
            ]
        );
    }
}
