//! What is refused of markup before a parser sees it: that on which parsers spend time or memory by the square.
//!
//! The scanners here are coarse. They see tags as parsers do, and only sizes that no real page has are refused.

use std::collections::BTreeMap;

/// How deep elements may nest: HTML's parser takes time by the square of the depth.
const MAX_DEPTH: usize = 1000;
/// How many pairs of attributes of one element there may be: parsers compare each with each.
const MAX_PAIRS: usize = 100_000_000;
/// How many namespaces elements that declare some may inherit, all together: each has a list of its own.
const MAX_NAMESPACES: usize = 5_000_000;
/// How many elements may be opened anew, all together: `<b>` without its end goes on in every paragraph.
const MAX_REOPENED: usize = 3_000_000;

/// Elements that stay open without deepening the tree: those without an end, and those whose end may be left out or that
/// end their like.
const FLAT: [&str; 33] = [
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track",
    "wbr", "p", "li", "dt", "dd", "tr", "td", "th", "thead", "tbody", "tfoot", "option",
    "optgroup", "rt", "rp", "html", "head", "body", "a", "nobr", "button",
];
/// Elements that go on in what follows if they are not closed.
const FORMATTING: [&str; 12] = [
    "b", "big", "code", "em", "font", "i", "s", "small", "strike", "strong", "tt", "u",
];

/// A tag, without its `<`.
struct Tag<'t> {
    attributes: usize,
    /// Of the attributes those that declare a namespace.
    namespaces: usize,
    /// Whether it ends in `/>`.
    closed: bool,
    /// What stands behind it.
    rest: &'t str,
}

impl<'t> Tag<'t> {
    fn read(text: &'t str) -> Self {
        let end = text
            .find(|character: char| character.is_whitespace() || matches!(character, '/' | '>'))
            .unwrap_or(text.len());
        let inside = text.get(end..).unwrap_or_default();
        let (mut tag, mut before, mut in_word) = (
            Tag {
                attributes: 0,
                namespaces: 0,
                closed: false,
                rest: "",
            },
            b' ',
            false,
        );
        let bytes = inside.as_bytes();
        let mut at = 0;
        while let Some(byte) = bytes.get(at).copied() {
            match byte {
                b'>' => {
                    tag.rest = inside.get(at + 1..).unwrap_or_default();
                    tag.closed = before == b'/';
                    return tag;
                }
                b'"' | b'\'' if before == b'=' => {
                    let value = bytes.get(at + 1..).unwrap_or_default();
                    at += memchr::memchr(byte, value).map_or(value.len(), |length| length + 1);
                    in_word = false;
                }
                _ if byte.is_ascii_whitespace() || byte == b'/' => in_word = false,
                _ if !in_word && before != b'=' && byte != b'=' => {
                    in_word = true;
                    tag.attributes += 1;
                    tag.namespaces +=
                        usize::from(bytes.get(at..).unwrap_or_default().starts_with(b"xmlns"));
                }
                _ => {}
            }
            if !byte.is_ascii_whitespace() {
                before = byte;
            }
            at += 1;
        }
        tag
    }

    /// The work that its attributes make.
    fn pairs(&self) -> usize {
        self.attributes.saturating_mul(self.attributes)
    }
}

fn too_many_attributes() -> String {
    "elements of the body have more attributes than apitest accepts (10,000 on one element, fewer on many)".to_owned()
}

/// What stands behind a comment, a section or an instruction, if the text begins with one; the text begins behind `<`.
fn behind_other(text: &str) -> Option<&str> {
    let after = |start: &str, end: &str| {
        Some(
            text.strip_prefix(start)?
                .split_once(end)
                .map_or("", |(_, behind)| behind),
        )
    };
    after("!--", "-->")
        .or_else(|| after("![CDATA[", "]]>"))
        .or_else(|| after("?", "?>"))
        .or_else(|| after("!", ">"))
}

/// Checks XML.
///
/// # Errors
/// If it would take too long to be parsed; the text says why.
pub(super) fn check_xml(text: &str) -> Result<(), String> {
    let (mut pairs, mut inherited) = (0_usize, 0_usize);
    // How many namespaces there are in the elements that are open.
    let mut open: Vec<usize> = Vec::new();
    let mut rest = text;
    while let Some((_, found)) = rest.split_once('<') {
        if let Some(behind) = behind_other(found) {
            rest = behind;
            continue;
        }
        if found.starts_with('/') {
            open.pop();
            rest = found;
            continue;
        }
        let tag = Tag::read(found);
        pairs = pairs.saturating_add(tag.pairs());
        let outer = open.last().copied().unwrap_or_default();
        if tag.namespaces > 0 {
            inherited =
                inherited.saturating_add((outer + tag.namespaces).saturating_mul(tag.namespaces));
        }
        if !tag.closed {
            open.push(outer + tag.namespaces);
        }
        rest = tag.rest;
        if pairs > MAX_PAIRS {
            return Err(too_many_attributes());
        }
        if inherited > MAX_NAMESPACES {
            return Err("the body declares more namespaces than apitest reads".to_owned());
        }
    }
    Ok(())
}

/// Checks HTML.
///
/// # Errors
/// As [`check_xml`].
pub(super) fn check_html(text: &str) -> Result<(), String> {
    let mut page = Page::default();
    let mut rest = text;
    while let Some((_, found)) = rest.split_once('<') {
        rest = found;
        if let Some(comment) = found.strip_prefix("!--") {
            let opened = found.get(1..).unwrap_or_default();
            rest = opened
                .split_once("-->")
                .map_or(comment, |(_, behind)| behind);
        } else if let Some(end) = found.strip_prefix('/') {
            page.close(&element(end));
        } else if found.starts_with(|first: char| first.is_ascii_alphabetic()) {
            let name = element(found);
            let tag = Tag::read(found);
            rest = tag.rest;
            if matches!(name.as_str(), "script" | "style") {
                rest = tag.rest.split_once("</").map_or("", |(_, behind)| behind);
            }
            page.pairs = page.pairs.saturating_add(tag.pairs());
            page.open(name);
        }
        page.check()?;
    }
    Ok(())
}

fn element(text: &str) -> String {
    text.split(|character: char| !character.is_ascii_alphanumeric())
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase()
}

/// What is known of a page so far.
#[derive(Default)]
struct Page {
    depth: usize,
    pairs: usize,
    reopened: usize,
    /// How many elements are open that go on in what follows.
    formatting: usize,
    /// How many elements of each name are open.
    names: BTreeMap<String, usize>,
}

impl Page {
    fn open(&mut self, name: String) {
        self.reopened += self.formatting;
        if FLAT.contains(&name.as_str()) {
            return;
        }
        self.depth += 1;
        self.formatting += usize::from(FORMATTING.contains(&name.as_str()));
        *self.names.entry(name).or_default() += 1;
    }

    /// An end without a beginning closes nothing.
    fn close(&mut self, name: &str) {
        let Some(open) = self.names.get_mut(name).filter(|open| **open > 0) else {
            return;
        };
        *open -= 1;
        self.depth -= 1;
        self.formatting -= usize::from(FORMATTING.contains(&name));
    }

    fn check(&self) -> Result<(), String> {
        match () {
            () if self.depth > MAX_DEPTH => Err(format!(
                "the body is nested deeper than {MAX_DEPTH} elements"
            )),
            () if self.pairs > MAX_PAIRS => Err(too_many_attributes()),
            () if self.reopened > MAX_REOPENED => Err(
                "the body leaves open more elements such as `<b>` than apitest reads".to_owned(),
            ),
            () => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Attributes whose names differ.
    fn attributes(count: usize, value: &str) -> String {
        (0..count)
            .flat_map(|number| [" a".to_owned(), number.to_string(), value.to_owned()])
            .collect()
    }

    #[test]
    fn what_is_quadratic_is_refused() {
        let many = attributes(20_000, "");
        let valued = attributes(20_000, "='x > y'");
        let namespaces: String = (0..5_000)
            .flat_map(|number| [" xmlns:n".to_owned(), number.to_string(), "='u'".to_owned()])
            .collect();
        let distinct: String = (0..500)
            .flat_map(|number| ["<b c=".to_owned(), number.to_string(), ">".to_owned()])
            .collect();
        let html = [
            format!("<p{many}>"),
            format!("<p{valued}>"),
            format!("<p{many}"),
            format!("<p{}>", attributes(1_500, "=x")).repeat(60),
            "<div>".repeat(1_001),
            "<div></x>".repeat(1_001),
            format!("{}{}", distinct, "<p>x".repeat(10_000)),
        ];
        for text in html {
            assert!(
                check_html(&text).is_err(),
                "{}",
                text.chars().take(60).collect::<String>()
            );
        }
        let xml = [
            format!("<p{valued}/>"),
            format!("<a{namespaces}>{}</a>", "<b xmlns:x='y'/>".repeat(1_001)),
        ];
        for text in xml {
            assert!(
                check_xml(&text).is_err(),
                "{}",
                text.chars().take(60).collect::<String>()
            );
        }
    }

    #[test]
    fn what_is_large_and_flat_is_not() {
        let html = [
            "<li class='a b' id=x>text".repeat(50_000),
            format!("<script>{}</script>", "if (a<b) {}".repeat(50_000)),
            "<b>x</b>".repeat(50_000),
            "<p>a < b && c".repeat(50_000),
            "<a href=x>".repeat(5_000),
            format!("<!-- {} -->", "<div a b c>".repeat(50_000)),
        ];
        for text in html {
            assert_eq!(
                check_html(&text),
                Ok(()),
                "{}",
                text.chars().take(60).collect::<String>()
            );
        }
        let xml = [
            "<a xmlns='u' xmlns:b='v' c=\"d\"/>".repeat(50_000),
            format!("<![CDATA[{}]]>", "<a b='c".repeat(50_000)),
            "<a x='/>' y=\"<\">".repeat(50_000),
        ];
        for text in xml {
            assert_eq!(
                check_xml(&text),
                Ok(()),
                "{}",
                text.chars().take(60).collect::<String>()
            );
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(text in "(<|>|/|!--|-->|\\?|='|\"|[a-c ]|é|xmlns|<b|</b|script){0,40}") {
            let _ = (check_html(&text), check_xml(&text));
        }
    }
}
