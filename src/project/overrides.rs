//! The wire's options: what wins over every request's own.

use std::time::Duration;

use super::error::Error;
use super::options::Wire;
use super::values::duration;
use crate::http::{
    self, IpVersion, Proxies, Proxy, Resolve, Tls, TlsFault, TlsVersion, exceptions,
};
use crate::plan::Overrides;
use crate::secret::Redactor;

/// What the options mean.
pub(super) fn overrides(wire: &Wire, redactor: &Redactor) -> Result<Overrides, Error> {
    let mut headers = Vec::new();
    for header in &wire.headers {
        let (name, value) = header
            .split_once(':')
            .ok_or_else(|| Error::new("`--header` takes 'NAME: VALUE'"))?;
        let (name, value) = (name.trim(), value.trim());
        http::check_header(name, value).map_err(|error| refused("--header", error))?;
        headers.push((name.to_owned(), value.to_owned()));
    }
    let no_proxy = wire.no_proxy.as_deref().map(exceptions);
    let proxy = wire
        .proxy
        .as_deref()
        .map(Proxy::parse)
        .transpose()
        .map_err(|error| refused("--proxy", error))?;
    hide(proxy.as_ref(), redactor);
    let resolve: Result<Vec<_>, _> = wire.resolve.iter().map(|text| resolve(text)).collect();
    Ok(Overrides {
        timeout: wire
            .timeout
            .as_deref()
            .map(|text| limit("--timeout", text))
            .transpose()?,
        connect_timeout: wire
            .connect_timeout
            .as_deref()
            .map(|text| limit("--connect-timeout", text))
            .transpose()?,
        follow_redirects: wire.follow_redirects,
        http: wire.http.clone(),
        max_body: wire.max_body,
        headers,
        tls: tls(wire)?,
        proxy: proxy.map(|proxy| Proxies::all(proxy, no_proxy.clone().unwrap_or_default())),
        no_proxy,
        resolve: resolve?,
        unix_socket: wire.unix_socket.clone(),
        ip_version: match (wire.ipv4, wire.ipv6) {
            (true, _) => Some(IpVersion::V4),
            (_, true) => Some(IpVersion::V6),
            _ => None,
        },
        interface: wire.interface.clone(),
        close: wire.no_keep_alive,
    })
}

fn tls(wire: &Wire) -> Result<Tls, Error> {
    let version = |text: &str| {
        if text == "1.2" {
            TlsVersion::Tls12
        } else {
            TlsVersion::Tls13
        }
    };
    let tls = Tls {
        ca: wire.cacert.clone(),
        cert: wire.cert.clone(),
        key: wire.key.clone(),
        insecure: wire.insecure,
        min: wire.tls_min.as_deref().map(version),
        max: wire.tls_max.as_deref().map(version),
        ..Tls::default()
    };
    // The key's password may stand in a collection, so that the certificate is looked at only when it is used.
    let known = Tls {
        cert: None,
        key: None,
        ..tls.clone()
    };
    if let Some(TlsFault { error, .. }) = known.faults().into_iter().next() {
        return Err(Error::new(error.message).maybe_hint(error.hint));
    }
    Ok(tls)
}

/// The most that something may take, in which it can be done at all.
fn limit(option: &str, text: &str) -> Result<Duration, Error> {
    let limit = duration(option, text)?;
    if limit.is_zero() {
        return Err(Error::new(format!(
            "`{option} {text}`: a time limit of zero is not possible"
        ))
        .hint("leave it out for the default"));
    }
    Ok(limit)
}

fn resolve(text: &str) -> Result<Resolve, Error> {
    let (from, to) = text
        .split_once('=')
        .ok_or_else(|| Error::new("`--resolve` takes HOST[:PORT]=ADDRESS[:PORT]"))?;
    Resolve::parse(from, to).map_err(|error| refused("--resolve", error))
}

fn refused(option: &str, error: http::Error) -> Error {
    Error::new(format!("`{option}`: {}", error.message)).maybe_hint(error.hint)
}

/// A proxy's password is never shown.
pub(super) fn hide(proxy: Option<&Proxy>, redactor: &Redactor) {
    if let Some(proxy) = proxy {
        proxy.hide_login(redactor);
    }
}
