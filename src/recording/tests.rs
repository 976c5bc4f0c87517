//! What the format says is what is written and read.

use std::fs;
use std::time::Duration;

use url::Url;

use super::*;
use crate::http::{self, Error, ErrorKind, Exchange, Recorded, Request, Response, Target};
use crate::secret::Redactor;

const DOCS: &str = include_str!("../../docs/recordings.md");

fn identity(name: &str) -> Identity {
    Identity {
        path: "a.toml".into(),
        collection: "a".into(),
        collection_row: None,
        name: name.into(),
        row: None,
    }
}

fn written(file: &str, text: &str) -> Result<Recording, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(file);
    fs::write(&path, text).unwrap();
    Recording::read(&path)
}

fn url(text: &str) -> Url {
    Url::parse(text).unwrap()
}

fn ask(
    recording: &Recording,
    of: &Identity,
    base: &str,
    target: &str,
    body: Option<&[u8]>,
) -> Recorded {
    let (base, redactor) = (url(base), Redactor::default());
    recording.find(
        ReplayKey {
            of,
            base: Some(&base),
            redactor: &redactor,
        },
        Target {
            method: "GET",
            url: &url(target),
            body,
            content_type: None,
        },
    )
}

fn text(recorded: Recorded) -> String {
    recorded.result.map_or_else(
        |error| error.message,
        |response| response.text().unwrap().to_string(),
    )
}

/// An exchange as a line.
fn line(name: &str, base: &str, target: &str, answer: &str) -> String {
    let exchange = Exchange::of(
        Request::new("GET", url(target)),
        Response::new(200, Vec::new(), answer.to_owned()),
    );
    let entry = Entry::new(
        identity(name),
        Some(&url(base)),
        &exchange,
        &Redactor::default(),
    );
    serde_json::to_string(&entry).unwrap() + "\n"
}

fn recording(lines: &[String]) -> Recording {
    let head =
        "{\"apitest_recording\":1,\"run_id\":\"r\",\"time\":\"2026-01-02T03:04:05Z\",\"seed\":7}\n";
    written("r.jsonl", &(head.to_owned() + &lines.concat())).unwrap()
}

#[test]
fn the_documented_lines_are_a_recording() {
    let lines: Vec<&str> = DOCS.lines().filter(|line| line.starts_with('{')).collect();
    let recording = written("r.jsonl", &lines.join("\n")).unwrap();
    assert_eq!(recording.about.as_ref().unwrap().seed, 7);
    let of = identity("GET /old");
    assert_eq!(
        ask(&recording, &of, "https://h/dev", "https://h/dev/old", None)
            .result
            .unwrap()
            .status,
        302
    );
    assert_eq!(
        text(ask(
            &recording,
            &of,
            "https://h/dev",
            "https://h/dev/new",
            None
        )),
        "new"
    );
    let entry: Entry = serde_json::from_str(lines[1]).unwrap();
    assert_eq!(serde_json::to_string(&entry).unwrap(), lines[1]);
}

#[test]
fn answers_are_given_once_in_their_order_and_the_same_query_first() {
    let base = "http://then:1/dev";
    let ask = |recording: &Recording, target: &str| {
        text(ask(
            recording,
            &identity("x"),
            "https://now/v2/",
            target,
            None,
        ))
    };
    let lines = ["p?n=1", "p?n=2", "q", "p?n=3"]
        .map(|path| line("x", base, &format!("{base}/{path}"), path));
    let recording = recording(&lines);
    assert_eq!(ask(&recording, "https://now/v2/p?n=2"), "p?n=2");
    assert_eq!(ask(&recording, "https://now/v2/p?n=9"), "p?n=1");
    assert!(recording.has_more(&identity("x")) && !recording.has_more(&identity("y")));
    assert_eq!(ask(&recording, "https://now/v2/p"), "p?n=3");
    assert_eq!(
        ask(&recording, "https://now/v2/p"),
        "`GET https://now/v2/p` is not in the recording"
    );
    assert_eq!(
        ask(&recording, "https://now/q"),
        "`GET https://now/q` is not in the recording"
    );
    assert_eq!(ask(&recording, "https://now/v2/q"), "q");
    assert_eq!(recording.base("elsewhere/a.toml", "a"), Some(url(base)));
}

#[test]
fn a_file_that_lies_elsewhere_now_is_known_by_its_collection() {
    let of = Identity {
        path: "moved/a.toml".into(),
        ..identity("x")
    };
    let recording = recording(&[line("x", "http://h", "http://h/p", "answer")]);
    assert_eq!(
        text(ask(&recording, &of, "http://h", "http://h/p", None)),
        "answer"
    );
    assert!(!recording.has_more(&of));
}

#[test]
fn stars_in_a_path_stand_for_anything() {
    let recording = recording(&[
        line("x", "http://h", "http://h/***/p", "one"),
        line("x", "http://h", "http://h/a", "two"),
    ]);
    assert_eq!(
        text(ask(
            &recording,
            &identity("x"),
            "http://h",
            "http://h/token/p",
            None
        )),
        "one"
    );
    assert_eq!(
        text(ask(
            &recording,
            &identity("x"),
            "http://h",
            "http://h/%2A%2A%2A",
            None
        )),
        "two"
    );
}

#[test]
fn the_boundary_of_a_form_is_another_each_time() {
    let form = |boundary: &str, value: &str| {
        format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n{value}\r\n--{boundary}--\r\n"
        )
    };
    let entry = |value: &str| {
        let content_type = "multipart/form-data; boundary=----WebKitFormBoundaryX";
        let post = serde_json::json!({ "mimeType": content_type, "text": form("----WebKitFormBoundaryX", value) });
        serde_json::json!({
            "request": { "method": "POST", "url": "http://h/p", "postData": post },
            "response": { "status": 200, "content": { "text": value } },
        })
    };
    let archive = serde_json::json!({ "log": { "entries": [entry("one"), entry("two")] } });
    let recording = written("r.har", &archive.to_string()).unwrap();
    let ask = |value: &str| {
        let (base, redactor, body) = (url("http://h"), Redactor::default(), form("ours", value));
        let asker = ReplayKey {
            of: &identity("x"),
            base: Some(&base),
            redactor: &redactor,
        };
        let content_type = Some("multipart/form-data; boundary=\"ours\"");
        let target = Target {
            method: "POST",
            url: &url("http://h/p"),
            body: Some(body.as_bytes()),
            content_type,
        };
        text(recording.find(asker, target))
    };
    assert_eq!(
        (ask("two"), ask("one")),
        ("two".to_owned(), "one".to_owned())
    );
    assert_eq!(ask("three"), "`POST http://h/p` is not in the recording");
}

#[test]
fn what_is_given_for_a_token_is_hidden_however_short_it_is() {
    let form = "grant_type=password&username=ada&password=abc";
    let errand = Exchange::of(
        Request::new("POST", url("http://h/token")).body(form),
        Response::new(200, Vec::new(), ""),
    );
    let mut exchange = Exchange::of(
        Request::new("GET", url("http://h/")),
        Response::new(200, Vec::new(), ""),
    );
    exchange.auth_exchanges.push(std::sync::Arc::new(errand));
    let entries = Entry::all(&identity("x"), None, &exchange, &Redactor::default());
    assert_eq!(
        entries[0].request.body,
        Some(Body::Text(
            "grant_type=password&username=ada&password=***".into()
        ))
    );
    assert_eq!((entries[0].auth, entries[1].auth), (true, false));
}

/// An exchange that a token was fetched for; `@` stands for the token in its body.
fn with_token_response(status: u16, body: &str, token: &str) -> Exchange {
    let header = |name: &str, value: &str| (name.to_owned(), value.replace('@', token));
    let headers = vec![
        header("Content-Type", "a/b"),
        header("x-token", "@"),
        header("set-cookie", "s=@"),
        header("location", "/?t=@"),
    ];
    let mut response = Response::new(status, headers, body.replace('@', token));
    response.trailers = vec![header("x-late", "@")];
    response.complete = status != 500;
    let mut exchange = Exchange::of(
        Request::new("GET", url("http://h/")),
        Response::new(200, Vec::new(), ""),
    );
    let fetched = Exchange::of(Request::new("POST", url("http://h/token")), response);
    exchange.auth_exchanges.push(std::sync::Arc::new(fetched));
    exchange
}

#[test]
fn what_is_received_for_a_token_is_hidden_whatever_its_form() {
    let token = "SECRETtok123";
    let cases = [
        (
            r#"{"access_token":"@","token_type":"Bearer","expires_in":3600}"#,
            r#"{"access_token":"***","token_type":"Bearer","expires_in":3600}"#,
        ),
        (
            r#"{"data":{"value":"@","n":12345,"ok":true,"none":null}}"#,
            r#"{"data":{"value":"***","n":"***","ok":true,"none":null}}"#,
        ),
        (
            r#"{"access_token":{"v":["@"]}}"#,
            r#"{"access_token":{"v":["***"]}}"#,
        ),
        (
            r#"{"error":"invalid_client","error_description":"no @"}"#,
            r#"{"error":"invalid_client","error_description":"***"}"#,
        ),
        (r#"{"error":"@"}"#, r#"{"error":"***"}"#),
        (r#"{"@":1}"#, r#"{"***":"***"}"#),
        (r#"["@"]"#, r#"["***"]"#),
        (r#""@""#, "***"),
        (r#"{"access_token":"@","r"#, "***"),
        ("access_token_x=@&a=b", "***"),
        ("@", "***"),
        ("<r><access_token>@</access_token></r>", "***"),
        ("<html>@", "***"),
        ("@\u{ffff}", "***"),
        ("", ""),
    ];
    for (body, wanted) in cases {
        for status in [200, 400, 500] {
            let exchange = with_token_response(status, body, token);
            let all = Entry::all(&identity("x"), None, &exchange, &Redactor::default());
            let answer = all[0].response.as_ref().unwrap();
            assert_eq!(answer.body, Body::Text(wanted.into()), "{body}");
            assert_eq!(answer.headers[0].1, "a/b");
            let archive = serde_json::json!(entries(&all[0])).to_string();
            for written in [serde_json::to_string(&all[0]).unwrap(), archive] {
                assert!(!written.contains(token), "{body}: {written}");
            }
        }
    }
}

/// A replay fails where the run failed: over a stream that broke off, in both formats.
#[test]
fn why_a_stream_was_cut_is_kept() {
    let cut = Error::new(ErrorKind::Body, "the body ended, by tok-3b1f9a77c2");
    let mut response = Response::new(200, Vec::new(), "data: 1\n\n");
    (response.complete, response.body_error) = (false, Some(Box::new(cut)));
    let exchange = Exchange::of(Request::new("GET", url("http://h/events")), response);
    let redactor = Redactor::default();
    redactor.add("token", "tok-3b1f9a77c2").unwrap();
    let entry = Entry::new(identity("x"), Some(&url("http://h/")), &exchange, &redactor);
    let line = serde_json::to_string(&entry).unwrap() + "\n";
    let archive = serde_json::json!({ "log": { "entries": entries(&entry) } }).to_string();
    for (name, recording) in [
        ("r.jsonl", recording(&[line])),
        ("r.har", written("r.har", &archive).unwrap()),
    ] {
        let answer = ask(
            &recording,
            &identity("x"),
            "http://h/",
            "http://h/events",
            None,
        )
        .result
        .unwrap();
        let cut = answer.body_error.unwrap();
        assert_eq!(
            (answer.complete, cut.kind, &*cut.message),
            (false, ErrorKind::Body, "the body ended, by ***"),
            "{name}"
        );
    }
}

/// A replay counts what went out as the run did, in both formats.
#[test]
fn what_was_sent_twice_is_kept() {
    let resends = vec![
        http::Resend {
            came: Ok(401),
            time: Duration::from_millis(10),
            reason: "other credentials".into(),
        },
        http::Resend {
            came: Err(ErrorKind::Reset),
            time: Duration::from_millis(20),
            reason: "closed, tok-3b1f9a77c2".into(),
        },
    ];
    let redactor = Redactor::default();
    redactor.add("token", "tok-3b1f9a77c2").unwrap();
    let lost = Error::new(ErrorKind::Timeout, "late");
    for (result, unsent) in [
        (Ok(Response::new(200, Vec::new(), "")), false),
        (Err(lost.clone()), false),
        (Err(lost), true),
    ] {
        let is_response = result.is_ok();
        let mut exchange = Exchange::new(Request::new("GET", url("http://h/")), result);
        (exchange.resends, exchange.unsent) = (resends.clone(), unsent);
        let entry = Entry::new(identity("x"), Some(&url("http://h/")), &exchange, &redactor);
        let line = serde_json::to_string(&entry).unwrap() + "\n";
        let archive = serde_json::json!({ "log": { "entries": entries(&entry) } }).to_string();
        for recording in [recording(&[line]), written("r.har", &archive).unwrap()] {
            let told = ask(&recording, &identity("x"), "http://h/", "http://h/", None);
            assert_eq!((told.result.is_ok(), told.unsent), (is_response, unsent));
            assert_eq!(told.resends[0], resends[0]);
            assert_eq!(
                (told.resends[1].came, &*told.resends[1].reason),
                (Err(ErrorKind::Reset), "closed, ***")
            );
        }
    }
}

#[test]
fn json_stays_json_where_a_number_is_secret() {
    let redactor = Redactor::default();
    redactor.add("pin", "1234567").unwrap();
    let body = r#"{"pin":1234567,"digits":1.50}"#;
    let exchange = Exchange::of(
        Request::new("GET", url("http://h/")),
        Response::new(200, Vec::new(), body),
    );
    let entry = Entry::new(identity("x"), None, &exchange, &redactor);
    assert_eq!(
        entry.response.unwrap().body,
        Body::Text(r#"{"pin":"***","digits":1.50}"#.into())
    );
}

#[test]
fn what_is_no_recording_says_so() {
    for (text, reason) in [
        (
            "",
            "it is neither a recording of apitest nor HAR: EOF while parsing a value at line 1 column 0",
        ),
        (
            "hello",
            "it is neither a recording of apitest nor HAR: expected value at line 1 column 1",
        ),
        (
            "{\"apitest_recording\":2,\"run_id\":\"\",\"time\":\"\",\"seed\":0}",
            "it was made by a later version of apitest (its format is 2, this one reads 1)",
        ),
        (
            "{\"apitest_recording\":1,\"run_id\":\"\",\"time\":\"\",\"seed\":0}\n\n{}",
            "line 3: not an exchange: missing field `of` at line 1 column 2",
        ),
    ] {
        assert_eq!(written("r.har", text).unwrap_err(), reason);
    }
    let lost = Recording::read(std::path::Path::new("no/such/file")).unwrap_err();
    assert!(lost.starts_with("it cannot be read: "), "{lost}");
}

#[test]
fn errors_keep_their_kind() {
    let error = crate::http::Error::new(ErrorKind::Tls, "no").hint("look");
    let exchange = Exchange::new(Request::new("GET", url("http://h/")), Err(error.clone()));
    let entry = Entry::new(
        identity("x"),
        Some(&url("http://h")),
        &exchange,
        &Redactor::default(),
    );
    let recording = recording(&[serde_json::to_string(&entry).unwrap() + "\n"]);
    assert_eq!(
        ask(&recording, &identity("x"), "http://h", "http://h/", None)
            .result
            .unwrap_err(),
        error
    );
}
