//! Connections: name, TCP or unix socket, proxy, TLS; each step noted, so that its time and its failure are known.

mod failure;
mod header_case;
mod interim;
mod io;
mod open;
mod stream;
mod tcp;
mod tunnel;

pub(super) use failure::{of_io, timed_out};
pub(super) use header_case::{Head as WrittenHead, HeaderCaseStream, Written};
pub(super) use interim::{FLOOD, MOST_INTERIM};
pub(super) use io::Io;
pub(super) use open::{Use, open};
pub use stream::Stream;
