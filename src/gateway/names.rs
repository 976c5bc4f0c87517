//! The names that a route's templates may use: `event` and `request`.

use std::sync::Arc;

use indexmap::IndexMap;

use crate::source::{Diagnostic, did_you_mean};
use crate::syntax::{Data, Node, Problems};
use crate::template::{Binding, Context, Lookup, Scope, Template};
use crate::value::{Object, Value};

const NAMES: [&str; 2] = ["event", "request"];
const REQUEST: [&str; 7] = [
    "method", "path", "stage", "params", "query", "headers", "body",
];

/// Reports every name in a value's texts that no request has.
pub(super) fn check(node: &Node, problems: &mut Problems) {
    match &node.data {
        Data::String(text) => {
            // A text that is no template is reported where it is compiled.
            let paths = Template::parse(text)
                .map(|template| template.paths())
                .unwrap_or_default();
            for (name, member) in paths {
                problems_of(node, text, (&name, member.as_deref()), problems);
            }
        }
        Data::Array(items) => items.iter().for_each(|item| check(item, problems)),
        Data::Table(table) => table
            .iter()
            .for_each(|(_, entry)| check(&entry.value, problems)),
        _ => {}
    }
}

fn problems_of(
    node: &Node,
    text: &str,
    (name, member): (&str, Option<&str>),
    problems: &mut Problems,
) {
    let (written, message, known) = if !NAMES.contains(&name) {
        (
            name,
            format!("there is no `{name}` in a gateway file"),
            &NAMES[..],
        )
    } else if let Some(member) =
        member.filter(|member| name == "request" && !REQUEST.contains(member))
    {
        (member, format!("a request has no `{member}`"), &REQUEST[..])
    } else {
        return;
    };
    let list = || {
        format!(
            "there is {}",
            known
                .iter()
                .map(|name| format!("`{name}`"))
                .collect::<Vec<_>>()
                .join(", ")
        )
    };
    let hint = did_you_mean(written, known.iter().copied()).unwrap_or_else(list);
    let range = text
        .find(written)
        .map_or(0..text.len(), |start| start..start + written.len());
    problems.push(Diagnostic::error(&node.inside(range), message).hint(hint));
}

/// A request as templates see it.
#[derive(Debug)]
pub(super) struct Names {
    /// The JSON body; an empty object where there is no body, as a Lambda function behind a non-proxy integration gets one.
    event: Result<Arc<Value>, String>,
    request: Arc<Value>,
    context: Arc<Context>,
}

/// The parts of a request that templates see.
pub(super) struct Parts<'a> {
    pub(super) method: &'a str,
    pub(super) path: &'a str,
    pub(super) stage: &'a str,
    pub(super) params: Object,
    pub(super) query: &'a IndexMap<String, String>,
    pub(super) headers: &'a IndexMap<String, String>,
    pub(super) body: &'a [u8],
}

impl Names {
    pub(super) fn new(parts: Parts<'_>, context: &Arc<Context>) -> Self {
        let texts = |texts: &IndexMap<String, String>| {
            Value::Object(
                texts
                    .iter()
                    .map(|(name, text)| (name.clone(), Value::from(text.as_str())))
                    .collect(),
            )
        };
        let event = if parts.body.is_empty() {
            Ok(Value::Object(Object::default()))
        } else {
            crate::value::parse_bytes(parts.body)
                .map(|parsed| parsed.value)
                .map_err(|error| format!("the body is not JSON: {error}"))
        };
        let members = [
            ("method", Value::from(parts.method)),
            ("path", Value::from(parts.path)),
            ("stage", Value::from(parts.stage)),
            ("params", Value::Object(parts.params)),
            ("query", texts(parts.query)),
            ("headers", texts(parts.headers)),
            (
                "body",
                Value::String(String::from_utf8_lossy(parts.body).into_owned()),
            ),
        ];
        let request: Object = members
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        Self {
            event: event.map(Arc::new),
            request: Arc::new(Value::Object(request)),
            context: Arc::clone(context),
        }
    }
}

impl Scope for Names {
    fn look_up(&self, name: &str) -> Lookup {
        let found = |value: &Arc<Value>| {
            Lookup::Found(Binding {
                value: Arc::clone(value),
                secret: false,
            })
        };
        match (name, &self.event) {
            ("event", Ok(event)) => found(event),
            ("event", Err(reason)) => Lookup::Failed(reason.clone()),
            ("request", _) => found(&self.request),
            _ => Lookup::Unknown,
        }
    }

    fn context(&self) -> &Arc<Context> {
        &self.context
    }
}
