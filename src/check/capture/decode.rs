//! Decodes captures.

use super::{Capture, OPTIONS, SOURCES, Source, Which};
use crate::check::matcher::{Decoder, Expected, Written};
use crate::check::subject::{
    ByCss, ByXPath, Cookie, Header, JsonPathQuery, impossible, is_no_name, misspelt, namespaces,
};
use crate::query::Regex;
use crate::source::Diagnostic;
use crate::syntax::{Node, Problems, Table, check_keys};

/// A capture that is a text: a path, or an expression.
pub(super) fn short(text: &str, node: &Node, problems: &mut Problems) -> Option<Source> {
    if text.starts_with('$') {
        return JsonPathQuery::compile(text, &node.span, problems).map(Source::Path);
    }
    let template = node.template(problems)?;
    if template.literal().is_none() {
        return Some(Source::Expression(template));
    }
    let problem = Diagnostic::error(
        &node.span,
        "a capture is a path that starts with `$`, or an expression",
    );
    problems.refuse(
        problem.hint("for other sources write a table, such as `{ header = \"location\" }`"),
    )
}

/// A capture that is a table.
pub(super) fn long(
    name: &str,
    table: &Table,
    node: &Node,
    problems: &mut Problems,
) -> Option<Capture> {
    check_keys(table, &[SOURCES, OPTIONS], "a capture", problems);
    let alone = !SOURCES
        .iter()
        .any(|key| key.name != "regex" && table.get(key.name).is_some());
    let sources: Vec<_> = table
        .iter()
        .filter(|(key, _)| is_source(key, alone))
        .collect();
    let known = |name: &str| SOURCES.iter().chain(OPTIONS).any(|key| key.name == name);
    if sources.is_empty() && table.iter().any(|(key, _)| !known(key)) {
        return None; // a misspelt source is told already
    }
    let [(source, entry)] = sources.as_slice() else {
        return problems.refuse(not_one_source(name, node, sources.is_empty()));
    };
    let compiled = compile_source(source, &entry.value, table, problems);
    let regex = table.get("regex").filter(|_| !alone);
    let regex = regex.map(|node| compile_regex(node, problems));
    let all = table.get("all").map(|node| node.boolean(problems));
    if *source != "xpath" {
        namespaces(table, problems);
    }
    let secret = table.get("secret").map(|node| node.boolean(problems));
    let event = table
        .get("event")
        .map(|node| Which::compile(node, problems));
    let default = table.get("default").map(|node| default(node, problems));
    if let Some(attribute) = table.get("attribute").filter(|_| *source != "css") {
        problems.push(Diagnostic::error(
            &attribute.span,
            "`attribute` can only be used with `css`",
        ));
    }
    Some(Capture {
        span: node.span.clone(),
        source: compiled?,
        regex: regex.map_or(Some(None), |regex| regex.map(Some))?,
        event: event.map_or(Some(None), |event| event.map(Some))?,
        default: default.map_or(Some(None), |default| default.map(Some))?,
        all: all.map_or(Some(None), |all| all.map(Some))?,
        secret: secret.unwrap_or(Some(false))?,
    })
}

fn not_one_source(name: &str, node: &Node, is_missing: bool) -> Diagnostic {
    let told = if is_missing {
        "has no source"
    } else {
        "has more than one source"
    };
    let names: Vec<_> = SOURCES
        .iter()
        .map(|key| format!("`{}`", key.name))
        .collect();
    Diagnostic::error(&node.span, format!("the capture `{name}` {told}"))
        .hint(format!("it has one of {}", names.join(", ")))
}

/// Whether a key is the source; `regex` is where it stands alone.
fn is_source(key: &str, alone: bool) -> bool {
    SOURCES.iter().any(|known| known.name == key) && (key != "regex" || alone)
}

fn compile_source(
    key: &str,
    node: &Node,
    table: &Table,
    problems: &mut Problems,
) -> Option<Source> {
    match key {
        "text" | "status" | "url" | "time" => {
            if node.boolean(problems)? {
                return Some(match key {
                    "text" => Source::Text,
                    "status" => Source::Status,
                    "url" => Source::Url,
                    _ => Source::Time,
                });
            }
            problems.refuse(Diagnostic::error(
                &node.span,
                format!("`{key}` can only be `true`"),
            ))
        }
        "regex" => compile_regex(node, problems).map(Source::Regex),
        _ => {
            let text = if key == "jsonpath" {
                node.any_string(problems)
            } else {
                node.string(problems)
            }?;
            match key {
                "jsonpath" => JsonPathQuery::compile(text, &node.span, problems).map(Source::Path),
                "header" => match is_no_name(text, &node.span) {
                    Some(problem) => problems.refuse(problem),
                    None => Some(Source::Texts(Box::new(Header(text.to_ascii_lowercase())))),
                },
                "cookie" => {
                    match impossible(text, &node.span).or_else(|| misspelt(text, &node.span)) {
                        Some(problem) => problems.refuse(problem),
                        None => Some(Source::Texts(Box::new(Cookie::named(text)))),
                    }
                }
                "xpath" => {
                    let namespaces = namespaces(table, problems);
                    let subject = ByXPath::compile(text, &node.span, &namespaces, problems)?;
                    Some(Source::Texts(Box::new(subject)))
                }
                _ => {
                    let attribute = table
                        .get("attribute")
                        .and_then(|node| node.string(problems))
                        .map(str::to_owned);
                    let subject = ByCss::compile(text, &node.span, attribute, problems)?;
                    Some(Source::Texts(Box::new(subject)))
                }
            }
        }
    }
}

fn compile_regex(node: &Node, problems: &mut Problems) -> Option<Regex> {
    let text = node.string(problems)?;
    match Regex::compile(text) {
        Ok(regex) => Some(regex),
        Err(error) => problems.refuse(
            Diagnostic::error(&node.inside(error.range), error.message).maybe_hint(error.hint),
        ),
    }
}

fn default(node: &Node, problems: &mut Problems) -> Option<Expected> {
    let no_files = |_: &std::path::Path| Err("captures read no files".to_owned());
    Decoder::new(problems, &no_files).wanted(Written::Node(node))
}
