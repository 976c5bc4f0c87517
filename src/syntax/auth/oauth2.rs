//! `auth.oauth2`: how a token is fetched.

use super::super::keys::OAUTH2;
use super::super::{Node, Problems, Spanned, Table, check_keys, names_hint, wrong_type};
use super::{Text, optional, required, text};
use crate::source::Diagnostic;
use crate::template::{Document, Template};

/// How a token is fetched, as written.
#[derive(Debug, Clone)]
pub struct OAuth2 {
    /// Where: a path of the stage, or a URL.
    pub token_url: Text,
    /// What is given for it.
    pub grant: Grant,
    /// Who asks.
    pub client_id: Option<Text>,
    /// The client's secret.
    pub client_secret: Option<Text>,
    /// How the client proves who it is.
    pub client_auth: ClientAuth,
    /// What the token is for; several words are sent as one list.
    pub scope: Vec<Text>,
    /// Whom the token is for.
    pub audience: Option<Text>,
    /// What else the endpoint wants to know.
    pub params: Vec<(String, Text)>,
}

/// What is given for a token.
#[derive(Debug, Clone)]
pub enum Grant {
    /// The client's own credentials.
    ClientCredentials,
    /// A user's.
    Password {
        /// The user.
        username: Text,
        /// The password.
        password: Text,
    },
    /// A token that was given for this.
    RefreshToken(Text),
    /// A signed statement (RFC 7523).
    JwtBearer(Assertion),
}

/// A signed statement.
#[derive(Debug, Clone)]
pub enum Assertion {
    /// It is there.
    Written(Text),
    /// It is made.
    Signed {
        /// The key: PEM text, or for HS256 a text.
        key: Text,
        /// The algorithm; `None`: the one that goes with the key.
        algorithm: Option<Spanned<String>>,
        /// The key's id.
        key_id: Option<Text>,
        /// What is stated, beside what is so by itself.
        claims: Option<Spanned<Document>>,
    },
}

/// Where the client's credentials stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientAuth {
    /// In the header `authorization`, as basic authentication.
    Header,
    /// In the body.
    Body,
}

/// The grants by their names, with the members that belong to each alone.
const GRANTS: &[(&str, &[&str])] = &[
    ("client_credentials", &[]),
    ("password", &["username", "password"]),
    ("refresh_token", &["refresh_token"]),
    (
        "jwt_bearer",
        &["assertion", "key", "algorithm", "key_id", "claims"],
    ),
];

/// The algorithms with which a statement is signed.
const ALGORITHMS: &[&str] = &[
    "RS256", "RS384", "RS512", "ES256", "ES384", "HS256", "HS384", "HS512",
];

impl OAuth2 {
    /// The texts that are secret, each with its name.
    pub(super) fn secrets(&self) -> Vec<(&'static str, &Text)> {
        let given = match &self.grant {
            Grant::ClientCredentials => None,
            Grant::Password { password, .. } => Some(("password", password)),
            Grant::RefreshToken(token) => Some(("refresh_token", token)),
            Grant::JwtBearer(Assertion::Written(text)) => Some(("assertion", text)),
            Grant::JwtBearer(Assertion::Signed { key, .. }) => Some(("key", key)),
        };
        given
            .into_iter()
            .chain(
                self.client_secret
                    .iter()
                    .map(|secret| ("client_secret", secret)),
            )
            .collect()
    }

    /// The texts with placeholders, but those of claims.
    pub(super) fn texts(&self) -> Vec<&Spanned<Template>> {
        let mut texts = vec![&self.token_url];
        texts.extend(
            [&self.client_id, &self.client_secret, &self.audience]
                .into_iter()
                .flatten(),
        );
        texts.extend(
            self.scope
                .iter()
                .chain(self.params.iter().map(|(_, text)| text)),
        );
        match &self.grant {
            Grant::ClientCredentials => {}
            Grant::Password { username, password } => texts.extend([username, password]),
            Grant::RefreshToken(text) | Grant::JwtBearer(Assertion::Written(text)) => {
                texts.push(text);
            }
            Grant::JwtBearer(Assertion::Signed { key, key_id, .. }) => {
                texts.extend([Some(key), key_id.as_ref()].into_iter().flatten());
            }
        }
        texts
    }

    /// What must not be empty, with what it is.
    pub(super) fn required_texts(&self) -> Vec<(&'static str, &Spanned<Template>)> {
        let client = [
            ("the client id", &self.client_id),
            ("the client secret", &self.client_secret),
        ];
        let mut texts: Vec<_> = client
            .into_iter()
            .filter_map(|(what, text)| Some((what, text.as_ref()?)))
            .collect();
        match &self.grant {
            Grant::ClientCredentials => {}
            Grant::Password { username, .. } => texts.push(("the user", username)),
            Grant::RefreshToken(text) => texts.push(("the refresh token", text)),
            Grant::JwtBearer(Assertion::Written(text)) => texts.push(("the assertion", text)),
            Grant::JwtBearer(Assertion::Signed { key, .. }) => texts.push(("the key", key)),
        }
        texts
    }

    /// The claims, where a statement is signed.
    #[must_use]
    pub fn claims(&self) -> Option<&Spanned<Document>> {
        match &self.grant {
            Grant::JwtBearer(Assertion::Signed { claims, .. }) => claims.as_ref(),
            _ => None,
        }
    }
}

pub(super) fn decode(node: &Node, problems: &mut Problems) -> Option<OAuth2> {
    let table = node.table(
        "a table such as `{ token_url, grant, client_id, client_secret }`",
        problems,
    )?;
    check_keys(table, &[OAUTH2], "OAuth 2", problems);
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

/// `Some(None)` where none is written.
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

/// `Some(None)` where none are written.
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
