//! Headers that say the same on every stage, or should.

use indexmap::{IndexMap, IndexSet};

use super::shape::TextShape;
use super::{Answers, Comparison, Rules, change, failure, without_base};
use crate::recording::Entry;
use crate::value::diff::cut;

/// Headers that are not compared: they tell one response, one connection or one machine from another, or follow from the
/// body, which is compared itself.
pub const NOT_COMPARED: [&str; 44] = [
    "age",
    "alt-svc",
    "cf-cache-status",
    "cf-ray",
    "connection",
    "content-length",
    "content-md5",
    "date",
    "digest",
    "etag",
    "expires",
    "fly-request-id",
    "keep-alive",
    "last-modified",
    "nel",
    "ratelimit",
    "ratelimit-remaining",
    "ratelimit-reset",
    "report-to",
    "retry-after",
    "server-timing",
    "traceparent",
    "tracestate",
    "transfer-encoding",
    "via",
    "x-amz-apigw-id",
    "x-amz-cf-id",
    "x-amz-cf-pop",
    "x-amz-id-2",
    "x-amz-request-id",
    "x-amzn-remapped-date",
    "x-amzn-requestid",
    "x-amzn-trace-id",
    "x-b3-traceid",
    "x-cache",
    "x-correlation-id",
    "x-envoy-upstream-service-time",
    "x-ratelimit-remaining",
    "x-ratelimit-reset",
    "x-request-id",
    "x-response-time",
    "x-runtime",
    "x-served-by",
    "x-trace-id",
];

/// The lines of every header that is compared, by its name in lower case.
fn lines(entry: &Entry, rules: &Rules) -> IndexMap<String, String> {
    let mut found: IndexMap<String, String> = IndexMap::new();
    let all = entry.response.iter().flat_map(|answer| &answer.headers);
    for (name, value) in all {
        let name = name.to_ascii_lowercase();
        let ignored = rules
            .ignore_headers
            .iter()
            .any(|ignored| ignored.eq_ignore_ascii_case(&name));
        if ignored || NOT_COMPARED.contains(&name.as_str()) {
            continue;
        }
        let value = without_base(value, entry);
        let known = found.entry(name).or_default();
        *known = if known.is_empty() {
            value.into_owned()
        } else {
            format!("{known}, {value}")
        };
    }
    found
}

pub(super) fn compare(answers: Answers<'_>, rules: &Rules, found: &mut Comparison) {
    let (from, to) = (lines(answers.from, rules), lines(answers.to, rules));
    let again = answers.again.map(|again| lines(again, rules));
    let added = to
        .keys()
        .chain(again.iter().flat_map(IndexMap::keys))
        .filter(|name| !from.contains_key(*name));
    let added: IndexSet<&String> = added.collect();
    for name in from.keys().chain(added) {
        let (one, other) = (from.get(name), to.get(name));
        let subject = format!("header {name}");
        let volatile = again
            .as_ref()
            .map(|again| again.get(name))
            .filter(|again| *again != one);
        if volatile.is_some() {
            found.volatile.push(subject.clone());
        }
        let reason = match volatile {
            Some(again) => shape_difference([one, again], other, rules),
            None => (one != other).then(|| difference(one, other, rules)),
        };
        found
            .failures
            .extend(reason.map(|reason| failure(&subject, Some(reason))));
    }
}

/// How a volatile header has another shape than the first stage shows; `None` if it has the same.
fn shape_difference(
    seen: [Option<&String>; 2],
    other: Option<&String>,
    rules: &Rules,
) -> Option<String> {
    let values = || seen.into_iter().flatten().map(String::as_str);
    let shape = TextShape::of_all(values().collect::<Vec<_>>())?;
    match other {
        Some(other) if !shape.allows(other) => Some(change(rules, &shape.to_string(), &cut(other))),
        None if values().count() == 2 => Some(format!("only {}: {shape}", rules.names.0)),
        _ => None,
    }
}

fn difference(one: Option<&String>, other: Option<&String>, rules: &Rules) -> String {
    if let (Some(one), Some(other)) = (one, other) {
        return change(rules, &cut(one), &cut(other));
    }
    let name = if one.is_some() {
        &rules.names.0
    } else {
        &rules.names.1
    };
    let value = one
        .or(other)
        .map(|value| crate::run::shown(&rules.redactor, &cut(value)));
    format!("only {name}: {}", value.unwrap_or_default())
}
