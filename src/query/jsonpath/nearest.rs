//! What a path that finds nothing was probably meant to be.

use super::ast::{Segment, Selector};
use super::eval::{self, Eval, Node, Trail};
use crate::source;
use crate::value::{Path, Segment as Place, Value};

/// How many values are looked at for a name that stands elsewhere.
const MOST_VISITED: usize = 20_000;
/// How many names a hint lists, and a typing slip is sought among.
const MOST_LISTED: usize = 8;
const MOST_COMPARED: usize = 500;
/// A text longer than this is not tried as JSON.
const MOST_PARSED: usize = 64 * 1024;

/// Where the path stopped: the values before the segment that gave none.
struct Stop<'a, 'v> {
    text: &'a str,
    document: &'v Value,
    /// The first of the values that the segment was asked of.
    last: Node<'v, Trail<'v>>,
    segment: &'a Segment,
    rest: &'a [Segment],
}

pub(super) fn nearest(text: &str, segments: &[Segment], document: &Value) -> Option<String> {
    let eval = Eval::new(document);
    let mut nodes = vec![Node {
        value: document,
        place: Trail::default(),
    }];
    for (at, segment) in segments.iter().enumerate() {
        let found = eval.segment(segment, &nodes);
        if found.is_empty() {
            let last = nodes.into_iter().next()?;
            let rest = segments.get(at + 1..).unwrap_or_default();
            return Some(
                Stop {
                    text,
                    document,
                    last,
                    segment,
                    rest,
                }
                .hint(),
            );
        }
        nodes = found;
    }
    None
}

impl Stop<'_, '_> {
    fn hint(&self) -> String {
        match self.segment.selectors.as_slice() {
            [Selector::Name(name)] => self.missing_name(name),
            [Selector::Index(index)] if !self.segment.descend => self.missing_index(*index),
            [Selector::Filter(_)] if !self.segment.descend => self.filtered(),
            _ => self.described(),
        }
    }

    fn place(&self) -> Path {
        self.last.place.to_path()
    }

    /// `$.items` is an array of 3 items.
    fn described(&self) -> String {
        let place = self.place();
        match self.last.value {
            Value::Array(items) if items.is_empty() => format!("`{place}` is an empty array"),
            Value::Array(items) => {
                format!("`{place}` is an array of {}", counted(items.len(), "item"))
            }
            Value::Object(members) if members.is_empty() => format!("`{place}` is an empty object"),
            Value::Object(members) => {
                let names: Vec<_> = members
                    .keys()
                    .take(MOST_LISTED)
                    .map(|name| format!("`{name}`"))
                    .collect();
                let more = if members.len() > MOST_LISTED {
                    ", …"
                } else {
                    ""
                };
                format!("`{place}` has {}{more}", names.join(", "))
            }
            Value::Null => format!("`{place}` is null"),
            other => format!("`{place}` is {}", other.kind().with_article()),
        }
    }

    fn filtered(&self) -> String {
        let written = self
            .text
            .get(self.segment.range.clone())
            .unwrap_or_default();
        format!("{}, and `{written}` holds for none", self.described())
    }

    fn missing_index(&self, index: i64) -> String {
        let described = self.described();
        match self.last.value {
            Value::Array(items) if !items.is_empty() && index >= 0 => {
                format!(
                    "{described}: the last is `{}`",
                    self.place().join(Place::Index(items.len() - 1))
                )
            }
            _ => described,
        }
    }

    fn missing_name(&self, name: &str) -> String {
        let here = || {
            if self.segment.descend {
                None
            } else {
                self.same_but_for_case(name)
            }
        };
        let path = here()
            .or_else(|| self.elsewhere(name))
            .or_else(|| self.slip(name));
        path.map_or_else(
            || self.unlike_any(),
            |path| format!("did you mean `{path}`?"),
        )
    }

    fn same_but_for_case(&self, name: &str) -> Option<String> {
        let members = self.last.value.as_object()?;
        let meant = members
            .keys()
            .take(MOST_COMPARED)
            .find(|known| known.to_lowercase() == name.to_lowercase())?;
        Some(self.with_rest(&self.place().join(Place::Name(meant.clone()))))
    }

    /// A name here, or in any place where the path descends, that differs by a slip of the fingers.
    fn slip(&self, name: &str) -> Option<String> {
        if !self.segment.descend {
            let members = self.last.value.as_object()?;
            let meant =
                source::nearest(name, members.keys().take(MOST_COMPARED).map(String::as_str))?;
            return Some(self.with_rest(&self.place().join(Place::Name(meant.to_owned()))));
        }
        let mut names: Vec<&str> = Vec::new();
        each_member(&self.last, |_, member| {
            if names.len() < MOST_COMPARED && !names.contains(&member) {
                names.push(member);
            }
            false
        });
        let meant = source::nearest(name, names)?;
        let before = self.text.get(..self.segment.range.start)?;
        let after = self.text.get(self.segment.range.end..)?;
        let tail: Path = [Place::Name(meant.to_owned())].into_iter().collect();
        let tail = tail.to_string();
        let tail = tail
            .strip_prefix("$")
            .map(|tail| tail.strip_prefix('.').unwrap_or(tail))?;
        Some(format!("{before}..{tail}{after}"))
    }

    /// The place nearest to the root that has a member of that name from which the rest of the path goes on.
    fn elsewhere(&self, name: &str) -> Option<String> {
        let root = Node {
            value: self.document,
            place: Trail::default(),
        };
        let singular = self.rest.iter().all(Segment::is_singular);
        let mut found = None;
        each_member(&root, |node, member| {
            if member == name
                && node
                    .value
                    .get(member)
                    .is_some_and(|value| !singular || eval::walk(self.rest, value).is_some())
            {
                found = Some(node.place.to_path().join(Place::Name(name.to_owned())));
            }
            found.is_some()
        });
        found.map(|path| self.with_rest(&path))
    }

    fn with_rest(&self, path: &Path) -> String {
        let rest = self.text.get(self.segment.range.end..).unwrap_or_default();
        format!("{path}{rest}")
    }

    fn unlike_any(&self) -> String {
        let described = self.described();
        match self.last.value {
            Value::String(text) if holds_json(text) => {
                format!("{described} that contains JSON: check it with `json`")
            }
            _ => described,
        }
    }
}

/// Whether a text is an object or an array written as JSON, as Lambda answers hold one in `body`.
fn holds_json(text: &str) -> bool {
    text.len() <= MOST_PARSED
        && text.trim_start().starts_with(['{', '['])
        && crate::value::parse(text).is_ok()
}

/// Calls `look` for the name of every member, level by level from a node, until it says that this was enough.
fn each_member<'v>(
    from: &Node<'v, Trail<'v>>,
    mut look: impl FnMut(&Node<'v, Trail<'v>>, &'v str) -> bool,
) {
    let mut waiting = std::collections::VecDeque::from([from.clone()]);
    let mut left = MOST_VISITED;
    while let Some(node) = waiting.pop_front() {
        if node
            .value
            .as_object()
            .is_some_and(|members| members.keys().take(left).any(|name| look(&node, name)))
        {
            return;
        }
        eval::each_child(&node, |child| {
            if left > 0 {
                left -= 1;
                waiting.push_back(child);
            }
        });
    }
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}
