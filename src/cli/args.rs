//! The command line as typed.

mod connection;
#[cfg(test)]
mod tests;

use std::num::NonZero;
use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use connection::ConnectionFlags;

use crate::project::{Options, OutputOptions, RunOptions};
use crate::snapshot::{Mode, Unreferenced};

/// Run collections of HTTP requests against any stage URL, check the responses and report
#[derive(Debug, Parser)]
#[command(name = "apitest", version, about, propagate_version = true, after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

const AFTER_HELP: &str = "\
Exit codes:
  0  all passed
  1  an expectation failed, a time-out, or a request was blocked
  2  invalid command line or collection, or nothing to run
  3  a stage could not be reached
  4  a stage did not become ready
  130  interrupted";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run collections (files or folders)
    Run(Box<Run>),
    /// Send the same requests to two stages and compare the responses
    Diff(Box<Diff>),
    /// Check collections without sending anything
    Check(Check),
    /// List what would run, after filters
    List(List),
    /// Show one request as it would be sent: as HTTP and as curl
    Show(Show),
    /// Make reports from event files of one or more runs
    Report(ReportArguments),
    /// Start a local stage
    Gateway(GatewayArguments),
    /// Review new and changed snapshots
    Review(Review),
    /// Write a first collection that runs
    Init(Init),
    /// Print the JSON Schema of the format, for editors
    Schema(Schema),
    /// Print completions for a shell
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Print the manual page
    Man,
}

/// When colours are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// Options of every command that reads collections.
#[derive(Debug, Clone, Args, Default)]
pub(crate) struct Input {
    /// Collections: files, folders, or `PATH::NAME` for one request [default: the current folder]
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<String>,
    /// Use this stage
    #[arg(long, value_name = "NAME", help_heading = "Stage")]
    pub(crate) stage: Option<String>,
    /// Send to this URL instead of the stage's
    #[arg(long, value_name = "URL", help_heading = "Stage")]
    pub(crate) base_url: Option<String>,
    /// Set a variable: NAME=TEXT, or NAME:=JSON for a typed value
    #[arg(long = "var", value_name = "NAME=VALUE", help_heading = "Variables")]
    pub(crate) vars: Vec<String>,
    /// Read environment variables from a file of `NAME=value` lines
    #[arg(long, value_name = "FILE", help_heading = "Variables")]
    pub(crate) env_file: Vec<PathBuf>,
    /// Set an environment variable whose value is never shown
    #[arg(long = "secret", value_name = "NAME=VALUE", help_heading = "Variables")]
    pub(crate) secrets: Vec<String>,
    /// Read environment variables whose values are never shown from a file of `NAME=value` lines
    #[arg(long, value_name = "FILE", help_heading = "Variables")]
    pub(crate) secret_env_file: Vec<PathBuf>,
    /// Allow variables that are the output of a command
    #[arg(long, help_heading = "Variables")]
    pub(crate) allow_commands: bool,
    /// Only requests with this tag (repeat or separate by commas: one of them is enough)
    #[arg(
        long = "tag",
        value_name = "TAG",
        value_delimiter = ',',
        help_heading = "Selection"
    )]
    pub(crate) tags: Vec<String>,
    /// Only requests that match this filter, such as 'tag(smoke) and not name(/slow/)'
    #[arg(long = "filter", value_name = "EXPR", help_heading = "Selection")]
    pub(crate) filters: Vec<String>,
    /// Only requests that failed in the last run
    #[arg(long, help_heading = "Selection")]
    pub(crate) last_failed: bool,
    /// Only the K-th of N parts: each request is in one of them
    #[arg(long, value_name = "K/N", help_heading = "Selection")]
    pub(crate) shard: Option<String>,
    /// Seed of random values, to repeat an earlier run
    #[arg(long, value_name = "NUMBER", help_heading = "Variables")]
    pub(crate) seed: Option<u64>,
    /// Load cookies from FILE, in the Netscape format (curl, browser exports)
    #[arg(long, value_name = "FILE", help_heading = "Connection")]
    pub(crate) cookies: Option<PathBuf>,
    /// Send credentials from netrc files and AWS keys to this host too (repeat or separate by commas)
    #[arg(
        long,
        value_name = "HOST",
        value_delimiter = ',',
        help_heading = "Connection"
    )]
    pub(crate) allow_credentials: Vec<String>,
    #[command(flatten)]
    pub(crate) flags: ConnectionFlags,
    /// When to use colours
    #[arg(
        long,
        value_enum,
        default_value_t,
        value_name = "WHEN",
        help_heading = "Output"
    )]
    pub(crate) color: Color,
}

impl Input {
    /// What is loaded.
    pub(super) fn options(&self) -> Options {
        let Self {
            paths,
            stage,
            base_url,
            vars,
            env_file,
            secrets,
            secret_env_file,
            allow_commands,
            tags,
            filters,
            last_failed,
            shard,
            seed,
            cookies,
            allow_credentials,
            flags,
            color: _,
        } = self.clone();
        Options {
            paths,
            stage,
            base_url,
            vars,
            env_file,
            secrets,
            secret_env_file,
            allow_commands,
            tags,
            filters,
            last_failed,
            shard,
            seed,
            cookies,
            allow_credentials,
            connection: flags.0,
        }
    }
}

/// Takes one of these names.
fn named<T: Copy + Send + Sync + 'static, const N: usize>(
    all: [(&'static str, T); N],
) -> impl TypedValueParser<Value = T> {
    let find = move |name: String| {
        all.into_iter()
            .find(|(known, _)| *known == name)
            .map(|(_, value)| value)
            .ok_or("no such name")
    };
    PossibleValuesParser::new(all.map(|(name, _)| name)).try_map(find)
}

/// A number of what there must be one of at least.
fn positive(text: &str) -> Result<NonZero<usize>, String> {
    text.parse()
        .map_err(|_| "it takes a whole number from 1".to_owned())
}

#[derive(Debug, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of the command line"
)]
pub(crate) struct Run {
    #[command(flatten)]
    pub(crate) input: Input,
    /// How many collections run in parallel [default: the number of processors]
    #[arg(long, short = 'j', value_name = "NUMBER", value_parser = positive, help_heading = "Flow")]
    pub(crate) jobs: Option<NonZero<usize>>,
    /// Stop after the first failure
    #[arg(long, conflicts_with = "max_failures", help_heading = "Flow")]
    pub(crate) fail_fast: bool,
    /// Stop after N failures
    #[arg(long, value_name = "NUMBER", value_parser = positive, help_heading = "Flow")]
    pub(crate) max_failures: Option<NonZero<usize>>,
    /// Retry failed requests up to N times; requests that pass on a retry are reported as flaky
    #[arg(long, value_name = "NUMBER", help_heading = "Flow")]
    pub(crate) retries: Option<u64>,
    /// Wait up to this long until the stage is ready
    #[arg(long, value_name = "DURATION", num_args = 0..=1, default_missing_value = "", help_heading = "Flow")]
    pub(crate) wait_ready: Option<String>,
    /// Record every exchange in a file: as HAR if its name ends in `.har`
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with = "replay",
        help_heading = "Recording"
    )]
    pub(crate) record: Option<PathBuf>,
    /// Check the responses of this recording, without sending
    #[arg(long, value_name = "FILE", help_heading = "Recording")]
    pub(crate) replay: Option<PathBuf>,
    /// Load cookies from FILE if it exists, and save them there at the end
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with = "replay",
        help_heading = "Connection"
    )]
    pub(crate) cookie_jar: Option<PathBuf>,
    /// Check, resolve and list, but send nothing
    #[arg(long = "dry-run", help_heading = "Flow")]
    pub(crate) dry: bool,
    /// How to handle new and changed snapshots [default: review; check if CI is set]
    #[arg(long, value_name = "MODE", value_parser = named(Mode::ALL), help_heading = "Snapshots")]
    pub(crate) snapshots: Option<Mode>,
    /// How to handle snapshots that no request uses any more [default: warn]
    #[arg(long, value_name = "WHAT", value_parser = named(Unreferenced::ALL), help_heading = "Snapshots")]
    pub(crate) unreferenced: Option<Unreferenced>,
    #[arg(long = "report", value_name = "KIND=FILE", help = super::reports::help(), help_heading = "Output")]
    pub(crate) reports: Vec<String>,
    /// Show every exchange
    #[arg(long, short = 'v', conflicts_with = "quiet", help_heading = "Output")]
    pub(crate) verbose: bool,
    /// Show failures only
    #[arg(long, short = 'q', help_heading = "Output")]
    pub(crate) quiet: bool,
    /// Show secrets unmasked; only on a terminal, without reports
    #[arg(long, help_heading = "Output")]
    pub(crate) show_secrets: bool,
    /// Show no progress
    #[arg(long, help_heading = "Output")]
    pub(crate) no_progress: bool,
}

impl Run {
    /// How the run is carried out.
    pub(super) fn options(&self) -> RunOptions {
        RunOptions {
            jobs: self.jobs,
            max_failures: self
                .max_failures
                .or(self.fail_fast.then_some(NonZero::<usize>::MIN)),
            retries: self.retries,
            wait_ready: self.wait_ready.clone(),
            record: self.record.clone(),
            replay: self.replay.clone(),
            cookie_jar: self.cookie_jar.clone(),
            snapshots: self.snapshots,
            unreferenced: self.unreferenced,
            output: OutputOptions {
                verbose: self.verbose,
                quiet: self.quiet,
                no_progress: self.no_progress,
                show_secrets: self.show_secrets,
            },
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct Diff {
    #[command(flatten)]
    pub(crate) input: Input,
    /// The reference stage: a name, or a URL
    #[arg(long, value_name = "STAGE", help_heading = "Comparison")]
    pub(crate) from: String,
    /// The stage to compare with it: a name, or a URL
    #[arg(long, value_name = "STAGE", help_heading = "Comparison")]
    pub(crate) to: String,
    /// Also send requests that may change data: all but GET, HEAD and OPTIONS
    #[arg(long, help_heading = "Comparison")]
    pub(crate) allow_unsafe: bool,
    /// Ignore this part of JSON documents: a JSONPath
    #[arg(long, value_name = "PATH", help_heading = "Comparison")]
    pub(crate) ignore: Vec<String>,
    /// Ignore this header
    #[arg(
        long = "ignore-header",
        value_name = "NAME",
        help_heading = "Comparison"
    )]
    pub(crate) ignore_headers: Vec<String>,
    /// Write a report: KIND=FILE, `-` is standard output
    #[arg(long = "report", value_name = "KIND=FILE", help_heading = "Output")]
    pub(crate) reports: Vec<String>,
    /// Show more differences
    #[arg(long, short = 'v', conflicts_with = "quiet", help_heading = "Output")]
    pub(crate) verbose: bool,
    /// Show only differences
    #[arg(long, short = 'q', help_heading = "Output")]
    pub(crate) quiet: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Check {
    #[command(flatten)]
    pub(crate) input: Input,
}

#[derive(Debug, Args)]
pub(crate) struct List {
    #[command(flatten)]
    pub(crate) input: Input,
    /// As JSON, one request a line
    #[arg(long, help_heading = "Output")]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Show {
    #[command(flatten)]
    pub(crate) input: Input,
    /// Only the curl command
    #[arg(long, help_heading = "Output")]
    pub(crate) curl: bool,
}

#[derive(Debug, Args)]
pub(crate) struct GatewayArguments {
    /// The gateway file
    pub(crate) file: PathBuf,
    /// Listen on this port [default: a free one]
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    pub(crate) port: u16,
    /// When to use colours
    #[arg(long, value_enum, default_value_t, value_name = "WHEN")]
    pub(crate) color: Color,
}

#[derive(Debug, Args)]
pub(crate) struct ReportArguments {
    /// Event files, as written by `--report json=FILE`; `-` is standard input
    #[arg(value_name = "EVENTS", required = true)]
    pub(crate) files: Vec<String>,
    #[arg(long = "report", value_name = "KIND=FILE", help = super::reports::help(), help_heading = "Output")]
    pub(crate) reports: Vec<String>,
    /// Show every recorded exchange
    #[arg(long, short = 'v', conflicts_with = "quiet", help_heading = "Output")]
    pub(crate) verbose: bool,
    /// Show failures only
    #[arg(long, short = 'q', help_heading = "Output")]
    pub(crate) quiet: bool,
    /// When to use colours
    #[arg(
        long,
        value_enum,
        default_value_t,
        value_name = "WHEN",
        help_heading = "Output"
    )]
    pub(crate) color: Color,
}

#[derive(Debug, Args)]
pub(crate) struct Review {
    /// Collections or folders [default: the current folder]
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// Accept all
    #[arg(long, group = "settled")]
    pub(crate) accept: bool,
    /// Reject all
    #[arg(long, group = "settled")]
    pub(crate) reject: bool,
    /// List what is pending
    #[arg(long, group = "settled")]
    pub(crate) list: bool,
    /// When to use colours
    #[arg(long, value_enum, default_value_t, value_name = "WHEN")]
    pub(crate) color: Color,
}

#[derive(Debug, Args)]
pub(crate) struct Init {
    /// The folder to write into
    #[arg(default_value = ".")]
    pub(crate) folder: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Schema {
    /// Of which file: a collection, or the project file
    #[arg(value_enum, default_value_t)]
    pub(crate) of: SchemaOf,
}

/// Which file's schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum SchemaOf {
    /// A collection
    #[default]
    Collection,
    /// `apitest.toml`
    Project,
    /// A gateway file
    Gateway,
}
