//! The progress of a long run in a terminal that reflows its lines, as people have it: tmux. It follows the terminal's size and
//! leaves nothing behind.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may panic"
)]

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::support::Server;

/// A tmux of our own, with one window in which the program runs.
struct Tmux {
    socket: String,
}

impl Tmux {
    /// `None`, loudly, where there is no tmux.
    fn start(name: &str, folder: &Path, columns: u32, arguments: &str) -> Option<Self> {
        let tmux = Self {
            socket: format!("apitest-{name}-{}", std::process::id()),
        };
        let line = format!(
            "trap : INT; '{}' {arguments}; echo \"code $?\"; sleep 60",
            env!("CARGO_BIN_EXE_apitest")
        );
        let mut command = Command::new("tmux");
        command.args([
            "-L",
            &tmux.socket,
            "-f",
            "/dev/null",
            "new-session",
            "-d",
            "-x",
            &columns.to_string(),
            "-y",
            "20",
        ]);
        command.args([
            "env",
            "-u",
            "CI",
            "-u",
            "NO_COLOR",
            "-u",
            "GITHUB_ACTIONS",
            "-u",
            "COLUMNS",
            "TERM=screen",
            "sh",
            "-c",
            &line,
        ]);
        let started = command.current_dir(folder).status();
        if !started.is_ok_and(|status| status.success()) {
            let _ = std::io::stderr().write_all(
                b"!!!! SKIPPED: tmux cannot be started, progress is not looked at in a terminal\n",
            );
            return None;
        }
        Some(tmux)
    }

    fn does(&self, arguments: &[&str]) -> String {
        let output = Command::new("tmux")
            .args(["-L", &self.socket])
            .args(arguments)
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).unwrap()
    }

    /// What the screen shows, and what scrolled out of it.
    fn text(&self) -> String {
        self.does(&["capture-pane", "-p", "-S", "-"])
            .trim_end()
            .to_owned()
    }

    #[track_caller]
    fn shows(&self, what: &str, found: impl Fn(&str) -> bool) -> String {
        let started = Instant::now();
        loop {
            let text = self.text();
            if found(&text) {
                return text;
            }
            assert!(
                started.elapsed() < Duration::from_secs(30),
                "{what} does not come:\n{text}"
            );
            std::thread::sleep(Duration::from_millis(30));
        }
    }
}

impl Drop for Tmux {
    fn drop(&mut self) {
        let _ = Command::new("tmux")
            .args(["-L", &self.socket, "kill-server"])
            .status();
    }
}

/// The line of the bar, if it is one line.
fn bar(text: &str) -> Option<&str> {
    let mut lines = text.lines().filter(|line| line.contains(['━', '─']));
    lines.next().filter(|_| lines.next().is_none())
}

/// A collection that takes three seconds, and then as long as the last request does.
fn collection(server: &Server, last: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut text = format!("base_url = \"{}\"\n", server.url(""));
    for number in 1..=20 {
        write!(
            text,
            "\n[[request]]\nname = \"request {number}\"\nget = \"/delay/150\"\n"
        )
        .unwrap();
    }
    write!(text, "\n[[request]]\nname = \"one with a name that is a good deal longer than the others\"\nget = \"{last}\"\n")
        .unwrap();
    fs::write(folder.path().join("a.toml"), text).unwrap();
    folder
}

#[test]
fn progress_follows_the_size_of_the_terminal_and_leaves_nothing() {
    let server = Server::start();
    let folder = collection(&server, "/delay/5000");
    let Some(tmux) = Tmux::start("resize", folder.path(), 100, "run a.toml") else {
        return;
    };
    tmux.shows("what is left", |text| {
        bar(text).is_some_and(|line| line.contains(" left · request"))
    });
    let longest = |text: &str| {
        bar(text).is_some_and(|line| line.contains("20/21") && line.ends_with("than the others"))
    };
    tmux.shows("the long request", longest);
    for (columns, end) in [
        ("60", "…"),
        ("40", "…"),
        ("25", "…"),
        ("110", "than the others"),
    ] {
        tmux.does(&["resize-window", "-x", columns]);
        tmux.shows(columns, |text| {
            bar(text).is_some_and(|line| line.contains("20/21") && line.ends_with(end))
        });
    }
    let text = tmux.shows("the end", |text| text.contains("code 0"));
    assert!(
        !text.contains(['━', '─']) && text.contains("✓ 21 passed"),
        "{text}"
    );
    assert_eq!(
        text.lines()
            .filter(|line| line.contains("✓ request "))
            .count(),
        20,
        "no line was taken away:\n{text}"
    );
}

#[test]
fn an_interrupt_leaves_nothing_of_it() {
    let server = Server::start();
    let folder = collection(&server, "/silent");
    let Some(tmux) = Tmux::start("interrupt", folder.path(), 80, "run a.toml") else {
        return;
    };
    tmux.shows("the long request", |text| {
        bar(text).is_some_and(|line| line.contains("20/21"))
    });
    tmux.does(&["send-keys", "C-c"]);
    let text = tmux.shows("the end", |text| text.contains("code 130"));
    assert!(
        !text.contains(['━', '─', '^']) && text.contains("1 not run"),
        "{text}"
    );
}

#[test]
fn what_is_written_is_named_and_places_are_links_where_they_are_opened() {
    use std::io::Read as _;
    let server = Server::start();
    let folder = tempfile::tempdir().unwrap();
    let text = format!(
        "base_url = \"{}\"\n\n[[request]]\nget = \"/hello\"\nexpect.status = 404\n",
        server.url("")
    );
    fs::write(folder.path().join("a.toml"), text).unwrap();
    let size = portable_pty::PtySize {
        rows: 40,
        cols: 100,
        pixel_width: 0,
        pixel_height: 0,
    };
    let pair = portable_pty::native_pty_system().openpty(size).unwrap();
    let mut command = portable_pty::CommandBuilder::new(env!("CARGO_BIN_EXE_apitest"));
    command.args([
        "run",
        "a.toml",
        "--report",
        "html=a page.html",
        "--report",
        "tap=/dev/full",
    ]);
    command.cwd(folder.path());
    command.env_clear();
    command.env("TERM", "xterm-256color");
    command.env("FORCE_HYPERLINK", "1");
    let mut child = pair.slave.spawn_command(command).unwrap();
    drop(pair.slave);
    let (mut shown, mut reader) = (Vec::new(), pair.master.try_clone_reader().unwrap());
    // The end of a terminal is an error on Linux.
    let _ = reader.read_to_end(&mut shown);
    child.wait().unwrap();
    let folder = folder.path().canonicalize().unwrap();
    let text = String::from_utf8_lossy(&shown);
    let link = |file: &str| format!("\u{1b}]8;;file://{}/{file}\u{1b}\\", folder.display());
    assert_eq!(
        text.matches(&link("a.toml#3")).count(),
        1,
        "the request's place: {text:?}"
    );
    assert_eq!(
        text.matches(&link("a.toml#5")).count(),
        1,
        "the expectation's place: {text:?}"
    );
    assert_eq!(text.matches(&link("a%20page.html")).count(), 1, "{text:?}");
    let mut screen = vt100::Parser::new(40, 100, 0);
    screen.process(&shown);
    let text = screen.screen().contents();
    assert!(
        text.contains("\n  report   a page.html\n") && !text.contains("]8;;"),
        "{text}"
    );
    assert!(
        !text.contains("report   /dev/full")
            && text.contains("the report `tap=/dev/full` could not be written"),
        "{text}"
    );
}

/// What tells the next test that it is to break.
const BREAKS: &str = "APITEST_PROGRESS_BREAKS";

/// The other half of the next test, which runs this one in a terminal: a thread panics while the bar is shown.
#[test]
#[allow(clippy::disallowed_methods, reason = "one test tells another")]
fn a_run_in_which_a_thread_panics() {
    use apitest::event::{Line, read};
    use apitest::report::Reporter as _;
    use apitest::report::terminal::{Folds, Options, Terminal, Verbosity};
    if std::env::var_os(BREAKS).is_none() {
        return;
    }
    let options = Options {
        color: false,
        width: 80,
        verbosity: Verbosity::Normal,
        progress: true,
        live: true,
        folds: Folds::None,
        links: None,
    };
    let mut terminal = Terminal::new(
        options,
        Box::new(std::io::stdout()),
        Box::new(std::io::stderr()),
    );
    let started = r#"{"event":"run_started","format":1,"id":"x","time":"2026-11-29T14:44:26Z","version":"0.1.0","seed":1,"requests":6,"collections":1}"#;
    let request = r#"{"event":"request_started","path":"a.toml","collection_row":null,"name":"a request with a name that fills much of the line","row":null}"#;
    for line in [started, request] {
        let Line::Event(event) = read(line).unwrap() else {
            panic!("{line}")
        };
        terminal.tell(&event).unwrap();
    }
    std::thread::sleep(Duration::from_millis(1_500));
    assert!(
        std::thread::spawn(|| assert!(std::env::var_os(BREAKS).is_none(), "something broke"))
            .join()
            .is_err()
    );
    std::thread::sleep(Duration::from_millis(300));
    drop(terminal);
    panic!("and the rest too");
}

#[test]
fn what_a_panic_says_stands_where_the_bar_was() {
    use std::io::Read as _;
    let size = portable_pty::PtySize {
        rows: 40,
        cols: 100,
        pixel_width: 0,
        pixel_height: 0,
    };
    let pair = portable_pty::native_pty_system().openpty(size).unwrap();
    let mut command = portable_pty::CommandBuilder::new(std::env::current_exe().unwrap());
    command.args([
        "progress::a_run_in_which_a_thread_panics",
        "--exact",
        "--nocapture",
    ]);
    command.env("RUST_BACKTRACE", "0");
    command.env(BREAKS, "1");
    let mut child = pair.slave.spawn_command(command).unwrap();
    drop(pair.slave);
    let (mut shown, mut reader) = (Vec::new(), pair.master.try_clone_reader().unwrap());
    // The end of a terminal is an error on Linux.
    let _ = reader.read_to_end(&mut shown);
    child.wait().unwrap();
    assert!(
        String::from_utf8_lossy(&shown).contains("0/6"),
        "the bar was shown"
    );
    let mut screen = vt100::Parser::new(40, 100, 0);
    screen.process(&shown);
    let text = screen.screen().contents();
    assert!(
        !text.contains(['━', '─']) && !text.contains("0/6"),
        "{text}"
    );
    assert!(
        text.contains("\nsomething broke\n") && text.contains("\nand the rest too\n"),
        "{text}"
    );
}
