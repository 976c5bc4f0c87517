//! A project: its files discovered and loaded, its secrets known to the redactor, its collections run.
//!
//! The command line and programs that use the library go through here, so that both load, redact and run the same way.
//! [`Project`] is the public part.

mod api;
mod connection;
mod cookies;
mod discover;
mod environment;
mod error;
mod flow;
mod foreign;
mod host;
mod inside;
mod last_failed;
mod load;
mod marked;
mod meant;
mod options;
mod recording;
mod redact;
mod report;
mod rerun;
mod run;
mod select;
mod user;
mod values;

pub use api::{Project, RequestName};
pub use error::{Error, ErrorKind};
pub use report::{Report, RequestResult};

pub(crate) use discover::{Discovered, not_searched};
pub(crate) use flow::Flow;
pub(crate) use host::Host;
pub(crate) use inside::file as file_inside;
pub(crate) use load::{Purpose, Workspace};
pub(crate) use options::{Options, OutputOptions, RunOptions};
#[cfg(test)]
pub(crate) use rerun::command as rerun_command;
pub(crate) use run::{PreparedRun, started};
pub(crate) use values::base_url;
