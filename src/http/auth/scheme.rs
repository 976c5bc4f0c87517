//! An authentication scheme, and credentials of any scheme.

use std::any::Any;
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use super::call::{AuthResponse, Call};
use super::context::AuthContext;
use super::curl::CurlAuth;
use crate::http::{Error, Exchange, Header, Request, Response};
use crate::lock::IgnorePoison as _;

/// A future of a scheme, on the heap: requests without credentials do not carry the room for it.
pub(super) type Pending<'a, T> = Pin<Box<dyn Future<Output = Result<T, Error>> + 'a>>;

/// A scheme with its credentials: one exchange prepares it, asks it for headers each time a request goes out, and shows it the
/// response. It is shared by all requests that use it, also those of other threads.
pub(crate) trait Scheme: Any + fmt::Debug + Send + Sync {
    /// The header `authorization` before it is known: the scheme, and stars.
    fn preview(&self) -> &'static str;

    /// The names of the headers that it makes.
    fn header_names(&self) -> &'static [&'static str] {
        &["authorization"]
    }

    /// Whether these are the same credentials of the same scheme.
    fn is_same(&self, other: &dyn Any) -> bool;

    /// Fetches what the headers are made of, unless it is there.
    ///
    /// # Errors
    /// If it cannot be fetched; the kind is `auth`.
    fn prepare<'a>(&'a self, _context: AuthContext<'a>) -> Pending<'a, ()> {
        Box::pin(std::future::ready(Ok(())))
    }

    /// The headers of one request; none if the server has to ask first.
    ///
    /// # Errors
    /// If they are made of the body, and it cannot be read.
    fn auth_headers(&self, call: &Call<'_>) -> Result<Vec<Header>, Error>;

    /// Looks at a response, and says whether the request is sent again with other headers.
    ///
    /// # Errors
    /// If other headers are needed, and cannot be made.
    fn on_response<'a>(
        &'a self,
        response: AuthResponse<'a>,
        context: AuthContext<'a>,
    ) -> Pending<'a, bool>;

    /// Why the server refused the credentials, as far as its response says. `None` if it did not refuse them.
    fn explain(&self, request: &Request, response: &Response) -> Option<String>;

    /// The options by which curl authenticates the request in the same way; none if curl cannot.
    fn curl(&self, _request: &Request) -> CurlAuth {
        CurlAuth::default()
    }

    /// The request that fetches what those options need; none if they need nothing, or it cannot be made.
    fn fetch_request(&self) -> Option<Request> {
        None
    }

    /// Whether curl, given those options, sends the request again after a challenge.
    fn curl_is_challenged(&self) -> bool {
        false
    }

    /// Whether curl, given those options, signs headers and body.
    fn curl_signs(&self) -> bool {
        false
    }
}

/// Credentials of one scheme: shared by all requests that are sent with them, so that a token is fetched and a challenge is
/// met once.
#[derive(Debug)]
pub struct Credentials(Box<dyn Scheme>);

impl Credentials {
    /// Credentials of this scheme.
    pub(crate) fn new(scheme: impl Scheme) -> Self {
        Self(Box::new(scheme))
    }

    /// The scheme.
    pub(in crate::http) fn scheme(&self) -> &dyn Scheme {
        &*self.0
    }

    /// The scheme, if it is this one.
    pub(crate) fn get<T: 'static>(&self) -> Option<&T> {
        (self.scheme() as &dyn Any).downcast_ref()
    }

    /// Whether the scheme makes a header of that name.
    pub(crate) fn makes(&self, name: &str) -> bool {
        let names = self.0.header_names();
        names.iter().any(|known| name.eq_ignore_ascii_case(known))
    }

    /// The options by which curl authenticates the request in the same way.
    pub(crate) fn curl(&self, request: &Request) -> CurlAuth {
        self.0.curl(request)
    }

    /// The request that fetches what those options need.
    pub(crate) fn fetch_request(&self) -> Option<Request> {
        self.0.fetch_request()
    }

    /// Whether curl sends the request again after a challenge.
    pub(crate) fn curl_is_challenged(&self) -> bool {
        self.0.curl_is_challenged()
    }

    /// Whether curl signs headers and body.
    pub(crate) fn curl_signs(&self) -> bool {
        self.0.curl_signs()
    }

    /// The header `authorization` before it is known: the scheme, and stars.
    #[must_use]
    pub fn preview(&self) -> &'static str {
        self.0.preview()
    }
}

/// The credentials of a run. Equal ones are the same, so that all who use them share a token, a nonce, a key.
#[derive(Debug, Default)]
pub struct Store(Mutex<Vec<Arc<Credentials>>>);

impl Store {
    /// The credentials that are equal to these, and these if there are none yet.
    #[must_use]
    pub fn share(&self, credentials: Credentials) -> Arc<Credentials> {
        let mut known = self.0.lock().ignore_poison();
        let is_same = |known: &&Arc<Credentials>| known.0.is_same(credentials.scheme());
        if let Some(same) = known.iter().find(is_same) {
            return Arc::clone(same);
        }
        let new = Arc::new(credentials);
        known.push(Arc::clone(&new));
        new
    }
}

/// Why the credentials of an exchange were refused, as far as its response says.
#[must_use]
pub fn explain(exchange: &Exchange) -> Option<String> {
    let auth = exchange.request.auth.as_deref()?;
    let response = exchange.response()?;
    if !exchange.hops.is_empty() {
        return None;
    }
    auth.scheme().explain(&exchange.request, response)
}
