#![no_main]
//! A path and, behind an empty line, a document.

use apitest::query::JsonPath;
use apitest::value::{Segment, Value, parse};
use apitest_fuzz::two;

libfuzzer_sys::fuzz_target!(|text: &str| {
    let Some((path, document)) = two(text) else {
        return;
    };
    let (Ok(path), Ok(document)) = (JsonPath::compile(path), parse(document)) else {
        return;
    };
    let values = path.select(&document);
    assert_eq!(path.get(&document), values.first().copied());
    let places = path.select_paths(&document);
    assert_eq!(places.len(), values.len());
    for (place, value) in &places {
        let step = |value: &'_ Value, segment: &Segment| match segment {
            Segment::Name(name) => value.get(name).cloned(),
            Segment::Index(index) => value
                .as_array()
                .and_then(|items| items.get(*index))
                .cloned(),
        };
        let there = place
            .segments()
            .iter()
            .try_fold(document.clone(), |value, segment| step(&value, segment));
        assert_eq!(there.as_ref(), Some(*value), "{place}");
    }
    if values.is_empty() {
        let _ = path.nearest(&document);
    }
});
