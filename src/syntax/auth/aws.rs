//! `auth.aws_sigv4`: what is signed for, and whose keys sign.

use super::super::keys::AWS_SIGV4;
use super::super::{Node, Problems, Spanned, check_keys};
use super::{Text, optional};
use crate::source::Diagnostic;
use crate::template::Template;

/// A signature as written.
#[derive(Debug, Clone)]
pub struct AwsSigV4 {
    /// The service; `None`: read from the host.
    pub service: Option<Text>,
    /// The region; `None`: read from the host, else from where the AWS tools find it.
    pub region: Option<Text>,
    /// Where the keys come from.
    pub keys: AwsKeys,
}

/// Where AWS keys come from.
#[derive(Debug, Clone)]
pub enum AwsKeys {
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

impl AwsSigV4 {
    /// The texts with placeholders.
    pub(super) fn texts(&self) -> Vec<&Spanned<Template>> {
        let mut texts: Vec<_> = [&self.service, &self.region]
            .into_iter()
            .flatten()
            .collect();
        match &self.keys {
            AwsKeys::Found => {}
            AwsKeys::Profile(profile) => texts.push(profile),
            AwsKeys::Written {
                id,
                secret,
                session_token,
            } => {
                texts.extend([id, secret].into_iter().chain(session_token));
            }
        }
        texts
    }
}

pub(super) fn decode(node: &Node, problems: &mut Problems) -> Option<AwsSigV4> {
    let table = node.table(
        "a table such as `{ service = \"execute-api\", region = \"eu-west-1\" }`, or `{}`",
        problems,
    )?;
    check_keys(table, &[AWS_SIGV4], "an AWS signature", problems);
    let mut member = |key: &str| optional(table, key, problems);
    let (service, region, profile) = (member("service"), member("region"), member("profile"));
    let (id, secret, session_token) = (
        member("access_key_id"),
        member("secret_access_key"),
        member("session_token"),
    );
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
        (Some(_), Some(_), None) => AwsKeys::Written {
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
        (None, None, Some(_)) => AwsKeys::Profile(profile?),
        (None, None, None) => AwsKeys::Found,
    };
    Some(AwsSigV4 {
        service,
        region,
        keys,
    })
}
