//! A request's body on its way out, held back where the server is asked first.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::header::EXPECT;
use hyper::body::{Body, Frame, SizeHint};
use tokio::sync::oneshot;
use tokio::time::Sleep;

use super::upload::Sending;

use crate::lock::IgnorePoison as _;

/// How long a server may leave `expect: 100-continue` unanswered before the body goes out all the same, as in curl (RFC 9110
/// section 10.1.1 wants an end to waiting).
const PATIENCE: Duration = Duration::from_secs(1);

/// A body on its way out.
pub(super) struct Outgoing {
    body: Option<Sending>,
    gate: Option<ContinueGate>,
}

/// What a body waits for.
struct ContinueGate {
    /// The server's word that it may come.
    word: oneshot::Receiver<()>,
    patience: Pin<Box<Sleep>>,
}

impl Outgoing {
    /// A body that goes out when it is asked for.
    pub(super) fn new(body: Option<Sending>) -> Self {
        Self { body, gate: None }
    }

    /// Holds the body back until the server says `100 Continue`, or says nothing for a while.
    pub(super) fn waits(&mut self) -> oneshot::Sender<()> {
        let (sender, word) = oneshot::channel();
        self.gate = Some(ContinueGate {
            word,
            patience: Box::pin(tokio::time::sleep(PATIENCE)),
        });
        sender
    }
}

impl Body for Outgoing {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if let Some(gate) = &mut self.gate {
            let heard = Pin::new(&mut gate.word).poll(context).is_ready()
                || gate.patience.as_mut().poll(context).is_ready();
            if !heard {
                return Poll::Pending;
            }
            self.gate = None;
        }
        self.body
            .as_mut()
            .map_or(Poll::Ready(None), |body| Pin::new(body).poll_frame(context))
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body
            .as_ref()
            .map_or_else(|| SizeHint::with_exact(0), Body::size_hint)
    }
}

/// What came before the response: the 1xx statuses, in order (RFC 9110 section 15.2).
#[derive(Debug, Clone, Default)]
pub(super) struct Interim(Arc<Mutex<Seen>>);

#[derive(Debug, Default)]
struct Seen {
    statuses: Vec<u16>,
    go: Option<oneshot::Sender<()>>,
}

impl Interim {
    /// Listens for what comes before the response to a request. Where it asks whether its body may come, that waits for
    /// `100 Continue`.
    pub(super) fn listen(&self, request: &mut http::Request<Outgoing>) {
        if request.headers().contains_key(EXPECT) {
            let go = request.body_mut().waits();
            self.0.lock().ignore_poison().go = Some(go);
        }
        let seen = self.clone();
        hyper::ext::on_informational(request, move |response| {
            seen.note(response.status().as_u16());
        });
    }

    fn note(&self, status: u16) {
        let mut seen = self.0.lock().ignore_poison();
        seen.statuses.push(status);
        if let Some(go) = seen.go.take_if(|_| status == 100) {
            // Nobody waits where patience ended first.
            let _ = go.send(());
        }
    }

    /// The statuses so far.
    pub(super) fn statuses(&self) -> Vec<u16> {
        self.0.lock().ignore_poison().statuses.clone()
    }
}
