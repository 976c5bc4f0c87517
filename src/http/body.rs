//! Reading bodies: bounded while they come in, and bounded again while they are decoded.

use std::io::{self, Read as _};
use std::time::Instant;

use bytes::Bytes;
use http_body_util::BodyExt as _;
use hyper::body::{Body as _, Incoming};
use url::Url;

use super::head::received_headers;
use super::send::note_read;
use super::url::host_port;
use super::{Coding, Error, ErrorKind, Header, Response, failure};

/// What a body says of its own length is believed up to here before it has come.
const MOST_AHEAD: u64 = 1 << 20;
/// More codings than this, one around the other, are refused: each may cost as much as the largest body.
const MOST_CODINGS: usize = 4;
/// How everything begins that is gzip (RFC 1952 section 2.3.1).
const GZIP: &[u8] = b"\x1f\x8b";
/// The window that RFC 9659 allows, as a power of two.
const ZSTD_WINDOW_LOG: u32 = 23;

/// A body as it came over the wire.
pub(super) struct Read {
    /// Its bytes, in their codings.
    pub(super) bytes: Vec<u8>,
    /// What came behind it (RFC 9110 section 6.5).
    pub(super) trailers: Vec<Header>,
}

/// Reads the body as it comes over the wire.
pub(super) async fn read(incoming: &mut Incoming, limit: u64, url: &Url) -> Result<Read, Error> {
    let expected = incoming.size_hint().exact();
    if expected.is_some_and(|length| length > limit) {
        return Err(too_large(limit, url));
    }
    let ahead = expected.unwrap_or_default().min(MOST_AHEAD);
    let mut bytes = Vec::with_capacity(usize::try_from(ahead).unwrap_or_default());
    let mut trailers = Vec::new();
    loop {
        note_read(bytes.len());
        match incoming.frame().await {
            None => return Ok(Read { bytes, trailers }),
            Some(Ok(frame)) => match frame.into_data() {
                Ok(chunk) => bytes.extend_from_slice(&chunk),
                Err(frame) => trailers.extend(frame.trailers_ref().map(received_headers).unwrap_or_default()),
            },
            Some(Err(error)) => return Err(failure::of_body(&error, bytes.len() as u64, expected, url)),
        }
        if bytes.len() as u64 > limit {
            return Err(too_large(limit, url));
        }
    }
}

/// How reading ended of a body that may have no end.
pub(super) enum End {
    /// The body was over.
    Whole,
    /// It was enough, or the time was over.
    Early,
    /// The connection broke.
    Cut(Error),
}

/// Reads the body until it is enough, or the time is over; what came before the connection broke is kept.
pub(super) async fn read_until(
    incoming: &mut Incoming,
    (limit, end): (u64, Option<Instant>),
    enough: &dyn Fn(&[u8]) -> bool,
    url: &Url,
) -> Result<(Read, End), Error> {
    let mut read = Read { bytes: Vec::new(), trailers: Vec::new() };
    while !enough(&read.bytes) {
        note_read(read.bytes.len());
        let frame = match end {
            Some(end) => tokio::time::timeout_at(end.into(), incoming.frame()).await,
            None => Ok(incoming.frame().await),
        };
        match frame {
            Err(_) => break,
            Ok(None) => return Ok((read, End::Whole)),
            Ok(Some(Ok(frame))) => {
                if let Ok(chunk) = frame.into_data() {
                    read.bytes.extend_from_slice(&chunk);
                }
            }
            Ok(Some(Err(error))) => {
                let cut = failure::of_body(&error, read.bytes.len() as u64, None, url);
                return Ok((read, End::Cut(cut)));
            }
        }
        if read.bytes.len() as u64 > limit {
            return Err(too_large(limit, url));
        }
    }
    Ok((read, End::Early))
}

/// The answer with its body, taken out of the content codings that its headers name. A coding that is not known leaves the
/// body as it came.
pub(super) fn decoded(mut response: Response, raw: Vec<u8>, limit: u64, url: &Url) -> Result<Response, Error> {
    response.size_on_wire = raw.len() as u64;
    let mut body = raw;
    if !body.is_empty() {
        for coding in codings(&response, url)?.into_iter().rev() {
            body = decode(&body, coding, response.complete, (limit, url))?;
        }
    }
    response.body = Bytes::from(body);
    Ok(response)
}

/// The codings in the order in which they were applied; none where one of them is not known.
fn codings(response: &Response, url: &Url) -> Result<Vec<Coding>, Error> {
    let mut codings = Vec::new();
    for name in response.header_lines("content-encoding").flat_map(|line| line.split(',')).map(str::trim) {
        match name.to_ascii_lowercase().as_str() {
            "" | "identity" => {}
            "gzip" | "x-gzip" => codings.push(Coding::Gzip),
            "deflate" => codings.push(Coding::Deflate),
            "br" => codings.push(Coding::Brotli),
            "zstd" => codings.push(Coding::Zstd),
            _ => return Ok(Vec::new()),
        }
        if codings.len() > MOST_CODINGS {
            let message = format!("the body of the answer of `{}` is encoded more than {MOST_CODINGS} times", host_port(url));
            return Err(Error::new(ErrorKind::Body, message));
        }
    }
    Ok(codings)
}

/// What of a body that is not `whole` can be decoded so far is what there is of it.
fn decode(body: &[u8], coding: Coding, whole: bool, (limit, url): (u64, &Url)) -> Result<Vec<u8>, Error> {
    let mut decoded = Vec::new();
    let read = reader(body, coding).and_then(|reader| reader.take(limit.saturating_add(1)).read_to_end(&mut decoded));
    match read {
        Ok(_) if decoded.len() as u64 > limit => Err(too_large(limit, url)),
        Ok(_) => Ok(decoded),
        Err(error) if !whole && error.kind() == io::ErrorKind::UnexpectedEof => Ok(decoded),
        Err(error) => Err(not_decoded(coding, &error, url)),
    }
}

fn reader<'a>(body: &'a [u8], coding: Coding) -> io::Result<Box<dyn io::Read + 'a>> {
    Ok(match coding {
        Coding::Gzip if !body.starts_with(GZIP) => return Err(io::Error::other("it does not begin as gzip does")),
        Coding::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(body)),
        // The name means zlib, but servers have sent bare deflate by it: the first two bytes tell.
        Coding::Deflate if is_zlib(body) => Box::new(flate2::bufread::ZlibDecoder::new(body)),
        Coding::Deflate => Box::new(flate2::bufread::DeflateDecoder::new(body)),
        Coding::Brotli => Box::new(brotli::Decompressor::new(body, 4096)),
        Coding::Zstd => {
            let mut decoder = zstd::stream::read::Decoder::with_buffer(body)?;
            decoder.window_log_max(ZSTD_WINDOW_LOG)?;
            Box::new(decoder)
        }
    })
}

/// RFC 1950 section 2.2: method 8, and a check sum of the header.
fn is_zlib(body: &[u8]) -> bool {
    matches!(body, [first, second, ..] if first & 0x0F == 8 && (u16::from(*first) << 8 | u16::from(*second)) % 31 == 0)
}

fn not_decoded(coding: Coding, error: &io::Error, url: &Url) -> Error {
    let why = if error.kind() == io::ErrorKind::UnexpectedEof { "it ends too early".to_owned() } else { error.to_string() };
    let message = format!("the body of the answer of `{}` cannot be decoded as {}: {why}", host_port(url), coding.name());
    Error::new(ErrorKind::Body, message).hint("the answer's `content-encoding` says how it is encoded")
}

fn too_large(limit: u64, url: &Url) -> Error {
    let message = format!("the body of the answer of `{}` is larger than the limit of {}", host_port(url), failure::size(limit));
    Error::new(ErrorKind::Body, message).hint("`max_body` sets the limit")
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use proptest::prelude::*;

    use super::*;

    fn undo(codings: &[&str], raw: Vec<u8>, limit: u64) -> Result<Response, Error> {
        let headers = codings.iter().map(|coding| ("Content-Encoding".to_owned(), (*coding).to_owned()));
        decoded(Response::new(200, headers.collect(), ""), raw, limit, &Url::parse("http://h/").unwrap())
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn codings_are_undone_from_the_last_to_the_first() {
        let raw = zstd::encode_all(&gzip(b"hello")[..], 1).unwrap();
        for codings in [&["gzip, zstd"][..], &["X-GZIP", "identity, ZSTD"], &["gzip ,, zstd"]] {
            let response = undo(codings, raw.clone(), 100).unwrap();
            assert_eq!((&response.body[..], response.size_on_wire), (&b"hello"[..], raw.len() as u64));
        }
        assert_eq!(undo(&["gzip, klingon"], raw.clone(), 100).unwrap().body, raw);
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
        let mut response = Response::new(200, vec![("content-encoding".to_owned(), "gzip".to_owned())], "");
        let url = Url::parse("http://h/").unwrap();
        response.complete = false;
        assert_eq!(&decoded(response, raw.clone(), 100, &url).unwrap().body[..], b"data: 1\n\n");
        assert!(undo(&["gzip"], raw, 100).unwrap_err().message.ends_with("it ends too early"));
    }

    #[test]
    fn no_layer_grows_over_the_limit() {
        let zeros = gzip(&[0; 10_000]);
        assert!(undo(&["gzip"], zeros.clone(), 10_000).is_ok());
        let message = "the body of the answer of `h:80` is larger than the limit of 9999 bytes";
        assert_eq!(undo(&["gzip"], zeros.clone(), 9_999).unwrap_err().message, message);
        assert_eq!(undo(&["gzip, gzip"], gzip(&zeros), 9_999).unwrap_err().message, message);
        assert!(undo(&["gzip"], zeros, u64::MAX).is_ok());
    }

    #[test]
    fn a_window_that_no_client_must_hold_is_refused() {
        let mut encoder = zstd::Encoder::new(Vec::new(), 1).unwrap();
        encoder.window_log(27).unwrap();
        encoder.write_all(&[b'x'; 1000]).unwrap();
        let raw = encoder.finish().unwrap();
        assert!(undo(&["zstd"], raw, 10_000).unwrap_err().message.contains("cannot be decoded as zstd"));
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
