//! What a request carries: bytes, a file, or the parts of a form; read anew each time it is sent.
//!
//! A file is never held whole: its path and length are known when the request is made, and it is read while it goes out.

mod body;
mod content;
mod content_type;
mod file;
mod multipart;
mod piece;
mod read;
mod windows;
mod wire;

pub use body::Body;
pub use content::Content;
pub use content_type::of_file as content_type_of_file;
pub use file::Upload;
pub use multipart::{Multipart, Part, PartContent, boundary_of};
pub(super) use read::Unreadable;
pub(super) use wire::Outgoing as Sending;

#[cfg(test)]
mod tests;
