//! Taking bodies out of their content codings, bounded again: what could be decoded of a broken one is kept.

use std::io::{self, Read};
use std::time::{Duration, Instant};

use brotli::enc::StandardAlloc;
use brotli::{BrotliDecompressStream, BrotliResult, BrotliState};
use bytes::Bytes;

use super::body::too_large;
use super::failure::late_decoding;
use super::{Coding, Error, ErrorKind, Response, wording};
use crate::secret::Redactor;

/// More codings than this, one around the other, are refused: each may cost as much as the largest body.
const MOST_CODINGS: usize = 4;
/// How everything begins that is gzip (RFC 1952 section 2.3.1).
const GZIP: &[u8] = b"\x1f\x8b";
/// The window that RFC 9659 allows, as a power of two.
const ZSTD_WINDOW_LOG: u32 = 23;
const HINT: &str = "the encoding is named by the response's `content-encoding`";
/// How much is decoded between two looks at the clock.
const AT_ONCE: u64 = 1 << 20;
/// How long decoding may take in any case: a body may come at the very end of its time.
const GRACE: Duration = Duration::from_millis(250);
/// How much Brotli writes at once.
const BROTLI_BUFFER: usize = 64 * 1024;
/// How much of a body is quoted that is not what its coding says.
const QUOTED: usize = 24;

/// How much is decoded, and until when.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    /// The largest size in bytes.
    size: u64,
    /// When decoding must be over.
    deadline: Option<Instant>,
    /// The limit that the deadline comes from.
    timeout: Duration,
}

impl Bounds {
    /// A size without a deadline.
    pub(crate) fn of(size: u64) -> Self {
        Self {
            size,
            deadline: None,
            timeout: Duration::MAX,
        }
    }

    /// With the time that a request has left.
    pub(crate) fn within(self, started: Instant, timeout: Option<Duration>) -> Self {
        let deadline = timeout.and_then(|timeout| started.checked_add(timeout));
        Self {
            deadline: deadline.map(|deadline| deadline.max(Instant::now() + GRACE)),
            timeout: timeout.unwrap_or(Duration::MAX),
            ..self
        }
    }

    fn is_late(&self) -> bool {
        self.deadline
            .is_some_and(|deadline| Instant::now() >= deadline)
    }
}

/// The response with its body, taken out of the content codings that its headers name. A coding that is not known leaves the
/// body as it came. A body that cannot be decoded breaks the response, unless it is broken already; the part that could be
/// decoded is its body then, or the bytes as they came if there is no such part.
pub(crate) fn decoded(
    mut response: Response,
    raw: Vec<u8>,
    bounds: Bounds,
    secrets: &Redactor,
) -> Response {
    response.size_on_wire = raw.len() as u64;
    let codings = if raw.is_empty() {
        Ok(Vec::new())
    } else {
        codings(&response)
    };
    let mut body = raw;
    let mut broken = codings.as_ref().err().cloned();
    for coding in codings.into_iter().flatten().rev() {
        let whole = response.complete;
        let (decoded, error) = decode(&body, coding, bounds);
        // Of a body that did not come to its end, what can be decoded so far is what there is of it.
        broken = error
            .filter(|broken| whole || !broken.ends_early)
            .map(|broken| broken.told(coding, &body, decoded.len(), (bounds, secrets)));
        if broken.is_none() || !decoded.is_empty() {
            body = decoded;
        }
        if broken.is_some() {
            break;
        }
    }
    response.body = Bytes::from(body);
    response.body_error = response.body_error.take().or(broken.map(Box::new));
    response
}

/// The codings in the order in which they were applied; none if one of them is not known.
fn codings(response: &Response) -> Result<Vec<Coding>, Error> {
    let mut codings = Vec::new();
    for name in response
        .header_lines("content-encoding")
        .flat_map(|line| line.split(','))
        .map(str::trim)
    {
        match name.to_ascii_lowercase().as_str() {
            "" | "identity" => {}
            "gzip" | "x-gzip" => codings.push(Coding::Gzip),
            "deflate" => codings.push(Coding::Deflate),
            "br" => codings.push(Coding::Brotli),
            "zstd" => codings.push(Coding::Zstd),
            _ => return Ok(Vec::new()),
        }
        if codings.len() > MOST_CODINGS {
            let message = format!("body has more than {MOST_CODINGS} content encodings");
            return Err(Error::new(ErrorKind::Body, message).hint(HINT));
        }
    }
    Ok(codings)
}

/// Why a body could not be decoded.
struct Broken {
    /// Whether only its end is missing.
    ends_early: bool,
    why: Why,
}

enum Why {
    TooLarge,
    Late,
    /// It does not begin as its coding does.
    Foreign,
    /// So many bytes stand behind its end.
    Trailing(usize),
    Other(&'static str),
}

impl Broken {
    fn new(why: Why) -> Self {
        Self {
            ends_early: false,
            why,
        }
    }

    fn of(error: &io::Error) -> Self {
        let text = error.to_string();
        let why = match error.kind() {
            io::ErrorKind::TimedOut => return Self::new(Why::Late),
            io::ErrorKind::UnexpectedEof => "it ends too early",
            _ if text.contains("checksum") => "its checksum does not match",
            _ if text.contains("too much memory") => {
                "it needs a window of more than 8 MB (RFC 9659)"
            }
            _ => "its data is damaged",
        };
        Self {
            ends_early: error.kind() == io::ErrorKind::UnexpectedEof,
            why: Why::Other(why),
        }
    }

    fn told(
        self,
        coding: Coding,
        body: &[u8],
        decoded: usize,
        (bounds, secrets): (Bounds, &Redactor),
    ) -> Error {
        let name = coding.name();
        let quoted = |bytes: &[u8]| wording::quoted_without(secrets, bytes, QUOTED);
        let message = match self.why {
            Why::TooLarge => return too_large(bounds.size),
            Why::Late => return late_decoding(bounds.timeout, coding.name(), decoded as u64),
            Why::Foreign => format!(
                "body cannot be decoded as {name}: it begins with {}",
                quoted(body)
            ),
            Why::Trailing(behind) => {
                let rest = body
                    .get(body.len().saturating_sub(behind)..)
                    .unwrap_or_default();
                let (count, verb) = (
                    wording::count(behind as u64),
                    if behind == 1 { "follows" } else { "follow" },
                );
                format!(
                    "body cannot be decoded as {name}: {count} {verb} the end of the {name} stream: {}",
                    quoted(rest)
                )
            }
            Why::Other(why) => format!("body cannot be decoded as {name}: {why}"),
        };
        Error::new(ErrorKind::Body, message).hint(HINT)
    }
}

/// What could be decoded, and why that is not all.
fn decode(body: &[u8], coding: Coding, bounds: Bounds) -> (Vec<u8>, Option<Broken>) {
    let mut decoded = Vec::new();
    let ended = streams(body, coding, bounds, &mut decoded);
    if decoded.len() as u64 > bounds.size {
        decoded.truncate(usize::try_from(bounds.size).unwrap_or(usize::MAX));
        return (decoded, Some(Broken::new(Why::TooLarge)));
    }
    (decoded, ended.err())
}

/// Decodes stream after stream: gzip and zstd may have several (RFC 1952 section 2.2, RFC 8878 section 3.1).
fn streams(
    body: &[u8],
    coding: Coding,
    bounds: Bounds,
    decoded: &mut Vec<u8>,
) -> Result<(), Broken> {
    let begins = |rest: &[u8]| match coding {
        Coding::Gzip => rest.starts_with(GZIP),
        Coding::Zstd => is_zstd(rest),
        Coding::Deflate | Coding::Brotli => false,
    };
    if matches!(coding, Coding::Gzip | Coding::Zstd) && !begins(body) && !is_beginning(body, coding)
    {
        return Err(Broken::new(Why::Foreign));
    }
    let mut rest = body;
    loop {
        rest = stream(rest, coding, bounds, decoded).map_err(|error| Broken::of(&error))?;
        match rest.len() {
            0 => return Ok(()),
            _ if decoded.len() as u64 > bounds.size => return Ok(()),
            _ if begins(rest) => {}
            behind => return Err(Broken::new(Why::Trailing(behind))),
        }
    }
}

/// Whether these few bytes may be the beginning of a stream of which the rest is missing.
fn is_beginning(body: &[u8], coding: Coding) -> bool {
    let magic: &[u8] = if coding == Coding::Gzip { GZIP } else { ZSTD };
    body.len() < magic.len() && magic.starts_with(body)
}

const ZSTD: &[u8] = b"\x28\xb5\x2f\xfd";

/// A frame of zstd, or one that is to be skipped.
fn is_zstd(body: &[u8]) -> bool {
    body.starts_with(ZSTD) || matches!(body, [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..])
}

/// Reads what is decoded, piece by piece, up to one byte more than its bounds.
fn take(reader: &mut dyn Read, bounds: Bounds, decoded: &mut Vec<u8>) -> io::Result<()> {
    loop {
        if bounds.is_late() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        let room = bounds.size.saturating_add(1);
        let room = AT_ONCE.min(room.saturating_sub(decoded.len() as u64));
        let read = (&mut *reader).take(room).read_to_end(decoded)?;
        if (read as u64) < AT_ONCE {
            return Ok(());
        }
    }
}

/// Decodes one stream within the bounds; gives what is behind it.
fn stream<'a>(
    body: &'a [u8],
    coding: Coding,
    bounds: Bounds,
    decoded: &mut Vec<u8>,
) -> io::Result<&'a [u8]> {
    let mut take = |reader: &mut dyn Read| take(reader, bounds, decoded);
    Ok(match coding {
        Coding::Gzip => {
            let mut reader = flate2::bufread::GzDecoder::new(body);
            take(&mut reader)?;
            reader.into_inner()
        }
        // The name means zlib, but servers have sent bare deflate by it: the first two bytes tell.
        Coding::Deflate if is_zlib(body) => {
            let mut reader = flate2::bufread::ZlibDecoder::new(body);
            take(&mut reader)?;
            reader.into_inner()
        }
        Coding::Deflate => {
            let mut reader = flate2::bufread::DeflateDecoder::new(body);
            take(&mut reader)?;
            reader.into_inner()
        }
        Coding::Brotli => brotli_stream(body, bounds, decoded)?,
        Coding::Zstd => {
            let mut reader = zstd::stream::read::Decoder::with_buffer(body)?.single_frame();
            reader.window_log_max(ZSTD_WINDOW_LOG)?;
            take(&mut reader)?;
            reader.finish()
        }
    })
}

/// As [`stream`]: the library's own reader tells a missing end from damage no more than it gives back what is behind the end.
fn brotli_stream<'a>(
    body: &'a [u8],
    bounds: Bounds,
    decoded: &mut Vec<u8>,
) -> io::Result<&'a [u8]> {
    let alloc = StandardAlloc::default();
    let mut state = BrotliState::new(alloc, StandardAlloc::default(), StandardAlloc::default());
    let (mut left, mut at, mut total) = (body.len(), 0, 0);
    let mut buffer = vec![0; BROTLI_BUFFER];
    loop {
        if bounds.is_late() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        let (mut free, mut written) = (buffer.len(), 0);
        let result = BrotliDecompressStream(
            &mut left,
            &mut at,
            body,
            &mut free,
            &mut written,
            &mut buffer,
            &mut total,
            &mut state,
        );
        decoded.extend_from_slice(buffer.get(..written).unwrap_or_default());
        match result {
            BrotliResult::ResultSuccess => return Ok(body.get(at..).unwrap_or_default()),
            _ if decoded.len() as u64 > bounds.size => return Ok(&[]),
            BrotliResult::NeedsMoreOutput => {}
            BrotliResult::NeedsMoreInput => return Err(io::ErrorKind::UnexpectedEof.into()),
            BrotliResult::ResultFailure => return Err(io::ErrorKind::InvalidData.into()),
        }
    }
}

/// RFC 1950 section 2.2: method 8, and a check sum of the header.
fn is_zlib(body: &[u8]) -> bool {
    matches!(body, [first, second, ..] if first & 0x0F == 8 && (u16::from(*first) << 8 | u16::from(*second)) % 31 == 0)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use proptest::prelude::*;

    use super::*;

    fn undo(codings: &[&str], raw: Vec<u8>, limit: u64) -> Result<Response, Error> {
        let response = part(codings, raw, limit);
        match &response.body_error {
            Some(error) => Err(Error::clone(error)),
            None => Ok(response),
        }
    }

    fn part(codings: &[&str], raw: Vec<u8>, limit: u64) -> Response {
        let headers = codings
            .iter()
            .map(|coding| ("Content-Encoding".to_owned(), (*coding).to_owned()));
        decoded(
            Response::new(200, headers.collect(), ""),
            raw,
            Bounds::of(limit),
            &Redactor::default(),
        )
    }

    fn encoded(coding: Coding, bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        coding.encode(bytes).unwrap().read_to_end(&mut out).unwrap();
        out
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn a_bomb_is_decoded_no_longer_than_the_request_may_take() {
        let zeros = vec![0; 64 << 20];
        for (coding, name) in [
            (Coding::Gzip, "gzip"),
            (Coding::Deflate, "deflate"),
            (Coding::Brotli, "br"),
            (Coding::Zstd, "zstd"),
        ] {
            let raw = encoded(coding, &zeros);
            let header = ("Content-Encoding".to_owned(), name.to_owned());
            let late = Bounds {
                deadline: Some(Instant::now()),
                timeout: Duration::from_secs(1),
                ..Bounds::of(u64::MAX)
            };
            let started = Instant::now();
            let response = decoded(
                Response::new(200, vec![header], ""),
                raw,
                late,
                &Redactor::default(),
            );
            let error = response.body_error.as_ref().unwrap();
            assert_eq!(error.kind, ErrorKind::Timeout, "{name}");
            assert!(error.message.contains(name), "{}", error.message);
            assert!(started.elapsed() < Duration::from_secs(1), "{name}");
        }
        let many = gzip(b"").repeat(100_000);
        let left = Bounds::of(100).within(Instant::now(), Some(Duration::from_secs(60)));
        let header = ("Content-Encoding".to_owned(), "gzip".to_owned());
        let response = Response::new(200, vec![header], "");
        let response = decoded(response, many, left, &Redactor::default());
        assert!(response.body_error.is_none() && response.body.is_empty());
    }

    #[test]
    fn codings_are_undone_from_the_last_to_the_first() {
        let raw = zstd::encode_all(&gzip(b"hello")[..], 1).unwrap();
        for codings in [
            &["gzip, zstd"][..],
            &["X-GZIP", "identity, ZSTD"],
            &["gzip ,, zstd"],
        ] {
            let response = undo(codings, raw.clone(), 100).unwrap();
            assert_eq!(
                (&response.body[..], response.size_on_wire),
                (&b"hello"[..], raw.len() as u64)
            );
        }
        assert_eq!(
            undo(&["gzip, klingon"], raw.clone(), 100).unwrap().body,
            raw
        );
    }

    #[test]
    fn members_after_each_other_are_one_body() {
        let raw = [gzip(b"hel"), gzip(b"lo")].concat();
        assert_eq!(&undo(&["gzip"], raw, 5).unwrap().body[..], b"hello");
    }

    #[test]
    fn what_came_of_a_stream_is_decoded() {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(b"data: 1\n\n").unwrap();
        encoder.flush().unwrap();
        let raw = encoder.get_ref().clone();
        let mut response = Response::new(
            200,
            vec![("content-encoding".to_owned(), "gzip".to_owned())],
            "",
        );
        response.complete = false;
        let response = decoded(response, raw.clone(), Bounds::of(100), &Redactor::default());
        assert_eq!(
            (&response.body[..], response.body_error),
            (&b"data: 1\n\n"[..], None)
        );
        assert!(
            undo(&["gzip"], raw, 100)
                .unwrap_err()
                .message
                .ends_with("it ends too early")
        );
    }

    /// Each coding, broken in each way: what is said, and what is kept.
    #[test]
    fn each_coding_says_what_is_wrong_and_keeps_what_it_could_decode() {
        let plain: Vec<u8> = (0..200_000_u32)
            .flat_map(|number| (number / 3).wrapping_mul(2_654_435_761).to_be_bytes())
            .collect();
        for coding in Coding::ALL {
            let (name, raw) = (coding.name(), encoded(coding, &plain));
            let told = |raw: Vec<u8>| {
                let response = part(&[name], raw, 10_000_000);
                (
                    response.body_error.map(|error| error.message),
                    response.body,
                )
            };
            assert_eq!(told(raw.clone()), (None, plain.clone().into()), "{name}");
            let (error, kept) = told(raw[..raw.len() / 2].to_vec());
            assert_eq!(
                error.unwrap(),
                format!("body cannot be decoded as {name}: it ends too early")
            );
            assert!(
                kept.len() > 1000 && plain.starts_with(&kept),
                "{name}: {}",
                kept.len()
            );
            let (error, kept) = told([&raw[..], b"\0<x>"].concat());
            let behind = format!("4 bytes follow the end of the {name} stream: `\\x00<x>`");
            assert_eq!(
                error.unwrap(),
                format!("body cannot be decoded as {name}: {behind}")
            );
            assert_eq!(kept, plain, "{name}");
            let (error, kept) = told(b"<html>502</html>".to_vec());
            assert!(
                error
                    .as_ref()
                    .unwrap()
                    .starts_with("body cannot be decoded as "),
                "{error:?}"
            );
            assert!(!kept.is_empty(), "{name}");
            let mut damaged = raw.clone();
            let middle = damaged.len() / 2;
            damaged[middle..middle + 40].fill(0xff);
            let (error, _) = told(damaged);
            let known = [
                "its data is damaged",
                "its checksum does not match",
                "it ends too early",
                "the end of the",
            ];
            // Without a checksum, damage may look like other data.
            assert!(
                error.is_none_or(|error| known.iter().any(|known| error.contains(known))),
                "{name}"
            );
        }
    }

    #[test]
    fn what_is_not_in_its_coding_at_all_is_shown() {
        let told = |coding: &str| {
            undo(
                &[coding],
                b"{\"message\":\"hello\", \"more\":1}".to_vec(),
                100,
            )
            .unwrap_err()
            .message
        };
        assert_eq!(
            told("gzip"),
            "body cannot be decoded as gzip: it begins with `{\"message\":\"hello\", \"mor…`"
        );
        assert_eq!(
            told("zstd"),
            "body cannot be decoded as zstd: it begins with `{\"message\":\"hello\", \"mor…`"
        );
        assert_eq!(
            undo(&["gzip"], vec![0x1f], 100).unwrap_err().message,
            "body cannot be decoded as gzip: it ends too early"
        );
    }

    #[test]
    fn no_layer_grows_over_the_limit() {
        let zeros = gzip(&[0; 10_000]);
        assert!(undo(&["gzip"], zeros.clone(), 10_000).is_ok());
        let message = "body larger than the limit of 9999 bytes";
        assert_eq!(
            undo(&["gzip"], zeros.clone(), 9_999).unwrap_err().message,
            message
        );
        assert_eq!(
            undo(&["gzip, gzip"], gzip(&zeros), 9_999)
                .unwrap_err()
                .message,
            message
        );
        assert!(undo(&["gzip"], zeros, u64::MAX).is_ok());
    }

    #[test]
    fn a_window_that_no_client_must_hold_is_refused() {
        let mut encoder = zstd::Encoder::new(Vec::new(), 1).unwrap();
        encoder.window_log(27).unwrap();
        encoder.write_all(&[b'x'; 1000]).unwrap();
        let raw = encoder.finish().unwrap();
        assert!(
            undo(&["zstd"], raw, 10_000)
                .unwrap_err()
                .message
                .contains("cannot be decoded as zstd")
        );
    }

    proptest! {
        #[test]
        fn whatever_comes_is_decoded_or_refused(raw: Vec<u8>, coding in "gzip|deflate|br|zstd") {
            if let Ok(response) = undo(&[&coding], raw, 1000) {
                prop_assert!(response.body.len() <= 1000);
            }
        }
    }
}
