//! The world as this process finds it: the only reader of environment, terminal and folder.

use std::borrow::Cow;
use std::io::{self, IsTerminal};
use std::sync::OnceLock;

use super::args::Color;
use crate::clock::Clock;
use crate::project::{Error, Host};
use crate::report::Output;
use crate::report::terminal::Folds;
use crate::source::Style;
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
    pub(crate) host: Host,
    stdout_terminal: bool,
    stderr_terminal: bool,
}

impl Context {
    /// Looks at the process's environment, directory and standard streams.
    pub(crate) fn new() -> Self {
        let host = Host::of_process();
        GITHUB_READS.get_or_init(|| host.variable("GITHUB_ACTIONS").is_some());
        Self {
            host,
            stdout_terminal: io::stdout().is_terminal(),
            stderr_terminal: io::stderr().is_terminal(),
        }
    }

    /// The file in which GitHub Actions gathers the summary of a step.
    pub(crate) fn step_summary(&self) -> Option<&str> {
        self.host
            .environment
            .get("GITHUB_STEP_SUMMARY")
            .map(String::as_str)
            .filter(|file| !file.is_empty())
    }

    fn color(&self, wanted: Color, terminal: bool) -> bool {
        match wanted {
            Color::Always => true,
            Color::Never => false,
            Color::Auto if self.host.is_set("NO_COLOR") => false,
            Color::Auto
                if self
                    .host
                    .environment
                    .get("CLICOLOR_FORCE")
                    .is_some_and(|force| force != "0") =>
            {
                true
            }
            Color::Auto => {
                terminal
                    && self
                        .host
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
            .host
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
    /// Where standard output or standard error is no terminal, a CI system stores the output, or reports are written.
    pub(crate) fn may_show_secrets(&self, no_reports: bool) -> Result<(), Error> {
        let why = match () {
            () if !self.stdout_terminal => "standard output is not a terminal",
            () if !self.stderr_terminal => "standard error is not a terminal",
            () if self.host.is_ci() => "a CI system stores the output",
            () if !no_reports => "reports are written as well",
            () => return Ok(()),
        };
        let hint = "secrets would end up in a file or a log; without `--show-secrets` they are shown as `***`";
        Err(Error::new(format!(
            "`--show-secrets` only works on a terminal, and {why}"
        ))
        .hint(hint))
    }

    /// How the log that keeps standard output folds lines.
    pub(crate) fn folds(&self) -> Folds {
        match () {
            () if self.stdout_terminal => Folds::None,
            () if self.host.is_set("GITHUB_ACTIONS") => Folds::Github,
            () if self.host.is_set("GITLAB_CI") => Folds::Gitlab(Clock::System),
            () => Folds::None,
        }
    }

    /// The folder that paths start in, where the terminal is known to open links (the escape sequence OSC 8);
    /// `FORCE_HYPERLINK` says it of any terminal, or with `0` of none.
    pub(crate) fn links(&self, wanted: Color) -> Option<&'static str> {
        static FOLDER: OnceLock<String> = OnceLock::new();
        let forced = self
            .host
            .environment
            .get("FORCE_HYPERLINK")
            .filter(|value| !value.is_empty())
            .map(|value| value != "0");
        let shown =
            self.stdout_terminal && !self.host.is_ci() && self.color(wanted, self.stdout_terminal);
        (shown && forced.unwrap_or_else(|| self.opens_links()))
            .then(|| &**FOLDER.get_or_init(|| self.host.folder.display().to_string()))
    }

    /// Terminals that are known to. Inside of a multiplexer it is not known what is outside.
    fn opens_links(&self) -> bool {
        let is = |name: &str, values: &[&str]| {
            self.host
                .environment
                .get(name)
                .is_some_and(|value| values.contains(&value.as_str()))
        };
        let vte = self
            .host
            .environment
            .get("VTE_VERSION")
            .and_then(|version| version.parse::<u32>().ok());
        let multiplexed = self.host.is_set("TMUX")
            || self
                .host
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
            ) || self.host.is_set("WT_SESSION")
                || self.host.is_set("KONSOLE_VERSION")
                || vte.is_some_and(|version| version >= 5000))
    }

    /// Whether a whole screen can be drawn and keys be read.
    pub(crate) fn can_draw(&self) -> bool {
        self.stdout_terminal
            && io::stdin().is_terminal()
            && self
                .host
                .environment
                .get("TERM")
                .is_none_or(|term| term != "dumb")
    }

    /// Whether progress may be shown.
    pub(crate) fn shows_progress(&self) -> bool {
        self.stderr_terminal
            && !self.host.is_ci()
            && self
                .host
                .environment
                .get("TERM")
                .is_none_or(|term| term != "dumb")
    }
}
