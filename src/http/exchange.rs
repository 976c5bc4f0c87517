//! A request and what became of it.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use http::header::COOKIE;
use url::Url;

use super::cookie::RefusedCookie;
use super::header::{Header, headers_value};
use super::method::changes_method;
use super::websocket::Transcript;
use super::{Error, ErrorKind, Peer, Request, Response, Timing};
use crate::value::{Number, Object, Value};

/// One response that redirected, on the way to the last one.
#[derive(Debug, Clone)]
pub struct Hop {
    /// The URL that was asked.
    pub url: Url,
    /// The status of its response.
    pub status: u16,
    /// The headers of its response.
    pub headers: Vec<Header>,
    /// Where its time went.
    pub timing: Timing,
    /// Who answered.
    pub peer: Option<Arc<Peer>>,
}

/// A request that was sent again without being asked to: it may have reached the server before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resend {
    /// The status of the response, or the class of the failure.
    pub came: Result<u16, ErrorKind>,
    /// The time until then, from the beginning of the hop.
    pub time: Duration,
    /// Why it was sent again.
    pub reason: String,
}

/// A request and what became of it.
#[derive(Debug)]
pub struct Exchange {
    /// The request as it was sent first, with the jar's cookies and the headers that prove who sent it.
    pub request: Request,
    /// The responses that redirected, in order.
    pub hops: Vec<Hop>,
    /// The URL of the last request.
    pub url: Url,
    /// The last response, or why there is none. Its body may be broken all the same: [`Exchange::error`].
    pub result: Result<Response, Error>,
    /// From the first byte sent to the last byte received, all hops together.
    pub time: Duration,
    /// Where the time of the last request went.
    pub timing: Timing,
    /// Who was asked last; `None` where no connection stood.
    pub peer: Option<Arc<Peer>>,
    /// What was said over a WebSocket, where there was one.
    pub transcript: Option<Transcript>,
    /// The exchanges in which tokens or keys were fetched that prove who sent it.
    pub auth_exchanges: Vec<Arc<Exchange>>,
    /// The cookies that responses set on the way and that the jar did not keep.
    pub refused_cookies: Vec<RefusedCookie>,
    /// What it was sent again for before the last response, redirects aside; empty for most.
    pub resends: Vec<Resend>,
    /// Whether nothing of it can have reached a server: no connection was made, or it was given up before.
    pub unsent: bool,
    /// The headers that proved who sent it, and its cookies, until the exchange is over and they stand with the request's.
    pub(super) proof: Vec<Header>,
    value: OnceLock<Option<Arc<Value>>>,
}

impl Exchange {
    /// An exchange without redirects that took no time.
    #[must_use]
    pub fn new(request: Request, result: Result<Response, Error>) -> Self {
        let url = request.url.clone();
        Self {
            request,
            hops: Vec::new(),
            url,
            result,
            time: Duration::ZERO,
            timing: Timing::default(),
            peer: None,
            transcript: None,
            auth_exchanges: Vec::new(),
            refused_cookies: Vec::new(),
            resends: Vec::new(),
            unsent: false,
            proof: Vec::new(),
            value: OnceLock::new(),
        }
    }

    /// It is over: what was added to the request on its way stands with what was written.
    pub(super) fn close(&mut self) {
        for (name, value) in std::mem::take(&mut self.proof) {
            if *name == COOKIE {
                self.request.set_cookie_line(value);
            } else {
                self.request.headers.push((name, value));
            }
        }
    }

    /// A request that was answered, without redirects and in no time.
    #[must_use]
    pub fn of(request: Request, response: Response) -> Self {
        Self::new(request, Ok(response))
    }

    /// The last response, also if its body is broken.
    #[must_use]
    pub fn response(&self) -> Option<&Response> {
        self.result.as_ref().ok()
    }

    /// Why there is no response, or why its body is broken.
    #[must_use]
    pub fn error(&self) -> Option<&Error> {
        match &self.result {
            Ok(response) => response.body_error.as_deref(),
            Err(error) => Some(error),
        }
    }

    /// The last response with its whole body.
    ///
    /// # Errors
    /// If there is none, or its body is broken.
    pub fn whole(&self) -> Result<&Response, &Error> {
        let response = self.result.as_ref()?;
        response.body_error.as_deref().map_or(Ok(response), Err)
    }

    /// The methods with which it was asked: of every hop, and of the last request.
    #[must_use]
    pub fn methods(&self) -> Vec<String> {
        let mut method = self.request.method.as_str();
        let mut methods = vec![method.to_owned()];
        for hop in &self.hops {
            method = if changes_method(method, hop.status) {
                "GET"
            } else {
                method
            };
            methods.push(method.to_owned());
        }
        methods
    }

    /// Whether sending all of it twice does what sending it once does (RFC 9110 section 9.2.2).
    #[must_use]
    pub fn may_repeat(&self) -> bool {
        let is_idempotent = |method: &String| {
            http::Method::from_bytes(method.as_bytes()).is_ok_and(|method| method.is_idempotent())
        };
        self.methods().iter().all(is_idempotent)
    }

    /// The object `response` of expressions, made once: `status`, `headers` (names in lower case; several lines are a
    /// list), `json` where the body is JSON in which no member stands twice, `text` where it is text, and `time` in seconds. A broken body is neither. `None` where
    /// there is no response.
    #[must_use]
    pub fn as_value(&self) -> Option<&Arc<Value>> {
        let make = || {
            self.result
                .as_ref()
                .ok()
                .map(|response| Arc::new(self.make_value(response)))
        };
        self.value.get_or_init(make).as_ref()
    }

    fn make_value(&self, response: &Response) -> Value {
        let mut members = Object::default();
        members.insert("status".into(), i64::from(response.status).into());
        members.insert("headers".into(), headers_value(&response.headers));
        let whole = response.body_error.is_none();
        // Of a member that stands twice nobody knows which one counts.
        if let Some(json) = response
            .json()
            .ok()
            .filter(|_| whole && response.duplicate_member().is_none())
        {
            members.insert("json".into(), Value::clone(json));
        }
        if let Some(text) = response.text().ok().filter(|_| whole) {
            members.insert("text".into(), Value::String(text.to_string()));
        }
        if let Some(seconds) = Number::from_f64(self.time.as_secs_f64()) {
            members.insert("time".into(), seconds.into());
        }
        Value::Object(members)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> Request {
        Request::new("GET", Url::parse("http://h/").unwrap())
    }

    #[test]
    fn expressions_see_the_answer() {
        let headers = vec![
            ("X-A".into(), "1".into()),
            ("x-a".into(), "2".into()),
            ("x-A".into(), "3".into()),
        ];
        let mut exchange = Exchange::of(
            request(),
            Response::new(201, headers, r#"{"id":12345678901234567890}"#),
        );
        exchange.time = Duration::from_millis(1500);
        let expected = r#"{"status":201,"headers":{"x-a":["1","2","3"]},"json":{"id":12345678901234567890},"text":"{\"id\":12345678901234567890}","time":1.5}"#;
        assert_eq!(exchange.as_value().unwrap().to_json(), expected);
    }

    #[test]
    fn what_is_not_there_is_left_out() {
        let exchange = Exchange::of(request(), Response::new(200, Vec::new(), &b"\xff"[..]));
        assert_eq!(
            exchange.as_value().unwrap().to_json(),
            r#"{"status":200,"headers":{},"time":0.0}"#
        );
        let mut broken = Response::new(500, Vec::new(), r#"{"id":1}"#);
        broken.body_error = Some(Box::new(Error::new(
            super::super::ErrorKind::Body,
            "body cut after 8 of 20 bytes",
        )));
        let exchange = Exchange::of(request(), broken);
        assert_eq!(
            exchange.as_value().unwrap().to_json(),
            r#"{"status":500,"headers":{},"time":0.0}"#
        );
        let error = Error::new(super::super::ErrorKind::Dns, "no such host");
        assert!(Exchange::new(request(), Err(error)).as_value().is_none());
    }
}
