//! A server that speaks HTTP/2, with hyper: over plain TCP without asking first, or over TLS. It has the standard behaviours.

use std::convert::Infallible;
use std::io::{self, Cursor};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::thread;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio_rustls::TlsAcceptor;

use super::{Counts, Received, Wire, parse_head, read_chunked, tls};

/// A response to a request, written as HTTP/1.1.
type Answer = fn(&Received, &mut dyn Wire, &Counts) -> io::Result<super::After>;

/// A server on a free port of the loopback interface; dropped, it ends with all its connections.
pub struct Http2Server {
    address: SocketAddr,
    received: Arc<Mutex<Vec<Received>>>,
    /// Dropped, it ends the server.
    _stop: oneshot::Sender<()>,
}

impl Http2Server {
    /// Over plain TCP, as a client with prior knowledge expects it.
    pub fn start(answer: Answer) -> Self {
        Self::listen(None, answer)
    }

    /// Over TLS, with the certificate `server` of `tests/data/tls`; the handshake offers HTTP/2 alone.
    pub fn secure(answer: Answer) -> Self {
        let mut config = tls::config("server").as_ref().clone();
        config.alpn_protocols = vec![b"h2".to_vec()];
        Self::listen(Some(TlsAcceptor::from(Arc::new(config))), answer)
    }

    fn listen(acceptor: Option<TlsAcceptor>, answer: Answer) -> Self {
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let received = Arc::<Mutex<Vec<Received>>>::default();
        let (stop, stopped) = oneshot::channel();
        let shared = Arc::clone(&received);
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                let listener = TcpListener::from_std(listener).unwrap();
                tokio::select! {
                    () = accept(listener, acceptor, shared, answer) => {}
                    _ = stopped => {}
                }
            });
        });
        Self {
            address,
            received,
            _stop: stop,
        }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// How many requests came.
    pub fn request_count(&self) -> usize {
        self.received.lock().unwrap().len()
    }

    /// The requests that came behind the first few, in order; the authority is a header `:authority`.
    pub fn requests_from(&self, first: usize) -> Vec<Received> {
        self.received.lock().unwrap()[first..].to_vec()
    }
}

async fn accept(
    listener: TcpListener,
    acceptor: Option<TlsAcceptor>,
    received: Arc<Mutex<Vec<Received>>>,
    answer: Answer,
) {
    while let Ok((stream, _)) = listener.accept().await {
        stream.set_nodelay(true).unwrap();
        let (acceptor, received) = (acceptor.clone(), Arc::clone(&received));
        tokio::spawn(async move {
            match acceptor {
                None => serve(stream, received, answer).await,
                Some(acceptor) => {
                    if let Ok(stream) = acceptor.accept(stream).await {
                        serve(stream, received, answer).await;
                    }
                }
            }
        });
    }
}

/// Serves one connection. A client that goes away is no failure of the server.
async fn serve(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    received: Arc<Mutex<Vec<Received>>>,
    answer: Answer,
) {
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let received = Arc::clone(&received);
        async move {
            let request = read(request).await;
            received.lock().unwrap().push(request.clone());
            Ok::<_, Infallible>(respond(&request, answer))
        }
    });
    let mut protocol = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
    protocol.auto_date_header(false);
    let _ = protocol
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

async fn read(request: hyper::Request<Incoming>) -> Received {
    let (head, body) = request.into_parts();
    let authority = head
        .uri
        .authority()
        .map(|authority| (":authority".to_owned(), authority.to_string()));
    let headers = head.headers.iter().map(|(name, value)| {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        (name.to_string(), value)
    });
    let body = body.collect().await;
    Received {
        method: head.method.to_string(),
        target: head
            .uri
            .path_and_query()
            .map_or("/", |target| target.as_str())
            .to_owned(),
        version: "HTTP/2".to_owned(),
        headers: authority.into_iter().chain(headers).collect(),
        body: body
            .map(|body| body.to_bytes().to_vec())
            .unwrap_or_default(),
        connection: 0,
    }
}

/// The response that a behaviour writes as HTTP/1.1, as one of HTTP/2.
fn respond(request: &Received, answer: Answer) -> hyper::Response<Full<Bytes>> {
    let mut wire = Cursor::new(Vec::new());
    answer(request, &mut wire, &Counts::default()).unwrap();
    let mut bytes = wire.into_inner();
    let end = bytes
        .windows(4)
        .position(|window| window == b"\r\n\r\n")
        .unwrap()
        + 4;
    let head: Vec<u8> = bytes.drain(..end).collect();
    // A status line has its fields at the places of a request line's.
    let head = parse_head(&String::from_utf8_lossy(&head));
    if head.header("transfer-encoding").is_some() {
        bytes = read_chunked(&mut io::empty(), &mut bytes).unwrap();
    }
    let mut response = hyper::Response::builder().status(head.target.as_str());
    for (name, value) in head.headers {
        if !name.eq_ignore_ascii_case("transfer-encoding") {
            response = response.header(name, value);
        }
    }
    response.body(Full::new(Bytes::from(bytes))).unwrap()
}
