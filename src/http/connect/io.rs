//! The bytes of a connection, whatever it is made of.

use tokio::io::{AsyncRead, AsyncWrite};

/// Bytes to and from the other end.
pub(in crate::http) trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

/// A connection, whatever it is made of.
pub(in crate::http) type Io = Box<dyn Duplex>;
