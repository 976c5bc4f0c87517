//! HTTP Archive 1.2, as browsers and proxies write it: what is read of it, and a writer that holds one entry at a time.
//!
//! <http://www.softwareishard.com/blog/har-12-spec/>. Names that start with `_` are a program's own; readers pass over them.

use std::io::{self, Write};

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

/// A header, a parameter: a name and its value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are the specification's")]
pub struct Pair {
    pub name: String,
    #[serde(default)]
    pub value: String,
}

/// One request and its response; a redirect is an entry of its own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names are the specification's")]
pub struct Entry {
    #[serde(default)]
    pub started_date_time: String,
    /// In milliseconds.
    #[serde(default)]
    pub time: f64,
    pub request: Request,
    pub response: Response,
    #[serde(default)]
    pub cache: serde_json::Map<String, Json>,
    #[serde(default)]
    pub timings: Timings,
    /// The address that answered.
    #[serde(
        rename = "serverIPAddress",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub server_ip_address: Option<String>,
    /// Chrome's word for what was asked for; written for `websocket` alone.
    #[serde(
        rename = "_resourceType",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub resource_type: Option<String>,
    /// What was said over a WebSocket, as Chrome writes it.
    #[serde(
        rename = "_webSocketMessages",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub messages: Option<Vec<WebSocketMessage>>,
    /// What this program knows beyond the specification.
    #[serde(rename = "_apitest", default, skip_serializing_if = "Option::is_none")]
    pub own: Option<Json>,
}

/// What one side said over a WebSocket.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WebSocketMessage {
    /// `send` or `receive`.
    #[serde(rename = "type")]
    pub kind: String,
    /// In seconds since 1970.
    pub time: f64,
    /// 1 is a text, 2 are bytes; Chrome leaves out 8 (close), 9 (ping) and 10 (pong).
    pub opcode: u8,
    /// The text, or the bytes in base64; of a close frame the reason.
    pub data: String,
    /// The code of a close frame, for which Chrome has no place.
    #[serde(rename = "_code", default, skip_serializing_if = "Option::is_none")]
    pub code: Option<u16>,
}

/// What was sent.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(missing_docs, reason = "the names are the specification's")]
pub struct Request {
    pub method: String,
    pub url: String,
    pub http_version: String,
    /// Left empty here: a cookie's value is secret, and the headers have the names.
    pub cookies: Vec<Json>,
    pub headers: Vec<Pair>,
    pub query_string: Vec<Pair>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub post_data: Option<PostData>,
    /// In bytes, -1 where it is not known.
    pub headers_size: i64,
    pub body_size: i64,
}

/// The body of a request.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(missing_docs, reason = "the names are the specification's")]
pub struct PostData {
    pub mime_type: String,
    pub text: String,
    /// `base64` where the body is not text: the specification has no place for that.
    #[serde(rename = "_encoding", skip_serializing_if = "Option::is_none")]
    pub encoding: Option<String>,
}

/// What came back; where nothing did, the status is 0 and `_error` says why. Beside a status it says why the body is broken.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(missing_docs, reason = "the names are the specification's")]
pub struct Response {
    pub status: u16,
    pub status_text: String,
    pub http_version: String,
    /// Left empty here: a cookie's value is secret, and the headers have the names.
    pub cookies: Vec<Json>,
    pub headers: Vec<Pair>,
    pub content: Content,
    #[serde(rename = "redirectURL")]
    pub redirect_url: String,
    /// In bytes, -1 where it is not known.
    pub headers_size: i64,
    pub body_size: i64,
    #[serde(rename = "_error", skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// The body of a response, decoded.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(missing_docs, reason = "the names are the specification's")]
pub struct Content {
    pub size: i64,
    pub mime_type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// `base64` where the text is that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encoding: Option<String>,
    /// What is to be known about the text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// The phases in milliseconds, -1 where one does not apply.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the names are the specification's")]
pub struct Timings {
    pub blocked: f64,
    pub dns: f64,
    pub connect: f64,
    pub ssl: f64,
    pub send: f64,
    pub wait: f64,
    pub receive: f64,
}

impl Default for Timings {
    /// Nothing is known but that it is over.
    fn default() -> Self {
        Self {
            blocked: -1.0,
            dns: -1.0,
            connect: -1.0,
            ssl: -1.0,
            send: 0.0,
            wait: 0.0,
            receive: 0.0,
        }
    }
}

/// What begins and ends an archive, so that entries need not be held together.
#[derive(Debug, Default)]
pub struct Frame {
    entries: usize,
}

impl Frame {
    /// Writes all that stands before the entries; `own` is what this program knows of the whole.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn open(out: &mut dyn Write, own: Option<&Json>) -> io::Result<Self> {
        let version = env!("CARGO_PKG_VERSION");
        write!(
            out,
            r#"{{"log":{{"version":"1.2","creator":{{"name":"apitest","version":"{version}"}},"#
        )?;
        if let Some(own) = own {
            write!(out, r#""_apitest":{own},"#)?;
        }
        out.write_all(b"\"entries\":[")?;
        Ok(Self::default())
    }

    /// Writes one more entry, on a line of its own.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn entry(&mut self, out: &mut dyn Write, entry: &Entry) -> io::Result<()> {
        out.write_all(if self.entries == 0 { b"\n" } else { b",\n" })?;
        self.entries += 1;
        serde_json::to_writer(out, entry).map_err(io::Error::from)
    }

    /// Writes the end.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn close(self, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(b"\n]}}\n")
    }
}

/// An archive as it is read.
#[derive(Debug, Deserialize)]
pub(super) struct Archive {
    pub(super) log: Log,
}

#[derive(Debug, Deserialize)]
pub(super) struct Log {
    #[serde(rename = "_apitest")]
    pub(super) own: Option<Json>,
    pub(super) entries: Vec<Entry>,
}

impl Pair {
    /// Pairs of names and values as HAR has them.
    pub fn list<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Vec<Self> {
        pairs
            .into_iter()
            .map(|(name, value)| Self {
                name: name.to_owned(),
                value: value.to_owned(),
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_archive_is_json_with_any_number_of_entries() {
        for many in 0..3 {
            let mut out = Vec::new();
            let mut frame = Frame::open(&mut out, None).unwrap();
            let text =
                r#"{"request":{"method":"GET","url":"http://h/?a=1"},"response":{"status":204}}"#;
            let entry: Entry = serde_json::from_str(text).unwrap();
            (0..many).for_each(|_| frame.entry(&mut out, &entry).unwrap());
            frame.close(&mut out).unwrap();
            let archive: Archive = serde_json::from_slice(&out).unwrap();
            assert_eq!(archive.log.entries, vec![entry; many]);
        }
    }
}
