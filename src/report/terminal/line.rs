//! The lines of a run: the header of a collection, one line a request.

use super::buffer::{TextBuffer, Theme, bounded, start, titled};
use crate::event::{CollectionStarted, Part, RequestFinished, Status};
use crate::text::{Line, Style, duration, width};

/// Where lines are wider than this, what stands at their right end is far from its name.
const WIDEST: usize = 100;
/// The columns of the status and of the time, each with the gap before it.
const CODE: usize = 10;
const TIME: usize = 11;
/// Reasons are told once, not in full length a line.
const REASON: usize = 240;

/// The header of a collection: name, path, stage and base URL; in two lines where one is too short.
pub(super) fn header(started: &CollectionStarted, look: Theme) -> String {
    let mut page = TextBuffer::new(look, 0);
    let mut line = bounded(&titled(&started.name, started.row), REASON, Style::Bold);
    line.append(&Line::from("  ").with(&started.path, Style::Path));
    let stage = stage_and_url(started.stage.as_deref(), started.base_url.as_deref());
    if !stage.is_empty() && line.width() + 3 + stage.width() <= look.width {
        line.append(&Line::styled(" · ", Style::Dim));
        line.append(&stage);
        page.line(&line);
    } else {
        page.wrapped(&line, 2);
        if !stage.is_empty() {
            let mut second = Line::from("  ");
            second.append(&stage);
            page.wrapped(&second, 2);
        }
    }
    page.into_text()
}

/// `dev · https://…`
pub(super) fn stage_and_url(stage: Option<&str>, base_url: Option<&str>) -> Line {
    let mut line = Line::new();
    for part in [stage, base_url].into_iter().flatten() {
        if !line.is_empty() {
            line.push(" · ", Style::Dim);
        }
        line.append(&bounded(part, 1_000, Style::Dim));
    }
    line
}

/// What stands before a request's name, legible without colour.
pub(super) fn mark(status: Status) -> (&'static str, Style) {
    match status {
        Status::Passed => ("✓", Style::Good),
        Status::Flaky => ("↻", Style::Warn),
        Status::Failed => ("✗", Style::BadBold),
        Status::Blocked => ("⊘", Style::Bad),
        Status::Skipped => ("↷", Style::Warn),
        Status::NotRun => ("·", Style::Dim),
    }
}

/// The line of a request: mark, name, what is special about it, status, time.
pub(super) fn request(request: &RequestFinished, look: Theme) -> String {
    let mut page = TextBuffer::new(look, 2);
    let (sign, style) = mark(request.status);
    let mut name = Line::styled(sign, style).plain(" ");
    name.append(&named(request));
    if request.status == Status::Blocked {
        // Why is told in full under the cause.
        page.cut(&name);
        return page.into_text();
    }
    if request.sent == 0 {
        page.wrapped(&name, 2);
        return page.into_text();
    }
    let room = page.room().min(WIDEST) - CODE - TIME;
    let mut lines = name.wrap(room, 2).into_iter();
    let first = lines.next().unwrap_or_default().pad(room);
    page.line(&columns(first, request));
    lines.for_each(|line| page.line(&line));
    page.into_text()
}

/// Adds what came and how long it took.
fn columns(mut line: Line, request: &RequestFinished) -> Line {
    let (code, style) = match (request.code, &request.error) {
        (Some(code), _) => (code.to_string(), Style::Plain),
        (None, Some(class)) => (start(class.name(), CODE - 2).to_owned(), Style::Plain),
        (None, None) => ("-".to_owned(), Style::Dim),
    };
    let style = match request.status {
        Status::Failed => Style::Bad,
        _ if request.part != Part::Request => Style::Dim,
        _ => style,
    };
    let time = duration(request.duration);
    line.space(CODE.saturating_sub(width(&code)).max(2));
    line.push(&code, style);
    line.space(TIME.saturating_sub(width(&time)).max(1));
    line.with(&time, Style::Dim)
}

/// The name with what is special about it.
fn named(request: &RequestFinished) -> Line {
    let good = matches!(request.status, Status::Passed | Status::Flaky);
    let style = match (request.part, good) {
        (Part::Request, _) if !request.needed => Style::Plain,
        (_, good) => {
            if good {
                Style::Dim
            } else {
                Style::Plain
            }
        }
    };
    let mut line = Line::new();
    if request.part != Part::Request {
        line.push(&format!("{}: ", request.part.name()), Style::Dim);
    }
    line.push(&titled(request.shown_name(), request.row), style);
    if let Some(note) = note(request) {
        line.push("  ", Style::Plain);
        line.append(&note);
    }
    line
}

fn note(request: &RequestFinished) -> Option<Line> {
    let word = match request.status {
        Status::Skipped => "skipped",
        Status::Blocked => "blocked",
        Status::NotRun => "not run",
        Status::Flaky => {
            return Some(Line::styled(
                &format!("flaky: passed on attempt {}", request.sent),
                Style::Warn,
            ));
        }
        _ if request.needed => return Some(Line::styled("needed", Style::Dim)),
        // Of two stages: what was not compared.
        Status::Passed => {
            let resent = request.attempts.iter().any(|attempt| attempt.resent);
            let resent = resent.then(|| format!("sent {} times", request.sent));
            let note = request
                .reason
                .clone()
                .or_else(|| request.broken_body())
                .or(resent);
            return note.map(|note| bounded(&note, REASON, Style::Dim));
        }
        Status::Failed => return None,
    };
    let mut line = Line::styled(word, mark(request.status).1);
    let (between, why) = match (&request.blocked_by, &request.reason) {
        (Some(cause), _) => (" by ", cause),
        (None, Some(reason)) => (": ", reason),
        (None, None) => return Some(line),
    };
    line.push(between, Style::Dim);
    line.append(&bounded(why, REASON, Style::Dim));
    Some(line)
}

/// What was not run is one line a collection, however many requests it is.
pub(super) fn not_run(count: usize, reason: Option<&str>, look: Theme) -> String {
    let mut page = TextBuffer::new(look, 2);
    let mut line = Line::styled(&format!("· {count} not run"), Style::Dim);
    if let Some(reason) = reason {
        line.push(": ", Style::Dim);
        line.append(&bounded(reason, REASON, Style::Dim));
    }
    page.wrapped(&line, 2);
    page.into_text()
}
