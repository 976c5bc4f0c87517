//! One line at the bottom of a terminal that is drawn again and again.
//!
//! A terminal that becomes narrower breaks the line in two, and does not say so. So the cursor always waits at the line's
//! first column: there it stays when the line is broken, and all that stands from there on is cleared before anything is written.
//! And while it is written, the terminal is told to break nothing: it may be narrower already than it says.

use std::fmt::Debug;
use std::io::{self, Write};
use std::panic;
use std::sync::{Mutex, Once};

use indicatif::TermLike;

use crate::lock::IgnorePoison as _;

/// Back to the first column, and nothing from there to the end of the screen.
pub(super) const CLEAR: &str = "\r\u{1b}[J";
/// What does not fit is not shown (DECAWM), and shown again.
const UNBROKEN: &str = "\u{1b}[?7l";
const BROKEN: &str = "\u{1b}[?7h";

/// How many columns the terminal at standard error has now.
pub(super) fn width() -> usize {
    terminal_size::terminal_size_of(io::stderr()).map_or(80, |(width, _)| usize::from(width.0))
}

/// A terminal as a place for one line.
#[derive(Debug)]
pub(super) struct Canvas<W> {
    /// What is written in one piece by the next flush.
    frame: Mutex<String>,
    out: Mutex<W>,
}

impl Canvas<io::Stderr> {
    /// Standard error. What a panic says is written where the line was, not into it.
    pub(super) fn standard_error() -> Self {
        static HOOK: Once = Once::new();
        HOOK.call_once(|| {
            let before = panic::take_hook();
            panic::set_hook(Box::new(move |panic| {
                // Where that fails, the message cannot be written either.
                let _cleared = io::stderr().write_all(CLEAR.as_bytes());
                before(panic);
            }));
        });
        Self::on(io::stderr())
    }
}

impl<W> Canvas<W> {
    /// What is written to as a terminal is.
    pub(super) fn on(out: W) -> Self {
        Self {
            frame: Mutex::default(),
            out: Mutex::new(out),
        }
    }

    fn add(&self, text: &str) {
        self.frame.lock().ignore_poison().push_str(text);
    }
}

/// There is one line, so that the cursor never moves to another one.
impl<W: Write + Debug + Send> TermLike for Canvas<W> {
    fn width(&self) -> u16 {
        u16::try_from(width()).unwrap_or(u16::MAX)
    }

    fn move_cursor_up(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn move_cursor_down(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn move_cursor_right(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn move_cursor_left(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn write_line(&self, text: &str) -> io::Result<()> {
        self.write_str(text)
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        // The library fills the line up to its end, where a narrower terminal would break it for nothing but spaces.
        if !text.trim().is_empty() {
            self.add(&[UNBROKEN, text, BROKEN, "\r"].concat());
        }
        Ok(())
    }

    fn clear_line(&self) -> io::Result<()> {
        self.add(CLEAR);
        Ok(())
    }

    fn flush(&self) -> io::Result<()> {
        let frame = std::mem::take(&mut *self.frame.lock().ignore_poison());
        let mut out = self.out.lock().ignore_poison();
        out.write_all(frame.as_bytes())?;
        out.flush()
    }
}
