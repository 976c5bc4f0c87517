//! A failed request in full: what was asked, what did not hold, what came, what to do.

use super::buffer::{TextBuffer, Theme, bounded, start};
use super::line::stage_and_url;
use super::{Verbosity, body, snippet};
use crate::event::{ErrorKind, Exchange, Failure, Place, RequestFinished, Subject};
use crate::text::{Line, Style, count, duration, escape_control};

/// How much of each thing is shown.
#[derive(Debug, Clone, Copy)]
struct Limits {
    failures: usize,
    differences: usize,
    body: usize,
}

const NORMAL: Limits = Limits {
    failures: 12,
    differences: 12,
    body: 20,
};
const VERBOSE: Limits = Limits {
    failures: 200,
    differences: 200,
    body: 400,
};

/// A command longer than this is cut: nobody copies it.
const COMMAND: usize = 6_000;
const TEXT: usize = 1_200;
/// A message of a conversation is shown up to so many characters.
const MESSAGE: usize = 400;

/// So many facts are shown.
const FACTS: usize = 50;

/// The columns that a failure is indented by.
pub(super) const INDENT: usize = 4;

/// Draws everything below the heading of a failed request.
pub(super) fn failure(
    request: &RequestFinished,
    base: &Base,
    verbosity: Verbosity,
    look: Theme,
) -> String {
    let limits = if verbosity == Verbosity::Verbose {
        VERBOSE
    } else {
        NORMAL
    };
    let mut page = TextBuffer::new(look, INDENT);
    page.linked(&place(&request.place), &request.place);
    page.wrapped(&asked(request), 2);
    let unanswered = request
        .exchange
        .as_ref()
        .is_none_or(|exchange| exchange.response.is_none())
        && request.error.is_some();
    // Without a name of its own the stage is the URL above.
    if let Some(name) = base.stage.as_deref().filter(|_| unanswered) {
        page.wrapped(&stage_and_url(Some(name), base.url.as_deref()), 2);
    }
    failures(request, limits, &mut page);
    facts(request, &mut page);
    if let Some(exchange) = &request.exchange {
        let label = if request.has_part_of_body() {
            "partial response:"
        } else {
            "response:"
        };
        answer((label, exchange), &request.failures, limits, &mut page);
    }
    commands(request, &mut page);
    page.into_text()
}

/// Where a collection's requests go.
#[derive(Debug, Clone, Default)]
pub(super) struct Base {
    pub(super) stage: Option<String>,
    pub(super) url: Option<String>,
}

pub(super) fn place(place: &Place) -> Line {
    Line::styled(
        &format!(
            "{}:{}:{}",
            start(&place.file, TEXT),
            place.line,
            place.column
        ),
        Style::Path,
    )
}

/// `POST https://… → 200 in 34 ms`
fn asked(request: &RequestFinished) -> Line {
    let mut line = Line::styled(start(&request.method, 40), Style::Bold).plain(" ");
    line.append(&bounded(&request.url, TEXT, Style::Plain));
    if request.sent == 0 {
        return line.with(" (not sent)", Style::Dim);
    }
    line.push(" → ", Style::Dim);
    match request.code {
        Some(code) => line.push(&code.to_string(), Style::Bold),
        None => line.push("no response", Style::Bold),
    }
    let hops = request
        .exchange
        .as_ref()
        .map_or(0, |exchange| exchange.hops.len());
    let until = if request.code.is_some() {
        "in"
    } else {
        "after"
    };
    let broken = request.broken_body();
    if let Some(broken) = &broken {
        line.append(&bounded(&format!(", {broken}"), TEXT, Style::Bold));
    }
    let comma = if broken.is_some() { "," } else { "" };
    let mut how = vec![format!("{comma} {until} {}", duration(request.duration))];
    if hops > 0 {
        how.push(count(hops, "redirect"));
    }
    if request.sent > 1 {
        how.push(format!("sent {} times", request.sent));
    }
    line.with(&how.join(", "), Style::Dim)
}

fn failures(request: &RequestFinished, limits: Limits, page: &mut TextBuffer) {
    if request.failures.is_empty() {
        let reason = request
            .exchange
            .as_ref()
            .and_then(|exchange| exchange.error.clone())
            .or_else(|| request.reason.clone());
        let unsaid = Failure {
            subject: Subject::other(request.error.map_or("failed", ErrorKind::name)),
            message: None,
            expected: String::new(),
            actual: None,
            reason,
            differences: Vec::new(),
            more_differences: 0,
            hint: None,
            place: None,
        };
        page.blank();
        snippet::failure(&unsaid, limits.differences, page);
    }
    for failure in request.failures.iter().take(limits.failures) {
        page.blank();
        snippet::failure(failure, limits.differences, page);
    }
    let more = request.failures.len().saturating_sub(limits.failures);
    if more > 0 {
        page.blank();
        page.line(&Line::styled(
            &format!("… and {} more", count(more, "failed expectation")),
            Style::Dim,
        ));
    }
}

/// What helps to understand it, what is most likely the matter, and what the stage's operators can look up.
fn facts(request: &RequestFinished, page: &mut TextBuffer) {
    let ids = request
        .request_ids
        .iter()
        .take(8)
        .map(|(name, id)| format!("{} {}", start(name, 100), start(id, 200)));
    let ids: Vec<_> = ids.collect();
    if request.diagnosis.is_none() && ids.is_empty() && request.facts.is_empty() {
        return;
    }
    page.blank();
    for (name, value) in request.facts.iter().take(FACTS) {
        let mut line = Line::styled(&format!("{}: ", start(name, 100)), Style::Bold);
        line.append(&bounded(value, TEXT, Style::Plain));
        page.wrapped(&line, 4);
    }
    if let Some(diagnosis) = &request.diagnosis {
        page.wrapped(
            &Line::styled("likely: ", Style::Bold).plain(start(diagnosis, TEXT)),
            8,
        );
    }
    for id in ids {
        page.wrapped(&Line::styled("id: ", Style::Bold).plain(&id), 4);
    }
}

/// The response's body, around the first difference.
fn answer(
    (label, exchange): (&str, &Exchange),
    failures: &[Failure],
    limits: Limits,
    page: &mut TextBuffer,
) {
    let opened = exchange
        .response
        .as_ref()
        .is_some_and(|response| response.line.split(' ').nth(1) == Some("101"));
    if opened || !exchange.messages.is_empty() {
        page.blank();
        page.line(&Line::styled("conversation:", Style::Bold));
        if exchange.messages.is_empty() {
            page.line(&Line::styled("(no message)", Style::Dim));
        }
        return super::exchange::said(&exchange.messages, (limits.body, MESSAGE), page);
    }
    let Some(body) = exchange
        .response
        .as_ref()
        .and_then(|response| response.body.as_ref())
    else {
        return;
    };
    let differing = failures
        .iter()
        .flat_map(|failure| &failure.differences)
        .map(|difference| difference.path.as_str());
    let asked = failures
        .iter()
        .filter_map(|failure| failure.subject.json_path());
    let marked: Vec<&str> = differing
        .chain(asked)
        .filter(|path| !path.is_empty())
        .take(limits.differences)
        .collect();
    page.blank();
    page.line(&Line::styled(label, Style::Bold));
    body::excerpt(body, &marked, limits.body, page);
}

/// What can be typed, on lines of their own, so that they can be copied.
fn commands(request: &RequestFinished, page: &mut TextBuffer) {
    if request.rerun.is_none() && request.curl.is_none() {
        return;
    }
    page.blank();
    for (label, command) in [
        ("run again: ", &request.rerun),
        ("as curl:   ", &request.curl),
    ] {
        if let Some(text) = command {
            self::command(label, text, page);
        }
    }
}

/// A command as it is: a line break inside quotes belongs to it, and breaking or indenting a line would change it.
fn command(label: &str, text: &str, page: &mut TextBuffer) {
    let shown = escape_control(start(text, COMMAND));
    // Behind a backslash a shell takes white space as one space, so there the lines may be indented.
    let count = shown.lines().count();
    let continued = shown
        .lines()
        .take(count.saturating_sub(1))
        .all(|line| line.ends_with('\\'));
    let mut lines = shown.lines();
    page.line(&Line::styled(label, Style::Dim).with(lines.next().unwrap_or_default(), Style::Code));
    for line in lines {
        let line = Line::styled(line, Style::Code);
        if continued {
            page.line(&line);
        } else {
            page.flush_left(&line);
        }
    }
    if start(text, COMMAND).len() < text.len() {
        page.line(&Line::styled(
            "(truncated; the JSON report has all of it)",
            Style::Dim,
        ));
    }
}
