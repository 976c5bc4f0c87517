//! One exchange as our own format keeps it: a line of JSON, `docs/recordings.md` describes it.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use url::Url;
use url::form_urlencoded::{Serializer, parse as parse_form};

use super::message::Message;
use super::received;
use crate::clock::Clock;
use crate::http::{self, Error, Response, Version};
use crate::secret::{Redactor, STARS};

/// The fields of a form by which tokens and keys are asked for that prove who asks.
const GIVEN: [&str; 5] = [
    "password",
    "client_secret",
    "refresh_token",
    "assertion",
    "WebIdentityToken",
];

/// Which request of which collection sent it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Identity {
    /// The collection's file, as given.
    pub path: String,
    /// The collection's name.
    pub collection: String,
    /// Which row of the collection's rows, from 1.
    pub collection_row: Option<usize>,
    /// The request's name, as written.
    pub name: String,
    /// Which row of the request's rows, from 1.
    pub row: Option<usize>,
}

/// One exchange, every secret removed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Who sent it.
    pub of: Identity,
    /// The stage's URL at that time.
    pub base_url: Option<String>,
    /// When it was sent, RFC 3339 in UTC.
    pub time: String,
    /// From the first byte sent to the last byte received, all hops together.
    pub duration_s: f64,
    /// Where the time of the last request went.
    #[serde(default)]
    pub timing: Timing,
    /// What was sent.
    pub request: Sent,
    /// The responses that redirected, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hops: Vec<Hop>,
    /// The last response.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response: Option<Answer>,
    /// Why there is none, or why a conversation broke off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<FailedExchange>,
    /// What was said over a WebSocket, where there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub messages: Option<Vec<Message>>,
    /// What the client itself sent it again for before the last response, redirects aside.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resends: Vec<Resend>,
    /// Whether it is not the request itself: it fetched a token or keys that prove who sends that.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub auth: bool,
}

/// A request that the client itself sent again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Resend {
    /// The status of the response to it, if one came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The class of the failure, if none did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The time until then.
    pub duration_s: f64,
    /// Why it was sent again.
    pub reason: String,
}

/// What was sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sent {
    /// The method.
    pub method: String,
    /// The whole URL.
    pub url: String,
    /// The headers, in their order.
    pub headers: Vec<(String, String)>,
    /// The body, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Body>,
}

/// A response that redirected: its body is not kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Hop {
    /// The method with which it was asked.
    pub method: String,
    /// The URL that was asked.
    pub url: String,
    /// The status.
    pub status: u16,
    /// The headers, in their order.
    pub headers: Vec<(String, String)>,
    /// Where its time went.
    pub timing: Timing,
}

/// Where the time of one request went, in seconds; a phase that there was not is not there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the names are those of the events")]
pub struct Timing {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dns_s: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connect_s: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls_s: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_byte_s: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub download_s: Option<f64>,
    pub total_s: f64,
}

/// A response.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// The method with which it was asked, which redirects may change.
    pub method: String,
    /// The URL that was asked.
    pub url: String,
    /// `1.0`, `1.1` or `2`.
    pub version: String,
    /// The status.
    pub status: u16,
    /// The headers, in their order.
    pub headers: Vec<(String, String)>,
    /// The body, decoded from its content encoding; of a broken one what came.
    pub body: Body,
    /// How many bytes of body came over the wire.
    pub size_on_wire: u64,
    /// What came behind the body.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub trailers: Vec<(String, String)>,
    /// The statuses that came before the response, where they were asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub interim: Vec<u16>,
    /// Whether the body was not read to its end.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cut: bool,
    /// Why the body is broken: cut, late, too large, or not to be decoded; not there where enough of it had come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cut_by: Option<Truncation>,
}

/// What broke a body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Truncation {
    /// The class, as `expect.error` names it.
    pub kind: String,
    /// What happened.
    pub message: String,
    /// What to look at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

/// Why there is no response.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedExchange {
    /// The class, as `expect.error` names it.
    pub kind: String,
    /// What happened.
    pub message: String,
    /// What to look at.
    pub hint: Option<String>,
    /// The URL that was asked.
    pub url: String,
    /// The method with which it was asked.
    pub method: String,
    /// Whether nothing of the request can have reached a server.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unsent: bool,
}

/// A body: its text, or its bytes where it is none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Body {
    /// UTF-8.
    Text(String),
    /// Anything else.
    Base64(String),
}

impl Resend {
    fn new(resend: &http::Resend, redactor: &Redactor) -> Self {
        Self {
            status: resend.came.ok(),
            error: resend.came.err().map(|kind| kind.name().to_owned()),
            duration_s: resend.time.as_secs_f64(),
            reason: redactor.redact(&resend.reason).into_owned(),
        }
    }

    /// As it was.
    pub(super) fn resend(&self) -> http::Resend {
        let kind = || self.error.as_deref().map_or(http::ErrorKind::Reset, kind);
        let (time, reason) = (
            Duration::try_from_secs_f64(self.duration_s).unwrap_or_default(),
            self.reason.clone(),
        );
        http::Resend {
            came: self.status.ok_or_else(kind),
            time,
            reason,
        }
    }
}

impl Timing {
    fn of(timing: &http::Timing) -> Self {
        let seconds = |phase: Option<Duration>| phase.map(|time| time.as_secs_f64());
        Self {
            dns_s: seconds(timing.dns),
            connect_s: seconds(timing.connect),
            tls_s: seconds(timing.tls),
            first_byte_s: seconds(timing.first_byte),
            download_s: seconds(timing.download),
            total_s: timing.total.as_secs_f64(),
        }
    }

    /// As the wire had it.
    pub(super) fn timing(self) -> http::Timing {
        let time = |seconds: f64| Duration::try_from_secs_f64(seconds).unwrap_or_default();
        http::Timing {
            dns: self.dns_s.map(time),
            connect: self.connect_s.map(time),
            tls: self.tls_s.map(time),
            first_byte: self.first_byte_s.map(time),
            download: self.download_s.map(time),
            total: time(self.total_s),
        }
    }
}

impl Body {
    pub(super) fn of(bytes: &[u8], redactor: &Redactor) -> Self {
        match std::str::from_utf8(bytes) {
            Ok(text) => Self::Text(redactor.redact_json(text).into_owned()),
            Err(_) => Self::Base64(Self::base64(&redactor.redact_bytes(bytes))),
        }
    }

    pub(super) fn base64(bytes: &[u8]) -> String {
        STANDARD.encode(bytes)
    }

    /// Its bytes.
    ///
    /// # Errors
    /// Where it is not base64 although it says so.
    pub fn bytes(&self) -> Result<Vec<u8>, String> {
        match self {
            Self::Text(text) => Ok(text.clone().into_bytes()),
            Self::Base64(text) => STANDARD
                .decode(text)
                .map_err(|error| format!("a body is not base64: {error}")),
        }
    }
}

impl Entry {
    /// An exchange that is just over, as it may be written, behind those in which it got what proves who sent it.
    #[must_use]
    pub fn all(
        of: &Identity,
        base: Option<&Url>,
        exchange: &http::Exchange,
        redactor: &Redactor,
    ) -> Vec<Self> {
        let entry = |exchange| Self::new(of.clone(), base, exchange, redactor);
        let errands = exchange
            .auth_exchanges
            .iter()
            .map(|errand| entry(errand).of_errand());
        errands.chain([entry(exchange)]).collect()
    }

    /// Where the time of the last request went, what the redirects took aside.
    pub(super) fn last_timing(&self) -> Timing {
        let hops: f64 = self.hops.iter().map(|hop| hop.timing.total_s).sum();
        Timing {
            total_s: (self.duration_s - hops).max(0.0),
            ..self.timing
        }
    }

    /// An exchange that is just over, as it may be written.
    #[must_use]
    pub fn new(
        of: Identity,
        base: Option<&Url>,
        exchange: &http::Exchange,
        redactor: &Redactor,
    ) -> Self {
        let text = |text: &str| redactor.redact(text).into_owned();
        let request = &exchange.request;
        let now = Clock::System.now();
        let started = jiff::SignedDuration::try_from(exchange.time)
            .ok()
            .and_then(|time| now.checked_sub(time).ok());
        let mut methods = exchange.methods().into_iter();
        let hops = exchange.hops.iter().map(|hop| Hop {
            method: methods.next().unwrap_or_default(),
            url: text(hop.url.as_str()),
            status: hop.status,
            headers: redacted(&hop.headers, redactor),
            timing: Timing::of(&hop.timing),
        });
        let hops = hops.collect();
        let (method, url) = (
            methods.next().unwrap_or_default(),
            text(exchange.url.as_str()),
        );
        let sent = Sent {
            method: request.method.clone(),
            url: text(request.url.as_str()),
            headers: redacted(&request.headers, redactor),
            body: request
                .body
                .as_ref()
                .map(|body| Body::of(&body.kept(), redactor)),
        };
        let (response, error) = outcome(exchange, (method, url), redactor);
        let said = exchange
            .transcript
            .as_ref()
            .map(|transcript| &transcript.said);
        Self {
            of: Identity {
                name: text(&of.name),
                ..of
            },
            base_url: base.map(|base| text(base.as_str())),
            time: started.unwrap_or(now).to_string(),
            duration_s: exchange.time.as_secs_f64(),
            timing: Timing::of(&exchange.timing),
            request: sent,
            hops,
            response,
            error,
            messages: said.map(|said| {
                said.iter()
                    .map(|said| Message::new(said, redactor))
                    .collect()
            }),
            resends: exchange
                .resends
                .iter()
                .map(|resend| Resend::new(resend, redactor))
                .collect(),
            auth: false,
        }
    }

    /// Of a request for a token or keys. What is given for them proves who asks, however short it is; what is received may be a secret,
    /// whatever form it has.
    fn of_errand(mut self) -> Self {
        self.auth = true;
        if let Some(answer) = &mut self.response {
            received::hide(answer);
        }
        if let Some(Body::Text(form)) = &mut self.request.body {
            let mut hidden = Serializer::new(String::new());
            for (name, value) in parse_form(form.as_bytes()) {
                let value = if GIVEN.contains(&&*name) {
                    STARS.into()
                } else {
                    value
                };
                hidden.append_pair(&name, &value);
            }
            *form = hidden.finish();
        }
        self
    }

    /// What was said over the WebSocket, and how that ended.
    ///
    /// # Errors
    /// Where a message cannot be read.
    pub(super) fn transcript(&self) -> Result<Option<http::Transcript>, String> {
        let Some(messages) = &self.messages else {
            return Ok(None);
        };
        let said = messages
            .iter()
            .map(Message::said)
            .collect::<Result<_, _>>()?;
        Ok(Some(http::Transcript {
            said,
            broke: self.error.as_ref().map(FailedExchange::error),
        }))
    }
}

/// Header lines with all secrets removed.
fn redacted(headers: &[http::Header], redactor: &Redactor) -> Vec<(String, String)> {
    let shown = |(name, value): &http::Header| {
        (
            redactor.redact_header_name(name).into_owned(),
            redactor.redact_header(name, value).into_owned(),
        )
    };
    headers.iter().map(shown).collect()
}

/// The last response of an exchange, and why there is none, or why a conversation broke off.
fn outcome(
    exchange: &http::Exchange,
    (method, url): (String, String),
    redactor: &Redactor,
) -> (Option<Answer>, Option<FailedExchange>) {
    let lost = |error: &Error| FailedExchange::new(error, (method.clone(), url.clone()), redactor);
    match &exchange.result {
        Ok(response) => {
            let transcript = exchange.transcript.as_ref();
            let broke = transcript.and_then(|transcript| transcript.broke.as_ref());
            let answer = Answer {
                headers: redacted(&response.headers, redactor),
                trailers: redacted(&response.trailers, redactor),
                ..Answer::new(response, (method.clone(), url.clone()), redactor)
            };
            (Some(answer), broke.map(lost))
        }
        Err(error) => {
            let lost = FailedExchange {
                unsent: exchange.unsent,
                ..lost(error)
            };
            (None, Some(lost))
        }
    }
}

impl Answer {
    fn new(response: &Response, (method, url): (String, String), redactor: &Redactor) -> Self {
        Self {
            method,
            url,
            version: response.version.name().to_owned(),
            status: response.status,
            headers: Vec::new(),
            body: match response.body_error {
                Some(_) => Body::of(&redactor.redact_end_of_bytes(&response.body), redactor),
                None => Body::of(&response.body, redactor),
            },
            size_on_wire: response.size_on_wire,
            trailers: Vec::new(),
            interim: response.interim.clone(),
            cut: !response.complete,
            cut_by: response
                .body_error
                .as_deref()
                .map(|error| Truncation::new(error, redactor)),
        }
    }

    /// The response as it was received.
    ///
    /// # Errors
    /// Where its body cannot be read.
    pub(super) fn response(&self) -> Result<Response, String> {
        let mut response = Response::new(self.status, self.headers.clone(), self.body.bytes()?);
        response.version = version(&self.version);
        response.size_on_wire = self.size_on_wire;
        response.trailers.clone_from(&self.trailers);
        response.interim.clone_from(&self.interim);
        response.complete = !self.cut;
        response.body_error = self.cut_by.as_ref().map(|cut| Box::new(cut.error()));
        Ok(response)
    }
}

/// A protocol's version by its name, in our own format and in HAR (`HTTP/1.1`, `h2`).
pub(super) fn version(name: &str) -> Version {
    match name
        .to_ascii_lowercase()
        .trim_start_matches("http/")
        .trim_start_matches('h')
    {
        "1.0" => Version::Http10,
        "2" | "2.0" => Version::Http2,
        _ => Version::Http11,
    }
}

impl FailedExchange {
    fn new(error: &Error, (method, url): (String, String), redactor: &Redactor) -> Self {
        let text = |text: &str| redactor.redact_message(text).into_owned();
        Self {
            kind: error.kind.name().to_owned(),
            message: text(&error.message),
            hint: error.hint.as_deref().map(text),
            url,
            method,
            unsent: false,
        }
    }

    /// The error as it was.
    pub(super) fn error(&self) -> Error {
        Error {
            hint: self.hint.clone(),
            ..error(&self.kind, &self.message)
        }
    }
}

impl Truncation {
    fn new(error: &Error, redactor: &Redactor) -> Self {
        let text = |text: &str| redactor.redact_message(text).into_owned();
        let (message, hint) = (text(&error.message), error.hint.as_deref().map(text));
        Self {
            kind: error.kind.name().to_owned(),
            message,
            hint,
        }
    }

    /// The error as it was.
    pub(super) fn error(&self) -> Error {
        Error {
            hint: self.hint.clone(),
            ..error(&self.kind, &self.message)
        }
    }
}

fn error(name: &str, message: &str) -> Error {
    Error::new(kind(name), message)
}

fn kind(name: &str) -> http::ErrorKind {
    let known = http::ErrorKind::ALL
        .into_iter()
        .find(|known| known.name() == name);
    known.unwrap_or(http::ErrorKind::Protocol)
}
