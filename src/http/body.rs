//! Reading bodies: bounded in size and time while they come in. What came before a body broke is kept.

use std::time::{Duration, Instant};

use http_body_util::BodyExt as _;
use hyper::body::{Body as _, Incoming};

use super::header::received_headers;
use super::{Error, ErrorKind, Header, failure, wording};

/// The announced length of a body is believed up to here before it has come.
const MOST_AHEAD: u64 = 1 << 20;

/// A body as it came over the wire.
pub(super) struct Read {
    /// Its bytes, in their codings; those that came, if it is broken.
    pub(super) bytes: Vec<u8>,
    /// What came behind it (RFC 9110 section 6.5).
    pub(super) trailers: Vec<Header>,
    /// How reading ended.
    pub(super) end: BodyEnd,
}

/// How reading a body ended.
pub(super) enum BodyEnd {
    /// The body was over.
    Whole,
    /// It was enough, or the time for a stream was over.
    Early,
    /// It is cut, too large, or late.
    Broken(Error),
}

/// Whether the part of a body that came is enough.
pub(super) type Enough<'a> = dyn Fn(&[u8]) -> bool + 'a;

/// How much is read of a body.
#[derive(Clone, Copy)]
pub(super) struct Bounds<'a> {
    /// The largest size in bytes.
    pub(super) size: u64,
    /// When reading must be over.
    pub(super) deadline: Option<Instant>,
    /// The limit that the deadline comes from.
    pub(super) timeout: Duration,
    /// Whether what came so far is enough, for a body that may have no end: then the deadline is no failure.
    pub(super) enough: Option<&'a Enough<'a>>,
}

/// Reads the body as it comes over the wire.
pub(super) async fn read(incoming: &mut Incoming, bounds: Bounds<'_>) -> Read {
    let expected = incoming.size_hint().exact();
    if expected.is_some_and(|length| length > bounds.size) {
        return Read {
            bytes: Vec::new(),
            trailers: Vec::new(),
            end: BodyEnd::Broken(too_large(bounds.size)),
        };
    }
    let ahead = expected.unwrap_or_default().min(MOST_AHEAD);
    let mut read = Read {
        bytes: Vec::with_capacity(usize::try_from(ahead).unwrap_or_default()),
        trailers: Vec::new(),
        end: BodyEnd::Early,
    };
    let reading = frames(incoming, &mut read, bounds, expected);
    let ended = match bounds.deadline {
        Some(deadline) => tokio::time::timeout_at(deadline.into(), reading).await.ok(),
        None => Some(reading.await),
    };
    read.end = match ended {
        Some(end) => end,
        None if bounds.enough.is_some() => BodyEnd::Early,
        None => BodyEnd::Broken(failure::late_body(
            bounds.timeout,
            read.bytes.len() as u64,
            expected,
        )),
    };
    read
}

async fn frames(
    incoming: &mut Incoming,
    read: &mut Read,
    bounds: Bounds<'_>,
    expected: Option<u64>,
) -> BodyEnd {
    while bounds.enough.is_none_or(|enough| !enough(&read.bytes)) {
        match incoming.frame().await {
            None => return BodyEnd::Whole,
            Some(Ok(frame)) => match frame.into_data() {
                Ok(chunk) => read.bytes.extend_from_slice(&chunk),
                Err(frame) => read.trailers.extend(
                    frame
                        .trailers_ref()
                        .map(received_headers)
                        .unwrap_or_default(),
                ),
            },
            Some(Err(error)) => {
                return BodyEnd::Broken(failure::of_body(
                    &error,
                    read.bytes.len() as u64,
                    expected,
                ));
            }
        }
        if read.bytes.len() as u64 > bounds.size {
            read.bytes
                .truncate(usize::try_from(bounds.size).unwrap_or(usize::MAX));
            return BodyEnd::Broken(too_large(bounds.size));
        }
    }
    BodyEnd::Early
}

pub(super) fn too_large(limit: u64) -> Error {
    let message = format!("body larger than the limit of {}", wording::size(limit));
    Error::new(ErrorKind::Body, message).hint("`max_body` sets the limit")
}
