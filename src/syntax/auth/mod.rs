//! `auth`: how a request is authenticated.
//!
//! Each scheme is a file of its own with its keys, its decoder, its texts and how they are filled, and a row of [`AUTH_SCHEMES`].
//! The headers themselves are made in `http::auth`.

mod api_key;
mod aws;
mod basic;
mod bearer;
mod digest;
mod netrc;
mod oauth2;
mod scope;

use std::fmt;
use std::sync::Arc;

pub use scope::{AuthScope, Authentication, Filled};

use super::{
    Data, Key, Node, Problems, Spanned, Table, check_keys, foreign, names_hint, wrong_type,
};
use crate::http::auth::AuthServices;
use crate::source::{Diagnostic, Span};
use crate::template::{Document, Template};

/// Text with placeholders, and its place.
pub type Text = Spanned<Template>;

/// A scheme as the format knows it.
#[derive(Debug)]
pub struct AuthScheme {
    /// Key in `auth`.
    pub key: Key,
    /// Keys of its table; none if its value is not a table.
    pub members: &'static [Key],
    /// What the JSON Schema says of the table beside its keys.
    pub rules: fn() -> serde_json::Value,
    /// Enumerations that the shapes of the members refer to.
    pub choices: &'static [Choice],
    /// Keys whose literal values are secret, also if they are written in the wrong place.
    pub secrets: &'static [&'static str],
    decode: fn(&Node, &mut Problems) -> Option<Arc<dyn WrittenAuth>>,
}

/// Name of an enumeration, and its words.
pub type Choice = (&'static str, fn() -> Vec<&'static str>);

/// The schemes of `auth`.
pub static AUTH_SCHEMES: &[AuthScheme] = &[
    basic::SCHEME,
    bearer::SCHEME,
    api_key::SCHEME,
    digest::SCHEME,
    oauth2::SCHEME,
    aws::SCHEME,
    netrc::SCHEME,
];

/// A scheme as written, with the placeholders of its texts.
pub trait WrittenAuth: fmt::Debug + Send + Sync {
    /// Texts with placeholders, in the order written.
    fn texts(&self) -> Vec<&Text>;

    /// Documents with placeholders.
    fn documents(&self) -> Vec<&Spanned<Document>> {
        Vec::new()
    }

    /// Texts that must not be empty, each with its description: an empty token or key proves nothing, and most often is a variable
    /// without a value.
    fn required_texts(&self) -> Vec<(&'static str, &Text)>;

    /// Texts that are secret, each with its name.
    fn secrets(&self) -> Vec<(&'static str, &Text)>;

    /// Secrets outside of the collection that the scheme may use, each with its name. `fill` fills a text, if that is possible
    /// before the run.
    fn found_secrets(
        &self,
        _services: &AuthServices,
        _fill: &dyn Fn(&Text) -> Option<String>,
    ) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    /// Whether the scheme adds a header of that name, which is in lower case.
    fn makes_header(&self, name: &str) -> bool {
        name == "authorization"
    }

    /// Reports what is wrong with several texts together.
    fn check(&self, _problems: &mut Problems) {}

    /// Fills the texts for a request. `span` is the place of `auth`.
    ///
    /// # Errors
    /// If an expression fails, or credentials are empty, not found, or must not go to the request's host.
    fn fill(&self, span: &Span, scope: &dyn AuthScope) -> Filled<Authentication>;
}

/// Authentication as written.
#[derive(Debug, Clone)]
pub enum Auth {
    /// `false`: drops what was inherited.
    Off,
    /// A scheme.
    Scheme(Arc<dyn WrittenAuth>),
}

impl Auth {
    /// The scheme, if there is one.
    #[must_use]
    pub fn scheme(&self) -> Option<&dyn WrittenAuth> {
        match self {
            Self::Off => None,
            Self::Scheme(scheme) => Some(&**scheme),
        }
    }
}

/// Decodes `auth`.
pub(super) fn decode(node: &Node, problems: &mut Problems) -> Option<Spanned<Auth>> {
    if let Data::Bool(false) = node.data {
        return Some(Spanned::new(&node.span, Auth::Off));
    }
    let table = node.table("`false` or a table such as `{ bearer = \"…\" }`", problems)?;
    let mut entries = table.iter();
    let (Some((name, entry)), None) = (entries.next(), entries.next()) else {
        return problems.refuse(Diagnostic::error(
            &node.span,
            "`auth` has exactly one scheme",
        )
        .hint("such as `auth = { bearer = \"…\" }` or `auth = { basic = { user = \"…\", password = \"…\" } }`"));
    };
    let Some(scheme) = AUTH_SCHEMES.iter().find(|scheme| scheme.key.name == name) else {
        let hint = names_hint(name, AUTH_SCHEMES.iter().map(|scheme| scheme.key.name));
        let problem = format!("there is no authentication scheme `{name}`");
        return problems.refuse(Diagnostic::error(&entry.key, problem).hint(hint));
    };
    let written = (scheme.decode)(&entry.value, problems)?;
    for text in written.texts() {
        foreign::check_credential(text, problems);
    }
    for (what, text) in written.required_texts() {
        if text.literal().is_some_and(|text| text.trim().is_empty()) {
            problems.push(scope::is_empty(&format!("{what} is"), &text.span));
        }
    }
    written.check(problems);
    Some(Spanned::new(&node.span, Auth::Scheme(written)))
}

/// Rules of a table with members that must be there.
fn needs(members: &[&str]) -> serde_json::Value {
    serde_json::json!({ "required": members })
}

/// Rules of a table without any.
fn no_rules() -> serde_json::Value {
    serde_json::json!({})
}

/// A member that must be there.
fn required(node: &Node, table: &Table, key: &str, problems: &mut Problems) -> Option<Text> {
    match table.get(key) {
        Some(value) => text(value, problems),
        None => problems.refuse(Diagnostic::error(&node.span, format!("`{key}` is missing"))),
    }
}

/// A member that may be there.
fn optional(table: &Table, key: &str, problems: &mut Problems) -> Option<Text> {
    text(table.get(key)?, problems)
}

fn text(node: &Node, problems: &mut Problems) -> Option<Text> {
    node.scalar_template(problems)
        .map(|template| Spanned::new(&node.span, template))
}
