//! What happened, in words: the plain texts that several reports share.

use std::fmt::Write as _;

use crate::event::{Body, Counts, Difference, Failure, Place, RequestFinished};
use crate::text::{count, duration, escape_control, escape_control_line};

/// What is expected and what came are shown up to so many characters.
const VALUE: usize = 4_000;
/// A body is shown up to so many.
const BODY: usize = 2_000;
/// In a line, each part of it up to so many.
const HEADLINE: usize = 200;

/// The start of a text that may be of any length: what is shown is bounded before it is looked at.
pub(super) fn start(text: &str, most: usize) -> &str {
    match text.char_indices().nth(most) {
        Some((end, _)) => text.get(..end).unwrap_or_default(),
        None => text,
    }
}

/// A text of any length, an `…` at its end where something was cut.
pub(super) fn bounded(text: &str, most: usize) -> String {
    let shown = start(text, most);
    if shown.len() < text.len() {
        format!("{shown}…")
    } else {
        shown.to_owned()
    }
}

/// `name`, `name [2]`.
pub(super) fn titled(name: &str, row: Option<usize>) -> String {
    let row = row.map(|row| format!(" [{row}]")).unwrap_or_default();
    format!("{}{row}", bounded(name, 300))
}

/// `expected 200, got 404`
pub(super) fn sentence(failure: &Failure, most: usize) -> String {
    let part = |text: &str| start(text, most).to_owned();
    let came = match (&failure.reason, &failure.actual) {
        (Some(reason), _) => part(reason),
        (None, Some(actual)) => format!("got {}", part(actual)),
        (None, None) => "got nothing".to_owned(),
    };
    match (failure.expected.is_empty(), &failure.reason) {
        (true, _) => came,
        (false, Some(_)) => format!("expected {}, but {came}", part(&failure.expected)),
        (false, None) => format!("expected {}, {came}", part(&failure.expected)),
    }
}

/// `2 differences`; of lines of text, that they differ.
pub(super) fn differ(failure: &Failure) -> String {
    let all = failure.differences.len() + failure.more_differences;
    let documents = failure
        .differences
        .iter()
        .all(|difference| !difference.path.is_empty());
    if documents {
        count(all, "difference")
    } else {
        "the strings differ".to_owned()
    }
}

/// A failure in one line: `status: expected 200, got 404`; the user's own words first.
pub(super) fn headline(failure: &Failure) -> String {
    let subject = bounded(failure.subject.text(), 200);
    let what = if failure.differences.is_empty() {
        sentence(failure, HEADLINE)
    } else {
        differ(failure)
    };
    let line = match &failure.message {
        Some(message) => format!("{} ({subject}: {what})", bounded(message, 300)),
        None => format!("{subject}: {what}"),
    };
    escape_control_line(&line).into_owned()
}

/// Why a request is not green, in one line; empty where it is.
pub(super) fn reason(request: &RequestFinished) -> String {
    match (request.failures.as_slice(), &request.reason) {
        ([], reason) => {
            escape_control_line(&bounded(reason.as_deref().unwrap_or_default(), 500)).into_owned()
        }
        ([failure], _) => headline(failure),
        ([failure, others @ ..], _) => format!("{}, and {} more", headline(failure), others.len()),
    }
}

/// `GET http://… → 200 in 12 ms`
pub(super) fn sent(request: &RequestFinished) -> String {
    let came = match (request.code, &request.error) {
        (Some(code), Some(_)) => {
            let broken = bounded(&request.broken_body().unwrap_or_default(), HEADLINE);
            format!(" → {code}, {broken}, in {}", duration(request.duration))
        }
        (Some(code), None) => format!(" → {code} in {}", duration(request.duration)),
        (None, Some(class)) => format!(" → {}", class.name()),
        (None, None) => String::new(),
    };
    escape_control_line(&format!(
        "{} {}{came}",
        request.method,
        bounded(&request.url, 2_000)
    ))
    .into_owned()
}

/// `collections/hello.toml:20:1`
pub(super) fn at(place: &Place) -> String {
    escape_control_line(&format!("{}:{}:{}", place.file, place.line, place.column)).into_owned()
}

/// Everything that helps with a request that is not green, as lines of text.
pub(super) fn details(request: &RequestFinished) -> String {
    let mut text = format!("{}\n{}\n", at(&request.place), sent(request));
    for failure in &request.failures {
        text.push('\n');
        text.push_str(&told(failure));
    }
    let reason = request
        .reason
        .as_deref()
        .filter(|_| request.failures.is_empty());
    for line in reason.into_iter().chain(request.diagnosis.as_deref()) {
        let _ = write!(text, "\n{}\n", bounded(line, VALUE));
    }
    if !request.facts.is_empty() {
        text.push('\n');
    }
    for (name, value) in &request.facts {
        let _ = writeln!(
            text,
            "{}: {}",
            bounded(name, HEADLINE),
            bounded(value, VALUE)
        );
    }
    if !request.request_ids.is_empty() {
        text.push('\n');
    }
    for (name, id) in &request.request_ids {
        let _ = writeln!(text, "id: {name} {id}");
    }
    if let Some(body) = request
        .exchange
        .as_ref()
        .and_then(|exchange| exchange.response.as_ref()?.body.as_ref())
    {
        let label = if request.has_part_of_body() {
            "partial response"
        } else {
            "response"
        };
        let _ = write!(text, "\n{label}:\n{}\n", self::body(body));
    }
    for (label, command) in [("run again", &request.rerun), ("as curl", &request.curl)] {
        if let Some(command) = command {
            let _ = write!(text, "\n{label}: {command}\n");
        }
    }
    escape_control(&text).into_owned()
}

/// The start of a body; how much there is where that is not all.
fn body(body: &Body) -> String {
    let size = || crate::text::size(body.size as u64);
    match &body.text {
        None => format!("{} that are no text", size()),
        Some(text) if text.is_empty() => "nothing".to_owned(),
        Some(text) if body.cut || start(text, BODY).len() < text.len() => {
            format!("{}…\n({} in all)", start(text, BODY), size())
        }
        Some(text) => pretty(text).unwrap_or_else(|| text.clone()),
    }
}

/// A document, a member a line, where there is room for that.
fn pretty(text: &str) -> Option<String> {
    let opens = text.trim_start().starts_with(['{', '[']);
    let document = opens
        .then(|| crate::value::parse_faithful(text))
        .flatten()?
        .to_json_pretty();
    (start(&document, BODY).len() == document.len()).then_some(document)
}

/// A failure: what is wrong, where it is written, what was expected and what came.
fn told(failure: &Failure) -> String {
    let mut text = format!("{}\n", headline(failure));
    if let Some(place) = &failure.place {
        let _ = writeln!(text, "  --> {}", at(place));
    }
    let expected = Some(failure.expected.as_str()).filter(|expected| !expected.is_empty());
    let rows = [
        ("expected", expected),
        ("got", failure.actual.as_deref()),
        ("but", failure.reason.as_deref()),
    ];
    // What is short stands in the first line already.
    let short = |value: &str| value.len() <= HEADLINE && !value.contains('\n');
    let said =
        failure.differences.is_empty() && rows.iter().all(|(_, value)| value.is_none_or(short));
    for (label, value) in rows {
        let Some(value) = value.filter(|_| !said) else {
            continue;
        };
        let value = bounded(value, VALUE).replace('\n', "\n            ");
        let _ = writeln!(text, "  {label:<8}  {value}");
    }
    text.push_str(&differences(failure));
    if let Some(hint) = &failure.hint {
        let _ = writeln!(text, "  hint: {}", bounded(hint, VALUE));
    }
    text
}

/// A line each; lines of text as a diff has them, `-` was expected and `+` came.
pub(super) fn differences(failure: &Failure) -> String {
    let mut text = String::new();
    for Difference { path, text: what } in &failure.differences {
        let colon = if path.is_empty() { "" } else { ": " };
        let _ = writeln!(
            text,
            "  {}{colon}{}",
            bounded(path, 300),
            bounded(what, VALUE).replace('\n', "\n  ")
        );
    }
    if failure.more_differences > 0 {
        let _ = writeln!(text, "  … and {} more", failure.more_differences);
    }
    text
}

/// `2 failed, 3 blocked, 41 passed (1 flaky), 1 skipped`
pub(super) fn counted(counts: Counts) -> String {
    let flaky = if counts.flaky > 0 {
        format!(" ({} flaky)", counts.flaky)
    } else {
        String::new()
    };
    let all = [
        (counts.failed, "failed", ""),
        (counts.blocked, "blocked", ""),
        (counts.passed, "passed", flaky.as_str()),
        (counts.skipped, "skipped", ""),
        (counts.not_run, "not run", ""),
    ];
    let nothing = counts.total() == 0;
    let said = all
        .into_iter()
        .filter(|(number, word, _)| *number > 0 || (nothing && *word == "passed"));
    said.map(|(number, word, more)| format!("{number} {word}{more}"))
        .collect::<Vec<_>>()
        .join(", ")
}
