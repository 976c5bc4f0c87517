//! How filters, tests and functions get their arguments.

use std::borrow::Cow;

use super::fault::Fault;
use super::item::{Item, Run};
use crate::suggest::did_you_mean;
use crate::value::{Number, Value};

/// Evaluated arguments, as written.
#[derive(Debug, Default)]
pub(super) struct Given<'a> {
    pub(super) positional: Vec<Item<'a>>,
    pub(super) named: Vec<(&'a str, Item<'a>)>,
}

impl<'a> Given<'a> {
    /// The same arguments without copies of their values.
    pub(super) fn by_ref(&self) -> Given<'_> {
        let named = self
            .named
            .iter()
            .map(|(name, item)| (*name, item.by_ref()))
            .collect();
        Given {
            positional: self.positional.iter().map(Item::by_ref).collect(),
            named,
        }
    }

    /// Takes a named argument out.
    pub(super) fn take_named(&mut self, name: &str) -> Option<Item<'a>> {
        let index = self.named.iter().position(|(given, _)| *given == name)?;
        Some(self.named.remove(index).1)
    }

    /// Takes the first argument without a name out.
    pub(super) fn take_first(&mut self) -> Option<Item<'a>> {
        (!self.positional.is_empty()).then(|| self.positional.remove(0))
    }
}

/// A filter, test or function: the names of its arguments, how many of them must be given, whether more may follow, and
/// what it does.
pub(super) struct Builtin<R: 'static> {
    pub(super) parameters: &'static [&'static str],
    pub(super) required: usize,
    pub(super) variadic: bool,
    pub(super) call: fn(&Call<'_>) -> Result<R, Fault>,
}

impl<R> Builtin<R> {
    pub(super) const fn new(
        parameters: &'static [&'static str],
        required: usize,
        call: fn(&Call<'_>) -> Result<R, Fault>,
    ) -> Self {
        Self {
            parameters,
            required,
            variadic: false,
            call,
        }
    }

    pub(super) const fn variadic(call: fn(&Call<'_>) -> Result<R, Fault>) -> Self {
        Self {
            parameters: &[],
            required: 0,
            variadic: true,
            call,
        }
    }
}

/// One call of a [`Builtin`].
pub(super) struct Call<'c> {
    pub(super) run: &'c Run,
    /// The name, for messages.
    pub(super) name: &'c str,
    /// What stands in front of `|` or `is`; null for a function.
    pub(super) subject: &'c Value,
    /// The subject as written.
    pub(super) source: &'c str,
    parameters: &'static [&'static str],
    arguments: Vec<Option<Cow<'c, Value>>>,
    /// Further arguments of what takes any number.
    pub(super) rest: Vec<Cow<'c, Value>>,
    /// Further named arguments of what takes any number.
    pub(super) named: Vec<(&'c str, Cow<'c, Value>)>,
}

impl<'c> Call<'c> {
    pub(super) fn new(run: &'c Run, name: &'c str, subject: &'c Value, source: &'c str) -> Self {
        let (arguments, rest, named) = (Vec::new(), Vec::new(), Vec::new());
        Self {
            run,
            name,
            subject,
            source,
            parameters: &[],
            arguments,
            rest,
            named,
        }
    }

    /// Calls a builtin; an undefined argument is an error.
    pub(super) fn perform<R>(mut self, builtin: &Builtin<R>, given: Given<'c>) -> Result<R, Fault> {
        self.parameters = builtin.parameters;
        self.arguments = builtin.parameters.iter().map(|_| None).collect();
        for (index, item) in given.positional.into_iter().enumerate() {
            let value = item.value()?;
            match self.arguments.get_mut(index) {
                Some(place) => *place = Some(value),
                None if builtin.variadic => self.rest.push(value),
                None => {
                    return Err(Fault::new(format!(
                        "too many arguments for `{}`",
                        self.name
                    )));
                }
            }
        }
        for (name, item) in given.named {
            let value = item.value()?;
            self.set_named(name, value, builtin.variadic)?;
        }
        let missing = self
            .arguments
            .iter()
            .take(builtin.required)
            .position(Option::is_none);
        match missing.and_then(|missing| builtin.parameters.get(missing)) {
            Some(missing) => Err(Fault::new(format!(
                "`{}` is missing its argument `{missing}`",
                self.name
            ))),
            None => (builtin.call)(&self),
        }
    }

    fn set_named(
        &mut self,
        name: &'c str,
        value: Cow<'c, Value>,
        variadic: bool,
    ) -> Result<(), Fault> {
        let index = self.parameters.iter().position(|known| *known == name);
        match index.and_then(|index| self.arguments.get_mut(index)) {
            Some(place @ None) => *place = Some(value),
            Some(_) => {
                return Err(Fault::new(format!(
                    "`{}` has its argument `{name}` twice",
                    self.name
                )));
            }
            None if variadic => self.named.push((name, value)),
            None => {
                let hint = did_you_mean(name, self.parameters.iter().copied());
                return Err(
                    Fault::new(format!("`{}` has no argument `{name}`", self.name)).with_hint(hint),
                );
            }
        }
        Ok(())
    }

    /// An argument; null stands for one that is not given.
    pub(super) fn argument(&self, name: &str) -> Option<&Value> {
        let index = self.parameters.iter().position(|known| *known == name)?;
        self.given(index).filter(|value| **value != Value::Null)
    }

    /// An argument by its place, null included.
    pub(super) fn given(&self, index: usize) -> Option<&Value> {
        self.arguments.get(index)?.as_deref()
    }

    /// An argument that must be there.
    pub(super) fn required(&self, name: &str) -> Result<&Value, Fault> {
        let index = self.parameters.iter().position(|known| *known == name);
        index
            .and_then(|index| self.given(index))
            .ok_or_else(|| Fault::new(format!("`{}` is missing its argument `{name}`", self.name)))
    }

    /// An argument that is a string.
    pub(super) fn text(&self, name: &str) -> Result<Option<&str>, Fault> {
        self.argument(name)
            .map(|value| {
                value
                    .as_str()
                    .ok_or_else(|| self.wrong(name, value, "a string"))
            })
            .transpose()
    }

    /// A string that must be there.
    pub(super) fn required_text(&self, name: &str) -> Result<&str, Fault> {
        let value = self.required(name)?;
        value
            .as_str()
            .ok_or_else(|| self.wrong(name, value, "a string"))
    }

    /// An argument that is an integer.
    pub(super) fn integer(&self, name: &str) -> Result<Option<i64>, Fault> {
        let integer = |value: &Value| {
            value
                .as_number()
                .and_then(Number::as_i64)
                .ok_or_else(|| self.wrong(name, value, "an integer"))
        };
        self.argument(name).map(integer).transpose()
    }

    /// An argument that counts something.
    pub(super) fn count(&self, name: &str) -> Result<Option<usize>, Fault> {
        let not_negative = |integer: i64| {
            usize::try_from(integer).map_err(|_| {
                Fault::new(format!("argument `{name}` of `{}` is negative", self.name))
            })
        };
        self.integer(name)?.map(not_negative).transpose()
    }

    /// An argument that is `true` or `false`; `false` if it is not given.
    pub(super) fn flag(&self, name: &str) -> Result<bool, Fault> {
        let flag = |value: &Value| {
            value
                .as_bool()
                .ok_or_else(|| self.wrong(name, value, "a boolean"))
        };
        self.argument(name).map_or(Ok(false), flag)
    }

    fn wrong(&self, name: &str, value: &Value, wanted: &str) -> Fault {
        Fault::new(format!(
            "argument `{name}` of `{}` is {}, not {wanted}",
            self.name,
            value.kind().with_article()
        ))
    }

    /// The subject cannot be used here.
    pub(super) fn unfit(&self, wanted: &str) -> Fault {
        Fault::new(format!(
            "`{}` takes {wanted}, not {}",
            self.name,
            self.subject.kind().with_article()
        ))
    }

    /// The subject, which must be a string; numbers and booleans are written as they are in text.
    pub(super) fn subject_text(&self) -> Result<Cow<'c, str>, Fault> {
        match self.subject {
            Value::String(text) => Ok(Cow::Borrowed(text)),
            Value::Number(_) | Value::Bool(_) => {
                Ok(Cow::Owned(self.subject.to_text().unwrap_or_default()))
            }
            _ => Err(self.unfit("a string")),
        }
    }

    /// The subject, which must be a number.
    pub(super) fn subject_number(&self) -> Result<&'c Number, Fault> {
        self.subject
            .as_number()
            .ok_or_else(|| self.unfit("a number"))
    }

    /// The items of the subject.
    pub(super) fn items(&self) -> Result<Cow<'c, [Value]>, Fault> {
        elements(self.subject, self.name)
    }

    /// A text that is the result, paid for.
    pub(super) fn made(&self, text: String) -> Result<Item<'static>, Fault> {
        self.run.spend_bytes(text.len())?;
        Ok(text.into())
    }
}

/// The items of an array, the names of an object's members, the characters of a string.
pub(super) fn elements<'v>(value: &'v Value, name: &str) -> Result<Cow<'v, [Value]>, Fault> {
    match value {
        Value::Array(items) => Ok(Cow::Borrowed(items)),
        Value::Object(members) => Ok(members
            .keys()
            .map(|name| Value::from(name.as_str()))
            .collect()),
        Value::String(text) => Ok(text
            .chars()
            .map(|character| Value::from(character.to_string()))
            .collect()),
        other => Err(Fault::new(format!(
            "`{name}` takes an array, not {}",
            other.kind().with_article()
        ))),
    }
}

/// A value as it reads inside other text.
pub(super) fn text(value: &Value) -> Result<String, Fault> {
    value.to_text().ok_or_else(|| {
        Fault::new("null cannot be written as a string")
            .with_hint("`default('', true)` is not supported".to_owned())
    })
}
