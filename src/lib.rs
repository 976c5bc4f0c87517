//! Runs collections of HTTP calls against any stage URL, judges the answers and reports.
//!
//! Data flows one way, and each stage has its own noun; `ARCHITECTURE.md` draws it, `tests/layers.rs` holds it.
pub mod budget;
pub mod check;
pub mod cli;
pub mod clock;
pub mod compare;
mod dotenv;
pub mod event;
pub mod gateway;
pub mod http;
pub mod output;
pub mod plan;
pub mod query;
pub mod recording;
pub mod report;
pub mod review;
pub mod run;
pub mod schema;
pub mod secret;
pub mod snapshot;
pub mod source;
mod suggest;
pub mod syntax;
pub mod template;
pub mod text;
pub mod value;
