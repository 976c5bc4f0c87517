//! What is compared, and the differences.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

use apitest::http::boundary_of;

use crate::support::Received;

/// The differences of a case: the field, and what each client has.
pub(super) type Differences = BTreeMap<String, String>;

/// What became of a case: what the servers received, and what the client made of each response.
type Seen = (Vec<(&'static str, Received)>, Vec<Outcome>);

/// Header lines by their name in lower case, in order.
type Headers = BTreeMap<String, Vec<String>>;

/// A response as a client sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SeenResponse {
    pub(super) status: u16,
    pub(super) version: &'static str,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
    /// The final URL, without ports.
    pub(super) url: String,
    pub(super) redirects: usize,
}

/// A response, or the client's message.
pub(super) type Outcome = Result<SeenResponse, String>;

pub(super) fn differences(ours: &Seen, theirs: &Seen) -> Differences {
    let mut found = Differences::new();
    let line = |(server, request): &(&str, Received)| {
        format!(
            "{server}: {} {} {}",
            request.method, request.target, request.version
        )
    };
    let lines = |seen: &Seen| seen.0.iter().map(line).collect::<Vec<_>>();
    note(&mut found, "requests", &lines(ours), &lines(theirs));
    note(
        &mut found,
        "connections",
        &connections(ours),
        &connections(theirs),
    );
    for ((_, ours), (_, theirs)) in ours.0.iter().zip(&theirs.0) {
        let [ours, theirs] = [ours, theirs].map(without_boundary);
        note_headers(&mut found, "header", &ours.headers, &theirs.headers);
        let [our_body, their_body] = [&ours.body, &theirs.body].map(|body| shown(body));
        note(&mut found, "body", &our_body, &their_body);
    }
    for (ours, theirs) in ours.1.iter().zip(&theirs.1) {
        note_responses(&mut found, ours, theirs);
    }
    found
}

fn note_responses(found: &mut Differences, ours: &Outcome, theirs: &Outcome) {
    let (Ok(ours), Ok(theirs)) = (ours, theirs) else {
        if ours.is_ok() != theirs.is_ok() {
            note(found, "outcome", ours, theirs);
        }
        return;
    };
    note(found, "status", &ours.status, &theirs.status);
    note(found, "version", &ours.version, &theirs.version);
    note(
        found,
        "response body",
        &shown(&ours.body),
        &shown(&theirs.body),
    );
    note(found, "url", &ours.url, &theirs.url);
    note(found, "redirects", &ours.redirects, &theirs.redirects);
    note_headers(found, "response header", &ours.headers, &theirs.headers);
}

fn note(
    found: &mut Differences,
    field: &str,
    ours: &(impl Debug + PartialEq),
    theirs: &(impl Debug + PartialEq),
) {
    let [ours, theirs] = [format!("{ours:?}"), format!("{theirs:?}")];
    if ours != theirs {
        found.insert(field.to_owned(), format!("{ours}, with reqwest {theirs}"));
    }
}

fn note_headers(
    found: &mut Differences,
    kind: &str,
    ours: &[(String, String)],
    theirs: &[(String, String)],
) {
    let [ours, theirs] = [ours, theirs].map(headers);
    let names: BTreeSet<_> = ours.keys().chain(theirs.keys()).collect();
    for name in names {
        note(
            found,
            &format!("{kind} {name}"),
            &ours.get(name),
            &theirs.get(name),
        );
    }
}

fn headers(lines: &[(String, String)]) -> Headers {
    let mut headers = Headers::new();
    for (name, value) in lines {
        let name = name.to_ascii_lowercase();
        let value = match name.as_str() {
            "user-agent" if value.starts_with("apitest/") => continue,
            "accept-encoding" => sorted(value, ','),
            "cookie" => sorted(value, ';'),
            _ => value.clone(),
        };
        headers.entry(name).or_default().push(value);
    }
    headers
}

/// A list in alphabetical order.
fn sorted(list: &str, separator: char) -> String {
    let mut items: Vec<_> = list.split(separator).map(str::trim).collect();
    items.sort_unstable();
    items.join(&format!("{separator} "))
}

/// The connection of each request: the server, and its number from 0 among those of the case.
fn connections(seen: &Seen) -> Vec<(&'static str, usize)> {
    let first = |server: &str| {
        let of_server = seen.0.iter().filter(|(known, _)| *known == server);
        of_server.map(|(_, request)| request.connection).min()
    };
    let number = |(server, request): &(&'static str, Received)| {
        (
            *server,
            request.connection - first(server).unwrap_or_default(),
        )
    };
    seen.0.iter().map(number).collect()
}

/// The request with the word `BOUNDARY` for the boundary of its form.
fn without_boundary(request: &Received) -> Received {
    let Some(boundary) = request
        .header("content-type")
        .and_then(boundary_of)
        .map(str::to_owned)
    else {
        return request.clone();
    };
    let mut request = request.clone();
    let body = String::from_utf8_lossy(&request.body).replace(&boundary, "BOUNDARY");
    for (_, value) in &mut request.headers {
        *value = value.replace(&boundary, "BOUNDARY");
    }
    // The length of the body says whether the rest of it is the same.
    request
        .headers
        .retain(|(name, _)| !name.eq_ignore_ascii_case("content-length"));
    request
        .headers
        .push(("content-length".to_owned(), body.len().to_string()));
    request.body = body.into_bytes();
    request
}

/// A body as text; of a long one its beginning, with its length and a sum.
fn shown(body: &[u8]) -> String {
    if body.len() <= 500 {
        return body.escape_ascii().to_string();
    }
    let sum = body.iter().fold(0_u64, |sum, byte| {
        sum.wrapping_mul(31).wrapping_add(u64::from(*byte))
    });
    format!(
        "{}… {} bytes, {sum:x}",
        body[..100].escape_ascii(),
        body.len()
    )
}
