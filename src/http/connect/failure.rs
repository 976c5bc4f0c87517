//! Why no connection stands, in one sentence with what to do.

use std::io;
use std::time::Duration;

use url::Url;

use super::super::progress::Stage;
use super::super::url::host_port;
use super::super::{Error, ErrorKind};
use crate::output::plain;

/// A limit passed, while that was waited for.
pub(in crate::http) fn timed_out(limit: Duration, stage: Stage, url: &Url) -> Error {
    let at = host_port(url);
    let (during, hint) = match stage {
        Stage::Resolving => {
            let host = url.host_str().unwrap_or_default();
            (
                format!("while looking up the name `{host}`"),
                "does this machine's name server respond?",
            )
        }
        Stage::Connecting => (
            format!("while connecting to `{at}`"),
            "is the server up, and is there a firewall in between?",
        ),
        Stage::Tunnelling => (
            format!("while the proxy connected to `{at}`"),
            "can the proxy see the server?",
        ),
        Stage::Handshake => (
            format!("during the TLS handshake with `{at}`"),
            "does it speak TLS at that port?",
        ),
        Stage::Waiting => (
            format!("while waiting for the response from `{at}`"),
            "`timeout` sets the limit",
        ),
    };
    Error::new(
        ErrorKind::Timeout,
        format!("timed out after {limit:?} {during}"),
    )
    .hint(hint)
}

/// Why a name has no address.
pub(super) fn no_such_host(error: &io::Error, host: &str) -> Error {
    if error.to_string().contains("emporary failure") {
        let message = format!("the name `{host}` cannot be resolved: no name server responded");
        return Error::new(ErrorKind::Dns, message).hint("is the network up?");
    }
    Error::new(ErrorKind::Dns, format!("no such host: `{host}`"))
        .hint("is the name spelt right, and deployed already?")
}

/// What the operating system says of a connection to `at`.
pub(in crate::http) fn of_io(error: &io::Error, at: &str, when: &str) -> Error {
    let connect = |message: String| Error::new(ErrorKind::Connect, message);
    match error.kind() {
        io::ErrorKind::ConnectionRefused => {
            connect(format!("{at} refused the connection")).hint("is the server running?")
        }
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe => connect(format!("{at} reset the connection {when}"))
            .hint("did the server crash, or did a firewall interfere?"),
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => {
            connect(format!("{at} cannot be reached"))
                .hint("is the network up, or is a VPN needed?")
        }
        io::ErrorKind::TimedOut => Error::new(
            ErrorKind::Timeout,
            format!("the connection to {at} timed out {when}"),
        )
        .hint("is the server up, and is there a firewall in between?"),
        _ => connect(format!(
            "the connection to {at} failed {when}: {}",
            plain(error)
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_network_says_is_told() {
        let told = |kind: io::ErrorKind| of_io(&kind.into(), "`h:80`", "before it responded");
        assert_eq!(
            told(io::ErrorKind::NetworkUnreachable).message,
            "`h:80` cannot be reached"
        );
        assert_eq!(
            told(io::ErrorKind::HostUnreachable).hint.unwrap(),
            "is the network up, or is a VPN needed?"
        );
        let timed_out = told(io::ErrorKind::TimedOut);
        assert_eq!(
            (timed_out.kind, &*timed_out.message),
            (
                ErrorKind::Timeout,
                "the connection to `h:80` timed out before it responded"
            )
        );
        let silent = no_such_host(
            &io::Error::other("Temporary failure in name resolution"),
            "h",
        );
        assert_eq!(
            silent.message,
            "the name `h` cannot be resolved: no name server responded"
        );
        let url = Url::parse("http://h/").unwrap();
        let waited = timed_out_at(Stage::Resolving, &url);
        assert_eq!(waited, "timed out after 1s while looking up the name `h`");
    }

    fn timed_out_at(stage: Stage, url: &Url) -> String {
        timed_out(Duration::from_secs(1), stage, url).message
    }
}
