//! Between our documents and minijinja's values: documents are shown lazily, and numbers come back in their own digits.

use std::cmp::Ordering;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering as Atomic};
use std::sync::{Arc, Mutex, PoisonError};

use indexmap::IndexMap;
use minijinja::value::{DynObject, Enumerator, Object, ObjectRepr, ValueKind};
use minijinja::{Error, ErrorKind, State};

use super::pattern::Pattern;
use super::scope::Context;
use crate::value::{MAX_DEPTH, Number, Value};

/// How many items and bytes a computed value may hold; what is only passed through is not counted.
const MOST_ITEMS: usize = 2_000_000;
const MOST_BYTES: usize = 256 * 1024 * 1024;

/// The name under which functions find the [`Run`]; no expression can write it.
const HIDDEN: &str = " run";

/// What one evaluation carries: the run's context, whether a secret was used, and digits that floats do not hold.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) context: Arc<Context>,
    secret: AtomicBool,
    digits: Mutex<IndexMap<u64, Number>>,
    /// The first thing that went wrong where minijinja cannot be told.
    failure: Mutex<Option<Error>>,
}

impl Object for Run {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }
}

impl Run {
    pub(super) fn new(context: &Arc<Context>) -> Arc<Self> {
        let (secret, digits, failure) = (AtomicBool::new(false), Mutex::default(), Mutex::default());
        Arc::new(Self { context: Arc::clone(context), secret, digits, failure })
    }

    /// The run that a function was called in.
    pub(super) fn of(state: &State<'_, '_>) -> Result<Arc<Self>, Error> {
        let run = state.lookup(HIDDEN).and_then(|value| value.downcast_object::<Self>());
        run.ok_or_else(|| Error::new(ErrorKind::InvalidOperation, "there is no run"))
    }

    /// Notes that a secret was used.
    pub(super) fn taint(&self) {
        self.secret.store(true, Atomic::Relaxed);
    }

    pub(super) fn is_secret(&self) -> bool {
        self.secret.load(Atomic::Relaxed)
    }

    /// Notes an error where minijinja cannot be told of one.
    pub(super) fn fail(&self, error: Error) {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
    }

    pub(super) fn take_failure(&self) -> Option<Error> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// A value for minijinja; what holds others is shown, not copied.
    pub(super) fn show(self: &Arc<Self>, value: &Arc<Value>) -> minijinja::Value {
        let node = Node { root: Arc::clone(value), steps: Vec::new(), run: Arc::clone(self) };
        node.show(value).unwrap_or_else(|| minijinja::Value::from_object(node))
    }

    /// Numbers that a float does not hold digit for digit go in as the nearest float, and their digits are kept aside.
    fn number(&self, number: &Number) -> minijinja::Value {
        let text = number.to_string();
        if let Ok(integer) = text.parse::<i128>()
            && text != "-0"
        {
            return i64::try_from(integer).map_or_else(|_| integer.into(), minijinja::Value::from);
        }
        let float = number.as_f64();
        let mut digits = self.digits.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = digits.entry(float.to_bits()).or_insert_with(|| number.clone());
        if kept == number { float.into() } else { minijinja::Value::from_object(Exact(number.clone())) }
    }

    fn number_back(&self, float: f64) -> Option<Number> {
        let digits = self.digits.lock().unwrap_or_else(PoisonError::into_inner);
        digits.get(&float.to_bits()).cloned().or_else(|| Number::from_f64(float))
    }

    /// The document that a computed value is.
    ///
    /// # Errors
    /// Where it is, or holds, something that JSON has not, or is too large.
    pub(super) fn take(&self, value: &minijinja::Value) -> Result<Value, Error> {
        Taker { run: self, items: MOST_ITEMS, bytes: MOST_BYTES }.take(value, 0)
    }
}

/// A number that shares its nearest float with another one: it can be passed on, not reckoned with.
struct Exact(Number);

impl Object for Exact {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn custom_cmp(self: &Arc<Self>, other: &DynObject) -> Option<Ordering> {
        Some(self.0.cmp(&other.downcast_ref::<Self>()?.0))
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for Exact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// A part of a document: the document, and the places of the parts that lead to it.
struct Node {
    root: Arc<Value>,
    steps: Vec<usize>,
    run: Arc<Run>,
}

/// minijinja writes what stands in a list by its `Debug`.
impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.value(), f)
    }
}

impl Node {
    fn value(&self) -> &Value {
        let inside = self.steps.iter().try_fold(&*self.root, |value, step| match value {
            Value::Array(items) => items.get(*step),
            Value::Object(members) => members.get_index(*step).map(|(_, member)| member),
            _ => None,
        });
        inside.unwrap_or(&Value::Null)
    }

    /// What holds no others, converted; `None` for arrays and objects.
    fn show(&self, value: &Value) -> Option<minijinja::Value> {
        match value {
            Value::Null => Some(minijinja::Value::from(())),
            Value::Bool(value) => Some((*value).into()),
            Value::Number(number) => Some(self.run.number(number)),
            Value::String(text) => Some(text.as_str().into()),
            Value::Array(_) | Value::Object(_) => None,
        }
    }

    fn child(&self, step: usize, value: &Value) -> minijinja::Value {
        self.show(value).unwrap_or_else(|| {
            let steps = self.steps.iter().copied().chain([step]).collect();
            minijinja::Value::from_object(Self { root: Arc::clone(&self.root), steps, run: Arc::clone(&self.run) })
        })
    }
}

impl Object for Node {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        if matches!(self.value(), Value::Array(_)) { ObjectRepr::Seq } else { ObjectRepr::Map }
    }

    fn get_value(self: &Arc<Self>, key: &minijinja::Value) -> Option<minijinja::Value> {
        match self.value() {
            Value::Array(items) => {
                let index = key.as_usize()?;
                Some(self.child(index, items.get(index)?))
            }
            _ => self.get_value_by_str(key.as_str()?),
        }
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<minijinja::Value> {
        let (index, _, member) = self.value().as_object()?.get_full(key)?;
        Some(self.child(index, member))
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        match self.value() {
            Value::Array(items) => Enumerator::Seq(items.len()),
            Value::Object(members) => {
                Enumerator::Values(members.keys().map(|name| minijinja::Value::from(name.as_str())).collect())
            }
            _ => Enumerator::Empty,
        }
    }

    fn enumerator_len(self: &Arc<Self>) -> Option<usize> {
        match self.value() {
            Value::Array(items) => Some(items.len()),
            Value::Object(members) => Some(members.len()),
            _ => Some(0),
        }
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.value(), f)
    }
}

/// A pattern as a value, so that it can be an argument of another one.
#[derive(Debug)]
pub(super) struct PatternValue(pub(super) Arc<Pattern>);

impl Object for PatternValue {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }
}

/// The names of an evaluation, looked up as minijinja asks for them: only a secret that is used counts.
#[derive(Debug)]
pub(super) struct Frame {
    pub(super) run: Arc<Run>,
    pub(super) names: IndexMap<String, Bound>,
}

/// What a name is bound to.
#[derive(Debug)]
pub(super) enum Bound {
    /// A value, and whether it is secret.
    Value(Arc<Value>, bool),
    /// Nothing that can be had; the error says why.
    Failed(String),
}

impl Object for Frame {
    fn get_value(self: &Arc<Self>, key: &minijinja::Value) -> Option<minijinja::Value> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<minijinja::Value> {
        if key == HIDDEN {
            return Some(minijinja::Value::from_dyn_object(Arc::clone(&self.run)));
        }
        Some(match self.names.get(key)? {
            Bound::Value(value, secret) => {
                if *secret {
                    self.run.taint();
                }
                self.run.show(value)
            }
            Bound::Failed(reason) => super::message::told(reason.clone(), None).into(),
        })
    }
}

/// Turns a computed value into a document, within bounds.
struct Taker<'a> {
    run: &'a Run,
    items: usize,
    bytes: usize,
}

impl Taker<'_> {
    fn take(&mut self, value: &minijinja::Value, depth: usize) -> Result<Value, Error> {
        self.items = self.items.checked_sub(1).ok_or_else(too_large)?;
        if let Some(node) = value.downcast_object_ref::<Node>() {
            return Ok(node.value().clone());
        }
        if let Some(Exact(number)) = value.downcast_object_ref() {
            return Ok(Value::Number(number.clone()));
        }
        match value.kind() {
            ValueKind::None => Ok(Value::Null),
            ValueKind::Bool => Ok(Value::Bool(value.is_true())),
            ValueKind::Number => self.number(value),
            ValueKind::String => self.text(value.as_str().unwrap_or_default()).map(Value::String),
            _ if depth >= MAX_DEPTH => Err(too_large()),
            ValueKind::Seq | ValueKind::Iterable => {
                let items = value.try_iter()?.checked().map(|item| self.take(&item?, depth + 1));
                items.collect::<Result<_, _>>().map(Value::Array)
            }
            ValueKind::Map => self.members(value, depth).map(Value::Object),
            ValueKind::Undefined => Err(ErrorKind::UndefinedError.into()),
            ValueKind::Invalid => Err(value.clone().try_iter().err().unwrap_or_else(too_large)),
            _ if value.downcast_object_ref::<PatternValue>().is_some() => Err(super::message::told(
                "a pattern stands alone, or as an argument of another `any.…`".into(),
                Some("put each part of the document in a placeholder of its own".into()),
            )),
            kind => Err(super::message::told(
                format!("the result is {}, which JSON has not", super::message::article(&kind.to_string())),
                None,
            )),
        }
    }

    fn number(&self, value: &minijinja::Value) -> Result<Value, Error> {
        let number = if value.is_integer() {
            Number::parse(&value.to_string())
        } else {
            f64::try_from(value.clone()).ok().and_then(|float| self.run.number_back(float))
        };
        number.map(Value::Number).ok_or_else(|| super::message::told("the result is not a finite number".into(), None))
    }

    fn text(&mut self, text: &str) -> Result<String, Error> {
        self.bytes = self.bytes.checked_sub(text.len()).ok_or_else(too_large)?;
        Ok(text.to_owned())
    }

    fn members(&mut self, value: &minijinja::Value, depth: usize) -> Result<crate::value::Object, Error> {
        let mut members = crate::value::Object::default();
        for key in value.try_iter()?.checked() {
            let key = key?;
            let member = value.get_item(&key)?;
            let name = match key.as_str() {
                Some(name) => self.text(name)?,
                None => self.take(&key, depth + 1)?.to_text().unwrap_or_else(|| "null".into()),
            };
            members.insert(name, self.take(&member, depth + 1)?);
        }
        Ok(members)
    }
}

fn too_large() -> Error {
    super::message::told("the result is too large".into(), None)
}
