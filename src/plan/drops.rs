//! Headers that a request goes out without: `false` drops an inherited one, and those that are added to every request.

use crate::source::{Diagnostic, Span, did_you_mean};
use crate::syntax::{self, Problems, Settings};

/// Headers that are added to every request, and those of its body.
const ADDED: [&str; 3] = ["user-agent", "accept", "accept-encoding"];

/// Headers without which nothing can be sent, each with what is to be written instead, if there is something.
const NEEDED: [(&str, Option<&str>); 3] = [
    ("host", None),
    (
        "content-length",
        Some("`chunked = true` sends a body without its length"),
    ),
    ("transfer-encoding", Some("write `chunked = false`")),
];

/// The headers that a request itself drops.
pub(super) fn own(settings: &Settings) -> Vec<String> {
    settings
        .headers
        .iter()
        .filter(|(_, field)| field.values.is_none())
        .map(|(name, _)| name.clone())
        .collect()
}

/// Reports what is dropped in vain.
pub(super) fn check(
    written: &syntax::Request,
    (settings, inherited): (&Settings, &Settings),
    own: &[String],
    problems: &mut Problems,
) {
    for (name, field) in settings
        .headers
        .iter()
        .filter(|(_, field)| field.values.is_none())
    {
        let is_inherited = inherited
            .headers
            .get(name)
            .is_some_and(|field| field.values.is_some());
        if let Some((reason, hint)) = kept(name, is_inherited, written, settings) {
            let problem = Diagnostic::error(
                &field.span,
                format!("the header `{name}` cannot be removed: {reason}"),
            );
            problems.push(problem.maybe_hint(hint.map(str::to_owned)).certain());
        } else if own.contains(name) && !is_inherited && !is_added(name, written, settings) {
            problems.push(in_vain(name, &field.span, inherited));
        }
    }
}

fn in_vain(name: &str, span: &Span, inherited: &Settings) -> Diagnostic {
    let known = inherited.headers.keys().map(String::as_str).chain(ADDED);
    let problem = Diagnostic::warning(
        span,
        format!("this has no effect: no header `{name}` is inherited or added"),
    );
    problem.maybe_hint(did_you_mean(name, known))
}

/// Whether the client adds the header itself.
fn is_added(name: &str, written: &syntax::Request, settings: &Settings) -> bool {
    match name {
        "content-type" => written.body.is_some(),
        "content-encoding" => settings
            .option(|options| options.compress.as_ref())
            .is_some_and(|compress| compress.on().is_some()),
        _ => ADDED.contains(&name),
    }
}

/// Why a header goes out all the same, and what to write instead.
fn kept(
    name: &str,
    inherited: bool,
    written: &syntax::Request,
    settings: &Settings,
) -> Option<(&'static str, Option<&'static str>)> {
    if let Some((_, hint)) = NEEDED.iter().find(|(needed, _)| *needed == name) {
        return Some(("no request can be sent without it", *hint));
    }
    let websocket = written.conversation.is_some();
    let auth = settings.auth.as_ref().and_then(|auth| auth.scheme());
    match name {
        "connection" | "upgrade" | "sec-websocket-key" | "sec-websocket-version" if websocket => {
            Some(("it asks for the WebSocket", None))
        }
        "sec-websocket-protocol" if websocket => {
            Some(("`subprotocols` sets it", Some("remove `subprotocols`")))
        }
        "connection" if settings.option(|options| options.keep_alive) == Some(false) => Some((
            "`keep_alive = false` sets it",
            Some("write `keep_alive = true`"),
        )),
        "expect" if settings.option(|options| options.expect_continue) == Some(true) => Some((
            "`expect_continue` sets it",
            Some("write `expect_continue = false`"),
        )),
        "cookie" if !inherited => Some((
            "the cookie jar and `cookies` set it",
            Some("write `cookies = false`"),
        )),
        "proxy-authorization" if !inherited => Some(("the proxy's user and password set it", None)),
        _ if auth.is_some_and(|auth| auth.makes_header(name)) => {
            Some(("`auth` sets it", Some("write `auth = false`")))
        }
        _ => None,
    }
}
