#![no_main]
//! An `expect` table and, behind an empty line, the body that it is held against.

use apitest::check::{Setting, compile, evaluate};
use apitest::source::{File, Span};
use apitest::syntax::{Problems, read};
use apitest_fuzz::{Names, answer, hold_to_places, two};

libfuzzer_sys::fuzz_target!(|text: &str| {
    let (expect, body) = two(text).unwrap_or((text, "{}"));
    let file = File::new("a.toml", expect);
    let mut problems = Problems::default();
    let table = read(&file, &mut problems);
    let (place, files) = (Span::new(&file, 0..0), |_: &std::path::Path| {
        Err("there are no files".to_owned())
    });
    let setting = Setting {
        place: &place,
        files: &files,
        graphql: true,
        websocket: false,
        defaults: true,
    };
    let expectations = compile(Some(&table), &setting, &mut problems);
    hold_to_places(&problems.into_vec());
    let names = Names::new();
    for content_type in ["application/json", "text/html"] {
        let exchange = answer(content_type, body);
        let outcomes = evaluate(&expectations, &exchange, &names).map(|outcomes| outcomes.len());
        assert!(outcomes.is_ok_and(|judged| judged <= expectations.len()));
    }
});
