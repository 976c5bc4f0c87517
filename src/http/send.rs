//! One exchange: the request goes out, redirects are followed, the response is read and decoded.

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::time::{Duration, Instant};

use http::header::{
    AUTHORIZATION, CONNECTION, CONTENT_LENGTH, COOKIE, EXPECT, HOST, HeaderMap, HeaderValue,
    PROXY_AUTHORIZATION, TRANSFER_ENCODING,
};
use hyper::body::Incoming;
use hyper::upgrade::Upgraded;

use super::auth::{AuthContext, AuthExchanges, AuthResponse};
use super::client::{ConnectionPool, PooledConnection, ReusePolicy};
use super::connect::{WrittenHead, timed_out};
use super::exchange::{Exchange, Hop, Resend};
use super::head::{add_default_headers, check_framing, kept_for, received_head};
use super::header::{secret, wire_header};
use super::outgoing::{Interim, Outgoing};
use super::progress::{self, PROGRESS, Progress, Stage};
use super::redirect::{self, CurrentHop};
use super::url::authority;
use super::wire::Connection;
use super::{
    Body, Error, ErrorKind, HeaderCase, HttpVersion, Jar, Options, Peer, Proxy, RefusedCookie,
    Request, Response, body, decode, failure, not_http,
};

/// How often a request is repeated that met a connection which the server had just closed.
const MOST_STALE: u32 = 3;

impl ConnectionPool {
    /// Sends a request and reads its response, over a connection that is open already where there is one. Cookies of the jar go
    /// with it, and those of the responses go into the jar. Where the future is dropped, the exchange ends.
    ///
    /// A request whose connection the server closed at the same moment is sent again if its method may be repeated (RFC 9110
    /// section 9.2.2).
    pub async fn send(&self, request: Request, options: &Options, jar: Option<&Jar>) -> Exchange {
        self.exchange(request, options, jar, BodyMode::Whole).await
    }

    /// As [`ConnectionPool::send`], but of the last response only as much is read as is enough; where the time for that passes, as much
    /// as came.
    pub async fn send_until(
        &self,
        request: Request,
        options: &Options,
        jar: Option<&Jar>,
        until: &StreamLimit<'_>,
    ) -> Exchange {
        self.exchange(request, options, jar, BodyMode::StreamLimit(until))
            .await
    }

    pub(super) async fn exchange(
        &self,
        mut request: Request,
        options: &Options,
        jar: Option<&Jar>,
        taking: BodyMode<'_>,
    ) -> Exchange {
        let options = &*request.effective_options(options);
        add_default_headers(&mut request, options);
        let auth_exchanges = AuthExchanges::default();
        let ready = match &request.auth {
            Some(auth) => {
                auth.scheme()
                    .prepare(AuthContext {
                        clients: self,
                        options,
                        origin: &request.url,
                        exchanges: &auth_exchanges,
                    })
                    .await
            }
            None => Ok(()),
        };
        let mut exchange = Exchange::new(request, Err(Error::new(ErrorKind::Request, "not sent")));
        if let Err(error) = ready {
            (exchange.result, exchange.unsent) = (Err(error), true);
        } else {
            let refused = RefCell::default();
            let trip = ExchangeState {
                clients: self,
                options,
                jar,
                refused: &refused,
                taking,
                auth_exchanges: &auth_exchanges,
                resends: RefCell::default(),
                written: Cell::new(false),
                started: Instant::now(),
            };
            exchange.result = PROGRESS
                .scope(Progress::default(), trip.within_limit(&mut exchange))
                .await;
            exchange.unsent = exchange.result.is_err() && !trip.written.get();
            exchange.resends = trip.resends.into_inner();
            exchange.refused_cookies = refused.into_inner();
            exchange.close();
        }
        exchange.auth_exchanges = auth_exchanges.into_inner();
        exchange
    }
}

/// How much is read of a body that may have no end.
#[derive(Clone, Copy)]
pub struct StreamLimit<'a> {
    /// The most that reading may take, from the start of the exchange; its own limit where there is none.
    pub within: Option<Duration>,
    /// Whether what came so far is enough; asked with nothing before the first byte.
    pub enough: &'a dyn Fn(&[u8]) -> bool,
}

/// What becomes of a body.
#[derive(Clone, Copy)]
pub(super) enum BodyMode<'a> {
    /// It is read to its end.
    Whole,
    /// It is read until it is enough.
    StreamLimit(&'a StreamLimit<'a>),
    /// The connection is taken over, where the server agrees.
    Upgrade(&'a Cell<Option<Upgraded>>),
}

/// What stays the same over all hops of an exchange.
struct ExchangeState<'a> {
    clients: &'a ConnectionPool,
    options: &'a Options,
    jar: Option<&'a Jar>,
    refused: &'a RefCell<Vec<RefusedCookie>>,
    taking: BodyMode<'a>,
    auth_exchanges: &'a AuthExchanges,
    resends: RefCell<Vec<Resend>>,
    /// Whether some of the request may have reached a server.
    written: Cell<bool>,
    started: Instant,
}

impl ExchangeState<'_> {
    async fn within_limit(&self, exchange: &mut Exchange) -> Result<Response, Error> {
        let Some(limit) = self.options.timeout else {
            return self.run(exchange).await;
        };
        if let Ok(result) = tokio::time::timeout(limit, self.run(exchange)).await {
            return result;
        }
        (exchange.time, exchange.timing) = (self.started.elapsed(), progress::timing());
        Err(timed_out(limit, progress::stage(), &exchange.url))
    }

    async fn run(&self, exchange: &mut Exchange) -> Result<Response, Error> {
        // Boxed, so that all that is around does not carry the room for it.
        let mut leg = Box::new(CurrentHop::first(
            &exchange.request,
            &self.options.settings,
        )?);
        loop {
            progress::start_hop();
            let answer = self
                .proven(&mut leg, &exchange.request, &mut exchange.peer)
                .await;
            if exchange.hops.is_empty() {
                exchange.proof = leg.added();
            }
            (exchange.time, exchange.timing) = (self.started.elapsed(), progress::timing());
            let (mut response, raw) = answer?;
            let hops = exchange.hops.len();
            let next = match redirect::follow(&leg, &response, hops, self.options) {
                Ok(Some(next)) => Box::pin(self.check_body(&exchange.request, next)).await,
                other => other,
            };
            match next {
                Ok(None) => return Ok(self.decoded(response, raw)),
                Err(refused) => {
                    response.body_error = Some(Box::new(refused));
                    return Ok(self.decoded(response, raw));
                }
                Ok(Some(next)) => {
                    let url = std::mem::replace(&mut exchange.url, next.url.clone());
                    let (status, headers, timing) =
                        (response.status, response.headers, exchange.timing);
                    exchange.hops.push(Hop {
                        url,
                        status,
                        headers,
                        timing,
                        peer: exchange.peer.take(),
                    });
                    *leg = next;
                }
            }
        }
    }

    /// The response to one request, which proves who sends it; sent again where the server asks for another proof.
    async fn proven(
        &self,
        leg: &mut CurrentHop,
        request: &Request,
        peer: &mut Option<Arc<Peer>>,
    ) -> Result<(Response, Vec<u8>), Error> {
        let auth = request.auth.as_deref().filter(|_| leg.is_at_home());
        let context = AuthContext {
            clients: self.clients,
            options: self.options,
            origin: &request.url,
            exchanges: self.auth_exchanges,
        };
        let mut round = 0;
        loop {
            leg.cookie = leg.cookies(request, self.jar);
            leg.proof = auth
                .map(|auth| auth.scheme().auth_headers(&leg.call(request)))
                .transpose()?
                .unwrap_or_default();
            let answer = self.answer(leg, request, peer).await?;
            let Some(auth) = auth.filter(|_| answer.0.body_error.is_none()) else {
                return Ok(answer);
            };
            let answered = AuthResponse {
                url: &leg.url,
                headers: &leg.proof,
                response: &answer.0,
                round,
            };
            if !auth.scheme().on_response(answered, context).await? {
                return Ok(answer);
            }
            let status = answer.0.status;
            self.resends.borrow_mut().push(Resend {
                came: Ok(status),
                time: progress::timing().total,
                reason: format!("the server asked for other credentials ({status})"),
            });
            round += 1;
            progress::start_hop();
        }
    }

    /// The next hop, if it carries no secret away.
    async fn check_body(
        &self,
        request: &Request,
        next: CurrentHop,
    ) -> Result<Option<CurrentHop>, Error> {
        for step in redirect::check_body(request, &next, &self.options.secrets) {
            step?;
            // A large file takes time, which the limit and signals may end.
            tokio::task::yield_now().await;
        }
        Ok(Some(next))
    }

    fn decoded(&self, response: Response, raw: Vec<u8>) -> Response {
        let bounds = decode::Bounds::of(self.options.max_body);
        let bounds = bounds.within(self.started, self.options.timeout);
        decode::decoded(response, raw, bounds, &self.clients.secrets)
    }

    /// The response to one request, its body as it came over the wire.
    async fn answer(
        &self,
        leg: &CurrentHop,
        request: &Request,
        peer: &mut Option<Arc<Peer>>,
    ) -> Result<(Response, Vec<u8>), Error> {
        let listens =
            self.options.expect_continue || self.options.interim || request.has_header("expect");
        let interim = listens.then(Interim::default);
        let (lease, answer) = self.head(leg, request, interim.as_ref(), peer).await?;
        progress::note_time(|timing, elapsed| timing.first_byte = Some(elapsed));
        if let (BodyMode::Upgrade(slot), http::StatusCode::SWITCHING_PROTOCOLS) =
            (self.taking, answer.status())
        {
            return Box::pin(self.upgraded(answer, slot, leg)).await;
        }
        let (mut response, mut incoming) = received_head(answer);
        response.interim = interim.as_ref().map(Interim::statuses).unwrap_or_default();
        self.keep_cookies(&response, leg);
        let read = self.body(&mut incoming, response.status).await;
        progress::note_time(|timing, elapsed| timing.download = Some(elapsed));
        response.trailers = read.trailers;
        response.complete = matches!(read.end, body::BodyEnd::Whole);
        if let body::BodyEnd::Broken(error) = read.end {
            response.body_error = Some(Box::new(error));
        }
        // A response may come before the whole body was sent: what is left of it has no use after an error or a redirect.
        if response.complete && response.status >= 300 && !lease.connection.is_idle() {
            lease.connection.abort();
        } else if response.complete {
            self.clients.keep(lease, kept_for(&response));
        }
        Ok((response, read.bytes))
    }

    /// The body as it came over the wire, in the time that is left; of a good stream until it is enough.
    async fn body(&self, incoming: &mut Incoming, status: u16) -> body::Read {
        let until = if let BodyMode::StreamLimit(until) = self.taking {
            Some(until).filter(|_| status / 100 == 2)
        } else {
            None
        };
        let limits = [until.and_then(|until| until.within), self.options.timeout];
        let timeout = limits.into_iter().flatten().min();
        let bounds = body::Bounds {
            size: self.options.max_body,
            deadline: timeout.and_then(|timeout| self.started.checked_add(timeout)),
            timeout: timeout.unwrap_or_default(),
            enough: until.map(|until| until.enough),
        };
        body::read(incoming, bounds).await
    }

    /// The connection behind a response that another protocol is spoken from here on.
    async fn upgraded(
        &self,
        mut answer: http::Response<Incoming>,
        slot: &Cell<Option<Upgraded>>,
        leg: &CurrentHop,
    ) -> Result<(Response, Vec<u8>), Error> {
        let upgraded = hyper::upgrade::on(&mut answer).await;
        slot.set(Some(upgraded.map_err(|error| {
            failure::of_head(&error, &leg.url, &leg.settings)
        })?));
        let (response, _) = received_head(answer);
        self.keep_cookies(&response, leg);
        Ok((response, Vec::new()))
    }

    fn keep_cookies(&self, response: &Response, leg: &CurrentHop) {
        if let Some(jar) = self.jar {
            self.refused
                .borrow_mut()
                .extend(jar.take(&leg.url, response));
        }
    }

    /// The connection that a request goes out on; what is to be taken over is made for that alone.
    async fn connection(&self, leg: &CurrentHop, stale: u32) -> Result<PooledConnection, Error> {
        let settings = &leg.settings;
        let wanted = match (stale >= MOST_STALE, leg.may_repeat()) {
            (true, _) => ReusePolicy::Fresh,
            (false, true) => ReusePolicy::Any,
            (false, false) => ReusePolicy::Probed,
        };
        match self.taking {
            // Boxed, so that the many requests that take no connection over do not carry the room for this.
            BodyMode::Upgrade(_) => {
                Box::pin(self.clients.connection_of_its_own(&leg.url, settings)).await
            }
            _ => self.clients.connection(&leg.url, settings, wanted).await,
        }
    }

    /// The head of the response, and the connection that its body comes over. A connection that was open already may have been
    /// closed by the server meanwhile: then the request goes out again, if nothing of it went out or it may be repeated. So does
    /// one that the server says it has not looked at.
    async fn head(
        &self,
        leg: &CurrentHop,
        request: &Request,
        interim: Option<&Interim>,
        peer: &mut Option<Arc<Peer>>,
    ) -> Result<(PooledConnection, http::Response<Incoming>), Error> {
        let mut stale = 0;
        loop {
            // What cannot be sent at all needs no connection.
            let headers = self.headers(leg, request)?;
            let mut lease = self.connection(leg, stale).await?;
            *peer = Some(Arc::clone(&lease.connection.peer));
            let mut outgoing = self.outgoing(&lease.connection, leg, request, headers)?;
            if let Some(interim) = interim {
                interim.listen(&mut outgoing);
            }
            progress::note(Stage::Waiting);
            let written = self.written.replace(true);
            match lease.connection.send(outgoing).await {
                Ok(answer) => return Ok((lease, answer)),
                Err(refused) => {
                    let unsent = refused.message().is_some();
                    let error = refused.into_error();
                    let stale_one = || unsent || (leg.may_repeat() && failure::is_stale(&error));
                    let again =
                        failure::is_untouched(&error) || (lease.idle.is_some() && stale_one());
                    let lost = self.lost(&error, leg, &lease);
                    if !again || stale > MOST_STALE {
                        return Err(lost);
                    }
                    if unsent {
                        self.written.set(written);
                    } else {
                        let time = progress::timing().total;
                        self.resends.borrow_mut().push(Resend {
                            came: Err(lost.kind),
                            time,
                            reason: lost.message,
                        });
                    }
                    stale += 1;
                }
            }
        }
    }

    /// The request as this connection wants it.
    fn outgoing(
        &self,
        connection: &Connection,
        leg: &CurrentHop,
        request: &Request,
        mut headers: HeaderMap,
    ) -> Result<http::Request<Outgoing>, Error> {
        // Over HTTP/2 the host stands before the headers.
        let host = if connection.is_http2() {
            headers.remove(HOST)
        } else {
            None
        };
        let authority = host.as_ref().and_then(|host| host.to_str().ok());
        if let Some(authorization) = connection.forwards.as_ref().and_then(Proxy::authorization)
            && !headers.contains_key(PROXY_AUTHORIZATION)
        {
            headers.insert(PROXY_AUTHORIZATION, secret(&authorization)?);
        }
        if leg.settings.close && !connection.is_http2() {
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        let body = request.body.as_ref().filter(|_| leg.with_body);
        if self.options.expect_continue
            && body.is_some_and(|body| body.length() != Some(0))
            && !connection.is_http2()
        {
            headers.insert(EXPECT, HeaderValue::from_static("100-continue"));
        }
        // The library sends no body of unknown length with a GET or HEAD request, unless it is told to.
        let has_chunks = body.is_some_and(|body| body.is_chunked() || body.length().is_none());
        if has_chunks && !connection.is_http2() && leg.settings.http != Some(HttpVersion::Http10) {
            headers.insert(TRANSFER_ENCODING, HeaderValue::from_static("chunked"));
        }
        let mut outgoing = http::Request::new(Outgoing::new(body.map(Body::outgoing).transpose()?));
        *outgoing.method_mut() = leg.method.clone();
        *outgoing.uri_mut() = Self::target(connection, leg, request, authority)?;
        *outgoing.headers_mut() = headers;
        if leg.settings.http == Some(HttpVersion::Http10) {
            *outgoing.version_mut() = http::Version::HTTP_10;
        }
        Ok(outgoing)
    }

    /// What the request asks for. A target that the library refuses goes out in the place of one of its length.
    fn target(
        connection: &Connection,
        leg: &CurrentHop,
        request: &Request,
        authority: Option<&str>,
    ) -> Result<http::Uri, Error> {
        let raw = leg.raw_target(request);
        let verbatim =
            raw.filter(|raw| leg.settings.verbatim_target && !super::url::is_plain_target(raw));
        let stand_in = verbatim.map(|raw| format!("/{}", "-".repeat(raw.len().saturating_sub(1))));
        let target = connection.target(&leg.url, stand_in.as_deref().or(raw), authority)?;
        if let Some(written) = &connection.written {
            let names = || {
                request
                    .headers
                    .iter()
                    .map(|(name, _)| name.clone())
                    .collect()
            };
            let names = if leg.settings.header_case == HeaderCase::Written {
                names()
            } else {
                Vec::new()
            };
            let target = verbatim.map(|raw| {
                (
                    target.to_string().len().saturating_sub(raw.len()),
                    raw.to_owned(),
                )
            });
            written.set(WrittenHead { names, target });
        }
        Ok(target)
    }

    /// The headers of one request. `host` comes first (RFC 9110 section 7.2), then what is written, in its order.
    fn headers(&self, leg: &CurrentHop, request: &Request) -> Result<HeaderMap, Error> {
        let mut headers = HeaderMap::with_capacity(request.headers.len() + 2);
        let written = || {
            request
                .headers
                .iter()
                .filter(|(name, _)| leg.sends(name, request))
        };
        if !written().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
            headers.insert(HOST, wire_header("host", &authority(&leg.url))?.1);
        }
        for (name, value) in written() {
            if self.jar.is_some() && name.eq_ignore_ascii_case("cookie") {
                headers.insert(COOKIE, HeaderValue::from_static(""));
            } else {
                let (name, value) = wire_header(name, value)?;
                headers.append(name, value);
            }
        }
        if let Some(login) = leg
            .login
            .as_deref()
            .filter(|_| !headers.contains_key(AUTHORIZATION))
        {
            headers.insert(AUTHORIZATION, secret(login)?);
        }
        for (name, value) in &leg.proof {
            let (name, value) = wire_header(name, value)?;
            headers.insert(name, value);
        }
        if let Some(cookies) = &leg.cookie {
            headers.insert(COOKIE, wire_header("cookie", cookies)?.1);
        }
        if request
            .body
            .as_ref()
            .is_none_or(|body| body.is_empty() && !body.is_chunked())
            && leg.wants_a_body()
            && !headers.contains_key(CONTENT_LENGTH)
        {
            headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
        }
        let body = request.body.as_ref().filter(|_| leg.with_body);
        check_framing(&headers, body, leg.settings.http)?;
        Ok(headers)
    }

    /// Why there is no head of a response over this connection.
    fn lost(&self, error: &hyper::Error, leg: &CurrentHop, lease: &PooledConnection) -> Error {
        let heard = lease.connection.heard.bytes();
        let secrets = &self.clients.secrets;
        let not_http = if lease.connection.is_http2() {
            not_http::told_of_http2(&heard, &leg.url, secrets)
        } else {
            not_http::told(error, &heard, &leg.url, secrets)
        };
        let lost = not_http.unwrap_or_else(|| failure::of_head(error, &leg.url, &leg.settings));
        match (&lease.connection.forwards, lease.idle) {
            (_, Some(idle)) if lost.kind == ErrorKind::Reset && heard.is_empty() => {
                failure::of_reused(&lost, idle, &leg.url)
            }
            (Some(proxy), _) => failure::by_proxy(lost, proxy),
            (None, _) => lost,
        }
    }
}
