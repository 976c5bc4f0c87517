//! Options of a project and of a run, as given: by the command line, or by a program that uses the library.

use std::num::NonZero;
use std::path::PathBuf;

use crate::snapshot::{Mode, Unreferenced};
use crate::syntax::Given;

/// Which collections are loaded, and what their variables and stages are.
#[derive(Debug, Clone, Default)]
pub(crate) struct Options {
    /// Files, directories, or `PATH::NAME` for one request; none: the current directory.
    pub(crate) paths: Vec<String>,
    /// The stage's name.
    pub(crate) stage: Option<String>,
    /// The URL that is used instead of the stage's.
    pub(crate) base_url: Option<String>,
    /// Variables: `NAME=TEXT` or `NAME:=JSON`.
    pub(crate) vars: Vec<String>,
    /// Files of environment variables.
    pub(crate) env_file: Vec<PathBuf>,
    /// Secret environment variables: `NAME=VALUE`.
    pub(crate) secrets: Vec<String>,
    /// Files of secret environment variables.
    pub(crate) secret_env_file: Vec<PathBuf>,
    /// Whether variables may be the output of commands.
    pub(crate) allow_commands: bool,
    /// Tags, one of which a request must have.
    pub(crate) tags: Vec<String>,
    /// Filter expressions, all of which a request must match.
    pub(crate) filters: Vec<String>,
    /// Whether only requests that failed last time are selected.
    pub(crate) last_failed: bool,
    /// `K/N`: the K-th of N parts of the selection.
    pub(crate) shard: Option<String>,
    /// The seed of everything random.
    pub(crate) seed: Option<u64>,
    /// A file of cookies that the run starts with.
    pub(crate) cookies: Option<PathBuf>,
    /// Hosts that may receive credentials from netrc files and AWS keys.
    pub(crate) allow_credentials: Vec<String>,
    /// Connection options, in the order of the help.
    pub(crate) connection: Vec<Given>,
}

/// How a run is carried out.
#[derive(Debug, Clone, Default)]
pub(crate) struct RunOptions {
    /// How many collections run at the same time.
    pub(crate) jobs: Option<NonZero<usize>>,
    /// After how many failures no new request is sent.
    pub(crate) max_failures: Option<NonZero<usize>>,
    /// How often a failed request is run again.
    pub(crate) retries: Option<u64>,
    /// How long to wait until the stages are ready; empty: as long as `[wait]` says.
    pub(crate) wait_ready: Option<String>,
    /// The file that exchanges are recorded to.
    pub(crate) record: Option<PathBuf>,
    /// The recording that is replayed instead of sending.
    pub(crate) replay: Option<PathBuf>,
    /// The file that cookies are loaded from and saved to.
    pub(crate) cookie_jar: Option<PathBuf>,
    /// How to handle new and changed snapshots.
    pub(crate) snapshots: Option<Mode>,
    /// How to handle snapshots that no request refers to.
    pub(crate) unreferenced: Option<Unreferenced>,
    /// What is printed.
    pub(crate) output: OutputOptions,
}

/// What is printed while a run goes on.
#[derive(Debug, Clone, Copy, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch")]
pub(crate) struct OutputOptions {
    /// Every exchange.
    pub(crate) verbose: bool,
    /// Failures only.
    pub(crate) quiet: bool,
    /// No progress.
    pub(crate) no_progress: bool,
    /// Secrets as they are.
    pub(crate) show_secrets: bool,
}
