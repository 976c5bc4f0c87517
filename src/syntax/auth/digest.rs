//! `auth.digest`: user and password, hashed with the server's challenge (RFC 7616).

use std::sync::Arc;

use super::basic::{Login, MEMBERS};
use super::{AuthScheme, AuthScope, Authentication, Filled, Text, WrittenAuth, needs};
use crate::http::auth::{self, Credentials};
use crate::source::Span;
use crate::syntax::Key;

pub(super) const SCHEME: AuthScheme = AuthScheme {
    key: Key {
        name: "digest",
        shape: "#basic",
        about: "`{ user, password }` for digest authentication",
    },
    members: MEMBERS,
    rules: || needs(&["user", "password"]),
    choices: &[],
    secrets: &["digest", "password"],
    decode: |node, problems| {
        let Login { user, password } = Login::decode(node, "digest", problems)?;
        Some(Arc::new(Digest { user, password }))
    },
};

#[derive(Debug)]
struct Digest {
    user: Text,
    password: Text,
}

impl WrittenAuth for Digest {
    fn texts(&self) -> Vec<&Text> {
        vec![&self.user, &self.password]
    }

    fn required_texts(&self) -> Vec<(&'static str, &Text)> {
        vec![("the user", &self.user)]
    }

    fn secrets(&self) -> Vec<(&'static str, &Text)> {
        vec![("password", &self.password)]
    }

    fn fill(&self, _: &Span, scope: &dyn AuthScope) -> Filled<Authentication> {
        let user = scope.required("the user", &self.user)?;
        let password = scope.fill_text(&self.password)?;
        scope.hide("password", &password);
        let digest = auth::Digest::new(user, password);
        Ok(Authentication::Credentials(Credentials::new(digest)))
    }
}
