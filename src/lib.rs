//! Runs collections of HTTP calls against any stage URL and checks the responses.
//!
//! This is the library behind the `apitest` command. [`Project`] loads and runs the same files in the same way, from a
//! `#[test]` or from any program; secrets are removed from everything that it returns.
//!
//! ```no_run
//! #[test]
//! fn the_stage_is_healthy() -> Result<(), apitest::Error> {
//!     let report = apitest::Project::discover(".")?
//!         .collection("collections/hello.toml")
//!         .base_url("http://127.0.0.1:8080")
//!         .run()?;
//!     report.assert_passed();
//!     Ok(())
//! }
//! ```
//!
//! Everything else that is public is for this package's own tests, benches and fuzz targets, is not documented here, and may
//! change in any release.

#![cfg_attr(
    not(feature = "cli"),
    allow(dead_code, unused_imports, reason = "the command line uses the rest")
)]

#[doc(hidden)]
pub mod budget;
#[doc(hidden)]
pub mod check;
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod cli;
#[doc(hidden)]
pub mod clock;
#[doc(hidden)]
pub mod compare;
mod dotenv;
#[doc(hidden)]
pub mod event;
#[doc(hidden)]
pub mod export;
#[doc(hidden)]
pub mod gateway;
#[doc(hidden)]
pub mod http;
mod lock;
#[doc(hidden)]
pub mod output;
#[doc(hidden)]
pub mod plan;
mod project;
#[doc(hidden)]
pub mod query;
#[doc(hidden)]
pub mod recording;
#[doc(hidden)]
pub mod report;
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod review;
#[doc(hidden)]
pub mod run;
#[doc(hidden)]
pub mod schema;
#[doc(hidden)]
pub mod secret;
#[doc(hidden)]
pub mod snapshot;
#[doc(hidden)]
pub mod source;
mod suggest;
#[doc(hidden)]
pub mod syntax;
#[doc(hidden)]
pub mod template;
#[doc(hidden)]
pub mod text;
#[doc(hidden)]
pub mod value;

pub use event::{Counts, Status};
pub use project::{Error, ErrorKind, Project, Report, RequestName, RequestResult};
pub use snapshot::Mode as SnapshotMode;
