//! `auth.oauth2`: a token that is fetched (RFC 6749).

mod decode;
mod fill;

use std::sync::Arc;

use super::{AuthScheme, AuthScope, Authentication, Filled, Text, WrittenAuth, needs};
use crate::source::Span;
use crate::syntax::keys::keys;
use crate::syntax::{Key, Spanned};
use crate::template::Document;

const MEMBERS: &[Key] = keys! {
    "token_url": "template", "the token endpoint: a path of the stage, or a URL";
    "grant": "#grant", "`client_credentials` (default), `password`, `refresh_token` or `jwt_bearer`";
    "client_id": "scalar", "who asks";
    "client_secret": "scalar", "the client's secret";
    "client_auth": "#header_or_body", "where to send the client credentials: `\"header\"` (default) or `\"body\"`";
    "scope": "templates", "what the token is for";
    "audience": "scalar", "whom the token is for";
    "username": "scalar", "the user, for `password`";
    "password": "scalar", "the user's password, for `password`";
    "refresh_token": "scalar", "the refresh token, for `refresh_token`";
    "assertion": "scalar", "a signed JWT, for `jwt_bearer`";
    "key": "scalar", "the key that signs the JWT, for `jwt_bearer`: a private key in PEM format, or an HMAC secret";
    "algorithm": "#jwt_algorithm", "the signature algorithm; by default the one that fits the key";
    "key_id": "scalar", "the key's id, `kid`";
    "claims": "object", "the claims: `sub` and more; `iss`, `aud`, `iat`, `exp` and `jti` have defaults";
    "params": "#fields", "further parameters of the token request; a list repeats";
};

pub(super) const SCHEME: AuthScheme = AuthScheme {
    key: Key {
        name: "oauth2",
        shape: "#oauth2",
        about: "an OAuth 2.0 token, fetched once per run",
    },
    members: MEMBERS,
    rules: || needs(&["token_url"]),
    choices: &[
        ("grant", || GRANTS.iter().map(|(name, _)| *name).collect()),
        ("header_or_body", || vec!["header", "body"]),
        ("jwt_algorithm", || ALGORITHMS.to_vec()),
    ],
    secrets: &[
        "oauth2",
        "password",
        "client_secret",
        "refresh_token",
        "assertion",
        "key",
    ],
    decode: |node, problems| Some(Arc::new(decode::decode(node, problems)?)),
};

/// How a token is fetched, as written.
#[derive(Debug, Clone)]
struct OAuth2 {
    /// Where: a path of the stage, or a URL.
    token_url: Text,
    /// What is given for it.
    grant: Grant,
    /// Who asks.
    client_id: Option<Text>,
    /// The client's secret.
    client_secret: Option<Text>,
    /// How the client proves who it is.
    client_auth: ClientAuth,
    /// What the token is for; several words are sent as one list.
    scope: Vec<Text>,
    /// Whom the token is for.
    audience: Option<Text>,
    /// What else the endpoint wants to know.
    params: Vec<(String, Text)>,
}

/// What is given for a token.
#[derive(Debug, Clone)]
enum Grant {
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
enum Assertion {
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
enum ClientAuth {
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

impl WrittenAuth for OAuth2 {
    fn secrets(&self) -> Vec<(&'static str, &Text)> {
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

    fn texts(&self) -> Vec<&Text> {
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

    fn required_texts(&self) -> Vec<(&'static str, &Text)> {
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

    /// The claims of a statement that is signed.
    fn documents(&self) -> Vec<&Spanned<Document>> {
        match &self.grant {
            Grant::JwtBearer(Assertion::Signed { claims, .. }) => claims.iter().collect(),
            _ => Vec::new(),
        }
    }

    fn fill(&self, _: &Span, scope: &dyn AuthScope) -> Filled<Authentication> {
        self.credentials(scope).map(Authentication::Credentials)
    }
}
