//! The cases, by topic.

mod bodies;
mod coding;
mod connections;
mod cookies;
mod headers;
mod redirects;
mod responses;
mod targets;

use super::case::Case;

/// All cases, in the order in which they are sent.
pub(super) fn all() -> Vec<Case> {
    [
        bodies::all(),
        targets::all(),
        headers::all(),
        redirects::all(),
        cookies::all(),
        coding::all(),
        responses::all(),
        connections::all(),
    ]
    .concat()
}
