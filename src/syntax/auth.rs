//! `auth`: how a request proves who sends it.

use super::keys::{API_KEY, AUTH, BASIC};
use super::{Node, Problems, Spanned, Table, check_keys, names_hint, wrong_type};
use crate::source::Diagnostic;
use crate::template::Template;

/// Authentication as written.
#[derive(Debug, Clone)]
pub enum Auth {
    /// `false`: drops what was inherited.
    Off,
    /// User and password (RFC 7617).
    Basic {
        /// The user.
        user: Template,
        /// The password.
        password: Template,
    },
    /// A token (RFC 6750).
    Bearer(Template),
    /// A key in a header or in the query.
    ApiKey {
        /// The header's or parameter's name.
        name: String,
        /// The key.
        value: Template,
        /// Whether it stands in the query rather than in a header.
        in_query: bool,
    },
}

const LATER: &[&str] = &["digest", "oauth2", "aws_sigv4"];

/// Decodes `auth`.
pub(super) fn decode(node: &Node, problems: &mut Problems) -> Option<Spanned<Auth>> {
    if let super::Data::Bool(false) = node.data {
        return Some(Spanned::new(&node.span, Auth::Off));
    }
    let table = node.table("`false` or a table such as `{ bearer = \"…\" }`", problems)?;
    let mut entries = table.iter();
    let (Some((scheme, entry)), None) = (entries.next(), entries.next()) else {
        return problems.refuse(Diagnostic::error(&node.span, "`auth` has exactly one scheme"));
    };
    let auth = match scheme {
        "basic" => basic(&entry.value, problems),
        "bearer" => Some(Auth::Bearer(entry.value.template(problems)?)),
        "api_key" => api_key(&entry.value, problems),
        later if LATER.contains(&later) => {
            let problem = Diagnostic::error(&entry.key, format!("`{later}` authentication is not there yet"));
            problems.refuse(problem.hint("this version has `basic`, `bearer` and `api_key`"))
        }
        other => {
            let hint = names_hint(other, AUTH.iter().map(|key| key.name));
            problems.refuse(Diagnostic::error(&entry.key, format!("no authentication scheme is called `{other}`")).hint(hint))
        }
    };
    Some(Spanned::new(&node.span, auth?))
}

fn basic(node: &Node, problems: &mut Problems) -> Option<Auth> {
    let table = node.table("a table `{ user, password }`", problems)?;
    check_keys(table, &[BASIC], "basic authentication", problems);
    let user = required(node, table, "user", problems);
    let password = required(node, table, "password", problems);
    Some(Auth::Basic { user: user?, password: password? })
}

fn api_key(node: &Node, problems: &mut Problems) -> Option<Auth> {
    let table = node.table("a table `{ name, value, in }`", problems)?;
    check_keys(table, &[API_KEY], "an API key", problems);
    let name = table.get("name").and_then(|node| node.string(problems)).unwrap_or("x-api-key").to_owned();
    let in_query = match table.get("in").map(|node| (node, node.as_str())) {
        None | Some((_, Some("header"))) => false,
        Some((_, Some("query"))) => true,
        Some((node, _)) => return problems.refuse(wrong_type(node, "`\"header\"` or `\"query\"`")),
    };
    Some(Auth::ApiKey { name, value: required(node, table, "value", problems)?, in_query })
}

fn required(node: &Node, table: &Table, key: &str, problems: &mut Problems) -> Option<Template> {
    match table.get(key) {
        Some(value) => value.scalar_template(problems),
        None => problems.refuse(Diagnostic::error(&node.span, format!("`{key}` is missing"))),
    }
}
