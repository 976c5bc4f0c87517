//! A server inside the test process that answers as asked, and misbehaves on the wire as asked.
//!
//! It is a plain socket and a thread a connection, so that nothing stands between a test and the bytes: what came is kept
//! as it came (order and case of headers), and what is sent may be anything. The standard behaviours are chosen by path
//! ([`answers`]); a test with a need of its own passes a closure to [`Server::with`].
#![allow(
    dead_code,
    unreachable_pub,
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "each test binary uses a part of it, and a broken test server is a broken test"
)]

pub mod answers;
pub mod http2;
pub mod tls;
pub mod tunnels;
pub mod websocket;

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// A request as it came over the wire.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Received {
    pub method: String,
    /// Path and query, as sent.
    pub target: String,
    pub version: String,
    /// In the order and case in which they came.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// Which connection it came on, from 1.
    pub connection: usize,
}

impl Received {
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap()
    }

    pub fn query(&self) -> &str {
        self.target.split_once('?').map_or("", |(_, query)| query)
    }

    /// The value of the first header line of that name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(line, _)| line.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// The names of the headers, as they came.
    pub fn header_names(&self) -> Vec<&str> {
        self.headers.iter().map(|(name, _)| name.as_str()).collect()
    }
}

/// What becomes of the connection after an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum After {
    /// The next request may come.
    Keep,
    /// Closed in good order.
    Close,
    /// Closed by a reset.
    Reset,
}

/// What a connection is to an answer: bytes go out, and plain TCP or TLS does not matter.
pub trait Wire: Read + Write {}
impl<T: Read + Write> Wire for T {}

type Handler = dyn Fn(&Received, &mut dyn Wire, &Counts) -> io::Result<After> + Send + Sync;

/// What came so far.
#[derive(Debug, Default)]
pub struct Counts {
    connections: AtomicUsize,
    received: Mutex<Vec<Received>>,
    open: Mutex<Vec<(usize, TcpStream)>>,
    stopped: AtomicBool,
}

impl Counts {
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    pub fn requests(&self) -> usize {
        self.received.lock().unwrap().len()
    }

    /// How often a target was asked for.
    pub fn asked_for(&self, target: &str) -> usize {
        self.received
            .lock()
            .unwrap()
            .iter()
            .filter(|received| received.target == target)
            .count()
    }

    pub fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::SeqCst)
    }

    fn close(&self, number: usize, after: After) {
        let mut open = self.open.lock().unwrap();
        let Some(at) = open.iter().position(|(known, _)| *known == number) else {
            return;
        };
        let (_, stream) = open.swap_remove(at);
        if after == After::Reset {
            // Lingering for no time makes the kernel send a reset, instead of an orderly end, when the last handle goes.
            socket2::SockRef::from(&stream)
                .set_linger(Some(Duration::ZERO))
                .unwrap();
        } else {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

/// A server on a free port of the loopback interface; dropped, it ends with all its connections.
pub struct Server {
    address: SocketAddr,
    scheme: &'static str,
    counts: Arc<Counts>,
}

impl Server {
    /// With the standard behaviours.
    pub fn start() -> Self {
        Self::with(answers::answer)
    }

    /// With a behaviour of its own.
    pub fn with(
        answer: impl Fn(&Received, &mut dyn Wire, &Counts) -> io::Result<After> + Send + Sync + 'static,
    ) -> Self {
        Self::listen("http", Arc::new(answer), |stream| Ok(Box::new(stream)))
    }

    /// With the standard behaviours over TLS, with one of the certificates of `tests/data/tls`.
    pub fn secure(certificate: &str) -> Self {
        let config = tls::config(certificate);
        Self::listen("https", Arc::new(answers::answer), move |stream| {
            tls::accept(stream, &config)
        })
    }

    /// With a behaviour of its own over TLS.
    pub fn secure_with(
        config: Arc<rustls::ServerConfig>,
        answer: impl Fn(&Received, &mut dyn Wire, &Counts) -> io::Result<After> + Send + Sync + 'static,
    ) -> Self {
        Self::listen("https", Arc::new(answer), move |stream| {
            tls::accept(stream, &config)
        })
    }

    fn listen(
        scheme: &'static str,
        handler: Arc<Handler>,
        accept: impl Fn(TcpStream) -> io::Result<Box<dyn Wire>> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let address = listener.local_addr().unwrap();
        let counts = Arc::new(Counts::default());
        let shared = Arc::clone(&counts);
        let served = move |stream, number, counts: &Counts| {
            let mut wire = accept(stream)?;
            serve(&mut *wire, number, counts, &*handler)
        };
        let served = Arc::new(served);
        thread::spawn(move || {
            for stream in listener
                .incoming()
                .map_while(Result::ok)
                .take_while(|_| !shared.is_stopped())
            {
                let (counts, served) = (Arc::clone(&shared), Arc::clone(&served));
                let number = counts.connections.fetch_add(1, Ordering::SeqCst) + 1;
                counts
                    .open
                    .lock()
                    .unwrap()
                    .push((number, stream.try_clone().unwrap()));
                thread::spawn(move || {
                    // A client that goes away is no failure of the server.
                    let served = AssertUnwindSafe(|| served(stream, number, &counts));
                    let after = catch_unwind(served).unwrap_or(Ok(After::Reset));
                    counts.close(number, after.unwrap_or(After::Close));
                });
            }
        });
        Self {
            address,
            scheme,
            counts,
        }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The URL of a path here, by the address.
    pub fn url(&self, path: &str) -> String {
        format!("{}://{}{path}", self.scheme, self.address)
    }

    /// The URL of a path here, by another name of this machine.
    pub fn url_as(&self, host: &str, path: &str) -> String {
        format!("{}://{host}:{}{path}", self.scheme, self.address.port())
    }

    /// How many connections were made.
    pub fn connections(&self) -> usize {
        self.counts.connections()
    }

    /// The requests that came, in order.
    pub fn requests(&self) -> Vec<Received> {
        self.counts.received.lock().unwrap().clone()
    }

    /// How many requests came.
    pub fn request_count(&self) -> usize {
        self.counts.received.lock().unwrap().len()
    }

    /// The requests that came behind the first few, in order.
    pub fn requests_from(&self, first: usize) -> Vec<Received> {
        self.counts.received.lock().unwrap()[first..].to_vec()
    }

    /// The last request that came.
    pub fn last(&self) -> Received {
        self.requests().pop().expect("a request")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.counts.stopped.store(true, Ordering::SeqCst);
        for stream in self.counts.open.lock().unwrap().drain(..) {
            let _ = stream.1.shutdown(Shutdown::Both);
        }
        // Wakes the listener, so that its thread sees that it is over.
        let _ = TcpStream::connect(self.address);
    }
}

fn serve(
    wire: &mut dyn Wire,
    connection: usize,
    counts: &Counts,
    handler: &Handler,
) -> io::Result<After> {
    let mut buffer = Vec::new();
    loop {
        let Some(mut received) = read_request(wire, &mut buffer)? else {
            return Ok(After::Close);
        };
        received.connection = connection;
        counts.received.lock().unwrap().push(received.clone());
        let after = handler(&received, wire, counts)?;
        wire.flush()?;
        if after != After::Keep {
            return Ok(after);
        }
    }
}

/// The next request; `None` where the client is gone.
fn read_request(wire: &mut dyn Wire, buffer: &mut Vec<u8>) -> io::Result<Option<Received>> {
    let head_end = loop {
        if let Some(at) = buffer.windows(4).position(|window| window == b"\r\n\r\n") {
            break at + 4;
        }
        if buffer.first() == Some(&0x16) {
            // A TLS handshake: what common servers say to it.
            answers::respond(
                wire,
                400,
                &[],
                b"The plain HTTP request was sent to HTTPS port",
            )?;
            return Ok(None);
        }
        if !fill(wire, buffer)? {
            return Ok(None);
        }
    };
    let head: Vec<u8> = buffer.drain(..head_end).collect();
    let mut received = parse_head(&String::from_utf8_lossy(&head));
    if received.header("transfer-encoding").is_some() {
        received.body = read_chunked(wire, buffer)?;
    } else if let Some(length) = received.header("content-length") {
        received.body = take(wire, buffer, length.trim().parse().unwrap())?;
    }
    Ok(Some(received))
}

fn fill(wire: &mut dyn Wire, buffer: &mut Vec<u8>) -> io::Result<bool> {
    let mut bytes = [0; 16 * 1024];
    let count = wire.read(&mut bytes)?;
    buffer.extend_from_slice(&bytes[..count]);
    Ok(count > 0)
}

fn take(wire: &mut dyn Wire, buffer: &mut Vec<u8>, length: usize) -> io::Result<Vec<u8>> {
    while buffer.len() < length {
        if !fill(wire, buffer)? {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(buffer.drain(..length).collect())
}

fn read_chunked(wire: &mut dyn Wire, buffer: &mut Vec<u8>) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = loop {
            match buffer.windows(2).position(|window| window == b"\r\n") {
                Some(at) => break at,
                None if !fill(wire, buffer)? => return Err(io::ErrorKind::UnexpectedEof.into()),
                None => {}
            }
        };
        let line = String::from_utf8_lossy(&take(wire, buffer, end + 2)?).into_owned();
        let length = usize::from_str_radix(line.trim(), 16).unwrap();
        body.extend(take(wire, buffer, length)?);
        take(wire, buffer, 2)?;
        if length == 0 {
            return Ok(body);
        }
    }
}

fn parse_head(head: &str) -> Received {
    let mut lines = head.split("\r\n");
    let mut words = lines
        .next()
        .unwrap_or_default()
        .split(' ')
        .map(str::to_owned);
    let (method, target, version) = (
        words.next().unwrap(),
        words.next().unwrap_or_default(),
        words.next().unwrap_or_default(),
    );
    let headers = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_owned(), value.trim().to_owned()));
    Received {
        method,
        target,
        version,
        headers: headers.collect(),
        ..Received::default()
    }
}
