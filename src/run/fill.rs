//! Fills a request's placeholders: vars, target, query, body, headers in file order, auth.

use std::sync::Arc;

use base64::Engine as _;
use bytes::Bytes;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use url::Url;

use super::scope::{AtStep, evaluate, words};
use crate::http;
use crate::plan::{self, Body};
use crate::secret::is_secret_header;
use crate::source::Span;
use crate::syntax::{Auth, Field, Fields, FileKind, Spanned};
use crate::template::{Evaluated, Template};
use crate::value::{Object, Value};

/// Why a request cannot be made, and where that is written.
#[derive(Debug)]
pub(super) struct Unfilled {
    pub(super) message: String,
    pub(super) span: Span,
}

type Filled<T> = Result<T, Box<Unfilled>>;

/// Characters that stand as they are in a query and in a path's parameter (RFC 3986 `unreserved`).
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The request that a step sends now. While it is filled, the scope has it as `request`, as far as it is built.
pub(super) fn fill(request: &plan::Request, base: Option<&Url>, scope: &AtStep<'_>) -> Filled<http::Request> {
    let filler = Filler { request, base, scope };
    let url = filler.url()?;
    *scope.request.borrow_mut() = Some(http::Request::new(&request.method.0, url));
    filler.body()?;
    filler.headers()?;
    filler.cookies()?;
    filler.auth()?;
    let built = scope.request.borrow_mut().take();
    built.ok_or_else(|| unfilled("the request was taken back", &request.url.span))
}

#[expect(clippy::unnecessary_box_returns, reason = "it is made to be an error, which travels boxed")]
fn unfilled(message: impl Into<String>, span: &Span) -> Box<Unfilled> {
    Box::new(Unfilled { message: message.into(), span: span.clone() })
}

struct Filler<'a> {
    request: &'a plan::Request,
    base: Option<&'a Url>,
    scope: &'a AtStep<'a>,
}

impl Filler<'_> {
    fn text(&self, template: &Template, span: &Span) -> Filled<String> {
        match template.literal() {
            Some(text) => Ok(text.to_owned()),
            None => template.render(self.scope).map(|rendered| rendered.text).map_err(|error| unfilled(words(&error), span)),
        }
    }

    /// The texts of a value that may be a list: `"{{ ids }}"` repeats as a written list does.
    fn texts(&self, values: &[Spanned<Template>]) -> Filled<Vec<String>> {
        let mut texts = Vec::with_capacity(values.len());
        for value in values {
            if let Some(text) = value.literal() {
                texts.push(text.to_owned());
                continue;
            }
            let evaluated = value.evaluate(self.scope).map_err(|error| unfilled(words(&error), &value.span))?;
            match evaluated {
                Evaluated::Value(binding) => match &*binding.value {
                    Value::Array(items) => {
                        for item in items {
                            texts.push(item.to_text().ok_or_else(|| unfilled("null has no text", &value.span))?);
                        }
                    }
                    single => texts.push(single.to_text().ok_or_else(|| unfilled("null has no text", &value.span))?),
                },
                Evaluated::Pattern(_) => return Err(unfilled("`any.…` is a pattern for expectations, not a value", &value.span)),
            }
        }
        Ok(texts)
    }

    fn pairs<'f>(&self, fields: impl Iterator<Item = &'f Field>) -> Filled<Vec<(String, String)>> {
        let mut pairs = Vec::new();
        for field in fields {
            let Some(values) = &field.values else { continue };
            pairs.extend(self.texts(values)?.into_iter().map(|text| (field.name.clone(), text)));
        }
        Ok(pairs)
    }

    fn url(&self) -> Filled<Url> {
        let request = self.request;
        let span = &request.url.span;
        let mut path = self.text(&request.url.value, span)?;
        for (name, value) in self.pairs(request.path_params.values())? {
            let place = request.path_params.get(&name).map_or(span, |field| &field.span);
            if value.is_empty() {
                return Err(unfilled(format!("the path parameter `{name}` is empty"), place));
            }
            path = path.replace(&format!("{{{name}}}"), &utf8_percent_encode(&value, ENCODED).to_string());
        }
        let joined = match self.base {
            Some(base) => http::url::join(base, &path),
            None => http::url::base(&path),
        };
        let mut url = joined.map_err(|error| unfilled(error.message, span))?;
        let pairs = self.pairs(request.query.values())?;
        if !pairs.is_empty() {
            add_query(&mut url, &pairs);
        }
        Ok(url)
    }

    fn with_request(&self, change: impl FnOnce(&mut http::Request)) {
        if let Some(request) = self.scope.request.borrow_mut().as_mut() {
            change(request);
        }
    }

    fn push(&self, name: &str, value: String) {
        self.with_request(|request| request.headers.push((name.to_owned(), value)));
    }

    fn body(&self) -> Filled<()> {
        let Some(body) = &self.request.body else { return Ok(()) };
        let (bytes, content_type) = self.bytes(body)?;
        let written = self.request.headers.contains_key("content-type");
        self.with_request(|request| request.body = Some(bytes));
        if let (Some(content_type), false) = (content_type, written) {
            self.push("content-type", content_type.to_owned());
        }
        Ok(())
    }

    fn bytes(&self, body: &Spanned<Body>) -> Filled<(Bytes, Option<&'static str>)> {
        let span = &body.span;
        let filled = match &body.value {
            Body::Json(document) => {
                let value = evaluate(document, self.scope).map_err(|message| unfilled(message, span))?.value;
                (Bytes::from(value.to_json()), Some(JSON))
            }
            Body::Text(template) => (Bytes::from(self.text(template, span)?), Some(TEXT)),
            Body::Xml(template) => (Bytes::from(self.text(template, span)?), Some(XML)),
            Body::Raw(bytes, kind) => (bytes.clone(), Some(content_type(*kind))),
            Body::Form(fields) => (Bytes::from(self.form(fields)?), Some("application/x-www-form-urlencoded")),
            Body::File(path) => (self.file(&self.text(path, span)?, span)?, Some("application/octet-stream")),
            Body::KindOfFile(kind, path, template) => self.kind_of_file(*kind, path, *template)?,
            Body::Base64(template) => (self.base64(template, span)?, None),
            Body::Graphql { query, variables, operation } => {
                let mut members = Object::new();
                members.insert("query".to_owned(), self.text(query, span)?.into());
                if let Some(variables) = variables {
                    let value = evaluate(variables, self.scope).map_err(|message| unfilled(message, span))?.value;
                    members.insert("variables".to_owned(), Value::clone(&value));
                }
                if let Some(operation) = operation {
                    members.insert("operationName".to_owned(), self.text(operation, span)?.into());
                }
                (Bytes::from(Value::Object(members).to_json()), Some(JSON))
            }
        };
        Ok(filled)
    }

    fn form(&self, fields: &Fields) -> Filled<String> {
        let mut out = url::form_urlencoded::Serializer::new(String::new());
        out.extend_pairs(self.pairs(fields.values())?);
        Ok(out.finish())
    }

    fn base64(&self, template: &Template, span: &Span) -> Filled<Bytes> {
        let text: String = self.text(template, span)?.split_whitespace().collect();
        let decoded = base64::engine::general_purpose::STANDARD.decode(text);
        decoded.map(Bytes::from).map_err(|error| unfilled(format!("this is not base64: {error}"), span))
    }

    fn file(&self, path: &str, span: &Span) -> Filled<Bytes> {
        let full = span.file.folder().join(path);
        let root = &self.scope.names.collection.context.root;
        let full = plan::inside(Some(root), &full, &span.file).map_err(|message| unfilled(message, span))?;
        std::fs::read(full).map(Bytes::from).map_err(|error| unfilled(format!("`{path}` cannot be read: {error}"), span))
    }

    fn kind_of_file(&self, kind: FileKind, path: &Spanned<Template>, template: bool) -> Filled<(Bytes, Option<&'static str>)> {
        let name = self.text(&path.value, &path.span)?;
        let bytes = self.file(&name, &path.span)?;
        if !template {
            return Ok((bytes, Some(content_type(kind))));
        }
        let text = std::str::from_utf8(&bytes).map_err(|_| unfilled(format!("`{name}` is not UTF-8 text"), &path.span))?;
        let body =
            plan::body_of_text(kind, text).map_err(|(message, ..)| unfilled(format!("`{name}`: {message}"), &path.span))?;
        self.bytes(&Spanned::new(&path.span, body))
    }

    /// Headers in the order of the file. A header may use `request` as built so far.
    fn headers(&self) -> Filled<()> {
        let elsewhere = self.leaves_base();
        for (key, field) in &self.request.headers {
            let Some(values) = &field.values else { continue };
            let texts = self.texts(values)?;
            let secret = is_secret_header(key)
                || texts.iter().any(|text| matches!(self.scope.names.redactor.redact(text), std::borrow::Cow::Owned(_)));
            if secret && elsewhere && self.request.inherited_headers.contains(key) {
                continue;
            }
            self.with_request(|request| request.sensitive.extend(secret.then(|| key.clone())));
            for text in texts {
                self.push(&field.name, text);
            }
        }
        Ok(())
    }

    fn cookies(&self) -> Filled<()> {
        let pairs = self.pairs(self.request.cookies.values())?;
        if !pairs.is_empty() {
            let line: Vec<_> = pairs.iter().map(|(name, value)| format!("{name}={value}")).collect();
            self.push("cookie", line.join("; "));
        }
        Ok(())
    }

    /// Inherited authentication goes to the base URL's origin alone; a header that is written wins over it.
    fn auth(&self) -> Filled<()> {
        let Some((auth, inherited)) = &self.request.auth else { return Ok(()) };
        if *inherited && self.leaves_base() {
            return Ok(());
        }
        let span = &auth.span;
        match &auth.value {
            Auth::Off => {}
            Auth::Basic { user, password } => {
                let (user, password) = (self.text(user, span)?, self.text(password, span)?);
                self.credential("password", &password);
                self.authorization(http::auth::basic(&user, &password));
            }
            Auth::Bearer(token) => {
                let token = self.text(token, span)?;
                self.credential("token", &token);
                self.authorization(http::auth::bearer(&token));
            }
            Auth::ApiKey { name, value, in_query: false } => {
                let value = self.text(value, span)?;
                self.credential("api_key", &value);
                self.with_request(|request| request.sensitive.push(name.clone()));
                self.push(name, value);
            }
            Auth::ApiKey { name, value, in_query: true } => {
                let value = self.text(value, span)?;
                self.credential("api_key", &value);
                self.with_request(|request| add_query(&mut request.url, &[(name.clone(), value)]));
            }
        }
        Ok(())
    }

    /// What authenticates is a secret, also where nobody says so; a short one is a word of everyday tests.
    fn credential(&self, name: &str, value: &str) {
        const SHORTEST: usize = 8;
        if value.chars().nth(SHORTEST - 1).is_some() {
            self.scope.names.redactor.add_whole(name, value);
        }
    }

    fn authorization(&self, value: String) {
        let written = self.scope.request.borrow().as_ref().is_some_and(|request| request.has_header("authorization"));
        if !written {
            self.push("authorization", value);
        }
    }

    fn leaves_base(&self) -> bool {
        let request = self.scope.request.borrow();
        let stays = |base| request.as_ref().is_some_and(|request| http::url::same_origin(&request.url, base));
        self.base.is_some_and(|base| !stays(base))
    }
}

/// Appends pairs, percent-encoded: a space is `%20`, which every server reads, in forms and elsewhere.
fn add_query(url: &mut Url, pairs: &[(String, String)]) {
    let encode = |text: &str| utf8_percent_encode(text, ENCODED).to_string();
    let added: Vec<_> = pairs.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
    let before = url.query().filter(|query| !query.is_empty()).map(|query| format!("{query}&")).unwrap_or_default();
    url.set_query(Some(&format!("{before}{}", added.join("&"))));
}

const JSON: &str = "application/json";
const TEXT: &str = "text/plain; charset=utf-8";
const XML: &str = "application/xml";

fn content_type(kind: FileKind) -> &'static str {
    match kind {
        FileKind::Json => JSON,
        FileKind::Text => TEXT,
        FileKind::Xml => XML,
    }
}

/// The rows of a request or collection, now that names have values.
pub(super) fn rows(rows: &plan::Rows, scope: &AtStep<'_>, span: &Span) -> Filled<Vec<Arc<Value>>> {
    let found: Vec<Arc<Value>> = match rows {
        plan::Rows::Fixed(rows) => rows.clone(),
        plan::Rows::Documents(documents) => {
            let rows = documents.iter().map(|row| evaluate(row, scope).map(|binding| binding.value));
            rows.collect::<Result<_, _>>().map_err(|message| unfilled(message, span))?
        }
        plan::Rows::Expression(template) => match template.evaluate(scope).map_err(|error| unfilled(words(&error), span))? {
            Evaluated::Value(binding) => match &*binding.value {
                Value::Array(items) => items.iter().cloned().map(Arc::new).collect(),
                other => return Err(unfilled(format!("`rows` needs a list, this is {}", other.kind().with_article()), span)),
            },
            Evaluated::Pattern(_) => return Err(unfilled("`rows` needs a list, not a pattern", span)),
        },
    };
    if found.is_empty() {
        return Err(unfilled("`rows` is an empty list: nothing would be proved", span));
    }
    Ok(found)
}
