//! What names mean while a collection runs: row > capture > request > command line > stage > collection > project.

use std::borrow::Cow;
use std::cell::RefCell;
use std::sync::Arc;

use indexmap::IndexMap;

use super::captures::{CaptureChanges, Captured, Change};
use super::command::Commands;
use super::credentials::Credentials;
use crate::http;
use crate::plan::{Collection, Definition, Definitions, Step};
use crate::secret::Redactor;
use crate::source::Diagnostic;
use crate::syntax::Origin;
use crate::template::{Binding, Context, Document, EvalError, Evaluated, Expected, Lookup, Scope};
use crate::value::{Object, Value};

/// How many variables may need one another in a row: each takes some of the stack.
const MOST_NESTED: usize = 100;

/// The names of one run of a collection (of one of its rows).
pub(super) struct VariableScope<'a> {
    pub(super) collection: &'a Collection,
    pub(super) redactor: &'a Redactor,
    /// What proves who sends the run's requests.
    pub(super) credentials: &'a Credentials,
    pub(super) captured: Captured,
    /// The collection's row.
    pub(super) row: Option<Arc<Value>>,
    stage: Arc<Value>,
    run: Arc<Value>,
    /// `[vars]` are computed once.
    computed: RefCell<IndexMap<String, Lookup>>,
    /// What is being computed, so that a circle ends.
    computing: RefCell<Vec<String>>,
    pub(super) commands: &'a dyn Commands,
}

/// What is the same for all of a run.
#[derive(Clone, Copy)]
pub(super) struct RunContext<'a> {
    pub(super) redactor: &'a Redactor,
    pub(super) credentials: &'a Credentials,
    pub(super) run_id: &'a str,
    pub(super) commands: &'a dyn Commands,
}

impl<'a> VariableScope<'a> {
    pub(super) fn new(
        collection: &'a Collection,
        row: Option<Arc<Value>>,
        captured: Captured,
        common: RunContext<'a>,
    ) -> Self {
        let mut run = Object::default();
        run.insert("id".to_owned(), common.run_id.into());
        Self {
            collection,
            redactor: common.redactor,
            credentials: common.credentials,
            captured,
            row,
            stage: Arc::new(Value::Null),
            run: Arc::new(Value::Object(run)),
            computed: RefCell::default(),
            computing: RefCell::default(),
            commands: common.commands,
        }
    }

    /// Says where the collection is sent: `stage.name` and `stage.base_url`.
    pub(super) fn set_stage(&mut self, name: Option<&str>, base_url: Option<&str>) {
        let text = |text: Option<&str>| text.map_or(Value::Null, Value::from);
        let members = [
            ("name".to_owned(), text(name)),
            ("base_url".to_owned(), text(base_url)),
        ];
        self.stage = Arc::new(Value::Object(members.into_iter().collect()));
    }

    fn variable(&self, name: &str, scope: &dyn Scope) -> Lookup {
        if let Some(known) = self.computed.borrow().get(name) {
            return known.clone();
        }
        let Some(definition) = self.collection.definitions.get(name) else {
            return Lookup::Unknown;
        };
        if self.computing.borrow().iter().any(|open| open == name) {
            return Lookup::Failed(format!("the value of `{name}` depends on itself"));
        }
        if self.computing.borrow().len() >= MOST_NESTED {
            return Lookup::Failed(format!(
                "more than {MOST_NESTED} variables need one another in a row"
            ));
        }
        self.computing.borrow_mut().push(name.to_owned());
        let lookup = self.compute(name, definition, scope);
        self.computing.borrow_mut().pop();
        self.computed
            .borrow_mut()
            .insert(name.to_owned(), lookup.clone());
        lookup
    }

    /// A variable's value; a secret is made known to the redactor before anybody sees it.
    pub(super) fn compute(&self, name: &str, definition: &Definition, scope: &dyn Scope) -> Lookup {
        let found = match &definition.origin {
            Origin::Value(document) => evaluate(document, scope),
            Origin::Env(variable, default) => {
                match ((scope.context().environment)(variable), default) {
                    (Some(found), _) => Ok(Binding {
                        value: Arc::new(found.text.into()),
                        secret: found.secret,
                    }),
                    (None, Some(default)) => evaluate(default, scope),
                    (None, None) => {
                        return Lookup::Failed(format!(
                            "the environment variable `{variable}` is not set"
                        ));
                    }
                }
            }
            Origin::File(path) => self.file(path, definition),
            Origin::Command(command) => self.commands.output(command).map(|text| Binding {
                value: Arc::new(text.into()),
                secret: false,
            }),
        };
        let bound = found.map(|binding| Binding {
            secret: binding.secret || definition.secret,
            ..binding
        });
        let checked = bound.and_then(|binding| {
            if binding.secret {
                hide(self.redactor, name, &binding.value).map(|()| binding)
            } else {
                Ok(binding)
            }
        });
        checked.map_or_else(Lookup::Failed, Lookup::Found)
    }

    fn file(&self, path: &str, definition: &Definition) -> Result<Binding, String> {
        let file = &definition.span.file;
        let full = crate::plan::inside(
            Some(&self.collection.context.root),
            &definition.folder.join(path),
            file,
        )?;
        let text = std::fs::read_to_string(&full)
            .map_err(|error| format!("`{path}` cannot be read: {}", crate::plan::plain(&error)))?;
        // A file's last line end belongs to the file, not to the value.
        let text = text.strip_suffix('\n').map_or(text.as_str(), |text| {
            text.strip_suffix('\r').unwrap_or(text)
        });
        Ok(Binding {
            value: Arc::new(text.into()),
            secret: false,
        })
    }
}

/// Makes every text of a secret value known to the redactor.
///
/// # Errors
/// If one is too short to be hidden.
pub(super) fn hide(redactor: &Redactor, name: &str, value: &Value) -> Result<(), String> {
    let short = |_| {
        format!(
            "the secret `{name}` has fewer than {} characters: masking it would also mask other text",
            Redactor::SHORTEST
        )
    };
    redactor.add_value(name, value).map_err(short)
}

/// A document's value; a pattern is none.
pub(super) fn evaluate(document: &Document, scope: &dyn Scope) -> Result<Binding, String> {
    match document {
        Document::Literal(value) => Ok(Binding {
            value: Arc::clone(value),
            secret: false,
        }),
        Document::Template(template) => {
            match template.evaluate(scope).map_err(|error| words(&error))? {
                Evaluated::Value(binding) => Ok(binding),
                Evaluated::Pattern(_) => {
                    Err("`any.…` is a pattern for expectations, not a value".to_owned())
                }
            }
        }
        _ => {
            let (expected, secret) = document.evaluate(scope).map_err(|error| words(&error))?;
            match expected {
                Expected::Value(value) => Ok(Binding { value, secret }),
                _ => Err("`any.…` is a pattern for expectations, not a value".to_owned()),
            }
        }
    }
}

/// An evaluation's error in one line.
pub(super) fn words(error: &EvalError) -> String {
    match &error.hint {
        Some(hint) => format!("{} ({hint})", error.message),
        None => error.message.clone(),
    }
}

/// What a value that was made from secrets is called where it is hidden.
const MADE: &str = "made_from_secrets";

/// The names at one request.
pub(super) struct RequestScope<'a> {
    pub(super) names: &'a VariableScope<'a>,
    /// Columns of the request's row.
    row: Option<Arc<Value>>,
    /// The request's own variables: computed once before it is sent, kept over retries.
    vars: &'a Definitions,
    own: RefCell<IndexMap<String, Lookup>>,
    computing: RefCell<Vec<String>>,
    /// The request, as far as it is built.
    pub(super) request: RefCell<Option<http::Request>>,
    /// The response.
    pub(super) response: RefCell<Option<Arc<Value>>>,
    /// What was captured so far: seen by this request alone, until the collection commits it.
    pub(super) captures: RefCell<CaptureChanges>,
    /// What is worth knowing and stops nothing.
    pub(super) warnings: RefCell<Vec<Diagnostic>>,
}

impl<'a> RequestScope<'a> {
    pub(super) fn new(
        names: &'a VariableScope<'a>,
        step: &'a Step,
        row: Option<Arc<Value>>,
    ) -> Self {
        Self {
            names,
            row,
            vars: &step.vars,
            own: RefCell::default(),
            computing: RefCell::default(),
            request: RefCell::default(),
            response: RefCell::default(),
            captures: RefCell::default(),
            warnings: RefCell::default(),
        }
    }

    /// The names of a collection alone.
    pub(super) fn of_collection(names: &'a VariableScope<'a>) -> Self {
        Self {
            names,
            row: None,
            vars: crate::plan::no_definitions(),
            own: RefCell::default(),
            computing: RefCell::default(),
            request: RefCell::default(),
            response: RefCell::default(),
            captures: RefCell::default(),
            warnings: RefCell::default(),
        }
    }

    /// A new attempt: the request's own variables are computed anew.
    pub(super) fn next_attempt(&self) {
        self.own.borrow_mut().clear();
        self.request.borrow_mut().take();
        self.response.borrow_mut().take();
    }

    fn own(&self, name: &str) -> Lookup {
        if let Some(known) = self.own.borrow().get(name) {
            return known.clone();
        }
        let Some(definition) = self.vars.get(name) else {
            return Lookup::Unknown;
        };
        if self.computing.borrow().iter().any(|open| open == name) {
            // `vars = { id = "{{ id }}-x" }` means the id that lies farther out.
            return self.outer(name);
        }
        self.computing.borrow_mut().push(name.to_owned());
        let lookup = self.names.compute(name, definition, self);
        self.computing.borrow_mut().pop();
        self.own
            .borrow_mut()
            .insert(name.to_owned(), lookup.clone());
        lookup
    }

    /// A captured value: this request's own, or an earlier one's.
    fn captured(&self, name: &str) -> Option<Binding> {
        match self.captures.borrow().get(name) {
            Some(Change::Set(binding)) => Some(binding.clone()),
            Some(Change::Discarded) => None,
            None => self.names.captured.get(name).cloned(),
        }
    }

    fn outer(&self, name: &str) -> Lookup {
        match name {
            "stage" => found(&self.names.stage),
            "run" => found(&self.names.run),
            _ => self.names.variable(name, self),
        }
    }

    fn column(&self, name: &str) -> Option<Lookup> {
        let rows = [self.row.as_ref(), self.names.row.as_ref()];
        rows.into_iter()
            .flatten()
            .find_map(|row| row.get(name))
            .map(|value| self.of_row(&Arc::new(value.clone())))
    }

    /// A row may come from a secret list, and holds secrets then.
    fn of_row(&self, value: &Arc<Value>) -> Lookup {
        let secret = matches!(self.names.redactor.redact_value(value), Cow::Owned(_));
        Lookup::Found(Binding {
            value: Arc::clone(value),
            secret,
        })
    }

    fn object(&self, name: &str) -> Option<Lookup> {
        let known = |value: &Option<Arc<Value>>| value.as_ref().map_or(Lookup::Unset, found);
        match name {
            "row" => {
                let row = self.row.as_ref().or(self.names.row.as_ref());
                Some(row.map_or(Lookup::Unset, |row| self.of_row(row)))
            }
            "response" => Some(known(&self.response.borrow())),
            "request" => Some(
                self.request
                    .borrow()
                    .as_ref()
                    .map_or(Lookup::Unset, |request| found(&request.as_value())),
            ),
            _ => None,
        }
    }
}

fn found(value: &Arc<Value>) -> Lookup {
    Lookup::Found(Binding {
        value: Arc::clone(value),
        secret: false,
    })
}

impl Scope for RequestScope<'_> {
    fn look_up(&self, name: &str) -> Lookup {
        if let Some(lookup) = self.object(name).or_else(|| self.column(name)) {
            return lookup;
        }
        if let Some(binding) = self.captured(name) {
            return Lookup::Found(binding);
        }
        match self.own(name) {
            Lookup::Unknown => self.outer(name),
            known => known,
        }
    }

    fn context(&self) -> &Arc<Context> {
        &self.names.collection.context
    }

    fn made_secret(&self, value: &Value) {
        hide_made(self.names.redactor, value);
    }
}

/// Makes what was computed from a secret known to the redactor; a short text is hidden as a whole field alone, and a
/// short number (a length, a count) tells nothing.
fn hide_made(redactor: &Redactor, value: &Value) {
    match value {
        Value::Null | Value::Bool(_) => {}
        Value::Array(items) => items.iter().for_each(|item| hide_made(redactor, item)),
        Value::Object(members) => members
            .values()
            .for_each(|member| hide_made(redactor, member)),
        Value::String(text) => redactor.add_made(MADE, text),
        Value::Number(number) => {
            let text = number.to_string();
            if text.len() >= Redactor::SHORTEST {
                redactor.add_made(MADE, &text);
            }
        }
    }
}
