//! What is written for users holds: the schemas, the examples of the reference, the README.
//!
//! An example in the documents stands in a block that is marked `toml` (a collection), `toml,project` or `toml,gateway`.
//! The files that examples name lie in `tests/docs/files`.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on says so by panicking"
)]

#[path = "docs/blocks.rs"]
mod blocks;
#[path = "docs/cli.rs"]
mod cli;
#[path = "docs/collections.rs"]
mod collections;
#[path = "docs/examples.rs"]
mod examples;
#[path = "docs/names.rs"]
mod names;
#[path = "docs/places.rs"]
mod places;
#[path = "docs/readme.rs"]
mod readme;
#[path = "docs/running.rs"]
mod running;
#[path = "docs/schema.rs"]
mod schema;
#[path = "docs/serving.rs"]
mod serving;
mod support;
