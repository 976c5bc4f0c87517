//! The options of a `curl` command by which curl authenticates the request itself.

use super::shell::{Part, Variables, word};
use crate::http::auth::{CurlText, fetch_options};
use crate::http::{Options, Request};
use crate::secret::Redactor;

/// The options for a request's credentials, whose secrets are variables.
pub(super) fn arguments(
    request: &Request,
    options: &Options,
    redactor: &Redactor,
    variables: &mut Variables<'_>,
) -> Vec<String> {
    let Some(auth) = request.auth.as_deref() else {
        return Vec::new();
    };
    let fetch = || {
        let fetched = auth.fetch_request()?;
        let options = fetch_options(options, &request.url, &fetched.url);
        Some(super::line(&fetched, &options, redactor))
    };
    let auth = auth.curl(request);
    let mut arguments = Vec::new();
    for option in auth.options {
        let flag = option.value.is_empty();
        let mut parts = Vec::new();
        for text in option.value {
            parts.extend(self::parts(text, &fetch, variables));
        }
        arguments.push(if flag {
            option.name.to_owned()
        } else {
            format!("{} {}", option.name, word(&parts))
        });
    }
    for note in auth.notes {
        variables.note(note);
    }
    arguments
}

/// A piece of a value in parts of a word. `fetch` writes the command that fetches it.
fn parts(
    text: CurlText,
    fetch: &dyn Fn() -> Option<String>,
    variables: &mut Variables<'_>,
) -> Vec<Part> {
    match text {
        CurlText::Literal(text) => vec![Part::Text(text)],
        CurlText::Redacted(text) => variables.parts(&text),
        CurlText::Variable(name, value) => vec![variables.named(name, value.expose(), None)],
        CurlText::Described { name, value, note } => variables.hidden(value.expose(), name, note),
        CurlText::Fetched { name, value, url } => {
            let from = fetch().unwrap_or_else(|| url.to_string());
            let note = format!("the `{name}` that this gives: {from}");
            let value = value.as_ref().map_or(url.as_str(), |value| value.expose());
            vec![variables.named(name, value, Some(&note))]
        }
    }
}
