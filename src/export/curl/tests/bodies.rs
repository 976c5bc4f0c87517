//! Bodies that are files, forms, compressed or in chunks, sent by the real curl.

use std::sync::Arc;

use super::*;
use crate::http::{Body, Coding, Content, Multipart, Part, PartContent, Upload};

/// Names and texts that some layer gives a meaning to.
const HOSTILE: [&str; 12] = [
    "plain",
    "@file",
    "<file",
    "it's \"quoted\"",
    "a;type=text/html",
    "a,b;c",
    "back\\slash\\\"",
    "two\nlines\r\n",
    "ünïcödé ☃",
    "$HOME`x`!%s",
    " edges ",
    "{\"a\": [1, \"2\"]}",
];

/// A folder with a file of that name.
pub(super) fn file(name: &str, bytes: &[u8]) -> (tempfile::TempDir, Arc<Upload>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    let upload = Upload::find(path.clone(), path.to_str().unwrap()).unwrap();
    (folder, Arc::new(upload))
}

pub(super) fn with(url: Url, method: &str, body: Body) -> Request {
    let mut request = Request::new(method, url).header("content-type", "application/octet-stream");
    request.body = Some(body);
    request
}

pub(super) fn form(url: Url, content_type: &str, parts: Vec<Part>) -> Request {
    let mut request = Request::new("POST", url).header(
        "content-type",
        format!("{content_type}; boundary=0123456789"),
    );
    request.body = Some(Body::new(Content::Multipart(Arc::new(Multipart::new(
        "0123456789",
        parts,
    )))));
    request
}

pub(super) fn text(name: &str, text: &str) -> Part {
    Part {
        name: name.into(),
        filename: None,
        content_type: None,
        content: PartContent::Bytes(Bytes::from(text.to_owned())),
    }
}

#[test]
fn files_are_sent_from_the_disk() {
    for name in ["a.bin", "it's;a,\"file\" @ü.txt", "-"] {
        let (_folder, upload) = file(name, b"\0\xff\r\n");
        let body = || Body::new(Content::File(Arc::clone(&upload)));
        assert_repeats(|url| with(url, "POST", body()), "/", &plain(), &[], &[]);
        assert_repeats(
            |url| with(url, "PUT", body().chunked()),
            "/",
            &plain(),
            &[],
            &[],
        );
        assert_repeats(
            |url| {
                with(
                    url,
                    "POST",
                    body().compressed(Coding::Gzip).unwrap().chunked(),
                )
                .header("content-encoding", "gzip")
            },
            "/",
            &plain(),
            &[],
            &[],
        );
    }
}

#[test]
fn large_files_are_sent_without_asking() {
    let (_folder, upload) = file("big", &vec![b'x'; 900_000 * 2]);
    let command = shown(
        &with(at("http://h/"), "POST", Body::new(Content::File(upload))),
        &plain(),
        &[],
    );
    assert!(command.contains("--header 'expect:'"), "{command}");
}

#[test]
fn forms_are_curls_own() {
    for hostile in HOSTILE {
        let (_folder, upload) = file("data.bin", b"content of the file");
        let name = hostile.replace('=', "");
        let parts = || {
            let file = PartContent::File(Arc::clone(&upload));
            vec![
                text(&name, hostile),
                Part {
                    content_type: Some("text/plain; charset=utf-8".into()),
                    ..text("typed", hostile)
                },
                Part {
                    filename: Some(hostile.into()),
                    content_type: Some("a/b".into()),
                    ..text("named", hostile)
                },
                Part {
                    name: name.clone(),
                    filename: Some(hostile.into()),
                    content_type: Some("image/png".into()),
                    content: file.clone(),
                },
                Part {
                    name: "again".into(),
                    filename: Some("data.bin".into()),
                    content_type: Some("a/b".into()),
                    content: file,
                },
                text("again", "1"),
                text("empty", ""),
            ]
        };
        assert_repeats(
            |url| form(url, "multipart/form-data", parts()),
            "/",
            &plain(),
            &[],
            &[],
        );
    }
}

#[test]
fn content_types_of_named_parts_are_written() {
    // curl gives each of these a content type of its own.
    for name in ["x", "x.txt", "x.json", "x.png", "it's;a,\"file\".html"] {
        let named = || {
            let filename = Some(name.to_owned());
            vec![
                Part {
                    filename,
                    ..text("b", "t")
                },
                text("c", "1"),
            ]
        };
        assert_repeats(
            |url| form(url, "multipart/form-data", named()),
            "/",
            &plain(),
            &[],
            &[],
        );
    }
}

#[test]
fn forms_that_curl_has_no_words_for_are_bodies() {
    let texts = || vec![text("a=b", "1"), text("c", "it's\r\n%s\\")];
    assert_repeats(
        |url| form(url, "multipart/form-data", texts()),
        "/",
        &plain(),
        &[],
        &[],
    );
    assert_repeats(
        |url| form(url, "multipart/mixed", texts()),
        "/",
        &plain(),
        &[],
        &[],
    );
    let chunked = |url| {
        let mut request = form(url, "multipart/form-data", vec![text("a", "1")]);
        request.body = request.body.map(Body::chunked);
        request
    };
    assert_repeats(chunked, "/", &plain(), &[], &[]);
}

#[test]
fn secrets_of_a_form_are_variables() {
    let secret = "p\"a$s's `w`\\é%21";
    let parts = || {
        let json = serde_json::json!({ "key": "plain-secret" }).to_string();
        vec![
            text("token", secret),
            Part {
                content_type: Some("a/b".into()),
                ..text("typed", secret)
            },
            Part {
                content_type: Some("application/json".into()),
                ..text("json", &json)
            },
        ]
    };
    let quoted = secret.replace('\\', "\\\\").replace('"', "\\\"");
    let variables = [
        ("MY_PASS", secret),
        ("MY_PASS_QUOTED", &quoted),
        ("KEY", "plain-secret"),
    ];
    assert_repeats(
        |url| form(url, "multipart/form-data", parts()),
        "/",
        &plain(),
        &[("my pass", secret), ("key", "plain-secret")],
        &variables,
    );
}

#[test]
fn what_curl_cannot_say_is_a_file() {
    let compressed = |coding| {
        let body = Body::from(Bytes::from(vec![b'x'; 100_000]))
            .compressed(coding)
            .unwrap();
        shown(
            &with(at("http://h/"), "POST", body),
            &plain(),
            &[("token", "xxxxxxxx")],
        )
    };
    insta::assert_snapshot!(compressed(Coding::Zstd), @r##"
    # body.bin is the body of the request before it is compressed, 100 kB
    zstd --stdout < body.bin | curl 'http://h/' \
      --header 'content-type: application/octet-stream' \
      --header 'user-agent: apitest/0.1.0' \
      --header 'expect:' \
      --data-binary @-
    "##);
}

#[test]
fn what_is_compressed_is_compressed_by_its_program() {
    for coding in [Coding::Gzip, Coding::Deflate] {
        let request = |url| {
            let body = Body::from(Bytes::from_static(b"it's \xff hello"))
                .compressed(coding)
                .unwrap();
            with(url, "POST", body).header("content-encoding", coding.name())
        };
        assert_repeats(request, "/", &plain(), &[], &[]);
    }
    let secret = |url| {
        let body = Body::from(Bytes::from_static(b"{\"token\": \"s3cret-t0ken\"}"))
            .compressed(Coding::Gzip)
            .unwrap();
        with(url, "POST", body).header("content-encoding", "gzip")
    };
    assert_repeats(
        secret,
        "/",
        &plain(),
        &[("token", "s3cret-t0ken")],
        &[("TOKEN", "s3cret-t0ken")],
    );
}
