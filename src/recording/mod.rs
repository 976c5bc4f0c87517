//! Exchanges kept in a file and found again: what `--record` writes and `--replay` reads.
//!
//! Two formats: lines of JSON of our own, which keep all that is known, and HAR, which other tools read and write.

mod archive;
mod entry;
pub mod har;
mod index;
mod message;
mod place;
mod read;
mod received;
mod recorder;
#[cfg(test)]
mod tests;

pub use archive::entries;
pub use entry::{
    Answer, Body, Entry, FailedExchange, Hop, Identity, Resend, Sent, Timing, Truncation,
};
pub use index::{Recording, ReplayKey};
pub use message::Message;
pub use recorder::{Recorder, RunInfo};

/// Where responses come from, and whether they are kept.
#[derive(Debug, Default)]
pub enum RecordMode {
    /// From the wire, and nothing is kept.
    #[default]
    Off,
    /// From the wire, and every exchange is kept.
    Record(Recorder),
    /// From the wire, and every exchange is handed on.
    Tell(std::sync::mpsc::Sender<Box<Entry>>),
    /// From a recording; nothing is sent.
    Replay(Box<Recording>),
}
