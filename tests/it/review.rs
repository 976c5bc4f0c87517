//! `apitest review` in a terminal of its own: what its screen shows, what its keys do, and that it leaves the terminal as it
//! was.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may panic"
)]

use std::fs;
use std::io::{Read, Write};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, PtyPair, PtySize, native_pty_system};
use tempfile::TempDir;

const COLLECTION: &str = "\
# a comment that stays
base_url = \"https://api.example.org\"

[[request]]
name = \"an order\"
get = \"/orders/1\"
expect.snapshot = true # and this one

[[request]]
get = \"/漢字\"
expect.snapshot = true
";

fn snapshot(request: &str, target: &str, body: &str) -> String {
    format!(
        "---\nsource: \"o.toml\"\nexpression: \"{request}\"\ninfo:\n  request: \"{target}\"\n  body: json\n---\n{body}\n"
    )
}

/// A folder with one snapshot that changed and one that is new.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let snapshots = folder.path().join("snapshots");
    fs::create_dir(&snapshots).unwrap();
    fs::write(folder.path().join("o.toml"), COLLECTION).unwrap();
    let order = |id: u32, qty: u32| {
        snapshot(
            "an order",
            "GET /orders/1",
            &format!("{{\n  \"id\": {id},\n  \"qty\": {qty}\n}}"),
        )
    };
    fs::write(snapshots.join("o__an-order.snap"), order(1, 3)).unwrap();
    fs::write(snapshots.join("o__an-order.snap.new"), order(2, 3)).unwrap();
    let wide = format!("{{\n  \"text\": \"{}\"\n}}", "漢字".repeat(60));
    fs::write(
        snapshots.join("o__get-漢字.snap.new"),
        snapshot("GET /漢字", "GET /漢字", &wide),
    )
    .unwrap();
    folder
}

/// The program in a terminal of 80 columns.
struct Terminal {
    pair: PtyPair,
    child: Box<dyn Child + Send + Sync>,
    keys: Box<dyn Write + Send>,
    screen: Arc<Mutex<vt100::Parser>>,
}

impl Terminal {
    fn start(folder: &Path, color: bool) -> Self {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_apitest"));
        command.arg("review");
        Self::running(command, folder, color)
    }

    fn running(mut command: CommandBuilder, folder: &Path, color: bool) -> Self {
        let size = PtySize {
            rows: 16,
            cols: 80,
            pixel_width: 0,
            pixel_height: 0,
        };
        let pair = native_pty_system().openpty(size).unwrap();
        command.cwd(folder);
        command.env("TERM", "xterm-256color");
        if color {
            command.env_remove("NO_COLOR");
        } else {
            command.env("NO_COLOR", "1");
        }
        let child = pair.slave.spawn_command(command).unwrap();
        let screen = Arc::new(Mutex::new(vt100::Parser::new(16, 80, 0)));
        let (mut reader, shown) = (pair.master.try_clone_reader().unwrap(), Arc::clone(&screen));
        thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(read @ 1..) = reader.read(&mut bytes) {
                shown.lock().unwrap().process(&bytes[..read]);
            }
        });
        let keys = pair.master.take_writer().unwrap();
        Self {
            pair,
            child,
            keys,
            screen,
        }
    }

    fn text(&self) -> String {
        self.screen.lock().unwrap().screen().contents()
    }

    /// Waits until the screen shows a text, and gives all of it.
    #[track_caller]
    fn shows(&self, text: &str) -> String {
        let started = Instant::now();
        while !self.text().contains(text) {
            assert!(
                started.elapsed() < Duration::from_secs(10),
                "`{text}` does not come:\n{}",
                self.text()
            );
            thread::sleep(Duration::from_millis(10));
        }
        self.text()
    }

    fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
    }

    /// Waits for the end: the exit code, and the terminal must be as it was.
    #[track_caller]
    fn end(mut self) -> (u32, String) {
        let code = self.child.wait().unwrap().exit_code();
        thread::sleep(Duration::from_millis(100));
        let screen = self.screen.lock().unwrap();
        assert!(
            !screen.screen().alternate_screen(),
            "the screen was not given back"
        );
        assert!(!screen.screen().hide_cursor(), "the cursor is still hidden");
        #[cfg(unix)]
        {
            let line = format!("{:?}", self.pair.master.get_termios().unwrap());
            assert!(line.contains("ICANON") && line.contains("ECHO "), "{line}");
        }
        (code, screen.screen().contents())
    }
}

fn read(folder: &Path, name: &str) -> String {
    fs::read_to_string(folder.join(name)).unwrap_or_else(|_| "(none)".to_owned())
}

#[test]
fn what_is_pending_is_shown_and_accepted_rejected_or_skipped() {
    let folder = folder();
    let mut terminal = Terminal::start(folder.path(), false);
    let first = terminal.shows("snapshot 1 of 2, changed");
    let wanted = "\
snapshot 1 of 2, changed
an order  GET /orders/1
o.toml → snapshots/o__an-order.snap

> $.id
    - 1
    + 2






$.id

a accept  r reject  s skip  A accept all  x redact  ↑↓ move  q quit";
    assert_eq!(first.trim_end(), wanted);
    terminal.press("a");
    let second = terminal.shows("snapshot 2 of 2, new");
    assert!(
        second.contains("+   \"text\": \"漢字") && second.contains('…'),
        "{second}"
    );
    terminal.press("r");
    let (code, text) = terminal.end();
    assert_eq!((code, text.trim()), (0, "1 accepted, 1 rejected"));
    assert!(read(folder.path(), "snapshots/o__an-order.snap").contains("\"id\": 2"));
    for gone in [
        "snapshots/o__an-order.snap.new",
        "snapshots/o__get-漢字.snap.new",
        "snapshots/o__get-漢字.snap",
    ] {
        assert_eq!(read(folder.path(), gone), "(none)");
    }
}

#[test]
fn a_key_redacts_the_path_under_the_cursor() {
    let folder = folder();
    let mut terminal = Terminal::start(folder.path(), false);
    terminal.shows("snapshot 1 of 2");
    terminal.press("x");
    let second = terminal.shows("snapshot 2 of 2");
    assert!(
        second.contains("added to the collection: redact.\"$.id\" = \"[id]\""),
        "{second}"
    );
    terminal.press("q");
    assert_eq!(terminal.end().0, 1);
    let wanted = COLLECTION.replacen(
        "= true # and",
        "= { redact = { \"$.id\" = \"[id]\" } } # and",
        1,
    );
    assert_eq!(read(folder.path(), "o.toml"), wanted);
    assert!(
        read(folder.path(), "snapshots/o__an-order.snap").contains("\"id\": \"[id] (number)\"")
    );
    assert_eq!(
        read(folder.path(), "snapshots/o__an-order.snap.new"),
        "(none)"
    );
}

#[test]
fn the_terminal_is_given_back_after_an_interrupt() {
    let folder = folder();
    let mut terminal = Terminal::start(folder.path(), true);
    terminal.shows("snapshot 1 of 2");
    terminal.press("s");
    terminal.shows("snapshot 2 of 2");
    terminal.press("\u{3}");
    let (code, text) = terminal.end();
    assert_eq!((code, text.trim()), (130, "2 still pending"));
    assert_ne!(
        read(folder.path(), "snapshots/o__an-order.snap.new"),
        "(none)"
    );
}

#[cfg(unix)]
#[test]
fn the_terminal_is_given_back_after_a_signal() {
    let folder = folder();
    let terminal = Terminal::start(folder.path(), true);
    terminal.shows("snapshot 1 of 2");
    let process = terminal.child.process_id().unwrap().to_string();
    assert!(
        std::process::Command::new("kill")
            .args(["-TERM", &process])
            .status()
            .unwrap()
            .success()
    );
    let (code, text) = terminal.end();
    assert_eq!((code, text.trim()), (130, "2 still pending"));
}

/// Where the review that panics finds its snapshots.
const PANICS: &str = "APITEST_REVIEW_PANICS";

/// The other half of the next test, which runs this one in a terminal.
#[test]
#[allow(
    clippy::disallowed_methods,
    reason = "a folder, from one test to the other"
)]
fn a_review_that_panics() {
    let Ok(folder) = std::env::var(PANICS) else {
        return;
    };
    let mut review =
        apitest::review::Review::new(apitest::review::find(Path::new(&folder), |_| true));
    let asked = std::cell::Cell::new(0);
    let panics = || {
        asked.set(asked.get() + 1);
        assert!(asked.get() < 10, "something broke");
        false
    };
    apitest::review::walk(&mut review, false, &panics).unwrap();
}

#[test]
fn the_terminal_is_given_back_after_a_panic_and_shows_what_it_said() {
    let folder = folder();
    let mut command = CommandBuilder::new(std::env::current_exe().unwrap());
    command.args(["review::a_review_that_panics", "--exact", "--nocapture"]);
    command.env(PANICS, folder.path().join("snapshots"));
    command.env("RUST_BACKTRACE", "0");
    let terminal = Terminal::running(command, folder.path(), false);
    terminal.shows("snapshot 1 of 2");
    let (code, text) = terminal.end();
    assert_ne!(code, 0);
    assert!(
        text.contains("something broke") && !text.contains("snapshot 1 of 2"),
        "{text}"
    );
}

#[test]
fn colours_tell_what_was_from_what_is() {
    let folder = folder();
    let mut terminal = Terminal::start(folder.path(), true);
    terminal.shows("snapshot 1 of 2");
    let colours: Vec<_> = (5..7)
        .map(|row| {
            terminal
                .screen
                .lock()
                .unwrap()
                .screen()
                .cell(row, 6)
                .unwrap()
                .fgcolor()
        })
        .collect();
    assert_eq!(colours, [vt100::Color::Idx(1), vt100::Color::Idx(2)]);
    terminal.press("A");
    assert_eq!(terminal.end().0, 0);
    assert_ne!(read(folder.path(), "snapshots/o__get-漢字.snap"), "(none)");
}
