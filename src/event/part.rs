//! The parts of a collection.

use serde::{Deserialize, Serialize};

/// The part of a collection that a step stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Runs before the requests.
    Setup,
    /// A request.
    Request,
    /// Runs at the end, whatever happened.
    Teardown,
}

impl Part {
    /// `setup`, `request` or `teardown`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Setup => "setup",
            Self::Request => "request",
            Self::Teardown => "teardown",
        }
    }
}
