//! Our exchanges as HAR has them, and HAR's as ours.

use serde::{Deserialize, Serialize};
use url::Url;

use super::entry::{Answer, Body, Entry, FailedExchange, Identity, Resend, Timing, Truncation};
use super::har::{self, Content, Pair, PostData, Timings};
use super::message::Message;
use crate::http;

/// What this program adds to an entry of HAR.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Own {
    #[serde(flatten)]
    pub(super) of: Option<Identity>,
    pub(super) base_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<FailedExchange>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) auth: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) cut: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) cut_by: Option<Truncation>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) trailers: Vec<(String, String)>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) interim: Vec<u16>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) resends: Vec<Resend>,
}

/// The entries of an exchange: one a response, redirects before the last.
#[must_use]
pub fn entries(entry: &Entry) -> Vec<har::Entry> {
    let hops = entry.hops.iter().map(|hop| {
        let response = head(hop.status, &hop.headers, "1.1");
        frame(entry, (&hop.method, &hop.url), response, hop.timing)
    });
    let end = match (&entry.response, &entry.error) {
        (Some(answer), _) => Some(last(entry, answer)),
        (None, Some(lost)) => Some(ended(entry, lost)),
        (None, None) => None,
    };
    hops.chain(end).collect()
}

/// An entry with what all entries of an exchange have.
fn frame(
    entry: &Entry,
    (method, url): (&str, &str),
    response: har::Response,
    timing: Timing,
) -> har::Entry {
    har::Entry {
        started_date_time: entry.time.clone(),
        time: timing.total_s * 1000.0,
        request: request(entry, (method, url)),
        response,
        cache: serde_json::Map::new(),
        timings: Timings::of(&timing),
        server_ip_address: None,
        resource_type: None,
        messages: None,
        own: own(entry, None, Own::default()),
    }
}

/// What this program adds: who sent it, and what is particular to an entry.
fn own(entry: &Entry, error: Option<&FailedExchange>, own: Own) -> Option<serde_json::Value> {
    let own = Own {
        of: Some(entry.of.clone()),
        base_url: entry.base_url.clone(),
        error: error.cloned(),
        auth: entry.auth,
        ..own
    };
    serde_json::to_value(own).ok()
}

/// The entry of the last response.
fn last(entry: &Entry, answer: &Answer) -> har::Entry {
    let mut response = head(answer.status, &answer.headers, &answer.version);
    response.content = content(&answer.body, &response.headers);
    response.error = answer.cut_by.as_ref().map(|cut| cut.message.clone());
    response.body_size = i64::try_from(answer.size_on_wire).unwrap_or(-1);
    let more = Own {
        cut: answer.cut,
        cut_by: answer.cut_by.clone(),
        trailers: answer.trailers.clone(),
        interim: answer.interim.clone(),
        resends: entry.resends.clone(),
        ..Own::default()
    };
    let to_har = |message: &Message| message.to_har(&entry.time);
    let messages = entry.messages.as_ref();
    har::Entry {
        resource_type: messages.map(|_| "websocket".to_owned()),
        messages: messages.map(|messages| messages.iter().map(to_har).collect()),
        own: own(entry, entry.error.as_ref(), more),
        ..frame(
            entry,
            (&answer.method, &answer.url),
            response,
            entry.last_timing(),
        )
    }
}

/// The entry of a request that got no response.
fn ended(entry: &Entry, lost: &FailedExchange) -> har::Entry {
    let response = har::Response {
        error: Some(lost.message.clone()),
        ..head(0, &[], "1.1")
    };
    let more = Own {
        resends: entry.resends.clone(),
        ..Own::default()
    };
    har::Entry {
        own: own(entry, Some(lost), more),
        ..frame(
            entry,
            (&lost.method, &lost.url),
            response,
            entry.last_timing(),
        )
    }
}

impl Timings {
    /// The phases in milliseconds; HAR's `connect` holds the TLS handshake too.
    fn of(timing: &Timing) -> Self {
        let phase = |seconds: Option<f64>| seconds.map_or(-1.0, |seconds| seconds * 1000.0);
        let both = timing
            .connect_s
            .map(|connect| connect + timing.tls_s.unwrap_or(0.0));
        Self {
            dns: phase(timing.dns_s),
            connect: phase(both),
            ssl: phase(timing.tls_s),
            wait: phase(timing.first_byte_s.or(Some(timing.total_s))),
            receive: phase(timing.download_s).max(0.0),
            ..Self::default()
        }
    }

    /// The phases of a response that took so many milliseconds.
    pub(super) fn timing(&self, total: f64) -> http::Timing {
        let seconds = |phase: f64| (phase >= 0.0).then_some(phase / 1000.0);
        let timing = Timing {
            dns_s: seconds(self.dns),
            connect_s: seconds(self.connect)
                .map(|both| (both - self.ssl.max(0.0) / 1000.0).max(0.0)),
            tls_s: seconds(self.ssl),
            first_byte_s: seconds(self.wait),
            download_s: seconds(self.receive),
            total_s: total.max(0.0) / 1000.0,
        };
        timing.timing()
    }
}

fn pairs(headers: &[(String, String)]) -> Vec<Pair> {
    Pair::list(
        headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str())),
    )
}

/// The value of a header, empty where it is not there.
fn header<'a>(headers: &'a [Pair], name: &str) -> &'a str {
    headers
        .iter()
        .find(|pair| pair.name.eq_ignore_ascii_case(name))
        .map_or("", |pair| pair.value.as_str())
}

/// A request of an exchange; a redirect that changes the method drops the body.
fn request(entry: &Entry, (method, url): (&str, &str)) -> har::Request {
    let headers = pairs(&entry.request.headers);
    let body = entry
        .request
        .body
        .as_ref()
        .filter(|_| method == entry.request.method);
    let post_data = body.map(|body| {
        let (text, encoding) = match body {
            Body::Text(text) => (text.clone(), None),
            Body::Base64(text) => (text.clone(), Some("base64".to_owned())),
        };
        PostData {
            mime_type: header(&headers, "content-type").to_owned(),
            text,
            encoding,
        }
    });
    let size = body
        .and_then(|body| body.bytes().ok())
        .map_or(0, |bytes| bytes.len());
    let parsed = Url::parse(url).ok();
    let query: Vec<(String, String)> = parsed
        .iter()
        .flat_map(|url| url.query_pairs().into_owned())
        .collect();
    har::Request {
        method: method.to_owned(),
        url: url.to_owned(),
        http_version: "HTTP/1.1".to_owned(),
        cookies: Vec::new(),
        query_string: pairs(&query),
        headers,
        post_data,
        headers_size: -1,
        body_size: i64::try_from(size).unwrap_or(-1),
    }
}

/// A response without its body.
fn head(status: u16, headers: &[(String, String)], version: &str) -> har::Response {
    let headers = pairs(headers);
    let phrase = ::http::StatusCode::from_u16(status)
        .ok()
        .and_then(|status| status.canonical_reason());
    har::Response {
        status,
        status_text: phrase.unwrap_or_default().to_owned(),
        http_version: format!("HTTP/{version}"),
        redirect_url: header(&headers, "location").to_owned(),
        content: Content {
            mime_type: header(&headers, "content-type").to_owned(),
            ..Content::default()
        },
        headers,
        headers_size: -1,
        body_size: -1,
        ..har::Response::default()
    }
}

fn content(body: &Body, headers: &[Pair]) -> Content {
    let (text, encoding) = match body {
        Body::Text(text) => (text.clone(), None),
        Body::Base64(text) => (text.clone(), Some("base64".to_owned())),
    };
    let size = body.bytes().map_or(0, |bytes| bytes.len());
    Content {
        size: i64::try_from(size).unwrap_or(-1),
        mime_type: header(headers, "content-type").to_owned(),
        text: Some(text),
        encoding,
        comment: None,
    }
}
