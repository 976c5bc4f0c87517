//! Definitions of authentication, made from the registry of schemes.

use serde_json::{Value, json};

use super::shape::{closed, closed_by, with};
use crate::syntax::{AUTH_SCHEMES, AuthScheme};

/// Names of the definitions.
#[cfg(test)]
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    let of_scheme = |scheme: &'static AuthScheme| {
        let choices = scheme.choices.iter().map(|(name, _)| *name);
        named(scheme)
            .map(|scheme| scheme.key.name)
            .into_iter()
            .chain(choices)
    };
    std::iter::once("auth").chain(AUTH_SCHEMES.iter().flat_map(of_scheme))
}

/// The definition of this name: `auth` itself, the table of a scheme, or an enumeration of one.
pub(super) fn definition(name: &str) -> Option<Value> {
    if name == "auth" {
        return Some(auth());
    }
    let scheme = AUTH_SCHEMES
        .iter()
        .filter_map(named)
        .find(|scheme| scheme.key.name == name);
    if let Some(scheme) = scheme {
        return Some(with(closed(&[scheme.members]), (scheme.rules)()));
    }
    let mut choices = AUTH_SCHEMES.iter().flat_map(|scheme| scheme.choices);
    let (_, words) = choices.find(|(known, _)| *known == name)?;
    Some(json!({ "enum": words() }))
}

/// The scheme, if it is a table with a definition of its own.
fn named(scheme: &'static AuthScheme) -> Option<&'static AuthScheme> {
    let own = scheme.key.shape.strip_prefix('#') == Some(scheme.key.name);
    own.then_some(scheme)
}

/// Exactly one scheme.
fn auth() -> Value {
    with(
        closed_by(AUTH_SCHEMES.iter().map(|scheme| scheme.key)),
        json!({ "minProperties": 1, "maxProperties": 1 }),
    )
}
