//! RFC 9535's compliance suite, through our own type, and `jsonpath-rust` as a second opinion on it.
#![expect(clippy::unwrap_used, reason = "a test")]

use std::collections::BTreeSet;

use apitest::query::JsonPath;
use apitest::value::{Value, parse};

/// Cases that fail, each with its reason; a listed one that passes fails the test too.
const KNOWN: [(&str, &str); 0] = [];

/// What goes wrong in a case, if anything does.
fn fault(case: &Value) -> Option<String> {
    let selector = case.get("selector").and_then(Value::as_str).unwrap();
    let compiled = JsonPath::compile(selector);
    if case.get("invalid_selector").and_then(Value::as_bool) == Some(true) {
        return compiled
            .is_ok()
            .then(|| format!("`{selector}` is accepted"));
    }
    let path = match compiled {
        Ok(path) => path,
        Err(error) => return Some(format!("`{selector}` is refused: {error}")),
    };
    let document = case.get("document").unwrap();
    let found = path.select_paths(document);
    let values = Value::Array(found.iter().map(|(_, value)| (*value).clone()).collect());
    let places = Value::Array(
        found
            .iter()
            .map(|(place, _)| Value::from(place.to_string()))
            .collect(),
    );
    let allowed = |one: &str, many: &str| match (case.get(one), case.get(many)) {
        (Some(only), _) => vec![only.clone()],
        (_, Some(several)) => several.as_array().unwrap().to_vec(),
        _ => Vec::new(),
    };
    if !allowed("result", "results").contains(&values) {
        return Some(format!("`{selector}` gives {values}"));
    }
    let normalized = allowed("result_paths", "results_paths");
    let bracketed = Value::Array(
        found
            .iter()
            .map(|(place, _)| Value::from(brackets(place)))
            .collect(),
    );
    (!normalized.is_empty() && !normalized.contains(&bracketed))
        .then(|| format!("`{selector}` is at {places}"))
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
                inner
                    .replace("\\\"", "\"")
                    .replace('\'', "\\'")
                    .replace("\\u0008", "\\b")
                    .replace("\\u000c", "\\f")
            )
        }
    };
    format!("${}", place.segments().iter().map(step).collect::<String>())
}

#[test]
fn the_compliance_suite_passes() {
    let suite = parse(include_str!("../data/jsonpath-cts.json")).unwrap();
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
    assert!(
        faults.is_empty(),
        "{} of {} cases\n{}",
        faults.len(),
        cases.len(),
        faults.join("\n")
    );
}

/// Where `jsonpath-rust` 1.0.12 says something else than the suite and we do, with the reason; a listed one that agrees fails
/// the test too.
const DIFFERS: [(&str, &str); 9] = [
    (
        "basic, descendant segment, multiple selectors",
        SELECTORS_FIRST,
    ),
    (
        "basic, descendant segment, object traversal, multiple selectors",
        SELECTORS_FIRST,
    ),
    (
        "filter, nested",
        "a filter inside a filter looks at the outer node",
    ),
    ("functions, count, result must be compared", UNTYPED),
    ("functions, length, result must be compared", UNTYPED),
    ("functions, length, non-singular query arg", UNTYPED),
    (
        "functions, length, non-singular query arg, multiple index selectors",
        UNTYPED,
    ),
    (
        "functions, length, non-singular query arg, multiple name selectors",
        UNTYPED,
    ),
    ("functions, value, result must be compared", UNTYPED),
];
const SELECTORS_FIRST: &str = "it takes each selector through all descendants, instead of each descendant through all selectors";
const UNTYPED: &str = "it does not check the types of functions (RFC 9535 section 2.4.3)";

/// What `jsonpath-rust` finds, as a document of ours.
fn by_oracle(selector: &str, document: &Value) -> Result<Value, String> {
    use jsonpath_rust::JsonPath as _;
    let json: serde_json::Value = serde_json::from_str(&document.to_json()).unwrap();
    let found = json.query(selector).map_err(|error| error.to_string())?;
    let found: Vec<String> = found
        .into_iter()
        .map(serde_json::Value::to_string)
        .collect();
    Ok(parse(&format!("[{}]", found.join(","))).unwrap())
}

/// How the two differ on a case, if they do. Where the suite allows several orders, each may have its own.
fn difference(case: &Value) -> Option<String> {
    let selector = case.get("selector").and_then(Value::as_str).unwrap();
    let Some(document) = case.get("document") else {
        let accepted = jsonpath_rust::parser::parse_json_path(selector).is_ok();
        return accepted.then(|| format!("`{selector}` is refused here, jsonpath-rust takes it"));
    };
    let path = JsonPath::compile(selector).unwrap();
    let ours = Value::Array(path.select(document).into_iter().cloned().collect());
    let orders = case
        .get("results")
        .and_then(Value::as_array)
        .unwrap_or_default();
    match by_oracle(selector, document) {
        Ok(theirs) if theirs == ours || orders.contains(&theirs) => None,
        Ok(theirs) => Some(format!("`{selector}`: ours {ours}, jsonpath-rust {theirs}")),
        Err(error) => Some(format!(
            "`{selector}`: ours {ours}, jsonpath-rust refuses it: {error}"
        )),
    }
}

#[test]
fn another_implementation_agrees() {
    let suite = parse(include_str!("../data/jsonpath-cts.json")).unwrap();
    let (mut seen, mut faults) = (BTreeSet::new(), Vec::new());
    for case in suite.get("tests").and_then(Value::as_array).unwrap() {
        let name = case.get("name").and_then(Value::as_str).unwrap();
        let known = DIFFERS.iter().any(|(listed, _)| *listed == name);
        match difference(case) {
            Some(difference) if !known => faults.push(format!("{name}: {difference}")),
            None if known => faults.push(format!("{name}: agrees now, remove it from the list")),
            _ => {}
        }
        seen.extend(known.then_some(name));
    }
    assert_eq!(
        seen.len(),
        DIFFERS.len(),
        "the list names cases that are not in the suite"
    );
    assert!(
        faults.is_empty(),
        "{} cases\n{}",
        faults.len(),
        faults.join("\n")
    );
}

#[test]
fn large_numbers_are_told_apart_where_floats_are_not() {
    let document =
        parse(r#"[{"id": 12345678901234567891}, {"id": 12345678901234567890}]"#).unwrap();
    let selector = "$[?@.id == 12345678901234567891]";
    assert_eq!(
        JsonPath::compile(selector).unwrap().select(&document).len(),
        1
    );
    assert!(
        by_oracle(selector, &document).is_err(),
        "jsonpath-rust takes integers beyond 2^53 now"
    );
    let document = parse(r#"[{"a": 9007199254740993, "b": 9007199254740992}]"#).unwrap();
    let selector = "$[?@.a == @.b]";
    assert_eq!(
        JsonPath::compile(selector).unwrap().select(&document).len(),
        0
    );
    assert_eq!(
        by_oracle(selector, &document).map(|found| found.as_array().unwrap().len()),
        Ok(1),
        "jsonpath-rust compares exactly now"
    );
}
