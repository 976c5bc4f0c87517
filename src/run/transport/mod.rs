//! How a step reaches the server: over the wire, over the wire with a recording, or from a recording alone.
//!
//! A transport has its own time: responses from a recording take none, and the one of the unit tests has a clock that only
//! moves when something waits.

mod any;
mod api;
#[cfg(test)]
pub(super) mod fake;
mod live;
mod record;
mod replay;
mod replayed_channel;

pub(super) use any::AnyTransport;
pub(super) use api::{Call, Caller, Channel, Transport};
pub(super) use live::Live;
