//! Captures: values taken out of an exchange by the questions that expectations ask.

use std::borrow::Cow;
use std::sync::Arc;

mod decode;

use super::expectation::EvalContext;
use super::matcher::Expected;
use super::message::of_event;
use super::outcome::Failure;
use super::part::ExchangePart;
use super::subject::{JsonPathQuery, ReadResult, Subject};
use crate::budget;
use crate::http::Exchange;
use crate::query::Regex;
use crate::source::Span;
use crate::syntax::{Data, Key, Node, Problems, wrong_type};
use crate::template::{EvalError, Evaluated, Scope, Template};
use crate::value::diff::Differences;
use crate::value::{Number, Value};

/// Where a capture takes its value from; it has exactly one of these keys.
pub const SOURCES: &[Key] = &[
    key(
        "jsonpath",
        "template",
        "an RFC 9535 path into the JSON document",
    ),
    key("header", "string", "a header's name"),
    key(
        "cookie",
        "string",
        "the name of a cookie that the response sets, or `name.attribute`",
    ),
    key(
        "regex",
        "string",
        "a regex on the body: its first group, else the whole match",
    ),
    key("xpath", "string", "an XPath 1.0 expression"),
    key("css", "string", "a CSS selector"),
    key("text", "true", "the body as text"),
    key("status", "true", "the status, as a number"),
    key("url", "true", "the URL of the last request"),
    key("time", "true", "how long it took, in seconds"),
];

/// What a capture may say beside its source.
pub const OPTIONS: &[Key] = &[
    key(
        "regex",
        "string",
        "applied to the value found: the first group, else the whole match",
    ),
    key(
        "attribute",
        "string",
        "an attribute of the elements that `css` selects, instead of their text",
    ),
    key(
        "namespaces",
        "#names",
        "prefix → namespace, for the names in `xpath`",
    ),
    key(
        "event",
        "count|string",
        "an event of the stream: its index from 0, or the first of a type",
    ),
    key("default", "any", "the value to use if nothing is found"),
    key(
        "all",
        "boolean",
        "`true`: all matches as a list; `false`: the first match",
    ),
    key("secret", "boolean", "masks the value in all output"),
];

const fn key(name: &'static str, shape: &'static str, about: &'static str) -> Key {
    Key { name, shape, about }
}

/// A value that is taken out of a response, compiled.
#[derive(Debug)]
pub struct Capture {
    span: Span,
    source: Source,
    regex: Option<Regex>,
    /// The event of a stream that it is taken from.
    event: Option<Which>,
    default: Option<Expected>,
    /// Whether all that is found is taken, or the first; `None` leaves it to the source.
    all: Option<bool>,
    secret: bool,
}

/// What was taken.
#[derive(Debug, Clone, PartialEq)]
pub struct Taken {
    /// The value.
    pub value: Arc<Value>,
    /// Whether it is to be hidden.
    pub secret: bool,
}

#[derive(Debug)]
enum Source {
    Path(JsonPathQuery),
    /// A subject that gives one text, or the list of several.
    Texts(Box<dyn Subject>),
    Regex(Regex),
    Expression(Template),
    Text,
    Status,
    Url,
    Time,
}

/// An event of a stream.
#[derive(Debug)]
enum Which {
    /// By its number, from 0.
    Number(usize),
    /// The first of that type.
    Type(String),
}

impl Which {
    fn compile(node: &Node, problems: &mut Problems) -> Option<Self> {
        match node.as_str() {
            Some(_) => node
                .string(problems)
                .map(|name| Self::Type(name.to_owned())),
            None => usize::try_from(node.count(problems)?)
                .ok()
                .map(Self::Number),
        }
    }

    /// The event as a response of its own.
    fn of(&self, exchange: &Exchange) -> Result<Exchange, Nothing> {
        let events = exchange
            .result
            .as_ref()
            .map(crate::http::Response::events)
            .unwrap_or_default();
        let found = match self {
            Self::Number(number) => events.get(*number),
            Self::Type(name) => events.iter().find(|event| event.event == *name),
        };
        let absent = || match self {
            Self::Number(_) => {
                format!("only {} arrived", crate::text::count(events.len(), "event"))
            }
            Self::Type(name) => format!("no event of the type `{name}` arrived"),
        };
        let broken = exchange.error().map(|error| error.message.as_str());
        found
            .map(|event| of_event(&exchange.request, event))
            .ok_or_else(|| match broken {
                // The event may have been in the part that did not come.
                Some(broken) => Nothing::unreadable(format!("{}, {broken}", absent())),
                None => Nothing::absent(absent()),
            })
    }
}

/// Why there is no value.
struct Nothing {
    reason: String,
    hint: Option<String>,
    /// Whether it was looked for and is not there, so that a default stands for it.
    absent: bool,
}

impl Capture {
    /// Compiles a capture, or keeps what is wrong with it.
    pub fn compile(name: &str, node: &Node, problems: &mut Problems) -> Option<Self> {
        match &node.data {
            Data::String(text) => {
                let source = decode::short(text, node, problems)?;
                Some(Self {
                    span: node.span.clone(),
                    source,
                    regex: None,
                    event: None,
                    default: None,
                    all: None,
                    secret: false,
                })
            }
            Data::Table(table) => decode::long(name, table, node, problems),
            _ => problems.refuse(wrong_type(
                node,
                "a path such as `\"$.token\"`, an expression, or a table with a source",
            )),
        }
    }

    /// Where it is written.
    #[must_use]
    pub fn span(&self) -> &Span {
        &self.span
    }

    /// The templates that are filled to take it.
    #[must_use]
    pub fn templates(&self) -> Vec<&Template> {
        let mut found = Vec::new();
        match &self.source {
            Source::Path(question) => found.extend(question.template()),
            Source::Texts(subject) => subject.templates(&mut found),
            Source::Expression(template) => found.push(template),
            Source::Regex(_) | Source::Text | Source::Status | Source::Url | Source::Time => {}
        }
        if let Some(default) = &self.default {
            default.templates(&mut found);
        }
        found
    }

    /// Whether the value is said to be a secret.
    #[must_use]
    pub fn is_secret(&self) -> bool {
        self.secret
    }

    /// Takes the value out of an exchange.
    ///
    /// # Errors
    /// Where nothing is found and there is no default, or the response cannot be read so.
    pub fn take(&self, exchange: &Exchange, scope: &dyn Scope) -> Result<Taken, Box<Failure>> {
        let lacks = self.about().lacks(exchange);
        let found = match &self.event {
            _ if lacks.is_some() => Err(Nothing::unreadable(lacks.unwrap_or_default())),
            None => self.find(EvalContext { exchange, scope }),
            Some(which) => which.of(exchange).and_then(|event| {
                self.find(EvalContext {
                    exchange: &event,
                    scope,
                })
            }),
        };
        let found = found.and_then(|taken| self.narrow(taken));
        let found = budget::gave_up().map_or(found, |reason| Err(Nothing::unreadable(reason)));
        let taken = match (found, &self.default) {
            (Err(nothing), Some(default)) if nothing.absent => standing_in(default, scope),
            (found, _) => found,
        };
        taken
            .map(|taken| Taken {
                secret: taken.secret || self.secret,
                ..taken
            })
            .map_err(|nothing| self.failure(nothing))
    }

    /// The part of the exchange that it is taken from.
    #[must_use]
    pub fn about(&self) -> ExchangePart {
        match &self.source {
            _ if self.event.is_some() => ExchangePart::Events,
            Source::Path(_) | Source::Regex(_) | Source::Text => ExchangePart::Body,
            Source::Texts(subject) => subject.about(),
            Source::Status => ExchangePart::Status,
            Source::Url => ExchangePart::Url,
            Source::Time => ExchangePart::Time,
            Source::Expression(template) => ExchangePart::expression(template),
        }
    }

    fn failure(&self, nothing: Nothing) -> Box<Failure> {
        Box::new(Failure {
            span: self.span.clone(),
            expected: "a value".to_owned(),
            actual: None,
            reason: Some(nothing.reason),
            differences: Differences::default(),
            hint: nothing.hint,
            message: None,
        })
    }

    fn find(&self, eval: EvalContext<'_>) -> Result<Taken, Nothing> {
        if let Source::Expression(template) = &self.source {
            return evaluate(template, eval.scope);
        }
        let Some(response) = eval.response() else {
            return Err(Nothing::unreadable("there is no response"));
        };
        let value = match &self.source {
            Source::Path(question) => self.path(question, eval)?,
            Source::Texts(subject) => self.texts(&**subject, eval)?,
            Source::Regex(regex) => {
                let text = response.text().map_err(|reason| {
                    Nothing::unreadable(format!("the body is not text: {reason}"))
                })?;
                self.search(regex, text).ok_or_else(|| {
                    Nothing::absent(format!("`{}` is not in the body", regex.text()))
                })?
            }
            Source::Text => {
                let text = response.text().map_err(|reason| {
                    Nothing::unreadable(format!("the body is not text: {reason}"))
                })?;
                Value::from(&**text)
            }
            Source::Status => Value::from(i64::from(response.status)),
            Source::Url => Value::from(eval.exchange.url.as_str()),
            Source::Time => {
                Number::from_f64(eval.exchange.time.as_secs_f64()).map_or(Value::Null, Value::from)
            }
            Source::Expression(_) => Value::Null,
        };
        Ok(Taken {
            value: Arc::new(value),
            secret: false,
        })
    }

    /// A singular path gives its value, any other the list of what it finds, unless `all` says otherwise.
    fn path(&self, question: &JsonPathQuery, eval: EvalContext<'_>) -> Result<Value, Nothing> {
        let Some(response) = eval.response() else {
            return Err(Nothing::unreadable("there is no response"));
        };
        let absent = || {
            let (reason, hint) = question.nothing(Some(response), eval.scope);
            Nothing {
                reason,
                hint,
                absent: true,
            }
        };
        let (value, list) = match question.ask(response, eval.scope) {
            ReadResult::Found(value, _) => (value, question.is_list(eval.scope)),
            ReadResult::Missing => return Err(absent()),
            ReadResult::Unreadable(reason, hint) => {
                return Err(Nothing {
                    reason,
                    hint,
                    absent: false,
                });
            }
        };
        match (list, self.all, &*value) {
            (true, _, Value::Array(items)) if items.is_empty() => Err(absent()),
            (true, Some(false), Value::Array(items)) => items.first().cloned().ok_or_else(absent),
            (false, Some(true), value) => Ok(Value::Array(vec![value.clone()])),
            _ => Ok(value.into_owned()),
        }
    }

    /// The first of several texts, or with `all` the list of them.
    fn texts(&self, subject: &dyn Subject, eval: EvalContext<'_>) -> Result<Value, Nothing> {
        let reading = subject.read(eval);
        if reading.is_nothing() {
            let (reason, hint) = subject.missing(eval);
            return Err(Nothing {
                reason,
                hint,
                absent: true,
            });
        }
        let value = match reading {
            ReadResult::Found(value, _) => value,
            ReadResult::Missing => return Err(Nothing::absent("there is none")),
            ReadResult::Unreadable(reason, hint) => {
                return Err(Nothing {
                    reason,
                    hint,
                    absent: false,
                });
            }
        };
        Ok(match (self.all == Some(true), value) {
            (true, list @ Cow::Owned(Value::Array(_))) => list.into_owned(),
            (true, single) => Value::Array(vec![single.into_owned()]),
            (false, Cow::Owned(Value::Array(items))) => {
                items.into_iter().next().unwrap_or_default()
            }
            (false, single) => single.into_owned(),
        })
    }

    fn search(&self, regex: &Regex, text: &str) -> Option<Value> {
        if self.all != Some(true) {
            return regex.find(text).map(Value::from);
        }
        let all: Vec<_> = regex.find_all(text).into_iter().map(Value::from).collect();
        (!all.is_empty()).then_some(Value::Array(all))
    }

    /// What the `regex` beside a source finds in what was taken; of a list, in each item.
    fn narrow(&self, taken: Taken) -> Result<Taken, Nothing> {
        let Some(regex) = &self.regex else {
            return Ok(taken);
        };
        let find = |value: &Value| {
            let text = value.to_text()?;
            regex.find(&text).map(Value::from)
        };
        let value = match &*taken.value {
            Value::Array(items) => {
                let found: Vec<_> = items.iter().filter_map(find).collect();
                (!found.is_empty()).then_some(Value::Array(found))
            }
            single => find(single),
        };
        let value = value.ok_or_else(|| {
            Nothing::absent(format!("`{}` does not match what was found", regex.text()))
        })?;
        Ok(Taken {
            value: Arc::new(value),
            ..taken
        })
    }
}

impl Nothing {
    fn unreadable(reason: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            hint: None,
            absent: false,
        }
    }

    fn absent(reason: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            hint: None,
            absent: true,
        }
    }
}

impl From<EvalError> for Nothing {
    fn from(error: EvalError) -> Self {
        Self {
            reason: error.message,
            hint: error.hint,
            absent: false,
        }
    }
}

fn evaluate(template: &Template, scope: &dyn Scope) -> Result<Taken, Nothing> {
    match template.evaluate(scope) {
        Ok(Evaluated::Value(binding)) => Ok(Taken {
            value: binding.value,
            secret: binding.secret,
        }),
        Ok(Evaluated::Pattern(_)) => Err(Nothing::unreadable("a pattern is not a value")),
        Err(error) => Err(error.into()),
    }
}

fn standing_in(default: &Expected, scope: &dyn Scope) -> Result<Taken, Nothing> {
    let target = default.resolve(scope)?;
    let value = target
        .as_value()
        .ok_or_else(|| Nothing::unreadable("a pattern is not a value"))?;
    Ok(Taken {
        value: Arc::new(value.clone()),
        secret: false,
    })
}
