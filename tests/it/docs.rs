//! What is written for users holds: the schemas, the examples of the reference, the README.
//!
//! An example in the documents stands in a block that is marked `toml` (a collection), `toml,project` or `toml,gateway`.
//! The files that examples name lie in `tests/docs/files`.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on says so by panicking"
)]

mod blocks;
mod cli;
mod collections;
mod examples;
mod links;
mod names;
mod places;
mod readme;
mod running;
mod schema;
mod serving;
