//! Reads a recording: lines of our own, or HAR of any tool.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek};
use std::path::Path;

use url::Url;

use super::archive::Own;
use super::entry::{Entry, FailedExchange, Hop, Resend, Timing, version};
use super::har::{self, Archive};
use super::index::{Recording, Take};
use super::message::Message;
use super::recorder::Head;
use crate::http::{Error, ErrorKind, Response, Transcript};
use crate::output::plain;

impl Recording {
    /// Reads a file. What it holds decides, not its name: HAR is one JSON document, our own format one a line.
    ///
    /// # Errors
    /// Where it cannot be read, or is neither; with the line.
    pub fn read(path: &Path) -> Result<Self, String> {
        let open =
            || File::open(path).map_err(|error| format!("it cannot be read: {}", plain(&error)));
        let file = open()?;
        if path.is_dir() {
            return Err("it is a folder".to_owned());
        }
        let mut reader = BufReader::new(file);
        let mut first = String::new();
        // A HAR on one line may be long; our first line is not.
        let head = reader
            .by_ref()
            .take(4096)
            .read_line(&mut first)
            .ok()
            .and_then(|_| serde_json::from_str::<Head>(&first).ok());
        match head {
            Some(head) if head.apitest_recording != 1 => Err(format!(
                "it was made by a later version of apitest (its format is {}, this one reads 1)",
                head.apitest_recording
            )),
            Some(head) => Ok(Self::new(Some(head.about), lines(reader)?)),
            None => {
                reader
                    .rewind()
                    .map_err(|error| format!("it cannot be read: {}", plain(&error)))?;
                archive(reader)
            }
        }
    }
}

/// The exchanges of our own format, after the first line.
fn lines(reader: impl BufRead) -> Result<Vec<Take>, String> {
    let mut takes = Vec::new();
    for (index, line) in reader.lines().enumerate() {
        let number = index + 2;
        let wrong = |reason: String| format!("line {number}: {reason}");
        let line = line.map_err(|error| wrong(error.to_string()))?;
        if line.trim().is_empty() {
            continue;
        }
        let entry: Entry = serde_json::from_str(&line)
            .map_err(|error| wrong(format!("not an exchange: {error}")))?;
        takes.extend(of_entry(&entry).map_err(wrong)?);
    }
    Ok(takes)
}

/// The takes of an exchange: a redirect is one of its own.
fn of_entry(entry: &Entry) -> Result<Vec<Take>, String> {
    // What fetched a token or keys is not asked again: nothing is proved to a recording.
    if entry.auth {
        return Ok(Vec::new());
    }
    let base = entry
        .base_url
        .as_deref()
        .and_then(|base| Url::parse(base).ok());
    let sent = entry
        .request
        .body
        .as_ref()
        .map(super::entry::Body::bytes)
        .transpose()?;
    let content_type = entry
        .request
        .headers
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    let take = |method: &str, url: &str, result: Result<Response, Error>, timing: Timing| Take {
        of: Some(entry.of.clone()),
        base: base.clone(),
        method: method.to_owned(),
        url: Url::parse(url).ok(),
        // A redirect that made a GET of it dropped the body.
        sent: (method == entry.request.method).then(|| sent.clone().unwrap_or_default()),
        content_type: content_type.map(|(_, value)| value.clone()),
        result: Some(result),
        timing: timing.timing(),
        transcript: None,
        resends: Vec::new(),
        unsent: false,
    };
    let redirect = |hop: &Hop| {
        let response = Response::new(hop.status, hop.headers.clone(), "");
        take(&hop.method, &hop.url, Ok(response), hop.timing)
    };
    let mut takes: Vec<Take> = entry.hops.iter().map(redirect).collect();
    let rest = entry.last_timing();
    let resends = entry.resends.iter().map(Resend::resend).collect();
    match (&entry.response, &entry.error) {
        (Some(answer), _) => {
            let take = take(&answer.method, &answer.url, Ok(answer.response()?), rest);
            takes.push(Take {
                transcript: entry.transcript()?,
                resends,
                ..take
            });
        }
        (None, Some(lost)) => {
            let take = take(&lost.method, &lost.url, Err(lost.error()), rest);
            takes.push(Take {
                resends,
                unsent: lost.unsent,
                ..take
            });
        }
        (None, None) => return Err("this exchange has neither `response` nor `error`".to_owned()),
    }
    Ok(takes)
}

fn archive(reader: impl Read) -> Result<Recording, String> {
    let archive: Archive = serde_json::from_reader(reader)
        .map_err(|error| format!("it is neither a recording of apitest nor HAR: {error}"))?;
    let about = archive
        .log
        .own
        .and_then(|own| serde_json::from_value(own).ok());
    let takes = archive.log.entries.into_iter().enumerate();
    let takes = takes.map(|(index, entry)| {
        of_har(entry).map_err(|reason| format!("entry {}: {reason}", index + 1))
    });
    Ok(Recording::new(
        about,
        takes
            .filter_map(Result::transpose)
            .collect::<Result<_, _>>()?,
    ))
}

/// What was sent and received; `None` where it only fetched what proves who sends the request.
fn of_har(mut entry: har::Entry) -> Result<Option<Take>, String> {
    let own: Own = entry
        .own
        .take()
        .and_then(|own| serde_json::from_value(own).ok())
        .unwrap_or_default();
    if own.auth {
        return Ok(None);
    }
    let transcript = transcript(&mut entry, own.error.as_ref())?;
    let (resends, unsent) = (
        own.resends.iter().map(Resend::resend).collect(),
        own.error.as_ref().is_some_and(|lost| lost.unsent),
    );
    let request = entry.request;
    let content_type = request
        .post_data
        .as_ref()
        .map(|data| data.mime_type.clone());
    let sent = request
        .post_data
        .filter(|data| !data.text.is_empty())
        .map(|data| decoded(data.text, data.encoding.as_deref()));
    let base = own
        .base_url
        .as_deref()
        .and_then(|base| Url::parse(base).ok());
    let of = own.of.clone();
    let result = match own.error {
        Some(lost) if transcript.is_none() => Err(lost.error()),
        _ if entry.response.status == 0 => Err(no_answer(&entry.response)),
        error => Ok(response(entry.response, Own { error, ..own })?),
    };
    Ok(Some(Take {
        of,
        base,
        method: request.method.to_ascii_uppercase(),
        url: Url::parse(&request.url).ok(),
        sent: sent.transpose()?,
        content_type,
        result: Some(result),
        timing: entry.timings.timing(entry.time),
        transcript,
        resends,
        unsent,
    }))
}

/// A response, with what this program kept of it besides.
fn response(response: har::Response, own: Own) -> Result<Response, String> {
    let pairs = |pair: har::Pair| (pair.name, pair.value);
    let content = response.content;
    let body = decoded(
        content.text.unwrap_or_default(),
        content.encoding.as_deref(),
    )?;
    let size = u64::try_from(response.body_size).unwrap_or(body.len() as u64);
    let headers = response.headers.into_iter().map(pairs).collect();
    let mut read = Response::new(response.status, headers, body);
    read.version = version(&response.http_version);
    read.size_on_wire = size;
    read.complete = !own.cut;
    read.trailers = own.trailers;
    read.interim = own.interim;
    let foreign = response.error.filter(|reason| !reason.is_empty());
    let foreign = foreign.map(|reason| Error::new(ErrorKind::Body, reason));
    read.body_error = own.cut_by.map(|cut| cut.error()).or(foreign).map(Box::new);
    Ok(read)
}

/// What was said over the WebSocket, and how that ended.
fn transcript(
    entry: &mut har::Entry,
    lost: Option<&FailedExchange>,
) -> Result<Option<Transcript>, String> {
    let Some(messages) = entry.messages.take() else {
        return Ok(None);
    };
    let messages = messages
        .into_iter()
        .map(|message| Message::of_har(message, &entry.started_date_time).said());
    Ok(Some(Transcript {
        said: messages.collect::<Result<_, _>>()?,
        broke: lost.map(FailedExchange::error),
    }))
}

/// Why a browser got no response.
fn no_answer(response: &har::Response) -> Error {
    let reason = response
        .error
        .as_deref()
        .filter(|reason| !reason.is_empty())
        .unwrap_or("no response was recorded");
    Error::new(ErrorKind::Protocol, reason)
}

fn decoded(text: String, encoding: Option<&str>) -> Result<Vec<u8>, String> {
    match encoding {
        Some("base64") => super::entry::Body::Base64(text).bytes(),
        _ => Ok(text.into_bytes()),
    }
}
