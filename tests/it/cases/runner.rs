//! Runs one case: a copy of its folder, its servers, the program, and what came out with everything volatile named.

use std::fs;
use std::io::Write as _;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use regex::Regex;
use tempfile::TempDir;

use crate::support::{Received, Server};

/// What a case needs around it.
pub(crate) struct Place {
    folder: TempDir,
    server: Server,
    other: Server,
    down: String,
}

/// What came out.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) received: String,
    place: Names,
    folder: PathBuf,
}

impl Place {
    /// A copy of a case's folder, with its servers started and named in its files.
    pub(crate) fn of(case: &Path) -> Self {
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .unwrap()
            .local_addr()
            .unwrap();
        let (server, other) = (Server::start(), Server::start());
        let place = Self {
            folder: tempfile::tempdir().unwrap(),
            server,
            other,
            down: format!("http://{free}"),
        };
        copy(case, place.folder.path(), &place.names());
        place
    }

    fn names(&self) -> Names {
        let names = [
            (self.server.url(""), "$URL"),
            (self.other.url(""), "$OTHER"),
            (self.down.clone(), "$DOWN"),
        ];
        Names(
            names
                .into_iter()
                .map(|(url, name)| (url, name.to_owned()))
                .collect(),
        )
    }
}

/// URLs and what they are called in the files of a case.
#[derive(Clone)]
struct Names(Vec<(String, String)>);

impl Names {
    fn put_in(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, (url, name)| {
            text.replace(name.as_str(), url)
        })
    }

    fn take_out(&self, text: &str) -> String {
        let address = |url: &str| url.trim_start_matches("http://").to_owned();
        let text = self.0.iter().fold(text.to_owned(), |text, (url, name)| {
            text.replace(url.as_str(), name)
        });
        self.0.iter().fold(text, |text, (url, name)| {
            text.replace(&address(url), &format!("{name}_ADDRESS"))
        })
    }
}

/// Copies files and folders; those that hold expectations stay behind.
fn copy(from: &Path, to: &Path, names: &Names) {
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        let target = to.join(name);
        if path.is_dir() && name != "expected" {
            fs::create_dir(&target).unwrap();
            copy(&path, &target, names);
        } else if path.is_file() && !super::OUTPUTS.contains(&name) {
            let bytes = fs::read(&path).unwrap();
            let named = String::from_utf8(bytes)
                .map_or_else(std::string::FromUtf8Error::into_bytes, |text| {
                    names.put_in(&text).into_bytes()
                });
            fs::write(target, named).unwrap();
        }
    }
}

/// Runs the program in the copy.
pub(crate) fn run(case: &Path, place: &Place) -> Ran {
    let folder = place.folder.path();
    let names = place.names();
    let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap_or_default();
    let arguments = words(&read("args"));
    assert!(!arguments.is_empty(), "{} has no `args`", case.display());
    let mut command = Command::new(env!("CARGO_BIN_EXE_apitest"));
    command
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .envs(super::variable("PATH").map(|path| ("PATH", path)));
    command.envs(read("env").lines().filter_map(|line| line.split_once('=')));
    let stdin = read("stdin");
    for given in ["args", "env", "stdin"] {
        let _ = fs::remove_file(folder.join(given));
    }
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // A program that reads nothing may have ended already.
    let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
    let output = child.wait_with_output().unwrap();
    let shown = |bytes: &[u8]| steady(&String::from_utf8_lossy(bytes), &names, folder);
    Ran {
        code: output.status.code().unwrap_or(-1),
        stdout: shown(&output.stdout),
        stderr: shown(&output.stderr),
        received: received(place, &names),
        folder: folder.to_owned(),
        place: names,
    }
}

impl Ran {
    /// A file that the run wrote.
    pub(crate) fn file(&self, name: &Path) -> Option<String> {
        fs::read_to_string(self.folder.join(name))
            .ok()
            .map(|text| steady(&text, &self.place, &self.folder))
    }
}

/// Words as a shell reads them: quotes keep spaces.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let (mut word, mut quote) = (None::<String>, None);
        for character in line.chars() {
            match (character, quote) {
                (character, Some(open)) if character == open => quote = None,
                ('\'' | '"', None) => {
                    quote = Some(character);
                    word.get_or_insert_default();
                }
                (' ', None) => words.extend(word.take()),
                (character, _) => word.get_or_insert_default().push(character),
            }
        }
        words.extend(word);
    }
    words
}

/// Text with everything that differs between two runs replaced.
fn steady(text: &str, names: &Names, folder: &Path) -> String {
    static VOLATILE: LazyLock<[(Regex, &str); 9]> = LazyLock::new(|| {
        [
            (r#""(id|run_id|time)":"[^"\n]*""#, r#""$1":"…""#),
            (r#""(seed|\w+_s)":[0-9.e-]+"#, r#""$1":0"#),
            (r#""duration":[0-9.e-]+"#, r#""duration":0"#),
            (r"http://127\.0\.0\.1:\d+", "http://127.0.0.1:PORT"),
            (r"\b127\.0\.0\.1(:|%3A)\d+", "127.0.0.1${1}PORT"),
            (r" *\b\d+(\.\d+)? (ms|s|µs)\b", " <time>"),
            (r"apitest/\d+\.\d+\.\d+", "apitest/VERSION"),
            (r"--seed \d+", "--seed N"),
            (r"  slowest <time>.*\n( +<time>.*\n)*", "  slowest …\n"),
        ]
        .map(|(pattern, word)| (Regex::new(pattern).unwrap(), word))
    });
    let named = names
        .take_out(text)
        .replace(&folder.display().to_string(), "$FOLDER");
    VOLATILE.iter().fold(named, |text, (pattern, word)| {
        pattern.replace_all(&text, *word).into_owned()
    })
}

/// The requests as they came, those of the other server behind.
fn received(place: &Place, names: &Names) -> String {
    let all = place
        .server
        .requests()
        .into_iter()
        .map(|request| ("", request));
    let others = place
        .other
        .requests()
        .into_iter()
        .map(|request| ("$OTHER ", request));
    all.chain(others)
        .map(|(server, request)| names.take_out(&format!("{server}{}", as_sent(&request))))
        .collect()
}

fn as_sent(request: &Received) -> String {
    let headers: Vec<String> = request
        .headers
        .iter()
        .map(|(name, value)| format!("{name}: {value}\n"))
        .collect();
    let headers = headers.concat();
    let body = if request.body.is_empty() {
        String::new()
    } else {
        format!("\n{}\n", request.body.escape_ascii())
    };
    let agent = Regex::new(r"(apitest/)\d+\.\d+\.\d+|(127\.0\.0\.1%3A)\d+").unwrap();
    let (method, target) = (&request.method, &request.target);
    let whole = format!("{method} {target}\n{headers}{body}\n");
    agent
        .replace_all(&whole, |found: &regex::Captures<'_>| {
            if found.get(1).is_some() {
                "apitest/VERSION"
            } else {
                "127.0.0.1%3APORT"
            }
            .to_owned()
        })
        .into_owned()
}
