//! The profiles of the AWS tools: `~/.aws/config` and `~/.aws/credentials`.

use std::path::{Path, PathBuf};

use indexmap::IndexMap;

use super::super::AuthServices;

/// The profiles of both files; the credentials file wins.
#[derive(Debug, Default)]
pub(super) struct Profiles {
    found: IndexMap<String, Profile>,
    /// The profile that is meant where none is named.
    chosen: String,
    /// The files that were looked for.
    pub(super) files: Vec<PathBuf>,
}

/// One profile: its settings by name.
#[derive(Debug, Default)]
pub(super) struct Profile(IndexMap<String, String>);

impl Profile {
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }
}

impl Profiles {
    /// What is secret in all profiles, with its name.
    pub(super) fn secrets(&self) -> Vec<(&'static str, String)> {
        let of = |profile: &Profile| {
            let names = ["aws_secret_access_key", "aws_session_token"];
            names
                .into_iter()
                .filter_map(|name| Some((name, profile.get(name)?.to_owned())))
                .collect::<Vec<_>>()
        };
        self.found.values().flat_map(of).collect()
    }

    /// Reads the files that the environment names, else those in the home folder; what is not there is empty.
    pub(super) fn read(world: &AuthServices) -> Self {
        let home = world.home();
        let file = |variable: &str, name: &str| {
            let named = world
                .variable(variable)
                .map(|path| expanded(&path, home.as_deref()));
            named.or_else(|| home.as_ref().map(|home| home.join(".aws").join(name)))
        };
        let mut profiles = Self {
            chosen: world
                .variable("AWS_PROFILE")
                .unwrap_or_else(|| "default".to_owned()),
            ..Self::default()
        };
        for (path, prefixed) in [
            (file("AWS_CONFIG_FILE", "config"), true),
            (file("AWS_SHARED_CREDENTIALS_FILE", "credentials"), false),
        ] {
            let Some(path) = path else { continue };
            if let Ok(text) = std::fs::read_to_string(&path) {
                profiles.take_in(&text, prefixed);
            }
            profiles.files.push(path);
        }
        profiles
    }

    /// Takes in a file's sections. In the config file all but `default` are called `profile NAME`.
    fn take_in(&mut self, text: &str, prefixed: bool) {
        let mut section: Option<String> = None;
        for line in text.lines() {
            // An indented line belongs to the setting above it, which is none that is read here.
            let trimmed = line.trim();
            if trimmed.is_empty()
                || trimmed.starts_with(['#', ';'])
                || line.starts_with([' ', '\t'])
            {
                continue;
            }
            if let Some(title) = trimmed
                .strip_prefix('[')
                .and_then(|rest| rest.split(']').next())
            {
                let title = title.trim();
                let named = title
                    .strip_prefix("profile")
                    .filter(|rest| rest.starts_with([' ', '\t']))
                    .map(str::trim);
                section = if prefixed {
                    named.or(Some(title).filter(|title| *title == "default"))
                } else {
                    Some(title)
                }
                .map(str::to_owned);
                if let Some(name) = &section {
                    self.found.entry(name.clone()).or_default();
                }
            } else if let (Some(section), Some((name, value))) = (&section, trimmed.split_once('='))
            {
                let value = value.split(" #").next().unwrap_or(value).trim();
                self.found
                    .entry(section.clone())
                    .or_default()
                    .0
                    .insert(name.trim().to_ascii_lowercase(), value.to_owned());
            }
        }
    }

    /// The name of a profile, or of the one that is meant where none is named.
    pub(super) fn name<'a>(&'a self, named: Option<&'a str>) -> &'a str {
        named.unwrap_or(&self.chosen)
    }

    pub(super) fn get(&self, name: &str) -> Option<&Profile> {
        self.found.get(name)
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.found.keys().map(String::as_str)
    }

    /// A profile's region.
    pub(super) fn region(&self, named: Option<&str>) -> Option<String> {
        self.get(self.name(named))?.get("region").map(str::to_owned)
    }
}

/// A path with `~` for the home folder.
fn expanded(path: &str, home: Option<&Path>) -> PathBuf {
    match (path.strip_prefix("~/"), home) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => PathBuf::from(path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_files_are_one_and_credentials_win() {
        let mut profiles = Profiles::default();
        let config = "# c\n[default]\nregion = eu-west-1\ns3 =\n  max_queue_size = 10\n[profile dev one]\nregion=us-east-1 # c\ncredential_process = /bin/x \"a = b\"\n[sso-session x]\nregion = no\n";
        profiles.take_in(config, true);
        profiles.take_in(
            "[default]\naws_access_key_id = A\nregion = eu-west-2\n; c\n[profile odd]\nx = y\n",
            false,
        );
        let get = |profile: &str, name: &str| {
            profiles
                .get(profile)
                .and_then(|profile| profile.get(name).map(str::to_owned))
        };
        assert_eq!(get("default", "region").as_deref(), Some("eu-west-2"));
        assert_eq!(get("default", "aws_access_key_id").as_deref(), Some("A"));
        assert_eq!(get("default", "max_queue_size"), None);
        assert_eq!(get("dev one", "region").as_deref(), Some("us-east-1"));
        assert_eq!(
            get("dev one", "credential_process").as_deref(),
            Some("/bin/x \"a = b\"")
        );
        assert_eq!(
            profiles.names().collect::<Vec<_>>(),
            ["default", "dev one", "profile odd"]
        );
        assert_eq!(
            expanded("~/x", Some(Path::new("/home/me"))),
            PathBuf::from("/home/me/x")
        );
    }
}
