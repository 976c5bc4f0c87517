//! Moments at which a run waits for what never comes: a signal ends each of them at once, reports are whole, teardown has run.

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use socket2::{Domain, Socket, Type};

use crate::support::Server;

/// What a request may wait for. `$URL` is a server, `$FULL` an address that takes no connection, `$MUTE` one that never says anything.
const MOMENTS: &[(&str, &str)] = &[
    ("a connection", "get = \"http://$FULL/\""),
    ("a handshake", "get = \"https://$MUTE/\""),
    ("an answer", "get = \"$URL/silent\""),
    ("a body", "get = \"$URL/drip/100000/50\""),
    (
        "a tunnel",
        "get = \"https://api.test/\"\nproxy = \"http://$MUTE\"",
    ),
    (
        "a SOCKS proxy",
        "get = \"http://api.test/\"\nproxy = \"socks5h://$MUTE\"",
    ),
    (
        "a token",
        "get = \"$URL/hello\"\nauth.oauth2 = { token_url = \"$URL/silent\", client_id = \"me\", client_secret = \"s3cr3t-of-mine\" }",
    ),
    (
        "a pause of `retry`",
        "get = \"$URL/status/503\"\nretry = { times = 3, delay = \"60s\" }",
    ),
    (
        "a pause of `poll`",
        "get = \"$URL/hello\"\npoll = { every = \"60s\", timeout = \"5m\" }\nexpect.json.message = \"never\"",
    ),
    (
        "a pause of `repeat`",
        "get = \"$URL/hello\"\nrepeat = { until = \"{{ false }}\", max = 9, every = \"60s\" }",
    ),
    ("a delay", "get = \"$URL/hello\"\ndelay = \"60s\""),
    (
        "silence",
        "websocket = \"$URL/ws/echo\"\ntimeout = \"60s\"\nmessages = [{ silence = \"60s\" }]",
    ),
    (
        "a message",
        "websocket = \"$URL/ws/echo\"\ntimeout = \"60s\"\nmessages = [{ expect = { text = \"never\" }, within = \"60s\" }]",
    ),
    (
        "the end of a conversation",
        "websocket = \"$URL/ws/deaf\"\ntimeout = \"60s\"\nmessages = [{ close = 1000 }]",
    ),
    (
        "an event",
        "get = \"$URL/events/20\"\nexpect.events = { until = { data = \"never\" }, within = \"60s\" }",
    ),
    (
        "a command",
        "get = \"$URL/{{ x }}\"\nvars = { x = { command = [\"sleep\", \"60\"] } }",
    ),
];

/// The longest that a run may take to end after a signal.
const PROMPT: Duration = Duration::from_secs(10);

fn apitest(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_apitest"));
    command
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .stderr(Stdio::null());
    command
}

fn signal(child: &Child, name: &str) {
    assert!(
        Command::new("kill")
            .args([&format!("-{name}"), &child.id().to_string()])
            .status()
            .unwrap()
            .success()
    );
}

/// Waits until it is so.
fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let started = Instant::now();
    while !is_so() {
        assert!(
            started.elapsed() < Duration::from_secs(30),
            "waited for {what}"
        );
        thread::sleep(Duration::from_millis(10));
    }
}

/// An address where connections are neither taken nor refused: nobody accepts, and the queue is full.
fn full() -> (Vec<Socket>, SocketAddr) {
    let listener = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    listener
        .bind(&"127.0.0.1:0".parse::<SocketAddr>().unwrap().into())
        .unwrap();
    listener.listen(0).unwrap();
    let address = listener.local_addr().unwrap();
    let mut held = vec![listener];
    for _ in 0..4 {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        socket.set_nonblocking(true).unwrap();
        let _ = socket.connect(&address);
        held.push(socket);
    }
    (held, address.as_socket().unwrap())
}

fn requests(server: &Server) -> Vec<String> {
    server
        .requests()
        .iter()
        .map(|request| format!("{} {}", request.method, request.target))
        .collect()
}

fn interrupted_while_waiting_for((name, request): (&str, &str), by: &str) {
    let (server, folder) = (Server::start(), tempfile::tempdir().unwrap());
    let mute = TcpListener::bind("127.0.0.1:0").unwrap();
    let (_held, full) = full();
    let text = format!(
        "base_url = \"$URL\"\n[[request]]\nname = \"waits\"\n{request}\n[[request]]\nname = \"later\"\nget = \"/hello/never\"\n\
         [[teardown]]\ndelete = \"/clean\"\n"
    );
    let websocket = server.url("").replace("http://", "ws://");
    let text = text.replace("websocket = \"$URL", &format!("websocket = \"{websocket}"));
    let text = text
        .replace("$URL", &server.url(""))
        .replace("$FULL", &full.to_string());
    fs::write(
        folder.path().join("a.toml"),
        text.replace("$MUTE", &mute.local_addr().unwrap().to_string()),
    )
    .unwrap();
    let arguments = [
        "run",
        "a.toml",
        "--allow-commands",
        "--report",
        "json=-",
        "--report",
        "junit=j.xml",
    ];
    let mut child = apitest(folder.path(), &arguments)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap())
        .lines()
        .map(Result::unwrap);
    let begun = lines.find(|line| line.contains("request_started"));
    assert!(
        begun.is_some_and(|line| line.contains("\"waits\"")),
        "{name}"
    );
    thread::sleep(Duration::from_millis(300));
    let sent = Instant::now();
    signal(&child, by);
    let events: Vec<Value> = lines
        .map(|line| serde_json::from_str(&line).unwrap())
        .collect();
    assert_eq!(
        child.wait().unwrap().code(),
        Some(130),
        "{name}: {events:#?}"
    );
    assert!(sent.elapsed() < PROMPT, "{name}: {:?}", sent.elapsed());
    let told: Vec<_> = events
        .iter()
        .filter(|event| event["event"] == "request_finished")
        .collect();
    let states: Vec<_> = told
        .iter()
        .map(|event| event["status"].as_str().unwrap())
        .collect();
    assert_eq!(
        states,
        ["not_run", "not_run", "failed"],
        "{name}: {told:#?}"
    );
    let last = events.last().unwrap();
    assert_eq!(
        (&last["event"], &last["interrupted"]),
        (&Value::from("run_finished"), &Value::from(true)),
        "{name}"
    );
    assert_eq!(
        requests(&server).last().map(String::as_str),
        Some("DELETE /clean"),
        "{name}"
    );
    assert!(
        fs::read_to_string(folder.path().join("j.xml"))
            .unwrap()
            .trim_end()
            .ends_with("</testsuites>"),
        "{name}"
    );
}

#[test]
fn whatever_a_request_waits_for_a_signal_ends_it() {
    thread::scope(|threads| {
        for (moment, by) in MOMENTS
            .iter()
            .zip(["TERM", "HUP", "INT"].into_iter().cycle())
        {
            threads.spawn(move || interrupted_while_waiting_for(*moment, by));
        }
        for by in ["INT", "TERM", "HUP"] {
            threads.spawn(move || {
                interrupted_while_waiting_for(("a command", MOMENTS.last().unwrap().1), by);
            });
        }
    });
}

/// The processes whose command line contains this.
fn processes(with: &str) -> usize {
    let entries = fs::read_dir("/proc").unwrap().filter_map(Result::ok);
    let lines = entries.filter_map(|entry| fs::read(entry.path().join("cmdline")).ok());
    lines
        .filter(|line| {
            line.split(|byte| *byte == 0)
                .any(|word| word == with.as_bytes())
        })
        .count()
}

/// Whatever ends a run, nothing of a command is left, nor a file that is not whole.
#[cfg(target_os = "linux")]
#[test]
fn a_command_ends_with_its_run() {
    let cases: &[(&[&str], &str, Option<i32>)] = &[
        (&["INT"], "sleep $TIME; true", Some(130)),
        (&["TERM"], "sleep $TIME & wait", Some(130)),
        (
            &["HUP"],
            "trap '' INT TERM HUP; sleep $TIME; true",
            Some(130),
        ),
        (&["QUIT"], "(sleep $TIME; true) | cat", Some(130)),
        (&[], "sleep $TIME >/dev/null 2>&1 & echo hello", Some(0)),
        (&[], "sleep $TIME & echo hello", Some(1)),
        (&[], "sleep $TIME; true", Some(1)),
    ];
    thread::scope(|threads| {
        for (number, (signals, script, code)) in cases.iter().enumerate() {
            threads.spawn(move || {
                let (server, folder) = (Server::start(), tempfile::tempdir().unwrap());
                // The time is the mark by which it is found.
                let time = format!("61.{number}{}", std::process::id());
                let command = format!(
                    "x = {{ command = [\"sh\", \"-c\", \"{}\"], timeout = \"1s\" }}",
                    script.replace("$TIME", &time)
                );
                let command = if signals.is_empty() {
                    command
                } else {
                    command.replace("1s", "50s")
                };
                let text = format!(
                    "base_url = \"{}\"\n[vars]\n{command}\n[[request]]\nget = \"/{{{{ x }}}}\"\n",
                    server.url("")
                );
                fs::write(folder.path().join("a.toml"), text).unwrap();
                let mut child = apitest(
                    folder.path(),
                    &[
                        "run",
                        "a.toml",
                        "--allow-commands",
                        "--report",
                        "junit=j.xml",
                    ],
                );
                let mut child = child.stdout(Stdio::null()).spawn().unwrap();
                for by in *signals {
                    until("the command", || processes(&time) > 0);
                    signal(&child, by);
                }
                assert_eq!(child.wait().unwrap().code(), *code, "{script}");
                until("the command to be gone", || processes(&time) == 0);
                let names: Vec<_> = fs::read_dir(folder.path())
                    .unwrap()
                    .map(|entry| entry.unwrap().file_name())
                    .collect();
                assert_eq!(names.len(), 2, "{script}: {names:?}");
            });
        }
    });
}

#[test]
fn nohup_keeps_a_run_alive() {
    let (server, folder) = (Server::start(), tempfile::tempdir().unwrap());
    let text = format!(
        "base_url = \"{}\"\n[[request]]\nget = \"/drip/20/50\"\n",
        server.url("")
    );
    fs::write(folder.path().join("a.toml"), text).unwrap();
    let mut command = Command::new("nohup");
    command
        .arg(env!("CARGO_BIN_EXE_apitest"))
        .args(["run", "a.toml"])
        .current_dir(folder.path());
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    until("the request", || !server.requests().is_empty());
    signal(&child, "HUP");
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_name_server_that_does_not_answer_holds_nothing_up() {
    let Ok(name_server) = UdpSocket::bind("127.77.77.77:53") else {
        eprintln!(
            "SKIPPED: port 53 cannot be bound, so there is no name server that does not answer"
        );
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        folder.path().join("resolv.conf"),
        "nameserver 127.77.77.77\n",
    )
    .unwrap();
    fs::write(
        folder.path().join("a.toml"),
        "[[request]]\nname = \"waits\"\nget = \"http://api.test/\"\n",
    )
    .unwrap();
    let script = format!(
        "mount --bind resolv.conf /etc/resolv.conf && exec '{}' run a.toml",
        env!("CARGO_BIN_EXE_apitest")
    );
    let mut command = Command::new("unshare");
    command
        .args(["--mount", "sh", "-c", &script])
        .current_dir(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let Ok(mut child) = command.spawn() else {
        eprintln!("SKIPPED: there is no `unshare`");
        return;
    };
    name_server
        .set_read_timeout(Some(Duration::from_millis(100)))
        .unwrap();
    let mut asked = [0; 512];
    until("the name server to be asked", || {
        name_server.recv(&mut asked).is_ok() || child.try_wait().unwrap().is_some()
    });
    if child.try_wait().unwrap().is_some() {
        eprintln!("SKIPPED: {:?}", child.wait_with_output().unwrap());
        return;
    }
    let sent = Instant::now();
    signal(&child, "INT");
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{output:?}");
    assert!(
        sent.elapsed() < Duration::from_secs(3),
        "{:?}",
        sent.elapsed()
    );
}

#[test]
fn what_waits_for_a_stage_to_be_ready_has_nothing_to_clean_up() {
    let (server, folder) = (Server::start(), tempfile::tempdir().unwrap());
    let text = format!(
        "base_url = \"{}\"\n[[request]]\nget = \"/x\"\n[[teardown]]\ndelete = \"/clean\"\n",
        server.url("/status/503")
    );
    fs::write(folder.path().join("a.toml"), text).unwrap();
    let child = apitest(folder.path(), &["run", "a.toml", "--wait-ready", "60s"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    until("the stage to be asked", || !server.requests().is_empty());
    let sent = Instant::now();
    signal(&child, "INT");
    let output = child.wait_with_output().unwrap();
    let shown = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(130), "{shown}");
    assert!(
        sent.elapsed() < PROMPT && shown.contains("1 not run"),
        "{shown}"
    );
    assert!(
        requests(&server)
            .iter()
            .all(|asked| asked.starts_with("GET /status/503")),
        "{:?}",
        requests(&server)
    );
}

#[test]
fn collections_that_were_not_begun_are_not_cleaned_up() {
    let (server, folder) = (Server::start(), tempfile::tempdir().unwrap());
    for (name, path) in [("a", "/silent"), ("b", "/hello")] {
        let text = format!(
            "base_url = \"{}\"\n[[request]]\nname = \"x\"\nget = \"{path}\"\n[[teardown]]\ndelete = \"/clean/{name}\"\n",
            server.url("")
        );
        fs::write(folder.path().join(format!("{name}.toml")), text).unwrap();
    }
    let child = apitest(folder.path(), &["run", "--jobs", "1", "."])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    until("the first request", || !server.requests().is_empty());
    signal(&child, "INT");
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{output:?}");
    assert_eq!(requests(&server), ["GET /silent", "DELETE /clean/a"]);
}

#[test]
fn a_third_signal_ends_what_a_reader_holds_who_does_not_read() {
    let (server, folder) = (Server::start(), tempfile::tempdir().unwrap());
    let mut text = format!("base_url = \"{}\"\n", server.url(""));
    (0..2000).for_each(|number| {
        write!(
            text,
            "[[request]]\nget = \"/hello/{number}\"\nexpect.status = 404\n"
        )
        .unwrap();
    });
    fs::write(folder.path().join("a.toml"), text).unwrap();
    let mut child = apitest(
        folder.path(),
        &[
            "run",
            "a.toml",
            "--report",
            "json=-",
            "--report",
            "junit=j.xml",
        ],
    );
    let mut child = child.stdout(Stdio::piped()).spawn().unwrap();
    let mut before = 0;
    until("the pipe to be full", || {
        thread::sleep(Duration::from_millis(500));
        let now = server.requests().len();
        std::mem::replace(&mut before, now) == now && now > 0
    });
    assert!(before < 2000, "nothing was held");
    for _ in 0..2 {
        signal(&child, "INT");
        thread::sleep(Duration::from_millis(200));
        assert!(child.try_wait().unwrap().is_none(), "it is not held");
    }
    signal(&child, "INT");
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let names: Vec<_> = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(
        names.len(),
        1,
        "a file that is not whole was left: {names:?}"
    );
}

#[test]
fn a_check_ends_at_once() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        folder.path().join("a.toml"),
        "base_url = { file = \"-\" }\n[[request]]\nget = \"/\"\n",
    )
    .unwrap();
    let mut command = apitest(folder.path(), &["check", "a.toml"]);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    thread::sleep(Duration::from_millis(300));
    signal(&child, "INT");
    // To a shell this is 130.
    let status = child.wait().unwrap();
    assert_eq!((status.code(), status.signal()), (None, Some(2)));
}
