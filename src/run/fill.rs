//! Fills a request's placeholders: vars, target, query, body, headers in file order, auth.

pub(super) mod auth;
mod segments;
pub(super) mod target;

use std::sync::Arc;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use url::Url;

use super::scope::{RequestScope, evaluate, words};
use crate::http;
use crate::lock::IgnorePoison as _;
use crate::plan;
use crate::secret::{header_parts, is_secret_header};
use crate::source::Span;
use crate::syntax::{Field, Spanned};
use crate::template::{Evaluated, Template};
use crate::value::Value;

/// Why a request cannot be made, and where that is written.
#[derive(Debug)]
pub(super) struct Unfilled {
    pub(super) message: String,
    /// What to do about it.
    pub(super) hint: Option<String>,
    pub(super) span: Span,
}

/// Why a request with an empty list of rows fails.
pub(super) const NO_ROWS: &str = "`rows` is an empty list: nothing would be sent";

pub(super) type Filled<T> = Result<T, Box<Unfilled>>;

/// Characters that stand as they are in a query and in a path's parameter (RFC 3986 `unreserved`).
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The request that a step sends now. While it is filled, the scope has it as `request`, as far as it is built.
pub(super) fn fill(
    request: &plan::Request,
    base: Option<&Url>,
    scope: &RequestScope<'_>,
) -> Filled<http::Request> {
    let filler = Filler {
        request,
        base,
        scope,
    };
    let (url, raw_target) = filler.url()?;
    let settings = filler.settings_for(raw_target.as_deref(), filler.connection()?)?;
    let begun = http::Request {
        raw_target,
        settings,
        ..http::Request::new(&request.method.0, url)
    };
    *scope.request.borrow_mut() = Some(begun);
    filler.body()?;
    filler.headers()?;
    filler.cookies()?;
    filler.handshake();
    filler.auth()?;
    let built = scope.request.borrow_mut().take();
    built.ok_or_else(|| unfilled("the request was withdrawn", &request.url.span))
}

/// How the connection of a request is made, if only the run knows that.
pub(super) fn connection(
    request: &plan::Request,
    scope: &RequestScope<'_>,
) -> Filled<Option<Arc<http::Settings>>> {
    Filler {
        request,
        base: None,
        scope,
    }
    .connection()
}

#[expect(
    clippy::unnecessary_box_returns,
    reason = "it is made to be an error, which travels boxed"
)]
pub(super) fn unfilled(message: impl Into<String>, span: &Span) -> Box<Unfilled> {
    Box::new(Unfilled {
        message: message.into(),
        hint: None,
        span: span.clone(),
    })
}

/// Why a request cannot be made, with what to do about it.
#[expect(
    clippy::unnecessary_box_returns,
    reason = "it is made to be an error, which travels boxed"
)]
pub(super) fn hinted(
    message: impl Into<String>,
    span: &Span,
    hint: impl Into<String>,
) -> Box<Unfilled> {
    Box::new(Unfilled {
        message: message.into(),
        hint: Some(hint.into()),
        span: span.clone(),
    })
}

pub(super) struct Filler<'a> {
    pub(super) request: &'a plan::Request,
    base: Option<&'a Url>,
    pub(super) scope: &'a RequestScope<'a>,
}

impl Filler<'_> {
    pub(super) fn text(&self, template: &Template, span: &Span) -> Filled<String> {
        match template.literal() {
            Some(text) => Ok(text.to_owned()),
            None => template
                .render(self.scope)
                .map(|rendered| rendered.text)
                .map_err(|error| unfilled(words(&error), span)),
        }
    }

    /// The texts of a value that may be a list: `"{{ ids }}"` repeats as a written list does.
    pub(super) fn texts(&self, values: &[Spanned<Template>]) -> Filled<Vec<String>> {
        let mut texts = Vec::with_capacity(values.len());
        for value in values {
            if let Some(text) = value.literal() {
                texts.push(text.to_owned());
                continue;
            }
            let no_text = || unfilled("null cannot be written as a string", &value.span);
            let evaluated = value
                .evaluate(self.scope)
                .map_err(|error| unfilled(words(&error), &value.span))?;
            match evaluated {
                Evaluated::Value(binding) => match &*binding.value {
                    Value::Array(items) => {
                        for item in items {
                            texts.push(item.to_text().ok_or_else(no_text)?);
                        }
                    }
                    single => texts.push(single.to_text().ok_or_else(no_text)?),
                },
                Evaluated::Pattern(_) => {
                    return Err(unfilled(
                        "`any.…` is a pattern for expectations, not a value",
                        &value.span,
                    ));
                }
            }
        }
        if let (true, Some(value)) = (texts.is_empty(), values.first()) {
            let message = "the expression gives an empty array, so nothing would be sent for it";
            let hint = "`when` can skip the request; `{{ x | join(\",\") }}` sends an empty value";
            return Err(hinted(message, &value.span, hint));
        }
        Ok(texts)
    }

    pub(super) fn pairs<'f>(
        &self,
        fields: impl Iterator<Item = &'f Field>,
    ) -> Filled<Vec<(String, String)>> {
        let mut pairs = Vec::new();
        for field in fields {
            let Some(values) = &field.values else {
                continue;
            };
            pairs.extend(
                self.texts(values)?
                    .into_iter()
                    .map(|text| (field.name.clone(), text)),
            );
        }
        Ok(pairs)
    }

    /// How the connection is made, where only the run knows that. Its passwords are hidden from now on.
    fn connection(&self) -> Filled<Option<Arc<http::Settings>>> {
        let plan::Connection::Filled(unfilled) = &self.request.connection else {
            return Ok(None);
        };
        let text = |template: &Spanned<Template>| {
            self.text(&template.value, &template.span)
                .map_err(|problem| (problem.message, None, problem.span))
        };
        let settings = unfilled
            .fill(text)
            .map_err(|(message, _, span)| self::unfilled(message, &span))?;
        settings.hide_secrets(self.scope.names.redactor);
        Ok(Some(Arc::new(settings)))
    }

    pub(super) fn with_request(&self, change: impl FnOnce(&mut http::Request)) {
        if let Some(request) = self.scope.request.borrow_mut().as_mut() {
            change(request);
        }
    }

    pub(super) fn push(&self, name: &str, value: String) {
        self.with_request(|request| request.headers.push((name.to_owned(), value)));
    }

    /// Headers in the order of the file. A header may use `request` as built so far.
    fn headers(&self) -> Filled<()> {
        let elsewhere = self.leaves_base();
        for (key, field) in &self.request.headers {
            let Some(values) = &field.values else {
                self.with_request(|request| request.dropped.push(key.clone()));
                continue;
            };
            if key == "content-type" && self.has_header(key) {
                // The body completed it with its boundary.
                continue;
            }
            let texts = self.texts(values)?;
            let secret = is_secret_header(key)
                || texts.iter().any(|text| {
                    matches!(
                        self.scope.names.redactor.redact(text),
                        std::borrow::Cow::Owned(_)
                    )
                });
            if secret && elsewhere && self.request.inherited_headers.contains(key) {
                continue;
            }
            if values.iter().any(|value| value.literal().is_none()) {
                texts
                    .iter()
                    .try_for_each(|text| check_credential(key, text, &field.span))?;
            }
            self.with_request(|request| request.sensitive.extend(secret.then(|| key.clone())));
            for text in texts {
                self.hide(key, &text);
                self.push(&field.name, text);
            }
        }
        Ok(())
    }

    /// Makes known what a header holds that is secret by its name: a server may send it back somewhere else. Short values are
    /// words of everyday tests, and cookies hold settings too.
    fn hide(&self, name: &str, value: &str) {
        let shortest = if name == "cookie" { 12 } else { 8 };
        let hidden = header_parts(name, value)
            .into_iter()
            .filter(|(_, hidden)| *hidden);
        for (part, _) in hidden.filter(|_| is_secret_header(name)) {
            if part.chars().nth(shortest - 1).is_some() {
                self.scope.names.redactor.add_made(name, part);
            }
        }
    }

    fn cookies(&self) -> Filled<()> {
        let pairs = self.pairs(self.request.cookies.values())?;
        for (name, value) in &pairs {
            let span = self
                .request
                .cookies
                .get(name)
                .map_or(&self.request.url.span, |field| &field.span);
            if let Some(broken) = name
                .chars()
                .find(|character| matches!(character, ';' | '='))
            {
                return Err(unfilled(
                    format!("the name of the cookie `{name}` holds `{broken}`, which ends it"),
                    span,
                ));
            }
            if value.contains(';') {
                return Err(unfilled(
                    format!(
                        "the value of the cookie `{name}` contains `;`, which would begin another cookie"
                    ),
                    span,
                ));
            }
        }
        if !pairs.is_empty() {
            let line: Vec<_> = pairs
                .iter()
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
            let line = line.join("; ");
            self.hide("cookie", &line);
            self.push("cookie", line);
        }
        Ok(())
    }

    /// What asks for a WebSocket, but for what is written.
    fn handshake(&self) {
        let Some(conversation) = &self.request.conversation else {
            return;
        };
        let mut nonce = [0; 16];
        let context = &self.scope.names.collection.context;
        context.random.lock().ignore_poison().fill(&mut nonce);
        for (name, value) in http::handshake_headers(nonce) {
            if !self.has_header(&name) {
                self.push(&name, value);
            }
        }
        if !conversation.subprotocols.is_empty() {
            self.push(
                "sec-websocket-protocol",
                conversation.subprotocols.join(", "),
            );
        }
    }

    fn has_header(&self, name: &str) -> bool {
        self.scope
            .request
            .borrow()
            .as_ref()
            .is_some_and(|request| request.has_header(name))
    }

    fn leaves_base(&self) -> bool {
        let request = self.scope.request.borrow();
        let stays = |base| {
            request
                .as_ref()
                .is_some_and(|request| http::url::same_origin(&request.url, base))
        };
        self.base.is_some_and(|base| !stays(base))
    }
}

/// An expression that comes to nothing must not send a request without its credentials.
fn check_credential(header: &str, value: &str, span: &Span) -> Filled<()> {
    let value = value.trim();
    let scheme_alone = ["bearer", "basic", "token", "apikey", "digest"]
        .contains(&value.to_ascii_lowercase().as_str());
    let empty = value.is_empty() && (is_secret_header(header) || header == "x-api-key");
    if empty || (header == "authorization" && scheme_alone) {
        let message =
            format!("the header `{header}` has no credentials: an expression in it is empty");
        return Err(hinted(
            message,
            span,
            "to send it anyway, write the header without an expression",
        ));
    }
    Ok(())
}

/// Appends pairs, percent-encoded: a space is `%20`, which every server reads, in forms and elsewhere.
fn add_query(url: &mut Url, raw: Option<&mut String>, pairs: &[(String, String)]) {
    let encode = |text: &str| utf8_percent_encode(text, ENCODED).to_string();
    let added: Vec<_> = pairs
        .iter()
        .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
        .collect();
    let before = url
        .query()
        .filter(|query| !query.is_empty())
        .map(|query| format!("{query}&"))
        .unwrap_or_default();
    let added = added.join("&");
    url.set_query(Some(&format!("{before}{added}")));
    if let Some(raw) = raw {
        raw.push(if raw.contains('?') { '&' } else { '?' });
        raw.push_str(&added);
    }
}

/// The rows of a request or collection, one after the other.
pub(super) type Rows<'a> = Box<dyn Iterator<Item = Arc<Value>> + 'a>;

/// The rows of a request or collection, now that names have values.
pub(super) fn rows<'a>(
    rows: &'a plan::Rows,
    scope: &RequestScope<'_>,
    span: &Span,
) -> Filled<Rows<'a>> {
    let found: Vec<Arc<Value>> = match rows {
        plan::Rows::Fixed(rows) => return Ok(Box::new(rows.iter().cloned())),
        plan::Rows::Table(table) => return Ok(Box::new(table.iter().map(Arc::new))),
        plan::Rows::Lost => return Err(unfilled("the rows could not be read", span)),
        plan::Rows::Documents(documents) => {
            let rows = documents
                .iter()
                .map(|row| evaluate(row, scope).map(|binding| binding.value));
            rows.collect::<Result<_, _>>()
                .map_err(|message| unfilled(message, span))?
        }
        plan::Rows::Expression(template) => match template
            .evaluate(scope)
            .map_err(|error| unfilled(words(&error), span))?
        {
            Evaluated::Value(binding) => match &*binding.value {
                Value::Array(items) => items.iter().cloned().map(Arc::new).collect(),
                other => {
                    return Err(unfilled(
                        format!(
                            "`rows` needs a list, this is {}",
                            other.kind().with_article()
                        ),
                        span,
                    ));
                }
            },
            Evaluated::Pattern(_) => {
                return Err(unfilled("`rows` needs a list, not a pattern", span));
            }
        },
    };
    Ok(Box::new(found.into_iter()))
}
