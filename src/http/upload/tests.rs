use std::io::{self, Read as _, Write as _};
use std::sync::Arc;

use bytes::Bytes;

use super::*;
use crate::http::Coding;

fn file(bytes: &[u8]) -> (tempfile::NamedTempFile, Arc<Upload>) {
    let mut written = tempfile::NamedTempFile::new().unwrap();
    written.write_all(bytes).unwrap();
    let upload = Upload::find(written.path().to_owned(), "a.bin").unwrap();
    (written, Arc::new(upload))
}

fn read(body: &Body) -> Vec<u8> {
    let mut bytes = Vec::new();
    body.reader().unwrap().read_to_end(&mut bytes).unwrap();
    bytes
}

fn part(name: &str, content: PartContent) -> Part {
    Part {
        name: name.into(),
        filename: None,
        content_type: None,
        content,
    }
}

fn form(upload: Arc<Upload>) -> Body {
    let text = part("a\"b\r\n=é", PartContent::Bytes(Bytes::from("1\r\n2")));
    let file = Part {
        filename: Some("x;\"y\".bin".into()),
        content_type: Some("a/b".into()),
        ..part("f", PartContent::File(upload))
    };
    Body::new(Content::Multipart(Arc::new(Multipart::new(
        "XX",
        vec![text, file],
    ))))
}

#[test]
fn a_form_is_written_as_browsers_write_it() {
    let (_kept, upload) = file(b"\0\xff");
    let body = form(upload);
    let expected = b"--XX\r\nContent-Disposition: form-data; name=\"a%22b%0D%0A=\xc3\xa9\"\r\n\r\n1\r\n2\r\n\
        --XX\r\nContent-Disposition: form-data; name=\"f\"; filename=\"x;%22y%22.bin\"\r\nContent-Type: a/b\r\n\r\n\0\xff\r\n\
        --XX--\r\n";
    assert_eq!(
        read(&body).escape_ascii().to_string(),
        expected.escape_ascii().to_string()
    );
    assert_eq!(body.length(), Some(expected.len() as u64));
    assert_eq!(read(&body), expected, "it is read anew each time");
    assert_eq!(body.bytes(), None);
    let text = body.content().as_text().unwrap();
    assert!(
        text.ends_with("\n\n<the file a.bin, 2 B>\n--XX--\n"),
        "{text}"
    );
}

#[test]
fn every_content_is_compressed_as_its_coding_says() {
    let plain = b"hello hello hello ".repeat(10_000);
    let (_kept, upload) = file(&plain);
    for coding in Coding::ALL {
        for content in [
            Content::Bytes(Bytes::from(plain.clone())),
            Content::File(Arc::clone(&upload)),
        ] {
            let known = matches!(content, Content::Bytes(_));
            let body = Body::new(content).compressed(coding).unwrap();
            let raw = read(&body);
            assert_eq!(body.length(), known.then_some(raw.len() as u64));
            assert!(raw.len() < 1000, "{} took {}", coding.name(), raw.len());
            let headers = vec![("content-encoding".to_owned(), coding.name().to_owned())];
            let response = super::super::Response::new(200, headers, "");
            let decoded = super::super::decode::decoded(
                response,
                raw,
                super::super::decode::Bounds::of(1_000_000),
                &crate::secret::Redactor::default(),
            );
            assert_eq!(decoded.body, plain);
        }
        assert_eq!(Coding::named(coding.name()), Some(coding));
    }
}

#[test]
fn what_is_no_file_is_not_sent() {
    let refused = |path: &str| Upload::find(path.into(), "x").unwrap_err();
    assert_eq!(refused("/").kind(), io::ErrorKind::IsADirectory);
    assert_eq!(refused("/there/is/none").kind(), io::ErrorKind::NotFound);
    if cfg!(unix) {
        assert_eq!(refused("/dev/null").to_string(), "it is not a regular file");
    }
}

#[test]
fn a_file_that_changes_is_never_sent_as_another() {
    let (mut kept, upload) = file(b"0123456789");
    let body = Body::new(Content::File(upload));
    kept.write_all(b"more").unwrap();
    assert_eq!(read(&body), b"0123456789", "a file that grew is cut");
    kept.as_file().set_len(4).unwrap();
    let error = body
        .reader()
        .unwrap()
        .read_to_end(&mut Vec::new())
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "`a.bin` became shorter while it was sent: 4 bytes of 10"
    );
    drop(kept);
    let error = body.collect(100).unwrap_err();
    assert!(
        error.message.starts_with("`a.bin` can no longer be read: "),
        "{}",
        error.message
    );
}

#[test]
fn what_is_held_in_memory_is_bounded() {
    let (_kept, upload) = file(b"0123456789");
    let body = Body::new(Content::File(upload));
    assert_eq!(&body.collect(10).unwrap()[..], b"0123456789");
    assert_eq!(
        body.collect(9).unwrap_err().message,
        "the body of the request is larger than 9 bytes"
    );
}

#[test]
fn the_ending_tells_the_content_type() {
    let told = ["a.PNG", "b.tar.gz", "c", "d.unknown", "x/y.json"].map(content_type_of_file);
    assert_eq!(
        told,
        [
            "image/png",
            "application/gzip",
            "application/octet-stream",
            "application/octet-stream",
            "application/json"
        ]
    );
}

#[test]
fn a_large_file_is_searched_whole() {
    let mark = b"token-4711-abc";
    let step = 256 * 1024;
    for at in [0, step - 7, step, 2 * step - 1, 3 * step - mark.len()] {
        let mut bytes = vec![b'.'; 3 * step];
        bytes[at..at + mark.len()].copy_from_slice(mark);
        let (_kept, upload) = file(&bytes);
        let upload_part = part("f", PartContent::File(Arc::clone(&upload)));
        let binary = part("b", PartContent::Bytes(Bytes::from_static(b"\xff")));
        let parts = Multipart::new("XX", vec![binary, upload_part]);
        for content in [Content::File(upload), Content::Multipart(Arc::new(parts))] {
            let body = Body::new(content).compressed(Coding::Gzip).unwrap();
            let found = body
                .windows()
                .any(|window| window.unwrap().windows(mark.len()).any(|part| part == mark));
            assert!(found, "at {at}");
        }
    }
}

#[test]
fn what_is_measured_is_sent_as_it_would_be() {
    let (_kept, upload) = file(&b"hello ".repeat(100));
    for body in [Body::new(Content::File(Arc::clone(&upload))), form(upload)] {
        let length = body.length();
        assert_eq!(
            body.clone().measured(10).unwrap().length(),
            length,
            "it is known"
        );
        let body = body.compressed(Coding::Gzip).unwrap();
        let measured = body.clone().measured(1_000_000).unwrap();
        assert_eq!(
            (body.length(), measured.length()),
            (None, Some(read(&body).len() as u64))
        );
        assert_eq!(read(&measured), read(&body));
        assert_eq!(
            body.measured(10).unwrap_err().message,
            "a body that is compressed for HTTP/1.0 has at most 10 bytes"
        );
    }
}
