//! What a plan may know of the world outside its files.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use url::Url;

use super::discover::Discovered;
use super::error::Error;
use super::host;
use super::options::Options;
use super::overrides;
use super::user::UserConfig;
use crate::clock::Clock;
use crate::http;
use crate::http::auth::{Trust, host_and_port};
use crate::plan::{self, Reads, World, parse_given};
use crate::recording::About;
use crate::secret::Redactor;
use crate::syntax::parse_duration;

/// The URL that an option names.
pub(crate) fn base_url(option: &str, text: &str) -> Result<Url, Error> {
    http::url::base(text).map_err(|error| {
        Error::new(format!("`{option}`: {}", error.message)).maybe_hint(error.hint)
    })
}

/// The environment, variables and connection options that a plan is made with.
pub(super) fn world(
    found: &mut Discovered<'_>,
    redactor: &Redactor,
    sends: bool,
) -> Result<World, Error> {
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
    Ok(World {
        environment: host.environment((options, user), redactor, warnings)?,
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
        stdin: Arc::new(host::stdin),
        overrides: overrides::overrides(&options.wire, redactor)?,
        proxies: host.proxies(redactor)?,
    })
}

/// What the command line, the user's configuration and the environment say about credentials that are found.
pub(super) fn trust(
    found: &Discovered<'_>,
    base_url: Option<Url>,
    world: &World,
) -> Result<Trust, Error> {
    let (host, options, user) = (found.host, found.options, &found.user);
    let hosts = options
        .allow_credentials
        .iter()
        .map(|host| host_and_port(host));
    let hosts: Result<Vec<_>, _> = hosts
        .chain(user.allow_credentials.iter().cloned().map(Ok))
        .collect();
    let unrestricted = Arc::clone(&host.environment(
        (options, &UserConfig::default()),
        &Redactor::default(),
        &mut Vec::new(),
    )?);
    Ok(Trust {
        environment: Some(Arc::new(move |name: &str| {
            unrestricted(name).map(|variable| variable.text)
        })),
        settings: Arc::new(plan::own_settings(&world.overrides, &world.proxies)),
        hosts: hosts.map_err(|reason| Error::new(format!("`--allow-credentials`: {reason}")))?,
        base_url,
    })
}

/// What an earlier run made of clock and chance, so that its requests are made once more.
pub(super) fn repeat(world: &mut World, earlier: &About, options: &Options) {
    world.run_id.clone_from(&earlier.run_id);
    world.seed = options.seed.unwrap_or(earlier.seed);
    world.clock = earlier.time.parse().map_or(world.clock, Clock::Fixed);
}

/// A duration of the command line; a bare number is seconds, as everywhere.
pub(crate) fn duration(option: &str, text: &str) -> Result<Duration, Error> {
    let bare = text
        .parse::<f64>()
        .ok()
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    bare.or_else(|| parse_duration(text)).ok_or_else(|| {
        Error::new(format!("`{option}`: `{text}` is not a duration"))
            .hint("write a number with its unit: `500ms`, `10s`, `2m`")
    })
}
