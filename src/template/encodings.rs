//! The filters for encodings, digests, JSON and regular expressions.

use std::sync::Mutex;

use base64::Engine;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use indexmap::IndexMap;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use regex::Regex;
use sha2::{Digest, Sha256, Sha512};

use super::call::{Builtin, Call, text};
use super::fault::Fault;
use super::item::Item;
use super::operators::is_true;
use crate::lock::IgnorePoison as _;
use crate::value::Value;

type Made = Result<Item<'static>, Fault>;

/// The filter of that name.
pub(super) fn find(name: &str) -> Option<Builtin<Item<'static>>> {
    Some(match name {
        "base64" => Builtin::new(&[], 0, |call| {
            call.made(BASE64_STANDARD.encode(text(call.subject)?))
        }),
        "base64url" => Builtin::new(&[], 0, |call| {
            call.made(BASE64_URL_SAFE_NO_PAD.encode(text(call.subject)?))
        }),
        "base64_decode" => Builtin::new(&[], 0, |call| call.made(base64_decode(string(call)?)?)),
        "hex" => Builtin::new(&[], 0, |call| call.made(hex::encode(text(call.subject)?))),
        "md5" => Builtin::new(&["encoding"], 0, digest::<md5::Md5>),
        "sha256" => Builtin::new(&["encoding"], 0, digest::<Sha256>),
        "sha512" => Builtin::new(&["encoding"], 0, digest::<Sha512>),
        "hmac" => Builtin::new(&["hash", "key", "encoding"], 2, hmac_of),
        "urlencode" => Builtin::new(&[], 0, urlencode),
        "json" | "tojson" => Builtin::new(&["indent"], 0, json),
        "from_json" => Builtin::new(&[], 0, from_json),
        "regex_find" => Builtin::new(&["pattern"], 1, regex_find),
        _ => return None,
    })
}

fn string<'c>(call: &Call<'c>) -> Result<&'c str, Fault> {
    call.subject.as_str().ok_or_else(|| call.unfit("a string"))
}

/// Reads both alphabets, with padding or without.
fn base64_decode(encoded: &str) -> Result<String, Fault> {
    const LENIENT: GeneralPurposeConfig =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    const ENGINE: GeneralPurpose = GeneralPurpose::new(&base64::alphabet::STANDARD, LENIENT);
    let mut plain = encoded.replace('-', "+").replace('_', "/");
    plain.retain(|character| !character.is_ascii_whitespace());
    let bytes = ENGINE
        .decode(plain)
        .map_err(|_| Fault::new("the string is not base64"))?;
    String::from_utf8(bytes).map_err(|_| Fault::new("the decoded base64 is not UTF-8 text"))
}

/// Hexadecimal digits, or base64 with `encoding='base64'`.
fn written(bytes: &[u8], call: &Call<'_>) -> Made {
    match call.text("encoding")? {
        None | Some("hex") => Ok(Item::from(hex::encode(bytes))),
        Some("base64") => Ok(Item::from(BASE64_STANDARD.encode(bytes))),
        Some("base64url") => Ok(Item::from(BASE64_URL_SAFE_NO_PAD.encode(bytes))),
        Some(other) => {
            let hint = "it is one of `hex`, `base64`, `base64url`".to_owned();
            Err(Fault::new(format!("there is no encoding `{other}`"))
                .with_hint(hint)
                .quoting("there is no such encoding"))
        }
    }
}

fn digest<D: Digest>(call: &Call<'_>) -> Made {
    written(&D::digest(text(call.subject)?), call)
}

/// `text | hmac('sha256', key)`.
fn hmac_of(call: &Call<'_>) -> Made {
    let (message, key) = (text(call.subject)?, text(call.required("key")?)?);
    let bytes = match call.required_text("hash")? {
        "sha256" => authenticated::<Hmac<Sha256>>(&key, &message),
        "sha512" => authenticated::<Hmac<Sha512>>(&key, &message),
        "md5" => authenticated::<Hmac<md5::Md5>>(&key, &message),
        other => {
            let hint = "it is one of `sha256`, `sha512`, `md5`".to_owned();
            let fault = Fault::new(format!("`hmac` does not know `{other}`"));
            return Err(fault
                .with_hint(hint)
                .quoting("`hmac` does not know that name"));
        }
    };
    written(&bytes, call)
}

/// HMAC takes keys of any length, so there is always a result.
fn authenticated<M: Mac + KeyInit>(key: &str, message: &str) -> Vec<u8> {
    let mac = <M as KeyInit>::new_from_slice(key.as_bytes());
    mac.map(|mac| mac.chain_update(message).finalize().into_bytes().to_vec())
        .unwrap_or_default()
}

/// A text with all but RFC 3986's unreserved characters percent-encoded; of an object, `name=value` pairs.
fn urlencode(call: &Call<'_>) -> Made {
    let Some(members) = call.subject.as_object() else {
        return call.made(percent(&text(call.subject)?));
    };
    let pair = |(name, value): (&String, &Value)| {
        Ok(format!("{}={}", percent(name), percent(&text(value)?)))
    };
    let pairs: Result<Vec<_>, Fault> = members.iter().map(pair).collect();
    call.made(pairs?.join("&"))
}

fn percent(text: &str) -> String {
    const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
        .remove(b'-')
        .remove(b'.')
        .remove(b'_')
        .remove(b'~');
    utf8_percent_encode(text, RESERVED).to_string()
}

/// JSON: compact, or with `indent=2` a line for each part.
fn json(call: &Call<'_>) -> Made {
    let pretty = call.argument("indent").is_some_and(is_true);
    call.made(if pretty {
        call.subject.to_json_pretty()
    } else {
        call.subject.to_json()
    })
}

fn from_json(call: &Call<'_>) -> Made {
    let text = string(call)?;
    let parsed = crate::value::parse_with_duplicates(text).map_err(|error| {
        Fault::new(format!(
            "the string is not JSON: line {}, column {}",
            error.line, error.column
        ))
    })?;
    if let Some(path) = parsed.duplicate {
        let plain = "the string has a duplicate member in one object, and parsers disagree on which one counts";
        let fault = Fault::new(format!(
            "the string has the member `{path}` twice, and parsers disagree on which one counts"
        ));
        return Err(fault.quoting(plain));
    }
    let parsed = parsed.value;
    call.run.spend_on(&parsed, 1)?;
    Ok(Item::from(parsed))
}

/// The first group of the first match, or the match where there is no group; nothing where there is none.
fn regex_find(call: &Call<'_>) -> Made {
    let regex = compiled(call.required_text("pattern")?)?;
    let text = string(call)?;
    let found = regex
        .captures(text)
        .and_then(|captures| captures.get(1).or_else(|| captures.get(0)));
    let nothing = || {
        Item::undefined(Fault::new(format!(
            "`regex_find` has no match in `{}`",
            call.source
        )))
    };
    Ok(found.map_or_else(nothing, |found| Item::from(found.as_str())))
}

/// Compiles a pattern, or takes it from those that were used lately.
fn compiled(pattern: &str) -> Result<Regex, Fault> {
    const MOST: usize = 100;
    static LATELY: Mutex<Option<IndexMap<String, Regex>>> = Mutex::new(None);
    let mut lately = LATELY.lock().ignore_poison();
    let known = lately.get_or_insert_default();
    if let Some(regex) = known.get(pattern) {
        return Ok(regex.clone());
    }
    let regex = Regex::new(pattern).map_err(|error| not_a_regex(&error))?;
    if known.len() >= MOST {
        known.shift_remove_index(0);
    }
    known.insert(pattern.to_owned(), regex.clone());
    Ok(regex)
}

/// The last line of the library's error is the reason, those before draw the pattern.
fn not_a_regex(error: &regex::Error) -> Fault {
    let whole = error.to_string();
    let reason = whole
        .lines()
        .last()
        .unwrap_or_default()
        .trim_start_matches("error: ")
        .to_owned();
    Fault::new(format!("the regular expression is invalid: {reason}"))
        .quoting("the regular expression is invalid")
}

#[cfg(test)]
mod tests {
    use super::super::testing::scope;

    fn eval(text: &str) -> Result<String, String> {
        scope(r#"{"n": 1.10, "doc": {"b": [1.0, "<é>"], "a": null}, "broken": 1}"#).eval(text)
    }

    #[test]
    fn encodings_and_digests_are_the_known_ones() {
        for (text, value) in [
            ("{{ 'a?b>' | base64 }}", "YT9iPg=="),
            ("{{ 'a?b>' | base64url }}", "YT9iPg"),
            (
                "{{ 'YT9iPg' | base64_decode ~ ('_-__' | base64url | base64_decode) }}",
                "a?b>_-__",
            ),
            ("{{ 'é' | hex }}", "c3a9"),
            ("{{ 'abc' | md5 }}", "900150983cd24fb0d6963f7d28e17f72"),
            (
                "{{ 'abc' | sha256 }}",
                "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
            ),
            (
                "{{ 'abc' | md5(encoding='base64') }}",
                "kAFQmDzST7DWlj99KOF/cg==",
            ),
            (
                "{{ 'what do ya want for nothing?' | hmac('sha256', 'Jefe') }}",
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            ),
            ("{{ 'a b/é~&' | urlencode }}", "a%20b%2F%C3%A9~%26"),
            (
                "{{ {'a': 1, 'b c': 'd&e'} | urlencode }}",
                "a=1&b%20c=d%26e",
            ),
            ("{{ n | base64 | base64_decode }}", "1.10"),
            ("{{ 'order 17 of 20' | regex_find('\\\\d+') }}", "17"),
            ("{{ 'order 17 of 20' | regex_find('of (\\\\d+)') }}", "20"),
            ("{{ 'x' | regex_find('y') | default('none') }}", "none"),
        ] {
            assert_eq!(eval(text), Ok(format!("\"{value}\"")), "{text}");
        }
    }

    #[test]
    fn json_goes_both_ways_with_digits_and_order() {
        assert_eq!(
            eval("{{ (doc | json) == '{\"b\":[1.0,\"<é>\"],\"a\":null}' }}").unwrap(),
            "true"
        );
        assert_eq!(
            eval("{{ doc | json | from_json }}").unwrap(),
            r#"{"b":[1.0,"<é>"],"a":null}"#
        );
        assert_eq!(
            eval("{{ (doc | json | from_json).b[1] }}").unwrap(),
            "\"<é>\""
        );
        assert_eq!(
            eval("{{ [n, 'x'] | tojson }}").unwrap(),
            r#""[1.10,\"x\"]""#
        );
        assert_eq!(
            eval("{{ [1] | json(indent=2) }}").unwrap(),
            r#""[\n  1\n]""#
        );
        assert_eq!(eval("{{ n | string ~ '!' }}").unwrap(), "\"1.10!\"");
    }

    #[test]
    fn what_does_not_fit_is_told() {
        for (text, message) in [
            ("{{ '!' | base64_decode }}", "the string is not base64"),
            (
                "{{ '/w==' | base64_decode }}",
                "the decoded base64 is not UTF-8 text",
            ),
            (
                "{{ 'x' | sha256(encoding='b64') }}",
                "there is no encoding `b64`",
            ),
            (
                "{{ 'x' | hmac('sha1', 'k') }}",
                "`hmac` does not know `sha1`",
            ),
            (
                "{{ '{\"a\":' | from_json }}",
                "the string is not JSON: line 1, column 6",
            ),
            (
                "{{ 'x' | regex_find('(') }}",
                "the regular expression is invalid: unclosed group",
            ),
            ("{{ null | base64 }}", "null cannot be written as a string"),
            (
                "{{ 'x' | regex_find('y') }}",
                "`regex_find` has no match in `'x'`",
            ),
        ] {
            assert_eq!(eval(text).unwrap_err(), message, "{text}");
        }
    }
}
