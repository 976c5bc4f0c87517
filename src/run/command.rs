//! Variables that a command gives: `{ command = ["git", "rev-parse", "HEAD"] }`.

use std::io::{self, Read};
use std::process::{Child, Command, Output, Stdio};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::stop::{INTERRUPTED, Stop};

/// The longest pause between two looks at a command that runs.
const PATIENCE: Duration = Duration::from_millis(20);

/// What runs commands.
pub(super) trait Commands {
    /// A command's standard output, without its last line end.
    ///
    /// # Errors
    /// Where it cannot be started, fails, or prints what is not text; the text says which.
    fn output(&self, words: &[String]) -> Result<String, String>;
}

/// Runs them until a signal comes, which ends the command that runs.
impl Commands for Stop {
    fn output(&self, words: &[String]) -> Result<String, String> {
        let Some((program, arguments)) = words.split_first() else { return Err("the command is empty".to_owned()) };
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(|error| format!("the command `{program}` cannot be started: {error}"))?;
        let broken = |error: io::Error| format!("the command `{program}` cannot be run: {error}");
        let ended = until_ended(&mut child, self).map_err(broken)?;
        let Some(Output { status, stdout, stderr }) = ended else { return Err(INTERRUPTED.to_owned()) };
        if !status.success() {
            let said = String::from_utf8_lossy(&stderr);
            let last = said.lines().rev().find(|line| !line.trim().is_empty()).map(|line| format!(": {}", line.trim()));
            return Err(format!("the command `{program}` failed with {status}{}", last.unwrap_or_default()));
        }
        let text = String::from_utf8(stdout).map_err(|_| format!("the command `{program}` did not print text"))?;
        Ok(text.strip_suffix('\n').map_or(text.as_str(), |text| text.strip_suffix('\r').unwrap_or(text)).to_owned())
    }
}

/// How a command ended and what it printed; `None` where a signal came meanwhile, and it was ended.
fn until_ended(child: &mut Child, stop: &Stop) -> io::Result<Option<Output>> {
    let before = stop.level();
    let (stdout, stderr) = (read(child.stdout.take())?, read(child.stderr.take())?);
    let mut pause = Duration::from_millis(1);
    let status = loop {
        if stop.interrupted() && stop.level() > before {
            // It may have ended by itself, by the same signal.
            let _ = child.kill();
            child.wait()?;
            return Ok(None);
        }
        if stdout.is_finished()
            && stderr.is_finished()
            && let Some(status) = child.try_wait()?
        {
            break status;
        }
        thread::sleep(pause);
        pause = (pause * 2).min(PATIENCE);
    };
    let all = |reader: JoinHandle<Vec<u8>>| reader.join().unwrap_or_default();
    Ok(Some(Output { status, stdout: all(stdout), stderr: all(stderr) }))
}

/// Reads a pipe to its end, on a thread of its own: a command waits for whoever reads what it prints.
fn read(pipe: Option<impl Read + Send + 'static>) -> io::Result<JoinHandle<Vec<u8>>> {
    thread::Builder::new().name("command".to_owned()).spawn(move || {
        let mut bytes = Vec::new();
        // What breaks off is judged by how the command ends.
        let _ = pipe.map(|mut pipe| pipe.read_to_end(&mut bytes));
        bytes
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::stop::Level;

    fn output(words: &[&str], stop: &Stop) -> Result<String, String> {
        stop.output(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn output_is_taken_and_failures_are_told() {
        let stop = Stop::default();
        assert_eq!(output(&["echo", "a b"], &stop).as_deref(), Ok("a b"));
        assert_eq!(output(&["seq", "100000"], &stop).unwrap().lines().count(), 100_000);
        assert!(output(&["false"], &stop).unwrap_err().contains("failed"));
        assert!(output(&["no-such-program-here"], &stop).unwrap_err().contains("cannot be started"));
        assert!(output(&[], &stop).is_err());
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
}
