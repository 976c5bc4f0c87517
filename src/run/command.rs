//! Variables that a command gives: `{ command = ["git", "rev-parse", "HEAD"] }`.

use std::process::{Command, Stdio};

/// A command's standard output, without its last line end.
///
/// # Errors
/// Where it cannot be started, fails, or prints what is not text; the text says which.
pub(super) fn output(words: &[String]) -> Result<String, String> {
    let Some((program, arguments)) = words.split_first() else { return Err("the command is empty".to_owned()) };
    let started = Command::new(program).args(arguments).stdin(Stdio::null()).output();
    let output = started.map_err(|error| format!("the command `{program}` cannot be started: {error}"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let last = said.lines().rev().find(|line| !line.trim().is_empty()).map(|line| format!(": {}", line.trim()));
        return Err(format!("the command `{program}` failed with {}{}", output.status, last.unwrap_or_default()));
    }
    let text = String::from_utf8(output.stdout).map_err(|_| format!("the command `{program}` did not print text"))?;
    Ok(text.strip_suffix('\n').map_or(text.as_str(), |text| text.strip_suffix('\r').unwrap_or(text)).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn output_is_taken_and_failures_are_told() {
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        assert_eq!(output(&words(&["echo", "a b"])).as_deref(), Ok("a b"));
        assert!(output(&words(&["false"])).unwrap_err().contains("failed"));
        assert!(output(&words(&["no-such-program-here"])).unwrap_err().contains("cannot be started"));
        assert!(output(&[]).is_err());
    }
}
