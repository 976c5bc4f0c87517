//! Variables that a command gives: `{ command = ["git", "rev-parse", "HEAD"] }`.
//!
//! A command runs in a process group of its own, with its standard input closed. The group is killed if the command takes too long, if
//! it prints too much, or if a signal stops the run; what a command leaves running in its group is killed at the end of the run.

use std::io::{self, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::group::Group;
use super::stop::{INTERRUPTED, Stop};
use crate::http::auth::Processes;
use crate::syntax::CommandLine;
use crate::text;

/// The longest pause between two looks at a command that runs.
const PATIENCE: Duration = Duration::from_millis(20);
/// The time limit of a command without `timeout`.
const LIMIT: Duration = Duration::from_secs(30);
/// The largest output of a command, in bytes.
const MOST: u64 = 10_000_000;
/// How much of standard error is kept, from its end.
const ERRORS: usize = 64 << 10;

/// What runs commands.
pub(super) trait Commands {
    /// A command's standard output, without its last line end.
    ///
    /// # Errors
    /// If it cannot be started, fails, takes too long, or prints too much or what is not text; the text says which.
    fn output(&self, command: &CommandLine) -> Result<String, String>;

    /// What runs the command lines that AWS profiles name, under the same limits; `None` if nothing is run.
    fn processes(&self) -> Option<Processes> {
        None
    }
}

/// Runs them until a signal comes, which ends the command that runs.
impl Commands for Stop {
    fn output(&self, command: &CommandLine) -> Result<String, String> {
        let Some(program) = command.words.first() else {
            return Err("the command is empty".to_owned());
        };
        let limit = command.timeout.unwrap_or(LIMIT);
        let printed = run(self, &command.words, limit);
        printed.map_err(|failed| match failed {
            Failed::Stopped => INTERRUPTED.to_owned(),
            Failed::Late => format!("the command `{program}` {}, its `timeout`", late(limit)),
            Failed::Otherwise(reason) => format!("the command `{program}` {reason}"),
        })
    }

    fn processes(&self) -> Option<Processes> {
        let stop = self.clone();
        Some(Arc::new(move |line| by_shell(&stop, line, LIMIT)))
    }
}

/// The output of a command line, which the AWS tools give to the shell.
fn by_shell(stop: &Stop, line: &str, limit: Duration) -> Result<String, String> {
    let shell = if cfg!(windows) {
        ["cmd", "/C", line]
    } else {
        ["sh", "-c", line]
    };
    run(stop, &shell.map(str::to_owned), limit).map_err(|failed| match failed {
        Failed::Stopped => format!("was {INTERRUPTED}"),
        Failed::Late => late(limit),
        Failed::Otherwise(reason) => reason,
    })
}

fn late(limit: Duration) -> String {
    format!("did not end within {}", text::duration(limit))
}

/// Why a command gave nothing.
enum Failed {
    /// A signal came meanwhile.
    Stopped,
    /// It did not end in time.
    Late,
    /// The reason, without the command's name before it.
    Otherwise(String),
}

/// What a command prints, within the limits.
fn run(stop: &Stop, words: &[String], limit: Duration) -> Result<String, Failed> {
    let broken = |what: &str, error: io::Error| {
        Failed::Otherwise(format!("cannot be {what}: {}", crate::plan::plain(&error)))
    };
    let (program, arguments) = words
        .split_first()
        .map_or(("", words), |(first, rest)| (first, rest));
    let child = start(program, arguments).map_err(|error| broken("started", error))?;
    let mut running = Running {
        group: stop.groups().add(&child),
        child,
        stop,
        deadline: Instant::now() + limit,
    };
    let end = running
        .until_ended()
        .map_err(|error| broken("run", error))?;
    if !matches!(end, CommandEnd::Exited(..)) {
        running.kill();
    }
    match end {
        CommandEnd::Exited(status, stdout, stderr) => {
            printed(status, stdout, &stderr).map_err(Failed::Otherwise)
        }
        CommandEnd::Stopped => Err(Failed::Stopped),
        CommandEnd::Late => Err(Failed::Late),
        CommandEnd::Held => Err(Failed::Otherwise(format!(
            "ended, but a process that it started kept its output open for {}: redirect the output of that process",
            text::duration(limit)
        ))),
        CommandEnd::TooMuch => Err(Failed::Otherwise(format!(
            "printed more than {}",
            text::size(MOST)
        ))),
    }
}

fn start(program: &str, arguments: &[String]) -> io::Result<Child> {
    let mut command = Command::new(program);
    command
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    command.spawn()
}

/// The output of a command that ended by itself.
fn printed(status: ExitStatus, stdout: Vec<u8>, stderr: &[u8]) -> Result<String, String> {
    if !status.success() {
        let said = String::from_utf8_lossy(stderr);
        let last = said
            .lines()
            .rev()
            .find(|line| !line.trim().is_empty())
            .map(|line| format!(": {}", line.trim()));
        return Err(format!("failed with {status}{}", last.unwrap_or_default()));
    }
    let text = String::from_utf8(stdout).map_err(|_| "did not print text".to_owned())?;
    Ok(text
        .strip_suffix('\n')
        .map_or(text.as_str(), |text| {
            text.strip_suffix('\r').unwrap_or(text)
        })
        .to_owned())
}

/// How a command ended.
enum CommandEnd {
    /// By itself, with what it printed.
    Exited(ExitStatus, Vec<u8>, Vec<u8>),
    /// A signal came meanwhile.
    Stopped,
    /// It did not end in time.
    Late,
    /// It ended, but not all processes that hold its output did.
    Held,
    /// It printed too much.
    TooMuch,
}

/// A command that runs.
struct Running<'a> {
    child: Child,
    group: Group,
    stop: &'a Stop,
    deadline: Instant,
}

impl Running<'_> {
    fn until_ended(&mut self) -> io::Result<CommandEnd> {
        let before = self.stop.level();
        let (mut stdout, stderr) = (
            Reader::Reads(read(self.child.stdout.take())?),
            read_end(self.child.stderr.take())?,
        );
        let mut status = None;
        let mut pause = Duration::from_millis(1);
        loop {
            stdout = stdout.look();
            if status.is_none() {
                status = self.child.try_wait()?;
            }
            match (&mut stdout, status) {
                (Reader::Done(bytes), _) if bytes.len() as u64 > MOST => {
                    return Ok(CommandEnd::TooMuch);
                }
                (Reader::Done(bytes), Some(status)) if stderr.is_finished() => {
                    self.group.release();
                    return Ok(CommandEnd::Exited(
                        status,
                        std::mem::take(bytes),
                        stderr.join().unwrap_or_default(),
                    ));
                }
                _ if self.stop.interrupted() && self.stop.level() > before => {
                    return Ok(CommandEnd::Stopped);
                }
                _ if Instant::now() >= self.deadline => {
                    return Ok(if status.is_some() {
                        CommandEnd::Held
                    } else {
                        CommandEnd::Late
                    });
                }
                _ => {}
            }
            thread::sleep(pause);
            pause = (pause * 2).min(PATIENCE);
        }
    }

    fn kill(&mut self) {
        self.group.kill();
        // Either may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A thread that reads a pipe, or what it read.
enum Reader {
    Reads(JoinHandle<Vec<u8>>),
    Done(Vec<u8>),
}

impl Reader {
    fn look(self) -> Self {
        match self {
            Self::Reads(thread) if thread.is_finished() => {
                Self::Done(thread.join().unwrap_or_default())
            }
            other => other,
        }
    }
}

/// Reads a pipe to its end or to the most that is wanted, on a thread of its own: a command waits for whoever reads what it prints.
fn read(pipe: Option<impl Read + Send + 'static>) -> io::Result<JoinHandle<Vec<u8>>> {
    thread::Builder::new()
        .name("command".to_owned())
        .spawn(move || {
            let mut bytes = Vec::new();
            // What breaks off is judged by how the command ends.
            let _ = pipe.map(|pipe| pipe.take(MOST + 1).read_to_end(&mut bytes));
            bytes
        })
}

/// Reads a pipe to its end and keeps the last of it.
fn read_end(pipe: Option<impl Read + Send + 'static>) -> io::Result<JoinHandle<Vec<u8>>> {
    thread::Builder::new()
        .name("command".to_owned())
        .spawn(move || {
            let (mut bytes, mut piece) = (Vec::new(), [0; 8 << 10]);
            let Some(mut pipe) = pipe else { return bytes };
            while let Ok(length @ 1..) = pipe.read(&mut piece) {
                bytes.extend(piece.iter().take(length));
                if bytes.len() > 2 * ERRORS {
                    bytes.drain(..bytes.len() - ERRORS);
                }
            }
            bytes
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::stop::Level;

    fn output_in(words: &[&str], stop: &Stop, timeout: Option<Duration>) -> Result<String, String> {
        stop.output(&CommandLine {
            words: words.iter().map(|word| (*word).to_owned()).collect(),
            timeout,
        })
    }

    fn output(words: &[&str], stop: &Stop) -> Result<String, String> {
        output_in(words, stop, None)
    }

    #[test]
    fn output_is_taken_and_failures_are_told() {
        let stop = Stop::default();
        assert_eq!(output(&["echo", "a b"], &stop).as_deref(), Ok("a b"));
        assert_eq!(
            output(&["seq", "100000"], &stop).unwrap().lines().count(),
            100_000
        );
        assert_eq!(
            output(&["cat"], &stop).as_deref(),
            Ok(""),
            "standard input is closed"
        );
        assert!(output(&["false"], &stop).unwrap_err().contains("failed"));
        assert!(
            output(&["no-such-program-here"], &stop)
                .unwrap_err()
                .contains("cannot be started")
        );
        assert!(output(&[], &stop).is_err());
        let noisy = output(&["sh", "-c", "seq 200000 >&2; echo why >&2; exit 3"], &stop);
        assert_eq!(
            noisy.unwrap_err(),
            "the command `sh` failed with exit status: 3: why"
        );
    }

    #[test]
    fn a_signal_ends_the_command_that_runs_and_teardown_may_run_another() {
        let stop = Stop::default();
        let other = stop.clone();
        let signal = thread::spawn(move || {
            thread::sleep(Duration::from_millis(50));
            other.interrupt();
        });
        assert_eq!(output(&["sleep", "60"], &stop), Err(INTERRUPTED.to_owned()));
        signal.join().unwrap();
        assert_eq!(stop.level(), Level::Interrupted);
        assert_eq!(output(&["echo", "clean"], &stop).as_deref(), Ok("clean"));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_command_line_of_a_profile_has_the_same_limits() {
        let limit = Duration::from_millis(300);
        let told = |line: &str| by_shell(&Stop::default(), line, limit);
        assert_eq!(told("echo '{\"a\": 1}'").as_deref(), Ok("{\"a\": 1}"));
        assert_eq!(
            told("echo why >&2; exit 3").unwrap_err(),
            "failed with exit status: 3: why"
        );
        let started = Instant::now();
        assert_eq!(
            told("sleep 61.25; echo").unwrap_err(),
            "did not end within 300 ms"
        );
        let held = told("sleep 61.25 & echo x").unwrap_err();
        assert!(held.contains("kept its output open"), "{held}");
        assert_eq!(told("yes").unwrap_err(), "printed more than 10 MB");
        assert!(
            started.elapsed() < Duration::from_secs(20),
            "{:?}",
            started.elapsed()
        );
        let stop = Stop::default();
        let other = stop.clone();
        let signal = thread::spawn(move || {
            thread::sleep(Duration::from_millis(50));
            other.interrupt();
        });
        let processes = stop.processes().unwrap();
        assert_eq!(processes("sleep 60").unwrap_err(), "was interrupted");
        signal.join().unwrap();
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_command_has_limits_and_takes_its_children_along() {
        let started = Instant::now();
        let limit = Some(Duration::from_millis(300));
        let cases = [
            (&["sleep", "61.25"][..], "did not end within 300 ms"),
            (&["sh", "-c", "sleep 61.25 & wait"], "did not end within"),
            (
                &[
                    "sh",
                    "-c",
                    "trap '' TERM INT; while :; do sleep 61.25; done",
                ],
                "did not end within",
            ),
            (
                &["sh", "-c", "sleep 61.25 & echo x"],
                "kept its output open",
            ),
            (
                &["sh", "-c", "while :; do echo 61.25 >&2; done"],
                "did not end within",
            ),
            (&["yes"], "printed more than 10 MB"),
        ];
        for (words, wanted) in cases {
            let limit = if words == ["yes"] { None } else { limit };
            let error = output_in(words, &Stop::default(), limit).unwrap_err();
            assert!(error.contains(wanted), "{words:?}: {error}");
        }
        assert!(
            started.elapsed() < Duration::from_secs(20),
            "{:?}",
            started.elapsed()
        );
        // What is left in the background lives until the end of the run.
        let stop = Stop::default();
        let id = output(
            &["sh", "-c", "sleep 61.25 >/dev/null 2>&1 & echo $!"],
            &stop,
        )
        .unwrap();
        let lives = || {
            let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
            stat.rsplit(") ")
                .next()
                .is_some_and(|rest| !rest.is_empty() && !rest.starts_with('Z'))
        };
        assert!(lives());
        stop.end_commands();
        let asked = Instant::now();
        while lives() {
            assert!(
                asked.elapsed() < Duration::from_secs(5),
                "it was left behind"
            );
            thread::sleep(Duration::from_millis(5));
        }
    }
}
