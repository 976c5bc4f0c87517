//! Exchanges in the languages of other tools.

mod curl;

pub use curl::curl;
pub(crate) use curl::shell;
