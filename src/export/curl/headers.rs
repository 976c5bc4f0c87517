//! The headers of a `curl` command: those that curl would not send by itself, and none that it would.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::connection::other_name;
use super::form;
use super::login::{is_challenged, is_signed, user_word};
use super::shell::{Part, Variables, word};
use crate::http::{ACCEPT_ENCODING, Header, Options, Request};
use crate::secret::{header_parts, is_secret_header, is_usual_header};

/// What curl sends where nothing is said.
const ACCEPT: &str = "*/*";

pub(super) fn arguments(
    request: &Request,
    options: &Options,
    variables: &mut Variables,
) -> Vec<String> {
    let makes = |name: &str| request.auth.as_ref().is_some_and(|auth| auth.makes(name));
    let written = request
        .headers
        .iter()
        .filter(|(name, value)| !is_implied(request, options, name, value) && !makes(name));
    let follows = cookies_follow(request, options);
    let mut arguments: Vec<_> = written
        .filter_map(|header| argument(request, follows, header, variables))
        .collect();
    let lines = |name: &str| lines(request, name);
    let without =
        |name: &str| request.dropped.iter().any(|dropped| dropped == name) && lines(name) == 0;
    arguments.extend(
        ["user-agent", "accept"]
            .into_iter()
            .filter(|name| without(name))
            .map(|name| format!("--header '{name}:'")),
    );
    if follows {
        arguments.push("--cookie ''".to_owned());
    }
    if request.body.is_some() && lines("content-type") == 0 {
        arguments.push("--header 'content-type:'".to_owned());
    }
    if options.compressed
        && request
            .headers
            .iter()
            .any(|(name, value)| is_compressed(name, value))
    {
        arguments.push("--compressed".to_owned());
    }
    arguments
}

/// How often the request has a header.
fn lines(request: &Request, name: &str) -> usize {
    let is_named = |(line, _): &&Header| line.eq_ignore_ascii_case(name);
    request.headers.iter().filter(is_named).count()
}

/// One header that curl would not send by itself, as its option; `None` if another option makes curl send it.
fn argument(
    request: &Request,
    follows: bool,
    (name, value): &Header,
    variables: &mut Variables,
) -> Option<String> {
    let is = |other: &str| name.eq_ignore_ascii_case(other);
    let user = credentials(name, value).filter(|_| lines(request, name) == 1);
    if let Some((user, password)) = user {
        return Some(format!("--user {}", user_word(&user, &password, variables)));
    }
    if is("content-type") && form::of(request).is_some() {
        let value = form::content_type(value)?;
        return Some(format!("--header {}", header(name, &value, variables)));
    }
    // A word without an equals sign would be the name of a file.
    if follows && is("cookie") && value.contains('=') && !value.starts_with('@') {
        return Some(format!("--cookie {}", word(&parts(name, value, variables))));
    }
    // Headers that are written curl signs, and on its way this one may become another.
    if is("user-agent") && is_signed(request) {
        return Some(format!("--user-agent {}", variables.word(value)));
    }
    Some(format!("--header {}", header(name, value, variables)))
}

/// Whether cookies that a response sets go along with what is asked next: where it redirects, and with the proof that it asks for.
fn cookies_follow(request: &Request, options: &Options) -> bool {
    let is_asked = is_challenged(request);
    options.cookies && (options.follow_redirects > 0 || is_asked)
}

/// Whether curl sends that line by itself.
fn is_implied(request: &Request, options: &Options, name: &str, value: &str) -> bool {
    let is = |other: &str| name.eq_ignore_ascii_case(other);
    let length = || {
        request
            .body
            .as_ref()
            .map(|body| body.length().unwrap_or_default().to_string())
    };
    let only = || lines(request, name) == 1;
    (is("accept") && value == ACCEPT && only())
        || (options.compressed && is_compressed(name, value))
        || (is("content-length") && length().is_some_and(|length| length == value))
        || (is("host")
            && other_name(&request.url, &options.settings).is_none()
            && host(request).is_some_and(|host| host == value))
}

/// Whether the line asks for what `--compressed` asks for.
fn is_compressed(name: &str, value: &str) -> bool {
    name.eq_ignore_ascii_case("accept-encoding") && value == ACCEPT_ENCODING
}

fn host(request: &Request) -> Option<String> {
    let host = request.url.host_str()?;
    Some(
        request
            .url
            .port()
            .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")),
    )
}

fn header(name: &str, value: &str, variables: &mut Variables) -> String {
    if value.trim().is_empty() {
        return variables.word(&format!("{name};"));
    }
    if !is_secret_header(name) {
        let usual = is_usual_header(name);
        let start = format!("{name}: ");
        let start = if usual {
            vec![Part::Text(start)]
        } else {
            variables.parts(&start)
        };
        return word(
            &start
                .into_iter()
                .chain(variables.parts(value))
                .collect::<Vec<_>>(),
        );
    }
    let name_part = Part::Text(format!("{name}: "));
    word(
        &std::iter::once(name_part)
            .chain(parts(name, value, variables))
            .collect::<Vec<_>>(),
    )
}

/// The value of a header that holds secrets.
fn parts(name: &str, value: &str, variables: &mut Variables) -> Vec<Part> {
    let mut parts = Vec::new();
    for (text, hidden) in header_parts(name, value) {
        if hidden {
            let note = format!("the secret part of the header `{name}`");
            parts.extend(variables.hidden(text, name, &note));
        } else {
            parts.extend(variables.parts(text));
        }
    }
    parts
}

/// User and password of a header that curl would write in the same way.
fn credentials(name: &str, value: &str) -> Option<(String, String)> {
    let encoded = value
        .strip_prefix("Basic ")
        .filter(|_| name.eq_ignore_ascii_case("authorization"))?;
    let decoded = String::from_utf8(STANDARD.decode(encoded).ok()?).ok()?;
    let (user, password) = decoded.split_once(':')?;
    (STANDARD.encode(&decoded) == encoded && !decoded.contains('\0'))
        .then(|| (user.to_owned(), password.to_owned()))
}
