//! What the list of a page shows of a request, and how much of the rest the page keeps.

use std::borrow::Cow;

use serde::Serialize;

use crate::event::{Body, ErrorKind, Exchange, Failure, Part, RequestFinished, Status};
use crate::report::words::differ;

/// Names, URLs and causes are listed up to so many characters; the request itself holds all of them.
const LONGEST: usize = 300;

/// What the list shows of a request.
#[derive(Debug, Serialize)]
pub(super) struct Listed<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    row: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    part: Option<Part>,
    status: Status,
    method: &'a str,
    url: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
    duration: f64,
    sent: usize,
    /// The number of its collection, counted as they began.
    #[serde(skip_serializing_if = "Option::is_none")]
    collection: Option<usize>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    tags: &'a [String],
    /// What did not hold, or why it was not sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    what: Option<String>,
    /// What is most likely the matter: failures of one cause are counted together.
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<&'a str>,
    /// Whether what was sent and came is left out, since the page has no room for it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    left_out: bool,
}

impl<'a> Listed<'a> {
    pub(super) fn of(
        request: &'a RequestFinished,
        collection: Option<usize>,
        left_out: bool,
    ) -> Self {
        Self {
            name: start(request.shown_name(), LONGEST),
            row: request.row,
            part: Some(request.part).filter(|part| *part != Part::Request),
            status: request.status,
            method: start(&request.method, LONGEST),
            url: start(&request.url, LONGEST),
            code: request.code,
            error: request.error.map(ErrorKind::name),
            duration: request.duration.as_secs_f64(),
            sent: request.sent,
            collection,
            tags: &request.tags,
            what: what(request),
            cause: request
                .diagnosis
                .as_deref()
                .map(|cause| start(cause, LONGEST)),
            left_out,
        }
    }
}

/// What did not hold, or why it was not sent, in one line.
fn what(request: &RequestFinished) -> Option<String> {
    let unanswered = request
        .exchange
        .as_ref()
        .and_then(|exchange| exchange.error.as_deref())
        .filter(|_| request.code.is_none());
    let text = match (&request.blocked_by, unanswered, request.failures.first()) {
        (Some(cause), ..) => format!("blocked by {cause}"),
        (None, Some(error), _) => error.to_owned(),
        (None, None, Some(failure)) => line(failure),
        (None, None, None) => request.reason.clone()?,
    };
    Some(start(&text, LONGEST).to_owned())
}

fn line(failure: &Failure) -> String {
    let subject = failure.message.as_deref().unwrap_or(failure.subject.text());
    match (
        &failure.reason,
        failure.differences.first(),
        &failure.actual,
    ) {
        (Some(reason), ..) => format!("{subject}: {reason}"),
        (None, Some(difference), _) if difference.path.is_empty() => {
            format!("{subject}: {}", differ(failure))
        }
        (None, Some(difference), _) => {
            let path = Some(difference.path.as_str())
                .filter(|path| *path != "$")
                .map(|path| format!("{path} "));
            let what = difference.text.lines().next().unwrap_or_default();
            format!("{subject}: {}{what}", path.unwrap_or_default())
        }
        (None, None, Some(actual)) => {
            format!("{subject}: expected {}, got {actual}", failure.expected)
        }
        (None, None, None) => format!("{subject}: expected {}", failure.expected),
    }
}

/// How much of what was sent and came a page keeps, so that it can still be opened when there are very many requests.
#[derive(Debug, Default)]
pub(super) struct SizeBudget {
    passed: usize,
    failed: usize,
}

/// Bytes that are kept of all requests that failed (of the others) in full, and with shorter bodies.
const FAILED: (usize, usize) = (32_000_000, 64_000_000);
const PASSED: (usize, usize) = (16_000_000, 48_000_000);
/// Bytes of a body in full and shorter, the same way.
const FAILED_BODY: (usize, usize) = (64 * 1024, 4 * 1024);
const PASSED_BODY: (usize, usize) = (16 * 1024, 1024);

impl SizeBudget {
    /// The request as the page keeps it, and whether what was sent and came is left out.
    pub(super) fn fit<'a>(&self, request: &'a RequestFinished) -> (Cow<'a, RequestFinished>, bool) {
        let failed = request.status == Status::Failed;
        let (used, total, body) = if failed {
            (self.failed, FAILED, FAILED_BODY)
        } else {
            (self.passed, PASSED, PASSED_BODY)
        };
        if used >= total.1 && request.exchange.is_some() {
            return (
                Cow::Owned(RequestFinished {
                    exchange: None,
                    ..request.clone()
                }),
                true,
            );
        }
        (
            bounded(request, if used < total.0 { body.0 } else { body.1 }),
            false,
        )
    }

    /// So many bytes were written of one.
    pub(super) fn took(&mut self, status: Status, bytes: usize) {
        if status == Status::Failed {
            self.failed += bytes;
        } else {
            self.passed += bytes;
        }
    }
}

/// The request with bodies of at most N bytes.
fn bounded(request: &RequestFinished, most: usize) -> Cow<'_, RequestFinished> {
    let long = |body: &Option<Body>| {
        body.as_ref()
            .and_then(|body| body.text.as_ref())
            .is_some_and(|text| text.len() > most)
    };
    let bodies = |exchange: &Exchange| {
        long(&exchange.request.body) || exchange.response.as_ref().is_some_and(|it| long(&it.body))
    };
    if !request.exchange.as_ref().is_some_and(bodies) {
        return Cow::Borrowed(request);
    }
    let mut request = request.clone();
    if let Some(exchange) = &mut request.exchange {
        let messages = [Some(&mut exchange.request), exchange.response.as_mut()];
        messages
            .into_iter()
            .flatten()
            .filter_map(|message| message.body.as_mut())
            .for_each(|body| cut(body, most));
    }
    Cow::Owned(request)
}

fn cut(body: &mut Body, most: usize) {
    if let Some(text) = body.text.as_mut().filter(|text| text.len() > most) {
        let end = (0..=most)
            .rev()
            .find(|at| text.is_char_boundary(*at))
            .unwrap_or(0);
        text.truncate(end);
        body.cut = true;
    }
}

/// The first characters of a text.
fn start(text: &str, most: usize) -> &str {
    text.char_indices()
        .nth(most)
        .and_then(|(end, _)| text.get(..end))
        .unwrap_or(text)
}
