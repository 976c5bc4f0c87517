//! The pieces that a body is read from.

use std::sync::Arc;

use bytes::Bytes;

use super::file::Upload;

/// Bytes, or a file.
#[derive(Debug, Clone)]
pub(super) enum Piece {
    Bytes(Bytes),
    File(Arc<Upload>),
}
