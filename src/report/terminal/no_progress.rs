//! The progress bar of the library alone, which has no terminal to draw it on.

use crate::event::{RequestFinished, RequestStarted};

/// No bar: it takes the same notes as the one of the command line, and shows nothing.
pub(super) struct Progress;

impl Progress {
    pub(super) fn none() -> Self {
        Self
    }

    pub(super) fn standard_error() -> Self {
        Self
    }

    pub(super) fn total(&self, _requests: usize) {}

    pub(super) fn started(&self, _request: &RequestStarted) {}

    pub(super) fn finished(&self, _request: &RequestFinished) {}

    pub(super) fn aside<T>(&self, write: impl FnOnce() -> T) -> T {
        write()
    }

    pub(super) fn end(&mut self) {}
}
