//! The values of connection options: their types, and how they are decoded.

use std::time::Duration;

use indexmap::IndexMap;

use super::layer::Layer;
use super::options::{Fill, TLS, Tls, Unusable};
use crate::http::{self, Coding, HeaderCase, HttpVersion, IpVersion, Proxies, Resolve, TlsVersion};
use crate::source::{Diagnostic, Span};
use crate::syntax::keys::PROXY;
use crate::syntax::{Data, Node, Problems, Spanned, Switch, check_keys, names_hint, wrong_type};
use crate::template::Template;

/// Through which proxy a request goes.
#[derive(Debug, Clone)]
pub enum Proxy {
    /// `proxy = false`: none.
    Off,
    /// As written.
    Through {
        /// Its URL.
        url: Spanned<Template>,
        /// The user.
        user: Option<Spanned<Template>>,
        /// The password.
        password: Option<Spanned<Template>>,
    },
    /// Those of the environment, with the hosts that it excepts.
    Environment(Proxies),
}

impl Proxy {
    /// The proxies, with texts as they are filled.
    pub(super) fn fill(&self, text: Fill<'_>) -> Result<Proxies, Unusable> {
        let (url, user, password) = match self {
            Self::Off => return Ok(Proxies::default()),
            Self::Environment(proxies) => return Ok(proxies.clone()),
            Self::Through {
                url,
                user,
                password,
            } => (url, user, password),
        };
        let mut proxy =
            http::Proxy::parse(&text(url)?).map_err(|error| unusable(error, &url.span))?;
        if let Some(user) = user {
            let password = password.as_ref().map(&mut *text).transpose()?;
            proxy.login = Some((text(user)?, password.unwrap_or_default()));
        }
        Ok(Proxies::all(proxy, Vec::new()))
    }
}

impl Layer for Proxy {
    fn templates<'a>(&'a self, found: &mut Vec<&'a Spanned<Template>>) {
        if let Self::Through {
            url,
            user,
            password,
        } = self
        {
            let all = [Some(url), user.as_ref(), password.as_ref()];
            found.extend(all.into_iter().flatten());
        }
    }
}

/// Addresses of hosts, by host or `host:port`; the command line may give several for one.
#[derive(Debug, Clone, Default)]
pub struct Addresses(pub IndexMap<String, Vec<Spanned<Template>>>);

impl Addresses {
    /// The addresses, with texts as they are filled.
    pub(super) fn fill(&self, text: Fill<'_>) -> Result<Vec<Resolve>, Unusable> {
        let mut filled = Vec::new();
        for (from, addresses) in &self.0 {
            for to in addresses {
                let found = Resolve::parse(from, &text(to)?);
                filled.push(found.map_err(|error| unusable(error, &to.span))?);
            }
        }
        Ok(filled)
    }
}

/// They merge by host. The first one that is about a host counts, so the nearer ones come first.
impl Layer for Addresses {
    fn lay(&mut self, nearer: Self) {
        let inherited = std::mem::replace(self, nearer);
        for (host, addresses) in inherited.0 {
            self.0.entry(host).or_insert(addresses);
        }
    }

    fn templates<'a>(&'a self, found: &mut Vec<&'a Spanned<Template>>) {
        found.extend(self.0.values().flatten());
    }
}

fn unusable(error: http::Error, span: &Span) -> Unusable {
    (error.message, error.hint, span.clone())
}

/// The most that something may take, in which it can be done at all.
pub(super) fn limit(node: &Node, problems: &mut Problems) -> Option<Duration> {
    let limit = node.duration(problems)?;
    if limit.is_zero() {
        let problem = Diagnostic::error(&node.span, "a time limit of zero is not possible");
        return problems.refuse(problem.hint("remove it for the default, or write a time limit"));
    }
    Some(limit)
}

/// The version of HTTP by its name.
pub(super) fn http(node: &Node, problems: &mut Problems) -> Option<Spanned<HttpVersion>> {
    let version = match node.as_str() {
        Some("1.0") => HttpVersion::Http10,
        Some("1.1") => HttpVersion::Http11,
        Some("2") => HttpVersion::Http2,
        _ => {
            return problems.refuse(wrong_type(node, "`\"1.0\"`, `\"1.1\"` or `\"2\"`"));
        }
    };
    Some(Spanned::new(&node.span, version))
}

pub(super) fn compress(node: &Node, problems: &mut Problems) -> Option<Switch<Coding>> {
    if let Data::Bool(false) = node.data {
        return Some(Switch::Off);
    }
    let name = node.string(problems)?;
    if let Some(coding) = Coding::named(name) {
        return Some(Switch::On(coding));
    }
    let hint = names_hint(name, Coding::ALL.iter().map(|coding| coding.name()));
    problems
        .refuse(Diagnostic::error(&node.span, format!("there is no coding `{name}`")).hint(hint))
}

/// A number of bytes: a number, or a text with a unit (`10 MB`, `512 KiB`).
pub(super) fn size(node: &Node, problems: &mut Problems) -> Option<u64> {
    let Some(text) = node.as_str() else {
        return node.count(problems);
    };
    let digits = text
        .find(|character: char| !character.is_ascii_digit())
        .unwrap_or(text.len());
    let parsed = text.split_at_checked(digits).and_then(|(number, unit)| {
        let factor: u64 = match unit.trim() {
            "" | "B" => 1,
            "kB" | "KB" => 1_000,
            "MB" => 1_000_000,
            "GB" => 1_000_000_000,
            "KiB" => 1 << 10,
            "MiB" => 1 << 20,
            "GiB" => 1 << 30,
            _ => return None,
        };
        number.parse::<u64>().ok()?.checked_mul(factor)
    });
    parsed.or_else(|| {
        problems.refuse(Diagnostic::error(
            &node.span,
            "expected a size such as `\"10 MB\"` or a number of bytes",
        ))
    })
}
pub(super) fn text(node: &Node, problems: &mut Problems) -> Option<Spanned<Template>> {
    Some(Spanned::new(&node.span, node.template(problems)?))
}

pub(super) fn texts(node: &Node, problems: &mut Problems) -> Option<Vec<Spanned<Template>>> {
    let texts = node.one_or_many().iter().map(|node| text(node, problems));
    // Each that is wrong is told.
    let texts: Vec<_> = texts.collect();
    texts.into_iter().collect()
}

/// `false`, a URL, or a table.
pub(super) fn proxy(node: &Node, problems: &mut Problems) -> Option<Proxy> {
    match &node.data {
        Data::Bool(false) => Some(Proxy::Off),
        Data::String(_) => Some(Proxy::Through {
            url: text(node, problems)?,
            user: None,
            password: None,
        }),
        Data::Table(table) => {
            check_keys(table, &[PROXY], "`proxy`", problems);
            let mut member = |key: &str| table.get(key).and_then(|node| text(node, problems));
            let (user, password) = (member("user"), member("password"));
            let Some(url) = member("url") else {
                return problems.refuse(
                    Diagnostic::error(&node.span, "`proxy` has no `url`")
                        .hint("write `{ url = \"http://…\" }`"),
                );
            };
            Some(Proxy::Through {
                url,
                user,
                password,
            })
        }
        _ => problems.refuse(wrong_type(
            node,
            "`false`, a URL, or a table `{ url, user, password }`",
        )),
    }
}

pub(super) fn tls(node: &Node, problems: &mut Problems) -> Option<Tls> {
    let table = node.table("a table such as `{ ca = \"ca.pem\" }`", problems)?;
    check_keys(table, &[TLS], "`tls`", problems);
    Some(Tls::of_table(table, problems))
}

pub(super) fn tls_version(node: &Node, problems: &mut Problems) -> Option<Spanned<TlsVersion>> {
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

pub(super) fn resolve(node: &Node, problems: &mut Problems) -> Option<Addresses> {
    let table = node.table("a table of hosts and addresses", problems)?;
    let entries = table.iter().filter_map(|(host, entry)| {
        let value = &entry.value;
        let addresses = if value.span.file.is_command_line() {
            texts(value, problems)?
        } else {
            vec![text(value, problems)?]
        };
        Some((host.to_owned(), addresses))
    });
    Some(Addresses(entries.collect()))
}

pub(super) fn ip_version(node: &Node, problems: &mut Problems) -> Option<IpVersion> {
    match &node.data {
        Data::Number(number) if number.as_i64() == Some(4) => Some(IpVersion::V4),
        Data::Number(number) if number.as_i64() == Some(6) => Some(IpVersion::V6),
        _ => problems.refuse(wrong_type(node, "`4` or `6`")),
    }
}

pub(super) fn header_case(node: &Node, problems: &mut Problems) -> Option<HeaderCase> {
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
