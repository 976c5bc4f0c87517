//! Connections: name, TCP or unix socket, proxy, TLS; each step noted, so that its time and its failure are known.

mod failure;
mod interim;
mod io;
mod open;
mod recase;
mod stream;
mod tcp;
mod tunnel;

pub(super) use failure::{of_io, timed_out};
pub(super) use interim::{FLOOD, MOST_INTERIM};
pub(super) use io::Io;
pub(super) use open::{Use, open};
pub(super) use recase::{Head as WrittenHead, Recase, Written};
pub use stream::Stream;
