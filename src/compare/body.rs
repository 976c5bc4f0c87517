//! Bodies: JSON by its structure, text by its lines, bytes by their digest.

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};

use super::{Answers, Comparison, Rules, change, failure, without_base};
use crate::event::{self, Failure};
use crate::query::JsonPath;
use crate::recording::{Body, Entry};
use crate::value::diff::{Change, Difference, diff, lines};
use crate::value::{Path, Segment, Value, parse};

/// How many differences of one body are listed.
const LISTED: usize = 50;

pub(super) fn compare(answers: Answers<'_>, rules: &Rules, found: &mut Comparison) {
    let (Some(from), Some(to)) = (body(answers.from), body(answers.to)) else { return };
    let again = answers.again.and_then(body);
    if let (Some(one), Some(other)) = (document(answers.from, from), document(answers.to, to)) {
        let again = answers.again.zip(again).and_then(|(entry, body)| document(entry, body));
        documents([&one, &other], again.as_ref(), rules, found);
    } else if again.is_some_and(|again| again != from) {
        found.left_out.push("body".to_owned());
    } else if let (Body::Text(one), Body::Text(other)) = (from, to) {
        texts(&without_base(one, answers.from), &without_base(other, answers.to), rules, found);
    } else if from != to {
        found.failures.push(failure("body", Some(change(rules, &describe(from), &describe(to)))));
    }
}

fn body(entry: &Entry) -> Option<&Body> {
    entry.response.as_ref().map(|answer| &answer.body)
}

fn document(entry: &Entry, body: &Body) -> Option<Value> {
    match body {
        Body::Text(text) => parse(&without_base(text, entry)).ok(),
        Body::Base64(_) => None,
    }
}

/// `12 bytes, sha256 ab12…`
fn describe(body: &Body) -> String {
    let bytes = body.bytes().unwrap_or_default();
    let digest = hex::encode(Sha256::digest(&bytes));
    format!("{}, sha256 {}…", crate::text::count(bytes.len(), "byte"), digest.get(..16).unwrap_or_default())
}

fn texts(one: &str, other: &str, rules: &Rules, found: &mut Comparison) {
    if one == other {
        return;
    }
    let Some(hunks) = lines(one, other).map(|hunks| crate::run::shown(&rules.redactor, &hunks)) else {
        return found.failures.push(failure("body", Some(change(rules, &size(one), &size(other)))));
    };
    let differences = hunks.lines().map(|line| event::Difference { path: String::new(), text: line.to_owned() });
    found.failures.push(Failure { differences: differences.collect(), ..failure("body", None) });
}

fn size(text: &str) -> String {
    crate::text::count(text.lines().count(), "line")
}

/// A place in documents, with every item of an array meant by any of them.
type Pattern = Vec<Option<String>>;

fn pattern(path: &Path) -> Pattern {
    let step = |segment: &Segment| match segment {
        Segment::Name(name) => Some(name.clone()),
        Segment::Index(_) => None,
    };
    path.segments().iter().map(step).collect()
}

/// `$.items[*].id`
fn written(pattern: &Pattern) -> String {
    let steps = pattern.iter().map(|step| match step {
        Some(name) => Path::from_iter([Segment::Name(name.clone())]).to_string().trim_start_matches('$').to_owned(),
        None => "[*]".to_owned(),
    });
    format!("${}", steps.collect::<String>())
}

fn documents([one, other]: [&Value; 2], again: Option<&Value>, rules: &Rules, found: &mut Comparison) {
    let ignore = |document: &Value| without(document, &ignored(document, &rules.ignore));
    let (mut one, mut other) = (ignore(one), ignore(other));
    let mut again = again.map(ignore);
    // Differences are counted to a limit, so that one look may not find everything that is volatile.
    for _ in 0..8 {
        let Some(second) = &again else { break };
        let volatile: BTreeSet<Pattern> = diff(&one, second).kept.iter().map(|found| pattern(&found.path)).collect();
        if volatile.is_empty() {
            break;
        }
        found.left_out.extend(volatile.iter().map(written));
        if volatile.contains(&Pattern::new()) {
            return;
        }
        let steady = |document: &Value| drop_matching(document, &mut Pattern::new(), &volatile);
        (one, other, again) = (steady(&one), steady(&other), again.as_ref().map(steady));
    }
    let differences = diff(&one, &other);
    if differences.is_empty() {
        return;
    }
    let listed: Vec<_> = differences.kept.iter().take(LISTED).map(|found| told(found, rules)).collect();
    let more_differences = differences.len() - listed.len();
    found.failures.push(Failure { differences: listed, more_differences, ..failure("body", None) });
}

fn told(found: &Difference, rules: &Rules) -> event::Difference {
    let text = match &found.change {
        Change::Changed { expected, actual } => format!("{expected} → {actual}"),
        Change::Missing { expected } => format!("only {}: {expected}", rules.names.0),
        Change::Unexpected { actual } => format!("only {}: {actual}", rules.names.1),
        other => other.to_string(),
    };
    let shown = |text: &str| crate::run::shown(&rules.redactor, text);
    event::Difference { path: shown(&found.path.to_string()), text: shown(&text) }
}

/// The places of a document that are not looked at.
fn ignored(document: &Value, ignore: &[JsonPath]) -> BTreeSet<Path> {
    ignore.iter().flat_map(|path| path.select_paths(document)).map(|(path, _)| path).collect()
}

/// A document without what stands at some places; of one that is ignored as a whole nothing is left.
fn without(document: &Value, places: &BTreeSet<Path>) -> Value {
    match () {
        () if places.is_empty() => document.clone(),
        () if places.contains(&Path::root()) => Value::Null,
        () => drop_places(document, &mut Path::root(), places),
    }
}

fn drop_places(value: &Value, at: &mut Path, places: &BTreeSet<Path>) -> Value {
    let mut inside = |segment: Segment, value: &Value| {
        at.push(segment);
        let kept = (!places.contains(at)).then(|| drop_places(value, at, places));
        at.pop();
        kept
    };
    match value {
        Value::Object(members) => {
            let kept =
                members.iter().filter_map(|(name, member)| Some((name.clone(), inside(Segment::Name(name.clone()), member)?)));
            Value::Object(kept.collect())
        }
        Value::Array(items) => {
            let kept = items.iter().enumerate().filter_map(|(index, item)| inside(Segment::Index(index), item));
            Value::Array(kept.collect())
        }
        leaf => leaf.clone(),
    }
}

fn drop_matching(value: &Value, at: &mut Pattern, volatile: &BTreeSet<Pattern>) -> Value {
    let mut inside = |step: Option<String>, value: &Value| {
        at.push(step);
        let kept = (!volatile.contains(at)).then(|| drop_matching(value, at, volatile));
        at.pop();
        kept
    };
    match value {
        Value::Object(members) => {
            let kept = members.iter().filter_map(|(name, member)| Some((name.clone(), inside(Some(name.clone()), member)?)));
            Value::Object(kept.collect())
        }
        Value::Array(items) => Value::Array(items.iter().filter_map(|item| inside(None, item)).collect()),
        leaf => leaf.clone(),
    }
}
