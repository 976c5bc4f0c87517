//! What GitHub Actions would take for a command in a log.

use std::borrow::Cow;
use std::io::{self, Write};

/// Lines for a log of GitHub Actions, which takes every line that begins with `::`, and `##[` anywhere, for a command, also
/// where it is a body that a stage sent: a space between the signs makes it a text.
#[must_use]
pub fn without_commands(text: &str) -> Cow<'_, str> {
    let begins = |line: &str| line.trim_start().starts_with("::");
    let ends_line = ['\n', '\r'];
    if !text.contains("##[") && !text.split(ends_line).any(begins) {
        return Cow::Borrowed(text);
    }
    let harmless = |line: &str| {
        if begins(line) {
            line.replacen("::", ": :", 1)
        } else {
            line.to_owned()
        }
    };
    Cow::Owned(
        text.split_inclusive(ends_line)
            .map(harmless)
            .collect::<String>()
            .replace("##[", "# #["),
    )
}

/// Writes lines [`without_commands`].
#[derive(Debug)]
pub struct WithoutCommands<W: Write> {
    out: W,
    /// The line that has no end yet.
    open: Vec<u8>,
}

impl<W: Write> WithoutCommands<W> {
    /// Lines on their way there.
    pub fn new(out: W) -> Self {
        Self {
            out,
            open: Vec::new(),
        }
    }
}

impl<W: Write> Write for WithoutCommands<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.open.extend_from_slice(bytes);
        if let Some(end) = self.open.iter().rposition(|byte| *byte == b'\n') {
            let whole: Vec<u8> = self.open.drain(..=end).collect();
            self.out
                .write_all(without_commands(&String::from_utf8_lossy(&whole)).as_bytes())?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let rest = std::mem::take(&mut self.open);
        self.out
            .write_all(without_commands(&String::from_utf8_lossy(&rest)).as_bytes())?;
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_stage_sent_is_no_command() {
        let text = "  ::add-mask::x\n a::b\n ##[error]y\nz\r::set-output name=a::b\n";
        let harmless = "  : :add-mask::x\n a::b\n # #[error]y\nz\r: :set-output name=a::b\n";
        assert_eq!(without_commands(text), harmless);
        assert!(matches!(without_commands("a::b\n##x\n"), Cow::Borrowed(_)));
    }

    #[test]
    fn a_command_that_comes_in_pieces_is_none() {
        let mut log = WithoutCommands::new(Vec::new());
        for piece in ["a\n:", ":warn", "ing::x\n", "#", "#[error]\n", " ::b"] {
            log.write_all(piece.as_bytes()).unwrap();
        }
        log.flush().unwrap();
        assert_eq!(
            String::from_utf8(log.out).unwrap(),
            "a\n: :warning::x\n# #[error]\n : :b"
        );
    }
}
