//! One request, resolved: what it inherits merged in, what it expects compiled, what it needs known.

use std::sync::Arc;
use std::time::Duration;

use crate::event::Part;
use indexmap::IndexMap;

use super::{Connection, Conversation, Definitions, Rows, Snapshot};
use crate::check::{Capture, Events, Expectation};
use crate::http::{self, Coding};
use crate::source::Span;
use crate::syntax::{Auth, Body, Fields, Poll, Repeat, Retry, Spanned};
use crate::template::{Expression, Template};

/// A request's method.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Method(pub String);

impl Method {
    /// Whether it only asks (RFC 9110 section 9.2.1): GET, HEAD, OPTIONS.
    #[must_use]
    pub fn is_safe(&self) -> bool {
        ["GET", "HEAD", "OPTIONS"].contains(&self.0.as_str())
    }
}

/// Another step that must have passed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    /// Its index among the collection's steps.
    pub step: usize,
    /// The capture that is used; `None` where it is named in `needs`.
    pub capture: Option<String>,
}

/// A step: one request with its rows, repetitions, captures and expectations.
///
/// What few requests have is boxed: a large collection is many steps, and all of them are held while it runs.
#[derive(Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each says one thing that holds or not"
)]
pub struct Step {
    /// Its index among the collection's steps.
    pub index: usize,
    /// Its part.
    pub part: Part,
    /// Its name, unique in the collection.
    pub name: String,
    /// The name as reports show it for each data row, if it holds expressions.
    pub title: Option<Box<Spanned<Template>>>,
    /// Its header's place.
    pub span: Span,
    /// Its tags, the collection's among them.
    pub tags: Vec<String>,
    /// Whether it was chosen.
    pub selected: bool,
    /// Whether it runs because a chosen one needs it.
    pub needed: bool,
    /// Whether sending it changes nothing, or is said to be harmless.
    pub safe: bool,
    /// Why it is not sent: an empty reason where none is given.
    pub skip: Option<String>,
    /// Whether it is sent at all, asked when its turn comes.
    pub when: Option<Spanned<Expression>>,
    /// Whether `when` uses nothing of a row, so that it is evaluated before the rows are.
    pub when_first: bool,
    /// Its own variables.
    pub vars: Definitions,
    /// What is sent.
    pub request: Request,
    /// Once a row.
    pub rows: Option<Spanned<Rows>>,
    /// Several times, every response judged.
    pub repeat: Option<Box<Repeat>>,
    /// Again after transport failures and overload.
    pub retry: Option<Box<Retry>>,
    /// Until the expectations hold.
    pub poll: Option<Box<Spanned<Poll>>>,
    /// The pause before it.
    pub delay: Option<Duration>,
    /// Values to take from the response.
    pub captures: IndexMap<String, Capture>,
    /// What is expected.
    pub expectations: Vec<Expectation>,
    /// The snapshot that the response is held against.
    pub snapshot: Option<Box<Snapshot>>,
    /// Whether `expect.error` is among them: no response may be what is expected.
    pub expects_error: bool,
    /// Steps that must have passed.
    pub needs: Vec<Need>,
    /// Captures of the project's setup that it uses.
    pub from_project: Vec<String>,
    /// Whether an expression asks for `request`, so that it is kept.
    pub uses_request: bool,
    /// Whether an expression asks for `response`, so that it is made.
    pub uses_response: bool,
}

impl Step {
    /// The names of all that it captures, from the response and from messages.
    pub fn captured(&self) -> impl Iterator<Item = &String> {
        let conversation = self
            .request
            .conversation
            .iter()
            .flat_map(Conversation::awaited);
        self.captures
            .keys()
            .chain(conversation.flat_map(|awaited| awaited.captures.keys()))
    }

    /// What is read of a stream of events, if that is expected.
    #[must_use]
    pub fn stream(&self) -> Option<&Arc<Events>> {
        self.expectations.iter().find_map(Expectation::stream)
    }
}

/// How a body goes out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Transfer {
    /// The coding that it is sent in.
    pub coding: Option<Coding>,
    /// Whether it is sent in chunks.
    pub chunked: bool,
}

/// What is sent, before its placeholders are filled.
#[derive(Debug)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The path or URL.
    pub url: Spanned<Template>,
    /// Values for `{name}` in the path.
    pub path_params: Fields,
    /// Query parameters.
    pub query: Fields,
    /// Headers.
    pub headers: Fields,
    /// Cookies beside the jar's.
    pub cookies: Fields,
    /// Authentication, and whether it is inherited: then it goes to the base URL's origin alone.
    pub auth: Option<Box<(Spanned<Auth>, bool)>>,
    /// Headers that are inherited: secret ones among them go to the base URL's origin alone.
    pub inherited_headers: Vec<String>,
    /// What is said, where this is a WebSocket.
    pub conversation: Option<Conversation>,
    /// The body.
    pub body: Option<Box<Spanned<Body>>>,
    /// How the connection is made.
    pub connection: Connection,
    /// How the exchange is made, over such a connection.
    pub options: http::Options,
    /// Whether path and query go out as written.
    pub path_as_is: bool,
    /// How the body goes out.
    pub transfer: Transfer,
}

impl Request {
    /// The most that it may take.
    #[must_use]
    pub fn timeout(&self) -> Duration {
        self.options.timeout.unwrap_or(Duration::MAX)
    }
}
