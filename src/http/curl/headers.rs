//! The headers of a `curl` command: those that curl would not send by itself, and none that it would.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::super::head::ACCEPT_ENCODING;
use super::super::{Options, Request};
use super::connection::other_name;
use super::form;
use super::shell::{Part, Variables, word};
use crate::secret::{header_parts, is_secret_header};

/// What curl sends where nothing is said.
const ACCEPT: &str = "*/*";

pub(super) fn arguments(request: &Request, options: &Options, variables: &mut Variables) -> Vec<String> {
    let mut arguments = Vec::new();
    let lines = |name: &str| request.headers.iter().filter(|(line, _)| line.eq_ignore_ascii_case(name)).count();
    let proves = |name: &str| request.auth.as_ref().is_some_and(|auth| auth.makes(name));
    let told = request.headers.iter().filter(|(name, value)| !is_implied(request, options, name, value) && !proves(name));
    for (name, value) in told {
        let user = credentials(name, value).filter(|_| lines(name) == 1);
        arguments.push(match user {
            Some((user, password)) => format!("--user {}", user_word(&user, &password, variables)),
            None if name.eq_ignore_ascii_case("content-type") && form::of(request).is_some() => match form::content_type(value) {
                Some(value) => format!("--header {}", header(name, &value, variables)),
                None => continue,
            },
            None => format!("--header {}", header(name, value, variables)),
        });
    }
    if request.body.is_some() && lines("content-type") == 0 {
        arguments.push("--header 'content-type:'".to_owned());
    }
    if options.compressed && request.headers.iter().any(|(name, value)| is_compressed(name, value)) {
        arguments.push("--compressed".to_owned());
    }
    arguments
}

/// Whether curl sends that line by itself.
fn is_implied(request: &Request, options: &Options, name: &str, value: &str) -> bool {
    let is = |other: &str| name.eq_ignore_ascii_case(other);
    let length = || request.body.as_ref().map(|body| body.length().unwrap_or_default().to_string());
    (is("accept") && value == ACCEPT)
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
    Some(request.url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")))
}

fn header(name: &str, value: &str, variables: &mut Variables) -> String {
    if value.trim().is_empty() {
        return variables.word(&format!("{name};"));
    }
    if !is_secret_header(name) {
        return variables.word(&format!("{name}: {value}"));
    }
    let mut parts = vec![Part::Text(format!("{name}: "))];
    for (text, hidden) in header_parts(name, value) {
        if hidden {
            let note = format!("what is secret in the header `{name}`");
            parts.extend(variables.hidden(text, name, &note));
        } else {
            parts.extend(variables.parts(text));
        }
    }
    word(&parts)
}

/// User and password of a header that curl would write in the same way.
fn credentials(name: &str, value: &str) -> Option<(String, String)> {
    let encoded = value.strip_prefix("Basic ").filter(|_| name.eq_ignore_ascii_case("authorization"))?;
    let decoded = String::from_utf8(STANDARD.decode(encoded).ok()?).ok()?;
    let (user, password) = decoded.split_once(':')?;
    (STANDARD.encode(&decoded) == encoded && !decoded.contains('\0')).then(|| (user.to_owned(), password.to_owned()))
}

/// User and password of a request, as one word.
pub(super) fn user_word(user: &str, password: &str, variables: &mut Variables) -> String {
    login_word(user, password, ("password", "the password that the request is sent with"), variables)
}

/// User and password as one word. The password is a variable of that name, also where it is too short to be found in a text;
/// where it is none that was declared, a note says what it is.
pub(super) fn login_word(user: &str, password: &str, (name, note): (&str, &str), variables: &mut Variables) -> String {
    let mut parts = variables.parts(user);
    parts.push(Part::Text(":".to_owned()));
    parts.extend(variables.hidden(password, name, note));
    word(&parts)
}
