//! `auth.netrc`: user and password from a netrc file.

use std::path::PathBuf;
use std::sync::Arc;

use super::scope::{login, unfilled};
use super::{
    AuthScheme, AuthScope, Authentication, Data, Filled, Node, Problems, Text, WrittenAuth,
    no_rules, wrong_type,
};
use crate::http::auth::{AuthServices, netrc};
use crate::output::plain;
use crate::source::Span;
use crate::syntax::{Key, Spanned};

pub(super) const SCHEME: AuthScheme = AuthScheme {
    key: Key {
        name: "netrc",
        shape: "true|template",
        about: "user and password from a netrc file: `true`, or its path",
    },
    members: &[],
    rules: no_rules,
    choices: &[],
    secrets: &[],
    decode: |node, problems| Some(Arc::new(decode(node, problems)?)),
};

/// Path of the file; `None`: the one that `curl` would read.
#[derive(Debug)]
struct Netrc(Option<Text>);

fn decode(node: &Node, problems: &mut Problems) -> Option<Netrc> {
    match &node.data {
        Data::Bool(true) => Some(Netrc(None)),
        Data::String(_) => {
            let path = Spanned::new(&node.span, node.template(problems)?);
            Some(Netrc(Some(path)))
        }
        _ => {
            let hint = "`auth = false` removes an inherited one";
            problems.refuse(wrong_type(node, "`true`, or a netrc file's path").hint(hint))
        }
    }
}

impl WrittenAuth for Netrc {
    fn texts(&self) -> Vec<&Text> {
        self.0.iter().collect()
    }

    fn required_texts(&self) -> Vec<(&'static str, &Text)> {
        let path = self.0.iter();
        path.map(|path| ("the path of the netrc file", path))
            .collect()
    }

    fn secrets(&self) -> Vec<(&'static str, &Text)> {
        Vec::new()
    }

    fn found_secrets(
        &self,
        services: &AuthServices,
        fill: &dyn Fn(&Text) -> Option<String>,
    ) -> Vec<(&'static str, String)> {
        let written = self.0.as_ref();
        let path = match written.and_then(|text| Some((fill(text)?, &text.span))) {
            Some((name, span)) => Some(path(&name, span, services)),
            None => netrc::usual_file(services),
        };
        let text = path
            .and_then(|path| std::fs::read_to_string(path).ok())
            .unwrap_or_default();
        let passwords = netrc::passwords(&text).into_iter();
        passwords.map(|password| ("password", password)).collect()
    }

    fn fill(&self, span: &Span, scope: &dyn AuthScope) -> Filled<Authentication> {
        let services = scope.services();
        let path = match &self.0 {
            Some(file) => {
                let name = scope.required("the path of the netrc file", file)?;
                path(&name, &file.span, &services)
            }
            None => netrc::usual_file(&services).ok_or_else(|| {
                unfilled(
                    "there is no netrc file: neither `NETRC` nor `HOME` is set",
                    span,
                )
            })?,
        };
        let shown = path.display();
        let text = std::fs::read_to_string(&path).map_err(|error| {
            let reason = plain(&error);
            unfilled(
                format!("the netrc file `{shown}` cannot be read: {reason}"),
                span,
            )
        })?;
        let url = scope.url()?;
        let host = url.host_str().unwrap_or_default();
        let found = netrc::find(&text, host).map_err(|reason| {
            let problem = format!("the netrc file `{shown}` has nothing for `{host}`: {reason}");
            unfilled(problem, span)
        })?;
        scope.hide_login(&found.user, &found.password);
        scope
            .trust()
            .check_netrc(&url, &scope.settings(), found.of_host)
            .map_err(|reason| unfilled(reason, span))?;
        Ok(login(&found.user, &found.password))
    }
}

/// Path of a netrc file that is written in a collection.
fn path(name: &str, span: &Span, services: &AuthServices) -> PathBuf {
    let home = (services.environment)("HOME").map(PathBuf::from);
    match (name.strip_prefix("~/"), home) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => span.file.folder().join(name),
    }
}
