//! `auth.aws_sigv4`: a signature for AWS.

use std::sync::Arc;

use super::scope::unfilled;
use super::{
    AuthScheme, AuthScope, Authentication, Filled, Node, Problems, Text, WrittenAuth, check_keys,
    optional,
};
use crate::http::auth::{AuthServices, Credentials, aws};
use crate::source::{Diagnostic, Span};
use crate::syntax::Key;
use crate::syntax::keys::keys;

const MEMBERS: &[Key] = keys! {
    "service": "scalar", "the service; taken from the host if possible";
    "region": "scalar", "the region; taken from the host if possible, else from the environment or profile";
    "profile": "scalar", "a profile of `~/.aws`; by default the usual AWS credential chain";
    "access_key_id": "scalar", "the access key id";
    "secret_access_key": "scalar", "the secret access key";
    "session_token": "scalar", "the session token of temporary credentials";
};

pub(super) const SCHEME: AuthScheme = AuthScheme {
    key: Key {
        name: "aws_sigv4",
        shape: "#aws_sigv4",
        about: "an AWS signature (SigV4)",
    },
    members: MEMBERS,
    rules,
    choices: &[],
    secrets: &["aws_sigv4", "secret_access_key", "session_token"],
    decode: |node, problems| Some(Arc::new(decode(node, problems)?)),
};

/// Keys are written in full, or a profile has them.
fn rules() -> serde_json::Value {
    let pair = ["access_key_id", "secret_access_key"];
    serde_json::json!({
        "dependentRequired": { "access_key_id": pair, "secret_access_key": pair, "session_token": pair },
        "not": { "required": ["profile", "access_key_id"] },
    })
}

/// A signature as written.
#[derive(Debug, Clone)]
struct AwsSigV4 {
    /// The service; `None`: read from the host.
    service: Option<Text>,
    /// The region; `None`: read from the host, else from where the AWS tools find it.
    region: Option<Text>,
    /// Where the keys come from.
    keys: Keys,
}

/// Where AWS keys come from.
#[derive(Debug, Clone)]
enum Keys {
    /// From where the AWS tools find them.
    Found,
    /// From a profile of the AWS tools' files.
    Profile(Text),
    /// They are written.
    Written {
        /// The key's id.
        id: Text,
        /// The key.
        secret: Text,
        /// What comes with keys that expire.
        session_token: Option<Text>,
    },
}

impl WrittenAuth for AwsSigV4 {
    fn texts(&self) -> Vec<&Text> {
        let mut texts: Vec<_> = [&self.service, &self.region]
            .into_iter()
            .flatten()
            .collect();
        match &self.keys {
            Keys::Found => {}
            Keys::Profile(profile) => texts.push(profile),
            Keys::Written {
                id,
                secret,
                session_token,
            } => {
                texts.extend([id, secret].into_iter().chain(session_token));
            }
        }
        texts
    }

    fn required_texts(&self) -> Vec<(&'static str, &Text)> {
        self.texts()
            .into_iter()
            .map(|text| ("this", text))
            .collect()
    }

    fn secrets(&self) -> Vec<(&'static str, &Text)> {
        match &self.keys {
            Keys::Written {
                secret,
                session_token,
                ..
            } => {
                let session = session_token
                    .iter()
                    .map(|token| ("aws_session_token", token));
                session.chain([("aws_secret_access_key", secret)]).collect()
            }
            Keys::Found | Keys::Profile(_) => Vec::new(),
        }
    }

    fn found_secrets(
        &self,
        services: &AuthServices,
        _: &dyn Fn(&Text) -> Option<String>,
    ) -> Vec<(&'static str, String)> {
        match self.keys {
            Keys::Written { .. } => Vec::new(),
            Keys::Found | Keys::Profile(_) => aws::profile_secrets(services),
        }
    }

    fn makes_header(&self, name: &str) -> bool {
        name == "authorization" || name.starts_with("x-amz-")
    }

    fn fill(&self, span: &Span, scope: &dyn AuthScope) -> Filled<Authentication> {
        let url = scope.url()?;
        let services = scope.services();
        let service = scope.optional(self.service.as_ref())?;
        let region = scope.optional(self.region.as_ref())?;
        let source = self.keys.fill(scope)?;
        let profile = match &source {
            aws::Source::Profile(name) => Some(name.as_str()),
            aws::Source::Found | aws::Source::Given(_) => None,
        };
        if !matches!(source, aws::Source::Given(_)) {
            scope
                .trust()
                .check_aws(&url, &scope.settings())
                .map_err(|reason| unfilled(reason, span))?;
        }
        let (service, region) = aws::scope(&url, (service, region), profile, &services)
            .map_err(|reason| unfilled(reason, span))?;
        let signer = aws::Signer::new(service, region, source, services);
        Ok(Authentication::Credentials(Credentials::new(signer)))
    }
}

impl Keys {
    fn fill(&self, scope: &dyn AuthScope) -> Filled<aws::Source> {
        Ok(match self {
            Self::Found => aws::Source::Found,
            Self::Profile(profile) => aws::Source::Profile(scope.required("the profile", profile)?),
            Self::Written {
                id,
                secret,
                session_token,
            } => aws::Source::Given(aws::AwsCredentials {
                id: scope.required("the key's id", id)?,
                secret: scope.secret("aws_secret_access_key", secret)?,
                session: session_token
                    .as_ref()
                    .map(|token| scope.secret("aws_session_token", token))
                    .transpose()?,
                expires: None,
            }),
        })
    }
}

fn decode(node: &Node, problems: &mut Problems) -> Option<AwsSigV4> {
    let table = node.table(
        "a table such as `{ service = \"execute-api\", region = \"eu-west-1\" }`, or `{}`",
        problems,
    )?;
    check_keys(table, &[MEMBERS], "an AWS signature", problems);
    let mut member = |key: &str| optional(table, key, problems);
    let service = member("service");
    let region = member("region");
    let profile = member("profile");
    let id = member("access_key_id");
    let secret = member("secret_access_key");
    let session_token = member("session_token");
    let written = |key: &str| table.entry(key);
    let lacks = |key: &str| Diagnostic::error(&node.span, format!("`{key}` is missing"));
    let keys = match (
        written("access_key_id"),
        written("secret_access_key"),
        written("profile"),
    ) {
        (Some(_), Some(own), Some(other)) => {
            let problem = Diagnostic::error(
                &other.key,
                "use either written keys or a `profile`, not both",
            );
            return problems.refuse(problem.related(&own.key, "a key is written here"));
        }
        (Some(_), Some(_), None) => Keys::Written {
            id: id?,
            secret: secret?,
            session_token,
        },
        (Some(_), None, _) => {
            return problems
                .refuse(lacks("secret_access_key").hint("a key has an id and a secret"));
        }
        (None, Some(_), _) => {
            return problems.refuse(lacks("access_key_id").hint("a key has an id and a secret"));
        }
        (None, None, _) if written("session_token").is_some() => {
            return problems
                .refuse(lacks("access_key_id").hint("a session token belongs to a key"));
        }
        (None, None, Some(_)) => Keys::Profile(profile?),
        (None, None, None) => Keys::Found,
    };
    Some(AwsSigV4 {
        service,
        region,
        keys,
    })
}
