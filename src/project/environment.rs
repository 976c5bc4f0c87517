//! What a plan may know of the world outside its files.

use std::collections::BTreeMap;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use url::Url;

use super::connection;
use super::discover::Discovered;
use super::error::Error;
use super::host::Host;
use super::options::Options;
use super::redact::short_warning;
use super::user::UserConfig;
use crate::clock::Clock;
use crate::http::auth::{Trust, host_and_port};
use crate::plan::{self, Environment, PlanInputs, Reads, parse_given};
use crate::recording::RunInfo;
use crate::secret::Redactor;
use crate::source::{Diagnostic, Severity};
use crate::template::EnvironmentVariable;

/// The environment, variables and connection options that a plan is made with.
pub(super) fn world(
    found: &mut Discovered<'_>,
    redactor: &Redactor,
    sends: bool,
) -> Result<PlanInputs, Error> {
    let (host, options, user) = (found.host, found.options, &found.user);
    let warnings = &mut found.diagnostics;
    let project = found.project.as_deref();
    let given = options
        .vars
        .iter()
        .map(|text| parse_given(text).map_err(|reason| Error::new(format!("`--var`: {reason}"))));
    let root = project.map(|project| project.file.folder().to_owned());
    let root = root.map(|folder| {
        if folder.as_os_str().is_empty() {
            PathBuf::from(".")
        } else {
            folder
        }
    });
    Ok(PlanInputs {
        environment: environment(host, (options, user), redactor, warnings)?,
        clock: Clock::System,
        seed: options.seed.unwrap_or_else(|| fastrand::u64(..1 << 32)),
        run_id: uuid::Builder::from_random_bytes(fastrand::u128(..).to_be_bytes())
            .into_uuid()
            .to_string(),
        given: given.collect::<Result<_, _>>()?,
        root: Some(root.unwrap_or_else(|| host.folder.clone())),
        allow_commands: options.allow_commands || user.allow_commands,
        env_allow: user.env_allow.clone(),
        sends,
        reads: Reads::default(),
        stdin: Arc::new(stdin),
        environment_settings: connection::of_environment(host, redactor)?,
        command_line: connection::of_command_line(&options.connection, redactor)?,
    })
}

/// What the command line, the user's configuration and the environment say about credentials that are found.
pub(super) fn trust(
    found: &Discovered<'_>,
    base_url: Option<Url>,
    world: &PlanInputs,
) -> Result<Trust, Error> {
    let (host, options, user) = (found.host, found.options, &found.user);
    let hosts = options
        .allow_credentials
        .iter()
        .map(|host| host_and_port(host));
    let hosts: Result<Vec<_>, _> = hosts
        .chain(user.allow_credentials.iter().cloned().map(Ok))
        .collect();
    let unrestricted = Arc::clone(&environment(
        host,
        (options, &UserConfig::default()),
        &Redactor::default(),
        &mut Vec::new(),
    )?);
    Ok(Trust {
        environment: Some(Arc::new(move |name: &str| {
            unrestricted(name).map(|variable| variable.text)
        })),
        settings: Arc::new(plan::own_settings(world)),
        hosts: hosts.map_err(|reason| Error::new(format!("`--allow-credentials`: {reason}")))?,
        base_url,
    })
}

/// What an earlier run made of clock and chance, so that its requests are made once more.
pub(super) fn repeat(world: &mut PlanInputs, earlier: &RunInfo, options: &Options) {
    world.run_id.clone_from(&earlier.run_id);
    world.seed = options.seed.unwrap_or(earlier.seed);
    world.clock = earlier.time.parse().map_or(world.clock, Clock::Fixed);
}

/// The environment as options extend it: `--secret` wins over `--secret-env-file`, that over `--env-file`, and all of them
/// over the process's own. Variables of the process and of files are left out unless the user's configuration allows them.
/// Secrets are registered at once, and so are the AWS tools' own, whatever a collection says of them.
fn environment(
    host: &Host,
    (options, user): (&Options, &UserConfig),
    redactor: &Redactor,
    warnings: &mut Vec<Diagnostic>,
) -> Result<Environment, Error> {
    let plain = |text: String| EnvironmentVariable {
        text,
        secret: false,
    };
    let process = host.environment.clone().into_iter();
    let mut all: BTreeMap<_, _> = process.map(|(name, text)| (name, plain(text))).collect();
    for path in &options.env_file {
        let variables = dotenv(path)?.into_iter();
        all.extend(variables.map(|(name, text)| (name, plain(text))));
    }
    for name in ["AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"] {
        if let Some(found) = all.get(name) {
            redactor.add_whole(&name.to_lowercase(), &found.text);
        }
    }
    all.retain(|name, _| user.allows(name));
    for (name, text) in secrets(options, user)? {
        warnings.extend(register(&name, &text, redactor)?);
        all.insert(name, EnvironmentVariable { text, secret: true });
    }
    Ok(Arc::new(move |name: &str| all.get(name).cloned()))
}

/// Secret environment variables, those that win last.
fn secrets(options: &Options, user: &UserConfig) -> Result<Vec<(String, String)>, Error> {
    let mut found = Vec::new();
    for path in &options.secret_env_file {
        let variables = dotenv(path)?.into_iter();
        found.extend(variables.filter(|(name, _)| user.allows(name)));
    }
    for secret in &options.secrets {
        let (name, text) = secret.split_once('=').ok_or_else(|| {
            Error::new("`--secret` takes NAME=VALUE")
                .hint("write the value after the `=`; it is not shown here")
        })?;
        found.push((name.to_owned(), text.to_owned()));
    }
    Ok(found)
}

/// Makes a secret known to the redactor; a warning if it is so short that it is redacted only as a whole word.
fn register(name: &str, text: &str, redactor: &Redactor) -> Result<Option<Diagnostic>, Error> {
    redactor.add(name, text).map_err(|_| {
        let shortest = Redactor::SHORTEST;
        let message = format!("the secret `{name}` has fewer than {shortest} characters");
        Error::new(message).hint("masking such a short string would also mask other text")
    })?;
    let count = text.chars().take(Redactor::ANYWHERE).count();
    let warning = |message| Diagnostic {
        severity: Severity::Warning,
        ..Diagnostic::nowhere(message)
    };
    Ok((count < Redactor::ANYWHERE).then(|| short_warning(name, count, warning)))
}

/// Reads an environment file.
fn dotenv(path: &Path) -> Result<Vec<(String, String)>, Error> {
    let shown = path.display();
    let text = std::fs::read_to_string(path).map_err(|error| {
        Error::new(format!(
            "`{shown}` cannot be read: {}",
            crate::plan::plain(&error)
        ))
    })?;
    crate::dotenv::parse(&text).map_err(|problems| {
        let line = |problem: &crate::dotenv::Problem| format!("`{shown}`: line {}: {}", problem.line, problem.message);
        let lines: Vec<_> = problems.iter().map(line).collect();
        Error::new(lines.join("\n"))
            .hint("see docs/cli.md for the format of environment files; the line is not shown because it may be secret")
    })
}

/// Reads standard input, for an outputs file named `-`.
fn stdin() -> io::Result<String> {
    let mut text = String::new();
    io::stdin().take(10_000_000).read_to_string(&mut text)?;
    Ok(text)
}
