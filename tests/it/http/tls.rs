//! Secure connections, and what is wrong with certificates.
use std::path::Path;
use std::process::{Command, Stdio};

use super::*;

/// For a process that trusts the tests' authority: it runs one of the tests below again, told so by this variable.
const TRUSTING: &str = "APITEST_TRUSTING";

#[expect(clippy::disallowed_methods, reason = "a test passes itself a word")]
fn is_handed_over() -> bool {
    std::env::var(TRUSTING).is_ok()
}

/// The process in which that test runs again, and trusts the certificates of that file.
fn trusting(test: &str, certificates: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", test, "--nocapture"])
        .env(TRUSTING, "1");
    command
        .env_remove("SSL_CERT_DIR")
        .env("SSL_CERT_FILE", certificates)
        .stdout(Stdio::null());
    command
}

/// Runs the test of that name in a process that trusts the certificates of that file; false in that process.
fn hand_over(test: &str, certificates: &str) -> bool {
    if is_handed_over() {
        return false;
    }
    let output = trusting(test, &crate::support::tls::file(certificates))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    // A name that no test has would pass, too.
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("1 passed"), "{said}");
    true
}

#[test]
fn a_trusted_server_answers() {
    if hand_over("http::tls::a_trusted_server_answers", "ca.pem") {
        return;
    }
    let server = Server::secure("server");
    for url in [server.url("/hello"), server.url_as("localhost", "/hello")] {
        let response = answer(&url);
        assert_eq!((response.status, response.version), (200, Version::Http11));
    }
    let plain = Server::start();
    let redirect = plain.url(&format!("/redirect-to?url={}", server.url("/hello")));
    assert_eq!(
        send_with(get(&redirect), &following(1), None)
            .result
            .unwrap()
            .status,
        200
    );
}

#[test]
fn certificates_that_are_refused() {
    if hand_over("http::tls::certificates_that_are_refused", "ca.pem") {
        return;
    }
    let told = |certificate: &str| {
        let server = Server::secure(certificate);
        let error = error(&server.url("/hello"));
        assert_eq!(error.kind, ErrorKind::Tls);
        words(&server, &error)
    };
    let begin = "TLS handshake with `127.0.0.1:PORT` failed: ";
    assert_eq!(
        told("expired"),
        format!("{begin}its certificate expired on 2021-01-02")
    );
    assert_eq!(
        told("early"),
        format!("{begin}its certificate is valid from 2119-01-02 only")
    );
    let other =
        "its certificate is valid for `other.example`, `*.other.example`, not for `127.0.0.1`";
    assert_eq!(told("other"), format!("{begin}{other}"));
    assert_eq!(
        told("self"),
        format!("{begin}its certificate is self-signed or issued by an unknown CA")
    );
}

#[test]
fn a_machine_without_certificates_says_so() {
    if hand_over(
        "http::tls::a_machine_without_certificates_says_so",
        "README.md",
    ) {
        return;
    }
    let server = Server::secure("server");
    let error = error(&server.url("/hello"));
    let message =
        "TLS handshake with `127.0.0.1:PORT` failed: this machine has no root certificates";
    assert_eq!(
        (words(&server, &error).as_str(), error.hint.is_some()),
        (message, true)
    );
}

fn insecure() -> Tls {
    Tls {
        insecure: true,
        ..Tls::default()
    }
}

#[test]
fn insecure_takes_any_certificate() {
    let settings = Settings {
        tls: insecure(),
        ..Settings::default()
    };
    let insecure = Options {
        settings: settings.into(),
        ..options()
    };
    for certificate in ["expired", "other", "self"] {
        let server = Server::secure(certificate);
        assert_eq!(
            send_with(get(&server.url("/hello")), &insecure, None)
                .result
                .unwrap()
                .status,
            200,
            "{certificate}"
        );
    }
}

#[test]
fn one_side_speaks_tls_and_the_other_does_not() {
    let plain = Server::start();
    let error = error(&plain.url("/hello").replace("http:", "https:"));
    assert_eq!(
        words(&plain, &error),
        "TLS handshake with `127.0.0.1:PORT` failed: its response is not TLS"
    );
    let secure = Server::secure("server");
    let error = super::error(&secure.url("/hello").replace("https:", "http:"));
    assert_eq!(
        words(&secure, &error),
        "`127.0.0.1:PORT` responds with a TLS alert: it begins with `\\x15\\x03\\x03\\x00\\x02\\x022`"
    );
    assert_eq!(
        error.hint.as_deref(),
        Some("if it speaks TLS, use `https://`")
    );
}

#[test]
fn a_version_that_the_server_does_not_speak() {
    let settings = Settings {
        tls: insecure(),
        http: Some(HttpVersion::Http2),
        ..Settings::default()
    }
    .into();
    let server = Server::secure("server");
    let error = send_with(
        get(&server.url("/hello")),
        &Options {
            settings,
            ..options()
        },
        None,
    )
    .result
    .unwrap_err();
    assert_eq!(
        words(&server, &error),
        "TLS handshake with `127.0.0.1:PORT` failed: it does not speak HTTP/2"
    );
}

/// Reading certificates is most of the start of a run that needs them, and no part of one that does not. They stand in a pipe
/// that nobody writes to: whoever opens it waits for ever.
#[test]
#[cfg(unix)]
fn plain_http_reads_no_certificates() {
    let server = Server::start();
    if is_handed_over() {
        assert_eq!(answer(&server.url("/hello")).status, 200);
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("certificates");
    assert!(
        Command::new("mkfifo")
            .arg(&pipe)
            .status()
            .unwrap()
            .success()
    );
    let mut child = trusting("http::tls::plain_http_reads_no_certificates", &pipe)
        .spawn()
        .unwrap();
    let ended = (0..200).find_map(|_| {
        std::thread::sleep(Duration::from_millis(50));
        child.try_wait().unwrap()
    });
    if ended.is_none() {
        child.kill().unwrap();
    }
    assert!(ended.is_some_and(|status| status.success()), "{ended:?}");
}

fn with(tls: Tls) -> Options {
    Options {
        settings: Settings {
            tls,
            ..Settings::default()
        }
        .into(),
        ..options()
    }
}

fn trusted(file: &str) -> Tls {
    Tls {
        ca: Some(crate::support::tls::file(file)),
        ..Tls::default()
    }
}

#[test]
fn a_file_of_authorities_is_trusted_and_the_certificate_seen() {
    let server = Server::secure("server");
    let exchange = send_with(get(&server.url("/hello")), &with(trusted("ca.pem")), None);
    assert_eq!(exchange.result.unwrap().status, 200);
    assert!(
        exchange.timing.tls.is_some()
            && exchange.timing.connect.is_some()
            && exchange.timing.dns.is_none()
    );
    let peer = exchange.peer.unwrap();
    assert_eq!(peer.address.unwrap(), server.address());
    let certificate = peer.certificate().unwrap();
    assert!(
        certificate.san.contains(&"127.0.0.1".to_owned()),
        "{certificate:?}"
    );
    assert!(certificate.not_after > certificate.not_before && certificate.fingerprint.len() == 64);
    let tls = Tls {
        min: Some(TlsVersion::Tls12),
        max: Some(TlsVersion::Tls12),
        ..trusted("ca.pem")
    };
    let exchange = send_with(get(&server.url("/hello")), &with(tls), None);
    assert_eq!(
        exchange.peer.unwrap().tls.as_ref().unwrap().version,
        TlsVersion::Tls12
    );
}

/// A server that is known itself needs no authority, but its name and days still count.
#[test]
fn a_certificate_that_is_named_is_trusted_but_not_for_everything() {
    let server = Server::secure("self");
    assert_eq!(
        send_with(get(&server.url("/hello")), &with(trusted("self.pem")), None)
            .result
            .unwrap()
            .status,
        200
    );
    let told = |certificate: &str| {
        let server = Server::secure(certificate);
        let error = send_with(
            get(&server.url("/hello")),
            &with(trusted(&format!("{certificate}.pem"))),
            None,
        )
        .result
        .unwrap_err();
        words(&server, &error)
    };
    assert!(told("expired").ends_with("its certificate expired on 2021-01-02"));
    assert!(told("early").ends_with("its certificate is valid from 2119-01-02 only"));
    assert!(told("other").ends_with(
        "its certificate is valid for `other.example`, `*.other.example`, not for `127.0.0.1`"
    ));
}

#[test]
fn another_name_may_be_asked_for() {
    let server = Server::secure("other");
    let tls = Tls {
        server_name: Some("other.example".to_owned()),
        ..trusted("ca.pem")
    };
    assert_eq!(
        send_with(get(&server.url("/hello")), &with(tls), None)
            .result
            .unwrap()
            .status,
        200
    );
    let tls = Tls {
        server_name: Some("third.example".to_owned()),
        ..trusted("ca.pem")
    };
    let error = send_with(get(&server.url("/hello")), &with(tls), None)
        .result
        .unwrap_err();
    assert!(
        error
            .message
            .contains("its certificate is valid for `other.example`"),
        "{}",
        error.message
    );
}

#[test]
fn what_cannot_be_used_says_why() {
    let told = |tls: Tls| tls.faults().remove(0).error.message;
    let message = told(trusted("nothing.pem"));
    assert!(
        message.ends_with("nothing.pem` cannot be used: there is no such file"),
        "{message}"
    );
    assert!(told(trusted("server.key")).ends_with("cannot be used: it holds no certificate"));
    let pair = |cert: &str, key: &str| Tls {
        cert: Some(crate::support::tls::file(cert)),
        key: Some(crate::support::tls::file(key)),
        ..Tls::default()
    };
    assert!(pair("server.pem", "server.key").faults().is_empty());
    for cert in [
        "v1.pem",
        "unknown.pem",
        "expired.pem",
        "early.pem",
        "self.pem",
    ] {
        assert!(pair(cert, "server.key").faults().is_empty(), "{cert}");
    }
    assert!(told(pair("ca.pem", "server.key")).ends_with("the key is not that of the certificate"));
    assert!(told(pair("server.pem", "README.md")).ends_with("it holds no private key"));
    let message = told(Tls {
        cert: Some(crate::support::tls::file("README.md")),
        ..Tls::default()
    });
    assert!(
        message.contains("it is neither PEM nor PKCS#12"),
        "{message}"
    );
    let none = Tls {
        min: Some(TlsVersion::Tls13),
        max: Some(TlsVersion::Tls12),
        ..Tls::default()
    };
    assert_eq!(
        told(none),
        "the oldest version of TLS, 1.3, is newer than the newest, 1.2"
    );
}

/// The server decides about a client's certificate: what a library for servers' certificates would refuse is sent.
#[test]
fn any_certificate_of_the_client_is_sent() {
    use rustls::pki_types::pem::PemObject as _;
    let (config, seen) = crate::support::tls::asking("server");
    let server = Server::secure_with(config, answers::answer);
    for cert in [
        "server.pem",
        "v1.pem",
        "unknown.pem",
        "expired.pem",
        "early.pem",
        "self.pem",
    ] {
        let file = crate::support::tls::file(cert);
        let tls = Tls {
            cert: Some(file.clone()),
            key: Some(crate::support::tls::file("server.key")),
            ..insecure()
        };
        assert_eq!(
            send_with(get(&server.url("/hello")), &with(tls), None)
                .result
                .expect(cert)
                .status,
            200,
            "{cert}"
        );
        let sent = rustls::pki_types::CertificateDer::from_pem_file(file).unwrap();
        assert_eq!(seen.seen().pop().as_deref(), Some(&*sent), "{cert}");
    }
}
