//! Through a proxy: `CONNECT` (RFC 9110 section 9.3.6) and SOCKS 5 (RFC 1928).

use std::net::SocketAddr;

use bytes::Bytes;
use http::header::{HOST, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, USER_AGENT};
use http::{Request, Response};
use http_body_util::Empty;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::io::BufReader;
use tokio_socks::tcp::Socks5Stream;
use tokio_socks::{Error as SocksError, TargetAddr};
use url::Url;

use super::super::header::{USER_AGENT as OURS, secret};
use super::super::progress::{self, Stage};
use super::super::url::host_port;
use super::super::{Error, ErrorKind, Peer, Proxy, ProxyKind, Settings, not_http, tls, wording};
use super::io::Io;
use super::stream::Stream;
use super::tcp;
use crate::output::plain;
use crate::secret::Redactor;

/// How much of the name of a scheme is told.
const MOST_QUOTED: usize = 40;

/// The longest name that fits into a request of SOCKS 5, in bytes (RFC 1928 section 5).
const LONGEST_NAME: usize = 255;

/// What messages call a proxy.
fn shown(proxy: &Proxy) -> String {
    format!("the proxy `{}`", proxy.host_port())
}

/// A connection to a proxy itself, over TLS where it wants that.
pub(super) async fn to_proxy(
    proxy: &Proxy,
    settings: &Settings,
) -> Result<(Io, Option<SocketAddr>), Error> {
    progress::note(Stage::Connecting);
    let shown = shown(proxy);
    let (stream, address) = tcp::to(&proxy.host, proxy.port, settings, &shown)
        .await
        .map_err(of_proxy(proxy))?;
    if proxy.kind != ProxyKind::Https {
        return Ok((Box::new(stream), Some(address)));
    }
    let place = tls::Place {
        shown,
        host: proxy.host.clone(),
    };
    let stream = tls::handshake_with_proxy(Box::new(stream), &proxy.host, &place, settings).await?;
    Ok((Box::new(stream), Some(address)))
}

fn of_proxy(proxy: &Proxy) -> impl FnOnce(Error) -> Error {
    let hint = format!(
        "`proxy` or the environment names it; is `{}` right, and is it running?",
        proxy.url()
    );
    move |error: Error| {
        let message = if error.kind == ErrorKind::Dns {
            format!("the proxy cannot be found: {}", error.message)
        } else {
            error.message
        };
        Error {
            kind: ErrorKind::Connect,
            message,
            hint: Some(hint),
        }
    }
}

/// A connection to the server of a URL through a proxy.
pub(super) async fn through(
    proxy: &Proxy,
    url: &Url,
    settings: &Settings,
    secrets: &Redactor,
) -> Result<(Io, Option<SocketAddr>), Error> {
    let (io, address) = to_proxy(proxy, settings).await?;
    progress::note(Stage::Tunnelling);
    let io = if proxy.takes_requests() {
        by_connect(io, proxy, url, secrets).await
    } else {
        by_socks(io, proxy, (url, settings), secrets).await
    };
    Ok((io?, address))
}

async fn by_connect(io: Io, proxy: &Proxy, url: &Url, secrets: &Redactor) -> Result<Io, Error> {
    let target = host_port(url);
    let io = Stream::new(io, Peer::default(), None, None);
    let heard = io.heard.clone();
    let broken = |error: &hyper::Error| {
        let at = shown(proxy);
        if let Some(told) = not_http::told_of_proxy(error, &heard.bytes(), &at, secrets) {
            return told;
        }
        let message = if error.is_parse() {
            format!("the response of {at} is not HTTP")
        } else {
            format!("{at} closed the connection without a response")
        };
        Error::new(ErrorKind::Connect, message).hint(not_http::PROXY)
    };
    let handshake = http1::handshake::<_, Empty<Bytes>>(TokioIo::new(io)).await;
    let (mut sender, connection) = handshake.map_err(|error| broken(&error))?;
    // It ends with the tunnel; what fails in it is told to whoever waits for the response.
    tokio::spawn(async move { drop(connection.with_upgrades().await) });
    let answer = sender
        .send_request(asking(proxy, &target)?)
        .await
        .map_err(|error| broken(&error))?;
    if !answer.status().is_success() {
        return Err(refusal(proxy, &target, &answer));
    }
    let upgraded = hyper::upgrade::on(answer)
        .await
        .map_err(|error| broken(&error))?;
    Ok(Box::new(TokioIo::new(upgraded)))
}

fn asking(proxy: &Proxy, target: &str) -> Result<Request<Empty<Bytes>>, Error> {
    let mut request = Request::connect(target)
        .header(HOST, target)
        .header(USER_AGENT, OURS);
    if let Some(authorization) = proxy.authorization() {
        request = request.header(PROXY_AUTHORIZATION, secret(&authorization)?);
    }
    let made = request.body(Empty::new());
    made.map_err(|error| {
        Error::new(
            ErrorKind::Request,
            format!("{} cannot be asked: {error}", shown(proxy)),
        )
    })
}

fn refusal<T>(proxy: &Proxy, target: &str, answer: &Response<T>) -> Error {
    let at = shown(proxy);
    let code = answer.status().as_u16();
    let schemes: Vec<_> = answer
        .headers()
        .get_all(PROXY_AUTHENTICATE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .collect();
    let is_basic = |line: &&str| line.to_ascii_lowercase().contains("basic");
    if let Some(scheme) = schemes.first().filter(|_| !schemes.iter().any(is_basic)) {
        let scheme: String = scheme
            .chars()
            .take_while(|character| !character.is_whitespace())
            .take(MOST_QUOTED)
            .collect();
        return Error::new(
            ErrorKind::Connect,
            format!("{at} requires `{scheme}` authentication, and only `Basic` is supported"),
        )
        .hint("use a helper such as cntlm in between, or bypass the proxy with `no_proxy`");
    }
    match code {
        // tinyproxy says 401.
        401 | 407 => login_refused(proxy),
        500 | 502..=504 => Error::new(
            ErrorKind::Connect,
            format!("{at} cannot reach `{target}` (status {code})"),
        )
        .hint("is the server running, and can the proxy see it?"),
        _ => Error::new(
            ErrorKind::Connect,
            format!("{at} refuses to connect to `{target}` (status {code})"),
        )
        .hint("its rules do not allow this host; `no_proxy` bypasses it"),
    }
}

fn login_refused(proxy: &Proxy) -> Error {
    let at = shown(proxy);
    if proxy.login.is_some() {
        return Error::new(
            ErrorKind::Connect,
            format!("{at} rejected the user and password"),
        );
    }
    let scheme = proxy.scheme();
    Error::new(
        ErrorKind::Connect,
        format!("{at} requires a user and password"),
    )
    .hint(format!(
        "`proxy = {{ url = \"{scheme}://{}\", user = …, password = … }}`",
        proxy.host_port()
    ))
}

async fn by_socks(
    io: Io,
    proxy: &Proxy,
    (url, settings): (&Url, &Settings),
    secrets: &Redactor,
) -> Result<Io, Error> {
    let io = Stream::new(io, Peer::default(), None, None);
    let heard = io.heard.clone();
    // The library asks for two bytes, which say little if they are not SOCKS.
    let io = BufReader::new(io);
    let target = target(proxy, url, settings).await?;
    let asked = match &proxy.login {
        Some((user, password)) => {
            Socks5Stream::connect_with_password_and_socket(io, target, user, password).await
        }
        None => Socks5Stream::connect_with_socket(io, target).await,
    };
    match asked {
        Ok(stream) => Ok(Box::new(stream.into_inner())),
        Err(error) => Err(of_socks(
            (&error, &heard.bytes()),
            proxy,
            &host_port(url),
            secrets,
        )),
    }
}

/// Where the proxy is to connect to: a name for it to look up, or an address that was looked up here.
async fn target(
    proxy: &Proxy,
    url: &Url,
    settings: &Settings,
) -> Result<TargetAddr<'static>, Error> {
    let (host, port) = (
        url.host_str().unwrap_or_default(),
        url.port_or_known_default().unwrap_or_default(),
    );
    let given = settings
        .resolve
        .iter()
        .any(|resolve| resolve.is_for(host, port));
    if proxy.kind == ProxyKind::Socks5h
        && !given
        && host
            .trim_matches(['[', ']'])
            .parse::<std::net::IpAddr>()
            .is_err()
    {
        if host.len() > LONGEST_NAME {
            let message = format!(
                "the name of the host has {} bytes, and {LONGEST_NAME} fit into what a SOCKS proxy is asked",
                host.len()
            );
            return Err(Error::new(ErrorKind::Dns, message));
        }
        return Ok(TargetAddr::Domain(host.to_owned().into(), port));
    }
    let found = tcp::addresses(host, port, settings).await?;
    progress::note(Stage::Tunnelling);
    // As curl does: IPv4 where there is one, since proxies often know nothing else.
    let address = found
        .iter()
        .find(|address| address.is_ipv4())
        .or(found.first());
    address
        .copied()
        .map(TargetAddr::Ip)
        .ok_or_else(|| Error::new(ErrorKind::Dns, format!("the name `{host}` has no address")))
}

fn of_socks(
    (error, heard): (&SocksError, &[u8]),
    proxy: &Proxy,
    target: &str,
    secrets: &Redactor,
) -> Error {
    let at = shown(proxy);
    let unreached = |why: &str| {
        let error = Error::new(
            ErrorKind::Connect,
            format!("{at} cannot reach `{target}`: {why}"),
        );
        error.hint("is the server running, and can the proxy see it?")
    };
    let not_socks = |why: &str| {
        let error = Error::new(ErrorKind::Connect, format!("{at} cannot be used: {why}"));
        error.hint("is it a SOCKS 5 proxy? HTTP proxies are `http://`")
    };
    match error {
        SocksError::PasswordAuthFailure(_) | SocksError::NoAcceptableAuthMethods => {
            login_refused(proxy)
        }
        SocksError::ConnectionNotAllowedByRuleset => Error::new(
            ErrorKind::Connect,
            format!("{at} refuses to connect to `{target}`"),
        )
        .hint("its rules do not allow this host; `no_proxy` bypasses it"),
        SocksError::ConnectionRefused => unreached("the connection was refused"),
        SocksError::HostUnreachable => unreached("the host cannot be reached"),
        SocksError::NetworkUnreachable => unreached("the network cannot be reached"),
        SocksError::TtlExpired => unreached("it took too long"),
        SocksError::GeneralSocksServerFailure => unreached("it gives no reason"),
        SocksError::Io(error) => {
            let message = match error.kind() {
                std::io::ErrorKind::UnexpectedEof => {
                    format!("{at} closed the connection without a response")
                }
                _ => format!("{at} broke off: {}", plain(error)),
            };
            Error::new(ErrorKind::Connect, message)
                .hint("is it a SOCKS 5 proxy? HTTP proxies are `http://`")
        }
        SocksError::InvalidResponseVersion => Error::new(
            ErrorKind::Connect,
            format!(
                "the response of {at} is not SOCKS 5: it begins with {}",
                wording::quoted_without(secrets, heard, MOST_QUOTED)
            ),
        )
        .hint("is it a SOCKS 5 proxy? HTTP proxies are `http://`"),
        SocksError::InvalidAuthValues(_) => Error::new(
            ErrorKind::Request,
            format!("the user or password for {at} is empty, or longer than 255 bytes"),
        ),
        SocksError::CommandNotSupported => unreached("it does not support connections (CONNECT)"),
        SocksError::AddressTypeNotSupported => unreached("it does not support this address type"),
        _ => not_socks("its reply is not known to SOCKS 5 (RFC 1928)"),
    }
}
