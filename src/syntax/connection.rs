//! How connections are made: proxies, TLS, addresses, and what of HTTP/1 is written in its own way.

use indexmap::IndexMap;

use super::flow::Switch;
use super::foreign;
use super::keys::{PROXY, TLS};
use super::{Data, Node, Problems, Spanned, Table, check_keys, names_hint, wrong_type};
use crate::http::{HeaderCase, IpVersion, TlsVersion};
use crate::source::{Diagnostic, Span};
use crate::template::Template;

/// How connections are made, as written; `None` where it is not written.
#[derive(Debug, Clone, Default)]
pub struct Connection {
    /// The proxy.
    pub proxy: Option<Switch<Proxy>>,
    /// Hosts that are reached without it.
    pub no_proxy: Option<Vec<Spanned<Template>>>,
    /// Secure connections.
    pub tls: Tls,
    /// Addresses of hosts, by host or `host:port`.
    pub resolve: IndexMap<String, (Span, Spanned<Template>)>,
    /// The socket that is connected to.
    pub unix_socket: Option<Spanned<Template>>,
    /// The only version of IP.
    pub ip_version: Option<IpVersion>,
    /// Where connections leave from.
    pub interface: Option<Spanned<Template>>,
    /// Whether connections stay open.
    pub keep_alive: Option<bool>,
    /// The case of header names.
    pub header_case: Option<HeaderCase>,
    /// Whether path and query go out as they are written.
    pub path_as_is: Option<bool>,
    /// Whether the server is asked before a body is sent.
    pub expect_continue: Option<bool>,
}

/// A proxy as written.
#[derive(Debug, Clone)]
pub struct Proxy {
    /// Its URL.
    pub url: Spanned<Template>,
    /// The user.
    pub user: Option<Spanned<Template>>,
    /// The password.
    pub password: Option<Spanned<Template>>,
}

/// Secure connections as written; files are named from the folder of the file that names them.
#[derive(Debug, Clone, Default)]
pub struct Tls {
    /// A file of trusted certificates.
    pub ca: Option<Spanned<Template>>,
    /// The client's certificate.
    pub cert: Option<Spanned<Template>>,
    /// Its key.
    pub key: Option<Spanned<Template>>,
    /// What the key is encrypted with.
    pub key_password: Option<Spanned<Template>>,
    /// Whether any certificate is taken.
    pub insecure: Option<bool>,
    /// The oldest version.
    pub min: Option<Spanned<TlsVersion>>,
    /// The newest version.
    pub max: Option<Spanned<TlsVersion>>,
    /// The name that is asked for.
    pub server_name: Option<Spanned<Template>>,
}

impl Connection {
    /// Decodes the keys about connections; `None` where there are none.
    pub(super) fn decode(table: &Table, problems: &mut Problems) -> Option<Box<Self>> {
        const KEYS: [&str; 11] = [
            "proxy",
            "no_proxy",
            "tls",
            "resolve",
            "unix_socket",
            "ip_version",
            "interface",
            "keep_alive",
            "header_case",
            "path_as_is",
            "expect_continue",
        ];
        if !KEYS.iter().any(|key| table.get(key).is_some()) {
            return None;
        }
        let mut boolean = |key: &str| table.get(key).and_then(|node| node.boolean(problems));
        let (keep_alive, path_as_is, expect_continue) = (
            boolean("keep_alive"),
            boolean("path_as_is"),
            boolean("expect_continue"),
        );
        let connection = Box::new(Self {
            proxy: table.get("proxy").and_then(|node| proxy(node, problems)),
            no_proxy: table.get("no_proxy").map(|node| texts(node, problems)),
            tls: table
                .get("tls")
                .and_then(|node| tls(node, problems))
                .unwrap_or_default(),
            resolve: table
                .get("resolve")
                .and_then(|node| resolve(node, problems))
                .unwrap_or_default(),
            unix_socket: text(table, "unix_socket", problems),
            ip_version: table
                .get("ip_version")
                .and_then(|node| ip_version(node, problems)),
            interface: text(table, "interface", problems),
            keep_alive,
            header_case: table
                .get("header_case")
                .and_then(|node| header_case(node, problems)),
            path_as_is,
            expect_continue,
        });
        connection
            .templates()
            .for_each(|text| foreign::check_value(text, problems));
        Some(connection)
    }

    /// These over those that they inherit: `tls` and `resolve` merge by key, anything else replaces.
    pub(super) fn over(self, inherited: &Self) -> Self {
        let mut resolve = inherited.resolve.clone();
        resolve.extend(self.resolve);
        Self {
            proxy: self.proxy.or_else(|| inherited.proxy.clone()),
            no_proxy: self.no_proxy.or_else(|| inherited.no_proxy.clone()),
            tls: self.tls.over(&inherited.tls),
            resolve,
            unix_socket: self.unix_socket.or_else(|| inherited.unix_socket.clone()),
            ip_version: self.ip_version.or(inherited.ip_version),
            interface: self.interface.or_else(|| inherited.interface.clone()),
            keep_alive: self.keep_alive.or(inherited.keep_alive),
            header_case: self.header_case.or(inherited.header_case),
            path_as_is: self.path_as_is.or(inherited.path_as_is),
            expect_continue: self.expect_continue.or(inherited.expect_continue),
        }
    }

    /// Its templates.
    pub fn templates(&self) -> impl Iterator<Item = &Spanned<Template>> {
        let proxy = match &self.proxy {
            Some(Switch::On(proxy)) => vec![
                Some(&proxy.url),
                proxy.user.as_ref(),
                proxy.password.as_ref(),
            ],
            _ => Vec::new(),
        };
        let Tls {
            ca,
            cert,
            key,
            key_password,
            server_name,
            ..
        } = &self.tls;
        let own = [
            ca,
            cert,
            key,
            key_password,
            server_name,
            &self.unix_socket,
            &self.interface,
        ]
        .map(Option::as_ref);
        let resolve = self.resolve.values().map(|(_, to)| to);
        proxy
            .into_iter()
            .chain(own)
            .flatten()
            .chain(self.no_proxy.iter().flatten())
            .chain(resolve)
    }
}

impl Tls {
    fn over(self, inherited: &Self) -> Self {
        let or = |own: Option<Spanned<Template>>, other: &Option<Spanned<Template>>| {
            own.or_else(|| other.clone())
        };
        // A certificate comes with its key: those of two levels would not fit.
        let identity = if self.cert.is_some() {
            &Self::default()
        } else {
            inherited
        };
        Self {
            ca: or(self.ca, &inherited.ca),
            key: or(self.key, &identity.key),
            key_password: or(self.key_password, &identity.key_password),
            cert: or(self.cert, &inherited.cert),
            insecure: self.insecure.or(inherited.insecure),
            min: self.min.or_else(|| inherited.min.clone()),
            max: self.max.or_else(|| inherited.max.clone()),
            server_name: or(self.server_name, &inherited.server_name),
        }
    }
}

fn text(table: &Table, key: &str, problems: &mut Problems) -> Option<Spanned<Template>> {
    let node = table.get(key)?;
    Some(Spanned::new(&node.span, node.template(problems)?))
}

fn texts(node: &Node, problems: &mut Problems) -> Vec<Spanned<Template>> {
    let read = |node: &Node| Some(Spanned::new(&node.span, node.template(problems)?));
    node.one_or_many().iter().filter_map(read).collect()
}

/// `false`, a URL, or a table.
fn proxy(node: &Node, problems: &mut Problems) -> Option<Switch<Proxy>> {
    match &node.data {
        Data::Bool(false) => Some(Switch::Off),
        Data::String(_) => {
            let url = Spanned::new(&node.span, node.template(problems)?);
            Some(Switch::On(Proxy {
                url,
                user: None,
                password: None,
            }))
        }
        Data::Table(table) => {
            check_keys(table, &[PROXY], "`proxy`", problems);
            let (user, password) = (
                text(table, "user", problems),
                text(table, "password", problems),
            );
            let Some(url) = text(table, "url", problems) else {
                return problems.refuse(
                    Diagnostic::error(&node.span, "`proxy` has no `url`")
                        .hint("write `{ url = \"http://…\" }`"),
                );
            };
            Some(Switch::On(Proxy {
                url,
                user,
                password,
            }))
        }
        _ => problems.refuse(wrong_type(
            node,
            "`false`, a URL, or a table `{ url, user, password }`",
        )),
    }
}

fn tls(node: &Node, problems: &mut Problems) -> Option<Tls> {
    let table = node.table("a table such as `{ ca = \"ca.pem\" }`", problems)?;
    check_keys(table, &[TLS], "`tls`", problems);
    Some(Tls {
        ca: text(table, "ca", problems),
        cert: text(table, "cert", problems),
        key: text(table, "key", problems),
        key_password: text(table, "key_password", problems),
        insecure: table
            .get("insecure")
            .and_then(|node| node.boolean(problems)),
        min: table
            .get("min")
            .and_then(|node| tls_version(node, problems)),
        max: table
            .get("max")
            .and_then(|node| tls_version(node, problems)),
        server_name: text(table, "server_name", problems),
    })
}

fn tls_version(node: &Node, problems: &mut Problems) -> Option<Spanned<TlsVersion>> {
    const HINT: &str = "write `\"1.2\"` or `\"1.3\"`";
    match node.as_str() {
        Some("1.2") => Some(Spanned::new(&node.span, TlsVersion::Tls12)),
        Some("1.3") => Some(Spanned::new(&node.span, TlsVersion::Tls13)),
        Some("1.0" | "1.1") => {
            let why = "TLS 1.0 and 1.1 are broken (RFC 8996) and not supported";
            problems.refuse(Diagnostic::error(&node.span, why).hint(HINT))
        }
        Some(other) => problems.refuse(
            Diagnostic::error(&node.span, format!("`{other}` is not a version of TLS")).hint(HINT),
        ),
        _ => problems.refuse(wrong_type(node, "`\"1.2\"` or `\"1.3\"`")),
    }
}

fn resolve(
    node: &Node,
    problems: &mut Problems,
) -> Option<IndexMap<String, (Span, Spanned<Template>)>> {
    let table = node.table("a table of hosts and addresses", problems)?;
    let entries = table.iter().filter_map(|(host, entry)| {
        let to = Spanned::new(&entry.value.span, entry.value.template(problems)?);
        Some((host.to_owned(), (entry.key.clone(), to)))
    });
    Some(entries.collect())
}

fn ip_version(node: &Node, problems: &mut Problems) -> Option<IpVersion> {
    match &node.data {
        Data::Number(number) if number.as_i64() == Some(4) => Some(IpVersion::V4),
        Data::Number(number) if number.as_i64() == Some(6) => Some(IpVersion::V6),
        _ => problems.refuse(wrong_type(node, "`4` or `6`")),
    }
}

fn header_case(node: &Node, problems: &mut Problems) -> Option<HeaderCase> {
    const NAMES: [(&str, HeaderCase); 3] = [
        ("lower", HeaderCase::Lower),
        ("title", HeaderCase::Title),
        ("written", HeaderCase::Written),
    ];
    let name = node.string(problems)?;
    if let Some((_, case)) = NAMES.iter().find(|(known, _)| *known == name) {
        return Some(*case);
    }
    let hint = names_hint(name, NAMES.iter().map(|(name, _)| *name));
    problems.refuse(
        Diagnostic::error(&node.span, format!("there is no header case `{name}`")).hint(hint),
    )
}
