#![no_main]
//! A document: what is written reads back as the same, and serde_json finds no fault with it.

use apitest::value::{diff, parse, parse_bytes};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Ok(value) = parse_bytes(bytes) else {
        return;
    };
    let written = value.to_json();
    let again = parse(&written).expect("what was written is JSON");
    assert_eq!(again, value);
    assert_eq!(again.to_json(), written);
    assert!(diff::diff(&value, &again).is_empty());
});
