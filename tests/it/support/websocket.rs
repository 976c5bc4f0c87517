//! The `WebSocket`s of the standard behaviours.

use std::io;
use std::time::Duration;

use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::frame::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::{Message, Role, WebSocket};

use super::{After, Received, Wire};

pub fn talk(received: &Received, wire: &mut dyn Wire) -> io::Result<After> {
    let behaviour = received.path().split('/').nth(2).unwrap_or_default();
    let key = if behaviour == "wrong-accept" {
        "x"
    } else {
        received.header("sec-websocket-key").unwrap_or_default()
    };
    let more = match behaviour {
        "extension" => "Sec-WebSocket-Extensions: permessage-deflate\r\n",
        "protocol" => "Sec-WebSocket-Protocol: unasked\r\n",
        "protocols" => "Sec-WebSocket-Protocol: a\r\nSec-WebSocket-Protocol: b\r\n",
        _ => "",
    };
    let connection = if behaviour == "no-connection" {
        "Server: x"
    } else {
        "Connection: Upgrade"
    };
    let accept = derive_accept_key(key.as_bytes());
    write!(
        wire,
        "HTTP/1.1 101 Switching\r\n{connection}\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: {accept}\r\n{more}\r\n"
    )?;
    wire.flush()?;
    match behaviour {
        "drop" => return Ok(After::Close),
        "not-utf8" => wire.write_all(b"\x81\x01\xff")?,
        "close-5000" => wire.write_all(b"\x88\x02\x13\x88")?,
        "close-1002" => wire.write_all(b"\x88\x02\x03\xea")?,
        "garbage" => wire.write_all(b"\xff\x01x")?,
        "deaf" => {
            std::thread::sleep(Duration::from_secs(30));
            return Ok(After::Close);
        }
        _ => converse(behaviour, wire),
    }
    wire.flush()?;
    std::thread::sleep(Duration::from_millis(50));
    Ok(After::Close)
}

fn converse(behaviour: &str, wire: &mut dyn Wire) {
    let mut socket = WebSocket::from_raw_socket(wire, Role::Server, None);
    if behaviour == "greet" {
        socket
            .send(Message::text(r#"{"hello":"you","id":7}"#))
            .unwrap();
    }
    if behaviour == "close" {
        socket
            .close(Some(CloseFrame {
                code: 4001.into(),
                reason: "bye".into(),
            }))
            .unwrap();
    }
    while let Ok(message) = socket.read() {
        if matches!(message, Message::Text(_) | Message::Binary(_)) && socket.send(message).is_err()
        {
            return;
        }
    }
}
