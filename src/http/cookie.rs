//! One `Set-Cookie` line, read as browsers read it (RFC 6265bis section 5.6; sections are those of draft-ietf-httpbis-rfc6265bis-22).

use jiff::{SignedDuration, Timestamp};

use super::cookie_date;
use crate::value::Value;

/// A name and a value that together are longer than this are no cookie.
const MOST_BYTES: usize = 4096;
/// An attribute whose value is longer than this is not looked at.
const MOST_ATTRIBUTE_BYTES: usize = 1024;
/// No cookie lives longer than this.
const LONGEST_LIFE: SignedDuration = SignedDuration::from_hours(400 * 24);

/// What a `Set-Cookie` line says; of an attribute that stands twice, the last.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SetCookie {
    /// The name; may be empty.
    pub name: String,
    /// The value, quotes included.
    pub value: String,
    /// `Domain`, in lower case and without a leading dot.
    pub domain: Option<String>,
    /// `Path`, as written.
    pub path: Option<String>,
    /// `Expires`, where it is a date.
    pub expires: Option<Timestamp>,
    /// `Max-Age` in seconds, where it is a number; it wins over `Expires`.
    pub max_age: Option<i64>,
    /// `Secure`.
    pub secure: bool,
    /// `HttpOnly`.
    pub http_only: bool,
    /// `Partitioned`.
    pub partitioned: bool,
    /// `SameSite`, as written.
    pub same_site: Option<String>,
}

impl SetCookie {
    /// Reads a line; `None` where it is no cookie: empty, with control characters, or too long.
    #[must_use]
    pub fn parse(line: &str) -> Option<Self> {
        Self::read(line).ok()
    }

    /// Reads a line.
    ///
    /// # Errors
    /// Why it is no cookie.
    pub(super) fn read(line: &str) -> Result<Self, String> {
        if let Some(control) = line
            .chars()
            .find(|character| character.is_ascii_control() && *character != '\t')
        {
            return Err(format!(
                "its line holds the control character `{}`",
                control.escape_default()
            ));
        }
        let mut parts = line.split(';');
        let (name, value) = pair(parts.next().unwrap_or_default());
        let (name, value) = value.map_or(("", name), |value| (name, value));
        if name.len() + value.len() > MOST_BYTES {
            return Err(format!(
                "its name and value have more than {MOST_BYTES} bytes"
            ));
        }
        if name.is_empty() && value.is_empty() {
            return Err("it has neither a name nor a value".to_owned());
        }
        let mut cookie = Self {
            name: name.to_owned(),
            value: value.to_owned(),
            ..Self::default()
        };
        for (name, value) in parts.map(pair) {
            cookie.set(name, value.unwrap_or_default());
        }
        Ok(cookie)
    }

    fn set(&mut self, name: &str, value: &str) {
        if value.len() > MOST_ATTRIBUTE_BYTES {
            return;
        }
        match name.to_ascii_lowercase().as_str() {
            "expires" => self.expires = cookie_date::parse(value).or(self.expires),
            "max-age" => self.max_age = seconds(value).or(self.max_age),
            "domain" => {
                self.domain = Some(
                    value
                        .strip_prefix('.')
                        .unwrap_or(value)
                        .to_ascii_lowercase(),
                );
            }
            "path" => self.path = Some(value.to_owned()),
            "secure" => self.secure = true,
            "httponly" => self.http_only = true,
            "partitioned" => self.partitioned = true,
            "samesite" => self.same_site = Some(value.to_owned()),
            _ => {}
        }
    }

    /// An attribute by its name with underscores (`same_site`, `max_age`, `http_only`), without regard to case: a flag is a
    /// boolean, `expires` a date in RFC 3339, `max_age` a number. `None` where the line does not have it.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<Value> {
        let text = |text: &Option<String>| text.as_deref().map(Value::from);
        match name.to_ascii_lowercase().replace('-', "_").as_str() {
            "domain" => text(&self.domain),
            "path" => text(&self.path),
            "same_site" | "samesite" => text(&self.same_site),
            "expires" => self.expires.map(|moment| Value::String(moment.to_string())),
            "max_age" => self.max_age.map(Value::from),
            "secure" => Some(self.secure.into()),
            "http_only" | "httponly" => Some(self.http_only.into()),
            "partitioned" => Some(self.partitioned.into()),
            _ => None,
        }
    }

    /// When the cookie dies, if it does not live as long as the jar.
    pub(super) fn dies(&self, now: Timestamp) -> Option<Timestamp> {
        let latest = now.checked_add(LONGEST_LIFE).unwrap_or(Timestamp::MAX);
        let by_age = |age: i64| match age {
            ..=0 => Timestamp::MIN,
            age => now
                .checked_add(SignedDuration::from_secs(age))
                .unwrap_or(Timestamp::MAX),
        };
        self.max_age
            .map(by_age)
            .or(self.expires)
            .map(|moment| moment.min(latest))
    }
}

/// A part of the line: its name, and its value where there is an equals sign.
fn pair(part: &str) -> (&str, Option<&str>) {
    match part.split_once('=') {
        Some((name, value)) => (trim(name), Some(trim(value))),
        None => (trim(part), None),
    }
}

fn trim(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}

/// Digits, perhaps negative; more than fit are as many as can be.
fn seconds(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let extreme = if text.starts_with('-') {
        i64::MIN
    } else {
        i64::MAX
    };
    is_number.then(|| text.parse().unwrap_or(extreme))
}

/// A cookie that a response set, and that is not kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedCookie {
    /// Its name; may be empty.
    pub name: String,
    /// Why, as the end of a sentence: `its domain is not the host's`.
    pub reason: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_whole() {
        let line = "sid=\"a=b\"; Path=/x; domain=.Example.COM; Secure; HttpOnly; SameSite=Lax; Max-Age=60; Expires=Wed, 1 Jan 2020 00:00:00 GMT";
        let cookie = SetCookie::parse(line).unwrap();
        assert_eq!(
            (cookie.name.as_str(), cookie.value.as_str()),
            ("sid", "\"a=b\"")
        );
        let names = [
            "path",
            "domain",
            "secure",
            "http_only",
            "same_site",
            "max_age",
            "expires",
            "Max-Age",
            "nope",
        ];
        let read: Vec<_> = names
            .iter()
            .map(|name| cookie.attribute(name).map(|value| value.to_json()))
            .collect();
        let read: Vec<_> = read
            .iter()
            .map(|value| value.as_deref().unwrap_or("-"))
            .collect();
        let expected = [
            "\"/x\"",
            "\"example.com\"",
            "true",
            "true",
            "\"Lax\"",
            "60",
            "\"2020-01-01T00:00:00Z\"",
            "60",
            "-",
        ];
        assert_eq!(read, expected);
    }

    #[test]
    fn what_is_no_cookie_is_none() {
        for line in ["", "  ", "=", " = ; Secure", "a=b\u{1}", "a=b\nc"] {
            assert_eq!(SetCookie::parse(line), None, "{line:?}");
        }
        assert!(SetCookie::parse(&format!("a={}", "x".repeat(4095))).is_some());
        assert!(SetCookie::parse(&format!("a={}", "x".repeat(4096))).is_none());
    }

    #[test]
    fn the_age_wins_over_the_date_and_both_are_bounded() {
        let now: Timestamp = "2020-01-01T00:00:00Z".parse().unwrap();
        let dies = |line: &str| {
            SetCookie::parse(line)
                .unwrap()
                .dies(now)
                .map(|moment| moment.to_string())
        };
        assert_eq!(dies("a=b"), None);
        assert_eq!(
            dies("a=b; max-age=60; expires=Wed, 1 Jan 2031 00:00:00 GMT").as_deref(),
            Some("2020-01-01T00:01:00Z")
        );
        assert_eq!(
            dies("a=b; max-age=99999999999999999999").as_deref(),
            Some("2021-02-04T00:00:00Z")
        );
        assert_eq!(
            dies("a=b; expires=Wed, 1 Jan 2031 00:00:00 GMT").as_deref(),
            Some("2021-02-04T00:00:00Z")
        );
        assert_eq!(dies("a=b; max-age=x; max-age=+1; max-age="), None);
        assert!(
            SetCookie::parse("a=b; max-age=-1")
                .unwrap()
                .dies(now)
                .unwrap()
                < now
        );
    }

    proptest::proptest! {
        #[test]
        fn whatever_comes_is_a_cookie_or_none(line in "(a=b)?(;? ?(expires|max-age|domain|path)=\\PC{0,20}){0,4}") {
            if let Some(cookie) = SetCookie::parse(&line) {
                proptest::prop_assert!(cookie.dies(Timestamp::UNIX_EPOCH) != Some(Timestamp::MAX));
            }
        }
    }
}
