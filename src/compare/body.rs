//! Bodies: JSON by its structure, text by its lines, bytes by their digest.

use sha2::{Digest, Sha256};

use super::{Answers, Comparison, Rules, change, documents, failure, lines, without_base};
use crate::event::{self, Failure};
use crate::recording::{Body, Entry};
use crate::value::{Value, diff, parse_faithful};

pub(super) fn compare(answers: Answers<'_>, rules: &Rules, found: &mut Comparison) {
    let (Some(from), Some(to)) = (body(answers.from), body(answers.to)) else {
        return;
    };
    let again = answers.again.and_then(body);
    let again_document = answers
        .again
        .zip(again)
        .map(|(entry, body)| document(entry, body));
    match (
        document(answers.from, from),
        document(answers.to, to),
        again_document,
    ) {
        (Some(one), Some(other), Some(Some(again))) => {
            documents::compare([&one, &other], Some(&again), rules, found);
        }
        (Some(one), Some(other), None) => documents::compare([&one, &other], None, rules, found),
        _ if again.is_some_and(|again| again != from) => volatile(answers, rules, found),
        _ => steady([from, to], answers, rules, found),
    }
}

/// Bodies of which the first stage sends the same twice.
fn steady([from, to]: [&Body; 2], answers: Answers<'_>, rules: &Rules, found: &mut Comparison) {
    if let (Body::Text(one), Body::Text(other)) = (from, to) {
        texts(
            &without_base(one, answers.from),
            &without_base(other, answers.to),
            rules,
            found,
        );
    } else if from != to {
        found.failures.push(failure(
            "body",
            Some(change(rules, &describe(from), &describe(to))),
        ));
    }
}

/// Bodies that are no JSON, at least not all of them, and of which the first stage does not send the same twice.
fn volatile(answers: Answers<'_>, rules: &Rules, found: &mut Comparison) {
    let kind = |entry: Option<&Entry>| entry.and_then(|entry| Some(kind(entry, body(entry)?)));
    let (one, again, other) = (
        kind(Some(answers.from)),
        kind(answers.again),
        kind(Some(answers.to)),
    );
    if let Some(other) = other.filter(|_| other != one && other != again) {
        let seen = if one == again {
            one.unwrap_or_default().to_owned()
        } else {
            format!(
                "{} or {}",
                one.unwrap_or_default(),
                again.unwrap_or_default()
            )
        };
        found.volatile.push("body".to_owned());
        return found
            .failures
            .push(failure("body", Some(change(rules, &seen, other))));
    }
    let text = |entry: &'_ Entry| match body(entry)? {
        Body::Text(text) => Some(without_base(text, entry).into_owned()),
        Body::Base64(_) => None,
    };
    match (
        text(answers.from),
        answers.again.and_then(text),
        text(answers.to),
    ) {
        (Some(from), Some(again), Some(to)) => lines::compare([&from, &again, &to], rules, found),
        _ => found.failures.push(nothing_shared(rules)),
    }
}

/// The failure of a body of which nothing can be compared, since no two responses of the first stage have it in common.
pub(super) fn nothing_shared(rules: &Rules) -> Failure {
    let reason = format!(
        "nothing was compared: two responses of `{}` have nothing in common",
        rules.names.0
    );
    let hint = "exclude the request from the comparison: `--filter 'not name(\"…\")'`".to_owned();
    Failure {
        hint: Some(hint),
        ..failure("body", Some(reason))
    }
}

/// What kind of body it is.
fn kind(entry: &Entry, body: &Body) -> &'static str {
    match body {
        Body::Text(text) if text.trim().is_empty() => "an empty body",
        Body::Text(_) if document(entry, body).is_some() => "JSON",
        Body::Text(_) => "text",
        Body::Base64(_) => "bytes",
    }
}

fn body(entry: &Entry) -> Option<&Body> {
    // Of a broken body nothing can be said: that it is broken is told.
    entry
        .response
        .as_ref()
        .filter(|answer| answer.cut_by.is_none())
        .map(|answer| &answer.body)
}

fn document(entry: &Entry, body: &Body) -> Option<Value> {
    match body {
        // A member that stands twice is compared as it is written.
        Body::Text(text) => parse_faithful(&without_base(text, entry)),
        Body::Base64(_) => None,
    }
}

/// `12 bytes, sha256 ab12…`
fn describe(body: &Body) -> String {
    let bytes = body.bytes().unwrap_or_default();
    let digest = hex::encode(Sha256::digest(&bytes));
    format!(
        "{}, sha256 {}…",
        crate::text::count(bytes.len(), "byte"),
        digest.get(..16).unwrap_or_default()
    )
}

pub(super) fn texts(one: &str, other: &str, rules: &Rules, found: &mut Comparison) {
    if one == other {
        return;
    }
    let Some(hunks) =
        diff::lines(one, other).map(|hunks| crate::run::shown(&rules.redactor, &hunks))
    else {
        return found.failures.push(failure(
            "body",
            Some(change(rules, &size(one), &size(other))),
        ));
    };
    let differences = hunks.lines().map(|line| event::Difference {
        path: String::new(),
        text: line.to_owned(),
    });
    found.failures.push(Failure {
        differences: differences.collect(),
        ..failure("body", None)
    });
}

fn size(text: &str) -> String {
    crate::text::count(text.lines().count(), "line")
}
