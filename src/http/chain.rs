//! The chain of errors below one that a library gives.

use std::error::Error as StdError;
use std::io;

/// The first error of that type in the chain. An I/O error hides what it wraps from `source`, so it is opened.
pub(in crate::http) fn find<'a, E: StdError + 'static>(
    error: &'a (dyn StdError + 'static),
) -> Option<&'a E> {
    chain(error).find_map(|link| link.downcast_ref::<E>())
}

fn chain<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), below)
}

fn below<'a>(link: &&'a (dyn StdError + 'static)) -> Option<&'a (dyn StdError + 'static)> {
    // Without this, `source` would be asked of the reference, which lives shorter.
    let link: &'a (dyn StdError + 'static) = *link;
    match link
        .downcast_ref::<io::Error>()
        .and_then(io::Error::get_ref)
    {
        Some(inner) => Some(inner),
        None => link.source(),
    }
}

/// What the error at the end of the chain says.
pub(in crate::http) fn last(error: &(dyn StdError + 'static)) -> String {
    chain(error)
        .last()
        .map(ToString::to_string)
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_inside_an_io_error_is_found() {
        let inner = rustls::Error::HandshakeNotComplete;
        let error = io::Error::other(io::Error::new(io::ErrorKind::InvalidData, inner.clone()));
        assert_eq!(find::<rustls::Error>(&error), Some(&inner));
        assert_eq!(last(&error), "handshake not complete");
        assert!(find::<hyper::Error>(&error).is_none());
    }
}
