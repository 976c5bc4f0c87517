//! The regex of `matches`: compiled with the collection, or when its placeholders are filled.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use crate::lock::IgnorePoison as _;
use crate::query::Regex;
use crate::template::{EvalError, Scope, Template};

/// How many filled texts are kept compiled.
const CACHED: usize = 64;

/// A regex that is searched for.
#[derive(Debug, Clone)]
pub(in crate::check) enum Search {
    /// Without placeholders.
    Fixed(Regex),
    /// With placeholders, and what was compiled of it so far.
    Template(Template, Arc<Mutex<BTreeMap<String, Regex>>>),
}

impl Search {
    /// Compiles a text without placeholders.
    ///
    /// # Errors
    /// What is wrong with the regex.
    pub(in crate::check) fn compile(text: &str) -> Result<Self, String> {
        new(text).map(Self::Fixed)
    }

    /// A text with placeholders.
    pub(in crate::check) fn template(template: Template) -> Self {
        Self::Template(template, Arc::default())
    }

    /// Whether it has no placeholders.
    pub(super) fn is_fixed(&self) -> bool {
        matches!(self, Self::Fixed(_))
    }

    /// The regex as written.
    pub(in crate::check) fn text(&self) -> &str {
        match self {
            Self::Fixed(regex) => regex.text(),
            Self::Template(template, _) => template.text(),
        }
    }

    /// Its template.
    pub(in crate::check) fn templates<'a>(&'a self, found: &mut Vec<&'a Template>) {
        if let Self::Template(template, _) = self {
            found.push(template);
        }
    }

    /// The regex with its placeholders filled.
    pub(in crate::check) fn regex(&self, scope: &dyn Scope) -> Result<Cow<'_, Regex>, EvalError> {
        match self {
            Self::Fixed(regex) => Ok(Cow::Borrowed(regex)),
            Self::Template(template, cache) => filled(template, cache, scope).map(Cow::Owned),
        }
    }
}

fn filled(
    template: &Template,
    cache: &Mutex<BTreeMap<String, Regex>>,
    scope: &dyn Scope,
) -> Result<Regex, EvalError> {
    let text = template.render(scope)?.text;
    let mut cache = cache.lock().ignore_poison();
    if let Some(regex) = cache.get(&text) {
        return Ok(regex.clone());
    }
    let regex = new(&text).map_err(|message| EvalError {
        message,
        range: 0..template.text().len(),
        hint: None,
    })?;
    if cache.len() >= CACHED {
        cache.clear();
    }
    cache.insert(text, regex.clone());
    Ok(regex)
}

/// Compiles a regex; its problem is told in one line.
fn new(text: &str) -> Result<Regex, String> {
    Regex::compile(text).map_err(|error| error.message)
}
