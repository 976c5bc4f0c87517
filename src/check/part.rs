//! The part of an exchange that an expectation or a capture is about, and what must have been received for it.

use crate::http::{Error, Exchange};
use crate::template::Template;

/// The part of an exchange that an expectation or a capture is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExchangePart {
    /// The status of the last response.
    Status,
    /// Its headers.
    Headers,
    /// The cookies that it sets.
    Cookies,
    /// What came behind its body.
    Trailers,
    /// The protocol version, and the statuses that came before it.
    Head,
    /// The certificate, the version of TLS, the address.
    Connection,
    /// The redirects on the way to it.
    Redirects,
    /// The URL of the last request.
    Url,
    /// How long it took.
    Time,
    /// Why there is no response, or why its body is broken.
    Error,
    /// Its body.
    Body,
    /// The size of its body as it came over the wire.
    SizeOnWire,
    /// The events of a stream, which may be cut.
    Events,
    /// Variables.
    Variables,
}

impl ExchangePart {
    /// What an expression is about.
    pub(super) fn expression(template: &Template) -> Self {
        let mut about = Self::Variables;
        for (name, member) in template.paths() {
            about = match (name.as_str(), member.as_deref()) {
                ("response", Some("status" | "headers" | "time")) if about == Self::Variables => {
                    Self::Head
                }
                ("response", Some("status" | "headers" | "time")) => about,
                ("response", _) => Self::Body,
                _ => about,
            };
        }
        about
    }

    /// Whether it needs the whole body.
    pub(super) fn needs_body(self) -> bool {
        self == Self::Body
    }

    fn needs_response(self) -> bool {
        !matches!(
            self,
            Self::Redirects | Self::Url | Self::Time | Self::Error | Self::Variables
        )
    }

    /// Why it cannot be evaluated on an exchange, if so. This is the one place that decides it.
    pub(super) fn lacks(self, exchange: &Exchange) -> Option<String> {
        let error = exchange.error()?;
        let Some(response) = exchange.response() else {
            return self
                .needs_response()
                .then(|| format!("there is no response: {}", error.message));
        };
        let lacks = match self {
            Self::Body => true,
            Self::Trailers | Self::SizeOnWire => !response.complete,
            _ => false,
        };
        lacks.then(|| told(error))
    }
}

/// `the body was cut after 18 of 200 bytes`
fn told(error: &Error) -> String {
    let message = error.message.as_str();
    let rest = message.strip_prefix("body ").unwrap_or(message);
    let verb = if ["cut", "broken", "larger", "encoded"]
        .iter()
        .any(|word| rest.starts_with(word))
    {
        "is "
    } else {
        ""
    };
    if rest.len() == message.len() {
        message.to_owned()
    } else {
        format!("the body {verb}{rest}")
    }
}
