//! Options of connections.

use std::path::PathBuf;

use clap::Args;

use crate::project;

/// Options that win over every request's.
#[derive(Debug, Clone, Args, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of the command line"
)]
pub(crate) struct Wire {
    /// The most that a request may take, such as 10s
    #[arg(long, value_name = "DURATION", help_heading = "Wire")]
    pub(crate) timeout: Option<String>,
    /// The most that connecting may take
    #[arg(long, value_name = "DURATION", help_heading = "Wire")]
    pub(crate) connect_timeout: Option<String>,
    /// Follow redirects, at most so many
    #[arg(long, value_name = "LIMIT", num_args = 0..=1, default_missing_value = "20", help_heading = "Wire")]
    pub(crate) follow_redirects: Option<u32>,
    /// The protocol's version
    #[arg(long, value_name = "VERSION", value_parser = ["1.0", "1.1", "2"], help_heading = "Wire")]
    pub(crate) http: Option<String>,
    /// The largest body that is read, in bytes after decoding
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
    /// Go through this proxy: http://, https://, socks5:// or socks5h://[USER:PASSWORD@]HOST:PORT
    #[arg(long, value_name = "URL", help_heading = "Wire")]
    pub(crate) proxy: Option<String>,
    /// Hosts that are reached without a proxy, between commas; `*` are all
    #[arg(long, value_name = "HOSTS", help_heading = "Wire")]
    pub(crate) no_proxy: Option<String>,
    /// Trust the certificates of this file (PEM) besides the system's
    #[arg(long, value_name = "FILE", help_heading = "Wire")]
    pub(crate) cacert: Option<PathBuf>,
    /// Show this client certificate (PEM or PKCS#12) to servers that ask
    #[arg(long, value_name = "FILE", help_heading = "Wire")]
    pub(crate) cert: Option<PathBuf>,
    /// The certificate's private key, where it does not stand in the same file
    #[arg(long, value_name = "FILE", requires = "cert", help_heading = "Wire")]
    pub(crate) key: Option<PathBuf>,
    /// Take any certificate
    #[arg(long, help_heading = "Wire")]
    pub(crate) insecure: bool,
    /// The oldest version of TLS
    #[arg(long, value_name = "VERSION", value_parser = ["1.2", "1.3"], help_heading = "Wire")]
    pub(crate) tls_min: Option<String>,
    /// The newest version of TLS
    #[arg(long, value_name = "VERSION", value_parser = ["1.2", "1.3"], help_heading = "Wire")]
    pub(crate) tls_max: Option<String>,
    /// Take this address for a host: HOST[:PORT]=ADDRESS[:PORT]
    #[arg(long, value_name = "HOST=ADDRESS", help_heading = "Wire")]
    pub(crate) resolve: Vec<String>,
    /// Connect to this socket, whatever the URL's host is
    #[arg(long, value_name = "PATH", help_heading = "Wire")]
    pub(crate) unix_socket: Option<PathBuf>,
    /// Use IPv4 alone
    #[arg(long, conflicts_with = "ipv6", help_heading = "Wire")]
    pub(crate) ipv4: bool,
    /// Use IPv6 alone
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
