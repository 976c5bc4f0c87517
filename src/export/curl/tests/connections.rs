//! Every way to connect: what arrives from the real curl is what arrives from this program.

use std::fmt::Debug;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use super::*;
use crate::http::auth::{Credentials, Digest};
use crate::http::{ConnectionPool, IpVersion, Proxies, Proxy, Resolve};

pub(super) const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

pub(super) fn send(request: &Request, options: &Options) -> crate::http::Exchange {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(ConnectionPool::new().send(request.clone(), options, None))
}

/// So short that it is found in no text.
const PROXY_PASSWORD: &str = "l o";

/// Runs a command in a shell.
pub(super) fn run(command: &str) {
    let output = Command::new("sh")
        .args(["-c", command])
        .env_remove("http_proxy")
        .env_remove("HTTP_PROXY")
        .env_remove("all_proxy")
        .env_remove("ALL_PROXY")
        .env("PROXY_PASSWORD", PROXY_PASSWORD)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{command}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// What both have in common: curl's own headers are left out.
fn common(mut received: Received) -> Received {
    received
        .headers
        .retain(|(name, _)| name != "accept-encoding");
    received
}

/// What arrives at an address from this program, which is the same as what arrives from curl; with the command.
fn arrives(make: impl Fn(SocketAddr) -> (Request, Settings)) -> Option<(Received, String)> {
    arrives_as(|listener| common(receive(&listener)), make)
}

/// The same, as `receive` sees it.
pub(super) fn arrives_as<T: PartialEq + Debug + Send + 'static>(
    receive: impl Fn(TcpListener) -> T + Copy + Send + 'static,
    make: impl Fn(SocketAddr) -> (Request, Settings),
) -> Option<(T, String)> {
    shells().first()?;
    let listener = TcpListener::bind((HERE, 0)).unwrap();
    let (request, settings) = make(listener.local_addr().unwrap());
    let options = Options {
        settings: settings.into(),
        ..plain()
    };
    let command = curl(&request, &options, &Redactor::default());
    let receiving = || {
        let listener = listener.try_clone().unwrap();
        std::thread::spawn(move || receive(listener))
    };
    let server = receiving();
    send(&request, &options).result.unwrap();
    let ours = server.join().unwrap();
    let server = receiving();
    run(&command);
    assert_eq!(server.join().unwrap(), ours, "{command}");
    Some((ours, command))
}

fn header<'a>(received: &'a Received, name: &str) -> Option<&'a str> {
    received
        .headers
        .iter()
        .find(|(line, _)| line == name)
        .map(|(_, value)| value.as_str())
}

#[test]
fn a_name_leads_to_another_address_and_port() {
    let resolve = |to_port: Option<u16>| Settings {
        resolve: vec![Resolve {
            host: "api.invalid".into(),
            port: None,
            address: HERE,
            to_port,
        }],
        ..Settings::default()
    };
    let same = |at: SocketAddr| {
        (
            Request::new(
                "GET",
                super::at(&format!("http://api.invalid:{}/a", at.port())),
            ),
            resolve(None),
        )
    };
    let Some((received, command)) = arrives(same) else {
        return;
    };
    assert!(
        command.contains("--resolve 'api.invalid:")
            && header(&received, "host")
                .unwrap()
                .starts_with("api.invalid:"),
        "{command}"
    );
    let other = |at: SocketAddr| {
        (
            Request::new("GET", super::at("http://api.invalid/a")),
            resolve(Some(at.port())),
        )
    };
    let (received, command) = arrives(other).unwrap();
    assert!(
        command.contains("--connect-to 'api.invalid:80:127.0.0.1:")
            && header(&received, "host") == Some("api.invalid"),
        "{command}"
    );
}

#[test]
fn a_path_stays_as_it_is_written() {
    let as_written = |at: SocketAddr| {
        let mut request = Request::new("GET", super::at(&format!("http://{at}/")));
        request.raw_target = Some("/a/../b//./c?x={y}".to_owned());
        (request, Settings::default())
    };
    let Some((received, command)) = arrives(as_written) else {
        return;
    };
    assert!(
        received.line == "GET /a/../b//./c?x={y} HTTP/1.1" && command.contains("--path-as-is"),
        "{command}"
    );
}

#[test]
fn where_it_leaves_from_and_by_which_version() {
    let settings = [
        (
            "--interface '127.0.0.1'",
            Settings {
                interface: Some("127.0.0.1".into()),
                ..Settings::default()
            },
        ),
        (
            "--ipv4",
            Settings {
                ip_version: Some(IpVersion::V4),
                ..Settings::default()
            },
        ),
        (
            "--http1.1",
            Settings {
                http: Some(HttpVersion::Http11),
                ..Settings::default()
            },
        ),
        (
            "--http1.0",
            Settings {
                http: Some(HttpVersion::Http10),
                ..Settings::default()
            },
        ),
        (
            "--header 'connection: close'",
            Settings {
                close: true,
                ..Settings::default()
            },
        ),
    ];
    for (option, settings) in settings {
        let made = arrives(|at| {
            (
                Request::new("PUT", super::at(&format!("http://{at}/x"))).body("a body"),
                settings.clone(),
            )
        });
        let Some((received, command)) = made else {
            return;
        };
        assert!(
            command.contains(option) && received.body == b"a body",
            "{command}"
        );
        assert_eq!(
            received.line.ends_with("HTTP/1.0"),
            option == "--http1.0",
            "{}",
            received.line
        );
    }
}

#[test]
fn a_proxy_is_handed_the_same() {
    let through = |at: SocketAddr| {
        let proxy = Proxy::parse(&format!("http://ada:l%20o@{at}")).unwrap();
        let settings = Settings {
            proxies: Proxies::all(proxy, Vec::new()),
            ..Settings::default()
        };
        (
            Request::new("GET", super::at("http://far.invalid/a?b")),
            settings,
        )
    };
    let Some((received, command)) = arrives(through) else {
        return;
    };
    assert_eq!(
        received.line, "GET http://far.invalid/a?b HTTP/1.1",
        "{command}"
    );
    assert_eq!(
        header(&received, "proxy-authorization"),
        Some("Basic YWRhOmwgbw==")
    );
    assert!(
        command.contains(r#"--proxy-user 'ada:'"$PROXY_PASSWORD""#)
            && !command.contains(PROXY_PASSWORD),
        "{command}"
    );
}

#[cfg(unix)]
#[test]
fn a_socket_of_this_machine_is_connected_to() {
    if shells().is_empty() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("it's a.sock");
    let listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
    let request = Request::new("POST", at("http://daemon/v1?x")).body("a body");
    let settings = Settings {
        unix_socket: Some(path),
        ..Settings::default()
    };
    let options = Options {
        settings: settings.into(),
        ..plain()
    };
    let server = std::thread::spawn(move || {
        let receive = || {
            common(receive_over(
                listener.accept().unwrap().0,
                "HTTP/1.1 204 No Content",
            ))
        };
        [receive(), receive()]
    });
    send(&request, &options).result.unwrap();
    run(&curl(&request, &options, &Redactor::default()));
    let [ours, curls] = server.join().unwrap();
    assert_eq!(ours, curls);
    assert_eq!(header(&ours, "host"), Some("daemon"));
}

/// What a challenge or a redirect sets goes along with what follows it, as it does from this program.
#[test]
fn cookies_that_are_set_on_the_way_go_along() {
    if shells().is_empty() {
        return;
    }
    let digest = Arc::new(Credentials::new(Digest::new("ada", "lovelace")));
    let challenge = "HTTP/1.1 401 No\r\nwww-authenticate: Digest realm=\"r\", nonce=\"n\", qop=\"auth\"\r\nset-cookie: set=1";
    let redirect = "HTTP/1.1 302 On\r\nlocation: /next\r\nset-cookie: set=1";
    for (answer, auth, follow_redirects) in [(challenge, Some(digest), 0), (redirect, None, 2)] {
        for cookies in [true, false] {
            let listener = TcpListener::bind((HERE, 0)).unwrap();
            let address = listener.local_addr().unwrap();
            let server = std::thread::spawn(move || {
                let receive = |answer: &str| receive_over(listener.accept().unwrap().0, answer);
                [(); 2].map(|()| (receive(answer), receive("HTTP/1.1 204 No Content")).1)
            });
            let request = Request {
                auth: auth.clone(),
                ..Request::new("GET", at(&format!("http://{address}/a")))
            };
            let request = request.header("cookie", "own=2");
            let options = Options {
                follow_redirects,
                cookies,
                ..plain()
            };
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            let jar = crate::http::Jar::default();
            let exchange = runtime.block_on(ConnectionPool::new().send(
                request.clone(),
                &options,
                cookies.then_some(&jar),
            ));
            assert_eq!(exchange.result.unwrap().status, 204);
            let command = curl(&request, &options, &Redactor::default());
            run(&format!("PASSWORD=lovelace\nCOOKIE=2\n{command}"));
            let pairs = server.join().unwrap().map(|received| {
                let mut pairs: Vec<_> = header(&received, "cookie")
                    .unwrap()
                    .split("; ")
                    .map(str::to_owned)
                    .collect();
                pairs.sort();
                pairs
            });
            assert_eq!(
                pairs[0],
                if cookies {
                    vec!["own=2", "set=1"]
                } else {
                    vec!["own=2"]
                }
            );
            assert_eq!(pairs[0], pairs[1], "{command}");
        }
    }
}

#[test]
fn a_digest_is_made_of_the_same() {
    if shells().is_empty() {
        return;
    }
    let listener = TcpListener::bind((HERE, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let server = std::thread::spawn(move || {
        let challenge = "HTTP/1.1 401 No\r\nwww-authenticate: Digest realm=\"r\", nonce=\"n\", qop=\"auth\", algorithm=SHA-256";
        let receive = |answer: &str| receive_over(listener.accept().unwrap().0, answer);
        [(); 2].map(|()| (receive(challenge), receive("HTTP/1.1 204 No Content")).1)
    });
    let digest = Arc::new(Credentials::new(Digest::new("ada", "lovelace")));
    let request = Request::new("GET", at(&format!("http://{address}/a?b=c"))).auth(digest);
    send(&request, &plain()).result.unwrap();
    run(&format!(
        "PASSWORD=lovelace\n{}",
        curl(&request, &plain(), &Redactor::default())
    ));
    let made = server.join().unwrap().map(|received| {
        let line = header(&received, "authorization")
            .unwrap()
            .strip_prefix("Digest ")
            .unwrap()
            .to_owned();
        // What is chosen anew each time, and what is made of that.
        let is_chosen = |pair: &str| pair.starts_with("cnonce=") || pair.starts_with("response=");
        let mut pairs: Vec<String> = line
            .split(',')
            .map(|pair| pair.trim().replace('"', ""))
            .collect();
        pairs.retain(|pair| !is_chosen(pair));
        pairs.sort();
        pairs
    });
    assert_eq!(made[0], made[1]);
    assert!(made[0].contains(&"uri=/a?b=c".to_owned()), "{:?}", made[0]);
}
