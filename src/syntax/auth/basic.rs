//! `auth.basic`: user and password (RFC 7617).

use std::sync::Arc;

use super::scope::{empty, is_empty, login};
use super::{
    AuthScheme, AuthScope, Authentication, Filled, Node, Problems, Text, WrittenAuth, check_keys,
    needs, required,
};
use crate::source::Span;
use crate::syntax::Key;
use crate::syntax::keys::keys;

/// The members of `basic` and `digest`.
pub(super) const MEMBERS: &[Key] = keys! {
    "user": "scalar", "the user";
    "password": "scalar", "the password";
};

pub(super) const SCHEME: AuthScheme = AuthScheme {
    key: Key {
        name: "basic",
        shape: "#basic",
        about: "`{ user, password }`",
    },
    members: MEMBERS,
    rules: || needs(&["user", "password"]),
    choices: &[],
    secrets: &["basic", "password"],
    decode: |node, problems| {
        let Login { user, password } = Login::decode(node, "basic", problems)?;
        Some(Arc::new(Basic { user, password }))
    },
};

/// User and password as written.
pub(super) struct Login {
    pub(super) user: Text,
    pub(super) password: Text,
}

impl Login {
    pub(super) fn decode(node: &Node, scheme: &str, problems: &mut Problems) -> Option<Self> {
        let table = node.table("a table `{ user, password }`", problems)?;
        let what = format!("{scheme} authentication");
        check_keys(table, &[MEMBERS], &what, problems);
        let user = required(node, table, "user", problems);
        let password = required(node, table, "password", problems);
        Some(Self {
            user: user?,
            password: password?,
        })
    }
}

#[derive(Debug)]
struct Basic {
    user: Text,
    password: Text,
}

impl WrittenAuth for Basic {
    fn texts(&self) -> Vec<&Text> {
        vec![&self.user, &self.password]
    }

    /// An empty password is one, and so is an empty user.
    fn required_texts(&self) -> Vec<(&'static str, &Text)> {
        Vec::new()
    }

    fn secrets(&self) -> Vec<(&'static str, &Text)> {
        vec![("password", &self.password)]
    }

    fn check(&self, problems: &mut Problems) {
        let is_written_empty = |text: &&Text| text.literal().is_some_and(str::is_empty);
        if self.texts().iter().all(is_written_empty) {
            problems.push(is_empty("user and password are", &self.user.span));
        }
    }

    fn fill(&self, span: &Span, scope: &dyn AuthScope) -> Filled<Authentication> {
        let user = scope.fill_text(&self.user)?;
        let password = scope.fill_text(&self.password)?;
        if user.is_empty() && password.is_empty() {
            return Err(empty("user and password are", span));
        }
        scope.hide_login(&user, &password);
        Ok(login(&user, &password))
    }
}
