//! JSON documents: compared by their structure, except for what is volatile, of which the shape is checked.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::shape::{self, Mismatch, Shape};
use super::{Comparison, Rules, failure};
use crate::event::{self, Failure};
use crate::query::JsonPath;
use crate::value::diff::{self, Change, diff};
use crate::value::{Path, Segment, Value};

/// How many differences of one body are listed.
const LISTED: usize = 50;

/// A place in documents, with every item of an array meant by any of them.
type Pattern = Vec<Option<String>>;

fn pattern(path: &Path) -> Pattern {
    path.segments().iter().map(step).collect()
}

fn step(segment: &Segment) -> Option<String> {
    match segment {
        Segment::Name(name) => Some(name.clone()),
        Segment::Index(_) => None,
    }
}

/// `$.items[*].id`
fn written(pattern: &Pattern) -> String {
    let steps = pattern.iter().map(|step| match step {
        Some(name) => Path::from_iter([Segment::Name(name.clone())])
            .to_string()
            .trim_start_matches('$')
            .to_owned(),
        None => "[*]".to_owned(),
    });
    format!("${}", steps.collect::<String>())
}

/// Compares two documents; `again` is the first stage's second response.
pub(super) fn compare(
    [one, other]: [&Value; 2],
    again: Option<&Value>,
    rules: &Rules,
    found: &mut Comparison,
) {
    let ignore = |document: &Value| without(document, &ignored(document, &rules.ignore));
    let (kept, other_kept) = (ignore(one), ignore(other));
    if (has_leaf(one) || has_leaf(other))
        && ![&kept, &other_kept].into_iter().flatten().any(has_leaf)
    {
        return found.failures.push(failure(
            "body",
            Some("nothing was compared: `--ignore` excludes everything".to_owned()),
        ));
    }
    let (kept, other_kept) = (kept.unwrap_or_default(), other_kept.unwrap_or_default());
    let again = again.map(|again| ignore(again).unwrap_or_default());
    let volatile = again
        .as_ref()
        .map(|again| volatile(&kept, again))
        .unwrap_or_default();
    found.volatile.extend(volatile.iter().map(written));
    let mut differences = Vec::new();
    if let Some(again) = again.as_ref().filter(|_| !volatile.is_empty()) {
        if volatile.contains(&Pattern::new()) && !has_members(&kept) {
            return found.failures.push(super::body::nothing_shared(rules));
        }
        let shape = Shape::of(&[&kept, again]);
        let mut walk = Walk {
            volatile: &volatile,
            at: Path::root(),
            pattern: Pattern::new(),
            found: Vec::new(),
        };
        walk.check(&shape, &other_kept);
        differences.extend(
            walk.found
                .iter()
                .map(|mismatch| described(&mismatch.path, &mismatch.change, rules)),
        );
    }
    let steady = |document: &Value| drop_matching(document, &mut Pattern::new(), &volatile);
    let steady = if volatile.contains(&Pattern::new()) {
        diff::Differences::default()
    } else {
        diff(&steady(&kept), &steady(&other_kept))
    };
    let total = differences.len() + steady.len();
    differences.extend(
        steady
            .kept
            .iter()
            .map(|found| described(&found.path, &found.change, rules)),
    );
    if total > 0 {
        differences.truncate(LISTED);
        let more_differences = total - differences.len();
        found.failures.push(Failure {
            differences,
            more_differences,
            ..failure("body", None)
        });
    }
}

/// The places that the two responses of the first stage do not share.
fn volatile(one: &Value, again: &Value) -> BTreeSet<Pattern> {
    let (mut one, mut again) = (Cow::Borrowed(one), Cow::Borrowed(again));
    let mut all = BTreeSet::new();
    // Differences are counted to a limit, so that one look may not find everything that is volatile.
    for _ in 0..8 {
        let more: BTreeSet<Pattern> = diff(one.as_ref(), again.as_ref())
            .kept
            .iter()
            .map(|found| pattern(&found.path))
            .collect();
        let done = more.is_empty() || more.contains(&Pattern::new());
        all.extend(more);
        if done {
            break;
        }
        let steady = |document: &Value| drop_matching(document, &mut Pattern::new(), &all);
        (one, again) = (Cow::Owned(steady(&one)), Cow::Owned(steady(&again)));
    }
    all
}

/// Checks the volatile places of the second stage's document: what cannot be compared must still have its shape.
struct Walk<'a> {
    volatile: &'a BTreeSet<Pattern>,
    at: Path,
    pattern: Pattern,
    found: Vec<Mismatch>,
}

impl Walk<'_> {
    fn check(&mut self, shape: &Shape, value: &Value) {
        if self.volatile.contains(&self.pattern) {
            return shape.check(value, &mut self.at, &mut self.found);
        }
        match value {
            Value::Object(members) => {
                for (name, shape) in shape.missing(value) {
                    self.inside(Segment::Name(name.to_owned()), |walk| walk.missing(shape));
                }
                for (name, member) in members {
                    let Some(shape) = shape.member(name) else {
                        continue;
                    };
                    self.inside(Segment::Name(name.clone()), |walk| {
                        walk.check(shape, member);
                    });
                }
            }
            Value::Array(items) => self.items(shape, value, items),
            _ => {}
        }
    }

    fn items(&mut self, shape: &Shape, value: &Value, items: &[Value]) {
        self.pattern.push(None);
        let whole = self.volatile.contains(&self.pattern);
        self.pattern.pop();
        if whole {
            shape.check_length(value, &self.at, &mut self.found);
        }
        let Some(shape) = shape.items() else { return };
        for (index, item) in items.iter().enumerate() {
            self.inside(Segment::Index(index), |walk| walk.check(shape, item));
        }
    }

    /// A member that is not there: a difference that comparing does not find, if it is volatile.
    fn missing(&mut self, shape: &Shape) {
        if self.volatile.contains(&self.pattern) {
            self.found.push(shape::missing(&self.at, shape));
        }
    }

    fn inside(&mut self, segment: Segment, look: impl FnOnce(&mut Self)) {
        self.pattern.push(step(&segment));
        self.at.push(segment);
        look(self);
        self.at.pop();
        self.pattern.pop();
    }
}

/// Whether there is any value in a document that could be compared.
fn has_leaf(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().any(has_leaf),
        Value::Object(members) => members.values().any(has_leaf),
        _ => true,
    }
}

fn has_members(value: &Value) -> bool {
    matches!(value, Value::Array(_) | Value::Object(_))
}

fn described(path: &Path, change: &Change, rules: &Rules) -> event::Difference {
    let text = match change {
        Change::Changed { expected, actual } => format!("{expected} → {actual}"),
        Change::Missing { expected } => format!("only {}: {expected}", rules.names.0),
        Change::Unexpected { actual } => format!("only {}: {actual}", rules.names.1),
        other => other.to_string(),
    };
    let shown = |text: &str| crate::run::shown(&rules.redactor, text);
    event::Difference {
        path: shown(&path.to_string()),
        text: shown(&text),
    }
}

/// The places of a document that are not looked at.
fn ignored(document: &Value, ignore: &[JsonPath]) -> BTreeSet<Path> {
    ignore
        .iter()
        .flat_map(|path| path.select_paths(document))
        .map(|(path, _)| path)
        .collect()
}

/// A document without the values at some places; `None` if one of them is the whole document.
fn without(document: &Value, places: &BTreeSet<Path>) -> Option<Value> {
    match () {
        () if places.is_empty() => Some(document.clone()),
        () if places.contains(&Path::root()) => None,
        () => Some(drop_places(document, &mut Path::root(), places)),
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
            let kept = members.iter().filter_map(|(name, member)| {
                Some((name.clone(), inside(Segment::Name(name.clone()), member)?))
            });
            Value::Object(kept.collect())
        }
        Value::Array(items) => {
            let kept = items
                .iter()
                .enumerate()
                .filter_map(|(index, item)| inside(Segment::Index(index), item));
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
            let kept = members.iter().filter_map(|(name, member)| {
                Some((name.clone(), inside(Some(name.clone()), member)?))
            });
            Value::Object(kept.collect())
        }
        Value::Array(items) => {
            Value::Array(items.iter().filter_map(|item| inside(None, item)).collect())
        }
        leaf => leaf.clone(),
    }
}
