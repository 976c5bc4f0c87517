//! HTTP Archive 1.2, which browsers' tools and proxies open: an entry a response, redirects before the last.
//!
//! It holds what events tell, whose bodies are bounded and redacted; `--record x.har` keeps whole ones.

use std::io;

use indexmap::IndexMap;
use jiff::{SignedDuration, Timestamp};
use url::Url;

use super::case::Id;
use super::{Kind, Output, Reporter};
use crate::event::{self, ErrorKind, Event, Exchange, Message, RequestFinished};
use crate::http::changes_method;
use crate::recording::har::{self, Frame};
use crate::recording::{self, Answer, Entry, FailedExchange, Hop, Identity, Sent, Timing};

/// The report `har`.
pub const KIND: Kind = Kind {
    name: "har",
    about: "every exchange as HAR 1.2, for browser tools",
    exchanges: true,
    beside: false,
    open: |output| {
        Box::new(Har {
            output: Some(output),
            ..Har::default()
        })
    },
};

/// Writes entries as they come.
#[derive(Default)]
struct Har {
    output: Option<Output>,
    frame: Option<Frame>,
    /// When the run began.
    start: Timestamp,
    /// The collections that are not over: their names and URLs.
    collections: IndexMap<Id, (String, Option<String>)>,
}

impl Har {
    fn request(&mut self, request: &RequestFinished, exchange: &Exchange) -> io::Result<()> {
        let known = self
            .collections
            .get(&(request.path.clone(), request.collection_row));
        let (collection, base_url) = known.cloned().unwrap_or_default();
        let of = Identity {
            path: request.path.clone(),
            collection,
            collection_row: request.collection_row,
            name: request.name.clone(),
            row: request.row,
        };
        let start = SignedDuration::try_from(request.start)
            .ok()
            .and_then(|since| self.start.checked_add(since).ok());
        let time = start.unwrap_or(self.start).to_string();
        let entry = entry(request, exchange, (of, base_url, time));
        let mut entries = recording::entries(&entry);
        if let Some(last) = entries.last_mut() {
            bound(last, exchange);
        }
        entries.iter().try_for_each(|entry| self.write(entry))
    }

    fn write(&mut self, entry: &har::Entry) -> io::Result<()> {
        let Some(output) = &mut self.output else {
            return Ok(());
        };
        let frame = match &mut self.frame {
            Some(frame) => frame,
            none => none.insert(Frame::open(output, None)?),
        };
        frame.entry(output, entry)
    }
}

impl Reporter for Har {
    fn tell(&mut self, event: &Event) -> io::Result<()> {
        match event {
            Event::RunStarted(run) => {
                self.start = run.time.parse().unwrap_or(Timestamp::UNIX_EPOCH);
            }
            Event::CollectionStarted(started) => {
                let known = (started.name.clone(), started.base_url.clone());
                self.collections
                    .insert((started.path.clone(), started.row), known);
            }
            Event::CollectionFinished(over) => {
                self.collections
                    .shift_remove(&(over.path.clone(), over.row));
            }
            Event::RequestFinished(request) => {
                if let Some(exchange) = &request.exchange {
                    self.request(request, exchange)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn finish(&mut self) -> io::Result<()> {
        let Some(mut output) = self.output.take() else {
            return Ok(());
        };
        let frame = match self.frame.take() {
            Some(frame) => frame,
            None => Frame::open(&mut output, None)?,
        };
        frame.close(&mut output)?;
        output.finish()
    }
}

/// An exchange of an event as recordings have it: with the methods and URLs of all its responses.
fn entry(
    request: &RequestFinished,
    exchange: &Exchange,
    (of, base_url, time): (Identity, Option<String>, String),
) -> Entry {
    let (method, url) = first(request, &exchange.request);
    let sent = Sent {
        method: method.clone(),
        url: url.clone(),
        headers: exchange.request.headers.clone(),
        body: exchange.request.body.as_ref().and_then(body),
    };
    let (hops, (method, url)) = hops(exchange, (method, url));
    let response = exchange
        .response
        .as_ref()
        .map(|message| answer(message, (method.clone(), url.clone()), request.code));
    let response = response.map(|answer| match &exchange.error {
        Some(message) => Answer {
            cut: true,
            cut_by: Some(cut(request, message)),
            ..answer
        },
        None => answer,
    });
    let lost = exchange.error.as_ref().filter(|_| response.is_none());
    let error = lost.map(|message| FailedExchange {
        kind: request.error.map_or("", ErrorKind::name).to_owned(),
        message: message.clone(),
        hint: None,
        url,
        method,
        unsent: false,
    });
    let duration_s = request.duration.as_secs_f64();
    let opened = request.code == Some(101);
    let messages = opened.then(|| exchange.messages.iter().map(said).collect());
    let timing = timing(&exchange.timing);
    let resends = request
        .attempts
        .iter()
        .filter(|attempt| attempt.resent)
        .map(resend)
        .collect();
    Entry {
        of,
        base_url,
        time,
        duration_s,
        timing,
        request: sent,
        hops,
        response,
        error,
        messages,
        resends,
        auth: false,
    }
}

/// The redirects of an exchange, and the method and URL of its last request.
fn hops(
    exchange: &Exchange,
    (mut method, mut url): (String, String),
) -> (Vec<Hop>, (String, String)) {
    let mut hops = Vec::new();
    for hop in &exchange.hops {
        let location = hop
            .headers
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case("location"));
        let next = location.and_then(|(_, to)| Url::parse(&hop.url).ok()?.join(to).ok());
        hops.push(Hop {
            method: method.clone(),
            url: hop.url.clone(),
            status: hop.status,
            headers: hop.headers.clone(),
            timing: timing(&hop.timing),
        });
        url = next.map_or(url, String::from);
        if changes_method(&method, hop.status) {
            "GET".clone_into(&mut method);
        }
    }
    (hops, (method, url))
}

fn resend(attempt: &event::Attempt) -> recording::Resend {
    recording::Resend {
        status: attempt.code,
        error: attempt.error.map(|error| error.name().to_owned()),
        duration_s: attempt.duration.as_secs_f64(),
        reason: attempt.reason.clone().unwrap_or_default(),
    }
}

/// Why the body of a response is broken.
fn cut(request: &RequestFinished, message: &str) -> recording::Truncation {
    recording::Truncation {
        kind: request.error.map_or("", ErrorKind::name).to_owned(),
        message: message.to_owned(),
        hint: None,
    }
}

/// What was said over a WebSocket. Bytes that are no text are not in events.
fn said(frame: &event::Frame) -> recording::Message {
    let body = body(&frame.body).unwrap_or(recording::Body::Base64(String::new()));
    let event::Frame { sent, code, at, .. } = *frame;
    recording::Message {
        sent,
        at_s: at.as_secs_f64(),
        kind: frame.kind.clone(),
        code,
        body,
    }
}

/// Method and URL as they stand in the first line, as sent.
fn first(request: &RequestFinished, message: &Message) -> (String, String) {
    let mut words = message.line.split(' ');
    let method = words.next().unwrap_or(&request.method).to_owned();
    (method, words.next().unwrap_or(&request.url).to_owned())
}

fn answer(message: &Message, (method, url): (String, String), code: Option<u16>) -> Answer {
    let version = message
        .line
        .split(' ')
        .next()
        .and_then(|word| word.strip_prefix("HTTP/"))
        .unwrap_or("1.1");
    Answer {
        method,
        url,
        version: version.to_owned(),
        status: code.unwrap_or_default(),
        headers: message.headers.clone(),
        body: message
            .body
            .as_ref()
            .and_then(body)
            .unwrap_or(recording::Body::Text(String::new())),
        size_on_wire: message.body.as_ref().map_or(0, |body| body.size as u64),
        trailers: Vec::new(),
        interim: Vec::new(),
        cut: false,
        cut_by: None,
    }
}

fn body(body: &event::Body) -> Option<recording::Body> {
    body.text.clone().map(recording::Body::Text)
}

fn timing(timing: &event::Timing) -> Timing {
    let seconds = |phase: Option<std::time::Duration>| phase.map(|phase| phase.as_secs_f64());
    Timing {
        dns_s: seconds(timing.dns),
        connect_s: seconds(timing.connect),
        tls_s: seconds(timing.tls),
        first_byte_s: seconds(timing.first_byte),
        download_s: seconds(timing.download),
        total_s: timing.total.as_secs_f64(),
    }
}

/// Says what of the bodies is not there: they are bounded in the events, and bytes that are not text are not in them.
fn bound(entry: &mut har::Entry, exchange: &Exchange) {
    let size = |body: &event::Body| i64::try_from(body.size).unwrap_or(-1);
    if let Some(body) = &exchange.request.body {
        entry.request.body_size = size(body);
    }
    let Some(body) = exchange
        .response
        .as_ref()
        .and_then(|response| response.body.as_ref())
    else {
        return;
    };
    let content = &mut entry.response.content;
    content.size = size(body);
    if body.text.is_none() {
        content.text = None;
        content.comment = Some("bytes that are not text are not kept".to_owned());
    } else if body.cut {
        content.comment = Some("the start of the body".to_owned());
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::report::samples;

    #[test]
    fn every_run() {
        for (name, events) in samples::runs() {
            insta::assert_snapshot!(name, samples::written(&KIND, &events));
        }
    }

    #[test]
    fn redirects_are_entries_of_their_own_with_the_method_that_they_lead_to() {
        let hop = |url: &str, status: u16, to: &str| event::Hop {
            url: url.into(),
            status,
            headers: vec![("Location".into(), to.into())],
            duration: Duration::from_millis(2),
            timing: event::Timing::default(),
        };
        let mut request = samples::passed("an order");
        let mut exchange = samples::exchange("{}");
        exchange.request.line = "POST http://h/orders".into();
        exchange.hops = vec![
            hop("http://h/orders", 307, "/new"),
            hop("http://h/new", 303, "http://i/7?a=%20b"),
        ];
        request.exchange = Some(exchange);
        let written: serde_json::Value =
            serde_json::from_str(&samples::written(&KIND, &samples::plain(vec![request]))).unwrap();
        let entries = written["log"]["entries"].as_array().unwrap();
        let sent: Vec<_> = entries
            .iter()
            .map(|entry| {
                format!(
                    "{} {} {}",
                    entry["request"]["method"],
                    entry["request"]["url"],
                    entry["response"]["status"]
                )
            })
            .collect();
        let expected = [
            "\"POST\" \"http://h/orders\" 307",
            "\"POST\" \"http://h/new\" 303",
            "\"GET\" \"http://i/7?a=%20b\" 200",
        ];
        assert_eq!(sent, expected);
    }
}
