//! The servers that examples talk to: strict, so that a proof that is missing or another one is seen.

use std::io;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::frame::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::{Message, Role, WebSocket};

use crate::support::answers::respond;
use crate::support::{After, Counts, Received, Wire};

/// 200 for a good request, 401 for another.
fn judge(wire: &mut dyn Wire, is_good: bool) -> io::Result<After> {
    json(wire, if is_good { 200 } else { 401 }, "{}")
}

fn json(wire: &mut dyn Wire, status: u16, body: &str) -> io::Result<After> {
    respond(
        wire,
        status,
        &[("Content-Type", "application/json")],
        body.as_bytes(),
    )
    .map(|()| After::Keep)
}

fn basic(received: &Received, user: &str, password: &str) -> bool {
    let expected = format!("Basic {}", STANDARD.encode(format!("{user}:{password}")));
    received.header("authorization") == Some(&expected)
}

fn bears(received: &Received, token: &str) -> bool {
    received.header("authorization") == Some(&format!("Bearer {token}"))
}

/// A field of a form.
fn field(received: &Received, name: &str) -> Option<String> {
    let mut fields = url::form_urlencoded::parse(&received.body);
    fields
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
}

pub(crate) fn anything(received: &Received, wire: &mut dyn Wire, _: &Counts) -> io::Result<After> {
    judge(
        wire,
        ["/", "/hello", "/health"].contains(&received.target.as_str()),
    )
}

pub(crate) fn anonymous(received: &Received, wire: &mut dyn Wire, _: &Counts) -> io::Result<After> {
    judge(
        wire,
        ["user-agent", "accept"]
            .iter()
            .all(|name| received.header(name).is_none()),
    )
}

pub(crate) fn schemes(received: &Received, wire: &mut dyn Wire, _: &Counts) -> io::Result<After> {
    let token = "demo-token";
    let silent = received.header("authorization").is_none();
    let is_good = match received.path() {
        "/me" => bears(received, token),
        "/account" => basic(received, "ada", token),
        "/orders" => silent && received.header("x-api-key") == Some(token),
        "/report" => silent && received.query() == format!("key={token}"),
        "/public" => silent && received.header("x-api-key").is_none(),
        _ => false,
    };
    judge(wire, is_good)
}

pub(crate) fn digest(received: &Received, wire: &mut dyn Wire, _: &Counts) -> io::Result<After> {
    let proof = received.header("authorization").unwrap_or_default();
    let parts = [
        "Digest ",
        "username=\"ada\"",
        "nonce=\"abc\"",
        "uri=\"/vault\"",
        "response=\"",
    ];
    if parts.iter().all(|part| proof.contains(part)) {
        return judge(wire, true);
    }
    respond(
        wire,
        401,
        &[(
            "WWW-Authenticate",
            "Digest realm=\"vault\", nonce=\"abc\", qop=\"auth\", algorithm=SHA-256",
        )],
        b"",
    )?;
    Ok(After::Keep)
}

fn token(wire: &mut dyn Wire, name: &str) -> io::Result<After> {
    json(
        wire,
        200,
        &format!(
            r#"{{"access_token":"token-for-{name}","token_type":"Bearer","expires_in":3600}}"#
        ),
    )
}

pub(crate) fn oauth2(received: &Received, wire: &mut dyn Wire, _: &Counts) -> io::Result<After> {
    let is = |name: &str, value: &str| field(received, name).as_deref() == Some(value);
    match received.path() {
        "/oauth/token" => {
            let is_known =
                basic(received, "apitest", "demo-secret") && is("grant_type", "client_credentials");
            let is_asked = is("scope", "orders:read orders:write")
                && is("audience", "https://api.example.org")
                && is("tenant", "dev");
            if is_known && is_asked {
                token(wire, "client_credentials")
            } else {
                judge(wire, false)
            }
        }
        "/token"
            if is("grant_type", "password")
                && is("username", "ada")
                && is("password", "demo-password") =>
        {
            token(wire, "password")
        }
        "/token" if is("refresh_token", "demo-refresh") && is("client_id", "apitest") => {
            token(wire, "refresh_token")
        }
        "/orders" => judge(wire, bears(received, "token-for-client_credentials")),
        "/me" => judge(
            wire,
            ["password", "refresh_token"]
                .iter()
                .any(|name| bears(received, &format!("token-for-{name}"))),
        ),
        _ => judge(wire, false),
    }
}

pub(crate) fn assertion(received: &Received, wire: &mut dyn Wire, _: &Counts) -> io::Result<After> {
    if received.path() == "/files" {
        return judge(wire, bears(received, "token-for-files"));
    }
    let statement = field(received, "assertion").unwrap_or_default();
    let parts: Vec<_> = statement
        .split('.')
        .map(|part| URL_SAFE_NO_PAD.decode(part).unwrap_or_default())
        .collect();
    let says = |at: usize, text: &str| {
        parts
            .get(at)
            .is_some_and(|part| String::from_utf8_lossy(part).contains(text))
    };
    let is_good = says(0, "\"kid\":\"2026-01\"")
        && says(0, "RS256")
        && says(1, "robot@example.org")
        && says(1, "files.read");
    if is_good {
        token(wire, "files")
    } else {
        judge(wire, false)
    }
}

pub(crate) fn no_token(_: &Received, wire: &mut dyn Wire, _: &Counts) -> io::Result<After> {
    json(wire, 401, r#"{"error":"invalid_client"}"#)
}

fn is_signed(received: &Received, key: &str) -> bool {
    let proof = received.header("authorization").unwrap_or_default();
    let parts = [
        &*format!("AWS4-HMAC-SHA256 Credential={key}/"),
        "/eu-west-1/execute-api/aws4_request",
        "Signature=",
    ];
    parts.iter().all(|part| proof.contains(part)) && received.header("x-amz-date").is_some()
}

pub(crate) fn signed(
    received: &Received,
    wire: &mut dyn Wire,
    counts: &Counts,
) -> io::Result<After> {
    let key = match (counts.requests(), received.path()) {
        (1, "/dev/orders") => "AKIDENV",
        (2, "/dev/orders") => "AKIDAUDITOR",
        (_, "/orders") => "AKIDEXAMPLE",
        _ => "nobody",
    };
    judge(wire, is_signed(received, key))
}

pub(crate) fn netrc(received: &Received, wire: &mut dyn Wire, _: &Counts) -> io::Result<After> {
    let is_good = match received.path() {
        "/me" => basic(received, "ada", "one-of-netrc"),
        _ => basic(received, "bob", "two-of-netrc"),
    };
    judge(wire, is_good)
}

pub(crate) fn own_way(received: &Received, wire: &mut dyn Wire, _: &Counts) -> io::Result<After> {
    let is_good = match received.target.as_str() {
        "/a/../b" => true,
        "/upload" => {
            wire.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
            received.header("expect") == Some("100-continue") && received.body == b"a long one"
        }
        "/old" => received.version == "HTTP/1.1" && received.header_names().contains(&"X-Api-KEY"),
        _ => false,
    };
    judge(wire, is_good)
}

pub(crate) fn session(received: &Received, wire: &mut dyn Wire, _: &Counts) -> io::Result<After> {
    let cookies = received.header("cookie").unwrap_or_default();
    match received.path() {
        "/login" => respond(
            wire,
            200,
            &[("Set-Cookie", "sid=session-of-ada; HttpOnly")],
            b"",
        )
        .map(|()| After::Keep),
        _ => judge(
            wire,
            cookies.contains("sid=session-of-ada") && cookies.contains("lang=en"),
        ),
    }
}

pub(crate) fn forbidden(_: &Received, wire: &mut dyn Wire, _: &Counts) -> io::Result<After> {
    json(wire, 403, r#"{"message":"Forbidden"}"#)
}

pub(crate) fn websocket(received: &Received, wire: &mut dyn Wire, _: &Counts) -> io::Result<After> {
    let accept = derive_accept_key(
        received
            .header("sec-websocket-key")
            .unwrap_or_default()
            .as_bytes(),
    );
    let chat = received.header("sec-websocket-protocol") == Some("chat.v1")
        && received.header("x-client") == Some("apitest");
    let protocol = if chat {
        "Sec-WebSocket-Protocol: chat.v1\r\n"
    } else {
        ""
    };
    let head = "HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n";
    write!(
        wire,
        "{head}Sec-WebSocket-Accept: {accept}\r\n{protocol}\r\n"
    )?;
    wire.flush()?;
    let role = if is_signed(received, "AKIDENV") {
        "reader"
    } else {
        "nobody"
    };
    let mut socket = WebSocket::from_raw_socket(wire, Role::Server, None);
    while let Ok(message) = socket.read() {
        let Message::Text(text) = message else {
            continue;
        };
        let answers: &[String] = &match text.as_str() {
            text if text.len() > 128 * 1024 => {
                let _ = socket.close(Some(CloseFrame {
                    code: 1009.into(),
                    reason: "too big".into(),
                }));
                continue;
            }
            text if text.contains("\"join\"") && text.contains("\"lobby\"") => {
                vec![r#"{"type":"welcome","id":7}"#.to_owned()]
            }
            "hello, I am 7" => vec![
                r#"{"type":"noise"}"#.to_owned(),
                r#"{"text":"hello, 7"}"#.to_owned(),
            ],
            text if text.contains("\"who\"") => vec![format!(r#"{{"role":"{role}"}}"#)],
            _ => Vec::new(),
        };
        for answer in answers {
            if socket.send(Message::text(answer.as_str())).is_err() {
                return Ok(After::Close);
            }
        }
    }
    Ok(After::Close)
}
