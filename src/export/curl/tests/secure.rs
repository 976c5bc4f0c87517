//! TLS and HTTP/2: by which name and over which version of HTTP the real curl asks is how this program asks.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use http_body_util::{BodyExt, Empty};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::oneshot;
use tokio_rustls::TlsAcceptor;

use super::connections::{HERE, arrives_as};
use super::*;
use crate::http::Resolve;

/// What came over HTTP/1.1 or HTTP/2.
#[derive(Debug, PartialEq)]
struct Asked {
    /// The name that TLS was asked for.
    name: Option<String>,
    version: String,
    /// Method and target; over HTTP/2 its scheme and authority stand in it.
    line: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

fn own(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data/tls")
        .join(name)
}

/// A server's side of TLS that speaks both versions of HTTP.
fn acceptor() -> TlsAcceptor {
    let chain = CertificateDer::pem_file_iter(own("server.pem"))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    let key = PrivateKeyDer::from_pem_file(own("server.key")).unwrap();
    let builder = rustls::ServerConfig::builder_with_provider(Arc::new(
        rustls::crypto::ring::default_provider(),
    ));
    let builder = builder
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth();
    let mut config = builder.with_single_cert(chain, key).unwrap();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    TlsAcceptor::from(Arc::new(config))
}

/// The next request to a listener, which is answered by 204.
fn asked(listener: TcpListener, secure: bool) -> Asked {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        listener.set_nonblocking(true).unwrap();
        let (stream, _) = tokio::net::TcpListener::from_std(listener)
            .unwrap()
            .accept()
            .await
            .unwrap();
        if !secure {
            return answered(stream, true).await;
        }
        let stream = acceptor().accept(stream).await.unwrap();
        let session = stream.get_ref().1;
        let (name, http2) = (
            session.server_name().map(str::to_owned),
            session.alpn_protocol() == Some(b"h2"),
        );
        Asked {
            name,
            ..answered(stream, http2).await
        }
    })
}

async fn answered(
    stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    http2: bool,
) -> Asked {
    let (tell, told) = oneshot::channel();
    let tell = Arc::new(Mutex::new(Some(tell)));
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let tell = Arc::clone(&tell);
        async move {
            let asked = read(request).await;
            let _ = tell.lock().unwrap().take().unwrap().send(asked);
            let answer = hyper::Response::builder()
                .status(204)
                .body(Empty::<Bytes>::new());
            Ok::<_, std::convert::Infallible>(answer.unwrap())
        }
    });
    let io = TokioIo::new(stream);
    let serve = async move {
        if http2 {
            drop(
                hyper::server::conn::http2::Builder::new(TokioExecutor::new())
                    .serve_connection(io, service)
                    .await,
            );
        } else {
            drop(
                hyper::server::conn::http1::Builder::new()
                    .keep_alive(false)
                    .serve_connection(io, service)
                    .await,
            );
        }
    };
    let serving = tokio::spawn(serve);
    let asked = told.await.unwrap();
    // The client closes once it has its response.
    let _ = tokio::time::timeout(Duration::from_secs(5), serving).await;
    asked
}

async fn read(request: hyper::Request<Incoming>) -> Asked {
    let (head, body) = request.into_parts();
    let headers = head.headers.iter().map(|(name, value)| {
        (
            name.to_string(),
            String::from_utf8_lossy(value.as_bytes()).into_owned(),
        )
    });
    let mut headers: Vec<_> = headers.collect();
    headers.sort();
    let body = body.collect().await.unwrap().to_bytes().to_vec();
    Asked {
        name: None,
        version: format!("{:?}", head.version),
        line: format!("{} {}", head.method, head.uri),
        headers,
        body,
    }
}

/// What arrives from this program, which is the same as what arrives from curl; with the command.
fn arrives(
    secure: bool,
    make: impl Fn(SocketAddr) -> (Request, Settings),
) -> Option<(Asked, String)> {
    arrives_as(
        move |listener| asked(listener, secure),
        |at| {
            let (request, mut settings) = make(at);
            settings.tls.ca = Some(own("ca.pem"));
            (request, settings)
        },
    )
}

/// A request with a header and a body.
fn posted(url: &str) -> Request {
    Request::new("POST", at(url))
        .header("content-type", "a/b")
        .header("X-Name", "ü")
        .body("a body")
}

#[test]
fn the_version_is_agreed_on_or_known_beforehand() {
    let version = |http: Option<HttpVersion>| {
        move |scheme: &str, at: SocketAddr| {
            (
                posted(&format!("{scheme}://localhost:{}/a?b=c", at.port())),
                Settings {
                    http,
                    ..Settings::default()
                },
            )
        }
    };
    let cases = [
        ("https", None, "HTTP/2.0"),
        ("https", Some(HttpVersion::Http2), "HTTP/2.0"),
        ("https", Some(HttpVersion::Http11), "HTTP/1.1"),
        ("http", Some(HttpVersion::Http2), "HTTP/2.0"),
    ];
    for (scheme, http, expected) in cases {
        let Some((asked, command)) = arrives(scheme == "https", |at| version(http)(scheme, at))
        else {
            return;
        };
        assert_eq!(
            (asked.version.as_str(), asked.body.as_slice()),
            (expected, &b"a body"[..]),
            "{command}"
        );
        assert_eq!(
            asked.name.as_deref(),
            (scheme == "https").then_some("localhost")
        );
        assert_eq!(
            asked
                .line
                .starts_with(&format!("POST {scheme}://localhost:")),
            expected == "HTTP/2.0",
            "{}",
            asked.line
        );
    }
}

#[test]
fn what_is_of_the_older_version_stays_there() {
    let handshake = |at: SocketAddr| {
        let request = Request::new(
            "GET",
            super::at(&format!("https://localhost:{}/ws", at.port())),
        );
        let request = request
            .header("connection", "Upgrade")
            .header("upgrade", "websocket");
        (
            request,
            Settings {
                http: Some(HttpVersion::Http11),
                ..Settings::default()
            },
        )
    };
    let Some((asked, _)) = arrives(true, handshake) else {
        return;
    };
    let (request, _) = handshake(SocketAddr::new(HERE, 1));
    let command = curl(&request, &plain(), &Redactor::default());
    assert!(
        asked.version == "HTTP/1.1" && command.contains("--http1.1"),
        "{command}"
    );

    let options = Options {
        expect_continue: true,
        ..plain()
    };
    let settings = Settings {
        http: Some(HttpVersion::Http2),
        ..Settings::default()
    };
    let asks = |settings: Settings| {
        curl(
            &posted("http://h/"),
            &Options {
                settings: settings.into(),
                ..options.clone()
            },
            &Redactor::default(),
        )
    };
    assert!(
        asks(Settings::default()).contains("100-continue")
            && !asks(settings).contains("100-continue")
    );
}

#[test]
fn a_host_that_is_written_is_the_authority() {
    let written = |at: SocketAddr| {
        let request =
            posted(&format!("https://localhost:{}/", at.port())).header("host", "api.example:81");
        (
            request,
            Settings {
                close: true,
                ..Settings::default()
            },
        )
    };
    let Some((asked, _)) = arrives(true, written) else {
        return;
    };
    assert_eq!(
        (asked.line.as_str(), asked.version.as_str()),
        ("POST https://api.example:81/", "HTTP/2.0")
    );
}

#[test]
fn tls_asks_for_another_name_wherever_the_connection_leads() {
    let named = |http| Settings {
        http,
        tls: Tls {
            server_name: Some("localhost".into()),
            ..Tls::default()
        },
        ..Settings::default()
    };
    let resolve = |to_port| {
        vec![Resolve {
            host: "api.invalid".into(),
            port: None,
            address: HERE,
            to_port,
        }]
    };
    for http in [None, Some(HttpVersion::Http11)] {
        let by_url = |at: SocketAddr| {
            (
                posted(&format!("https://127.0.0.1:{}/x", at.port())),
                named(http),
            )
        };
        let Some((asked, _)) = arrives(true, by_url) else {
            return;
        };
        assert_eq!(asked.name.as_deref(), Some("localhost"));

        let by_name = |at: SocketAddr| {
            let url = format!("https://api.invalid:{}/x", at.port());
            (
                posted(&url),
                Settings {
                    resolve: resolve(None),
                    ..named(http)
                },
            )
        };
        let (asked, command) = arrives(true, by_name).unwrap();
        assert_eq!(asked.name.as_deref(), Some("localhost"), "{command}");

        let to_a_port = |at: SocketAddr| {
            (
                posted("https://api.invalid/x"),
                Settings {
                    resolve: resolve(Some(at.port())),
                    ..named(http)
                },
            )
        };
        let (asked, command) = arrives(true, to_a_port).unwrap();
        assert_eq!(asked.name.as_deref(), Some("localhost"), "{command}");
        let host = asked
            .headers
            .iter()
            .find(|(name, _)| name == "host")
            .map(|(_, value)| value.as_str());
        assert!(
            host == Some("api.invalid") || asked.line == "POST https://api.invalid/x",
            "{asked:?}"
        );
    }
}
