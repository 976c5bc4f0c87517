//! Bodies as trees: XML by `roxmltree`, HTML by `scraper`, both as the one tree that XPath walks.
//!
//! A node's number is its place in document order, so a set of nodes is a sorted list, and what is in an element is a range.

use scraper::Html;

use super::bounds;
use crate::budget;
use crate::http::Response;

/// A body that is longer is parsed apart, in bytes: it may take long.
const LONG: usize = 32 << 10;
/// How much text a question may find, in bytes: an element's text is that of all elements in it.
const MAX_TEXT: usize = 256 << 20;

/// How many nodes an XML body may have.
const MAX_NODES: u32 = 5_000_000;

/// A body as a tree of elements, attributes and texts.
#[derive(Debug)]
pub struct Tree {
    nodes: Vec<Node>,
}

/// A node's number: its place in document order.
pub(super) type Id = usize;

/// A node.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) kind: Kind,
    pub(super) parent: Option<Id>,
    /// The first number behind all that is in the node.
    pub(super) end: Id,
}

/// What a node is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Root,
    Element(Name),
    Attribute(Name, String),
    Text(String),
    Comment(String),
    Instruction(String, String),
}

/// The name of an element or attribute.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Name {
    pub(super) namespace: Option<String>,
    pub(super) prefix: Option<String>,
    pub(super) local: String,
}

impl Tree {
    /// A body of more bytes is not looked through for what a question that finds nothing was meant to be.
    pub const MOST_HINTED: usize = 1 << 20;

    /// The body of a response: as HTML where its content type is `text/html`, else as XML.
    ///
    /// # Errors
    /// Where the body is not text or not well-formed XML, declares entities, or is nested beyond measure.
    pub fn read(response: &Response) -> Result<Self, String> {
        if is_html(response) {
            return Self::of_page(response);
        }
        let text = markup(response)?;
        bounds::check_xml(text)?;
        parsed(text, from_xml)
    }

    /// The body as HTML, as CSS sees it.
    pub(super) fn of_page(response: &Response) -> Result<Self, String> {
        in_page(response, |page| Ok(from_html(page)))
    }

    pub(super) fn kind(&self, id: Id) -> &Kind {
        self.nodes.get(id).map_or(&Kind::Root, |node| &node.kind)
    }

    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    pub(super) fn parent(&self, id: Id) -> Option<Id> {
        self.nodes.get(id)?.parent
    }

    /// The number behind all that is in a node.
    pub(super) fn end(&self, id: Id) -> Id {
        self.nodes.get(id).map_or(id, |node| node.end)
    }

    /// A node's string-value (XPath 1.0 section 5).
    pub(super) fn text(&self, id: Id) -> String {
        match self.kind(id) {
            Kind::Attribute(_, text)
            | Kind::Text(text)
            | Kind::Comment(text)
            | Kind::Instruction(_, text) => text.clone(),
            Kind::Root | Kind::Element(_) => {
                let inside = self.nodes.get(id..self.end(id)).unwrap_or_default().iter();
                inside
                    .filter_map(|node| {
                        if let Kind::Text(text) = &node.kind {
                            Some(text.as_str())
                        } else {
                            None
                        }
                    })
                    .collect()
            }
        }
    }
}

fn is_html(response: &Response) -> bool {
    let kind = response
        .header_lines("content-type")
        .next()
        .unwrap_or_default();
    kind.split(';')
        .next()
        .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("text/html"))
}

/// The body's text, if it is markup at all: a page may be read out of any text, and then every selector finds nothing.
fn markup(response: &Response) -> Result<&str, String> {
    if response.body.is_empty() {
        return Err("the body is empty, neither HTML nor XML".to_owned());
    }
    let kind = response
        .content_type()
        .map_or_else(String::new, |kind| format!(" ({kind})"));
    if is_picture(response) {
        return Err(format!("the body{kind} is neither HTML nor XML"));
    }
    let text = response
        .text()
        .map_err(|reason| format!("the body{kind} is not text: {reason}"))?;
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    let start = text.trim_start();
    if start.is_empty() {
        return Err("the body has only white space, neither HTML nor XML".to_owned());
    }
    let fragment = || is_html(response) && !start.starts_with(['{', '[', '"']) && has_tag(start);
    if start.starts_with('<') || fragment() {
        return Ok(text);
    }
    Err(format!(
        "the body{kind} is neither HTML nor XML: it does not start with `<`"
    ))
}

/// Whether the content type is that of an image, a sound, a film or a font; those in XML, such as SVG, are documents.
fn is_picture(response: &Response) -> bool {
    let kind = response
        .header_lines("content-type")
        .next()
        .unwrap_or_default();
    let kind = kind
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    let family = kind.split('/').next().unwrap_or_default();
    matches!(family, "image" | "audio" | "video" | "font")
        && !kind.ends_with("+xml")
        && !kind.ends_with("/xml")
}

/// Whether a text has a tag in it, as a fragment of a page has that starts with words.
fn has_tag(text: &str) -> bool {
    text.split('<').skip(1).any(|behind| {
        behind.starts_with(|first: char| first.is_ascii_alphabetic() || matches!(first, '/' | '!'))
    })
}

/// Asks the body as HTML, whatever its content type.
///
/// # Errors
/// If it is not text, is beyond measure, or takes too long; the message says which.
pub(super) fn in_page<T: Send + 'static>(
    response: &Response,
    ask: impl FnOnce(&Html) -> Result<T, String> + Send + 'static,
) -> Result<T, String> {
    let text = markup(response)?;
    bounds::check_html(text)?;
    parsed(text, move |text| ask(&Html::parse_document(text)))
}

/// Parses a text, a long one apart.
fn parsed<T: Send + 'static>(
    text: &str,
    parse: impl FnOnce(&str) -> Result<T, String> + Send + 'static,
) -> Result<T, String> {
    if text.len() <= LONG {
        return parse(text);
    }
    let text = text.to_owned();
    budget::apart(move || parse(&text)).unwrap_or_else(|| Err(budget::reason().unwrap_or_default()))
}

/// Texts that a question found, as far as they can be held.
///
/// # Errors
/// If there is too much of it, or the time is over.
pub(super) fn held(texts: impl Iterator<Item = String>) -> Result<Vec<String>, String> {
    let (mut all, mut left) = (Vec::new(), MAX_TEXT);
    for text in texts {
        left = left
            .checked_sub(text.len())
            .ok_or("the result has more text than apitest holds in memory")?;
        all.push(text);
        if budget::tick() {
            return Err(budget::reason().unwrap_or_default());
        }
    }
    Ok(all)
}

/// Puts nodes into their order; `K` is what the parser knows them by.
struct Builder<K> {
    nodes: Vec<Node>,
    open: Vec<(Id, K)>,
}

impl<K: PartialEq> Builder<K> {
    fn new(root: K) -> Self {
        Self {
            nodes: vec![Node {
                kind: Kind::Root,
                parent: None,
                end: 1,
            }],
            open: vec![(0, root)],
        }
    }

    fn add(&mut self, kind: Kind) -> Id {
        let id = self.nodes.len();
        self.nodes.push(Node {
            kind,
            parent: self.open.last().map(|(parent, _)| *parent),
            end: id + 1,
        });
        id
    }

    fn open(&mut self, kind: Kind, key: K) {
        let id = self.add(kind);
        self.open.push((id, key));
    }

    /// Closes what is open inside `parent`, of which the next node is a child.
    fn below(&mut self, parent: Option<&K>) {
        while self.open.len() > 1 && self.open.last().map(|(_, key)| key) != parent {
            self.close();
        }
    }

    fn close(&mut self) {
        let end = self.nodes.len();
        if let Some(node) = self.open.pop().and_then(|(id, _)| self.nodes.get_mut(id)) {
            node.end = end;
        }
    }

    fn finish(mut self) -> Tree {
        while !self.open.is_empty() {
            self.close();
        }
        Tree { nodes: self.nodes }
    }
}

fn from_html(page: &Html) -> Tree {
    let plain = |local: &str| Name {
        local: local.to_owned(),
        ..Name::default()
    };
    let mut builder = Builder::new(page.tree.root().id());
    for node in page.tree.root().descendants().skip(1) {
        builder.below(node.parent().map(|parent| parent.id()).as_ref());
        match node.value() {
            scraper::Node::Element(element) => {
                builder.open(Kind::Element(plain(element.name())), node.id());
                for (name, value) in element.attrs() {
                    builder.add(Kind::Attribute(plain(name), value.to_owned()));
                }
            }
            scraper::Node::Text(text) => {
                builder.add(Kind::Text(text.to_string()));
            }
            scraper::Node::Comment(text) => {
                builder.add(Kind::Comment(text.to_string()));
            }
            _ => {}
        }
    }
    builder.finish()
}

/// No entity is declared, so none can multiply or reach outside.
fn from_xml(text: &str) -> Result<Tree, String> {
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    let options = |allow_dtd| roxmltree::ParsingOptions {
        allow_dtd,
        nodes_limit: MAX_NODES,
        ..Default::default()
    };
    let mut parsed = roxmltree::Document::parse_with_options(text, options(false));
    if matches!(parsed, Err(roxmltree::Error::DtdDetected)) {
        if text.contains("<!ENTITY") {
            return Err("the body declares entities, which are not read".to_owned());
        }
        parsed = roxmltree::Document::parse_with_options(text, options(true));
    }
    let document = parsed.map_err(|error| format!("the body is not XML: {error}"))?;
    let mut builder = Builder::new(document.root().id());
    for node in document.descendants().skip(1) {
        builder.below(node.parent().map(|parent| parent.id()).as_ref());
        add_xml(&mut builder, node);
    }
    Ok(builder.finish())
}

fn add_xml(builder: &mut Builder<roxmltree::NodeId>, node: roxmltree::Node<'_, '_>) {
    let text = || node.text().unwrap_or_default().to_owned();
    if node.is_element() {
        let name = |namespace: Option<&str>, local: &str| Name {
            prefix: namespace
                .and_then(|uri| node.lookup_prefix(uri))
                .map(str::to_owned),
            namespace: namespace.map(str::to_owned),
            local: local.to_owned(),
        };
        builder.open(
            Kind::Element(name(node.tag_name().namespace(), node.tag_name().name())),
            node.id(),
        );
        for attribute in node.attributes() {
            builder.add(Kind::Attribute(
                name(attribute.namespace(), attribute.name()),
                attribute.value().to_owned(),
            ));
        }
    } else if node.is_text() {
        builder.add(Kind::Text(text()));
    } else if node.is_comment() {
        builder.add(Kind::Comment(text()));
    } else if let Some(instruction) = node.pi() {
        let value = instruction.value.unwrap_or_default().to_owned();
        builder.add(Kind::Instruction(instruction.target.to_owned(), value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn xml(body: impl Into<String>) -> Result<Tree, String> {
        Tree::read(&Response::new(200, Vec::new(), body.into()))
    }

    fn html(body: impl Into<String>) -> Result<Tree, String> {
        let header = (
            "Content-Type".to_owned(),
            "text/HTML; charset=utf-8".to_owned(),
        );
        Tree::read(&Response::new(200, vec![header], body.into()))
    }

    #[test]
    fn numbers_are_document_order_and_ranges_hold_what_is_inside() {
        let tree = xml("<a x='1'><b>one</b><!-- c --><?p q?>two<![CDATA[<]]></a>").unwrap();
        let kinds: Vec<_> = (0..tree.len())
            .map(|id| std::mem::discriminant(tree.kind(id)))
            .collect();
        assert_eq!(kinds.len(), 8);
        assert_eq!(
            (tree.text(0), tree.text(3), tree.end(3), tree.parent(4)),
            ("onetwo<".into(), "one".into(), 5, Some(3))
        );
    }

    #[test]
    fn html_is_read_as_browsers_do() {
        let tree = html("<P CLASS=x>one<p>two").unwrap();
        let names: Vec<_> = (0..tree.len())
            .filter_map(|id| {
                if let Kind::Element(name) = tree.kind(id) {
                    Some(name.local.as_str())
                } else {
                    None
                }
            })
            .collect();
        assert_eq!(names, ["html", "head", "body", "p", "p"]);
    }

    #[test]
    fn what_is_not_xml_says_why() {
        assert!(
            xml("<a><b></a>")
                .unwrap_err()
                .starts_with("the body is not XML: ")
        );
        assert!(xml("").is_err());
        assert!(xml("\u{FEFF}<!DOCTYPE note><a/>").is_ok());
    }

    #[test]
    fn entities_are_refused_and_depth_is_bounded() {
        let laughs = "<!DOCTYPE a [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;'>]><a>&b;</a>";
        assert_eq!(
            xml(laughs).unwrap_err(),
            "the body declares entities, which are not read"
        );
        let outside = "<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>";
        assert_eq!(
            xml(outside).unwrap_err(),
            "the body declares entities, which are not read"
        );
        assert_eq!(
            xml(format!(
                "{}x{}",
                "<a>".repeat(50_000),
                "</a>".repeat(50_000)
            ))
            .unwrap()
            .text(1),
            "x"
        );
        assert_eq!(
            html("<div>".repeat(50_000)).unwrap_err(),
            "the body is nested deeper than 1000 elements"
        );
        assert!(html("<li>x".repeat(5_000)).is_ok());
        assert!(html(format!("<script>{}</script>", "if (a<b) {}".repeat(5_000))).is_ok());
    }
}
