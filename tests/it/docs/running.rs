//! Every example of `docs/auth.md`, `docs/http.md` and `docs/websocket.md` runs, as it is written: its hosts are led to servers
//! of this test by `--resolve`, which have the certificate `ca.pem` that the examples name.

use std::fmt::Write as _;
use std::fs;
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::thread;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;

use crate::docs::blocks::{Block, blocks, root};
use crate::docs::serving;
use crate::support::{After, Counts, Received, Server, Wire};

/// The documents whose examples run.
const DOCUMENTS: [&str; 3] = ["docs/auth.md", "docs/http.md", "docs/websocket.md"];

/// All hosts that examples name.
const HOSTS: [&str; 7] = [
    "api.example.org",
    "internal.example.org",
    "10.0.0.7",
    "login.example.org",
    "oauth2.example.org",
    "abc123.execute-api.eu-west-1.amazonaws.com",
    "abc123.execute-api.eu-central-1.amazonaws.com",
];

type Answer = fn(&Received, &mut dyn Wire, &Counts) -> io::Result<After>;

/// An example, known by its document and what stands in it, and the server that it talks to.
struct Example {
    document: &'static str,
    holds: &'static str,
    answer: Answer,
    /// The base URL of one that names none.
    base: &'static str,
    /// What is passed, of how many requests.
    passed: usize,
}

const fn example(
    document: &'static str,
    holds: &'static str,
    answer: Answer,
    passed: usize,
) -> Example {
    Example {
        document,
        holds,
        answer,
        base: "https://api.example.org",
        passed,
    }
}

const GATEWAY: &str = "https://abc123.execute-api.eu-west-1.amazonaws.com/dev";

const EXAMPLES: [Example; 16] = [
    example("docs/auth.md", "with the token of all", serving::schemes, 5),
    example("docs/auth.md", "/vault", serving::digest, 1),
    example("docs/auth.md", "with a refresh token", serving::oauth2, 3),
    example("docs/auth.md", "jwt_bearer", serving::assertion, 1),
    example(
        "docs/auth.md",
        "a wrong secret gets no token",
        serving::no_token,
        1,
    ),
    example("docs/auth.md", "a host of one's own", serving::signed, 3),
    example("docs/auth.md", "netrc", serving::netrc, 2),
    example("docs/http.md", "expect.tls = \"1.3\"", serving::anything, 1),
    // The stranger is looked at by a server of its own.
    example("docs/http.md", "who is there", serving::anything, 2),
    example("docs/http.md", "stages.office", serving::anything, 1),
    example(
        "docs/http.md",
        "the daemon of this machine",
        serving::anything,
        2,
    ),
    example("docs/http.md", "dots stay", serving::own_way, 3),
    example(
        "docs/http.md",
        "who asks is not told",
        serving::anonymous,
        1,
    ),
    example(
        "docs/http.md",
        "the session goes along",
        serving::session,
        3,
    ),
    example(
        "docs/websocket.md",
        "join and be greeted",
        serving::websocket,
        1,
    ),
    Example {
        base: GATEWAY,
        ..example(
            "docs/websocket.md",
            "those with a key",
            serving::websocket,
            1,
        )
    },
];

/// Those without a `base_url` and with names that others have too.
const MORE: [Example; 2] = [
    example(
        "docs/websocket.md",
        "nobody connects without a token",
        serving::forbidden,
        1,
    ),
    example(
        "docs/websocket.md",
        "what is too big is refused",
        serving::websocket,
        3,
    ),
];

/// A server with the certificate that the examples name; one that wants a certificate of the client's too.
fn serve(answer: Answer, strict: bool) -> Server {
    let file = |name: &str| root().join("tests/docs/files").join(name);
    let certificate = CertificateDer::from_pem_file(file("ca.pem")).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = rustls::ServerConfig::builder_with_provider(Arc::clone(&provider));
    let builder = builder.with_safe_default_protocol_versions().unwrap();
    let builder = if strict {
        let mut roots = rustls::RootCertStore::empty();
        roots
            .add(CertificateDer::from_pem_file(root().join("tests/data/tls/ca.pem")).unwrap())
            .unwrap();
        builder.with_client_cert_verifier(
            WebPkiClientVerifier::builder_with_provider(roots.into(), provider)
                .build()
                .unwrap(),
        )
    } else {
        builder.with_no_client_auth()
    };
    let key = PrivateKeyDer::from_pem_file(file("ca.key")).unwrap();
    Server::secure_with(
        Arc::new(builder.with_single_cert(vec![certificate], key).unwrap()),
        answer,
    )
}

/// A folder with the files that examples name, which is the home folder too.
fn home() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    fs::create_dir(folder.path().join(".aws")).unwrap();
    write(
        ".aws/credentials",
        "[default]\naws_access_key_id = AKIDENV\naws_secret_access_key = secret-of-the-default\n\n[auditor]\naws_access_key_id = AKIDAUDITOR\naws_secret_access_key = secret-of-the-auditor\n",
    );
    write(
        ".netrc",
        "machine api.example.org login ada password one-of-netrc\n",
    );
    write(
        ".netrc-test",
        "machine api.example.org login bob password two-of-netrc\n",
    );
    for name in ["ca.pem", "service-key.pem"] {
        fs::copy(
            root().join("tests/docs/files").join(name),
            folder.path().join(name),
        )
        .unwrap();
    }
    folder
}

/// Runs a collection with all hosts led to a server; what was printed.
fn run(folder: &Path, text: &str, server: &Server, arguments: &[&str]) -> String {
    fs::write(folder.join("example.toml"), text).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_apitest"));
    command
        .args([
            "run",
            "example.toml",
            "--color",
            "never",
            "--cacert",
            "ca.pem",
        ])
        .args(arguments)
        .current_dir(folder);
    for host in HOSTS {
        command
            .arg("--resolve")
            .arg(format!("{host}={}", server.address()));
    }
    // No variable of the environment is set; the home folder says where netrc files and AWS profiles lie.
    command.env_clear().env("HOME", folder);
    let output = command.output().unwrap();
    String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap()
}

fn has_base(text: &str) -> bool {
    text.contains("base_url") || text.contains("get = \"https://api.example.org/")
}

/// What went wrong with an example.
fn complaint(example: &Example, block: &Block) -> Option<String> {
    let (folder, server) = (home(), serve(example.answer, false));
    let (mut text, mut arguments) = (block.text.clone(), Vec::new());
    if !has_base(&text) {
        arguments.extend(["--base-url", example.base]);
    }
    let (proxy, socket) = (
        proxy(server.address().to_string()),
        folder.path().join("daemon.sock"),
    );
    let through = format!("proxy.example.org={proxy}");
    match example.holds {
        // An address that this machine does not have, and a socket that is not its own.
        "the daemon of this machine" => {
            daemon(&socket);
            text = text
                .replace("10.0.0.7:8443", &server.address().to_string())
                .replace("10.0.0.7", "127.0.0.1");
            text = text.replace("/run/daemon.sock", &socket.display().to_string());
        }
        "stages.office" => arguments.extend(["--stage", "office", "--resolve", &through]),
        "who is there" => {
            let strict = serve(example.answer, true);
            text = text.replace("\"a stranger is not let in\"", "\"stranger\"");
            let told = run(
                folder.path(),
                &text,
                &strict,
                &["--filter", "name(=stranger)"],
            );
            if !told.contains("✓ 1 passed") {
                return Some(told);
            }
            arguments.extend(["--filter", "not name(=stranger)"]);
        }
        _ => {}
    }
    let resolved: Vec<_> = arguments
        .iter()
        .copied()
        .filter(|_| example.holds != "the daemon of this machine")
        .collect();
    let told = run(folder.path(), &text, &server, &resolved);
    let expected = format!("✓ {} passed", example.passed);
    (!told.contains(&expected)).then(|| format!("{}: expected `{expected}`\n{told}", block.place))
}

/// A proxy that opens tunnels to one server for whom knows the password.
fn proxy(to: String) -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for mut client in listener.incoming().map_while(Result::ok) {
            let (mut head, mut byte) = (Vec::new(), [0]);
            while !head.ends_with(b"\r\n\r\n")
                && client.read(&mut byte).is_ok_and(|count| count == 1)
            {
                head.push(byte[0]);
            }
            let head = String::from_utf8_lossy(&head).to_lowercase();
            // ada:demo-password
            let knows = head.contains("proxy-authorization: basic ywrhomrlbw8tcgfzc3dvcmq=");
            if !knows || !head.starts_with("connect api.example.org:443 ") {
                let _ = client.write_all(b"HTTP/1.1 407 No\r\ncontent-length: 0\r\n\r\n");
                continue;
            }
            let mut server = TcpStream::connect(&to).unwrap();
            client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").unwrap();
            let (mut from, mut back) = (client.try_clone().unwrap(), server.try_clone().unwrap());
            thread::spawn(move || io::copy(&mut from, &mut back));
            thread::spawn(move || io::copy(&mut server, &mut client));
        }
    });
    address
}

/// A server behind a socket of this machine.
fn daemon(socket: &Path) {
    let listener = std::os::unix::net::UnixListener::bind(socket).unwrap();
    thread::spawn(move || {
        let (mut client, _) = listener.accept().unwrap();
        let mut head = [0; 1024];
        let length = client.read(&mut head).unwrap();
        assert!(head[..length].starts_with(b"GET /v1/info HTTP/1.1\r\nhost: daemon\r\n"));
        client
            .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")
            .unwrap();
    });
}

#[test]
fn every_example_about_the_wire_runs() {
    let mut wrong = String::new();
    let blocks: Vec<_> = blocks("toml")
        .into_iter()
        .filter(|block| DOCUMENTS.iter().any(|at| block.place.starts_with(at)))
        .collect();
    let examples: Vec<_> = EXAMPLES.iter().chain(&MORE).collect();
    for block in &blocks {
        let is_of = |example: &&&Example| {
            block.place.starts_with(example.document) && block.text.contains(example.holds)
        };
        let mut found = examples.iter().filter(is_of);
        let (Some(example), None) = (found.next(), found.next()) else {
            let _ = writeln!(
                wrong,
                "{}: one example of `EXAMPLES` says how it runs",
                block.place
            );
            continue;
        };
        wrong.extend(complaint(example, block));
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert_eq!(blocks.len(), examples.len());
}
