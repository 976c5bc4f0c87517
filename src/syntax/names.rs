//! Placeholders in names: keys of tables are taken as they are written, but for `JSONPaths` that are expected.

use super::{Data, Node, Problems, Table};
use crate::source::{Diagnostic, Span};

/// Reports every key with a placeholder in it, wherever it stands: a table that is added to the format later is looked at too.
pub fn check(table: &Table, problems: &mut Problems) {
    walk(table, &mut Vec::new(), problems);
}

fn walk<'a>(table: &'a Table, path: &mut Vec<&'a str>, problems: &mut Problems) {
    for (key, entry) in table.iter() {
        if key.as_bytes().windows(2).any(|pair| pair == b"{{") && !holds_json_paths(path) {
            problems.push(not_evaluated(&entry.key, path));
        }
        path.push(key);
        below(&entry.value, path, problems);
        path.pop();
    }
}

fn below<'a>(node: &'a Node, path: &mut Vec<&'a str>, problems: &mut Problems) {
    match &node.data {
        Data::Table(table) => walk(table, path, problems),
        Data::Array(items) => items.iter().for_each(|item| below(item, path, problems)),
        _ => {}
    }
}

/// Whether the keys of the table at this path are `JSONPaths` that are expected, which are evaluated: `expect.jsonpath` of a
/// request, of what requests inherit, of a message, and of an event.
fn holds_json_paths(path: &[&str]) -> bool {
    let Some((&"jsonpath", expected)) = path.split_last() else {
        return false;
    };
    let ([of @ .., "messages", "expect"]
    | [
        of @ ..,
        "expect",
        "events",
        "first" | "until" | "contains" | "all",
    ]
    | [of @ .., "expect"]) = expected
    else {
        return false;
    };
    matches!(
        of,
        ["request" | "setup" | "teardown" | "defaults" | "wait"] | ["stages", _]
    )
}

fn not_evaluated(span: &Span, path: &[&str]) -> Diagnostic {
    let hint = match path.last() {
        Some(&"query") => "put it into the URL: `get = \"/path?{{ name | urlencode }}=…\"`",
        Some(&"form") => {
            "write the body as `text`, with `content-type = \"application/x-www-form-urlencoded\"` in `headers`"
        }
        Some(&("headers" | "cookies" | "trailers" | "xpath" | "css")) => "write the name itself",
        _ => {
            "write the name itself; an object whose names are evaluated is one expression: `\"{{ {name: value} }}\"`"
        }
    };
    Diagnostic::error(
        span,
        "`{{` is not evaluated here: names are used as written",
    )
    .hint(hint)
}
