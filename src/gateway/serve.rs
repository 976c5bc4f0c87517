//! A stage on a socket: a thread of its own, bound before anyone can ask, gone when it is dropped.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::sync::{Semaphore, oneshot};

use super::Gateway;
use super::error::MAX_BODY;
use super::stage::{GatewayRequest, GatewayResponse, Stage};
use crate::source::Diagnostic;
use crate::template::Context;

/// How many connections are served at a time; more wait.
const MAX_CONNECTIONS: usize = 512;
/// What a request's line and headers may take.
const MAX_HEAD: usize = 64 * 1024;
/// How much of a body that is too large is read before it is refused, so that a client that is still sending hears why.
const MAX_DRAINED: usize = 64 * 1024 * 1024;
/// How long a connection may be idle, and how long a body may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// A request that was answered, for whoever watches.
#[derive(Debug)]
pub struct AccessLogEntry {
    /// The request's method.
    pub method: String,
    /// The request's path, without its query.
    pub path: String,
    /// The status of the response.
    pub status: u16,
    /// Why the route's response could not be made, with its place in the gateway file.
    pub problem: Option<Box<Diagnostic>>,
}

/// Called after each request.
type Watch = dyn Fn(&AccessLogEntry) + Send + Sync;

/// A stage that is being served; dropping it stops it.
#[derive(Debug)]
pub struct Running {
    url: String,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Gateway {
    /// Serves the stage on `address` (port 0 is any free one) from a thread of its own; it can be asked as soon as this
    /// returns. `watch` hears of each request, on that thread.
    ///
    /// # Errors
    /// Where the address cannot be bound, the thread cannot be started, or an API key has no value.
    pub fn start(
        self: &Arc<Self>,
        address: SocketAddr,
        context: Arc<Context>,
        watch: impl Fn(&AccessLogEntry) + Send + Sync + 'static,
    ) -> io::Result<Running> {
        let stage = Arc::new(Stage::new(Arc::clone(self), context).map_err(io::Error::other)?);
        let listener = TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        let prefix = self
            .stage
            .as_ref()
            .map(|stage| format!("/{stage}"))
            .unwrap_or_default();
        let url = format!("http://{}{prefix}", listener.local_addr()?);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let (stop, stopped) = oneshot::channel();
        let watch: Arc<Watch> = Arc::new(watch);
        let work = move || {
            runtime.block_on(async {
                tokio::select! {
                    () = accept(listener, &stage, &watch) => {}
                    _ = stopped => {}
                }
            });
            // Requests that are still delayed are not waited for.
            runtime.shutdown_background();
        };
        let thread = std::thread::Builder::new()
            .name("gateway".to_owned())
            .spawn(work)?;
        Ok(Running {
            url,
            stop: Some(stop),
            thread: Some(thread),
        })
    }
}

impl Running {
    /// Where the stage is: `http://127.0.0.1:PORT/dev`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Stops the stage, and returns when its port is free.
    pub fn stop(self) {
        drop(self);
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Either end may be gone already, which is what is wanted.
        let _ = self.stop.take().map(|stop| stop.send(()));
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

async fn accept(listener: TcpListener, stage: &Arc<Stage>, watch: &Arc<Watch>) {
    let Ok(listener) = tokio::net::TcpListener::from_std(listener) else {
        return;
    };
    let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else {
            return;
        };
        let Ok((stream, _)) = listener.accept().await else {
            // No file descriptors are left, most likely: some will be soon.
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        };
        let _ = stream.set_nodelay(true);
        let (stage, watch) = (Arc::clone(stage), Arc::clone(watch));
        tokio::spawn(async move {
            let service = service_fn(|request| serve(request, &stage, &*watch));
            let mut protocol = hyper::server::conn::http1::Builder::new();
            protocol
                .timer(TokioTimer::new())
                .header_read_timeout(PATIENCE)
                .max_buf_size(MAX_HEAD);
            // A connection that breaks is the client's affair.
            let _ = protocol
                .serve_connection(TokioIo::new(stream), service)
                .await;
            drop(place);
        });
    }
}

/// Answers one request; the error ends the connection without a response.
async fn serve(
    request: hyper::Request<Incoming>,
    stage: &Stage,
    watch: &Watch,
) -> Result<hyper::Response<Full<Bytes>>, io::Error> {
    let call = tokio::time::timeout(PATIENCE, read(request))
        .await
        .map_err(io::Error::other)?
        .map_err(io::Error::other)?;
    let GatewayResponse {
        status,
        headers,
        body,
        delay,
        problem,
    } = stage.reply(&call);
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
    watch(&AccessLogEntry {
        method: call.method,
        path: call.path,
        status,
        problem,
    });
    let mut response = hyper::Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(name, value);
    }
    response.body(Full::new(body)).map_err(io::Error::other)
}

async fn read(request: hyper::Request<Incoming>) -> Result<GatewayRequest, hyper::Error> {
    let (head, body) = request.into_parts();
    let text = |value: &::http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers = head
        .headers
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), text(value)))
        .collect();
    let body = collect(body).await?;
    Ok(GatewayRequest {
        method: head.method.as_str().to_owned(),
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        headers,
        too_large: body.is_none(),
        body: body.unwrap_or_default(),
    })
}

/// The body; `None` where it is larger than is taken.
async fn collect(mut body: Incoming) -> Result<Option<Bytes>, hyper::Error> {
    let mut whole = BytesMut::new();
    let mut size = 0_usize;
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame?.into_data() else {
            continue;
        };
        size = size.saturating_add(data.len());
        if size <= MAX_BODY {
            whole.extend_from_slice(&data);
        } else {
            whole = BytesMut::new();
        }
        if size > MAX_DRAINED {
            break;
        }
    }
    Ok((size <= MAX_BODY).then(|| whole.freeze()))
}
