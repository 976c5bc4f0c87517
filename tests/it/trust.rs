//! What a collection may do that its user did not write: commands, files, credentials, environment.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

use std::fs;
use std::os::unix::fs::symlink;
use std::process::{Command, Output};

use crate::support::Server;

/// A project, and a home that is the user's own.
struct Place {
    folder: tempfile::TempDir,
    server: Server,
}

impl Place {
    fn new() -> Self {
        let place = Self {
            folder: tempfile::tempdir().unwrap(),
            server: Server::start(),
        };
        for folder in ["project", "home/.config/apitest", "outside"] {
            fs::create_dir_all(place.path(folder)).unwrap();
        }
        place
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        let text = text.replace("$URL", &self.server.url("")).replace(
            "$ADDRESS",
            self.server.url("").trim_start_matches("http://"),
        );
        fs::write(
            self.path(name),
            text.replace("$OUTSIDE", self.path("outside").to_str().unwrap()),
        )
        .unwrap();
    }

    fn run(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_apitest"));
        command
            .args(arguments)
            .current_dir(self.path("project"))
            .env_clear()
            .env("PATH", "/usr/bin:/bin");
        command
            .env("HOME", self.path("home"))
            .envs(environment.iter().copied())
            .output()
            .unwrap()
    }

    fn outside_is_empty(&self) -> bool {
        fs::read_dir(self.path("outside")).unwrap().next().is_none()
    }
}

fn shown(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

const HELLO: &str = "base_url = \"$URL\"\n[[request]]\nget = \"/hello\"\n";

#[test]
fn only_the_user_allows_commands() {
    let collection = "base_url = \"$URL\"\nvars.x = { command = [\"echo\", \"hello\"] }\n[[request]]\nget = \"/{{ x }}\"\n";
    // The project's file, the user's, options, and the exit code.
    let cases: &[(&str, &str, &[&str], i32)] = &[
        ("", "", &[], 2),
        ("", "", &["--allow-commands"], 0),
        ("[run]\nallow_commands = true\n", "", &[], 2),
        (
            "[run]\nallow-commands = true\n",
            "",
            &["--allow-commands"],
            2,
        ),
        ("", "allow_commands = true\n", &[], 0),
        ("", "[run]\nallow_commands = true\n", &[], 0),
        ("", "allow_commands = false\n", &[], 2),
        ("", "allow_comands = true\n", &["--allow-commands"], 2),
        (
            "[run]\nquiet = true\n",
            "verbose = true\nallow_commands = true\n",
            &[],
            0,
        ),
    ];
    for (project, user, options, code) in cases {
        let place = Place::new();
        place.write("project/a.toml", collection);
        place.write("project/apitest.toml", project);
        place.write("home/.config/apitest/config.toml", user);
        let output = place.run(&[&["run", "a.toml"], *options].concat(), &[]);
        assert_eq!(
            output.status.code(),
            Some(*code),
            "{project}{user}: {}",
            shown(&output)
        );
        assert_eq!(
            place.server.requests().is_empty(),
            *code == 2,
            "{project}{user}"
        );
    }
    let place = Place::new();
    place.write("project/a.toml", collection);
    fs::create_dir_all(place.path("xdg/apitest")).unwrap();
    place.write("xdg/apitest/config.toml", "allow_commands = true\n");
    let output = place.run(
        &["run", "a.toml"],
        &[("XDG_CONFIG_HOME", place.path("xdg").to_str().unwrap())],
    );
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
}

#[test]
fn what_a_project_writes_stays_inside() {
    let keys = [
        "report.junit",
        "report.json",
        "report.html",
        "run.record",
        "run.cookie_jar",
    ];
    let paths = [
        "../outside/x",
        "$OUTSIDE/x",
        "link/x",
        "link/new/x",
        "file",
        "dangling",
        "sub/../../outside/x",
        ".git/hooks/pre-commit",
    ];
    for key in keys {
        for path in paths {
            let place = Place::new();
            fs::create_dir_all(place.path("project/.git/hooks")).unwrap();
            symlink(place.path("outside"), place.path("project/link")).unwrap();
            fs::write(place.path("home/secret"), "kept").unwrap();
            symlink(place.path("home/secret"), place.path("project/file")).unwrap();
            symlink(place.path("outside/none"), place.path("project/dangling")).unwrap();
            place.write("project/a.toml", HELLO);
            place.write("project/apitest.toml", &format!("{key} = \"{path}\"\n"));
            for command in ["run", "check"] {
                let output = place.run(&[command, "a.toml"], &[]);
                let text = shown(&output);
                assert_eq!(
                    output.status.code(),
                    Some(2),
                    "{command} {key} {path}: {text}"
                );
                assert!(text.contains("apitest.toml:1:"), "{key} {path}: {text}");
            }
            assert!(
                place.outside_is_empty() && place.server.requests().is_empty(),
                "{key} {path}"
            );
            assert_eq!(
                fs::read_to_string(place.path("home/secret")).unwrap(),
                "kept",
                "{key} {path}"
            );
            assert!(!place.path("project/.git/hooks/pre-commit").exists());
        }
        let place = Place::new();
        place.write("project/a.toml", HELLO);
        place.write(
            "project/apitest.toml",
            &format!("{key} = \"new/folder/x\"\n"),
        );
        let output = place.run(&["run", "a.toml"], &[]);
        assert_eq!(output.status.code(), Some(0), "{key}: {}", shown(&output));
        assert!(place.path("project/new/folder/x").exists(), "{key}");
    }
    // What the command line names may lie anywhere.
    let place = Place::new();
    place.write("project/a.toml", HELLO);
    let output = place.run(
        &[
            "run",
            "a.toml",
            "--report",
            "junit=../outside/x",
            "--record",
            "../outside/y",
        ],
        &[],
    );
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    assert!(place.path("outside/x").exists() && place.path("outside/y").exists());
}

#[test]
fn what_a_project_reads_stays_inside() {
    let place = Place::new();
    fs::write(place.path("outside/x"), "[]").unwrap();
    symlink(place.path("outside"), place.path("project/link")).unwrap();
    let lines = [
        "file = \"link/x\"",
        "json = \"{{ file('link/x') }}\"",
        "rows = \"link/x\"",
        "expect.schema = \"link/x\"",
        "vars.x = { file = \"link/x\" }\nheaders.x = \"{{ x }}\"",
        "multipart = { x = { file = \"link/x\" } }",
        "graphql.query_file = \"link/x\"",
    ];
    for line in lines {
        place.write(
            "project/a.toml",
            &format!("base_url = \"$URL\"\n[[request]]\npost = \"/mirror\"\n{line}\n"),
        );
        let output = place.run(&["run", "a.toml"], &[]);
        assert!(
            !output.status.success() && place.server.requests().is_empty(),
            "{line}: {}",
            shown(&output)
        );
        assert!(
            shown(&output).contains("is outside"),
            "{line}: {}",
            shown(&output)
        );
    }
    for key in ["replay", "cookies"] {
        place.write("project/a.toml", HELLO);
        place.write("project/apitest.toml", &format!("run.{key} = \"link/x\"\n"));
        let output = place.run(&["run", "a.toml"], &[]);
        assert_eq!(output.status.code(), Some(2), "{key}: {}", shown(&output));
        assert!(place.server.requests().is_empty(), "{key}");
    }
}

#[test]
fn snapshots_stay_inside() {
    for (link, target) in [
        ("snapshots", "outside"),
        ("snapshots/a__get-hello.snap", "outside/x"),
        ("snapshots/a__get-hello.snap.new", "outside/x"),
    ] {
        for mode in ["accept", "review"] {
            let place = Place::new();
            place.write(
                "project/a.toml",
                &format!("{HELLO}expect.snapshot = true\n"),
            );
            let link = place.path("project").join(link);
            fs::create_dir_all(link.parent().unwrap()).unwrap();
            symlink(place.path(target), &link).unwrap();
            let output = place.run(&["run", "a.toml", "--snapshots", mode], &[]);
            assert_eq!(
                output.status.code(),
                Some(1),
                "{link:?}: {}",
                shown(&output)
            );
            assert!(place.outside_is_empty(), "{link:?}");
        }
    }
}

/// Whether the server received something of `wanted`.
fn received(place: &Place, wanted: &str) -> bool {
    place.server.requests().iter().any(|request| {
        request
            .headers
            .iter()
            .any(|(_, value)| value.contains(wanted))
    })
}

fn credentials(
    auth: &str,
    more: &str,
    environment: &[(&str, &str)],
    options: &[&str],
) -> (bool, String) {
    let place = Place::new();
    place.write(
        "home/.netrc",
        "machine api.test login me password s3cret-of-mine\nmachine 127.0.0.1 login me password s3cret-of-mine\n",
    );
    place.write(
        "project/a.toml",
        &format!("{more}\n[[request]]\nget = \"/hello\"\nauth = {auth}\n"),
    );
    let url = place.server.url("");
    let options: Vec<_> = options
        .iter()
        .map(|option| option.replace("$URL", &url))
        .collect();
    let arguments: Vec<&str> = ["run", "a.toml"]
        .into_iter()
        .chain(options.iter().map(String::as_str))
        .collect();
    let output = place.run(&arguments, environment);
    (
        received(&place, "Basic ") || received(&place, "AWS4-HMAC"),
        shown(&output),
    )
}

#[test]
fn credentials_that_are_found_go_to_their_own_place() {
    let keys = [
        ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI"),
        ("AWS_REGION", "eu-west-1"),
    ];
    let aws = "{ aws_sigv4 = { service = \"execute-api\" } }";
    let given = "{ aws_sigv4 = { service = \"x\", region = \"y\", access_key_id = \"AKID\", secret_access_key = \"s3cret-s3cret\" } }";
    let netrc = "{ netrc = true }";
    let plain = "base_url = \"$URL\"";
    let resolve =
        "base_url = \"http://api.test\"\n[defaults]\nresolve = { \"api.test\" = \"$ADDRESS\" }";
    let proxy = "base_url = \"http://api.test\"\n[defaults]\nproxy = \"$URL\"";
    let amazon =
        "base_url = \"http://x.execute-api.eu-west-1.amazonaws.com\"\n[defaults]\nproxy = \"$URL\"";
    let allow = &["--allow-credentials", "api.test"][..];
    let cases: &[(&str, &str, &[&str], bool)] = &[
        (netrc, plain, &[], true),
        (netrc, resolve, &[], false),
        (netrc, proxy, &[], false),
        (netrc, resolve, allow, true),
        (netrc, proxy, allow, true),
        (aws, plain, &[], true),
        (aws, resolve, &[], false),
        (aws, proxy, &[], false),
        (aws, amazon, &[], false),
        (aws, resolve, allow, true),
        (aws, resolve, &["--base-url", "http://api.test"], false),
        (
            aws,
            "base_url = \"http://x.test\"",
            &["--base-url", "http://api.test", "--proxy", "$URL"],
            true,
        ),
        (given, resolve, &[], true),
    ];
    for (auth, more, options, wanted) in cases {
        let (sent, text) = credentials(auth, more, &keys, options);
        assert_eq!(sent, *wanted, "{auth}\n{more}\n{options:?}\n{text}");
        assert_eq!(!wanted, text.contains("credentials do not go to"), "{text}");
    }
}

#[test]
fn the_user_says_which_variables_collections_read() {
    let place = Place::new();
    let lines = [
        ("query.x = \"{{ env('TOKEN_A') }}\"", true),
        ("query.x = \"{{ env('OTHER') }}\"", false),
        ("vars.x = { env = \"OTHER\" }\nquery.x = \"{{ x }}\"", false),
        ("vars.x = { env = \"EXACT\" }\nquery.x = \"{{ x }}\"", true),
        (
            "vars.x = { env = \"EXACTLY\" }\nquery.x = \"{{ x }}\"",
            false,
        ),
        ("query.x = \"{{ env('FROM_FILE') }}\"", false),
        ("query.x = \"{{ env('OTH' ~ 'ER') }}\"", false),
        ("query.x = \"{{ env('GIVEN') }}\"", true),
    ];
    place.write(
        "home/.config/apitest/config.toml",
        "env_allow = [\"TOKEN_*\", \"EXACT\"]\n",
    );
    place.write("project/.env", "FROM_FILE=dont-send-this\n");
    let environment = [
        ("TOKEN_A", "sent-abc"),
        ("OTHER", "dont-send-this"),
        ("EXACT", "sent-def"),
        ("EXACTLY", "dont-send-this"),
    ];
    for (line, allowed) in lines {
        place.write(
            "project/a.toml",
            &format!("base_url = \"$URL\"\n[[request]]\nget = \"/hello\"\n{line}\n"),
        );
        let output = place.run(
            &[
                "run",
                "a.toml",
                "--env-file",
                ".env",
                "--secret",
                "GIVEN=sent-by-hand",
            ],
            &environment,
        );
        assert_eq!(
            output.status.success(),
            allowed,
            "{line}: {}",
            shown(&output)
        );
    }
    place.write(
        "project/a.toml",
        "base_url = { env = \"OTHER\" }\n[[request]]\nget = \"/hello\"\n",
    );
    assert_eq!(
        place.run(&["run", "a.toml"], &environment).status.code(),
        Some(2)
    );
    assert!(
        place
            .server
            .requests()
            .iter()
            .all(|request| !request.target.contains("dont-send-this"))
    );
}

#[test]
fn a_broken_configuration_is_an_error_with_its_place() {
    for text in [
        "jobs = 0\n",
        "allow_credentials = [\"http://x\"]\n",
        "env_allow = 3\n",
        "base_url = \"nonsense\"\n",
        "x = [\n",
        "recrod = \"x\"\n",
    ] {
        let place = Place::new();
        place.write("project/a.toml", HELLO);
        place.write("home/.config/apitest/config.toml", text);
        let output = place.run(&["run", "a.toml"], &[]);
        let said = shown(&output);
        assert_eq!(output.status.code(), Some(2), "{text}: {said}");
        assert!(
            said.contains("config.toml:") && place.server.requests().is_empty(),
            "{text}: {said}"
        );
    }
}

/// A key that is unknown may be a token that was put into the wrong file, and a slip in a URL must not show its password.
#[test]
fn slips_with_secrets_do_not_show_them() {
    let collection = "base_url = \"http://127.0.0.1:1\"\n[[request]]\nget = \"/\"\n";
    let place = Place::new();
    place.write("project/a.toml", collection);
    fs::create_dir_all(place.path("xdg/apitest")).unwrap();
    let configuration = "token = \"hunter2hunter2\"\n[run]\napi_key = \"hunter2hunter2\"\n";
    place.write("xdg/apitest/config.toml", configuration);
    for command in ["run", "check", "list"] {
        let output = place.run(
            &[command, "a.toml"],
            &[("XDG_CONFIG_HOME", place.path("xdg").to_str().unwrap())],
        );
        let shown = shown(&output);
        assert_eq!(output.status.code(), Some(2), "{shown}");
        assert!(shown.contains("no key `token`"), "{shown}");
        assert!(!shown.contains("hunter2"), "{shown}");
    }
    let urls = [
        "http//me:hunter2hunter2@h",
        "http:/me:hunter2hunter2@h",
        "//me:hunter2hunter2@h",
        "htp://me:hunter2hunter2@h",
        "http://me:hunter2hunter2@h:99999",
        "http://me:hunter2hunter2@",
        "http://me:hunter2/hunter2@h",
    ];
    for option in ["--base-url", "--proxy"] {
        for url in urls {
            let output = place.run(&["run", "a.toml", option, url], &[]);
            let shown = shown(&output);
            assert_ne!(output.status.code(), Some(0), "{option} {url}: {shown}");
            assert!(!shown.contains("hunter2"), "{option} {url}: {shown}");
        }
    }
}
