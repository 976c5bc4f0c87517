//! The wire: requests out, answers in, every hop and every failure told in plain words.
//!
//! Built on reqwest as a connection pool alone: redirects, cookies, decoding, limits and time-outs are our own, since the
//! tests of an API look at what a client's conveniences hide. Nothing here knows collections, and no request is made here.

pub mod auth;
mod body;
mod charset;
mod client;
mod coding;
mod cookie;
mod cookie_date;
mod curl;
mod error;
mod exchange;
mod failure;
mod jar;
mod progress;
mod redirect;
mod replay;
mod request;
mod response;
mod send;
mod timing;
mod tls;
mod upload;
pub mod url;

pub use client::{Clients, HttpVersion, Settings};
pub use coding::Coding;
pub use cookie::SetCookie;
pub use curl::curl;
pub use error::{Error, ErrorKind};
pub use exchange::{Exchange, Header, Hop};
pub use jar::{Cookie, Jar};
pub use replay::{Recorded, Target, replay};
pub use request::Request;
pub use response::{Response, Version};
pub use send::Options;
pub use timing::{Phase, Timing};
pub use upload::{Body, Content, Multipart, Part, PartContent, Upload, content_type_of_file};
