#![expect(clippy::print_stderr, reason = "what is skipped is said")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::process::Command;
use std::time::Duration;

use bytes::Bytes;
use proptest::prelude::*;
use url::Url;

use super::*;
use crate::http::{HttpVersion, Settings, Tls, auth};

mod bodies;
mod connections;
mod matrix;
mod secure;

/// What a server received.
#[derive(Debug, PartialEq)]
struct Received {
    line: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

/// The shells that are here; none where there is no curl.
fn shells() -> Vec<&'static str> {
    let runs = |program: &str, argument: &str| {
        Command::new(program)
            .arg(argument)
            .output()
            .is_ok_and(|output| output.status.success())
    };
    if !runs("curl", "--version") {
        eprintln!("SKIPPED: there is no curl here, its commands are not tried");
        return Vec::new();
    }
    ["sh", "bash"]
        .into_iter()
        .filter(|shell| Command::new(shell).args(["-c", "true"]).output().is_ok())
        .collect()
}

fn receive(listener: &TcpListener) -> Received {
    let (stream, _) = listener.accept().unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(10)))
        .unwrap();
    receive_over(stream, "HTTP/1.1 204 No Content")
}

/// What comes over a connection, which is closed with that response.
fn receive_over(stream: impl Read + Write, answer: &str) -> Received {
    let mut reader = BufReader::new(stream);
    let mut lines = Vec::new();
    loop {
        let mut line = Vec::new();
        reader.read_until(b'\n', &mut line).unwrap();
        let line = String::from_utf8(line)
            .unwrap()
            .trim_end_matches(['\r', '\n'])
            .to_owned();
        if line.is_empty() {
            break;
        }
        lines.push(line);
    }
    let mut headers: Vec<_> = lines
        .iter()
        .skip(1)
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()))
        .collect();
    headers.sort();
    let body = receive_body(&mut reader, &headers);
    reader
        .get_mut()
        .write_all(format!("{answer}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n").as_bytes())
        .unwrap();
    Received {
        line: lines[0].clone(),
        headers,
        body,
    }
}

fn receive_body(reader: &mut impl BufRead, headers: &[(String, String)]) -> Vec<u8> {
    let header = |name: &str| {
        headers
            .iter()
            .find(|(line, _)| line == name)
            .map(|(_, value)| value.as_str())
    };
    let take = |reader: &mut dyn BufRead, length: usize| {
        let mut bytes = vec![0; length];
        reader.read_exact(&mut bytes).unwrap();
        bytes
    };
    if header("transfer-encoding") != Some("chunked") {
        return take(
            reader,
            header("content-length").map_or(0, |length| length.parse().unwrap()),
        );
    }
    let mut body = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let length = usize::from_str_radix(line.trim(), 16).unwrap();
        let chunk = take(reader, length + 2);
        body.extend_from_slice(&chunk[..length]);
        if length == 0 {
            return body;
        }
    }
}

/// What does not depend on the program that sends: the line between parts is its own, and so is what a compressor makes.
fn normal(mut received: Received) -> Received {
    let header = |received: &Received, name: &str| {
        received
            .headers
            .iter()
            .find(|(line, _)| line == name)
            .cloned()
    };
    if let Some((_, coding)) = header(&received, "content-encoding") {
        let response =
            crate::http::Response::new(200, vec![("content-encoding".into(), coding)], "");
        received.body = crate::http::decoded(
            response,
            received.body,
            crate::http::Bounds::of(1_000_000),
            &crate::secret::Redactor::default(),
        )
        .body
        .to_vec();
        received
            .headers
            .retain(|(name, _)| name != "content-length");
    }
    let boundary = header(&received, "content-type")
        .and_then(|(_, value)| Some(value.split_once("boundary=")?.1.to_owned()));
    if let Some(boundary) = boundary {
        // A character a byte: files need not be text.
        let text: String = received.body.iter().copied().map(char::from).collect();
        received.body = text
            .replace(&boundary, "BOUNDARY")
            .chars()
            .map(|character| character as u8)
            .collect();
        received
            .headers
            .iter_mut()
            .for_each(|(_, value)| *value = value.replace(&boundary, "BOUNDARY"));
        received
            .headers
            .retain(|(name, _)| name != "content-length");
    }
    received
}

/// What the request is on the wire.
fn expected(request: &Request, options: &Options) -> Received {
    let mut request = request.clone();
    add_default_headers(&mut request, options);
    let compressed = options.compressed;
    let mut headers: Vec<_> = request
        .headers
        .iter()
        .map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()))
        .collect();
    headers.extend((!request.has_header("host")).then(|| {
        (
            "host".into(),
            format!("127.0.0.1:{}", request.url.port().unwrap()),
        )
    }));
    let is_about_a_body = ["POST", "PUT", "PATCH"].contains(&request.method.as_str());
    // Nothing says that the body of a GET is empty.
    let body = request.body.as_ref();
    let told = body.filter(|body| is_about_a_body || !body.is_empty() || body.is_chunked());
    headers.extend(
        told.map(|body| match body.length().filter(|_| !body.is_chunked()) {
            Some(length) => ("content-length".into(), length.to_string()),
            None => ("transfer-encoding".into(), "chunked".to_owned()),
        }),
    );
    if request.body.is_none() && is_about_a_body {
        headers.push(("content-length".into(), "0".to_owned()));
    }
    // The list of `--compressed` is curl's own.
    headers.retain(|(name, _)| !(compressed && name == "accept-encoding"));
    headers.sort();
    let path = &request.url[url::Position::BeforePath..url::Position::AfterQuery];
    let body = request
        .body
        .as_ref()
        .map_or_else(Vec::new, |body| body.collect(1_000_000).unwrap().to_vec());
    Received {
        line: format!("{} {path} HTTP/1.1", request.method),
        headers,
        body,
    }
}

/// Runs the command in every shell, and compares what arrives with what the request is.
fn assert_repeats(
    request: impl Fn(Url) -> Request,
    path: &str,
    options: &Options,
    secrets: &[(&str, &str)],
    variables: &[(&str, &str)],
) {
    let redactor = Redactor::default();
    for (name, value) in secrets {
        redactor.add(name, value).unwrap();
    }
    for shell in shells() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let request = request(Url::parse(&format!("http://{address}{path}")).unwrap());
        let command = curl(&request, options, &redactor);
        for (_, value) in secrets {
            assert!(!command.contains(value), "{command} holds {value}");
        }
        let server = std::thread::spawn(move || receive(&listener));
        let variables = variables.iter().map(|(name, value)| (*name, *value));
        let run = Command::new(shell)
            .args(["-c", &command])
            .env("LC_ALL", "C")
            .envs(variables)
            .output()
            .unwrap();
        assert!(
            run.status.success(),
            "{command}\n{}",
            String::from_utf8_lossy(&run.stderr)
        );
        let mut received = server.join().unwrap();
        received
            .headers
            .retain(|(name, _)| !(options.compressed && name == "accept-encoding"));
        assert_eq!(
            normal(received),
            normal(expected(&request, options)),
            "{command}"
        );
    }
}

fn plain() -> Options {
    Options {
        compressed: false,
        ..Options::default()
    }
}

fn shown(request: &Request, options: &Options, secrets: &[(&str, &str)]) -> String {
    let redactor = Redactor::default();
    for (name, value) in secrets {
        redactor.add_whole(name, value);
    }
    curl(request, options, &redactor)
}

fn at(url: &str) -> Url {
    Url::parse(url).unwrap()
}

#[test]
fn a_plain_request_is_a_short_line() {
    let request = Request::new("GET", at("https://example.com/dev/hello#part"));
    assert_eq!(
        shown(&request, &Options::default(), &[]),
        "curl 'https://example.com/dev/hello' --header 'user-agent: apitest/0.1.0' --compressed"
    );
    let request = Request::new("POST", at("https://example.com/"))
        .header("content-type", "application/json")
        .body("{\"a\": \"it's\"}");
    insta::assert_snapshot!(shown(&request, &plain(), &[]), @r##"
    curl 'https://example.com/' \
      --header 'content-type: application/json' \
      --header 'user-agent: apitest/0.1.0' \
      --data-raw '{"a": "it'\''s"}'
    "##);
}

#[test]
fn secrets_are_variables_and_what_is_encoded_is_explained() {
    let request = Request::new("POST", at("https://example.com/x?key=a%20b%2Fc"))
        .header("authorization", "Bearer t0k3n")
        .header("x-api-key", "not known as a secret")
        .header("cookie", "sid=t0k3n; theme=dark")
        .header("x-path", "p4th p4th")
        .body(r#"{"pin": "123", "quote": "say \"hi\""}"#);
    let secrets = [
        ("key", "a b/c"),
        ("api.token", "t0k3n"),
        ("path", "p4th"),
        ("pin", "123"),
        ("quote", "say \"hi\""),
    ];
    insta::assert_snapshot!(shown(&request, &plain(), &secrets), @r##"
    # KEY_ENCODED is `key` percent-encoded, as in the URL
    # X_API_KEY is the secret part of the header `x-api-key`
    # COOKIE is the secret part of the header `cookie`
    # QUOTE_ENCODED is `quote` with backslash escapes, as in JSON
    curl 'https://example.com/x?key='"$KEY_ENCODED" \
      --header 'authorization: Bearer '"$API_TOKEN" \
      --header 'x-api-key: '"$X_API_KEY" \
      --header 'cookie: sid='"$API_TOKEN"'; theme='"$COOKIE" \
      --header 'x-path: '"$PATH_2"' '"$PATH_2" \
      --header 'user-agent: apitest/0.1.0' \
      --header 'content-type:' \
      --data-raw '{"pin": "'"$PIN"'", "quote": "'"$QUOTE_ENCODED"'"}'
    "##);
}

#[test]
fn options_are_told_where_they_are_not_the_usual_ones() {
    let settings = Settings {
        connect_timeout: Some(Duration::from_millis(1500)),
        http: Some(HttpVersion::Http11),
        tls: Tls {
            insecure: true,
            ..Tls::default()
        },
        ..Settings::default()
    };
    let options = Options {
        follow_redirects: 5,
        timeout: Some(Duration::from_secs(3)),
        settings: settings.into(),
        ..plain()
    };
    let request = Request::new("DELETE", at("http://[::1]:3000/{id}"));
    insta::assert_snapshot!(shown(&request, &options, &[]), @r##"
    # after a 303 redirect, curl sends DELETE again instead of GET
    curl --globoff 'http://[::1]:3000/%7Bid%7D' \
      --request DELETE \
      --header 'user-agent: apitest/0.1.0' \
      --cookie '' \
      --http1.1 \
      --location --max-redirs 5 \
      --insecure \
      --connect-timeout 1.5 \
      --max-time 3
    "##);
}

#[test]
fn a_body_too_long_for_a_command_is_a_file() {
    let request = Request::new("PUT", at("http://h/"))
        .header("content-type", "a/b")
        .body(vec![b'x'; 200_000]);
    insta::assert_snapshot!(shown(&request, &plain(), &[]), @r##"
    # body.bin is the body of the request, 200 kB
    curl 'http://h/' \
      --request PUT \
      --header 'content-type: a/b' \
      --header 'user-agent: apitest/0.1.0' \
      --header 'expect:' \
      --data-binary @body.bin
    "##);
}

#[test]
fn curl_repeats_the_request() {
    let none: &[(&str, &str)] = &[];
    assert_repeats(
        |url| Request::new("GET", url),
        "/a%20b/%7Bid%7D/[1]?q={x}&r=[1-3]&s=it's%20!$HOME`x`",
        &plain(),
        none,
        none,
    );
    assert_repeats(
        |url| Request::new("HEAD", url),
        "/",
        &Options::default(),
        none,
        none,
    );
    assert_repeats(
        |url| {
            Request::new("OPTIONS", url)
                .header("empty", "")
                .header("A", "1")
                .header("a", "2")
        },
        "/",
        &plain(),
        none,
        none,
    );
    assert_repeats(
        |url| {
            Request::new("GET", url)
                .header("Accept", "text/html")
                .body("with body")
        },
        "/",
        &plain(),
        none,
        none,
    );
    assert_repeats(
        |url| {
            Request::new("GET", url)
                .header("host", "elsewhere")
                .header("accept-encoding", "identity")
        },
        "/",
        &plain(),
        none,
        none,
    );
    let basic =
        |url: Url| Request::new("GET", url).header("Authorization", auth::basic("us'er", ""));
    assert_repeats(basic, "/", &plain(), none, &[("PASSWORD", "")]);
}

#[test]
fn curl_repeats_bodies() {
    let none: &[(&str, &str)] = &[];
    assert_repeats(
        |url| Request::new("POST", url).body(""),
        "/",
        &plain(),
        none,
        none,
    );
    assert_repeats(
        |url| {
            Request::new("PATCH", url)
                .header("content-type", "a/b")
                .body("@file 'x' \"$y\" \\n %s é !\n\n")
        },
        "/",
        &plain(),
        none,
        none,
    );
    assert_repeats(
        |url| Request::new("POST", url).body(&b"-\0\xff%s\\'\r\n\x1b9\t"[..]),
        "/",
        &plain(),
        none,
        none,
    );
    assert_repeats(
        |url| Request::new("POST", url).body("\u{202e}x"),
        "/",
        &plain(),
        none,
        none,
    );
}

#[test]
fn curl_repeats_the_request_with_its_secrets() {
    let secret = "p\"a$s's `w`\\é%21";
    let secrets = [("my pass", secret), ("id", "1d-2")];
    let variables = [("MY_PASS", secret), ("ID", "1d-2")];
    let all = |url: Url| {
        Request::new("POST", url)
            .header("authorization", auth::basic("me", secret))
            .header("x-two", format!("{secret}{secret} 1d-2"))
            .body(format!("a{secret}b"))
    };
    assert_repeats(all, "/1d-2?x=1d-2", &plain(), &secrets, &variables);
    let binary = |url: Url| {
        Request::new("POST", url).body([b"\xff\x00", secret.as_bytes(), b"%s\xff"].concat())
    };
    assert_repeats(binary, "/", &plain(), &secrets, &variables);
    let encoded = |url: Url| {
        Request::new("GET", url)
            .header("x-api-key", "whatever")
            .header("cookie", "a=b; c=d")
    };
    let variables = [
        ("MY_PASS_ENCODED", "p%22a%24s%27s%20%60w%60%5C%C3%A9%2521"),
        ("X_API_KEY", "whatever"),
        ("COOKIE", "b"),
        ("COOKIE_2", "d"),
    ];
    assert_repeats(
        encoded,
        "/?q=p%22a%24s%27s%20%60w%60%5C%C3%A9%2521",
        &plain(),
        &secrets,
        &variables,
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn curl_repeats_whatever_is_sent(
        body in proptest::option::of(prop_oneof![proptest::collection::vec(any::<u8>(), 0..40), "[ -~\n\té]{0,40}".prop_map(String::into_bytes)]),
        value in "[!-~]([ -~é]{0,20}[!-~])?",
        query in "[ -~é]{0,20}",
        secret in "[!-~]{8}",
        method in prop_oneof![Just("GET"), Just("POST"), Just("PUT")],
    ) {
        let request = |mut url: Url| {
            url.set_query(Some(&query));
            let mut request = Request::new(method, url).header("x-value", &value).header("x-both", format!("{value}{secret}"));
            request.body = body.clone().map(|body| Bytes::from(body).into());
            request
        };
        // Surroundings that hold the secret by chance, encoded, would need a variable that is not set here.
        let probe = Redactor::default();
        probe.add("s", &secret).unwrap();
        // So would a backslash just before it.
        prop_assume!(!value.contains(&secret) && !value.ends_with('\\') && probe.redact(&query) == query);
        assert_repeats(request, "/", &plain(), &[("token", &secret)], &[("TOKEN", &secret)]);
    }
}
