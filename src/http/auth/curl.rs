//! How curl is given credentials, as data: `export::curl` knows the shell's quotes and variables.

use url::Url;

use crate::secret::Secret;

/// The options by which curl authenticates a request as a scheme does.
#[derive(Debug, Default)]
pub(crate) struct CurlAuth {
    /// The options, in order.
    pub(crate) options: Vec<CurlOption>,
    /// Remarks for the reader of the command.
    pub(crate) notes: Vec<&'static str>,
}

/// An option of curl.
#[derive(Debug)]
pub(crate) struct CurlOption {
    /// Name with its dashes.
    pub(crate) name: &'static str,
    /// Value in pieces; none for a flag.
    pub(crate) value: Vec<CurlText>,
}

/// A piece of an option's value.
#[derive(Debug)]
pub(crate) enum CurlText {
    /// Text as it is.
    Literal(String),
    /// Text whose secrets become variables.
    Redacted(String),
    /// A value that becomes a variable of this name.
    Variable(&'static str, Secret),
    /// A secret that becomes a variable of this name. If it is not declared as a variable, a note says what it is.
    Described {
        /// Name of the variable.
        name: &'static str,
        /// The secret.
        value: Secret,
        /// What it is.
        note: &'static str,
    },
    /// A member of a response that becomes a variable of its name. A note shows the command for the scheme's
    /// [`fetch_request`](super::scheme::Scheme::fetch_request).
    Fetched {
        /// Name of the member.
        name: &'static str,
        /// Its value, if it was fetched.
        value: Option<Secret>,
        /// Where it is fetched.
        url: Url,
    },
}

impl CurlAuth {
    /// Adds an option.
    #[must_use]
    pub(super) fn option(mut self, name: &'static str, value: Vec<CurlText>) -> Self {
        self.options.push(CurlOption { name, value });
        self
    }

    /// Adds a remark, if there is one.
    #[must_use]
    pub(super) fn note(mut self, note: Option<&'static str>) -> Self {
        self.notes.extend(note);
        self
    }
}

impl CurlText {
    /// Text as it is.
    pub(super) fn literal(text: impl Into<String>) -> Self {
        Self::Literal(text.into())
    }

    /// A value that becomes a variable of this name.
    pub(super) fn variable(name: &'static str, value: impl Into<String>) -> Self {
        Self::Variable(name, Secret::new(value))
    }
}
