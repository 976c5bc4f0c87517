//! What a selector or XPath that finds nothing was probably meant to be: its names that the document does not have, with the
//! nearest that it has in their place.

use std::ops::Range;

use indexmap::IndexSet;

use super::markup::{Kind, Tree};
use crate::suggest::{did_you_mean, nearest};

/// How many nodes are looked at, and how many names of a kind are kept.
const MOST_VISITED: usize = 50_000;
const MOST_KEPT: usize = 500;

/// What a name in a selector or path names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    Element,
    Attribute,
    Class,
    Id,
}

/// A name as written, and where.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Written {
    pub(super) sort: Sort,
    pub(super) range: Range<usize>,
}

/// The names that a document has.
#[derive(Debug, Default)]
pub(super) struct Names {
    elements: IndexSet<String>,
    attributes: IndexSet<String>,
    classes: IndexSet<String>,
    ids: IndexSet<String>,
}

impl Names {
    pub(super) fn of(tree: &Tree) -> Self {
        let mut names = Self::default();
        for id in 0..tree.len().min(MOST_VISITED) {
            match tree.kind(id) {
                Kind::Element(name) => note(&mut names.elements, &name.local),
                Kind::Attribute(name, value) => {
                    note(&mut names.attributes, &name.local);
                    match name.local.as_str() {
                        "class" => value
                            .split_whitespace()
                            .take(MOST_KEPT)
                            .for_each(|class| note(&mut names.classes, class)),
                        "id" => note(&mut names.ids, value.trim()),
                        _ => {}
                    }
                }
                _ => {}
            }
        }
        names
    }

    fn known(&self, sort: Sort) -> &IndexSet<String> {
        match sort {
            Sort::Element => &self.elements,
            Sort::Attribute => &self.attributes,
            Sort::Class => &self.classes,
            Sort::Id => &self.ids,
        }
    }

    /// The name of an attribute that is meant.
    pub(super) fn attribute(&self, written: &str) -> Option<String> {
        did_you_mean(written, self.attributes.iter().map(String::as_str))
    }

    /// The text with a near name in place of each that the document does not have, if that finds something.
    pub(super) fn hint(
        &self,
        text: &str,
        written: &[Written],
        finds: impl FnOnce(&str) -> bool,
    ) -> Option<String> {
        let (mut meant, mut end) = (String::with_capacity(text.len()), 0);
        for Written { sort, range } in written {
            let (name, known) = (text.get(range.clone())?, self.known(*sort));
            if known.contains(name) {
                continue;
            }
            let near = self
                .other_case(name, *sort)
                .or_else(|| nearest(name, known.iter().map(String::as_str)))?;
            if !is_plain(near) {
                return None;
            }
            meant.push_str(text.get(end..range.start)?);
            meant.push_str(near);
            end = range.end;
        }
        meant.push_str(text.get(end..)?);
        (end > 0 && finds(&meant)).then(|| format!("did you mean `{meant}`?"))
    }

    fn other_case(&self, name: &str, sort: Sort) -> Option<&str> {
        let lower = name.to_lowercase();
        self.known(sort)
            .iter()
            .map(String::as_str)
            .find(|known| known.to_lowercase() == lower)
    }
}

fn note(names: &mut IndexSet<String>, name: &str) {
    if names.len() < MOST_KEPT && !names.contains(name) {
        names.insert(name.to_owned());
    }
}

/// Whether a name may stand in a selector as it is.
fn is_plain(name: &str) -> bool {
    !name.is_empty()
        && name.chars().all(is_of_name)
        && !name.starts_with(|first: char| first.is_ascii_digit())
}

fn is_of_name(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '-' | '_')
}

/// The bytes of the name that starts at a place; empty if none does.
fn name_at(text: &str, start: usize) -> Range<usize> {
    let rest = text.get(start..).unwrap_or_default();
    start
        ..start
            + rest
                .find(|character| !is_of_name(character))
                .unwrap_or(rest.len())
}

/// The bytes behind a quoted text that starts at a place.
fn behind_quoted(text: &str, start: usize, quote: char) -> usize {
    let rest = text.get(start + 1..).unwrap_or_default();
    rest.find(quote)
        .map_or(text.len(), |length| start + length + 2)
}

/// The names of a CSS selector.
pub(super) fn names_of_css(text: &str) -> Vec<Written> {
    let mut written = Vec::new();
    let (mut at, mut in_brackets) = (0, false);
    while let Some(first) = text.get(at..).and_then(|rest| rest.chars().next()) {
        let marker = first.len_utf8();
        let sort = match first {
            '"' | '\'' => {
                at = behind_quoted(text, at, first);
                continue;
            }
            '\\' => return Vec::new(),
            '.' if !in_brackets => Some((Sort::Class, marker)),
            '#' if !in_brackets => Some((Sort::Id, marker)),
            '[' => {
                in_brackets = true;
                Some((Sort::Attribute, marker))
            }
            ']' => {
                in_brackets = false;
                None
            }
            // A pseudo-class, or the value of an attribute: what follows is no name of the document.
            ':' | '=' => {
                at = name_at(text, at + marker).end;
                continue;
            }
            first if is_of_name(first) && !in_brackets => Some((Sort::Element, 0)),
            _ => None,
        };
        at += sort.map_or(marker, |(_, before)| before);
        if let Some((sort, _)) = sort {
            let range = name_at(text, at);
            at = range.end;
            if !range.is_empty() && text.get(range.clone()).is_some_and(is_plain) {
                written.push(Written { sort, range });
            }
        }
    }
    written
}

/// The names of an XPath: elements and attributes, and what `@class` and `@id` are compared with.
pub(super) fn names_of_xpath(text: &str) -> Vec<Written> {
    let mut written: Vec<Written> = Vec::new();
    let mut compared = None;
    let mut at = 0;
    while let Some(first) = text.get(at..).and_then(|rest| rest.chars().next()) {
        if matches!(first, '"' | '\'') {
            let end = behind_quoted(text, at, first);
            let range = at + 1..end.saturating_sub(1).max(at + 1);
            if let Some(sort) = compared
                .take()
                .filter(|_| text.get(range.clone()).is_some_and(is_plain))
            {
                written.push(Written { sort, range });
            }
            at = end;
            continue;
        }
        let range = name_at(text, at);
        if range.is_empty() {
            at += first.len_utf8();
            continue;
        }
        at = range.end;
        let (name, rest) = (
            text.get(range.clone()).unwrap_or_default(),
            text.get(at..).unwrap_or_default().trim_start(),
        );
        let before = text.get(..range.start).unwrap_or_default().trim_end();
        // A function, an axis, a prefix, an operator, a number.
        let is_test = !rest.starts_with(['(', ':']) && !is_operator(name, before) && is_plain(name);
        if !is_test {
            continue;
        }
        let is_attribute = before.ends_with('@') || before.ends_with("attribute::");
        compared = match name {
            "class" if is_attribute => Some(Sort::Class),
            "id" if is_attribute => Some(Sort::Id),
            _ => None,
        };
        written.push(Written {
            sort: if is_attribute {
                Sort::Attribute
            } else {
                Sort::Element
            },
            range,
        });
    }
    written
}

/// Whether a word stands where only an operator can: behind an operand.
fn is_operator(word: &str, before: &str) -> bool {
    let behind_operand = before.ends_with(|last: char| {
        is_of_name(last) || matches!(last, ')' | ']' | '"' | '\'' | '*' | '.')
    });
    ["and", "or", "div", "mod"].contains(&word) && behind_operand
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, written: &[Written]) -> String {
        let one =
            |one: &Written| format!("{:?} {}", one.sort, text.get(one.range.clone()).unwrap());
        written.iter().map(one).collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn names_are_told_from_what_stands_around_them() {
        for (text, names) in [
            (
                "ul.items > li:first-child",
                "Element ul, Class items, Element li",
            ),
            (
                "#main a[href^=\"/x\"] , p",
                "Id main, Element a, Attribute href, Element p",
            ),
            ("li:not(.done):nth-child(2n+1)", "Element li, Class done"),
            ("input[type=text]", "Element input, Attribute type"),
        ] {
            assert_eq!(shown(text, &names_of_css(text)), names, "{text}");
        }
        for (text, names) in [
            (
                "//ul[@class='items']/li",
                "Element ul, Attribute class, Class items, Element li",
            ),
            (
                "/a/x:b[c and d or position() = 2]/text()",
                "Element a, Element b, Element c, Element d",
            ),
            (
                "//*[contains(@id, \"main\")]/child::e",
                "Attribute id, Id main, Element e",
            ),
            ("count(//li) div 2", "Element li"),
        ] {
            assert_eq!(shown(text, &names_of_xpath(text)), names, "{text}");
        }
    }
}
