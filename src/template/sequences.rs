//! The filters for arrays and objects.

use std::borrow::Cow;
use std::cmp::Ordering;

use indexmap::IndexMap;

use super::attribute::attribute_value;
use super::call::{Builtin, Call, elements};
use super::fault::Fault;
use super::item::Item;
use super::order::Sorting;
use super::path;
use crate::value::{Object, Value};

type Made = Result<Item<'static>, Fault>;

/// The filter of that name.
pub(super) fn find(name: &str) -> Option<Builtin<Item<'static>>> {
    Some(match name {
        "attr" => Builtin::new(&["name"], 1, attr),
        "batch" => Builtin::new(&["linecount", "fill_with"], 1, batch),
        "chain" => Builtin::variadic(chain),
        "count" | "length" => Builtin::new(&[], 0, |call| {
            length(call).map(|length| Item::from(count(length)))
        }),
        "dictsort" => Builtin::new(&["by", "case_sensitive", "reverse"], 0, dictsort),
        "first" => Builtin::new(&[], 0, |call| end(call, "no first item", <[Value]>::first)),
        "groupby" => Builtin::new(&["attribute", "default", "case_sensitive"], 1, groupby),
        "items" => Builtin::new(&[], 0, |call| {
            pairs(call).map(|pairs| array(pairs.into_iter().map(pair)))
        }),
        "last" => Builtin::new(&[], 0, |call| end(call, "no last item", <[Value]>::last)),
        "list" => Builtin::new(&[], 0, |call| {
            paid(call).map(|items| array(items.into_owned().into_iter()))
        }),
        "max" => Builtin::new(&["case_sensitive", "attribute"], 0, |call| {
            extreme(call, Ordering::Greater)
        }),
        "min" => Builtin::new(&["case_sensitive", "attribute"], 0, |call| {
            extreme(call, Ordering::Less)
        }),
        "reverse" => Builtin::new(&[], 0, reverse),
        "slice" => Builtin::new(&["slices", "fill_with"], 1, slice),
        "sort" => Builtin::new(&["reverse", "case_sensitive", "attribute"], 0, sort),
        "unique" => Builtin::new(&["case_sensitive", "attribute"], 0, unique),
        "zip" => Builtin::variadic(zip),
        _ => return None,
    })
}

fn array(items: impl Iterator<Item = Value>) -> Item<'static> {
    Item::from(Value::Array(items.collect()))
}

fn count(length: usize) -> Value {
    Value::Number(i64::try_from(length).unwrap_or(i64::MAX).into())
}

/// The items of the subject, paid for.
fn paid<'c>(call: &Call<'c>) -> Result<Cow<'c, [Value]>, Fault> {
    let items = call.items()?;
    call.run.spend(items.len())?;
    Ok(items)
}

fn length(call: &Call<'_>) -> Result<usize, Fault> {
    match call.subject {
        Value::Array(items) => Ok(items.len()),
        Value::Object(members) => Ok(members.len()),
        Value::String(text) => Ok(text.chars().count()),
        _ => Err(call.unfit("an array, an object or a string")),
    }
}

fn attr(call: &Call<'_>) -> Made {
    let key = path::Key::Member(call.required_text("name")?.to_owned());
    let found = path::take(Cow::Borrowed(call.subject), &key);
    Ok(match found {
        Ok(value) => Item::from(value.into_owned()),
        Err(holder) => Item::undefined(path::missing(call.source, &holder, &key).into_fault()),
    })
}

/// The first or last item; an object has none, its members are in no order that means anything.
fn end(call: &Call<'_>, none: &str, take: fn(&[Value]) -> Option<&Value>) -> Made {
    if matches!(call.subject, Value::Object(_)) {
        return Err(call.unfit("an array or a string"));
    }
    let items = call.items()?;
    let nothing = || {
        Item::undefined(Fault::new(format!(
            "`{}` is empty, there is {none}",
            call.source
        )))
    };
    Ok(take(&items).map_or_else(nothing, |item| Item::from(item.clone())))
}

/// The key by which items are ordered, grouped or told apart.
fn key<'v>(
    call: &Call<'_>,
    item: &'v Value,
    path: Option<&Value>,
    index: usize,
) -> Result<Cow<'v, Value>, Fault> {
    path.map_or(Ok(Cow::Borrowed(item)), |path| {
        attribute_value(item, path, (call.source, index))
    })
}

fn extreme(call: &Call<'_>, wanted: Ordering) -> Made {
    let items = paid(call)?;
    let sorting = Sorting::new(call.flag("case_sensitive")?);
    let mut best: Option<(Cow<'_, Value>, &Value)> = None;
    for (index, item) in items.iter().enumerate() {
        let key = key(call, item, call.argument("attribute"), index)?;
        // A value by itself is compared too: that it can be is asked of all.
        let order = sorting.compare(&key, best.as_ref().map_or(&*key, |(best, _)| best));
        if best.is_none() || order == wanted {
            best = Some((key, item));
        }
    }
    let nothing = || {
        Item::undefined(Fault::new(format!(
            "`{}` is empty, it has no `{}`",
            call.source, call.name
        )))
    };
    sorting.finish(best.map_or_else(nothing, |(_, item)| Item::from(item.clone())))
}

fn directed(order: Ordering, reverse: bool) -> Ordering {
    if reverse { order.reverse() } else { order }
}

/// In order, by the value or by attributes: `attribute='a, b'`.
fn sort(call: &Call<'_>) -> Made {
    let items = paid(call)?;
    call.run.spend(items.len().saturating_mul(16))?;
    let (reverse, sorting) = (
        call.flag("reverse")?,
        Sorting::new(call.flag("case_sensitive")?),
    );
    let paths: Option<Vec<Value>> = call.text("attribute")?.map(|paths| {
        paths
            .split(',')
            .map(|path| Value::from(path.trim()))
            .collect()
    });
    let mut keyed = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        let keys = match &paths {
            Some(paths) => paths
                .iter()
                .map(|path| key(call, item, Some(path), index))
                .collect::<Result<Vec<_>, _>>()?,
            None => vec![Cow::Borrowed(item)],
        };
        keyed.push((keys, item));
    }
    keyed.sort_by(|(one, _), (two, _)| {
        let orders = one
            .iter()
            .zip(two)
            .map(|(one, two)| sorting.compare(one, two));
        directed(
            orders
                .into_iter()
                .find(|order| order.is_ne())
                .unwrap_or(Ordering::Equal),
            reverse,
        )
    });
    sorting.finish(array(keyed.into_iter().map(|(_, item)| item.clone())))
}

fn pairs(call: &Call<'_>) -> Result<Vec<(String, Value)>, Fault> {
    let members = call
        .subject
        .as_object()
        .ok_or_else(|| call.unfit("an object"))?;
    call.run.spend(members.len())?;
    Ok(members
        .iter()
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect())
}

fn pair((name, value): (String, Value)) -> Value {
    Value::Array(vec![Value::String(name), value])
}

fn dictsort(call: &Call<'_>) -> Made {
    let by_value = match call.text("by")? {
        None | Some("key") => false,
        Some("value") => true,
        Some(_) => {
            return Err(Fault::new(
                "argument `by` of `dictsort` is `key` or `value`",
            ));
        }
    };
    let (reverse, sorting) = (
        call.flag("reverse")?,
        Sorting::new(call.flag("case_sensitive")?),
    );
    let mut pairs = pairs(call)?;
    pairs.sort_by(|one, two| {
        let order = if by_value {
            sorting.compare(&one.1, &two.1)
        } else {
            sorting.compare(&one.0.as_str().into(), &two.0.as_str().into())
        };
        directed(order, reverse)
    });
    sorting.finish(array(pairs.into_iter().map(pair)))
}

/// A text that equal values share and others do not.
fn identity(value: &Value) -> String {
    match value {
        Value::Number(number) => number.canonical(),
        Value::Array(items) => format!(
            "[{}]",
            items.iter().map(identity).collect::<Vec<_>>().join(",")
        ),
        Value::Object(members) => {
            let mut parts: Vec<_> = members
                .iter()
                .map(|(name, value)| format!("{}:{}", Value::from(name.as_str()), identity(value)))
                .collect();
            parts.sort();
            format!("{{{}}}", parts.join(","))
        }
        other => other.to_json(),
    }
}

/// The items by their key's identity, in the order of the first of each.
fn grouped<'v>(
    call: &Call<'_>,
    items: &'v [Value],
    default: Option<&Value>,
) -> Result<IndexMap<String, (Value, Vec<&'v Value>)>, Fault> {
    let case_sensitive =
        call.argument("case_sensitive").is_none() || call.flag("case_sensitive")?;
    let mut groups: IndexMap<String, (Value, Vec<&Value>)> = IndexMap::new();
    for (index, item) in items.iter().enumerate() {
        let key = match (key(call, item, call.argument("attribute"), index), default) {
            (Err(_), Some(default)) => Cow::Borrowed(default),
            (key, _) => key?,
        };
        let folded = key
            .as_str()
            .filter(|_| !case_sensitive)
            .map(|text| Value::String(text.to_lowercase()));
        call.run.spend_on(&key, 1)?;
        let identity = identity(folded.as_ref().unwrap_or(&key));
        groups
            .entry(identity)
            .or_insert_with(|| (key.into_owned(), Vec::new()))
            .1
            .push(item);
    }
    Ok(groups)
}

/// The items without those that equal an earlier one.
fn unique(call: &Call<'_>) -> Made {
    let items = paid(call)?;
    let groups = grouped(call, &items, None)?;
    Ok(array(groups.into_values().filter_map(|(_, items)| {
        items.first().map(|item| Value::clone(item))
    })))
}

/// The items by an attribute, each group an object with its `grouper` and its `list`, ordered where the groupers have an
/// order.
fn groupby(call: &Call<'_>) -> Made {
    let items = paid(call)?;
    let mut groups: Vec<_> = grouped(call, &items, call.given(1))?
        .into_values()
        .collect();
    let sorting = Sorting::new(false);
    groups.sort_by(|(one, _), (two, _)| sorting.compare(one, two));
    let group = |(grouper, items): (Value, Vec<&Value>)| {
        let list = Value::Array(items.into_iter().cloned().collect());
        let members = [("grouper".to_owned(), grouper), ("list".to_owned(), list)];
        Value::Object(members.into_iter().collect::<Object>())
    };
    Ok(array(groups.into_iter().map(group)))
}

fn reverse(call: &Call<'_>) -> Made {
    match call.subject {
        Value::String(text) => call.made(text.chars().rev().collect()),
        _ => Ok(array(paid(call)?.iter().rev().cloned())),
    }
}

/// A number of items that is at least one.
fn size(call: &Call<'_>, name: &str) -> Result<usize, Fault> {
    let size = call.count(name)?.filter(|size| *size > 0);
    size.ok_or_else(|| {
        Fault::new(format!(
            "argument `{name}` of `{}` must be at least 1",
            call.name
        ))
    })
}

/// Arrays of so many items each.
fn batch(call: &Call<'_>) -> Made {
    let size = size(call, "linecount")?;
    let items = paid(call)?;
    let mut batches: Vec<Vec<Value>> = items.chunks(size).map(<[Value]>::to_vec).collect();
    if let (Some(fill), Some(last)) = (call.given(1), batches.last_mut()) {
        call.run.spend_on(fill, size - last.len())?;
        last.resize(size, fill.clone());
    }
    Ok(array(batches.into_iter().map(Value::Array)))
}

/// So many arrays, of about as many items each.
fn slice(call: &Call<'_>) -> Made {
    let slices = size(call, "slices")?;
    let items = paid(call)?;
    call.run.spend(slices)?;
    let (each, longer) = (items.len() / slices, items.len() % slices);
    let mut rest = items.iter();
    let mut parts = Vec::with_capacity(slices);
    for index in 0..slices {
        let mut items: Vec<Value> = rest
            .by_ref()
            .take(each + usize::from(index < longer))
            .cloned()
            .collect();
        if let Some(fill) = call.given(1).filter(|_| index >= longer && longer > 0) {
            items.push(fill.clone());
        }
        parts.push(Value::Array(items));
    }
    Ok(array(parts.into_iter()))
}

/// Arrays one after the other, or objects merged into one.
fn chain(call: &Call<'_>) -> Made {
    let all: Vec<&Value> = std::iter::once(call.subject)
        .chain(call.rest.iter().map(|value| &**value))
        .collect();
    if let Some(objects) = all
        .iter()
        .map(|value| value.as_object())
        .collect::<Option<Vec<_>>>()
    {
        let members = objects
            .into_iter()
            .flatten()
            .map(|(name, value)| (name.clone(), value.clone()));
        return Ok(Item::from(Value::Object(members.collect())));
    }
    let mut chained = Vec::new();
    for value in all {
        let items = elements(value, "chain")?;
        call.run.spend(items.len())?;
        chained.extend(items.into_owned());
    }
    Ok(array(chained.into_iter()))
}

/// Arrays of the first items, the second items, … as long as all have one.
fn zip(call: &Call<'_>) -> Made {
    let others = call
        .rest
        .iter()
        .map(|value| elements(value, "zip"))
        .collect::<Result<Vec<_>, _>>()?;
    let lists: Vec<Cow<'_, [Value]>> = std::iter::once(paid(call)?).chain(others).collect();
    let length = lists
        .iter()
        .map(|list| list.len())
        .min()
        .unwrap_or_default();
    call.run.spend(length.saturating_mul(lists.len()))?;
    let row = |index| {
        Value::Array(
            lists
                .iter()
                .filter_map(|list| list.get(index))
                .cloned()
                .collect(),
        )
    };
    Ok(array((0..length).map(row)))
}
