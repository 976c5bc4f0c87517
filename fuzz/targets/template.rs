#![no_main]
//! `{{ expressions }}` in a text: compiled, evaluated, asked as a condition.

use apitest::template::{Expression, Template, parse_json_template};
use apitest_fuzz::Names;

libfuzzer_sys::fuzz_target!(|text: &str| {
    let names = Names::new();
    match Template::parse(text) {
        Ok(template) => {
            let _ = (
                template.evaluate(&names),
                template.render(&names),
                template.paths(),
                template.env_names(),
            );
        }
        Err(error) => assert!(text.get(error.range.clone()).is_some(), "{error:?}"),
    }
    if let Ok(expression) = Expression::parse(text) {
        let _ = expression.test(&names);
    }
    if let Ok(document) = parse_json_template(text) {
        let _ = document.evaluate(&names);
    }
});
