//! `any.…` in an expression: makes patterns.

use std::sync::Arc;

use minijinja::value::{Kwargs, Object, ObjectRepr, ValueKind, from_args};
use minijinja::{Error, State, Value};

use super::bridge::{PatternValue, Run};
use super::pattern::{Argument, Pattern};

/// What the name `any` is bound to: its members are patterns, its methods patterns with arguments.
#[derive(Debug)]
pub(super) struct Any;

impl Object for Any {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        Some(pattern(key.as_str()?, Vec::new()))
    }

    fn call_method(self: &Arc<Self>, state: &mut State<'_, '_>, method: &str, args: &[Value]) -> Result<Value, Error> {
        let run = Run::of(state)?;
        let (positional, named): (&[Value], Kwargs) = from_args(args)?;
        let mut arguments = Vec::with_capacity(args.len());
        for value in positional {
            arguments.push((None, argument(&run, value)?));
        }
        for name in named.args() {
            arguments.push((Some(name.to_owned()), argument(&run, named.peek(name)?)?));
        }
        Ok(pattern(method, arguments))
    }
}

fn pattern(name: &str, arguments: Vec<(Option<String>, Argument)>) -> Value {
    let name = if name == "date_time" { "date-time" } else { name };
    Value::from_object(PatternValue(Arc::new(Pattern { name: name.to_owned(), arguments })))
}

fn argument(run: &Run, value: &Value) -> Result<Argument, Error> {
    if let Some(PatternValue(inner)) = value.downcast_object_ref() {
        return Ok(Argument::Pattern(Pattern::clone(inner)));
    }
    let is_list = matches!(value.kind(), ValueKind::Seq | ValueKind::Iterable);
    if is_list && value.try_iter()?.any(|item| item.downcast_object_ref::<PatternValue>().is_some()) {
        let items = value.try_iter()?.checked().map(|item| argument(run, &item?));
        return items.collect::<Result<_, _>>().map(Argument::List);
    }
    run.take(value).map(Argument::Value)
}
