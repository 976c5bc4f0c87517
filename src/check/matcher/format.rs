//! The shapes of text that `format` and `any.…` know.

use std::net::{Ipv4Addr, Ipv6Addr};

use base64::Engine;

use super::order;

/// A shape that a text may have.
#[derive(Debug, Clone, Copy)]
pub(in crate::check) struct Format {
    /// Its name.
    pub(in crate::check) name: &'static str,
    about: &'static str,
    fits: fn(&str) -> bool,
}

/// All of them.
pub(in crate::check) const FORMATS: [Format; 17] = [
    Format {
        name: "uuid",
        about: "a uuid",
        fits: is_uuid,
    },
    Format {
        name: "date",
        about: "a date such as `2026-01-31`",
        fits: |text| order::date(text).is_some(),
    },
    Format {
        name: "time",
        about: "a time with its offset such as `12:30:00Z`",
        fits: is_time,
    },
    Format {
        name: "date-time",
        about: "an RFC 3339 date-time",
        fits: |text| order::eval(text).is_some(),
    },
    Format {
        name: "datetime",
        about: "an RFC 3339 date-time",
        fits: |text| order::eval(text).is_some(),
    },
    Format {
        name: "duration",
        about: "an ISO 8601 duration such as `PT1H30M`",
        fits: is_duration,
    },
    Format {
        name: "email",
        about: "an email address",
        fits: is_email,
    },
    Format {
        name: "uri",
        about: "an absolute URI",
        fits: is_uri,
    },
    Format {
        name: "url",
        about: "an http or https URL",
        fits: is_url,
    },
    Format {
        name: "hostname",
        about: "a host name",
        fits: is_hostname,
    },
    Format {
        name: "ipv4",
        about: "an IPv4 address",
        fits: |text| text.parse::<Ipv4Addr>().is_ok(),
    },
    Format {
        name: "ipv6",
        about: "an IPv6 address",
        fits: |text| text.parse::<Ipv6Addr>().is_ok(),
    },
    Format {
        name: "base64",
        about: "base64 text",
        fits: is_base64,
    },
    Format {
        name: "hex",
        about: "hexadecimal digits",
        fits: is_hex,
    },
    Format {
        name: "json",
        about: "JSON text",
        fits: |text| crate::value::parse(text).is_ok(),
    },
    Format {
        name: "regex",
        about: "a regex",
        fits: |text| regex::Regex::new(text).is_ok(),
    },
    Format {
        name: "semver",
        about: "a version such as `1.2.3`",
        fits: is_semver,
    },
];

impl Format {
    /// The format of a name; `date_time` is `date-time`, as an expression has to write it.
    pub(in crate::check) fn named(name: &str) -> Option<Self> {
        FORMATS.into_iter().find(|format| {
            format.name == name || (name.contains('_') && format.name == name.replace('_', "-"))
        })
    }

    /// Whether a text has this shape.
    pub(super) fn fits(self, text: &str) -> bool {
        (self.fits)(text)
    }

    /// What it is, in words.
    pub(super) fn with_article(self) -> &'static str {
        self.about
    }
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36 && uuid::Uuid::try_parse(text).is_ok()
}

/// RFC 3339's full-time: a date before it makes it a date-time.
fn is_time(text: &str) -> bool {
    order::eval(&format!("2000-01-01T{text}")).is_some()
}

fn is_duration(text: &str) -> bool {
    let Some(rest) = text.strip_prefix('P') else {
        return false;
    };
    if let Some(weeks) = rest.strip_suffix('W') {
        return is_digits(weeks);
    }
    let (date, time) = rest
        .split_once('T')
        .map_or((rest, None), |(date, time)| (date, Some(time)));
    let time_fits = time.is_none_or(|time| !time.is_empty() && has_units(time, "HMS"));
    !rest.is_empty() && has_units(date, "YMD") && time_fits
}

/// Whether a text is numbers, each with the next of the units; the last unit, seconds, may have a fraction.
fn has_units(mut text: &str, mut units: &str) -> bool {
    while !text.is_empty() {
        let Some((number, rest)) = text
            .find(|c: char| c.is_ascii_alphabetic())
            .and_then(|at| text.split_at_checked(at))
        else {
            return false;
        };
        let Some(unit) = rest.chars().next() else {
            return false;
        };
        let Some((_, left)) = units.split_once(unit) else {
            return false;
        };
        let whole = if unit == 'S' {
            number.split_once('.').map_or((number, "0"), |parts| parts)
        } else {
            (number, "0")
        };
        if !is_digits(whole.0) || !is_digits(whole.1) {
            return false;
        }
        (text, units) = (rest.get(1..).unwrap_or_default(), left);
    }
    true
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else {
        return false;
    };
    let atoms = local.split('.').all(|atom| {
        !atom.is_empty()
            && atom
                .chars()
                .all(|c| c.is_alphanumeric() || "!#$%&'*+/=?^_`{|}~-".contains(c))
    });
    atoms && local.len() <= 64 && is_hostname(domain)
}

/// RFC 1123's labels.
fn is_hostname(text: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    text.len() <= 253 && text.split('.').all(label)
}

fn is_uri(text: &str) -> bool {
    let plain = text
        .bytes()
        .all(|byte| byte.is_ascii_graphic() && !b"<>\"{}|\\^`".contains(&byte));
    plain && url::Url::parse(text).is_ok()
}

fn is_url(text: &str) -> bool {
    is_uri(text)
        && url::Url::parse(text)
            .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

fn is_base64(text: &str) -> bool {
    !text.is_empty()
        && base64::engine::general_purpose::STANDARD
            .decode(text)
            .is_ok()
}

fn is_hex(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn is_semver(text: &str) -> bool {
    let (rest, build) = text
        .split_once('+')
        .map_or((text, None), |(rest, build)| (rest, Some(build)));
    let (core, pre) = rest
        .split_once('-')
        .map_or((rest, None), |(core, pre)| (core, Some(pre)));
    let number = |part: &str| is_digits(part) && (part == "0" || !part.starts_with('0'));
    let tail = |tail: Option<&str>| {
        tail.is_none_or(|tail| {
            tail.split('.').all(|part| {
                !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            })
        })
    };
    core.split('.').count() == 3 && core.split('.').all(number) && tail(pre) && tail(build)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_format_knows_its_own_and_refuses_the_rest() {
        let cases = [
            (
                "uuid",
                "67e55044-10b1-426f-9247-bb680e5fe0c8",
                "67e5504410b1426f9247bb680e5fe0c8",
            ),
            ("date", "2024-02-29", "2023-02-29"),
            ("time", "12:30:00.5+02:00", "12:30"),
            ("date-time", "2024-05-01T12:00:00Z", "2024-05-01 12:00"),
            (
                "date_time",
                "2024-05-01t12:00:00.123-05:00",
                "2024-05-01T12:00:00",
            ),
            ("duration", "P1Y2M3DT4H5M6.5S", "P1DT"),
            ("duration", "P2W", "2s"),
            ("email", "a.b+c@example.org", "a@b@"),
            ("uri", "urn:isbn:1", "/relative"),
            ("url", "https://example.org/a?b#c", "ftp://example.org"),
            ("hostname", "a-b.example", "-a.example"),
            ("ipv4", "127.0.0.1", "127.0.0.256"),
            ("ipv6", "::1", "::g"),
            ("base64", "aGk=", "aGk"),
            ("hex", "00fF", "0x00"),
            ("json", "{\"a\":[1]}", "{a:1}"),
            ("regex", "^a+$", "("),
            ("semver", "1.2.3-rc.1+b5", "1.2"),
        ];
        for (name, good, bad) in cases {
            let format = Format::named(name).unwrap();
            assert!(format.fits(good), "{name}: {good}");
            assert!(!format.fits(bad), "{name}: {bad}");
            assert_eq!(format.fits(""), name == "regex", "{name}");
        }
        assert!(Format::named("nope").is_none());
    }
}
