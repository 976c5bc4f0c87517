//! AWS's signature, version 4: pure functions of a request, keys and a moment.
//!
//! Held to AWS's own vectors (`tests/data/aws-sigv4`). The algorithm is that of the guide *Create a signed AWS API
//! request*.

use std::borrow::Cow;

use hmac::{Hmac, KeyInit as _, Mac as _};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use sha2::{Digest as _, Sha256};

/// The algorithm's name.
pub(super) const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// What stands as it is (RFC 3986 `unreserved`).
const QUERY: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');
const PATH: &AsciiSet = &QUERY.remove(b'/');

/// How a service sees a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Paths {
    /// Dot segments and empty ones are resolved.
    pub(super) normalized: bool,
    /// What is sent is encoded once more.
    pub(super) encoded_twice: bool,
}

/// When and for what a request is signed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scope<'a> {
    /// `20150830T123600Z`.
    pub(super) time: &'a str,
    pub(super) region: &'a str,
    pub(super) service: &'a str,
}

/// The parts of a request that are signed.
pub(super) struct Signed<'a> {
    pub(super) method: &'a str,
    pub(super) path: &'a str,
    pub(super) query: &'a str,
    /// Names in lower case.
    pub(super) headers: Vec<(String, String)>,
    /// The SHA-256 of the body in hexadecimal digits.
    pub(super) payload: &'a str,
    pub(super) paths: Paths,
}

impl Scope<'_> {
    /// The date, region and service, as they are signed.
    pub(super) fn credential(&self) -> String {
        format!(
            "{}/{}/{}/aws4_request",
            self.date(),
            self.region,
            self.service
        )
    }

    fn date(&self) -> &str {
        self.time.split('T').next().unwrap_or_default()
    }
}

impl Signed<'_> {
    /// The names of the headers that are signed.
    pub(super) fn names(&self) -> String {
        let mut names: Vec<_> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        names.join(";")
    }

    /// The request in the one form that both sides know.
    pub(super) fn canonical(&self) -> String {
        let mut headers: Vec<(&str, String)> = Vec::with_capacity(self.headers.len());
        let mut sorted: Vec<_> = self.headers.iter().collect();
        // Lines of one name keep their order.
        sorted.sort_by(|(one, _), (two, _)| one.cmp(two));
        for (name, value) in sorted {
            let value = value.split_whitespace().collect::<Vec<_>>().join(" ");
            match headers.last_mut().filter(|(last, _)| last == name) {
                Some((_, values)) => values.extend([",", &value]),
                None => headers.push((name, value)),
            }
        }
        let headers: String = headers
            .iter()
            .flat_map(|(name, value)| [*name, ":", value, "\n"])
            .collect();
        let (path, query) = (path(self.path, self.paths), query(self.query));
        [
            self.method,
            &path,
            &query,
            &headers,
            &self.names(),
            self.payload,
        ]
        .join("\n")
    }
}

/// What is signed in the end.
pub(super) fn string_to_sign(canonical: &str, scope: &Scope<'_>) -> String {
    [
        ALGORITHM,
        scope.time,
        &scope.credential(),
        &sha256(canonical.as_bytes()),
    ]
    .join("\n")
}

/// The signature, in hexadecimal digits.
pub(super) fn signature(secret: &str, string_to_sign: &str, scope: &Scope<'_>) -> String {
    let start = hmac(format!("AWS4{secret}").as_bytes(), scope.date());
    let key = [scope.region, scope.service, "aws4_request"]
        .iter()
        .fold(start, |key, part| hmac(&key, part));
    hex::encode(hmac(&key, string_to_sign))
}

/// A hash, in hexadecimal digits.
pub(super) fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

fn hmac(key: &[u8], text: &str) -> Vec<u8> {
    // A key of any length is one.
    let code = Hmac::<Sha256>::new_from_slice(key)
        .map(|code| code.chain_update(text.as_bytes()).finalize());
    code.map(|code| code.into_bytes().to_vec())
        .unwrap_or_default()
}

pub(super) fn path(path: &str, paths: Paths) -> String {
    let encode = |path: &str| utf8_percent_encode(path, PATH).to_string();
    let path = if paths.normalized {
        Cow::Owned(normalized(path))
    } else {
        Cow::Borrowed(path)
    };
    if paths.encoded_twice {
        encode(&path)
    } else {
        encode(&percent_decode_str(&path).decode_utf8_lossy())
    }
}

/// Dot segments resolved, several slashes as one.
pub(super) fn normalized(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => drop(kept.pop()),
            other => kept.push(other),
        }
    }
    let end = if !kept.is_empty() && path.ends_with(['/', '.']) && !path.ends_with("..")
        || path.ends_with("/..")
    {
        "/"
    } else {
        ""
    };
    format!(
        "/{}{}",
        kept.join("/"),
        if kept.is_empty() { "" } else { end }
    )
}

/// The pairs decoded, encoded anew, and sorted by name, then by value. A plus is a space, as in a form.
pub(super) fn query(query: &str) -> String {
    let encode = |text: &str| {
        let text = text.replace('+', " ");
        let decoded: Cow<'_, [u8]> = percent_decode_str(&text).into();
        percent_encoding::percent_encode(&decoded, QUERY).to_string()
    };
    let pair = |pair: &str| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (encode(name), encode(value))
    };
    let mut pairs: Vec<_> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(pair)
        .collect();
    pairs.sort();
    pairs
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect::<Vec<_>>()
        .join("&")
}

#[cfg(test)]
mod tests;
