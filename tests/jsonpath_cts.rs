//! RFC 9535's compliance suite, through our own type.
#![expect(clippy::unwrap_used, reason = "a test")]

use apitest::query::JsonPath;
use apitest::value::{Value, parse};

/// Cases that fail, each with its reason; a listed one that passes fails the test too.
const KNOWN: [(&str, &str); 0] = [];

/// What goes wrong in a case, if anything does.
fn fault(case: &Value) -> Option<String> {
    let selector = case.get("selector").and_then(Value::as_str).unwrap();
    let compiled = JsonPath::compile(selector);
    if case.get("invalid_selector").and_then(Value::as_bool) == Some(true) {
        return compiled.is_ok().then(|| format!("`{selector}` is accepted"));
    }
    let path = match compiled {
        Ok(path) => path,
        Err(error) => return Some(format!("`{selector}` is refused: {error}")),
    };
    let document = case.get("document").unwrap();
    let found = path.select_paths(document);
    let values = Value::Array(found.iter().map(|(_, value)| (*value).clone()).collect());
    let places = Value::Array(found.iter().map(|(place, _)| Value::from(place.to_string())).collect());
    let allowed = |one: &str, many: &str| match (case.get(one), case.get(many)) {
        (Some(only), _) => vec![only.clone()],
        (_, Some(several)) => several.as_array().unwrap().to_vec(),
        _ => Vec::new(),
    };
    if !allowed("result", "results").contains(&values) {
        return Some(format!("`{selector}` gives {values}"));
    }
    let normalized = allowed("result_paths", "results_paths");
    let bracketed = Value::Array(found.iter().map(|(place, _)| Value::from(brackets(place))).collect());
    (!normalized.is_empty() && !normalized.contains(&bracketed)).then(|| format!("`{selector}` is at {places}"))
}

/// A place as RFC 9535 section 2.7 normalizes it.
fn brackets(place: &apitest::value::Path) -> String {
    use apitest::value::Segment;
    let step = |segment: &Segment| match segment {
        Segment::Index(index) => format!("[{index}]"),
        Segment::Name(name) => {
            let json = Value::from(name.as_str()).to_json();
            let inner = json.get(1..json.len() - 1).unwrap();
            format!(
                "['{}']",
                inner.replace("\\\"", "\"").replace('\'', "\\'").replace("\\u0008", "\\b").replace("\\u000c", "\\f")
            )
        }
    };
    format!("${}", place.segments().iter().map(step).collect::<String>())
}

#[test]
fn the_compliance_suite_passes() {
    let suite = parse(include_str!("data/jsonpath-cts.json")).unwrap();
    let cases = suite.get("tests").and_then(Value::as_array).unwrap();
    assert_eq!(cases.len(), 703);
    let mut faults = Vec::new();
    for case in cases {
        let name = case.get("name").and_then(Value::as_str).unwrap();
        let known = KNOWN.iter().any(|(listed, _)| *listed == name);
        match fault(case) {
            Some(fault) if !known => faults.push(format!("{name}: {fault}")),
            None if known => faults.push(format!("{name}: passes now, remove it from the list")),
            _ => {}
        }
    }
    assert!(faults.is_empty(), "{} of {} cases\n{}", faults.len(), cases.len(), faults.join("\n"));
}
