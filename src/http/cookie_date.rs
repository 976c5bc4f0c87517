//! Dates of cookies, as lenient as RFC 6265 section 5.1.1 has them.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];

/// Reads a cookie's date; `None` where it is none.
pub(super) fn parse(text: &str) -> Option<Timestamp> {
    let (mut time, mut day, mut month, mut year) = (None, None, None, None);
    for token in text
        .as_bytes()
        .split(|byte| is_delimiter(*byte))
        .filter(|token| !token.is_empty())
    {
        if let (None, Some(found)) = (time, time_of(token)) {
            time = Some(found);
        } else if let (None, Some(found)) = (day, number(token, 1, 2)) {
            day = Some(found);
        } else if let (None, Some(found)) = (month, month_of(token)) {
            month = Some(found);
        } else if let (None, Some(found)) = (year, number(token, 2, 4)) {
            year = Some(found);
        }
    }
    let year = match year? {
        short @ 70..=99 => short + 1900,
        short @ 0..=69 => short + 2000,
        long => long,
    };
    timestamp((year, month?, day?), time?)
}

fn timestamp(date: (i16, i8, i16), (hour, minute, second): (i16, i16, i16)) -> Option<Timestamp> {
    let (year, month, day) = date;
    if year < 1601 || second > 59 {
        return None;
    }
    let small = |number: i16| i8::try_from(number).ok();
    let moment = DateTime::new(
        year,
        month,
        small(day)?,
        small(hour)?,
        small(minute)?,
        small(second)?,
        0,
    )
    .ok()?;
    Some(moment.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

fn is_delimiter(byte: u8) -> bool {
    matches!(byte, b'\t' | 0x20..=0x2F | 0x3B..=0x40 | 0x5B..=0x60 | 0x7B..=0x7E)
}

/// The digits that a token starts with, if there are as many as allowed; what follows them does not matter.
fn number(token: &[u8], least: usize, most: usize) -> Option<i16> {
    let digits = token
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    let text = std::str::from_utf8(token.get(..digits)?).ok()?;
    (least..=most)
        .contains(&digits)
        .then(|| text.parse().ok())
        .flatten()
}

fn time_of(token: &[u8]) -> Option<(i16, i16, i16)> {
    let mut parts = token.splitn(3, |byte| *byte == b':');
    let whole = |part: &[u8]| number(part, 1, 2).filter(|_| part.iter().all(u8::is_ascii_digit));
    let (hour, minute) = (whole(parts.next()?)?, whole(parts.next()?)?);
    Some((hour, minute, number(parts.next()?, 1, 2)?))
}

fn month_of(token: &[u8]) -> Option<i8> {
    let name = token.get(..3)?.to_ascii_lowercase();
    let index = MONTHS.iter().position(|month| month.as_bytes() == name)?;
    i8::try_from(index + 1).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// github.com/abarth/http-state, see `tests/data/http-state/README.md`.
    const EXAMPLES: [&str; 2] = [
        include_str!("../../tests/data/http-state/dates/examples.json"),
        include_str!("../../tests/data/http-state/dates/bsd-examples.json"),
    ];

    #[test]
    fn the_examples_of_http_state_are_read() {
        let mut read = 0;
        let json = |text: &str| {
            text.lines()
                .filter(|line| !line.starts_with("//"))
                .collect::<Vec<_>>()
                .join("\n")
        };
        for case in EXAMPLES
            .iter()
            .flat_map(|text| serde_json::from_str::<Vec<serde_json::Value>>(&json(text)).unwrap())
        {
            let found = parse(case["test"].as_str().unwrap());
            let found =
                found.map(|moment| moment.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string());
            assert_eq!(found.as_deref(), case["expected"].as_str(), "{case}");
            read += 1;
        }
        assert!(read > 20, "only {read} examples");
    }

    #[test]
    fn a_date_that_does_not_exist_is_none() {
        assert_eq!(parse("31 Feb 2020 00:00:00"), None);
        assert_eq!(parse("1 Jan 2020 24:00:00"), None);
        assert_eq!(parse("1 Jan 1600 00:00:00"), None);
        assert_eq!(parse(""), None);
    }
}
