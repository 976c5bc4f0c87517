//! Methods: as the wire knows them, and what a redirect makes of them.

use http::Method;

use super::{Error, ErrorKind};

/// The method as the wire knows it.
pub(super) fn wire_method(method: &str) -> Result<Method, Error> {
    let refused = |why: &str| {
        Error::new(
            ErrorKind::Request,
            format!("`{}` {why}", method.escape_debug()),
        )
    };
    match Method::from_bytes(method.as_bytes()) {
        Ok(Method::CONNECT) => Err(refused(
            "is a method for proxies and cannot be sent to a server",
        )),
        Ok(method) => Ok(method),
        Err(_) => Err(refused("is not a valid method")),
    }
}

/// Whether a response of that status makes a GET of a request of that method.
#[must_use]
pub fn changes_method(method: &str, status: u16) -> bool {
    match status {
        301 | 302 => method == "POST",
        303 => !matches!(method, "GET" | "HEAD"),
        _ => false,
    }
}
