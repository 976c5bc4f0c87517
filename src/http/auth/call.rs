//! A request that goes out and its response, as authentication schemes see them.

use std::io::Read as _;

use url::{Position, Url};

use crate::http::{Body, Error, ErrorKind, Header, Response};

/// One request as it goes out: what a proof is made of.
#[derive(Debug, Clone)]
pub(crate) struct Call<'a> {
    /// The method.
    pub(in crate::http) method: &'a str,
    /// The URL.
    pub(in crate::http) url: &'a Url,
    /// Path and query as they go out, where they are not the URL's.
    pub(in crate::http) raw_target: Option<&'a str>,
    /// The headers that are written.
    pub(in crate::http) headers: Vec<&'a Header>,
    /// The body, where there is one.
    pub(in crate::http) body: Option<&'a Body>,
}

impl<'a> Call<'a> {
    /// Path and query as they go out.
    pub(super) fn target(&self) -> &'a str {
        self.raw_target
            .unwrap_or(&self.url[Position::BeforePath..Position::AfterQuery])
    }

    /// The hash of the body as it goes out, in hexadecimal digits; that of nothing where there is none.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub(super) fn body_hash<H: sha2::Digest>(&self) -> Result<String, Error> {
        let mut hash = H::new();
        match self.body.map(|body| (body.bytes(), body)) {
            None => {}
            Some((Some(bytes), _)) => hash.update(bytes),
            Some((None, body)) => {
                read_into(&mut hash, body)
                    .map_err(|error| Error::new(ErrorKind::Request, error.to_string()))?;
            }
        }
        Ok(hex::encode(hash.finalize()))
    }
}

/// Hashes what is not held in memory, piece by piece.
fn read_into(hash: &mut impl sha2::Digest, body: &Body) -> std::io::Result<()> {
    let mut reader = body.reader()?;
    let mut piece = vec![0; 64 * 1024];
    loop {
        match reader.read(&mut piece)? {
            0 => return Ok(()),
            length => hash.update(piece.get(..length).unwrap_or_default()),
        }
    }
}

/// A response, and the request that it answers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AuthResponse<'a> {
    /// The URL of the request.
    pub(in crate::http) url: &'a Url,
    /// The auth headers that were sent.
    pub(in crate::http) headers: &'a [Header],
    /// The response.
    pub(in crate::http) response: &'a Response,
    /// How often the request had been sent before.
    pub(in crate::http) round: usize,
}
