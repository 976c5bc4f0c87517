//! The user's own configuration: `$XDG_CONFIG_HOME/apitest/config.toml`, else `~/.config/apitest/config.toml`.
//!
//! It holds what a project must not decide about itself, and defaults for `[run]`.

use std::path::PathBuf;
use std::sync::Arc;

use url::Url;

use super::error::Error;
use super::host::Host;
use super::{inside, values};
use crate::http::auth::host_and_port;
use crate::source::{Diagnostic, File, Span};
use crate::syntax::keys::{RUN, USER};
use crate::syntax::{self, Node, Problems, Project, Table, unknown_key, wrong_type};

/// The user's own configuration.
#[derive(Debug, Default)]
pub(crate) struct UserConfig {
    /// The options of `[run]`.
    pub(crate) run: Table,
    /// Whether variables may come from commands.
    pub(crate) allow_commands: bool,
    /// Hosts to which credentials may go.
    pub(crate) allow_credentials: Vec<String>,
    /// The environment variables that collections may read; `None`: all.
    pub(crate) env_allow: Option<Vec<String>>,
    /// The URL that is used without `--base-url`.
    pub(crate) base_url: Option<Url>,
    /// Strings of unknown keys, which are never shown.
    pub(super) unknown: Vec<String>,
}

impl UserConfig {
    /// Reads it, if there is one. Its problems are added to `diagnostics`.
    ///
    /// # Errors
    /// If it is there and cannot be read.
    pub(crate) fn read(host: &Host, diagnostics: &mut Vec<Diagnostic>) -> Result<Self, Error> {
        let Some(path) = host
            .config()
            .map(|folder| folder.join("config.toml"))
            .filter(|path| path.exists())
        else {
            return Ok(Self::default());
        };
        let text = values::read(&path)
            .map_err(|reason| Error::new(format!("`{}` {reason}", path.display())))?;
        let mut problems = Problems::default();
        let config = Self::parse(&File::new(host.shown(&path), text), &mut problems);
        diagnostics.extend(problems.into_vec());
        Ok(config)
    }

    fn parse(file: &Arc<File>, problems: &mut Problems) -> Self {
        let mut table = syntax::read(file, problems);
        let mut config = Self::default();
        // Both are the same: the keys alone, and a `[run]` as in a project file.
        let run = table
            .take_entry("run")
            .and_then(|entry| entry.value.into_table("a table", problems))
            .unwrap_or_default();
        for (key, entry) in table.iter().chain(run.iter()) {
            config.take(key, entry, problems);
        }
        config
    }

    fn take(&mut self, key: &str, entry: &syntax::Entry, problems: &mut Problems) {
        let node = &entry.value;
        match key.replace('-', "_").as_str() {
            "allow_commands" => self.allow_commands = node.boolean(problems).unwrap_or_default(),
            "allow_credentials" => {
                let hosts = texts(node, problems)
                    .into_iter()
                    .filter_map(|(host, span)| match host_and_port(&host) {
                        Ok(host) => Some(host),
                        Err(reason) => problems.refuse(Diagnostic::error(&span, reason)),
                    });
                self.allow_credentials.extend(hosts);
            }
            "env_allow" => {
                let names = texts(node, problems).into_iter().map(|(name, _)| name);
                self.env_allow.get_or_insert_default().extend(names);
            }
            "base_url" => {
                let url = node.string(problems).map(crate::http::url::base);
                self.base_url = url.and_then(|url| {
                    url.map_err(|error| {
                        problems.push(
                            Diagnostic::error(&node.span, error.message).maybe_hint(error.hint),
                        );
                    })
                    .ok()
                });
            }
            name if RUN.iter().any(|known| known.name == name) => {
                self.run.insert(key.to_owned(), entry.clone());
            }
            _ => {
                // The file is the user's own: such a string may be a token.
                self.unknown.extend(node.as_str().map(str::to_owned));
                let known = USER.iter().chain(RUN).map(|key| key.name);
                problems.push(unknown_key(&entry.key, key, "your configuration", known));
            }
        }
    }

    /// A file that `[run]` of the project, else this configuration, names under this key.
    pub(crate) fn file(&self, project: Option<&Project>, key: &str) -> Option<PathBuf> {
        let of_project = || inside::file(project?, project?.run.get(key)?).ok();
        let own = || self.run.get(key).and_then(Node::as_str).map(PathBuf::from);
        of_project().or_else(own)
    }

    /// Whether collections may read an environment variable.
    pub(crate) fn allows(&self, name: &str) -> bool {
        crate::plan::env_allows(self.env_allow.as_deref(), name)
    }
}

/// A list of strings, or one alone.
fn texts(node: &Node, problems: &mut Problems) -> Vec<(String, Span)> {
    let items = node.one_or_many().iter();
    items
        .filter_map(|item| Some((item.string(problems)?.to_owned(), item.span.clone())))
        .collect()
}

/// Checks a path that is written in a configuration.
pub(super) fn path(node: &Node, problems: &mut Problems) -> Option<PathBuf> {
    match node.as_str() {
        Some(path) if !path.is_empty() => node.string(problems).map(PathBuf::from),
        _ => problems.refuse(wrong_type(node, "a file's path")),
    }
}
