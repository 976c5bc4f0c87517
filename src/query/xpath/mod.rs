//! XPath 1.0 over bodies of XML and HTML.
//!
//! Our own: the library at hand panics on a prefix that is not declared, overflows the stack on nested brackets, and orders the
//! document anew for every `string(…)`. Left out are variables, `id()` and the namespace axis; an expression that uses them
//! is refused when it is compiled.

mod ast;
mod eval;
mod functions;
mod parse;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use indexmap::IndexMap;

use super::similar::{Names, names_of_xpath};
use super::{QueryError, Tree};
use crate::http::Response;
use crate::value::{Number, Value};
use ast::Expr;
use eval::Item;

/// An XPath 1.0 expression, compiled.
#[derive(Debug, Clone)]
pub struct XPath {
    text: Arc<str>,
    expression: Arc<Expr>,
    unprefixed: bool,
    namespaces: Arc<IndexMap<String, String>>,
}

/// What an expression gives.
#[derive(Debug, Clone, PartialEq)]
pub enum Found {
    /// The texts of nodes, in document order.
    Nodes(Vec<String>),
    /// A number, a text or a boolean.
    Value(Value),
    /// No such value: one of the paths that it is made of selects nothing.
    Missing,
}

/// The kind of what an expression gives, which is known when it is compiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gives {
    /// Nodes.
    Nodes,
    /// A number of nodes or characters.
    Count,
    /// A number.
    Number,
    /// A string.
    Text,
    /// A boolean.
    Boolean,
}

impl XPath {
    /// Compiles an expression such as `//item[@id = '5']/name`; `namespaces` tells what its prefixes stand for.
    ///
    /// # Errors
    /// Where the text is no expression of XPath 1.0, is ill-typed, or uses a prefix that is not declared.
    pub fn compile(text: &str, namespaces: &IndexMap<String, String>) -> Result<Self, QueryError> {
        let mut parser = parse::Parser::new(text, namespaces);
        let expression = parser.parse()?;
        let unprefixed = parser.unprefixed;
        Ok(Self {
            text: text.into(),
            expression: expression.into(),
            unprefixed,
            namespaces: Arc::new(namespaces.clone()),
        })
    }

    /// The expression as written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What it gives, whatever the document.
    #[must_use]
    pub fn gives(&self) -> Gives {
        match (self.expression.kind(), &*self.expression) {
            (_, Expr::Call(function, _)) if function.is_count() => Gives::Count,
            (ast::Type::Nodes, _) => Gives::Nodes,
            (ast::Type::Number, _) => Gives::Number,
            (ast::Type::Text, _) => Gives::Text,
            (ast::Type::Boolean, _) => Gives::Boolean,
        }
    }

    /// Whether it looks at no node, so that it gives the same for every document.
    #[must_use]
    pub fn is_constant(&self) -> bool {
        self.expression.is_constant()
    }

    /// Runs the expression on the body of a response: as HTML where its content type is `text/html`, else as XML.
    ///
    /// # Errors
    /// Where the body cannot be read, and as [`XPath::find_in`]; the message says why.
    pub fn find(&self, response: &Response) -> Result<Found, String> {
        self.find_in(&Tree::read(response)?)
    }

    /// Runs the expression on a body that was read before.
    ///
    /// # Errors
    /// Where the expression looks at more nodes than is good for anyone.
    pub fn find_in(&self, tree: &Tree) -> Result<Found, String> {
        let Some(item) = eval::evaluate(&self.expression, tree)? else {
            return Ok(Found::Missing);
        };
        Ok(match item {
            Item::Nodes(nodes) => Found::Nodes(super::markup::held(
                nodes.into_iter().map(|id| tree.text(id)),
            )?),
            Item::Text(text) => Found::Value(Value::String(text)),
            Item::Boolean(value) => Found::Value(Value::Bool(value)),
            // `NaN` and `Infinity` are no numbers of JSON: they stay the texts that XPath makes of them.
            Item::Number(number) => {
                let text = eval::number_text(number);
                Found::Value(Number::parse(&text).map_or(Value::String(text), Value::Number))
            }
        })
    }

    /// Why the expression found nothing: names without a prefix are in no namespace, and the document's are in one; or names that
    /// the document has not, as it has them.
    #[must_use]
    pub fn hint(&self, tree: &Tree) -> Option<String> {
        let namespace = (0..tree.len()).find_map(|id| match tree.kind(id) {
            super::markup::Kind::Element(name) => name.namespace.as_deref(),
            _ => None,
        });
        let Some(namespace) = namespace.filter(|_| self.unprefixed) else {
            return self.similar(tree);
        };
        Some(format!(
            "the elements stand in a namespace: write `x:name` with `namespaces = {{ x = \"{namespace}\" }}`"
        ))
    }
    fn similar(&self, tree: &Tree) -> Option<String> {
        let finds = |meant: &str| {
            let meant = Self::compile(meant, &self.namespaces);
            meant.is_ok_and(|meant| match meant.find_in(tree) {
                Ok(Found::Nodes(nodes)) => !nodes.is_empty(),
                Ok(Found::Value(_)) => true,
                Ok(Found::Missing) | Err(_) => false,
            })
        };
        Names::of(tree).hint(&self.text, &names_of_xpath(&self.text), finds)
    }
}
