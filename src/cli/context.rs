//! The world as this process finds it: the only reader of environment, terminal and folder.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, IsTerminal, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use super::args::{Color, Input};
use super::error::CliError;
use super::secrets::short_warning;
use super::user::UserConfig;
use crate::clock::Clock;
use crate::http::Proxies;
use crate::report::Output;
use crate::report::terminal::Folds;
use crate::secret::Redactor;
use crate::source::{Diagnostic, Severity, Style};
use crate::template::EnvironmentVariable;
use crate::text::{WithoutCommands, without_commands};

/// Whether GitHub Actions reads what is written to the standard streams, and acts on the commands in it.
static GITHUB_READS: OnceLock<bool> = OnceLock::new();

/// A text for standard output, with nothing in it that would be taken for a command there.
pub(super) fn for_stdout(text: &str) -> Cow<'_, str> {
    if stdout_acts() {
        without_commands(text)
    } else {
        Cow::Borrowed(text)
    }
}

/// A text for standard error, likewise.
pub(super) fn for_stderr(text: &str) -> Cow<'_, str> {
    if github_reads() {
        without_commands(text)
    } else {
        Cow::Borrowed(text)
    }
}

/// Standard output for a report, likewise.
pub(super) fn stdout_of_report() -> Output {
    if stdout_acts() {
        Output::stream(WithoutCommands::new(io::stdout()))
    } else {
        Output::stream(io::stdout())
    }
}

fn github_reads() -> bool {
    GITHUB_READS.get().copied().unwrap_or_default()
}

/// A file that standard output is led to is no log.
fn stdout_acts() -> bool {
    #[cfg(unix)]
    let stream = std::os::fd::AsFd::as_fd(&io::stdout()).try_clone_to_owned();
    #[cfg(windows)]
    let stream = std::os::windows::io::AsHandle::as_handle(&io::stdout()).try_clone_to_owned();
    github_reads()
        && !stream
            .and_then(|stream| std::fs::File::from(stream).metadata())
            .is_ok_and(|about| about.is_file())
}

/// The world as this process finds it.
pub(crate) struct Context {
    /// The process's environment.
    environment: BTreeMap<String, String>,
    /// The folder in which it was started.
    pub(crate) folder: PathBuf,
    stdout_terminal: bool,
    stderr_terminal: bool,
}

impl Context {
    /// Looks around.
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that reads the environment"
    )]
    pub(crate) fn new() -> Self {
        let text = |text: std::ffi::OsString| text.into_string().ok();
        let environment: BTreeMap<String, String> = std::env::vars_os()
            .filter_map(|(name, value)| Some((text(name)?, text(value)?)))
            .collect();
        GITHUB_READS.get_or_init(|| {
            environment
                .get("GITHUB_ACTIONS")
                .is_some_and(|value| !value.is_empty())
        });
        Self {
            environment,
            folder: std::env::current_dir().unwrap_or_else(|_| PathBuf::from(".")),
            stdout_terminal: io::stdout().is_terminal(),
            stderr_terminal: io::stderr().is_terminal(),
        }
    }

    fn is_set(&self, name: &str) -> bool {
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

    /// The file in which GitHub Actions gathers the summary of a step.
    pub(crate) fn step_summary(&self) -> Option<&str> {
        self.environment
            .get("GITHUB_STEP_SUMMARY")
            .map(String::as_str)
            .filter(|file| !file.is_empty())
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

    fn color(&self, wanted: Color, terminal: bool) -> bool {
        match wanted {
            Color::Always => true,
            Color::Never => false,
            Color::Auto if self.is_set("NO_COLOR") => false,
            Color::Auto
                if self
                    .environment
                    .get("CLICOLOR_FORCE")
                    .is_some_and(|force| force != "0") =>
            {
                true
            }
            Color::Auto => {
                terminal
                    && self
                        .environment
                        .get("TERM")
                        .is_none_or(|term| term != "dumb")
            }
        }
    }

    /// How standard output is drawn.
    pub(crate) fn stdout_style(&self, wanted: Color) -> Style {
        Style {
            color: self.color(wanted, self.stdout_terminal),
            width: self.width(self.stdout_terminal),
        }
    }

    /// How standard error is drawn.
    pub(crate) fn stderr_style(&self, wanted: Color) -> Style {
        Style {
            color: self.color(wanted, self.stderr_terminal),
            width: self.width(self.stderr_terminal),
        }
    }

    /// The terminal's width; elsewhere one that suits logs.
    fn width(&self, terminal: bool) -> usize {
        let columns = self
            .environment
            .get("COLUMNS")
            .and_then(|columns| columns.parse().ok());
        let asked = || terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
        let found = columns.or_else(|| if terminal { asked() } else { None });
        found
            .unwrap_or(if terminal { 80 } else { 100 })
            .clamp(40, 400)
    }

    /// Whether standard output is a terminal.
    pub(crate) fn stdout_is_terminal(&self) -> bool {
        self.stdout_terminal
    }

    /// Whether secrets may be shown: to a person who watches, and to nothing that keeps them.
    ///
    /// # Errors
    /// Where standard output or standard error is no terminal, a CI system keeps what is shown, or reports are written.
    pub(crate) fn may_show_secrets(&self, no_reports: bool) -> Result<(), CliError> {
        let why = match () {
            () if !self.stdout_terminal => "standard output is not one",
            () if !self.stderr_terminal => "standard error is not one",
            () if self.is_ci() => "a CI system keeps what is shown",
            () if !no_reports => "reports are written too",
            () => return Ok(()),
        };
        let hint = "a file or a pipe would keep the secrets; without `--show-secrets` they are shown as `***`";
        Err(CliError::new(format!(
            "`--show-secrets` shows secrets on a terminal only, and {why}"
        ))
        .hint(hint))
    }

    /// How the log that keeps standard output folds lines.
    pub(crate) fn folds(&self) -> Folds {
        match () {
            () if self.stdout_terminal => Folds::None,
            () if self.is_set("GITHUB_ACTIONS") => Folds::Github,
            () if self.is_set("GITLAB_CI") => Folds::Gitlab(Clock::System),
            () => Folds::None,
        }
    }

    /// The folder that paths start in, where the terminal is known to open links (the escape sequence OSC 8);
    /// `FORCE_HYPERLINK` says it of any terminal, or with `0` of none.
    pub(crate) fn links(&self, wanted: Color) -> Option<&'static str> {
        static FOLDER: OnceLock<String> = OnceLock::new();
        let forced = self
            .environment
            .get("FORCE_HYPERLINK")
            .filter(|value| !value.is_empty())
            .map(|value| value != "0");
        let shown =
            self.stdout_terminal && !self.is_ci() && self.color(wanted, self.stdout_terminal);
        (shown && forced.unwrap_or_else(|| self.opens_links()))
            .then(|| &**FOLDER.get_or_init(|| self.folder.display().to_string()))
    }

    /// Terminals that are known to. Inside of a multiplexer it is not known what is outside.
    fn opens_links(&self) -> bool {
        let is = |name: &str, values: &[&str]| {
            self.environment
                .get(name)
                .is_some_and(|value| values.contains(&value.as_str()))
        };
        let vte = self
            .environment
            .get("VTE_VERSION")
            .and_then(|version| version.parse::<u32>().ok());
        let multiplexed = self.is_set("TMUX")
            || self
                .environment
                .get("TERM")
                .is_some_and(|term| term.starts_with("screen"));
        !multiplexed
            && (is(
                "TERM_PROGRAM",
                &[
                    "iTerm.app",
                    "WezTerm",
                    "vscode",
                    "ghostty",
                    "Hyper",
                    "Tabby",
                ],
            ) || is(
                "TERM",
                &["xterm-kitty", "xterm-ghostty", "alacritty", "foot"],
            ) || self.is_set("WT_SESSION")
                || self.is_set("KONSOLE_VERSION")
                || vte.is_some_and(|version| version >= 5000))
    }

    /// Whether a whole screen can be drawn and keys be read.
    pub(crate) fn can_draw(&self) -> bool {
        self.stdout_terminal
            && io::stdin().is_terminal()
            && self
                .environment
                .get("TERM")
                .is_none_or(|term| term != "dumb")
    }

    /// Whether progress may be shown.
    pub(crate) fn shows_progress(&self) -> bool {
        self.stderr_terminal
            && !self.is_ci()
            && self
                .environment
                .get("TERM")
                .is_none_or(|term| term != "dumb")
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
    pub(crate) fn proxies(&self, redactor: &Redactor) -> Result<Proxies, CliError> {
        let proxies = Proxies::of_environment(|name| self.environment.get(name).cloned())
            .map_err(|error| CliError::new(error.message).maybe_hint(error.hint))?;
        for proxy in [&proxies.http, &proxies.https] {
            super::wire::hide(proxy.as_ref(), redactor);
        }
        Ok(proxies)
    }

    /// The environment as the command line extends it. `--secret` wins over `--secret-env-file`, that over `--env-file`,
    /// and all of them over the process's own. Of the files and the process's own there are those alone that the user's
    /// configuration allows. What is marked secret is made known to the redactor at once.
    /// The AWS tools' own secrets are, whatever a collection says of them.
    pub(crate) fn environment(
        &self,
        (input, user): (&Input, &UserConfig),
        redactor: &Redactor,
        warnings: &mut Vec<Diagnostic>,
    ) -> Result<crate::plan::Environment, CliError> {
        let plain = |text: &String| EnvironmentVariable {
            text: text.clone(),
            secret: false,
        };
        let mut all: BTreeMap<String, EnvironmentVariable> = self
            .environment
            .iter()
            .map(|(name, text)| (name.clone(), plain(text)))
            .collect();
        for path in &input.env_file {
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
        for path in &input.secret_env_file {
            secrets.extend(
                dotenv(path)?
                    .into_iter()
                    .filter(|(name, _)| user.allows(name)),
            );
        }
        for secret in &input.secrets {
            let (name, text) = secret.split_once('=').ok_or_else(|| {
                CliError::new("`--secret` takes NAME=VALUE")
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
                CliError::new(message).hint("hiding so short a text would hide much else")
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
fn dotenv(path: &Path) -> Result<Vec<(String, String)>, CliError> {
    let shown = path.display();
    let text = std::fs::read_to_string(path).map_err(|error| {
        CliError::new(format!(
            "`{shown}` cannot be read: {}",
            crate::plan::plain(&error)
        ))
    })?;
    crate::dotenv::parse(&text).map_err(|problems| {
        let line = |problem: &crate::dotenv::Problem| format!("`{shown}`: line {}: {}", problem.line, problem.message);
        let lines: Vec<_> = problems.iter().map(line).collect();
        CliError::new(lines.join("\n"))
            .hint("docs/cli.md says what an environment file may hold; the line is not shown, it may be secret")
    })
}

/// Reads standard input, for an outputs file named `-`.
pub(crate) fn stdin() -> io::Result<String> {
    let mut text = String::new();
    io::stdin().take(10_000_000).read_to_string(&mut text)?;
    Ok(text)
}
