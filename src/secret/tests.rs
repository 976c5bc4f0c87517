#![expect(
    clippy::format_collect,
    reason = "what is short is read more easily here"
)]

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use proptest::prelude::*;

use super::*;
use crate::value::parse;

fn knowing(secrets: &[(&str, &str)]) -> Redactor {
    let redactor = Redactor::default();
    for (name, value) in secrets {
        redactor.add(name, value).unwrap();
    }
    redactor
}

fn redacted(secret: &str, text: &str) -> String {
    knowing(&[("s", secret)]).redact(text).into_owned()
}

#[test]
fn a_secret_never_prints_itself() {
    assert_eq!(format!("{:?}", Secret::new("hunter22")), "Secret(***)");
    assert!(!format!("{:?}", knowing(&[("password", "hunter22")])).contains("hunter22"));
}

#[test]
fn texts_without_secrets_are_not_copied() {
    assert!(matches!(
        Redactor::default().redact("hunter22"),
        Cow::Borrowed("hunter22")
    ));
    assert!(matches!(
        knowing(&[("s", "hunter22")]).redact("a plain text with % \\ & + in it"),
        Cow::Borrowed(_)
    ));
}

#[test]
fn every_usual_form_is_removed() {
    let secret = r#"p"a/s's wö&<rd>\n+1"#;
    let forms = [
        secret.to_owned(),
        r#"p\"a\/s's wö&<rd>\\n+1"#.to_owned(),
        r#"p\"a/s's w\u00F6\u0026\u003crd\u003e\\n\u002b1"#.to_owned(),
        "p%22a%2fs%27s+w%c3%b6%26%3Crd%3E%5Cn%2B1".to_owned(),
        "p%22a/s's%20w%C3%B6&%3Crd%3E\\n+1".to_owned(),
        "p%2522a%252Fs%2527s%2520w%25C3%25B6%2526%253Crd%253E%255Cn%252B1".to_owned(),
        "p&quot;a/s&#39;s w&#246;&amp;&lt;rd&gt;\\n+1".to_owned(),
        "p&#x22;a/s&apos;s wö&amp;&lt;rd>\\n+1".to_owned(),
        r#"p"a/s'\''s wö&<rd>\n+1"#.to_owned(),
        r#"p"a/s'"'"'s wö&<rd>\n+1"#.to_owned(),
        r#"p\"a/s's w\u{f6}&<rd>\\n+1"#.to_owned(),
        r#"p\\\"a/s's wö&<rd>\\\\n+1"#.to_owned(),
        r#"p\"a/s\'s w\xc3\xb6&<rd>\\n+1"#.to_owned(),
        r#"p\"a/s\'s\ wö\&\<rd\>\\n+1"#.to_owned(),
        secret.to_uppercase(),
        secret.to_lowercase(),
        hex::encode(secret),
        hex::encode_upper(secret),
        STANDARD.encode(secret),
    ];
    for form in forms {
        assert_eq!(
            redacted(secret, &format!("<{form}>")).replace('=', ""),
            "<***>",
            "{form}"
        );
    }
}

#[test]
fn base64_is_seen_in_any_place_of_a_longer_one() {
    for before in ["", "u", "us", "user:"] {
        for after in ["", "x", "xy", "xyz"] {
            let whole = format!("{before}s3cr>t?!{after}");
            for encoded in [STANDARD.encode(&whole), URL_SAFE_NO_PAD.encode(&whole)] {
                let shown = redacted("s3cr>t?!", &encoded);
                let kept = shown.replace(STARS, "").replace('=', "").len();
                assert!(
                    shown.contains(STARS)
                        && kept <= before.len().div_ceil(3) * 4 + (after.len() * 8).div_ceil(6),
                    "{encoded} became {shown}"
                );
            }
        }
    }
    assert_eq!(
        redacted(
            "correct horse battery",
            "Y29ycmVjdCBob3JzZ\r\n  SBiYXR0ZXJ5"
        ),
        "***"
    );
    assert_eq!(
        redacted(
            "s3cr>t?!",
            &STANDARD.encode("xs3cr>t?!y").replace('+', "%2B")
        ),
        "e***Q=="
    );
}

#[test]
fn nested_and_overlapping_secrets_leave_nothing() {
    let redactor = knowing(&[
        ("short", "passphrase"),
        ("long", "passphrases"),
        ("other", "phrasesbook"),
    ]);
    assert_eq!(
        redactor.redact("passphrase passphrases passphrasesbook phrasesbookpassphrase"),
        "*** *** *** ******"
    );
    assert_eq!(
        knowing(&[("a", "aaaaaaaa")]).redact("aaaaaaaaaaaaaaaa aaa"),
        "*** aaa"
    );
}

#[test]
fn short_secrets_are_refused_or_found_as_whole_fields_alone() {
    let redactor = Redactor::default();
    assert_eq!(redactor.add("pin", "öäü"), Err(TooShort));
    redactor.add_whole("pin", "123");
    redactor.add_whole("nothing", "");
    assert_eq!(
        (
            redactor.redact("123"),
            redactor.redact("1234"),
            redactor.redact("")
        ),
        ("***".into(), "1234".into(), "".into())
    );
    assert_eq!(
        redactor.redact(r#"{"pin": "123", "other": 123, "more": "1234"}"#),
        r#"{"pin": "***", "other": 123, "more": "1234"}"#
    );
    redactor.add_whole("token", "12345678");
    assert_eq!(redactor.redact("x12345678x"), "x***x");
}

#[test]
fn one_that_is_open_hides_nothing() {
    let redactor = Redactor::open();
    redactor.add("s", "hunter22").unwrap();
    redactor.add_whole("pin", "123");
    assert_eq!(
        (redactor.redact("hunter22"), redactor.redact("123")),
        ("hunter22".into(), "123".into())
    );
    assert_eq!(
        redactor.redact_header("Authorization", "Bearer hunter22"),
        "Bearer hunter22"
    );
    assert_eq!(redactor.split("hunter22"), [Piece::Plain("hunter22")]);
}

#[test]
fn documents_lose_secrets_in_texts_numbers_and_names() {
    let redactor = knowing(&[("key", "k3y!"), ("pin", "1000000")]);
    redactor.add_whole("flag", "true");
    let value = parse(r#"{"k3y!": 1, "ak3y!": [1e6, 1000000, 10000001], "***": true, "n": [null, "true", "untrue"]}"#).unwrap();
    let shown = redactor.redact_value(&value).to_json();
    assert_eq!(
        shown,
        r#"{"***":1,"ak3y!":["***","***",10000001],"*** (2)":"***","n":[null,"***","untrue"]}"#
    );
    let harmless = parse(r#"{"a": [1, true, "b"]}"#);
    let harmless = harmless.unwrap();
    assert!(matches!(
        knowing(&[("key", "k3y!")]).redact_value(&harmless),
        Cow::Borrowed(_)
    ));
}

#[test]
fn bytes_that_are_no_text_are_searched_too() {
    assert_eq!(
        &*knowing(&[("s", "hunter22")]).redact_bytes(b"\xffhunter22\x00%68unter22"),
        b"\xff***\x00***"
    );
}

#[test]
fn pieces_name_the_secret_and_its_form() {
    let redactor = knowing(&[("key", "a b/c"), ("id", "id42")]);
    let secret = |name: &str, form, text| Piece::Secret {
        name: name.into(),
        form,
        text,
    };
    let pieces = redactor.split("id42 a b/c?k=a%20b%2Fc&j=a b\\/c");
    let expected = [
        secret("id", Form::Exact, "id42"),
        Piece::Plain(" "),
        secret("key", Form::Exact, "a b/c"),
        Piece::Plain("?k="),
        secret("key", Form::Percent, "a%20b%2Fc"),
        Piece::Plain("&j="),
        secret("key", Form::Escaped, "a b\\/c"),
    ];
    assert_eq!(pieces, expected);
    let split = |text| knowing(&[("key", "`abcdefg")]).split(text);
    assert_eq!(
        split(r"x\`abcdefg"),
        [Piece::Plain(r"x\"), secret("key", Form::Exact, "`abcdefg")]
    );
    for quoting in [r"\", r"\\\", r"'\'"] {
        let (text, plain) = (format!("x{quoting}'00A#0-x"), format!("x{quoting}"));
        let pieces = [Piece::Plain(&plain), secret("key", Form::Exact, "'00A#0-x")];
        assert_eq!(
            knowing(&[("key", "'00A#0-x")]).split(&text),
            pieces,
            "{text}"
        );
    }
    assert_eq!(redactor.split(""), []);
    assert_eq!(Redactor::default().split("x"), [Piece::Plain("x")]);
}

#[test]
fn secret_headers_show_only_what_is_no_secret() {
    let redactor = knowing(&[("sid", "s1d-value")]);
    for (name, value, shown) in [
        ("Authorization", "Bearer abc", "Bearer ***"),
        ("proxy-authorization", "abc", "***"),
        ("X-Api-Key", "abc", "***"),
        ("Cookie", "a=1; b=2", "a=***; b=***"),
        (
            "Set-Cookie",
            "a=1; Path=/s1d-value; HttpOnly",
            "a=***; Path=/***; HttpOnly",
        ),
        ("Accept", "text/s1d-value", "text/***"),
    ] {
        assert_eq!(redactor.redact_header(name, value), shown, "{name}");
    }
    assert!(
        is_secret_header("X-Amz-Security-Token")
            && is_secret_header("apikey")
            && !is_secret_header("x-next-token")
    );
}

#[test]
fn long_secrets_and_single_lines_of_them_are_removed() {
    let key = format!(
        "-----BEGIN KEY-----\n{}\n{}\n-----END KEY-----\n",
        "Ab3/".repeat(16),
        "x9+Z".repeat(16)
    );
    let redactor = knowing(&[("key", &key)]);
    assert_eq!(redactor.redact(&key), "***");
    assert_eq!(
        redactor.redact(&format!("- {}", "x9+Z".repeat(16))),
        "- ***"
    );
    assert!(!redactor.redact("-----BEGIN KEY-----").contains(STARS));
    let long: String = (0..5000).map(|number| format!("ü\"{number}")).collect();
    let encoded = utf8_percent_encode(&long, NON_ALPHANUMERIC).to_string();
    let redactor = knowing(&[("long", &long)]);
    assert_eq!(redactor.redact(&long), "***");
    let shown = redactor.redact(&encoded).replace(STARS, "");
    assert_eq!(shown, "");
}

#[test]
fn many_secrets_cost_little() {
    let redactor = Redactor::default();
    for number in 0..10_000 {
        redactor.add("same", "the same value").unwrap();
        redactor
            .add(
                "token",
                &format!("eyJhbGciOiJIUzI1NiJ9.{number:05}.signature"),
            )
            .unwrap();
        if number % 100 == 0 {
            assert_eq!(
                redactor.redact(&format!("<eyJhbGciOiJIUzI1NiJ9.{number:05}.signature>")),
                "<***>"
            );
        }
    }
    let text = "eyJhbGciOiJIUzI1NiJ9.none.signature".repeat(1000);
    assert!(matches!(redactor.redact(&text), Cow::Borrowed(_)));
}

#[test]
fn hostile_texts_are_searched_in_bounded_time() {
    let redactor = knowing(&[
        ("a", &"a".repeat(4096)),
        ("b", &format!("{}b", "a".repeat(900))),
    ]);
    assert_eq!(redactor.redact(&"a".repeat(1 << 20)), "***");
    let escapes = r"%25\\&amp;+'\''\u0026".repeat(1 << 14);
    assert!(matches!(redactor.redact(&escapes), Cow::Borrowed(_)));
}

#[test]
fn clones_share_what_they_know_over_threads() {
    let redactor = Redactor::default();
    let other = redactor.clone();
    std::thread::spawn(move || other.add("s", "hunter22"))
        .join()
        .unwrap()
        .unwrap();
    assert_eq!(redactor.redact("hunter22"), "***");
}

#[test]
fn a_long_text_is_decoded_three_times_too() {
    let redactor = knowing(&[("s", "p@ss/word+4711")]);
    let encoded = STANDARD.encode(
        utf8_percent_encode(&STANDARD.encode("user:p@ss/word+4711"), NON_ALPHANUMERIC).to_string(),
    );
    let row = r#"{"id": "8c1f0a52-1f7e-4b0e-93c1-4e8e1f0a5b11", "at": "2026-11-30T19:03:03Z", "html": "<a href=\"/x?a=1&amp;b=%20\">it's</a>"}"#;
    for size in [20_000, 300_000] {
        let rows = format!("[{}", format!("{row},\n").repeat(size / row.len()));
        let shown = redactor
            .redact(&format!("{rows}\"{encoded}\"]"))
            .into_owned();
        assert!(
            shown
                .strip_prefix(&*rows)
                .is_some_and(|rest| rest.contains(STARS)),
            "{size}: {}",
            shown.get(rows.len()..).unwrap_or(&shown)
        );
    }
}

type Way<'a> = &'a dyn Fn(&str) -> String;

#[test]
fn base64_over_lines_is_one_level_and_json_is_none() {
    let wrapped = |text: &str| {
        let encoded = STANDARD.encode(format!("{}{text}{}", "k".repeat(40), "z".repeat(40)));
        let lines = encoded
            .as_bytes()
            .chunks(76)
            .map(|line| String::from_utf8_lossy(line).into_owned());
        lines.collect::<Vec<_>>().join("\n") + "\n"
    };
    let hex = |text: &str| {
        let digits: Vec<String> = text.bytes().map(|byte| format!("{byte:02x}")).collect();
        digits.join(":")
    };
    let numbers = |text: &str| -> String {
        text.chars()
            .map(|sign| format!("&#{};", u32::from(sign)))
            .collect()
    };
    let units = |text: &str| -> String {
        text.chars()
            .map(|sign| format!("\\u{:04x}", u32::from(sign)))
            .collect()
    };
    let base64 = |text: &str| STANDARD.encode(text);
    let percent = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let printable = |text: &str| text.replace('=', "=3D").replace(' ', "=20");
    let secret = "s3cr3tTOKENvalue42";
    let redactor = knowing(&[("s", secret)]);
    let ways: [(&str, Way<'_>); 7] = [
        ("wrapped", &wrapped),
        ("hex", &hex),
        ("numbers", &numbers),
        ("units", &units),
        ("base64", &base64),
        ("percent", &percent),
        ("printable", &printable),
    ];
    for one in &ways {
        for two in &ways {
            for three in &ways {
                let names = [one.0, two.0, three.0];
                let encoded = three.1(&two.1(&one.1(secret)));
                let document = format!(
                    "{{\"echo\":{}}}",
                    crate::value::Value::from(&*encoded).to_json()
                );
                for text in [encoded.clone(), document] {
                    let shown = redactor.redact_json(&text);
                    assert!(shown.contains(STARS), "{names:?}: {text}");
                }
            }
        }
    }
}

#[test]
fn the_keys_of_a_collection_stay_and_its_values_do_not() {
    let redactor = knowing(&[("s", "status"), ("t", "headers"), ("u", "12345678")]);
    let shown =
        |before: &str, line: &str| redactor.redact_source(before, line, 0..1).0.into_owned();
    for line in [
        "expect.status = 200",
        "status=1",
        "  defaults.expect.status = 'a'",
        "[defaults.headers]",
        "[[status]]",
        "expect.status.\"$.b\" = 1",
    ] {
        assert_eq!(shown("", line), line);
        assert!(shown("text = \"\"\"\n", line).contains(STARS), "{line}");
    }
    for line in [
        "text = 'status'",
        "a = status",
        "12345678 = 1",
        "json = { a = 'x', b = 'headers = 1' }",
        "\"status\" = 1",
        "x status",
        "expect.headers.status = 1",
        "x-status = 1",
        "status-x = 1",
    ] {
        assert!(shown("", line).contains(STARS), "{line}");
    }
    let place = |part| {
        redactor
            .redact_source("", "expect.status = 'a status b'", part)
            .1
    };
    assert_eq!(
        [place(7..13), place(16..28), place(21..23), place(27..28)],
        [7..13, 16..25, 0..25, 24..25]
    );
}

#[test]
fn options_that_a_message_names_stay_and_their_values_do_not() {
    let redactor = knowing(&[("s", "--tag"), ("t", "replay"), ("u", "shard-key")]);
    for (message, shown) in [
        ("give `--tag smoke`", "give `--tag smoke`"),
        (
            "`--replay` needs a file, or `--tag=NAME`",
            "`--replay` needs a file, or `--tag=NAME`",
        ),
        (
            "`--tag replay` has no request",
            "`--tag ***` has no request",
        ),
        ("`--tag=replay`", "`--tag=***`"),
        ("`--shard shard-key`", "`--shard ***`"),
        ("`x --tag`", "`x ***`"),
        ("`--replays`", "`--replays`"),
        ("`replay`", "`***`"),
    ] {
        assert_eq!(redactor.redact_message(message), shown, "{message}");
    }
}

#[test]
fn of_a_message_what_stands_in_any_quotes_is_searched() {
    let redactor = knowing(&[("s", "status")]);
    for (message, shown) in [
        (
            "the status isn't known, and that is its status",
            "the status isn't known, and that is its status",
        ),
        ("no `status` but status", "no `***` but status"),
        (
            r#"it is "{\"status\": 1}", a status"#,
            r#"it is "{\"***\": 1}", a status"#,
        ),
        (
            "`expect.status = true` or \"status\"",
            "`expect.status = true` or \"***\"",
        ),
        (
            "expected 'status' tag of status",
            "expected '***' tag of status",
        ),
        ("an open \"quote has status", "an open \"quote has ***"),
    ] {
        assert_eq!(redactor.redact_message(message), shown);
    }
}

type Encode = fn(&str, u64) -> String;

/// Encodes each character in one of its spellings, chosen by the bits of `choice`.
fn mixed(text: &str, mut choice: u64, spell: impl Fn(char, u64) -> String) -> String {
    let spelled = |character| {
        choice = choice.rotate_left(7).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        spell(character, choice >> 60)
    };
    text.chars().map(spelled).collect()
}

fn percent(text: &str, choice: u64) -> String {
    mixed(text, choice, |character, choice| {
        let encoded = utf8_percent_encode(&character.to_string(), NON_ALPHANUMERIC).to_string();
        let forced: String = character
            .to_string()
            .bytes()
            .map(|byte| format!("%{byte:02x}"))
            .collect();
        match choice {
            _ if character == '%' || character == '+' => forced,
            0..8 => encoded,
            8..12 => forced,
            _ if character == ' ' => encoded,
            _ => character.to_string(),
        }
    })
}

fn json(text: &str, choice: u64) -> String {
    mixed(text, choice, |character, choice| {
        let mut units = [0; 2];
        let units = character.encode_utf16(&mut units);
        let forced: String = units.iter().map(|unit| format!("\\u{unit:04X}")).collect();
        match character {
            '"' | '\\' | '/' if choice < 8 => format!("\\{character}"),
            '"' | '\\' => forced,
            _ if choice < 5 || character.is_control() => forced,
            _ => character.to_string(),
        }
    })
}

fn html(text: &str, choice: u64) -> String {
    mixed(text, choice, |character, choice| {
        match (character, choice) {
            ('&', 0..8) => "&amp;".to_owned(),
            ('<', 0..8) => "&lt;".to_owned(),
            ('&', _) | (_, 0..3) => format!("&#{};", u32::from(character)),
            (_, 3..5) => format!("&#x{:x};", u32::from(character)),
            _ => character.to_string(),
        }
    })
}

const ENCODERS: [Encode; 5] = [
    |text, _| text.to_owned(),
    percent,
    json,
    html,
    |text, _| text.replace('\'', r"'\''"),
];

proptest! {
    #[test]
    fn no_encoded_form_survives(
        secret in r"[ -~äß€😀\n]{4,24}",
        before in "[a-zA-Z0-9 :=,.{(]{0,8}",
        after in "[a-zA-Z0-9 :=,.})]{0,8}",
        (first, second) in (0..5_usize, 0..5_usize),
        choice in any::<u64>(),
    ) {
        let encoded = ENCODERS[second](&ENCODERS[first](&secret, choice), choice.rotate_left(13));
        let shown = redacted(&secret, &format!("{before}<{encoded}>{after}"));
        prop_assert!(!shown.contains(&encoded), "{encoded:?} is in {shown:?}");
        let edges = [before.clone() + "<", ">".to_owned() + &after];
        let inner = shown.strip_prefix(&*edges[0]).and_then(|shown| shown.strip_suffix(&*edges[1]));
        // Where surroundings look like a part of the secret, more than the secret may be gone; signs of quoting before it
        // tell nothing.
        let stars = |inner: &str| inner.trim_start_matches(['\\', '\'', '"']) == STARS;
        prop_assert!(inner.is_none_or(stars), "{encoded:?} became {shown:?}");
    }

    #[test]
    fn usual_forms_are_found_whatever_stands_around(
        secret in r"[ -~äß€😀]{8,24}",
        before in r"[%\\&'+a0]{0,4}",
        after in ".{0,4}",
    ) {
        let redactor = knowing(&[("s", &secret)]);
        for written in forms::forms_of(&secret) {
            // UTF-16 and Latin-1 are found in bytes.
            let Ok(text) = String::from_utf8(written.bytes) else { continue };
            let text = format!("{before}{text}{after}");
            let shown = redactor.redact(&text);
            prop_assert!(shown.contains(STARS), "{text:?} in {shown:?}");
        }
    }

    #[test]
    fn pieces_together_are_the_text(text in r"(.|%61|\\u0061|aaaa|&#97;){0,40}") {
        let redactor = knowing(&[("a", "aaaaaaaa"), ("b", "a%61aaaaa")]);
        let pieces = redactor.split(&text);
        let whole: String = pieces.iter().map(|piece| match piece {
            Piece::Plain(text) | Piece::Secret { text, .. } => *text,
        }).collect();
        prop_assert_eq!(whole, text);
    }
}

#[test]
fn of_computed_secrets_the_newest_are_known_and_those_in_use_stay() {
    let redactor = Redactor::default();
    redactor.add("TOKEN", "the token itself").unwrap();
    redactor.add_whole("PIN", "123");
    let hides = |text: &str| redactor.redact(&format!("<{text}>")).contains(STARS);
    for number in 0..5_000 {
        redactor.add_made("made", &format!("signature {number:04}"));
        redactor.add_made("made", "Bearer the same each time");
        assert!(hides(&format!("signature {number:04}")) && hides("Bearer the same each time"));
    }
    assert!(
        hides("signature 4001") && !hides("signature 0001"),
        "what is old is forgotten, or memory would grow"
    );
    assert!(
        hides("the token itself")
            && hides("dGhlIHRva2VuIGl0c2VsZg")
            && redactor.redact("123") == STARS
    );
    redactor.add("TOKEN", "signature 4999").unwrap();
    (0..3_000).for_each(|number| redactor.add_made("made", &format!("other {number:04}")));
    assert!(hides("signature 4999"), "what became known for good stays");
}

/// A server may stop in the middle of a secret that it echoes.
#[test]
fn the_first_part_of_a_secret_at_the_end_of_what_was_cut_is_hidden() {
    let secret = "s3cr3t/TOKEN+value\"42";
    let redactor = Redactor::default();
    redactor.add("token", secret).unwrap();
    let forms = [
        secret.to_owned(),
        "s3cr3t%2FTOKEN%2Bvalue%2242".to_owned(),
        "s3cr3t/TOKEN+value\\\"42".to_owned(),
        hex::encode(secret),
        base64::Engine::encode(&base64::prelude::BASE64_STANDARD, secret),
    ];
    for form in &forms {
        for length in 6..form.len() {
            let body = format!("{{\"echo\": \"{}", form.get(..length).unwrap());
            let shown = redactor.redact_end(&body).into_owned();
            assert_eq!(shown, "{\"echo\": \"***", "{length} of {form}");
            let bytes = redactor.redact_end_of_bytes(body.as_bytes());
            assert_eq!(&*bytes, shown.as_bytes());
        }
    }
    for kept in ["", "s3", "s3cr3", "nothing of it", "s3cr3t/TOKEN and more"] {
        let is_start = kept == "s3cr3";
        assert_eq!(redactor.redact_end(kept) == kept, !is_start, "{kept}");
    }
}
