//! `xpath` and `css`: the set of the texts of the nodes that were found.

use std::borrow::Cow;

use indexmap::IndexMap;

use super::{ReadResult, Subject};
use crate::check::compile::Compiler;
use crate::check::expectation::EvalContext;
use crate::check::matcher::{Domain, Interpretation};
use crate::query::{Css, Found, Gives, QueryError, Tree, XPath};
use crate::source::{Diagnostic, Span};
use crate::syntax::{Node, Problems, Table};
use crate::value::Value;

/// What an XPath finds.
#[derive(Debug)]
pub(in crate::check) struct ByXPath(XPath);

/// What a CSS selector finds: texts, or an attribute of each element that has it.
#[derive(Debug)]
pub(in crate::check) struct ByCss {
    selector: Css,
    attribute: Option<String>,
}

pub(super) fn compile_xpath(compiler: &mut Compiler<'_>, node: &Node) {
    let namespaces = namespaces(compiler.table, compiler.problems);
    compiler.each(node, "a table of XPaths", |compiler, text, key, node| {
        let Some(subject) = ByXPath::compile(text, key, &namespaces, compiler.problems) else {
            return;
        };
        if subject.0.is_constant() {
            let problem = Diagnostic::error(
                key,
                "this XPath does not select anything from the body, so it asserts nothing",
            );
            compiler
                .problems
                .push(problem.hint("name a node, as in `//item`"));
        } else {
            compiler.matched(subject, node);
        }
    });
}

pub(super) fn compile_css(compiler: &mut Compiler<'_>, node: &Node) {
    compiler.each(
        node,
        "a table of CSS selectors",
        |compiler, text, key, node| {
            if let Some(subject) = ByCss::compile(text, key, None, compiler.problems) {
                compiler.matched(subject, node);
            }
        },
    );
}

/// What prefixes stand for, from the `namespaces` of a table.
pub(in crate::check) fn namespaces(
    table: &Table,
    problems: &mut Problems,
) -> IndexMap<String, String> {
    let Some(node) = table.get("namespaces") else {
        return IndexMap::new();
    };
    let Some(table) = node.table("a table of prefixes", problems) else {
        return IndexMap::new();
    };
    let read = table.iter().filter_map(|(prefix, entry)| {
        Some((prefix.to_owned(), entry.value.string(problems)?.to_owned()))
    });
    read.collect()
}

impl ByXPath {
    /// Compiles an expression that is written at a place, or keeps the problem.
    pub(in crate::check) fn compile(
        text: &str,
        place: &Span,
        namespaces: &IndexMap<String, String>,
        problems: &mut Problems,
    ) -> Option<Self> {
        XPath::compile(text, namespaces)
            .map(Self)
            .map_or_else(|error| problems.refuse(problem(place, text, error)), Some)
    }
}

impl ByCss {
    /// Compiles a selector that is written at a place, or keeps the problem.
    pub(in crate::check) fn compile(
        text: &str,
        place: &Span,
        attribute: Option<String>,
        problems: &mut Problems,
    ) -> Option<Self> {
        match Css::compile(text) {
            Ok(selector) => Some(Self {
                selector,
                attribute,
            }),
            Err(error) => problems.refuse(problem(place, text, error)),
        }
    }
}

fn problem(place: &Span, text: &str, error: QueryError) -> Diagnostic {
    Diagnostic::error(&super::inside(place, text, error.range), error.message)
        .maybe_hint(error.hint)
}

/// The set of what was found.
fn reading<'a>(texts: Vec<String>) -> ReadResult<'a> {
    ReadResult::Found(
        Cow::Owned(Value::Array(texts.into_iter().map(Value::from).collect())),
        Interpretation::Markup,
    )
}

/// The value of an expression that gives no nodes; XPath makes NaN of what is not a number, which equals nothing.
fn value<'a>(value: Value) -> ReadResult<'a> {
    if value.as_str() == Some("NaN") {
        return ReadResult::Unreadable(
            "the expression gives NaN: what it selects is not a number".to_owned(),
            None,
        );
    }
    ReadResult::Found(Cow::Owned(value), Interpretation::Text)
}

impl Subject for ByXPath {
    fn label(&self) -> String {
        format!("xpath {}", self.0.text())
    }

    fn read<'a>(&'a self, eval: EvalContext<'a>) -> ReadResult<'a> {
        let Some(response) = eval.response() else {
            return ReadResult::Missing;
        };
        match self.0.find(response) {
            Ok(Found::Nodes(texts)) => reading(texts),
            Ok(Found::Value(found)) => value(found),
            Ok(Found::Missing) => ReadResult::Missing,
            Err(reason) => ReadResult::Unreadable(reason, None),
        }
    }

    fn domain(&self) -> Domain {
        match self.0.gives() {
            Gives::Nodes => Domain::NODES,
            Gives::Count => Domain::COUNT,
            Gives::Number => Domain::NUMBER,
            Gives::Text => Domain::STRING,
            Gives::Boolean => Domain::BOOLEAN,
        }
    }

    fn missing(&self, eval: EvalContext<'_>) -> (String, Option<String>) {
        let small = eval
            .response()
            .filter(|response| response.body.len() <= Tree::MOST_HINTED);
        let tree = small.and_then(|response| Tree::read(response).ok());
        let text = self.0.text();
        let told = if self.0.gives() == Gives::Nodes {
            format!("there is nothing at `{text}`")
        } else {
            format!("a path of `{text}` selects nothing")
        };
        (told, tree.and_then(|tree| self.0.hint(&tree)))
    }
}

impl Subject for ByCss {
    fn label(&self) -> String {
        format!("css {}", self.selector.text())
    }

    fn read<'a>(&'a self, eval: EvalContext<'a>) -> ReadResult<'a> {
        let Some(response) = eval.response() else {
            return ReadResult::Missing;
        };
        match self.selector.select(response, self.attribute.as_deref()) {
            Ok(texts) => reading(texts),
            Err(reason) => ReadResult::Unreadable(reason, None),
        }
    }

    fn domain(&self) -> Domain {
        Domain::NODES
    }

    fn missing(&self, eval: EvalContext<'_>) -> (String, Option<String>) {
        let selector = self.selector.text();
        let told = match &self.attribute {
            Some(name) => format!("no element that `{selector}` selects has an attribute `{name}`"),
            None => format!("`{selector}` selects no element"),
        };
        (
            told,
            eval.response()
                .and_then(|response| self.selector.hint(response, self.attribute.as_deref())),
        )
    }
}
