use super::*;

/// github.com/abarth/http-state, see `tests/data/http-state/README.md`.
const CASES: &str = include_str!("../../tests/data/http-state/parser.json");

/// Where the jar differs from the cases of 2011, and what in RFC 6265bis justifies it.
fn known_difference(test: &str) -> Option<&'static str> {
    match test {
        "OPTIONAL_DOMAIN0042" => Some("an empty `Domain` counts as the last one (section 5.6.3): the cookie is the host's own"),
        "DISABLED_CHROMIUM0022" | "DISABLED_CHROMIUM0023" => Some("control characters void the line (section 5.6, step 1)"),
        "DISABLED_PATH0029" => Some("disabled upstream: it expects a path to be percent-decoded"),
        _ => NAMELESS.contains(&test).then_some("cookies without a name are kept (section 5.6, step 3)"),
    }
}

/// Cases with a line without a name.
const NAMELESS: [&str; 23] = [
    "0004",
    "0021",
    "0023",
    "0024",
    "0025",
    "0026",
    "0027",
    "0028",
    "CHROMIUM0009",
    "CHROMIUM0010",
    "CHROMIUM0012",
    "MOZILLA0012",
    "MOZILLA0014",
    "MOZILLA0015",
    "MOZILLA0016",
    "MOZILLA0017",
    "NAME0017",
    "NAME0023",
    "NAME0025",
    "NAME0028",
    "NAME0031",
    "NAME0032",
    "NAME0033",
];

fn header_of(case: &serde_json::Value) -> String {
    let host = "http://home.example.org:8888";
    let name = case["test"].as_str().unwrap().to_lowercase();
    let set_from = Url::parse(&format!("{host}/cookie-parser?{name}")).unwrap();
    let sent_to = case["sent-to"].as_str().map_or_else(|| format!("{host}/cookie-parser-result?{name}"), str::to_owned);
    let jar = Jar::new(Clock::Fixed("2011-01-01T00:00:00Z".parse().unwrap()));
    for line in case["received"].as_array().unwrap() {
        jar.store(&set_from, line.as_str().unwrap());
    }
    jar.header(&set_from.join(&sent_to).unwrap()).unwrap_or_default()
}

#[test]
fn the_cases_of_http_state_hold() {
    let cases: Vec<serde_json::Value> = serde_json::from_str(CASES).unwrap();
    assert!(cases.len() > 200, "only {} cases", cases.len());
    let mut wrong = Vec::new();
    for case in &cases {
        let pairs = case["sent"].as_array().unwrap().iter();
        let pairs: Vec<_> =
            pairs.map(|pair| format!("{}={}", pair["name"].as_str().unwrap(), pair["value"].as_str().unwrap())).collect();
        let expected = pairs.join("; ");
        let found = header_of(case);
        let name = case["test"].as_str().unwrap();
        if (found == expected) == known_difference(name).is_some() {
            wrong.push(format!("{name}: {} expected {expected:?}, found {found:?}", case["received"]));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
