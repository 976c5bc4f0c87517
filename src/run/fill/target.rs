//! Fills where a request goes: the target with its path parameters, joined to the base URL, and the query.

use std::sync::Arc;

use percent_encoding::utf8_percent_encode;
use url::Url;

use super::super::scope::{RequestScope, words};
use super::segments::{self, Stretches};
use super::{ENCODED, Filled, Filler, add_query, hinted, unfilled};
use crate::http;
use crate::plan;
use crate::source::Span;
use crate::syntax::Spanned;
use crate::template::{Stretch, Template};

/// What lets an unusual path through.
const AS_IS: &str = "check the value; `path_as_is = true` sends the path as it is";

impl Filler<'_> {
    /// Where it goes; path and query once more as they are written, where they go out so.
    pub(super) fn url(&self) -> Filled<(Url, Option<String>)> {
        let request = self.request;
        let span = &request.url.span;
        let path = self.target()?;
        let joined = match self.base {
            Some(base) => http::url::join(base, &path),
            None => http::url::whole(&path),
        };
        let mut url = joined.map_err(|error| unfilled(error.message, span))?;
        http::url::hide_login(&url, "url", self.scope.names.redactor);
        let mut raw = request
            .path_as_is
            .then(|| http::url::as_is(self.base, &path));
        let pairs = self.pairs(request.query.values())?;
        if !pairs.is_empty() {
            add_query(&mut url, raw.as_mut(), &pairs);
        }
        Ok((url, raw))
    }

    /// The target with its path parameters.
    fn target(&self) -> Filled<String> {
        let request = self.request;
        // What is written without expressions was checked when it was read.
        if let (Some(text), true) = (request.url.literal(), request.path_params.is_empty()) {
            return Ok(text.to_owned());
        }
        let mut stretches = self.stretches(&request.url)?;
        for (name, value) in self.pairs(request.path_params.values())? {
            let place = request
                .path_params
                .get(&name)
                .map_or(&request.url.span, |field| &field.span);
            let placeholder = format!("{{{name}}}");
            if !request.path_as_is {
                check_parameter(
                    &name,
                    &value,
                    segments::is_alone(&stretches, &placeholder),
                    place,
                )?;
            }
            let encoded = utf8_percent_encode(&value, ENCODED).to_string();
            stretches = segments::with_parameter(stretches, &placeholder, &encoded);
        }
        if !request.path_as_is {
            checked(&stretches, &request.url.span)?;
        }
        Ok(segments::joined(&stretches))
    }

    /// Another URL than the request's own, such as that of tokens: its expressions are held to the same.
    pub(super) fn other_target(&self, text: &Spanned<Template>) -> Filled<String> {
        let stretches = self.stretches(text)?;
        checked(&stretches, &text.span)?;
        Ok(segments::joined(&stretches))
    }

    fn stretches(&self, text: &Spanned<Template>) -> Filled<Vec<Stretch>> {
        text.render_stretches(self.scope)
            .map_err(|error| unfilled(words(&error), &text.span))
    }

    /// How the connection is made: over one that writes the target byte for byte, if the library would refuse it.
    pub(super) fn settings_for(
        &self,
        raw: Option<&str>,
        own: Option<Arc<http::Settings>>,
    ) -> Filled<Option<Arc<http::Settings>>> {
        let Some(raw) = raw else { return Ok(own) };
        let span = &self.request.url.span;
        if let Some(character) = raw
            .chars()
            .find(|character| character.is_ascii_control() || *character == ' ')
        {
            let message = format!(
                "no request line can hold `{}`, and `path_as_is` encodes nothing",
                character.escape_default()
            );
            return Err(hinted(
                message,
                span,
                format!("write `%{:02X}`", u32::from(character)),
            ));
        }
        if http::url::is_plain_target(raw) {
            return Ok(own);
        }
        let known = own.or_else(|| match &self.request.connection {
            plan::Connection::Fixed(settings) => Some(Arc::clone(settings)),
            plan::Connection::Filled(_) => None,
        });
        let settings = known
            .map(|settings| http::Settings::clone(&settings))
            .unwrap_or_default();
        if settings.http == Some(http::HttpVersion::Http2) {
            let message = "this path has characters that cannot be sent over HTTP/2 as they are";
            return Err(hinted(
                message,
                span,
                "write `http = \"1.1\"`, or percent-encode them",
            ));
        }
        let http = settings.http.or(Some(http::HttpVersion::Http11));
        Ok(Some(Arc::new(http::Settings {
            verbatim_target: true,
            http,
            ..settings
        })))
    }
}

/// The text of a base URL, whose expressions are held to the same as those of a request's path.
pub(in crate::run) fn base_text(
    template: &Spanned<Template>,
    scope: &RequestScope<'_>,
) -> Result<String, String> {
    let stretches = template
        .render_stretches(scope)
        .map_err(|error| words(&error))?;
    checked(&stretches, &template.span).map_err(|unfilled| unfilled.message)?;
    Ok(segments::joined(&stretches))
}

fn checked(stretches: Stretches<'_>, span: &Span) -> Filled<()> {
    match segments::fault(stretches) {
        None => Ok(()),
        Some(segments::Fault::Segment(what)) => {
            let message = format!(
                "an expression makes a segment of the path {what}: `{}`",
                segments::joined(stretches)
            );
            Err(hinted(message, span, AS_IS))
        }
        Some(segments::Fault::Query) => {
            let message = format!(
                "an expression in the path brings `?`, and what follows it is a query: `{}`",
                segments::joined(stretches)
            );
            Err(hinted(
                message,
                span,
                "percent-encode the value: `{{ value | urlencode }}`; `path_as_is = true` sends it as it is",
            ))
        }
        Some(segments::Fault::Fragment) => {
            let message = format!(
                "an expression contains `#`, and what follows it is never sent: `{}`",
                segments::joined(stretches)
            );
            Err(hinted(
                message,
                span,
                "percent-encode the value: `{{ value | urlencode }}`",
            ))
        }
    }
}

fn check_parameter(name: &str, value: &str, alone: bool, place: &Span) -> Filled<()> {
    if value.is_empty() {
        return Err(hinted(
            format!("the path parameter `{name}` is empty"),
            place,
            AS_IS,
        ));
    }
    if matches!(value, "." | "..") && alone {
        let message =
            format!("the path parameter `{name}` is `{value}`, which would change the path");
        return Err(hinted(message, place, AS_IS));
    }
    Ok(())
}
