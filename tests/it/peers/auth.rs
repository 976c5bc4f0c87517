//! Servers of tokens and of AWS: `oauth.toml`, `sigv4.toml` and `sigv4_moto.toml`; and the connections over which tokens come.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::green;
use crate::peer;
use crate::support::{After, Server, answers};

#[test]
#[ignore = "needs oauth"]
fn tokens_of_every_grant_are_had_from_authlib() {
    let Some(base) = peer::peer("OAUTH_URL") else {
        return;
    };
    let key = |name: &str| fs::read_to_string(Path::new("tests/data/jwt").join(name)).unwrap();
    let (rsa, ec) = (key("rsa.pem"), key("ec.pem").replace('\n', "\\n"));
    green(
        "oauth.toml",
        &["--base-url", &base],
        &[("RSA_KEY", &rsa), ("EC_KEY", &ec)],
        "24 passed",
    );
}

#[test]
#[ignore = "needs sigv4"]
fn botocore_signs_as_we_do() {
    let Some(base) = peer::peer("SIGV4_VERIFIER_URL") else {
        return;
    };
    green(
        "sigv4.toml",
        &["--base-url", &format!("{base}/dev")],
        &[],
        "55 passed",
    );
}

/// The lines that `show` gives are signed by the real curl for the same service, and botocore signs them as curl does. Where
/// an old curl cannot, the line says so.
#[test]
#[ignore = "needs sigv4"]
fn curl_lines_are_signed_as_we_sign() {
    let Some(base) = peer::peer("SIGV4_VERIFIER_URL") else {
        return;
    };
    let (key, secret) = (
        ("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
        "process/Secret+Key0123456789abcdefghijkl",
    );
    let of_role = ("ASIAPROCESS", secret);
    let size = |file: &str| {
        usize::try_from(fs::metadata(format!("tests/peers/{file}")).unwrap().len()).unwrap()
    };
    let cases = [
        ("paths", key, "eu-west-1/execute-api", 0),
        ("queries", key, "eu-west-1/execute-api", 0),
        ("a query of all sorts", key, "eu-west-1/execute-api", 0),
        ("bodies", key, "eu-west-1/execute-api", 26),
        ("an empty body, POST", key, "eu-west-1/execute-api", 0),
        ("an empty body, DELETE", key, "eu-west-1/execute-api", 0),
        (
            "a body from a file, which is streamed",
            key,
            "eu-west-1/execute-api",
            size("sigv4_verifier.py"),
        ),
        ("a body in chunks", key, "eu-west-1/execute-api", 13),
        ("headers that AWS reads", key, "eu-west-1/execute-api", 0),
        ("a host that is written", key, "eu-west-1/execute-api", 0),
        ("a form", key, "eu-west-1/execute-api", 109),
        ("a session token", of_role, "us-gov-west-1/lambda", 0),
        ("S3 takes paths as they are", key, "eu-west-1/s3", 5),
        ("S3 gives", key, "eu-west-1/s3", 0),
    ];
    let mut doubtful = 0;
    for (name, (id, secret), scope, bytes) in cases {
        let mut show = Command::new(env!("CARGO_BIN_EXE_apitest"));
        let shown = show.args([
            "show",
            "--curl",
            &format!("tests/peers/sigv4.toml::{name}"),
            "--base-url",
            &format!("{base}/dev"),
        ]);
        let line = String::from_utf8(shown.output().unwrap().stdout).unwrap();
        let mut curl = Command::new("sh");
        curl.args(["-c", &format!("{} --silent --show-error", line.trim_end())]);
        curl.envs([
            ("AWS_ACCESS_KEY_ID", id),
            ("AWS_SECRET_ACCESS_KEY", secret),
            ("AWS_SESSION_TOKEN", "process-session-token+/=="),
        ]);
        let answer = String::from_utf8(curl.output().unwrap().stdout).unwrap();
        let expected = [
            format!("\"signed_by\": \"{id}\""),
            format!("\"scope\": \"{scope}\""),
            format!("\"bytes\": {bytes},"),
        ];
        let is_taken = expected.iter().all(|part| answer.contains(part));
        let doubted = line.contains("# old versions of curl sign this in another way");
        doubtful += usize::from(doubted);
        assert!(
            is_taken || (doubted && answer.contains("canonical request")),
            "{name}: {line}{answer}"
        );
        assert!(!line.contains(secret), "{line}");
    }
    assert_eq!(doubtful, 4, "what an old curl can sign it should");
}

/// A folder with files of AWS's: a user's keys, profiles that assume roles, a web identity.
struct Home {
    folder: tempfile::TempDir,
    keys: [(&'static str, String); 2],
}

const ROLE: &str = "arn:aws:iam::123456789012:role/auditor";

impl Home {
    fn make() -> Self {
        let (id, secret) = (
            peer::peer("SIGV4_MOTO_KEY_ID").unwrap(),
            peer::peer("SIGV4_MOTO_SECRET").unwrap(),
        );
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join(".aws")).unwrap();
        let write = |name: &str, text: String| fs::write(folder.path().join(name), text).unwrap();
        write(
            "token",
            "eyJ0b2tlbiI6Im9mIGEgd2ViIGlkZW50aXR5In0\n".to_owned(),
        );
        write(
            ".aws/credentials",
            format!("[default]\naws_access_key_id = {id}\naws_secret_access_key = {secret}\n"),
        );
        let token = folder.path().join("token").display().to_string();
        let process = r#"printf '{"Version":1,"AccessKeyId":"ASIAPROCESS","SecretAccessKey":"process/Secret+Key0123456789abcdefghijkl","SessionToken":"process-session-token+/=="}'"#;
        let config = [
            format!(
                "[profile auditor]\nrole_arn = {ROLE}\nsource_profile = default\nrole_session_name = from-profile"
            ),
            format!(
                "[profile surroundings]\nrole_arn = {ROLE}\ncredential_source = Environment\nrole_session_name = surroundings"
            ),
            format!(
                "[profile web]\nrole_arn = {ROLE}\nweb_identity_token_file = {token}\nrole_session_name = from-web-profile"
            ),
            format!("[profile process]\ncredential_process = {process}"),
        ];
        write(".aws/config", config.join("\n\n"));
        Self {
            folder,
            keys: [("AWS_ACCESS_KEY_ID", id), ("AWS_SECRET_ACCESS_KEY", secret)],
        }
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }
}

/// Keys from every source that can be had without a machine of AWS's: moto says whose they are.
#[test]
#[ignore = "needs sigv4"]
fn moto_knows_the_keys_wherever_they_are_found() {
    let Some(moto) = peer::peer("SIGV4_MOTO_URL") else {
        return;
    };
    let home = Home::make();
    let (folder, [id, secret]) = (home.path(""), &home.keys);
    let (id, secret) = ((id.0, id.1.as_str()), (secret.0, secret.1.as_str()));
    let (at, sts) = (
        ("HOME", folder.as_str()),
        ("AWS_ENDPOINT_URL_STS", moto.as_str()),
    );
    let cases: [(&str, &[(&str, &str)]); 5] = [
        ("user/ada", &[id, secret]),
        ("user/ada", &[at]),
        (
            "user/ada",
            &[at, sts, id, secret, ("AWS_PROFILE", "auditor")],
        ),
        (
            "assumed-role/auditor/from-profile",
            &[at, sts, ("AWS_PROFILE", "auditor")],
        ),
        (
            "assumed-role/auditor/from-profile",
            &[
                at,
                ("AWS_ENDPOINT_URL", &moto),
                ("AWS_PROFILE", "auditor"),
                ("AWS_REGION", "eu-west-3"),
            ],
        ),
    ];
    for (arn, environment) in cases {
        let report = green(
            "sigv4_moto.toml",
            &[],
            &[environment, &[("ARN", arn)]].concat(),
            "4 passed",
        );
        assert!(!report.contains(secret.1), "{report}");
    }
}

/// Moto cannot both check signatures and answer what has none, as a web identity.
#[test]
#[ignore = "needs sigv4"]
fn a_web_identity_becomes_a_role() {
    let Some(open) = peer::peer("SIGV4_OPEN_URL") else {
        return;
    };
    let home = Home::make();
    let (folder, token) = (home.path(""), home.path("token"));
    let moto = [
        ("SIGV4_MOTO_URL", open.as_str()),
        ("AWS_ENDPOINT_URL_STS", &open),
        ("HOME", &folder),
    ];
    let role = [
        ("AWS_WEB_IDENTITY_TOKEN_FILE", token.as_str()),
        ("AWS_ROLE_ARN", ROLE),
        ("AWS_ROLE_SESSION_NAME", "pod"),
    ];
    let cases: [(&str, &[(&str, &str)]); 2] = [
        ("assumed-role/auditor/pod", &role),
        (
            "assumed-role/auditor/from-web-profile",
            &[("AWS_PROFILE", "web")],
        ),
    ];
    for (arn, environment) in cases {
        green(
            "sigv4_moto.toml::who am I",
            &[],
            &[environment, &moto, &[("ARN", arn)]].concat(),
            "1 passed",
        );
    }
}

/// The host of a container, the command of a profile, moto as the metadata service of a machine; botocore signs the same with
/// their keys.
#[test]
#[ignore = "needs sigv4"]
fn keys_come_from_a_container_from_a_command_and_from_the_machine() {
    let Some(base) = peer::peer("SIGV4_VERIFIER_URL") else {
        return;
    };
    let machine = peer::peer("SIGV4_OPEN_URL").unwrap();
    let home = Home::make();
    let (folder, uri) = (home.path(""), format!("{base}/container/keys"));
    let token = fs::write(home.path("container"), "container-token-0123456789\n")
        .map(|()| home.path("container"))
        .unwrap();
    let container = ("AWS_CONTAINER_CREDENTIALS_FULL_URI", uri.as_str());
    let cases: [(&str, &[(&str, &str)]); 4] = [
        (
            "test-key",
            &[("AWS_EC2_METADATA_SERVICE_ENDPOINT", &machine)],
        ),
        (
            "ASIAPROCESS",
            &[("HOME", &folder), ("AWS_PROFILE", "process")],
        ),
        (
            "ASIACONTAINER",
            &[
                container,
                (
                    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
                    "container-token-0123456789",
                ),
            ],
        ),
        (
            "ASIACONTAINER",
            &[
                container,
                ("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", &token),
            ],
        ),
    ];
    for (signer, environment) in cases {
        let environment = [environment, &[("SIGNED_BY", signer)]].concat();
        green(
            "sigv4_found.toml",
            &["--base-url", &format!("{base}/dev")],
            &environment,
            "1 passed",
        );
    }
}

/// Tokens come over connections that are made as that of the request which needs them; keys that this program finds itself
/// only as the user says, whatever the collection says of connections.
#[test]
fn the_way_to_a_token_is_that_of_the_request() {
    let (secure, api) = (Server::secure("server"), Server::start());
    let proxy = Server::with(|_, wire, _| {
        answers::respond(
            wire,
            200,
            &[("Content-Type", "application/json")],
            br#"{"access_token":"by-the-proxy"}"#,
        )?;
        Ok(After::Keep)
    });
    let folder = tempfile::tempdir().unwrap();
    fs::copy("tests/data/tls/ca.pem", folder.path().join("ca.pem")).unwrap();
    let token = secure.url_as(
        "localhost",
        "/respond?body=%7B%22access_token%22:%22over-tls-0123%22%7D",
    );
    let collection = WAY
        .replace("$API", &api.url(""))
        .replace("$TOKEN", &token)
        .replace("$PROXY", &proxy.url(""));
    fs::write(folder.path().join("way.toml"), collection).unwrap();
    let config = "[profile role]\nrole_arn = arn:r\ncredential_source = Environment\n";
    fs::write(folder.path().join("config"), config).unwrap();
    let keys = "%3Ca%3E%3CCredentials%3E%3CAccessKeyId%3EASIAROLE%3C/AccessKeyId%3E%3CSecretAccessKey%3Esecret-of-the-role%3C/SecretAccessKey%3E%3C/Credentials%3E%3C/a%3E";
    let output = Command::new(env!("CARGO_BIN_EXE_apitest"))
        .args(["run", "way.toml", "--color", "never"])
        .current_dir(folder.path())
        .env_clear()
        .env("COLUMNS", "200")
        .env("AWS_CONFIG_FILE", folder.path().join("config"))
        .env("AWS_ACCESS_KEY_ID", "AKIAMINE")
        .env("AWS_SECRET_ACCESS_KEY", "a-secret-of-mine")
        .env(
            "AWS_ENDPOINT_URL_STS",
            secure.url_as("localhost", &format!("/respond?body={keys}")),
        )
        .output()
        .unwrap();
    let report =
        String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
    assert!(
        report.contains("✗ without the authority")
            && report.contains("its certificate is self-signed or issued by an unknown CA"),
        "{report}"
    );
    assert!(
        report.contains("✗ a role's keys")
            && report.contains("the role `arn:r` could not be assumed"),
        "{report}"
    );
    assert!(report.contains("✗ 2 failed, 4 passed"), "{report}");
    let through = proxy.requests();
    let targets: Vec<_> = through
        .iter()
        .map(|received| received.target.as_str())
        .collect();
    assert_eq!(
        targets,
        ["http://login.invalid/token", "http://api.invalid/orders"]
    );
    assert_eq!(
        through[1].header("authorization"),
        Some("Bearer by-the-proxy")
    );
}

/// That a token cannot be had is told once, by a request and by a WebSocket.
#[test]
fn a_token_that_cannot_be_had_is_asked_for_once() {
    for target in ["get", "websocket"] {
        let server = Server::start();
        let folder = tempfile::tempdir().unwrap();
        let auth = "auth.oauth2 = { token_url = \"/status/500\", client_id = \"me\" }";
        let request = |name: &str| {
            format!("[[request]]\nname = \"{name}\"\n{target} = \"/ws/echo\"\n{auth}\n")
        };
        let text = format!(
            "base_url = \"{}\"\n{}{}",
            server.url(""),
            request("first"),
            request("second")
        );
        fs::write(folder.path().join("a.toml"), text).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_apitest"));
        let output = command
            .args(["run", "a.toml", "--color", "never"])
            .current_dir(folder.path())
            .env_clear()
            .output()
            .unwrap();
        let report = String::from_utf8(output.stdout).unwrap();
        assert!(
            report.contains("second  blocked by first") && report.contains("1 failed, 1 blocked"),
            "{report}"
        );
        assert_eq!(
            server.requests().len(),
            1,
            "{target}: the token is asked for once, and nothing else"
        );
    }
}

const WAY: &str = r#"
base_url = "$API"

[[request]]
name = "without the authority"
get = "/echo"
auth.oauth2 = { token_url = "$TOKEN", client_id = "me" }

[[request]]
name = "with it"
get = "/echo"
tls = { ca = "ca.pem" }
auth.oauth2 = { token_url = "$TOKEN", client_id = "me" }
expect.text = { contains = "Bearer over-tls-0123" }

[[request]]
name = "the token is everyone's"
get = "/echo"
auth.oauth2 = { token_url = "$TOKEN", client_id = "me" }
expect.text = { contains = "Bearer over-tls-0123" }

[[request]]
name = "a WebSocket's too"
websocket = "/ws/echo"
tls = { ca = "ca.pem" }
auth.oauth2 = { token_url = "$TOKEN", client_id = "you" }
messages = [{ send = "hello" }, { expect = "hello" }]

[[request]]
name = "by the proxy"
get = "http://api.invalid/orders"
proxy = "$PROXY"
auth.oauth2 = { token_url = "http://login.invalid/token", client_id = "me" }

[[request]]
name = "a role's keys"
get = "/echo"
tls = { ca = "ca.pem" }
auth.aws_sigv4 = { service = "execute-api", region = "eu-west-1", profile = "role" }
expect.text = { contains = "Credential=ASIAROLE/" }
"#;
