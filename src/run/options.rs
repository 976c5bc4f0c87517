//! How a request is sent, as its step says.

use crate::http::Options;
use crate::plan;

/// How the request is sent. One whose connection is filled brings its own settings.
pub(super) fn options(request: &plan::Request) -> Options {
    request.options.clone()
}
