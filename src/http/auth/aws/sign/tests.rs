use std::path::{Path, PathBuf};

use super::*;
use crate::value::{Value, parse};

const NORMALIZED: Paths = Paths {
    normalized: true,
    encoded_twice: true,
};

/// A vector of AWS's suite.
struct Vector {
    folder: PathBuf,
}

impl Vector {
    fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.folder.join(name))
            .unwrap()
            .replace("\r\n", "\n")
    }

    fn name(&self) -> String {
        self.folder
            .file_name()
            .unwrap()
            .to_string_lossy()
            .into_owned()
    }
}

fn vectors() -> Vec<Vector> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/aws-sigv4/v4");
    let mut found: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| Vector {
            folder: entry.unwrap().path(),
        })
        .collect();
    found.sort_by(|one, two| one.folder.cmp(&two.folder));
    found
}

/// A request as it is written there: line, headers (some on several lines), body.
fn read(text: &str) -> (String, String, Vec<(String, String)>, String) {
    let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
    let mut lines = head.lines();
    let line = lines.next().unwrap();
    let (method, rest) = line.split_once(' ').unwrap();
    let target = rest.rsplit_once(' ').unwrap().0;
    let mut headers: Vec<(String, String)> = Vec::new();
    for line in lines.filter(|line| !line.is_empty()) {
        if line.starts_with(' ') {
            headers.last_mut().unwrap().1.push_str(line);
        } else {
            let (name, value) = line.split_once(':').unwrap();
            headers.push((name.to_lowercase(), value.to_owned()));
        }
    }
    (
        method.to_owned(),
        target.to_owned(),
        headers,
        body.trim_end_matches('\n').to_owned(),
    )
}

fn member<'a>(context: &'a Value, path: &[&str]) -> Option<&'a str> {
    path.iter()
        .try_fold(context, |value, name| value.get(name))?
        .as_str()
}

#[test]
fn signatures_are_those_of_awss_suite() {
    let mut checked = 0;
    for vector in vectors()
        .iter()
        .filter(|vector| vector.folder.join("context.json").exists())
    {
        let name = vector.name();
        let context = parse(&vector.text("context.json")).unwrap();
        let is = |name: &str| context.get(name) == Some(&Value::Bool(true));
        let (method, target, mut headers, body) = read(&vector.text("request.txt"));
        let time = member(&context, &["timestamp"])
            .unwrap()
            .replace(['-', ':'], "");
        let payload = sha256(body.as_bytes());
        headers.push(("x-amz-date".to_owned(), time.clone()));
        let token =
            member(&context, &["credentials", "token"]).filter(|_| !is("omit_session_token"));
        headers.extend(token.map(|token| ("x-amz-security-token".to_owned(), token.to_owned())));
        headers
            .extend(is("sign_body").then(|| ("x-amz-content-sha256".to_owned(), payload.clone())));
        let (path, query) = target.split_once('?').unwrap_or((&target, ""));
        // These two are written for a service like S3, which sees what is sent.
        let paths = Paths {
            normalized: is("normalize"),
            encoded_twice: !name.starts_with("get-space"),
        };
        let signed = Signed {
            method: &method,
            path,
            query,
            headers,
            payload: &payload,
            paths,
        };
        let canonical = signed.canonical();
        assert_eq!(
            canonical,
            vector.text("header-canonical-request.txt"),
            "{name}"
        );
        let (region, service) = (
            member(&context, &["region"]).unwrap(),
            member(&context, &["service"]).unwrap(),
        );
        let scope = Scope {
            time: &time,
            region,
            service,
        };
        let text = string_to_sign(&canonical, &scope);
        assert_eq!(text, vector.text("header-string-to-sign.txt"), "{name}");
        let secret = member(&context, &["credentials", "secret_access_key"]).unwrap();
        assert_eq!(
            signature(secret, &text, &scope),
            vector.text("header-signature.txt"),
            "{name}"
        );
        checked += 1;
    }
    assert_eq!(checked, 38);
}

/// Two older vectors come without a context: a path that is encoded already is encoded once more.
#[test]
fn paths_are_encoded_twice() {
    let mut checked = 0;
    for vector in vectors()
        .iter()
        .filter(|vector| !vector.folder.join("context.json").exists())
    {
        let (method, target, mut headers, body) = read(&vector.text("request.txt"));
        headers.retain(|(name, _)| name != "x-amz-date");
        headers.push(("x-amz-date".to_owned(), "20210511T154045Z".to_owned()));
        let payload = sha256(body.as_bytes());
        let paths = NORMALIZED;
        let canonical = Signed {
            method: &method,
            path: &target,
            query: "",
            headers,
            payload: &payload,
            paths,
        }
        .canonical();
        assert_eq!(
            canonical,
            vector.text("header-canonical-request.txt"),
            "{}",
            vector.name()
        );
        if vector.name() == "double-url-encode" {
            let scope = Scope {
                time: "20210511T154045Z",
                region: "us-east-2",
                service: "lambda",
            };
            assert_eq!(
                string_to_sign(&canonical, &scope),
                vector.text("header-string-to-sign.txt").trim_end()
            );
        }
        checked += 1;
    }
    assert_eq!(checked, 2);
}

#[test]
fn s3_sees_the_path_as_it_is_sent() {
    assert_eq!(
        path(
            "/a%20b//./c+d/%C3%A9",
            Paths {
                normalized: false,
                encoded_twice: false
            }
        ),
        "/a%20b//./c%2Bd/%C3%A9"
    );
    assert_eq!(
        path("/dev/@connections/X%3D", NORMALIZED),
        "/dev/%40connections/X%253D"
    );
    for (given, resolved) in [
        ("/", "/"),
        ("", "/"),
        ("//a//b/", "/a/b/"),
        ("/a/..", "/"),
        ("/a/./b/../c", "/a/c"),
        ("/../..", "/"),
    ] {
        assert_eq!(path(given, NORMALIZED), resolved, "{given}");
    }
}
