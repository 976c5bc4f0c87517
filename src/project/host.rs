//! The machine that a project runs on: its environment and current directory.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::plan::Environment;
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
    pub(crate) fn process_environment(&self) -> Environment {
        let all = self.environment.clone();
        Arc::new(move |name: &str| {
            all.get(name).map(|text| EnvironmentVariable {
                text: text.clone(),
                secret: false,
            })
        })
    }

    /// A path as people write it: from the folder they are in, where it lies inside.
    pub(crate) fn shown(&self, path: &Path) -> PathBuf {
        let path = path.strip_prefix("./").unwrap_or(path);
        path.strip_prefix(&self.folder).unwrap_or(path).to_owned()
    }
}
