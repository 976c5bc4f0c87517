//! `jsonpath`: what a path of the document gives; a singular path its value, any other a list.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use super::json::{ambiguous, document};
use super::{ReadResult, Subject, inside};
use crate::check::compile::Compiler;
use crate::check::expectation::EvalContext;
use crate::check::matcher::{Domain, Interpretation};
use crate::event::SubjectKind;
use crate::http::Response;
use crate::lock::IgnorePoison as _;
use crate::query::{JsonPath, QueryError, quote};
use crate::source::{Diagnostic, Span};
use crate::syntax::{Node, Problems};
use crate::template::{Scope, Template};
use crate::value::Value;

/// How many filled paths are kept compiled.
const CACHED: usize = 64;

/// A JSONPath, in which placeholders may stand for literals.
#[derive(Debug)]
pub(in crate::check) enum JsonPathQuery {
    /// Without placeholders.
    Fixed(JsonPath),
    /// With placeholders, and what was compiled of it so far.
    Template {
        template: Template,
        compiled: Mutex<BTreeMap<String, Arc<JsonPath>>>,
        singular: bool,
    },
}

pub(super) fn compile(compiler: &mut Compiler<'_>, node: &Node) {
    compiler.each(node, "a table of JSONPaths", |compiler, text, key, node| {
        let Some(question) = compiler
            .setting
            .paths
            .question(text, key, compiler.problems)
        else {
            return;
        };
        compiler.matched(question, node);
    });
}

/// The `JSONPath`s of a collection, each compiled once: many requests ask for the same.
#[derive(Debug, Default)]
pub struct Paths(RefCell<BTreeMap<String, JsonPath>>);

impl Paths {
    fn question(&self, text: &str, place: &Span, problems: &mut Problems) -> Option<JsonPathQuery> {
        if let Some(path) = self.0.borrow().get(text) {
            return Some(JsonPathQuery::Fixed(path.clone()));
        }
        let question = JsonPathQuery::compile(text, place, problems)?;
        if let JsonPathQuery::Fixed(path) = &question {
            self.0.borrow_mut().insert(text.to_owned(), path.clone());
        }
        Some(question)
    }
}

impl JsonPathQuery {
    /// Compiles a path that is written at a place, or keeps the problem: it is no path; with placeholders, it would be
    /// none whatever they hold.
    pub(in crate::check) fn compile(
        text: &str,
        place: &Span,
        problems: &mut Problems,
    ) -> Option<Self> {
        let template = match Template::parse(text) {
            Ok(template) => template,
            Err(error) => {
                let place = inside(place, text, error.range);
                return problems
                    .refuse(Diagnostic::error(&place, error.message).maybe_hint(error.hint));
            }
        };
        if template.literal().is_some() {
            return match JsonPath::compile(text) {
                Ok(path) => Some(Self::Fixed(path)),
                Err(error) => problems.refuse(problem(place, text, error)),
            };
        }
        let tried = JsonPath::compile(&template.with_stand_in("'x'"));
        match tried
            .or_else(|error| JsonPath::compile(&template.with_stand_in("0")).map_err(|_| error))
        {
            Ok(path) => Some(Self::Template {
                template,
                compiled: Mutex::default(),
                singular: path.is_singular(),
            }),
            Err(error) => {
                let hint = "`{{ x }}` inside a path is one literal, quoted for you".to_owned();
                problems.refuse(
                    Diagnostic::error(place, error.message).hint(error.hint.unwrap_or(hint)),
                )
            }
        }
    }

    /// The path as written.
    pub(in crate::check) fn text(&self) -> &str {
        match self {
            Self::Fixed(path) => path.text(),
            Self::Template { template, .. } => template.text(),
        }
    }

    /// Its template.
    pub(in crate::check) fn template(&self) -> Option<&Template> {
        if let Self::Template { template, .. } = self {
            Some(template)
        } else {
            None
        }
    }

    /// The path with its placeholders filled.
    fn path(&self, scope: &dyn Scope) -> Result<Cow<'_, JsonPath>, String> {
        match self {
            Self::Fixed(path) => Ok(Cow::Borrowed(path)),
            Self::Template {
                template, compiled, ..
            } => {
                let text = template
                    .render_quoted(scope, &quote)
                    .map_err(|error| error.message)?
                    .text;
                let mut cache = compiled.lock().ignore_poison();
                if let Some(path) = cache.get(&text) {
                    return Ok(Cow::Owned(JsonPath::clone(path)));
                }
                let path = JsonPath::compile(&text)
                    .map_err(|error| format!("`{text}`: {}", error.message))?;
                if cache.len() >= CACHED {
                    cache.clear();
                }
                cache.insert(text, Arc::new(path.clone()));
                Ok(Cow::Owned(path))
            }
        }
    }

    /// Whether it gives a list of what it finds.
    pub(in crate::check) fn is_list(&self, scope: &dyn Scope) -> bool {
        self.path(scope).is_ok_and(|path| !path.is_singular())
    }

    /// Whether it gives one value, whatever its placeholders hold.
    fn is_singular(&self) -> bool {
        match self {
            Self::Fixed(path) => path.is_singular(),
            Self::Template { singular, .. } => *singular,
        }
    }

    /// What the path gives in a response.
    pub(in crate::check) fn ask<'a>(
        &self,
        response: &'a Response,
        scope: &dyn Scope,
    ) -> ReadResult<'a> {
        let document = match document(response) {
            Ok(document) => document,
            Err(reason) => return ReadResult::Unreadable(reason, None),
        };
        let path = match self.path(scope) {
            Ok(path) => path,
            Err(reason) => return ReadResult::Unreadable(reason, None),
        };
        if let Some(place) = response
            .duplicate_members()
            .iter()
            .find(|place| path.depends_on(place))
        {
            return ReadResult::Unreadable(ambiguous(place), None);
        }
        if path.is_singular() {
            return path.get(document).map_or(ReadResult::Missing, |value| {
                ReadResult::Found(Cow::Borrowed(value), Interpretation::Typed)
            });
        }
        let found: Vec<_> = path.select(document).into_iter().cloned().collect();
        if found.is_empty() && !path.has_prefix(document) {
            return ReadResult::Missing;
        }
        ReadResult::Found(Cow::Owned(Value::Array(found)), Interpretation::Nodes)
    }

    /// Why there is nothing at the path, and what is there instead.
    pub(in crate::check) fn nothing(
        &self,
        response: Option<&Response>,
        scope: &dyn Scope,
    ) -> (String, Option<String>) {
        let path = self.path(scope).ok();
        let text = path
            .as_ref()
            .map_or_else(|| self.text(), |path| path.text());
        let document = response.and_then(|response| document(response).ok());
        let hint = path
            .as_ref()
            .zip(document)
            .and_then(|(path, document)| path.nearest(document));
        (format!("there is nothing at `{text}`"), hint)
    }
}

/// A path's problem, at its bytes where the key is written as it is.
fn problem(place: &Span, text: &str, error: QueryError) -> Diagnostic {
    Diagnostic::error(&inside(place, text, error.range), error.message).maybe_hint(error.hint)
}

impl Subject for JsonPathQuery {
    fn label(&self) -> String {
        format!("jsonpath {}", self.text())
    }

    fn kind(&self) -> SubjectKind {
        SubjectKind::JsonPath
    }

    fn templates<'a>(&'a self, found: &mut Vec<&'a Template>) {
        found.extend(self.template());
    }

    fn read<'a>(&'a self, eval: EvalContext<'a>) -> ReadResult<'a> {
        eval.response().map_or(ReadResult::Missing, |response| {
            self.ask(response, eval.scope)
        })
    }

    fn domain(&self) -> Domain {
        if self.is_singular() {
            Domain::ANYTHING
        } else {
            Domain::ARRAY
        }
    }

    fn missing(&self, eval: EvalContext<'_>) -> (String, Option<String>) {
        self.nothing(eval.response(), eval.scope)
    }
}
