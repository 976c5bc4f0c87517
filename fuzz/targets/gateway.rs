#![no_main]
//! A gateway file: decoded, every problem drawn.

use apitest::gateway::Gateway;
use apitest::source::File;
use apitest::syntax::Problems;
use apitest_fuzz::hold_to_places;

libfuzzer_sys::fuzz_target!(|text: &str| {
    let mut problems = Problems::default();
    let _ = Gateway::decode(&File::new("a.gateway.toml", text), &mut problems);
    hold_to_places(&problems.into_vec());
});
