//! Files of cookies, between this program, curl and Python's `MozillaCookieJar`: what one writes the others read.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may panic"
)]

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output};

use crate::support::Server;

/// Three cookies of every sort that there is in such a file, and one that is deleted.
const SET: &str = "/respond?header=Set-Cookie:sid=s-e-s-s-i-o-n;%20HttpOnly;%20Path=/&header=Set-Cookie:lasting=%22a%20b%22;%20Path=/echo;%20Max-Age=3600\
                   &header=Set-Cookie:empty=;%20Path=/&header=Set-Cookie:gone=1;%20Max-Age=0;%20Path=/";
const SENT: &str = "lasting=\"a b\"; sid=s-e-s-s-i-o-n; empty=";

/// Runs a program; `None`, loudly, where it is not here.
fn run(program: &str, arguments: &[&str], folder: &Path) -> Option<Output> {
    let ran = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .output();
    if ran.is_err() {
        let _ = std::io::stderr()
            .write_all(format!("!!!! SKIPPED: there is no {program}\n").as_bytes());
    }
    let output = ran.ok()?;
    assert!(
        output.status.success(),
        "{program}: {}{}",
        text(&output.stdout),
        text(&output.stderr)
    );
    Some(output)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Runs one request with a jar.
fn apitest(url: &str, arguments: &[&str], folder: &Path) {
    fs::write(
        folder.join("one.toml"),
        format!("[[request]]\nget = '{url}'\n"),
    )
    .unwrap();
    let all = [&["run", "one.toml"], arguments].concat();
    run(env!("CARGO_BIN_EXE_apitest"), &all, folder).unwrap();
}

/// The pairs of a line, in an order of their own: among equal paths curl has one that differs.
fn pairs(line: Option<&str>) -> Vec<String> {
    let mut pairs: Vec<_> = line
        .unwrap_or_default()
        .split("; ")
        .map(str::to_owned)
        .collect();
    pairs.sort();
    pairs
}

#[test]
fn what_curl_writes_goes_along_and_what_is_kept_curl_sends() {
    let (server, folder) = (Server::start(), tempfile::tempdir().unwrap());
    let folder = folder.path();
    if run(
        "curl",
        &["-sS", "-c", "of-curl.txt", &server.url(SET)],
        folder,
    )
    .is_none()
    {
        return;
    }
    apitest(&server.url("/echo"), &["--cookies", "of-curl.txt"], folder);
    assert_eq!(pairs(server.last().header("cookie")), pairs(Some(SENT)));

    apitest(
        &server.url(SET),
        &["--cookie-jar", "of-apitest.txt"],
        folder,
    );
    run(
        "curl",
        &["-sS", "-b", "of-apitest.txt", &server.url("/echo")],
        folder,
    )
    .unwrap();
    assert_eq!(pairs(server.last().header("cookie")), pairs(Some(SENT)));

    let lines = |name: &str| {
        let mut lines: Vec<_> = fs::read_to_string(folder.join(name))
            .unwrap()
            .lines()
            .map(str::to_owned)
            .collect();
        lines.retain(|line| !line.starts_with("# ") && !line.is_empty());
        // A second may have passed between them.
        let later = |field: &str| {
            if field.len() == 10 && field.parse::<u64>().is_ok() {
                "LATER".to_owned()
            } else {
                field.to_owned()
            }
        };
        for line in &mut lines {
            *line = line.split('\t').map(later).collect::<Vec<_>>().join("\t");
        }
        lines.sort();
        lines
    };
    assert_eq!(lines("of-apitest.txt"), lines("of-curl.txt"));
}

#[test]
fn what_is_kept_python_reads_and_the_other_way_round() {
    let (server, folder) = (Server::start(), tempfile::tempdir().unwrap());
    let folder = folder.path();
    apitest(&server.url(SET), &["--cookie-jar", "jar.txt"], folder);
    // What dies with the session has the time 0, which Python takes for 1970 and drops unless it is told not to.
    let script = "import http.cookiejar as c\n\
        jar = c.MozillaCookieJar('jar.txt')\n\
        jar.load(ignore_discard=True, ignore_expires=True)\n\
        print(sorted((k.name, k.value, k.path, k.secure, k.domain) for k in jar))\n\
        for k in jar: k.expires = k.expires or None\n\
        jar.save('of-python.txt', ignore_discard=True, ignore_expires=True)";
    let Some(output) = run("python3", &["-c", script], folder) else {
        return;
    };
    let expected = "[('empty', '', '/', False, '127.0.0.1'), ('lasting', '\"a b\"', '/echo', False, '127.0.0.1'), \
        ('sid', 's-e-s-s-i-o-n', '/', False, '127.0.0.1')]\n";
    assert_eq!(text(&output.stdout), expected);
    apitest(
        &server.url("/echo"),
        &["--cookies", "of-python.txt"],
        folder,
    );
    assert_eq!(pairs(server.last().header("cookie")), pairs(Some(SENT)));
}

#[cfg(unix)]
#[test]
fn a_jar_is_for_its_owner_alone_and_stays_where_a_run_cannot_begin() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    let (server, folder) = (Server::start(), tempfile::tempdir().unwrap());
    let folder = folder.path();
    let jar = folder.join("jar.txt");
    fs::write(&jar, "").unwrap();
    fs::set_permissions(&jar, fs::Permissions::from_mode(0o644)).unwrap();
    apitest(&server.url(SET), &["--cookie-jar", "jar.txt"], folder);
    assert_eq!(fs::metadata(&jar).unwrap().mode() & 0o777, 0o600);
    let kept = fs::read_to_string(&jar).unwrap();

    fs::write(folder.join("one.toml"), "[[request]]\ngett = '/'\n").unwrap();
    let run = |arguments: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_apitest"))
            .args(arguments)
            .current_dir(folder)
            .output()
            .unwrap()
    };
    assert_eq!(
        run(&["run", "one.toml", "--cookie-jar", "jar.txt"])
            .status
            .code(),
        Some(2)
    );
    assert_eq!(fs::read_to_string(&jar).unwrap(), kept);

    let asked = server.requests().len();
    fs::write(
        folder.join("one.toml"),
        format!("[[request]]\nget = '{}'\n", server.url("/hello")),
    )
    .unwrap();
    let output = run(&["run", "one.toml", "--cookie-jar", "one.toml/jar.txt"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        text(&output.stderr).contains("`one.toml/jar.txt`"),
        "{}",
        text(&output.stderr)
    );
    assert_eq!(
        server.requests().len(),
        asked,
        "nothing is sent by a run whose cookies could not be kept"
    );
}
