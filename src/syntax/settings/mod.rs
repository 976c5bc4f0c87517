//! What requests inherit: the keys that `[defaults]`, stages and requests share, the options of the command line among them, and
//! how the nearer ones win.

mod expect;
mod fields;
mod flags;
mod layer;
mod options;
mod redirects;
#[cfg(test)]
mod tests;
mod values;

pub use expect::WITHOUT_RESPONSE;
pub(super) use fields::fields;
pub use fields::{Field, Fields};
pub use flags::{Flag, Given, Shown, Takes, of_command_line};
pub use options::{KEYS as OPTIONS, Options, Sending, TLS, Tls, Unusable, flags};
pub use redirects::Redirects;
pub use values::Proxy;

use std::sync::Arc;
use std::time::Duration;

use super::auth::{self, Auth};
use super::flow::{self, Poll, Retry, Switch};
use super::{Data, Node, Problems, Spanned, Table, wrong_type};
use crate::source::Diagnostic;
use crate::template::Expression;
use fields::{check_values, cookies, headers};
use layer::Layer as _;

/// `skip`: whether, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Skip {
    /// `skip = false`: sent after all.
    No,
    /// `skip = true`, or the reason.
    Yes(Option<String>),
}

/// Everything that is inherited; `None` where it is not written.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Values for `{name}` in the path.
    pub path_params: Fields,
    /// Query parameters.
    pub query: Fields,
    /// Headers, by their name in lower case.
    pub headers: Fields,
    /// Cookies to send.
    pub cookies: Fields,
    /// Whether the jar is used.
    pub jar: Option<bool>,
    /// Authentication.
    pub auth: Option<Spanned<Auth>>,
    /// Connection options, if any is written.
    pub options: Option<Arc<Options>>,
    /// Retries.
    pub retry: Option<Spanned<Switch<Retry>>>,
    /// Polling.
    pub poll: Option<Spanned<Switch<Poll>>>,
    /// The pause before the request.
    pub delay: Option<Duration>,
    /// Whether it is skipped.
    pub skip: Option<Skip>,
    /// Whether it is sent at all.
    pub when: Option<Spanned<Expression>>,
    /// What is expected, as written: `check` compiles it.
    pub expect: Table,
}

impl Settings {
    /// Decodes the shared keys of a table; what is expected is taken out of it.
    pub(super) fn decode(table: &mut Table, problems: &mut Problems) -> Self {
        let (cookies, jar) = table
            .get("cookies")
            .map(|node| cookies(node, problems))
            .unwrap_or_default();
        let mut fields = |key: &str| {
            table
                .get(key)
                .map(|node| fields(node, false, problems))
                .unwrap_or_default()
        };
        let (path_params, query) = (fields("path_params"), fields("query"));
        let headers = headers(table, problems);
        for fields in [&path_params, &query, &cookies] {
            check_values(fields, problems);
        }
        let delay = table.get("delay").and_then(|node| node.duration(problems));
        Self {
            path_params,
            query,
            headers,
            cookies,
            jar,
            auth: table
                .get("auth")
                .and_then(|node| auth::decode(node, problems)),
            options: Options::decode(table, problems),
            retry: table
                .get("retry")
                .and_then(|node| flow::switch(node, problems, flow::retry)),
            poll: table
                .get("poll")
                .and_then(|node| flow::switch(node, problems, flow::poll)),
            delay,
            skip: table.get("skip").and_then(|node| skip(node, problems)),
            when: table.get("when").and_then(|node| node.expression(problems)),
            expect: table
                .take("expect")
                .and_then(|node| node.into_table("a table of expectations", problems))
                .unwrap_or_default(),
        }
    }

    /// The settings of all layers, from far to near: environment, project, included collections, collection, stage, request,
    /// command line.
    #[must_use]
    pub fn merged<'a>(layers: impl IntoIterator<Item = &'a Self>) -> Self {
        let mut merged = Self::default();
        for layer in layers {
            merged.lay(layer.clone());
        }
        merged
    }

    /// Lays the settings of a nearer layer over these: tables merge by key, anything else replaces.
    pub fn lay(&mut self, nearer: Self) {
        let Self {
            path_params,
            query,
            headers,
            cookies,
            jar,
            auth,
            options,
            retry,
            poll,
            delay,
            skip,
            when,
            expect,
        } = nearer;
        self.path_params.lay(path_params);
        self.query.lay(query);
        self.headers.lay(headers);
        // `cookies = false` drops those that are inherited too.
        if jar == Some(false) {
            self.cookies = cookies;
        } else {
            self.cookies.lay(cookies);
        }
        self.jar.lay(jar);
        self.auth.lay(auth);
        self.options.lay(options);
        self.retry.lay(retry);
        self.poll.lay(poll);
        self.delay.lay(delay);
        self.skip.lay(skip);
        self.when.lay(when);
        self.expect = expect::merge(std::mem::take(&mut self.expect), expect);
    }

    /// What is written of a connection option.
    pub fn option<'a, T>(&'a self, of: impl FnOnce(&'a Options) -> Option<T>) -> Option<T> {
        self.options.as_deref().and_then(of)
    }
}

fn skip(node: &Node, problems: &mut Problems) -> Option<Skip> {
    match &node.data {
        Data::Bool(skip) => Some(if *skip { Skip::Yes(None) } else { Skip::No }),
        Data::String(reason) if reason.contains("{{") => {
            let problem = Diagnostic::error(
                &node.span,
                "`skip` is not evaluated: this would always skip",
            );
            problems.refuse(problem.hint(SKIP_HINT))
        }
        Data::String(reason) if NO_REASONS.contains(&reason.trim().to_lowercase().as_str()) => {
            let message = format!(
                "`\"{}\"` is not a reason: any string skips",
                reason.escape_debug()
            );
            problems.refuse(Diagnostic::error(&node.span, message).hint(SKIP_HINT))
        }
        Data::String(reason) => Some(Skip::Yes(Some(reason.clone()))),
        _ => problems.refuse(wrong_type(node, "`true`, `false` or the reason").hint(SKIP_HINT)),
    }
}

/// Strings that mean a boolean, not a reason.
const NO_REASONS: [&str; 9] = ["", "true", "false", "yes", "no", "on", "off", "0", "1"];
const SKIP_HINT: &str = "write `skip = true`, or the reason; for a condition use `when = \"{{ … }}\"`, which sends only if it is true";
