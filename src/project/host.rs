//! The machine that a project runs on: its environment and current directory.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::error::Error;
use super::options::Options;
use super::redact::short_warning;
use super::user::UserConfig;
use crate::http::Proxies;
use crate::secret::Redactor;
use crate::source::{Diagnostic, Severity};
use crate::template::EnvironmentVariable;

/// Environment variables and the current directory. Nothing else in the program reads them.
#[derive(Debug, Clone)]
pub(crate) struct Host {
    pub(crate) environment: BTreeMap<String, String>,
    /// The directory that shown paths are relative to.
    pub(crate) folder: PathBuf,
}

impl Host {
    /// Those of this process. Variables that are not UTF-8 are left out.
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that reads the environment"
    )]
    pub(crate) fn of_process() -> Self {
        let text = |text: std::ffi::OsString| text.into_string().ok();
        Self {
            environment: std::env::vars_os()
                .filter_map(|(name, value)| Some((text(name)?, text(value)?)))
                .collect(),
            folder: std::env::current_dir().unwrap_or_else(|_| PathBuf::from(".")),
        }
    }

    /// The value of a variable that is set and not empty.
    pub(crate) fn variable(&self, name: &str) -> Option<&str> {
        self.environment
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    pub(crate) fn is_set(&self, name: &str) -> bool {
        self.environment
            .get(name)
            .is_some_and(|value| !value.is_empty())
    }

    /// Whether a CI system runs this.
    pub(crate) fn is_ci(&self) -> bool {
        [
            "CI",
            "GITHUB_ACTIONS",
            "GITLAB_CI",
            "BUILDKITE",
            "TEAMCITY_VERSION",
            "TF_BUILD",
        ]
        .iter()
        .any(|name| self.is_set(name))
    }

    /// Where programs keep what they can do without (the XDG base directory specification).
    pub(crate) fn cache(&self) -> Option<PathBuf> {
        let absolute = |name: &str| {
            self.environment
                .get(name)
                .map(PathBuf::from)
                .filter(|path| path.is_absolute())
        };
        absolute("XDG_CACHE_HOME")
            .or_else(|| Some(absolute("HOME")?.join(".cache")))
            .map(|cache| cache.join("apitest"))
    }

    /// Where the user's own configuration of this program lies.
    pub(crate) fn config(&self) -> Option<PathBuf> {
        let absolute = |name: &str| {
            self.environment
                .get(name)
                .map(PathBuf::from)
                .filter(|path| path.is_absolute())
        };
        absolute("XDG_CONFIG_HOME")
            .or_else(|| Some(absolute("HOME")?.join(".config")))
            .map(|config| config.join("apitest"))
    }

    /// The process's own environment.
    pub(crate) fn process_environment(&self) -> crate::plan::Environment {
        let all = self.environment.clone();
        Arc::new(move |name: &str| {
            all.get(name).map(|text| EnvironmentVariable {
                text: text.clone(),
                secret: false,
            })
        })
    }

    /// The proxies that the environment names; their passwords are hidden.
    pub(crate) fn proxies(&self, redactor: &Redactor) -> Result<Proxies, Error> {
        let proxies = Proxies::of_environment(|name| self.environment.get(name).cloned())
            .map_err(|error| Error::new(error.message).maybe_hint(error.hint))?;
        for proxy in [&proxies.http, &proxies.https] {
            super::overrides::hide(proxy.as_ref(), redactor);
        }
        Ok(proxies)
    }

    /// The environment as the command line extends it. `--secret` wins over `--secret-env-file`, that over `--env-file`,
    /// and all of them over the process's own. Of the files and the process's own there are those alone that the user's
    /// configuration allows. What is marked secret is made known to the redactor at once.
    /// The AWS tools' own secrets are, whatever a collection says of them.
    pub(crate) fn environment(
        &self,
        (options, user): (&Options, &UserConfig),
        redactor: &Redactor,
        warnings: &mut Vec<Diagnostic>,
    ) -> Result<crate::plan::Environment, Error> {
        let plain = |text: &String| EnvironmentVariable {
            text: text.clone(),
            secret: false,
        };
        let mut all: BTreeMap<String, EnvironmentVariable> = self
            .environment
            .iter()
            .map(|(name, text)| (name.clone(), plain(text)))
            .collect();
        for path in &options.env_file {
            all.extend(dotenv(path)?.into_iter().map(|(name, text)| {
                (
                    name,
                    EnvironmentVariable {
                        text,
                        secret: false,
                    },
                )
            }));
        }
        for name in ["AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"] {
            all.get(name)
                .iter()
                .for_each(|found| redactor.add_whole(&name.to_lowercase(), &found.text));
        }
        all.retain(|name, _| user.allows(name));
        let mut secrets = Vec::new();
        for path in &options.secret_env_file {
            secrets.extend(
                dotenv(path)?
                    .into_iter()
                    .filter(|(name, _)| user.allows(name)),
            );
        }
        for secret in &options.secrets {
            let (name, text) = secret.split_once('=').ok_or_else(|| {
                Error::new("`--secret` takes NAME=VALUE")
                    .hint("the value goes behind the `=`; it is not repeated here")
            })?;
            secrets.push((name.to_owned(), text.to_owned()));
        }
        for (name, text) in secrets {
            redactor.add(&name, &text).map_err(|_| {
                let message = format!(
                    "the secret `{name}` has fewer than {} characters",
                    Redactor::SHORTEST
                );
                Error::new(message).hint("hiding so short a text would hide much else")
            })?;
            let count = text.chars().take(Redactor::ANYWHERE).count();
            if count < Redactor::ANYWHERE {
                let warning = |message| Diagnostic {
                    severity: Severity::Warning,
                    ..Diagnostic::nowhere(message)
                };
                warnings.push(short_warning(&name, count, warning));
            }
            all.insert(name, EnvironmentVariable { text, secret: true });
        }
        Ok(Arc::new(move |name: &str| all.get(name).cloned()))
    }

    /// A path as people write it: from the folder they are in, where it lies inside.
    pub(crate) fn shown(&self, path: &Path) -> PathBuf {
        let path = path.strip_prefix("./").unwrap_or(path);
        path.strip_prefix(&self.folder).unwrap_or(path).to_owned()
    }
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
            .hint("docs/cli.md says what an environment file may hold; the line is not shown, it may be secret")
    })
}

/// Reads standard input, for an outputs file named `-`.
pub(crate) fn stdin() -> io::Result<String> {
    let mut text = String::new();
    io::stdin().take(10_000_000).read_to_string(&mut text)?;
    Ok(text)
}
