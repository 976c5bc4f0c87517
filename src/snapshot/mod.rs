//! Answers kept beside the collection: expectations that nobody had to write.
//!
//! [`Rules`] say what of a response counts, [`Content`] is that part of one response, [`File`] what stands on disk, in insta's
//! format, so that `cargo insta review` works on it too. Comparing is pure; `store` alone reads and writes. When that
//! happens, and what becomes of a difference, is `run`'s to know.

mod compare;
mod content;
mod file;
pub mod name;
mod placeholder;
mod rules;
pub mod store;
mod volatile;

pub use compare::{Change, changes, compare, is_same};
pub use content::{Content, Kind};
pub use file::{File, Head, Trouble};
pub use placeholder::Pattern;
pub use rules::{KEYS, Patterns, Rules, Unmatched};
pub use volatile::{KINDS, PATTERN_KEYS, PROJECT_KEYS, Volatile};

/// What becomes of a response that is not what its snapshot has, or has none yet.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Mode {
    /// It is written as `.snap.new`, and the request fails.
    #[default]
    Review,
    /// It becomes the snapshot.
    Accept,
    /// The request fails, and nothing is written.
    Check,
    /// Nothing: snapshots are not looked at.
    Ignore,
}

impl Mode {
    /// The modes by the names that the command line and `[run]` take.
    pub const ALL: [(&'static str, Self); 4] = [
        ("review", Self::Review),
        ("accept", Self::Accept),
        ("check", Self::Check),
        ("ignore", Self::Ignore),
    ];
}

/// How to handle snapshots that no request uses any more.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Unreferenced {
    /// They are listed.
    #[default]
    Warn,
    /// They are deleted.
    Delete,
    /// They are listed, and the run fails.
    Fail,
}

impl Unreferenced {
    /// By the names that the command line and `[run]` take.
    pub const ALL: [(&'static str, Self); 3] = [
        ("warn", Self::Warn),
        ("delete", Self::Delete),
        ("fail", Self::Fail),
    ];
}
