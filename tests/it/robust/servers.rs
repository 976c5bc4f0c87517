//! Servers that break off, drip, lie about lengths, never end, or send what is not HTTP, JSON or harmless.

use std::fmt::Write as _;
use std::fs;

use super::{apitest, events, finished};
use crate::support::answers::{answer, respond};
use crate::support::{After, Server};

/// What a server may do, with what is written beside it and what is said about it; `AT` stands for its address.
const ANSWERS: &[(&str, &str, &str)] = &[
    (
        "/close",
        "",
        "`AT` closed the connection before it responded",
    ),
    (
        "/reset",
        "",
        "`AT` reset the connection before it responded",
    ),
    (
        "/garbage",
        "",
        "`AT` is an SSH server, not an HTTP server: it begins with ",
    ),
    (
        "/bad-header",
        "",
        "the response of `AT` breaks the rules of HTTP: header line 1 has no colon",
    ),
    (
        "/escape",
        "",
        "the response of `AT` breaks the rules of HTTP: the value of the header `X-Title` has the control character",
    ),
    ("/cut", "", "cut after 10 of 100 bytes"),
    ("/cut-chunked", "", "cut after 10 bytes"),
    (
        "/reset-body",
        "",
        "cut after 10 of 100 bytes: the connection was reset",
    ),
    (
        "/bad-chunk",
        "",
        "broken after 0 bytes: the size of a chunk is not a hexadecimal number",
    ),
    (
        "/bad-gzip",
        "",
        "cannot be decoded as gzip: it begins with ",
    ),
    (
        "/short-gzip",
        "",
        "cannot be decoded as gzip: it ends too early",
    ),
    (
        "/endless",
        "max_body = \"1 MB\"",
        "larger than the limit of 1 MB",
    ),
    (
        "/bomb/4",
        "max_body = \"1 MB\"",
        "larger than the limit of 1 MB",
    ),
    (
        "/silent",
        "timeout = \"250ms\"",
        "timed out after 250ms while waiting for the response from `AT`",
    ),
    (
        "/drip/9/100",
        "timeout = \"250ms\"",
        "body timed out after ",
    ),
    (
        "/deep",
        "expect.json = []",
        "is not JSON: more than 256 levels of arrays and objects at line 1 column 258",
    ),
    ("/not-utf8", "expect.text = \"café\"", "UTF-8"),
];

fn server() -> Server {
    Server::with(|received, wire, counts| {
        match received.path() {
            "/deep" => respond(
                wire,
                200,
                &[("Content-Type", "application/json")],
                &vec![b'['; 100_000],
            )?,
            "/escape" => respond(wire, 200, &[("X-Title", "\x1b]0;owned\x07")], b"")?,
            "/controls" => {
                let head =
                    b"HTTP/1.1 200 OK\r\nX-Title: \xc2\x9b2J\xc2\xad\r\nContent-Length: 15\r\n\r\n";
                wire.write_all(&[&head[..], "\x1b[2J\x07\u{202e}\u{9b}31mno".as_bytes()].concat())?;
            }
            _ => return answer(received, wire, counts),
        }
        Ok(After::Keep)
    })
}

#[test]
fn each_has_its_own_sentence_and_the_others_go_on() {
    let (server, folder) = (server(), tempfile::tempdir().unwrap());
    let mut text = format!(
        "base_url = \"{}\"\n[[request]]\nget = \"/hello\"\n",
        server.url("")
    );
    for (path, beside, _) in ANSWERS {
        write!(text, "[[request]]\nget = \"{path}\"\n{beside}\n").unwrap();
    }
    text.push_str("[[request]]\nname = \"last\"\nget = \"/hello\"\n[[request]]\nget = \"/too-long\"\nexpect.text = \"hello\"\n");
    fs::write(folder.path().join("a.toml"), text).unwrap();
    let (events, code) = events(folder.path(), &["a.toml"]);
    let told: Vec<_> = finished(&events).collect();
    assert_eq!(told.len(), ANSWERS.len() + 3);
    let mut wrong = Vec::new();
    for (event, (path, _, sentence)) in told.iter().skip(1).zip(ANSWERS) {
        let expected = sentence.replace("AT", &server.address().to_string());
        let said = event["failures"][0]["reason"].as_str().unwrap_or_default();
        if !said.contains(&expected) {
            wrong.push(format!("{path}: {said:?} is not {expected:?}"));
        }
        assert_eq!(event["failures"].as_array().unwrap().len(), 1, "{path}");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(
        [told[0], told[told.len() - 2], told[told.len() - 1]]
            .iter()
            .all(|event| event["status"] == "passed")
    );
    // The stage was reached each time, also where it reset the connection.
    assert_eq!(code, Some(1));
}

#[test]
fn a_server_that_answers_wrongly_is_a_failure_and_not_out_of_reach() {
    for path in [
        "/close",
        "/reset",
        "/garbage",
        "/cut",
        "/bad-gzip",
        "/silent",
    ] {
        let (server, folder) = (server(), tempfile::tempdir().unwrap());
        let text = format!(
            "[[request]]\nget = \"{}\"\ntimeout = \"250ms\"\n",
            server.url(path)
        );
        fs::write(folder.path().join("a.toml"), text).unwrap();
        assert_eq!(events(folder.path(), &["a.toml"]).1, Some(1), "{path}");
    }
}

#[test]
fn what_would_steer_a_terminal_is_shown_instead() {
    let (server, folder) = (server(), tempfile::tempdir().unwrap());
    let text = format!(
        "[[request]]\nname = \"a\\u001b[31mb\"\nget = \"{}\"\nexpect.text = \"yes\"\n",
        server.url("/controls")
    );
    fs::write(folder.path().join("a.toml"), text).unwrap();
    let output = apitest(
        folder.path(),
        &["run", "a.toml", "--verbose", "--color", "never"],
    );
    let shown = String::from_utf8(output.stdout).unwrap();
    let harmful = |character: char| {
        (character.is_control() && character != '\n') || "\u{202e}\u{ad}".contains(character)
    };
    assert!(!shown.contains(harmful), "{shown:?}");
    assert!(
        shown.contains("␛[2J␇\\u{202e}\\u{9b}31mno") && shown.contains("x-title: \\u{9b}2J\\u{ad}"),
        "{shown}"
    );
    assert_eq!(
        (output.status.code(), output.stderr.as_slice()),
        (Some(1), &b""[..])
    );
}

#[test]
fn a_websocket_that_takes_nothing_ends_with_its_timeout() {
    let (server, folder) = (server(), tempfile::tempdir().unwrap());
    let text = format!(
        "[[request]]\nwebsocket = \"{}\"\ntimeout = \"500ms\"\nmessages = [{{ send = \"{{{{ 'x' * 20000000 }}}}\" }}, {{ expect = {{}} }}]\n",
        server.url("/ws/deaf")
    );
    fs::write(folder.path().join("a.toml"), text).unwrap();
    let (events, code) = events(folder.path(), &["a.toml"]);
    let said = finished(&events).next().unwrap()["failures"][0]["reason"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    let expected = format!(
        "timed out while sending to `{}`, which does not read",
        server.address()
    );
    assert_eq!((said, code), (expected, Some(1)));
}

/// What a value would make of a request, and what is said instead of sending that.
const REFUSED: &[(&str, &str)] = &[
    (
        "get = \"/x/{id}/y\"\npath_params = { id = \"..\" }",
        "the path parameter `id` is `..`, which would change the path",
    ),
    (
        "get = \"/x\"\ncookies = { a = \"1; b=2\" }",
        "the value of the cookie `a` contains `;`, which would begin another cookie",
    ),
    (
        "get = \"/x\"\ncookies = { \"a=b\" = \"1\" }",
        "the name of the cookie `a=b` holds `=`, which ends it",
    ),
    (
        "post = \"/x\"\ntext = \"hello\"\nheaders.content-length = \"3\"",
        "`content-length: 3` cannot be sent: the body has 5 bytes",
    ),
    (
        "get = \"/x\"\nheaders.content-length = \"3\"",
        "`content-length: 3` cannot be sent: the body has 0 bytes",
    ),
    (
        "post = \"/x\"\ntext = \"hello\"\nheaders.transfer-encoding = \"gzip\"",
        "`transfer-encoding: gzip` cannot be sent: a body is sent whole, or `chunked`",
    ),
    (
        "get = \"/x\"\nheaders.transfer-encoding = \"chunked\"",
        "`transfer-encoding: chunked` cannot be sent: there is no body",
    ),
];

#[test]
fn what_would_be_sent_otherwise_than_written_is_not_sent() {
    let (server, folder) = (server(), tempfile::tempdir().unwrap());
    let mut text = format!("base_url = \"{}\"\n", server.url(""));
    for (request, _) in REFUSED {
        write!(text, "[[request]]\n{request}\n").unwrap();
    }
    fs::write(folder.path().join("a.toml"), text).unwrap();
    let (events, _) = events(folder.path(), &["a.toml"]);
    let said: Vec<_> = finished(&events)
        .map(|event| event["failures"][0]["reason"].as_str().unwrap_or_default())
        .collect();
    assert_eq!(
        said,
        REFUSED.iter().map(|(_, said)| *said).collect::<Vec<_>>()
    );
    assert_eq!(server.requests().len(), 0);
}

#[test]
fn the_password_of_a_url_is_hidden_as_it_is_sent() {
    let (server, folder) = (server(), tempfile::tempdir().unwrap());
    let place = server.url("/echo").replace("://", "://ada:p%40ss-1234@");
    fs::write(
        folder.path().join("a.toml"),
        format!("[[request]]\nget = \"{place}\"\nexpect.status = 204\n"),
    )
    .unwrap();
    let output = apitest(
        folder.path(),
        &["run", "a.toml", "--verbose", "--report", "json=-"],
    );
    let shown = String::from_utf8(output.stdout).unwrap();
    assert_eq!(
        server.last().header("authorization"),
        Some("Basic YWRhOnBAc3MtMTIzNA==")
    );
    for secret in [
        "p@ss-1234",
        "p%40ss-1234",
        "YWRhOnBAc3MtMTIzNA",
        "BAc3MtMTIz",
    ] {
        assert!(!shown.contains(secret), "{secret}: {shown}");
    }
}
