//! The local stage: what answers like a stage behind API Gateway, on loopback, for tests without a deployment.
//!
//! A gateway file is decoded with all problems at once; what it describes is then served by a thread of its own. Which route
//! answers, and what API Gateway itself would say where none does, is computed without any wire (`stage`), so it can be
//! tested without one; `serve` alone knows sockets. What a response is made from stands in `respond`: other makers go beside it.

mod decode;
mod error;
mod keys;
mod names;
mod path;
mod respond;
mod serve;
mod stage;
#[cfg(test)]
mod tests;
mod throttle;

pub use keys::{FILE_KEYS, METHODS, REQUIRED_KEYS, RESPOND_KEYS, ROUTE_KEYS, THROTTLE_KEYS};
pub use serve::{AccessLogEntry, Running};

use std::path::PathBuf;
use std::sync::Arc;

use crate::source::File;
use crate::syntax::Problems;
use crate::template::Template;
use path::Pattern;
use respond::Respond;
use throttle::Limit;

/// A local stage, as a gateway file describes it.
#[derive(Debug)]
pub struct Gateway {
    kind: Kind,
    /// The path's first segment; `None` where the stage is `$default`, which has none.
    stage: Option<String>,
    api_keys: Vec<Template>,
    routes: Vec<Route>,
    /// The folder that bodies from files stand in.
    folder: PathBuf,
}

/// Which of API Gateway's kinds of API is played: their own responses differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A REST API.
    Rest,
    /// An HTTP API (version 2).
    Http,
}

/// What answers one method of one path.
#[derive(Debug)]
struct Route {
    method: Method,
    path: Pattern,
    api_key: bool,
    /// Query parameters that must be there.
    query: Vec<String>,
    /// Headers that must be there.
    headers: Vec<String>,
    limit: Option<Limit>,
    respond: Respond,
}

/// Which method a route answers.
#[derive(Debug, PartialEq, Eq)]
enum Method {
    Any,
    Only(String),
}

impl Method {
    fn name(&self) -> &str {
        if let Self::Only(name) = self {
            name
        } else {
            "ANY"
        }
    }

    fn takes(&self, method: &str) -> bool {
        matches!(self, Self::Any) || self.name() == method
    }
}

impl Gateway {
    /// Reads a gateway file; what can be read is, and every problem is kept. With errors among them it is not to be started.
    #[must_use]
    pub fn decode(file: &Arc<File>, problems: &mut Problems) -> Self {
        decode::gateway(file, problems)
    }

    /// Which kind of API is played.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The stage's name, `$default` where it has none in the path.
    #[must_use]
    pub fn stage(&self) -> &str {
        self.stage.as_deref().unwrap_or("$default")
    }

    /// The routes as method and path, in the order written.
    pub fn routes(&self) -> impl Iterator<Item = (&str, &str)> {
        self.routes
            .iter()
            .map(|route| (route.method.name(), route.path.text()))
    }
}
