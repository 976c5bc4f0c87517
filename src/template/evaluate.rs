//! Evaluates an expression's tree.

use std::borrow::Cow;
use std::sync::Arc;

use indexmap::IndexMap;

use super::call::{Call, Given, text};
use super::fault::Fault;
use super::item::{Item, Run};
use super::path::{self, Key};
use super::pattern::{Argument, Pattern};
use super::tree::{Arguments, Bounds, Comparison, Condition, Node, Operator, Part};
use super::{filters, functions, operators, predicates, slices};
use crate::budget;
use crate::value::{Object, Value, diff};

/// What the names of an expression are bound to.
pub(super) type Names = IndexMap<String, Bound>;

/// What a name is bound to.
#[derive(Debug)]
pub(super) enum Bound {
    /// A value, and whether it is secret.
    Value(Arc<Value>, bool),
    /// Nothing yet.
    Unset,
    /// Nothing that can be had; the error says why.
    Failed(String),
}

type Evaluated<'a> = Result<Item<'a>, Fault>;

fn out_of_time() -> Fault {
    match budget::spent() {
        Some(budget::Spent::Time(limit)) => Fault::new(format!(
            "evaluating the expressions took more than {} s, the limit of apitest",
            limit.as_secs()
        )),
        _ => Fault::new(budget::reason().unwrap_or_default()),
    }
}

/// What a call gave: if that is nothing, the call is what is meant.
fn placed<'a>(made: Item<'a>, node: &Node) -> Item<'a> {
    match made {
        Item::Undefined(fault) => Item::Undefined(Box::new(fault.at(&node.range))),
        other => other,
    }
}

/// One evaluation of an expression.
#[derive(Clone, Copy)]
pub(super) struct Evaluator<'a> {
    /// The expression as written.
    pub(super) source: &'a str,
    pub(super) names: &'a Names,
    pub(super) run: &'a Run,
}

impl<'a> Evaluator<'a> {
    /// What a part gives; an error knows its place.
    pub(super) fn evaluate(self, node: &'a Node) -> Evaluated<'a> {
        if budget::tick() {
            return Err(out_of_time());
        }
        self.part(node).map_err(|fault| fault.at(&node.range))
    }

    fn part(self, node: &'a Node) -> Evaluated<'a> {
        match &node.part {
            Part::Constant(value) => Ok(Item::Value(Cow::Borrowed(value))),
            Part::Name(name) => self.name(name, node),
            Part::List(items) => self.list(items),
            Part::Object(members) => self.object(members),
            Part::Member(of, name) => self.member(of, name, node),
            Part::Index(of, key) => self.index(of, key, node),
            Part::Slice(of, bounds) => self.slice(of, bounds),
            Part::Pattern(name, arguments) => self.pattern(name, arguments),
            Part::Function(name, arguments) => self.function(name, arguments, node),
            Part::Filter(subject, name, arguments) => self.filter(subject, name, arguments, node),
            Part::Test(subject, name, arguments) => {
                self.test(subject, name, arguments).map(Item::from)
            }
            Part::Not(inner) => self.truth(inner).map(|truth| Item::from(!truth)),
            Part::Negative(inner) => self.negative(inner),
            Part::And(one, two) => self.either(one, two, false),
            Part::Or(one, two) => self.either(one, two, true),
            Part::If(condition) => self.condition(condition, node),
            Part::Binary(operator, one, two) => self.binary(*operator, one, two),
            Part::Comparison(first, others) => self.comparison(first, others).map(Item::from),
        }
    }

    /// The value of a part that must have one.
    pub(super) fn value(self, node: &'a Node) -> Result<Cow<'a, Value>, Fault> {
        self.evaluate(node)?
            .value()
            .map_err(|fault| fault.at(&node.range))
    }

    /// A part as written.
    fn text_of(self, node: &Node) -> &'a str {
        self.source.get(node.range.clone()).unwrap_or_default()
    }

    fn undefined(message: String, node: &Node) -> Item<'static> {
        Item::undefined(Fault::new(message).at(&node.range))
    }

    fn name(self, name: &str, node: &Node) -> Evaluated<'a> {
        match self.names.get(name) {
            Some(Bound::Value(value, secret)) => {
                if *secret {
                    self.run.taint();
                }
                Ok(Item::Value(Cow::Borrowed(value)))
            }
            Some(Bound::Failed(reason)) => Err(Fault::new(reason.clone())),
            Some(Bound::Unset) | None => {
                Ok(Self::undefined(format!("`{name}` has no value"), node))
            }
        }
    }

    fn list(self, nodes: &'a [Node]) -> Evaluated<'a> {
        let mut items = Vec::with_capacity(nodes.len());
        for node in nodes {
            let item = self.evaluate(node)?;
            if let Item::Value(value) = &item {
                self.run.spend_on(value, 1)?;
            }
            items.push(item.argument().map_err(|fault| fault.at(&node.range))?);
        }
        if items.iter().any(|item| !matches!(item, Argument::Value(_))) {
            return Ok(Item::Patterns(items));
        }
        let values = items.into_iter().filter_map(|item| {
            if let Argument::Value(value) = item {
                Some(value)
            } else {
                None
            }
        });
        Ok(Item::from(Value::Array(values.collect())))
    }

    fn object(self, nodes: &'a [(Node, Node)]) -> Evaluated<'a> {
        let mut members = Object::default();
        for (key, value) in nodes {
            let name = match &*self.value(key)? {
                Value::Null => "null".to_owned(),
                value => text(value)?,
            };
            let value = self.value(value)?;
            self.run.spend_on(&value, 1)?;
            members.insert(name, value.into_owned());
        }
        Ok(Item::from(Value::Object(members)))
    }

    fn member(self, of: &'a Node, name: &str, node: &Node) -> Evaluated<'a> {
        let key = Key::Member(name.to_owned());
        Ok(match self.evaluate(of)? {
            Item::Value(holder) => match path::take(holder, &key) {
                Ok(value) => Item::Value(value),
                Err(holder) => Item::undefined(
                    path::missing(self.text_of(of), &holder, &key)
                        .into_fault()
                        .at(&node.range),
                ),
            },
            Item::Undefined(fault) => Item::Undefined(fault),
            other => other.value().map(Item::Value)?,
        })
    }

    fn index(self, of: &'a Node, key: &'a Node, node: &Node) -> Evaluated<'a> {
        let holder = self.evaluate(of)?;
        let written = matches!(key.part, Part::Constant(_));
        let key = match &*self.value(key)? {
            Value::String(name) => Key::Member(name.clone()),
            Value::Number(number) if number.is_integer() => {
                Key::Index(number.as_i64().unwrap_or(i64::MAX))
            }
            other => {
                return Err(Fault::new(format!(
                    "an index is an integer or a string, not {}",
                    other.kind().with_article()
                )));
            }
        };
        Ok(match holder {
            Item::Value(holder) => match path::take(holder, &key) {
                Ok(value) => Item::Value(value),
                Err(holder) => {
                    let fault = path::missing(self.text_of(of), &holder, &key)
                        .into_fault()
                        .at(&node.range);
                    let plain = format!("`{}` has no such member", self.text_of(of));
                    Item::undefined(if written { fault } else { fault.quoting(plain) })
                }
            },
            Item::Undefined(fault) => Item::Undefined(fault),
            other => other.value().map(Item::Value)?,
        })
    }

    fn slice(self, of: &'a Node, bounds: &'a Bounds) -> Evaluated<'a> {
        let value = self.value(of)?;
        let mut numbers = [None; 3];
        for (number, bound) in numbers.iter_mut().zip(bounds) {
            let Some(bound) = bound else { continue };
            *number = match &*self.value(bound)? {
                Value::Null => None,
                Value::Number(bound) if bound.is_integer() => {
                    Some(bound.as_i64().unwrap_or(i64::MAX))
                }
                other => {
                    return Err(Fault::new(format!(
                        "a slice takes integers, not {}",
                        other.kind().with_article()
                    )));
                }
            };
        }
        slices::slice(self.run, &value, numbers).map(Item::from)
    }

    fn given(self, arguments: &'a Arguments) -> Result<Given<'a>, Fault> {
        let mut given = Given::default();
        for node in &arguments.positional {
            given.positional.push(self.evaluate(node)?);
        }
        for (name, node) in &arguments.named {
            given.named.push((name, self.evaluate(node)?));
        }
        Ok(given)
    }

    fn pattern(self, name: &str, arguments: &'a Arguments) -> Evaluated<'a> {
        let name = if name == "date_time" {
            "date-time"
        } else {
            name
        };
        let Given { positional, named } = self.given(arguments)?;
        let mut all = Vec::with_capacity(positional.len() + named.len());
        for item in positional {
            all.push((None, item.argument()?));
        }
        for (name, item) in named {
            all.push((Some(name.to_owned()), item.argument()?));
        }
        Ok(Item::Pattern(Arc::new(Pattern {
            name: name.to_owned(),
            arguments: all,
        })))
    }

    fn function(self, name: &'a str, arguments: &'a Arguments, node: &Node) -> Evaluated<'a> {
        let function = functions::find(name)
            .ok_or_else(|| Fault::new(format!("there is no function `{name}`")))?;
        let made = Call::new(self.run, name, &Value::Null, name)
            .perform(&function, self.given(arguments)?)?;
        Ok(placed(made, node))
    }

    fn filter(
        self,
        subject: &'a Node,
        name: &'a str,
        arguments: &'a Arguments,
        node: &Node,
    ) -> Evaluated<'a> {
        let item = self.evaluate(subject)?;
        let given = self.given(arguments)?;
        Ok(placed(
            filters::apply(self.run, (name, self.text_of(subject)), item, given)?,
            node,
        ))
    }

    fn test(
        self,
        subject: &'a Node,
        name: &'a str,
        arguments: &'a Arguments,
    ) -> Result<bool, Fault> {
        let item = self.evaluate(subject)?;
        predicates::apply(
            self.run,
            (name, self.text_of(subject)),
            item,
            &self.given(arguments)?,
        )
    }

    fn truth(self, node: &'a Node) -> Result<bool, Fault> {
        self.value(node).map(|value| operators::is_true(&value))
    }

    fn negative(self, inner: &'a Node) -> Evaluated<'a> {
        match &*self.value(inner)? {
            Value::Number(number) => Ok(Item::from(Value::Number(number.negated()))),
            other => Err(Fault::new(format!(
                "`-` takes a number, not {}",
                other.kind().with_article()
            ))),
        }
    }

    /// `or` gives the first true operand, `and` the first that is not; else the second one.
    fn either(self, one: &'a Node, two: &'a Node, or: bool) -> Evaluated<'a> {
        let first = self.value(one)?;
        if operators::is_true(&first) == or {
            Ok(Item::Value(first))
        } else {
            self.value(two).map(Item::Value)
        }
    }

    fn condition(self, condition: &'a Condition, node: &Node) -> Evaluated<'a> {
        if self.truth(&condition.decides)? {
            return self.evaluate(&condition.then);
        }
        let nothing = || {
            Ok(Self::undefined(
                format!("`{}` has no value", self.text_of(node)),
                node,
            ))
        };
        condition
            .otherwise
            .as_ref()
            .map_or_else(nothing, |otherwise| self.evaluate(otherwise))
    }

    fn binary(self, operator: Operator, one: &'a Node, two: &'a Node) -> Evaluated<'a> {
        let (one, two) = (self.value(one)?, self.value(two)?);
        operators::binary(self.run, operator, &one, &two).map(Item::from)
    }

    /// How the two sides of a comparison differ that look alike: `a == b`, `a in b`, `a is eq(b)`, also beside `and`.
    pub(super) fn alike(self, node: &'a Node) -> Option<String> {
        match &node.part {
            Part::And(one, two) => self.alike(one).or_else(|| self.alike(two)),
            Part::Comparison(actual, others) => match others.as_slice() {
                [(Comparison::Equal, expected)] => self.alike_values(expected, actual, false),
                [(Comparison::In, container)] => match &*self.value(container).ok()? {
                    Value::Array(items) => {
                        let value = self.value(actual).ok()?;
                        items
                            .iter()
                            .find_map(|item| diff::alike_hint(item, &value, false))
                    }
                    _ => self.alike_values(actual, container, true),
                },
                _ => None,
            },
            Part::Test(actual, name, arguments)
                if ["eq", "equalto", "sameas"].contains(&name.as_str()) =>
            {
                self.alike_values(arguments.positional.first()?, actual, false)
            }
            _ => None,
        }
    }

    fn alike_values(self, expected: &'a Node, actual: &'a Node, inside: bool) -> Option<String> {
        diff::alike_hint(
            &*self.value(expected).ok()?,
            &*self.value(actual).ok()?,
            inside,
        )
    }

    /// `a < b < c` is `a < b and b < c`.
    fn comparison(self, first: &'a Node, others: &'a [(Comparison, Node)]) -> Result<bool, Fault> {
        let mut left = self.value(first)?;
        for (comparison, node) in others {
            let right = self.value(node)?;
            if !operators::compares(self.run, *comparison, &left, &right)? {
                return Ok(false);
            }
            left = right;
        }
        Ok(true)
    }
}
