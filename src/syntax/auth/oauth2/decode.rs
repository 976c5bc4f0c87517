//! Decodes `auth.oauth2`.

use super::{ALGORITHMS, Assertion, ClientAuth, GRANTS, Grant, MEMBERS, OAuth2};
use crate::source::Diagnostic;
use crate::syntax::auth::{Text, optional, required, text};
use crate::syntax::{Node, Problems, Spanned, Table, check_keys, names_hint, wrong_type};
use crate::template::Document;

pub(super) fn decode(node: &Node, problems: &mut Problems) -> Option<OAuth2> {
    let table = node.table(
        "a table such as `{ token_url, grant, client_id, client_secret }`",
        problems,
    )?;
    check_keys(table, &[MEMBERS], "OAuth 2", problems);
    let token_url = required(node, table, "token_url", problems);
    let name = grant_name(table, problems);
    let grant = name.and_then(|name| grant(name, node, table, problems));
    let client_id = optional(table, "client_id", problems);
    let client_secret = optional(table, "client_secret", problems);
    if (name == Some("client_credentials") || client_secret.is_some())
        && table.get("client_id").is_none()
    {
        problems.push(Diagnostic::error(&node.span, "`client_id` is missing"));
    }
    let scope = table
        .get("scope")
        .map(Node::one_or_many)
        .unwrap_or_default();
    Some(OAuth2 {
        token_url: token_url?,
        grant: grant?,
        client_id,
        client_secret,
        client_auth: client_auth(table, problems)?,
        scope: scope
            .iter()
            .filter_map(|word| text(word, problems))
            .collect(),
        audience: optional(table, "audience", problems),
        params: params(table, problems)?,
    })
}

/// The grant's name; members of another one are problems.
fn grant_name(table: &Table, problems: &mut Problems) -> Option<&'static str> {
    let written = table
        .get("grant")
        .map(|node| Some((node, node.string(problems)?)));
    let name = match written {
        None => "client_credentials",
        Some(written) => {
            let (node, name) = written?;
            let found = GRANTS.iter().find(|(known, _)| *known == name);
            let Some((known, _)) = found else {
                let hint = names_hint(name, GRANTS.iter().map(|(known, _)| *known));
                return problems.refuse(
                    Diagnostic::error(&node.span, format!("there is no grant `{name}`")).hint(hint),
                );
            };
            known
        }
    };
    for (other, members) in GRANTS.iter().filter(|(other, _)| *other != name) {
        for (key, entry) in members
            .iter()
            .filter_map(|key| Some((key, table.entry(key)?)))
        {
            let problem = Diagnostic::error(
                &entry.key,
                format!("`{key}` does not belong to the grant `{name}`"),
            );
            problems.push(problem.hint(format!("write `grant = \"{other}\"`, or remove it")));
        }
    }
    Some(name)
}

fn grant(name: &str, node: &Node, table: &Table, problems: &mut Problems) -> Option<Grant> {
    match name {
        "password" => {
            let username = required(node, table, "username", problems);
            let password = required(node, table, "password", problems);
            Some(Grant::Password {
                username: username?,
                password: password?,
            })
        }
        "refresh_token" => {
            required(node, table, "refresh_token", problems).map(Grant::RefreshToken)
        }
        "jwt_bearer" => assertion(node, table, problems).map(Grant::JwtBearer),
        _ => Some(Grant::ClientCredentials),
    }
}

fn assertion(node: &Node, table: &Table, problems: &mut Problems) -> Option<Assertion> {
    let (written, key) = (table.entry("assertion"), table.entry("key"));
    match (written, key) {
        (Some(written), None) => {
            for key in ["algorithm", "key_id", "claims"]
                .iter()
                .filter_map(|key| table.entry(key))
            {
                let problem = Diagnostic::error(&key.key, "a given `assertion` is sent as it is");
                problems.push(problem.hint("with `key` instead, one is created and signed"));
            }
            Some(Assertion::Written(text(&written.value, problems)?))
        }
        (None, Some(key)) => Some(Assertion::Signed {
            key: text(&key.value, problems)?,
            algorithm: algorithm(table, problems)?,
            key_id: optional(table, "key_id", problems),
            claims: claims(table, problems)?,
        }),
        (Some(_), Some(key)) => problems.refuse(Diagnostic::error(
            &key.key,
            "use either `assertion` or a `key` that signs one, not both",
        )),
        (None, None) => {
            let problem =
                Diagnostic::error(&node.span, "`key` is missing, which signs the assertion");
            problems.refuse(problem.hint("or pass a signed one as `assertion`"))
        }
    }
}

/// `Some(None)` if none is written.
#[expect(
    clippy::option_option,
    reason = "the outer one says that there was a problem"
)]
fn algorithm(table: &Table, problems: &mut Problems) -> Option<Option<Spanned<String>>> {
    let Some(node) = table.get("algorithm") else {
        return Some(None);
    };
    let name = node.string(problems)?;
    if !ALGORITHMS.contains(&name) {
        let hint = names_hint(name, ALGORITHMS.iter().copied());
        return problems.refuse(
            Diagnostic::error(&node.span, format!("there is no algorithm `{name}`")).hint(hint),
        );
    }
    Some(Some(Spanned::new(&node.span, name.to_owned())))
}

/// `Some(None)` if none are written.
#[expect(
    clippy::option_option,
    reason = "the outer one says that there was a problem"
)]
fn claims(table: &Table, problems: &mut Problems) -> Option<Option<Spanned<Document>>> {
    let Some(node) = table.get("claims") else {
        return Some(None);
    };
    node.table("a table of claims", problems)?;
    Some(Some(Spanned::new(&node.span, node.document(problems)?)))
}

fn client_auth(table: &Table, problems: &mut Problems) -> Option<ClientAuth> {
    match table.get("client_auth").map(|node| (node, node.as_str())) {
        None | Some((_, Some("header"))) => Some(ClientAuth::Header),
        Some((_, Some("body"))) => Some(ClientAuth::Body),
        Some((node, _)) => problems.refuse(wrong_type(node, "`\"header\"` or `\"body\"`")),
    }
}

/// Fields that the endpoint wants beside the standard's; a list repeats.
fn params(table: &Table, problems: &mut Problems) -> Option<Vec<(String, Text)>> {
    let Some(node) = table.get("params") else {
        return Some(Vec::new());
    };
    let mut params = Vec::new();
    for (name, entry) in node.table("a table of parameters", problems)?.iter() {
        if [
            "grant_type",
            "client_id",
            "client_secret",
            "scope",
            "audience",
            "assertion",
        ]
        .contains(&name)
        {
            let hint = if name == "grant_type" { "grant" } else { name };
            let problem = Diagnostic::error(
                &entry.key,
                format!("`{name}` is not written under `params`"),
            );
            problems.push(problem.hint(format!("write `{hint}` beside `token_url`")));
        }
        params.extend(
            entry
                .value
                .one_or_many()
                .iter()
                .filter_map(|value| Some((name.to_owned(), text(value, problems)?))),
        );
    }
    Some(params)
}
