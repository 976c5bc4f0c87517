//! What differs between the responses of two stages to the same requests.
//!
//! Both come as recorded exchanges, secrets removed. Requests go to the first stage twice. What its two responses do not
//! share is volatile: only presence, type and length of that are compared, with what these two responses show.

mod body;
mod documents;
mod headers;
mod lines;
mod pairs;
mod shape;
#[cfg(test)]
mod tests;

pub use headers::NOT_COMPARED;
pub use pairs::{Pairs, Side};

use crate::event::{Failure, Subject};
use crate::query::JsonPath;
use crate::recording::{Answer, Entry};
use crate::secret::Redactor;

/// The answers to one request.
#[derive(Debug, Clone, Copy)]
pub struct Answers<'a> {
    /// Of the first stage.
    pub from: &'a Entry,
    /// Of the first stage, asked again.
    pub again: Option<&'a Entry>,
    /// Of the second stage.
    pub to: &'a Entry,
}

/// How responses are compared.
#[derive(Debug)]
pub struct Rules {
    /// What the two stages are called.
    pub names: (String, String),
    /// Places in JSON documents that are not looked at.
    pub ignore: Vec<JsonPath>,
    /// Headers that are not looked at, besides [`NOT_COMPARED`]; without regard to case.
    pub ignore_headers: Vec<String>,
    /// Knows the secrets of both stages.
    pub redactor: Redactor,
}

/// What came of comparing.
#[derive(Debug, Default, PartialEq)]
pub struct Comparison {
    /// What differs.
    pub failures: Vec<Failure>,
    /// Places that two responses of the first stage do not share: only their presence, types and lengths were compared.
    pub volatile: Vec<String>,
}

/// Compares answers: status, headers, body.
#[must_use]
pub fn compare(answers: Answers<'_>, rules: &Rules) -> Comparison {
    let mut found = Comparison::default();
    let (Some(from), Some(to)) = (&answers.from.response, &answers.to.response) else {
        for (name, entry) in [(&rules.names.0, answers.from), (&rules.names.1, answers.to)] {
            if let Some(lost) = &entry.error {
                found
                    .failures
                    .push(failure(name, Some(lost.message.clone())));
            }
        }
        return found;
    };
    let again = answers.again.and_then(|entry| entry.response.as_ref());
    for (name, answer) in [(&rules.names.0, from), (&rules.names.1, to)] {
        found.failures.extend(
            answer
                .cut_by
                .as_ref()
                .map(|cut| failure(name, Some(cut.message.clone()))),
        );
    }
    status([from, to], again, rules, &mut found);
    headers::compare(answers, rules, &mut found);
    body::compare(answers, rules, &mut found);
    found
}

fn status([from, to]: [&Answer; 2], again: Option<&Answer>, rules: &Rules, found: &mut Comparison) {
    let mut seen = vec![from.status.to_string()];
    if let Some(again) = again.filter(|again| again.status != from.status) {
        found.volatile.push("status".to_owned());
        seen.push(again.status.to_string());
    }
    let other = to.status.to_string();
    if !seen.contains(&other) {
        found.failures.push(failure(
            "status",
            Some(change(rules, &seen.join(" or "), &other)),
        ));
    }
}

/// A text of an entry with its own stage's URL as one word, so that links compare.
fn without_base<'a>(text: &'a str, entry: &Entry) -> std::borrow::Cow<'a, str> {
    match entry
        .base_url
        .as_deref()
        .map(|base| base.trim_end_matches('/'))
        .filter(|base| !base.is_empty())
    {
        Some(base) if text.contains(base) => text.replace(base, "{stage}").into(),
        _ => text.into(),
    }
}

/// `200 → 500`
fn change(rules: &Rules, from: &str, to: &str) -> String {
    let shown = |text: &str| crate::run::shown(&rules.redactor, text);
    format!("{} → {}", shown(from), shown(to))
}

fn failure(subject: &str, reason: Option<String>) -> Failure {
    Failure {
        subject: Subject::from_text(subject),
        message: None,
        expected: String::new(),
        actual: None,
        reason,
        differences: Vec::new(),
        more_differences: 0,
        hint: None,
        place: None,
    }
}
