//! Options of connections.

use std::path::PathBuf;

use clap::Args;

use crate::project;

/// Options that override those of every request.
#[derive(Debug, Clone, Args, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of the command line"
)]
pub(crate) struct Wire {
    /// Timeout of a request, such as 10s
    #[arg(long, value_name = "DURATION", help_heading = "Wire")]
    pub(crate) timeout: Option<String>,
    /// Timeout for connecting
    #[arg(long, value_name = "DURATION", help_heading = "Wire")]
    pub(crate) connect_timeout: Option<String>,
    /// Follow up to N redirects
    #[arg(long, value_name = "LIMIT", num_args = 0..=1, default_missing_value = "20", help_heading = "Wire")]
    pub(crate) follow_redirects: Option<u32>,
    /// HTTP version
    #[arg(long, value_name = "VERSION", value_parser = ["1.0", "1.1", "2"], help_heading = "Wire")]
    pub(crate) http: Option<String>,
    /// Largest response body to read, in bytes after decoding
    #[arg(long, value_name = "BYTES", help_heading = "Wire")]
    pub(crate) max_body: Option<u64>,
    /// Send this header with every request: 'NAME: VALUE'
    #[arg(
        long = "header",
        short = 'H',
        value_name = "HEADER",
        help_heading = "Wire"
    )]
    pub(crate) headers: Vec<String>,
    /// Use this proxy: http://, https://, socks5:// or socks5h://[USER:PASSWORD@]HOST:PORT
    #[arg(long, value_name = "URL", help_heading = "Wire")]
    pub(crate) proxy: Option<String>,
    /// Comma-separated hosts that bypass the proxy; `*` means all
    #[arg(long, value_name = "HOSTS", help_heading = "Wire")]
    pub(crate) no_proxy: Option<String>,
    /// Also trust the CA certificates in this file (PEM)
    #[arg(long, value_name = "FILE", help_heading = "Wire")]
    pub(crate) cacert: Option<PathBuf>,
    /// Client certificate (PEM or PKCS#12), for servers that ask for one
    #[arg(long, value_name = "FILE", help_heading = "Wire")]
    pub(crate) cert: Option<PathBuf>,
    /// Private key of the client certificate, if it is in a file of its own
    #[arg(long, value_name = "FILE", requires = "cert", help_heading = "Wire")]
    pub(crate) key: Option<PathBuf>,
    /// Accept any server certificate
    #[arg(long, help_heading = "Wire")]
    pub(crate) insecure: bool,
    /// Oldest TLS version to accept
    #[arg(long, value_name = "VERSION", value_parser = ["1.2", "1.3"], help_heading = "Wire")]
    pub(crate) tls_min: Option<String>,
    /// Newest TLS version to accept
    #[arg(long, value_name = "VERSION", value_parser = ["1.2", "1.3"], help_heading = "Wire")]
    pub(crate) tls_max: Option<String>,
    /// Connect to this address for a host: HOST[:PORT]=ADDRESS[:PORT]
    #[arg(long, value_name = "HOST=ADDRESS", help_heading = "Wire")]
    pub(crate) resolve: Vec<String>,
    /// Connect through this Unix socket, whatever the host in the URL
    #[arg(long, value_name = "PATH", help_heading = "Wire")]
    pub(crate) unix_socket: Option<PathBuf>,
    /// Use IPv4 only
    #[arg(long, conflicts_with = "ipv6", help_heading = "Wire")]
    pub(crate) ipv4: bool,
    /// Use IPv6 only
    #[arg(long, help_heading = "Wire")]
    pub(crate) ipv6: bool,
    /// Connect from this network interface, or from this address
    #[arg(long, value_name = "NAME", help_heading = "Wire")]
    pub(crate) interface: Option<String>,
    /// Close each connection after its request
    #[arg(long, help_heading = "Wire")]
    pub(crate) no_keep_alive: bool,
}

impl From<Wire> for project::Wire {
    fn from(wire: Wire) -> Self {
        let Wire {
            timeout,
            connect_timeout,
            follow_redirects,
            http,
            max_body,
            headers,
            proxy,
            no_proxy,
            cacert,
            cert,
            key,
            insecure,
            tls_min,
            tls_max,
            resolve,
            unix_socket,
            ipv4,
            ipv6,
            interface,
            no_keep_alive,
        } = wire;
        Self {
            timeout,
            connect_timeout,
            follow_redirects,
            http,
            max_body,
            headers,
            proxy,
            no_proxy,
            cacert,
            cert,
            key,
            insecure,
            tls_min,
            tls_max,
            resolve,
            unix_socket,
            ipv4,
            ipv6,
            interface,
            no_keep_alive,
        }
    }
}
