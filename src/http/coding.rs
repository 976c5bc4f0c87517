//! Content codings (RFC 9110 section 8.4.1): how a body is compressed.

use std::io::{self, Read};

/// How hard Brotli tries, of 11: what servers use for what they compress as they go.
const BROTLI_QUALITY: u32 = 5;
/// The window that Brotli looks back, as a power of two: its default.
const BROTLI_WINDOW_LOG: u32 = 22;
/// How much Brotli reads at once.
const BROTLI_BUFFER: usize = 4096;

/// A content coding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coding {
    /// RFC 1952.
    Gzip,
    /// The zlib format of RFC 1950.
    Deflate,
    /// RFC 7932.
    Brotli,
    /// RFC 8878.
    Zstd,
}

impl Coding {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Gzip, Self::Deflate, Self::Brotli, Self::Zstd];

    /// The name in `content-encoding`: `gzip`, `deflate`, `br`, `zstd`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Deflate => "deflate",
            Self::Brotli => "br",
            Self::Zstd => "zstd",
        }
    }

    /// The coding of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|coding| coding.name() == name)
    }

    /// What is read, compressed.
    ///
    /// # Errors
    /// Where the library cannot begin.
    pub(super) fn encode<'a>(
        self,
        plain: impl Read + Send + 'a,
    ) -> io::Result<Box<dyn Read + Send + 'a>> {
        let level = flate2::Compression::default();
        Ok(match self {
            Self::Gzip => Box::new(flate2::read::GzEncoder::new(plain, level)),
            Self::Deflate => Box::new(flate2::read::ZlibEncoder::new(plain, level)),
            Self::Brotli => Box::new(brotli::CompressorReader::new(
                plain,
                BROTLI_BUFFER,
                BROTLI_QUALITY,
                BROTLI_WINDOW_LOG,
            )),
            Self::Zstd => Box::new(zstd::stream::read::Encoder::new(
                plain,
                zstd::DEFAULT_COMPRESSION_LEVEL,
            )?),
        })
    }
}
