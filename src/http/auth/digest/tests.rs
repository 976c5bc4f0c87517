use super::*;
use crate::http::Body;

fn challenge(line: &str) -> Challenge {
    strongest(challenges(std::iter::once(line))).unwrap()
}

/// A parameter of the response to a challenge.
fn answer(line: &str, user: (&str, &str), client_nonce: &str, url: &str, wanted: &str) -> String {
    let url = Url::parse(url).unwrap();
    let call = Call {
        method: "GET",
        url: &url,
        raw_target: None,
        headers: Vec::new(),
        body: None,
    };
    let value = respond(
        &challenge(line),
        user,
        &call,
        &Once {
            count: 1,
            client_nonce,
        },
    )
    .unwrap()
    .unwrap();
    challenges(std::iter::once(value.as_str()))[0]
        .get(wanted)
        .unwrap_or_default()
        .to_owned()
}

/// RFC 7616 section 3.9.1.
const HTTP_AUTH: &str = r#"Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=NAME, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS""#;

#[test]
fn answers_are_those_of_the_standards() {
    let url = "http://www.example.org/dir/index.html";
    let of = |name: &str| {
        let user = ("Mufasa", "Circle of Life");
        answer(
            &HTTP_AUTH.replace("NAME", name),
            user,
            "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
            url,
            "response",
        )
    };
    assert_eq!(of("MD5"), "8ca523f5e9506fed4657c9700eebdbec");
    assert_eq!(
        of("SHA-256"),
        "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"
    );
    // RFC 2617 section 3.5, and without `qop` as in RFC 2069 (what `curl` sends).
    let old = r#"Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093""#;
    let user = ("Mufasa", "Circle Of Life");
    assert_eq!(
        answer(
            &format!("{old}, qop=\"auth,auth-int\""),
            user,
            "0a4f113b",
            url,
            "response"
        ),
        "6629fae49393a05397450978507c4ef1"
    );
    assert_eq!(
        answer(old, user, "", url, "response"),
        "670fd8c2df070c60b045671b8b24ff02"
    );
    assert_eq!(
        (
            answer(old, user, "", url, "nc").as_str(),
            answer(old, user, "", url, "cnonce").as_str()
        ),
        ("", "")
    );
}

#[test]
fn users_are_hashed_or_spelt_out_where_the_server_knows_how() {
    // RFC 7616 section 3.9.2; the user's hash there is the first half of SHA-512, not SHA-512/256 (erratum 4897).
    let line = r#"Digest realm="api@example.org", qop="auth", algorithm=SHA-512-256, nonce="5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK", opaque="HRPCssKJSGjCrkzDg8OhwpzCiGPChXYjwrI2QmXDnsOS", charset=UTF-8, userhash=true"#;
    let user = ("Jäsøn Doe", "Secret, or not?");
    let of = |line: &str, wanted: &str| {
        answer(
            line,
            user,
            "NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v",
            "http://api.example.org/doe.json",
            wanted,
        )
    };
    assert_eq!(
        of(line, "username"),
        "793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b"
    );
    assert_eq!(
        of(line, "response"),
        "3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5"
    );
    assert_eq!(of(line, "userhash"), "true");
    let unhashed = line.replace(", userhash=true", "");
    assert_eq!(of(&unhashed, "username*"), "UTF-8''J%C3%A4s%C3%B8n%20Doe");
    assert_eq!(
        of(&unhashed.replace(", charset=UTF-8", ""), "username"),
        "Jäsøn Doe"
    );
}

#[test]
fn the_body_counts_where_only_that_is_offered() {
    let line = HTTP_AUTH
        .replace("NAME", "MD5")
        .replace("auth, auth-int", "auth-int");
    let url = Url::parse("http://h/x?y").unwrap();
    let of = |body: &'static [u8]| {
        let body = Body::from(bytes::Bytes::from_static(body));
        let call = Call {
            method: "POST",
            url: &url,
            raw_target: None,
            headers: Vec::new(),
            body: Some(&body),
        };
        respond(
            &challenge(&line),
            ("u", "p"),
            &call,
            &Once {
                count: 255,
                client_nonce: "c",
            },
        )
        .unwrap()
        .unwrap()
    };
    assert!(
        of(b"a").contains("qop=auth-int, nc=000000ff"),
        "{}",
        of(b"a")
    );
    assert_ne!(of(b"a"), of(b"b"));
}

#[test]
fn the_strongest_challenge_that_is_understood_is_answered() {
    let line = |name: &str| HTTP_AUTH.replace("NAME", name);
    let lines = [
        line("MD5"),
        line("SHA-999"),
        line("SHA-256-sess"),
        line("sha-256"),
        "Basic realm=x".to_owned(),
    ];
    let chosen = strongest(challenges(lines.iter().map(String::as_str))).unwrap();
    assert_eq!(chosen.get("algorithm"), Some("SHA-256-sess"));
    assert_eq!(
        strongest(challenges(
            [r#"Digest nonce="x", qop="token""#, "Basic realm=x"].into_iter()
        )),
        None
    );
}

#[test]
fn nonces_are_used_again_and_stale_ones_replaced() {
    let digest = Digest::new("u", "passw0rd");
    let url = Url::parse("http://h/x").unwrap();
    let call = Call {
        method: "GET",
        url: &url,
        raw_target: None,
        headers: Vec::new(),
        body: None,
    };
    let again = |response: &Response, round: usize| {
        digest.is_challenged(AuthResponse {
            url: &url,
            headers: &[],
            response,
            round,
        })
    };
    let nonce_and_count = || {
        let proof = digest.auth_headers(&call).unwrap();
        let found = challenges(proof.iter().map(|(_, value)| value.as_str())).pop()?;
        Some((found.get("nonce")?.to_owned(), found.get("nc")?.to_owned()))
    };
    let expect = |nonce: &str, count: &str| {
        assert_eq!(
            nonce_and_count(),
            Some((nonce.to_owned(), count.to_owned()))
        );
    };
    let asks = |more: &str| {
        Response::new(
            401,
            vec![(
                "www-authenticate".into(),
                format!(r#"Digest realm="r", qop="auth", {more}"#),
            )],
            "",
        )
    };
    assert_eq!(nonce_and_count(), None);
    assert!(again(&asks("nonce=one"), 0));
    expect("one", "00000001");
    expect("one", "00000002");
    assert!(again(&asks("nonce=two, stale=true"), 0));
    expect("two", "00000001");
    let told = vec![(
        "authentication-info".to_owned(),
        "nextnonce=\"three\"".to_owned(),
    )];
    assert!(!again(&Response::new(200, told, ""), 0));
    expect("three", "00000001");
    assert!(again(&asks("nonce=four, stale=TRUE"), 1));
    assert!(
        !again(&asks("nonce=five, stale=true"), 2),
        "there is an end"
    );
    assert!(again(&asks("nonce=six"), 0));
    assert!(!again(&asks("nonce=seven"), 1), "the password is wrong");
    assert_eq!(nonce_and_count(), None);
    assert!(!format!("{digest:?}").contains("passw0rd"));
}

#[test]
fn a_path_that_is_sent_as_it_is_is_what_is_proved() {
    let url = Url::parse("http://h/b").unwrap();
    let call = Call {
        method: "GET",
        url: &url,
        raw_target: Some("/a/../b?c"),
        headers: Vec::new(),
        body: None,
    };
    let challenge = challenge(r#"Digest realm="r", nonce="n", qop="auth""#);
    let value = respond(
        &challenge,
        ("u", "p"),
        &call,
        &Once {
            count: 1,
            client_nonce: "c",
        },
    )
    .unwrap()
    .unwrap();
    assert_eq!(
        challenges(std::iter::once(value.as_str()))[0].get("uri"),
        Some("/a/../b?c")
    );
}
