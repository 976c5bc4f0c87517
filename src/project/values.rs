//! Values that are given as text: URLs, durations, files.

use std::io::Read as _;
use std::path::Path;
use std::time::Duration;

use url::Url;

use super::error::Error;
use crate::http;
use crate::plan;
use crate::syntax::parse_duration;

/// The URL that an option names.
pub(crate) fn base_url(option: &str, text: &str) -> Result<Url, Error> {
    http::url::base(text).map_err(|error| {
        Error::new(format!("`{option}`: {}", error.message)).maybe_hint(error.hint)
    })
}

/// A duration of the command line; a bare number is seconds, as everywhere.
pub(crate) fn duration(option: &str, text: &str) -> Result<Duration, Error> {
    let bare = text
        .parse::<f64>()
        .ok()
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    bare.or_else(|| parse_duration(text)).ok_or_else(|| {
        Error::new(format!("`{option}`: `{text}` is not a duration"))
            .hint("write a number with its unit: `500ms`, `10s`, `2m`")
    })
}

pub(super) fn read(path: &Path) -> Result<String, String> {
    /// No collection is as large as this.
    const MOST: u64 = 64 << 20;
    let unreadable = |error: std::io::Error| format!("cannot be read: {}", plan::plain(&error));
    let mut bytes = Vec::new();
    // A pipe or a device does not say how much there is of it.
    std::fs::File::open(path)
        .map_err(unreadable)?
        .take(MOST + 1)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    if bytes.len() as u64 > MOST {
        return Err("is larger than 64 MiB, the limit for a collection".to_owned());
    }
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Err("is UTF-16: save it as UTF-8".to_owned());
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let line = error
            .as_bytes()
            .iter()
            .take(valid)
            .filter(|byte| **byte == b'\n')
            .count()
            + 1;
        format!("is not UTF-8: line {line} holds bytes that are not text")
    })?;
    Ok(text
        .strip_prefix('\u{feff}')
        .map(str::to_owned)
        .unwrap_or(text))
}
