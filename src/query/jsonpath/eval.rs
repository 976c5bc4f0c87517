//! Running a path on a document (RFC 9535 section 2): selection without recursion over the document, comparison by the
//! exact numbers of [`Value`].

use std::borrow::Cow;
use std::cell::RefCell;
use std::cmp::Ordering;
use std::rc::Rc;

use regex::Regex;

use super::ast::{Comparison, Logical, Matches, Operand, Pattern, Query, Segment, Selector, Slice};
use super::regexp;
use crate::budget;
use crate::query::regex::on;
use crate::value::{Number, Path, Segment as Place, Value};

/// How many nodes one step may find: `$..*..*` finds the square of what there is.
const MOST_NODES: usize = 10_000_000;
/// From how many bytes on the time is looked at before a text is searched.
const LONG: usize = 16 << 10;

/// Whether nothing more is to be looked for.
fn is_over(found: usize) -> bool {
    if found > MOST_NODES {
        budget::too_much();
    }
    found > MOST_NODES || budget::tick()
}

/// How a node's place is kept while it is looked for: not at all (`()`), or as a [`Trail`].
pub(super) trait Track<'v>: Clone {
    fn name(&self, name: &'v str) -> Self;
    fn index(&self, index: usize) -> Self;
}

impl Track<'_> for () {
    fn name(&self, _: &str) -> Self {}
    fn index(&self, _: usize) -> Self {}
}

/// A place that shares its beginning with its siblings.
#[derive(Debug, Clone, Default)]
pub(super) struct Trail<'v>(Option<Rc<(Trail<'v>, Turn<'v>)>>);

#[derive(Debug, Clone, Copy)]
enum Turn<'v> {
    Name(&'v str),
    Index(usize),
}

impl<'v> Track<'v> for Trail<'v> {
    fn name(&self, name: &'v str) -> Self {
        Self(Some(Rc::new((self.clone(), Turn::Name(name)))))
    }

    fn index(&self, index: usize) -> Self {
        Self(Some(Rc::new((self.clone(), Turn::Index(index)))))
    }
}

impl Trail<'_> {
    pub(super) fn to_path(&self) -> Path {
        let mut places = Vec::new();
        let mut trail = self;
        while let Some(link) = &trail.0 {
            places.push(match link.1 {
                Turn::Name(name) => Place::Name(name.to_owned()),
                Turn::Index(index) => Place::Index(index),
            });
            trail = &link.0;
        }
        places.into_iter().rev().collect()
    }
}

/// A value that was found, and where.
#[derive(Debug, Clone)]
pub(super) struct Node<'v, T> {
    pub(super) value: &'v Value,
    pub(super) place: T,
}

/// One run over one document.
#[derive(Debug)]
pub(super) struct Eval<'v> {
    root: &'v Value,
    /// The last pattern that came from the document: most of them are the same for every node.
    pattern: RefCell<Option<(String, Option<Regex>)>>,
}

/// The value that singular segments lead to, without allocation.
pub(super) fn walk<'v>(segments: &[Segment], from: &'v Value) -> Option<&'v Value> {
    segments
        .iter()
        .try_fold(from, |value, segment| match segment.selectors.as_slice() {
            [Selector::Name(name)] => value.get(name),
            [Selector::Index(index)] => item(value.as_array()?, *index).map(|(_, item)| item),
            _ => None,
        })
}

/// The item at an index, counted from the end where it is negative.
fn item(items: &[Value], index: i64) -> Option<(usize, &Value)> {
    let index = if index < 0 {
        index.checked_add(i64::try_from(items.len()).ok()?)?
    } else {
        index
    };
    let index = usize::try_from(index).ok()?;
    items.get(index).map(|item| (index, item))
}

impl<'v> Eval<'v> {
    pub(super) fn new(root: &'v Value) -> Self {
        Self {
            root,
            pattern: RefCell::new(None),
        }
    }

    /// All nodes that the segments lead to, in RFC 9535's order.
    pub(super) fn nodes<T: Track<'v>>(
        &self,
        segments: &[Segment],
        from: Node<'v, T>,
    ) -> Vec<Node<'v, T>> {
        segments
            .iter()
            .fold(vec![from], |nodes, segment| self.segment(segment, &nodes))
    }

    pub(super) fn segment<T: Track<'v>>(
        &self,
        segment: &Segment,
        nodes: &[Node<'v, T>],
    ) -> Vec<Node<'v, T>> {
        let mut found = Vec::new();
        for node in nodes {
            if is_over(found.len()) {
                break;
            }
            if segment.descend {
                self.descend(&segment.selectors, node, &mut found);
            } else {
                self.children(&segment.selectors, node, &mut found);
            }
        }
        found
    }

    fn children<T: Track<'v>>(
        &self,
        selectors: &[Selector],
        node: &Node<'v, T>,
        found: &mut Vec<Node<'v, T>>,
    ) {
        for selector in selectors {
            self.select(selector, node, found);
        }
    }

    /// A node and all that is in it, parents before children.
    fn descend<T: Track<'v>>(
        &self,
        selectors: &[Selector],
        node: &Node<'v, T>,
        found: &mut Vec<Node<'v, T>>,
    ) {
        let mut waiting = vec![node.clone()];
        while let Some(node) = waiting.pop() {
            if is_over(found.len()) {
                return;
            }
            self.children(selectors, &node, found);
            let from = waiting.len();
            each_child(&node, |child| waiting.push(child));
            if let Some(added) = waiting.get_mut(from..) {
                added.reverse();
            }
        }
    }

    fn select<T: Track<'v>>(
        &self,
        selector: &Selector,
        node: &Node<'v, T>,
        found: &mut Vec<Node<'v, T>>,
    ) {
        let array = node.value.as_array().unwrap_or_default();
        match selector {
            Selector::Name(name) => {
                let member = node
                    .value
                    .as_object()
                    .and_then(|members| members.get_key_value(name.as_str()));
                found.extend(member.map(|(name, value)| Node {
                    value,
                    place: node.place.name(name),
                }));
            }
            Selector::Index(index) => {
                found.extend(item(array, *index).map(|(at, value)| Node {
                    value,
                    place: node.place.index(at),
                }));
            }
            Selector::Wildcard => each_child(node, |child| found.push(child)),
            Selector::Slice(slice) => slice.each(array, |at, value| {
                found.push(Node {
                    value,
                    place: node.place.index(at),
                });
            }),
            Selector::Filter(filter) => each_child(node, |child| {
                if self.holds(filter, child.value) {
                    found.push(child);
                }
            }),
        }
    }

    fn holds(&self, logical: &Logical, current: &'v Value) -> bool {
        if budget::tick() {
            return false;
        }
        match logical {
            Logical::Any(parts) => parts.iter().any(|part| self.holds(part, current)),
            Logical::All(parts) => parts.iter().all(|part| self.holds(part, current)),
            Logical::Not(negated) => !self.holds(negated, current),
            Logical::Exists(query) if query.is_singular() => {
                walk(&query.segments, self.start(query, current)).is_some()
            }
            Logical::Exists(query) => !self.query(query, current).is_empty(),
            Logical::Compare(parts) => {
                let (left, comparison, right) = parts.as_ref();
                comparison.holds(
                    self.value(left, current).as_deref(),
                    self.value(right, current).as_deref(),
                )
            }
            Logical::Matches(matches) => self.matches(matches, current).unwrap_or(false),
        }
    }

    fn start(&self, query: &Query, current: &'v Value) -> &'v Value {
        if query.absolute { self.root } else { current }
    }

    fn query(&self, query: &Query, current: &'v Value) -> Vec<Node<'v, ()>> {
        self.nodes(
            &query.segments,
            Node {
                value: self.start(query, current),
                place: (),
            },
        )
    }

    /// The operand's value; `None` is RFC 9535's *Nothing*.
    fn value<'a>(&self, operand: &'a Operand, current: &'v Value) -> Option<Cow<'a, Value>>
    where
        'v: 'a,
    {
        match operand {
            Operand::Literal(value) => Some(Cow::Borrowed(value)),
            Operand::Query(query) => {
                walk(&query.segments, self.start(query, current)).map(Cow::Borrowed)
            }
            Operand::Length(of) => {
                length(&*self.value(of, current)?).map(|length| Cow::Owned(count(length)))
            }
            Operand::Count(query) => Some(Cow::Owned(count(self.query(query, current).len()))),
            Operand::Value(query) => match self.query(query, current).as_slice() {
                [only] => Some(Cow::Borrowed(only.value)),
                _ => None,
            },
        }
    }

    fn matches(&self, matches: &Matches, current: &'v Value) -> Option<bool> {
        let text = self.value(&matches.text, current)?;
        let text = text.as_str()?;
        if text.len() > LONG && budget::is_spent() {
            return None;
        }
        match &matches.pattern {
            Pattern::Fixed(regex) => on(regex, text, Regex::is_match),
            Pattern::Dynamic(operand) => {
                let pattern = self.value(operand, current)?;
                self.dynamic(pattern.as_str()?, matches.whole, text)
            }
        }
    }

    /// By a pattern of the document; one that is no pattern matches nothing (RFC 9535 section 2.4.6).
    fn dynamic(&self, pattern: &str, whole: bool, text: &str) -> Option<bool> {
        let key = format!("{}{pattern}", if whole { '=' } else { '~' });
        let mut last = self.pattern.borrow_mut();
        let known = last.take_if(|(known, _)| *known == key);
        let (key, regex) = known.unwrap_or_else(|| (key, regexp::compile(pattern, whole).ok()));
        let found = regex
            .as_ref()
            .and_then(|regex| on(regex, text, Regex::is_match));
        *last = Some((key, regex));
        found
    }
}

pub(super) fn each_child<'v, T: Track<'v>>(node: &Node<'v, T>, mut give: impl FnMut(Node<'v, T>)) {
    match node.value {
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(at, value)| {
                give(Node {
                    value,
                    place: node.place.index(at),
                });
            });
        }
        Value::Object(members) => {
            members.iter().for_each(|(name, value)| {
                give(Node {
                    value,
                    place: node.place.name(name),
                });
            });
        }
        _ => {}
    }
}

/// What `length` gives: characters, items or members.
fn length(value: &Value) -> Option<usize> {
    match value {
        Value::String(text) => Some(text.chars().count()),
        Value::Array(items) => Some(items.len()),
        Value::Object(members) => Some(members.len()),
        _ => None,
    }
}

fn count(count: usize) -> Value {
    Value::Number(Number::from(u64::try_from(count).unwrap_or(u64::MAX)))
}

impl Slice {
    /// Calls `give` for every item of the slice (RFC 9535 section 2.3.4.2.2).
    fn each<'v>(self, items: &'v [Value], mut give: impl FnMut(usize, &'v Value)) {
        let length = i64::try_from(items.len()).unwrap_or(i64::MAX);
        let normal = |index: i64| {
            if index < 0 {
                index.saturating_add(length)
            } else {
                index
            }
        };
        let forward = self.step > 0;
        let (low, high) = if forward {
            (0, length)
        } else {
            (-1, length - 1)
        };
        let start = self
            .start
            .map_or(if forward { low } else { high }, normal)
            .clamp(low, high);
        let end = self
            .end
            .map_or(if forward { high } else { low }, normal)
            .clamp(low, high);
        let mut at = start;
        while self.step != 0 && if forward { at < end } else { at > end } {
            let index = usize::try_from(at).unwrap_or(usize::MAX);
            items
                .get(index)
                .into_iter()
                .for_each(|item| give(index, item));
            at = at.saturating_add(self.step);
        }
    }
}

impl Comparison {
    /// RFC 9535 section 2.3.5.2.2: nothing equals nothing, and only numbers and texts have an order.
    fn holds(self, left: Option<&Value>, right: Option<&Value>) -> bool {
        let equal = || left == right;
        let less = |order| compare(left, right) == Some(order);
        match self {
            Self::Equal => equal(),
            Self::NotEqual => !equal(),
            Self::Less => less(Ordering::Less),
            Self::LessOrEqual => less(Ordering::Less) || equal(),
            Self::Greater => less(Ordering::Greater),
            Self::GreaterOrEqual => less(Ordering::Greater) || equal(),
        }
    }
}

fn compare(left: Option<&Value>, right: Option<&Value>) -> Option<Ordering> {
    match (left?, right?) {
        (Value::Number(left), Value::Number(right)) => Some(left.cmp(right)),
        (Value::String(left), Value::String(right)) => Some(left.cmp(right)),
        _ => None,
    }
}
