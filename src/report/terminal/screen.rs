//! The two streams of a terminal, and the bar that must not be torn by what is written to them.

use std::io::{self, BufWriter, Write};
use std::time::{Duration, Instant};

use super::progress::Progress;

/// Whoever reads along in a pipe has the lines at most this long after they were written, while anything happens.
const FRESH: Duration = Duration::from_millis(50);

/// Where the report is shown.
pub(super) struct Screen {
    out: BufWriter<Box<dyn Write + Send>>,
    err: Box<dyn Write + Send>,
    pub(super) progress: Progress,
    /// Whether a person watches: each line is shown at once.
    live: bool,
    flushed: Instant,
}

impl Screen {
    pub(super) fn new(
        out: Box<dyn Write + Send>,
        err: Box<dyn Write + Send>,
        progress: Progress,
        live: bool,
    ) -> Self {
        Self {
            out: BufWriter::new(out),
            err,
            progress,
            live,
            flushed: Instant::now(),
        }
    }

    /// Shows lines of the report.
    pub(super) fn show(&mut self, text: &str) -> io::Result<()> {
        if text.is_empty() {
            return Ok(());
        }
        let (out, live) = (&mut self.out, self.live);
        self.progress.aside(|| {
            out.write_all(text.as_bytes())?;
            if live { out.flush() } else { Ok(()) }
        })
    }

    /// Shows what is not the report itself.
    pub(super) fn complain(&mut self, text: &str) -> io::Result<()> {
        let (out, err) = (&mut self.out, &mut self.err);
        self.progress.aside(|| {
            out.flush()?;
            err.write_all(text.as_bytes())?;
            err.flush()
        })
    }

    /// Something happens: what waits for too long is written.
    pub(super) fn freshen(&mut self) -> io::Result<()> {
        if self.live || self.out.buffer().is_empty() || self.flushed.elapsed() < FRESH {
            return Ok(());
        }
        self.flushed = Instant::now();
        self.out.flush()
    }

    pub(super) fn end(&mut self) -> io::Result<()> {
        self.progress.end();
        self.out.flush()
    }
}
