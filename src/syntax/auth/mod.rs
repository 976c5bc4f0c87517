//! `auth`: how a request proves who sends it.

mod aws;
mod oauth2;

pub use aws::{AwsKeys, AwsSigV4};
pub use oauth2::{Assertion, ClientAuth, Grant, OAuth2};

use super::keys::{API_KEY, AUTH, BASIC};
use super::{Data, Node, Problems, Spanned, Table, check_keys, foreign, names_hint, wrong_type};
use crate::source::Diagnostic;
use crate::template::Template;

/// A text with placeholders, and its place.
type Text = Spanned<Template>;

/// Authentication as written.
#[derive(Debug, Clone)]
pub enum Auth {
    /// `false`: drops what was inherited.
    Off,
    /// User and password (RFC 7617).
    Basic {
        /// The user.
        user: Text,
        /// The password.
        password: Text,
    },
    /// User and password, hashed with what the server asks (RFC 7616).
    Digest {
        /// The user.
        user: Text,
        /// The password.
        password: Text,
    },
    /// A token (RFC 6750).
    Bearer(Text),
    /// A key in a header or in the query.
    ApiKey {
        /// The header's or parameter's name.
        name: String,
        /// The key.
        value: Text,
        /// Whether it stands in the query rather than in a header.
        in_query: bool,
    },
    /// A token that is fetched (RFC 6749).
    OAuth2(Box<OAuth2>),
    /// A signature for AWS.
    AwsSigV4(Box<AwsSigV4>),
    /// User and password from a netrc file: this one, or the one that `curl` would read.
    Netrc(Option<Text>),
}

impl Auth {
    /// Credentials that must not be empty: an empty token or key proves nothing, and most often is a variable without a value. An empty
    /// password is one.
    #[must_use]
    pub fn required_texts(&self) -> Vec<(&'static str, &Text)> {
        match self {
            Self::Off | Self::Netrc(None) | Self::Basic { .. } => Vec::new(),
            Self::Digest { user, .. } => vec![("the user", user)],
            Self::Bearer(token) => vec![("the bearer token", token)],
            Self::ApiKey { value, .. } => vec![("the API key", value)],
            Self::Netrc(Some(path)) => vec![("the path of the netrc file", path)],
            Self::OAuth2(oauth2) => oauth2.required_texts(),
            Self::AwsSigV4(aws) => aws.texts().into_iter().map(|text| ("this", text)).collect(),
        }
    }

    /// What is written empty is an error before anything is sent.
    fn check_empty(&self, problems: &mut Problems) {
        for (what, text) in self.required_texts() {
            if text.literal().is_some_and(|text| text.trim().is_empty()) {
                problems
                    .push(Diagnostic::error(&text.span, format!("{what} is empty")).hint(EMPTY));
            }
        }
        if let Self::Basic { user, password } = self
            && [user, password]
                .into_iter()
                .all(|text| text.literal().is_some_and(str::is_empty))
        {
            problems.push(Diagnostic::error(&user.span, "user and password are empty").hint(EMPTY));
        }
    }

    /// The texts with placeholders, in the order written.
    #[must_use]
    pub fn texts(&self) -> Vec<&Spanned<Template>> {
        match self {
            Self::Off | Self::Netrc(None) => Vec::new(),
            Self::Basic { user, password } | Self::Digest { user, password } => {
                vec![user, password]
            }
            Self::Bearer(text) | Self::ApiKey { value: text, .. } | Self::Netrc(Some(text)) => {
                vec![text]
            }
            Self::OAuth2(oauth2) => oauth2.texts(),
            Self::AwsSigV4(aws) => aws.texts(),
        }
    }
}

/// What to do about empty credentials.
pub const EMPTY: &str = "for a request without credentials write `auth = false`; for an empty header write it in `headers`";

impl Auth {
    /// The texts that are secret, each with its name.
    #[must_use]
    pub fn secrets(&self) -> Vec<(&'static str, &Spanned<Template>)> {
        match self {
            Self::Off | Self::Netrc(_) => Vec::new(),
            Self::Basic { password, .. } | Self::Digest { password, .. } => {
                vec![("password", password)]
            }
            Self::Bearer(token) => vec![("token", token)],
            Self::ApiKey { value, .. } => vec![("api_key", value)],
            Self::OAuth2(oauth2) => oauth2.secrets(),
            Self::AwsSigV4(aws) => match &aws.keys {
                AwsKeys::Written {
                    secret,
                    session_token,
                    ..
                } => {
                    let session = session_token
                        .iter()
                        .map(|token| ("aws_session_token", token));
                    session.chain([("aws_secret_access_key", secret)]).collect()
                }
                AwsKeys::Found | AwsKeys::Profile(_) => Vec::new(),
            },
        }
    }
}

/// Decodes `auth`.
pub(super) fn decode(node: &Node, problems: &mut Problems) -> Option<Spanned<Auth>> {
    if let Data::Bool(false) = node.data {
        return Some(Spanned::new(&node.span, Auth::Off));
    }
    let table = node.table("`false` or a table such as `{ bearer = \"…\" }`", problems)?;
    let mut entries = table.iter();
    let (Some((scheme, entry)), None) = (entries.next(), entries.next()) else {
        return problems.refuse(Diagnostic::error(
            &node.span,
            "`auth` has exactly one scheme",
        ));
    };
    let value = &entry.value;
    let auth = match scheme {
        "basic" => {
            user(value, "basic", problems).map(|(user, password)| Auth::Basic { user, password })
        }
        "digest" => {
            user(value, "digest", problems).map(|(user, password)| Auth::Digest { user, password })
        }
        "bearer" => Some(Auth::Bearer(Spanned::new(
            &value.span,
            value.template(problems)?,
        ))),
        "api_key" => api_key(value, problems),
        "oauth2" => oauth2::decode(value, problems).map(|oauth2| Auth::OAuth2(Box::new(oauth2))),
        "aws_sigv4" => aws::decode(value, problems).map(|aws| Auth::AwsSigV4(Box::new(aws))),
        "netrc" => netrc(value, problems),
        other => {
            let hint = names_hint(other, AUTH.iter().map(|key| key.name));
            problems.refuse(
                Diagnostic::error(
                    &entry.key,
                    format!("there is no authentication scheme `{other}`"),
                )
                .hint(hint),
            )
        }
    };
    let auth = auth?;
    auth.texts()
        .into_iter()
        .for_each(|text| foreign::check_credential(text, problems));
    auth.check_empty(problems);
    Some(Spanned::new(&node.span, auth))
}

fn user(node: &Node, scheme: &str, problems: &mut Problems) -> Option<(Text, Text)> {
    let table = node.table("a table `{ user, password }`", problems)?;
    check_keys(
        table,
        &[BASIC],
        &format!("{scheme} authentication"),
        problems,
    );
    let user = required(node, table, "user", problems);
    let password = required(node, table, "password", problems);
    Some((user?, password?))
}

fn api_key(node: &Node, problems: &mut Problems) -> Option<Auth> {
    let table = node.table("a table `{ name, value, in }`", problems)?;
    check_keys(table, &[API_KEY], "an API key", problems);
    let name = table
        .get("name")
        .and_then(|node| node.string(problems))
        .unwrap_or("x-api-key")
        .to_owned();
    let in_query = match table.get("in").map(|node| (node, node.as_str())) {
        None | Some((_, Some("header"))) => false,
        Some((_, Some("query"))) => true,
        Some((node, _)) => return problems.refuse(wrong_type(node, "`\"header\"` or `\"query\"`")),
    };
    Some(Auth::ApiKey {
        name,
        value: required(node, table, "value", problems)?,
        in_query,
    })
}

fn netrc(node: &Node, problems: &mut Problems) -> Option<Auth> {
    match &node.data {
        Data::Bool(true) => Some(Auth::Netrc(None)),
        Data::String(_) => Some(Auth::Netrc(Some(Spanned::new(
            &node.span,
            node.template(problems)?,
        )))),
        _ => {
            let hint = "`auth = false` removes an inherited one";
            problems.refuse(wrong_type(node, "`true`, or a netrc file's path").hint(hint))
        }
    }
}

/// A member that must be there.
fn required(node: &Node, table: &Table, key: &str, problems: &mut Problems) -> Option<Text> {
    match table.get(key) {
        Some(value) => text(value, problems),
        None => problems.refuse(Diagnostic::error(&node.span, format!("`{key}` is missing"))),
    }
}

/// A member that may be there.
fn optional(table: &Table, key: &str, problems: &mut Problems) -> Option<Text> {
    text(table.get(key)?, problems)
}

fn text(node: &Node, problems: &mut Problems) -> Option<Text> {
    node.scalar_template(problems)
        .map(|template| Spanned::new(&node.span, template))
}
