//! Makes events of what happened: facts, with every secret removed.

use std::borrow::Cow;
use std::time::Instant;

use super::problem::Problem;
use super::result::{Attempt, StepResult, Verdict};
use super::shown::{message_shown, shown, target};
use crate::check;
use crate::event::Part;
use crate::event::{self, Place, RequestFinished, Status};
use crate::export;
use crate::http::{self, Exchange};
use crate::plan::{Collection, Step};
use crate::secret::Redactor;

/// How much of a body is kept, in bytes.
const BODY: usize = 64 * 1024;
/// How much of a message over a WebSocket is kept, in bytes, and how many of them.
const FRAME: usize = 4 * 1024;
const FRAMES: usize = 200;
/// How many differences of one expectation are listed.
const DIFFERENCES: usize = 50;

/// Tells about one run of a collection.
pub(super) struct EventBuilder<'a> {
    pub(super) collection: &'a Collection,
    /// The collection's row, from 1.
    pub(super) row: Option<usize>,
    /// When the run began.
    pub(super) started: Instant,
    pub(super) redactor: &'a Redactor,
    /// Whether every exchange is told, not only those of failures.
    pub(super) exchanges: bool,
    /// The command line that runs this program again, without what is selected; none where its requests cannot be.
    pub(super) command: Option<&'a str>,
}

impl EventBuilder<'_> {
    fn text(&self, text: &str) -> String {
        shown(self.redactor, text)
    }

    /// A sentence of this program, with values from outside in it.
    fn message(&self, message: &str) -> String {
        message_shown(self.redactor, message)
    }

    /// The subject of an expectation: a key of this program, and what of the response is meant.
    fn subject(&self, subject: &str) -> String {
        let own = |(key, rest): (&'_ str, &'_ str)| {
            // `step 2 text`, `event 1 data`: the word behind the number is a key too.
            let numbered = rest
                .split_once(' ')
                .is_some_and(|(number, _)| number.bytes().all(|digit| digit.is_ascii_digit()));
            let words = if numbered && matches!(key, "step" | "event") {
                3
            } else {
                1
            };
            subject
                .match_indices(' ')
                .nth(words - 1)
                .map_or(subject.len(), |(at, _)| at)
        };
        match subject
            .split_once(' ')
            .map(own)
            .and_then(|at| subject.split_at_checked(at))
        {
            Some((own, of)) => format!("{own}{}", self.text(of)),
            None => subject.to_owned(),
        }
    }

    /// A step that was not sent.
    pub(super) fn unsent(
        &self,
        step: &Step,
        status: Status,
        reason: &str,
        blocked_by: Option<String>,
    ) -> RequestFinished {
        RequestFinished {
            reason: Some(self.message(reason)),
            blocked_by,
            ..self.frame(step, None, status, step.request.url.value.text())
        }
    }

    /// What is known of a step before it is sent.
    fn frame(&self, step: &Step, row: Option<usize>, status: Status, url: &str) -> RequestFinished {
        RequestFinished {
            path: self.collection.path.clone(),
            collection_row: self.row,
            name: self.text(&step.name),
            row,
            title: None,
            part: step.part,
            needed: step.needed && step.part == Part::Request,
            tags: step.tags.iter().map(|tag| self.text(tag)).collect(),
            place: self.place(&step.span),
            status,
            reason: None,
            blocked_by: None,
            method: step.request.method.0.clone(),
            url: self.text(url),
            code: None,
            start: std::time::Duration::ZERO,
            duration: std::time::Duration::ZERO,
            sent: 0,
            attempts: Vec::new(),
            expectations: 0,
            failures: Vec::new(),
            error: None,
            diagnosis: None,
            facts: Vec::new(),
            request_ids: Vec::new(),
            curl: None,
            rerun: None,
            exchange: None,
        }
    }

    /// A step, or one row of it, that was judged.
    pub(super) fn judged(&self, step: &Step, judged: &StepResult) -> RequestFinished {
        let (status, reason) = self.status(&judged.verdict);
        let sent_to = judged
            .exchange
            .as_ref()
            .map(|exchange| exchange.request.sent_url());
        let mut told = self.frame(
            step,
            judged.row,
            status,
            sent_to.as_deref().unwrap_or(step.request.url.value.text()),
        );
        told.reason = reason;
        told.title = judged.title.as_deref().map(|title| self.text(title));
        if let Verdict::Blocked(by) = &judged.verdict {
            told.blocked_by = Some(self.text(by));
        }
        told.sent = judged.sent;
        told.attempts = judged
            .attempts
            .iter()
            .map(|attempt| self.attempt(attempt))
            .collect();
        told.expectations = judged.expectations;
        if let Some(exchange) = &judged.exchange {
            self.exchange(&mut told, step, exchange);
        }
        if let Verdict::Failed(problems) = &judged.verdict {
            self.failed(&mut told, step, problems, judged.exchange.as_ref());
        }
        told
    }

    /// The status of a verdict, and its reason, if it has one.
    fn status(&self, verdict: &Verdict) -> (Status, Option<String>) {
        match verdict {
            Verdict::Passed => (Status::Passed, None),
            Verdict::Flaky => (Status::Flaky, None),
            Verdict::Failed(_) => (Status::Failed, None),
            Verdict::Skipped(reason) => (
                Status::Skipped,
                Some(self.message(reason)).filter(|reason| !reason.is_empty()),
            ),
            Verdict::Nothing => (
                Status::Skipped,
                Some("`rows` is empty: there is nothing to do".to_owned()),
            ),
            Verdict::NotRun(reason) => (Status::NotRun, Some((*reason).to_owned())),
            Verdict::Blocked(_) => (
                Status::Blocked,
                Some("the credentials cannot be obtained".to_owned()),
            ),
        }
    }

    /// Adds what is reported of a failed step alone.
    fn failed(
        &self,
        told: &mut RequestFinished,
        step: &Step,
        problems: &[Problem],
        exchange: Option<&Exchange>,
    ) {
        told.failures = problems
            .iter()
            .map(|problem| self.failure(problem))
            .collect();
        told.rerun = self.rerun(step);
        let Some(exchange) = exchange else {
            return;
        };
        told.curl = Some(self.curl(step, exchange));
        told.diagnosis = check::diagnose(exchange).map(|text| self.message(&text));
        let abouts: Vec<_> = problems
            .iter()
            .filter_map(|problem| problem.about)
            .collect();
        told.facts = check::facts(&abouts, exchange)
            .into_iter()
            .map(|fact| self.fact(fact))
            .collect();
        told.request_ids = check::request_ids(exchange)
            .into_iter()
            .map(|(name, id)| (name, self.text(&id)))
            .collect();
    }

    fn fact(&self, fact: check::Fact) -> (String, String) {
        match fact {
            check::Fact::Header(name, value) => (
                self.text(&name),
                self.redactor.redact_header(&name, &value).into_owned(),
            ),
            check::Fact::Text(name, text) => (name.to_owned(), self.text(&text)),
        }
    }

    fn attempt(&self, attempt: &Attempt) -> event::Attempt {
        event::Attempt {
            code: attempt.status,
            error: attempt.error,
            duration: attempt.time,
            reason: attempt.reason.as_deref().map(|text| self.message(text)),
            resent: attempt.resent,
        }
    }

    fn exchange(&self, told: &mut RequestFinished, step: &Step, exchange: &Exchange) {
        told.start = self.started.elapsed().saturating_sub(exchange.time);
        let failed = told.status == Status::Failed;
        told.url = match step.request.conversation {
            Some(_) => self.text(&http::url::of_websocket(&exchange.request.url)),
            None => self.text(&exchange.request.sent_url()),
        };
        told.duration = exchange.time;
        told.code = exchange.response().map(|response| response.status);
        told.error = exchange.error().map(|error| error.kind);
        if failed || self.exchanges {
            told.exchange = Some(self.traffic(exchange));
        }
    }

    fn curl(&self, step: &Step, exchange: &Exchange) -> String {
        let options = super::options::options(&step.request);
        export::curl(&exchange.request, &options, self.redactor)
    }

    /// The command that runs just this request again.
    fn rerun(&self, step: &Step) -> Option<String> {
        let command = self.command.filter(|_| step.part != Part::Teardown)?;
        Some(format!(
            "{command} {}",
            target(&self.collection.path, &self.text(&step.name))
        ))
    }

    fn failure(&self, problem: &Problem) -> event::Failure {
        let failure = &problem.failure;
        let listed = failure.differences.kept.iter().take(DIFFERENCES);
        let difference = |found: &crate::value::diff::Difference| {
            let change = found.change.to_string();
            // Lines of a text stand without quotes.
            let is_text = matches!(found.change, crate::value::diff::Change::Lines { .. });
            let text = if is_text {
                self.text(&change)
            } else {
                self.message(&change)
            };
            event::Difference {
                path: self.text(&found.path.to_string()),
                text,
            }
        };
        let differences: Vec<_> = listed.map(difference).collect();
        event::Failure {
            subject: problem
                .subject
                .with_text(self.subject(problem.subject.text())),
            message: failure.message.as_deref().map(|text| self.text(text)),
            expected: self.message(&failure.expected),
            actual: failure.actual.as_deref().map(|text| self.text(text)),
            reason: failure.reason.as_deref().map(|text| self.message(text)),
            more_differences: failure.differences.len().saturating_sub(differences.len()),
            differences,
            hint: failure.hint.as_deref().map(|text| self.message(text)),
            place: (!problem.by_default).then(|| self.place(&failure.span)),
        }
    }

    fn place(&self, span: &crate::source::Span) -> Place {
        span.to_place(self.redactor)
    }

    fn traffic(&self, exchange: &Exchange) -> event::Exchange {
        let request = &exchange.request;
        let hops = exchange.hops.iter().map(|hop| event::Hop {
            url: self.text(hop.url.as_str()),
            status: hop.status,
            headers: self.headers(&hop.headers),
            duration: hop.timing.total,
            timing: timing(&hop.timing),
        });
        let response = exchange.response();
        event::Exchange {
            request: event::Message {
                line: format!("{} {}", request.method, self.text(&request.sent_url())),
                headers: self.headers(&request.headers),
                body: request.body.as_ref().map(|body| self.sent(body)),
            },
            hops: hops.collect(),
            response: response.map(|response| event::Message {
                line: format!(
                    "HTTP/{} {}",
                    response.version.name(),
                    status_line(response.status)
                ),
                headers: self.headers(&response.headers),
                body: Some(self.received(response)),
            }),
            error: exchange.error().map(|error| self.message(&error.message)),
            refused_cookies: exchange
                .refused_cookies
                .iter()
                .map(|refused| (self.text(&refused.name), self.message(&refused.reason)))
                .collect(),
            timing: timing(&exchange.timing),
            messages: exchange
                .transcript
                .as_ref()
                .map(|transcript| self.said(&transcript.said))
                .unwrap_or_default(),
        }
    }

    /// A conversation; of a long one its beginning and its end.
    fn said(&self, said: &[http::TranscriptFrame]) -> Vec<event::Frame> {
        let told = |(at, _): &(usize, &http::TranscriptFrame)| {
            *at < FRAMES / 2 || *at + FRAMES / 2 >= said.len()
        };
        said.iter()
            .enumerate()
            .filter(told)
            .map(|(_, said)| self.said_once(said))
            .collect()
    }

    fn said_once(&self, said: &http::TranscriptFrame) -> event::Frame {
        let code = if let http::Frame::Close(code, _) = &said.frame {
            *code
        } else {
            None
        };
        let bytes = said.frame.bytes();
        let body = self.body(bytes.len() as u64, std::str::from_utf8(bytes).ok(), FRAME);
        event::Frame {
            sent: said.sent,
            kind: said.frame.kind().to_owned(),
            code,
            body,
            at: said.at,
        }
    }

    fn headers(&self, headers: &[http::Header]) -> Vec<(String, String)> {
        let shown = |(name, value): &http::Header| {
            (
                self.redactor.redact_header_name(name).into_owned(),
                self.redactor.redact_header(name, value).into_owned(),
            )
        };
        headers.iter().map(shown).collect()
    }

    /// A body that was sent: what it is made of, before any coding.
    fn sent(&self, body: &http::Body) -> event::Body {
        let content = body.content();
        self.body(content.length(), content.as_text().as_deref(), BODY)
    }

    /// The body of a response; one that the server cut may end in a part of a secret.
    fn received(&self, response: &http::Response) -> event::Body {
        let text = response.text().ok().map(|text| match response.body_error {
            Some(_) => self.redactor.redact_end(text),
            None => Cow::Borrowed(&**text),
        });
        self.body(response.body.len() as u64, text.as_deref(), BODY)
    }

    /// A body, redacted before it is cut: a secret that the cut would split must not leave half of itself.
    fn body(&self, size: u64, text: Option<&str>, most: usize) -> event::Body {
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        let Some(text) = text.filter(|text| !text.contains('\0')) else {
            return event::Body {
                size,
                text: None,
                cut: false,
            };
        };
        let redacted = self.redactor.redact_json(text);
        let end = (0..=most.min(redacted.len()))
            .rev()
            .find(|at| redacted.is_char_boundary(*at))
            .unwrap_or(0);
        let cut = end < redacted.len();
        event::Body {
            size,
            text: Some(redacted.get(..end).unwrap_or_default().to_owned()),
            cut,
        }
    }
}

fn timing(timing: &http::Timing) -> event::Timing {
    let http::Timing {
        dns,
        connect,
        tls,
        first_byte,
        download,
        total,
    } = *timing;
    event::Timing {
        dns,
        connect,
        tls,
        first_byte,
        download,
        total,
    }
}

/// `200 OK`; a code without a registered phrase stands alone.
fn status_line(status: u16) -> String {
    let phrase = ::http::StatusCode::from_u16(status)
        .ok()
        .and_then(|status| status.canonical_reason());
    phrase.map_or_else(|| status.to_string(), |phrase| format!("{status} {phrase}"))
}
