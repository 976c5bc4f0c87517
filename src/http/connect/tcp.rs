//! From a name to a connection over TCP, and to a unix socket.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinSet;
use url::Url;

use super::super::progress::{self, Stage};
use super::super::url::host_port;
use super::super::{Error, ErrorKind, IpVersion, Settings};
use super::failure;
use super::io::Io;
use crate::output::plain;

/// How long an address is tried alone before the next one is tried beside it (RFC 8305 section 8).
const STAGGER: Duration = Duration::from_millis(250);

/// A connection to the server of a URL.
pub(super) async fn to_server(
    url: &Url,
    settings: &Settings,
) -> Result<(Io, Option<SocketAddr>), Error> {
    let host = url.host_str().unwrap_or_default();
    let port = url.port_or_known_default().unwrap_or_default();
    let (stream, address) = to(host, port, settings, &format!("`{}`", host_port(url))).await?;
    Ok((Box::new(stream), Some(address)))
}

/// A connection to a host and port; `at` is how messages name them.
pub(super) async fn to(
    host: &str,
    port: u16,
    settings: &Settings,
    at: &str,
) -> Result<(TcpStream, SocketAddr), Error> {
    let addresses = addresses(host, port, settings).await?;
    progress::note(Stage::Connecting);
    let from = From::read(settings.interface.as_deref());
    let addresses = usable(addresses, host, settings.ip_version, &from)?;
    let connected = first(addresses, &from)
        .await
        .map_err(|error| match &settings.interface {
            Some(name) if error.kind() == io::ErrorKind::AddrNotAvailable => {
                let message = format!("cannot connect to {at} from `{name}`: {}", plain(&error));
                let hint =
                    "`interface` is the name of a network interface, or an address of this machine";
                Error::new(ErrorKind::Connect, message).hint(hint)
            }
            _ => failure::of_io(&error, at, "while connecting"),
        })?;
    // Where it fails, small packets wait a little longer.
    let _ = connected.0.set_nodelay(true);
    Ok(connected)
}

/// The addresses of a host.
pub(super) async fn addresses(
    host: &str,
    port: u16,
    settings: &Settings,
) -> Result<Vec<SocketAddr>, Error> {
    let given = settings
        .resolve
        .iter()
        .filter(|resolve| resolve.is_for(host, port));
    let given: Vec<_> = given
        .map(|resolve| SocketAddr::new(resolve.address, resolve.to_port.unwrap_or(port)))
        .collect();
    if !given.is_empty() {
        return Ok(given);
    }
    let bare = host.trim_matches(['[', ']']);
    if let Ok(address) = bare.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(address, port)]);
    }
    progress::note(Stage::Resolving);
    // Names below it are this machine too (RFC 6761 section 6.3), which not every name server knows.
    let asked = if bare.to_ascii_lowercase().ends_with(".localhost") {
        "localhost"
    } else {
        bare
    };
    let found = tokio::net::lookup_host((asked, port)).await;
    progress::note_time(|timing, elapsed| timing.dns = Some(elapsed));
    let found: Vec<_> = found
        .map_err(|error| failure::no_such_host(&error, bare))?
        .collect();
    if found.is_empty() {
        Err(Error::new(
            ErrorKind::Dns,
            format!("the name `{bare}` has no address"),
        ))
    } else {
        Ok(found)
    }
}

/// Those that may be used, the families by turns.
fn usable(
    mut addresses: Vec<SocketAddr>,
    host: &str,
    version: Option<IpVersion>,
    from: &From<'_>,
) -> Result<Vec<SocketAddr>, Error> {
    let version = version.or(match from {
        From::Address(IpAddr::V4(_)) => Some(IpVersion::V4),
        From::Address(IpAddr::V6(_)) => Some(IpVersion::V6),
        _ => None,
    });
    let Some(version) = version else {
        return Ok(by_turns(addresses));
    };
    addresses.retain(|address| address.is_ipv4() == (version == IpVersion::V4));
    if addresses.is_empty() {
        let name = if version == IpVersion::V4 {
            "IPv4"
        } else {
            "IPv6"
        };
        let message = format!("`{host}` has no {name} address, and only those are allowed");
        return Err(Error::new(ErrorKind::Dns, message)
            .hint("`ip_version` and `interface` restrict the addresses"));
    }
    Ok(addresses)
}

fn by_turns(addresses: Vec<SocketAddr>) -> Vec<SocketAddr> {
    if addresses.len() < 3 {
        return addresses;
    }
    let first = addresses.first().is_some_and(SocketAddr::is_ipv4);
    let (one, other): (Vec<_>, Vec<_>) = addresses
        .into_iter()
        .partition(|address| address.is_ipv4() == first);
    let (mut one, mut other) = (one.into_iter(), other.into_iter());
    let mut turns = Vec::new();
    loop {
        let before = turns.len();
        turns.extend(one.next());
        turns.extend(other.next());
        if turns.len() == before {
            return turns;
        }
    }
}

/// Where connections leave from.
#[derive(Debug, Clone, PartialEq, Eq)]
enum From<'a> {
    Anywhere,
    Address(IpAddr),
    Interface(&'a str),
}

impl<'a> From<'a> {
    fn read(interface: Option<&'a str>) -> Self {
        match interface {
            None => Self::Anywhere,
            Some(text) => text.parse().map_or(Self::Interface(text), Self::Address),
        }
    }
}

/// The first connection that stands: a second address is tried beside the first where that takes long.
async fn first(addresses: Vec<SocketAddr>, from: &From<'_>) -> io::Result<(TcpStream, SocketAddr)> {
    if let [address] = addresses[..] {
        return one(address, from)?.await;
    }
    let mut rest = addresses.into_iter();
    let mut attempts = JoinSet::new();
    let mut failed = io::Error::from(io::ErrorKind::AddrNotAvailable);
    loop {
        match rest.next() {
            Some(address) => match one(address, from) {
                Ok(attempt) => drop(attempts.spawn(attempt)),
                Err(error) => failed = error,
            },
            None if attempts.is_empty() => return Err(failed),
            None => {}
        }
        let patience = if rest.len() > 0 {
            STAGGER
        } else {
            Duration::MAX
        };
        match tokio::time::timeout(patience, attempts.join_next()).await {
            Ok(Some(Ok(Ok(connected)))) => return Ok(connected),
            Ok(Some(Ok(Err(error)))) => failed = error,
            // The next one is tried too; a task that was lost is passed over.
            _ => {}
        }
    }
}

/// Tries one address.
fn one(
    address: SocketAddr,
    from: &From<'_>,
) -> io::Result<impl Future<Output = io::Result<(TcpStream, SocketAddr)>> + Send + use<>> {
    let socket = if address.is_ipv4() {
        TcpSocket::new_v4()
    } else {
        TcpSocket::new_v6()
    }?;
    let bound = match from {
        From::Anywhere => Ok(()),
        From::Address(own) => socket.bind(SocketAddr::new(*own, 0)),
        From::Interface(name) => bind_to(&socket, name),
    };
    bound.map_err(|error| io::Error::new(io::ErrorKind::AddrNotAvailable, plain(&error)))?;
    Ok(async move { Ok((socket.connect(address).await?, address)) })
}

#[cfg(any(target_os = "linux", target_os = "android", target_os = "fuchsia"))]
fn bind_to(socket: &TcpSocket, interface: &str) -> io::Result<()> {
    socket.bind_device(Some(interface.as_bytes()))
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_os = "fuchsia")))]
fn bind_to(_socket: &TcpSocket, _interface: &str) -> io::Result<()> {
    Err(io::Error::new(
        io::ErrorKind::Unsupported,
        "this system binds to addresses, not to names of interfaces",
    ))
}

#[cfg(unix)]
pub(super) async fn unix(path: &Path) -> Result<Io, Error> {
    let shown = path.display();
    match tokio::net::UnixStream::connect(path).await {
        Ok(stream) => Ok(Box::new(stream)),
        Err(error) => {
            let hint = match error.kind() {
                io::ErrorKind::NotFound => "is the server running, and is that its socket?",
                io::ErrorKind::PermissionDenied => "may this user connect to it?",
                _ => "does a server listen there?",
            };
            let message = format!("cannot connect to the socket `{shown}`: {}", plain(&error));
            Err(Error::new(ErrorKind::Connect, message).hint(hint))
        }
    }
}

#[cfg(not(unix))]
pub(super) async fn unix(_path: &Path) -> Result<Io, Error> {
    Err(Error::new(
        ErrorKind::Request,
        "this system has no unix sockets",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_take_turns() {
        let read = |texts: &[&str]| {
            texts
                .iter()
                .map(|text| text.parse().unwrap())
                .collect::<Vec<SocketAddr>>()
        };
        let found = by_turns(read(&[
            "[::1]:1",
            "[::2]:1",
            "[::3]:1",
            "1.1.1.1:1",
            "2.2.2.2:1",
        ]));
        assert_eq!(
            found,
            read(&["[::1]:1", "1.1.1.1:1", "[::2]:1", "2.2.2.2:1", "[::3]:1"])
        );
    }

    #[test]
    fn only_one_family_may_be_wanted() {
        let both = || vec!["[::1]:1".parse().unwrap(), "127.0.0.1:1".parse().unwrap()];
        let v4 = usable(both(), "h", Some(IpVersion::V4), &From::Anywhere).unwrap();
        assert_eq!(v4.len(), 1);
        let own = From::read(Some("::1"));
        assert!(usable(both(), "h", None, &own).unwrap()[0].is_ipv6());
        let none = usable(
            vec!["127.0.0.1:1".parse().unwrap()],
            "h",
            Some(IpVersion::V6),
            &From::Anywhere,
        )
        .unwrap_err();
        assert_eq!(
            none.message,
            "`h` has no IPv6 address, and only those are allowed"
        );
    }
}
