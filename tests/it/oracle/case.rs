//! A case: one or more requests, and how they are sent.

use apitest::http::Coding;

/// One or more requests that are sent one after the other, with one client and one cookie jar.
#[derive(Debug, Clone)]
pub(super) struct Case {
    pub(super) name: String,
    pub(super) requests: Vec<Sent>,
    /// How many redirects are followed.
    pub(super) redirects: u32,
    /// Whether HTTP/2 is spoken over `http://` too.
    pub(super) is_http2: bool,
    /// The proxy's URL, with placeholders.
    pub(super) proxy: Option<&'static str>,
    /// Whether some request fails with both clients.
    pub(super) is_failing: bool,
}

/// A request.
#[derive(Debug, Clone)]
pub(super) struct Sent {
    pub(super) method: &'static str,
    /// The URL, with placeholders.
    pub(super) url: String,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) auth: Option<Auth>,
    pub(super) payload: Payload,
}

/// The credentials that a helper of both clients writes.
#[derive(Debug, Clone, Copy)]
pub(super) enum Auth {
    Basic(&'static str, &'static str),
    Bearer(&'static str),
}

/// The body of a request, in the way in which each client is given it.
#[derive(Debug, Clone)]
pub(super) enum Payload {
    None,
    Bytes(Vec<u8>),
    /// Bytes whose length is not known beforehand.
    Chunked(Vec<u8>),
    Json(&'static str),
    Form(&'static [(&'static str, &'static str)]),
    Multipart(&'static [Field]),
    /// Compressed beforehand here; reqwest does not compress, and is given the bytes.
    Compressed(Coding, &'static str),
}

/// A part of a form.
#[derive(Debug, Clone, Copy)]
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) filename: Option<&'static str>,
    pub(super) content_type: Option<&'static str>,
    pub(super) content: &'static [u8],
}

impl Case {
    /// A case of one request to the plain server, or to a whole URL.
    pub(super) fn new(name: impl Into<String>, method: &'static str, target: &str) -> Self {
        Self {
            name: name.into(),
            requests: vec![Sent::new(method, target)],
            redirects: 0,
            is_http2: false,
            proxy: None,
            is_failing: false,
        }
    }

    pub(super) fn get(name: impl Into<String>, target: &str) -> Self {
        Self::new(name, "GET", target)
    }

    /// With one more `GET` after the others.
    pub(super) fn then(mut self, target: &str) -> Self {
        self.requests.push(Sent::new("GET", target));
        self
    }

    /// With a header in the last request.
    pub(super) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.last().headers.push((name, value.into()));
        self
    }

    pub(super) fn payload(mut self, payload: Payload) -> Self {
        self.last().payload = payload;
        self
    }

    pub(super) fn text(self, text: &str) -> Self {
        self.header("content-type", "text/plain")
            .payload(Payload::Bytes(text.into()))
    }

    pub(super) fn auth(mut self, auth: Auth) -> Self {
        self.last().auth = Some(auth);
        self
    }

    pub(super) fn follow(mut self, limit: u32) -> Self {
        self.redirects = limit;
        self
    }

    pub(super) fn http2(mut self) -> Self {
        self.is_http2 = true;
        self
    }

    pub(super) fn proxy(mut self, url: &'static str) -> Self {
        self.proxy = Some(url);
        self
    }

    /// Expects that some request fails with both clients.
    pub(super) fn fails(mut self) -> Self {
        self.is_failing = true;
        self
    }

    fn last(&mut self) -> &mut Sent {
        self.requests.last_mut().unwrap()
    }
}

impl Sent {
    fn new(method: &'static str, target: &str) -> Self {
        let url = if target.starts_with('/') {
            format!("http://{{plain}}{target}")
        } else {
            target.to_owned()
        };
        Self {
            method,
            url,
            headers: Vec::new(),
            auth: None,
            payload: Payload::None,
        }
    }
}
