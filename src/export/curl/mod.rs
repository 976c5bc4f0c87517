//! A request as a `curl` command that repeats it.
//!
//! The command is faithful: what the server receives is the same, byte for byte. It is also safe to show: a secret
//! stands in it as a variable of the shell, never as itself, and never as stars, which could not be run.

mod auth;
mod body;
mod connection;
mod flags;
mod form;
mod headers;
mod login;
pub(crate) mod shell;

use crate::http::{Options, Request, add_default_headers};
use url::Position;

use crate::secret::Redactor;
use shell::{Variables, quote};

/// A command longer than this is laid out on several lines.
const LONGEST_LINE: usize = 100;

/// The command for a POSIX shell. Secrets are variables named after them; where a variable does not hold the secret as
/// it is known (it is percent-encoded, say), a comment above the command says what it holds.
#[must_use]
pub fn curl(request: &Request, options: &Options, redactor: &Redactor) -> String {
    let Command {
        notes,
        program,
        arguments,
    } = command(request, options, redactor);
    let notes = notes.into_iter().map(|note| format!("# {note}\n"));
    notes.chain([lay_out(&program, &arguments)]).collect()
}

/// The command on one line, without its comments.
fn line(request: &Request, options: &Options, redactor: &Redactor) -> String {
    let Command {
        program, arguments, ..
    } = command(request, options, redactor);
    format!("{program} {}", arguments.join(" "))
}

struct Command {
    /// What is to be said before.
    notes: Vec<String>,
    /// `curl`, and what writes into it.
    program: String,
    arguments: Vec<String>,
}

fn command(request: &Request, options: &Options, redactor: &Redactor) -> Command {
    let mut request = request.clone();
    let options = &*request.effective_options(options);
    add_default_headers(&mut request, options);
    flags::complete(&mut request, options);
    settle_empty(&mut request);
    let request = &request;
    let mut variables = Variables::new(redactor);
    let mut arguments = vec![url(request, options, &mut variables)];
    arguments.extend(method(request));
    arguments.extend(headers::arguments(request, options, &mut variables));
    arguments.extend(auth::arguments(request, options, redactor, &mut variables));
    arguments.extend(flags::arguments(request, options));
    arguments.extend(connection::arguments(
        &request.url,
        &options.settings,
        &mut variables,
    ));
    let body = body::body(request, &mut variables);
    arguments.extend(body.arguments);
    let pipe = body
        .pipe
        .map(|pipe| format!("{pipe} | "))
        .unwrap_or_default();
    let handshake = flags::is_handshake(request)
        .then(|| "this is the handshake alone: the messages need a WebSocket client".to_owned());
    let forced =
        options.follow_redirects > 0 && !["GET", "HEAD", "POST"].contains(&request.method.as_str());
    let forced = forced.then(|| {
        format!(
            "after a 303 redirect, curl sends {} again instead of GET",
            request.method
        )
    });
    let notes = handshake
        .into_iter()
        .chain(variables.notes())
        .chain(forced)
        .chain(body.note);
    Command {
        notes: notes.collect(),
        program: format!("{pipe}curl"),
        arguments,
    }
}

/// Without the fragment, which no server sees. curl asks TLS for the URL's host, so a name that is asked for instead stands
/// there, and `--connect-to` leads to the right one.
fn url(request: &Request, options: &Options, variables: &mut Variables) -> String {
    let mut url = request.url.clone();
    url.set_fragment(None);
    if let Some(name) = connection::other_name(&request.url, &options.settings) {
        // Fails only for what is no host, which TLS would not have taken either.
        let _ = url.set_host(Some(name));
    }
    if let Some(target) = request
        .raw_target
        .as_deref()
        .filter(|target| is_changed(target))
    {
        let origin = &url[..Position::BeforePath];
        let before = if connection::is_absolute(&request.url, &options.settings) {
            origin
        } else {
            ""
        };
        let target = variables.word(&format!("{before}{target}"));
        return format!(
            "{} --request-target {target}",
            variables.word(&format!("{origin}/"))
        );
    }
    let (text, as_is) = match &request.raw_target {
        Some(target) => (
            format!("{}{target}", &url[..Position::BeforePath]),
            "--path-as-is ",
        ),
        None => (url.to_string(), ""),
    };
    let word = variables.word(&text);
    let globoff = if text.contains(['[', ']', '{', '}']) {
        "--globoff "
    } else {
        ""
    };
    format!("{as_is}{globoff}{word}")
}

/// Whether curl would send another target if this stood in its URL.
fn is_changed(target: &str) -> bool {
    target
        .bytes()
        .any(|byte| !byte.is_ascii_graphic() || byte == b'#')
}

/// An empty body goes out as `content-length: 0` with the methods that are about a body, and as nothing with others. What curl
/// signs for AWS it signs without a body: there the header alone says it.
fn settle_empty(request: &mut Request) {
    if request
        .body
        .as_ref()
        .is_some_and(|body| !body.is_empty() || body.is_chunked())
    {
        return;
    }
    let is_about_a_body = ["POST", "PUT", "PATCH"].contains(&request.method.as_str());
    if !is_about_a_body {
        request.body = None;
    } else if request.body.is_none() && login::is_signed(request) {
        if !request.has_header("content-length") {
            request
                .headers
                .push(("content-length".to_owned(), "0".to_owned()));
        }
    } else if request.body.is_none() {
        request.body = Some(bytes::Bytes::new().into());
    }
}

/// Only what curl would not choose by itself.
fn method(request: &Request) -> Option<String> {
    match (request.method.as_str(), &request.body) {
        ("GET", None) | ("POST", Some(_)) => None,
        ("HEAD", None) => Some("--head".to_owned()),
        (method, _) => Some(format!(
            "--request {}",
            if method.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
                method.to_owned()
            } else {
                quote(method)
            }
        )),
    }
}

fn lay_out(command: &str, arguments: &[String]) -> String {
    let line = format!("{command} {}", arguments.join(" "));
    if line.len() <= LONGEST_LINE && !line.contains('\n') {
        return line;
    }
    format!("{command} {}", arguments.join(" \\\n  "))
}

#[cfg(test)]
mod tests;
