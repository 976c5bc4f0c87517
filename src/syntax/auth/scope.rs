//! What a scheme needs of a request to fill its texts, and what it makes of them.

use std::sync::Arc;

use url::Url;

use super::Text;
use crate::http::Settings;
use crate::http::auth::{AuthServices, Credentials, Trust, basic};
use crate::http::url::hide_credentials;
use crate::secret::{Redactor, Secret};
use crate::source::{Diagnostic, Span};
use crate::syntax::Spanned;
use crate::template::Document;
use crate::value::Value;

/// Result of filling a text; the error has its place.
pub type Filled<T> = Result<T, Box<Diagnostic>>;

/// Authentication of one request, filled.
#[derive(Debug)]
pub enum Authentication {
    /// Value of the header `authorization`.
    Authorization(String),
    /// A header of another name.
    Header {
        /// Name.
        name: String,
        /// Value.
        value: String,
    },
    /// A query parameter.
    Query {
        /// Name.
        name: String,
        /// Value.
        value: String,
    },
    /// Credentials that make their headers when the request is sent.
    Credentials(Credentials),
}

/// The request that a scheme authenticates.
pub trait AuthScope {
    /// Fills the placeholders of a text.
    ///
    /// # Errors
    /// If an expression fails.
    fn fill_text(&self, text: &Text) -> Filled<String>;

    /// Fills the URL of another endpoint: a path of the stage, or a URL.
    ///
    /// # Errors
    /// If an expression fails, or the result is not a URL.
    fn fill_endpoint(&self, text: &Text) -> Filled<Url>;

    /// Fills a document.
    ///
    /// # Errors
    /// If an expression fails.
    fn fill_document(&self, document: &Spanned<Document>) -> Filled<Arc<Value>>;

    /// URL of the request.
    ///
    /// # Errors
    /// If the request has no URL yet.
    fn url(&self) -> Filled<Url>;

    /// Connection settings of the request.
    fn settings(&self) -> Arc<Settings>;

    /// Environment, clock and redactor, for credentials that are fetched or found.
    fn services(&self) -> AuthServices;

    /// Hosts to which credentials of the user may go.
    fn trust(&self) -> &Trust;

    /// Redactor of the run.
    fn redactor(&self) -> &Redactor;
}

impl dyn AuthScope + '_ {
    /// Fills a text that must not be empty: empty credentials prove nothing.
    pub(super) fn required(&self, what: &str, text: &Text) -> Filled<String> {
        let value = self.fill_text(text)?;
        if value.trim().is_empty() {
            Err(empty(&format!("{what} is"), &text.span))
        } else {
            Ok(value)
        }
    }

    /// Fills a text, if it is written.
    pub(super) fn optional(&self, text: Option<&Text>) -> Filled<Option<String>> {
        text.map(|text| self.fill_text(text)).transpose()
    }

    /// Fills a text that is secret whatever it is called and however short.
    pub(super) fn secret(&self, name: &str, text: &Text) -> Filled<Secret> {
        let text = self.required(&format!("`{name}`"), text)?;
        self.redactor().add_whole(name, &text);
        Ok(Secret::new(text))
    }

    /// Hides a credential, even if nothing declares it as secret. A short one is a word of everyday tests.
    pub(super) fn hide(&self, name: &str, value: &str) {
        const SHORTEST: usize = 8;
        if value.chars().nth(SHORTEST - 1).is_some() {
            self.redactor().add_whole(name, value);
        }
    }

    /// Hides a password, also in the header that [`login`] makes.
    pub(super) fn hide_login(&self, user: &str, password: &str) {
        self.hide("password", password);
        hide_credentials("credentials", user, password, self.redactor());
    }
}

/// Basic authentication of a user.
pub(super) fn login(user: &str, password: &str) -> Authentication {
    Authentication::Authorization(basic(user, password))
}

/// Error of a text that could not be filled.
pub(super) fn unfilled(message: impl Into<String>, span: &Span) -> Box<Diagnostic> {
    Box::new(Diagnostic::error(span, message))
}

/// What to do about empty credentials.
const EMPTY: &str = "for a request without credentials write `auth = false`; for an empty header write it in `headers`";

/// Error of credentials that are empty.
pub(super) fn is_empty(what: &str, span: &Span) -> Diagnostic {
    Diagnostic::error(span, format!("{what} empty")).hint(EMPTY)
}

/// The same, as an error of filling.
pub(super) fn empty(what: &str, span: &Span) -> Box<Diagnostic> {
    Box::new(is_empty(what, span))
}
