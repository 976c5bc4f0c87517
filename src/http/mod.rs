//! The wire: requests out, answers in, every hop and every failure told in plain words.
//!
//! Built on hyper, which speaks HTTP over a connection; connections, proxies, redirects, cookies, decoding, limits and time-outs
//! are our own, since the tests of an API look at what a client's conveniences hide. Nothing here knows collections, and no request is made here.

pub mod auth;
mod body;
mod chain;
mod charset;
mod client;
mod coding;
mod connect;
mod cookie;
mod cookie_date;
mod cookie_file;
mod decode;
mod error;
mod events;
mod exchange;
mod failure;
mod first_bytes;
mod head;
mod header;
mod http2;
mod jar;
mod method;
mod not_http;
mod options;
mod outgoing;
mod peer;
mod progress;
mod proxy;
mod redirect;
mod replay;
mod request;
mod response;
mod send;
mod settings;
mod timing;
mod tls;
mod upload;
pub mod url;
mod websocket;
mod wire;
mod wording;

pub use client::ConnectionPool;
pub use coding::Coding;
pub use connect::Stream;
pub use cookie::{RefusedCookie, SetCookie};
pub use cookie_file::{Broken, read as read_cookies, write as write_cookies};
#[cfg(test)]
pub(crate) use decode::{Bounds, decoded};
pub use error::{Error, ErrorKind};
pub use events::{EventReader, MOST_EVENTS, ServerEvent};
pub use exchange::{Exchange, Hop, Resend};
pub(crate) use head::{ACCEPT_ENCODING, add_default_headers};
pub use header::Header;
pub(crate) use header::check_header;
pub use jar::{Changes, Cookie, Jar};
pub use method::changes_method;
pub use options::{Options, SecretPolicy};
pub use peer::{Certificate, Peer, PeerTls};
pub use proxy::{Proxies, Proxy, ProxyKind, exceptions};
pub use replay::{Recorded, Target, replay};
pub use request::Request;
pub use response::{Response, Version};
pub use send::StreamLimit;
pub use settings::{HeaderCase, HttpVersion, IpVersion, Resolve, Settings, Tls, TlsVersion};
pub use timing::{Phase, Timing};
pub use tls::TlsFault;
pub use upload::{
    Body, Content, Multipart, Part, PartContent, Upload, boundary_of, content_type_of_file,
};
pub use websocket::{
    Frame, MISSING as CLOSE_MISSING, Transcript, TranscriptFrame, WebSocket, handshake_headers,
    meaning as close_meaning,
};
