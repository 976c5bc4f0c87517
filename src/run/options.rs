//! How a request is sent, as its step says.

use std::sync::Arc;

use crate::http::{self, Options};
use crate::plan::{self, Connection};

/// How the request is sent.
pub(super) fn options(request: &plan::Request) -> Options {
    Options {
        settings: match &request.connection {
            Connection::Fixed(settings) => Arc::clone(settings),
            // The request that is filled brings its own.
            Connection::Filled(_) => Arc::default(),
        },
        timeout: Some(request.timeout),
        follow_redirects: request.follow_redirects,
        secrets: http::SecretPolicy {
            hosts: request.send_secrets_to.clone(),
            ..http::SecretPolicy::default()
        },
        max_body: request.max_body,
        compressed: request.compressed,
        expect_continue: request.expect_continue,
        interim: request.interim,
        cookies: request.jar,
    }
}
