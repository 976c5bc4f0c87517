//! The wire: requests out, answers in, every hop and every failure told in plain words.

mod error;
mod exchange;

pub use error::{Error, ErrorKind};
pub use exchange::{Exchange, Header, Hop, Request, Response, Version};
