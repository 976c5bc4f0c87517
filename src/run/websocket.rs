//! A conversation over a WebSocket: the handshake, then step by step, up to the first that does not hold.

mod received;

use std::time::Duration;

use base64::Engine as _;
use bytes::Bytes;

use self::received::{Received, hint, told};
use super::context::StepContext;
use super::evaluate::take;
use super::problem::Problem;
use super::retry::{self, Sent};
use super::scope::{RequestScope, evaluate, words};
use super::sender::EVALUATION;
use super::transport::{Channel, Transport};
use crate::budget;
use crate::check::{self, Failure};
use crate::http::{self, Error, Frame, Transcript, TranscriptFrame};
use crate::plan::{Action, Awaited, Awaits, Conversation, Turn};
use crate::source::Span;
use crate::syntax::{Payload, Spanned};
use crate::template::Template;
use crate::text::not_base64;

/// How long the other side may take to answer a close frame that is a step.
const CLOSING: Duration = Duration::from_secs(5);
/// How long it may take at the end, where nobody asked for a close.
const PARTING: Duration = Duration::from_secs(1);

/// How many frames are received in one conversation, pings and pongs among them.
const MOST_FRAMES: usize = 100_000;

/// A conversation that is over.
pub(super) struct Talked {
    /// The handshakes: the last one, and those before it.
    pub(super) sent: Sent,
    pub(super) problems: Vec<Problem>,
    pub(super) expectations: usize,
}

impl<T: Transport> StepContext<'_, T> {
    /// Makes the handshake, and talks; `None` if the run was stopped meanwhile.
    pub(super) async fn converse(
        &self,
        filled: http::Request,
        conversation: &Conversation,
        scope: &RequestScope<'_>,
    ) -> Option<Talked> {
        let expected = |exchange: &http::Exchange| self.expects(exchange, scope);
        let again = self.again(&expected);
        let (mut sent, channel) = retry::open(&self.sender, &self.caller, filled, again).await?;
        let exchange = &mut sent.exchange;
        *scope.request.borrow_mut() = self.step().uses_request.then(|| exchange.request.clone());
        *scope.response.borrow_mut() = self.response_value(exchange);
        let mut problems = self.capture(exchange, scope);
        let refused = channel.is_none() && exchange.response().is_some();
        let mut expectations = 0;
        if let Some(channel) = channel {
            let mut session = WebSocketSession::new(self, scope, channel, &exchange.request);
            let talk = session.run(&conversation.turns);
            problems.extend(self.sender.unless_stopped(talk).await?);
            if session.channel.is_timed() {
                exchange.time = session.channel.now();
            }
            expectations = session.judged;
            exchange.transcript = Some(session.transcript);
            *scope.response.borrow_mut() = self.response_value(exchange);
        }
        self.record(exchange);
        expectations += self.judge(exchange, scope, &mut problems);
        if refused {
            problems.extend(refused_problem(conversation));
        }
        Some(Talked {
            sent,
            problems,
            expectations,
        })
    }
}

/// A handshake that was refused, although there was something to say.
fn refused_problem(conversation: &Conversation) -> Option<Problem> {
    let first = conversation.turns.first()?;
    let steps = crate::text::count(conversation.turns.len(), "step");
    let reason = format!("the handshake was refused, so {steps} of `messages` did not run");
    Some(Problem::new("messages", &first.span, reason, "a WebSocket"))
}

/// A conversation that goes on.
struct WebSocketSession<'a, T: Transport> {
    context: &'a StepContext<'a, T>,
    scope: &'a RequestScope<'a>,
    channel: T::Channel,
    /// The handshake's request.
    request: http::Request,
    transcript: Transcript,
    closed: bool,
    judged: usize,
    /// How many frames came, and how many bytes in them.
    received: usize,
    bytes: u64,
}

/// What a message is not, as far as is known.
type Unlike = Vec<Problem>;

impl<'a, T: Transport> WebSocketSession<'a, T> {
    fn new(
        context: &'a StepContext<'a, T>,
        scope: &'a RequestScope<'a>,
        channel: T::Channel,
        request: &http::Request,
    ) -> Self {
        Self {
            context,
            scope,
            channel,
            request: http::Request {
                body: None,
                ..request.clone()
            },
            transcript: Transcript::default(),
            closed: false,
            judged: 0,
            received: 0,
            bytes: 0,
        }
    }

    async fn run(&mut self, turns: &[Turn]) -> Vec<Problem> {
        for (index, turn) in turns.iter().enumerate() {
            let mut problems = self.turn(index + 1, turn).await;
            if let Some(first) = problems.first_mut() {
                let left = turns.len() - index - 1;
                let unrun = || format!("{} after it did not run", crate::text::count(left, "step"));
                if left > 0 {
                    first.failure.hint.get_or_insert_with(unrun);
                }
                self.part().await;
                return problems;
            }
        }
        self.part().await;
        Vec::new()
    }

    async fn turn(&mut self, number: usize, turn: &Turn) -> Vec<Problem> {
        match &turn.action {
            Action::Send(payload, fragment) => {
                let frame = self.context.sender.bounded(|| self.frame(payload));
                let sent = match frame.unwrap_or_else(|| Err("interrupted".to_owned())) {
                    Ok(frame) => self
                        .send(frame, *fragment, self.end())
                        .await
                        .map_err(|error| (error.message, error.hint)),
                    Err(message) => Err((message, None)),
                };
                let unsent = |(reason, hint): (String, Option<String>)| {
                    let mut problem = Problem::new(
                        format!("step {number} send"),
                        &payload.span,
                        reason,
                        "a message that is sent",
                    );
                    problem.failure.hint = hint;
                    problem
                };
                sent.err().map(unsent).into_iter().collect()
            }
            Action::Expect(awaited) => self.expect(number, &turn.span, awaited).await,
            Action::Silence(time) => self
                .silence(number, &turn.span, *time)
                .await
                .into_iter()
                .collect(),
            Action::Close(code, reason) => {
                let closed = self.close(*code, reason.as_ref()).await;
                let unclosed = |reason| {
                    Problem::new(
                        format!("step {number} close"),
                        &turn.span,
                        reason,
                        "a close frame in response",
                    )
                };
                closed.err().map(unclosed).into_iter().collect()
            }
        }
    }

    fn frame(&self, payload: &Spanned<Payload>) -> Result<Frame, String> {
        Ok(match &payload.value {
            Payload::Text(template) => Frame::Text(self.text(template)?),
            Payload::Json(document) => Frame::Text(evaluate(document, self.scope)?.value.to_json()),
            Payload::Ping(template) => Frame::Ping(Bytes::from(self.text(template)?)),
            Payload::Base64(template) => {
                let text: String = self.text(template)?.split_whitespace().collect();
                let decoded = base64::engine::general_purpose::STANDARD.decode(text);
                Frame::Binary(Bytes::from(decoded.map_err(|error| not_base64(&error))?))
            }
        })
    }

    fn text(&self, template: &Template) -> Result<String, String> {
        template
            .render(self.scope)
            .map(|rendered| rendered.text)
            .map_err(|error| words(&error))
    }

    async fn send(
        &mut self,
        frame: Frame,
        fragment: Option<usize>,
        until: Duration,
    ) -> Result<(), Error> {
        let copy = frame.clone();
        let sent = self.channel.send(frame, fragment, until).await;
        self.note(true, copy);
        if let Err(error) = &sent {
            self.transcript.broke = Some(error.clone());
        }
        sent
    }

    fn note(&mut self, sent: bool, frame: Frame) {
        self.transcript.said.push(TranscriptFrame {
            sent,
            frame,
            at: self.channel.now(),
        });
    }

    /// When the time of the whole request is over, or that of `poll`.
    fn end(&self) -> Duration {
        let own = self.context.step().request.timeout();
        let now = self.channel.now();
        now.saturating_add(self.context.sender.limit(own.saturating_sub(now)))
    }

    /// The next frame, until that time, and never longer than the request may take.
    async fn hear(&mut self, until: Duration) -> Received {
        // What is read already comes at once, so that a flood would never let the time pass.
        if self.channel.is_timed() && self.channel.now() >= until.min(self.end()) {
            return Received::TimedOut;
        }
        match self.channel.receive(until.min(self.end())).await {
            None => Received::TimedOut,
            Some(Ok(Some(frame))) => {
                self.received += 1;
                self.bytes += frame.bytes().len() as u64;
                if let Some(error) = self.too_much() {
                    return self.broken(error);
                }
                self.note(false, frame.clone());
                self.closed |= matches!(frame, Frame::Close(..));
                Received::Frame(frame)
            }
            Some(Ok(None)) => {
                self.closed = true;
                Received::Closed
            }
            Some(Err(error)) => self.broken(error),
        }
    }

    fn broken(&mut self, error: Error) -> Received {
        self.closed = true;
        self.transcript.broke = Some(error.clone());
        Received::Broken(error)
    }

    /// The error if more came than is kept of a conversation.
    fn too_much(&self) -> Option<Error> {
        let limit = self.context.step().request.options.max_body;
        let what = match () {
            () if self.received > MOST_FRAMES => format!("{MOST_FRAMES} frames"),
            () if self.bytes > limit => crate::text::size(limit),
            () => return None,
        };
        let message =
            format!("the server sent more than {what}: apitest keeps no more of a conversation");
        Some(Error::new(http::ErrorKind::Body, message))
    }

    async fn expect(&mut self, number: usize, span: &Span, awaited: &Awaited) -> Vec<Problem> {
        let until = self.channel.now() + awaited.within;
        let mut unlike = Unlike::new();
        let mut passed_over = 0;
        loop {
            let heard = self.hear(until).await;
            let frame = match heard {
                Received::Frame(frame) if is_awaited(&frame, awaited.kind) => frame,
                Received::Frame(Frame::Ping(_) | Frame::Pong(_)) => continue,
                Received::Frame(Frame::Text(_) | Frame::Binary(_)) if awaited.skip_others => {
                    passed_over += 1;
                    continue;
                }
                other => {
                    let reason = self.not_heard(&other, awaited.within, until, passed_over);
                    let mut problem =
                        Problem::new(format!("step {number}"), span, reason, &wanted(awaited));
                    problem.failure.hint = hint(&other)
                        .or_else(|| unlike.first().map(|last| last_unlike(&last.failure)));
                    return vec![problem];
                }
            };
            unlike = self.judge(number, &frame, awaited);
            if unlike.is_empty() || !awaited.skip_others || matches!(frame, Frame::Close(..)) {
                return unlike;
            }
            passed_over += 1;
        }
    }

    /// What a frame is not; where it is all that is expected, its captures are taken.
    fn judge(&mut self, number: usize, frame: &Frame, awaited: &Awaited) -> Unlike {
        let exchange = check::of_frame(&self.request, frame);
        *self.scope.response.borrow_mut() = self.context.response_value(&exchange);
        let evaluate = || check::evaluate(&awaited.expectations, &exchange, self.scope).outcomes;
        let (outcomes, _) = budget::within(EVALUATION, self.context.sender.stopped(), evaluate);
        self.judged += outcomes.len().max(1);
        let mut problems = Vec::new();
        for outcome in outcomes {
            let subject = outcome.expectation.subject();
            let subject = subject.with_text(format!("step {number} {subject}"));
            if let check::Verdict::Failed(failure) = outcome.verdict {
                problems.push(Problem {
                    subject,
                    failure: *failure,
                    by_default: false,
                    about: None,
                });
            }
        }
        if problems.is_empty() || !awaited.skip_others {
            for (name, capture) in &awaited.captures {
                problems.extend(take(name, capture, &exchange, self.scope));
            }
        }
        problems
    }

    fn not_heard(
        &self,
        heard: &Received,
        within: Duration,
        until: Duration,
        passed_over: usize,
    ) -> String {
        let others = if passed_over == 0 {
            "none".to_owned()
        } else {
            format!("only {passed_over} that did not match")
        };
        match heard {
            Received::TimedOut if until > self.end() => {
                format!(
                    "{others} arrived before the request's `timeout` of {:?}",
                    self.context.step().request.timeout()
                )
            }
            Received::TimedOut => format!("{others} arrived within {within:?}"),
            other => told(other),
        }
    }

    async fn silence(&mut self, number: usize, span: &Span, time: Duration) -> Option<Problem> {
        let until = self.channel.now() + time;
        let expected = format!("silence for {time:?}");
        loop {
            let heard = self.hear(until).await;
            match &heard {
                Received::TimedOut if until <= self.end() => return None,
                Received::Frame(Frame::Ping(_) | Frame::Pong(_)) => {}
                other => {
                    let reason = match other {
                        Received::TimedOut => {
                            format!(
                                "the request's `timeout` of {:?} ended first",
                                self.context.step().request.timeout()
                            )
                        }
                        other => told(other),
                    };
                    let mut problem =
                        Problem::new(format!("step {number} silence"), span, reason, &expected);
                    problem.failure.hint = hint(other);
                    return Some(problem);
                }
            }
        }
    }

    /// Closes, and waits for the other side to do so too; what it still says is passed over.
    async fn close(&mut self, code: u16, reason: Option<&Spanned<Template>>) -> Result<(), String> {
        let reason = reason
            .map(|reason| self.text(&reason.value))
            .transpose()?
            .unwrap_or_default();
        let until = self.channel.now() + CLOSING;
        let frame = Frame::Close(Some(code), reason);
        self.send(frame, None, until.min(self.end()))
            .await
            .map_err(|error| error.message)?;
        while !self.closed {
            match self.hear(until).await {
                Received::TimedOut => return Err(format!("none arrived within {CLOSING:?}")),
                Received::Broken(error) => return Err(error.message),
                Received::Frame(_) | Received::Closed => {}
            }
        }
        Ok(())
    }

    /// The end in good order, of which nothing is expected.
    async fn part(&mut self) {
        if self.closed {
            return;
        }
        let until = (self.channel.now() + PARTING).min(self.end());
        if self
            .channel
            .send(Frame::Close(Some(1000), String::new()), None, until)
            .await
            .is_ok()
        {
            while matches!(
                self.channel.receive(until).await,
                Some(Ok(Some(
                    Frame::Text(_) | Frame::Binary(_) | Frame::Ping(_) | Frame::Pong(_)
                )))
            ) {}
        }
    }
}

fn is_awaited(frame: &Frame, kind: Awaits) -> bool {
    match kind {
        Awaits::Message => matches!(frame, Frame::Text(_) | Frame::Binary(_)),
        Awaits::Ping => matches!(frame, Frame::Ping(_)),
        Awaits::Pong => matches!(frame, Frame::Pong(_)),
        Awaits::Close => matches!(frame, Frame::Close(..)),
    }
}

fn wanted(awaited: &Awaited) -> String {
    let subjects: Vec<_> = awaited
        .expectations
        .iter()
        .map(|expectation| expectation.subject().to_string())
        .collect();
    let what = awaited.kind.described();
    if subjects.is_empty() {
        what.to_owned()
    } else {
        format!("{what} with the expected {}", subjects.join(", "))
    }
}

fn last_unlike(failure: &Failure) -> String {
    format!("of the last one: {}", failure.summary())
}

#[cfg(test)]
mod tests;
