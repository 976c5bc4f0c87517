//! The first bytes that a server sends, kept for the message if they are not HTTP.

use std::sync::{Arc, Mutex};

use crate::lock::IgnorePoison as _;

/// So many bytes are kept: a head with its first lines.
const MOST: usize = 4096;

/// The first bytes that came since the last request was sent; clones share them.
#[derive(Debug, Clone, Default)]
pub(super) struct FirstBytes(Arc<Mutex<Vec<u8>>>);

impl FirstBytes {
    /// A request is sent: what comes now is the beginning of its response.
    pub(super) fn restart(&self) {
        self.0.lock().ignore_poison().clear();
    }

    /// These bytes came.
    pub(super) fn note(&self, bytes: &[u8]) {
        let mut kept = self.0.lock().ignore_poison();
        let room = MOST.saturating_sub(kept.len()).min(bytes.len());
        kept.extend_from_slice(bytes.get(..room).unwrap_or_default());
    }

    /// What came.
    pub(super) fn bytes(&self) -> Vec<u8> {
        self.0.lock().ignore_poison().clone()
    }
}
