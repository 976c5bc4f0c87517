//! Methods, and bodies of each kind.

use apitest::http::Coding;

use crate::oracle::case::{Case, Field, Payload};

const METHODS: [&str; 10] = [
    "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "PURGE",
];

const FIELDS: &[(&str, &str)] = &[
    ("a", "1"),
    ("a", "two words"),
    ("b&c", "x=y+z%20"),
    ("empty", ""),
    ("ü", "한글 \r\n*-._~"),
];

/// The kinds of bodies that each method is sent with.
fn payloads() -> [(&'static str, Payload); 6] {
    [
        ("no body", Payload::None),
        ("empty body", Payload::Bytes(Vec::new())),
        ("text", Payload::Bytes(b"h\xc3\xa9llo".to_vec())),
        ("binary", Payload::Bytes((0..=255).collect())),
        ("chunks", Payload::Chunked(b"in chunks".to_vec())),
        ("form", Payload::Form(FIELDS)),
    ]
}

pub(super) fn all() -> Vec<Case> {
    let mut cases = Vec::new();
    for method in METHODS {
        for (kind, payload) in payloads() {
            cases.push(
                Case::new(format!("{method} with {kind}"), method, "/mirror")
                    .payload(payload.clone()),
            );
            cases.push(
                Case::new(
                    format!("HTTP/2: {method} with {kind}"),
                    method,
                    "http://{http2}/mirror",
                )
                .payload(payload)
                .http2(),
            );
        }
    }
    cases.extend(of_post());
    cases.extend(multipart());
    cases
}

fn of_post() -> Vec<Case> {
    let post = |name: &str, payload| {
        Case::new(format!("body: {name}"), "POST", "/mirror").payload(payload)
    };
    let json = Payload::Json(r#"{"a":1,"b":[true,null,"é"],"c":1.5}"#);
    vec![
        post("JSON", json.clone()),
        post("JSON with a type of its own", json)
            .header("content-type", "application/problem+json"),
        post("JSON of one string", Payload::Json(r#""x""#)),
        post("large", Payload::Bytes(vec![b'x'; 300_000])),
        post("large, in chunks", Payload::Chunked(vec![b'x'; 300_000])),
        post("form without fields", Payload::Form(&[])),
        post("form with a type of its own", Payload::Form(FIELDS))
            .header("content-type", "text/x-form"),
        post(
            "gzip",
            Payload::Compressed(Coding::Gzip, "hello hello hello"),
        ),
        post(
            "deflate",
            Payload::Compressed(Coding::Deflate, "hello hello hello"),
        ),
        post(
            "br",
            Payload::Compressed(Coding::Brotli, "hello hello hello"),
        ),
        post(
            "zstd",
            Payload::Compressed(Coding::Zstd, "hello hello hello"),
        ),
        post("its length by hand", Payload::Bytes(b"hello".to_vec())).header("content-length", "5"),
        post("its coding by hand", Payload::Bytes(b"hello".to_vec()))
            .header("transfer-encoding", "chunked"),
        post("empty, in chunks", Payload::Chunked(Vec::new())),
    ]
}

const TEXT: Field = Field {
    name: "a",
    filename: None,
    content_type: None,
    content: b"1",
};
const FILE: Field = Field {
    name: "file",
    filename: Some("notes.txt"),
    content_type: Some("text/plain"),
    content: b"some\r\nnotes",
};
const BINARY: Field = Field {
    filename: Some("x.bin"),
    content_type: Some("application/octet-stream"),
    content: b"\x00\x01\x7f",
    ..FILE
};
const TYPED: Field = Field {
    content_type: Some("application/json"),
    content: b"{}",
    ..TEXT
};
const QUOTED: Field = Field {
    name: "a\"b",
    filename: Some("c\"d\\e.txt"),
    ..FILE
};
const BROKEN: Field = Field {
    name: "a\r\nb",
    ..TEXT
};
const FOREIGN: Field = Field {
    name: "ключ",
    filename: Some("日本語.txt"),
    ..FILE
};
const SPACED: Field = Field {
    name: "two words",
    filename: Some("my file (1).txt"),
    ..FILE
};
const UNNAMED: Field = Field { name: "", ..TEXT };
const EMPTY: Field = Field {
    content: b"",
    ..FILE
};

fn multipart() -> Vec<Case> {
    let form = |name: &str, fields| {
        Case::new(format!("multipart: {name}"), "POST", "/echo").payload(Payload::Multipart(fields))
    };
    vec![
        form("one field", &[TEXT]),
        form("two fields of one name", &[TEXT, TEXT]),
        form("a file", &[TEXT, FILE]),
        form("a binary file", &[BINARY]),
        form("a field with a type", &[TYPED]),
        form("quotes in names", &[QUOTED]),
        form("line breaks in a name", &[BROKEN]),
        form("names beyond ASCII", &[FOREIGN]),
        form("spaces in names", &[SPACED]),
        form("an empty name", &[UNNAMED]),
        form("an empty file", &[EMPTY]),
    ]
}
