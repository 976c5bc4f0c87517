//! Where keys come from, in the order in which they are sought: a named profile alone; else the environment, a web
//! identity, the profile's own keys or role, a container, the profile's `credential_process`, and the machine's own role.

use std::sync::Arc;

use url::Url;

use super::super::AuthServices;
use super::super::context::AuthContext;
use super::keys::AwsCredentials;
use super::profile::{Profile, Profiles};
use super::sts;
use crate::http::{Error, ErrorKind, Exchange, Options, Request};
use crate::secret::Secret;
use crate::value::parse;

/// How many profiles may stand behind one another (`source_profile`).
const MOST_PROFILES: usize = 5;

/// Where keys come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// They are given.
    Given(AwsCredentials),
    /// From a profile.
    Profile(String),
    /// From wherever there are any.
    Found,
}

/// What a source gave: keys, or why it has none, to go on with the next.
type Sought = Result<AwsCredentials, NoCredentials>;

/// Why a source gave no keys.
pub(super) enum NoCredentials {
    /// It is not set up.
    Absent(String),
    /// It is set up, and failed: no other source is asked.
    Broken(String),
}

/// The keys of a source.
///
/// # Errors
/// Where there are none; the message lists what was tried.
pub(super) async fn find(
    source: &Source,
    world: &AuthServices,
    context: AuthContext<'_>,
) -> Result<AwsCredentials, Error> {
    // What a collection says of connections must not lead tokens and keys elsewhere.
    let options = world.settings.as_ref().map(|settings| Options {
        settings: Arc::clone(settings),
        ..context.options.clone()
    });
    let context = AuthContext {
        options: options.as_ref().unwrap_or(context.options),
        ..context
    };
    let seeker = ProviderContext {
        world,
        context,
        profiles: Profiles::read(world),
    };
    match source {
        Source::Given(keys) => Ok(keys.clone()),
        Source::Profile(name) => match seeker.profile(name).await {
            Ok(keys) => Ok(keys),
            Err(NoCredentials::Absent(reason) | NoCredentials::Broken(reason)) => {
                Err(failed(format!("no AWS keys: {reason}")))
            }
        },
        Source::Found => seeker.anywhere().await,
    }
}

fn failed(message: String) -> Error {
    Error::new(ErrorKind::Auth, message)
}

pub(super) struct ProviderContext<'a> {
    pub(super) world: &'a AuthServices,
    pub(super) context: AuthContext<'a>,
    profiles: Profiles,
}

impl ProviderContext<'_> {
    async fn anywhere(&self) -> Result<AwsCredentials, Error> {
        let name = self.profiles.name(None);
        let mut tried = Vec::new();
        for source in 0..6 {
            let sought = match source {
                0 => self.environment(),
                1 => self.web_identity().await,
                2 => self.own_keys(name, 0).await,
                3 => self.container().await,
                4 => self.process(name).await,
                _ => self.machine().await,
            };
            match sought {
                Ok(keys) => return Ok(keys),
                Err(NoCredentials::Broken(reason)) => {
                    return Err(failed(format!("no AWS keys: {reason}")));
                }
                Err(NoCredentials::Absent(reason)) => tried.push(reason),
            }
        }
        tried.dedup();
        let hint = "set `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`, or name a `profile`; what `aws` itself knows of SSO and \
                    roles comes by `credential_process = aws configure export-credentials --profile NAME --format process`";
        Err(failed(format!("no AWS keys anywhere: {}", tried.join("; "))).hint(hint))
    }

    /// All that a profile may hold.
    async fn profile(&self, name: &str) -> Sought {
        match self.own_keys(name, 0).await {
            Err(NoCredentials::Absent(reason)) => match self.process(name).await {
                Err(NoCredentials::Absent(_)) => Err(NoCredentials::Absent(reason)),
                other => other,
            },
            other => other,
        }
    }

    fn environment(&self) -> Sought {
        let get = |name: &str| self.world.variable(name);
        match (get("AWS_ACCESS_KEY_ID"), get("AWS_SECRET_ACCESS_KEY")) {
            (Some(id), Some(secret)) => {
                let session = get("AWS_SESSION_TOKEN").map(Secret::new);
                Ok(AwsCredentials {
                    id,
                    secret: Secret::new(secret),
                    session,
                    expires: None,
                })
            }
            (Some(_), None) => Err(NoCredentials::Broken(
                "`AWS_ACCESS_KEY_ID` is set without `AWS_SECRET_ACCESS_KEY`".to_owned(),
            )),
            (None, _) => Err(NoCredentials::Absent(
                "`AWS_ACCESS_KEY_ID` is not set".to_owned(),
            )),
        }
    }

    async fn web_identity(&self) -> Sought {
        let get = |name: &str| self.world.variable(name);
        let Some(file) = get("AWS_WEB_IDENTITY_TOKEN_FILE") else {
            return Err(NoCredentials::Absent(
                "`AWS_WEB_IDENTITY_TOKEN_FILE` is not set".to_owned(),
            ));
        };
        let Some(role) = get("AWS_ROLE_ARN") else {
            return Err(NoCredentials::Broken(
                "`AWS_WEB_IDENTITY_TOKEN_FILE` is set without `AWS_ROLE_ARN`".to_owned(),
            ));
        };
        let session = get("AWS_ROLE_SESSION_NAME");
        self.with_token(&file, &role, session.as_deref(), None)
            .await
    }

    async fn with_token(
        &self,
        file: &str,
        role: &str,
        session: Option<&str>,
        region: Option<&str>,
    ) -> Sought {
        let read = std::fs::read_to_string(file);
        let token = read.map_err(|error| {
            NoCredentials::Broken(format!(
                "the web identity token `{file}` cannot be read: {error}"
            ))
        })?;
        self.world
            .redactor
            .add_whole("web_identity_token", token.trim());
        sts::with_web_identity(
            self,
            &sts::Role {
                arn: role,
                session,
                external_id: None,
                region,
            },
            token.trim(),
        )
        .await
    }

    fn section(&self, name: &str) -> Result<&Profile, NoCredentials> {
        self.profiles.get(name).ok_or_else(|| {
            let files: Vec<_> = self
                .profiles
                .files
                .iter()
                .map(|file| format!("`{}`", file.display()))
                .collect();
            let known: Vec<_> = self
                .profiles
                .names()
                .map(|name| format!("`{name}`"))
                .collect();
            let known = if known.is_empty() {
                String::new()
            } else {
                format!("; there are {}", known.join(", "))
            };
            NoCredentials::Absent(format!(
                "there is no profile `{name}` in {}{known}",
                files.join(" and ")
            ))
        })
    }

    /// The keys that a profile holds, or those of its role.
    async fn own_keys(&self, name: &str, depth: usize) -> Sought {
        let profile = self.section(name)?;
        if let Some(arn) = profile.get("role_arn") {
            return self.role(name, profile, arn, depth).await;
        }
        written(name, profile)
    }

    /// A role is assumed with the keys of another profile, of the environment or with a web identity.
    async fn role(&self, name: &str, profile: &Profile, arn: &str, depth: usize) -> Sought {
        let (session, region) = (profile.get("role_session_name"), profile.get("region"));
        if let Some(file) = profile.get("web_identity_token_file") {
            return self.with_token(file, arn, session, region).await;
        }
        if profile.get("mfa_serial").is_some() {
            let reason = format!("the profile `{name}` asks for a second factor (`mfa_serial`)");
            return Err(NoCredentials::Broken(format!(
                "{reason}; get keys by `aws configure export-credentials`"
            )));
        }
        let keys = match (
            profile.get("source_profile"),
            profile.get("credential_source"),
        ) {
            (Some(_), _) if depth >= MOST_PROFILES => {
                return Err(NoCredentials::Broken(format!(
                    "the profile `{name}` leads through more than {MOST_PROFILES} profiles"
                )));
            }
            // A profile may be its own source: then its keys are meant.
            (Some(source), _) if source == name => written(name, profile)?,
            (Some(source), _) => match Box::pin(self.own_keys(source, depth + 1)).await {
                Err(NoCredentials::Absent(_)) => self.process(source).await?,
                other => other?,
            },
            (None, Some("Environment")) => self.environment()?,
            (None, Some("EcsContainer")) => self.container().await?,
            (None, Some("Ec2InstanceMetadata")) => self.machine().await?,
            (None, _) => {
                return Err(NoCredentials::Broken(format!(
                    "the profile `{name}` has a `role_arn` and no `source_profile`"
                )));
            }
        };
        let role = sts::Role {
            arn,
            session,
            external_id: profile.get("external_id"),
            region,
        };
        sts::assume(self, &role, keys).await
    }

    /// What a container's host gives (ECS, EKS pod identities, Lambda's like).
    async fn container(&self) -> Sought {
        let get = |name: &str| self.world.variable(name);
        let relative = get("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")
            .map(|path| format!("http://169.254.170.2{path}"));
        let Some(address) = relative.or_else(|| get("AWS_CONTAINER_CREDENTIALS_FULL_URI")) else {
            return Err(NoCredentials::Absent(
                "`AWS_CONTAINER_CREDENTIALS_FULL_URI` is not set".to_owned(),
            ));
        };
        let broken = |reason: String| {
            NoCredentials::Broken(format!("`{address}` of the container gave none: {reason}"))
        };
        let url = Url::parse(&address).map_err(|error| broken(error.to_string()))?;
        let token = match get("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE") {
            Some(file) => Some(
                std::fs::read_to_string(&file)
                    .map_err(|error| broken(format!("`{file}`: {error}")))?,
            ),
            None => get("AWS_CONTAINER_AUTHORIZATION_TOKEN"),
        };
        let mut request = Request::new("GET", url);
        if let Some(token) = token {
            self.world
                .redactor
                .add_whole("container_authorization_token", token.trim());
            request = request.header("authorization", token.trim());
        }
        let text = good(&*self.context.fetch_nearby(request).await).map_err(broken)?;
        let keys = parse(&text).ok().as_ref().and_then(AwsCredentials::of_json);
        keys.ok_or_else(|| broken("its response contains no keys".to_owned()))
    }

    /// What a machine of EC2's is told of its own role, by the second version of its metadata service.
    async fn machine(&self) -> Sought {
        let get = |name: &str| self.world.variable(name);
        if get("AWS_EC2_METADATA_DISABLED")
            .is_some_and(|disabled| disabled.eq_ignore_ascii_case("true"))
        {
            return Err(NoCredentials::Absent(
                "`AWS_EC2_METADATA_DISABLED` is set".to_owned(),
            ));
        }
        let named = get("AWS_EC2_METADATA_SERVICE_ENDPOINT");
        let address = named
            .as_deref()
            .unwrap_or("http://169.254.169.254")
            .trim_end_matches('/')
            .to_owned();
        let absent = |reason: String| match &named {
            Some(_) => NoCredentials::Broken(format!(
                "the metadata service `{address}` gave none: {reason}"
            )),
            None => NoCredentials::Absent("this is not an EC2 instance with a role".to_owned()),
        };
        let to = |method: &str, path: &str| {
            let url = Url::parse(&format!("{address}/latest/{path}"));
            url.map(|url| Request::new(method, url))
                .map_err(|error| absent(error.to_string()))
        };
        let request = to("PUT", "api/token")?.header("x-aws-ec2-metadata-token-ttl-seconds", "300");
        let token = good(&*self.context.fetch_from_machine(request).await).map_err(absent)?;
        self.world
            .redactor
            .add_whole("metadata_token", token.trim());
        let ask = async |path: &str| {
            let request = to("GET", path)?.header("x-aws-ec2-metadata-token", token.trim());
            good(&*self.context.fetch_from_machine(request).await).map_err(absent)
        };
        let roles = ask("meta-data/iam/security-credentials/").await?;
        let role = roles.lines().next().unwrap_or_default().trim();
        let text = ask(&format!("meta-data/iam/security-credentials/{role}")).await?;
        let keys = parse(&text).ok().as_ref().and_then(AwsCredentials::of_json);
        keys.ok_or_else(|| absent("its response contains no keys".to_owned()))
    }

    /// What a command gives that the profile names.
    async fn process(&self, name: &str) -> Sought {
        let profile = self.section(name)?;
        let Some(command) = profile.get("credential_process").map(str::to_owned) else {
            return Err(NoCredentials::Absent(format!(
                "the profile `{name}` has no `credential_process`"
            )));
        };
        let broken = |reason: String| {
            NoCredentials::Broken(format!(
                "the `credential_process` of the profile `{name}` {reason}"
            ))
        };
        let Some(run) = self.world.processes.clone() else {
            return Err(broken("is not run here".to_owned()));
        };
        let run = tokio::task::spawn_blocking(move || run(&command)).await;
        let text = run
            .map_err(|error| broken(error.to_string()))?
            .map_err(broken)?;
        let keys = parse(&text).ok().as_ref().and_then(AwsCredentials::of_json);
        keys.ok_or_else(|| broken("printed no keys".to_owned()))
    }
}

/// The body of a good response.
pub(super) fn good(exchange: &Exchange) -> Result<String, String> {
    let response = exchange.whole().map_err(|error| error.message.clone())?;
    let text = response.text().map(ToString::to_string).unwrap_or_default();
    if response.status == 200 {
        Ok(text)
    } else {
        Err(format!(
            "it responded with {}{}",
            response.status,
            sts::said(&text)
        ))
    }
}

/// The keys that a profile holds itself.
fn written(name: &str, profile: &Profile) -> Sought {
    match (
        profile.get("aws_access_key_id"),
        profile.get("aws_secret_access_key"),
    ) {
        (Some(id), Some(secret)) => {
            let session = profile.get("aws_session_token").map(Secret::new);
            Ok(AwsCredentials {
                id: id.to_owned(),
                secret: Secret::new(secret),
                session,
                expires: None,
            })
        }
        (Some(_), None) => Err(NoCredentials::Broken(format!(
            "the profile `{name}` has no `aws_secret_access_key`"
        ))),
        (None, _)
            if profile.get("credential_process").is_none()
                && profile.get("sso_account_id").is_some() =>
        {
            let process = format!(
                "credential_process = aws configure export-credentials --profile {name} --format process"
            );
            let reason = format!("the profile `{name}` signs in by SSO, which the AWS tools do");
            Err(NoCredentials::Broken(format!(
                "{reason}; write a profile with `{process}`"
            )))
        }
        (None, _) => Err(NoCredentials::Absent(format!(
            "the profile `{name}` has no keys"
        ))),
    }
}
