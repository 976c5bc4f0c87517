//! How a request is authenticated.
//!
//! A header that is known beforehand is a header like any other ([`basic`], [`bearer`]). [`Credentials`] are for schemes that
//! make their headers for each request when it goes out, or that need a response first: a challenge, a token, keys that expire.
//! Each is a file of its own that implements `Scheme`.

pub mod aws;
mod call;
mod challenge;
mod context;
mod curl;
mod digest;
mod header;
mod jwt;
pub mod netrc;
pub mod oauth2;
mod scheme;
mod services;
mod trust;

pub(super) use call::{AuthResponse, Call};
pub(crate) use context::fetch_options;
pub(super) use context::{AuthContext, AuthExchanges};
pub(crate) use curl::CurlText;
pub use digest::Digest;
pub use header::{basic, bearer};
pub use jwt::Claims;
pub use oauth2::OAuth2;
pub use scheme::{Credentials, Store, explain};
pub use services::{AuthServices, Environment, Processes};
pub use trust::{Trust, host_and_port};
