//! The servers that both clients talk to, and what they received.

use std::io::{self, Cursor};

use crate::support::http2::Http2Server;
use crate::support::tunnels::Tunnels;
use crate::support::{After, Counts, Received, Server, Wire, answers, tls};

/// Names that lead to this machine in both clients.
pub(super) const NAMES: [&str; 7] = [
    "example.com",
    "www.example.com",
    "api.example.com",
    "other.test",
    "shop.co.uk",
    "xn--bcher-kva.example",
    "example.com.",
];

/// The servers. In URLs and headers, `{plain}` stands for the address of one, and `{:plain}` for its port.
pub(super) struct World {
    plain: Server,
    other: Server,
    secure: Server,
    http2: Http2Server,
    secure2: Http2Server,
    tunnels: Tunnels,
}

/// How many requests each server had received.
pub(super) struct Mark([usize; 6]);

impl World {
    pub(super) fn start() -> Self {
        Self {
            plain: Server::with(answer),
            other: Server::with(answer),
            secure: Server::secure_with(tls::config("server"), answer),
            http2: Http2Server::start(answer),
            secure2: Http2Server::secure(answer),
            tunnels: Tunnels::start(),
        }
    }

    fn ports(&self) -> [(&'static str, u16); 6] {
        [
            ("plain", self.plain.address().port()),
            ("other", self.other.address().port()),
            ("secure", self.secure.address().port()),
            ("http2", self.http2.address().port()),
            ("secure2", self.secure2.address().port()),
            ("tunnels", self.tunnels.address().port()),
        ]
    }

    /// The text with addresses for placeholders.
    pub(super) fn fill(&self, text: &str) -> String {
        self.ports()
            .iter()
            .fold(text.to_owned(), |text, (name, port)| {
                text.replace(&format!("{{{name}}}"), &format!("127.0.0.1:{port}"))
                    .replace(&format!("{{:{name}}}"), &format!(":{port}"))
            })
    }

    /// The text with placeholders for ports, the same in every run.
    pub(super) fn without_ports(&self, text: &str) -> String {
        self.ports()
            .iter()
            .fold(text.to_owned(), |text, (name, port)| {
                text.replace(&format!(":{port}"), &format!("{{:{name}}}"))
            })
    }

    pub(super) fn mark(&self) -> Mark {
        Mark([
            self.plain.request_count(),
            self.other.request_count(),
            self.secure.request_count(),
            self.http2.request_count(),
            self.secure2.request_count(),
            self.tunnels.request_count(),
        ])
    }

    /// What each server received since then, as `server: request`, without ports.
    pub(super) fn received_since(&self, mark: &Mark) -> Vec<(&'static str, Received)> {
        let Mark([plain, other, secure, http2, secure2, tunnels]) = *mark;
        let requests = [
            self.plain.requests_from(plain),
            self.other.requests_from(other),
            self.secure.requests_from(secure),
            self.http2.requests_from(http2),
            self.secure2.requests_from(secure2),
            self.tunnels.requests_from(tunnels),
        ];
        let mut received = Vec::new();
        for ((name, _), requests) in self.ports().into_iter().zip(requests) {
            for mut request in requests {
                request.target = self.without_ports(&request.target);
                for (_, value) in &mut request.headers {
                    *value = self.without_ports(value);
                }
                received.push((name, request));
            }
        }
        received
    }
}

/// The standard behaviours, and those that only this test needs. As a proxy that is handed a request whole, a server responds
/// to it itself.
fn answer(received: &Received, wire: &mut dyn Wire, counts: &Counts) -> io::Result<After> {
    let mut request = received.clone();
    if let Some(rest) = received.target.strip_prefix("http://") {
        let path = rest.split_once('/').map_or("", |(_, path)| path);
        request.target = format!("/{path}");
    }
    if let Some((bytes, after)) = special(request.path()) {
        wire.write_all(bytes)?;
        return Ok(after);
    }
    if request.path() == "/echo" {
        // The standard one names the client.
        answers::respond(wire, 200, &[("Content-Type", "text/plain")], b"")?;
        return Ok(After::Keep);
    }
    if request.method != "HEAD" {
        return answers::answer(&request, wire, counts);
    }
    let mut whole = Cursor::new(Vec::new());
    let after = answers::answer(&request, &mut whole, counts)?;
    let whole = whole.into_inner();
    let end = whole.windows(4).position(|window| window == b"\r\n\r\n");
    wire.write_all(&whole[..end.map_or(whole.len(), |end| end + 4)])?;
    Ok(after)
}

/// Responses that need their exact bytes.
fn special(path: &str) -> Option<(&'static [u8], After)> {
    let response: (&'static [u8], After) = match path {
        "/until-close" => (b"HTTP/1.1 200 OK\r\n\r\nhello", After::Close),
        "/http10" => (b"HTTP/1.0 200 OK\r\n\r\nhello", After::Close),
        "/http10-length" => (
            b"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello",
            After::Close,
        ),
        "/trailers" => (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 7\r\n\r\n",
            After::Keep,
        ),
        "/chunk-extension" => (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n0\r\n\r\n",
            After::Keep,
        ),
        "/early-hints" => (
            b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
            After::Keep,
        ),
        "/no-reason" => (b"HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", After::Keep),
        "/bare-newlines" => (b"HTTP/1.1 200 OK\nContent-Length: 5\n\nhello", After::Close),
        "/folded" => (
            b"HTTP/1.1 200 OK\r\nX-A: 1\r\n  2\r\nContent-Length: 0\r\n\r\n",
            After::Keep,
        ),
        "/latin1-header" => (
            b"HTTP/1.1 200 OK\r\nX-A: caf\xe9\r\nContent-Length: 0\r\n\r\n",
            After::Keep,
        ),
        "/two-lengths" => (
            b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
            After::Close,
        ),
        "/same-lengths" => (
            b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
            After::Close,
        ),
        "/length-and-chunked" => (
            b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
            After::Close,
        ),
        "/body-of-204" => (
            b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello",
            After::Close,
        ),
        "/two-gzips" => (
            b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 42\r\n\r\n\
            \x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\x4b\x04\x00\x43\xbe\xb7\xe8\x01\x00\x00\x00\
            \x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\x4b\x02\x00\xf9\xef\xbe\x71\x01\x00\x00\x00",
            After::Keep,
        ),
        _ => return None,
    };
    Some(response)
}
