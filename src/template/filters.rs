//! The filters: where each is, and those that take a filter or a test themselves.

use std::borrow::Cow;

use super::attribute::{attribute, item_name};
use super::call::{Builtin, Call, Given, elements};
use super::fault::Fault;
use super::item::{Item, Run};
use super::operators::is_true;
use super::{dates, encodings, numbers, predicates, printf, sequences, strings};
use crate::value::Value;

type Filter = Builtin<Item<'static>>;

/// Whether a filter is not a [`Builtin`]: it takes undefined values, or other filters and tests.
pub(super) fn is_special(name: &str) -> bool {
    [
        "default",
        "d",
        "map",
        "select",
        "reject",
        "selectattr",
        "rejectattr",
    ]
    .contains(&name)
}

/// The filter of that name.
pub(super) fn find(name: &str) -> Option<Filter> {
    numbers::find(name)
        .or_else(|| strings::find(name))
        .or_else(|| sequences::find(name))
        .or_else(|| encodings::find(name))
        .or_else(|| match name {
            "date_add" => Some(Builtin::new(dates::UNITS, 0, dates::date_add)),
            "date_format" => Some(Builtin::new(&["format"], 1, dates::date_format)),
            "format" => Some(Builtin::variadic(printf::format)),
            _ => None,
        })
}

/// The result of a filter; `name` is its name and its subject as written.
///
/// Only `default` takes an undefined subject.
pub(super) fn apply<'i>(
    run: &Run,
    name: (&'i str, &'i str),
    subject: Item<'i>,
    given: Given<'i>,
) -> Result<Item<'i>, Fault> {
    match name.0 {
        "default" | "d" => default(name.0, subject, given),
        "map" => map(run, name.1, subject, given),
        "select" | "reject" => select(run, name, subject, given, None),
        "selectattr" | "rejectattr" => {
            let mut given = given;
            let attribute = given.take_first().or_else(|| given.take_named("attribute"));
            let attribute = attribute
                .ok_or_else(|| {
                    Fault::new(format!("`{}` is missing its argument `attribute`", name.0))
                })?
                .value()?;
            select(run, name, subject, given, Some(&attribute))
        }
        _ => {
            let filter = find(name.0)
                .ok_or_else(|| Fault::new(format!("there is no filter `{}`", name.0)))?;
            let subject = subject.value()?;
            let made = Call::new(run, name.0, &subject, name.1).perform(&filter, given.by_ref())?;
            Ok(made)
        }
    }
}

/// `default(value, boolean)`: the value if there is nothing; with `true` also in place of what counts as false.
fn default<'i>(name: &str, subject: Item<'i>, mut given: Given<'i>) -> Result<Item<'i>, Fault> {
    let value = given
        .take_first()
        .or_else(|| given.take_named("default_value"));
    let boolean = given.take_first().or_else(|| given.take_named("boolean"));
    if !given.positional.is_empty() || !given.named.is_empty() {
        return Err(Fault::new(format!("too many arguments for `{name}`")));
    }
    let also_false = boolean.map_or(Ok(false), |boolean| {
        boolean.value().map(|value| is_true(&value))
    })?;
    let serves = match &subject {
        Item::Undefined(_) => true,
        Item::Value(value) => also_false && !is_true(value),
        Item::Pattern(_) | Item::Patterns(_) => false,
    };
    Ok(if serves {
        value.unwrap_or_else(|| Item::from(""))
    } else {
        subject
    })
}

/// `map(attribute='name', default=…)` or `map('filter', …)`.
fn map<'i>(
    run: &Run,
    source: &'i str,
    subject: Item<'i>,
    mut given: Given<'i>,
) -> Result<Item<'i>, Fault> {
    let subject = subject.value()?;
    let items = elements(&subject, "map")?;
    run.spend(items.len())?;
    let mut mapped = Vec::with_capacity(items.len());
    if let Some(path) = given.take_named("attribute") {
        let path = path.value()?;
        let default = given.take_named("default").map(Item::value).transpose()?;
        if !given.positional.is_empty() || !given.named.is_empty() {
            return Err(Fault::new(
                "`map` takes `attribute` and `default`, or a filter and its arguments",
            ));
        }
        for (index, item) in items.iter().enumerate() {
            let found = attribute(item, &path, (source, index))?;
            mapped.push(match (found, &default) {
                (Item::Undefined(_), Some(default)) => default.clone().into_owned(),
                (found, _) => found.value()?.into_owned(),
            });
        }
        return Ok(Item::from(Value::Array(mapped)));
    }
    let filter = given
        .take_first()
        .ok_or_else(|| Fault::new("`map` needs a filter, or `attribute=…`"))?
        .value()?;
    let filter = filter
        .as_str()
        .ok_or_else(|| Fault::new("`map` takes the name of a filter"))?;
    for (index, item) in items.iter().enumerate() {
        let name = item_name(source, index);
        let made = apply(
            run,
            (filter, &name),
            Item::Value(Cow::Borrowed(item)),
            given.by_ref(),
        )?;
        mapped.push(made.value()?.into_owned());
    }
    Ok(Item::from(Value::Array(mapped)))
}

/// `select`, `reject` and, with an attribute, `selectattr`, `rejectattr`: the items for which a test holds, or not.
fn select<'i>(
    run: &Run,
    (name, source): (&'i str, &'i str),
    subject: Item<'i>,
    mut given: Given<'i>,
    path: Option<&Value>,
) -> Result<Item<'i>, Fault> {
    let subject = subject.value()?;
    let items = elements(&subject, name)?;
    run.spend(items.len())?;
    let wanted = name.starts_with("select");
    let test = given.take_first().map(Item::value).transpose()?;
    let test = test.as_ref().map(|test| {
        test.as_str()
            .ok_or_else(|| Fault::new(format!("`{name}` takes the name of a test")))
    });
    let test = test.transpose()?;
    let mut selected = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let tested = match path {
            Some(path) => attribute(item, path, (source, index))?,
            None => Item::Value(Cow::Borrowed(item)),
        };
        let holds = match test {
            Some(test) => predicates::apply(run, (test, source), tested, &given)?,
            None => is_true(&*tested.value()?),
        };
        if holds == wanted {
            selected.push(item.clone());
        }
    }
    Ok(Item::from(Value::Array(selected)))
}
