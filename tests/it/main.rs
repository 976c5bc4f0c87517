//! What can be seen from outside: the library's public parts and the program, against servers of this process and against
//! peers that others wrote.
//!
//! One binary, since each would link the whole program: `cargo test --test it http::` runs a part of it. Tests that need a peer
//! are ignored unless `--include-ignored` is given (`tests/peers` starts the peers).
#![allow(
    clippy::too_many_lines,
    reason = "a table of cases, and a test that goes through it, are one thing"
)]

mod cases;
mod cookie_files;
mod docs;
mod gateway;
mod hostile;
mod html;
mod http;
mod httpbin;
mod insta;
mod interrupt;
mod jsonpath_cts;
mod layers;
mod leak;
mod library;
mod oracle;
mod package;
#[path = "support/peer.rs"]
mod peer;
mod peers;
mod progress;
mod project;
mod prose;
mod recording;
mod reports;
mod review;
mod robust;
mod selection;
mod snapshots;
mod startup;
mod support;
mod trust;
