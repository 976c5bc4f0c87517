//! The table of connection options: one row has all that is to be said of an option, but for what `http` does with it.
//!
//! A row is the field of [`Options`] with its type, by which it merges ([`Layer`]); the key with its shape in the JSON Schema
//! and what it is for; how it is decoded; how it is set in what `http` takes, or filled, if it holds templates; and the flags of
//! the command line. Schema, help, the manual page and the command that repeats a run are made from the rows.

use std::sync::Arc;
use std::time::Duration;

use super::super::{Key, Node, Problems, Spanned, Switch, Table, foreign};
use super::flags::{Flag, Reads, Shown, Takes};
use super::layer::Layer;
use super::redirects::{self, Redirects};
use super::values::{self, Addresses, Proxy, text, texts};
use crate::http::{self, Coding, HeaderCase, HttpVersion, IpVersion, TlsVersion, exceptions};
use crate::source::Span;
use crate::template::Template;

/// Why an option cannot be used, what to do about it, and where that is written.
pub type Unusable = (String, Option<String>, Span);

/// Gives the text of a template, as far as it is known.
pub(super) type Fill<'a> = &'a mut dyn FnMut(&Spanned<Template>) -> Result<String, Unusable>;

/// How a request is sent by its options.
#[derive(Debug, Clone, Default)]
pub struct Sending {
    /// How the exchange is made.
    pub options: http::Options,
    /// How the connection is made.
    pub settings: http::Settings,
    /// The coding that the body is sent in.
    pub coding: Option<Coding>,
    /// Whether the body is sent in chunks.
    pub chunked: bool,
    /// Whether path and query go out as they are written.
    pub path_as_is: bool,
}

macro_rules! options {
    (
        $(#[$of:meta])*
        $name:ident, $keys:ident in $tables:expr;
        $(
            $(#[$doc:meta])*
            $field:ident: $type:ty = $key:literal, $shape:literal, $about:literal {
                decode $decode:expr;
                $(set $set:expr;)?
                $(fill $fill:expr;)?
                $(nested $nested:ident;)?
                $(flag $flag:expr;)*
            }
        )*
    ) => {
        $(#[$of])*
        #[derive(Debug, Clone, Default)]
        pub struct $name {
            $($(#[$doc])* pub $field: Option<$type>,)*
        }

        #[doc = concat!("The keys of [`", stringify!($name), "`].")]
        pub const $keys: &[Key] = &[
            $(Key { name: $key, shape: $shape, about: $about },)*
        ];

        impl $name {
            /// The flags of the rows, in their order.
            fn flags(found: &mut Vec<&'static Flag>) {
                $(
                    $(found.push(const { &$flag.sets($tables, $key) });)*
                    $($nested::flags(found);)?
                )*
            }

            /// Decodes the keys of a table.
            pub(super) fn of_table(table: &Table, problems: &mut Problems) -> Self {
                Self {
                    $($field: table.get($key).and_then(|node| $decode(node, problems)),)*
                }
            }

            /// Lays the options of a nearer layer over these, each by itself.
            fn lay_each(&mut self, nearer: Self) {
                $(self.$field.lay(nearer.$field);)*
            }

            fn templates_of_each<'a>(&'a self, found: &mut Vec<&'a Spanned<Template>>) {
                $(self.$field.templates(found);)*
            }

            /// Sets what is written. What cannot be used is told, and the rest is set all the same.
            fn apply_each(&self, to: &mut Sending, text: Fill<'_>, faults: &mut Vec<Unusable>) {
                $(if let Some(value) = &self.$field {
                    $(set(value, to, $set);)?
                    $(faults.extend(fill(value, to, text, $fill).err());)?
                    $($nested::apply_each(value, to, text, faults);)?
                })*
            }
        }
    };
}

/// Sets what needs no text. The types of the closure in a row are known by this.
fn set<T>(value: &T, to: &mut Sending, set: impl FnOnce(&T, &mut Sending)) {
    set(value, to);
}

/// Sets what holds templates.
fn fill<T>(
    value: &T,
    to: &mut Sending,
    text: Fill<'_>,
    fill: impl FnOnce(&T, &mut Sending, Fill<'_>) -> Result<(), Unusable>,
) -> Result<(), Unusable> {
    fill(value, to, text)
}

options! {
    /// How requests are sent, as written; `None` if it is not written.
    Options, KEYS in &[];

    /// The most that a request may take.
    timeout: Duration = "timeout", "duration", "the timeout of the request, including redirects and the response body" {
        decode values::limit;
        set |limit, to| to.options.timeout = Some(*limit);
        flag Flag::new("timeout", Takes::One("DURATION"), Reads::Seconds, "Timeout of a request, such as 10s").of_requests();
    }

    /// Timeout for connecting.
    connect_timeout: Duration = "connect_timeout", "duration", "the timeout for connecting" {
        decode values::limit;
        set |limit, to| to.settings.connect_timeout = Some(*limit);
        flag Flag::new("connect-timeout", Takes::One("DURATION"), Reads::Seconds, "Timeout for connecting").of_requests();
    }

    /// Which redirects are followed.
    follow_redirects: Redirects = "follow_redirects", "boolean|count|#follow_redirects", "whether redirects are followed; a number is the limit" {
        decode redirects::decode;
        set |redirects, to| {
            to.options.follow_redirects = redirects.max;
            to.options.secrets.hosts.clone_from(&redirects.send_secrets_to);
        };
        flag Flag::new("follow-redirects", Takes::Optional("LIMIT", "20"), Reads::Number, "Follow up to N redirects").of_requests();
    }

    /// HTTP version.
    http: Spanned<HttpVersion> = "http", "#version", "the HTTP version: `\"1.0\"`, `\"1.1\"` or `\"2\"`" {
        decode values::http;
        set |version, to| to.settings.http = Some(version.value);
        flag Flag::new("http", Takes::OneOf("VERSION", &["1.0", "1.1", "2"]), Reads::Text, "HTTP version").of_requests();
    }

    /// The proxy.
    proxy: Proxy = "proxy", "#proxy|template|false", "the proxy: a URL, `{ url, user, password }`, or `false`" {
        decode values::proxy;
        fill |proxy, to, text| {
            to.settings.proxies = proxy.fill(text)?;
            Ok(())
        };
        flag Flag::new("proxy", Takes::One("URL"), Reads::Text, "Use this proxy: http://, https://, socks5:// or socks5h://[USER:PASSWORD@]HOST:PORT").shown(Shown::Url("proxy"));
    }

    /// Hosts that are reached without it.
    no_proxy: Vec<Spanned<Template>> = "no_proxy", "templates", "hosts that bypass the proxy" {
        decode texts;
        fill |hosts, to, text| {
            let hosts: Vec<_> = hosts.iter().map(text).collect::<Result<_, _>>()?;
            to.settings.proxies.except = exceptions(&hosts.join(","));
            Ok(())
        };
        flag Flag::new("no-proxy", Takes::One("HOSTS"), Reads::Text, "Comma-separated hosts that bypass the proxy; `*` means all");
    }

    /// Secure connections.
    tls: Tls = "tls", "#tls", "TLS: `{ ca, cert, key, key_password, insecure, min, max, server_name }`" {
        decode values::tls;
        nested Tls;
    }

    /// Addresses of hosts, by host or `host:port`.
    resolve: Addresses = "resolve", "#templates_by_name", "host or `host:port` → address or `address:port`, instead of DNS" {
        decode values::resolve;
        fill |addresses, to, text| {
            to.settings.resolve = addresses.fill(text)?;
            Ok(())
        };
        flag Flag::new("resolve", Takes::Many("HOST=ADDRESS", None), Reads::Pair("`--resolve` takes HOST[:PORT]=ADDRESS[:PORT]"), "Connect to this address for a host: HOST[:PORT]=ADDRESS[:PORT]");
    }

    /// The socket that is connected to.
    unix_socket: Spanned<Template> = "unix_socket", "template", "a Unix socket to connect through, whatever the host in the URL" {
        decode text;
        fill |path, to, text| {
            to.settings.unix_socket = Some(path.span.file.folder().join(text(path)?));
            Ok(())
        };
        flag Flag::new("unix-socket", Takes::File("PATH"), Reads::Text, "Connect through this Unix socket, whatever the host in the URL");
    }

    /// The only version of IP.
    ip_version: IpVersion = "ip_version", "#ip_version", "the IP version to use: `4` or `6`" {
        decode values::ip_version;
        set |version, to| to.settings.ip_version = Some(*version);
        flag Flag::new("ipv4", Takes::Nothing, Reads::As(4), "Use IPv4 only").not_with("ipv6");
        flag Flag::new("ipv6", Takes::Nothing, Reads::As(6), "Use IPv6 only");
    }

    /// Where connections leave from.
    interface: Spanned<Template> = "interface", "template", "the network interface or local address to connect from" {
        decode text;
        fill |name, to, text| {
            to.settings.interface = Some(text(name)?);
            Ok(())
        };
        flag Flag::new("interface", Takes::One("NAME"), Reads::Text, "Connect from this network interface, or from this address");
    }

    /// Whether connections stay open.
    keep_alive: bool = "keep_alive", "boolean", "`false`: closes each connection after its request" {
        decode Node::boolean;
        set |keep, to| to.settings.close = !*keep;
        flag Flag::new("no-keep-alive", Takes::Nothing, Reads::False, "Close each connection after its request");
    }

    /// The case of header names.
    header_case: HeaderCase = "header_case", "#header_case", "header names over HTTP/1: `\"lower\"`, `\"title\"` or `\"written\"`" {
        decode values::header_case;
        set |case, to| to.settings.header_case = *case;
    }

    /// Whether path and query go out as they are written.
    path_as_is: bool = "path_as_is", "boolean", "sends path and query exactly as written" {
        decode Node::boolean;
        set |as_is, to| to.path_as_is = *as_is;
    }

    /// Whether the server is asked before a body is sent.
    expect_continue: bool = "expect_continue", "boolean", "sends `expect: 100-continue` and waits before the body" {
        decode Node::boolean;
        set |asks, to| to.options.expect_continue = *asks;
    }

    /// Whether compressed responses are asked for.
    compressed: bool = "compressed", "boolean", "whether to accept compressed responses" {
        decode Node::boolean;
        set |compressed, to| to.options.compressed = *compressed;
    }

    /// The coding that the body is sent in.
    compress: Switch<Coding> = "compress", "#coding|false", "compresses the body: `\"gzip\"`, `\"br\"`, `\"zstd\"` or `\"deflate\"`" {
        decode values::compress;
        set |coding, to| to.coding = coding.on().copied();
    }

    /// Whether the body is sent in chunks.
    chunked: bool = "chunked", "boolean", "sends the body in chunks, without saying its length" {
        decode Node::boolean;
        set |chunked, to| to.chunked = *chunked;
    }

    /// The largest body that is read, in bytes.
    max_body: u64 = "max_body", "size", "the largest response body to read, after decoding: bytes, or a string such as `\"10 MB\"`" {
        decode values::size;
        set |bytes, to| to.options.max_body = *bytes;
        flag Flag::new("max-body", Takes::One("BYTES"), Reads::Number, "Largest response body to read, in bytes after decoding").of_requests();
    }
}

options! {
    /// Secure connections as written; files are named from the folder of the file that names them.
    Tls, TLS in &["tls"];

    /// A file of trusted certificates.
    ca: Spanned<Template> = "ca", "template", "a file of CA certificates (PEM) to trust besides the system's" {
        decode text;
        fill |path, to, text| {
            to.settings.tls.ca = Some(path.span.file.folder().join(text(path)?));
            Ok(())
        };
        flag Flag::new("cacert", Takes::File("FILE"), Reads::Text, "Also trust the CA certificates in this file (PEM)");
    }

    /// The client's certificate.
    cert: Spanned<Template> = "cert", "template", "the client's certificate: PEM, or PKCS#12" {
        decode text;
        fill |path, to, text| {
            to.settings.tls.cert = Some(path.span.file.folder().join(text(path)?));
            Ok(())
        };
        flag Flag::new("cert", Takes::File("FILE"), Reads::Text, "Client certificate (PEM or PKCS#12), for servers that ask for one");
    }

    /// Its key.
    key: Spanned<Template> = "key", "template", "its private key (PEM), if it is in a file of its own" {
        decode text;
        fill |path, to, text| {
            to.settings.tls.key = Some(path.span.file.folder().join(text(path)?));
            Ok(())
        };
        flag Flag::new("key", Takes::File("FILE"), Reads::Text, "Private key of the client certificate, if it is in a file of its own").only_with("cert");
    }

    /// What the key is encrypted with.
    key_password: Spanned<Template> = "key_password", "template", "the password of the private key" {
        decode text;
        fill |password, to, text| {
            to.settings.tls.key_password = Some(text(password)?);
            Ok(())
        };
    }

    /// Whether any certificate is taken.
    insecure: bool = "insecure", "boolean", "accepts any server certificate" {
        decode Node::boolean;
        set |any, to| to.settings.tls.insecure = *any;
        flag Flag::new("insecure", Takes::Nothing, Reads::True, "Accept any server certificate");
    }

    /// The oldest version.
    min: Spanned<TlsVersion> = "min", "#tls_version", "the oldest version: `\"1.2\"` or `\"1.3\"`" {
        decode values::tls_version;
        set |version, to| to.settings.tls.min = Some(version.value);
        flag Flag::new("tls-min", Takes::OneOf("VERSION", &["1.2", "1.3"]), Reads::Text, "Oldest TLS version to accept");
    }

    /// The newest version.
    max: Spanned<TlsVersion> = "max", "#tls_version", "the newest version" {
        decode values::tls_version;
        set |version, to| to.settings.tls.max = Some(version.value);
        flag Flag::new("tls-max", Takes::OneOf("VERSION", &["1.2", "1.3"]), Reads::Text, "Newest TLS version to accept");
    }

    /// The name that is asked for.
    server_name: Spanned<Template> = "server_name", "template", "the expected server name, instead of the host in the URL" {
        decode text;
        fill |name, to, text| {
            to.settings.tls.server_name = Some(text(name)?);
            Ok(())
        };
    }
}

impl Options {
    /// Decodes the options of a table; `None` if it has none.
    pub(super) fn decode(table: &Table, problems: &mut Problems) -> Option<Arc<Self>> {
        if !KEYS.iter().any(|key| table.get(key.name).is_some()) {
            return None;
        }
        let options = Self::of_table(table, problems);
        for template in options.templates() {
            foreign::check_value(template, problems);
        }
        Some(Arc::new(options))
    }

    /// All templates.
    #[must_use]
    pub fn templates(&self) -> Vec<&Spanned<Template>> {
        let mut found = Vec::new();
        self.templates_of_each(&mut found);
        found
    }

    /// How a request is sent by these options, and what of them cannot be used. What they do not say is as in `usual`.
    pub fn apply(
        &self,
        usual: &Sending,
        text: &mut dyn FnMut(&Spanned<Template>) -> Result<String, Unusable>,
    ) -> (Sending, Vec<Unusable>) {
        let (mut sending, mut faults) = (usual.clone(), Vec::new());
        self.apply_each(&mut sending, text, &mut faults);
        (sending, faults)
    }
}

impl Layer for Options {
    fn lay(&mut self, nearer: Self) {
        self.lay_each(nearer);
    }
}

/// Those who inherit the same options share them.
impl Layer for Arc<Options> {
    fn lay(&mut self, nearer: Self) {
        Self::make_mut(self).lay(Self::unwrap_or_clone(nearer));
    }
}

impl Layer for Tls {
    /// A certificate comes with its key: those of two layers would not fit. What the command line cannot say, the password,
    /// stays.
    fn lay(&mut self, nearer: Self) {
        if let Some(cert) = &nearer.cert {
            self.key = None;
            if !cert.span.file.is_command_line() {
                self.key_password = None;
            }
        }
        self.lay_each(nearer);
    }

    fn templates<'a>(&'a self, found: &mut Vec<&'a Spanned<Template>>) {
        self.templates_of_each(found);
    }
}

/// `--header`: of its key, `headers`, more is to be said than of an option.
const HEADER: Flag = Flag::new(
    "header",
    Takes::Many("HEADER", Some('H')),
    Reads::Header,
    "Send this header with every request: 'NAME: VALUE'",
)
.shown(Shown::Header)
.sets(&[], "headers");

/// All flags in the order of the help: what is about the request, then what is about the connection.
#[must_use]
pub fn flags() -> Vec<&'static Flag> {
    let mut all = Vec::new();
    Options::flags(&mut all);
    let (mut flags, of_connection): (Vec<_>, Vec<_>) =
        all.into_iter().partition(|flag| flag.is_of_requests());
    flags.push(&HEADER);
    flags.extend(of_connection);
    flags
}
