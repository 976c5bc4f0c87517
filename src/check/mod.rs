//! Judging: what is expected of an exchange, compiled from a collection, and whether it is so.
//!
//! An [`Expectation`] is one subject (a status, a header, a path of the body) with what it is held against. Compiling
//! finds every mistake that can be known before anything is sent; judging is pure: an exchange, a scope, and nothing
//! else. Captures, which take values out of an exchange by the same questions, live here too.

mod capture;
mod compile;
mod diagnosis;
mod expectation;
mod facts;
mod matcher;
mod message;
mod outcome;
mod part;
mod schema;
mod subject;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

pub use capture::{Capture, OPTIONS as CAPTURE_OPTIONS, SOURCES as CAPTURE_SOURCES, Taken};
pub use compile::{SNAPSHOT, Setting, compile, contradiction, subjects};
pub use diagnosis::{diagnose, request_ids};
pub use expectation::{Evaluation, Expectation, Outcome, evaluate};
pub use facts::{Fact, facts};
pub use matcher::pattern_in_text;
pub use message::{MessageKind, compile_message, message_subjects, of_event, of_frame};
pub use outcome::{Failure, Verdict};
pub use part::ExchangePart;
pub use subject::{CERTIFICATE, Events, HOP, Paths};

use crate::syntax::Key;

/// The keys of a matcher, `message` among them.
pub fn operators() -> impl Iterator<Item = Key> + Clone {
    matcher::operators()
}

/// The names that the operator `type` takes.
pub fn types() -> impl Iterator<Item = &'static str> + Clone {
    matcher::TYPES.iter().map(|(name, _)| *name)
}

/// The names that the operator `format` takes; `_` may be written for `-`.
pub fn formats() -> impl Iterator<Item = &'static str> + Clone {
    matcher::FORMATS.iter().map(|format| format.name)
}

/// A file's bytes by its path, or why they cannot be had: `Fn(&Path) -> Result<Vec<u8>, String>`. The path is the one
/// written, joined to the folder of the file that it is written in; it may hold `..`, which is the reader's to judge.
pub type Files<'a> = matcher::Files<'a>;
