//! Secure servers and proxies: `tls.toml` and `proxies.toml`, and what is said where a connection cannot be made.

use std::process::Command;

use super::{green, run};
use crate::peer;

#[test]
#[ignore = "needs tls"]
fn secure_servers_answer_as_expected() {
    let Some(old) = peer::peer("TLS_OLD_URL") else {
        return;
    };
    green("tls.toml", &[], &[], "18 passed");
    let sentences = [
        (
            "TLS_NGINX12_URL",
            &["--tls-min", "1.3"][..],
            "it does not speak TLS 1.3, and `tls.min` allows nothing older",
        ),
        (
            "TLS_NGINX13_URL",
            &["--tls-max", "1.2"],
            "it does not speak TLS 1.2, and `tls.max` allows nothing newer",
        ),
        (
            "TLS_NGINX12_URL",
            &[],
            "its certificate is self-signed or issued by an unknown CA",
        ),
        (
            "TLS_WEAK_URL",
            &["--cacert", "CA"],
            "or by a key of fewer than 2048 bits",
        ),
        (
            "TLS_OLD_URL",
            &["--cacert", "CA"],
            "it only speaks TLS versions older than 1.2",
        ),
    ];
    let ca = format!("{}/ca.pem", peer::peer("TLS_FOLDER").unwrap());
    for (name, arguments, sentence) in sentences {
        let url = peer::peer(name).unwrap();
        let arguments: Vec<_> = arguments
            .iter()
            .map(|argument| {
                if *argument == "CA" {
                    ca.as_str()
                } else {
                    argument
                }
            })
            .collect();
        let (report, code) = one(&format!("get = \"{url}/\""), &arguments);
        assert!(report.contains(sentence), "{old} {report}");
        assert_eq!(code, Some(3), "{report}");
    }
}

/// Runs a collection of one request.
fn one(request: &str, arguments: &[&str]) -> (String, Option<i32>) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("one.toml");
    std::fs::write(&file, format!("[[request]]\n{request}\n")).unwrap();
    run(file.to_str().unwrap(), arguments, &[])
}

#[test]
#[ignore = "needs proxies and tls"]
fn proxies_lead_where_they_should() {
    let (Some(squid), Some(_)) = (peer::peer("PROXIES_SQUID_URL"), peer::peer("TLS_FOLDER")) else {
        return;
    };
    green("proxies.toml", &[], &[], "10 passed");
    let proxy = |name: &str| peer::peer(name).unwrap();
    let sentences = [
        (squid, "refuses to connect to `127.0.0.1:1` (status 403)"),
        (
            proxy("PROXIES_TINYPROXY_URL"),
            "cannot reach `127.0.0.1:1` (status 500)",
        ),
        (
            proxy("PROXIES_TINYPROXY_LOGIN_URL"),
            "requires a user and password",
        ),
        (
            proxy("PROXIES_TINYPROXY_LOGIN_URL").replace("://", "://ada:wrong1234@"),
            "rejected the user and password",
        ),
        (
            proxy("PROXIES_SOCKS_LOGIN_URL"),
            "requires a user and password",
        ),
        (
            proxy("PROXIES_SOCKS_LOGIN_URL").replace("://", "://ada:wrong1234@"),
            "rejected the user and password",
        ),
        (
            proxy("PROXIES_SOCKS_URL"),
            "cannot reach `127.0.0.1:1`: the connection was refused",
        ),
        (
            proxy("PROXIES_SOCKS_URL").replace("socks5h", "http"),
            "is it an HTTP proxy?",
        ),
        (
            proxy("PROXIES_TINYPROXY_URL").replace("http", "socks5h"),
            "is it a SOCKS 5 proxy?",
        ),
    ];
    for (proxy, sentence) in sentences {
        let (report, code) = one("get = \"https://127.0.0.1:1/\"", &["--proxy", &proxy]);
        assert!(
            report.contains(sentence) && !report.contains("wrong1234"),
            "{proxy}: {report}"
        );
        assert_eq!(code, Some(3), "{report}");
    }
}

/// The `curl` lines that `show` gives do what the program does: real curl gets the same answer on the same way.
#[test]
#[ignore = "needs proxies and tls"]
fn curl_lines_lead_there_too() {
    let (Some(_), Some(_)) = (peer::peer("PROXIES_SQUID_URL"), peer::peer("TLS_FOLDER")) else {
        return;
    };
    let cases = [
        ("tls.toml::the older version", "\"tls\":\"TLSv1.2\""),
        (
            "tls.toml::the newer version, HTTP/2 and compression",
            "\"http\":\"HTTP/2.0\"",
        ),
        (
            "tls.toml::another name is asked for",
            "\"name\":\"localhost\"",
        ),
        (
            "tls.toml::a certificate and its key",
            "\"client\":\"O=Peers,CN=client\"",
        ),
        (
            "tls.toml::an encrypted key",
            "\"client\":\"O=Peers,CN=client\"",
        ),
        ("tls.toml::PKCS#12", "\"client\":\"O=Peers,CN=client\""),
        ("proxies.toml::a tunnel", "\"tls\":\"TLSv1.2\""),
        (
            "proxies.toml::a tunnel with the login",
            "\"tls\":\"TLSv1.2\"",
        ),
        ("proxies.toml::SOCKS with the login", "\"tls\":\"TLSv1.2\""),
    ];
    for (request, expected) in cases {
        let output = Command::new(env!("CARGO_BIN_EXE_apitest"))
            .args(["show", "--curl", &format!("tests/peers/{request}")])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()
            .unwrap();
        let line = String::from_utf8(output.stdout).unwrap();
        let word = line.contains("lovelace");
        let shell = format!("{} --silent --show-error --fail", line.trim_end());
        let secrets = [("KEY_PASSWORD", "lovelace"), ("PROXY_PASSWORD", "lovelace")];
        let answer = Command::new("sh")
            .args(["-c", &shell])
            .envs(secrets)
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&answer.stdout).into_owned()
            + &String::from_utf8_lossy(&answer.stderr);
        assert!(told.contains(expected) && !word, "{request}: {line}{told}");
    }
}

/// A file of the tests' own certificates.
fn own(name: &str) -> String {
    format!("{}/tests/data/tls/{name}.pem", env!("CARGO_MANIFEST_DIR"))
}

#[test]
#[ignore = "needs tls"]
fn each_broken_certificate_has_its_own_sentence() {
    let Some(folder) = peer::peer("TLS_FOLDER") else {
        return;
    };
    let peers = format!("{folder}/ca.pem");
    let nobody = "its certificate is self-signed or issued by an unknown CA";
    let cases = [
        (
            "TLS_EXPIRED_URL",
            own("ca"),
            "its certificate expired on 2021-01-02",
        ),
        (
            "TLS_EARLY_URL",
            own("ca"),
            "its certificate is valid from 2119-01-02 only",
        ),
        (
            "TLS_OTHER_URL",
            own("ca"),
            "its certificate is valid for `other.example`, `*.other.example`, not for `127.0.0.1`",
        ),
        ("TLS_SELF_URL", own("ca"), nobody),
        ("TLS_NGINX12_URL", own("ca"), nobody),
        (
            "TLS_SHA1_URL",
            peers,
            "its certificate is signed in a way that is too weak, or is not known (SHA-1, a short key)",
        ),
    ];
    for (name, ca, sentence) in cases {
        let url = peer::peer(name).unwrap();
        let (report, code) = one(&format!("get = \"{url}/\""), &["--cacert", &ca]);
        let place = url.strip_prefix("https://").unwrap();
        assert!(
            report.contains(&format!(
                "TLS handshake with `{place}` failed: {sentence}\n"
            )),
            "{name} {report}"
        );
        assert_eq!(code, Some(3), "{report}");
        assert_eq!(
            one(&format!("get = \"{url}/\""), &["--insecure"]).1,
            Some(0),
            "{name}"
        );
    }
    let url = peer::peer("TLS_SELF_URL").unwrap();
    assert_eq!(
        one(&format!("get = \"{url}/\""), &["--cacert", &own("self")]).1,
        Some(0)
    );
}

#[test]
#[ignore = "needs proxies"]
fn a_proxy_is_spoken_to_over_tls() {
    let (Some(proxy), Some(folder)) = (peer::peer("PROXIES_SECURE_URL"), peer::peer("TLS_FOLDER"))
    else {
        return;
    };
    let server = peer::peer("TLS_NGINX12_URL").unwrap();
    let both = tempfile::NamedTempFile::new().unwrap();
    let read = |path: String| std::fs::read_to_string(path).unwrap();
    std::fs::write(
        both.path(),
        read(format!("{folder}/ca.pem")) + &read(own("ca")),
    )
    .unwrap();
    let (both, of_server) = (both.path().to_str().unwrap(), format!("{folder}/ca.pem"));
    let login = proxy.replace("://", "://ada:lovelace@");
    let place = proxy.strip_prefix("https://").unwrap();
    let tunnel = format!("get = \"{server}/\"");

    let (report, code) = one(&tunnel, &["--proxy", &login, "--cacert", both]);
    assert_eq!(code, Some(0), "{report}");
    let (report, code) = one(
        "get = \"http://127.0.0.1:1/\"\nexpect.status = 502",
        &["--proxy", &login, "--cacert", both],
    );
    assert_eq!(code, Some(0), "{report}");

    let cases = [
        (
            vec!["--proxy", &proxy, "--cacert", both],
            format!("the proxy `{place}` requires a user and password"),
        ),
        (
            vec!["--proxy", &login, "--cacert", &of_server],
            format!(
                "TLS handshake with the proxy `{place}` failed: its certificate is self-signed or issued by an unknown CA"
            ),
        ),
    ];
    for (arguments, sentence) in cases {
        let (report, code) = one(&tunnel, &arguments);
        assert!(report.contains(&sentence), "{report}");
        assert_eq!(code, Some(3), "{report}");
    }
}
