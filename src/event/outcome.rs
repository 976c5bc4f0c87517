//! What became of a request.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{ErrorKind, Exchange, Part, Place, Subject};

/// How a request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Every expectation held.
    Passed,
    /// Every expectation held, but only when tried again.
    Flaky,
    /// An expectation did not hold, or there was no response.
    Failed,
    /// Not sent, since what it needs failed.
    Blocked,
    /// Not sent, as asked.
    Skipped,
    /// Not sent, since the run was stopped.
    NotRun,
}

/// A request is judged, or will not be sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RequestFinished {
    /// The collection's file.
    pub path: String,
    /// Which row of the collection's rows, from 1.
    pub collection_row: Option<usize>,
    /// The request's name: its identity inside the collection.
    pub name: String,
    /// Which row of the request's rows, from 1.
    pub row: Option<usize>,
    /// The name with its expressions evaluated for the row, if it holds any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// `setup`, `request` or `teardown`.
    pub part: Part,
    /// Whether it runs only because a selected request needs it.
    pub needed: bool,
    /// Its tags.
    pub tags: Vec<String>,
    /// Its block in the collection.
    pub place: Place,
    /// How it ended.
    pub status: Status,
    /// Why it was skipped, blocked or not run; where two stages were compared, what was left out.
    pub reason: Option<String>,
    /// The name of the request whose failure blocked this one, where it is known.
    pub blocked_by: Option<String>,
    /// The method, as sent.
    pub method: String,
    /// The URL as sent; as written, where nothing was sent.
    pub url: String,
    /// The response's status code.
    pub code: Option<u16>,
    /// When the last try began, since the run did.
    #[serde(rename = "start_s", default, with = "super::seconds")]
    pub start: Duration,
    /// The time of the last response, without pauses and earlier tries.
    #[serde(rename = "duration_s", with = "super::seconds")]
    pub duration: Duration,
    /// How many times it was sent.
    pub sent: usize,
    /// The tries before the last, the first of them.
    #[serde(default)]
    pub attempts: Vec<Attempt>,
    /// How many expectations were judged.
    pub expectations: usize,
    /// Those that did not hold.
    pub failures: Vec<Failure>,
    /// The class of the failure on the wire, if there is no response (`dns`, `connect`, `tls`, `timeout` …) or its body is
    /// broken (`body`, `timeout`).
    pub error: Option<ErrorKind>,
    /// What is most likely the matter.
    pub diagnosis: Option<String>,
    /// What of the exchange helps to understand the failures: header lines, redirects, phases, by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub facts: Vec<(String, String)>,
    /// Ids that the stage's operators can look up.
    pub request_ids: Vec<(String, String)>,
    /// The command that repeats the request, secrets as shell variables; with a failure.
    pub curl: Option<String>,
    /// The command that runs just this request again; with a failure.
    pub rerun: Option<String>,
    /// What was sent and received: with a failure, and where every exchange is asked for.
    pub exchange: Option<Exchange>,
}

/// A try after which the request was sent again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// The response's status code.
    pub code: Option<u16>,
    /// The class of the failure on the wire, if there is no response or its body is broken.
    pub error: Option<ErrorKind>,
    /// The time of the response.
    #[serde(rename = "duration_s", with = "super::seconds")]
    pub duration: Duration,
    /// What did not hold; `None` where the response itself was reason enough.
    pub reason: Option<String>,
    /// Whether the client itself sent the request again, without `retry`: on a connection that the server had closed, or with other
    /// credentials.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub resent: bool,
}

/// An expectation or capture that did not hold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Failure {
    /// What was judged: `status`, `header content-type`, `json`, `jsonpath $.message`, `capture token` …
    pub subject: Subject,
    /// The user's own words for it.
    pub message: Option<String>,
    /// What was expected.
    pub expected: String,
    /// What came; `None` where nothing did.
    pub actual: Option<String>,
    /// Why it could not be judged, or what was not found.
    pub reason: Option<String>,
    /// What differs inside documents and texts, a line each.
    pub differences: Vec<Difference>,
    /// How many differences there are beyond those listed.
    pub more_differences: usize,
    /// What may help.
    pub hint: Option<String>,
    /// Where the expectation is written; `None` for one that stands by default.
    pub place: Option<Place>,
}

/// One thing that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// Where in the document, `$.order.items[1].qty`; empty for a line of text.
    pub path: String,
    /// What differs there, in words: `expected 3, got 1`; for texts a line with `-` or `+` before it.
    pub text: String,
}
