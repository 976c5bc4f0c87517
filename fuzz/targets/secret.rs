#![no_main]
//! A secret and, behind an empty line, a text around it: it does not get through.

use apitest::secret::Redactor;
use apitest_fuzz::two;

libfuzzer_sys::fuzz_target!(|text: &str| {
    let Some((secret, around)) = two(text) else {
        return;
    };
    let redactor = Redactor::default();
    if redactor.add("SECRET", secret).is_err() || secret.contains('*') {
        return;
    }
    let shown = redactor
        .redact(&format!("{around}{secret}{around}"))
        .into_owned();
    assert!(!shown.contains(secret), "{shown:?}");
    let pieces = redactor.split(around);
    assert!(pieces.len() <= around.len());
});
