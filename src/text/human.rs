//! Numbers for people.

use std::time::Duration;

/// A number with its noun, which is given in the singular: `1 request`, `2 requests`, `2 retries`.
#[must_use]
pub fn count(number: usize, noun: &str) -> String {
    if number == 1 {
        format!("1 {noun}")
    } else {
        format!("{number} {}", plural(noun))
    }
}

/// English plurals of regular nouns; of several words the last one counts.
fn plural(noun: &str) -> String {
    let hisses = ["s", "x", "z", "ch", "sh"];
    if hisses.iter().any(|end| noun.ends_with(end)) {
        return format!("{noun}es");
    }
    match noun.strip_suffix('y') {
        Some(stem) if !stem.ends_with(['a', 'e', 'i', 'o', 'u']) => format!("{stem}ies"),
        _ => format!("{noun}s"),
    }
}

/// A duration in about three digits: `840 µs`, `3.2 ms`, `12 ms`, `1.24 s`, `12.4 s`, `2 min 3 s`, `1 h 2 min`.
#[must_use]
pub fn duration(duration: Duration) -> String {
    let micros = duration.as_micros();
    let rounded = |unit: u128| micros.saturating_add(unit / 2) / unit;
    if micros == 0 {
        return "0 ms".to_owned();
    }
    if micros < 1_000 {
        return format!("{micros} µs");
    }
    let (tenths, millis) = (rounded(100), rounded(1_000));
    if tenths < 100 {
        return format!("{}.{} ms", tenths / 10, tenths % 10);
    }
    if millis < 1_000 {
        return format!("{millis} ms");
    }
    let (hundredths, tenths, seconds) = (rounded(10_000), rounded(100_000), rounded(1_000_000));
    if hundredths < 1_000 {
        return format!("{}.{:02} s", hundredths / 100, hundredths % 100);
    }
    if tenths < 600 {
        return format!("{}.{} s", tenths / 10, tenths % 10);
    }
    let minutes = rounded(60_000_000);
    match seconds {
        ..3_600 => two("min", seconds / 60, "s", seconds % 60),
        _ => two("h", minutes / 60, "min", minutes % 60),
    }
}

fn two(large: &str, count: u128, small: &str, rest: u128) -> String {
    if rest == 0 {
        format!("{count} {large}")
    } else {
        format!("{count} {large} {rest} {small}")
    }
}

/// A number of bytes in at most three digits, in powers of ten: `812 B`, `1.2 MB`, `45 kB`.
#[must_use]
pub fn size(bytes: u64) -> String {
    if bytes < 1_000 {
        return format!("{bytes} B");
    }
    let bytes = u128::from(bytes);
    let mut unit = 1_000;
    for name in ["kB", "MB", "GB", "TB", "PB", "EB"] {
        let (tenths, whole) = ((bytes * 10 + unit / 2) / unit, (bytes + unit / 2) / unit);
        if tenths < 100 {
            return format!("{}.{} {name}", tenths / 10, tenths % 10);
        }
        if whole < 1_000 {
            return format!("{whole} {name}");
        }
        unit *= 1_000;
    }
    format!("{bytes} B")
}

/// Why a text is not base64, in our words.
#[must_use]
pub fn not_base64(error: &base64::DecodeError) -> String {
    let told = match error {
        base64::DecodeError::InvalidByte(at, byte) if byte.is_ascii_graphic() => {
            format!("`{}` at character {}", char::from(*byte), at + 1)
        }
        base64::DecodeError::InvalidByte(at, _) => {
            format!("character {} is none of its signs", at + 1)
        }
        base64::DecodeError::InvalidLength(length) => {
            format!("{length} characters are not enough for its last byte")
        }
        base64::DecodeError::InvalidLastSymbol { offset: at, .. } => {
            format!("the last character, {}, is only a part of a byte", at + 1)
        }
        base64::DecodeError::InvalidPadding => "the padding `=` at its end is wrong".to_owned(),
    };
    format!("this is not base64: {told}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nouns_follow_their_number() {
        let counted = [
            (1, "request"),
            (0, "request"),
            (2, "retry"),
            (3, "key"),
            (2, "match"),
            (2, "failed check"),
        ];
        let shown: Vec<_> = counted
            .iter()
            .map(|(number, noun)| count(*number, noun))
            .collect();
        assert_eq!(
            shown,
            [
                "1 request",
                "0 requests",
                "2 retries",
                "3 keys",
                "2 matches",
                "2 failed checks"
            ]
        );
    }

    #[test]
    fn durations_have_about_three_digits_on_both_sides_of_every_border() {
        for (micros, shown) in [
            (0, "0 ms"),
            (840, "840 µs"),
            (1_000, "1.0 ms"),
            (9_949, "9.9 ms"),
            (9_950, "10 ms"),
            (999_499, "999 ms"),
            (999_500, "1.00 s"),
            (1_240_000, "1.24 s"),
            (9_995_000, "10.0 s"),
            (59_949_000, "59.9 s"),
            (59_950_000, "1 min"),
            (123_000_000, "2 min 3 s"),
            (3_599_499_999, "59 min 59 s"),
            (3_599_500_000, "1 h"),
            (7_380_000_000, "2 h 3 min"),
        ] {
            assert_eq!(duration(Duration::from_micros(micros)), shown);
        }
        assert_eq!(duration(Duration::MAX), "5124095576030431 h");
    }

    #[test]
    fn sizes_have_at_most_three_digits() {
        for (bytes, shown) in [
            (0, "0 B"),
            (999, "999 B"),
            (1_000, "1.0 kB"),
            (9_949, "9.9 kB"),
            (9_950, "10 kB"),
            (999_499, "999 kB"),
            (999_500, "1.0 MB"),
            (1_234_567, "1.2 MB"),
            (u64::MAX, "18 EB"),
        ] {
            assert_eq!(size(bytes), shown);
        }
    }
}
