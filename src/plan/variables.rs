//! The variables of a collection, nearer levels over farther ones.

use std::path::PathBuf;

use indexmap::IndexMap;

use crate::source::Span;
use crate::syntax::{Origin, Variables};

/// Variables by name.
pub type Definitions = IndexMap<String, Definition>;

/// A variable, and where its value comes from.
#[derive(Debug, Clone)]
pub struct Definition {
    /// Where its value comes from.
    pub origin: Origin,
    /// Whether it must not be shown.
    pub secret: bool,
    /// Where it is declared.
    pub span: Span,
    /// The folder that its file starts from.
    pub folder: PathBuf,
}

/// No variables, for a scope that has none of its own.
pub(crate) fn no_definitions() -> &'static Definitions {
    static NONE: std::sync::OnceLock<Definitions> = std::sync::OnceLock::new();
    NONE.get_or_init(Definitions::new)
}

/// Puts the variables of a nearer level over those of farther ones. A value that replaces a secret one is secret too:
/// a stage that overrides `token` must not uncover it.
pub(super) fn lay_over(definitions: &mut Definitions, nearer: &Variables) {
    for (name, variable) in nearer {
        let secret = variable.secret || definitions.get(name).is_some_and(|farther| farther.secret);
        let folder = variable.name_span.file.folder().to_owned();
        let span = variable.name_span.clone();
        definitions.insert(
            name.clone(),
            Definition {
                origin: variable.value.value.clone(),
                secret,
                span,
                folder,
            },
        );
    }
}
