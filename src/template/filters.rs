//! Our filters for text: encodings, digests, JSON, regular expressions. Jinja's own stay minijinja's.
#![expect(clippy::needless_pass_by_value, reason = "minijinja hands arguments over by value")]

use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use indexmap::IndexMap;
use minijinja::value::{Kwargs, ValueKind};
use minijinja::{Environment, Error, State, Value};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use regex::Regex;
use sha2::{Digest, Sha256, Sha512};

use super::bridge::Run;
use super::message::{told, told_quoting};

pub(super) fn add_to(engine: &mut Environment<'static>) {
    engine.add_filter("base64", |state: &State<'_, '_>, value: &Value| encoded(state, value, &BASE64_STANDARD));
    engine.add_filter("base64url", |state: &State<'_, '_>, value: &Value| encoded(state, value, &BASE64_URL_SAFE_NO_PAD));
    engine.add_filter("base64_decode", base64_decode);
    engine.add_filter("hex", |state: &State<'_, '_>, value: &Value| text(state, value).map(hex::encode));
    engine.add_filter("md5", digest_filter::<md5::Md5>);
    engine.add_filter("sha256", digest_filter::<Sha256>);
    engine.add_filter("sha512", digest_filter::<Sha512>);
    engine.add_filter("hmac", hmac_filter);
    engine.add_filter("urlencode", urlencode);
    engine.add_filter("json", json);
    engine.add_filter("tojson", json);
    engine.add_filter("string", text);
    engine.add_filter("from_json", from_json);
    engine.add_filter("regex_find", regex_find);
}

/// A value as it reads inside other text.
pub(super) fn text(state: &State<'_, '_>, value: &Value) -> Result<String, Error> {
    if let Some(text) = value.as_str() {
        return Ok(text.to_owned());
    }
    let value = Run::of(state)?.take(value)?;
    value.to_text().ok_or_else(|| told("null has no text".into(), Some("`default('', true)` stands for nothing".into())))
}

fn encoded(state: &State<'_, '_>, value: &Value, engine: &GeneralPurpose) -> Result<String, Error> {
    Ok(engine.encode(text(state, value)?))
}

/// Reads both alphabets, with padding or without.
fn base64_decode(encoded: &str) -> Result<String, Error> {
    const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    const ENGINE: GeneralPurpose = GeneralPurpose::new(&base64::alphabet::STANDARD, LENIENT);
    let mut plain = encoded.replace('-', "+").replace('_', "/");
    plain.retain(|character| !character.is_ascii_whitespace());
    let bytes = ENGINE.decode(plain).map_err(|_| told("the text is not base64".into(), None))?;
    String::from_utf8(bytes).map_err(|_| told("what the base64 stands for is not text in UTF-8".into(), None))
}

/// Hexadecimal digits, or base64 with `encoding='base64'`.
fn written(bytes: &[u8], options: &Kwargs) -> Result<String, Error> {
    let encoding: Option<&str> = options.get("encoding")?;
    options.assert_all_used()?;
    match encoding {
        None | Some("hex") => Ok(hex::encode(bytes)),
        Some("base64") => Ok(BASE64_STANDARD.encode(bytes)),
        Some("base64url") => Ok(BASE64_URL_SAFE_NO_PAD.encode(bytes)),
        Some(other) => {
            let hint = "it is one of `hex`, `base64`, `base64url`".to_owned();
            Err(told_quoting(format!("there is no encoding `{other}`"), Some(hint), "there is no such encoding"))
        }
    }
}

fn digest_filter<D: Digest>(state: &State<'_, '_>, value: &Value, options: Kwargs) -> Result<String, Error> {
    written(&D::digest(text(state, value)?), &options)
}

/// `text | hmac('sha256', key)`.
fn hmac_filter(state: &State<'_, '_>, value: &Value, kind: &str, key: &Value, options: Kwargs) -> Result<String, Error> {
    let (message, key) = (text(state, value)?, text(state, key)?);
    let bytes = match kind {
        "sha256" => authenticated::<Hmac<Sha256>>(&key, &message),
        "sha512" => authenticated::<Hmac<Sha512>>(&key, &message),
        "md5" => authenticated::<Hmac<md5::Md5>>(&key, &message),
        other => {
            let hint = "it is one of `sha256`, `sha512`, `md5`".to_owned();
            return Err(told_quoting(format!("`hmac` does not know `{other}`"), Some(hint), "`hmac` does not know that name"));
        }
    };
    written(&bytes, &options)
}

/// HMAC takes keys of any length, so there is always a result.
fn authenticated<M: Mac + KeyInit>(key: &str, message: &str) -> Vec<u8> {
    let mac = <M as KeyInit>::new_from_slice(key.as_bytes());
    mac.map(|mac| mac.chain_update(message).finalize().into_bytes().to_vec()).unwrap_or_default()
}

/// A text with all but RFC 3986's unreserved characters percent-encoded; of an object, `name=value` pairs.
fn urlencode(state: &State<'_, '_>, value: &Value) -> Result<String, Error> {
    if value.kind() != ValueKind::Map {
        return Ok(percent(&text(state, value)?));
    }
    let pair = |key: Result<Value, Error>| {
        let key = key?;
        Ok(format!("{}={}", percent(&text(state, &key)?), percent(&text(state, &value.get_item(&key)?)?)))
    };
    let pairs: Result<Vec<_>, Error> = value.try_iter()?.checked().map(pair).collect();
    Ok(pairs?.join("&"))
}

fn percent(text: &str) -> String {
    const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
    utf8_percent_encode(text, RESERVED).to_string()
}

/// JSON: compact, or with `indent=2` a line for each part.
fn json(state: &State<'_, '_>, value: &Value, options: Kwargs) -> Result<String, Error> {
    let indent: Option<Value> = options.get("indent")?;
    options.assert_all_used()?;
    let value = Run::of(state)?.take(value)?;
    Ok(if indent.is_some_and(|indent| indent.is_true()) { value.to_json_pretty() } else { value.to_json() })
}

fn from_json(state: &State<'_, '_>, text: &str) -> Result<Value, Error> {
    let parsed = crate::value::parse(text).map_err(|error| {
        let place = format!("at line {} column {}", error.line, error.column);
        told(format!("the text is not JSON {place}"), None)
    })?;
    Ok(Run::of(state)?.show(&Arc::new(parsed)))
}

/// The first group of the first match, or the match where there is no group; nothing where there is none.
fn regex_find(text: &str, pattern: &str) -> Result<Value, Error> {
    let regex = compiled(pattern)?;
    let found = regex.captures(text).and_then(|captures| captures.get(1).or_else(|| captures.get(0)));
    Ok(found.map_or(Value::UNDEFINED, |found| found.as_str().into()))
}

/// Compiles a pattern, or takes it from those that were used lately.
fn compiled(pattern: &str) -> Result<Regex, Error> {
    const MOST: usize = 100;
    static LATELY: Mutex<Option<IndexMap<String, Regex>>> = Mutex::new(None);
    let mut lately = LATELY.lock().unwrap_or_else(PoisonError::into_inner);
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
fn not_a_regex(error: &regex::Error) -> Error {
    let whole = error.to_string();
    let reason = whole.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
    told_quoting(format!("the regular expression is wrong: {reason}"), None, "the regular expression is wrong")
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
            ("{{ 'YT9iPg' | base64_decode ~ ('_-__' | base64url | base64_decode) }}", "a?b>_-__"),
            ("{{ 'é' | hex }}", "c3a9"),
            ("{{ 'abc' | md5 }}", "900150983cd24fb0d6963f7d28e17f72"),
            ("{{ 'abc' | sha256 }}", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            ("{{ 'abc' | md5(encoding='base64') }}", "kAFQmDzST7DWlj99KOF/cg=="),
            (
                "{{ 'what do ya want for nothing?' | hmac('sha256', 'Jefe') }}",
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            ),
            ("{{ 'a b/é~&' | urlencode }}", "a%20b%2F%C3%A9~%26"),
            ("{{ {'a': 1, 'b c': 'd&e'} | urlencode }}", "a=1&b%20c=d%26e"),
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
        assert_eq!(eval("{{ (doc | json) == '{\"b\":[1.0,\"<é>\"],\"a\":null}' }}").unwrap(), "true");
        assert_eq!(eval("{{ doc | json | from_json }}").unwrap(), r#"{"b":[1.0,"<é>"],"a":null}"#);
        assert_eq!(eval("{{ (doc | json | from_json).b[1] }}").unwrap(), "\"<é>\"");
        assert_eq!(eval("{{ [n, 'x'] | tojson }}").unwrap(), r#""[1.10,\"x\"]""#);
        assert_eq!(eval("{{ [1] | json(indent=2) }}").unwrap(), r#""[\n  1\n]""#);
        assert_eq!(eval("{{ n | string ~ '!' }}").unwrap(), "\"1.10!\"");
    }

    #[test]
    fn what_does_not_fit_is_told() {
        for (text, message) in [
            ("{{ '!' | base64_decode }}", "the text is not base64"),
            ("{{ '/w==' | base64_decode }}", "what the base64 stands for is not text in UTF-8"),
            ("{{ 'x' | sha256(encoding='b64') }}", "there is no encoding `b64`"),
            ("{{ 'x' | hmac('sha1', 'k') }}", "`hmac` does not know `sha1`"),
            ("{{ '{\"a\":' | from_json }}", "the text is not JSON at line 1 column 6"),
            ("{{ 'x' | regex_find('(') }}", "the regular expression is wrong: unclosed group"),
            ("{{ null | base64 }}", "null has no text"),
            ("{{ 'x' | regex_find('y') }}", "`'x' | regex_find('y')` has no value"),
        ] {
            assert_eq!(eval(text).unwrap_err(), message, "{text}");
        }
    }
}
