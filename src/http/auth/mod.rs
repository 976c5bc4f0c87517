//! How a request proves who sends it.
//!
//! What is known beforehand is a header like any other ([`basic`], [`bearer`]). [`Credentials`] are for proofs that are made
//! for each request when it goes out, or that need an answer first: a challenge, a token, keys that expire.

pub mod aws;
mod challenge;
mod digest;
mod header;
mod jwt;
pub mod netrc;
pub mod oauth2;
mod trust;
mod way;
mod world;

pub(crate) use way::errand;
pub(super) use way::{Errands, Way};

pub use digest::Digest;
pub use header::{basic, bearer};
pub use jwt::Statement;
pub use oauth2::OAuth2;
pub use trust::{Trust, host_and_port};
pub use world::{Environment, Processes, World};

use std::sync::{Arc, Mutex, PoisonError};

use url::{Position, Url};

use std::io::Read as _;

use super::{Body, Error, ErrorKind, Exchange, Header, Response};

/// What proves who sends a request: shared by all requests that are sent with it, also those of other threads, so that a
/// token is fetched and a challenge is met once.
#[derive(Debug)]
pub enum Credentials {
    /// An answer to the server's challenge (RFC 7616).
    Digest(Digest),
    /// A token that is fetched (RFC 6749).
    OAuth2(OAuth2),
    /// A signature for AWS.
    Aws(aws::Signer),
}

/// The credentials of a run. Equal ones are the same, so that all who use them share a token, a nonce, a key.
#[derive(Debug, Default)]
pub struct Store(Mutex<Vec<Arc<Credentials>>>);

/// One request as it goes out: what a proof is made of.
#[derive(Debug, Clone)]
pub(super) struct Call<'a> {
    /// The method.
    pub(super) method: &'a str,
    /// The URL.
    pub(super) url: &'a Url,
    /// Path and query as they go out, where they are not the URL's.
    pub(super) raw_target: Option<&'a str>,
    /// The headers that are written.
    pub(super) headers: Vec<&'a Header>,
    /// The body, where there is one.
    pub(super) body: Option<&'a Body>,
}

impl<'a> Call<'a> {
    /// Path and query as they go out.
    fn target(&self) -> &'a str {
        self.raw_target
            .unwrap_or(&self.url[Position::BeforePath..Position::AfterQuery])
    }

    /// The hash of the body as it goes out, in hexadecimal digits; that of nothing where there is none.
    ///
    /// # Errors
    /// Where it cannot be read.
    fn body_hash<H: sha2::Digest>(&self) -> Result<String, Error> {
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

/// An answer, and what it answers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Answered<'a> {
    /// The URL that was asked.
    pub(super) url: &'a Url,
    /// The headers that proved who asked.
    pub(super) proof: &'a [Header],
    /// The answer.
    pub(super) response: &'a Response,
    /// How often the request had been sent before.
    pub(super) round: usize,
}

impl Credentials {
    /// Gets what a proof is made of, where it has to be had from somewhere.
    ///
    /// # Errors
    /// Where it cannot be had: its kind is `auth`.
    pub(super) async fn ready(&self, way: Way<'_>) -> Result<(), Error> {
        match self {
            Self::Digest(_) => Ok(()),
            // On the heap, so that requests without credentials do not carry what fetching takes.
            Self::OAuth2(oauth2) => Box::pin(oauth2.ready(way)).await,
            Self::Aws(signer) => Box::pin(signer.ready(way)).await,
        }
    }

    /// The headers that prove who sends this request; none where the server has to ask first.
    ///
    /// # Errors
    /// Where it is made of the body, and that cannot be read.
    pub(super) fn proof(&self, call: &Call<'_>) -> Result<Vec<Header>, Error> {
        match self {
            Self::Digest(digest) => digest.proof(call),
            Self::OAuth2(oauth2) => Ok(oauth2.proof()),
            Self::Aws(signer) => signer.proof(call),
        }
    }

    /// Takes in an answer, and says whether there is another proof now with which the request is sent again.
    ///
    /// # Errors
    /// Where another proof was needed, and cannot be had.
    pub(super) async fn again(&self, answered: Answered<'_>, way: Way<'_>) -> Result<bool, Error> {
        match self {
            Self::Digest(digest) => Ok(digest.again(&answered)),
            Self::OAuth2(oauth2) => Ok(Box::pin(oauth2.again(&answered, way)).await),
            Self::Aws(signer) => Box::pin(signer.again(&answered, way)).await,
        }
    }

    /// Whether a header of a request that was sent is its proof.
    pub(crate) fn makes(&self, name: &str) -> bool {
        let aws = [
            "authorization",
            "x-amz-date",
            "x-amz-security-token",
            "x-amz-content-sha256",
        ];
        let known = if matches!(self, Self::Aws(_)) {
            &aws[..]
        } else {
            &aws[..1]
        };
        known.iter().any(|known| name.eq_ignore_ascii_case(known))
    }

    /// The header `authorization` before it is known: the scheme, and stars.
    #[must_use]
    pub fn preview(&self) -> &'static str {
        match self {
            Self::Digest(_) => "Digest ***",
            Self::OAuth2(_) => "Bearer ***",
            Self::Aws(_) => "AWS4-HMAC-SHA256 ***",
        }
    }

    fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Digest(one), Self::Digest(two)) => one.is_same(two),
            (Self::OAuth2(one), Self::OAuth2(two)) => one.grant() == two.grant(),
            (Self::Aws(one), Self::Aws(two)) => one.is_same(two),
            _ => false,
        }
    }
}

impl Store {
    /// The credentials that are equal to these, and these where there are none yet.
    #[must_use]
    pub fn share(&self, credentials: Credentials) -> Arc<Credentials> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(same) = known.iter().find(|known| known.is_same(&credentials)) {
            return Arc::clone(same);
        }
        let new = Arc::new(credentials);
        known.push(Arc::clone(&new));
        new
    }
}

/// Why the credentials of an exchange were not taken, as far as its answer tells.
#[must_use]
pub fn explain(exchange: &Exchange) -> Option<String> {
    let (auth, response) = (
        exchange.request.auth.as_deref()?,
        exchange.result.as_ref().ok()?,
    );
    if !exchange.hops.is_empty() {
        return None;
    }
    match auth {
        Credentials::Aws(signer) if response.status == 403 => {
            signer.explain(&exchange.request, response)
        }
        Credentials::Digest(digest) if response.status == 401 => Some(digest.explain(response)),
        Credentials::OAuth2(_) if response.status == 401 => Some(
            "401: the token was refused, and so was the one that was fetched in its place"
                .to_owned(),
        ),
        _ => None,
    }
}
