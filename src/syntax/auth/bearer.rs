//! `auth.bearer`: a token (RFC 6750).

use std::sync::Arc;

use super::{AuthScheme, AuthScope, Authentication, Filled, Text, WrittenAuth, no_rules};
use crate::http::auth::bearer;
use crate::source::Span;
use crate::syntax::{Key, Spanned};

pub(super) const SCHEME: AuthScheme = AuthScheme {
    key: Key {
        name: "bearer",
        shape: "template",
        about: "a token",
    },
    members: &[],
    rules: no_rules,
    choices: &[],
    secrets: &["bearer"],
    decode: |node, problems| {
        let token = Spanned::new(&node.span, node.template(problems)?);
        Some(Arc::new(Bearer(token)))
    },
};

#[derive(Debug)]
struct Bearer(Text);

impl WrittenAuth for Bearer {
    fn texts(&self) -> Vec<&Text> {
        vec![&self.0]
    }

    fn required_texts(&self) -> Vec<(&'static str, &Text)> {
        vec![("the bearer token", &self.0)]
    }

    fn secrets(&self) -> Vec<(&'static str, &Text)> {
        vec![("token", &self.0)]
    }

    fn fill(&self, _: &Span, scope: &dyn AuthScope) -> Filled<Authentication> {
        let token = scope.required("the bearer token", &self.0)?;
        scope.hide("token", &token);
        Ok(Authentication::Authorization(bearer(&token)))
    }
}
