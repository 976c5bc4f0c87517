//! An exchange whose responses were received before: redirects and cookies as on the wire, and no network.

use std::sync::Arc;

use url::Url;

use super::exchange::{Exchange, Hop, Resend};
use super::head::add_default_headers;
use super::redirect::{self, CurrentHop};
use super::{Body, Error, ErrorKind, Jar, Options, Request, Response, Timing, Transcript};

/// One request of an exchange.
#[derive(Debug, Clone, Copy)]
pub struct Target<'a> {
    /// The method, which a redirect may have changed.
    pub method: &'a str,
    /// The URL, where a redirect led to.
    pub url: &'a Url,
    /// The body, where it goes along, as a recording keeps it.
    pub body: Option<&'a [u8]>,
    /// What the body is said to be.
    pub content_type: Option<&'a str>,
}

/// What was received then.
#[derive(Debug)]
pub struct Recorded {
    /// The response, or why there was none.
    pub result: Result<Response, Error>,
    /// Where its time went.
    pub timing: Timing,
    /// What was said over the WebSocket that the response opened.
    pub transcript: Option<Transcript>,
    /// What it was sent again for before that.
    pub resends: Vec<Resend>,
    /// Whether nothing of it reached a server.
    pub unsent: bool,
}

impl Recorded {
    /// There is nothing, for this reason.
    #[must_use]
    pub fn missing(error: Error) -> Self {
        let (timing, transcript, resends) = (Timing::default(), None, Vec::new());
        Self {
            result: Err(error),
            timing,
            transcript,
            resends,
            unsent: true,
        }
    }
}

/// The exchange that a request would have been, with the responses that are given.
pub fn replay(
    mut request: Request,
    options: &Options,
    jar: Option<&Jar>,
    mut answer: impl FnMut(Target<'_>) -> Recorded,
) -> Exchange {
    add_default_headers(&mut request, options);
    let mut exchange = Exchange::new(request, Err(Error::new(ErrorKind::Request, "not sent")));
    exchange.result = run(&mut exchange, options, jar, &mut answer);
    exchange.close();
    exchange
}

fn run(
    exchange: &mut Exchange,
    options: &Options,
    jar: Option<&Jar>,
    answer: &mut dyn FnMut(Target<'_>) -> Recorded,
) -> Result<Response, Error> {
    let mut leg = CurrentHop::first(&exchange.request, &Arc::default())?;
    loop {
        if exchange.hops.is_empty() {
            leg.cookie = leg.cookies(&exchange.request, jar);
            exchange.proof = leg.added();
        }
        let body = exchange
            .request
            .body
            .as_ref()
            .filter(|_| leg.with_body)
            .map(Body::kept);
        let content_type = exchange
            .request
            .header_value("content-type")
            .filter(|_| leg.with_body);
        let recorded = answer(Target {
            method: leg.method.as_str(),
            url: &leg.url,
            body: body.as_deref(),
            content_type,
        });
        exchange.time += recorded.timing.total;
        (exchange.timing, exchange.transcript) = (recorded.timing, recorded.transcript);
        exchange.resends.extend(recorded.resends);
        exchange.unsent = recorded.unsent && exchange.hops.is_empty();
        let mut response = recorded.result?;
        if let Some(jar) = jar {
            exchange
                .refused_cookies
                .extend(jar.take(&leg.url, &response));
        }
        let (request, hops) = (&exchange.request, exchange.hops.len());
        let checked = |next: Option<CurrentHop>| {
            let steps = next.iter();
            steps
                .flat_map(|next| redirect::check_body(request, next, &options.secrets))
                .collect::<Result<(), _>>()?;
            Ok(next)
        };
        let followed = redirect::follow(&leg, &response, hops, options);
        let next = match followed.and_then(checked) {
            Ok(Some(next)) => next,
            Ok(None) => return Ok(response),
            Err(refused) => {
                response.body_error = Some(Box::new(refused));
                return Ok(response);
            }
        };
        let url = std::mem::replace(&mut exchange.url, next.url.clone());
        exchange.hops.push(Hop {
            url,
            status: response.status,
            headers: response.headers,
            timing: recorded.timing,
            peer: None,
        });
        leg = next;
    }
}
